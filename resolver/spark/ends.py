"""Ends: where the lines of a ref ended, a row for each ref and each profile, in which a task has them."""

from array import array
from collections.abc import Iterator
from typing import Any

from resolver.columns.execution import zeros
from resolver.columns.table_columns import list_ends
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.saved_columns import ColumnTables
from resolver.spark.packages import arrow, numpy
from resolver.spark.tables import ENDS, ROWS, table_schema


def ends_of(kept: ColumnSource, tables: ColumnTables) -> Iterator[Any]:
    """Yield for each ref and each profile in which its lines ended the first and the last such line, in tables.

    Each of several that are gone has a row of its own: all of a row is about one component.
    """
    np, pa, done = numpy(), arrow(), kept.done
    n = done.numbered
    ref, profile, earliest, latest = _rows(kept)
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


def _rows(kept: ColumnSource) -> list[Any]:
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
