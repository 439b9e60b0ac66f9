"""Since: lines that came after those of a run, of which only what they touch is replayed.

Facts of earlier lines never change by later ones, and lines in other components never meet. So the components that new
lines touch are replayed from their first line, their rows take the place of those that the run has, and all other rows
stay. A task tells by how much the totals of its components grew.
"""

import json
from typing import Any

from resolver.errors import InvalidHistory
from resolver.settings import Settings
from resolver.spark.homes import HOMES, Rounds, homes_with
from resolver.spark.packages import functions
from resolver.spark.reading import How
from resolver.spark.run import Cut, SparkRun
from resolver.spark.tables import TASK, row_schema
from resolver.spark.ties import NAMES, tied_schema
from resolver.spark.work import Work, key_of_all
from resolver.versions import versions

RUN = "run"
"""The mark of a replay that has ended, by which its run is found again."""


def run_before(since: SparkRun | str, how: How, work: Work) -> SparkRun:
    """Return the run to go on from: the one that is given, or the one in a folder.

    ``InvalidHistory`` where it was made in another way than the lines after it would be.
    """
    if how.links_refs or len(how.settings) != 1:
        raise InvalidHistory("since: a replay under one Settings goes on from a run; expected all lines for more")
    place = Work(work.spark, since) if isinstance(since, str) else since.cut.work
    if place.path == work.path:
        raise InvalidHistory(f"work: {work.path} is where the run is that is gone on from; expected another folder")
    run = load_run(work.spark, since, how.settings[0]) if isinstance(since, str) else since
    differ = [
        name
        for name, mine, other in (
            ("settings", how.settings[0], run.settings),
            ("options", _told(how.options), _told(run.options)),
            ("tz", how.tz, run.cut.how.tz),
            ("at_unit", how.at_unit, run.cut.how.at_unit),
            ("default_times", how.default_times, run.cut.how.default_times),
        )
        if mine != other
    ]
    if differ:
        raise InvalidHistory(f"since: the run in {place.path} has other {', '.join(differ)}; expected the same")
    return run


def _told(options: Any) -> dict[str, Any]:
    """Return options in the form in which they are compared: those that are not left out, as texts."""
    every = {name: option for name, option in options.items() if option is not None}
    return {name: option if name == "normalizers" else str(option) for name, option in every.items()}


def load_run(spark: Any, work: str, settings: Settings | None = None) -> SparkRun:
    """Return the run that a replay left in its work folder: that under some *settings*, or the first.

    ``InvalidHistory`` for a folder in which no replay has ended, or one by other libraries. A replay with own
    normalizations cannot be found again.
    """
    place = Work(spark, work)
    mark = place.mark(RUN)
    if mark is None:
        raise InvalidHistory(f"{place.path} has no run that has ended; expected the work folder of a replay")
    told = json.loads(mark[1])
    if told["versions"] != versions():
        raise InvalidHistory(
            f"the run in {place.path} was made with other libraries ({told['versions']}); expected a replay of all "
            "lines"
        )
    how = How.from_json(told["how"])
    number = next((each for each in told["numbers"] if settings in (None, how.settings[each])), None)
    if number is None:
        raise InvalidHistory(f"the run in {place.path} has other settings; expected the same")
    table = told["lines"]
    lines, tied = place.table(table, HOMES), place.table("tied", tied_schema(how))
    cut = Cut(lines, told["total"], told["last"], how, place, tied, told["key"], table)
    return SparkRun(place.table(told["rows"], row_schema()), number, cut)


def tell_run(cut: Cut, rows: str, numbers: list[int]) -> None:
    """Leave the mark by which a run is found in its folder; *rows* is the name of the table of its rows."""
    told = {
        "how": cut.how.to_json(), "versions": versions(), "total": cut.total, "last": cut.last, "lines": cut.table,
        "rows": rows, "numbers": numbers, "key": cut.key,
    }  # fmt: skip
    cut.work.stage(RUN, cut.key and key_of_all(cut.key, rows), lambda: told)


def check_are_later(least: int | None, before: SparkRun) -> None:
    """Check that the first of the new lines is after all of a run."""
    last = before.cut.last
    if least is not None and least <= last:
        raise InvalidHistory(
            f"line {least} does not come after line {last}, the last of the run that is gone on from; expected numbers "
            f"from {last + 1} on, or a replay of all lines"
        )


def grown(new: Any, told: dict[str, int], before: SparkRun, key: str | None, rounds: Rounds) -> tuple[Cut, Any, int]:
    """Return all lines, cut; and those of the components that new ones touch, with how many these are."""
    work, old = rounds.work, before.cut
    how = How(
        [before.settings], before.options, old.how.tz, old.how.at_unit,
        without=old.how.without, columns=old.how.columns, raw=old.how.raw, header=old.how.header,
        mapped=old.how.mapped, default_times=old.how.default_times,
    )  # fmt: skip

    def find() -> dict[str, Any]:
        f = functions()
        was_left_out = f.expr(f"case when array_contains(left_out, {before.number}) then array(0) end")
        tied = work.stored(
            old.tied.withColumn("left_out", was_left_out).select(*NAMES).union(new.select(*NAMES)), "tied"
        )
        homes = old.lines.select("line", "component")
        table = homes_with(new, old.tied, homes, tied, how, rounds)
        found = work.table(table, HOMES)
        touched = found.where(f.col("line") > old.last).select("component").distinct()
        mine = work.stored(found.join(touched, "component").select("line", "component"), "touched")
        return {"table": table, "lines": mine.count()}

    found = work.stage("homes", key and key_of_all(key, rounds.most_combinations), find)
    whole = Cut(
        work.table(found["table"], HOMES), old.total + told["total"], max(old.last, told["last"]), how, work,
        work.table("tied", tied_schema(how)), key, found["table"],
    )  # fmt: skip
    return whole, work.table("touched", HOMES), found["lines"]


def with_rows_before(done: Any, before: SparkRun, touched: Any) -> Any:
    """Return the rows of a run that new lines grew: those of *touched* components as they are *done* now.

    Totals stay, as the new ones say what came to them.
    """
    f = functions()
    old = before.rows.withColumn("setting", f.lit(0))
    line = f.when(f.col("out").isin("profiles", "values"), f.col("second")).otherwise(f.col("first"))
    placed = old.where(f.col("out") != TASK).withColumn("home", line)
    gone = touched.select(f.col("line").alias("home"))
    kept = placed.join(gone, "home", "left_anti").select(*done.columns)
    return kept.union(old.where(f.col("out") == TASK).select(*done.columns)).union(done)
