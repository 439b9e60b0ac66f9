"""A running emulator: a server in a thread of this process, on a free port of the loopback interface."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

_PATIENCE = 10.0
"""Seconds that a server may take to start."""

_PATIENCE_AT_THE_END = 1.0
"""Seconds that it waits for clients to read their answers when it stops."""


class RunningServer:
    """A server that runs from when it is made until ``stop``, and serves one application after the other.

    To begin anew with another application takes a millisecond, to start and stop a server a fifth of a second.
    Connections stay open; each request is for the application that is served when it comes.
    """

    def __init__(self, app: Any) -> None:
        from resolver.emulator.server import Server

        self._served = _Served(app)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._server = Server(self._served, patience=_PATIENCE_AT_THE_END)  # type: ignore[arg-type]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listening]}, name="resolver-emulator", daemon=True
        )
        self._thread.start()
        try:
            self._wait_for_start()
        except BaseException:
            self.stop()
            raise

    def serve(self, app: Any) -> None:
        """Serve this application from now on; the one before is ended. Raises what its start raises."""
        assert self._served.loop is not None
        asyncio.run_coroutine_threadsafe(self._served.begin(app), self._served.loop).result()

    def stop(self) -> None:
        """Return when what was asked is answered, and the server has stopped."""
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def _wait_for_start(self) -> None:
        until = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the emulator did not start; its log says why")
            time.sleep(0.001)


class _Served:
    """An ASGI application that is another one, which may change; each is started and ended as a server would."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.state = _State(lambda: self.app.state.shell)
        self.loop: asyncio.AbstractEventLoop | None = None
        self._lifespan: AbstractAsyncContextManager[Any] | None = None

    async def begin(self, app: Any) -> None:
        """End the application before, if any, and start this one."""
        await self.end()
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
        self.app, self._lifespan = app, lifespan

    async def end(self) -> None:
        """End the application that is served."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            await lifespan.__aexit__(None, None, None)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Have a request answered, or follow the server's start and stop."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        self.loop = asyncio.get_running_loop()
        await receive()
        await self.begin(self.app)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.end()
        await send({"type": "lifespan.shutdown.complete"})


class _State:
    """The state of an application that may change: its shell is that of the application that is served."""

    def __init__(self, shell: Callable[[], Any]) -> None:
        self.shell = _Shell(shell)


class _Shell:
    """The shell of the application that is served: what is kept of it never outlives it."""

    def __init__(self, current: Callable[[], Any]) -> None:
        self._current = current

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current(), name)


def local_app(**options: Any) -> Any:
    """Return what ``create_app`` does, for the loopback interface: other host names are refused unless named."""
    from resolver.emulator import create_app

    return create_app(**{"host_names": (), **options})


@contextmanager
def running_emulator(**options: Any) -> Iterator[str]:
    """Give the URL of an emulator that runs until the block ends; *options* are those of ``create_app``.

    >>> import httpx
    >>> with running_emulator() as url:
    ...     httpx.get(f"{url}/healthz").status_code
    200
    """
    server = RunningServer(local_app(**options))
    try:
        yield server.url
    finally:
        server.stop()
