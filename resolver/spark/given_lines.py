"""Given lines: numbered lines that a worker gets in batches of Arrow, as a history to be numbered."""

from array import array
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import attrs
import msgspec

from resolver.history import History, Record
from resolver.history.arrow import Batch, Reader, rows_of
from resolver.history.blocks import ColumnBlock, block_of_rows
from resolver.history.jsonl import DecodedLines, Entry, LineReader
from resolver.history.lines import CutLine
from resolver.history.reading import Notes
from resolver.names import IdType
from resolver.spark.packages import arrow
from resolver.spark.reading import How

LINES = 16_384
"""Lines that are read at a time."""


class GivenLines(History):
    """A history of columns ``line`` and ``raw``, pair by pair, each read as it is asked for.

    ``count`` is how many lines the last pair had, and ``rows`` the place in it of each of them, None if all are there
    (a blank one is left out). ``new_keys`` has the keys that nothing reads, by the place of the line with one first:
    with *firsts*, which remembers that line for each, also of one that stands before those that were read earlier.
    """

    def __init__(
        self,
        how: How,
        pairs: Iterable[tuple[Any, Any]],
        notes: Notes | None = None,
        id_types: Collection[IdType] = (),
        firsts: dict[str, int] | None = None,
    ) -> None:
        self._reading = how.reading(notes, id_types)
        super().__init__([self._reading])
        self._columns = how.columns
        self._pairs = pairs
        self.count = 0
        self.rows: array[int] | None = None
        self.new_keys: dict[int, list[str]] = {}
        self._firsts = firsts

    def parts(self) -> "Iterator[ColumnBlock | DecodedLines | Iterator[Record]]":
        """Yield the lines, a part for every pair."""
        reader = LineReader(self._reading)
        for numbers, raws in self._pairs:
            theirs = array("q", numbers.to_pylist())
            self.rows, self.new_keys, self.count = None, {}, len(theirs)
            part = self._block(theirs, raws) if self._columns else self._decoded(reader, theirs, raws)
            if self._firsts is not None and not self._columns:
                self._look_before(self._firsts, theirs, raws)
            yield part

    def __iter__(self) -> Iterator[Record]:
        for part in self.parts():
            yield from part.records() if isinstance(part, ColumnBlock | DecodedLines) else part

    def _block(self, numbers: "array[int]", raws: Any) -> ColumnBlock:
        """Return rows of a table as the library's reader of columns has them, each with its own number."""
        pa = arrow()
        used, rows = rows_of(self._reading, self._columns).narrowed()
        columns = [column for place, column in enumerate(raws.flatten()) if place in used]
        names = [self._columns[place] for place in used]
        block = block_of_rows(Batch(0, len(numbers), names, columns, rows, Reader(pa, ())))
        return attrs.evolve(
            block,
            lines=array("q", [numbers[row] for row in block.lines]),
            apart={place: _numbered(record, numbers) for place, record in block.apart.items()},
            rejected=[(place, _numbered(record, numbers)) for place, record in block.rejected],
        )

    def _decoded(self, reader: LineReader, numbers: "array[int]", raws: Any) -> DecodedLines:
        block = _joined(raws, self._reading.max_line)
        part = None if block is None else reader.with_numbers(numbers, block)
        return self._one_by_one(reader, numbers, raws.to_pylist()) if part is None else part

    def _look_before(self, firsts: dict[str, int], numbers: "array[int]", raws: Any) -> None:
        """Add to the new keys those of lines that stand before the line that was the first to have one."""
        rows = range(len(numbers)) if self.rows is None else self.rows
        for place, keys in self.new_keys.items():
            for key in keys:
                firsts.setdefault(key, numbers[rows[place]])
        least = min(numbers, default=0)
        for key, first in firsts.items():
            if least < first:
                found = [(numbers[row], place) for place, row in enumerate(rows) if numbers[row] < first]
                for line, place in sorted(found):
                    keys = self._ignored_in(line, raws[rows[place]].as_py(), key)
                    if key in keys:
                        firsts[key], self.new_keys[place] = line, keys
                        break

    def _ignored_in(self, line: int, raw: bytes, key: str) -> list[str]:
        """Return the keys of a line that nothing reads; none where one cannot be among them."""
        if key.isascii() and key.isalnum() and key.encode() not in raw:
            return []
        notes = Notes()
        LineReader(attrs.evolve(self._reading, notes=notes)).entry(line, raw)
        return [*notes.ignored]

    def _one_by_one(self, reader: LineReader, numbers: "array[int]", raws: list[bytes | None]) -> DecodedLines:
        longest, notes = self._reading.max_line, self._reading.notes
        entries: list[Entry] = []
        sources: list[bytes] = []
        rows, known = array("q"), len(notes.ignored)
        for row, given in enumerate(raws):
            raw = b"" if given is None else given
            raw = raw if len(raw) <= longest else CutLine.of(raw, len(raw), longest)
            entry = reader.entry(numbers[row], raw)
            if entry is not None:
                if len(notes.ignored) > known:
                    self.new_keys[len(entries)] = [*notes.ignored[known:]]
                    known = len(notes.ignored)
                rows.append(row)
                entries.append(entry)
                sources.append(raw)
        self.rows, self.count = rows, len(rows)
        return DecodedLines(len(raws), array("q", [numbers[row] for row in rows]), entries, sources, reader)


def _numbered(record: Record, numbers: "array[int]") -> Record:
    """Return the record of a row with the number of its line."""
    return msgspec.structs.replace(record, line=numbers[record.line])


def _joined(raws: Any, longest: int) -> bytes | None:
    """Return lines as a block of bytes; None where one is missing, or too long to be a line."""
    pa = arrow()
    if not len(raws) or raws.null_count or pa.compute.max(pa.compute.binary_length(raws)).as_py() > longest:
        return None
    ends = pa.array([0, len(raws)], pa.int32())
    joined = pa.compute.binary_join(pa.ListArray.from_arrays(ends, raws), pa.scalar(b"\n", raws.type))
    block: bytes = joined[0].as_py()
    return block
