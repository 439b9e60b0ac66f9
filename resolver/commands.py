"""Commands: one request each to change a store, with a time ``at``.

A command is a frozen value with the fields of the engine method of the same name, in the same order, so a
history is a list of them. ``at`` is integer milliseconds, an aware ``datetime``, or None (section 11); ``milliseconds``
makes of it what is stored.

>>> Resolve({"email": "ada@example.com"}, at=1_000).at
1000
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from numbers import Integral
from typing import Any, TypeAlias

import msgspec

from resolver.errors import InvalidTime, safe_repr
from resolver.names import IdType, Milliseconds
from resolver.settings import Settings

Time: TypeAlias = int | datetime | None
"""Milliseconds since 1970, an aware datetime, or None for the engine's own idea of now."""

Identifiers: TypeAlias = Mapping[IdType, str | Sequence[str]] | Iterable[tuple[IdType, str]]
"""A mapping idType -> value or list of values, or (idType, value) pairs; iterated once per execution."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_BOUND = 1 << 63


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


def milliseconds(at: Any) -> Milliseconds:
    """Return a time in milliseconds since 1970; a finer one is rounded down.

    Raises ``InvalidTime`` for anything but an aware datetime or an integer of 64 bits, numpy's included; booleans and
    durations are no integers, and ``NaT`` of pandas is no datetime.

    >>> milliseconds(datetime(1970, 1, 1, 0, 0, 1, 999, tzinfo=UTC)), milliseconds(-5)
    (1000, -5)
    >>> milliseconds(True)
    Traceback (most recent call last):
        ...
    resolver.errors.InvalidTime: True is not a time; expected an aware datetime or integer milliseconds
    """
    if type(at) is int and -_BOUND <= at < _BOUND:  # nearly always; the next test costs a few times as much
        return at
    if issubclass(type(at), Integral) and type(at) is not bool and type(at).__name__ != "timedelta64":
        number = int(at)
        if -_BOUND <= number < _BOUND:
            return number
        raise InvalidTime(f"{safe_repr(at)} is out of range; expected milliseconds since 1970 in 64 bits")
    if issubclass(type(at), datetime) and at == at:  # NaT, which is equal to nothing, is a datetime by its class
        try:
            if at.utcoffset() is not None:
                return int((at - _EPOCH) // _MILLISECOND)
        except (ValueError, TypeError) as error:  # what Python says of an offset that a time zone made up
            raise InvalidTime(f"{safe_repr(at)} has a time zone without an offset: {error}") from error
        raise InvalidTime(f"{safe_repr(at)} has no time zone; expected an aware datetime or integer milliseconds")
    raise InvalidTime(f"{safe_repr(at)} is not a time; expected an aware datetime or integer milliseconds")
