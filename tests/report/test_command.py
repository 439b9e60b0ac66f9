"""The report on the command line."""

import json
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path
from tests.report.pages import data_of

COMPARE = [
    "compare",
    str(path("history.jsonl")),
    "--baseline",
    str(path("baseline.json")),
    "--candidate",
    str(path("candidate.json")),
]


def test_compare_writes_the_report_beside_the_comparison(tmp_path: Path) -> None:
    assert main([*COMPARE, "--out", str(tmp_path)]) == 0
    document = json.loads((tmp_path / "comparison.json").read_text())
    groups = data_of((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [group["refs"] for group in groups] == [change["refs"] for change in document["split"] + document["joined"]]


def test_mask_keeps_values_out_of_all_that_is_written_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMPARE, "--out", str(tmp_path), "--mask", "--show", "99"]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    told = capsys.readouterr().out + (tmp_path / "comparison.json").read_text() + str(data_of(page))
    assert "example.net" not in told
    assert "+1" not in told.replace("+1,", "")
    assert "crm:000001" in told


def test_a_key_makes_hashes_the_same_every_time(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"sixteen bytes or more")
    for name in ("one", "two"):
        assert main([*COMPARE, "--out", str(tmp_path / name), "--mask-key", str(key), "--mask-refs"]) == 0
    first, second = ((tmp_path / name / "report.html").read_bytes() for name in ("one", "two"))
    assert first == second
    assert b"crm:000001" not in (tmp_path / "one" / "comparison.json").read_bytes()


def test_a_key_that_cannot_be_used_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"short")
    for key, cause in ((short, "too short; expected 16 or more"), (tmp_path / "none", "No such file")):
        assert main([*COMPARE, "--mask-key", str(key)]) == 2
        message = capsys.readouterr().err
        assert str(key) in message
        assert cause in message
        assert message.count("\n") == 1
