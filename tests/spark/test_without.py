"""Without: a history on Spark as it would be if some values or records had never come; what is not there is named."""

import importlib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import ComponentTooLarge
from resolver.ids import numbered_id
from resolver.simulate import compare as compare_here
from resolver.spark import compare, components, replay
from tests.spark.runs import (
    COMPOUND,
    INSIDE,
    LIMITS,
    UNIQUE,
    any_absent,
    any_lines,
    as_json,
    check_equal,
    check_growth,
    frame_of,
    one_process,
)

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_absent_is_left_out_as_in_one_process(sail: Any, work: str, tmp_path: Path, seed: int) -> None:
    chosen = (UNIQUE, LIMITS, COMPOUND, INSIDE)[seed]
    options = {"on_invalid": ("drop", "keep", "refuse", "drop")[seed]}
    raws = any_lines(seed + 60, 240, chosen)
    absent = any_absent(raws, Random(seed))
    run = replay(frame_of(sail, raws, seed=seed), chosen, work=work, parts=3, without=absent, **options)
    expected = one_process(tmp_path, raws, chosen, without=absent, **options)
    assert expected.summary.left_out > 0
    check_equal(run, expected, tmp_path)


def test_a_run_without_something_goes_on_and_is_compared(sail: Any, tmp_path: Path) -> None:
    raws = any_lines(70, 240)
    absent = any_absent(raws[:150], Random(70))
    first = components(frame_of(sail, raws[:150]), [LIMITS, UNIQUE], work=str(tmp_path / "old"), without=absent)
    old = replay(first, UNIQUE)
    rest = frame_of(sail, raws).where("line > 150")
    run = replay(rest, UNIQUE, work=str(tmp_path / "new"), since=old, without=absent)
    expected = one_process(tmp_path, raws, UNIQUE, without=absent)
    check_equal(run, expected, tmp_path)
    found = compare(frame_of(sail, raws), LIMITS, UNIQUE, work=str(tmp_path / "two"), without=absent, parts=2)
    assert found.to_json() == compare_here(one_process(tmp_path, raws, LIMITS, without=absent), expected).to_json()


def test_commands_that_name_the_profile_of_a_line_that_is_left_out_are_left_out_with_it(
    sail: Any, work: str, tmp_path: Path
) -> None:
    lines: list[dict[str, Any]] = [
        {"at": 1, "ref": "x", "identifiers": {"mail": "a@b.cc"}, "newProfile": "own"},
        {"at": 2, "ref": "y", "identifiers": {"mail": "b@b.cc"}},
        {"op": "add", "at": 3, "profile": "own", "idType": "word", "value": "w"},
        {"op": "add", "at": 4, "profile": numbered_id(2), "idType": "word", "value": "w"},
        {"op": "delete", "at": 5, "profile": "ref:x"},
    ]
    run = replay(frame_of(sail, as_json(lines), seed=1), UNIQUE, work=work, parts=3, without=["ref:x"])
    assert run.summary.left_out == 3
    check_equal(run, one_process(tmp_path, as_json(lines), UNIQUE, without=["ref:x"]), tmp_path)


def test_further_lines_are_left_out_that_name_what_only_absent_lines_named_before(
    sail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("resolver.spark.parts"), "GIANT", 1)
    lines = [
        {"at": 1, "ref": "x", "identifiers": {"mail": "a@b.cc"}, "newProfile": "own"},
        {"at": 2, "ref": "y", "identifiers": {"mail": "b@b.cc"}},
        {"op": "add", "at": 3, "profile": "own", "idType": "word", "value": "w"},
        {"op": "add", "at": 4, "profile": "ref:y", "idType": "word", "value": "v"},
    ]
    run = check_growth(sail, as_json(lines), UNIQUE, [2], Random(1), tmp_path, without=["ref:x"])
    assert run.summary.left_out == 2


def test_without_what_holds_it_together_a_component_is_small(sail: Any, work: str) -> None:
    lines = as_json({"at": 1, "identifiers": {"mail": "Info@b.cc", "word": f"w{place}"}} for place in range(30))
    with pytest.raises(ComponentTooLarge, match=r"without=\['mail=info@b.cc'\]"):
        replay(frame_of(sail, lines), UNIQUE, work=work, max_part_lines=20)
    parts = components(frame_of(sail, lines), UNIQUE, work=work, max_part_lines=20, without=["mail=info@b.cc"])
    assert (parts.largest, parts.components) == (1, 30)


@pytest.mark.parametrize(
    ("absent", "named"),
    [
        ("mail=nobody@b.cc", r"^without: the history has no mail 'nobody@b.cc'$"),
        ("ref:nobody", r"^without: the history has no ref 'nobody'$"),
        ("mial=a1@b.cc", r"^without: idType 'mial' is not configured; did you mean 'mail'\?$"),
        ("mail", r"^without: 'mail' is not right; expected IDTYPE=VALUE or ref:REF$"),
    ],
)
def test_what_the_history_does_not_have_is_named_before_the_replay(
    sail: Any, work: str, absent: str, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        components(frame_of(sail, any_lines(3, 40)), UNIQUE, work=work, without=[absent])
