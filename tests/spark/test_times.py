"""Lines without a time are executed when the applied command before them was, as in one process."""

import importlib
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import IdentifierConfig, InvalidHistory, InvalidSettings, NotInParts, Settings
from resolver.simulate import compare as compare_here
from resolver.simulate import read_history
from resolver.simulate import replay as replay_here
from resolver.simulate import sweep as sweep_here
from resolver.spark import compare, components, replay, sweep
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

times: Any = importlib.import_module("resolver.spark.times")

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

PREVIOUS: dict[str, Any] = {"default_times": "previous"}


def some_without(raws: list[bytes], random: Random, share: float = 0.4) -> list[bytes]:
    """Return lines of which some have no time."""
    documents = [json.loads(raw) for raw in raws]
    for document in documents:
        if random.random() < share:
            document.pop("at", None)
    return as_json(documents)


@pytest.mark.parametrize("seed", range(4))
def test_lines_without_a_time_have_that_of_the_applied_command_before(
    sail: Any, work: str, tmp_path: Path, seed: int
) -> None:
    random, chosen = Random(seed), (UNIQUE, LIMITS, COMPOUND, INSIDE)[seed]
    options = {"on_invalid": ("drop", "refuse", "keep", "refuse")[seed]}
    raws = some_without(any_lines(seed + 80, 240, chosen), random)
    run = replay(frame_of(sail, raws, seed=seed), chosen, work=work, parts=3, **PREVIOUS, **options)
    expected = one_process(tmp_path, raws, chosen, **options)
    assert {step.at for step in expected.steps() if step.at is None}
    check_equal(run, expected, tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_random_histories_of_any_family_may_lack_times_and_grow(sail: Any, tmp_path: Path, seed: int) -> None:
    random, given, chosen, options = any_history(900, seed, 6)
    raws = some_without(given, random)
    cuts = [random.randrange(len(raws))] if seed % 2 else []
    check_growth(sail, raws, chosen, cuts, random, tmp_path, reading=PREVIOUS, **options)


@pytest.mark.parametrize("seed", range(2))
def test_each_of_several_settings_has_times_of_its_own(sail: Any, work: str, tmp_path: Path, seed: int) -> None:
    """What is refused under one of them is applied under the other, so that lines after it have different times."""
    baseline, candidate = [(UNIQUE, COMPOUND), (LIMITS, UNIQUE)][seed]
    raws = some_without(any_lines(seed + 90, 240), Random(seed))
    found = compare(frame_of(sail, raws, seed=seed), baseline, candidate, work=work, parts=3, **PREVIOUS)
    runs = [one_process(tmp_path, raws, each) for each in (baseline, candidate)]
    assert found.to_json() == compare_here(*runs).to_json()
    for run, expected in zip((found.baseline, found.candidate), runs, strict=True):
        check_equal(run, expected, tmp_path / str(expected.summary.profiles))


def test_a_sweep_of_lines_without_times_is_that_of_one_process(sail: Any, work: str, tmp_path: Path) -> None:
    raws = some_without(any_lines(95, 200), Random(3))
    base = {**UNIQUE.to_json(), "options": {"onInvalid": "drop"}}
    grid = {"base": base, "axes": {"mail.limit": [1, 100], "options.onInvalid": ["drop", "refuse"]}}
    one_process(tmp_path, raws, UNIQUE)
    found = sweep(frame_of(sail, raws, seed=1), grid, work=work, parts=2, **PREVIOUS)
    expected = sweep_here(read_history(tmp_path / "history.jsonl"), grid, jobs=1)
    assert [row.measures for row in found.rows] == [row.measures for row in expected.rows]


def test_what_is_absent_lends_its_time_to_no_line(sail: Any, work: str, tmp_path: Path) -> None:
    raws = some_without(any_lines(97, 200, LIMITS), Random(5))
    absent = any_absent(raws, Random(5))
    run = replay(frame_of(sail, raws, seed=5), LIMITS, work=work, parts=3, without=absent, **PREVIOUS)
    expected = one_process(tmp_path, raws, LIMITS, without=absent)
    assert expected.summary.left_out > 0
    check_equal(run, expected, tmp_path)


def test_a_table_may_have_empty_cells_for_times_or_no_column_of_them(sail: Any, work: str, tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    random, size = Random(6), 200
    mails = [None, "no", *[f"a{place}@b.cc" for place in range(60)]]
    cells = {
        "mail": [random.choice(mails) for _ in range(size)],
        "word": [random.choice([None, *[f"w{place}" for place in range(60)]]) for _ in range(size)],
        "at": pa.array([random.choice([None, random.randrange(90)]) for _ in range(size)], pa.int64()),
    }
    for place, names in enumerate((("mail", "word", "at"), ("mail", "word"))):
        table, folder = pa.table({name: cells[name] for name in names}), tmp_path / str(place)
        folder.mkdir()
        parquet.write_table(table, folder / "history.parquet")
        numbered = str(folder / "numbered.parquet")
        parquet.write_table(table.append_column("line", pa.array(range(1, size + 1))), numbered)
        run = replay(sail.read.parquet(numbered), LIMITS, work=f"{work}-{place}", parts=2, **PREVIOUS)
        check_equal(run, replay_here(read_history(folder / "history.parquet"), LIMITS), folder)


ONE = Settings([IdentifierConfig("mail", limit=1), IdentifierConfig("word")], ["mail", "word"])


def each_decided_by_the_one_before(count: int) -> list[bytes]:
    """Return lines of which every third is refused, as the one before is late, as the third before it was refused."""
    holders = [{"at": 100, "ref": f"r{n}", "identifiers": {"mail": f"a{n}@b.cc"}} for n in range(count)]
    lines: list[dict[str, Any]] = [*holders, {"at": 50, "identifiers": {"word": "late"}}]
    for n in range(count):
        named = {"profile": f"ref:r{n}", "idType": "mail", "value": f"b{n}@b.cc"}
        lines += [{"op": "add", **named}, {"op": "remove", "at": 200, **named}]
    return as_json(lines)


def test_times_that_follow_from_each_other_are_found_one_after_the_other(
    sail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = each_decided_by_the_one_before(4)
    expected = one_process(tmp_path, raws, ONE)
    assert expected.summary.rejected == 4
    check_equal(replay(frame_of(sail, raws), ONE, work=str(tmp_path / "one"), **PREVIOUS), expected, tmp_path)
    monkeypatch.setattr(times, "MOST_ROUNDS", 3)
    with pytest.raises(
        NotInParts, match=r"^line 12: it has no time.* after 3 replays \(1 in all\); expected a time on"
    ):
        replay(frame_of(sail, raws), ONE, work=str(tmp_path / "two"), **PREVIOUS)


@pytest.mark.parametrize("how", [PREVIOUS, {"sort": True, **PREVIOUS}], ids=["previous", "sorted"])
def test_the_least_and_the_largest_time_are_times(sail: Any, work: str, tmp_path: Path, how: dict[str, Any]) -> None:
    """Beyond 64 bits nothing is."""
    ats = [7, (1 << 63) - 1, 1 << 63, -(1 << 63), -(1 << 63) - 1, None, 10**30]
    raws = as_json({"ref": f"r{at}", "at": at, "identifiers": {"mail": f"m{n}@b.cc"}} for n, at in enumerate(ats))
    run = replay(frame_of(sail, raws), UNIQUE, work=work, **how)
    expected = one_process(tmp_path, raws, UNIQUE, sort="sort" in how)
    assert expected.summary.rejected_by_reason == {"unreadable time": 3}
    check_equal(run, expected, tmp_path)


def test_lines_and_options_that_do_not_fit_are_refused_by_name(sail: Any, tmp_path: Path) -> None:
    line, timeless = b'{"at":1,"identifiers":{"mail":"a@b.cc"}}', b'{"identifiers":{"mail":"a@b.cc"}}'
    frame = frame_of(sail, [line, timeless])
    with pytest.raises(
        NotInParts, match=r"^line 2: it has no time.*, or default_times='previous' \(--default-times previous\)$"
    ):
        replay(frame, UNIQUE, work=str(tmp_path / "one"))
    with pytest.raises(
        InvalidSettings, match=r"^default_times: 'last' is not allowed; expected 'error' or 'previous'$"
    ):
        components(frame, UNIQUE, work=str(tmp_path / "one"), default_times="last")
    run = replay(frame, UNIQUE, work=str(tmp_path / "one"), **PREVIOUS)
    later = frame_of(sail, [line, timeless, timeless]).where("line > 2")
    with pytest.raises(InvalidHistory, match=r"has other default_times; expected the same$"):
        replay(later, UNIQUE, work=str(tmp_path / "two"), since=run)
