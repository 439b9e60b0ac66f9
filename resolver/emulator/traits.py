"""Traits: what profiles are said to be like, and which of them are identifiers (T1, T2)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from resolver.commands import Resolve
from resolver.emulator.entries import TraitWrite
from resolver.emulator.refusals import Refused
from resolver.emulator.shapes import TraitGroups
from resolver.errors import InvalidIdentifier, ResolverError
from resolver.names import IdType, Milliseconds, ProfileId
from resolver.settings import Settings

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
        """Give the traits of a profile by group, in the order in which they were first written. O(traits)."""
        groups = self._held.get(profile_id, {})
        return {
            group: {name: value for name, (value, _) in traits.items()}
            for group, traits in groups.items()
            if is_wanted(group)
        }

    def has(self, profile_id: ProfileId, group: str, name: str) -> bool:
        """Tell whether a profile has this trait."""
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
        """Give independent traits with the same contents. O(profiles): what they have is shared, and never changed."""
        other = Traits()
        other._held = self._held.copy()
        return other

    def to_list(self) -> list[tuple[ProfileId, str, str, Any, Milliseconds]]:
        """Give all traits, in order, for a dump."""
        return [
            (profile_id, group, name, value, at)
            for profile_id, groups in self._held.items()
            for group, traits in groups.items()
            for name, (value, at) in traits.items()
        ]

    @classmethod
    def from_list(cls, held: Iterable[tuple[ProfileId, str, str, Any, Milliseconds]]) -> "Traits":
        """Give back the traits that ``to_list`` gave."""
        traits = cls()
        for profile_id, group, name, value, at in held:
            traits.write(TraitWrite(profile_id, group, name, value), at)
        return traits


CONTACT = "Contact"
"""The group whose traits may be identifiers."""

Pair: TypeAlias = tuple[IdType, str]


def identifiers_in(settings: Settings, traits: TraitGroups, place: str = "") -> list[Pair]:
    """Give the identifiers among the traits; a list of strings is several, null is none.

    ``Refused`` with status 400 for an identifier that is no string.
    """
    id_types = settings.id_types
    pairs: list[Pair] = []
    for name, value in traits.get(CONTACT, {}).items():
        if name not in id_types or value is None:
            continue
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, str):
                path = f"{place}traits.{CONTACT}.{name}"
                raise Refused(400, f"{path}: {each!r} is not allowed; expected a string, as it is an identifier")
            pairs.append((name, each))
    return pairs


def described(error: ResolverError, pairs: list[Pair], decide: Callable[[Resolve], object], place: str = "") -> str:
    """Return the message of an error, with the trait in front that is to blame for it if it is a single one."""
    if isinstance(error, InvalidIdentifier):
        for pair in pairs:
            try:
                decide(Resolve([pair]))
            except ResolverError as fault:
                if str(fault) == str(error):
                    return f"{place}traits.{CONTACT}.{pair[0]}: {error}"
    return f"{place.removesuffix('.')}: {error}" if place else str(error)


def trait_writes(held: Traits, profile_id: ProfileId, traits: TraitGroups) -> list[TraitWrite]:
    """Give the traits to write; removing one that is not there is nothing."""
    return [
        TraitWrite(profile_id, group, name, value)
        for group, values in traits.items()
        for name, value in values.items()
        if value is not None or held.has(profile_id, group, name)
    ]
