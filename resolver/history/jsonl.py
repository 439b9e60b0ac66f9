"""JSON Lines: one command a line, decoded straight into typed fields where the line is as it should be.

A line that the typed decoder refuses is read again by ``fields.read_object``, slowly, with precise errors;
both give the same record for every line that both accept. Lines are decoded some thousand at a time.
"""

import io
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Literal, TypeAlias

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
from resolver.history.column_loops import count_ends, count_objects, count_up
from resolver.history.fields import present, read_object
from resolver.history.json_shapes import document_of, entries_of, flat_records, is_array
from resolver.history.lines import CutLine, line_blocks_of, lines_of
from resolver.history.reading import Notes, Reading
from resolver.history.record import LineError, Record, rejected
from resolver.history.source import CHUNK
from resolver.history.time_parts import TimeParts
from resolver.names import Milliseconds

_LEAST_BOUND = 2 * CHUNK
"""A bound of lines, from which on all those in a block are within it."""


def read_jsonl(reading: Reading) -> Iterator[Record]:
    """Return the records of a JSON Lines file, blank lines left out, or of one JSON array, by its entries.

    Where columns are mapped, each object is flat: its keys are columns, and it is a resolve command.
    """
    entries = entries_of(reading) if is_array(reading) else lines_of(reading)
    numbered = enumerate(entries, reading.before + 1)
    return flat_records(numbered, reading) if reading.columns else records_of_lines(numbered, reading)


def records_of_lines(entries: Iterable[tuple[int, bytes]], reading: Reading) -> Iterator[Record]:
    """Yield the records of lines with their numbers, blank lines left out."""
    reader = LineReader(reading)
    for number, raw in entries:
        entry = reader.entry(number, raw)
        if entry is not None:
            yield reader.record(number, entry, raw)


def jsonl_parts(reading: Reading, size: int) -> "Iterator[DecodedLines | Iterator[Record]]":
    """Yield the same in parts: lines that follow one another, or the records of what is no plain JSON Lines.

    A part is what a block of bytes holds; *size* is not heeded.
    """
    if reading.columns or reading.max_line < _LEAST_BOUND or is_array(reading):
        yield read_jsonl(reading)
        return
    reader, number = LineReader(reading), reading.before + 1
    for block in line_blocks_of(reading):
        part = reader.decoded(number, block)
        yield part
        number += part.count


class Line(msgspec.Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    """A line that is as it should be: anything else is left to the precise reader."""

    op: Literal["resolve", "add", "replace", "remove", "delete", "erase", "suppress", "unsuppress"] = "resolve"
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


Entry: TypeAlias = Line | Record
"""A line as it was decoded; a record where only the precise reader could say what it is."""


class DecodedLines:
    """Lines that follow one another, blank ones left out: their *numbers*, what they hold, and their bytes.

    *count* is how many there are, with the blank ones.
    """

    def __init__(
        self,
        count: int,
        numbers: "array[int]",
        entries: list[Entry],
        sources: Sequence[bytes],
        reader: "LineReader",
    ) -> None:
        self.count = count
        self.numbers = numbers
        self.entries = entries
        self.sources = sources
        self._reader = reader

    @property
    def times(self) -> TimeParts:
        """How times are read."""
        return self._reader.times

    def record(self, place: int) -> Record:
        """Return one of the lines as a record."""
        return self._reader.record(self.numbers[place], self.entries[place], self.sources[place])

    def records(self) -> Iterator[Record]:
        """Yield the lines as records."""
        return map(self.record, range(len(self.entries)))


class SplitLines(Sequence[bytes]):
    """The lines of a block of bytes, which is split when one of them is asked for."""

    def __init__(self, block: bytes) -> None:
        self.block = block
        self._lines: list[bytes] = []

    def __len__(self) -> int:
        return len(self._split())

    def __getitem__(self, place: Any) -> Any:
        return self._split()[place]

    def _split(self) -> list[bytes]:
        if not self._lines:
            self._lines = _split(self.block)
        return self._lines

    def __reduce__(self) -> "tuple[type[SplitLines], tuple[bytes]]":
        return SplitLines, (self.block,)


def _split(block: bytes) -> list[bytes]:
    return [block] if type(block) is CutLine else io.BytesIO(block).readlines()


class LineReader:
    """Reads lines with the typed decoder, and with the precise reader those that it refuses."""

    def __init__(self, reading: Reading) -> None:
        self.times = TimeParts(reading.times)
        self._reading = reading
        self._notes = reading.notes
        self._prepare()

    def decoded(self, number: int, block: bytes) -> DecodedLines:
        """Return the lines of a block, of which the first has the *number*.

        Nothing but the space between two objects may stand between ``}`` and ``{`` in JSON, and no line ends in a text.
        So if each line begins and ends with a brace, and there are as many objects as lines, each line is one.
        """
        if type(block) is not CutLine:
            entries = self._together(block)
            if entries:
                numbers = array("q", bytes(8 * len(entries)))
                count_up(numbers, number)
                return DecodedLines(len(entries), numbers, entries, SplitLines(block), self)
        lines = _split(block)
        read = [(place, entry) for place, raw in enumerate(lines) if (entry := self.entry(number + place, raw))]
        sources = [lines[place] for place, _ in read]
        numbers = array("q", [number + place for place, _ in read])
        return DecodedLines(len(lines), numbers, [entry for _, entry in read], sources, self)

    def with_numbers(self, numbers: "array[int]", block: bytes) -> DecodedLines | None:
        """Return the lines of a block, each with a number of its own; None if they must be read one by one."""
        if count_ends(block) + (not block.endswith(b"\n")) != len(numbers):
            return None
        entries = self._together(block)
        return DecodedLines(len(entries), numbers, entries, SplitLines(block), self) if entries else None

    def _together(self, block: bytes) -> list[Entry]:
        """Return what the lines of a block hold; nothing if they must be read one by one."""
        count, decoded = count_objects(block), list[Entry]()
        if count > 0:
            with suppress(ValueError, RecursionError):
                decoded.extend(self._decoder.decode_lines(block))
        return decoded if len(decoded) == count else []

    def entry(self, number: int, raw: bytes) -> Entry | None:
        """Return what a line holds; None for a blank one."""
        if type(raw) is not CutLine:
            try:
                return self._decoder.decode(raw)
            except (ValueError, RecursionError):
                pass
        return self._reread(number, raw) if raw and not raw.isspace() else None

    def record(self, number: int, entry: Entry, raw: bytes) -> Record:
        """Return a line as a record."""
        if isinstance(entry, Record):
            return entry
        return _record(number, entry, raw, self.times) or self._reread(number, raw)

    def _reread(self, number: int, raw: bytes) -> Record:
        """Read a line once more with the standard library, which takes lone surrogates too."""
        reading = self._reading
        try:
            document = document_of(raw, reading.encoding)
        except LineError as refusal:
            return rejected(number, None, "", refusal, raw)
        record = read_object(number, document, raw, reading.times, reading.notes)
        if len(self._notes.ignored) > self._known:
            self._prepare()
        return record

    def _prepare(self) -> None:
        self._known = len(self._notes.ignored)
        self._decoder = _decoder(self._notes)


_ESCAPED = frozenset('"\\')
"""Keys with these, which JSON writes otherwise, are left to the precise reader."""


def _decoder(notes: Notes) -> "msgspec.json.Decoder[Line]":
    """Return a decoder that skips the ignored keys and refuses other unknown ones, so that each is noted once.

    Keys past the bound of what is remembered are skipped unseen.
    """
    names = [name for name in notes.ignored if name.isprintable() and not _ESCAPED.intersection(name)]
    fields = [(f"ignored_{place}", msgspec.Raw, msgspec.Raw()) for place in range(len(names))]
    line = msgspec.defstruct(
        "Line",
        fields,
        bases=(Line,),
        rename={field[0]: name for field, name in zip(fields, names, strict=True)},
        gc=False,
        forbid_unknown_fields=not notes.full,
    )
    return msgspec.json.Decoder(line)


def _record(number: int, line: Line, raw: bytes, times: TimeParts) -> Record | None:
    """Return the record of a decoded line, None when the precise reader has to say what it lacks."""
    ref = line.ref
    if ref is not None:
        ref = present(ref)
    at: Milliseconds | None = None
    if line.at is not None:
        try:
            at = times.read(line.at)
        except LineError as refusal:
            return rejected(number, ref, line.op, refusal, raw)
    command = _COMMANDS[line.op](line, at)
    return None if command is None else Record(number, ref, line.op, command, None, None, raw)


def _resolve(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Resolve(given, at, line.new_profile)


def _identifiers(line: Line) -> dict[str, Any] | None:
    given: dict[str, Any] | None = line.identifiers
    if given is not None and None in given.values():
        return {id_type: value for id_type, value in given.items() if value is not None}
    return given


def _erase(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Erase(given, at, bool(line.suppress))


def _suppress(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Suppress(given, at)


def _unsuppress(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    given = _identifiers(line)
    return None if given is None else Unsuppress(given, at)


def _add(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    if line.profile is None or line.id_type is None or line.value is None:
        return None
    return AddIdentifier(line.profile, line.id_type, line.value, at)


def _replace(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    if line.profile is None or line.id_type is None or line.old is None or line.new is None:
        return None
    return ReplaceIdentifier(line.profile, line.id_type, line.old, line.new, at)


def _remove(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    if line.profile is None or line.id_type is None:
        return None
    return RemoveIdentifier(line.profile, line.id_type, at, bool(line.all), line.value)


def _delete(line: Line, at: Milliseconds | None) -> AnyCommand | None:
    return None if line.profile is None else DeleteProfile(line.profile, at)


_COMMANDS: dict[str, Callable[[Line, Milliseconds | None], AnyCommand | None]] = {
    "resolve": _resolve,
    "add": _add,
    "replace": _replace,
    "remove": _remove,
    "delete": _delete,
    "erase": _erase,
    "suppress": _suppress,
    "unsuppress": _unsuppress,
}
