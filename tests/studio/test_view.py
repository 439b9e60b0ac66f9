"""What the page shows after a step, worked out without a browser."""

import json
from typing import Any

import pytest

from resolver.policies import Policies
from resolver.report.masking import Mask
from resolver.settings import Settings
from resolver.studio import view as module
from resolver.studio.workbench import Scenario
from tests.studio.scenarios import THREE, example, typed, with_email, with_phone


def view(scenario: Scenario, number: int | None = None, **wanted: Any) -> dict[str, Any]:
    viewer = scenario.viewer()
    return viewer.view(len(viewer) if number is None else number, **wanted)


def test_a_shared_phone_splits_what_a_unique_one_joins() -> None:
    shown = view(typed())
    (row,) = shown["rows"]
    assert row["kind"] == "split"
    assert row["counts"] == [1, 3]
    assert [[card["label"] for card in side] for side in row["sides"]] == [["P1"], ["P1", "P2", "P3"]]
    assert (shown["people"], shown["changed"]) == (1, 1)


def test_a_step_says_what_its_event_found_by_which_rule_and_value() -> None:
    baseline, candidate = (side["outcome"] for side in view(typed(), 2)["sides"])
    phone = ["phone", "+13175550100", "+13175550100"]
    assert baseline["found"] == [{"rule": "phone", "profile": "P1", "shared": [phone]}]
    assert (baseline["status"], baseline["text"], baseline["facts"]) == ("unchanged", "changed nothing", [])
    assert candidate["found"] == []
    assert candidate["text"] == "created a profile with phone '+13175550100'"
    assert [fact["kind"] for fact in candidate["facts"]] == ["ProfileCreated", "IdentifierAdded"]


def test_a_merge_names_both_profiles_the_rule_and_the_values() -> None:
    text = "email=ada@example.com\nphone=317-555-0100\nemail=ada@example.com, phone=317-555-0100"
    baseline = view(typed(text))["sides"][0]
    assert baseline["merges"] == 1
    (merge,) = baseline["outcome"]["facts"]
    assert (merge["profile"], merge["absorbed"], merge["rule"]) == ("P1", ["P2"], "phone")
    assert ["phone", "+13175550100"] in merge["identifiers"]


def test_what_an_event_found_is_what_fitted_at_its_own_time() -> None:
    policies = Policies(window_days={"phone": 7}, protect=["phone"])
    text = (
        "at=2026-01-01T00:00:00Z, phone=317-555-0100, email=a@example.com\n"
        "at=2026-01-02T00:00:00Z, phone=317-555-0101, email=b@example.com\n"
        "at=2026-02-01T00:00:00Z, email=a@example.com, email=b@example.com"
    )
    outcome = view(typed(text, with_phone(limit=1).with_policies(policies)))["sides"][1]["outcome"]
    assert outcome["facts"][0]["absorbed"] == ["P2"]
    assert [match["profile"] for match in outcome["found"]] == ["P1", "P2"]


def test_what_is_suppressed_is_shown_by_its_digest_and_a_refusal_names_the_owner() -> None:
    suppressed = view(typed('{"op": "suppress", "identifiers": {"email": "ada@example.com"}}'))["sides"][0]["outcome"]
    assert [fact["value"][:7] for fact in suppressed["facts"]] == ["sha256:"]
    text = "email=a@example.com, phone=317-555-0100\nemail=b@example.com, phone=317-555-0100"
    protected = view(typed(text, with_email(limit=1).with_policies(Policies(protect=["email"]))))
    refused = [fact for fact in protected["sides"][1]["outcome"]["facts"] if fact["kind"] == "IdentifierRefused"]
    assert [(fact["value"], fact["reason"], fact["owner"]) for fact in refused] == [("+13175550100", "limit", "P1")]


def test_an_eviction_and_a_full_list_are_shown() -> None:
    text = "email=a@example.com, phone=317-555-0100\nemail=a@example.com, phone=317-555-0101"
    shown = view(typed(text, with_phone(limit=1)))
    (row,) = shown["rows"]
    assert row["kind"] == "values"
    (phone,) = [each for each in row["sides"][1][0]["types"] if each["idType"] == "phone"]
    assert (phone["count"], phone["limit"], phone["isFull"]) == (1, 1, True)
    assert phone["values"] == [{"value": "+13175550101", "isNew": True, "holders": 1}]
    evicted = [fact for fact in shown["sides"][1]["outcome"]["facts"] if fact["kind"] == "IdentifierEvicted"]
    assert [(fact["value"], fact["reason"]) for fact in evicted] == [("+13175550100", "fifo limit")]


def test_a_value_that_several_hold_says_so() -> None:
    cards = view(typed())["rows"][0]["sides"][1]
    types = [each for card in cards for each in card["types"] if each["idType"] == "phone"]
    assert [each["values"][0]["holders"] for each in types] == [3, 3, 3]


def test_before_the_first_event_and_beyond_the_last() -> None:
    nothing = view(typed(), 0)
    assert (nothing["event"], nothing["rows"], nothing["sides"][0]["outcome"]) == (None, [], None)
    assert view(typed(), 99)["step"] == 3
    assert view(typed(), -5)["step"] == 0
    assert view(typed(""))["steps"] == 0


def test_a_rejected_event_is_shown_with_its_reason_and_is_nobody() -> None:
    shown = view(typed('{"op": "delete", "profile": "ref:nobody"}'))
    assert shown["rows"] == []
    assert shown["event"]["results"] == ["rejected", "rejected"]
    assert "nobody" in shown["sides"][0]["outcome"]["text"]


def test_a_value_or_a_ref_is_found_in_any_form() -> None:
    scenario = example()
    for text in ("(808) 555-0106", "+18085550106", "crm:000087", "CRM:0000"):
        rows = view(scenario, find=text)["rows"]
        assert rows, text
    assert view(scenario, find="nobody at all")["rows"] == []


def test_people_are_found_by_a_part_of_a_value() -> None:
    scenario = typed("email=Ada.Lovelace@example.com\nemail=bob@example.org, phone=317-555-0100\nchat=lovelace-1815")
    found = {text: [[each["step"] for card in row["sides"][0] for each in card["events"]]
                    for row in view(scenario, find=text)["rows"]]
             for text in ("lovelace", "LOVE", "@example", "555", "1815", "ada.lovelace@", "curie")}  # fmt: skip
    assert found == {
        "lovelace": [[3], [1]],
        "LOVE": [[3], [1]],
        "@example": [[1], [2]],
        "555": [[2]],
        "1815": [[3]],
        "ada.lovelace@": [[1]],
        "curie": [],
    }
    assert [len(row["sides"][1]) for row in view(scenario, find="lovelace")["rows"]] == [1, 1]


def test_only_differences_are_those_that_are_counted() -> None:
    scenario = example()
    shown = view(scenario, 60, only_changed=True)
    assert shown["changed"] == len(shown["rows"]) > 1
    assert {row["kind"] for row in shown["rows"]} == {"split"}
    found = view(scenario, 60, only_changed=True, find="crm")
    assert 0 < len(found["rows"]) <= found["changed"]
    assert {row["kind"] for row in found["rows"]} == {"split"}


def test_of_a_long_history_only_what_is_shown_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = example()
    every, first = view(scenario, 60, only_changed=True), view(scenario, 60)
    monkeypatch.setattr(module, "MOST_COUNTED", 10)
    few = view(scenario, 60)
    assert (few["people"], few["changed"]) == (None, None)
    assert few["rows"] == first["rows"]
    assert view(scenario, 60, only_changed=True)["rows"] == every["rows"]
    assert len(view(scenario)["rows"]) == module.MOST_ROWS
    assert view(scenario)["hasMore"] is True


def test_a_very_large_row_says_that_it_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS_IN_ROW", 20)
    (row,) = view(typed("".join(f"phone=317-555-0100, email=e{number}@example.com\n" for number in range(40))))["rows"]
    assert not row["isWhole"]
    assert row["sides"][0][0]["moreEvents"] == 10


def test_the_events_around_a_step_are_listed() -> None:
    assert [event["step"] for event in view(example(), 200)["events"]] == list(range(140, 261))
    assert [event["step"] for event in view(example(), 1)["events"]] == list(range(1, 122))
    assert [event["step"] for event in view(example())["events"]][-1] == 419


def test_the_same_view_every_time() -> None:
    assert json.dumps(view(example(), 77)) == json.dumps(view(example(), 77))


def test_a_mask_leaves_no_value_and_no_ref() -> None:
    text = (
        THREE + '{"op": "add", "profile": "ref:web:1", "idType": "email", "value": "Eve@Example.com"}\nemail=no address'
    )
    scenario = typed(text)
    mask = Mask(b"sixteen bytes or more", refs=True)
    viewer = scenario.viewer(mask)
    told = json.dumps([viewer.view(number) for number in range(6)])
    for secret in ("ada@", "bob@", "eve@", "555", "web:1", "no address"):
        assert secret not in told.lower(), secret
    assert mask.value("email", "ada@example.com") in told
    assert viewer.view(5, find="ada@example.com")["rows"] == []


def test_a_pair_that_is_together_and_apart_is_explained_on_both_sides() -> None:
    baseline, candidate = typed().explain(1, 3, 3)
    assert (baseline["together"], candidate["together"]) == (True, False)
    assert "rule 'phone'" in " ".join(baseline["lines"])
    assert "phone is not unique, so alone it joins nobody" in " ".join(candidate["lines"])
    assert baseline["more"][0].startswith("The profile has 3 records")
    assert candidate["more"] == []


def test_a_pair_is_explained_as_it_was_at_a_step() -> None:
    text = "ref=a, email=ada@example.com\nref=b, phone=317-555-0100\nref=c, email=ada@example.com, phone=317-555-0100"
    scenario = typed(text)
    assert [side["together"] for side in scenario.explain(1, 2, 2)] == [False, False]
    assert scenario.explain(1, 2, 3)[0]["together"] is True


def test_what_cannot_be_explained_says_why() -> None:
    scenario = typed(
        'email=ada@example.com\n{"op": "delete", "profile": "ref:nobody"}\n{"op": "delete", "profile": "ref:line:1"}'
    )
    assert "line:2 was rejected: no applied record" in scenario.explain(1, 2, 2)[0]["lines"][0]
    assert scenario.explain(3, 1, 3)[0]["together"] is None


def test_one_settings_alone_are_both_sides() -> None:
    scenario = Scenario.of_text("email=ada@example.com", Settings.defaults())
    assert scenario.run(0) is scenario.run(1)
    assert view(scenario)["rows"][0]["kind"] == "same"
