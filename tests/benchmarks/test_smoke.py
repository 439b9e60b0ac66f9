import json
import sys
from pathlib import Path

import pytest

from benchmarks import (
    bench_columns,
    bench_engine,
    bench_explain,
    bench_http,
    bench_memory,
    bench_normalize,
    bench_policies,
    bench_report,
    bench_scaling,
    bench_sweep,
    one_run,
)
from benchmarks.events import STREAMS, settings_of, shaped
from benchmarks.rounds import publish
from resolver import Engine, Resolve, Status


def test_the_engine_benchmark_gives_a_row_per_stream_and_case() -> None:
    rows = bench_engine.measure(50, 1)
    assert [row["case"] for row in rows] == [f"{name}: {case}" for name in STREAMS for case in bench_engine.CASES]


def test_the_policies_benchmark_has_a_row_per_policy_and_the_same_facts_where_no_bound_is_met() -> None:
    rows = bench_policies.measure(300, 1, ["limits near"])
    assert [row["case"] for row in rows if row["best_ratio"] == 1.0][:1] == ["limits near: none"]
    facts = {row["case"].removeprefix("limits near: "): (row["facts"], row["profiles"]) for row in rows}
    assert len(facts) == 9
    for same in ("windows", "blocked: 10,000 texts", "blocked: 50 patterns"):
        assert facts[same] == facts["none"]
    assert facts["all of them, no bound met"] == facts["none, no bound met"]
    assert facts["protect all"] != facts["none"]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_has_the_shape_that_it_names(name: str) -> None:
    shape = STREAMS[name]
    events, times = shaped(3000, 1, shape)
    engine = Engine(settings_of(shape))
    statuses = [engine.execute(Resolve(event, at)).status for event, at in zip(events, times, strict=True)]
    assert abs(statuses.count(Status.CREATED) / 3000 - shape.creations) < 0.06
    assert abs(statuses.count(Status.MERGED) / 3000 - shape.merges) < 0.05
    assert (times != sorted(times)) is (shape.late > 0)
    assert max(map(len, events)) <= shape.types


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the resident set is read from /proc")
def test_the_memory_benchmark_measures_every_layout_in_processes_of_their_own() -> None:
    rows = bench_memory.memory(200)
    assert [row["case"] for row in rows] == [f"memory, {layout}" for layout in bench_memory.LAYOUTS]
    assert rows[-1]["goal"] == 450


def test_copies_are_measured_beside_rebuilding_the_index() -> None:
    rows = {row["case"]: row for row in bench_memory.copies(50, 1)}
    assert list(rows) == ["index", "fork", "snapshot", "restore"]
    assert rows["restore"]["best_to_index"] > 0


@pytest.mark.parametrize("case", bench_scaling.CASES)
def test_every_scaling_case_runs(case: str) -> None:
    assert len(bench_scaling.parts(bench_scaling.CASES[case][0], 20)) == bench_scaling.PARTS


def test_a_chain_and_a_star_end_in_one_profile() -> None:
    for make in (bench_scaling.chain, bench_scaling.star):
        engine, commands = make(20)
        assert {engine.execute(command).status for command in commands} == {"merged"}
        assert len(engine) == 1


def test_a_full_profile_stays_full_and_one() -> None:
    for make in (bench_scaling.full_hit, bench_scaling.full_changed):
        engine, commands = make(30)
        for command in commands:
            engine.execute(command)
        (profile,) = engine.profiles()
        assert [len(values) for values in engine.identifiers(profile).values()] == [100] * 15


def test_a_shared_value_merges_nobody() -> None:
    for make in (bench_scaling.shared, bench_scaling.shared_in_a_compound):
        engine, commands = make(20)
        for command in commands:
            engine.execute(command)
        assert len(engine.lookup("name", "Smith").profile_ids) == len(engine) == 20


def test_growth_and_steadiness_give_their_rows() -> None:
    assert [row["commands"] for row in bench_scaling.growth(10_000, 1, ["repeats"])] == [10_000]
    assert len(bench_scaling.steadiness(1000, 1)) == 2 * len(bench_scaling.CASES)


def test_one_run_computes_what_the_benchmark_computes() -> None:
    assert one_run.run("inputs", 50) == {}
    assert one_run.run("commands", 50) == {"commands": 50, "profiles": 0}
    assert one_run.run("execute", 50)["profiles"] > 0


def test_the_normalization_benchmark_compares_what_gives_the_same() -> None:
    rows = bench_normalize.measure(50, 1)
    assert len(rows) == 3
    assert all(row["best_ratio"] == row["median_ratio"] > 0 for row in rows)  # one round: best and median are one


def test_the_explain_benchmark_explains_a_pair_together_and_a_pair_apart() -> None:
    rows = {row["case"]: row for row in bench_explain.measure(150, 1)}
    assert rows.pop("replay")["best_ratio"] == 1
    assert set(rows) == set(bench_explain.CASES)


def test_the_sweep_benchmark_replays_every_setting() -> None:
    assert all(row["best_ratio"] > 0 for row in bench_sweep.measure(30, 2, 1))


def test_the_columns_benchmark_ends_with_as_many_profiles_as_the_engine() -> None:
    rows = {row["case"] for row in bench_columns.measure(60, 1, 2)}  # which itself compares the counts
    assert rows >= {"execute", "csv: rows, executed", "csv: numbering, loop", "memory"}


def test_the_columns_benchmark_runs_the_loop_beside_the_floor_on_every_stream() -> None:
    rows = bench_columns.loops(60, 1)
    assert [row["case"] for row in rows] == [f"{name}: loop" for name in STREAMS]
    assert all(row["best_ratio"] > 0 for row in rows)


def test_the_columns_benchmark_has_a_further_setting_and_the_comparison_beside_a_replay() -> None:
    rows = bench_columns.what_ifs(60, 1)
    assert [row["case"] for row in rows] == ["what-if: replay", "what-if: a further setting", "what-if: the comparison"]
    assert rows[0]["best_times_faster"] == 1


def test_the_columns_benchmark_refuses_to_time_loops_that_end_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_columns, "_execute", lambda _: (1.0, 7))
    with pytest.raises(AssertionError, match="'execute': 7"):
        bench_columns.measure(60, 1, 2)


def test_the_report_benchmark_writes_a_page_with_its_groups(tmp_path: Path) -> None:
    rows = bench_report.write(3, 1, tmp_path / "page.html")
    assert rows
    assert (tmp_path / "page.html").stat().st_size > 10_000


@pytest.mark.slow
def test_the_load_benchmark_puts_every_target_beside_the_handler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)  # so that our own client gives the load
    words = [
        "--seconds",
        "1",
        "--rounds",
        "1",
        "--people",
        "20",
        "--cases",
        "GET",
        "--connections",
        "1",
        "--folder",
        str(tmp_path),
    ]
    rows = list(bench_http.measured(bench_http.options(words)))
    assert all(row["fsync"] > 0 for row in rows)
    assert [row["target"] for row in rows] == ["handler", "memory", "db"]
    assert rows[0]["best_to_handler"] == 1
    assert not any(row["errors"] for row in rows)


def test_rows_are_written_with_what_they_were_measured_with(tmp_path: Path) -> None:
    publish([{"case": "one"}], tmp_path / "new" / "rows.json", cpus=2)
    written = json.loads((tmp_path / "new" / "rows.json").read_text())
    assert written["rows"] == [{"case": "one"}]
    assert written["environment"]["cpus"] == 2
    assert written["environment"]["python"] == sys.version.split()[0]
