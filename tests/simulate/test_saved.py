"""A run as a folder of Parquet files."""

import json
from pathlib import Path
from typing import Any

import pytest

from resolver import ApplySettings, DeleteProfile, RemoveIdentifier, Resolve, Settings
from resolver.example import path
from resolver.report import Mask, masked
from resolver.simulate import Run, read_history, replay
from resolver.simulate import saved as saved_run
from resolver.simulate.saved_format import COLUMNS
from tests.columns.twins import OneByOne

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

LINES: list[Any] = [
    Resolve({"email": "a@b.cc", "phone": ["317-555-6789", "n/a"]}, 1),
    Resolve({"email": "c@d.cc", "chat": "\ud800"}, 2),
    Resolve({"email": ["a@b.cc", "c@d.cc"]}),
    Resolve({"fax": "1"}),
    RemoveIdentifier("ref:line:1", "phone", 4),
    ApplySettings(Settings.defaults(), 5),
    Resolve({"chat": "x"}, 6),
    DeleteProfile("ref:line:7", 7),
    "no object",
]


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = parquet.read_table(folder / f"{name}.parquet").to_pylist()
    return listed


@pytest.mark.parametrize("options", [{}, {"engine": OneByOne}], ids=["in columns", "command by command"])
def test_a_saved_run_has_all_that_the_run_tells(tmp_path: Path, options: Any) -> None:
    run = replay(LINES, **options)
    run.save(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == run.summary.to_json()
    steps, facts = rows(tmp_path / "run", "steps"), rows(tmp_path / "run", "facts")
    assert [step["number"] for step in steps] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [step["status"] for step in steps][2:5] == ["merged", None, "updated"]
    assert steps[0]["given"][2] == {"id_type": "phone", "value": "n/a"}
    assert steps[0]["identifiers"][1:] == [{"id_type": "phone", "value": "+13175556789"}]
    assert [fact["fact"] for fact in facts] == [type(fact).__name__ for fact in run.facts]
    merged = next(fact for fact in facts if fact["fact"] == "ProfilesMerged")
    assert (merged["rule"], len(merged["absorbed"]), len(merged["joined_by"])) == ("email", 1, 2)
    assert json.loads(next(fact["settings"] for fact in facts if fact["settings"]))["version"] == 2
    assert [fact["aliases"] for fact in facts if fact["fact"] == "ProfileDeleted"] == [[]]
    (profile,) = rows(tmp_path / "run", "profiles")
    assert profile["records"] == ["line:1", "line:2", "line:3"]
    assert [value["value"] for value in rows(tmp_path / "run", "values")] == ["a@b.cc", "c@d.cc", "\\ud800"]
    assert [each["reason"] for each in rows(tmp_path / "run", "rejected")] == [each.reason for each in run.rejected]


def test_both_ways_of_replaying_are_saved_alike_and_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_run, "ROWS", 100)
    monkeypatch.setattr("resolver.columns.numbered.BLOCK", 100)
    history = read_history(path("history.jsonl"))
    replay(history).save(tmp_path / "one")
    replay(history, engine=OneByOne).save(str(tmp_path / "other"))
    for name in COLUMNS:
        assert rows(tmp_path / "one", name) == rows(tmp_path / "other", name)
        assert replay(history).to_arrow(name).to_pylist() == rows(tmp_path / "one", name)


def test_an_empty_run_is_saved_with_its_columns() -> None:
    for name, columns in COLUMNS.items():
        table = replay([]).to_arrow(name)
        assert (table.num_rows, table.column_names) == (0, [column for column, _ in columns])


def test_another_table_and_a_missing_library_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run: Run = replay([])
    with pytest.raises(ValueError, match="a run has no table 'step'; expected one of steps, facts, values, profiles"):
        run.to_arrow("step")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'idresolver\[parquet\]'"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_masked_run_is_saved_masked(tmp_path: Path) -> None:
    run = masked(replay(LINES), Mask(b"sixteen bytes or more"))
    run.save(tmp_path / "run")
    for name in COLUMNS:
        text = str(rows(tmp_path / "run", name))
        assert "a@b.cc" not in text
        assert "317" not in text
    assert all(value["value"].startswith("#") for value in rows(tmp_path / "run", "values"))
