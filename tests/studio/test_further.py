"""Events that are added after others are executed after them, and everything is as if all had been replayed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.policies import Policies
from resolver.settings import Settings
from resolver.simulate.replay import replay
from resolver.studio import timeline as timelines
from resolver.studio import workbench as module
from resolver.studio.steps import FurtherSteps
from resolver.studio.workbench import Scenario, Workbench
from tests.studio.scenarios import SHARED, example, typed

EVENTS = [
    "ref=a, email=ada@example.com, phone=317-555-0100",
    "ref=b, phone=(317) 555-0100, at=50",
    "ref=c, email=ada@example.com, at=2026-01-02T00:00:00Z",
    "ref=a, email=bob@example.com, phone=317-555-0111, at=5",
    "email=nothing, phone=317-555-0111",
    "email=nothing",
    "ref=b, phone=1",
    '{"op": "add", "profile": "ref:a", "idType": "email", "value": "eve@example.com"}',
    '{"op": "replace", "profile": "ref:b", "idType": "phone", "old": "317-555-0100", "new": "317-555-0122"}',
    '{"op": "remove", "profile": "ref:a", "idType": "phone", "all": true}',
    '{"op": "delete", "profile": "ref:a"}',
    '{"op": "delete", "profile": "ref:nobody"}',
    '{"ref": "own", "identifiers": {"email": "kim@example.com"}, "newProfile": "mine"}',
    '{"op": "erase", "identifiers": {"phone": "317-555-0100"}, "suppress": true}',
    '{"op": "suppress", "identifiers": {"email": "bob@example.com"}}',
    '{"op": "unsuppress", "identifiers": {"email": "bob@example.com"}}',
]
STRICT = Settings.defaults().with_policies(Policies(caps={"merges": 1}))


def views(scenario: Scenario) -> list[object]:
    viewer = scenario.viewer()
    return [viewer.view(step) for step in range(len(viewer) + 1)]


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(EVENTS), max_size=8),
    st.lists(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from([SHARED, STRICT]),
)
def test_a_scenario_that_went_on_shows_what_one_that_began_anew_shows(
    first: list[str], later: list[list[str]], candidate: Settings
) -> None:
    work = Workbench(typed("\n".join(first), candidate))
    views(work.scenario)
    for texts in later:
        work.add("\n".join(texts))
        views(work.scenario)
    expected = views(typed("\n".join([*first, *(line for texts in later for line in texts)]), candidate))
    assert views(work.scenario) == expected
    for _ in later:
        work.undo()
    assert views(work.scenario) == views(typed("\n".join(first), candidate)), "what was before stays as it was"


def test_an_event_that_is_added_replays_nothing_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    replayed: list[int] = []

    def counting(records: list[object], *words: object, **options: object) -> object:
        replayed.append(len(records))
        return replay(records, *words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "replay", counting)
    work = Workbench(example())
    views_at_end(work)
    for number in range(5):
        work.add(f"ref=new:{number}, email=new{number}@example.com")
        views_at_end(work)
    assert replayed == [419, 419], "once for each side"
    work.change(1, Settings.defaults().to_json())
    views_at_end(work)
    assert replayed == [419, 419, 424]
    work.add("email=one.more@example.com")
    views_at_end(work)
    assert replayed == [419, 419, 424]


def views_at_end(work: Workbench) -> None:
    viewer = work.scenario.viewer()
    viewer.view(len(viewer))


def test_many_events_are_replayed_with_all_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FURTHER", 2)
    work = Workbench(typed(EVENTS[0]))
    for line in EVENTS[1:6]:
        work.add(line)
        views(work.scenario)
    assert views(work.scenario) == views(typed("\n".join(EVENTS[:6])))


def test_an_event_in_the_middle_that_changes_begins_anew() -> None:
    work = Workbench(typed("\n".join(EVENTS[:3])))
    views(work.scenario)
    work.replace(2, "ref=b, phone=317-555-0177")
    work.add(EVENTS[3])
    assert views(work.scenario) == views(typed("\n".join([EVENTS[0], "ref=b, phone=317-555-0177", *EVENTS[2:4]])))


def test_why_is_asked_of_all_events_after_one_was_added() -> None:
    work = Workbench(typed(EVENTS[0]))
    views(work.scenario)
    work.add(EVENTS[1])
    views(work.scenario)
    assert work.scenario.explain(1, 2, 2) == typed("\n".join(EVENTS[:2])).explain(1, 2, 2)


def test_what_an_added_event_found_is_the_same_from_near_and_from_far(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = typed("\n".join(EVENTS[:7]))
    near = [whole.timeline(0).found_by(number) for number in range(1, 8)]
    work = Workbench(typed(EVENTS[0]))
    views(work.scenario)
    work.add("\n".join(EVENTS[1:7]))
    monkeypatch.setattr(timelines, "FAR", -1)
    timeline = work.scenario.timeline(0)
    assert isinstance(timeline.steps, FurtherSteps)
    assert [timeline.found_by(number) for number in range(1, 8)] == near
    assert timeline.steps.found_in(7, whole.timeline(0).store_after(6)) == near[6]


def test_a_timeline_of_further_steps_is_the_one_that_went_on() -> None:
    work = Workbench(typed(EVENTS[0]))
    views(work.scenario)
    work.add("\n".join(EVENTS[1:10]))
    continued = work.scenario.timeline(0)
    anew = timelines.Timeline(continued.steps)
    for number in range(11):
        profiles = [*anew.store_after(number).profiles()]
        assert profiles == [*continued.store_after(number).profiles()]
        for each in profiles:
            assert anew.steps_in(each, number) == continued.steps_in(each, number)
