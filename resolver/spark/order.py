"""Order: what a line has from all lines before it, found block by block: the driver gets a value for each block."""

from collections.abc import Sequence
from typing import Any

from resolver.spark.packages import functions

BLOCK = 100_000
"""Lines in a block, where their numbers are spread evenly."""

_BEFORE = "over (partition by block order by line rows between unbounded preceding and 1 preceding)"


def out_of_time_order(tied: Any) -> int:
    """Count the lines whose time is before that of a line before them."""
    f = functions()
    timed = in_blocks(tied.where("at is not null").select("line", "at"), "line")
    latest: int | None = None
    earlier = []
    for row in timed.groupBy("block").agg(f.max("at").alias("at")).orderBy("block").collect():
        earlier.append((row["block"], latest))
        latest = row["at"] if latest is None else max(latest, row["at"])
    if not earlier:
        return 0
    known = tied.sparkSession.createDataFrame(earlier, "block long, before long")
    marked = timed.withColumn("latest", f.expr(f"max(at) {_BEFORE}")).join(f.broadcast(known), "block")
    return int(marked.where(f.col("at") < f.greatest("latest", "before")).count())


def moments_after(tied: Any, not_applied: Any | None, numbers: Sequence[int]) -> Any:
    """Return the time of each line without one, for each of some settings: ``line long, moments array<long>``.

    It is that of the last line before it that has one and was applied, 0 where there is none. *not_applied* has the
    lines that were not, as ``setting int, line long``; without it, all were.
    """
    f = functions()
    every = None
    for place, number in enumerate(numbers):
        timed = tied.where("at is not null").select("line", "at")
        if not_applied is not None:
            gone = not_applied.where(f"setting = {number}").select("line").distinct()
            timed = timed.join(gone, "line", "left_anti")
        mine = _last_before(timed, tied.where("timeless").select("line")).withColumn("place", f.lit(place))
        every = mine if every is None else every.union(mine)
    assert every is not None
    moments = [f.max(f.when(f.col("place") == place, f.col("at"))) for place in range(len(numbers))]
    return every.groupBy("line").agg(f.array(*moments).alias("moments"))


def _last_before(timed: Any, timeless: Any) -> Any:
    """Return the time of the last line before each that has none: ``line long, at long``."""
    f = functions()
    both = timed.union(timeless.select("line", f.lit(None).cast("long").alias("at")))
    marked = in_blocks(both, "line")
    ends = marked.where("at is not null").groupBy("block").agg(f.max_by("at", "line").alias("at"))
    last = {row["block"]: row["at"] for row in ends.collect()}
    now, before = 0, []
    for block in sorted(row["block"] for row in marked.select("block").distinct().collect()):
        before.append((block, now))
        now = last.get(block, now)
    known = timed.sparkSession.createDataFrame(before or [(0, 0)], "block long, before long")
    filled = marked.withColumn("last", f.expr(f"last_value(at) ignore nulls {_BEFORE}")).where("at is null")
    return filled.join(f.broadcast(known), "block").select("line", f.coalesce("last", "before").alias("at"))


def in_blocks(frame: Any, column: str) -> Any:
    """Return a frame with the number of a ``block`` beside each row, which grows with a column of integers."""
    f = functions()
    bounds = frame.agg(f.count("*").alias("n"), f.min(column).alias("least"), f.max(column).alias("most")).collect()[0]
    least, most = bounds["least"] or 0, bounds["most"] or 0
    width = max(1, (most - least) // max(1, bounds["n"] // BLOCK))
    place = (f.col(column).cast("double") - f.lit(float(least))) / f.lit(float(width))
    return frame.withColumn("block", f.floor(place).cast("long"))
