"""The run of a bulk replay: columns of integers, turned into objects when they are asked for."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from resolver.bulk.facts import Facts
from resolver.bulk.interned import Interned
from resolver.bulk.layout import INVALID, NOTHING_LEFT, Columns, Ints
from resolver.bulk.machine import follow_refs
from resolver.bulk.refusals import refusal
from resolver.bulk.totals import full_profiles, summed_up
from resolver.bulk.values import Values
from resolver.errors import InvalidIdentifier, ResolverError
from resolver.facts import IdentifierRefused
from resolver.history import Record
from resolver.names import ProfileId
from resolver.rules.rulebook import Rulebook
from resolver.simulate.spool import Rejection
from resolver.simulate.summary import REASONS, Summary, reason_of

_TROUBLE = re.compile(b"[\x03\x07-\x0a]")
"""The facts ``INVALID`` and the refusals of events, in their column."""


class BulkRun:
    """The result of ``bulk_replay``: ``facts``, ``assignments``, ``rejected`` and ``summary`` as a ``Run`` has them.

    There is no engine at the end. ``facts`` may be iterated again and again.
    """

    def __init__(
        self, interned: Interned, values: Values, book: Rulebook, columns: Columns, options: Mapping[str, Any]
    ) -> None:
        self.interned = interned
        self.columns = columns
        self.facts = Facts(interned, values, book, columns)
        self._book = book
        self._options = options

    @cached_property
    def _refs(self) -> tuple[Ints, int, int]:
        return follow_refs(self.interned, self.columns)

    @cached_property
    def assignments(self) -> dict[str, ProfileId]:
        """Where each ref is at the end, in the order in which refs came first. O(events), once."""
        final, assigned = self._refs[0], {}
        profile_id, subject = self.facts.profile_id, self.columns.subject
        for event, ref in enumerate(self.interned.ref_of):
            if subject[event] >= 0:
                name = self.interned.ref(event)
                if name not in assigned:
                    assigned[name] = profile_id(final[ref])
        return assigned

    @property
    def rejected(self) -> Iterator[Rejection]:
        """All rejected lines and dropped identifiers, in the order of the history, which is read again for them."""
        troubles = self._troubles()
        trouble = next(troubles, None)
        event = 0
        for record in self.interned.records:
            if record.command is None:
                assert record.error is not None
                yield _rejection(record, record.error, record.reason or reason_of(record.error))
                continue
            while trouble is not None and trouble[0] == event:
                yield self._rejection(record, *trouble)
                trouble = next(troubles, None)
            event += 1

    @cached_property
    def summary(self) -> Summary:
        """The totals, equal to those of a replay. O(events), once."""
        return summed_up(self.interned, self._book, self.columns, self._refs, self._reasons(), self._options)

    def full_profiles(self) -> int:
        """Count the profiles that have, for some idType, as many values as its limit allows. O(values held)."""
        return full_profiles(self._book, self.columns)

    def __repr__(self) -> str:
        totals = self.summary
        return f"<BulkRun: {totals.applied} of {totals.lines} lines applied, {totals.profiles} profiles>"

    def _troubles(self) -> Iterator[tuple[int, int]]:
        """Give (event, place in the columns of facts) of all that was left out for being unreadable, or refused."""
        first = self.columns.first
        column: Any = self.columns.fact
        event = 0
        for found in _TROUBLE.finditer(memoryview(column)[: first[len(self.interned)]]):
            place = found.start()
            event = bisect_right(first, place, event) - 1
            yield event, place

    def _reasons(self) -> Counter[str]:
        """Count why lines were rejected and identifiers dropped, in the order in which the reasons came first."""
        reasons: Counter[str] = Counter()
        rejected = iter(self.interned.rejected)
        waiting = next(rejected, None)
        for event, place in self._troubles():
            while waiting is not None and waiting[0] <= event:
                reasons[_reason(waiting[1])] += 1
                waiting = next(rejected, None)
            reasons[self._why(event, place)] += 1
        while waiting is not None:
            reasons[_reason(waiting[1])] += 1
            waiting = next(rejected, None)
        return reasons

    def _why(self, event: int, place: int) -> str:
        kind = self.columns.fact[place]
        if kind == INVALID:
            return REASONS[InvalidIdentifier]
        if kind == NOTHING_LEFT and self.interned.offsets[event] == self.interned.offsets[event + 1]:
            return "no identifier"
        return reason_of(refusal(self.facts, self._book, self.columns, event))

    def _rejection(self, record: Record, event: int, place: int) -> Rejection:
        reason = self._why(event, place)
        if self.columns.fact[place] != INVALID:
            return _rejection(record, refusal(self.facts, self._book, self.columns, event), reason)
        fact = self.facts.of_event(event)[place - self.columns.first[event]]
        assert isinstance(fact, IdentifierRefused)
        configs = self._book.settings.identifier_configs
        normalization = next(config.normalization for config in configs if config.id_type == fact.id_type)
        detail = f"normalization {normalization!r} cannot read it"
        error = InvalidIdentifier.__name__
        return Rejection(record.line, reason, error, detail, id_type=fact.id_type, value=fact.value)


def _rejection(record: Record, error: ResolverError, reason: str) -> Rejection:
    return Rejection(record.line, str(reason), type(error).__name__, str(error), raw=record.raw)


def _reason(record: Record) -> str:
    assert record.error is not None
    return str(record.reason or reason_of(record.error))
