"""Traits: what profiles are said to be like, and which of them are identifiers (T1, T2)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from resolver.commands import Resolve
from resolver.emulator.entries import TraitGroup, TraitGroupWrite, TraitWrite
from resolver.emulator.http_messages import Refused
from resolver.emulator.shapes import TraitGroups
from resolver.errors import InvalidIdentifier, ResolverError
from resolver.names import IdType, Milliseconds, ProfileId

Held: TypeAlias = tuple[Any, Milliseconds]
"""A value, and when it was written."""


MOST_VALUES = 100
"""The most values of one idType that a profile keeps."""


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


def identifiers_in(
    traits: TraitGroups, id_types: Mapping[str, Mapping[str, IdType]], place: str = ""
) -> tuple[list[Pair], list[str]]:
    """Return the identifiers among the traits, and the trait that each was, as in ``Contact.email`` (T1).

    *id_types* are those of ``id_types_of``. A list of strings is several, null is none. ``Refused`` with status 400
    for an identifier that is no string, and for more values of one than a profile keeps.
    """
    pairs: list[Pair] = []
    names: list[str] = []
    for group, values in traits.items():
        promoted = id_types.get(group)
        if promoted is None:
            continue
        for name, value in values.items():
            id_type = promoted.get(name)
            if id_type is None or value is None:
                continue
            if isinstance(value, list) and len(value) > MOST_VALUES:
                fault = f"it has {len(value)} values; expected at most {MOST_VALUES}, the most that a profile keeps"
                raise Refused(400, f"{place}traits.{group}.{name}: {fault}")
            for each in value if isinstance(value, list) else (value,):
                if not isinstance(each, str):
                    fault = f"{each!r} is not allowed; expected a string, as it is an identifier"
                    raise Refused(400, f"{place}traits.{group}.{name}: {fault}")
                pairs.append((id_type, each))
                names.append(f"{group}.{name}")
    return pairs, names


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


def described(
    error: ResolverError,
    pairs: list[Pair],
    names: list[str],
    decide: Callable[[Resolve], object],
    place: str = "",
) -> str:
    """Return the message of an error, with the trait in front that is to blame for it if it is a single one."""
    if isinstance(error, InvalidIdentifier):
        for pair, name in zip(pairs, names, strict=True):
            try:
                decide(Resolve([pair]))
            except ResolverError as fault:
                if str(fault) == str(error):
                    return f"{place}traits.{name}: {error}"
    return f"{place.removesuffix('.')}: {error}" if place else str(error)


def trait_writes(held: Traits, profile_id: ProfileId, traits: TraitGroups) -> list[TraitWrite]:
    """Return the traits to write; removing one that is not there is nothing."""
    return [
        TraitWrite(profile_id, group, name, value)
        for group, values in traits.items()
        for name, value in values.items()
        if value is not None or held.has(profile_id, group, name)
    ]
