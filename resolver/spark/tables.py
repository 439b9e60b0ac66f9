"""Tables: the rows that a task returns: those of a saved run, each with its place in the order of all, and the totals.

A row is of one kind, ``out``; the column of that name has it, the others are null.
"""

from collections.abc import Iterator
from typing import Any

from resolver.simulate.saved_format import COLUMNS, NUMBER, PAIRS, TEXT, TEXTS, schema_of
from resolver.spark.packages import arrow

ROWS = 20_000
"""Rows that are returned at a time."""

NESTED = "nested"
"""A column of lists of lists of texts."""

_TYPES = {
    NESTED: "array<array<string>>",
    NUMBER: "bigint",
    TEXT: "string",
    TEXTS: "array<string>",
    PAIRS: "array<struct<id_type:string,value:string>>",
}

ENDS = "ends"
"""Where the lines of a ref ended in one part: one row for each ref and profile, null for one that is gone."""

TASK = "task"
"""What a task did: its totals, as JSON, and the parts that it had. Those of a growth tell what came to others."""

CHANGES = "changes"
"""The groups that are joined or split between two runs."""

ONLY = "only"
"""The refs that only one of two runs has at the end."""

_OTHERS = {
    CHANGES: (("kind", TEXT), ("refs", TEXTS), ("parts", NESTED), ("line", NUMBER), ("why", TEXT), ("change", TEXT)),
    ONLY: (("kind", TEXT), ("ref", TEXT)),
    ENDS: (("ref", TEXT), ("profile_id", TEXT), ("first_line", NUMBER), ("last_line", NUMBER)),
    TASK: (
        ("totals", TEXT), ("reasons", TEXT), ("parts", TEXT), ("full_profiles", NUMBER), ("is_growth", NUMBER),
    ),
}  # fmt: skip

_ALL = {**COLUMNS, **_OTHERS}

ORDER = ("first", "second", "third")
"""The columns by which the rows of a table are ordered as those of one process."""

NAMES = tuple(_ALL)


def row_schema() -> str:
    """Return the schema of what a task returns, as the engine has it."""
    tables = [f"{name} struct<{_fields(name)}>" for name in NAMES]
    return ", ".join(["setting int", "out string", *[f"{name} bigint" for name in ORDER], *tables])


def _fields(name: str) -> str:
    return ",".join(f"`{column}`:{_TYPES[kind]}" for column, kind in _ALL[name])


def table_schema(name: str) -> Any:
    """Return the schema of one table, as Arrow has it."""
    pa = arrow()
    if name in COLUMNS:
        return schema_of(pa, name)
    texts = pa.list_(pa.string())
    types = {NUMBER: pa.int64(), TEXT: pa.string(), TEXTS: texts, NESTED: pa.list_(texts)}
    return pa.schema([(column, types[kind]) for column, kind in _OTHERS[name]])


def batches_of(setting: int, name: str, table: Any, order: Any) -> Iterator[Any]:
    """Yield rows of a table as a task returns them, with the integers that order them (lists by ``ORDER``)."""
    pa = arrow()
    places = pa.table({key: pa.array(values, pa.int64()) for key, values in zip(ORDER, order, strict=True)})
    kinds = {each: pa.struct([*table_schema(each)]) for each in NAMES}
    for start in range(0, table.num_rows, ROWS):
        part = table.slice(start, ROWS).combine_chunks()
        size = part.num_rows
        columns: dict[str, Any] = {
            "setting": pa.repeat(pa.scalar(setting, pa.int32()), size),
            "out": pa.repeat(pa.scalar(name, pa.string()), size),
        }
        for key in ORDER:
            columns[key] = places.column(key).slice(start, size).combine_chunks()
        for each in NAMES:
            columns[each] = pa.nulls(size, kinds[each])
        arrays = [_whole(part.column(column)) for column in part.schema.names]
        columns[name] = pa.StructArray.from_arrays(arrays, fields=[*table_schema(name)])
        yield pa.RecordBatch.from_arrays([_whole(column) for column in columns.values()], [*columns])


def _whole(column: Any) -> Any:
    """Return a column as one array."""
    pa = arrow()
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
