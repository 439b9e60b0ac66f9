"""The server: uvicorn, as the emulator is served by it."""

import asyncio
import socket
from types import FrameType

import uvicorn

from resolver.emulator.asgi import Application
from resolver.emulator.connections import Connection

GRACE = 1.0
"""Seconds that requests under way have left to arrive when the server is told to stop."""


_TICK = 0.05
"""Seconds after which a stop looks around again."""


class Server(uvicorn.Server):
    """Serves an application on sockets that listen already; a stop waits for the answers to all that has arrived.

    *patience* is how many seconds it waits for clients to read theirs.
    """

    def __init__(self, app: Application, *, patience: float) -> None:
        self._shell = app.state.shell
        config = uvicorn.Config(
            app, http=Connection, ws="none", log_config=None, access_log=False, server_header=False, lifespan="on"
        )
        config.timeout_keep_alive = self._shell.bounds.idle_seconds
        super().__init__(config)
        self._patience = patience
        self._is_in_a_hurry = False

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second for connections whose requests do not come; return whether the server shall stop."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.check(now)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; the second time, stop at once: what is under way is answered with 503 now."""
        if self.should_exit:
            self._is_in_a_hurry = True
        else:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new requests, answer those that came, and let the application end."""
        self._shell.end(GRACE)
        hanging_up = asyncio.create_task(self._hang_up())
        await super().shutdown(sockets)
        hanging_up.cancel()

    async def _hang_up(self) -> None:
        """Close connections whose clients do not read, time and again, so that no request has to be cancelled."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            await asyncio.sleep(_TICK)
            if self._is_in_a_hurry:
                self._shell.end(0)
            elif loop.time() < until:
                continue
            for connection in list(self.server_state.connections):
                if connection.transport.get_write_buffer_size():
                    connection.transport.abort()
