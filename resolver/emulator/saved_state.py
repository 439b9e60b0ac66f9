"""Seeding: a history that the first store starts with."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from resolver.emulator.entries import Entry, Kind
from resolver.emulator.service import Service
from resolver.emulator.store import Store
from resolver.facts import AnyFact
from resolver.names import Milliseconds, OnInvalid
from resolver.simulate import Run, replay

_ENTRY = 1000
"""Facts in one entry, about."""

_log = logging.getLogger("resolver.emulator")


class Seed:
    """Fills the first store of a service with a history, unless that store has data already.

    Unreadable identifiers are dropped and rejected lines left out, as in a replay; the log says how many. The facts of
    the replay are remembered, so that a reset leads to the same ids again and does not read the history twice.
    """

    def __init__(self, history: Iterable[Any]) -> None:
        self._history = history
        self._facts: Sequence[list[AnyFact]] = ()
        self._replayed_under: tuple[Any, ...] | None = None

    def __call__(self, service: Service, at: Milliseconds) -> Sequence[Entry]:
        """Seed the first store, and return the entries. O(facts), and the first time O(history)."""
        store_id = service.options.stores[0].id
        if store_id in service.deleted:
            _log.warning("store %s was deleted; it was not seeded", store_id)
            return ()
        store = service.stores[store_id]
        if store.fact_log.facts:
            _log.warning("store %s has data already; it was not seeded", store_id)
            return ()
        record = store.record
        under = (store.engine.settings, record.on_invalid, record.match, record.default_region)
        if self._replayed_under != under:
            run = replayed(self._history, service, store)
            self._facts, self._replayed_under = list(_pieces(run.facts)), under
            if run.summary.rejected:
                _log.warning("seed: %d of %d lines were rejected", run.summary.rejected, run.summary.lines)
        return [service.accept(Kind.SEEDED, at, store_id, facts=facts) for facts in self._facts]


def replayed(history: Iterable[Any], service: Service, store: Store) -> Run:
    """Replay a history as a store would have it; ``InvalidHistory`` if it cannot be read. The store stays as it is."""
    record = store.record
    return replay(
        history,
        store.engine.settings,
        new_id=service.options.ids.profile,
        on_invalid=OnInvalid.DROP if record.on_invalid == OnInvalid.REFUSE else record.on_invalid,
        match=record.match,
        default_region=record.default_region,
    )


def _pieces(facts: Iterable[AnyFact]) -> Iterator[list[AnyFact]]:
    """Give facts in pieces that do not part the facts of one command."""
    piece: list[AnyFact] = []
    for _, told in groupby(facts, lambda fact: fact.command):
        piece.extend(told)
        if len(piece) >= _ENTRY:
            yield piece
            piece = []
    if piece:
        yield piece
