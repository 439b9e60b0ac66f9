"""Apart: what two profiles have had in common, and why it did not join them."""

from collections.abc import Sequence

from resolver.rules.rulebook import Rulebook
from resolver.simulate.explain.evidence import Evidence
from resolver.simulate.explain.fates import Fates
from resolver.simulate.explain.gather import Gathered, moment_of
from resolver.simulate.explain.values import Common, Event, Identifier

_ENDS = ("evicted", "removed", "deleted")
Spans = list[tuple[Event, Event | None]]
"""What began and what ended (None: nothing) each time in which a profile held an identifier."""


def add_rejected(gathered: Gathered, evidence: Evidence, refs: Sequence[str], fates: Fates) -> None:
    """Note what lines that the engine refused would have brought to the profile of these refs."""
    known = {f"ref:{ref}" for ref in refs}
    for entry, rejection in gathered.refused:
        if entry.named in known or (entry.named is None and entry.ref in refs):
            event = Event("rejected", moment_of(entry), rejection.detail, entry.number)
            forms = ((id_type, evidence.book.stored_form(id_type, raw).value) for id_type, raw in entry.given)
            for identifier in dict.fromkeys(each for each in forms if each[1] is not None):
                fates.events.setdefault(identifier, []).append(event)


def common(book: Rulebook, first: Fates, second: Fates, names: tuple[str, str]) -> tuple[Common, ...]:
    """Give every identifier that both profiles had, were refused or could not read, and what stopped it."""
    both = [identifier for identifier in first.events if identifier in second.events]
    return tuple(
        Common(
            each,
            _why(book, each, (first.events[each], second.events[each]), names, both),
            tuple(first.events[each]),
            tuple(second.events[each]),
        )
        for each in both
    )


def _why(
    book: Rulebook,
    identifier: Identifier,
    events: tuple[list[Event], list[Event]],
    names: tuple[str, str],
    both: list[Identifier],
) -> str:
    spans = _spans(events[0]), _spans(events[1])
    for own, held, name in zip(events, spans, names, strict=True):
        if not held:
            last = own[-1]
            return f"the profile of {name} never held it: {_TOLD[last.what]} at line {last.when.line} ({last.why})"
    for one, other in ((0, 1), (1, 0)):
        for _, end in spans[one]:
            later = next((start for start, _ in spans[other] if end is not None and start.number > end.number), None)
            if end is not None and later is not None and not _overlap(*spans):
                return (
                    f"the profile of {names[one]} had lost it at line {end.when.line} ({end.what}: {end.why}) "
                    f"when that of {names[other]} got it at line {later.when.line}"
                )
    return _why_not_alone(book, identifier, both)


def _why_not_alone(book: Rulebook, identifier: Identifier, both: list[Identifier]) -> str:
    """Say why a value that both held at the same time was not enough."""
    id_type = identifier[0]
    rules = book.types.get(id_type)
    if rules is None:
        return f"idType {id_type} is not configured any more, so it matches nothing"
    if rules.unique:
        return f"both held it before {id_type} became unique; no line since then brought it to a match"
    compounds = [rule for rule in book.compounds if id_type in rule.types]
    if not compounds:
        return f"{id_type} is not unique, so alone it joins nobody, and no rule combines it with another type"
    shared = {each for each, _ in both}
    wanted = []
    for rule in compounds:
        missing = [each for each in rule.types if each not in shared]
        lack = f"no common {' or '.join(missing)}" if missing else "not all of them at the same time"
        wanted.append(f"rule {rule.text!r}: {lack}")
    return f"{id_type} is not unique, so alone it joins nobody ({'; '.join(wanted)})"


_TOLD = {"dropped": "it was dropped", "refused": "it was refused", "rejected": "the line was rejected"}


def _spans(events: Sequence[Event]) -> Spans:
    spans: Spans = []
    for event in events:
        if event.what == "added":
            spans.append((event, None))
        elif event.what in _ENDS:
            spans[-1] = (spans[-1][0], event)
    return spans


def _overlap(one: Spans, other: Spans) -> bool:
    return any(
        (end is None or start_of_other.number < end.number)
        and (end_of_other is None or start.number < end_of_other.number)
        for start, end in one
        for start_of_other, end_of_other in other
    )
