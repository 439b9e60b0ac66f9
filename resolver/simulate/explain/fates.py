"""Fates: what happened to every identifier of a profile, and how the profile came to be."""

from collections.abc import Iterable

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
from resolver.names import IdType, ProfileId, RefusalReason, RemovalReason
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate.explain.gather import Gathered, Step, moment_of
from resolver.simulate.explain.values import Event, Fate, Identifier, Merge, Moment
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied


class Fates:
    """The events of a profile's identifiers, its merges, and the line that deleted it."""

    def __init__(self, run: Run, gathered: Gathered) -> None:
        self.events: dict[Identifier, list[Event]] = {}
        self.merges: list[Merge] = []
        self.deleted: Moment | None = None
        self._settings: Settings = run.settings
        self._births: dict[ProfileId, str] = {}
        self._held: dict[ProfileId, dict[Identifier, None]] = {}
        self._run = run
        for step in gathered.steps:
            self._take(step)

    def all(self) -> tuple[Fate, ...]:
        """Give the fates in the order of their first event."""
        held = {identifier for each in self._held.values() for identifier in each}
        return tuple(Fate(each, tuple(events), each in held) for each, events in self.events.items())

    def _take(self, step: Step) -> None:
        entry, facts = step
        when = moment_of(entry)
        for place, fact in enumerate(facts):
            self._fact(fact, facts[:place], when, entry)

    def _fact(self, fact: AnyFact, before: list[AnyFact], when: Moment, entry: Applied) -> None:
        if isinstance(fact, ProfileCreated):
            self._births[fact.profile_id] = entry.ref or f"line {entry.line}"
            self._held[fact.profile_id] = {}
        elif isinstance(fact, IdentifierAdded):
            identifier = fact.id_type, fact.value
            self._held[fact.profile_id][identifier] = None
            self._note(identifier, "added", when, "", entry)
        elif isinstance(fact, IdentifierEvicted):
            identifier = fact.id_type, fact.value
            self._held[fact.profile_id].pop(identifier)
            self._note(identifier, "evicted", when, self._why_evicted(fact, before), entry)
        elif isinstance(fact, IdentifierRemoved):
            identifier = fact.id_type, fact.value
            self._held[fact.profile_id].pop(identifier)
            replaced = fact.reason is RemovalReason.REPLACED
            self._note(identifier, "removed", when, "replaced by another" if replaced else "on request", entry)
        elif isinstance(fact, IdentifierRefused):
            self._refused(fact, when, entry)
        elif isinstance(fact, ProfilesMerged):
            self._merged(fact, when, entry)
        elif isinstance(fact, ProfileDeleted):
            self.deleted = when
            for identifier in self._held.pop(fact.profile_id):
                self._note(identifier, "deleted", when, "with the profile", entry)
        else:
            assert isinstance(fact, SettingsApplied)
            self._settings = fact.settings

    def _merged(self, fact: ProfilesMerged, when: Moment, entry: Applied) -> None:
        profiles = (fact.survivor, *fact.absorbed)
        self.merges.append(
            Merge(when, tuple(self._births[each] for each in profiles), str(fact.rule), fact.identifiers)
        )
        for absorbed in fact.absorbed:
            for identifier in self._held.pop(absorbed):
                self._held[fact.survivor][identifier] = None
                why = f"from the profile of {self._births[absorbed]} into that of {self._births[fact.survivor]}"
                self._note(identifier, "moved", when, why, entry)

    def _refused(self, fact: IdentifierRefused, when: Moment, entry: Applied) -> None:
        identifier = fact.id_type, fact.value
        if fact.reason is RefusalReason.INVALID:
            config = self._config(fact.id_type)
            self._note(identifier, "dropped", when, f"normalization {config.normalization!r} cannot read it", entry)
        elif fact.reason is RefusalReason.LIMIT:
            config = self._config(fact.id_type)
            why = f"the list was full: limit {config.limit}, {config.limit_policy}"
            self._note(identifier, "refused", when, why, entry)
        else:
            assert fact.owner is not None
            owner = self._births.get(fact.owner) or owner_of(self._run, fact.owner)
            why = f"it belonged to the profile of {owner}, and no rule lets {fact.id_type} alone merge profiles"
            self._note(identifier, "refused", when, why, entry)

    def _why_evicted(self, fact: IdentifierEvicted, before: list[AnyFact]) -> str:
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

    def _note(self, identifier: Identifier, what: str, when: Moment, why: str, entry: Applied) -> None:
        self.events.setdefault(identifier, []).append(Event(what, when, why, entry.number))


def owner_of(run: Run, profile_id: ProfileId) -> str:
    """Give the first ref of a profile, or its id where it has none now."""
    canonical = run.engine.canonical_id(profile_id) if profile_id in run.engine else profile_id
    return next((ref for ref, each in run.assignments.items() if each == canonical), canonical)


def refs_of_steps(steps: Iterable[Step]) -> tuple[str, ...]:
    """Give the refs of the lines, each once, in order."""
    return tuple(dict.fromkeys(entry.ref for entry, _ in steps if entry.ref is not None))
