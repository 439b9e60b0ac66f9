"""One store of the emulator: an engine, the log of its facts, and what only the emulator keeps beside it."""

import time
import warnings
from array import array
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from resolver.commands import AnyCommand
from resolver.emulator.entries import Entry, StoreRecord, TraitGroup
from resolver.emulator.profile_data import Birth, Listing, Memories, TraitDefinitions, Traits, Versions, id_types_of
from resolver.engine import Engine
from resolver.errors import OtherVersions, ResolverError
from resolver.facts import (
    AnyFact,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
    decode_fact,
    encode_fact,
)
from resolver.names import Milliseconds, OnInvalid, ProfileId
from resolver.settings import Settings

_TURN = 500
"""Facts that are encoded in one go: well below a millisecond."""


class FactLog:
    """All facts, in order. O(1) per fact and profile to enter one; O(n log n) in the facts asked for."""

    def __init__(self, facts: Iterable[AnyFact] = ()) -> None:
        self.facts: list[AnyFact] = []
        self._places: dict[ProfileId, array[int]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: AnyFact) -> None:
        """Enter the next fact."""
        place = len(self.facts)
        self.facts.append(fact)
        for profile_id in _profiles_of(fact):
            places = self._places.get(profile_id)
            if places is None:
                places = self._places[profile_id] = array("Q")
            places.append(place)

    def of(self, profile_ids: Iterable[ProfileId]) -> list[AnyFact]:
        """Return the facts that speak of any of these profiles, in order, each once."""
        places = {place for profile_id in profile_ids for place in self._places.get(profile_id, ())}
        return [self.facts[place] for place in sorted(places)]

    def picture(self) -> Callable[[], list[bytes]]:
        """Return what encodes the facts that there are now, whenever it is called and in any thread.

        It encodes a few at a time, so that an event loop in another thread has its turn in between.
        """
        facts = self.facts.copy()

        def encoded() -> list[bytes]:
            lines: list[bytes] = []
            for start in range(0, len(facts), _TURN):
                lines += map(encode_fact, facts[start : start + _TURN])
                time.sleep(0)
            return lines

        return encoded


def _profiles_of(fact: AnyFact) -> tuple[ProfileId, ...]:
    if isinstance(fact, ProfilesMerged):
        return (fact.survivor, *fact.absorbed)
    if isinstance(fact, ProfileDeleted):
        return (fact.profile_id, *fact.aliases)
    profile_id = getattr(fact, "profile_id", None)
    return () if profile_id is None else (profile_id,)


NewId = Callable[[int, Milliseconds], ProfileId]


MOST_STORES = 15
"""How many stores an account may have."""


class StoreDump(msgspec.Struct, array_like=True):
    """A whole store, for a dump."""

    record: StoreRecord
    engine: bytes
    births: list[Birth]
    traits: list[tuple[ProfileId, str, str, Any, Milliseconds]]
    facts: list[bytes]
    data_as_of: Milliseconds = 0
    trait_groups: list[TraitGroup] = []
    observations: list[tuple[ProfileId, Versions]] = []
    summaries: list[tuple[ProfileId, Versions]] = []


class Store:
    """One store: decides commands without effect, and changes only by folding entries."""

    def __init__(self, record: StoreRecord, new_id: NewId | None = None) -> None:
        self.record = record
        self.engine = Engine(
            None if record.settings is None else Settings.from_json(record.settings),
            new_id=new_id,
            default_region=record.default_region,
            on_invalid=record.on_invalid,
            match=record.match,
        )
        self.traits = Traits()
        self.listing = Listing()
        self.fact_log = FactLog()
        self.trait_definitions = TraitDefinitions()
        self.observations = Memories("observation")
        self.summaries = Memories("summary")
        self.data_as_of = record.created_at
        """The latest time of anything that was sent, at first that of the store itself."""
        self._promote()

    # Deciding: nothing here changes anything.

    def decide(self, command: AnyCommand) -> Outcome:
        """Return what a command would do, new id included; raises what ``Engine.execute`` raises."""
        return self.engine.preview(command)

    def rehearse(self, commands: Iterable[AnyCommand]) -> tuple[int, ResolverError] | None:
        """Return the first error that commands would end in, one after the other, and which of them it is.

        Where only an unreadable value can be an error, each is decided by itself; where a collision can be one (A3),
        that hangs on what the commands before have done: O(store).
        """
        if self._refuses_collisions():
            try:
                self.engine.fork().execute_many(commands)
            except ResolverError as error:
                return len(error.outcomes or ()), error
            return None
        for number, command in enumerate(commands):
            try:
                self.decide(command)
            except ResolverError as error:
                return number, error
        return None

    def _refuses_collisions(self) -> bool:
        settings = self.engine.settings
        rules = settings.matching_rules
        refusable = any(config.enforce_unique and config.id_type not in rules for config in settings.identifier_configs)
        return refusable or settings.policies.joining or self.record.on_invalid != OnInvalid.REFUSE

    # Changing: by what was decided.

    def fold(self, entry: Entry) -> None:
        """Make an entry true. O(what it changed)."""
        if entry.at > self.data_as_of:
            self.data_as_of = entry.at
        self.engine.fold(entry.facts)
        for fact in entry.facts:
            self.fact_log.add(fact)
            self._follow(fact)
        for write in entry.traits:
            self.traits.write(write, entry.at)
        for memory in entry.memories:
            (self.observations if memory.kind == "observation" else self.summaries).write(memory)
        for group in entry.trait_groups:
            self.trait_definitions.write(group)
            self._promote()

    def _promote(self) -> None:
        self.promoted = id_types_of(self.engine.settings.id_types, self.trait_definitions.promotions)
        """By group and trait, the idType of each trait that is an identifier (T1)."""

    def _follow(self, fact: AnyFact) -> None:
        if isinstance(fact, ProfileCreated):
            self.listing.add((fact.at, fact.command, fact.profile_id))
        elif isinstance(fact, ProfilesMerged):
            for profile_id in fact.absorbed:
                self.listing.discard(profile_id)
            for held in (self.traits, self.observations, self.summaries):
                held.merge(survivor=fact.survivor, absorbed=fact.absorbed)
        elif isinstance(fact, ProfileDeleted):
            self.listing.discard(fact.profile_id)
            for held in (self.traits, self.observations, self.summaries):
                held.forget(fact.profile_id)
        elif isinstance(fact, SettingsApplied):
            self._promote()

    # Whole stores

    def fork(self) -> "Store":
        """Return an independent store with the same contents, but for facts. O(profiles), with a small constant."""
        other = Store(self.record)
        other.engine, other.traits, other.data_as_of = self.engine.fork(), self.traits.fork(), self.data_as_of
        other.trait_definitions = TraitDefinitions(self.trait_definitions.all())
        other.observations = Memories("observation", self.observations.to_list())
        other.summaries = Memories("summary", self.summaries.to_list())
        other._promote()
        return other

    def dump(self) -> StoreDump:
        """Return everything, for ``load``. O(store and its facts)."""
        return self.picture()()

    def picture(self, *, has_engine: bool = True) -> Callable[[], StoreDump]:
        """Return what makes a dump of the store as it is now, whenever it is called and in any thread.

        Without the engine it has no births either: the facts have both. O(identifiers and facts), with a small
        constant: it copies references, and leaves the encoding to the call.
        """
        record = self.record
        snapshot, births = (self.engine.fork().snapshot, self.listing.births()) if has_engine else (bytes, [])
        traits, facts = self.traits.fork(), self.fact_log.picture()
        data_as_of, groups = self.data_as_of, self.trait_definitions.all()
        memories = self.observations.to_list(), self.summaries.to_list()
        return lambda: StoreDump(record, snapshot(), births, traits.to_list(), facts(), data_as_of, groups, *memories)

    @classmethod
    def load(cls, dump: StoreDump, new_id: NewId | None = None) -> "Store":
        """Return a store; ``InvalidSnapshot`` if its engine cannot be."""
        store = cls.__new__(cls)
        store.record = dump.record
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OtherVersions)
            store.engine = Engine.restore(dump.engine, new_id=new_id)
        store.traits = Traits.from_list(dump.traits)
        store.listing = Listing(dump.births)
        store.fact_log = FactLog(map(decode_fact, dump.facts))
        store.trait_definitions = TraitDefinitions(dump.trait_groups)
        store.observations = Memories("observation", dump.observations)
        store.summaries = Memories("summary", dump.summaries)
        store.data_as_of = max(dump.data_as_of, dump.record.created_at)
        store._promote()
        return store
