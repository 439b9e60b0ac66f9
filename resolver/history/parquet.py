"""Parquet: one resolve command a row, read batch by batch through pyarrow.

A column is checked by its type before any row is read: a floating-point one has lost digits for good, so it
is refused for the file as a whole. ``raw`` of a record shows the columns that are read, not the ignored
ones.
"""

import importlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from resolver.errors import InvalidHistory
from resolver.history.reading import Reading
from resolver.history.record import Record
from resolver.history.tables import Block, Layout, Rows, Table, is_absent, text_of

_BATCH = 8192
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_TEXTS = ("null", "string", "large_string", "string_view", "binary", "large_binary", "binary_view", "integer")
_LISTS = ("list", "large_list", "fixed_size_list")
_TIMES = ("null", "string", "large_string", "string_view", "integer", "timestamp", "date", "time")


def read_parquet(reading: Reading) -> Iterator[Record]:
    """Give the records of a Parquet file; its rows are numbered from 1."""
    for block in parquet_blocks(reading):
        yield from block.records()


def parquet_blocks(reading: Reading) -> Iterator[Block]:
    """Give the rows of a Parquet file batch by batch, as columns."""
    source = reading.source
    arrow = _arrow(source.name)
    done = 0
    try:
        with arrow.parquet.ParquetFile(source.file()) as file:
            every = Rows.of(reading, file.schema_arrow.names, _texts)
            _check_types(arrow, source.name, file.schema_arrow, every.layout)
            source.position, size, total = 0, source.size or 0, file.metadata.num_rows
            used, rows = every.narrowed()
            names = [file.schema_arrow.names[place] for place in used]
            for batch in file.iter_batches(batch_size=_BATCH, columns=names):
                columns = [_cells(batch.column(name)) for name in names]
                table = Table(done + 1, batch.num_rows, columns, rows)
                yield Block(table, partial(_records, table, names))
                done += batch.num_rows
                source.position = size * done // total
    except (arrow.ArrowException, OSError) as error:
        place = f"after row {done}" if done else "row 1"
        raise InvalidHistory(f"{source.name}: {place}: cannot be read as Parquet: {error}") from error


def _arrow(name: str) -> Any:
    try:
        arrow = importlib.import_module("pyarrow")
        importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise InvalidHistory(
            f"{name}: Parquet needs pyarrow, which is not installed; pip install 'idresolver[parquet]'"
        ) from error
    return arrow


def _records(table: Table, names: Sequence[str]) -> Iterator[Record]:
    for number, row in enumerate(table.across(), table.first):
        yield table.rows.record(number, row, dict(zip(names, row, strict=True)))


def _texts(cell: object) -> Sequence[str]:
    if isinstance(cell, list):
        return [text_of(one) for one in cell if not is_absent(one)]
    return () if is_absent(cell) else (text_of(cell),)


def _cells(column: Any) -> list[Any]:
    """Give the cells of a column; timestamps, which pyarrow may need pandas for, by arithmetic."""
    kind = str(column.type)
    if kind.startswith("timestamp"):
        return [_moment(ticks, column.type) for ticks in column.view("int64").to_pylist()]
    cells: list[Any] = column.to_pylist()
    if kind.startswith(("date", "time")):
        return [None if cell is None else str(cell) for cell in cells]
    return cells


def _moment(ticks: int | None, kind: Any) -> datetime | str | None:
    """Give a timestamp, naive where the column has no zone; as a text where Python has no such year."""
    if ticks is None:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=ticks * 1_000_000 // _TICKS[kind.unit])
    except OverflowError:
        return f"{ticks} {kind.unit} since 1970"
    return moment if kind.tz is not None else moment.replace(tzinfo=None)


def _check_types(arrow: Any, name: str, schema: Any, layout: Layout) -> None:
    """Refuse the columns whose type cannot be read as what they are named for."""
    for place in layout.at:
        _check_type(arrow, name, schema.field(place), _TIMES, "timestamps, text or integers")
    for place in layout.ref:
        _check_type(arrow, name, schema.field(place), _TEXTS, "text or integers")
    for _, places in layout.identifiers:
        for place in places:
            _check_type(arrow, name, schema.field(place), _TEXTS + _LISTS, "text, integers or lists of them")


def _check_type(arrow: Any, name: str, field: Any, allowed: Sequence[str], expected: str) -> None:
    kind = field.type
    while arrow.types.is_dictionary(kind) or (_is_any(arrow, kind, _LISTS) and _LISTS[0] in allowed):
        kind = kind.value_type
    if arrow.types.is_floating(kind):
        raise InvalidHistory(
            f"{name}: column {field.name!r} holds floating-point numbers ({field.type}), which lose digits; "
            f"expected {expected}"
        )
    if not _is_any(arrow, kind, allowed) and not _is_whole_decimal(arrow, kind):
        raise InvalidHistory(f"{name}: column {field.name!r} is of type {field.type}; expected {expected}")


def _is_any(arrow: Any, kind: Any, names: Sequence[str]) -> bool:
    return any(getattr(arrow.types, f"is_{name}")(kind) for name in names)


def _is_whole_decimal(arrow: Any, kind: Any) -> bool:
    return bool(arrow.types.is_decimal(kind)) and kind.scale == 0
