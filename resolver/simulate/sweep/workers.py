"""Workers: processes that each take the next setting, replay it, and send its figures back.

They are spawned, so they share nothing with the caller but what is sent. A Ctrl-C is the caller's to see: it ends
them. What they leave in temporary files goes with the caller's own folder.
"""

import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from resolver.simulate.sweep.grid import GridSetting
from resolver.simulate.sweep.measures import Measures
from resolver.simulate.sweep.replays import Replays

Measured = tuple[GridSetting, Measures]


def in_this_process(replays: Replays, settings: list[GridSetting]) -> Generator[Measured, None, None]:
    """Measure settings one after the other."""
    for setting in settings:
        yield setting, replays.measured(setting)


def in_processes(
    replays: Replays, settings: list[GridSetting], jobs: int, folder: Path
) -> Generator[Measured, None, None]:
    """Measure settings in *jobs* processes, as they are finished; *folder* takes their temporary files.

    Raises what a replay raised, and ``RuntimeError`` for a process that ended without an answer. Close the
    iterator to end the processes.
    """
    with ExitStack() as ended:
        idle = {ended.enter_context(_process(replays, folder)): None for _ in range(jobs)}
        busy: dict[Connection, GridSetting] = {}
        waiting = list(reversed(settings))
        while waiting or busy:
            while waiting and idle:
                connection, _ = idle.popitem()
                busy[connection] = waiting.pop()
                connection.send(busy[connection])
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                setting = busy.pop(ready)
                yield setting, _answer(ready, setting)
                idle[ready] = None


def serve(connection: Connection, replays: Replays, folder: str) -> None:
    """Answer every setting that comes with its figures, or with the error; until the other side closes."""
    tempfile.tempdir = folder
    with suppress(EOFError, ConnectionError):  # the caller has gone
        while True:
            setting = connection.recv()
            try:
                answer: Any = replays.measured(setting)
            except Exception as error:
                answer = error
            connection.send(answer)


@contextmanager
def _process(replays: Replays, folder: Path) -> Iterator[Connection]:
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs, replays, str(folder)), daemon=True)
    with _deaf_to_interrupts():
        process.start()
    theirs.close()
    try:
        yield ours
    finally:
        _end(process)
        ours.close()


def _end(process: SpawnProcess) -> None:
    process.terminate()
    process.join()
    process.close()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let a process that starts here never see Ctrl-C, which a terminal sends to all; ours waits for a moment."""
    mask: Callable[..., Any] | None = getattr(signal, "pthread_sigmask", None)  # Windows has none
    if mask is None:
        yield
        return
    resource_tracker.ensure_running()  # which starts with the first process, and lets Ctrl-C through again
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


def _answer(connection: Connection, setting: GridSetting) -> Measures:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        raise RuntimeError(f"the process that replayed setting {setting.number} ended; was memory short?") from None
    if isinstance(answer, Exception):
        raise answer
    assert isinstance(answer, Measures)
    return answer
