"""A timeline is the store as a replay of the events so far leaves it, whichever way one came to a step."""

import random

import pytest

from resolver.example import path
from resolver.facts import AnyFact
from resolver.history import read_history
from resolver.simulate import load_settings, replay
from resolver.studio import timeline as module
from resolver.studio.steps import FactSteps, RunSteps
from resolver.studio.timeline import Timeline
from resolver.studio.workbench import events_of
from tests.studio.scenarios import example, typed


def contents(engine: object) -> dict[str, object]:
    """Return what a store holds."""
    return {each: engine.identifiers(each) for each in engine.profiles()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("spacing", [1, 7, 256])
def test_a_step_is_what_a_replay_of_the_events_so_far_gives(spacing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_SPACING", spacing)
    monkeypatch.setattr(module, "MOST_CHECKPOINTS", 10_000 if spacing == 1 else 16)
    scenario = example()
    settings, options = scenario.rules[1].settings, scenario.rules[1].options
    timeline = Timeline(RunSteps(scenario.run(1), scenario.records))
    for number in random.Random(1).sample(range(len(timeline) + 1), 25):
        run = replay(scenario.records[:number], settings, **options)
        assert contents(timeline.store_after(number)) == contents(run.engine), number


def test_stepping_back_folds_few_facts() -> None:
    scenario = example()
    timeline = Timeline(RunSteps(scenario.run(0), scenario.records))
    folded: list[int] = []
    facts = timeline.steps.facts

    def counting(number: int) -> object:
        folded.append(number)
        return facts(number)

    timeline.steps.facts = counting  # type: ignore[method-assign, assignment]
    for number in range(255, 200, -1):
        timeline.store_after(number)
    assert len(folded) < 255 + 55 * 16


def test_checkpoints_are_few_however_long_a_history_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_SPACING", 2)
    scenario = example()
    timeline = Timeline(RunSteps(scenario.run(0), scenario.records))
    timeline.store_after(len(timeline))
    assert len(timeline._checkpoints) <= module.MOST_CHECKPOINTS + 1
    assert len(timeline._recent) + len(timeline._behind) <= 10


def test_a_rejected_event_has_a_reason_and_no_profile() -> None:
    scenario = typed('email=ada@example.com\n{"op": "delete", "profile": "ref:nobody"}')
    timeline = Timeline(RunSteps(scenario.run(0), scenario.records))
    assert "no applied record before this line has the ref 'nobody'" in str(timeline.steps.result(2).why_not)
    assert timeline.steps.facts(2) == ()
    assert timeline.profile_of(2, 2) is None
    assert (timeline.rejected_until(1), timeline.rejected_until(2)) == (0, 1)


def test_an_event_of_a_deleted_profile_has_none_any_more() -> None:
    scenario = typed('ref=a, email=ada@example.com\n{"op": "delete", "profile": "ref:a"}')
    timeline = Timeline(RunSteps(scenario.run(0), scenario.records))
    assert timeline.profile_of(1, 1) is not None
    assert timeline.profile_of(1, 2) is None


def test_facts_alone_make_the_same_timeline() -> None:
    settings, options = load_settings(path("baseline.json"))
    records = events_of(read_history(path("history.jsonl")))
    run = replay(records, settings, **options)
    facts: list[AnyFact] = list(run.facts)
    steps = FactSteps(facts, RunSteps(run, records).empty())
    assert len(steps) == len({fact.command for fact in facts})
    assert contents(Timeline(steps).store_after(len(steps))) == contents(run.engine)
    assert steps.births == dict(RunSteps(run, records).births)
    assert steps.found(5) == steps.found_in(5, steps.empty()) == (), "what was asked for is not known"
    assert {str(steps.result(number).status) for number in range(1, len(steps) + 1)} >= {
        "created",
        "merged",
        "updated",
    }


def test_what_an_event_found_is_the_same_from_near_and_from_far(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = example()
    near = Timeline(RunSteps(scenario.run(1), scenario.records))
    expected = [near.found_by(number) for number in range(1, len(near) + 1)]
    monkeypatch.setattr(module, "FAR", -1)
    far = Timeline(RunSteps(scenario.run(1), scenario.records))
    numbers = [number for number in range(1, len(far) + 1) if number % 9 == 0]
    assert [far.found_by(number) for number in numbers] == [expected[number - 1] for number in numbers]
    assert len(far._checkpoints) == 2, "no store was made"


def test_checkpoints_stay_few_while_a_timeline_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_SPACING", 2)
    scenario = example()
    facts = list(scenario.run(0).facts)
    steps = FactSteps((), RunSteps(scenario.run(0), scenario.records).empty())
    timeline = Timeline(steps)
    commands = sorted({fact.command for fact in facts})
    for start in range(0, len(commands), 50):
        wanted = {*commands[start : start + 50]}
        steps.extend(fact for fact in facts if fact.command in wanted)
        timeline.extend()
        timeline.store_after(len(timeline))
        assert len(timeline._checkpoints) <= 2 * module.MOST_CHECKPOINTS + 1
    assert contents(timeline.store_after(len(timeline))) == contents(scenario.run(0).engine)
