"""Patience: how long a request that has begun is waited for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from resolver.emulator.refusals import Refused

T = TypeVar("T")


class Patience:
    """Waits for what clients still have to send, so many *seconds* for each, and less once it is ``ended``.

    It sets a bare timer rather than ``asyncio.timeout``, which would cost as much as reading and parsing a small body.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._too_late = (408, f"the body did not come within {seconds:g} seconds")
        self._waiting: set[asyncio.Task[Any]] = set()
        self._given_up: set[asyncio.Task[Any]] = set()

    async def wait_for(self, coming: Coroutine[Any, Any, T]) -> T:
        """Give what comes; ``Refused`` with 408 when it takes too long, with 503 when patience has ended."""
        task = asyncio.current_task()
        assert task is not None
        timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up, task)
        self._waiting.add(task)
        try:
            return await coming
        except asyncio.CancelledError:
            if task not in self._given_up:
                raise  # somebody else's wish
            task.uncancel()
            raise Refused(*self._too_late) from None
        finally:
            timer.cancel()
            self._waiting.discard(task)
            self._given_up.discard(task)

    def end(self, seconds: float) -> None:
        """Wait only so many seconds more, for everything together: the emulator stops."""
        self._seconds = min(self._seconds, seconds)
        self._too_late = (503, "Service Unavailable: the emulator is stopping, and the body did not come")
        asyncio.get_running_loop().call_later(seconds, self._give_up_all)

    def _give_up_all(self) -> None:
        for task in self._waiting:
            self._give_up(task)

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        self._given_up.add(task)
        task.cancel()
