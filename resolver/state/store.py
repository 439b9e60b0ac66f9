"""The state: profiles, merges and indexes, changed only by applying facts.

``apply`` is the one place where a fact takes effect, for a command just decided and for a rebuild from recorded
facts alike; so folding facts gives the same state as running the commands (I6). Only the everyday ``resolve`` does
what its facts say without a second look at them (``resolver.executor``, ``resolver.everyday``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from resolver.callbacks import OwnIds
from resolver.errors import InvalidIdentifier
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
from resolver.ids import free_id, numbered_id
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.rules.change import keeps_normal, keeps_settled
from resolver.rules.rulebook import Rule, Rulebook, TypeRules
from resolver.rules.unreadable import kept_as_it_is
from resolver.settings import Settings
from resolver.structures.compounds import Compounds
from resolver.structures.held import WIDTH, Held, entries, removed, values_of
from resolver.structures.likeness import Likeness
from resolver.structures.merges import Merges
from resolver.structures.profile import Profile
from resolver.structures.record import BIRTH, HEAD, HELD, TYPES, VALUES, Record, grown, id_of, merged
from resolver.structures.slots import Slot, copied, holders, move, put, take

Index: TypeAlias = dict[IdType, dict[Value, Slot]]
Find: TypeAlias = Callable[[Value], ProfileId | None]
"""Gives the only holder of a value, None if there is none."""


class State:
    """Everything one store knows.

    ``settled`` says that no two profiles satisfy a compound rule (I8) and no unique value has several
    owners (I1): then only new combinations need a look. ``normal`` says that every stored text normalizes to
    itself (N7). Both are true of a new store, and stay true until a settings change may have ended it (S1), or, for
    ``normal``, a snapshot is restored under other library versions. ``numbered`` says that a new profile gets
    the id of its command's number, and that no such id of a later command is in use. ``most_merged`` is how long two
    records may be together for a plain value of each to merge them with nothing that follows; 0 where that is not sure.
    """

    __slots__ = (
        "_rulebook_for", "at", "book", "compounds", "deleted", "ids", "index", "likeness", "merges", "most_merged",
        "normal", "number", "numbered", "plain", "profiles", "searches", "settled",
    )  # fmt: skip

    def __init__(
        self, settings: Settings, rulebook_for: Callable[[Settings], Rulebook], ids: OwnIds | None = None
    ) -> None:
        self._rulebook_for = rulebook_for
        self.book = rulebook_for(settings)
        self.profiles: dict[ProfileId, Record] = {}
        self.index: Index = {}
        self.merges = Merges()
        self.deleted: dict[ProfileId, None] = {}
        self.settled = True
        self.normal = True
        self.ids = ids
        """Where new ids come from; None: from the commands' numbers."""
        self.numbered = ids is None
        self.number = 0
        self.at = 0
        self.compounds = Compounds(())
        self.likeness: dict[IdType, Likeness] = {}
        self.plain: dict[IdType, tuple[Find, dict[Value, Slot], TypeRules]] = {}
        """For every type of which the everyday path may be asked: who holds a value, its table, and its rules."""
        self.index_rules()

    # Reading: what decide and matching may ask (their views), and what the engine answers from.

    def record(self, profile_id: ProfileId) -> Record | None:
        """Give the living profile that an id leads to, None if it was never given or is deleted (A7, I4). O(1)."""
        record = self.profiles.get(profile_id)
        if record is None:
            canonical = self.merges.canonical(profile_id)
            return None if canonical is None else self.profiles[canonical]
        return record

    def canonical(self, profile_id: ProfileId) -> Profile | None:
        """Give the living profile that an id leads to, for reading; None if there is none. O(values)."""
        record = self.record(profile_id)
        return None if record is None else Profile.of(record)

    def profile(self, profile_id: ProfileId) -> Profile:
        """Give the living profile of a canonical id."""
        return Profile.of(self.profiles[profile_id])

    def is_used(self, profile_id: ProfileId) -> bool:
        """Tell whether the id was ever given to a profile."""
        return profile_id in self.profiles or profile_id in self.merges.of_alias or profile_id in self.deleted

    def new_id(self, number: int, at: Milliseconds) -> ProfileId:
        """Give the id of the profile that a command creates (section 11). O(1)."""
        if self.ids is not None:
            return self.ids.draw(self, number, at)
        return numbered_id(number) if self.numbered else free_id(number, self.is_used)

    def later_ids_are_free(self) -> bool:
        """Tell whether every id ever given sorts before that of the next number, and so of all later ones. O(ids)."""
        next_id = numbered_id(self.number + 1)
        return all(max(ids, default="") < next_id for ids in (self.profiles, self.merges.of_alias, self.deleted))

    def knows(self, id_type: IdType) -> bool:
        """Tell whether the type is configured, or a profile still holds a value of it (S2, A7)."""
        return id_type in self.book.types or bool(self.index.get(id_type))

    def stores(self, id_type: IdType, value: Value) -> bool:
        """Tell whether any profile holds exactly this value."""
        table = self.index.get(id_type)
        return table is not None and value in table

    def owners(self, id_type: IdType, value: Value) -> list[ProfileId]:
        """Give the profiles that hold exactly this value, earliest first. O(1), or O(n log n) in its holders."""
        table = self.index.get(id_type)
        return self.earliest_first(holders(table.get(value))) if table else []

    def alike(self, id_type: IdType, value: Value) -> list[ProfileId]:
        """Give the profiles that hold a similar value of a fuzzy type, earliest first (R8)."""
        table = self.index[id_type]
        similar = self.likeness[id_type].similar(value)
        return self.earliest_first(owner for other in similar for owner in holders(table[other]))

    def sharers(self, rule: Rule, choices: Sequence[Sequence[Value]]) -> list[ProfileId]:
        """Give the profiles that share one of the choices of each of the rule's types, earliest first (R7).

        The choices of a fuzzy type are widened to all similar stored values (R8). Cost as for
        ``Compounds.candidates`` with them; candidates for a rule of three types or more are looked at one by one.
        """
        widened = [
            values if id_type not in self.likeness else self._widened(id_type, values)
            for id_type, values in zip(rule.types, choices, strict=True)
        ]
        found = self.earliest_first(self.compounds.candidates(rule.types, widened))
        if len(rule.types) == 2:
            return found
        wanted = [(id_type, set(values)) for id_type, values in zip(rule.types, widened, strict=True)]
        return [
            profile_id
            for profile_id in found
            if not any(values.isdisjoint(self.values(profile_id, id_type)) for id_type, values in wanted)
        ]

    def values(self, profile_id: ProfileId, id_type: IdType) -> list[Value]:
        """Give the values that a profile holds, oldest first."""
        return values_of(self.profiles[profile_id][HELD], id_type)

    def earliest_first(self, profile_ids: Iterable[ProfileId]) -> list[ProfileId]:
        """Sort living profiles by birth (M1), each once."""
        unique = list(dict.fromkeys(profile_ids))
        if len(unique) > 1:
            unique.sort(key=self.profiles.__getitem__)
        return unique

    def _widened(self, id_type: IdType, values: Sequence[Value]) -> list[Value]:
        likeness = self.likeness[id_type]
        return list(dict.fromkeys(other for value in values for other in likeness.similar(value)))

    # Changing: facts only.

    def apply(self, facts: Iterable[AnyFact]) -> None:
        """Make facts true, in order. Refusals change nothing."""
        profiles, index = self.profiles, self.index
        for fact in facts:
            if type(fact) is IdentifierAdded:
                profile_id, value = fact.profile_id, fact.value
                record = grown(profiles[profile_id], fact.id_type, fact.at, fact.command, value)
                profiles[profile_id] = record
                if index[fact.id_type].setdefault(value, profile_id) is not profile_id or self.searches:
                    self._index(profile_id, record[HELD], fact.id_type, value)
            elif type(fact) is ProfileCreated:
                profile_id = fact.profile_id
                profiles[profile_id] = (fact.at, fact.command, profile_id)
                if self.numbered and profile_id != numbered_id(fact.command):
                    self.numbered = False
            else:
                _RARER_EFFECTS[type(fact)](self, fact)

    def _index(self, profile_id: ProfileId, held: Held, id_type: IdType, value: Value) -> None:
        """Enter a value that a profile now holds, beside other holders and in the rules' own indexes."""
        table = self.index[id_type]
        if table[value] == profile_id:
            if id_type in self.likeness:
                self.likeness[id_type].add(value)
        else:
            put(table, value, profile_id)
        if self.compounds:
            self.compounds.add(profile_id, held, id_type, value)

    def _remove(self, fact: IdentifierRemoved | IdentifierEvicted) -> None:
        profile_id, id_type, value = fact.profile_id, fact.id_type, fact.value
        record = self.profiles[profile_id] = removed(self.profiles[profile_id], id_type, value, HEAD)
        self._unindex(profile_id, id_type, value)
        if self.compounds:
            self.compounds.discard(profile_id, record[HELD], id_type, value)

    def merge(self, fact: ProfilesMerged) -> None:
        """Make a merge true: the survivor holds what all of them held, and the others are aliases of it (M2, M3)."""
        profiles, index, searches = self.profiles, self.index, self.searches
        canonical = fact.survivor
        survivor = profiles[canonical]
        if searches:
            self.compounds.discard_all(canonical, survivor[HELD])
        absorbed = []
        is_shared = False
        for profile_id in fact.absorbed:
            record = profiles.pop(profile_id)
            absorbed.append(record)
            if searches:
                self.compounds.discard_all(profile_id, record[HELD])
            for id_type, value in zip(record[TYPES], record[VALUES]):  # noqa: B905 - of one length, and thrice as fast
                table = index[id_type]
                if table[value] == profile_id:
                    table[value] = canonical
                else:
                    move(table, value, absorbed=profile_id, survivor=canonical)
                    is_shared = True
            self.merges.union(canonical, record[BIRTH])
        survivor = profiles[canonical] = merged(survivor, absorbed, is_shared)
        if searches:
            self.compounds.add_all(canonical, survivor[HELD])

    def _delete(self, fact: ProfileDeleted) -> None:
        profile = Profile.of(self.profiles.pop(fact.profile_id))
        for id_type, _, _, value in entries(profile.held):
            self._unindex(profile.id, id_type, value)
        self.compounds.discard_all(profile.id, profile.held)
        self.merges.forget(profile.id)
        for profile_id in (profile.id, *fact.aliases):
            self.deleted[profile_id] = None

    def _apply_settings(self, fact: SettingsApplied) -> None:
        old, self.book = self.book, self._rulebook_for(fact.settings)
        stored = {id_type for id_type, table in self.index.items() if table}
        self.settled = self.settled and keeps_settled(old, self.book, stored)
        self.normal = self.normal and keeps_normal(old, self.book, stored)
        self._follow_rules()

    def _unindex(self, profile_id: ProfileId, id_type: IdType, value: Value) -> None:
        if take(self.index[id_type], value, profile_id) and id_type in self.likeness:
            self.likeness[id_type].discard(value)

    # Indexes: what follows from the profiles and the rulebook.

    def index_profiles(self, records: Sequence[Record]) -> None:
        """Enter whole profiles into an empty store, as a snapshot gives them back. O(values)."""
        self.profiles = dict(zip(map(id_of, records), records, strict=True))
        index = defaultdict[IdType, dict[Value, Slot]](dict, self.index)  # some types are no longer configured (S2)
        for record in records:
            profile_id = record[2]
            for place in range(HEAD, len(record), WIDTH):
                table, value = index[record[place]], record[place + 3]
                if table.setdefault(value, profile_id) is not profile_id:
                    put(table, value, profile_id)
        self.index.update(index)

    def index_rules(self) -> None:
        """Build the indexes that depend on the rules, from the profiles. O(values and their pairs)."""
        self.likeness = {}
        self.compounds = Compounds(())
        self._follow_rules()

    def _follow_rules(self) -> None:
        """Make the indexes those that the rules ask for; what the old rules asked for alike stays as it is."""
        for rules in self.book.order:
            self.index.setdefault(rules.id_type, {})
        self._follow_tables()
        before, self.likeness = self.likeness, {}
        for rules in self.book.order:
            if rules.threshold is not None:
                likeness = before.get(rules.id_type)
                if likeness is None or likeness.threshold != rules.threshold:
                    likeness = Likeness(rules.threshold)
                    for value in self.index[rules.id_type]:
                        likeness.add(value)
                self.likeness[rules.id_type] = likeness
        compounds = [rule.types for rule in self.book.compounds]
        if not self.compounds.serves(compounds):
            self.compounds = Compounds(compounds)
            for profile_id, record in self.profiles.items():
                self.compounds.add_all(profile_id, record[HELD])
        self.searches = bool(self.likeness or self.compounds)

    def _follow_tables(self) -> None:
        """Make what the everyday path reads that of the present rules, tables and certainties."""
        self.plain = {}
        is_sure = self.settled and self.normal
        merges_simply = is_sure and not self.book.stops_at_first and not self.book.compounds
        self.most_merged = 2 * HEAD + WIDTH * self.book.least_limit if merges_simply else 0
        if not self.settled and self.book.compounds:
            return
        for id_type, rules in self.book.plain.items():
            if not rules.calls_back:
                table = self.index[id_type]
                find = cast(Find, table.get) if is_sure else _careful_finder(rules, table)
                self.plain[id_type] = (find, table, rules)

    def fork(self, rulebook_for: Callable[[Settings], Rulebook]) -> "State":
        """Give an independent state with the same contents; records are shared, since they never change."""
        other = State(self.book.settings, rulebook_for, self.ids and self.ids.copy())
        other.profiles = self.profiles.copy()
        other.index = {id_type: copied(table) for id_type, table in self.index.items()}
        other.merges = self.merges.copy()
        other.deleted = self.deleted.copy()
        other.settled, other.normal, other.numbered = self.settled, self.normal, self.numbered
        other.number, other.at = self.number, self.at
        other._follow_tables()
        other.compounds = self.compounds.copy()
        other.likeness = {id_type: likeness.copy() for id_type, likeness in self.likeness.items()}
        return other

    def _check(self) -> None:
        """Check the parts, then that they agree (I1 to I4). O(everything); for tests."""
        self.merges._check()
        for id_type, (find, table, _) in self.plain.items():
            assert table is self.index[id_type], (id_type, "is looked up in another table")
            assert id_type in self.book.plain, (id_type, "is not plain")
            assert getattr(find, "__self__", table) is table, (id_type, "is looked up in another table")
        right: Index = {id_type: {} for id_type in self.index}
        for profile_id, record in self.profiles.items():
            profile = Profile.of(record)
            profile._check()
            assert profile.id == profile_id
            assert profile_id not in self.merges, (profile_id, "lives and is an alias")
            assert profile_id not in self.deleted, (profile_id, "lives and is deleted")
            for id_type, _, _, value in entries(profile.held):
                put(right[id_type], value, profile_id)
        here, there = (
            {kind: {value: set(holders(slot)) for value, slot in table.items()} for kind, table in index.items()}
            for index in (self.index, right)
        )
        assert here == there, "the index and the profiles disagree (I3)"
        if self.settled:
            for rules in self.book.order:
                shared = [value for value, slot in self.index[rules.id_type].items() if not isinstance(slot, str)]
                assert not (rules.unique and shared), (rules.id_type, shared, "has several owners (I1)")
            self._check_compound_rules()
        if self.normal:
            self._check_normal_texts()
        if self.numbered:
            assert self.later_ids_are_free(), "the id of a later number is in use"
        assert all(canonical in self.profiles for canonical in self.merges.groups()), "an alias leads nowhere (I4)"
        self.compounds._check({profile_id: record[HELD] for profile_id, record in self.profiles.items()})
        assert set(self.likeness) == {rules.id_type for rules in self.book.order if rules.threshold is not None}
        for id_type, likeness in self.likeness.items():
            likeness._check(set(self.index[id_type]))

    def _check_compound_rules(self) -> None:
        for rule in self.book.compounds:
            for profile_id in self.profiles:
                sharers = self.sharers(rule, [self.values(profile_id, id_type) for id_type in rule.types])
                assert set(sharers) <= {profile_id}, (rule.text, sharers, "satisfy a compound rule (I8)")

    def _check_normal_texts(self) -> None:
        for rules in self.book.order:
            for value in self.index[rules.id_type]:
                try:
                    again = rules.normalize(value)
                except InvalidIdentifier:
                    again = kept_as_it_is(value)  # nothing else is stored of an unreadable value (N8)
                assert again == value, (rules.id_type, value, "would not stay as it is (N7)")


def _careful_finder(rules: TypeRules, table: dict[Value, Slot]) -> Find:
    """Give a finder for a store where a settings change left texts that are not normal, or values with several owners.

    It raises ``KeyError`` for such a value.
    """

    def find(raw: Value) -> ProfileId | None:
        slot = table.get(rules.normalize(raw))
        if isinstance(slot, dict):
            raise KeyError(raw)
        return slot

    return find


_RARER_EFFECTS: dict[type, Callable[[State, Any], None]] = {
    IdentifierRefused: lambda state, fact: None,
    IdentifierRemoved: State._remove,
    IdentifierEvicted: State._remove,
    ProfilesMerged: State.merge,
    ProfileDeleted: State._delete,
    SettingsApplied: State._apply_settings,
}
