"""A JSON array of records: its entries one by one, as if each were a line, whatever lines they are written on.

Only one entry is held at a time. Entries are numbered from 1.
"""

import re
from collections.abc import Iterator

from resolver.errors import InvalidHistory
from resolver.history.lines import CutLine, text_stream
from resolver.history.reading import Reading
from resolver.history.source import CHUNK, DAMAGE

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
