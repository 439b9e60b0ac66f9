"""A history: a file of commands that can be read again and again, record by record.

``read_history`` finds the format, checks the options and that the file can be opened; reading starts with the
iteration, and holds one line at a time.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from pathlib import PurePath

import attrs

from resolver.errors import InvalidHistory
from resolver.history.delimited import csv_blocks, read_csv
from resolver.history.inputs import not_a_path
from resolver.history.jsonl import read_jsonl
from resolver.history.order import in_time_order
from resolver.history.parquet import parquet_blocks, read_parquet
from resolver.history.reading import Columns, Notes, Reading
from resolver.history.record import Record
from resolver.history.source import STANDARD_INPUT, Source
from resolver.history.tables import Block, check_targets, column_of, map_text
from resolver.history.times import Times
from resolver.names import IdType

_READERS: dict[str, Callable[[Reading], Iterator[Record]]] = {
    "jsonl": read_jsonl,
    "csv": read_csv,
    "tsv": partial(read_csv, delimiter="\t"),
    "parquet": read_parquet,
}
_BLOCKS: dict[str, Callable[[Reading], Iterator[Block]]] = {
    "csv": csv_blocks,
    "tsv": partial(csv_blocks, delimiter="\t"),
    "parquet": parquet_blocks,
}

FORMATS = tuple(_READERS)
"""The formats that ``read_history`` knows."""

_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_COMPRESSED = ".gz"


class History:
    """The records of one file, in file order or ordered by time.

    Iterate it as often as you like: each iteration reads the file again. ``InvalidHistory`` when the file
    as a whole cannot be read further; a single bad line is a record with an error.
    """

    __slots__ = ("_format", "_known_types", "_reading", "_sort")

    def __init__(
        self, reading: Reading, format: str, *, sort: bool = False, known_types: Collection[IdType] = ()
    ) -> None:
        self._reading = reading
        self._known_types = tuple(known_types)
        self._format = format
        self._sort = sort

    def __iter__(self) -> Iterator[Record]:
        self._reading.notes.split_cells = 0
        records = _READERS[self._format](self._reading)
        return in_time_order(records) if self._sort else records

    def blocks(self) -> Iterator[Block]:
        """Give the same records in blocks: those of a table as columns, where they are ordinary and not sorted."""
        self._reading.notes.split_cells = 0
        if self._sort or self._format not in _BLOCKS:
            return iter((Block(None, partial(iter, self)),))
        return _BLOCKS[self._format](self._reading)

    def __repr__(self) -> str:
        return f"<History {self.name!r}, {self._format}{', sorted' if self._sort else ''}>"

    @property
    def name(self) -> str:
        """The path as given, or ``standard input``."""
        return self._reading.source.name

    @property
    def format(self) -> str:
        """One of ``FORMATS``."""
        return self._format

    @property
    def is_sorted(self) -> bool:
        """Whether records come in the order of their times, so that line numbers need not ascend."""
        return self._sort

    def for_types(self, id_types: Collection[IdType]) -> "History":
        """Give the same history, reading only columns of these idTypes, unless it was told which before.

        JSON lines name their idTypes themselves, so there nothing changes. Columns that are mapped to one of
        ``known_types`` are ignored, as other settings have it; to any other idType, they are ``InvalidHistory``.
        """
        if self._reading.id_types is not None:
            return self
        if self._format != "jsonl":  # whose reader refuses to map at all
            check_targets(self.name, self._reading.columns, (*id_types, *self._known_types))
        reading = attrs.evolve(self._reading, id_types=tuple(id_types), notes=Notes())
        return History(reading, self._format, sort=self._sort, known_types=self._known_types)

    @property
    def takes_any_column(self) -> bool:
        """Whether every column of a table is read as an idType, since nobody told which are; ``for_types`` tells."""
        return self._reading.id_types is None and self._format != "jsonl"

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns, or keys of JSON lines, that nothing read so far, each once; the first 100."""
        return self._reading.notes.ignored

    @property
    def near(self) -> tuple[str, ...]:
        """What ``--map`` may have been meant to say: ``email=E-mail`` for an ignored column and an idType without."""
        return tuple(map_text(name, [column]) for name, column in self._reading.notes.near.items())

    @property
    def mapped(self) -> tuple[str, ...]:
        """The names that ``columns`` gives columns to."""
        return tuple(self._reading.columns)

    def columns_of(self, id_type: IdType) -> tuple[str, ...]:
        """Return the columns of a table that are read as an idType: those that it is mapped to, else its namesake."""
        return tuple(map(column_of, self._reading.columns.get(id_type, (id_type,))))

    @property
    def split_cells(self) -> int:
        """Cells of which the latest iteration made several values, since they have the separator."""
        return self._reading.notes.split_cells

    @property
    def options(self) -> frozenset[str]:
        """The reading options that were given: ``tz``, ``at_unit``, ``columns``, ``separator`` and ``sort``."""
        times = self._reading.times
        given = {
            "tz": times.zone is not None,
            "at_unit": times.unit != 1,
            "columns": bool(self._reading.columns),
            "separator": self._reading.separator is not None,
            "sort": self._sort,
        }
        return frozenset(option for option, is_given in given.items() if is_given)

    @property
    def size(self) -> int | None:
        """The bytes on disk, compressed as they are; None while they still have to come out of a pipe."""
        return self._reading.source.size

    @property
    def position(self) -> int:
        """How many of those bytes the latest iteration has taken in: ``position / size`` is its progress."""
        return self._reading.source.position


def read_history(
    path: str | bytes | os.PathLike[str],
    *,
    format: str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    separator: str | None = None,
    tz: str | tzinfo | None = None,
    at_unit: str = "ms",
    sort: bool = False,
    id_types: Collection[IdType] | None = None,
    known_types: Collection[IdType] = (),
) -> History:
    """Open a history: JSON Lines, CSV or Parquet; ``.gz`` of a text format; ``-`` is standard input.

    ``format`` (one of ``FORMATS``) overrides the suffix; standard input is JSON Lines unless it says
    otherwise, and is copied to a temporary file at the first iteration. ``columns`` maps ``ref``, ``at``
    and idTypes to the columns of a table (``parse_map`` reads it from text), ``id_types`` says which other
    columns are identifiers (None: those of the settings of a replay, else all). A replay refuses a column that is
    mapped to an idType which its settings lack, unless *known_types* names it as one that other settings have.
    A cell is one value; ``separator`` splits those of all identifier columns, and ``{"phone": "PHONE[|]"}`` in
    ``columns`` those of the column ``PHONE`` alone.
    ``tz`` gives naive times a zone, an IANA name or an offset; a local time that a clock change repeats is taken
    as its first, and one that it skips as if the clock had not changed yet. ``at_unit`` is ``"s"`` where integers
    are seconds. ``sort`` orders by time, stably: lines without a time, and lines that cannot be understood, stay
    behind the line before them; this keeps an index in memory, about 60 bytes a line, and the lines in a
    temporary file.

    Raises ``InvalidHistory`` (or ``InvalidTime`` for ``tz`` and ``at_unit``), naming the file and the cause.

    >>> from resolver.example import path
    >>> history = read_history(path("history.jsonl"))
    >>> next(iter(history)).op
    'resolve'
    """
    refusal = not_a_path(path)
    if refusal is not None:
        raise refusal
    times = Times.of(tz, at_unit)
    name = os.fsdecode(path)
    chosen, gzipped = _format_of(name, format)
    source = Source(name)
    mapped = _mapped(columns)
    if id_types is not None:
        check_targets(source.name, mapped, id_types)
    if separator == "":
        raise InvalidHistory(f"{source.name}: separator: it is empty; expected what stands between two values, '|' say")
    reading = Reading(source, times=times, columns=mapped, separator=separator, id_types=id_types, gzipped=gzipped)
    return History(reading, chosen, sort=sort, known_types=known_types)


def _mapped(columns: Mapping[str, str | Sequence[str]] | None) -> Columns:
    """Give the columns as lists; a single name may stand alone, and is not a list of its letters."""
    given = columns or {}
    return {name: (listed,) if isinstance(listed, str) else tuple(listed) for name, listed in given.items()}


def _format_of(name: str, format: str | None) -> tuple[str, bool]:
    """Give the format, and whether the suffix promises gzip."""
    stem = name.lower()
    gzipped = stem.endswith(_COMPRESSED)
    suffix = PurePath(stem.removesuffix(_COMPRESSED)).suffix
    chosen = format or ("jsonl" if name == STANDARD_INPUT else _SUFFIXES.get(suffix))
    if chosen not in _READERS:
        given = f"format {format!r}" if format is not None else f"suffix {suffix!r}"
        raise InvalidHistory(
            f"{name}: {given} names no format; expected a format ({', '.join(FORMATS)}) "
            f"or one of the suffixes {', '.join(_SUFFIXES)}"
        )
    if gzipped and chosen == "parquet":
        raise InvalidHistory(f"{name}: Parquet is compressed inside; expected a .parquet file without .gz")
    return chosen, gzipped
