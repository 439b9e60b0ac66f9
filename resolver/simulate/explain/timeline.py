"""The timeline: what happened to every identifier of a profile, and what two profiles have had in common.

For two that are apart it says why what they had in common did not join them.
"""

from collections.abc import Iterable, Sequence

from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import IdType, Misfit, ProfileId, RefusalReason, RemovalReason
from resolver.rules.rulebook import Rulebook
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate.explain.holdings import Holdings
from resolver.simulate.explain.lines import Gathered, moment_of
from resolver.simulate.explain.parts import Common, Event, Fate, Identifier, Merge, Moment
from resolver.simulate.run import Run
from resolver.simulate.steps import Step
from resolver.simulate.why import why_refused

_WHY_REMOVED = {
    RemovalReason.REMOVED: "on request",
    RemovalReason.REPLACED: "replaced by another",
    RemovalReason.MOVED: "moved to a profile that was given it",
}


class Timeline:
    """The events of a profile's identifiers, its merges, and the line that deleted it."""

    def __init__(self, run: Run, gathered: Gathered) -> None:
        self.events: dict[Identifier, list[Event]] = {}
        self.merges: list[Merge] = []
        self.deleted: Moment | None = None
        self._settings: Settings = run.settings
        self._births: dict[ProfileId, str] = {}
        self._holdings = Holdings[None](lambda one, _: one)
        self._run = run
        for step in gathered.steps:
            self._take(step)

    def all(self) -> tuple[Fate, ...]:
        """Return the fates in the order of their first event."""
        held = {identifier for identifier, _ in self._holdings}
        return tuple(Fate(each, tuple(events), each in held) for each, events in self.events.items())

    def _take(self, step: Step) -> None:
        when = moment_of(step)
        for place, fact in enumerate(step.facts):
            self._fact(fact, step.facts[:place], when, step)

    def _fact(self, fact: AnyFact, before: Sequence[AnyFact], when: Moment, step: Step) -> None:
        left = self._holdings.take(fact, None)
        if isinstance(fact, ProfileCreated):
            self._births[fact.profile_id] = step.ref or f"line {step.line}"
        elif isinstance(fact, IdentifierAdded):
            identifier = fact.id_type, fact.value
            self._note(identifier, "added", when, "", step)
        elif isinstance(fact, IdentifierEvicted):
            identifier = fact.id_type, fact.value
            self._note(identifier, "evicted", when, self._why_evicted(fact, before), step)
        elif isinstance(fact, IdentifierRemoved):
            identifier = fact.id_type, fact.value
            self._note(identifier, "removed", when, _WHY_REMOVED[fact.reason], step)
        elif isinstance(fact, IdentifierRefused):
            self._refused(fact, when, step)
        elif isinstance(fact, ProfilesMerged):
            self._merged(fact, when)
            for absorbed, identifier, _ in left:
                why = f"from the profile of {self._births[absorbed]} into that of {self._births[fact.survivor]}"
                self._note(identifier, "moved", when, why, step)
        elif isinstance(fact, ProfileDeleted):
            self.deleted = when
            for _, identifier, _ in left:
                self._note(identifier, "deleted", when, "with the profile", step)
        else:
            assert isinstance(fact, SettingsApplied)
            self._settings = fact.settings

    def _merged(self, fact: ProfilesMerged, when: Moment) -> None:
        profiles = (fact.survivor, *fact.absorbed)
        self.merges.append(
            Merge(when, tuple(self._births[each] for each in profiles), str(fact.rule), fact.identifiers)
        )

    def _refused(self, fact: IdentifierRefused, when: Moment, step: Step) -> None:
        identifier = fact.id_type, fact.value
        if fact.reason is RefusalReason.INVALID:
            config = self._config(fact.id_type)
            self._note(identifier, "dropped", when, f"normalization {config.normalization!r} cannot read it", step)
        elif fact.reason is RefusalReason.BLOCKED:
            self._note(identifier, "dropped", when, "the policies block it", step)
        else:
            owner = None if fact.owner is None else self._births.get(fact.owner) or owner_of(self._run, fact.owner)
            why = why_refused(fact, self._settings, owner)
            if fact.reason is RefusalReason.CONFLICT:
                why = f"it belonged to the profile of {owner}, and {why}"
            self._note(identifier, "refused", when, why, step)

    def _why_evicted(self, fact: IdentifierEvicted, before: Sequence[AnyFact]) -> str:
        """Name what made the list too long: the newcomer, or the merge."""
        limit = f"limit {self._config(fact.id_type).limit}, {fact.policy}"
        for earlier in reversed(before):
            if isinstance(earlier, IdentifierAdded) and earlier.id_type == fact.id_type:
                return f"{fact.id_type} {earlier.value!r} came ({limit})"
            if isinstance(earlier, ProfilesMerged):
                profiles = " and ".join(self._births[each] for each in (earlier.survivor, *earlier.absorbed))
                return f"the profiles of {profiles} merged ({limit})"
        return f"the list was longer than it may be now ({limit})"

    def _config(self, id_type: IdType) -> IdentifierConfig:
        return next(each for each in self._settings.identifier_configs if each.id_type == id_type)

    def _note(self, identifier: Identifier, what: str, when: Moment, why: str, step: Step) -> None:
        self.events.setdefault(identifier, []).append(Event(what, when, why, step.number))


def owner_of(run: Run, profile_id: ProfileId) -> str:
    """Return the first ref of a profile, or its id where it has none now."""
    canonical = run.engine.canonical_id(profile_id) if profile_id in run.engine else profile_id
    return next((ref for ref, each in run.assignments.items() if each == canonical), canonical)


_ENDS = ("evicted", "removed", "deleted")
Spans = list[tuple[Event, Event | None]]
"""What began and what ended (None: nothing) each time in which a profile held an identifier."""


def add_rejected(refused: Iterable[Step], fates: Timeline) -> None:
    """Note what lines that the engine refused would have brought to a profile."""
    for step in refused:
        why = "" if step.rejection is None else step.rejection.detail
        event = Event("rejected", moment_of(step), why, step.number)
        for identifier in step.identifiers:
            fates.events.setdefault(identifier, []).append(event)


def common(book: Rulebook, first: Timeline, second: Timeline, names: tuple[str, str]) -> tuple[Common, ...]:
    """Return every identifier that both profiles had, were refused or could not read, and what stopped it."""
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
            later = next((start for start, _ in spans[other] if end is not None and start.number >= end.number), None)
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
    if rules.unique and rules.misfit is Misfit.SHARE:
        return f"the profiles do not fit together, and the policies let both hold it ({Misfit.SHARE})"
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
