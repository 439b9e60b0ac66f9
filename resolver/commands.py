"""Commands: one request each to change a store, with a time ``at``.

A command is a frozen value with the fields of the engine method of the same name, in the same order, so a
history is a list of them. ``at`` is integer milliseconds, an aware ``datetime``, or None (section 11).

>>> Resolve({"email": "ada@example.com"}, at=1_000).at
1000
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from resolver.names import IdType
from resolver.settings import Settings

Time: TypeAlias = int | datetime | None
"""Milliseconds since 1970, an aware datetime, or None for the engine's own idea of now."""

Identifiers: TypeAlias = Mapping[IdType, str | Sequence[str]] | Iterable[tuple[IdType, str]]
"""A mapping idType -> value or list of values, or (idType, value) pairs; iterated once per execution."""


class Command(msgspec.Struct, frozen=True, gc=False):
    """Base of the nine commands; never executed itself."""


class Resolve(Command, frozen=True, gc=False):
    """Find, create or merge the profiles that the identifiers belong to, then attach them (R1 to R8)."""

    identifiers: Identifiers
    at: Time = None
    new_profile_id: str | None = None


class AddIdentifier(Command, frozen=True, gc=False):
    """Attach one value to a profile (A1 to A4)."""

    profile_id: str
    id_type: IdType
    value: str
    at: Time = None


class ReplaceIdentifier(Command, frozen=True, gc=False):
    """Put a new value in the place of one that a profile holds (A5)."""

    profile_id: str
    id_type: IdType
    old: str
    new: str
    at: Time = None


class RemoveIdentifier(Command, frozen=True, gc=False):
    """Take away one value by the limit policy, all of them, or a named one (A6)."""

    profile_id: str
    id_type: IdType
    at: Time = None
    all: bool = False
    value: str | None = None


class DeleteProfile(Command, frozen=True, gc=False):
    """Delete a profile with its values and aliases (M7)."""

    profile_id: str
    at: Time = None


class ApplySettings(Command, frozen=True, gc=False):
    """Put new settings in force for later commands (S1)."""

    settings: Settings
    at: Time = None


class Erase(Command, frozen=True, gc=False):
    """Delete every profile that holds one of the identifiers, and suppress these where that is asked (P12, P13)."""

    identifiers: Identifiers
    at: Time = None
    suppress: bool = False


class Suppress(Command, frozen=True, gc=False):
    """Refuse later commands that give one of the identifiers; nothing that is stored changes (P13)."""

    identifiers: Identifiers
    at: Time = None


class Unsuppress(Command, frozen=True, gc=False):
    """Let later commands give the identifiers again (P13)."""

    identifiers: Identifiers
    at: Time = None


AnyCommand = (
    Resolve
    | AddIdentifier
    | ReplaceIdentifier
    | RemoveIdentifier
    | DeleteProfile
    | ApplySettings
    | Erase
    | Suppress
    | Unsuppress
)

PrivacyCommand = Erase | Suppress | Unsuppress
"""The commands that name people by their identifiers, and no profile (P12, P13)."""


def values_of(command: AnyCommand | None) -> Iterator[tuple[Any, Any]]:
    """Yield the (idType, raw value) pairs that a command names, whatever it does with them.

    >>> list(values_of(ReplaceIdentifier("p", "chat", "old", "new")))
    [('chat', 'new'), ('chat', 'old')]
    """
    if isinstance(command, Resolve | PrivacyCommand):
        for id_type, raw in _pairs(command.identifiers):
            for one in raw if isinstance(raw, list | tuple) else (raw,):
                yield id_type, one
    elif isinstance(command, AddIdentifier | RemoveIdentifier):
        yield command.id_type, command.value
    elif isinstance(command, ReplaceIdentifier):
        yield command.id_type, command.new
        yield command.id_type, command.old


def _pairs(identifiers: object) -> list[tuple[Any, Any]]:
    """Return pairs, and nothing for what the engine refuses anyway; an iterator is left as it is."""
    if isinstance(identifiers, Mapping):
        return list(identifiers.items())
    if isinstance(identifiers, list | tuple):
        return [(pair[0], pair[1]) for pair in identifiers if isinstance(pair, list | tuple) and len(pair) == 2]
    return []
