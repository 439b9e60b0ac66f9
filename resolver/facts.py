"""Facts: the atomic changes and refusals that a command caused, and the answers that hold them, or what is stored.

A fact is enough on its own to rebuild the state when replayed in order (I6). Facts are frozen, compare by
value, and encode as one tagged JSON object with the API's camelCase names:

>>> fact = IdentifierAdded(command=1, at=0, profile_id="p", id_type="email", value="ada@example.com")
>>> encode_fact(fact)
b'{"fact":"IdentifierAdded","command":1,"at":0,"profileId":"p","idType":"email","value":"ada@example.com"}'
>>> decode_fact(encode_fact(fact)) == fact
True
"""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from resolver.names import (
    EvictionReason,
    Form,
    IdType,
    LimitPolicy,
    Milliseconds,
    ProfileId,
    RefusalReason,
    RemovalReason,
    Status,
    Value,
)
from resolver.settings import Settings


class Fact(msgspec.Struct, frozen=True, gc=False, tag_field="fact", tag=str, rename="camel"):
    """What every fact has: the number of its command, and the command's time in milliseconds."""

    command: int
    at: Milliseconds


class ProfileCreated(Fact, frozen=True, gc=False, tag=str):
    """A profile came into being (R3)."""

    profile_id: ProfileId


class IdentifierAdded(Fact, frozen=True, gc=False, tag=str):
    """A value was inserted at (``at``, arrival order) (A4)."""

    profile_id: ProfileId
    id_type: IdType
    value: Value


class IdentifierRemoved(Fact, frozen=True, gc=False, tag=str):
    """A value was taken away on request (A6), or made room for another (A5)."""

    profile_id: ProfileId
    id_type: IdType
    value: Value
    reason: RemovalReason


class IdentifierEvicted(Fact, frozen=True, gc=False, tag=str):
    """A value left because its list was longer than the limit (L2)."""

    profile_id: ProfileId
    id_type: IdType
    value: Value
    policy: LimitPolicy
    reason: EvictionReason = EvictionReason.LIMIT


class IdentifierRefused(Fact, frozen=True, gc=False, tag=str):
    """A value was left out; ``value`` is raw when it was invalid, ``owner`` is set for a conflict."""

    profile_id: ProfileId | None
    id_type: IdType
    value: Any
    reason: RefusalReason
    owner: ProfileId | None = None


class ProfilesMerged(Fact, frozen=True, gc=False, tag=str):
    """Profiles proved to be one person (M8).

    ``absorbed`` is earliest first; ``rule`` is the text of the rule that found the second profile, or
    ``collision``; ``identifiers`` are the (idType, value) pairs that joined the profiles.
    """

    survivor: ProfileId
    absorbed: tuple[ProfileId, ...]
    rule: str
    identifiers: tuple[tuple[IdType, Value], ...]


class ProfileDeleted(Fact, frozen=True, gc=False, tag=str):
    """A profile, its values and all its aliases are gone (M7)."""

    profile_id: ProfileId
    aliases: tuple[ProfileId, ...]


class SettingsApplied(Fact, frozen=True, gc=False, tag=str):
    """New settings are in force for later commands (S1)."""

    settings: Settings


class IdentifierSuppressed(Fact, frozen=True, gc=False, tag=str):
    """Later commands that give an identifier are refused; ``digest`` is all that is known of its text (P13)."""

    id_type: IdType
    digest: str


class IdentifierUnsuppressed(Fact, frozen=True, gc=False, tag=str):
    """An identifier may be given again (P13)."""

    id_type: IdType
    digest: str


AnyFact = (
    ProfileCreated
    | IdentifierAdded
    | IdentifierRemoved
    | IdentifierEvicted
    | IdentifierRefused
    | ProfilesMerged
    | ProfileDeleted
    | SettingsApplied
    | IdentifierSuppressed
    | IdentifierUnsuppressed
)


def subject_of(fact: AnyFact) -> ProfileId | None:
    """Return the profile that a fact is about, the survivor of a merge; None where it is about none.

    >>> subject_of(ProfilesMerged(7, 0, "p1", ("p2",), "email", ()))
    'p1'
    """
    if isinstance(fact, ProfilesMerged):
        return fact.survivor
    if isinstance(fact, SettingsApplied | IdentifierSuppressed | IdentifierUnsuppressed):
        return None
    return fact.profile_id


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """Everything that one command did: a status, the canonical profile id, and the ordered facts.

    ``profile_id`` is None only where a command is about no profile by name (settings, erase, suppress, unsuppress).
    """

    status: Status
    profile_id: ProfileId | None
    facts: tuple[AnyFact, ...] = ()


class Lookup(msgspec.Struct, frozen=True, gc=False):
    """The answer to a look-up: the value that was searched, and who holds it, earliest first (Q3)."""

    normalized_value: Value
    profile_ids: tuple[ProfileId, ...]


class StoredForm(msgspec.Struct, frozen=True, gc=False):
    """What a store makes of a raw value, under the settings in force.

    ``value`` is the text that would be stored; None where none would be. ``form`` is ``normalized``; or, of a value
    that cannot be normalized, ``kept``, ``dropped`` or ``refused``, as ``on_invalid`` has it (N8). ``why`` is then what
    is wrong with the value, as the error of a command that gave it would say; None where nothing is.
    """

    value: Value | None
    form: Form
    why: str | None = None


class _SettingsAppliedJson(Fact, frozen=True, gc=False, tag="SettingsApplied"):
    settings: dict[str, Any]


_ENCODER = msgspec.json.Encoder(enc_hook=repr)
_DECODER = msgspec.json.Decoder(
    ProfileCreated
    | IdentifierAdded
    | IdentifierRemoved
    | IdentifierEvicted
    | IdentifierRefused
    | ProfilesMerged
    | ProfileDeleted
    | _SettingsAppliedJson
    | IdentifierSuppressed
    | IdentifierUnsuppressed
)


def encode_fact(fact: AnyFact) -> bytes:
    """Return a fact as one line of JSON, without the line end.

    A lone surrogate in a value, which UTF-8 cannot hold, is written as its JSON escape.
    """
    wire = written(fact)
    try:
        return _ENCODER.encode(wire)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(wire, enc_hook=repr), separators=(",", ":")).encode()


def written(fact: AnyFact) -> Fact:
    """Return what JSON holds of a fact: the fact itself; of new settings one that has their document."""
    if isinstance(fact, SettingsApplied):
        return _SettingsAppliedJson(fact.command, fact.at, fact.settings.to_json())
    return fact


def encode_facts(facts: Sequence[AnyFact]) -> bytes:
    """Return facts as lines of JSON, each with its line end.

    >>> encode_facts([ProfileCreated(1, 0, "p")]) == encode_fact(ProfileCreated(1, 0, "p")) + bytes([10])
    True
    """
    try:
        if SettingsApplied not in map(type, facts):
            return _ENCODER.encode_lines(facts)
    except UnicodeEncodeError:
        pass
    return b"".join(encode_fact(fact) + b"\n" for fact in facts)


def decode_fact(line: bytes | str) -> AnyFact:
    """Read a fact that ``encode_fact`` wrote; ``msgspec.ValidationError`` if it is none."""
    wire: AnyFact | _SettingsAppliedJson
    try:
        wire = _DECODER.decode(line)
    except msgspec.DecodeError:
        wire = msgspec.convert(json.loads(line), _DECODER.type)
    if isinstance(wire, _SettingsAppliedJson):
        return SettingsApplied(wire.command, wire.at, Settings.from_json(wire.settings))
    return wire
