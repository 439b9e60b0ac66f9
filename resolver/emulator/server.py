"""The server: uvicorn, as the emulator is served by it."""

import asyncio
import socket

import uvicorn

from resolver.emulator.asgi import Application
from resolver.emulator.connections import Connection

GRACE = 1.0
"""Seconds that requests under way have left to arrive when the server is told to stop."""


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

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second for connections whose requests do not come; return whether the server shall stop."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.check(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new requests, answer those that came, and let the application end."""
        self._shell.end(GRACE)
        hanging_up = asyncio.create_task(self._hang_up())
        await super().shutdown(sockets)
        hanging_up.cancel()

    async def _hang_up(self) -> None:
        """Close connections whose clients do not read, time and again, so that no request has to be cancelled."""
        while True:
            await asyncio.sleep(self._patience)
            for connection in list(self.server_state.connections):
                if connection.transport.get_write_buffer_size():
                    connection.transport.abort()
