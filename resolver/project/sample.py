"""The first rows of a file as columns of text, whatever its format: what ``resolver init`` looks at.

>>> from resolver.example import path
>>> sample = sample_of(str(path("history.jsonl")), most=50)
>>> sample.is_own_form, sample.rows, [*sample.columns]
(True, 50, ['ref', 'at', 'email', 'loyalty_id', 'phone', 'whatsapp'])
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import attrs

from resolver.errors import InvalidHistory
from resolver.history.arrow import arrow_of
from resolver.history.databases import database_format
from resolver.history.delimited import TAB, delimiter_in, header_and_rows
from resolver.history.json_shapes import entries_of, is_array
from resolver.history.lines import lines_of
from resolver.history.opening import format_of
from resolver.history.reading import Reading
from resolver.history.source import FileSource
from resolver.history.tables import is_absent, text_of

MOST = 10_000
"""Rows that are looked at: enough to tell what a column holds."""

_ENCODINGS = (None, "cp1252")
"""UTF-8, and what spreadsheets write on most machines that do not write UTF-8."""


@attrs.frozen
class Sample:
    """The first rows of a file.

    ``columns`` has a text, a list of texts or None for every row. ``is_own_form`` says that the lines have the form of
    a history already (``identifiers`` by idType), so that nothing needs to be mapped. ``delimiter`` and ``encoding``
    are None where they are what is taken anyway.
    """

    file: str
    format: str
    rows: int
    columns: Mapping[str, list[Any]]
    is_own_form: bool = False
    delimiter: str | None = None
    encoding: str | None = None
    has_more: bool = False


def sample_of(file: str, most: int = MOST) -> Sample:
    """Return the first rows of a file, at most *most*.

    ``InvalidHistory``, naming the file, if it cannot be read or has no rows; ``OSError`` if it is not there.
    """
    if file == "-":
        raise InvalidHistory("standard input: is read once, and its name cannot be written down; expected a file")
    if Path(file).is_file() and database_format(Path(file)) is not None:
        raise InvalidHistory(
            f"{file}: is a database, whose columns a query names; expected resolver replay and --query"
        )
    chosen, gzipped = format_of(file)
    reading = Reading(FileSource(file), format=chosen, gzipped=gzipped)
    sample = {"jsonl": _json, "parquet": _parquet}.get(reading.format, _delimited)(reading, most)
    if not sample.rows:
        raise InvalidHistory(f"{file}: has no rows to look at; expected some records")
    return sample


def _delimited(reading: Reading, most: int) -> Sample:
    """Read delimited text with the delimiter that gives its header most columns, in the first encoding that fits."""
    usual = TAB if reading.format == "tsv" else ","
    for encoding in _ENCODINGS:
        tried = attrs.evolve(reading, encoding=encoding)
        header, _ = header_and_rows(tried, usual)
        if header is not None and header.cells is not None:
            given = delimiter_in(header, usual, encoding)
            taken = _table(attrs.evolve(tried, delimiter=given), usual, most)
            if taken is not None:
                return attrs.evolve(taken, delimiter=given, encoding=encoding)
    raise InvalidHistory(f"{reading.source.name}: line 1: is neither UTF-8 nor cp1252; --encoding names another")


def _table(reading: Reading, usual: str, most: int) -> Sample | None:
    """Return the rows of delimited text, None where one is no text in this encoding."""
    header, rows = header_and_rows(reading, usual)
    if header is None or header.cells is None:
        return None
    names = [cell.strip() for cell in header.cells]
    columns: dict[str, list[Any]] = {name: [] for name in names if name}
    count, has_more = 0, False
    for row in rows:
        if count == most:
            has_more = True
            break
        if row.cells is None:
            if row.error is not None and "UTF-8" in row.error.message:
                return None
            continue
        count += 1
        for name, cell in zip(names, [*row.cells, *[""] * len(names)], strict=False):
            if name:
                columns[name].append(None if is_absent(cell) else cell)
    return Sample(reading.source.name, reading.format, count, columns, has_more=has_more)


def _parquet(reading: Reading, most: int) -> Sample:
    """Read the first rows of a Parquet file; each cell as its text, lists as lists."""
    name = reading.source.name
    arrow = arrow_of(name)
    try:
        with arrow.parquet.ParquetFile(reading.file.file(), coerce_int96_timestamp_unit="us") as file:
            batches = file.iter_batches(batch_size=most + 1)
            rows = [row for batch in islice(batches, 1) for row in _rows_of(arrow, batch)]
    except MemoryError:  # which Arrow's own is too
        raise
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidHistory(f"{name}: row 1: cannot be read as Parquet: {error}") from error
    return _of_objects(reading, iter(rows), most)


def _rows_of(arrow: Any, batch: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch; a column that has no text is empty, as nothing of it could be an identifier."""
    columns = []
    for column in batch.columns:
        try:
            is_list = arrow.types.is_list(column.type) or arrow.types.is_large_list(column.type)
            columns.append((column if is_list else column.cast(arrow.string())).to_pylist())
        except (arrow.ArrowException, UnicodeDecodeError):
            columns.append([None] * batch.num_rows)
    for cells in zip(*columns, strict=True):
        yield dict(zip(batch.schema.names, cells, strict=True))


def _json(reading: Reading, most: int) -> Sample:
    entries = entries_of(reading) if is_array(reading) else lines_of(reading)
    return _of_objects(reading, _objects(entries), most)


def _objects(entries: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the entries that are objects; what is none is left to the replay, which rejects it by its line."""
    for raw in entries:
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            yield line


def _of_objects(reading: Reading, objects: Iterator[dict[str, Any]], most: int) -> Sample:
    taken = list(islice(objects, most + 1))
    lines = taken[:most]
    is_own_form = any(isinstance(line.get("identifiers"), dict | list) or "op" in line for line in lines)
    flat = [_identifiers(line) for line in lines] if is_own_form else lines
    columns = {name: [_text(line.get(name)) for line in flat] for line in flat for name in line}
    return Sample(
        reading.source.name, reading.format, len(lines), columns, is_own_form=is_own_form, has_more=len(taken) > most
    )


def _identifiers(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a line of a history: its ref, its time, and its identifiers by idType."""
    own = {name: line[name] for name in ("ref", "at") if line.get(name) is not None}
    given = line.get("identifiers")
    if isinstance(given, dict):
        return own | given
    for pair in given if isinstance(given, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            own.setdefault(pair[0], []).append(pair[1])
    return own


def _text(value: Any) -> Any:
    if isinstance(value, list):
        texts = [text for text in map(_text, value) if isinstance(text, str)]
        return texts or None
    if value is None or isinstance(value, dict | bool | bytes) or is_absent(value):
        return None
    return text_of(value)
