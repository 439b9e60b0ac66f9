"""Lines that came after those of a run: what they touch is replayed, and the run is that of all lines."""

import importlib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import InvalidHistory, NotInParts
from resolver.coupling import coupling
from resolver.ids import numbered_id
from resolver.spark import compare, components, load_run, number_lines, replay
from tests.laws.cut_histories import any_case, any_records
from tests.spark.runs import (
    COMPOUND,
    INSIDE,
    LIMITS,
    SHARED,
    UNIQUE,
    any_lines,
    as_json,
    check_equal,
    check_growth,
    frame_of_some,
    one_process,
    settings,
)

packing: Any = importlib.import_module("resolver.spark.parts")
replaying: Any = importlib.import_module("resolver.spark.replay")  # in the package, a function has this name

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture
def all_giants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every component leave its store behind."""
    monkeypatch.setattr(packing, "GIANT", 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_got_further_lines_twice_is_that_of_one_process(sail: Any, tmp_path: Path, seed: int) -> None:
    random, chosen = Random(seed), (UNIQUE, LIMITS, COMPOUND, INSIDE)[seed]
    raws = any_lines(seed + 40, 240, chosen)
    check_growth(sail, raws, chosen, sorted(random.sample(range(1, 240), 2)), random, tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_so_is_one_that_goes_on_from_the_stores_that_components_left(
    sail: Any, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, chosen = Random(seed), (UNIQUE, LIMITS, COMPOUND, INSIDE)[seed]
    monkeypatch.setattr(packing, "GIANT", (1, 3, 1, 2)[seed])
    raws = any_lines(seed + 60, 240, chosen)
    check_growth(sail, raws, chosen, sorted(random.sample(range(1, 240), 2)), random, tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_random_histories_of_any_family_may_be_cut_anywhere(
    sail: Any, tmp_path: Path, seed: int, all_giants: None
) -> None:
    number = seed
    while True:
        random = Random(number)
        case, chosen, given = any_case(random, number)
        options = {name: option for name, option in given.items() if option is not None}
        try:
            coupling(chosen, **options)
            break
        except NotInParts:
            number += 6
    records = [each for each in any_records(random, case, chosen, 60) if isinstance(each.source, dict)]
    raws = as_json(record.source for record in records)
    check_growth(sail, raws, chosen, [random.randrange(len(raws))], random, tmp_path, **options)


def test_only_what_new_lines_touch_is_replayed(sail: Any, tmp_path: Path) -> None:
    raws = as_json({"at": at, "ref": f"r{at}", "identifiers": {"mail": f"m{at % 40}@b.cc"}} for at in range(200))
    raws += as_json([{"at": 900, "ref": "new", "identifiers": {"mail": "M7@b.cc"}}])
    random = Random(1)
    before = replay(frame_of_some(sail, raws, 0, 200, random), UNIQUE, work=str(tmp_path / "old"))
    new = frame_of_some(sail, raws, 200, 201, random)
    parts = components(new, UNIQUE, work=str(tmp_path / "new"), since=before)
    assert (parts.total, parts.components, parts.largest) == (6, 1, 6)
    run = replay(parts, UNIQUE)
    assert run.last_line == 201
    check_equal(run, one_process(tmp_path, raws, UNIQUE), tmp_path)


def test_of_a_giant_only_the_new_lines_are_replayed_and_small_components_join_it_with_all_of_theirs(
    sail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "GIANT", 50)
    raws = as_json({"at": at, "ref": f"r{at}", "identifiers": {"mail": f"m{at % 3}@b.cc"}} for at in range(180))
    raws += as_json({"at": at, "ref": f"s{at}", "identifiers": {"mail": f"n{at % 3}@b.cc"}} for at in range(9))
    joined = {"at": 900, "ref": "new", "identifiers": {"mail": ["M1@b.cc", "n0@b.cc", "m2@b.cc"]}}
    raws += as_json([joined, {"at": 901, "ref": "r1", "identifiers": {"mail": "n2@b.cc"}}])
    random, before = Random(1), None
    for place, (start, end, sent) in enumerate(((0, 189, 189), (189, 190, 4), (190, 191, 4))):
        new, work = frame_of_some(sail, raws, start, end, random), str(tmp_path / f"work-{place}")
        parts = components(new, UNIQUE, work=work, since=before, parts=2, max_part_lines=None if place == 0 else 40)
        assert parts.total == sent
        before = replay(parts, UNIQUE)
        check_equal(before, one_process(tmp_path, raws[:end], UNIQUE), tmp_path)


def test_a_line_joins_what_was_apart_and_names_what_was_not_named(sail: Any, tmp_path: Path, all_giants: None) -> None:
    """A combination of values of two components, a ref that nothing named before, and one that named a later line."""
    chosen = settings(["mail", "call AND word"], call=SHARED, word=SHARED)
    lines = [
        {"at": 1, "ref": "a", "identifiers": {"mail": "a@b.cc", "call": "3175550001"}},
        {"at": 2, "ref": "b", "identifiers": {"mail": "b@b.cc", "word": "w", "call": "3175550001"}},
        {"at": 3, "ref": "c", "identifiers": {"mail": "c@b.cc"}},
        {"op": "add", "at": 4, "profile": "ref:later", "idType": "word", "value": "x"},
        {"op": "delete", "at": 5, "profile": "ref:c"},
        {"at": 6, "ref": "later", "identifiers": {"mail": "d@b.cc"}},
        {"op": "add", "at": 7, "profile": "ref:a", "idType": "word", "value": "W"},
    ]
    check_growth(sail, as_json(lines), chosen, [4], Random(2), tmp_path)


def test_a_ref_whose_profiles_are_gone_has_no_end_whichever_of_its_lines_are_touched(
    sail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, Any]] = [
        *({"at": at, "ref": ref, "identifiers": {"mail": f"{at}@b.cc"}} for at, ref in enumerate("rrr", 1)),
        *({"op": "delete", "at": at + 3, "profile": numbered_id(at)} for at in (1, 3)),
        {"at": 6, "ref": "s", "identifiers": {"mail": "1@b.cc"}},
    ]
    for seed in range(3):  # in one part, or in two
        monkeypatch.setattr(packing, "GIANT", 1 + 9 * (seed == 1))
        run = check_growth(sail, as_json(lines), UNIQUE, [5], Random(seed), tmp_path / str(seed))
        assert run.summary.refs_of_deleted_profiles == 1


def test_what_a_run_cannot_go_on_with_is_refused_by_name(sail: Any, tmp_path: Path) -> None:
    raws, random = any_lines(2, 40), Random(4)
    old, new = frame_of_some(sail, raws, 0, 30, random), frame_of_some(sail, raws, 30, 40, random)
    folder, work = str(tmp_path / "old"), str(tmp_path / "new")
    with pytest.raises(InvalidHistory, match=r"/old has no run that has ended; expected the work folder of a replay$"):
        replay(new, UNIQUE, since=folder, work=work)
    run = replay(old, UNIQUE, work=folder, tz="Europe/Paris")
    with pytest.raises(InvalidHistory, match=r"^line \d+ does not come after line 30, .*; expected numbers from 31 on"):
        replay(old, UNIQUE, since=run, work=work, tz="Europe/Paris")
    with pytest.raises(InvalidHistory, match=r"has other options, tz; expected the same$"):
        replay(new, UNIQUE, since=folder, work=work, match="first")
    with pytest.raises(InvalidHistory, match=r"has other settings; expected the same$"):
        replay(new, LIMITS, since=folder, work=work, tz="Europe/Paris")
    with pytest.raises(InvalidHistory, match=r"has other settings, tz; expected the same$"):
        replay(new, LIMITS, since=run, work=work)
    with pytest.raises(InvalidHistory, match=r"^work: .* is where the run is .*; expected another folder$"):
        replay(new, UNIQUE, since=run, work=folder, tz="Europe/Paris")
    with pytest.raises(InvalidHistory, match=r"^since: a replay under one Settings goes on from a run"):
        compare(new, UNIQUE, LIMITS, since=run, work=work)


def test_a_run_is_found_again_in_its_folder(sail: Any, tmp_path: Path) -> None:
    raws, folder = any_lines(9, 60), str(tmp_path / "work")
    parts = components(frame_of_some(sail, raws, 0, 60, Random(5)), [UNIQUE, LIMITS], work=folder)
    replaying.replay_all(parts, [UNIQUE, LIMITS])
    for chosen in (UNIQUE, LIMITS):
        check_equal(load_run(sail, folder, chosen), one_process(tmp_path, raws, chosen), tmp_path)
    assert load_run(sail, folder).settings == UNIQUE


def test_further_rows_are_numbered_after_those_of_a_run(sail: Any, tmp_path: Path) -> None:
    frame = sail.createDataFrame([("b", 2), ("a", 1)], "ref string, at long")
    numbered = number_lines(frame, ["at"], work=str(tmp_path), after=7)
    assert [(row["line"], row["ref"]) for row in numbered.orderBy("line").collect()] == [(8, "a"), (9, "b")]
