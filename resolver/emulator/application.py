"""The application: Starlette around the shell, out of the way of requests."""

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from resolver.emulator.shell import Shell


class Application(Starlette):
    """A Starlette application whose every path is the shell's; ``state.shell`` is the shell.

    The shell routes and answers errors by itself. So requests go straight to it: what Starlette has for that would
    cost as much again as an answer. They go through all of it where somebody added middleware or routes.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(lifespan=shell.lifespan)
        self.router.default = shell
        self.state.shell = shell
        self._shell = shell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop."""
        if scope["type"] != "http" or self.user_middleware or self.router.routes:
            await super().__call__(scope, receive, send)
        else:
            await self._shell(scope, receive, send)
