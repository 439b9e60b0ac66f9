"""The parts of an explanation: frozen values that say what happened, when, and by which rule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from resolver.json_documents import plain
from resolver.names import IdType, Milliseconds

Identifier = tuple[IdType, Any]
"""An (idType, value) pair: normalized, or as it was written where it could not be read."""

_START = datetime(1970, 1, 1, tzinfo=UTC)


class Value(msgspec.Struct, frozen=True, rename="camel"):
    """Base of all parts; its fields are those of the JSON form."""

    def to_json(self) -> dict[str, Any]:
        """Return the part as ``resolver explain --json`` prints it."""
        document: dict[str, Any] = plain(self)
        return document


class Moment(Value, frozen=True):
    """One line of the history: its number, its record's ref, and its time in milliseconds, None if it has none."""

    line: int
    ref: str | None
    at: Milliseconds | None

    @property
    def time(self) -> str:
        """The time as ISO 8601 in UTC.

        >>> Moment(41, "crm:17", 1767348000000).time
        '2026-01-02T10:00:00Z'
        """
        if self.at is None:
            return "no time"
        try:
            told = (_START + timedelta(milliseconds=self.at)).isoformat().replace("+00:00", "Z")
        except OverflowError:
            return f"{self.at} ms"
        return told.replace("000Z", "Z") if "." in told else told


class Brought(Value, frozen=True):
    """A value by which a profile matched, and the line that had brought it there."""

    identifier: Identifier
    by: Moment


class Link(Value, frozen=True):
    """Why two lines are one profile: one step of a chain.

    ``kind`` is ``value`` (both presented the identifier), ``combination`` (a compound rule, or a similar value) or
    ``name`` (the line ``second`` names the record of the line ``first`` as its profile). ``rule`` is the matching
    rule's text, ``collision`` where adding an owned value joined them. ``added`` is the line that first brought the
    value, ``joined`` the line at which the link came about. In a combination the profiles of the two lines matched:
    ``first_brought`` and ``second_brought`` are the values of each side, which may have come from several records.
    """

    kind: str
    first: Moment
    second: Moment
    rule: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    added: Moment | None = None
    joined: Moment | None = None
    first_brought: tuple[Brought, ...] = ()
    second_brought: tuple[Brought, ...] = ()


class Merge(Value, frozen=True):
    """Profiles became one. Each is named by the ref of the record that created it; the first one survived."""

    when: Moment
    profiles: tuple[str, ...]
    rule: str
    identifiers: tuple[Identifier, ...]


class Event(Value, frozen=True):
    """One thing that happened to an identifier.

    ``what`` is ``added``, ``moved``, ``evicted``, ``removed``, ``deleted``, ``refused``, ``dropped`` or ``rejected``;
    ``why`` says it in words.
    """

    what: str
    when: Moment
    why: str
    number: int
    """The number of the command, which orders events; the line's own where lines were not sorted."""


class Fate(Value, frozen=True):
    """All that happened to one identifier in a profile, in order, and whether the profile holds it at the end."""

    identifier: Identifier
    events: tuple[Event, ...]
    is_held: bool


class Common(Value, frozen=True):
    """An identifier that two profiles have both had, and what kept it from joining them."""

    identifier: Identifier
    why: str
    first: tuple[Event, ...]
    second: tuple[Event, ...]


class Cut(Value, frozen=True):
    """A smallest set of identifiers without which two records are not one profile.

    There always is one: a line that loses all its values is gone, and so is a command that names a record with one of
    its values, or a record that is gone. ``why`` says where nothing is left of the two records then. ``is_smallest``
    tells whether it is proven that no smaller set would do. ``replays`` are the replays made, of ``lines`` lines each.
    """

    identifiers: tuple[Identifier, ...]
    is_smallest: bool
    why: str
    replays: int
    lines: int


class Records(Value, frozen=True):
    """One side of an explanation: a ref, its last line, its profile, and what became of that."""

    ref: str
    line: Moment
    profile_id: str
    refs: tuple[str, ...]
    merges: tuple[Merge, ...]
    fates: tuple[Fate, ...]
    deleted: Moment | None = None
