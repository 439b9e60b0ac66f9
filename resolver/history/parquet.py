"""Parquet: one resolve command a row, read batch by batch through pyarrow.

A column is checked by its type before any row is read: a floating-point one has lost digits for good, so it
is refused for the file as a whole. A cell that its type cannot hold (a date after the year 9999, a text that is no
UTF-8) costs its row alone. ``raw`` of a record shows the columns that are read, not the ignored ones.
"""

import importlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from resolver.errors import InvalidHistory
from resolver.history.reading import Reading
from resolver.history.record import Record
from resolver.history.tables import Block, Layout, Rows, Table, is_absent, text_of
from resolver.history.times import TypedTime

_BATCH = 8192
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_TIMES = ("null", "string", "large_string", "string_view", "integer", "timestamp", "date", "time")
_TEXTS = ("null", "string", "large_string", "string_view", "binary", "large_binary", "binary_view", "integer")
_LISTS = ("list", "large_list", "fixed_size_list", "list_view", "large_list_view")
_UUID = "UUID"
"""The logical type of Parquet; in Arrow it is an extension type, or 16 bytes where pyarrow does not know that."""


def read_parquet(reading: Reading) -> Iterator[Record]:
    """Give the records of a Parquet file; its rows are numbered from 1."""
    for block in parquet_blocks(reading):
        yield from block.records()


def parquet_blocks(reading: Reading) -> Iterator[Block]:
    """Give the rows of a Parquet file batch by batch, as columns."""
    source = reading.source
    arrow = arrow_of(source.name)
    done = 0
    try:
        # INT96 is read as nanoseconds unless told otherwise, which hold the years 1677 to 2262 only
        with arrow.parquet.ParquetFile(source.file(), coerce_int96_timestamp_unit="us") as file:
            every = Rows.of(reading, file.schema_arrow.names, _texts)
            types = _Types(arrow, source.name, file)
            types.check(every.layout)
            source.position, size, total = 0, source.size or 0, file.metadata.num_rows
            used, rows = every.narrowed()
            names = [file.schema_arrow.names[place] for place in used]
            for batch in file.iter_batches(batch_size=_BATCH, columns=names):
                columns = [_cells(arrow, batch.column(name), is_uuid=types.is_uuid(name)) for name in names]
                table = Table(reading.before + done + 1, batch.num_rows, columns, rows)
                yield Block(table, partial(_records, table, names))
                done += batch.num_rows
                source.position = size * done // total
            source.length = total
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:  # the last, for a name in a damaged schema
        place = f"after row {done}" if done else "row 1"
        raise InvalidHistory(f"{source.name}: {place}: cannot be read as Parquet: {error}") from error


def arrow_of(name: str) -> Any:
    """Return pyarrow, to read the file *name* with; ``InvalidHistory`` that says how to install it where it is not."""
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


def _cells(arrow: Any, column: Any, *, is_uuid: bool) -> list[Any]:
    """Return the cells of a column; times by arithmetic, as pyarrow needs pandas for some, and fails at others."""
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if arrow.types.is_timestamp(kind):
        return [_moment(ticks, kind) for ticks in column.view("int64").to_pylist()]
    if arrow.types.is_date(kind):
        in_day = 1 if kind.bit_width == 32 else 86_400_000
        return [None if ticks is None else _date(ticks // in_day) for ticks in _ticks(column)]
    if arrow.types.is_time(kind):
        return [None if ticks is None else _hour(ticks, kind.unit) for ticks in _ticks(column)]
    try:
        cells: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        cells = [_cell(scalar) for scalar in column]
    if arrow.types.is_decimal(kind):
        return [None if cell is None else int(cell) for cell in cells]
    return [*map(_uuid, cells)] if is_uuid else cells


def _uuid(cell: Any) -> Any:
    """Return a UUID as text, of which older versions of pyarrow give the 16 bytes; each of a list."""
    if cell is None:
        return None
    if isinstance(cell, list):
        return [*map(_uuid, cell)]
    return str(UUID(bytes=cell) if isinstance(cell, bytes) else cell)


def _ticks(column: Any) -> list[int | None]:
    ticks: list[int | None] = column.view(f"int{column.type.bit_width}").to_pylist()
    return ticks


def _cell(scalar: Any) -> Any:
    """Return one cell; the bytes of a text that is no UTF-8."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return [_cell(one) for one in scalar.values] if hasattr(scalar, "values") else scalar.as_buffer().to_pybytes()


def _moment(ticks: int | None, kind: Any) -> datetime | str | None:
    """Return a timestamp, naive where the column has no zone; as a text where Python has no such year."""
    if ticks is None:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=ticks * 1_000_000 // _TICKS[kind.unit])
    except OverflowError:
        return f"{ticks} {kind.unit} since 1970"
    return moment if kind.tz is not None else moment.replace(tzinfo=None)


def _date(days: int) -> str:
    """Return a date as text; infinity, which databases write, and years that Python lacks are no date."""
    try:
        return TypedTime((_EPOCH + timedelta(days=days)).date())
    except OverflowError:
        return f"{days} days since 1970"


def _hour(ticks: int, unit: str) -> str:
    try:
        return TypedTime((datetime.min + timedelta(microseconds=ticks * 1_000_000 // _TICKS[unit])).time())
    except OverflowError:
        return f"{ticks} {unit} after midnight"


class _Types:
    """The types of a file's columns, each read for what it is named for, or refused by its name."""

    def __init__(self, arrow: Any, name: str, file: Any) -> None:
        self._types = arrow.types
        self._name = name
        self._schema = file.schema_arrow
        leaves = (file.schema.column(place) for place in range(len(file.schema)))
        self._uuids = [leaf.path for leaf in leaves if leaf.logical_type.type == _UUID]

    def check(self, layout: Layout) -> None:
        """Raise ``InvalidHistory`` for a column whose type cannot be read as what it is named for."""
        for place in layout.at:
            self._check(place, _TIMES, "timestamps, text or integers")
        for place in layout.ref:
            self._check(place, _TEXTS, "text or integers")
        for _, places in layout.identifiers:
            for place in places:
                self._check(place, _TEXTS, "text, integers or lists of them", in_list=True)

    def is_uuid(self, name: str) -> bool:
        """Whether a column holds UUIDs, or lists of them."""
        return any(path == name or path.startswith(f"{name}.") for path in self._uuids)

    def _check(self, place: int, allowed: Sequence[str], expected: str, *, in_list: bool = False) -> None:
        field = self._schema.field(place)
        kind = field.type
        if in_list and self._is_any(kind, _LISTS):
            kind = kind.value_type
        if self._types.is_dictionary(kind):
            kind = kind.value_type
        if self._types.is_floating(kind):
            raise InvalidHistory(
                f"{self._name}: column {field.name!r} holds floating-point numbers ({field.type}), which lose digits; "
                f"expected {expected}"
            )
        if allowed is _TEXTS and self.is_uuid(field.name) and not self._types.is_nested(kind):
            return
        is_whole = self._types.is_decimal(kind) and kind.scale == 0
        if not is_whole and not self._is_any(kind, allowed):
            raise InvalidHistory(f"{self._name}: column {field.name!r} is of type {field.type}; expected {expected}")

    def _is_any(self, kind: Any, names: Sequence[str]) -> bool:
        """Whether a type is one of those named; older versions of pyarrow lack some."""
        tests = (getattr(self._types, f"is_{name}", None) for name in names)
        return any(test is not None and test(kind) for test in tests)
