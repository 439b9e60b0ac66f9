"""Tables: the rows that a task returns: those of a saved run, each with its place in the order of all, and the totals.

A row is of the table ``out``. Tables share columns: the first number of each stands in ``number_0``, and so on, so that
few columns of a row are null.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from resolver.simulate.saved_format import COLUMNS, NUMBER, PAIRS, TEXT, TEXTS
from resolver.spark.packages import arrow, functions

ROWS = 20_000
"""Rows that are returned at a time."""

NESTED = "nested"
"""A column of lists of lists of texts."""

BYTES = "bytes"
"""A column of bytes."""

_TYPES = {
    BYTES: "binary",
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

MOVED = "moved"
"""The profiles that are no more what they were before the lines of a growth: the one that each became, if any."""

STORE = "store"
"""The stores of giants, in pieces that follow each other by ``second``; ``first`` is a line of the giant."""

_OTHERS = {
    MOVED: (("profile_id", TEXT), ("now", TEXT)),
    STORE: (("state", BYTES),),
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


def _shared(name: str) -> dict[str, str]:
    """Return for each column of a table the shared one that has it."""
    counts: Counter[str] = Counter()
    found = {}
    for column, kind in _ALL[name]:
        found[column] = f"{kind}_{counts[kind]}"
        counts[kind] += 1
    return found


SHARED = {name: _shared(name) for name in NAMES}

_KINDS = {shared: dict(_ALL[name])[column] for name, every in SHARED.items() for column, shared in every.items()}
"""The kind of each shared column."""


def row_schema() -> str:
    """Return the schema of what a task returns, as the engine has it."""
    columns = [f"{shared} {_TYPES[kind]}" for shared, kind in _KINDS.items()]
    return ", ".join(["setting int", "out string", *[f"{name} bigint" for name in ORDER], *columns])


def rows_of(done: Any, name: str, *also: str) -> Any:
    """Return one of the tables among rows of all, as a frame with its own columns after some that all have."""
    f = functions()
    columns = [f.col(shared).alias(column) for column, shared in SHARED[name].items()]
    return done.where(f.col("out") == name).select(*also, *columns)


def table_schema(name: str) -> Any:
    """Return the schema of one table, as Arrow has it."""
    return arrow().schema([(column, _arrow_type(kind)) for column, kind in _ALL[name]])


def _arrow_type(kind: str) -> Any:
    pa = arrow()
    texts = pa.list_(pa.string())
    pairs = pa.list_(pa.struct([("id_type", pa.string()), ("value", pa.string())]))
    kinds = {NUMBER: pa.int64(), TEXT: pa.string(), TEXTS: texts, PAIRS: pairs, NESTED: pa.list_(texts)}
    return {**kinds, BYTES: pa.binary()}[kind]


def batches_of(setting: int, name: str, table: Any, order: Any) -> Iterator[Any]:
    """Yield rows of a table as a task returns them, with the integers that order them (columns by ``ORDER``)."""
    pa = arrow()
    kinds = {shared: _arrow_type(kind) for shared, kind in _KINDS.items()}
    mine = {shared: column for column, shared in SHARED[name].items()}
    for start in range(0, table.num_rows, ROWS):
        part = table.slice(start, ROWS)
        size = part.num_rows
        columns: dict[str, Any] = {
            "setting": pa.repeat(pa.scalar(setting, pa.int32()), size),
            "out": pa.repeat(pa.scalar(name, pa.string()), size),
            **{key: pa.array(each[start : start + size]) for key, each in zip(ORDER, order, strict=True)},
        }
        for shared, kind in kinds.items():
            columns[shared] = _whole(part.column(mine[shared])) if shared in mine else pa.nulls(size, kind)
        yield pa.RecordBatch.from_arrays([*columns.values()], [*columns])


def _whole(column: Any) -> Any:
    """Return a column as one array."""
    pa = arrow()
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
