"""Totals: the summary of a run on Spark, put together from those of its tasks and a few questions to its tables."""

import json
import pickle
from base64 import b64decode
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from resolver.history import History
from resolver.history.reading import MOST_IGNORED, Notes
from resolver.names import RefusalReason
from resolver.settings import Settings
from resolver.simulate.rejection_reasons import Reading, Reasons
from resolver.simulate.replay import replay
from resolver.simulate.summary import Summary, by_reason
from resolver.spark.order import out_of_time_order
from resolver.spark.packages import functions
from resolver.spark.reading import How

ADDED = (
    "lines", "applied", "rejected", "dropped_identifiers", "profiles", "created", "updated", "unchanged", "deleted",
    "merges", "absorbed", "evictions", "refusals", "identifiers", "left_out", "left_out_identifiers",
)  # fmt: skip
"""The totals that are sums over tasks."""


def summed_up(
    tasks: Sequence[Any],
    ends: Any,
    values: Any,
    tied: Any,
    how: How,
    number: int,
) -> Summary:
    """Return the summary of a run; *tasks* are what its tasks told, *ends* where refs ended, *tied* its lines.

    *values* are what profiles hold: what is no sum is asked of them where lines came to others. *number* is that of the
    settings, under which lines may be left out without some values.
    """
    f, settings, options = functions(), how.settings[number], how.options
    parts = [msgspec.convert(json.loads(task["totals"]), Summary) for task in tasks]
    reasons = Reasons.of_parts([pickle.loads(b64decode(task["reasons"])) for task in tasks])
    refusals: Counter[str] = Counter()
    for part in parts:
        refusals.update(part.refusals_by_reason)
    by_ref = ends.groupBy("ref").agg(
        f.max_by("profile_id", "last_line").alias("last"),
        (f.min("profile_id") != f.max("profile_id")).alias("several"),
    )  # a maximum of structs is slow on some engines, and so is a count of different texts
    groups = by_ref.groupBy("last").agg(
        f.count("*").alias("n"), f.sum(f.col("several").cast("long")).alias("several")
    )  # those of no profile are one group
    living = f.when(f.col("last").isNotNull(), f.col("n"))
    totals = groups.agg(
        f.sum("n").alias("all"), f.sum(living).alias("refs"), f.max(living).alias("largest"),
        f.sum("several").alias("several"),
    ).collect()[0]  # fmt: skip
    refs = totals["refs"] or 0
    history = _columns_told(how, settings)
    frequent = reasons.most_frequent(Reading.of(history, options, settings))
    if how.sort and frequent is not None:  # in parts it is the place of the line that is told
        [row] = tied.where(f.col("line") == f.lit(frequent.line)).select("physical").collect()
        frequent = msgspec.structs.replace(frequent, line=row["physical"])
    none = replay([], settings, **options).summary
    return msgspec.structs.replace(
        none,
        without=how.without,
        **{name: sum(getattr(part, name) for part in parts) for name in ADDED},
        refusals_by_reason=by_reason({reason: refusals[str(reason)] for reason in RefusalReason}),
        largest_profile=_largest(values)
        if any(task["is_growth"] for task in tasks)
        else max((part.largest_profile for part in parts), default=0),
        refs=refs,
        largest_group=totals["largest"] or 0,
        refs_in_several_profiles=totals["several"] or 0,
        refs_of_deleted_profiles=(totals["all"] or 0) - refs,
        out_of_time_order=out_of_time_order(tied.where(f"not coalesce(array_contains(left_out, {number}), false)")),
        rejected_by_reason=dict(sorted(reasons.counts.items())),
        most_frequent_rejection=frequent,
        ignored_columns=history.ignored if how.columns else _ignored(tied),
        suggested_map=history.near,
    )


def _columns_told(how: How, settings: Settings) -> History:
    """Return the lines as a history of which none was read; of a table the columns were looked at."""
    notes = Notes()
    if how.columns:
        layout = how.layout(settings)
        notes.ignore(layout.ignored)
        notes.near.update(layout.near)
    return History([how.reading(notes, settings.id_types)], sort=how.sort)


def _largest(values: Any) -> int:
    f = functions()
    sizes = values.groupBy("profile_id").agg(f.count("*").alias("n"))
    return sizes.agg(f.max("n").alias("n")).collect()[0]["n"] or 0


def _ignored(tied: Any) -> tuple[str, ...]:
    """The keys that nothing read, in the order in which they came first."""
    f = functions()
    line = f.col("physical" if "physical" in tied.columns else "line").alias("line")
    every = tied.where("ignored is not null").select(line, f.posexplode("ignored").alias("place", "name"))
    first = every.groupBy("name").agg(f.min(f.struct("line", "place")).alias("first"))
    rows = first.orderBy("first").limit(MOST_IGNORED).collect()
    return tuple(row["name"] for row in rows)
