"""The run of a bulk replay: columns of integers, turned into objects when they are asked for."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from resolver.bulk.columns import Columns, refs_followed
from resolver.bulk.facts import Facts
from resolver.bulk.interned import Interned
from resolver.bulk.marks import INVALID, NOTHING_LEFT
from resolver.bulk.refusals import refusal
from resolver.bulk.totals import full_profiles, summed_up
from resolver.engine import Engine
from resolver.errors import InvalidHistory, InvalidIdentifier, ResolverError
from resolver.facts import AnyFact
from resolver.history import Record
from resolver.names import IdType, OnInvalid, ProfileId
from resolver.rules.rulebook import Rulebook
from resolver.rules.unreadable import reported
from resolver.simulate.replay import replay
from resolver.simulate.run import Again, Run
from resolver.simulate.spool import Rejection
from resolver.simulate.summary import REASONS, Reasons, Summary, reason_of

_LATER: dict[str, Callable[["BulkRun"], Any]] = {
    "assignments": lambda run: run._assignments(),
    "summary": lambda run: run._summary(),
    "engine": lambda run: run._engine(),
    "elsewhere": lambda run: run._in_full.elsewhere,
    "fingerprint": lambda run: run._in_full.fingerprint,
    "_spool": lambda run: run._in_full._spool,
}
"""How the parts of a run are made, by the name under which it keeps them. All O(events), once."""

_TROUBLE = re.compile(b"[\x08-\x0c]")
"""``INVALID`` and what refuses an event, as bytes of the column of facts."""


Fault: TypeAlias = tuple[str, ResolverError | None, list[tuple[IdType, object]]]
"""A reason, the error of a rejected line, and its identifiers; or, without an error, a dropped identifier."""


class BulkRun(Run):
    """The result of ``bulk_replay``: a ``Run`` whose parts are made when they are first asked for.

    ``assignments``, ``summary``, ``numbered_facts`` and ``rejected`` come from the columns; so do ``facts``, unless
    the history is sorted, and the ``engine``, by folding them. What tells of every command (``applied``, ``refused``,
    ``losses``, ``elsewhere``) has the history replayed once by an engine, since a bulk replay writes nothing down.
    For that, and for ``rejected``, the history must be one that can be read again: ``InvalidHistory`` if it is not, or
    has changed.
    """

    def __init__(self, interned: Interned, book: Rulebook, columns: Columns, options: Mapping[str, Any]) -> None:
        self.interned = interned
        self.columns = columns
        self.history = interned.given
        self.settings = book.settings
        self.options = {"on_invalid": str(OnInvalid.DROP), **options}
        self.is_sorted = interned.is_sorted
        self._facts = Facts(interned, columns)
        self._book = book
        self._given = options

    def __getattr__(self, name: str) -> Any:
        """Make a part of the run that was not asked for before."""
        if name not in _LATER:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = _LATER[name](self)
        setattr(self, name, made)
        return made

    @cached_property
    def _refs(self) -> tuple["array[int]", int, int]:
        return refs_followed(self.interned, self.columns)

    @cached_property
    def _in_full(self) -> Run:
        run = replay(self.interned.records, self.settings, **self._given)
        if run.summary != self.summary:
            raise InvalidHistory("the history is not what it was when it was interned; expected one that stays")
        return run

    def _engine(self) -> Engine:
        engine = Engine(self.settings, **self.options)
        engine.fold(self._facts)
        tables = self.columns.tables
        engine._tables.number, engine._tables.at = tables.number, tables.at  # as the last commands may have no facts
        return engine

    def _assignments(self) -> dict[str, ProfileId]:
        final, assigned = self._refs[0], {}
        profile_id, subject = self._facts.profile_id, self.columns.subject
        for event, ref in enumerate(self.interned.ref_of):
            if subject[event] >= 0:
                name = self.interned.ref(event)
                if name not in assigned:
                    assigned[name] = profile_id(final[ref])
        return assigned

    @property
    def facts(self) -> Again[AnyFact]:
        """All facts in the order of execution."""
        return Again(self._with_lines) if self.is_sorted else self.numbered_facts

    @property
    def numbered_facts(self) -> Again[AnyFact]:
        """All facts with the engine's own command numbers."""
        return Again(lambda: iter(self._facts))

    @property
    def rejected(self) -> Again[Rejection]:
        """All rejected lines and dropped identifiers, in the order of the history, which is read again for them."""
        return Again(self._rejected)

    def _rejected(self) -> Iterator[Rejection]:
        names = {config.id_type: config.normalization for config in self._book.settings.identifier_configs}
        for record, (reason, error, given) in self._faults():
            if error is not None:
                yield Rejection(record.line, reason, type(error).__name__, str(error), raw=record.raw)
                continue
            id_type, value = given[0]
            detail = f"normalization {names[id_type]!r} cannot read it"
            yield Rejection(record.line, reason, InvalidIdentifier.__name__, detail, id_type=id_type, value=value)

    def _faults(self) -> Iterator[tuple[Record, Fault]]:
        """Return every fault with its record, in the order of the history, which is read again."""
        troubles = self._troubles()
        trouble = next(troubles, None)
        event = 0
        for record in self.interned.records:
            if record.command is None:
                yield record, _fault_of(record)
                continue
            while trouble is not None and trouble[0] == event:
                yield record, self._fault(*trouble)
                trouble = next(troubles, None)
            event += 1

    def _summary(self) -> Summary:
        return summed_up(self.interned, self._book, self.columns, self._refs, self._reasons(), self._given)

    def full_profiles(self) -> int:
        """Count the profiles that have, for some idType, as many values as its limit allows. O(values held)."""
        return full_profiles(self.columns.tables, self.columns.ruling.rules)

    def __repr__(self) -> str:
        totals = self.summary
        return f"<BulkRun: {totals.applied} of {totals.lines} lines applied, {totals.profiles} profiles>"

    def _troubles(self) -> Iterator[tuple[int, int]]:
        """Give (event, place in the columns of facts) of all that was left out for being unreadable, or refused."""
        first = self.columns.first
        event = 0
        for found in _TROUBLE.finditer(self.columns.fact):
            place = found.start()
            event = bisect_right(first, place, event) - 1
            yield event, place

    def _reasons(self) -> Reasons:
        """Count why lines were rejected and identifiers dropped, in the order in which the reasons came first."""
        reasons = Reasons()
        if self.is_sorted:  # whose lines only the history itself has
            for record, fault in self._faults():
                _count(reasons, record.line, fault)
            return reasons
        rejected = iter(self.interned.rejected)
        waiting = next(rejected, None)
        for event, place in self._troubles():
            while waiting is not None and waiting[0] <= event:
                _count(reasons, waiting[1].line, _fault_of(waiting[1]))
                waiting = next(rejected, None)
            _count(reasons, self.interned.lines[event], self._fault(event, place))
        while waiting is not None:
            _count(reasons, waiting[1].line, _fault_of(waiting[1]))
            waiting = next(rejected, None)
        return reasons

    def _fault(self, event: int, place: int) -> Fault:
        kind = self.columns.fact[place]
        if kind == INVALID:
            id_type, raw = self._facts.text(self.columns.what[place])
            return REASONS[InvalidIdentifier], None, [(id_type, reported(raw))]
        error = refusal(self._facts, self._book, self.columns, event)
        offsets = self.interned.offsets
        given = [self._facts.text(text) for text in self.interned.idents[offsets[event] : offsets[event + 1]]]
        return "no identifier" if kind == NOTHING_LEFT and not given else reason_of(error), error, given


def _fault_of(record: Record) -> Fault:
    assert record.error is not None
    return str(record.reason or reason_of(record.error)), record.error, []


def _count(reasons: Reasons, line: int, fault: Fault) -> None:
    reason, error, given = fault
    if error is None:
        reasons.drop(line, *given[0])
    else:
        reasons.reject(line, reason, error, given)
