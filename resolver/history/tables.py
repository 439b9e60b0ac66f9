"""CSV: a header, then one resolve command a row."""

from collections.abc import Iterator, Sequence

from resolver.errors import InvalidHistory, shown
from resolver.history.columns import Layout
from resolver.history.csvrows import Row, read_rows
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, Record, rejected
from resolver.history.rows import is_absent, read_row

SEVERAL = "|"
"""What stands between several values in one cell."""

_OTHER_DELIMITERS = ",;\t|"


def read_csv(reading: Reading) -> Iterator[Record]:
    """Give the records of a CSV file; a row shorter than the header lacks the cells at its end."""
    return _read(reading, ",")


def read_tsv(reading: Reading) -> Iterator[Record]:
    """Give the records of a CSV file whose cells are separated by tabs."""
    return _read(reading, "\t")


def _read(reading: Reading, delimiter: str) -> Iterator[Record]:
    name = reading.source.name
    rows = read_rows(reading.source.lines(gzipped=reading.gzipped), delimiter)
    header = _header(name, next(rows, None))
    layout = Layout.of(name, header, reading.columns, reading.id_types)
    reading.ignored.note(layout.ignored)
    reading.near.update(layout.near)
    times, width, padding = reading.times, layout.width, [""] * layout.width
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
