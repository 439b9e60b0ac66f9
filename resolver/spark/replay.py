"""Replay: the parts of a history, each by one task, to the tables of a run."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from resolver.errors import InvalidHistory, UnequalWorkers
from resolver.settings import Settings
from resolver.spark.packages import functions
from resolver.spark.parts import Parts, components
from resolver.spark.run import SparkRun
from resolver.spark.sent import LINE, STANDS
from resolver.spark.since import TOUCHED, tell_run, with_rows_before, with_what_was
from resolver.spark.tables import TASK, row_schema, rows_of
from resolver.spark.task import PartReplay
from resolver.spark.times import moments_of
from resolver.spark.work import key_of_all
from resolver.versions import versions


def replay(source: Any, settings: Settings, *, work: str | None = None, **options: Any) -> SparkRun:
    """Replay a history on Spark, and return the run; its tables are in the folder *work*.

    *source* is a frame of lines, with *work* and the options of ``components``; or what ``components`` returned, for
    settings that were among its own, without any option. Facts, ids, assignments and totals are those of
    ``resolver.simulate.replay`` for the same lines. With *since*, one of these options, the lines are those that came
    after the ones of a run, and the run is that of all lines.

    Raises what ``components`` raises; ``UnequalWorkers`` where a worker has other libraries than the driver;
    ``InvalidHistory`` where the engine lost lines, or gave one part to several tasks.
    """
    runs, _ = replay_all(parts_of(source, [settings], work, options, "replay"), [settings])
    return runs[0]


def parts_of(
    source: Any,
    settings: Sequence[Settings],
    work: str | None,
    options: Mapping[str, Any],
    name: str,
    *,
    link_refs: bool = False,
) -> Parts:
    """Return what the function of that name is given as *source*, cut if it is a frame."""
    if isinstance(source, Parts):
        if work is not None or options:
            raise TypeError(f"{name}(parts, ...) takes no further options; components(...) had them")
        return source
    if work is None:
        raise TypeError(f"{name}(frame, ...) needs work=, a folder that the driver and all workers can write")
    every = [each for place, each in enumerate(settings) if each not in settings[:place]]
    return components(source, every, work=work, link_refs=link_refs, **options)


def replay_all(
    parts: Parts, settings: Sequence[Settings], *, compared: bool = False, measured: bool = False
) -> tuple[list[SparkRun], Any]:
    """Replay parts under several of their settings in one pass: a run for each, and the frame of all rows.

    With *compared*, the rows say too what the first of the runs and the last differ in. With *measured*, they are only
    what a sweep asks for: totals and assignments, and the steps of the first; with both, no steps.
    """
    numbers = []
    for each in settings:
        if each not in parts.how.settings:
            raise InvalidHistory("settings: the parts were cut for others; expected components(lines, [all settings])")
        numbers.append(parts.how.settings.index(each))
    if measured and parts.before is not None:
        raise InvalidHistory("since: a sweep has no run to go on from; expected all lines")
    kind = "-".join(["compared"] * compared + ["measured"] * measured) or "runs"
    name = "-".join([kind, *map(str, numbers)])
    different, work, whole = list(dict.fromkeys(numbers)), parts.work, parts.whole
    since = 0 if parts.before is None else parts.before.cut.last

    def replayed() -> dict[str, Any]:
        task = PartReplay(parts.how, different, compared=compared, measured=measured, since=since)
        sent = _sent(parts, moments_of(parts, different, name, _sent))
        done = work.stored(sent.mapInArrow(task, row_schema()), name if parts.before is None else "touched-rows")
        for number in different:
            _check(done, number, parts)
        if parts.before is not None:
            touched = work.table("touched", TOUCHED)
            work.stored(with_rows_before(done, parts.before, touched), name)
        return {}

    work.stage(name, parts.key and key_of_all(parts.key, parts.count), replayed)
    if not measured:
        tell_run(whole, name, different)
    done = work.table(name, row_schema())
    return [SparkRun(done, number, whole, has_tables=not (compared and measured)) for number in numbers], done


def _sent(parts: Parts, moments: Any | None) -> Any:
    """Return the lines of all parts as tasks get them, with the *moments* of those that have no time."""
    f = functions()
    columns = (*LINE, STANDS) if parts.how.sort else LINE
    lines = parts.tied.join(parts.lines.select("line", "part", "giant"), "line").select(*columns)
    if parts.before is not None:
        lines = with_what_was(lines, parts, parts.before)
    if moments is not None:
        lines = lines.join(moments, "line", "left")
    salt = f.element_at(f.array(*[f.lit(salt) for salt in parts.salts]), f.col("part") + 1)
    return sent_to_tasks(lines.withColumn("salt", salt), parts.count).select(*lines.columns)


def sent_to_tasks(lines: Any, count: int) -> Any:
    """Return lines as they are given to tasks: each part to one."""
    return lines.repartition(count, "salt")


def _check(done: Any, number: int, parts: Parts) -> None:
    """Check that every part was replayed once and whole, by libraries of the driver's versions."""
    tasks = rows_of(done.where(f"setting = {number}"), TASK).collect()
    lines, torn = 0, set[str]()
    seen: set[str] = set()
    for task in tasks:
        theirs = json.loads(task["totals"])["versions"]
        if theirs != versions():
            differ = [f"{each} {theirs.get(each)}" for each in versions() if theirs.get(each) != versions()[each]]
            ours = ", ".join(f"{each} {version}" for each, version in versions().items())
            raise UnequalWorkers(f"a worker has {', '.join(differ)}; expected the driver's: {ours}")
        each = json.loads(task["parts"])
        torn |= seen & set(each)
        seen |= set(each)
        lines += sum(each.values())
    if torn or lines != parts.total:
        raise InvalidHistory(
            f"the engine replayed {lines:,} of {parts.total:,} lines, and gave {len(torn)} of {parts.count} parts to "
            "several tasks; expected every part in one task, which repartition(n, column) of an engine is to do"
        )
