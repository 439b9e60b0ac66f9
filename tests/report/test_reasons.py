"""What stands behind a group: the rule, the limit or the value, and the setting that makes the difference."""

from typing import Any

import pytest

from resolver import Blocked, Policies, Settings
from resolver.evidence import RuleMatch, Shared
from resolver.names import IdType, ProfileId, Status, Value
from resolver.report.headline import numbered
from resolver.report.reasons import Ranked, Reason, behind, ranked, reason_of
from resolver.report.settings_diff import Difference, differences
from resolver.simulate import Cause, compare, replay
from resolver.simulate.causes import Side
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings


def document(configs: list[dict[str, Any]], rules: list[str]) -> Settings:
    return Settings.from_json({"identifierConfigs": configs, "matchingRules": rules})


def changed(one: Any, other: Any) -> list[Difference]:
    return differences(*({"settings": run.summary.settings, "options": run.summary.options} for run in (one, other)))


def reasons(lines: list[Any], one: Any, other: Any) -> list[Ranked]:
    comparison = compare(one, other)
    return ranked(numbered(comparison), comparison, changed(one, other))[0]


def found(lines: list[Any], baseline: Settings, candidate: Settings, **options: Any) -> Ranked:
    (reason,) = reasons(lines, replay(lines, baseline, **options), replay(lines, candidate, **options))
    return reason


def paths(reason: Ranked) -> list[str]:
    return [each.path for each in reason.behind]


def test_a_rule_that_one_side_lacks_is_named_with_the_list_of_rules() -> None:
    lines = [ADA, BOB]
    reason = found(lines, settings(["email"]), settings(["email", "phone"]))
    assert reason.reason.words == "A shared phone now makes two records one person"
    assert (reason.reason.rule, reason.reason.side) == ("phone", "candidate")
    assert paths(reason) == ["matchingRules"]
    assert reason.top_values == [((("phone", "+13175556789"),), 1)]


def test_a_compound_rule_names_all_its_types_and_their_values() -> None:
    shared: dict[str, Any] = {"enforceUnique": False}
    configs = [{"idType": "last", **shared}, {"idType": "born", **shared}, {"idType": "key"}]
    lines = [
        {"ref": n, "at": at, "identifiers": {"last": "Lee", "born": "1990", "key": n}} for at, n in enumerate("ab")
    ]
    reason = found(lines, document(configs, ["key", "last AND born"]), document(configs, ["key"]))
    assert reason.reason.words == "A shared last and born no longer makes two records one person"
    assert [pairs for pairs, _ in reason.top_values] == [(("last", "Lee"), ("born", "1990"))]


FUZZY = {"matchingAlgo": "fuzzy", "matchingThreshold": 80}


def test_similar_values_are_called_similar_and_both_are_shown() -> None:
    names: list[Any] = [{"idType": "name"}, {"idType": "key"}]
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"name": "Johnson", "key": "1"}},
        {"ref": "b", "at": 2, "identifiers": {"name": "Jonson", "key": "2"}},
    ]
    baseline, candidate = (document([names[0] | more, names[1]], ["name", "key"]) for more in ({}, FUZZY))
    reason = found(lines, baseline, candidate)
    assert reason.reason.words == "A similar name now makes two records one person"
    assert reason.top_values == [((("name", "Jonson (like Johnson)"),), 1)]
    assert paths(reason) == ["identifierConfigs[name].matchingAlgo", "identifierConfigs[name].matchingThreshold"]


def test_in_a_compound_rule_some_values_may_be_equal_and_some_similar() -> None:
    shared: dict[str, Any] = {"enforceUnique": False}
    configs = [{"idType": "name", **shared, **FUZZY}, {"idType": "born", **shared}, {"idType": "key"}]
    people = [("1", "Johnson"), ("2", "Jonson")]
    lines = [{"ref": key, "at": 1, "identifiers": {"name": n, "born": "1990", "key": key}} for key, n in people]
    reason = found(lines, document(configs, ["key"]), document(configs, ["key", "name AND born"]))
    assert reason.reason.words == "A shared born and a similar name now makes two records one person"
    assert [pairs for pairs, _ in reason.top_values] == [(("name", "Jonson (like Johnson)"), ("born", "1990"))]


def test_a_merge_is_by_the_rule_that_the_other_side_lacks_and_not_by_the_one_that_both_have() -> None:
    lines: list[Any] = [
        {"ref": "a", "at": 1, "identifiers": {"name": "Johnson", "key": "1"}},
        {"ref": "b", "at": 2, "identifiers": {"key": "2"}},
        {"ref": "c", "at": 3, "identifiers": {"name": "Jonson", "key": "2"}},
    ]
    names: list[Any] = [{"idType": "name"}, {"idType": "key"}]
    baseline, candidate = (document([names[0] | more, names[1]], ["name", "key"]) for more in ({}, FUZZY))
    for one, other, now in ((baseline, candidate, "now"), (candidate, baseline, "no longer")):
        reason = found(lines, one, other)
        assert reason.reason.words == f"A similar name {now} makes two records one person"
    (change,) = compare(replay(lines, baseline), replay(lines, candidate)).joined
    assert change.cause is not None
    merged = "merged the profiles of a and b by rule 'key' on name 'Jonson' (like 'Johnson') and key '2'"
    assert merged in change.cause.why


def test_a_type_that_may_be_shared_is_the_setting_behind_its_rule() -> None:
    reason = found([ADA, BOB], settings(), SHARED_PHONE)
    assert reason.reason.words == "A shared phone no longer makes two records one person"
    assert paths(reason) == ["identifierConfigs[phone].enforceUnique"]
    assert reason.behind[0].words == "Whether a value of phone belongs to one person only"


def test_a_merge_on_one_side_names_the_rule_that_did_it() -> None:
    join = {"ref": "join", "at": 4, "identifiers": {"email": ["ada@example.com", "bob@example.com"]}}
    bob = {**BOB, "identifiers": {"email": "bob@example.com"}}
    reason = found([ADA, bob, join], settings(), settings(["phone"], email={"enforceUnique": False}))
    assert (reason.reason.kind, reason.reason.rule, reason.reason.id_types) == ("rule", "email", ("email",))
    assert paths(reason) == ["matchingRules"]


def test_a_full_list_that_drops_a_value_is_a_limit() -> None:
    lines = [
        ADA,
        {"ref": "ada2", "at": 2, "identifiers": {"email": "ada@example.com", "phone": "317-555-0001"}},
        {"ref": "ada3", "at": 3, "identifiers": {"phone": "317-555-6789"}},
    ]
    reason = found(lines, settings(), settings(phone={"limit": 1}))
    assert reason.reason.words == "A full profile drops a phone, under the candidate only"
    assert paths(reason) == ["identifierConfigs[phone].limit"]
    assert [pairs for pairs, _ in reason.top_values] == [(("phone", "+13175556789"),)]
    newest = found([*lines[:2], {"ref": "x", "at": 3, "identifiers": {"phone": "317-555-0001"}}], settings(),
                   settings(phone={"limit": 1, "limitPolicy": "lifo"}))  # fmt: skip
    assert newest.reason.words == "A full profile takes no further phone, under the candidate only"
    assert paths(newest) == ["identifierConfigs[phone].limit", "identifierConfigs[phone].limitPolicy"]


def test_a_value_that_is_stored_in_another_way_names_its_normalization() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "Ada@example.com"}},
        {"ref": "b", "at": 2, "identifiers": {"email": "ada@example.com"}},
    ]
    reason = found(lines, settings(), settings(email={"normalization": "trim"}))
    assert reason.reason.words == "The same email is stored in another way"
    assert paths(reason) == ["identifierConfigs[email].normalization"]


def test_a_line_that_one_side_rejects_or_leaves_out_is_said() -> None:
    lines = [ADA, {**BOB, "identifiers": {"phone": "317-555-6789", "email": "none"}}, {**BOB, "at": 3}]
    (rejected,) = reasons(lines, replay(lines, on_invalid="drop"), replay(lines, SHARED_PHONE, on_invalid="refuse"))
    assert rejected.reason.words == "The line is rejected, under the candidate only"
    third = {"ref": "cy", "at": 3, "identifiers": {"email": ["ada@example.com", "cy@example.com"]}}
    dee = {"ref": "dee", "at": 4, "identifiers": {"email": "cy@example.com"}}
    without = replay([ADA, third, dee]), replay([ADA, third, dee], without=["ref:cy"])
    (left_out,) = reasons([], *without)
    assert left_out.reason.words == "The line is left out, under the candidate only"
    assert left_out.behind == []


def test_reasons_are_ranked_by_the_records_that_they_move() -> None:
    few = [ADA, BOB]
    many = [
        {"ref": f"m{n}", "at": 3 + n, "identifiers": {"email": "many@example.com", "chat": str(n)}} for n in range(5)
    ]
    shapes = [{"idType": "email"}, {"idType": "phone"}, {"idType": "chat"}]
    shared = [{**each, "enforceUnique": each["idType"] == "chat"} for each in shapes]
    rules = ["email", "phone", "chat"]
    lines = [*few, *many]
    order = reasons(lines, *(replay(lines, document(each, rules)) for each in (shapes, shared)))
    assert [(each.reason.rule, each.moved, each.groups.total()) for each in order] == [("email", 4, 1), ("phone", 1, 1)]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"idType": "aa"}, {"idType": "aa", "limit": 5}, ("identifierConfigs[aa].limit", "100", "5")),
        (
            {"idType": "aa"},
            {"idType": "aa", "limitPolicy": "lifo"},
            ("identifierConfigs[aa].limitPolicy", "the oldest one", "the newest one"),
        ),
        (
            {"idType": "aa"},
            {"idType": "aa", "matchingAlgo": "fuzzy"},
            ("identifierConfigs[aa].matchingAlgo", "equal", "similar"),
        ),
    ],
)
def test_a_place_that_differs_is_told_in_words(left: Any, right: Any, expected: tuple[str, str, str]) -> None:
    runs = [replay([], document([each], ["aa"])) for each in (left, right)]
    (difference,) = changed(*runs)
    assert (difference.path, difference.before, difference.after) == expected


def test_types_that_only_one_side_has_and_the_order_of_types_and_rules_are_one_place_each() -> None:
    aa, bb, cc = ({"idType": each} for each in ("aa", "bb", "cc"))
    one, more = (replay([], document(configs, ["aa", "bb"])) for configs in ([aa, bb], [aa, bb, cc]))
    (difference,) = changed(one, more)
    assert (difference.path, difference.before, difference.after) == ("identifierConfigs[cc]", "no", "yes")
    turned = replay([], document([bb, aa], ["bb", "aa"]))
    assert [(each.path, each.words) for each in changed(one, turned)] == [
        ("order of identifierConfigs", "The order of the identifier types"),
        ("matchingRules", "The order of the rules"),
    ]
    assert changed(one, turned)[1].left == ("aa", "bb")


def test_a_value_of_another_profile_that_joins_the_two_is_a_collision() -> None:
    both = {"ref": "both", "at": 3, "identifiers": {"phone": "317-555-6789", "email": "bob@example.com"}}
    lines = [ADA, {**BOB, "identifiers": {"email": "bob@example.com"}}, both]
    reason = found(lines, settings(["phone", "email"]), settings(["phone"]), match="first")
    assert reason.reason.words == "An email of another profile no longer joins the two profiles"
    assert (reason.reason.rule, paths(reason)) == ("collision", ["matchingRules"])
    assert reason.top_values == [((("email", "bob@example.com"),), 1)]


def test_a_line_that_matches_alike_and_finds_another_profile_follows_from_what_came_before() -> None:
    match = RuleMatch("email", ProfileId("p"), (Shared(IdType("email"), Value("a@b.com"), Value("a@b.com")),))
    side = Side(Status.UPDATED, matched=(match,))
    reason = reason_of(Cause(3, "a", None, "match", "", side, side), ["email"], is_split=True).reason
    assert reason.words == "A line finds another profile, because of what happened before it"
    assert reason_of(None, [], is_split=True).reason.words == "No single line explains it"
    empty: dict[str, Any] = {"identifierConfigs": [], "matchingRules": []}
    other = differences(*({"settings": empty, "options": {"match": each}} for each in ("all", "first")))
    assert [each.path for each in behind(reason, other)] == ["options.match"]
    assert behind(Reason("unknown"), other) == []


def test_a_value_that_a_policy_blocks_names_the_policy() -> None:
    blocked = settings().with_policies(Policies(blocked=[Blocked(id_type="phone", equals=["+13175556789"])]))
    reason = found([ADA, BOB], settings(), blocked)
    assert reason.reason.words == "A phone is blocked, under the candidate only"
    assert [pairs for pairs, _ in reason.top_values] == [(("phone", "317-555-6789"),)]
    assert paths(reason) == ["options.policies.blocked"]


def test_a_policy_that_differs_is_told_in_words() -> None:
    without = {"settings": settings().to_json(), "options": {}}
    policies = Policies(
        blocked=[Blocked(id_type="phone", equals=["+13175556789"], then="refuse"), Blocked(unless_matches="@")],
        protect=["email"],
        caps={"identifiers": 1},
    )
    found = differences(without, {"settings": settings().with_policies(policies).to_json(), "options": {}})
    assert [(each.field, each.before, each.after) for each in found] == [
        (
            "blocked",
            "none",
            "phone +13175556789, and their lines are refused; "
            "values of every type in which the pattern '@' is not found",
        ),
        ("protect", "none", "the limit of email"),
        ("caps", "none", "at most 1 identifier"),
    ]
