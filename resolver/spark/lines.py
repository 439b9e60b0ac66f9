"""Lines: a history as a frame of numbered lines of JSON, from text files, or from a table with a column a name.

Ids and facts are made of line numbers, so every line must have one of its own that stays the same. Ties are an error,
never an order by chance.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from resolver.errors import InvalidHistory, shown
from resolver.history.record import plain
from resolver.names import IdType
from resolver.spark.packages import arrow, functions
from resolver.spark.work import Work
from resolver.suggestions import did_you_mean

FIELDS = ("op", "ref", "at", "profile", "idType", "value", "old", "new", "all", "newProfile")
"""The columns of a table that are fields of a line; any other is an idType, or ignored."""

SCHEMA = "line long, raw binary"


def read_lines(spark: Any, path: str | Sequence[str], *, after: int = 0) -> Any:
    """Return the lines of text files of JSON Lines as a frame ``line bigint, raw binary``, numbered as they stand.

    *path* is a file, a folder, a pattern or a list of those, as Spark reads them. Lines are numbered from 1 through the
    files in the order of their paths; *after* a run, from its ``last_line`` on. Two passes by the engine; the driver
    gets a count for each block of a file.
    """
    f = functions()
    text = spark.read.option("lineSep", "\n").text(path)
    marked = text.select(
        f.col("value").cast("binary").alias("raw"),
        f.input_file_name().alias("file"),
        f.input_file_block_start().alias("block"),
        f.monotonically_increasing_id().alias("place"),
    )
    counted = marked.groupBy("file", "block").agg(f.count("*").alias("lines"), f.min("place").alias("first"))
    try:
        blocks = counted.collect()
    except Exception as error:
        if "input_file" not in str(error):
            raise
        raise InvalidHistory(
            "read_lines: this engine does not say which file a line is from; expected a frame with the columns 'line' "
            "and 'raw', a table with number_lines (--order-by), or an engine on a JVM"
        ) from error
    starts, before = [], after
    for row in sorted(blocks, key=lambda row: (row["file"], row["block"])):
        starts.append((row["file"], row["block"], row["first"], before))
        before += row["lines"]
    known = spark.createDataFrame(starts, "file string, block long, first long, before long")
    joined = marked.join(f.broadcast(known), ["file", "block"])
    return joined.select((f.col("place") - f.col("first") + f.col("before") + 1).alias("line"), "raw")


def number_lines(frame: Any, order_by: Sequence[str], *, work: str, after: int = 0) -> Any:
    """Return a table with a column ``line``: 1, 2, 3 and so on, in the order of some columns; or numbers *after* one.

    The order must be total: ``InvalidHistory`` names rows that are equal in all of *order_by*. The result is written
    into the folder *work*, so that a line keeps its number. One task sorts all rows: of very many, a sequence that they
    have from where they come is better.
    """
    f = functions()
    if "line" in frame.columns:
        raise InvalidHistory("the table has a column 'line' already; expected one without, or the table as it is")
    for name in order_by:
        if name not in frame.columns:
            raise InvalidHistory(
                f"order_by: {name!r} is not a column (columns: {', '.join(frame.columns)})"
                f"{did_you_mean(name, frame.columns)}"
            )
    if not order_by:
        raise InvalidHistory("order_by: it is empty; expected the columns that say which row comes first")
    place = Work(frame.sparkSession, work)
    tied = frame.groupBy(*order_by).count().where("count > 1").limit(1).collect()
    if tied:
        row = tied[0]
        values = ", ".join(f"{name}={shown(row[name])}" for name in order_by)
        raise InvalidHistory(
            f"{row['count']} rows have {values}, so nothing says which comes first; "
            "expected further columns in order_by"
        )
    names = ", ".join(f"`{name}`" for name in order_by)
    line = f.expr(f"cast(row_number() over (order by {names}) as bigint) + {int(after)}").alias("line")
    return place.stored(frame.select(line, *frame.columns), "numbered")


def chosen_columns(frame: Any, id_types: Collection[IdType], columns: Mapping[str, str]) -> Any:
    """Return what is read of a frame: ``line`` and ``raw``, or ``line`` and the columns of a table by their names.

    *columns* maps a name (``ref``, an idType) to the column that has it. ``InvalidHistory`` for a frame without line
    numbers, or without any column that is read.
    """
    names = list(frame.columns)
    if "line" not in names:
        raise InvalidHistory(
            f"the frame has no column 'line' (columns: {', '.join(names)}); expected a number of its own for every "
            "line, which stays the same, or number_lines(frame, order_by=[...]) (--order-by COLUMN,COLUMN)"
        )
    line = frame["line"].cast("long").alias("line")
    if "raw" in names and not columns:
        return frame.select(line, frame["raw"].cast("binary").alias("raw"))
    missing = [f"{name}={column}" for name, column in columns.items() if column not in names]
    if missing:
        raise InvalidHistory(f"columns: {', '.join(missing)}: no such column (columns: {', '.join(names)})")
    known, taken = {*FIELDS, *id_types}, set(columns.values())
    own = {name: name for name in names if name in known and name not in columns and name not in taken}
    read = {**{name: column for name, column in columns.items() if name in known}, **own}
    if not any(name in read for name in (*id_types, "op", "profile")):
        raise InvalidHistory(
            f"no column is an idType ({', '.join(id_types)}); the columns are {', '.join(names)}; "
            "expected columns={'email': 'MAIL'}, say"
        )
    return frame.select(line, *[frame[column].alias(name) for name, column in read.items()])


def as_rows(chosen: Any, id_types: Collection[IdType], given: Any, mapped: Mapping[str, str]) -> tuple[Any, list[str]]:
    """Return chosen columns as ``line`` and ``raw``, and the names of the columns in it; none where it is JSON.

    Rows of a table of resolves stay what they are, as structs of those of its columns that are read; rows with other
    operations, and lines of JSON, are lines of JSON. *given* is the frame as it was, *mapped* as for
    ``chosen_columns``. ``InvalidHistory`` for a column whose type is none of texts, integers or times.
    """
    f = functions()
    kinds = dict(chosen.dtypes)
    if kinds.get("raw") == "binary":
        return chosen, []
    names = [name for name in chosen.columns if name != "line"]
    for name in names:
        _check_kind(mapped.get(name, name), kinds[name], is_identifier=name in id_types, is_time=name == "at")
    if not {*names} <= {*id_types, "ref", "at"}:
        return chosen.mapInArrow(RowsAsLines(id_types), SCHEMA), []
    sources = {mapped.get(name, name): name for name in names}
    read = [column for column in given.columns if column in sources]
    columns = [chosen[sources[column]].alias(f"c{place}") for place, column in enumerate(read)]
    return chosen.select("line", f.struct(*columns).alias("raw")), read


_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_TEXTS = ("void", "string", "binary", *_INTEGERS)


def _check_kind(name: str, kind: str, *, is_identifier: bool, is_time: bool) -> None:
    """Check that a column is of a type that is read as what it is named for."""
    inner = kind[len("array<") : -1] if is_identifier and kind.startswith("array<") else kind
    allowed: tuple[str, ...] = (*_TEXTS, "boolean")
    expected = "text or integers"
    if is_identifier:
        allowed, expected = _TEXTS, "text, integers or lists of them"
    elif is_time:
        allowed, expected = (
            ("void", "string", *_INTEGERS, "timestamp", "timestamp_ntz", "date"),
            "times, text or integers",
        )
    if inner not in allowed and not (inner.startswith("decimal(") and inner.endswith(",0)")):
        raise InvalidHistory(f"column {name!r} is of type {kind}; expected {expected}")


class RowsAsLines:
    """Turns rows into lines of JSON, in a worker."""

    def __init__(self, id_types: Collection[IdType]) -> None:
        self._id_types = frozenset(id_types)

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield lines for batches of rows, of which the first column is the number."""
        pa = arrow()
        for batch in batches:
            lines = batch.column(0)
            names = batch.schema.names[1:]
            columns = [_cells(batch.column(place)) for place in range(1, batch.num_columns)]
            raws = [self._line(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
            yield pa.RecordBatch.from_arrays([lines.cast(pa.int64()), pa.array(raws, pa.binary())], ["line", "raw"])

    def _line(self, row: dict[str, Any]) -> bytes:
        line = {name: cell for name, cell in row.items() if cell is not None and name not in self._id_types}
        given = {name: cell for name, cell in row.items() if cell is not None and name in self._id_types}
        if line.get("op", "resolve") == "resolve":
            line["identifiers"] = given
        return json.dumps(line, ensure_ascii=True, separators=(",", ":"), default=_written).encode()


def _cells(column: Any) -> list[Any]:
    """The cells of a column; of moments, the milliseconds."""
    pa = arrow()
    if pa.types.is_timestamp(column.type):
        cells: list[Any] = column.cast(pa.timestamp("ms", column.type.tz), safe=False).cast(pa.int64()).to_pylist()
        return cells
    cells = column.to_pylist()
    return list(cells)


def _written(value: object) -> object:
    """What JSON has no word for, as a text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    other = plain(value)
    return str(value) if other is value else other
