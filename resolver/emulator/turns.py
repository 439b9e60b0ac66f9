"""Turns: requests are carried out one at a time, and a long one in a thread, so that the event loop goes on."""

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from resolver.emulator.http_messages import Refused
from resolver.emulator.request_bodies import T

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

        def settle(how: Callable[[Any], None], what: object) -> None:
            if not result.done():
                how(what)

        def run() -> None:
            settled: tuple[Callable[[Any], None], object]
            try:
                settled = result.set_result, work()
            except Exception as error:
                settled = result.set_exception, error
            is_done.set()
            with suppress(RuntimeError):  # the loop is gone, and so is who asked
                loop.call_soon_threadsafe(settle, *settled)

        self._under_way.add(result)
        try:
            with _considerate.work():
                threading.Thread(target=run, name="resolver-request", daemon=True).start()
                return await result
        finally:
            self._under_way.discard(result)
            if changes and not is_done.is_set():
                self.was_cut = True


_SWITCH_SECONDS = 0.0005
"""After how long a thread is asked to let another one have the interpreter, while there is long work."""

_MANY = 10_000
"""Young objects that are looked through for garbage in some milliseconds."""


class _Considerate:
    """Lets threads hold up the event loops of the process as little as can be, while there is work in any of them.

    Whoever has the interpreter is asked for it ten times as soon as by default. That matters on a busy machine: each
    time that other processes have the processor, the thread keeps the interpreter all the while, and the loop, which
    needs it for every step of an answer, waits for both.

    No garbage is collected: nothing of what is built is any, and to look through it stops all threads. In a process
    that does not look through what was there at its start (``gc.freeze``), what the work left is not looked through
    either. It is freed as ever once nobody refers to it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working = 0
        self._interval = 0.0
        self._collects = False

    @contextmanager
    def work(self) -> Iterator[None]:
        """Be considerate while the block runs, beside others or alone."""
        with self._lock:
            self._working += 1
            if self._working == 1:
                self._interval, self._collects = sys.getswitchinterval(), gc.isenabled()
                sys.setswitchinterval(min(self._interval, _SWITCH_SECONDS))
                gc.disable()
        try:
            yield
        finally:
            with self._lock:
                self._working -= 1
                if self._working == 0:
                    sys.setswitchinterval(self._interval)
                    if self._collects:
                        if gc.get_count()[0] > _MANY and gc.get_freeze_count():  # which counts one by one
                            gc.freeze()
                        gc.enable()


_considerate = _Considerate()
