"""Tables: the rows that a task returns: those of a saved run, each with its place in the order of all, and the totals.

A row is of the table ``out``. Tables share columns: the first number of each stands in ``number_0``, and so on, so that
few columns of a row are null.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

from resolver.columns.execution import zeros
from resolver.columns.table_columns import list_ends
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.saved_columns import ColumnTables
from resolver.simulate.saved_format import COLUMNS, NUMBER, PAIRS, TEXT, TEXTS
from resolver.spark.packages import arrow, functions, numpy

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


# Where refs ended


def ends_of(kept: ColumnSource, tables: ColumnTables) -> Iterator[Any]:
    """Yield for each ref and each profile in which its lines ended the first and the last such line, in tables.

    Each of several that are gone has a row of its own: all of a row is about one component.
    """
    np, pa, done = numpy(), arrow(), kept.done
    n = done.numbered
    ref, profile, earliest, latest = _ends(kept)
    numbers = np.frombuffer(n.numbers, np.int64)
    for start in range(0, len(ref), ROWS):
        some = slice(start, start + ROWS)
        columns = [
            tables.texts(array("i", ref[some].tobytes()), n.refs.names),
            tables.ids(array("i", np.maximum(profile[some], -1).tobytes()), done.tables),
            pa.array(numbers[earliest[some]]),
            pa.array(numbers[latest[some]]),
        ]
        yield pa.Table.from_arrays(columns, schema=table_schema(ENDS))


def _ends(kept: ColumnSource) -> list[Any]:
    """Return a ref, the profile in which it ended, and its first and last command there, row by row."""
    np, done = numpy(), kept.done
    size = len(done.latest)
    first, last = array("i", [-1]) * size, zeros("i", size)
    list_ends(done.subject, done.numbered.ref_of, first, last)
    firsts, lasts = np.array(first, np.int32), np.array(last, np.int32)
    subject, ref_of = np.array(done.subject, np.int32), np.array(done.numbered.ref_of, np.int32)
    end = subject
    if len(kept.tops):
        end = np.array(kept.tops, np.int32)[subject]
        parent = np.asarray(done.tables.parent, np.int32)
        end = np.where(parent[end] == end, end, -2 - subject)
    has_end = (subject >= 0) & (ref_of >= 0)
    several = np.zeros(size, bool)
    mine = ref_of[has_end]
    several[mine[end[has_end] != end[firsts[mine]]]] = True
    refs = np.flatnonzero((firsts >= 0) & ~several).astype(np.int32)
    found = [(refs, end[firsts[refs]], firsts[refs], lasts[refs])]
    if several.any():
        events = np.flatnonzero(has_end & several[np.maximum(ref_of, 0)]).astype(np.int32)
        pairs, places = np.unique(np.stack([ref_of[events], end[events]]), axis=1, return_inverse=True)
        places = places.reshape(-1)
        least, most = np.full(pairs.shape[1], len(subject), np.int32), np.zeros(pairs.shape[1], np.int32)
        np.minimum.at(least, places, events)
        np.maximum.at(most, places, events)
        found.append((pairs[0], pairs[1], least, most))
    return [np.concatenate(columns) for columns in zip(*found, strict=True)]
