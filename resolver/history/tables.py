"""CSV: a header, then one resolve command a row."""

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice

from resolver.errors import InvalidHistory, shown
from resolver.history.blocks import Block, Table
from resolver.history.columns import Layout
from resolver.history.csvrows import Row, read_rows
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, Record, rejected
from resolver.history.rows import is_absent, read_row
from resolver.history.times import Times

SEVERAL = "|"
"""What stands between several values in one cell."""

_OTHER_DELIMITERS = ",;\t|"


_BLOCK = 8192


def read_csv(reading: Reading, delimiter: str = ",") -> Iterator[Record]:
    """Give the records of a CSV file; a row shorter than the header lacks the cells at its end."""
    rows = read_rows(reading.source.lines(gzipped=reading.gzipped), delimiter)
    layout = _layout(reading, next(rows, None))
    return _records(rows, layout, reading.times)


def csv_blocks(reading: Reading, delimiter: str = ",") -> Iterator[Block]:
    """Give the rows of a CSV file block by block, as columns where each line of a block is one full row.

    Where a quoted cell goes over the end of a line, the rest of the file is one block of records.
    """
    lines = reading.source.lines(gzipped=reading.gzipped)
    feed = _Lines(lines)
    layout = _layout(reading, next(read_rows(feed, delimiter), None))
    while taken := list(islice(lines, _BLOCK)):
        first = feed.taken + 1
        cells = _cells(taken, delimiter)
        if cells is None:
            rows = read_rows(chain(taken, lines), delimiter, first)
            yield Block(None, partial(_records, rows, layout, reading.times))
            return
        feed.taken += len(taken)
        table = None
        if {*map(len, cells)} == {layout.width} and layout.width > 1:
            columns = list(zip(*cells, strict=True))
            table = Table(first, len(taken), layout, columns, reading.times, _texts)
        rows = read_rows(iter(taken), delimiter, first)
        yield Block(table, partial(_records, rows, layout, reading.times))


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
    """Give the cells of lines that are a row each, None if any is not."""
    try:
        rows = list(csv.reader(map(bytes.decode, lines), delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError):
        return None
    return rows if len(rows) == len(lines) else None


def _layout(reading: Reading, header: Row | None) -> Layout:
    name = reading.source.name
    layout = Layout.of(name, _header(name, header), reading.columns, reading.id_types)
    reading.ignored.note(layout.ignored)
    reading.near.update(layout.near)
    return layout


def _records(rows: Iterator[Row], layout: Layout, times: Times) -> Iterator[Record]:
    width, padding = layout.width, [""] * layout.width
    for number, cells, error, source in rows:
        if cells is None or len(cells) > width:
            yield rejected(number, None, "resolve", error or _too_many(cells or (), width), source)
        else:
            if len(cells) < width:
                cells = (cells + padding)[:width]
            yield read_row(number, layout, cells, texts_of=_texts, times=times, source=source)


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
    if not cell or cell.isspace():
        return ()
    return (cell,) if SEVERAL not in cell else [text for text in cell.split(SEVERAL) if not is_absent(text)]


def _too_many(cells: Sequence[str], width: int) -> LineError:
    return LineError(
        Reason.TOO_MANY_CELLS,
        f"the row has {len(cells)} cells; expected at most {width}, as many as the header",
    )
