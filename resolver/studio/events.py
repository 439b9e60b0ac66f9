"""Events as people type them: lines of JSON or ``name=value`` pairs as records, and records as text again.

>>> record, = parse_events('ref=web:1, email=ada@example.com, phone="317, 555"', id_types=["email", "phone"])
>>> record.ref, record.command.identifiers
('web:1', {'email': 'ada@example.com', 'phone': '317, 555'})
>>> text_of(record)
'ref=web:1, email=ada@example.com, phone="317, 555"'
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    Erase,
    PrivacyCommand,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    values_of,
)
from resolver.errors import ResolverError, nothing_left, shown
from resolver.history import Record
from resolver.history.fields import read_object
from resolver.history.json_shapes import document_of
from resolver.history.reading import Notes
from resolver.history.record import LineError, Reason
from resolver.history.times import Times
from resolver.names import IdType
from resolver.suggestions import did_you_mean

MOST_TYPED = 10_000
"""Lines that may be pasted at once; more of them are a history, which the command line opens."""

_PAIR = re.compile(r"""\s*([^=,;"{}]+?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,;"]*?))\s*(?:[,;]|\Z)""")
_ESCAPED = re.compile(r"\\(.)")
_NEEDS_QUOTES = re.compile(r'[,;"\\]|^\s|\s$|^$')
_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANKS = " \t"
_OWN = ("ref", "at")
_EXPECTED = "expected for example email=ada@example.com, phone=317-555-0100, or one line of JSON"


class EventError(msgspec.Struct, frozen=True):
    """What is wrong with one line of what was typed: its number there, the line, and the message."""

    line: int
    text: str
    message: str


class EventErrors(ResolverError, ValueError):  # noqa: N818 - several errors at once
    """Lines that were typed are no events; none of what was typed is taken then. ``errors`` has each of them."""

    def __init__(self, errors: Iterable[EventError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"line {each.line}: {each.message}" for each in self.errors))


def parse_events(text: str, *, first: int = 1, id_types: Collection[IdType]) -> tuple[Record, ...]:
    """Return the events that lines of text are, numbered from *first*; blank lines are left out. O(text).

    A line that begins with ``{`` is JSON, as in a history. Any other one has ``name=value`` pairs, separated by commas
    or semicolons: ``ref``, ``at``, or one of *id_types*, which may come several times; a value with a comma in it
    stands in double quotes. ``EventErrors`` names every line that is neither.

    >>> parse_events("emial=ada@example.com", id_types=["email", "phone"])
    Traceback (most recent call last):
        ...
    resolver.studio.events.EventErrors: line 1: 'emial' is none of ref, at, email, phone; did you mean 'email'?
    """
    lines = [(number, line.strip(_BLANKS)) for number, line in enumerate(_LINE_END.split(text), 1)]
    lines = [(number, line) for number, line in lines if line]
    if len(lines) > MOST_TYPED:
        message = f"there are {len(lines):,} lines; expected at most {MOST_TYPED:,}: resolver studio HISTORY opens more"
        raise EventErrors([EventError(1, "", message)])
    times, notes = Times(), Notes()
    records: list[Record] = []
    errors: list[EventError] = []
    for number, line in lines:
        try:
            record = _record(first + len(records), line, id_types, times, notes)
        except LineError as refusal:
            errors.append(EventError(number, line[:200], refusal.message))
        else:
            if record.error is None:
                records.append(record)
            else:
                errors.append(EventError(number, line[:200], str(record.error)))
    if errors:
        raise EventErrors(errors)
    return tuple(records)


def _record(number: int, line: str, id_types: Collection[IdType], times: Times, notes: Notes) -> Record:
    """Return the record of one line; ``LineError`` for what is neither JSON nor pairs."""
    data = line.encode("utf-8", "surrogatepass")
    document = document_of(data, None) if line.startswith("{") else _pairs(line, id_types)
    source = data if line.startswith("{") else json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return read_object(number, document, source, times, notes)


def _pairs(line: str, id_types: Collection[IdType]) -> dict[str, Any]:
    """Return the document that ``name=value`` pairs stand for."""
    own: dict[str, str] = {}
    identifiers: dict[str, str | list[str]] = {}
    place = 0
    while place < len(line):
        found = _PAIR.match(line, place)
        if found is None:
            raise _line_error(f"{shown(line[place:].strip())} is not a name=value pair; {_EXPECTED}")
        name, quoted, plain = found.groups()
        value = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
        if quoted is None and not value:
            raise _line_error(f"{name!r} has no value; {_EXPECTED}")
        if name in _OWN:
            if name in own:
                raise _line_error(f"{name!r} is given twice; expected it once")
            own[name] = value
        elif name not in id_types:
            known = ", ".join((*_OWN, *id_types))
            raise _line_error(f"{name!r} is none of {known}{did_you_mean(name, id_types)}")
        elif name in identifiers:
            before = identifiers[name]
            identifiers[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            identifiers[name] = value
        place = found.end()
    if not identifiers:
        raise _line_error(f"{nothing_left(0)}; {_EXPECTED}")
    return {**own, "identifiers": identifiers}


def _line_error(message: str) -> LineError:
    return LineError(Reason.BROKEN_JSON, message)


def pairs_of(record: Record) -> list[tuple[str, str]]:
    """Return the (idType, value) pairs that an event names, each value as text."""
    return [(str(id_type), value if isinstance(value, str) else shown(value)) for id_type, value in _given(record)]


def _given(record: Record) -> list[tuple[Any, Any]]:
    command = record.command
    if isinstance(command, ReplaceIdentifier):
        return [(command.id_type, command.old), (command.id_type, command.new)]
    return [pair for pair in values_of(command) if pair[1] is not None]


def text_of(record: Record) -> str:
    """Return an event as it may be typed again: pairs where it is a plain resolve, else its line of JSON."""
    command = record.command
    if not isinstance(command, Resolve) or command.new_profile_id is not None or not isinstance(command.at, int | None):
        return json_line(record)
    words = [] if record.ref is None else [("ref", record.ref)]
    words += [] if command.at is None else [("at", str(command.at))]
    pairs = _given(record)
    if not pairs or not all(isinstance(name, str) and isinstance(value, str) for name, value in pairs):
        return json_line(record)
    words += pairs
    if any("\n" in value or "\r" in value or re.search(r'[=,;"{}\s]', name) for name, value in words):
        return json_line(record)
    return ", ".join(f"{name}={_quoted(value)}" for name, value in words)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if _NEEDS_QUOTES.search(value) else value


def json_line(record: Record) -> str:
    """Return an event as a line of a history, without its end; one that is no event as it was."""
    if record.command is None or (isinstance(record.source, bytes | bytearray) and record.source[:1] == b"{"):
        return record.raw
    return json.dumps(_document(record, record.command), ensure_ascii=False)


def _document(record: Record, command: AnyCommand) -> dict[str, Any]:
    document: dict[str, Any] = {} if record.op == "resolve" else {"op": record.op}
    if record.ref is not None:
        document["ref"] = record.ref
    if command.at is not None:
        document["at"] = command.at
    if isinstance(command, Resolve | PrivacyCommand):
        identifiers: dict[Any, list[Any]] = {}
        for id_type, value in values_of(command):
            identifiers.setdefault(id_type, []).append(value)
        named = {name: values[0] if len(values) == 1 else values for name, values in identifiers.items()}
        new_profile = getattr(command, "new_profile_id", None)
        more = {} if new_profile is None else {"newProfile": new_profile}
        if isinstance(command, Erase) and command.suppress:
            more["suppress"] = True
        return {**document, "identifiers": named, **more}
    document["profile"] = getattr(command, "profile_id", None)
    if isinstance(command, AddIdentifier):
        return {**document, "idType": command.id_type, "value": command.value}
    if isinstance(command, ReplaceIdentifier):
        return {**document, "idType": command.id_type, "old": command.old, "new": command.new}
    if isinstance(command, RemoveIdentifier):
        document["idType"] = command.id_type
        if command.all:
            document["all"] = True
        elif command.value is not None:
            document["value"] = command.value
        return document
    return document
