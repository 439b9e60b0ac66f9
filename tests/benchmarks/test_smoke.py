import sys

import pytest

from benchmarks import bench_engine, bench_memory, bench_scaling, one_run


def test_the_engine_benchmark_gives_a_row_per_case() -> None:
    assert [row["case"] for row in bench_engine.measure(50, 1)] == list(bench_engine.CASES)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the resident set is read from /proc")
def test_the_memory_benchmark_measures_every_layout_in_processes_of_their_own() -> None:
    rows = bench_memory.memory(200)
    assert [row["case"] for row in rows] == [f"memory, {layout}" for layout in bench_memory.LAYOUTS]
    assert rows[-1]["goal"] == 684


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
    assert [row["commands"] for row in bench_scaling.growth(10_000, 1)] == [10_000]
    assert len(bench_scaling.steadiness(1000, 1)) == 2 * len(bench_scaling.CASES)


def test_one_run_computes_what_the_benchmark_computes() -> None:
    assert one_run.run("inputs", 50) == {}
    assert one_run.run("execute", 50)["profiles"] > 0
