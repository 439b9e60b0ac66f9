"""The server: uvicorn, as the emulator is served by it."""

import asyncio
import socket

import uvicorn

from resolver.emulator.asgi import Application

GRACE = 1.0
"""Seconds that requests under way have left to arrive when the server is told to stop."""


class Server(uvicorn.Server):
    """Serves an application on sockets that listen already; a stop waits for the answers to all that has arrived.

    *patience* is how many seconds it waits for clients to read theirs.
    """

    def __init__(self, app: Application, *, patience: float) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="on"))
        self._shell = app.state.shell
        self._patience = patience

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
