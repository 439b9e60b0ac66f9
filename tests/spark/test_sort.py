"""Lines in the order of their times, as one process sorts them: numbers, and so ids, are their places in it."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import InvalidHistory, NotInParts
from resolver.simulate import compare as compare_here
from resolver.simulate import load_run, read_history
from resolver.simulate import replay as replay_here
from resolver.spark import compare, replay
from tests.spark.runs import (
    COMPOUND,
    INSIDE,
    LIMITS,
    UNIQUE,
    any_absent,
    any_history,
    any_lines,
    as_json,
    check_equal,
    check_growth,
    frame_of,
    one_process,
)

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


def out_of_order(raws: list[bytes], random: Random, timeless: float = 0.0) -> list[bytes]:
    """Return lines of many times in any order, a few of them the same; some have none."""
    documents = [json.loads(raw) for raw in raws]
    for document in documents:
        if "at" in document:
            document["at"] = random.randrange(-50, len(raws))
        if random.random() < timeless:
            document.pop("at", None)
    return as_json(documents)


@pytest.mark.parametrize("seed", range(4))
def test_sorted_lines_are_those_of_one_process(sail: Any, work: str, tmp_path: Path, seed: int) -> None:
    random, chosen = Random(seed), (UNIQUE, LIMITS, COMPOUND, INSIDE)[seed]
    raws = out_of_order(any_lines(seed + 100, 240, chosen), random)
    raws.insert(7, b"  ")
    run = replay(frame_of(sail, raws, seed=seed), chosen, work=work, parts=3, sort=True)
    expected = one_process(tmp_path, raws, chosen, sort=True)
    check_equal(run, expected, tmp_path)
    assert run.summary.out_of_time_order == 0
    assert load_run(tmp_path / "spark").is_sorted
    assert [step.line for step in expected.steps()] == [row["line"] for row in run.ordered("steps").collect()]


@pytest.mark.parametrize("seed", range(5))
def test_random_histories_of_any_family_may_be_sorted_and_lack_times(sail: Any, tmp_path: Path, seed: int) -> None:
    random, given, chosen, options = any_history(700, seed, 5)
    raws = out_of_order(given, random, 0.3)
    reading = {"sort": True, "default_times": "previous"}
    check_growth(sail, raws, chosen, [], random, tmp_path, reading=reading, **options)


def test_sorted_lines_are_compared_and_left_out_as_in_one_process(sail: Any, tmp_path: Path) -> None:
    random = Random(8)
    raws = out_of_order(any_lines(110, 240), random)
    found = compare(frame_of(sail, raws, seed=8), LIMITS, UNIQUE, work=str(tmp_path / "two"), parts=2, sort=True)
    runs = [one_process(tmp_path, raws, each, sort=True) for each in (LIMITS, UNIQUE)]
    assert found.to_json() == compare_here(*runs).to_json()
    absent = any_absent(raws, random)
    run = replay(frame_of(sail, raws), LIMITS, work=str(tmp_path / "one"), parts=2, sort=True, without=absent)
    check_equal(run, one_process(tmp_path, raws, LIMITS, sort=True, without=absent), tmp_path)


def test_a_table_is_sorted_whatever_stands_in_its_times(sail: Any, work: str, tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    random, size = Random(6), 200
    cells = {
        "mail": [random.choice([None, "no", *[f"a{place}@b.cc" for place in range(60)]]) for _ in range(size)],
        "word": [random.choice([None, *[f"w{place}" for place in range(60)]]) for _ in range(size)],
        "ref": [random.choice([None, "line:7", *[f"r{place}" for place in range(90)]]) for _ in range(size)],
        "at": [random.choice(["soon", *[f"2026-01-02T03:04:{each:02}Z" for each in range(60)]]) for _ in range(size)],
    }
    parquet.write_table(pa.table(cells), tmp_path / "history.parquet")
    numbered = str(tmp_path / "numbered.parquet")
    parquet.write_table(pa.table(cells).append_column("line", pa.array(range(1, size + 1))), numbered)
    run = replay(sail.read.parquet(numbered).repartition(3), LIMITS, work=work, parts=2, sort=True)
    check_equal(run, replay_here(read_history(tmp_path / "history.parquet", sort=True), LIMITS), tmp_path)


def test_what_cannot_be_sorted_is_refused_by_name(sail: Any, tmp_path: Path) -> None:
    line = b'{"at":1,"identifiers":{"mail":"a@b.cc"}}'
    for numbers, named in (((1, 1), "line 1 stands 2 times"), ((1, None), "line None is not"), ((0, 1), "line 0 is")):
        frame = sail.createDataFrame([(number, bytearray(line)) for number in numbers], "line long, raw binary")
        with pytest.raises(InvalidHistory, match=f"^{named}.*; expected a number of its own"):
            replay(frame, UNIQUE, work=str(tmp_path / "one"), sort=True)
    raws = [line, b'{"identifiers":{"mail":"a@b.cc"}}']
    with pytest.raises(NotInParts, match=r"^line 2: it has no time"):
        replay(frame_of(sail, raws), UNIQUE, work=str(tmp_path / "one"), sort=True)
    run = replay(frame_of(sail, raws[:1]), UNIQUE, work=str(tmp_path / "one"), sort=True)
    for how in ({"sort": True}, {}):
        with pytest.raises(
            InvalidHistory, match=r"^since: a line that comes later may be of an earlier time|other sort"
        ):
            replay(frame_of(sail, [line, line]).where("line > 1"), UNIQUE, work=str(tmp_path / "two"), since=run, **how)
