"""Times: when lines without a time are executed: at the time of the applied command before them, wherever that is.

Which commands are applied may depend on these times. So all are taken to be at first, the lines are replayed with the
times that follow, and the times are found again from the commands that were applied then. Once they stay what they
were, they are those of one process: line by line, each follows from what stands before it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from resolver.errors import NotInParts
from resolver.spark.order import moments_after
from resolver.spark.packages import functions
from resolver.spark.parts import Parts
from resolver.spark.run import SparkRun
from resolver.spark.task import NOT_APPLIED, NotApplied

MOMENTS = "line long, moments array<long>"

MOST_ROUNDS = 12
"""Replays after which the times must be known. Two were the most that was seen in random histories."""


def moments_of(parts: Parts, numbers: Sequence[int], name: str, sent: Callable[[Parts, Any], Any]) -> Any | None:
    """Return the time of each line without one, for each of some settings: a frame of ``MOMENTS``; None without any.

    *sent* returns the lines as tasks get them, with such times. Tables of the *name* are written into the work folder.
    ``NotInParts`` names a line whose time still changes after ``MOST_ROUNDS`` replays.
    """
    f, work, tied = functions(), parts.work, parts.tied
    if not parts.how.takes_previous or not tied.where("timeless").limit(1).count():
        return None
    earlier = None if parts.before is None else _not_applied_in(parts.before)
    not_applied, before, number = earlier, None, 0
    while True:
        number += 1
        moments = work.stored(moments_after(tied, not_applied, numbers), f"{name}-times-{number}")
        if before is not None:
            was = before.select("line", f.col("moments").alias("were"))
            changed = moments.join(was, "line").where("moments <> were")
            found = changed.agg(f.count("*").alias("n"), f.min("line").alias("line")).collect()[0]
            if not found["n"]:
                return moments
            if number > MOST_ROUNDS:
                raise NotInParts(
                    f"line {found['line']}: it has no time, and whether the commands before it are applied still "
                    f"changes with those of other such lines after {MOST_ROUNDS} replays ({found['n']:,} in all); "
                    "expected a time on that line"
                )
        since = 0 if parts.before is None else parts.before.cut.last
        mine = sent(parts, moments).mapInArrow(NotApplied(parts.how, numbers, since=since), NOT_APPLIED)
        not_applied = work.stored(mine, f"{name}-left-{number}")
        not_applied = not_applied if earlier is None else not_applied.union(earlier)
        before = moments


def _not_applied_in(run: SparkRun) -> Any:
    """Return the commands that a run did not apply, as those of the first settings."""
    applied = run.steps.where("status is not null").select("line")
    left = run.cut.tied.where("at is not null").select("line").join(applied, "line", "left_anti")
    return left.select(functions().lit(0).alias("setting"), "line")
