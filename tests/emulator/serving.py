"""``resolver serve`` in a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SERVE = [sys.executable, "-m", "resolver", "serve", "--port", "0"]


@contextmanager
def serving(*arguments: str, ready: bool = True) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield the URL of a server that is *ready*, or what it prints instead, and its process; stop it at the end."""
    command = [*SERVE, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        try:
            assert line.startswith("http://") is ready, line
            yield line, process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
