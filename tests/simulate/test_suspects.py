"""Suspects: values that came with many different others (P14), counted by brute force beside."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resolver import ApplySettings, Engine, Policies, Resolve, Settings
from resolver.blocklist import Blocked
from resolver.cli import main
from resolver.columns.numbered import Numbered
from resolver.simulate import compare, load_settings, replay, suspects
from tests.columns.twins import written
from tests.machines.families import FAMILIES
from tests.simulate.lines import settings

LINES: list[Any] = [
    {"ref": "a", "identifiers": {"email": "a@x.org", "phone": "317-555-0000"}},
    {"ref": "b", "identifiers": {"email": ["b@x.org", "bb@x.org"], "phone": "(317) 555-0000"}},
    {"ref": "c", "identifiers": {"email": "a@x.org", "phone": ["317-555-0001", "317-555-0000"]}},
    {"ref": "d", "identifiers": {"email": "null@x.org", "phone": "call me"}},
]


def counted(history: Any, chosen: Settings, options: Any) -> list[tuple[str, str, int, int]]:
    """Count with sets of sets."""
    engine = Engine(chosen, **options)
    commands: dict[tuple[str, str], int] = {}
    beside: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for command in history:
        if not isinstance(command, Resolve):
            continue
        given: Any = command.identifiers
        pairs = given.items() if hasattr(given, "items") else given
        forms = set()
        for id_type, raws in pairs:
            for raw in raws if isinstance(raws, list | tuple) else [raws]:
                value = engine.stored_form(id_type, raw).value
                if value is not None:
                    forms.add((str(id_type), str(value)))
        for each in forms:
            commands[each] = commands.get(each, 0) + 1
            beside.setdefault(each, set()).update(other for other in forms if other[0] != each[0])
    order = {str(id_type): place for place, id_type in enumerate(chosen.id_types)}
    rows = []
    for each, others in beside.items():
        most = max([sum(t == kind for t, _ in others) for kind in order], default=0)
        rows.append((*each, most, commands[each]))
    return sorted(rows, key=lambda row: (-row[2], row[1], order[row[0]]))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_p14_suspects_are_those_that_counting_finds(family: Any) -> None:
    random = Random(f"suspects {family.__name__}")
    case = family(random)
    history = [each for each in written(random, case, 60) if not isinstance(each, ApplySettings)]
    options = {name: each for name, each in case.options.items() if name not in ("new_id", "clock", "match")}
    found = suspects(history, case.settings, most=1000, **options)
    told = [(each.id_type, each.value, each.others, each.commands) for each in found]
    assert told == counted([getattr(each, "command", each) for each in history], case.settings, options)
    assert found.total == len(found)


def test_p14_equal_values_are_one_whatever_way_they_were_written() -> None:
    found = suspects(LINES)
    first = found[0]
    assert (first.id_type, first.value, first.others, first.other_type, first.commands) == (
        "phone",
        "+13175550000",
        3,
        "email",
        3,
    )
    assert repr(found) == "<Suspects: 6 of 6 values>"
    assert [each.value for each in found[1:3]] == ["a@x.org", "+13175550001"]
    assert found.to_json()["suspects"][0]["otherType"] == "email"
    assert list(found.to_frame("pandas").columns) == ["id_type", "value", "others", "other_type", "commands", "lists"]


def test_p14_shipped_lists_are_marked_and_what_is_blocked_already_is_no_suspect() -> None:
    lines = [*LINES, {"identifiers": {"chat": "null", "email": "e@x.org"}}, {"identifiers": {"chat": "undefined"}}]
    lists = {str(each.value): each.lists for each in suspects(lines)}
    assert (lists["null"], lists["undefined"], lists["a@x.org"]) == (("segment", "posthog"), ("posthog",), ())
    within = Settings.defaults().with_policies(Policies(blocked=[Blocked(equals=["null", "+13175550000"])]))
    assert {"null", "+13175550000"}.isdisjoint(each.value for each in suspects(lines, within))


def test_p14_a_history_that_was_read_is_not_read_again_for_the_same_idtypes() -> None:
    numbered = Numbered(LINES, Settings.defaults().id_types).read_all()
    assert list(suspects(numbered)) == list(suspects(LINES))
    assert len(suspects(numbered, settings())) <= len(suspects(LINES))


def test_p14_the_first_of_them_blocked_is_what_compare_compares() -> None:
    blocked = Settings.defaults().with_policies(Policies(blocked=suspects(LINES).blocked(1)))
    found = compare(replay(LINES), replay(LINES, blocked))
    assert found.split


def test_suspects_prints_the_command_that_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history, target = tmp_path / "history.jsonl", tmp_path / "blocked.json"
    assert main(["generate", "--records", "60", "--out", str(history)]) == 0
    capsys.readouterr()
    assert main(["suspects", str(history), "--top", "2", "--write-settings", str(target)]) == 0
    out, err = capsys.readouterr()
    assert out.rstrip().endswith(f"resolver compare {history} --baseline settings.json --candidate {target}")
    assert f"written to {target}" in err
    written_settings, options = load_settings(target)
    assert sum(len(entry.equals or ()) for entry in written_settings.policies.blocked) == 2
    assert options == {}
    assert main(["suspects", str(history), "--settings", str(target)]) == 0
    assert (
        f"resolver suspects {history} --settings {target} --top 10 --write-settings blocked.json"
        in capsys.readouterr().out
    )
    fragment = tmp_path / "list.json"
    assert main(["suspects", str(history), "--json", "--top", "1", "--write-blocked", str(fragment)]) == 0
    assert '"blocked"' in capsys.readouterr().out
    assert '"equals"' in fragment.read_text(encoding="utf-8")


def test_suspects_of_nothing_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert main(["suspects", str(empty)]) == 0
    assert capsys.readouterr().out == "no value came in the history that could be read\n"


NAMES: list[Any] = [
    {"identifiers": {"lastName": "Ng", "birth": str(year), "email": "info@x.org" if year < 3 else f"p{year}@x.org"}}
    for year in range(9)
]
BY_NAME = Settings.from_json(
    {
        "identifierConfigs": [
            {"idType": "email"},
            {"idType": "lastName", "enforceUnique": False},
            {"idType": "birth", "enforceUnique": False},
        ],
        "matchingRules": ["email", "lastName AND birth"],
    }
)


def test_values_that_join_nobody_alone_can_be_left_out() -> None:
    every = suspects(NAMES, BY_NAME)
    assert (every[0].id_type, every[0].others, every.never_alone) == ("lastName", 9, ("lastName", "birth"))
    alone = suspects(NAMES, BY_NAME, alone=True)
    assert {each.id_type for each in alone} == {"email"}
    assert (alone[0].value, alone[0].others, alone.total) == ("info@x.org", 3, every.total)
    assert [*alone] == [each for each in every if each.id_type == "email"]


def test_where_such_values_are_among_the_first_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in NAMES))
    (tmp_path / "s.json").write_text(json.dumps(BY_NAME.to_json()))
    assert main(["suspects", "h.jsonl", "--settings", "s.json", "--top", "1"]) == 0
    said = capsys.readouterr().out
    assert "lastName: such a value joins nobody alone, so blocking it parts few; --alone leaves it out" in said
    assert "--top 1 --alone --write-settings blocked.json" in said
    assert main(["suspects", "h.jsonl", "--settings", "s.json", "--top", "1", "--alone"]) == 0
    said = capsys.readouterr().out
    assert "'info@x.org'" in said
    assert "joins nobody alone" not in said
