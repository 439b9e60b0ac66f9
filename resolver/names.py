"""The words of the domain: what strings mean here, and the closed sets of choices.

The enumerations are ``StrEnum``: a member equals the word that the API and the files use.

>>> LimitPolicy.FIFO == "fifo"
True
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NewType, TypeAlias, TypeGuard, TypeVar

IdType: TypeAlias = str
"""The name of an identifier type, case-sensitive: ``email``, ``phone``, ``loyalty_id``."""

Value = NewType("Value", str)
"""A normalized identifier value, as the store holds it: only normalization, or a store that is read back, makes one."""

ProfileId = NewType("ProfileId", str)
"""The id of a profile, canonical or merged away, as a store gives it; whoever asks for a profile gives a plain text."""

Milliseconds: TypeAlias = int
"""A UTC time, in integer milliseconds since 1970."""


class MatchingAlgo(StrEnum):
    """How a value is compared with stored ones (R8)."""

    EXACT = "exact"
    FUZZY = "fuzzy"


class LimitPolicy(StrEnum):
    """Which values leave when a list is longer than its limit (L1)."""

    FIFO = "fifo"
    LIFO = "lifo"


class OnInvalid(StrEnum):
    """What a value that cannot be normalized does (N8)."""

    REFUSE = "refuse"
    DROP = "drop"
    KEEP = "keep"


class BlockedThen(StrEnum):
    """What a blocked value does (P1): it is left out, or the whole command is refused."""

    DROP = "drop"
    REFUSE = "refuse"


class Misfit(StrEnum):
    """What becomes of an identifier that does not fit where its command leads (P5)."""

    REFUSE = "refuse"
    REFUSE_REST = "refuseRest"
    MOVE = "move"
    SHARE = "share"


class Match(StrEnum):
    """How many rules may match: all of them (R2), or the first that does (R6)."""

    ALL = "all"
    FIRST = "first"


class Status(StrEnum):
    """What a command did, on the whole (section 8)."""

    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    SETTINGS = "settings"


class RemovalReason(StrEnum):
    """Why a command removed a value: it was asked to (A6), a new one took its place (A5), or another took it (P5)."""

    REMOVED = "removed"
    REPLACED = "replaced"
    MOVED = "moved"


class EvictionReason(StrEnum):
    """Why a value was evicted: the limit of its type (L2), or the one for a window of time (P2)."""

    LIMIT = "limit"
    WINDOW = "window"


class RefusalReason(StrEnum):
    """Why an identifier was left out: unreadable (N8), owned by another (A3), over the limit (L1), or blocked (P1).

    The others are the bounds of policies: too many in a window of time (P2), or on a profile in all
    (P3), too many merges (P3), or an identifier of a higher rank that did not fit (P4).
    """

    INVALID = "invalid"
    CONFLICT = "conflict"
    LIMIT = "limit"
    BLOCKED = "blocked"
    WINDOW = "window"
    IDENTIFIERS = "identifiers"
    MERGES = "merges"
    DEMOTED = "demoted"


AS_GIVEN = frozenset({RefusalReason.INVALID, RefusalReason.BLOCKED})
"""The reasons with which a fact has a value as it was given, since it is none that could be stored."""


class Form(StrEnum):
    """What becomes of a raw value (N1 to N9): its normalized text, its trimmed text, nothing, or an error."""

    NORMALIZED = "normalized"
    KEPT = "kept"
    DROPPED = "dropped"
    REFUSED = "refused"


COLLISION = "collision"
"""What ``ProfilesMerged.rule`` says when a collision (A3), not a rule, joined the profiles."""

REF = "ref:"
"""How the name of a profile begins that is the ref of an earlier record of the history."""


def ref_in(named: object) -> str | None:
    """Return the ref of the record whose profile is named so; None for what names a profile by its id, or none.

    >>> ref_in("ref:crm:17"), ref_in("mem_profile_7"), ref_in(None)
    ('crm:17', None, None)
    """
    return named[len(REF) :] if isinstance(named, str) and named.startswith(REF) else None


def plain_text(value: Any) -> str | None:
    """A text of any class as one of exactly ``str``; None for what is none, whatever class it says that it is of.

    So with mappings and lists: ``isinstance`` believes what an object says, and only ``type`` does not.

    >>> plain_text("own"), plain_text(LimitPolicy.FIFO), plain_text(5)
    ('own', 'fifo', None)
    """
    return str.__str__(value) if issubclass(type(value), str) else None


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether something is a mapping, whatever class it says that it is of."""
    return issubclass(type(value), Mapping)


def is_list(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether something is a list or a tuple, whatever class it says that it is of."""
    return issubclass(type(value), list | tuple)


Word = TypeVar("Word", bound=StrEnum)


def word_of(kind: type[Word], value: object) -> Word | None:
    """The member of an enumeration that a text of any class names; None if there is none.

    >>> word_of(LimitPolicy, "lifo"), word_of(LimitPolicy, "LIFO"), word_of(LimitPolicy, 5)
    (<LimitPolicy.LIFO: 'lifo'>, None, None)
    """
    text = plain_text(value)
    return next((member for member in kind if member.value == text), None)


def listed(value: Any) -> list[Any] | None:
    """What an iterable has, as a list; None for a text, for a mapping, and for what cannot be iterated over.

    >>> listed(("email", "phone")), listed("email"), listed(5)
    (['email', 'phone'], None, None)
    """
    kind = type(value)
    if issubclass(kind, str | bytes | Mapping) or not issubclass(kind, Iterable):
        return None
    try:
        entries = iter(value)
    except TypeError:  # an array without a dimension
        return None
    return list(entries)


def joined_id(beginning: str, ending: str) -> ProfileId:
    """A profile id of its two parts, both of ASCII: compiled, their characters are copied and not looked at."""
    return ProfileId(beginning + ending)
