"""Every scenario, told to an engine in this process."""

import json

import pytest

from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.commands import AnyCommand
from resolver.facts import encode_fact
from tests.scenarios.scenario import NAMES, Ids, Json, check_facts, read, with_ids


def engine_for(scenario: Json) -> Engine:
    options = scenario.get("options", {})
    return Engine(
        Settings.from_json(scenario["settings"]),
        on_invalid=options.get("onInvalid", "refuse"),
        match=options.get("match", "all"),
        default_region=options.get("defaultRegion", "US"),
    )


def command_of(line: Json, ids: Ids) -> AnyCommand:
    """Read a command in the shape of a history."""
    at = line.get("at")
    profile = with_ids(line.get("profile"), ids)
    match line["op"]:
        case "resolve":
            return Resolve(line["identifiers"], at)
        case "add":
            return AddIdentifier(profile, line["idType"], line["value"], at)
        case "replace":
            return ReplaceIdentifier(profile, line["idType"], line["old"], line["new"], at)
        case "remove":
            return RemoveIdentifier(profile, line["idType"], at, line.get("all", False), line.get("value"))
        case "delete":
            return DeleteProfile(profile, at)
        case "settings":
            return ApplySettings(Settings.from_json(line["settings"]), at)
        case other:
            raise AssertionError(other)


def take(engine: Engine, line: Json, expect: Json, ids: Ids) -> None:
    """Let the engine execute one command, and check what it did."""
    command = command_of(line, ids)
    if "error" in expect:
        before = engine.snapshot()
        with pytest.raises(ResolverError) as caught:
            engine.execute(command)
        assert type(caught.value).__name__ == expect["error"]
        assert engine.snapshot() == before
        return
    outcome = engine.execute(command)
    if "ref" in line:
        assert outcome.profile_id is not None
        ids[line["ref"]] = outcome.profile_id
    assert outcome.status == expect["status"]
    assert outcome.profile_id == with_ids(expect["profile"], ids)
    check_facts([json.loads(encode_fact(fact)) for fact in outcome.facts], with_ids(expect["facts"], ids))
    engine._check()


def check_final(engine: Engine, final: Json, ids: Ids) -> None:
    """Check everything that can be read in the end."""
    profiles = {
        name: {
            "identifiers": {kind: list(values) for kind, values in engine.identifiers(name).items()},
            "aliases": list(engine.aliases(name)),
            "createdAt": engine.created_at(name),
        }
        for name in engine.profiles()
    }
    assert profiles == with_ids(final["profiles"], ids)
    assert not [name for name in with_ids(final["gone"], ids) if name in engine]
    for asked in with_ids(final["lookups"], ids):
        found = engine.lookup(asked["idType"], asked["value"])
        assert found.normalized_value == asked["normalizedValue"]
        assert list(found.profile_ids) == asked["profiles"]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_goes_as_it_is_told(name: str) -> None:
    scenario, ids = read(name), Ids()
    engine = engine_for(scenario)
    for step in scenario["steps"]:
        take(engine, step["command"], step["expect"], ids)
    check_final(engine, scenario["final"], ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_goes_the_same_way_when_it_is_saved_and_restored_after_every_step(name: str) -> None:
    scenario, ids = read(name), Ids()
    engine = engine_for(scenario)
    for step in scenario["steps"]:
        engine = Engine.restore(engine.snapshot())
        take(engine, step["command"], step["expect"], ids)
    check_final(engine, scenario["final"], ids)


def test_there_are_scenarios() -> None:
    assert len(NAMES) >= 12
    assert all(read(name)["rules"] and read(name)["title"] for name in NAMES)
