"""What every result shows of itself: one line as its repr, a table in a notebook, a frame with snake-case columns."""

import csv
import io
import re
import sys
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from resolver.example import path
from resolver.simulate import compare, explain, health, load_settings, order, read_history, replay, sweep
from resolver.simulate.notebook import frame, snake_case
from tests.simulate.lines import ADA, BOB, SHARED_PHONE

CRUEL = "<script>\nalert(1)</script>"


@cache
def runs() -> tuple[Any, Any]:
    history = read_history(path("history.jsonl"))
    loaded = [load_settings(path(name)) for name in ("baseline.json", "candidate.json")]
    baseline, candidate = (replay(history, settings, **options) for settings, options in loaded)
    return baseline, candidate


@cache
def result(name: str) -> Any:
    baseline, candidate = runs()
    history = read_history(path("history.jsonl"))
    make: dict[str, Callable[[], Any]] = {
        "run": lambda: baseline,
        "comparison": lambda: compare(baseline, candidate),
        "sweep": lambda: sweep(history, path("grid.json"), path("history.jsonl.truth.csv")),
        "sweep without a truth": lambda: sweep([ADA, BOB], {"axes": {"phone.limit": [1]}}),
        "health": lambda: health(baseline),
        "order": lambda: order(history, baseline.settings, permutations=2, **baseline.options),
        "explanation of one": lambda: explain(baseline, "web:000008"),
        "explanation together": lambda: explain(baseline, "web:000008", "web:000386", with_cut=False),
        "explanation apart": lambda: explain(candidate, "web:000008", "web:000386"),
    }
    return make[name]()


REPRS = {
    "run": r"<Run: 418 of 419 lines applied, 100 profiles>",
    "comparison": r"<Comparison: 0 groups joined, 25 split, of 394 records in 100 and 157 profiles>",
    "sweep": r"<Sweep: 24 settings, 14 on the front, of 419 lines and 400 records>",
    "sweep without a truth": r"<Sweep: 1 setting, 1 on the front, of 2 lines and 2 records>",
    "health": r"<Health: 394 records in 100 profiles, \d+ joints, \d+ bridges>",
    "order": r"<Dependence: \d+ of 395 records end in other groups, \d+ findings in 4 permutations>",
    "explanation of one": r"<Explanation: 'web:000008' in a profile of 79 records>",
    "explanation together": r"<Explanation: 'web:000008' and 'web:000386' are one profile>",
    "explanation apart": r"<Explanation: 'web:000008' and 'web:000386' are two profiles>",
}


@pytest.mark.parametrize("name", REPRS)
def test_a_result_is_shown_in_one_line(name: str) -> None:
    assert re.fullmatch(REPRS[name], repr(result(name)))


COLUMNS = {
    "run": "ref profile_id",
    "comparison": "ref change group part line kind why",
    "health": "finding id_type value profile_id records identifiers merges absorbed freed line ref other_ref",
    "order": "finding kind ref before after permutations witness",
    "explanation of one": "ref id_type value is_held event line at by why",
    "explanation apart": "ref id_type value is_held event line at by why",
    "sweep": "setting phone.enforce_unique phone.limit matching_rules profiles merges evictions refusals rejected "
    "largest_profile largest_group full_profiles compared persons precision recall f1 bcubed_precision bcubed_recall "
    "bcubed_f1 split_persons merged_persons on_front same_as",
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_frame_has_its_columns_in_snake_case(name: str) -> None:
    found = result(name).to_frame("pandas")
    assert list(found.columns) == COLUMNS[name].split()
    assert len(found) > 5
    assert not any(re.search("[A-Z]", column) for column in found.columns)


@pytest.mark.parametrize("name", COLUMNS)
def test_both_libraries_give_the_same_frame(name: str) -> None:
    pytest.importorskip("polars")
    ours, theirs = result(name).to_frame("pandas"), result(name).to_frame("polars")
    rows = ours.astype(object).where(ours.notna(), None).to_dict("records")
    assert rows == theirs.to_dicts()


def test_a_frame_of_a_sweep_has_all_columns_of_its_file() -> None:
    for name in ("sweep", "sweep without a truth"):
        header, *rows = csv.reader(io.StringIO(result(name).to_csv()))
        found = result(name).to_frame("pandas")
        assert list(found.columns) == [*map(snake_case, header)]
        assert ["" if pd.isna(each) else str(each) for each in found["same_as"]] == [row[-1] for row in rows]


def test_the_rows_of_a_health_frame_are_its_findings() -> None:
    found, frame_ = result("health"), result("health").to_frame("pandas")
    counts = frame_.groupby("finding").size().to_dict()
    assert counts == {
        "large profile": len(found.largest),
        "merging type": sum(each.merges > 0 for each in found.collapses),
        "merging value": len(found.merging_values),
        "shared value": len(found.shared_values),
        "joint": len(found.joints),
        "bridge": len(found.bridges),
    }
    joint = frame_[frame_["finding"] == "joint"].iloc[0]
    assert (joint["value"], joint["freed"], joint["ref"]) == (
        found.joints[0].value,
        found.joints[0].freed,
        found.joints[0].refs[0],
    )
    assert str(frame_["records"].dtype) == "Int64"


def test_the_rows_of_an_explanation_are_the_events_of_both_sides() -> None:
    found = result("explanation apart")
    frame_ = found.to_frame("pandas")
    assert set(frame_["ref"]) == {"web:000008", "web:000386"}
    assert len(frame_) == sum(len(fate.events) for side in (found.first, found.second) for fate in side.fates)


def test_the_rows_of_an_order_are_the_records_of_its_findings() -> None:
    found = result("order")
    frame_ = found.to_frame("pandas")
    assert set(frame_["ref"]) >= {ref for finding in found.findings for ref in (*finding.before[0],)}
    assert sorted(set(frame_["finding"])) == [*range(1, len(found.findings) + 1)]


def test_a_result_without_findings_has_an_empty_frame_and_a_table() -> None:
    run = replay([ADA])
    for found in (compare(run, run), order([ADA], permutations=1), health(replay([]))):
        assert len(found.to_frame("pandas")) == 0
        assert found._repr_html_().startswith("<table><caption>")


def test_an_identifier_that_is_no_text_is_shown_as_one() -> None:
    run = replay([{"ref": "r", "identifiers": {"email": "ada@example.com", "phone": "x" * 300}}])
    assert set(explain(run, "r").to_frame("pandas")["event"]) == {"added", "dropped"}


HTML = [*REPRS]


@pytest.mark.parametrize("name", HTML)
def test_a_notebook_shows_a_table_without_scripts(name: str) -> None:
    shown = result(name)._repr_html_()
    assert re.match(r'<table><caption>|<pre style="|<img src="data:image/svg\+xml;base64,', shown)
    assert "<script" not in shown
    assert "<style" not in shown


def test_a_notebook_says_how_many_there_are_of_which_it_shows_the_first() -> None:
    assert "no other beats these: 14 (first 5 of 14)" in result("sweep")._repr_html_()
    assert re.search(r"values that merged: \d+ \(first 5 of \d+\)", result("health")._repr_html_())
    assert "0.995" in result("sweep")._repr_html_()
    assert "0.99543899" not in result("sweep")._repr_html_()


def test_data_is_escaped_wherever_it_is_shown() -> None:
    lines: list[Any] = [
        {**ADA, "ref": CRUEL},
        {"ref": "<b>", "at": 1, "identifiers": {"email": "ada@example.com", "chat": CRUEL}},
        {**BOB, "ref": "<i>"},
    ]
    run, other = replay(lines), replay(lines, SHARED_PHONE)
    found: list[Any] = [
        run,
        compare(run, other),
        sweep(lines, {"axes": {"phone.limit": [1, 2]}}),
        health(run),
        explain(run, CRUEL),
        explain(run, CRUEL, "<b>"),
        order(lines, permutations=3),
    ]
    for each in found:
        assert "\n" not in repr(each)
        html = each._repr_html_()
        assert not re.search(r"<(script|b|i)>", html), html
    assert "&lt;script&gt;" in found[4]._repr_html_()


def test_a_record_that_is_in_no_group_has_no_number() -> None:
    lines: list[Any] = [
        {"ref": "a", "identifiers": {"email": "ada@example.com"}},
        {"op": "remove", "profile": "ref:a", "idType": "email"},
        {"ref": "b", "identifiers": {"email": "ada@example.com"}},
        {"op": "delete", "profile": "ref:b"},
    ]
    found = order(lines, permutations=10)
    assert found.findings
    rows = found.to_frame("pandas").to_dict("records")
    assert [(row["ref"], row["before"], row["after"]) for row in rows] == [("a", 1, None)]


def test_whole_numbers_and_booleans_stay_so_where_some_are_missing() -> None:
    found = frame({"whole": [1, None], "truth": [None, True], "text": [None, "a"], "none": [None, None]}, "pandas")
    assert [str(dtype) for dtype in found.dtypes[:2]] == ["Int64", "boolean"]
    assert found["whole"][0] == 1
    assert found["whole"].isna().tolist() == [False, True]


def test_a_lone_surrogate_is_an_escape_where_a_library_cannot_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    polars: Any = SimpleNamespace(DataFrame=dict, __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "polars", polars)
    assert frame({"ref": ["\ud800", 5]}, "polars") == {"ref": ["\\ud800", 5]}
