r"""Delimited text, CSV and tab-separated: a header, then one resolve command a row.

One bad quote costs one line and never the rest of the file: the ``csv`` module reads an unclosed quote to the
end. Here a row that cannot be read gives up its first line only, and reading goes on with the second.

>>> lines = [b'1,"ada\n', b'2,bob\n', b'3,"two\n', b'lines"\n']
>>> [(row.line, row.cells) for row in read_rows(iter(lines), ",")]
[(1, None), (2, ['2', 'bob']), (3, ['3', 'two\nlines'])]
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import attrs

from resolver.errors import InvalidHistory, shown
from resolver.history.arrow import Batch
from resolver.history.lines import CutLine, lines_of
from resolver.history.reading import LONGEST, Reading
from resolver.history.record import LineError, Reason, Record, not_utf8, rejected
from resolver.history.tables import Rows, Table, is_absent

TAB = "\t"

_DELIMITERS = {",": "commas", TAB: "tabs", ";": "semicolons", "|": "bars"}
"""What a file may be delimited by that was not said to be."""

_NAMED = re.compile(rb'\s*"?sep=([^"\r\n]|[\xc2-\xf4][\x80-\xbf]+)"?[\r\n]*', re.IGNORECASE)
"""The first line of a file that spreadsheets write for themselves: it names the delimiter."""

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
    text, header = _opened(reading, delimiter)
    return _records(text.rows(), _table_of(reading, header, text.delimiter))


def csv_parts(reading: Reading, delimiter: str = ",") -> Iterator[Batch | Table | Iterator[Record]]:
    """Yield the rows of a CSV file block by block, as columns where each line of a block is one full row.

    Where a quoted cell goes over the end of a line, the rest of the file is one part of records.
    """
    text, header = _opened(reading, delimiter)
    table_rows = _table_of(reading, header, text.delimiter)
    while taken := list(islice(text.lines, _BLOCK)):
        cells = _cells(taken, text.delimiter)
        if cells is None:
            rows = attrs.evolve(text, lines=chain(taken, text.lines)).rows()
            yield _records(rows, table_rows)
            return
        columns = _columns(cells, table_rows.layout.width)
        if columns is None:
            yield _records(attrs.evolve(text, lines=iter(taken)).rows(), table_rows)
        else:
            yield Table(text.number, len(taken), columns, table_rows, lines=taken)
        text = attrs.evolve(text, number=text.number + len(taken))


def header_and_rows(reading: Reading, delimiter: str = ",") -> tuple[Row | None, Iterator[Row]]:
    """Return the first row of a text and those after it; None where there is none."""
    text, header = _opened(reading, delimiter)
    return header, text.rows()


@attrs.frozen
class _Text:
    """The lines of a text that are still to be read, and how: the next has the *number*."""

    lines: Iterator[bytes]
    delimiter: str
    number: int
    longest: int
    encoding: str | None

    def rows(self) -> Iterator[Row]:
        return read_rows(self.lines, self.delimiter, self.number, longest=self.longest, encoding=self.encoding)


def _opened(reading: Reading, delimiter: str) -> tuple[_Text, Row | None]:
    """Return the text after its header, and the header; ``sep=;`` on the first line is no header but the delimiter."""
    lines = lines_of(reading)
    number = reading.before + 1
    first = next(lines, b"")
    named = _NAMED.fullmatch(first)
    if named is None:
        lines = chain([first], lines) if first else lines
    else:
        number += 1
        delimiter = named[1].decode("utf-8", "replace")
    text = _Text(lines, reading.delimiter or delimiter, number, reading.max_line, reading.encoding)
    header = next(text.rows(), None)
    if header is None:
        return text, None
    return attrs.evolve(text, number=header.line + max(1, header.source.count(b"\n"))), header


def _cells(lines: Sequence[bytes], delimiter: str) -> list[list[str]] | None:
    """Return the cells of lines that are a row each, None if any is not."""
    if {*map(type, lines)} != {bytes}:  # one is too long
        return None
    try:
        rows = list(csv.reader(map(bytes.decode, lines), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError):
        return None
    return rows if len(rows) == len(lines) else None


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[tuple[str, ...]] | None:
    """Return rows as columns if they are all of one width, that of the header or more with nothing in the rest."""
    widths = {*map(len, rows)}
    if len(widths) > 1 or not 1 < width <= max(widths):
        return None
    columns = list(zip(*rows, strict=True))
    return columns[:width] if all(map(_is_empty, columns[width:])) else None


def _is_empty(cells: Sequence[str]) -> bool:
    return all(map(is_absent, cells))


def _table_of(reading: Reading, header: Row | None, delimiter: str) -> Rows:
    return Rows.of(reading, _header(reading, header, delimiter), _texts)


def _records(rows: Iterator[Row], table: Rows) -> Iterator[Record]:
    width, padding = table.layout.width, [""] * table.layout.width
    for number, cells, error, source in rows:
        if cells is None or (len(cells) > width and not _is_empty(cells[width:])):
            yield rejected(number, None, "resolve", error or _too_many(cells or (), width), source)
        else:
            if len(cells) != width:
                cells = (cells + padding)[:width]
            yield table.record(number, cells, source)


def _header(reading: Reading, row: Row | None, delimiter: str) -> list[str]:
    name = reading.source.name
    if row is None:
        raise InvalidHistory(f"{name}: line 1: there is no header; expected the names of the columns")
    place = f"{name}: line {row.line - reading.before}"
    if row.cells is None:
        raise InvalidHistory(f"{place}: the header cannot be read: {row.error and row.error.message}")
    header = [cell.strip() for cell in row.cells]
    others = [other for other in _DELIMITERS if other in header[0]] if len(header) == 1 else []
    if others and reading.delimiter is None:
        most = max(others, key=header[0].count)
        raise InvalidHistory(
            f"{place}: the header is one column, {shown(header[0])}; expected columns separated by "
            f"{_DELIMITERS.get(delimiter, repr(delimiter))}, or the delimiter that is used "
            f"(delimiter, --delimiter {'tab' if most == TAB else repr(most)})"
        )
    return header


def _texts(cell: str) -> Sequence[str]:
    return () if not cell or cell.isspace() else (cell,)


def _too_many(cells: Sequence[str], width: int) -> LineError:
    return LineError(
        Reason.TOO_MANY_CELLS,
        f"the row has {len(cells)} cells; expected at most {width}, as many as the header",
    )


def read_rows(
    lines: Iterator[bytes],
    delimiter: str,
    number: int = 1,
    *,
    longest: int = LONGEST,
    encoding: str | None = None,
) -> Iterator[Row]:
    """Return the rows, blank lines left out; the first line has the *number*.

    Holds the lines of one row; a row that does not end within the longest field that ``csv`` allows (131,072
    characters), nor within *longest* bytes, is taken for an unclosed quote.
    """
    feed = _Feed(lines, longest)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.taken.clear()
        cells: list[str] | None
        error: LineError | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            cells, error = _alone(feed.taken[0], delimiter, cause)
            feed.give_back()
        except LineError as refusal:  # the line alone is too long
            cells, error = None, refusal
        source = feed.taken[0] if len(feed.taken) == 1 else b"".join(feed.taken)
        if not feed.is_utf8:
            error, feed.is_utf8 = _not_utf8(source, encoding) or error, True
        if error is not None:
            yield Row(number, None, error, source)
        elif cells is not None and (len(cells) > 1 or not source.isspace()):
            yield Row(number, cells, None, source)
        number += len(feed.taken)


class _Feed:
    """Lines as text for ``csv.reader``, which remember what the row has taken and can be given back."""

    __slots__ = ("_again", "_held", "_lines", "_longest", "is_utf8", "taken")

    def __init__(self, lines: Iterator[bytes], longest: int) -> None:
        self._lines = lines
        self._longest = longest
        self._held = 0
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self.is_utf8 = True
        """False once a line of the row is not; the reader of rows sets it back."""

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        taken = self.taken
        taken.append(line)
        if type(line) is not bytes or len(taken) > 1:
            self._check(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.is_utf8 = False
            return line.decode("utf-8", "surrogateescape")

    def _check(self, line: bytes) -> None:
        """Refuse a line that is too long, and a row of many lines that together are."""
        if len(self.taken) == 1:
            assert isinstance(line, CutLine), line
            raise line.refusal
        self._held = len(line) + (self._held if len(self.taken) > 2 else len(self.taken[0]))
        if isinstance(line, CutLine) or self._held > self._longest:
            raise csv.Error(f"it goes on for more than {self._longest:,} bytes")

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


def _not_utf8(source: bytes, encoding: str | None) -> LineError | None:
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return not_utf8(error, encoding)
    return None
