r"""Delimited text, CSV and tab-separated: a header, then one resolve command a row.

One bad quote costs one line and never the rest of the file: the ``csv`` module reads an unclosed quote to the
end. Here a row that cannot be read gives up its first line only, and reading goes on with the second.

>>> lines = [b'1,"ada\n', b'2,bob\n', b'3,"two\n', b'lines"\n']
>>> [(row.line, row.cells) for row in read_rows(iter(lines), ",")]
[(1, None), (2, ['2', 'bob']), (3, ['3', 'two\nlines'])]
"""

import csv
import importlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import attrs

from resolver.errors import InvalidHistory, shown
from resolver.history.arrow import Batch, Reader
from resolver.history.arrow_sources import columns_of_lines
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

_MANY = 12 * _BLOCK
"""Lines that are read before Arrow is: that takes a tenth of a second to import."""


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


def csv_parts(reading: Reading, size: int, delimiter: str = ",") -> Iterator[Batch | Table | Iterator[Record]]:
    """Yield the rows of a CSV file in blocks: as columns where each line of a block is one full row, else as records.

    Columns are of Arrow, of *size* lines, where there are many and they are plain. A part is read before the next one
    is asked for.
    """
    text, header = _opened(reading, delimiter)
    rows = _table_of(reading, header, text.delimiter)
    plain = _PlainReader(rows, [] if header is None else _header(reading, header, text.delimiter), text.delimiter)
    number, pending = text.number, list[bytes]()
    was_plain = True
    while True:
        is_long = number - text.number >= _MANY
        wanted = size if is_long and was_plain else _BLOCK
        taken = [*pending[:wanted], *islice(text.lines, max(0, wanted - len(pending)))]
        pending = pending[wanted:]
        if not taken:
            return
        part: Batch | Table | None = plain.part(number, taken) if is_long else None
        was_plain = part is not None or not is_long
        if part is None:
            pending, taken = [*taken[_BLOCK:], *pending], taken[:_BLOCK]
            part = _table(number, taken, text.delimiter, rows)
        if part is not None:
            yield part
            number += len(taken)
            continue
        feed = _Feed(chain(taken, pending, text.lines), text.longest)
        yield _records(_until(attrs.evolve(text, number=number).rows(feed), feed, len(taken)), rows)
        fetched = feed.count + len(feed.again)
        pending = [*feed.again, *pending[max(0, fetched - len(taken)) :]]
        number += feed.count


def _until(rows: Iterator[Row], feed: "_Feed", count: int) -> Iterator[Row]:
    """Yield rows until so many lines of the feed were read; the last row may end behind them."""
    for row in rows:
        yield row
        if feed.count >= count:
            return


def _table(number: int, lines: Sequence[bytes], delimiter: str, rows: Rows) -> Table | None:
    """Return lines as a table of Python values; None if any is not one full row."""
    cells = _cells(lines, delimiter)
    columns = None if cells is None else _columns(cells, rows.layout.width)
    return None if columns is None else Table(number, len(lines), columns, rows, lines=lines)


class _PlainReader:
    """Reads plain lines as columns of Arrow, where that is installed."""

    def __init__(self, rows: Rows, header: Sequence[str], delimiter: str) -> None:
        self._used, self._rows = rows.narrowed()
        self._names = [header[place] for place in self._used]
        self._width = rows.layout.width
        self._delimiter = delimiter
        self._reader: Reader | None = None
        self._arrow: Any = None

    def part(self, number: int, lines: Sequence[bytes]) -> Batch | None:
        """Return lines as columns, None if they are not plain."""
        if self._reader is None:
            try:
                self._arrow = importlib.import_module("pyarrow")
            except ImportError:
                return None
            self._reader = Reader(self._arrow, ())
        columns = columns_of_lines(self._arrow, lines, self._delimiter, self._used, self._width)
        if columns is None:
            return None
        return Batch(number, len(lines), self._names, columns, self._rows, self._reader, lines)


def header_and_rows(reading: Reading, delimiter: str = ",") -> tuple[Row | None, Iterator[Row]]:
    """Return the first row of a text and those after it; None where there is none."""
    text, header = _opened(reading, delimiter)
    return header, text.rows()


def delimiter_in(header: Row, usual: str = ",", encoding: str | None = None) -> str | None:
    r"""Return the delimiter that a header has which is one cell under the *usual* one; None where it has no other.

    >>> delimiter_in(Row(1, ["ref;person"], None, b"ref;person\n")), delimiter_in(Row(1, ["id"], None, b"id\n"))
    (';', None)
    """
    text = header.source.decode(encoding or "utf-8", "replace")
    best = max(_DELIMITERS, key=lambda each: (text.count(each), each == usual))
    is_one = header.cells is not None and len(header.cells) == 1
    return best if is_one and best != usual and best in text else None


@attrs.frozen
class _Text:
    """The lines of a text that are still to be read, and how: the next has the *number*."""

    lines: Iterator[bytes]
    delimiter: str
    number: int
    longest: int
    encoding: str | None

    def rows(self, feed: "_Feed | None" = None) -> Iterator[Row]:
        feed = feed or _Feed(self.lines, self.longest)
        return _rows(feed, self.delimiter, self.number, self.encoding)


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
    return _rows(_Feed(lines, longest), delimiter, number, encoding)


def _rows(feed: "_Feed", delimiter: str, number: int, encoding: str | None) -> Iterator[Row]:
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

    __slots__ = ("_held", "_lines", "_longest", "again", "count", "is_utf8", "taken")

    def __init__(self, lines: Iterator[bytes], longest: int) -> None:
        self._lines = lines
        self._longest = longest
        self._held = 0
        self.again: deque[bytes] = deque()
        """What was read and given back."""
        self.count = 0
        """How many lines were read and not given back."""
        self.taken: list[bytes] = []
        self.is_utf8 = True
        """False once a line of the row is not; the reader of rows sets it back."""

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self._lines)
        self.count += 1
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
        self.again.extendleft(reversed(self.taken[1:]))
        self.count -= len(self.taken) - 1
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
