"""Rejections: lines that a replay in columns rejected, identifiers that it dropped, and why a value was refused.

Nothing of it is made before it is asked for.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from typing import Any

from resolver.columns import marks
from resolver.columns.execution import Execution, zeros
from resolver.columns.fact_columns import FactColumns, count_types, note_texts
from resolver.commands import values_of
from resolver.display import counted
from resolver.errors import (
    InvalidIdentifier,
    ResolverError,
    UnknownIdentifierType,
    blocked_identifier,
    nothing_fits,
    nothing_free,
    nothing_left,
    shown,
    unknown_identifier_type,
)
from resolver.facts import IdentifierRefused, SettingsApplied
from resolver.history import Record
from resolver.kernel.codes import NOBODY
from resolver.kernel.rows import ValueRow
from resolver.names import IdType, Misfit, RefusalReason
from resolver.profiles import id_of
from resolver.rules.normalization import reported
from resolver.ruling import Ruling
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate.rejection_reasons import REASONS, Reasons, reason_of
from resolver.simulate.run_log import as_written
from resolver.simulate.steps import Rejection, Source

_TROUBLES = range(marks.INVALID, marks.NOT_ALLOWED + 1)
"""``INVALID`` and what refuses a command."""

_MARKS = re.compile(b"[%c-%c]" % (_TROUBLES[0], _TROUBLES[-1]))
"""The same as bytes of the column of facts."""

_NOTED = re.compile(b"\x01")


class Trouble:
    """A rejected line with its *error*; or, without one, an identifier that was dropped: the only one *given*."""

    __slots__ = ("error", "given", "line", "normalization", "reason", "source")

    def __init__(
        self,
        line: int,
        reason: str,
        error: ResolverError | None,
        given: list[tuple[IdType, Any]],
        *,
        source: Callable[[], Any] = bytes,
        normalization: str = "",
    ) -> None:
        self.line = line
        self.reason = reason
        self.error = error
        self.given = given
        self.source = source
        self.normalization = normalization

    def count(self, reasons: Reasons) -> None:
        """Count it among the reasons."""
        if self.error is None:
            reasons.drop(self.line, *self.given[0])
        else:
            reasons.reject(self.line, self.reason, self.error, self.given)

    def rejection(self) -> Rejection:
        """Return it as ``Run.rejected`` has it."""
        if self.error is not None:
            raw = Record(self.line, None, "", None, source=self.source()).raw
            return Rejection(self.line, self.reason, type(self.error).__name__, str(self.error), raw=raw)
        id_type, value = self.given[0]
        detail = f"normalization {self.normalization!r} cannot read it"
        return Rejection(self.line, self.reason, InvalidIdentifier.__name__, detail, id_type=id_type, value=value)


def troubles(done: Execution, start: int, end: int, place: int = 0) -> Iterator[Trouble]:
    """The troubles of the commands between two, and of the ``rejected`` records from a *place* on, in order.

    Errors are made anew from the columns. O(troubles), beyond a search for bytes.
    """
    n = done.numbered
    for event, mark in _places(done, start, end):
        while place < len(n.rejected) and n.rejected[place][0] <= event:
            yield _of_record(n.rejected[place][1])
            place += 1
        yield _trouble(done, event, mark)
    for _, record in n.rejected[place:]:
        yield _of_record(record)


_ALIKE = frozenset({marks.INVALID, marks.NOT_CONFIGURED})
"""Kinds of troubles that are many: what is said of one is said of all with its text, or its idType."""


def written_rejections(done: Execution) -> Iterator[Rejection]:
    """Yield the rejections of a whole replay in order, as they are written down; what many say is made once."""
    n, facts, place = done.numbered, done.facts, 0
    known: dict[tuple[int, int, int], Rejection] = {}
    for event, mark in _places(done, 0, len(done)):
        while place < len(n.rejected) and n.rejected[place][0] <= event:
            yield as_written(_of_record(n.rejected[place][1]).rejection())
            place += 1
        kind = facts.scratch.fact[mark] if mark >= 0 else 0
        if kind not in _ALIKE:
            yield as_written(_trouble(done, event, mark).rejection())
            continue
        what = facts.scratch.what[mark]
        key = kind, n.texts.type_of[what] if kind == marks.NOT_CONFIGURED else what, id(facts.ruling_at(mark))
        first = known.get(key)
        if first is None:
            first = known[key] = as_written(_trouble(done, event, mark).rejection())
        line = n.lines[event]
        raw = None if first.raw is None else Record(line, None, "", None, source=n.sources[event]).raw
        yield Rejection(line, first.reason, first.error, first.detail, raw, first.id_type, first.value)
    for _, record in n.rejected[place:]:
        yield as_written(_of_record(record).rejection())


def count_troubles(done: Execution, reasons: Reasons) -> None:
    """Count the troubles of a whole replay, whose history keeps what was rejected: the same as one by one.

    An error is made for the first line of a reason only, and where its values count too. Identifiers that were dropped,
    and lines that name an idType that is not configured, are many: but for the first they are counted in the columns.
    O(facts), with a small constant, and O(other troubles).
    """
    n, facts, place = done.numbered, done.facts, 0
    is_told = any(isinstance(error, UnknownIdentifierType) for error in done.errors.values())
    many = (marks.INVALID,) if is_told else (marks.INVALID, marks.NOT_CONFIGURED)
    for event, mark in _places(done, 0, len(done), many):
        while place < len(n.rejected) and n.rejected[place][0] <= event:
            _of_record(n.rejected[place][1]).count(reasons)
            place += 1
        if not (mark >= 0 and _is_counted(facts, mark, reasons)):
            _trouble(done, event, mark).count(reasons)
    for _, record in n.rejected[place:]:
        _of_record(record).count(reasons)
    _count_dropped(done, reasons)
    if not is_told:
        _count_not_configured(done, reasons)


def _count_dropped(done: Execution, reasons: Reasons) -> None:
    """Count the dropped identifiers but for the first; each different text is looked at once."""
    s, texts = done.facts.scratch, done.numbered.texts
    noted = zeros("b", len(texts.texts))
    count = note_texts(s.fact, s.what, marks.INVALID, done.first[len(done)], noted)
    if count > 1:
        given = (texts.given(found.start()) for found in _NOTED.finditer(noted))
        reasons.drop_more(count - 1, ((id_type, reported(raw)) for id_type, raw in given))


def _count_not_configured(done: Execution, reasons: Reasons) -> None:
    """Count the lines that were refused for an idType that is not configured, but for the first of them."""
    s, texts = done.facts.scratch, done.numbered.texts
    counts, firsts = zeros("i", len(texts.id_types)), array("i", [NOBODY]) * len(texts.id_types)
    count_types(s.fact, s.what, marks.NOT_CONFIGURED, done.first[len(done)], texts.type_of, counts, firsts)
    met = sorted((kind for kind, count in enumerate(counts) if count), key=firsts.__getitem__)
    for kind in met:
        reasons.reject_more_unknown(texts.id_types[kind], counts[kind] - (kind == met[0]))


def _is_counted(facts: FactColumns, mark: int, reasons: Reasons) -> bool:
    """Count a command that was refused for a reason that was told before; False if there is more to be counted."""
    kind = facts.scratch.fact[mark]
    if kind == marks.NOT_CONFIGURED:
        return reasons.reject_unknown(facts.texts.given(facts.scratch.what[mark])[0])
    return kind == marks.NOTHING_FREE and reasons.reject_conflict(by_policies=facts.ruling_at(mark).rules.joins)


def refusal_of(done: Execution, event: int) -> ResolverError:
    """Return the error of a command that was refused, made anew from the columns. O(1)."""
    place = done.first[event]
    facts = done.facts
    return done.errors.get(event) or _refusal(done, facts.ruling_at(place), place, facts.scratch.what[place])


def _places(done: Execution, start: int, end: int, many: Sequence[int] = ()) -> Iterator[tuple[int, int]]:
    """Yield (command, place in the columns of facts) of all troubles in order; the place is -1 for an error kept.

    Of the kinds that are *many*, the first one only.
    """
    first = done.first
    begin = first[start]
    alone = iter(sorted(event for event in done.errors if start <= event < end))
    waiting = next(alone, end)
    event = start
    for place in _marked(memoryview(done.facts.scratch.fact)[begin : first[end]], many):  # type: ignore[arg-type]
        event = bisect_right(first, begin + place, event) - 1
        while waiting < event:
            yield waiting, -1
            waiting = next(alone, end)
        yield event, begin + place
    while waiting < end:
        yield waiting, -1
        waiting = next(alone, end)


def _marked(facts: Any, many: Sequence[int]) -> Iterator[int]:
    """Yield where facts are troubles, in order; of the kinds that are *many*, the first one only."""
    if not many:
        return (found.start() for found in _MARKS.finditer(facts))
    others = re.compile(b"[%s]" % bytes(mark for mark in _TROUBLES if mark not in many))
    firsts = (re.search(re.escape(bytes([kind])), facts) for kind in many)
    places = sorted(found.start() for found in firsts if found is not None)
    return merge(places, (found.start() for found in others.finditer(facts)))


def _of_record(record: Record) -> Trouble:
    assert record.error is not None
    reason = str(record.reason or reason_of(record.error))
    return Trouble(record.line, reason, record.error, [], source=lambda: record.source)


def _trouble(done: Execution, event: int, place: int) -> Trouble:
    n, facts = done.numbered, done.facts
    line = n.lines[event]
    if place >= 0 and facts.scratch.fact[place] == marks.INVALID:
        id_type, raw = n.texts.given(facts.scratch.what[place])
        name = config_of(facts.ruling_at(place).book.settings, id_type).normalization
        return Trouble(line, REASONS[InvalidIdentifier], None, [(id_type, reported(raw))], normalization=name)
    if place < 0:
        error = done.errors[event]
    else:
        error = _refusal(done, facts.ruling_at(place), place, facts.scratch.what[place])
    given = list(values_of(n.others[event] if event in n.others else n.resolve(event)))
    reason = reason_of(error) if given or not isinstance(error, InvalidIdentifier) else "no identifier"
    return Trouble(line, reason, error, given, source=lambda: n.sources[event])


def _refusal(done: Execution, ruling: Ruling, place: int, what: int) -> ResolverError:
    """The error that refused a command in the loop."""
    facts = done.facts
    why = facts.scratch.fact[place]
    if why == marks.NOTHING_LEFT:
        return nothing_left(what, facts.scratch.who[place])
    if why == marks.NOT_CONFIGURED:
        return unknown_identifier_type(facts.texts.given(what)[0], ruling.book.types)
    if why == marks.NOTHING_FREE:
        id_type, value = facts.identifier(ruling, ValueRow(what))
        error = nothing_fits if ruling.rules.joins else nothing_free
        return error(id_type, value, id_of(done.tables, facts.scratch.who[place]))
    if why == marks.NOT_ALLOWED:
        id_type, raw = facts.texts.given(what)
        return blocked_identifier(id_type, str(raw))
    return _unreadable(ruling, *facts.texts.given(what))


def _unreadable(ruling: Ruling, id_type: IdType, raw: object) -> InvalidIdentifier:
    """The error of a text that cannot be read, made by asking again; where unreadable ones are kept, why not this."""
    why = ruling.book.stored_form(id_type, raw).why
    if why is not None:
        return InvalidIdentifier(why)
    return InvalidIdentifier(
        f"{shown(raw)} was refused once and read another time; expected a normalization that is pure"
    )


class SettingsInForce:
    """The settings of a run that were in force for each of its commands.

    One pass over the facts.
    """

    def __init__(self, run: Source) -> None:
        changes = [fact for fact in run.read_facts_about(()) if isinstance(fact, SettingsApplied)]
        self._since = [fact.command for fact in changes]
        self._settings = [run.settings, *(fact.settings for fact in changes)]

    def at(self, number: int) -> Settings:
        """The settings in force for the command with this number."""
        return self._settings[bisect_right(self._since, number - 1)]


def why_refused(fact: IdentifierRefused, settings: Settings, owner: str | None = None) -> str:
    """Return why a value that could be read was refused; *owner* is what its owner is called, where it has one.

    >>> from resolver.policies import Policies
    >>> phones = Settings([IdentifierConfig("phone", limit=3)], ["phone"], policies=Policies(protect=["phone"]))
    >>> why_refused(IdentifierRefused(7, 0, "p1", "phone", "1", RefusalReason.LIMIT), phones)
    'phone is protected at 3'
    """
    text = _why(fact, settings, owner is not None)
    return (
        text if owner is None or fact.reason is RefusalReason.CONFLICT else f"{text}; the profile of {owner} holds it"
    )


def _why(fact: IdentifierRefused, settings: Settings, is_held: bool) -> str:
    policies, id_type = settings.policies, fact.id_type
    reason = fact.reason
    if reason is RefusalReason.BLOCKED:
        return "the policies block it"
    if reason is RefusalReason.DEMOTED:
        return f"a value of a higher rank did not fit ({Misfit.REFUSE_REST})"
    if reason is RefusalReason.IDENTIFIERS:
        return f"a profile may hold {policies.caps.identifiers:,} identifiers"
    if reason is RefusalReason.MERGES:
        return f"a profile may have {policies.caps.merges:,} merges"
    if reason is RefusalReason.CONFLICT:
        return f"no rule lets {id_type} alone merge profiles"
    if is_held:  # the limit may be that of another type, of which the two profiles together have too many values
        return f"together they have too many: {', '.join(_protections(settings))}"
    if policies.protects(id_type):
        return _protection(settings, config_of(settings, id_type))
    config, days = config_of(settings, id_type), policies.days_of(id_type)
    return f"the list was full: limit {config.limit}{_in_days(days)}, {config.limit_policy}"


def _protections(settings: Settings) -> list[str]:
    protects = settings.policies.protects
    return [_protection(settings, each) for each in settings.identifier_configs if protects(each.id_type)]


def _protection(settings: Settings, config: IdentifierConfig) -> str:
    return f"{config.id_type} is protected at {config.limit}{_in_days(settings.policies.days_of(config.id_type))}"


def _in_days(days: int | None) -> str:
    return "" if days is None else f" in {counted(days, 'day')}"


def config_of(settings: Settings, id_type: str) -> IdentifierConfig:
    """Return the configuration of an idType."""
    return next(each for each in settings.identifier_configs if each.id_type == id_type)
