"""Settings that are put back one at a time, and what the page says of those that bring groups back."""

import json
from pathlib import Path
from typing import Any

import pytest

from resolver import Blocked, Policies, Settings
from resolver.reference import Reference
from resolver.report import Mask, comparison_report, masked
from resolver.report.headline import numbered
from resolver.report.put_back import Back, brought_back, name_settings, put_back
from resolver.report.reasons import Ranked, ranked
from resolver.report.settings_diff import Difference, differences
from resolver.simulate import Run, compare, load_run, replay
from tests.report.pages import all_data_of, text_of
from tests.simulate.lines import ADA, BOB, settings


def changed(*runs: Run) -> list[Difference]:
    return differences(*({"settings": run.summary.settings, "options": run.summary.options} for run in runs))


def back_of(baseline: Run, candidate: Run, **more: Any) -> Back | None:
    return brought_back(
        numbered(compare(baseline, candidate)), changed(baseline, candidate), baseline, candidate, **more
    )


def document(configs: list[dict[str, Any]], rules: list[str]) -> Settings:
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": rules})


AA, BB, CC = ({"idType": each} for each in ("aa", "bb", "cc"))


@pytest.mark.parametrize(
    ("left", "right", "path", "expected"),
    [
        (([AA, BB], ["aa"]), ([AA | {"limit": 3}, BB], ["aa"]), "identifierConfigs[aa].limit", ([AA, BB], ["aa"])),
        (([AA, BB], ["aa"]), ([AA, BB], ["aa", "bb"]), "matchingRules", ([AA, BB], ["aa"])),
        (([AA, BB], ["aa"]), ([BB, AA], ["aa"]), "order of identifierConfigs", ([AA, BB], ["aa"])),
        (([AA], ["aa"]), ([AA, BB], ["aa"]), "identifierConfigs[bb]", ([AA], ["aa"])),
        (([AA, BB, CC], ["aa"]), ([AA, CC], ["aa"]), "identifierConfigs[bb]", ([AA, BB, CC], ["aa"])),
        (([AA], ["aa"]), ([AA, BB], ["aa", "bb"]), "identifierConfigs[bb]", None),
        (([AA, BB], ["bb"]), ([AA], ["aa"]), "matchingRules", None),
    ],
)
def test_a_place_is_put_back_where_that_leaves_settings(left: Any, right: Any, path: str, expected: Any) -> None:
    sides = document(*left), document(*right)
    place = next(each for each in changed(*(replay([], side) for side in sides)) if each.path == path)
    found = put_back(place, (sides[0], {}), (sides[1], {}))
    assert (found and found[0]) == (expected and document(*expected))


def test_policies_and_options_are_put_back_one_at_a_time() -> None:
    policies = Policies(blocked=[Blocked(id_type="phone", equals=["+13175556789"])], protect=["email"])
    one, other = Settings.defaults(), Settings.defaults().with_policies(policies)
    places = {each.path: each for each in changed(replay([], one), replay([], other, default_region="DE"))}
    assert {*places} == {"options.policies.blocked", "options.policies.protect", "options.defaultRegion"}
    sides: Any = ((one, {}), (other, {"default_region": "DE"}))
    found = put_back(places["options.policies.blocked"], *sides)
    assert found is not None
    assert (found[0].policies.to_json(), found[1]) == ({"protect": ["email"]}, {"default_region": "DE"})
    assert put_back(places["options.defaultRegion"], *sides) == (other, {})
    found = put_back(places["options.policies.protect"], *reversed(sides))
    assert found is not None
    assert found[0].policies.to_json() == {"protect": ["email"]}


NEW_PHONE: dict[str, Any] = {"phone": {"enforceUnique": False}, "email": {"limit": 3}}


def test_the_one_setting_that_brings_a_group_back_is_named_and_not_the_others() -> None:
    runs = replay([ADA, BOB], settings()), replay([ADA, BOB], settings(**NEW_PHONE))
    comparison = compare(*runs)
    assert [each.path for each in changed(*runs)] == [
        "identifierConfigs[email].limit",
        "identifierConfigs[phone].enforceUnique",
    ]
    assert back_of(*runs) == {1: {1: 1}}
    page = comparison_report(comparison, *runs)
    assert (
        "The setting: Whether a value of phone belongs to one person only: yes → no, several people may share it "
        "(put back alone, it brings the record back)"
    ) in text_of(page)
    header, group = all_data_of(page)
    assert [each["place"] for each in header["reasons"][0]["settings"]] == [1]
    assert (group["moved"], group["back"]) == (1, {"1": 1})


def test_a_masked_comparison_names_the_same_settings() -> None:
    mask = Mask(b"sixteen bytes or more", refs=True)
    runs = replay([ADA, BOB], settings()), replay([ADA, BOB], settings(**NEW_PHONE))
    hidden = masked(runs[0], mask), masked(runs[1], mask)
    for page in (
        comparison_report(compare(*runs), *runs, mask=mask),
        comparison_report(compare(*hidden), *hidden),
    ):
        assert "(put back alone, it brings the record back)" in text_of(page)
        assert "ada@" not in json.dumps(all_data_of(page))


def test_where_no_single_setting_brings_a_group_back_the_nearest_is_named_and_it_is_said() -> None:
    lines = [{"ref": f"r{text}", "identifiers": {"aa": f"{text}x", "bb": f"{text}y"}} for text in ("", " ")]
    raw, trimmed = ([each | {"normalization": name} for each in (AA, BB)] for name in ("none", "trim"))
    runs = replay(lines, document(raw, ["aa", "bb"])), replay(lines, document(trimmed, ["aa", "bb"]))
    order = found_in(*runs)
    assert [(each.alone, bool(each.behind)) for each in order] == [([], True)]
    text = text_of(comparison_report(compare(*runs), *runs))
    assert "No single setting, put back alone, brings a record back. The nearest: " in text


def found_in(baseline: Run, candidate: Run, **more: Any) -> list[Ranked]:
    comparison = compare(baseline, candidate)
    groups, places = numbered(comparison), changed(baseline, candidate)
    order, found = ranked(groups, comparison, places)
    name_settings(order, found, places, brought_back(groups, places, baseline, candidate, **more))
    return order


def test_what_would_be_too_much_work_or_cannot_be_replayed_is_not_tried_and_the_page_says_the_nearest(
    tmp_path: Path,
) -> None:
    runs = replay([ADA, BOB], settings()), replay([ADA, BOB], settings(**NEW_PHONE))
    assert back_of(*runs, most=1) is None
    runs[1].save(tmp_path)
    loaded = load_run(tmp_path)
    assert back_of(runs[0], loaded) is None
    text = text_of(comparison_report(compare(runs[0], loaded), runs[0], loaded))
    assert "The nearest setting: Whether a value of phone belongs to one person only" in text
    reference = replay([ADA, BOB], settings(**NEW_PHONE), engine=Reference)
    assert back_of(runs[0], reference) is None
    asking = (replay([ADA, BOB], each, clock=lambda: 5) for each in (settings(), settings(**NEW_PHONE)))
    assert back_of(*asking) is None
    third = {"ref": "cy", "at": 3, "identifiers": {"chat": "cy"}}
    without = replay([ADA, BOB, third], settings(**NEW_PHONE), without=["ref:cy"])
    assert back_of(replay([ADA, BOB, third], settings()), without) is None


def test_with_little_time_the_nearest_settings_are_tried_first_and_nothing_is_said_of_the_others() -> None:
    runs = replay([ADA, BOB], settings()), replay([ADA, BOB], settings(**NEW_PHONE))
    limit, unique = changed(*runs)
    assert back_of(*runs, most=2, nearest=[unique]) == {1: {1: 1}}
    assert back_of(*runs, most=2, nearest=[limit]) == {1: None}
    assert back_of(*runs, most=4, nearest=[limit]) == {1: {1: 1}}
    (reason,) = found_in(*runs, most=2, nearest=[limit])
    assert (reason.alone, [each.path for each in reason.behind]) == (None, ["identifierConfigs[phone].enforceUnique"])


def test_where_one_setting_differs_it_is_known_without_a_replay(tmp_path: Path) -> None:
    run = replay([ADA, BOB], settings(phone={"enforceUnique": False}))
    run.save(tmp_path)
    assert back_of(replay([ADA, BOB], settings()), load_run(tmp_path)) == {1: {0: 1}}
