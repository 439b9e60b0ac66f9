"""Sources: what the records of a history were made from, as long as somebody may ask for it, and their fingerprint.

A rejected line is shown as it was. One replay asks as it goes, so nothing but the latest block is kept. Where a
history is read once for several replays, all of it is: lines of files in a temporary file, objects given from Python
as they are. The fingerprint is one number for all records, by which two runs are known to be of the same history.
"""

import pickle
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from struct import pack
from typing import Any
from zlib import crc32

import msgspec

from resolver.columns.arrow_files import not_written
from resolver.history import History, Record
from resolver.history.blocks import ColumnBlock
from resolver.history.column_loops import count_of
from resolver.history.encoded import ABSENT, NO_TIME
from resolver.history.jsonl import SplitLines
from resolver.interrupts import close_file, interrupts_held


class Sources:
    """The sources of commands, by their numbers in a history.

    >>> sources = Sources(keeps=False)
    >>> sources.add(0, [b"one", b"two"])
    >>> sources[1]
    b'two'
    """

    def __init__(self, keeps: bool) -> None:
        self.keeps = keeps
        self._firsts: list[int] = [0]
        """The number of the first command of each block."""
        self._blocks: list[Sequence[Any] | int] = [[]]
        """The blocks, or where they stand in the file."""
        self._file: Any = None
        self._lately: tuple[int, Sequence[Any]] = (-1, [])
        """The place of the block that was read from the file last, and the block."""

    def add(self, first: int, block: Sequence[Any]) -> None:
        """Begin a block, whose first command has the number *first*; a list may grow until the next one begins."""
        if not self.keeps:
            self._firsts, self._blocks = [first], [block]
            return
        self._blocks[-1] = self._put_away(self._blocks[-1])
        self._firsts.append(first)
        self._blocks.append(block)

    def __getitem__(self, number: int) -> Any:
        place = bisect_right(self._firsts, number) - 1
        block = self._blocks[place]
        if isinstance(block, int):
            if self._lately[0] != place:
                self._file.seek(block)
                self._lately = place, pickle.load(self._file)
            block = self._lately[1]
        number -= self._firsts[place]
        return block[number]

    def _put_away(self, block: Sequence[Any] | int) -> Sequence[Any] | int:
        """Write a block to the file, and return where; the block itself where it holds what is no plain data."""
        if isinstance(block, list) and {*map(type, block)} - {bytes}:
            return block
        if self._file is None:
            with interrupts_held():
                self._file = tempfile.TemporaryFile(prefix="resolver-lines-")  # noqa: SIM115 - it lives on
                weakref.finalize(self, close_file, self._file)
        try:
            place: int = self._file.seek(0, 2)
            pickle.dump(block, self._file, pickle.HIGHEST_PROTOCOL)
        except OSError as error:
            raise not_written(error, Path(tempfile.gettempdir()), "the lines of the history") from error
        return place

    def __reduce__(self) -> "tuple[type[NoSources], tuple[()]]":
        return NoSources, ()  # a history that is sent to another process has no lines to show


class NoSources(Sources):
    """The sources of a history of which nobody shows a line."""

    def __init__(self) -> None:
        super().__init__(keeps=False)

    def __getitem__(self, number: int) -> bytes:
        return b""


class Fingerprint:
    """A checksum that grows with the records. It does not depend on settings, nor on what is left out of a run.

    >>> one, other = Fingerprint([]), Fingerprint([])
    >>> one.take(Record(1, "a", "delete", None, source=b"line")), other.take(Record(1, "a", "delete", None))
    (None, None)
    >>> one.value == other.value
    False
    """

    __slots__ = ("_ats", "_is_file", "_lines", "_refs")

    def __init__(self, records: object) -> None:
        self._is_file = isinstance(records, History)
        self._lines = self._ats = self._refs = 0

    @property
    def value(self) -> int:
        """The checksum of the records so far."""
        return self._lines | self._ats << 32 | self._refs << 64

    def take(self, record: Record) -> None:
        """Add a record: its bytes where it has any, else what it says. O(length)."""
        source = record.source
        if type(source) is bytes:
            self._lines = crc32(source, self._lines)
        elif self._is_file:  # a row, of which settings choose the columns, by its ref and time
            at = getattr(record.command, "at", None)
            self._take_row(_ended([record.ref or ""]), pack("q", NO_TIME if at is None else at))
        else:
            self._lines = crc32(_written(record, source), self._lines)

    def take_all(self, records: Sequence[Record]) -> None:
        """Add several records: the same as one by one."""
        sources = [record.source for record in records]
        if {*map(type, sources)} == {bytes}:
            self._lines = crc32(b"".join(sources), self._lines)
        else:
            for record in records:
                self.take(record)

    def take_lines(self, lines: Sequence[bytes], shortened: Mapping[int, bytes]) -> None:
        """Add lines; a record has its line *shortened* where that is given for its place."""
        if isinstance(lines, SplitLines) and not shortened:
            self._lines = crc32(lines.block, self._lines)
        else:
            every = [shortened.get(place, line) for place, line in enumerate(lines)]
            self._lines = crc32(b"".join(every), self._lines)

    def take_block(self, block: ColumnBlock) -> None:
        """Add the records of a block of columns: the same as one by one."""
        start = 0
        for place, record in block.rejected:
            self._take_rows(block, start, place)
            self.take(record)
            start = place
        self._take_rows(block, start, len(block))

    def _take_rows(self, block: ColumnBlock, start: int, end: int) -> None:
        if start == end:
            return
        if type(block.sources[start]) is bytes:
            self._lines = crc32(b"".join(block.sources[start:end]), self._lines)
        else:
            texts, codes = block.ref_texts, block.refs[start:end]
            if not texts:
                refs = "\0" * len(codes)
            elif count_of(codes, ABSENT):
                refs = _ended("" if code == ABSENT else texts[code] for code in codes)
            else:
                refs = _ended(map(texts.__getitem__, codes))
            self._take_row(refs, block.ats[start:end].tobytes())

    def _take_row(self, refs: str, ats: bytes) -> None:
        self._ats = crc32(ats, self._ats)
        self._refs = crc32(refs.encode("utf-8", "backslashreplace"), self._refs)


def _ended(refs: Iterable[str]) -> str:
    return "\0".join([*refs, ""])


def fingerprint_of_lines(lines: Iterable[bytes]) -> int:
    """Return the fingerprint of a text file whose lines, given without their ends, all end in LF."""
    value = 0
    for line in lines:
        value = crc32(line + b"\n", value)
    return value


def _written(record: Record, source: Any) -> bytes:
    """Return a dict or a command as bytes; what JSON cannot hold is told by its key."""
    try:
        return msgspec.json.encode(source)
    except (TypeError, ValueError, OverflowError, RecursionError):
        told = (record.ref, record.op, getattr(record.command, "at", None))
        return repr(told).encode("utf-8", "backslashreplace")
