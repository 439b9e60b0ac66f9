"""A run: what one replay left behind, in memory what must be, on disk the rest."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

from resolver.engine import Engine
from resolver.facts import AnyFact
from resolver.names import ProfileId
from resolver.simulate.spool import Applied, Rejection, Spool
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
    ``rejected`` can be iterated again and again and are read from disk; they last as long as the run.
    Every fact's ``command`` is the line number of its command.
    """

    def __init__(
        self,
        engine: Engine,
        assignments: Mapping[str, ProfileId],
        summary: Summary,
        spool: Spool,
        *,
        is_sorted: bool = False,
    ) -> None:
        self.engine = engine
        self.assignments = assignments
        self.summary = summary
        self._spool = spool
        self.is_sorted = is_sorted

    @property
    def facts(self) -> Again[AnyFact]:
        """All facts in the order of execution."""
        return Again(self._read_facts)

    @property
    def rejected(self) -> Again[Rejection]:
        """All rejected lines and dropped identifiers, in the order of the history."""
        return Again(self._spool.read_rejected)

    @property
    def applied(self) -> Again[Applied]:
        """One entry per applied command, in the order of execution."""
        return Again(self._spool.read_applied)

    @property
    def numbered_facts(self) -> Again[AnyFact]:
        """All facts with the engine's own command numbers, which ascend even where lines were sorted."""
        return Again(self._spool.read_facts)

    def _read_facts(self) -> Iterator[AnyFact]:
        return self._with_lines() if self.is_sorted else self._spool.read_facts()

    def _with_lines(self) -> Iterator[AnyFact]:
        """Give the facts with their line in the place of their number; both files are in the same order."""
        applied = self._spool.read_applied()
        entry = next(applied, None)
        for fact in self._spool.read_facts():
            while entry is not None and entry.number != fact.command:
                entry = next(applied, None)
            assert entry is not None, "a fact without its command"
            named: AnyFact = msgspec.structs.replace(fact, command=entry.line)
            yield named

    def __repr__(self) -> str:
        totals = self.summary
        return f"<Run: {totals.applied} of {totals.lines} lines applied, {totals.profiles} profiles>"
