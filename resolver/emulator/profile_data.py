"""What a store keeps of its profiles beside their identifiers: traits, memories, and their order by birth.

With it, which traits are identifiers (T1), as trait groups define them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from sortedcontainers import SortedList

from resolver.emulator.entries import Memory, MemoryKind, MemoryWrite, TraitGroup, TraitGroupWrite, TraitWrite
from resolver.names import IdType, Milliseconds, ProfileId

Held: TypeAlias = tuple[Any, Milliseconds]
"""A value, and when it was written."""


class Traits:
    """The traits of every profile of one store.

    >>> traits = Traits()
    >>> traits.write(TraitWrite("p", "Contact", "firstName", "Ada"), at=1)
    >>> traits.write(TraitWrite("q", "Contact", "firstName", "Augusta"), at=2)
    >>> traits.merge(survivor="p", absorbed=["q"])
    >>> traits.of("p"), traits.of("q")
    ({'Contact': {'firstName': 'Augusta'}}, {})
    """

    def __init__(self) -> None:
        self._held: dict[ProfileId, dict[str, dict[str, Held]]] = {}

    def of(self, profile_id: ProfileId, is_wanted: Callable[[str], bool] = lambda _: True) -> dict[str, dict[str, Any]]:
        """Return the traits of a profile by group, in the order in which they were first written. O(traits)."""
        groups = self._held.get(profile_id, {})
        return {
            group: {name: value for name, (value, _) in traits.items()}
            for group, traits in groups.items()
            if is_wanted(group)
        }

    def entries_of(
        self, profile_id: ProfileId, is_wanted: Callable[[str], bool] = lambda _: True
    ) -> dict[tuple[Milliseconds, str, str], Any]:
        """Return the values of a profile's traits by time of writing, group and name. O(traits)."""
        return {
            (at, group, name): value
            for group, traits in self._held.get(profile_id, {}).items()
            if is_wanted(group)
            for name, (value, at) in traits.items()
        }

    def has(self, profile_id: ProfileId, group: str, name: str) -> bool:
        """Return whether a profile has this trait."""
        return name in self._held.get(profile_id, {}).get(group, ())

    def write(self, write: TraitWrite, at: Milliseconds) -> None:
        """Set one trait, or remove it; a group without traits is gone. O(traits of the group and groups)."""
        groups = self._held.get(write.profile_id, {})
        traits = {**groups.get(write.group, {}), write.name: (write.value, at)}
        if write.value is None:
            del traits[write.name]
        self._put(write.profile_id, {**groups, write.group: traits})

    def merge(self, *, survivor: ProfileId, absorbed: Iterable[ProfileId]) -> None:
        """Unite traits: the latest written value of each wins, ties go to the survivor, then to the earliest (T2)."""
        groups = dict(self._held.get(survivor, {}))
        for profile_id in absorbed:
            for group, traits in self._held.pop(profile_id, {}).items():
                kept = groups[group] = dict(groups.get(group, {}))
                for name, held in traits.items():
                    if name not in kept or kept[name][1] < held[1]:
                        kept[name] = held
        self._put(survivor, groups)

    def _put(self, profile_id: ProfileId, groups: dict[str, dict[str, Held]]) -> None:
        """Put new dicts in the place of the old ones, which a fork may share."""
        groups = {group: traits for group, traits in groups.items() if traits}
        if groups:
            self._held[profile_id] = groups
        else:
            self._held.pop(profile_id, None)

    def forget(self, profile_id: ProfileId) -> None:
        """Forget a profile that was deleted (M7)."""
        self._held.pop(profile_id, None)

    def fork(self) -> "Traits":
        """Return independent traits of the same contents. O(profiles): what they have is shared, and never changed."""
        other = Traits()
        other._held = self._held.copy()
        return other

    def to_list(self) -> list[tuple[ProfileId, str, str, Any, Milliseconds]]:
        """Return all traits, in order, for a dump."""
        return [
            (profile_id, group, name, value, at)
            for profile_id, groups in self._held.items()
            for group, traits in groups.items()
            for name, (value, at) in traits.items()
        ]

    @classmethod
    def from_list(cls, held: Iterable[tuple[ProfileId, str, str, Any, Milliseconds]]) -> "Traits":
        """Return the traits that ``to_list`` gave."""
        traits = cls()
        for profile_id, group, name, value, at in held:
            traits.write(TraitWrite(profile_id, group, name, value), at)
        return traits


class TraitDefinitions:
    """The trait groups of one store, as they were defined; what profiles hold does not hang on them.

    >>> definitions = TraitDefinitions()
    >>> traits = {"loyaltyId": {"dataType": "STRING", "idTypePromotion": "loyalty_id"}}
    >>> definitions.write(TraitGroupWrite("Account", TraitGroup("Account", 1, 1, traits=traits)))
    >>> definitions.promotions
    {'Account': {'loyaltyId': 'loyalty_id'}}
    """

    def __init__(self, groups: Iterable[TraitGroup] = ()) -> None:
        self._groups: dict[str, TraitGroup] = {}
        self.promotions: dict[str, dict[str, IdType]] = {}
        """By group and trait, the idType that its values are promoted to."""
        for group in groups:
            self.write(TraitGroupWrite(group.name, group))

    def get(self, name: str) -> TraitGroup | None:
        """Return a group by its name."""
        return self._groups.get(name)

    def all(self) -> list[TraitGroup]:
        """Return all groups, in the order in which they were created."""
        return sorted(self._groups.values(), key=lambda group: (group.created_at, group.number))

    def write(self, write: TraitGroupWrite) -> None:
        """Set one group, or remove it."""
        self._groups.pop(write.name, None)
        self.promotions.pop(write.name, None)
        if write.group is None:
            return
        self._groups[write.name] = write.group
        promoted = {name: trait["idTypePromotion"] for name, trait in write.group.traits.items() if _promotes(trait)}
        if promoted:
            self.promotions[write.name] = promoted

    def __len__(self) -> int:
        return len(self._groups)


def _promotes(trait: dict[str, Any]) -> bool:
    return bool(trait.get("idTypePromotion"))


CONTACT = "Contact"
"""The group whose traits are identifiers where they have the name of an idType, defined or not."""

Pair: TypeAlias = tuple[IdType, str]
"""An idType, and a value of it."""


def id_types_of(
    configured: Iterable[IdType], promotions: Mapping[str, Mapping[str, IdType]]
) -> dict[str, dict[str, IdType]]:
    """Return, by group and trait, the idType of each trait that is an identifier (T1).

    >>> id_types_of(["email", "loyalty_id"], {"Account": {"loyaltyId": "loyalty_id", "card": "not_configured"}})
    {'Contact': {'email': 'email', 'loyalty_id': 'loyalty_id'}, 'Account': {'loyaltyId': 'loyalty_id'}}
    """
    known = dict.fromkeys(configured)
    found: dict[str, dict[str, IdType]] = {CONTACT: {name: name for name in known}}
    for group, traits in promotions.items():
        for name, id_type in traits.items():
            if id_type in known:
                found.setdefault(group, {})[name] = id_type
    return found


# What is kept

Versions = tuple[Memory, ...]


class Memories:
    """The memories of one kind of every profile of one store, each with all of its versions.

    >>> memories = Memories("observation")
    >>> first = Memory("m", "likes tea", 1, 1, 1)
    >>> memories.write(MemoryWrite("observation", "q", "m", first))
    >>> memories.write(MemoryWrite("observation", "q", "m", Memory("m", "likes coffee", 1, 1, 2)))
    >>> memories.merge(survivor="p", absorbed=["q"])
    >>> [each.content for each in memories.of("p")], [each.content for each in memories.versions("p", "m")]
    (['likes coffee'], ['likes tea', 'likes coffee'])
    """

    def __init__(self, kind: MemoryKind, held: Iterable[tuple[ProfileId, Versions]] = ()) -> None:
        self.kind = kind
        self._held: dict[ProfileId, dict[str, Versions]] = {}
        for profile_id, versions in held:
            self._held.setdefault(profile_id, {})[versions[-1].id] = versions

    def of(self, profile_id: ProfileId) -> list[Memory]:
        """Return the memories of a profile as they are now, in the order in which they came to it. O(memories)."""
        return [versions[-1] for versions in self._held.get(profile_id, {}).values()]

    def versions(self, profile_id: ProfileId, memory_id: str) -> Versions:
        """Return all versions of a memory, oldest first; none where the profile has no such memory."""
        return self._held.get(profile_id, {}).get(memory_id, ())

    def write(self, write: MemoryWrite) -> None:
        """Add a memory or a version of it, or remove it. O(versions of it)."""
        memories = self._held.setdefault(write.profile_id, {})
        if write.memory is None:
            memories.pop(write.id, None)
        else:
            memories[write.id] = (*memories.get(write.id, ()), write.memory)
        if not memories:
            del self._held[write.profile_id]

    def merge(self, *, survivor: ProfileId, absorbed: Iterable[ProfileId]) -> None:
        """Move the memories of merged profiles to the survivor, with the ids that they have. O(memories moved)."""
        for profile_id in absorbed:
            moved = self._held.pop(profile_id, None)
            if moved:
                self._held.setdefault(survivor, {}).update(moved)

    def forget(self, profile_id: ProfileId) -> None:
        """Forget a profile that was deleted (M7)."""
        self._held.pop(profile_id, None)

    def to_list(self) -> list[tuple[ProfileId, Versions]]:
        """Return all memories, in order, for a dump. O(memories)."""
        return [(profile_id, versions) for profile_id, memories in self._held.items() for versions in memories.values()]


Birth: TypeAlias = tuple[Milliseconds, int, ProfileId]
"""When a profile was created, by which command, and its id."""


class Listing:
    """Profiles by birth (M1). Adding and removing are O(log n).

    >>> listing = Listing([(2, 2, "q"), (1, 1, "p")])
    >>> listing.discard("q")
    >>> list(listing.order)
    [(1, 1, 'p')]
    """

    def __init__(self, births: Iterable[Birth] = ()) -> None:
        self._of = {birth[2]: birth for birth in births}
        self.order: SortedList[Birth] = SortedList(self._of.values())

    def add(self, birth: Birth) -> None:
        """Enter a new profile."""
        self._of[birth[2]] = birth
        self.order.add(birth)

    def discard(self, profile_id: ProfileId) -> None:
        """Take out a profile that was merged away or deleted."""
        self.order.remove(self._of.pop(profile_id))

    def births(self) -> list[Birth]:
        """Return all births, earliest first."""
        return list(self.order)

    def __len__(self) -> int:
        return len(self.order)
