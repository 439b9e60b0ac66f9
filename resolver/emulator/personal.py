"""Personal data in a request: which traits are identifiers, and which are to be written (T1)."""

from typing import TypeAlias

from resolver.commands import Resolve
from resolver.emulator.entries import TraitWrite
from resolver.emulator.refusals import Refused
from resolver.emulator.shapes import TraitGroups
from resolver.emulator.store import Store
from resolver.errors import InvalidIdentifier, ResolverError
from resolver.names import IdType, ProfileId

CONTACT = "Contact"
"""The group whose traits may be identifiers."""

Pair: TypeAlias = tuple[IdType, str]


def identifiers_in(store: Store, traits: TraitGroups, place: str = "") -> list[Pair]:
    """Give the identifiers among the traits; a list of strings is several, null is none.

    ``Refused`` with status 400 for an identifier that is no string.
    """
    id_types = store.engine.settings.id_types
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


def named(error: ResolverError, store: Store, pairs: list[Pair], place: str = "") -> str:
    """Give the message of an error with the trait in front that is to blame for it, if it is a single one."""
    if isinstance(error, InvalidIdentifier):
        for pair in pairs:
            try:
                store.decide(Resolve([pair]))
            except ResolverError as fault:
                if str(fault) == str(error):
                    return f"{place}traits.{CONTACT}.{pair[0]}: {error}"
    return f"{place.removesuffix('.')}: {error}" if place else str(error)


def trait_writes(store: Store, profile_id: ProfileId, traits: TraitGroups) -> list[TraitWrite]:
    """Give the traits to write; removing one that is not there is nothing."""
    return [
        TraitWrite(profile_id, group, name, value)
        for group, values in traits.items()
        for name, value in values.items()
        if value is not None or store.traits.has(profile_id, group, name)
    ]
