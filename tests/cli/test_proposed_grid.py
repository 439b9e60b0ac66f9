"""The grid of a sweep for which nobody wrote one: around the settings of today, and never too large."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from resolver import Blocked, IdentifierConfig, Policies, Settings
from resolver.cli import main
from resolver.cli.sweep_table import fitting
from resolver.example import path
from resolver.simulate import Grid, load_settings, read_grid, read_history, read_truth, sweep
from resolver.simulate.sweep.grid import MOST_COMBINATIONS, proposed_axes

HISTORY, BASELINE, TRUTH = (str(path(name)) for name in ("history.jsonl", "baseline.json", "history.jsonl.truth.csv"))


def settings(*configs: IdentifierConfig, rules: list[str]) -> Settings:
    return Settings(configs, rules)


def test_the_first_combination_is_the_settings_of_today() -> None:
    for today in (Settings.defaults(), load_settings(BASELINE)[0]):
        first = next(iter(Grid(today, {}, proposed_axes(today))))
        assert (first.settings.identifier_configs, first.settings.matching_rules, first.settings.policies) == (
            today.identifier_configs,
            today.matching_rules,
            today.policies,
        )


def test_each_rule_is_left_out_the_phone_may_be_shared_and_suspects_are_blocked() -> None:
    axes = proposed_axes(
        settings(
            IdentifierConfig("phone", normalization="phone"),
            IdentifierConfig("key"),
            IdentifierConfig("name", enforce_unique=False),
            IdentifierConfig("born", enforce_unique=False),
            rules=["phone", "key", "name AND born"],
        )
    )
    assert axes == {
        "matchingRules": [["phone", "key", "name AND born"], ["phone", "key"], ["phone", "name AND born"],
                          ["key", "name AND born"]],
        "phone.enforceUnique": [True, False],
        "phone.limit": [100, 3],
        "policies.blocked": [[], "suspects:10"],
    }  # fmt: skip


def test_without_a_phone_the_last_type_that_proves_a_person_is_the_weakest() -> None:
    axes = proposed_axes(settings(IdentifierConfig("aa"), IdentifierConfig("bb", limit=2), rules=["aa", "bb"]))
    assert axes == {
        "matchingRules": [["aa", "bb"], ["aa"], ["bb"]],
        "policies.blocked": [[], "suspects:10"],
    }
    pair = [IdentifierConfig(each, enforce_unique=False) for each in ("aa", "bb")]
    none = settings(*pair, rules=["aa AND bb"])
    assert proposed_axes(none) == {"policies.blocked": [[], "suspects:10"]}


def test_a_rule_of_three_types_asks_for_two_of_them() -> None:
    types = [IdentifierConfig(each, enforce_unique=False) for each in ("first", "last", "born")]
    axes = proposed_axes(settings(IdentifierConfig("key", limit=3), *types, rules=["key", "first AND last AND born"]))
    assert axes["matchingRules"] == [
        ["key", "first AND last AND born"],
        ["key", "last AND born"],
        ["key", "last AND born", "first AND born"],
        ["key"],
        ["first AND last AND born"],
        ["key", "first AND born"],
        ["key", "first AND last"],
        ["key", "last AND born", "first AND born", "first AND last"],
    ]
    some = proposed_axes(settings(*types, rules=["first AND last AND born", "last AND born"]))["matchingRules"]
    assert some == [
        ["first AND last AND born", "last AND born"],
        ["first AND last AND born"],
        ["last AND born"],
        ["first AND born", "last AND born"],
        ["first AND last", "last AND born"],
    ]


def test_policies_that_ask_for_unique_types_and_blocked_values_stay() -> None:
    policies = Policies(protect=["phone"], blocked=[Blocked(id_type="phone", equals=["+13175556789"])])
    axes = proposed_axes(Settings.defaults().with_policies(policies))
    assert "phone.enforceUnique" not in axes
    assert axes["policies.blocked"] == [[policies.blocked[0].to_json()], "suspects:10"]


@pytest.mark.parametrize("rules", [1, 2, 5, 14, 15])
def test_there_are_never_too_many_and_all_are_valid(rules: int) -> None:
    names = [f"t{number}" for number in range(rules)]
    today = settings(*map(IdentifierConfig, names), rules=names)
    assert 2 <= len(Grid(today, {}, proposed_axes(today))) <= MOST_COMBINATIONS


def test_a_sweep_without_a_grid_tries_it_and_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["sweep", HISTORY, "--settings", BASELINE, "--truth", TRUTH, "--jobs", "1", "--order", "0"]
    best = tmp_path / "best.json"
    assert main([*arguments, "--best", "f1", "--write-settings", str(best), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    today, _ = load_settings(BASELINE)
    assert len(document["rows"]) == len(Grid(today, {}, proposed_axes(today)))
    assert load_settings(best)[0] != today
    grid = tmp_path / "grid.json"
    assert main(["sweep", HISTORY, "--settings", BASELINE, "--write-grid", str(grid)]) == 0
    told = capsys.readouterr().out
    assert f"{len(document['rows'])} settings written to {grid}" in told
    assert [each.settings for each in read_grid(grid)] == [
        each.settings for each in Grid(today, {}, proposed_axes(today))
    ]
    assert main([*arguments, "--grid", str(grid), "--write-grid", str(grid)]) == 2
    assert "there is a grid already" in capsys.readouterr().err


def test_its_table_says_where_it_comes_from_and_its_commands_name_no_grid(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "h.jsonl").write_text('{"ref": "a", "identifiers": {"chat": "1"}}\n')
    assert main(["sweep", str(tmp_path / "h.jsonl"), "--jobs", "1", "--order", "0"]) == 0
    told = capsys.readouterr().out
    assert "without --grid: the settings of today, and what is most in question about them" in told
    assert "    resolver sweep --pick " in told


@pytest.fixture(scope="module")
def found() -> Any:
    settings, options = load_settings(BASELINE)
    axes = {"phone.enforceUnique": [True, False], "phone.limit": [1, 100], "options.match": ["all", "first"]}
    grid = Grid(settings, options, axes)
    return sweep(read_history(HISTORY), grid, read_truth(TRUTH), jobs=1)


@pytest.mark.parametrize("width", [64, 80, 100, 160])
def test_the_table_of_a_narrow_terminal_leaves_the_least_needed_figures_out(found: Any, width: int) -> None:
    console = Console(width=1000, file=io.StringIO())
    figures, table = fitting(width, found, found.rows)
    assert console.measure(table).maximum <= width
    assert figures[:3] == ["precision", "recall", "f1"]
    assert (len(figures) == 10) == (width == 160)
