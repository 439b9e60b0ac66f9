"""Rows of Arrow: record batches as one resolve command a row, whatever they come from.

A column is checked by its type before any row is read: a floating-point one has lost digits for good, so it
is refused for all of the source. A cell that its type cannot hold (a date after the year 9999, a text that is no
UTF-8) costs its row alone. ``raw`` of a record shows the columns that are read, not the ignored ones.
"""

import importlib
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import attrs

from resolver.display import quoted
from resolver.errors import InvalidHistory, shown
from resolver.history.encoded import FEW, Encoded, TextsOf, encoded_arrow, usual_times
from resolver.history.reading import Reading
from resolver.history.record import Record
from resolver.history.tables import RESERVED, Layout, Rows, RowSources, Table, is_absent, map_text, text_of
from resolver.history.times import Times, TypedTime

BATCH = 8192
"""Rows that are read at a time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

_TIMES = ("null", "string", "large_string", "string_view", "integer", "timestamp", "date", "time")
_TEXTS = ("null", "string", "large_string", "string_view", "binary", "large_binary", "binary_view", "integer")
_LISTS = ("list", "large_list", "fixed_size_list", "list_view", "large_list_view")


@attrs.frozen
class ArrowData:
    """Rows that can be read: their schema, their number, and the names of the columns of UUIDs, or lists of them.

    ``read`` yields record batches that have only the columns at the given places, in that order.
    """

    schema: Any
    rows: int
    uuids: Collection[str]
    read: Callable[[Sequence[int]], Iterable[Any]]


@attrs.frozen
class Batch:
    """Rows that follow one another, as columns of Arrow: those that are used. The first row has the number *first*."""

    first: int
    count: int
    names: Sequence[str]
    columns: Sequence[Any]
    rows: Rows
    reader: "Reader"
    lines: Sequence[bytes] = ()
    """The rows as they were, where they were lines of text."""

    def table(self) -> Table:
        """Return the rows with the values of Python. O(cells)."""
        columns = [self.reader.cells(name, column) for name, column in zip(self.names, self.columns, strict=True)]
        return Table(self.first, self.count, columns, self.rows, self.lines, self.names)

    def cells(self, place: int) -> Sequence[Any]:
        """Return the cells of a column."""
        return self.reader.cells(self.names[place], self.columns[place])

    def row(self, row: int) -> Sequence[Any]:
        """Return the cells of a row, counted from 0."""
        pairs = zip(self.names, self.columns, strict=True)
        return [self.reader.cells(name, column.slice(row, 1))[0] for name, column in pairs]

    def sources(self) -> Sequence[Any]:
        """Return what the records of the rows have as their sources."""
        return self.lines or BatchSources(self.names, self.columns, self.reader)

    def encoded(self, place: int, separator: str | None) -> Encoded:
        """Return a column of identifiers, or of refs."""
        return self.reader.encoded(self.names[place], self.columns[place], self.rows.reader_of(separator), separator)

    def usual_times(self, place: int) -> "array[int] | None":
        """Return a column of times if all of them are plain."""
        return self.reader.usual_times(self.columns[place], self.rows.times)

    def records(self) -> Iterator[Record]:
        """Yield the rows as records."""
        return self.table().records()


class BatchSources(Sequence[dict[str, Any]]):
    """Rows of Arrow as dicts by the names of their columns, each made when it is asked for; pickled as Arrow."""

    def __init__(self, names: Sequence[str], columns: Sequence[Any], reader: "Reader") -> None:
        self._names = names
        self._columns = columns
        self._reader = reader
        self._asked = 0
        self._rows: RowSources | None = None

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0

    def __getitem__(self, row: Any) -> Any:
        self._asked += 1
        pairs = zip(self._names, self._columns, strict=True)
        if self._asked == FEW:  # a cell alone costs as much as some hundred of a column
            self._rows = RowSources(self._names, [self._reader.cells(name, column) for name, column in pairs])
        if self._rows is not None:
            return self._rows[row]
        return {name: self._reader.cells(name, column.slice(row, 1))[0] for name, column in pairs}

    def __reduce__(self) -> "tuple[Any, tuple[Any, ...]]":
        return _sources_from, (self._names, *self._reader.written(self._columns))


def _sources_from(names: Sequence[str], uuids: Collection[str], stream: bytes) -> BatchSources:
    arrow = arrow_of("a batch", "Arrow")
    with arrow.ipc.open_stream(stream) as opened:
        return BatchSources(names, opened.read_next_batch().columns, Reader(arrow, uuids))


def arrow_batches(
    reading: Reading, arrow: Any, opened: AbstractContextManager[ArrowData], what: str
) -> Iterator[Batch]:
    """Yield the rows of what is opened, batch by batch; ``InvalidHistory`` if it cannot be read as *what* it is."""
    source, done = reading.source, 0
    try:
        with opened as data:
            every = rows_of(reading, data.schema.names)
            Types(arrow, source.name, data).check(every.layout)
            used, rows = every.narrowed()
            reader = Reader(arrow, data.uuids)
            names = [data.schema.names[place] for place in used]
            source.position = 0
            for batch in data.read(used):
                yield Batch(reading.before + done + 1, batch.num_rows, names, batch.columns, rows, reader)
                done += batch.num_rows
                source.position = (source.size or 0) * done // data.rows
                arrow.default_memory_pool().release_unused()  # it would keep several times what a batch takes
            source.length = data.rows
    except MemoryError:  # which Arrow's own is too
        raise
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:  # the last, for a name in a damaged schema
        place = f"after row {done}" if done else "row 1"
        raise InvalidHistory(f"{source.name}: {place}: cannot be read as {what}: {error}") from error


def rows_of(reading: Reading, header: Sequence[str]) -> Rows:
    """Return how rows are read; ``InvalidHistory`` if no column of a frame or a query is one of identifiers."""
    rows = Rows.of(reading, header, texts_in)
    known = {*reading.known_types, *reading.columns}.difference(RESERVED)
    if reading.is_file or rows.layout.identifiers or known.intersection((*header, *reading.columns)):
        return rows
    id_types = list(reading.id_types or ())
    others = [name for name in header if name not in RESERVED]
    expected = "a column of that name"
    if id_types and others:
        near = [pair for pair in rows.layout.near if pair[0] in id_types]
        id_type, column = near[0] if near else (id_types[0], others[0])
        expected = f"for example columns={{{id_type!r}: {column!r}}} (--map {quoted(map_text(id_type, [column]))})"
    raise InvalidHistory(
        f"{reading.source.name}: no column is an idType ({', '.join(id_types)}); the columns are "
        f"{shown([*header], 500)}; expected {expected}"
    )


def arrow_of(name: str, what: str = "Parquet") -> Any:
    """Return pyarrow, to read the source *name* with; ``InvalidHistory`` that says how to install it."""
    try:
        arrow = importlib.import_module("pyarrow")
        for part in ("compute", "parquet"):  # which pyarrow does not import by itself
            importlib.import_module(f"pyarrow.{part}")
    except ImportError as error:
        raise InvalidHistory(
            f"{name}: {what} needs pyarrow, which is not installed; pip install 'idresolver[parquet]'"
        ) from error
    return arrow


def texts_in(cell: object) -> Sequence[str]:
    """Return the values in a cell: a text, an integer, bytes, or a list of them."""
    if isinstance(cell, list):
        return [text_of(one) for one in cell if not is_absent(one)]
    return () if is_absent(cell) else (text_of(cell),)


class Reader:
    """What reads the cells of columns; the dictionary of encoded ones, which batches share, once."""

    def __init__(self, arrow: Any, uuids: Collection[str]) -> None:
        self._arrow = arrow
        self._uuids = uuids
        self._dictionaries: dict[str, tuple[Any, list[Any]]] = {}

    def cells(self, name: str, column: Any) -> list[Any]:
        """Return the cells of the column of that name."""
        is_uuid = name in self._uuids
        if not self._arrow.types.is_dictionary(column.type):
            return cells_of(self._arrow, column, is_uuid=is_uuid)
        known = self._dictionaries.get(name)  # decoded here, as pyarrow cannot for every type
        if known is None or not _is_same(known[0], column.dictionary):
            cells = cells_of(self._arrow, column.dictionary, is_uuid=is_uuid)
            known = self._dictionaries[name] = column.dictionary, cells
        return [None if code is None else known[1][code] for code in column.indices.to_pylist()]

    def written(self, columns: Sequence[Any]) -> tuple[Collection[str], bytes]:
        """Return the columns as a stream of one batch, and which of them hold UUIDs."""
        batch = self._arrow.RecordBatch.from_arrays(columns, [str(place) for place in range(len(columns))])
        sink = self._arrow.BufferOutputStream()
        with self._arrow.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return self._uuids, sink.getvalue().to_pybytes()

    def encoded(self, name: str, column: Any, texts_of: TextsOf, separator: str | None) -> Encoded:
        """Return the column of that name, encoded."""
        return encoded_arrow(self._arrow, column, partial(self.cells, name), texts_of, separator, texts_in)

    def usual_times(self, column: Any, times: Times) -> "array[int] | None":
        """Return a column of times as milliseconds if it is of integers, or of moments with a zone; else None."""
        return usual_times(self._arrow, column, times)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two arrays, of which the first is still held, are the same memory."""
    if (one.type, one.offset, len(one)) != (other.type, other.offset, len(other)):
        return False
    pairs = zip(one.buffers(), other.buffers(), strict=True)
    return all((a and a.address) == (b and b.address) for a, b in pairs)


def cells_of(arrow: Any, column: Any, *, is_uuid: bool) -> list[Any]:
    """Return the cells of a column; times by arithmetic, as pyarrow needs pandas for some, and fails at others."""
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


class Types:
    """The types of columns, each read for what it is named for, or refused by its name."""

    def __init__(self, arrow: Any, name: str, data: ArrowData) -> None:
        self._types = arrow.types
        self._name = name
        self._data = data

    def check(self, layout: Layout) -> None:
        """Raise ``InvalidHistory`` for a column whose type cannot be read as what it is named for."""
        for place in layout.at:
            self._check(place, _TIMES, "timestamps, text or integers")
        for place in layout.ref:
            self._check(place, _TEXTS, "text or integers")
        for _, places in layout.identifiers:
            for place in places:
                self._check(place, _TEXTS, "text, integers or lists of them", in_list=True)

    def _check(self, place: int, allowed: Sequence[str], expected: str, *, in_list: bool = False) -> None:
        field = self._data.schema.field(place)
        kind = field.type
        if in_list and self._is_any(kind, _LISTS):
            kind = kind.value_type
        if self._types.is_dictionary(kind):
            kind = kind.value_type
        if self._types.is_floating(kind):
            pandas = ", as astype('Int64') makes of a column with gaps" if self._is_of_pandas else ""
            raise InvalidHistory(
                f"{self._name}: column {field.name!r} holds floating-point numbers ({field.type}), which lose digits; "
                f"expected {expected}{pandas}"
            )
        if allowed is _TEXTS and field.name in self._data.uuids and not self._types.is_nested(kind):
            return
        is_whole = self._types.is_decimal(kind) and kind.scale == 0
        if not is_whole and not self._is_any(kind, allowed):
            raise InvalidHistory(f"{self._name}: column {field.name!r} is of type {field.type}; expected {expected}")

    @property
    def _is_of_pandas(self) -> bool:
        return b"pandas" in (self._data.schema.metadata or {})

    def _is_any(self, kind: Any, names: Sequence[str]) -> bool:
        """Whether a type is one of those named; older versions of pyarrow lack some."""
        tests = (getattr(self._types, f"is_{name}", None) for name in names)
        return any(test is not None and test(kind) for test in tests)
