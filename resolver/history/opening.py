"""Opening: from a path, a frame or a query to its history, with every option checked.

``read_history`` finds the format, and checks the options and that each file can be opened.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import tzinfo
from pathlib import Path, PurePath
from typing import Any, Protocol

from resolver.errors import InvalidHistory
from resolver.history.arrow_sources import ArrowSource
from resolver.history.databases import SQLITE, database_format, duckdb_source
from resolver.history.history import FORMATS, History
from resolver.history.inputs import is_readable, not_a_path
from resolver.history.lines import check_encoding
from resolver.history.reading import LONGEST, Columns, Notes, Reading
from resolver.history.source import STANDARD_INPUT, FileSource, Source
from resolver.history.tables import check_targets
from resolver.history.times import Times
from resolver.names import IdType

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


FilePath = str | bytes | os.PathLike[str]
"""What names a file."""


class ArrowStream(Protocol):
    """What gives its rows as a stream of Arrow: a data frame, a table, a relation of a database."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the stream."""
        ...


def read_history(
    path: FilePath | ArrowStream | Sequence[FilePath | ArrowStream],
    *,
    format: str | None = None,
    query: str | None = None,
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

    In the place of a path may stand what gives its rows as a stream of Arrow: a data frame of pandas or polars, a
    table or a reader of pyarrow, a relation of DuckDB, a cursor of ADBC. What can be read once only, a reader or a
    cursor, is copied to a temporary file at the first iteration. ``query`` is one SELECT, asked of a DuckDB or SQLite
    file, which is opened for reading only.

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
    times = Times.of(tz, at_unit, date_format)
    places = [_place(each, format, query) for each in _listed(path)]
    name = ", ".join(source.name for source, _, _ in places)
    mapped = _mapped(name, columns)
    _check_options(name, separator, delimiter, encoding, max_line, {chosen for _, chosen, _ in places})
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
            known_types=tuple(known_types),
            query=query,
            gzipped=gzipped,
            notes=notes,
        )
        for source, chosen, gzipped in places
    ]
    return History(readings, sort=sort, known_types=known_types)


def _listed(path: "FilePath | ArrowStream | Sequence[FilePath | ArrowStream]") -> list[Any]:
    """Return the names of files and the objects; standard input can be read once only."""
    paths: list[Any] = list(path) if isinstance(path, list | tuple) else [path]
    for each in paths:
        refusal = not_a_path(each)
        if refusal is not None:
            raise refusal
    if not paths:
        raise InvalidHistory("no file was given; expected one or more")
    listed = [each if is_readable(each) else os.fsdecode(each) for each in paths]
    if sum(each == STANDARD_INPUT for each in listed if isinstance(each, str)) > 1:
        raise InvalidHistory("standard input is given twice, which can be read once; expected one '-'")
    return listed


def _place(given: Any, format: str | None, query: str | None) -> tuple[Source, str, bool]:
    """Return what is read, its format, and whether its name promises gzip."""
    if not isinstance(given, str):
        source = ArrowSource.of(given)
        for option, value in (("format", format), ("query", query)):
            if value is not None:
                raise InvalidHistory(f"{source.name}: {option}: {value!r} applies to files only; expected none")
        return source, "arrow", False
    file = FileSource(given)
    if query is not None:
        return _database(file, format, query)
    chosen, gzipped = format_of(file.path, format)
    return file, chosen, gzipped


def _database(file: FileSource, format: str | None, query: str) -> tuple[Source, str, bool]:
    path = file.regular
    kind = None if path is None else database_format(path)
    if path is None or kind is None:
        raise InvalidHistory(f"{file.name}: query: it is not a DuckDB or SQLite database; expected one, or no query")
    if format is not None:
        raise InvalidHistory(f"{file.name}: format: {format!r} applies to files of records; expected the query alone")
    return (file if kind == SQLITE else duckdb_source(path, file.name, query)), kind, False


def _check_options(
    name: str,
    separator: str | None,
    delimiter: str | None,
    encoding: str | None,
    max_line: int,
    formats: AbstractSet[str],
) -> None:
    if separator == "":
        raise InvalidHistory(f"{name}: separator: it is empty; expected the text between two values, for example '|'")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InvalidHistory(f"{name}: delimiter: {delimiter!r} is not right; expected one character, for example ';'")
    if delimiter is not None and not {"csv", "tsv"} & formats:
        raise InvalidHistory(f"{name}: delimiter: there is none in {', '.join(formats)}; expected a CSV file")
    if encoding is not None and not {"jsonl", "csv", "tsv"} & formats:
        raise InvalidHistory(f"{name}: encoding: there is none in {', '.join(formats)}; expected a file of text")
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
    if chosen not in FORMATS:
        given = f"format {format!r}" if format is not None else f"suffix {suffix!r}"
        if format is None and Path(name).is_file() and database_format(Path(name)) is not None:
            raise InvalidHistory(f"{name}: it is a database; expected one SELECT as well (query, --query 'SELECT ...')")
        raise InvalidHistory(
            f"{name}: {given} names no format; expected a format ({', '.join(FORMATS)}) "
            f"or one of the suffixes {', '.join(_SUFFIXES)}"
        )
    if gzipped and chosen == "parquet":
        raise InvalidHistory(f"{name}: Parquet is compressed inside; expected a .parquet file without .gz")
    return chosen, gzipped
