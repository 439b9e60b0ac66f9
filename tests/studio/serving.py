"""The studio on a real socket, for a browser."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from resolver.studio.server import create_studio
from resolver.studio.workbench import Workbench


@contextmanager
def running(bench: Workbench, **options: Any) -> Iterator[str]:
    """Yield the link to a studio on this workbench, which runs until the block ends."""
    app = create_studio(bench, **options)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/?token={app.state.token}"
        finally:
            server.should_exit = True
            thread.join()
