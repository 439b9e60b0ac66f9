"""Commands against a truth: figures of a replay, and where it is wrong."""

import json
from pathlib import Path

import pytest

from resolver.cli import main
from resolver.example import path
from tests.cli.printed import printed

HISTORY, BASELINE, CANDIDATE = (str(path(name)) for name in ("history.jsonl", "baseline.json", "candidate.json"))
TRUTH = str(path("history.jsonl.truth.csv"))


def test_errors_are_told_by_what_they_come_from_with_a_command_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "errors", HISTORY, "--settings", BASELINE, "--truth", TRUTH, "--show", "2")
    assert out.startswith("Against the truth about 400 records of 108 people: precision 0.230")
    assert "\n3,537 wrong pairs: different people in one profile, by what joined them\n" in out
    assert "\n107 missed pairs: one person in several profiles, by what these share\n" in out
    commands = [text.strip() for text in out.splitlines() if text.strip().startswith("resolver explain")]
    assert len(commands) == 4
    for command in commands:
        words = command.split()[1:]
        assert ("are one profile since" in printed(capsys, *words)) == (command in commands[:2])


def test_errors_as_json_have_every_cause(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "errors", HISTORY, "--settings", BASELINE, "--truth", TRUTH, "--json"))
    assert sum(each["pairs"] for each in document["wrong"]) == 3537
    assert sum(each["pairs"] for each in document["missed"]) == 107
    assert {"agreement", "truth", "rejected", "mostFrequentRejection"} <= {*document}


def test_a_replay_against_a_truth_has_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "replay", HISTORY, "--settings", BASELINE, "--truth", TRUTH)
    assert "\nAgainst the truth about 400 records of 108 people: precision 0.230" in out
    document = json.loads(printed(capsys, "replay", HISTORY, "--settings", BASELINE, "--truth", TRUTH, "--json"))
    assert round(document["agreement"]["precision"], 3) == 0.23
    other = tmp_path / "truth.csv"
    other.write_text(Path(TRUTH).read_text().replace("ref,person", "RECORD,WHO", 1) + ",nobody\n")
    mapped = ["--truth", str(other), "--truth-map", "ref=RECORD", "--truth-map", "person=WHO"]
    assert printed(capsys, "replay", HISTORY, "--settings", BASELINE, *mapped) == out


def test_a_comparison_against_a_truth_is_better_or_worse_as_a_whole_and_group_by_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = ["compare", HISTORY, "--baseline", BASELINE, "--candidate", CANDIDATE, "--truth", TRUTH]
    out = printed(capsys, *compared, "--out", str(tmp_path))
    assert "\nBetter against the truth: F1 0.856, 0.367 before; " in out
    assert "\n1. 79 records: 1 profile becomes 17; better (-2,671 wrong, +86 missed pairs)" in out
    document = json.loads((tmp_path / "comparison.json").read_text())
    assert {each["pairs"]["verdict"] for each in document["split"]} <= {"better", "worse", "even"}
    wrong = sum(each["pairs"]["wrong"] for each in document["split"])
    before = json.loads(printed(capsys, "errors", HISTORY, "--settings", BASELINE, "--truth", TRUTH, "--json"))
    after = json.loads(printed(capsys, "errors", HISTORY, "--settings", CANDIDATE, "--truth", TRUTH, "--json"))
    total = [sum(each["pairs"] for each in errors["wrong"]) for errors in (before, after)]
    assert wrong == total[1] - total[0]
    assert document["truth"]["baseline"] == before["agreement"]
    masked = printed(capsys, *compared, "--mask", "--json")
    assert json.loads(masked)["truth"] == document["truth"]
    assert main([*compared, "--mask-refs"]) == 2
    assert "--mask-refs: a truth names refs as they are" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("truth", "arguments", "said"),
    [
        (
            "RECORD,WHO\na,b\n",
            [],
            "the header is ['RECORD', 'WHO']; expected ref,person, or the columns that have them",
        ),
        ("RECORD,WHO\na,b\n", ["--truth-map", "ref=REC"], "column 'REC' does not exist; the columns are"),
        ("RECORD,WHO\na,b\n", ["--truth-map", "who=WHO"], "'who' is mapped; expected ref or person"),
        ("RECORD,WHO\nz,b\n", ["--truth-map", "ref=RECORD", "--truth-map", "person=WHO"], "knows no record of this"),
        ("R,W\na,1\na,2\n", ["--truth-map", "ref=R", "--truth-map", "person=W"], "ref 'a' is '2' here and '1' before"),
    ],
)
def test_a_truth_that_cannot_be_used_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], truth: str, arguments: list[str], said: str
) -> None:
    file = tmp_path / "truth.csv"
    file.write_text(truth)
    assert main(["errors", HISTORY, "--truth", str(file), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nothing_that_could_be_read_has_no_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h.jsonl").write_text("broken\n")
    assert main(["errors", str(tmp_path / "h.jsonl"), "--truth", TRUTH]) == 1
    assert "nothing was read" in capsys.readouterr().err
