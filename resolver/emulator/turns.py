"""Turns: requests are carried out one at a time, and a long one in a thread, so that the event loop goes on."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from resolver.emulator.http_messages import Refused

T = TypeVar("T")

_STOPPING = "Service Unavailable: the emulator is stopping, and the request was not done with"


class Turns:
    """Lets requests run in turn, in the order in which they ask for it.

    While ``is_free``, whoever does not wait in between needs none.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._asking = 0
        self._under_way: set[asyncio.Future[Any]] = set()
        self._has_ended = False
        self.was_cut = False
        """Whether a turn ended before what was done in it: then the service may be changed in part."""

    @property
    def is_free(self) -> bool:
        """Whether nobody has a turn or waits for one."""
        return not self._asking

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the block ends. Raises ``Refused`` with 503 at the end.

        What is awaited right after the block has begun before the next turn does.
        """
        self._asking += 1
        try:
            async with self._lock:
                if self.was_cut:
                    raise Refused(503, _STOPPING)
                yield
        finally:
            self._asking -= 1

    def end(self, seconds: float) -> None:
        """Wait only so many seconds more for what is done in threads; their requests are answered with 503."""
        asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
        self._has_ended = True
        for result in self._under_way:
            if not result.done():
                result.set_exception(Refused(503, _STOPPING))

    async def in_thread(self, work: Callable[[], T], *, changes: bool = False) -> T:
        """Return what *work* returns; ``Refused`` with 503 if it is not done at the end.

        What *changes* the service is not begun after the end, and cut by it.

        No end of the process waits for the thread, as one does for those of an executor.
        """
        if changes and self._has_ended:
            raise Refused(503, _STOPPING)
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        is_done = threading.Event()

        def settle(value: T | None, error: BaseException | None) -> None:
            if result.done():
                return
            if error is None:
                result.set_result(value)  # type: ignore[arg-type]
            else:
                result.set_exception(error)

        def run() -> None:
            value, error = None, None
            try:
                value = work()
            except Exception as failure:
                error = failure
            is_done.set()
            with suppress(RuntimeError):  # the loop is gone, and so is who asked
                loop.call_soon_threadsafe(settle, value, error)

        self._under_way.add(result)
        threading.Thread(target=run, name="resolver-request", daemon=True).start()
        try:
            return await result
        finally:
            self._under_way.discard(result)
            if changes and not is_done.is_set():
                self.was_cut = True
