"""A history: files of commands, frames or queries, that can be read again and again, record by record.

Reading starts with the iteration, and holds one line, or some thousand rows, at a time.
"""

import pickle
import tempfile
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate, chain, islice
from typing import BinaryIO

import attrs

from resolver.display import can_be_typed
from resolver.history.arrow import BATCH, Batch
from resolver.history.arrow_sources import arrow_stream_batches, parquet_batches
from resolver.history.blocks import ColumnBlock, block_of_records, block_of_rows
from resolver.history.databases import DUCKDB, SQLITE, sqlite_parts
from resolver.history.delimited import csv_parts, read_csv
from resolver.history.jsonl import DecodedLines, jsonl_parts, read_jsonl
from resolver.history.reading import Notes, Reading
from resolver.history.record import Record
from resolver.history.tables import Table, check_targets, column_of, map_text
from resolver.names import IdType, Milliseconds

_READERS: dict[str, Callable[[Reading], Iterator[Record]]] = {
    "jsonl": read_jsonl,
    "csv": read_csv,
    "tsv": partial(read_csv, delimiter="\t"),
}
_Part = Batch | Table | DecodedLines | Iterator[Record]
"""Rows or lines that follow one another, as far as they are read."""

_PARTS: dict[str, Callable[[Reading, int], Iterator[_Part]]] = {
    "jsonl": jsonl_parts,
    "csv": csv_parts,
    "tsv": partial(csv_parts, delimiter="\t"),
    SQLITE: sqlite_parts,
    "parquet": parquet_batches,
    "arrow": arrow_stream_batches,
    DUCKDB: arrow_stream_batches,
}

FORMATS = (*_READERS, "parquet")
"""The formats of files that ``read_history`` knows; besides them it reads queries to databases, and Arrow objects."""


COLUMN_ROWS = 65_536
"""Rows or lines in a block of columns."""


def _records_of(reading: Reading) -> Iterator[Record]:
    if reading.format in _READERS:
        return _READERS[reading.format](reading)
    return chain.from_iterable(
        part.records() if isinstance(part, Batch | Table | DecodedLines) else part
        for part in _PARTS[reading.format](reading, BATCH)
    )


class History:
    """The records of one file, or of several as one, in file order or ordered by time.

    Iterate it as often as you like: each iteration reads the files again. ``InvalidHistory`` when a file as a whole
    cannot be read further; a single bad line is a record with an error. The lines of a second file have the numbers
    after those of the first: ``spans`` tells which are whose.
    """

    __slots__ = ("__weakref__", "_known_types", "_readings", "_sort")

    def __init__(
        self, readings: Sequence[Reading], *, sort: bool = False, known_types: Collection[IdType] = ()
    ) -> None:
        self._readings = tuple(readings)
        self._known_types = tuple(known_types)
        self._sort = sort

    def __iter__(self) -> Iterator[Record]:
        records = chain.from_iterable(map(_records_of, self._numbered()))
        return in_time_order(records) if self._sort else records

    def parts(self) -> "Iterator[ColumnBlock | DecodedLines | Iterator[Record]]":
        """Yield the same records part by part: the rows of a table as columns, JSON lines decoded, all else as records.

        A part is read before the next one is asked for. A history that is sorted is one part.
        """
        if self._sort:
            yield iter(self)
            return
        for reading in self._numbered():
            for part in _PARTS[reading.format](reading, COLUMN_ROWS):
                yield block_of_rows(part) if isinstance(part, Batch | Table) else part

    def columns(self) -> "Iterator[ColumnBlock]":
        """Yield the same records in blocks of columns."""
        for part in self.parts():
            if isinstance(part, ColumnBlock):
                yield part
            else:
                records = part.records() if isinstance(part, DecodedLines) else part
                while chunk := [*islice(records, COLUMN_ROWS)]:
                    yield block_of_records(chunk)

    def _numbered(self) -> Iterator[Reading]:
        """Yield what is told to the reader of each file, when those before it have been read to their ends."""
        self._notes.split_cells = 0
        for reading in self._readings:
            reading.source.position = 0
        before = 0
        for reading in self._readings:
            yield attrs.evolve(reading, before=before)
            before += reading.source.length

    def __repr__(self) -> str:
        return f"<History {self.name!r}, {self.format}{', sorted' if self._sort else ''}>"

    @property
    def _notes(self) -> Notes:
        return self._readings[0].notes

    @property
    def name(self) -> str:
        """The path as given, ``standard input``, or what a frame is called; those of several with commas."""
        return ", ".join(self.files)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, in their order."""
        return tuple(reading.source.name for reading in self._readings)

    @property
    def format(self) -> str:
        """One of ``FORMATS``, or ``arrow``, ``duckdb``, ``sqlite``; that of the first file."""
        return self._readings[0].format

    @property
    def is_sorted(self) -> bool:
        """Whether records come in the order of their times, so that line numbers need not ascend."""
        return self._sort

    @property
    def spans(self) -> tuple[tuple[str, int, int], ...]:
        """Where there are several files, each with the numbers of its first and last line, once all were read."""
        lengths = [reading.source.length for reading in self._readings]
        ends = list(accumulate(lengths))
        starts = [end - length + 1 for end, length in zip(ends, lengths, strict=True)]
        spans = zip(self.files, starts, ends, strict=True)
        return tuple(spans) if len(lengths) > 1 else ()

    @property
    def stamp(self) -> object:
        """What is another one once a file has changed; None where that cannot be known, as of a database."""
        stamps = [None if reading.format == SQLITE else reading.source.stamp for reading in self._readings]
        return None if None in stamps else tuple(stamps)

    def for_types(self, id_types: Collection[IdType]) -> "History":
        """Return the same history, reading only columns of these idTypes, unless it was told which before.

        JSON lines name their idTypes themselves, so there nothing changes. Columns that are mapped to one of
        ``known_types`` are ignored, as other settings have it; to any other idType, they are ``InvalidHistory``.
        """
        if self._readings[0].id_types is not None:
            return self
        check_targets(self.name, self._readings[0].columns, (*id_types, *self._known_types))
        notes = Notes()
        readings = [attrs.evolve(reading, id_types=tuple(id_types), notes=notes) for reading in self._readings]
        return History(readings, sort=self._sort, known_types=self._known_types)

    @property
    def is_table(self) -> bool:
        """Whether some of the files are read by their columns; flat objects of JSON are."""
        return any(reading.is_table for reading in self._readings)

    @property
    def takes_any_column(self) -> bool:
        """Whether every column of a table is read as an idType, since nobody told which are; ``for_types`` tells."""
        return self._readings[0].id_types is None and self.is_table

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns, or keys of JSON lines, that nothing read so far, each once; the first 100."""
        return self._notes.ignored

    @property
    def near(self) -> tuple[str, ...]:
        """What ``--map`` may have been meant to say: ``email=E-mail`` for an ignored column and an idType without.

        A column that cannot be typed is not there.
        """
        near = self._notes.near.items()
        return tuple(map_text(name, [column]) for name, column in near if can_be_typed(column))

    @property
    def mapped(self) -> tuple[str, ...]:
        """The names that ``columns`` gives columns to."""
        return tuple(self._readings[0].columns)

    def columns_of(self, id_type: IdType) -> tuple[str, ...]:
        """Return the columns of a table that are read as an idType: those that it is mapped to, else its namesake."""
        return tuple(map(column_of, self._readings[0].columns.get(id_type, (id_type,))))

    @property
    def split_cells(self) -> int:
        """Cells of which the latest iteration made several values, since they have the separator."""
        return self._notes.split_cells

    @property
    def options(self) -> frozenset[str]:
        """The reading options that were given, by the names that ``read_history`` has for them."""
        reading = self._readings[0]
        given = {
            "tz": reading.times.zone is not None,
            "at_unit": reading.times.unit != 1,
            "date_format": reading.times.date_format is not None,
            "columns": bool(reading.columns),
            "separator": reading.separator is not None,
            "delimiter": reading.delimiter is not None,
            "encoding": reading.encoding is not None,
            "query": reading.query is not None,
            "sort": self._sort,
        }
        return frozenset(option for option, is_given in given.items() if is_given)

    @property
    def size(self) -> int | None:
        """The bytes on disk, compressed as they are; None while they still have to come out of a pipe."""
        sizes = [reading.source.size for reading in self._readings]
        return sum(size for size in sizes if size is not None) if None not in sizes else None

    @property
    def position(self) -> int:
        """How many of those bytes the latest iteration has taken in: ``position / size`` is its progress."""
        return sum(reading.source.position for reading in self._readings)


def in_time_order(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records ordered by time, stably.

    One without a time, or rejected, takes the time of the one before it, so it stays behind that; at the
    start it takes 0. Time O(n log n). The records wait in a temporary file; what is held in memory is an
    index of their times and places, about 60 bytes a record.

    >>> from resolver.commands import DeleteProfile
    >>> late, early = (Record(line, None, "delete", DeleteProfile("p", at)) for line, at in [(1, 9), (2, 5)])
    >>> [record.line for record in in_time_order([late, early])]
    [2, 1]
    """
    with tempfile.TemporaryFile(prefix="resolver-sorted-") as spool:
        times, places = _written(records, spool)
        for number in sorted(range(len(times)), key=times.__getitem__):
            spool.seek(places[number])
            record: Record = pickle.load(spool)
            yield record


def _written(records: Iterable[Record], spool: BinaryIO) -> "tuple[array[int], array[int]]":
    times, places = array("q"), array("Q")
    now, place = 0, 0
    for record in records:
        now = _time(record, now)
        times.append(now)
        places.append(place)
        place += spool.write(pickle.dumps(record, pickle.HIGHEST_PROTOCOL))
    return times, places


def _time(record: Record, before: Milliseconds) -> Milliseconds:
    at = None if record.command is None else record.command.at
    return at if isinstance(at, int) else before
