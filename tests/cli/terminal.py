"""The command line on a terminal of 80 columns."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios


def on_a_terminal(*arguments: str, **variables: str) -> tuple[int, str]:
    """Return the exit status of a command, and what it sends to the terminal; *variables* are of its environment."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    script = "import sys; from resolver.cli import main; sys.exit(main())"
    usual = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=follower,
        stderr=subprocess.DEVNULL,
        env={**usual, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **variables},
    )
    os.close(follower)
    parts = []
    try:
        while part := os.read(leader, 65536):
            parts.append(part)
    except OSError:  # the other side is closed
        pass
    os.close(leader)
    return process.wait(60), b"".join(parts).decode()


def unstyled(text: str) -> str:
    """Return what a person reads of it, without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
