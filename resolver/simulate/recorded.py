"""Recorded: what a run tells that was executed command by command on some store, written down on the way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from resolver.facts import AnyFact
from resolver.names import ProfileId
from resolver.simulate.spool import Applied, Rejection, Spool


class Recorded:
    """The files of a run, with its store and where its refs ended."""

    def __init__(
        self,
        spool: Spool,
        store: Any,
        assignments: Mapping[str, ProfileId],
        elsewhere: Mapping[str, tuple[ProfileId, ...]],
    ) -> None:
        self.spool = spool
        self._store = store
        self._assignments = assignments
        self._elsewhere = elsewhere
        self.read_facts: Callable[[], Iterator[AnyFact]] = spool.read_facts
        self.read_losses: Callable[[], Iterator[AnyFact]] = spool.read_losses
        self.read_applied: Callable[[], Iterator[Applied]] = spool.read_applied
        self.read_refused: Callable[[], Iterator[Applied]] = spool.read_refused
        self.read_rejected: Callable[[], Iterator[Rejection]] = spool.read_rejected
        self.read_facts_of: Callable[[Iterable[Applied]], Iterator[tuple[Applied, list[AnyFact]]]] = spool.read_facts_of

    def engine(self) -> Any:
        """The store at the end."""
        return self._store

    def assignments(self) -> Mapping[str, ProfileId]:
        """Where each ref is at the end."""
        return self._assignments

    def elsewhere(self) -> Mapping[str, tuple[ProfileId, ...]]:
        """Where the lines of a ref ended, where that was several profiles or one that is gone; the latest last."""
        return self._elsewhere

    def read_facts_with_lines(self) -> Iterator[AnyFact]:
        """The facts with their line in the place of their number; both files are in the same order."""
        applied = self.spool.read_applied()
        entry = next(applied, None)
        for fact in self.spool.read_facts():
            while entry is not None and entry.number != fact.command:
                entry = next(applied, None)
            assert entry is not None, "a fact without its command"
            named: AnyFact = msgspec.structs.replace(fact, command=entry.line)
            yield named
