"""``resolver serve`` in a process of its own, and connections to it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

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


def connected(url: str) -> socket.socket:
    """Return a connection to a server."""
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=60)


def everything(connection: socket.socket) -> bytes:
    """Return all that comes until the other side ends."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))
