"""What Arrow reads: objects of any library that gives a stream, Parquet files, and plain lines of CSV.

Data frames, tables, relations and readers have an ``__arrow_c_stream__``. What knows its length is taken as a table in
memory, at no cost where it is one of Arrow. A stream gives its rows once, so they are copied to a temporary file first,
which goes when the history does.
"""

import importlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from resolver.errors import InvalidHistory
from resolver.history.arrow import BATCH, ArrowData, Batch, arrow_batches, arrow_of
from resolver.history.inputs import STREAM, named
from resolver.history.reading import Reading
from resolver.history.source import CHUNK, Source, copied_for

Opened = Callable[[Any], AbstractContextManager[Any]]
"""Opens, with pyarrow, a ``RecordBatchReader``."""

_EXTENSION = b"ARROW:extension:name"
_UUID = "arrow.uuid"
_PARQUET_UUID = "UUID"
"""The logical type of Parquet; in Arrow it is an extension type, or 16 bytes where pyarrow does not know that."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Arrow would leave it out at the beginning of any block."""

_spent: "weakref.WeakSet[Any]" = weakref.WeakSet()
"""Streams that were read: some give no rows the second time, and no error."""


class ArrowSource(Source):
    """Rows of Arrow, kept at the first reading: in memory if *is_held*, else in a temporary file."""

    def __init__(self, name: str, opened: Opened, *, what: str = "Arrow", is_held: bool = False) -> None:
        super().__init__(name)
        self.what = what
        self._opened = opened
        self._is_held = is_held
        self._table: Any = None
        self._file: tuple[Path, int] | None = None

    @classmethod
    def of(cls, given: Any) -> "ArrowSource":
        """Return the rows of an object that gives a stream of Arrow."""
        name = named(given).partition(" ")[2]
        return cls(name, lambda arrow: _stream(arrow, name, given), is_held=hasattr(type(given), "__len__"))

    @property
    def size(self) -> int | None:
        """The bytes in memory or in the temporary file; None until the rows were read once."""
        if self._table is not None:
            size: int = self._table.nbytes
            return size
        return None if self._file is None else self._file[0].stat().st_size

    @property
    def stamp(self) -> object:
        """Something, as the rows are kept at the first reading."""
        return True

    @contextmanager
    def data(self, arrow: Any, size: int) -> Iterator[ArrowData]:
        """Open the rows, at most *size* in a batch; the first call reads them all."""
        if self._table is None and self._file is None:
            self._keep(arrow)
        if self._table is not None:
            table = self._table
            yield ArrowData(
                table.schema, table.num_rows, uuids_in(table.schema), lambda used: _cut(table.select(used), size)
            )
            return
        assert self._file is not None
        path, rows = self._file
        with arrow.memory_map(str(path)) as file, arrow.ipc.open_stream(file) as reader:
            yield ArrowData(
                reader.schema, rows, uuids_in(reader.schema), lambda used: _cut(_selected(reader, used), size)
            )

    def _keep(self, arrow: Any) -> None:
        with self._opened(arrow) as reader:
            if self._is_held:
                self._table = reader.read_all()
                return
            rows = 0
            with copied_for(self) as (path, spool), arrow.ipc.new_stream(spool, reader.schema) as writer:
                for batch in self._read(arrow, reader):
                    writer.write_batch(batch)
                    rows += batch.num_rows
            self._file = path, rows

    def _read(self, arrow: Any, reader: Any) -> Iterator[Any]:
        """Yield the batches of a stream; what goes wrong there is told apart from what does in the file."""
        done = 0
        try:
            for batch in reader:
                done += batch.num_rows
                yield batch
        except MemoryError:  # which Arrow's own is too
            raise
        except (arrow.ArrowException, OSError) as error:
            place = f"after row {done}" if done else "row 1"
            raise InvalidHistory(f"{self.name}: {place}: cannot be read as {self.what}: {error}") from error


def arrow_stream_batches(reading: Reading, size: int = BATCH) -> Iterator[Batch]:
    """Return the rows of an Arrow object, or of a query that gives one, at most *size* in a batch; numbered from 1."""
    source = reading.source
    assert isinstance(source, ArrowSource), source
    arrow = arrow_of(source.name, source.what)
    return arrow_batches(reading, arrow, source.data(arrow, size), source.what)


def uuids_in(schema: Any) -> set[str]:
    """Return the names of the columns that hold UUIDs, or lists of them."""
    return {field.name for field in schema if any(map(_is_uuid, _nested(field)))}


def _nested(field: Any) -> Iterator[Any]:
    yield field
    inner = getattr(field.type, "value_field", None)
    if inner is not None:
        yield inner


def _is_uuid(field: Any) -> bool:
    told = (field.metadata or {}).get(_EXTENSION, b"").decode()  # where pyarrow does not know the type
    return _UUID in (getattr(field.type, "extension_name", None), told)


@contextmanager
def _stream(arrow: Any, name: str, given: Any) -> Iterator[Any]:
    """Open the stream of an object, once if it is one that ends; whatever its library says is wrong is told."""
    with ExitStack() as opened:
        try:
            stream = given if hasattr(type(given), STREAM) else given.fetch_record_batch()
            if not hasattr(type(given), "__len__"):
                _mark_spent(name, stream)
            reader = opened.enter_context(arrow.RecordBatchReader.from_stream(stream))
        except (InvalidHistory, MemoryError):
            raise
        except Exception as error:  # a library's own
            raise InvalidHistory(f"{name}: cannot be read as Arrow: {_words(error)}") from error
        yield reader


def _mark_spent(name: str, stream: Any) -> None:
    """Remember a stream that is read now; ``InvalidHistory`` if it was before."""
    with suppress(TypeError):  # what cannot be remembered
        if stream in _spent:
            raise InvalidHistory(
                f"{name}: it is a stream and was read already; expected one history = read_history(stream), which "
                "keeps its rows, for every replay"
            )
        _spent.add(stream)


def _words(error: Exception) -> str:
    """Return what an error says, which pyarrow does in several parts."""
    return "; ".join(map(str, error.args)) or type(error).__name__


def _selected(batches: Iterable[Any], places: Sequence[int]) -> Iterator[Any]:
    return (batch.select(places) for batch in batches)


def _cut(batches: Any, size: int) -> Iterator[Any]:
    """Yield batches of no more rows than are wanted at a time."""
    for batch in batches.to_batches() if hasattr(batches, "to_batches") else batches:
        for start in range(0, batch.num_rows, size):
            yield batch.slice(start, size)


def parquet_batches(reading: Reading, size: int = BATCH) -> Iterator[Batch]:
    """Return the rows of a Parquet file, at most *size* in a batch; numbered from 1."""
    arrow = arrow_of(reading.source.name)
    return arrow_batches(reading, arrow, _parquet_data(reading, arrow, size), "Parquet")


@contextmanager
def _parquet_data(reading: Reading, arrow: Any, size: int) -> Iterator[ArrowData]:
    # INT96 is read as nanoseconds unless told otherwise, which hold the years 1677 to 2262 only; and all of a row group
    # at once, which may be all of the file
    how = {"coerce_int96_timestamp_unit": "us", "pre_buffer": False, "buffer_size": CHUNK}
    with arrow.parquet.ParquetFile(reading.file.file(), **how) as file:
        names = file.schema_arrow.names

        def read(places: Sequence[int]) -> Iterable[Any]:
            chosen = [names[place] for place in places]
            return (batch.select(chosen) for batch in file.iter_batches(batch_size=size, columns=chosen))

        yield ArrowData(file.schema_arrow, file.metadata.num_rows, _parquet_uuids(file), read)


def _parquet_uuids(file: Any) -> set[str]:
    """Return the names of the columns that hold UUIDs, or lists of them."""
    leaves = (file.schema.column(place) for place in range(len(file.schema)))
    paths = [leaf.path for leaf in leaves if leaf.logical_type.type == _PARQUET_UUID]
    return {name for name in file.schema_arrow.names for path in paths if path == name or path.startswith(f"{name}.")}


def columns_of_lines(
    arrow: Any, lines: Sequence[bytes], delimiter: str, places: Sequence[int], width: int
) -> list[Any] | None:
    """Return the columns at some places of rows of one width, as texts; None for lines of CSV that are not plain.

    Of plain lines Arrow and the reader of rows are known to say the same: text of UTF-8 without a quote, each line one
    row, all rows of one width. Anything else is left to the reader of rows, which says what is wrong, and where.
    O(bytes), without objects.
    """
    if {*map(type, lines)} != {bytes}:  # one is too long
        return None
    data = b"".join(lines)
    if b'"' in data or b"\0" in data or data.startswith(_BYTE_ORDER_MARK) or not delimiter.isascii():
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    if b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n")):  # blank lines, which would be rows
        return None
    if not data.isascii() and not _is_utf8(data):
        return None
    names = [str(place) for place in range(width)]
    if width < 2:
        return None
    text, wanted = arrow.string(), [names[place] for place in places]
    csv = importlib.import_module("pyarrow.csv")
    try:
        table = csv.read_csv(
            arrow.BufferReader(data),
            read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            parse_options=csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, text), include_columns=wanted, null_values=[]
            ),
        )
    except arrow.ArrowInvalid:  # rows of several widths
        return None
    if table.num_rows != len(lines):
        return None
    return [column.combine_chunks() for column in table.columns]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
