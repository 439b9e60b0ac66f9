"""JSON Lines: one command a line, decoded straight into typed fields where the line is as it should be.

A line that the typed decoder refuses is read again by ``fields.read_object``, slowly, with precise errors;
both give the same record for every line that both accept.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
)
from resolver.history.fields import present, read_object
from resolver.history.flat import document_of, flat_records
from resolver.history.json_array import entries_of, is_array
from resolver.history.lines import CutLine, lines_of
from resolver.history.reading import Notes, Reading
from resolver.history.record import LineError, Record, rejected
from resolver.history.times import Times
from resolver.names import Milliseconds


def read_jsonl(reading: Reading) -> Iterator[Record]:
    """Return the records of a JSON Lines file, blank lines left out, or of one JSON array, by its entries.

    Where columns are mapped, each object is flat: its keys are columns, and it is a resolve command.
    """
    entries = entries_of(reading) if is_array(reading) else lines_of(reading)
    numbered = enumerate(entries, reading.before + 1)
    return flat_records(numbered, reading) if reading.columns else records_of_lines(numbered, reading)


def records_of_lines(entries: Iterable[tuple[int, bytes]], reading: Reading) -> Iterator[Record]:
    """Yield the records of lines with their numbers, blank lines left out."""
    notes, times = reading.notes, reading.times
    decode = _decoder(notes)
    known = len(notes.ignored)
    for number, raw in entries:
        try:
            record = None if type(raw) is CutLine else _record(number, decode(raw), raw, times)
        except (ValueError, RecursionError):
            record = None
        if record is not None:
            yield record
        elif raw and not raw.isspace():
            yield _reread(number, raw, reading)
            if len(notes.ignored) > known:
                decode = _decoder(notes)
                known = len(notes.ignored)


_ESCAPED = frozenset('"\\')
"""Keys with these, which JSON writes otherwise, are left to the precise reader."""


class _Line(msgspec.Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    """A line that is as it should be: anything else is left to the precise reader."""

    op: str = "resolve"
    ref: str | None = None
    at: int | str | None = None
    identifiers: dict[str, str | list[str] | None] | None = None
    new_profile: str | None = None
    profile: str | None = None
    id_type: str | None = None
    value: str | None = None
    old: str | None = None
    new: str | None = None
    all: bool | None = None
    suppress: bool | None = None


def _decoder(notes: Notes) -> Callable[[bytes], _Line]:
    """Return a decoder that skips the ignored keys and refuses other unknown ones, so that each is noted once.

    Keys past the bound of what is remembered are skipped unseen.
    """
    names = [name for name in notes.ignored if name.isprintable() and not _ESCAPED.intersection(name)]
    fields = [(f"ignored_{place}", msgspec.Raw, msgspec.Raw()) for place in range(len(names))]
    line = msgspec.defstruct(
        "Line",
        fields,
        bases=(_Line,),
        rename={field[0]: name for field, name in zip(fields, names, strict=True)},
        gc=False,
        forbid_unknown_fields=not notes.full,
    )
    decoder: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(line)
    return decoder.decode


def _record(number: int, line: _Line, raw: bytes, times: Times) -> Record | None:
    """Return the record of a decoded line, None when the precise reader has to say what it lacks."""
    ref = line.ref
    if ref is not None:
        ref = present(ref)
    at: Milliseconds | None = None
    if line.at is not None:
        try:
            at = times.read(line.at)
        except LineError as refusal:
            return rejected(number, ref, line.op, refusal, raw) if line.op in _COMMANDS else None
    make = _COMMANDS.get(line.op)
    command = make(line, at) if make is not None else None
    return None if command is None else Record(number, ref, line.op, command, None, None, raw)


def _resolve(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Resolve(given, at, line.new_profile)


def _identifiers(line: _Line) -> dict[str, Any] | None:
    given: dict[str, Any] | None = line.identifiers
    if given is not None and None in given.values():
        return {id_type: value for id_type, value in given.items() if value is not None}
    return given


def _erase(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Erase(given, at, bool(line.suppress))


def _suppress(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Suppress(given, at)


def _unsuppress(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Unsuppress(given, at)


def _add(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    if line.profile is None or line.id_type is None or line.value is None:
        return None
    return AddIdentifier(line.profile, line.id_type, line.value, at)


def _replace(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    if line.profile is None or line.id_type is None or line.old is None or line.new is None:
        return None
    return ReplaceIdentifier(line.profile, line.id_type, line.old, line.new, at)


def _remove(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    if line.profile is None or line.id_type is None:
        return None
    return RemoveIdentifier(line.profile, line.id_type, at, bool(line.all), line.value)


def _delete(line: _Line, at: Milliseconds | None) -> AnyCommand | None:
    return None if line.profile is None else DeleteProfile(line.profile, at)


_COMMANDS: dict[str, Callable[[_Line, Milliseconds | None], AnyCommand | None]] = {
    "resolve": _resolve,
    "add": _add,
    "replace": _replace,
    "remove": _remove,
    "delete": _delete,
    "erase": _erase,
    "suppress": _suppress,
    "unsuppress": _unsuppress,
}


def _reread(number: int, raw: bytes, reading: Reading) -> Record:
    """Read a line once more with the standard library, which takes lone surrogates too."""
    try:
        document = document_of(raw, reading.encoding)
    except LineError as refusal:
        return rejected(number, None, "", refusal, raw)
    return read_object(number, document, raw, reading.times, reading.notes)
