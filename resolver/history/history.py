"""A history: a file of commands that can be read again and again, record by record.

``read_history`` finds the format, checks the options and that the file can be opened; reading starts with the
iteration, and holds one line at a time.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from datetime import tzinfo
from functools import partial
from itertools import accumulate, chain
from pathlib import PurePath
from typing import Any

import attrs

from resolver.display import can_be_typed
from resolver.errors import InvalidHistory
from resolver.history.delimited import csv_blocks, read_csv
from resolver.history.inputs import not_a_path
from resolver.history.jsonl import read_jsonl
from resolver.history.lines import check_encoding
from resolver.history.order import in_time_order
from resolver.history.parquet import parquet_blocks, read_parquet
from resolver.history.reading import LONGEST, Columns, Notes, Reading
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


Path = str | bytes | os.PathLike[str]
"""What names a file."""


class History:
    """The records of one file, or of several as one, in file order or ordered by time.

    Iterate it as often as you like: each iteration reads the files again. ``InvalidHistory`` when a file as a whole
    cannot be read further; a single bad line is a record with an error. The lines of a second file have the numbers
    after those of the first: ``spans`` tells which are whose.
    """

    __slots__ = ("_known_types", "_readings", "_sort")

    def __init__(
        self, readings: Sequence[Reading], *, sort: bool = False, known_types: Collection[IdType] = ()
    ) -> None:
        self._readings = tuple(readings)
        self._known_types = tuple(known_types)
        self._sort = sort

    def __iter__(self) -> Iterator[Record]:
        records = chain.from_iterable(_READERS[reading.format](reading) for reading in self._numbered())
        return in_time_order(records) if self._sort else records

    def blocks(self) -> Iterator[Block]:
        """Yield the same records in blocks: those of a table as columns, where they are ordinary and not sorted."""
        if self._sort:
            yield Block(None, partial(iter, self))
            return
        for reading in self._numbered():
            if reading.format in _BLOCKS:
                yield from _BLOCKS[reading.format](reading)
            else:
                yield Block(None, partial(_READERS[reading.format], reading))

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
        """The path as given, or ``standard input``; those of several files with commas."""
        return ", ".join(self.files)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, in their order."""
        return tuple(reading.source.name for reading in self._readings)

    @property
    def format(self) -> str:
        """One of ``FORMATS``; that of the first file."""
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


def read_history(
    path: Path | Sequence[Path],
    *,
    format: str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    separator: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    tz: str | tzinfo | None = None,
    at_unit: str = "ms",
    date_format: str | None = None,
    max_line: int = LONGEST,
    sort: bool = False,
    id_types: Collection[IdType] | None = None,
    known_types: Collection[IdType] = (),
) -> History:
    """Open a history: JSON Lines, CSV or Parquet; ``.gz`` of a text format; ``-`` is standard input.

    Several paths are one history, in their order. ``format`` (one of ``FORMATS``) overrides the suffix; standard
    input is JSON Lines unless it says otherwise, and is copied to a temporary file at the first iteration. A file of
    JSON may be one array of records too. ``delimiter`` separates the cells of CSV, ``encoding`` names that of text
    (UTF-8), ``max_line`` bounds the bytes of a line: a longer one is rejected.

    ``columns`` maps ``ref``, ``at`` and idTypes to the columns of a table (``parse_map`` reads it from text), or to
    the keys of flat JSON objects. ``id_types`` says which other columns are identifiers (None: those of the settings
    of a replay, else all). A replay refuses a column that is mapped to an idType which its settings lack, unless
    *known_types* names it as one that other settings have. A cell is one value; ``separator`` splits those of all
    identifier columns, and ``{"phone": "PHONE[|]"}`` in ``columns`` those of the column ``PHONE`` alone.

    ``tz`` gives naive times a zone, an IANA name or an offset; a local time that a clock change repeats is taken
    as its first, and one that it skips as if the clock had not changed yet. ``at_unit`` is ``"s"`` where integers
    are seconds; ``date_format`` is what texts look like that are times, as ``strptime`` has it. ``sort`` orders by
    time, stably: lines without a time, and lines that cannot be understood, stay behind the line before them; this
    keeps an index in memory, about 60 bytes a line, and the lines in a temporary file.

    Raises ``InvalidHistory`` (or ``InvalidTime`` for ``tz``, ``at_unit`` and ``date_format``), naming the file and
    the cause.

    >>> from resolver.example import path
    >>> history = read_history(path("history.jsonl"))
    >>> next(iter(history)).op
    'resolve'
    """
    names = _names(path)
    sources = [Source(each) for each in names]
    times = Times.of(tz, at_unit, date_format)
    formats = [format_of(name, format) for name in names]
    name = ", ".join(names)
    mapped = _mapped(name, columns)
    _check_options(name, separator, delimiter, encoding, max_line, {chosen for chosen, _ in formats})
    if id_types is not None:
        check_targets(name, mapped, id_types)
    notes, known_encoding = Notes(), None if encoding is None else check_encoding(encoding)
    readings = [
        Reading(
            source,
            format=chosen,
            times=times,
            columns=mapped,
            separator=separator,
            delimiter=delimiter,
            encoding=known_encoding,
            max_line=max_line,
            id_types=id_types,
            gzipped=gzipped,
            notes=notes,
        )
        for source, (chosen, gzipped) in zip(sources, formats, strict=True)
    ]
    return History(readings, sort=sort, known_types=known_types)


def _names(path: "Path | Sequence[Path]") -> list[str]:
    """Return the names of the files; standard input can be read once only."""
    paths: list[Any] = list(path) if isinstance(path, list | tuple) else [path]
    for each in paths:
        refusal = not_a_path(each)
        if refusal is not None:
            raise refusal
    if not paths:
        raise InvalidHistory("no file was given; expected one or more")
    names = [os.fsdecode(each) for each in paths]
    if names.count(STANDARD_INPUT) > 1:
        raise InvalidHistory("standard input is given twice, which can be read once; expected one '-'")
    return names


def _check_options(
    name: str,
    separator: str | None,
    delimiter: str | None,
    encoding: str | None,
    max_line: int,
    formats: Set[str],
) -> None:
    if separator == "":
        raise InvalidHistory(f"{name}: separator: it is empty; expected what stands between two values, '|' say")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InvalidHistory(f"{name}: delimiter: {delimiter!r} is not right; expected one character, ';' say")
    if delimiter is not None and not {"csv", "tsv"}.intersection(formats):
        raise InvalidHistory(f"{name}: delimiter: there is none in {', '.join(formats)}; expected a CSV file")
    if encoding is not None and formats == {"parquet"}:
        raise InvalidHistory(f"{name}: encoding: there is none in parquet; expected a file of text")
    if type(max_line) is not int or max_line < 1:
        raise InvalidHistory(f"{name}: max_line: {max_line!r} is not right; expected a number of bytes, 1 or more")


def _mapped(name: str, columns: Mapping[str, str | Sequence[str]] | None) -> Columns:
    """Return the columns as lists; a single name may stand alone, and is not a list of its letters."""
    try:
        given: Any = dict(columns or {})
        listed = {key: (one,) if isinstance(one, str) else tuple(one) for key, one in given.items()}
        is_right = all(isinstance(each, str) for several in listed.values() for each in several)
    except (TypeError, ValueError):
        is_right = False
    if not is_right:
        raise InvalidHistory(
            f"{name}: columns: {columns!r} is not right; expected names and their columns, "
            "such as {'phone': 'PHONE'} or {'phone': ['HOME', 'MOBILE']}"
        )
    return listed


def format_of(name: str, format: str | None = None) -> tuple[str, bool]:
    """Return the format of a file by its name, and whether the suffix promises gzip; *format* wins over the suffix."""
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
