"""Ends: where the lines of a ref ended, a row for each ref and each profile, in which a task has them."""

from array import array
from typing import Any

from resolver.columns.execution import zeros
from resolver.columns.table_columns import list_ends
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.saved_columns import ColumnTables
from resolver.spark.packages import arrow, numpy
from resolver.spark.tables import ENDS, table_schema


def ends_of(kept: ColumnSource, tables: ColumnTables) -> Any:
    """Return for each ref and each profile in which its lines ended the first and the last such line.

    Each of several that are gone has a row of its own: all of a row is about one component.
    """
    np, pa, done = numpy(), arrow(), kept.done
    n, size = done.numbered, len(done.latest)
    first, last = array("i", [-1]) * size, zeros("i", size)
    list_ends(done.subject, n.ref_of, first, last)
    firsts, lasts = np.array(first, np.int64), np.array(last, np.int64)
    subject, ref_of = np.array(done.subject, np.int64), np.array(n.ref_of, np.int64)
    top, parent = np.array(kept.tops, np.int64), np.asarray(done.tables.parent, np.int64)
    if len(top):
        end = top[subject]
        end = np.where(parent[end] == end, end, -2 - subject)
    else:
        end = subject
    has_end = (subject >= 0) & (ref_of >= 0)
    alone = firsts >= 0
    several = np.zeros(size, bool)
    several[ref_of[has_end][end[has_end] != end[firsts[ref_of[has_end]]]]] = True
    alone &= ~several
    refs = np.flatnonzero(alone)
    found = [(refs, end[firsts[refs]], firsts[refs], lasts[refs])]
    if several.any():
        events = np.flatnonzero(has_end & several[np.maximum(ref_of, 0)])
        pairs, places = np.unique(np.stack([ref_of[events], end[events]]), axis=1, return_inverse=True)
        places = places.reshape(-1)
        least, most = np.full(pairs.shape[1], len(subject)), np.zeros(pairs.shape[1], np.int64)
        np.minimum.at(least, places, events)
        np.maximum.at(most, places, events)
        found.append((pairs[0], pairs[1], least, most))
    ref, profile, earliest, latest = (np.concatenate(columns) for columns in zip(*found, strict=True))
    lines = np.array(n.lines, np.int64)
    columns = [
        tables.texts(array("i", ref.astype(np.int32).tobytes()), n.refs.names),
        tables.ids(array("i", np.maximum(profile, -1).astype(np.int32).tobytes()), done.tables),
        pa.array(lines[earliest]),
        pa.array(lines[latest]),
    ]
    return pa.Table.from_arrays(columns, schema=table_schema(ENDS))
