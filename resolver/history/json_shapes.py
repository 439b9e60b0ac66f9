"""JSON that is not a command a line: an array of records, and flat objects whose keys are columns.

Of an array, the entries are read one by one, as if each were a line, whatever lines they are written on. Only one is
held at a time. Entries are numbered from 1.

Flat objects are what APIs and ``to_json(orient="records", lines=True)`` write. ``--map ref=id`` says that lines are of
this kind: then each is a resolve command, as a row of a table is.

>>> from resolver.history.source import FileSource
>>> reading = Reading(FileSource("-"), columns={"ref": ["id"]}, id_types=["email"])
>>> next(flat_records([(1, b'{"id": 7, "email": "ada@example.com", "age": 36}')], reading)).command.identifiers
{'email': 'ada@example.com'}
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from resolver.errors import InvalidHistory, shown
from resolver.history.fields import object_of, text_of_field
from resolver.history.lines import CutLine, text_stream
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, Record, not_utf8, rejected
from resolver.history.source import CHUNK, DAMAGE
from resolver.history.tables import Rows, is_absent, source_columns

_STRING = rb'"(?:[^"\\\n]++|\\.)*+"'
_BETWEEN = re.compile(rb'(?:[^"\[\]{},]++|' + _STRING + rb")*+")
"""What ends no entry, where the array itself is the innermost bracket: neither comma nor bracket."""

_INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+")
"""What closes no bracket and opens none, inside an entry."""

_IN_STRING = re.compile(rb'(?:[^"\\\n]++|\\.)*+')


def is_array(reading: Reading) -> bool:
    """Whether the text begins with a bracket, which no JSON Lines file does."""
    try:
        with reading.file.opened(gzipped=reading.gzipped) as stream:
            head = text_stream(stream, reading.encoding).peek(CHUNK)
    except DAMAGE as error:
        raise reading.file.damage("line 1", error) from error
    return head.lstrip(b" \t\r\n").startswith(b"[")


def entries_of(reading: Reading) -> Iterator[bytes]:
    """Yield the text of every entry; ``InvalidHistory`` if the array does not end, or something follows it.

    Memory: the longest entry that is allowed.
    """
    name, number = reading.source.name, 0
    array = _Array(reading.max_line)
    try:
        with reading.file.opened(gzipped=reading.gzipped) as stream:
            text = text_stream(stream, reading.encoding)
            while taken := text.read1(CHUNK):
                for entry in array.take(taken):
                    number += 1
                    yield entry
                if array.has_more:
                    raise InvalidHistory(f"{name}: after entry {number}: the array ends, and more follows")
    except DAMAGE as error:
        raise reading.file.damage(f"after entry {number}", error) from error
    if array.depth:
        raise InvalidHistory(f"{name}: after entry {number}: the array does not end; expected a ']'")
    reading.source.length = number


class _Array:
    """Where in an array the reading is; takes bytes, and gives the entries that end in them."""

    def __init__(self, longest: int) -> None:
        self.depth = 0
        self.has_more = False
        self._longest = longest
        self._is_over = False
        self._is_in_string = False
        self._parts: list[bytes] = []
        self._length = 0
        self._rest = b""

    def take(self, data: bytes) -> Iterator[bytes]:
        """Yield the entries that are complete with *data*. O(data)."""
        data = self._rest + data
        self._rest = b""
        start = place = 0
        while place < len(data) and not self._is_over:
            if self._is_in_string:
                place = self._after_string(data, place)
                continue
            inside = _BETWEEN if self.depth == 1 else _INSIDE
            place = _end(inside, data, place) + 1
            mark = data[place - 1 : place]
            if mark == b'"':  # a string that does not end here
                self._is_in_string = True
            elif mark in (b"[", b"{"):
                self.depth += 1
                start = place if self.depth == 1 else start
            elif mark:
                self.depth -= mark != b","
                self._is_over = self.depth == 0
                if self.depth <= 1 and (mark == b"," or self._is_over):
                    self._keep(data[start : place - 1])
                    if mark == b"," or self._length:  # nothing before the end is no entry
                        yield self._entry()
                    start = place
        if self._is_over:
            self.has_more = self.has_more or bool(data[start:].strip())
        else:
            self._keep(data[start : len(data) - len(self._rest)])

    def _after_string(self, data: bytes, place: int) -> int:
        """Return where a string ends that began before: at its quote, or at the end of its line, where it is broken."""
        place = _end(_IN_STRING, data, place)
        if data[place:] == b"\\":  # what it escapes is still to come
            self._rest = b"\\"
        elif place < len(data):
            self._is_in_string = False
        return place + 1

    def _keep(self, part: bytes) -> None:
        if not self._parts:
            part = part.lstrip()
        room = self._longest + 1 - self._length
        if part and room > 0:
            self._parts.append(part[:room])
        self._length += len(part)

    def _entry(self) -> bytes:
        entry, length = b"".join(self._parts), self._length
        self._parts, self._length = [], 0
        return entry.rstrip() if length <= self._longest else CutLine.of(entry, length, self._longest, "entry")


def _end(pattern: "re.Pattern[bytes]", data: bytes, place: int) -> int:
    found = pattern.match(data, place)
    return place if found is None else found.end()


_KEYS_REMEMBERED = 256


def flat_records(lines: Iterable[tuple[int, bytes]], reading: Reading) -> Iterator[Record]:
    """Return the records of numbered lines that are flat objects, blank ones left out.

    A key that a line does not have is an empty cell. ``InvalidHistory`` at the end, if a column that was mapped
    stands in no line at all.
    """
    rows_of = lru_cache(_KEYS_REMEMBERED)(partial(_rows_of, reading))
    missing = None
    for number, raw in lines:
        if not raw or raw.isspace():
            continue
        try:
            line = object_of(document_of(raw, reading.encoding))
            rows, absent = rows_of(tuple(line))
            cells = _cells(rows, line)
        except LineError as refusal:
            yield rejected(number, None, "resolve", refusal, raw)
            continue
        missing = absent if missing is None else missing & absent
        yield rows.record(number, cells, raw)
    if missing:
        raise InvalidHistory(f"{reading.source.name}: column {min(missing)!r} is in no line; expected a key of one")


def document_of(raw: bytes, encoding: str | None) -> object:
    """Return what a line of JSON holds; ``LineError`` if it is none, or too long."""
    if isinstance(raw, CutLine):
        raise raw.refusal
    try:
        return json.loads(raw.decode(), parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise not_utf8(error, encoding) from None
    except (ValueError, RecursionError) as error:
        raise LineError(Reason.BROKEN_JSON, f"broken JSON: {error}; expected one object on the line") from None


def _constant(name: str) -> None:
    """Read the NaN that Python's own ``json`` writes as an absent value; refuse an infinity."""
    if name != "NaN":
        raise ValueError(f"{name} is not JSON")


def _rows_of(reading: Reading, keys: tuple[str, ...]) -> tuple[Rows, frozenset[str]]:
    """Return how the lines with these keys are read, and the mapped columns that they lack."""
    absent = [column for column in source_columns(reading.columns, keys) if column not in keys]
    rows = Rows.of(reading, [*keys, *absent], _texts)
    return rows, frozenset(absent)


def _cells(rows: Rows, line: Mapping[str, Any]) -> list[Any]:
    """Return the cells of a line, each of those that are read as text or a list of texts."""
    cells = [*line.values(), *[None] * (rows.layout.width - len(line))]
    names = [*line]
    for place in (*rows.layout.ref, *rows.layout.at):
        if isinstance(cells[place], list | dict | float | bool):
            expected = "a string or an integer"
            raise LineError(
                Reason.WRONG_TYPE, f"{names[place]}: {shown(cells[place])} has the wrong type; expected {expected}"
            )
    for _, places in rows.layout.identifiers:
        for place in places:
            cell = cells[place]
            if isinstance(cell, list):
                cells[place] = [text_of_field(names[place], one) for one in cell if one is not None]
            elif cell is not None:
                cells[place] = text_of_field(names[place], cell, "a string, or a list of strings")
    return cells


def _texts(cell: Any) -> Sequence[str]:
    if isinstance(cell, list):
        return [text for text in cell if not is_absent(text)]
    return () if is_absent(cell) else (cell,)
