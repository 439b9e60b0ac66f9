"""The workbench: what a person does to events and settings, and what undo takes back."""

from pathlib import Path

import pytest

from resolver.commands import ApplySettings
from resolver.errors import InvalidSettings
from resolver.history import read_history, records_of
from resolver.settings import Settings
from resolver.simulate import replay
from resolver.studio import workbench as module
from resolver.studio.events import EventErrors
from resolver.studio.workbench import Rules, Workbench, events_of, state_of
from tests.studio.scenarios import SHARED, bench, typed


def lines(workbench: Workbench) -> list[int]:
    return [record.line for record in workbench.scenario.records]


def test_events_are_added_changed_and_removed_and_keep_their_lines() -> None:
    work = bench()
    assert work.add("email=eve@example.com\nphone=317-555-0199") == 2
    work.remove(2)
    assert lines(work) == [1, 3, 4, 5]
    work.replace(2, "ref=shop:3, email=bob@example.com")
    assert lines(work) == [1, 3, 4, 5]
    assert work.scenario.describe(2)["text"] == "ref=shop:3, email=bob@example.com"
    assert work.add("") == 0
    work.clear()
    assert lines(work) == []
    work.clear()
    assert work.add("email=eve@example.com") == 1
    assert lines(work) == [1]


def test_every_change_can_be_taken_back_and_done_again() -> None:
    work = bench()
    before = work.scenario
    work.add("email=eve@example.com")
    work.change(1, Settings.defaults().to_json(), "limit")
    work.remove(1)
    assert work.undoes == "line 1 removed"
    assert [work.undo(), work.undo(), work.undo(), work.undo()] == [
        "line 1 removed", "limit of the candidate", "1 event added", None,
    ]  # fmt: skip
    assert work.scenario is before
    assert work.redoes == "1 event added"
    assert work.redo() == "1 event added"
    work.add("email=new@example.com")
    assert work.redo() is None


def test_what_is_wrong_changes_nothing() -> None:
    work = bench()
    before = work.scenario
    with pytest.raises(EventErrors):
        work.add("email=fine@example.com\nnonsense")
    with pytest.raises(InvalidSettings, match=r"identifierConfigs\[0\].limit"):
        work.change(0, {"identifierConfigs": [{"idType": "email", "limit": 0}], "matchingRules": ["email"]})
    with pytest.raises(InvalidSettings, match=r"options.defaultRegion"):
        work.change(0, {**Settings.defaults().to_json(), "options": {"defaultRegion": "ZZ"}})
    with pytest.raises(InvalidSettings, match="normalization"):
        work.change(0, {"identifierConfigs": [{"idType": "id", "normalization": "no such"}], "matchingRules": ["id"]})
    for number in (0, 4):
        with pytest.raises(IndexError, match=r"expected 1\.\.3"):
            work.remove(number)
    assert work.scenario is before
    work.change(0, Settings.defaults().to_json())
    assert work.scenario is before


def test_a_change_of_one_side_does_not_replay_the_other() -> None:
    work = bench()
    before = work.scenario.run(0)
    work.scenario.run(1)
    work.change(1, Settings.defaults().to_json())
    assert work.scenario.run(0) is before
    assert work.scenario.run(1) is before


def test_runs_of_far_back_are_forgotten_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNDOS", 4)
    work = bench()
    first = work.scenario
    first.run(0)
    for number in range(4):
        work.add(f"email=e{number}@example.com")
    assert first._runs == []
    while work.undo():
        pass
    assert work.scenario is first
    assert len(first.run(0).engine) == 1
    for number in range(6):
        work.add(f"email=e{number}@example.com")
    undone = 0
    while work.undo():
        undone += 1
    assert undone == 4


def test_the_state_has_forms_and_files() -> None:
    state = state_of(bench(), "typed", (Path("today.json"), None))
    assert [side["name"] for side in state["sides"]] == ["baseline", "candidate"]
    assert [side["file"] for side in state["sides"]] == ["today.json", None]
    assert state["sides"][1]["document"] == SHARED.to_json()
    assert (state["undoes"], state["redoes"]) == (None, None)


def test_options_stand_in_the_document() -> None:
    document = {**Settings.defaults().to_json(), "options": {"match": "first"}}
    assert Rules.of_document(document).to_json() == document


def test_the_events_are_a_history_again() -> None:
    scenario = typed()
    again = records_of([record.command for record in scenario.records if record.command is not None])
    assert scenario.lines().count("\n") == 3
    assert len(list(again)) == 3


def test_a_sorted_history_has_its_positions_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    lines_of_both = [f'{{"at": {at}, "identifiers": {{"email": "{at}@example.com"}}}}\n' for at in (2, 1)]
    path.write_text("".join(lines_of_both))
    assert [record.line for record in events_of(read_history(path, sort=True))] == [1, 2]
    assert [record.line for record in events_of(read_history(path))] == [1, 2]
    given = [ApplySettings(Settings.defaults()), *[record.command for record in typed().records]]
    assert [record.line for record in events_of(records_of(given))] == [2, 3, 4]  # type: ignore[arg-type]


def test_a_run_up_to_a_step_is_made_once_for_many_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counting(records: list[object], *words: object, **options: object) -> object:
        made.append(len(records))
        return replay(records, *words, **options)  # type: ignore[arg-type]

    scenario = typed()
    scenario.timeline(0), scenario.timeline(1)
    monkeypatch.setattr(module, "replay", counting)
    first = scenario._explained(0, 1, 2, 2)
    assert scenario._explained(0, 1, 2, 2) == first
    assert made == [2]
