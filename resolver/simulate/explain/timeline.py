"""The timeline: the lines of a few profiles, picked from a run, and what happened to each identifier in them.

For two profiles that are apart it says what they have had in common, and why that did not join them.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge
from operator import attrgetter
from typing import Any

import msgspec

from resolver.errors import ResolverError
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
from resolver.names import REF, Misfit, ProfileId, RefusalReason, RemovalReason
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings
from resolver.simulate.explain.evidence import Holdings
from resolver.simulate.explain.explanation import Common, Event, Fate, Identifier, Merge, Moment
from resolver.simulate.matched import is_about
from resolver.simulate.rejections import config_of, why_refused
from resolver.simulate.run import Run
from resolver.simulate.steps import Step, Wanted, is_move
from resolver.suggestions import did_you_mean


class UnknownRef(ResolverError, ValueError):  # noqa: N818  named as the others in errors are
    """The history has no applied line with this ref."""


def profile_ids(run: Run, ref: str) -> tuple[ProfileId, frozenset[ProfileId]]:
    """Return the id of the profile of a ref at the end, and all ids that were merged into it.

    For a deleted profile, the ids that it had. O(1) for a living profile, else one pass over what was lost.
    ``UnknownRef`` for a ref without an applied line: it names the rejected one, or the refs that are near.
    """
    if not isinstance(ref, str):
        raise UnknownRef(f"{ref!r} is not a ref; expected the text of one, such as 'crm:17'")
    if ref in run.assignments:
        canonical = run.assignments[ref]
        return canonical, frozenset([canonical, *run.engine.aliases(canonical)])
    if ref not in run.elsewhere:
        raise UnknownRef(_why_there_is_none(run, ref))
    last = run.elsewhere[ref][-1]
    deleted = (fact for fact in run.losses if isinstance(fact, ProfileDeleted))
    fact = next(fact for fact in deleted if last == fact.profile_id or last in fact.aliases)
    return fact.profile_id, frozenset([fact.profile_id, *fact.aliases])


def _why_there_is_none(run: Run, ref: str) -> str:
    refused = {step.line: step for step in run.select(Wanted(refs={ref}, is_applied=False))}
    for rejection in run.rejected:
        if rejection.raw is not None and (rejection.line in refused or _ref_in(rejection.raw) == ref):
            which = _only_a_command(refused.get(rejection.line))
            return f"ref {ref!r}: line {rejection.line}{which} was rejected ({rejection.reason}): {rejection.detail}"
    bare = ref.removeprefix(REF)
    if bare != ref and bare in run.assignments:
        return f"the history has no ref {ref!r}; did you mean {bare!r}?"
    return f"the history has no ref {ref!r}{did_you_mean(ref, run.refs)}"


def _only_a_command(step: Step | None) -> str:
    return "" if step is None or step.op == "resolve" else f" ({step.op})"


def _ref_in(raw: str) -> Any:
    """Return the ref of a line that could not be understood, if it is JSON at least."""
    try:
        document = json.loads(raw)
    except ValueError:
        return None
    return document.get("ref") if isinstance(document, dict) else None


class Gathered(msgspec.Struct, frozen=True):
    """The lines of some profiles in order, changes of settings among them."""

    steps: list[Step]

    @property
    def refs(self) -> tuple[str, ...]:
        """The refs of the lines, each once, in order."""
        return tuple(
            dict.fromkeys(step.ref for step in self.steps if step.ref is not None and step.profile_id is not None)
        )

    def last_line(self, ref: str) -> Step:
        """Return the latest line of a ref."""
        return next(step for step in reversed(self.steps) if step.ref == ref and step.profile_id is not None)


def gather(run: Run, ids: Collection[ProfileId]) -> Gathered:
    """Return what a run has about the profiles with these ids. One pass over the lines; memory for those picked."""
    return Gathered(steps_about(run.select(Wanted(ids=ids, and_touching=True, is_applied=True)), ids))


def steps_about(steps: Iterable[Step], ids: Collection[ProfileId]) -> list[Step]:
    """Return the steps that ended in some profiles, those with settings, and of others what they did to those profiles.

    A command that erases people ends in no profile, and may be about any. One that moves a value to its own profile is
    about two. Of a step that did not end in these profiles, the profile is left out.
    """
    about: list[Step] = []
    for step in steps:
        facts, outcome = step.facts, step.outcome
        is_own = step.profile_id in ids
        if not is_own:
            facts = tuple([fact for fact in facts if is_about(fact, ids)])
        elif any(map(is_move, facts)):
            facts = tuple([fact for fact in facts if not is_move(fact) or is_about(fact, ids)])
        if outcome is not None and (is_own or facts):
            profile_id = step.profile_id if is_own else None
            if len(facts) != len(step.facts) or not is_own:
                outcome = msgspec.structs.replace(outcome, profile_id=profile_id, facts=facts)
            about.append(msgspec.structs.replace(step, outcome=outcome))
    return about


def refused_for(run: Run, refs: Collection[str]) -> Iterator[Step]:
    """Return the lines that the engine refused of some records, or that name one of them, in order."""
    own = run.select(Wanted(refs=frozenset(refs), is_applied=False))
    naming = run.select(Wanted(is_applied=False, is_plain=False))
    named = {f"{REF}{ref}" for ref in refs}
    return merge(
        (step for step in own if step.named is None),
        (step for step in naming if step.named in named),
        key=attrgetter("number"),
    )


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
        when = Moment.of(step)
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
            config = config_of(self._settings, fact.id_type)
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
        limit = f"limit {config_of(self._settings, fact.id_type).limit}, {fact.policy}"
        for earlier in reversed(before):
            if isinstance(earlier, IdentifierAdded) and earlier.id_type == fact.id_type:
                return f"{fact.id_type} {earlier.value!r} came ({limit})"
            if isinstance(earlier, ProfilesMerged):
                profiles = " and ".join(self._births[each] for each in (earlier.survivor, *earlier.absorbed))
                return f"the profiles of {profiles} merged ({limit})"
        return f"the list was longer than it may be now ({limit})"

    def _note(self, identifier: Identifier, what: str, when: Moment, why: str, step: Step) -> None:
        self.events.setdefault(identifier, []).append(Event(what, when, why, step.number))


def owner_of(run: Run, profile_id: ProfileId) -> str:
    """Return the first ref of a profile, or its id where it has none now."""
    canonical = run.engine.canonical_id(profile_id) if profile_id in run.engine else profile_id
    return next((ref for ref, each in run.assignments.items() if each == canonical), canonical)


_ENDS = ("evicted", "removed", "deleted")
EventSpans = list[tuple[Event, Event | None]]
"""What began and what ended (None: nothing) each time in which a profile held an identifier."""


def add_rejected(refused: Iterable[Step], fates: Timeline) -> None:
    """Note what lines that the engine refused would have brought to a profile."""
    for step in refused:
        why = "" if step.rejection is None else step.rejection.detail
        event = Event("rejected", Moment.of(step), why, step.number)
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


def _spans(events: Sequence[Event]) -> EventSpans:
    spans: EventSpans = []
    for event in events:
        if event.what == "added":
            spans.append((event, None))
        elif event.what in _ENDS:
            spans[-1] = (spans[-1][0], event)
    return spans


def _overlap(one: EventSpans, other: EventSpans) -> bool:
    return any(
        (end is None or start_of_other.number < end.number)
        and (end_of_other is None or start.number < end_of_other.number)
        for start, end in one
        for start_of_other, end_of_other in other
    )
