import importlib.util
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from resolver.simulate import compare, replay, sweep
from resolver.simulate.notebook import frame
from resolver.simulate.sweep import scatter
from tests.simulate.lines import ADA, BOB, SHARED_PHONE


def test_a_run_as_a_frame_has_a_row_per_record() -> None:
    run = replay([ADA, BOB])
    assert run.to_frame("pandas").to_dict("list") == {"ref": ["ada", "bob"], "profile_id": [*run.assignments.values()]}


def test_a_comparison_as_a_frame_has_a_row_per_changed_record() -> None:
    rows = compare(replay([ADA, BOB]), replay([ADA, BOB], SHARED_PHONE)).to_frame().to_dict("records")
    assert [(row["ref"], row["change"], row["group"], row["part"], row["line"]) for row in rows] == [
        ("ada", "split", 1, 1, 2),
        ("bob", "split", 1, 2, 2),
    ]


def test_pandas_comes_first_and_polars_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    polars: Any = SimpleNamespace(DataFrame=dict, __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "polars", polars)
    assert frame({"a": [1]}, "polars") == {"a": [1]}
    assert frame({"a": [1]}).shape == (1, 1)


def test_without_either_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolver.simulate.notebook.find_spec", lambda _: None)
    assert importlib.util.find_spec("pandas")
    with pytest.raises(ImportError, match=r"pandas or polars, which is not installed; .*idresolver\[pandas\]"):
        frame({})
    with pytest.raises(ImportError, match=r"idresolver\[polars\]"):
        frame({}, "polars")


def test_another_library_is_refused() -> None:
    with pytest.raises(ValueError, match="library: 'numpy' is not known; expected 'pandas' or 'polars', or None"):
        frame({}, "numpy")


def test_a_notebook_shows_escaped_tables_without_scripts() -> None:
    lines = [{**ADA, "ref": "<script>"}, BOB]
    run = replay(lines)
    assert "<td" in run._repr_html_()
    shown = compare(run, replay(lines, SHARED_PHONE))._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert "Comparison" in compare(run, replay(lines))._repr_html_()


def test_a_notebook_says_what_it_leaves_out() -> None:
    lines: list[dict[str, Any]] = []
    for number in range(6):
        refs = range(1 if number else 10)
        lines += [{"ref": f"a{number}.{ref}", "identifiers": {"email": f"a{number}@example.com"}} for ref in refs]
        lines[-1]["identifiers"]["phone"] = f"317-555-678{number}"
        lines.append({"ref": f"b{number}", "identifiers": {"phone": f"317-555-678{number}"}})
    shown = compare(replay(lines), replay(lines, SHARED_PHONE))._repr_html_()
    assert "split: 6 (first 5 of 6)" in shown
    assert "and 2 more" in shown


def test_a_notebook_shows_the_chart_of_a_sweep() -> None:
    found = sweep([ADA, BOB], {"axes": {"phone.limit": [1, 2]}})
    assert found._repr_svg_() == scatter(found)
    assert found._repr_svg_().startswith("<svg")
