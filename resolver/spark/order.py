"""Order: what a line has from all lines before it, found block by block: the driver gets a value for each block."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from resolver.columns import marks
from resolver.columns.numbered import Numbered
from resolver.spark.given_lines import GivenLines
from resolver.spark.packages import arrow, functions, numpy
from resolver.spark.reading import How

TIMES = "line long, at long"
"""When a line is: null for one without a time, and for one that is no command."""

TOGETHER = 16
"""Batches that are read at a time."""

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
    ends_at = {row["block"]: row["at"] for row in ends.collect()}
    now, before = 0, []
    for block in sorted(row["block"] for row in marked.select("block").distinct().collect()):
        before.append((block, now))
        now = ends_at.get(block, now)
    known = timed.sparkSession.createDataFrame(before or [(0, 0)], "block long, before long")
    # The last value that is not null is found in a time that grows with the square of a block, by some engines.
    source = f.expr(f"max(case when at is not null then line end) {_BEFORE}")
    untimed = marked.withColumn("source", source).where("at is null").select("line", "block", "source")
    last = timed.select(f.col("line").alias("source"), "at")
    found = untimed.join(last, "source", "left").join(f.broadcast(known), "block")
    return found.select("line", f.coalesce("at", "before").alias("at"))


def in_time_order(read: Any) -> Any:
    """Return the lines of ``line long, at long`` with their places in the order of their times: ``line, place``.

    One without a time has that of the line before it, 0 where there is none, and so stays behind that line; equal times
    keep the order of the lines. Places are counted from 1 on.
    """
    f = functions()
    timed = read.where("at is not null")
    every = timed.union(_last_before(timed, read.where("at is null").select("line")))
    marked = in_blocks(every, "at")
    starts, before = [], 0
    for row in marked.groupBy("block").agg(f.count("*").alias("n")).orderBy("block").collect():
        starts.append((row["block"], before))
        before += row["n"]
    known = read.sparkSession.createDataFrame(starts or [(0, 0)], "block long, before long")
    placed = marked.withColumn("own", f.expr("row_number() over (partition by block order by at, line)"))
    joined = placed.join(f.broadcast(known), "block")
    return joined.select("line", (f.col("own") + f.col("before")).cast("long").alias("place"))


class TimeReader:
    """Reads when each line is, in a worker; blank lines are none."""

    def __init__(self, how: How) -> None:
        self._how = how

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield rows of ``TIMES`` for batches of numbers and lines."""
        np, pa = numpy(), arrow()
        while pairs := [(batch.column(0), batch.column(1)) for batch in islice(batches, TOGETHER)]:
            n = Numbered(GivenLines(self._how, pairs)).read_all()
            given: dict[int, Any] = {event: command.at for event, command in n.others.items()}
            ats = [given.get(event, None if at == marks.NOW else at) for event, at in enumerate(n.ats)]
            broken = [record.line for _, record in n.rejected]
            lines = np.concatenate([np.array(n.lines, np.int64), np.array(broken, np.int64)])
            yield pa.RecordBatch.from_arrays(
                [pa.array(lines), pa.array([*ats, *[None] * len(broken)], pa.int64())], ["line", "at"]
            )


def in_blocks(frame: Any, column: str) -> Any:
    """Return a frame with the number of a ``block`` beside each row, which grows with a column of integers."""
    f = functions()
    bounds = frame.agg(f.count("*").alias("n"), f.min(column).alias("least"), f.max(column).alias("most")).collect()[0]
    least, most = bounds["least"] or 0, bounds["most"] or 0
    width = max(1, (most - least) // max(1, bounds["n"] // BLOCK))
    place = (f.col(column).cast("double") - f.lit(float(least))) / f.lit(float(width))
    return frame.withColumn("block", f.floor(place).cast("long"))
