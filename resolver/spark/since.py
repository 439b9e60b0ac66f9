"""Since: lines that came after those of a run, of which only what they touch is replayed.

Facts of earlier lines never change by later ones, and lines in other components never meet. So a task makes the store
of the components that new lines touch, of their old lines or of the stores that large ones left, and executes the new
ones on it. What became of old lines stays, but for where their refs are now; a task tells what came to the totals.
"""

import json
from typing import Any

from resolver.errors import InvalidHistory
from resolver.settings import Settings
from resolver.spark.homes import HOMES, Rounds, homes_with
from resolver.spark.packages import functions
from resolver.spark.reading import How
from resolver.spark.run import Cut, SparkRun
from resolver.spark.sent import LINE
from resolver.spark.tables import ENDS, MOVED, SHARED, STORE, row_schema, rows_of
from resolver.spark.ties import NAMES, tied_schema
from resolver.spark.work import Work, key_of_all
from resolver.versions import versions

RUN = "run"
"""The mark of a replay that has ended, by which its run is found again."""

TOUCHED = f"{HOMES}, is_sent boolean"
"""Lines that further ones touch, and whether a task is sent them: of a giant with a store only new ones are."""

REPLACED = ("profiles", "values", STORE)
"""The tables of what is there at the end."""


def run_before(since: SparkRun | str, how: How, work: Work) -> SparkRun:
    """Return the run to go on from: the one that is given, or the one in a folder.

    ``InvalidHistory`` where it was made in another way than the lines after it would be.
    """
    if how.links_refs or len(how.settings) != 1:
        raise InvalidHistory("since: a replay under one Settings goes on from a run; expected all lines for more")
    if how.sort:
        raise InvalidHistory(
            "since: a line that comes later may be of an earlier time, and all lines after it have other places then, "
            "of which ids are made; expected a replay of all lines"
        )
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
            ("sort", how.sort, run.cut.how.sort),
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
    """Return all lines, cut; and those of the components that new ones touch, with how many of them are sent."""
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
        mine = work.stored(_with_those_sent(found.join(touched, "component"), before), "touched")
        return {"table": table, "lines": mine.where("is_sent").count()}

    found = work.stage("homes", key and key_of_all(key, rounds.most_combinations), find)
    whole = Cut(
        work.table(found["table"], HOMES), old.total + told["total"], max(old.last, told["last"]), how, work,
        work.table("tied", tied_schema(how)), key, found["table"],
    )  # fmt: skip
    return whole, work.table("touched", TOUCHED), found["lines"]


def stores_left(before: SparkRun) -> Any:
    """Return the stores that giants of a run left, in pieces: ``line`` of the giant, ``place``, ``state``."""
    f = functions()
    stores = rows_of(before.rows, STORE, "first", "second")
    return stores.select(f.col("first").alias("line"), f.col("second").cast("int").alias("place"), "state")


def _with_those_sent(touched: Any, before: SparkRun) -> Any:
    """Return lines with the columns of ``TOUCHED``: not sent are those of which a giant has the store."""
    f = functions()
    touched, stores = touched.select("line", "component"), stores_left(before)
    if not stores.limit(1).count():
        return touched.withColumn("is_sent", f.lit(True))
    homes = before.cut.lines.select("line", "component")
    giants = stores.select("line").distinct().join(homes, "line").select("component").distinct()
    kept = homes.join(giants, "component").select("line", f.lit(False).alias("is_sent"))
    is_sent = f.coalesce("is_sent", f.lit(True)).alias("is_sent")
    return touched.join(kept, "line", "left").select("line", "component", is_sent)


def with_what_was(lines: Any, parts: Any, before: SparkRun) -> Any:
    """Return lines as they are sent to tasks, with the stores of their giants, and the refs that new ones name.

    *parts* are the lines that are sent, with ``component`` and ``part``; *lines* have what is told of each.
    """
    f, work = functions(), parts.work
    stores, refs = stores_left(before), _refs_named(parts.tied.where(f.col("line") > before.cut.last), before)
    if refs is None and not stores.limit(1).count():
        return lines
    part_of = parts.lines.select("component", "part").distinct()
    places = work.table("touched", TOUCHED).select("line", "component").join(part_of, "component")
    columns = {"place": "int", "state": "binary", "ref": "string", "profile_id": "string"}
    nothing = {name: f.lit(None).cast(kind).alias(name) for name, kind in columns.items()}
    no_line = f.lit(None).cast(parts.how.raw).alias("raw")
    sent = lines.select(*LINE, *nothing.values())
    told = stores.join(places, "line").withColumn("giant", f.col("component"))
    sent = sent.union(
        told.select("line", "part", no_line, "giant", "place", "state", nothing["ref"], nothing["profile_id"])
    )
    if refs is not None:
        told = refs.join(places, "line").withColumn("giant", f.lit(None).cast("bigint"))
        sent = sent.union(
            told.select("line", "part", no_line, "giant", nothing["place"], nothing["state"], "ref", "profile_id")
        )
    return sent


def _refs_named(new: Any, before: SparkRun) -> Any | None:
    """Return the refs before that new lines name, each with its last applied line and the profile of that.

    None of one that is gone; None instead of a frame where nothing is named.
    """
    f = functions()
    named = new.select(f.explode("names").alias("node")).distinct()
    if not named.limit(1).count():
        return None
    offered = before.cut.tied.select("line", f.explode("offers").alias("node"))
    lines = offered.join(named, "node").select("line").distinct()
    applied = rows_of(before.rows, "steps").where("ref is not null and profile_id is not null").join(lines, "line")
    latest = applied.groupBy("ref").agg(f.max_by("profile_id", "line").alias("latest"), f.max("line").alias("line"))
    ends = rows_of(before.rows, ENDS).join(lines, f.col("first_line") == f.col("line"))
    ended = ends.groupBy("ref").agg(f.max_by("profile_id", "last_line").alias("end"))
    is_there = f.when(f.col("end").isNotNull(), f.col("latest")).alias("profile_id")
    return latest.join(ended, "ref").select("line", "ref", is_there)


def with_rows_before(done: Any, before: SparkRun, touched: Any) -> Any:
    """Return the rows of a run that new lines grew, of which the new rows are *done*.

    What became of old lines stays, with where they ended now; what is there at the end of *touched* lines is as it is
    *done*. Totals stay, as the new ones say what came to them.
    """
    f = functions()
    columns = done.columns
    old = before.rows.withColumn("setting", f.lit(0)).select(*columns)
    replaced = old.where(f.col("out").isin(*REPLACED))
    home = f.when(f.col("out") == STORE, f.col("first")).otherwise(f.col("second"))
    gone = touched.select(f.col("line").alias("home"))
    kept = replaced.withColumn("home", home).join(gone, "home", "left_anti").select(*columns)
    was = SHARED[ENDS]["profile_id"]
    moved = rows_of(done, MOVED).select(f.col("profile_id").alias("was"), "now", f.lit(True).alias("is_moved"))
    ends = old.where(f.col("out") == ENDS).join(moved, f.col(was) == f.col("was"), "left")
    ends = ends.withColumn(was, f.when(f.col("is_moved"), f.col("now")).otherwise(f.col(was))).select(*columns)
    others = old.where(~f.col("out").isin(ENDS, *REPLACED))
    return others.union(ends).union(kept).union(done.where(f.col("out") != MOVED))
