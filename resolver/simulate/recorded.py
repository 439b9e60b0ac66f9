"""Recorded: what a run tells that was executed command by command on some store, written down on the way."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from resolver.facts import AnyFact, SettingsApplied
from resolver.names import ProfileId
from resolver.settings import Settings
from resolver.simulate.matched import held, matches_at
from resolver.simulate.spool import Applied, Rejection, Spool
from resolver.simulate.steps import Step, step_of


class Recorded:
    """The files of a run, with its store and where its refs ended; *store_of* makes an empty store of settings."""

    is_masked = False
    held = staticmethod(held)
    matches_at = staticmethod(matches_at)

    def __init__(
        self,
        spool: Spool,
        store: Any,
        settings: Settings,
        store_of: Callable[[Settings], Any],
        assignments: Mapping[str, ProfileId],
        elsewhere: Mapping[str, tuple[ProfileId, ...]],
    ) -> None:
        self.spool = spool
        self._store = store
        self._settings = settings
        self._store_of = store_of
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

    def read_steps(self, refs: Collection[str] | None, ids: Collection[ProfileId] | None) -> Iterator[Step]:
        """The steps in the order of execution; of some refs only, or that ended in profiles with some ids."""
        rejections = self.spool.read_rejected()
        groups = groupby(self.spool.read_facts(), key=attrgetter("command"))
        number, facts = next(groups, (0, iter(())))
        store = self._store_of(self._settings)
        for entry in merge(self.spool.read_applied(), self.spool.read_refused(), key=attrgetter("number")):
            mine: tuple[AnyFact, ...] = ()
            if number == entry.number:
                mine = tuple(facts)
                number, facts = next(groups, (0, iter(())))
            if (refs is None or entry.ref in refs) and (ids is None or entry.profile_id in ids):
                forms = ((id_type, store.stored_form(id_type, raw).value) for id_type, raw in entry.given)
                identifiers = dict.fromkeys((id_type, value) for id_type, value in forms if value is not None)
                yield step_of(entry, mine, tuple(identifiers), rejections)
            for fact in mine:
                if isinstance(fact, SettingsApplied):
                    store = self._store_of(fact.settings)
