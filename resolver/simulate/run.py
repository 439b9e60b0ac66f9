"""A run: what one replay left behind, in memory what must be, on disk the rest."""

import gc
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NoReturn, Self, TypeVar

from resolver.engine import Engine
from resolver.errors import InvalidHistory, shown
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact
from resolver.history import History, Records
from resolver.history.inputs import how_to_read, is_frame, is_readable, named
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.simulate import notebook, saved
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.matched import group_ids
from resolver.simulate.steps import Rejection, Source, Step, Wanted, checked_names
from resolver.simulate.summary import Summary

T = TypeVar("T")


class Again(Generic[T]):
    """An iterable that reads its file anew each time it is iterated."""

    def __init__(self, read: Callable[[], Iterator[T]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[T]:
        return self._read()


class Run:
    """The result of ``replay``.

    ``engine`` is the store at the end. ``assignments`` maps each ref to the canonical id of its profile at the
    end, in the order in which refs came first; a ref whose profile was deleted is not in it. ``facts`` and
    ``rejected`` can be iterated again and again; they are made while they are read, from columns of integers and from
    disk, and last as long as the run, or an iterator over one of them. A run is not pickled; its parts are.
    Every fact's ``command`` is the line number of its command.

    ``history`` gives the records that were replayed, again and again where the caller's history can be read again;
    ``settings`` are those at the start, ``options`` those of the engine. ``elsewhere`` names, for the refs whose
    lines ended in several profiles or in a deleted one, all of those profiles as they were named then.
    ``make_engine`` is what made the store: ``Engine``, or what ``replay`` was given as *engine*.
    """

    def __init__(
        self,
        source: Source,
        summary: Summary,
        *,
        history: History | Records,
        is_sorted: bool = False,
        fingerprint: int = 0,
    ) -> None:
        self.source = source
        self.summary = summary
        self.history = history
        self.settings = source.settings
        self.options = source.options
        self.make_engine = source.make_engine
        self.is_sorted = is_sorted
        self.fingerprint = fingerprint

    @property
    def is_masked(self) -> bool:
        """Whether values are masked; the engine, which is not, then has no part in what is told."""
        return self.source.is_masked

    @property
    def columns(self) -> ColumnSource | None:
        """The columns of the run; None where it was executed command by command, or is masked."""
        return self.source if isinstance(self.source, ColumnSource) else None

    @cached_property
    def engine(self) -> Engine:
        """The store at the end."""
        return self.source.engine

    @cached_property
    def assignments(self) -> Mapping[str, ProfileId]:
        """Where each ref is at the end."""
        return self.source.assignments()

    @property
    def refs(self) -> Collection[str]:
        """The refs of all commands that could be understood, each once, in the order in which they came first."""
        return self.source.refs()

    @cached_property
    def elsewhere(self) -> Mapping[str, tuple[ProfileId, ...]]:
        """For the refs whose lines ended in several profiles or in a deleted one, all of those as they were named."""
        return self.source.elsewhere()

    def steps(self, refs: Collection[str] | None = None, profiles: Collection[str] | None = None) -> Again[Step]:
        """Return the commands of the history that could be understood, in the order of execution, each as a ``Step``.

        *refs*: only those of some records. *profiles*: only those that ended in some profiles, each named by any id
        that it ever had, or in what was merged with them. Both: those for which both are true. What the run does not
        have has no steps. Can be iterated again and again; steps are made while they are read. O(commands) each time,
        with a small constant for those left out. ``ValueError`` for one text in the place of several.

        >>> from resolver.simulate import replay
        >>> run = replay([{"ref": "a", "identifiers": {"email": "Ada@Example.com"}}, {"ref": "b", "identifiers": {}}])
        >>> [(step.line, step.identifiers, step.outcome is None) for step in run.steps()]
        [(1, (('email', 'ada@example.com'),), False), (2, (), True)]
        """
        named, ids = checked_names("refs", refs), checked_names("profiles", profiles)
        every = None if ids is None else group_ids(self.engine, self.losses, ids)
        return Again(lambda: self.source.read_steps(Wanted(refs=named, ids=every)))

    def select(self, wanted: Wanted) -> Iterator[Step]:
        """Return the steps that a question is about. O(commands), with a small constant for those left out."""
        return self.source.read_steps(wanted)

    @property
    def facts(self) -> Again[AnyFact]:
        """All facts in the order of execution."""
        return Again(self.source.read_facts_with_lines if self.is_sorted else self.source.read_facts)

    @property
    def rejected(self) -> Again[Rejection]:
        """All rejected lines and dropped identifiers, in the order of the history."""
        return Again(self.source.read_rejected)

    @property
    def losses(self) -> Again[AnyFact]:
        """The facts that values left, or were left out, and the deletions and settings, with the engine's numbers."""
        return Again(self.source.read_losses)

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """Yield what a profile holds at the end, each value with its idType and since when; types in rule order."""
        return self.source.held(profile_id)

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """Return what each of some resolve commands found, by the command's number. Two passes over the run."""
        return self.source.matches_at(numbers)

    @property
    def numbered_facts(self) -> Again[AnyFact]:
        """All facts with the engine's own command numbers, which ascend even where lines were sorted."""
        return Again(self.source.read_facts)

    def __copy__(self) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)  # what was written down is shared: it does not change any more
        return other

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        other = self.__copy__()
        other.engine = self.engine.fork()
        return other

    def __reduce__(self) -> NoReturn:
        raise pickle.PicklingError(
            "a run cannot be pickled, as part of it is in temporary files; "
            "expected the part that you need: run.engine, run.assignments, run.summary or list(run.facts)"
        )

    def __repr__(self) -> str:
        totals = self.summary
        return f"<Run: {totals.applied} of {totals.lines} lines applied, {totals.profiles} profiles>"

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed) of refs and profile ids.

        Columns: ``ref``, ``profile_id``. Raises ``ImportError`` where the library is not there, ``ValueError`` for
        another one.
        """
        return notebook.run_frame(self.assignments, library)

    def save(self, directory: str | Path) -> None:
        """Write the run as a folder of Parquet files and ``summary.json``, which DuckDB or polars can read.

        ``steps``, ``facts``, ``values``, ``profiles`` and ``rejected``; docs/formats.md has their columns. Raises
        ``ImportError`` without pyarrow, ``OSError`` where the folder cannot be written.
        """
        saved.save(self.source, self.summary, Path(directory), is_sorted=self.is_sorted, fingerprint=self.fingerprint)

    def to_arrow(self, name: str = "steps") -> Any:
        """Return one of the files of ``save`` as a table of pyarrow.

        Raises ``ValueError`` for another name, ``ImportError`` without pyarrow.
        """
        return saved.arrow_table(self.source, name)

    def _repr_html_(self) -> str:
        return notebook.run_html(self.summary)


def check_run(given: object) -> None:
    """Check that something is a run; ``InvalidHistory`` says what would be, and how a data frame becomes one."""
    if isinstance(given, Run):
        return
    if is_frame(given):
        way = "what replay(frame) gives" if is_readable(given) else f"{how_to_read(given)}, then replay of that"
        raise InvalidHistory(f"{named(given)} is not a run; expected {way}")
    raise InvalidHistory(f"{shown(given)} is not a run; expected what replay(...) gives")


def check_unmasked(given: object) -> None:
    """Check that something is a run of which the engine's matching and store can be asked; else ``InvalidHistory``."""
    check_run(given)
    if isinstance(given, Run) and given.is_masked:
        raise InvalidHistory(
            "the run is masked: its values do not match as they did, and its store holds them as they are; "
            "expected the run that was masked"
        )


# While runs are made

SELDOM = 100_000
"""Objects made between two looks of the collector."""


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Have the collector look seldom inside, and as before afterwards; one that is off or looks more seldom stays so.

    It looks for cycles whenever some hundred objects came to be; what a replay makes has none, so looking is waste.

    >>> before = gc.get_threshold()
    >>> with rarely_collecting():
    ...     gc.get_threshold()[0] >= SELDOM or before[0] == 0
    True
    >>> gc.get_threshold() == before
    True
    """
    first, *others = before = gc.get_threshold()
    if 0 < first < SELDOM:
        gc.set_threshold(SELDOM, *others)
    try:
        yield
    finally:
        gc.set_threshold(*before)
