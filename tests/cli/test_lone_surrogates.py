"""Text that UTF-8 cannot hold (a lone surrogate, as broken exports have it) stops no command and no file of ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from resolver.cli import main
from resolver.settings import Settings
from resolver.simulate import compare, replay
from resolver.simulate.explain import explain
from resolver.simulate.health import health, health_of_files

LONE = "x\ud800"
HISTORY: list[dict[str, Any]] = [
    {"ref": LONE, "at": 1, "identifiers": {"chat": LONE}},
    {"ref": "b", "at": 2, "identifiers": {"chat": LONE, "email": "b@example.com"}},
    {"ref": "c", "at": 3, "identifiers": {"email": "c@example.com", "phone": LONE}},
    {"ref": LONE, "at": 4, "op": "add", "profile": f"ref:{LONE}", "idType": LONE, "value": LONE},
]
PHONE = {"idType": "phone", "normalization": "phone"}
TOGETHER = {"identifierConfigs": [{"idType": "chat"}, {"idType": "email"}, PHONE], "matchingRules": ["chat", "email"]}
APART = {
    "identifierConfigs": [{"idType": "chat", "enforceUnique": False}, {"idType": "email"}, PHONE],
    "matchingRules": ["email"],
}
COMMANDS = [
    ["replay", "--settings", "together.json", "--out", "out"],
    ["replay", "--settings", "together.json", "--json"],
    ["compare", "--baseline", "together.json", "--candidate", "apart.json", "--out", "out"],
    ["compare", "--baseline", "together.json", "--candidate", "apart.json", "--json"],
    ["compare", "--baseline", "apart.json", "--candidate", "together.json", "--mask", "--out", "out"],
    ["explain", "b", "c", "--settings", "together.json", "--json"],
    ["explain", "b", "c", "--settings", "together.json"],
    ["health", "--settings", "together.json", "--json"],
    ["order", "--settings", "together.json", "--permutations", "2", "--json"],
    ["graph", "b", "--settings", "together.json", "--out", "graph.json"],
    ["graph", "b", "--settings", "together.json", "--out", "graph.graphml"],
    ["sweep", "--grid", "grid.json", "--out", "out", "--json"],
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a history and settings, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in HISTORY), encoding="ascii")
    grid = {"base": TOGETHER, "axes": {"chat.limit": [1, 2]}}
    for name, document in {"together": TOGETHER, "apart": APART, "grid": grid}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="ascii")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command[0]} {command[-1]}")
def test_a_lone_surrogate_in_the_history_stops_no_command(
    here: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command[0], "h.jsonl", *command[1:]]) == 0
    told = capsys.readouterr()
    assert "\ud800" not in told.out
    assert told.err == ""
    if "--json" in command:
        assert json.loads(told.out)
    for path in (here / "out").glob("*.json"):
        assert json.loads(path.read_bytes())


def test_what_was_written_down_is_read_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "h.jsonl", "--settings", "together.json", "--out", "out"]) == 0
    capsys.readouterr()
    assert main(["health", "out"]) == 0
    assert "1 of 4 lines rejected" in capsys.readouterr().out
    run = replay(HISTORY, Settings.from_json(TOGETHER), on_invalid="drop")
    assert health_of_files("out").records_per_profile == health(run).records_per_profile


def test_the_json_of_results_has_the_text_as_it_is() -> None:
    together, apart = (replay(HISTORY, Settings.from_json(document)) for document in (TOGETHER, APART))
    (group,) = compare(together, apart).to_json()["split"]
    assert group["cause"]["baseline"]["facts"][0]["profileId"] == "mem_profile_00000000000000000000000001"
    assert LONE in json.loads(json.dumps(group["refs"]))
    assert explain(together, "b").to_json()["first"]["refs"] == [LONE, "b"]
    left_out = replay(HISTORY, Settings.from_json(TOGETHER), without=[f"chat={LONE}"])
    assert left_out.summary.to_json()["without"] == [f"chat={LONE}"]


def test_a_comparison_with_a_lone_surrogate_is_written_in_ascii_as_a_whole(here: Path) -> None:
    sides = ["--baseline", "together.json", "--candidate", "apart.json"]
    lines = [*HISTORY, {"ref": "\xe9", "identifiers": {"chat": LONE}}]
    (here / "h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
    assert main(["compare", "h.jsonl", *sides, "--out", "out"]) == 0
    written = (here / "out" / "comparison.json").read_text(encoding="ascii")
    document = json.loads(written)
    assert written == json.dumps(document, indent=2) + "\n"
    assert document["split"][0]["refs"][-1] == "\xe9"
