"""Sweep: a history under every setting of a grid on Spark; settings with the same options are cut together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from resolver.errors import InvalidSettings
from resolver.simulate.sweep import Grid, Sweep, grid_of, read_truth, table_of
from resolver.simulate.sweep.grid import BLOCKED, SUSPECTS, GridSetting
from resolver.simulate.sweep.result import Measures, measures_of
from resolver.simulate.truth import Truth, agreement_of
from resolver.spark.packages import functions
from resolver.spark.parts import components
from resolver.spark.replay import replay_all
from resolver.spark.run import SparkRun


def sweep(
    lines: Any,
    grid: Grid | Mapping[str, Any] | str | Path,
    truth: Mapping[Any, Any] | str | Path | None = None,
    *,
    work: str,
    **options: Any,
) -> Sweep:
    """Replay a history on Spark under every setting of a grid, and measure what became of it.

    *lines*, *work* and *options* are those of ``components``, but for the engine's, which the grid has; *grid* and
    *truth* are those of ``resolver.simulate.sweep``, whose rows are the same. Settings with the same options are cut
    together, and replayed in one pass. The driver gets the refs that the truth knows, and totals.
    """
    tried = grid if isinstance(grid, Grid) else grid_of(grid)
    if tried.suspects:
        allowed = (
            "a list or @FILE: no suspects are looked for here; `resolver suspects --write-blocked FILE` writes them"
        )
        raise InvalidSettings(f"axes.{BLOCKED}", f"{SUSPECTS}{tried.suspects}", allowed)
    persons = read_truth(truth) if isinstance(truth, str | Path) else truth
    alike: list[tuple[dict[str, Any], list[GridSetting]]] = []
    for setting in tried:
        mine = next((each for each in alike if each[0] == setting.options), None)
        if mine is None:
            mine = setting.options, []
            alike.append(mine)
        mine[1].append(setting)
    runs: dict[int, SparkRun] = {}
    for place, (engine_options, settings) in enumerate(alike, 1):
        every = [each.settings for each in settings]
        different = [each for number, each in enumerate(every) if each not in every[:number]]
        parts = components(lines, different, work=f"{work}/options-{place}", **options, **engine_options)
        found, _ = replay_all(parts, every, measured=True)
        runs.update(zip([each.number for each in settings], found, strict=True))
    first = runs[1]
    refs = first.steps.where("ref is not null").select("ref").distinct()
    count = refs.count()
    known = None if persons is None else _known(refs, persons, count)
    told = None if known is None else known.persons
    measured = [_measured(runs[setting.number], told) for setting in tried]
    return table_of(tried, measured, known, first.cut.total, count, len(tried))


def _known(refs: Any, persons: Mapping[Any, Any], count: int) -> Truth:
    """Return the truth about the refs of the history, of which only those that it names come to the driver."""
    named = refs.sparkSession.createDataFrame([(str(ref),) for ref in persons] or [("",)], "ref string")
    found = {row["ref"] for row in refs.join(functions().broadcast(named), "ref").collect()}
    known = Truth.of(persons, found)
    return msgspec.structs.replace(known, untold=count - len(known.persons))


def _measured(run: SparkRun, persons: Mapping[str, str] | None) -> Measures:
    found = None
    if persons is not None:
        named = run.cut.work.spark.createDataFrame([(ref,) for ref in persons], "ref string")
        rows = run.assignments.join(functions().broadcast(named), "ref").select("ref", "profile_id").collect()
        found = agreement_of({row["ref"]: row["profile_id"] for row in rows}, persons)
    return measures_of(run.summary, run.full_profiles, found)
