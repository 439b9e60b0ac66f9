"""Workers: what replays and measures settings, in this process or in several, which each take the next one.

Other processes are spawned, so they share nothing with the caller but what is sent. A script is not run again in them,
so it needs no ``if __name__ == "__main__":``, unless normalizations of its own are sent. A Ctrl-C is the caller's to
see: it ends them. What they leave in temporary files goes with the caller's own folder.
"""

import pickle
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from resolver.columns.numbered import Numbered
from resolver.errors import InvalidHistory
from resolver.rules.checks import OwnNormalizer
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.sweep.grid import GridSetting
from resolver.simulate.sweep.result import Measures, measures

NUMBERED = "numbered"
"""The file in which other processes find the history in integers."""


class Replays:
    """Measures settings, one replay each, over one history in integers, or the file that has it."""

    def __init__(
        self,
        numbered: Numbered | Path,
        truth: Mapping[str, str] | None = None,
        normalizers: Mapping[str, OwnNormalizer] | None = None,
    ) -> None:
        self._numbered = numbered
        self._truth = truth
        self._own = normalizers

    def measured(self, setting: GridSetting) -> Measures:
        """Replay the history under a setting; its figures. One replay."""
        return measures(self.run(setting), self._truth)

    def run(self, setting: GridSetting) -> Run:
        """Replay the history under a setting."""
        if isinstance(self._numbered, Path):
            with self._numbered.open("rb") as file:
                self._numbered = pickle.load(file)
        assert isinstance(self._numbered, Numbered)
        return replay(self._numbered, setting.settings, **{**setting.options, "normalizers": self._own})

    def written(self, folder: Path) -> "Replays":
        """Return the same for other processes: the history is written to a file in *folder*.

        ``InvalidHistory`` for one that has something in it which cannot be written.
        """
        assert isinstance(self._numbered, Numbered)
        path = folder / NUMBERED
        try:
            with path.open("wb") as file:
                pickle.dump(self._numbered.alone(), file, pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise InvalidHistory(
                f"something in the history cannot be sent to another process: {error}; expected plain values, or jobs=1"
            ) from error
        return Replays(path, self._truth, self._own)


GUARD = "`if __name__ == '__main__':`"

Measured = tuple[GridSetting, Measures]


def in_this_process(replays: Replays, settings: list[GridSetting]) -> Generator[Measured, None, None]:
    """Measure settings one after the other."""
    for setting in settings:
        yield setting, replays.measured(setting)


def in_processes(
    replays: Replays, settings: list[GridSetting], jobs: int, folder: Path, *, with_main: bool = False
) -> Generator[Measured, None, None]:
    """Measure settings in *jobs* processes, as they are finished; *folder* takes their temporary files.

    *with_main* lets each process import the script that is running, which it must where a function of it is sent.
    Raises what a replay raised, and ``RuntimeError`` for a process that ended without an answer. Close the
    iterator to end the processes.
    """
    with ExitStack() as ended:
        idle = {ended.enter_context(_process(replays, folder, with_main)): None for _ in range(jobs)}
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
                yield setting, _answer(ready, setting, with_main)
                idle[ready] = None


def not_sendable(normalizers: Mapping[str, OwnNormalizer], *, with_main: bool) -> list[str]:
    """Return the names of the normalizations that cannot be sent to a process, which may import the script or not."""
    names = []
    for name, function in normalizers.items():
        try:
            with ExitStack() as hidden:
                if not with_main:
                    hidden.enter_context(_main_hidden())
                pickle.dumps(function)
        except Exception:  # whatever a class raises that does not know how
            names.append(name)
    return names


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
def _process(replays: Replays, folder: Path, with_main: bool) -> Iterator[Connection]:
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs, replays, str(folder)), daemon=True)
    with _deaf_to_interrupts(), nullcontext() if with_main else _main_hidden():
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
def _main_hidden() -> Iterator[None]:
    """Let a process that starts here not find the script that is running, which it would run once more.

    ``multiprocessing`` has no option for it; a main module without a file, as the interactive one, is not imported.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


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


def _answer(connection: Connection, setting: GridSetting, with_main: bool = False) -> Measures:
    try:
        answer = connection.recv()
    except (EOFError, OSError):
        why = f"was memory short, or is {GUARD} missing from the script?" if with_main else "was memory short?"
        raise RuntimeError(f"the process that replayed setting {setting.number} ended; {why}") from None
    if isinstance(answer, Exception):
        raise answer
    assert isinstance(answer, Measures)
    return answer
