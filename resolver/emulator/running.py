"""A running emulator: a server in a thread of this process, on a free port of the loopback interface."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PATIENCE = 10.0
"""Seconds that a server may take to start."""

_PATIENCE_AT_THE_END = 1.0
"""Seconds that it waits for clients to read their answers when it stops."""


@contextmanager
def running_emulator(**options: Any) -> Iterator[str]:
    """Give the URL of an emulator that runs until the block ends; *options* are those of ``create_app``.

    >>> import httpx
    >>> with running_emulator() as url:
    ...     httpx.get(f"{url}/healthz").status_code
    200
    """
    from resolver.emulator import create_app
    from resolver.emulator.server import Server

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(create_app(**options), patience=_PATIENCE_AT_THE_END)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="resolver-emulator")
        thread.start()
        try:
            _wait_for(server, thread)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(server: Any, thread: threading.Thread) -> None:
    until = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the emulator did not start; its log says why")
        time.sleep(0.001)
