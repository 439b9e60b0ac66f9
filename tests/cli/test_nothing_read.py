"""What was rejected is said by every command, and a run in which nothing was applied is a failure."""

import json
from pathlib import Path

import pytest

from resolver.cli import main

GOOD = '{"ref": "a", "identifiers": {"chat": "1"}}\n{"ref": "b", "identifiers": {"chat": "2"}}\n'
BAD = '{"ref": "c", "identifiers": {"fax": "1"}}\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.jsonl").write_text(BAD * 3)
    (tmp_path / "some.jsonl").write_text(GOOD + BAD)
    (tmp_path / "s.json").write_text(
        '{"identifierConfigs": [{"idType": "chat"}, {"idType": "email"}], "matchingRules": ["chat"]}'
    )
    (tmp_path / "g.json").write_text('{"axes": {"chat.limit": [1, 2]}}')
    return tmp_path


COMMANDS = {
    "replay": ["replay", "HISTORY", "--out", "out"],
    "compare": ["compare", "HISTORY", "--baseline", "s.json", "--candidate", "s.json"],
    "explain": ["explain", "HISTORY", "a"],
    "explain --json": ["explain", "HISTORY", "a", "--json"],
    "graph": ["graph", "HISTORY", "--out", "graph.json"],
    "order": ["order", "HISTORY", "--permutations", "1"],
    "order --json": ["order", "HISTORY", "--permutations", "1", "--json"],
    "health": ["health", "HISTORY"],
    "health --json": ["health", "HISTORY", "--json"],
    "sweep": ["sweep", "HISTORY", "--grid", "g.json"],
    "sweep --json": ["sweep", "HISTORY", "--grid", "g.json", "--json"],
}
each_command = pytest.mark.parametrize("command", COMMANDS)


def arguments(command: str, history: str) -> list[str]:
    return [history if word == "HISTORY" else word for word in COMMANDS[command]]


@each_command
def test_a_run_that_applied_nothing_is_status_1_and_says_what_to_do(
    command: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(command, "bad.jsonl")) == 1
    err = capsys.readouterr().err.splitlines()[-1]
    assert err.startswith(
        "resolver: nothing was read: 3 lines, none applied; most frequent reason: unknown idType (3 lines rejected), "
        "first in line 1: idType 'fax' is not configured (configured: "
    )
    assert err.endswith(". What helps: add 'fax' to identifierConfigs in the settings")
    assert not (place / "graph.json").exists()
    assert (place / "out" / "rejected.jsonl").exists() is (command == "replay")


@each_command
def test_every_command_says_how_many_lines_were_rejected(
    command: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(command, "some.jsonl")) == 0
    out = capsys.readouterr().out
    if command == "sweep --json":
        assert [row["measures"]["rejected"] for row in json.loads(out)["rows"]] == [1, 1]
        return
    if command.endswith("--json"):
        document = json.loads(out)
        assert (document["rejected"], document["mostFrequentRejection"]["line"]) == (1, 3)
        return
    said = "1 rejected" if command == "replay" else "1 of 3 lines rejected"
    assert said in out or (command == "compare" and "lines rejected" in out)
    assert "most frequent reason: unknown idType (1 line rejected), first in line 3: idType 'fax'" in out
    assert "What helps: add 'fax' to identifierConfigs in the settings" in out


@each_command
def test_max_rejected_is_heard_by_every_command(command: str, place: Path) -> None:
    assert main([*arguments(command, "some.jsonl"), "--max-rejected", "0"]) == 1
    assert main([*arguments(command, "some.jsonl"), "--max-rejected", "1"]) == 0


def test_a_comparison_of_which_one_side_applied_something_is_no_failure(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "fax.json").write_text('{"identifierConfigs": [{"idType": "fax"}], "matchingRules": ["fax"]}')
    assert main(["compare", "bad.jsonl", "--baseline", "fax.json", "--candidate", "s.json"]) == 0
    assert "candidate: most frequent reason: unknown idType (3 lines rejected)" in capsys.readouterr().out


def test_an_empty_history_and_one_that_is_left_out_on_purpose_are_no_failure(place: Path) -> None:
    (place / "empty.jsonl").write_text("")
    assert main(["replay", "empty.jsonl"]) == 0
    (place / "one.jsonl").write_text('{"ref": "a", "identifiers": {"chat": "1"}}\n')
    assert main(["replay", "one.jsonl", "--without", "chat=1"]) == 0


def test_a_sweep_in_which_one_setting_applied_something_is_no_failure(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "half.jsonl").write_text('{"ref": "a", "identifiers": {"phone": "12"}}\n')
    (place / "options.json").write_text('{"axes": {"options.onInvalid": ["keep", "refuse"]}}')
    assert main(["sweep", "half.jsonl", "--grid", "options.json"]) == 0
    out = capsys.readouterr().out
    assert "rejected: 0 to 1 of 1 line" in out
    assert "setting 2: most frequent reason: invalid identifier (1 line rejected)" in out


def test_the_files_of_a_replay_say_what_was_rejected_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "some.jsonl", "--out", "out"]) == 0
    capsys.readouterr()
    assert main(["health", "out"]) == 0
    out = capsys.readouterr().out
    assert "1 of 3 lines rejected\n\nmost frequent reason: unknown idType (1 line rejected), first in line 3: " in out
    assert main(["health", "out", "--max-rejected", "0"]) == 1
    capsys.readouterr()
    assert main(["health", "out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rejected"] == 1
    summary = json.loads((place / "out" / "summary.json").read_text())
    summary["mostFrequentRejection"] = {"reason": "of another version"}
    (place / "out" / "summary.json").write_text(json.dumps(summary))
    assert main(["health", "out"]) == 0
    assert "rejected" not in capsys.readouterr().out


def test_masked_output_does_not_show_the_example(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "drop.jsonl").write_text('{"ref": "a", "identifiers": {"chat": "1", "phone": "12-secret"}}\n')
    settings = {
        "identifierConfigs": [{"idType": "chat"}, {"idType": "phone", "normalization": "phone"}],
        "matchingRules": ["chat"],
    }
    (place / "p.json").write_text(json.dumps(settings))
    assert main(["compare", "drop.jsonl", "--baseline", "p.json", "--candidate", "p.json", "--mask", "--out", "o"]) == 0
    shown = capsys.readouterr().out + (place / "o" / "comparison.json").read_text()
    assert "first in line 1: (masked)" in shown
    assert "12-secret" not in shown + (place / "o" / "report.html").read_text()
