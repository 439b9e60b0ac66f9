"""Memory: how much of it this process takes and may take, and the error for a history that does not fit into it.

What may be taken is the least of what ``RESOLVER_MEMORY`` says, the limits of the process and of its container, and
what the machine has left.

>>> bytes_in("4GB"), bytes_in("1.5 GiB"), in_words(2_640_000_000)
(4000000000, 1610612736, '2.6 GB')
"""

import ctypes
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

import attrs

from resolver.display import counted
from resolver.errors import InvalidSettings, NotEnoughMemory, shown

VARIABLE = "RESOLVER_MEMORY"
"""The environment variable that bounds what a replay may take."""

LOOKS = 1 << 14
"""Lines between two looks."""

HELPS = (
    "what helps: more memory; no idTypes in the history that no rule needs; "
    "resolver spark, which replays a history in parts (docs/scale.md)"
)

WITHOUT_ARROW = "; pyarrow, with which the columns of a run can be on disk (pip install 'idresolver[parquet]')"
"""What helps besides, where it is not installed."""

_SMALL = 64 << 20
"""Columns of no more bytes than this stay in memory, unless somebody said how many may."""

_PART = 4
"""Those of a run that take more than one part in so many of what may be taken are put on disk."""

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt])(i?)b?\s*", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}
_NAMES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))

_SPARE = 16
"""One part in so many of a machine's memory, or of a container's, stays free: they end a process that takes the last,
and not every piece that is taken at once can be seen before."""

_NO_LIMIT = 1 << 60
"""Where a container has no limit, one that is larger than this is named."""

_ROOT = Path("/")
"""The folder in which the system tells of itself."""


@attrs.frozen
class Bound:
    """So many ``bytes`` may be taken at most; ``why`` says who has it so."""

    bytes: int
    why: str


def bytes_in(text: str) -> int:
    """Return the bytes that a size names: ``4GB``, ``500m``, ``1.5GiB``. ``ValueError`` for any other text."""
    found = _SIZE.fullmatch(text)
    size = 0 if found is None else int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()])
    if size == 0:
        raise ValueError(f"{shown(text)} is not a size; expected one such as '4GB' or '500MB'")
    return size


def in_words(size: float) -> str:
    """Return a number of bytes as people read it.

    >>> in_words(940_000), in_words(12_340_000_000)
    ('0.9 MB', '12.3 GB')
    """
    unit, name = next((each for each in _NAMES if size >= each[0]), _NAMES[-1])
    return f"{size / unit:,.1f} {name}"


def taken() -> int:
    """Return the bytes that this process has in memory; 0 where the system does not tell.

    What it has of files is left out: the system takes that back when it is short of memory.
    """
    with suppress(OSError, ValueError, IndexError):
        _, resident, of_files = map(int, (_ROOT / "proc/self/statm").read_text().split()[:3])
        return (resident - of_files) * os.sysconf("SC_PAGE_SIZE")
    return 0


def give_back(lines: int) -> None:
    """Let the system have what work on so many lines freed: columns that grew leave holes, which C libraries keep.

    So does Arrow, where it read them. Little work leaves small holes, and there may be a thousand of it: 10 lines would
    take 1.5 times as long.
    """
    if lines < LOOKS:
        return
    if "pyarrow" in sys.modules:
        import_module("pyarrow").default_memory_pool().release_unused()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def bounds() -> list[Bound]:
    """Return what bounds the memory of this process. ``InvalidSettings`` where the variable is no size."""
    found = _wanted()
    with suppress(ImportError):  # Windows has none
        resource: Any = import_module("resource")
        limits = {resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)}
        found += [Bound(limit, "the limit of the process, ulimit") for limit in limits - {resource.RLIM_INFINITY}]
    containers = [limit - limit // _SPARE for limit in _of_container() if limit < _NO_LIMIT]
    found += [Bound(limit, "the limit of the container") for limit in containers]
    left = _left_in_machine()
    return found if left is None else [*found, Bound(taken() + left, "what this machine has left")]


def _wanted() -> list[Bound]:
    """Return the bound of one's own. ``InvalidSettings`` where the variable is no size."""
    given = os.environ.get(VARIABLE)
    if not given:
        return []
    try:
        return [Bound(bytes_in(given), VARIABLE)]
    except ValueError:
        raise InvalidSettings(VARIABLE, given, "a size such as '4GB' or '500MB'") from None


class Memory:
    """The memory for one piece of work on a history of this *name*: looked at meanwhile, and told where it is short.

    As a context it turns a ``MemoryError`` into a ``NotEnoughMemory``, and lets go of what the work held.
    """

    def __init__(self, name: str, for_columns: int | str | None = None) -> None:
        self.name = name
        self._for_columns = checked_size(for_columns)
        self.share: Callable[[], float | None] = lambda: None
        """Returns how much of the work is done, from 0 to 1; None if that is not known."""
        self._lines = self._looked = 0
        self._began = taken()
        _wanted()  # so that a variable that is wrong is told before the work

    def look(self, lines: int) -> None:
        """Raise ``NotEnoughMemory`` where more is taken than may be, after so many lines. O(1), and seldom more."""
        self._lines = lines
        if lines - self._looked >= LOOKS:
            self._looked = lines
            least = _least(bounds())
            if least is not None and taken() > least.bytes:
                raise self.error()

    def is_too_large(self, size: int) -> bool:
        """Whether the columns of a run, which take so many bytes, are to be put on disk."""
        if self._for_columns is not None:
            return size > self._for_columns
        if size <= _SMALL or not _has_arrow():
            return False
        least = _least(bounds())
        return least is not None and size * _PART > least.bytes

    def error(self) -> NotEnoughMemory:
        """Return the error that says how much is needed, how much there is, and what helps."""
        mine, least = taken(), _least(bounds())
        needed = mine
        done, share = f"after {counted(self._lines, 'line')}" if self._lines else "so far", self.share()
        if self._lines and share:
            needed = int(self._began + max(mine - self._began, 0) / share)
            done = f"{done} ({share:.0%})"
        told = f"{self.name} does not fit into memory"
        if mine:
            told += f": {done} it takes {in_words(mine)}"
        if needed > mine:
            told += f", and would take about {in_words(needed)} in all"
        if least is not None:
            told += f"; there may be {in_words(least.bytes)} ({least.why})"
        allowed = 0 if least is None else least.bytes
        helps = HELPS if _has_arrow() else HELPS + WITHOUT_ARROW
        return NotEnoughMemory(f"{told}; {helps}", needed=needed, allowed=allowed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, MemoryError):
            short = error if isinstance(error, NotEnoughMemory) else self.error()
            traceback.clear_frames(trace)  # what they held is needed by whoever goes on
            if short is not error:
                raise short from None


def checked_size(given: int | str | None) -> int | None:
    """Return a number of bytes that is given as such or as a text; ``ValueError`` for any other value.

    >>> checked_size("2GB"), checked_size(0), checked_size(None)
    (2000000000, 0, None)
    """
    if isinstance(given, str):
        return bytes_in(given)
    if given is not None and (type(given) is not int or given < 0):
        raise ValueError(f"{shown(given)} is no number of bytes; expected one such as 2_000_000_000 or '2GB'")
    return given


def _has_arrow() -> bool:
    return find_spec("pyarrow") is not None


def _least(found: list[Bound]) -> Bound | None:
    return min(found, key=lambda each: each.bytes, default=None)


def _of_container() -> Iterator[int]:
    """Yield the limits of the control groups that this process is in."""
    with suppress(OSError, ValueError):
        for line in (_ROOT / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers in ("", "memory"):
                folder = _ROOT / "sys/fs/cgroup" / controllers
                name = "memory.limit_in_bytes" if controllers else "memory.max"
                inside = PurePosixPath(path.lstrip("/"))
                for place in (inside, *inside.parents):
                    with suppress(OSError, ValueError):  # the outermost has none, and "max" is none
                        yield int((folder / place / name).read_text())


def _left_in_machine() -> int | None:
    """Return how many bytes this machine can still give; None where it does not tell."""
    with suppress(OSError, ValueError, IndexError, KeyError):
        lines = (_ROOT / "proc/meminfo").read_text().splitlines()
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return max(0, kilobytes["MemAvailable"] - kilobytes["MemTotal"] // _SPARE) * 1024
    return None
