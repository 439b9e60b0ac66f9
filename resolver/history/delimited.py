r"""Delimited text, CSV and tab-separated: a header, then one resolve command a row.

One bad quote costs one line and never the rest of the file: the ``csv`` module reads an unclosed quote to the
end. Here a row that cannot be read gives up its first line only, and reading goes on with the second.

>>> lines = [b'1,"ada\n', b'2,bob\n', b'3,"two\n', b'lines"\n']
>>> [(row.line, row.cells) for row in read_rows(iter(lines), ",")]
[(1, None), (2, ['2', 'bob']), (3, ['3', 'two\nlines'])]
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from resolver.errors import InvalidHistory, shown
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, Record, not_utf8, rejected
from resolver.history.tables import Block, Rows, Table

_OTHER_DELIMITERS = ",;\t|"

_BLOCK = 8192
"""Rows in a block."""


class Row(NamedTuple):
    """One row: the number of its first physical line, its cells or what is wrong with it, its bytes."""

    line: int
    cells: list[str] | None
    error: LineError | None
    source: bytes


def read_csv(reading: Reading, delimiter: str = ",") -> Iterator[Record]:
    """Return the records of a CSV file; a row shorter than the header lacks the cells at its end."""
    rows = read_rows(reading.source.lines(gzipped=reading.gzipped), delimiter)
    return _records(rows, _table_of(reading, next(rows, None)))


def csv_blocks(reading: Reading, delimiter: str = ",") -> Iterator[Block]:
    """Return the rows of a CSV file block by block, as columns where each line of a block is one full row.

    Where a quoted cell goes over the end of a line, the rest of the file is one block of records.
    """
    lines = reading.source.lines(gzipped=reading.gzipped)
    feed = _Lines(lines)
    table_rows = _table_of(reading, next(read_rows(feed, delimiter), None))
    width = table_rows.layout.width
    while taken := list(islice(lines, _BLOCK)):
        first = feed.taken + 1
        cells = _cells(taken, delimiter)
        if cells is None:
            rows = read_rows(chain(taken, lines), delimiter, first)
            yield Block(None, partial(_records, rows, table_rows))
            return
        feed.taken += len(taken)
        table = None
        if {*map(len, cells)} == {width} and width > 1:
            table = Table(first, len(taken), list(zip(*cells, strict=True)), table_rows)
        rows = read_rows(iter(taken), delimiter, first)
        yield Block(table, partial(_records, rows, table_rows))


class _Lines:
    """Lines, counted."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.taken = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> bytes:
        line = next(self._lines)
        self.taken += 1
        return line


def _cells(lines: Sequence[bytes], delimiter: str) -> list[list[str]] | None:
    """Return the cells of lines that are a row each, None if any is not."""
    try:
        rows = list(csv.reader(map(bytes.decode, lines), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError):
        return None
    return rows if len(rows) == len(lines) else None


def _table_of(reading: Reading, header: Row | None) -> Rows:
    return Rows.of(reading, _header(reading.source.name, header), _texts)


def _records(rows: Iterator[Row], table: Rows) -> Iterator[Record]:
    width, padding = table.layout.width, [""] * table.layout.width
    for number, cells, error, source in rows:
        if cells is None or len(cells) > width:
            yield rejected(number, None, "resolve", error or _too_many(cells or (), width), source)
        else:
            if len(cells) < width:
                cells = (cells + padding)[:width]
            yield table.record(number, cells, source)


def _header(name: str, row: Row | None) -> list[str]:
    if row is None:
        raise InvalidHistory(f"{name}: line 1: there is no header; expected the names of the columns")
    if row.cells is None:
        raise InvalidHistory(f"{name}: line {row.line}: the header cannot be read: {row.error and row.error.message}")
    header = [cell.strip() for cell in row.cells]
    if len(header) == 1 and any(delimiter in header[0] for delimiter in _OTHER_DELIMITERS):
        raise InvalidHistory(
            f"{name}: line {row.line}: the header is one column, {shown(header[0])}; "
            "expected columns separated by commas, or by tabs in a .tsv file"
        )
    return header


def _texts(cell: str) -> Sequence[str]:
    return () if not cell or cell.isspace() else (cell,)


def _too_many(cells: Sequence[str], width: int) -> LineError:
    return LineError(
        Reason.TOO_MANY_CELLS,
        f"the row has {len(cells)} cells; expected at most {width}, as many as the header",
    )


def read_rows(lines: Iterator[bytes], delimiter: str, number: int = 1) -> Iterator[Row]:
    """Return the rows, blank lines left out; the first line has the *number*.

    Holds the lines of one row; a row that does not end within the longest field that ``csv`` allows (131,072
    characters) is taken for an unclosed quote.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.taken.clear()
        try:
            cells, error = next(reader), None
        except StopIteration:
            return
        except csv.Error as cause:
            cells, error = _alone(feed.taken[0], delimiter, cause)
            feed.give_back()
        source = feed.taken[0] if len(feed.taken) == 1 else b"".join(feed.taken)
        if not feed.is_utf8:
            error, feed.is_utf8 = _not_utf8(source) or error, True
        if error is not None:
            yield Row(number, None, error, source)
        elif len(cells) > 1 or not source.isspace():
            yield Row(number, cells, None, source)
        number += len(feed.taken)


class _Feed:
    """Lines as text for ``csv.reader``, which remember what the row has taken and can be given back."""

    __slots__ = ("_again", "_lines", "is_utf8", "taken")

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self.is_utf8 = True
        """False once a line of the row is not; the reader of rows sets it back."""

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.is_utf8 = False
            return line.decode("utf-8", "surrogateescape")

    def give_back(self) -> None:
        """Keep the first line of the row, and read the others again as rows of their own."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _alone(line: bytes, delimiter: str, cause: csv.Error) -> tuple[list[str], LineError | None]:
    """Read a failed row's first line by itself, which helps where a cell is longer than ``csv`` allows."""
    longest = csv.field_size_limit()
    if len(line) > longest:
        csv.field_size_limit(len(line))
        try:
            return next(csv.reader([line.decode("utf-8", "replace")], delimiter=delimiter, strict=True)), None
        except csv.Error as own:
            cause = own
        finally:
            csv.field_size_limit(longest)
    return [], LineError(
        Reason.BROKEN_CSV,
        f"the row cannot be read ({cause}); expected each quote inside a quoted cell doubled",
    )


def _not_utf8(source: bytes) -> LineError | None:
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return not_utf8(error)
    return None
