import json
import sys
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from resolver import AddIdentifier, ApplySettings, Engine, IdentifierConfig, RemoveIdentifier, Resolve, Settings
from resolver.history import Record
from resolver.policies import Policies
from resolver.reference import Reference
from resolver.simulate import Run, replay
from resolver.simulate.explain import Explanation, Moment, UnknownRef, explain
from resolver.simulate.explain.neighbours import Neighbours, component
from tests.simulate.lines import ADA, BOB, applied, refused, settings

DAY = 86_400_000


def line(ref: str, at: int, **identifiers: Any) -> dict[str, Any]:
    return {"ref": ref, "at": at * DAY, "identifiers": identifiers}


def add(ref: str, at: int, id_type: str, value: str, op: str = "add", **more: Any) -> dict[str, Any]:
    return {"op": op, "at": at * DAY, "profile": f"ref:{ref}", "idType": id_type, "value": value, **more}


def delete(ref: str) -> dict[str, Any]:
    return {"op": "delete", "profile": f"ref:{ref}", "at": 9 * DAY}


def why(run: Run, a: str, b: str) -> dict[tuple[str, Any], str]:
    return {each.identifier: each.why for each in explain(run, a, b).common}


CHAIN = [
    line("crm:1", 1, email="ada@example.com"),
    line("crm:2", 2, email="ada@example.com", phone="317-555-6789"),
    line("crm:3", 3, phone="317-555-6789"),
]


def test_a_chain_names_for_each_link_the_lines_the_time_and_the_rule() -> None:
    explanation = explain(replay(CHAIN), "crm:1", "crm:3")
    assert str(explanation).startswith(
        "crm:1 and crm:3 are one profile since line 3 (1970-01-04T00:00:00Z).\n"
        "\n"
        "What joins them, in 2 steps:\n"
        "  1. crm:2 (line 2, 1970-01-03T00:00:00Z) presented email ada@example.com, which crm:1 (line 1, "
        "1970-01-02T00:00:00Z) had brought: rule 'email'.\n"
        "  2. crm:3 (line 3, 1970-01-04T00:00:00Z) presented phone +13175556789, which crm:2 (line 2, "
        "1970-01-03T00:00:00Z) had brought: rule 'phone'.\n"
        "\n"
        "A smallest set of identifiers whose absence keeps them apart:\n"
    )


def test_two_records_that_found_the_same_value_name_who_brought_it() -> None:
    lines = [
        line("a", 1, email="x@example.com"),
        line("b", 2, email="x@example.com"),
        line("c", 3, email="x@example.com"),
    ]
    (link,) = explain(replay(lines), "b", "c").chain
    assert link.added == Moment(1, "a", DAY)
    assert "b (line 2, 1970-01-03T00:00:00Z) and c (line 3" in str(explain(replay(lines), "c", "b")).replace(
        "c (line 3, 1970-01-04T00:00:00Z) and b (line 2", "b (line 2, 1970-01-03T00:00:00Z) and c (line 3"
    )


def test_a_line_that_names_a_record_is_a_link_and_its_own_value_cuts_it() -> None:
    lines = [line("a", 1, email="a@example.com"), {**add("a", 2, "chat", "x"), "ref": "b"}]
    explanation = explain(replay(lines), "a", "b")
    assert [link.kind for link in explanation.chain] == ["name"]
    assert explanation.cut is not None
    assert (explanation.cut.identifiers, explanation.cut.is_smallest) == ((("chat", "x"),), True)
    assert explanation.cut.why == "nothing is left of b then"
    assert "b (line 2, 1970-01-03T00:00:00Z) names the record of a" in str(explanation)
    assert [link.kind for link in explain(replay(lines), "b", "a").chain] == ["name"]


def test_two_records_come_apart_without_the_value_of_the_command_that_ties_them() -> None:
    lines = [
        line("a", 1, chat="w1"),
        line("b", 2, chat="w2"),
        {**add("a", 3, "chat", "w3"), "ref": "b"},
    ]
    cut = explain(replay(lines), "a", "b").cut
    assert cut is not None
    assert (cut.identifiers, cut.is_smallest, cut.why) == ((("chat", "w3"),), True, "")


@pytest.mark.parametrize(
    ("command", "chosen"),
    [
        ({"op": "replace", "old": "w1", "new": "w5"}, {"w1", "w5"}),
        ({"op": "remove", "value": "w1"}, {"w1"}),
        ({"op": "remove"}, {"w1", "w4"}),
        ({"op": "add", "value": ""}, {""}),
    ],
)
def test_whatever_a_command_needs_can_be_absent(command: dict[str, Any], chosen: set[str]) -> None:
    tie = {"at": 3, "profile": "ref:a", "idType": "chat", "ref": "b", **command}
    lines = [line("a", 1, chat=["w1", "w4"], email="a@example.com"), line("b", 2, chat="w2"), tie]
    cut = explain(replay(lines), "a", "b").cut
    assert cut is not None
    values = {value for _, value in cut.identifiers}
    assert values <= chosen
    assert cut.is_smallest
    assert len(values) == (2 if command == {"op": "remove"} else 1)


@pytest.mark.parametrize(("most", "more"), [(20_000, set()), (0, {"w7"})])
def test_a_tie_that_names_no_value_that_could_be_absent_is_cut_by_what_the_other_lines_need(
    most: int, more: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["resolver.simulate.explain"], "MOST_LINES", most)
    tie = Record(2, "b", "add", AddIdentifier("ref:a", "chat", cast(str, None), 3))
    lines = [
        Record(1, "a", "resolve", Resolve({"chat": "w1", "email": "a@example.com"}, 1)),
        tie,
        Record(3, "c", "resolve", Resolve({"chat": "w1", "whatsapp": "w7"}, 4)),
    ]
    cut = explain(replay(lines), "a", "b").cut
    assert cut is not None
    assert {value for _, value in cut.identifiers} == {"w1", "a@example.com"} | more
    assert (cut.is_smallest, cut.why) == (not more, "nothing is left of a and b then")


BOND = Settings.from_json(
    {
        "identifierConfigs": [
            {"idType": "email"},
            {"idType": "phone", "normalization": "trim"},
            {"idType": "first", "enforceUnique": False},
            {"idType": "last", "enforceUnique": False},
        ],
        "matchingRules": ["email", "phone", "first AND last"],
    }
)


def test_a_chain_names_each_record_that_brought_a_part_of_what_matched() -> None:
    lines = [
        line("p1", 1, email="p", first="James"),
        line("p2", 2, email="p", last="Bond"),
        line("q1", 3, email="q", first="James"),
        line("q2", 4, email="q", last="Bond"),
    ]
    explanation = explain(replay(lines, BOND), "p1", "q1")
    (link,) = explanation.chain
    for brought, names in ((link.first_brought, ("p1", "p2")), (link.second_brought, ("q1", "q2"))):
        assert [(each.identifier, each.by.ref) for each in brought] == [
            (("first", "James"), names[0]),
            (("last", "Bond"), names[1]),
        ]
    assert (
        "  1. p1 (line 1, 1970-01-02T00:00:00Z) with first James and last Bond from p2 (line 2, 1970-01-03T00:00:00Z) "
        "and q1 (line 3, 1970-01-04T00:00:00Z) with first James and last Bond from q2 (line 4, 1970-01-05T00:00:00Z) "
        "are joined by rule 'first AND last' at line 4 (1970-01-05T00:00:00Z).\n"
    ) in str(explanation)
    assert explanation.to_json()["chain"][0]["firstBrought"][1]["by"]["ref"] == "p2"


def test_two_parts_of_what_matched_are_no_link_between_the_records_that_brought_them() -> None:
    lines = [
        line("p1", 1, email="p", first="James"),
        line("x", 2, email="p", phone="1"),
        line("p2", 3, phone="1", last="Bond"),
        line("q", 4, first="James", last="Bond"),
    ]
    explanation = explain(replay(lines, BOND), "p1", "p2")
    assert [(link.kind, link.rule) for link in explanation.chain] == [("value", "email"), ("value", "phone")]


def test_a_line_may_name_its_profile_by_id() -> None:
    lines: list[Any] = [
        Resolve({"email": "a@example.com"}, 1, "mine"),
        {"op": "add", "ref": "b", "at": 2, "profile": "mine", "idType": "chat", "value": "x"},
    ]
    assert [link.kind for link in explain(replay(lines), "line:1", "b").chain] == ["name"]


def test_a_collision_is_a_link() -> None:
    lines = [
        line("a", 1, email="a@example.com"),
        line("b", 2, chat="x"),
        {**add("b", 3, "email", "a@example.com"), "ref": "c"},
    ]
    explanation = explain(replay(lines), "a", "b")
    assert [link.kind for link in explanation.chain] == ["value", "name"]
    assert "by a collision" in str(explanation) or ": a collision." in str(explanation)
    assert explanation.cut is not None
    assert explanation.cut.identifiers == (("email", "a@example.com"),)


SHARED: dict[str, Any] = {
    "identifierConfigs": [
        {"idType": "email"},
        {"idType": "phone", "enforceUnique": False},
        {"idType": "name", "enforceUnique": False},
        {"idType": "loyalty", "limit": 1},
    ],
    "matchingRules": ["email", "phone AND name", "loyalty AND name"],
}


def test_a_compound_rule_is_one_link_with_both_identifiers_and_either_of_them_cuts() -> None:
    lines = [line("a", 1, phone="1", name="Ada"), line("b", 2, phone="1", name="Ada")]
    explanation = explain(replay(lines, Settings.from_json(SHARED)), "a", "b")
    (link,) = explanation.chain
    assert (link.kind, link.rule) == ("combination", "phone AND name")
    assert set(link.identifiers) == {("phone", "1"), ("name", "Ada")}
    assert explanation.cut is not None
    assert (len(explanation.cut.identifiers), explanation.cut.is_smallest) == (1, True)
    assert (
        "a (line 1, 1970-01-02T00:00:00Z) with phone 1 and name Ada and b (line 2, 1970-01-03T00:00:00Z) with phone 1 "
        "and name Ada are joined by rule 'phone AND name' at line 2"
    ) in str(explanation)


def test_stored_values_join_profiles_when_the_last_one_of_a_rule_comes() -> None:
    lines = [line("a", 1, phone="1", name="Ada"), line("b", 2, phone="1"), add("b", 3, "name", "Ada")]
    (link,) = explain(replay(lines, Settings.from_json(SHARED)), "a", "b").chain[:1]
    assert link.kind == "combination"


def test_a_collision_may_need_a_compound_rule() -> None:
    lines = [
        line("a", 1, loyalty="L1", name="Ada"),
        line("b", 2, name="Ada", email="b@x"),
        add("b", 3, "loyalty", "L1"),
    ]
    run = replay(lines, Settings.from_json(SHARED))
    assert run.assignments["a"] == run.assignments["b"]
    explanation = explain(run, "a", "b")
    assert {("loyalty", "L1"), ("name", "Ada")} in [set(link.identifiers) for link in explanation.chain]


def test_a_similar_value_is_a_link_of_two_values() -> None:
    fuzzy = {"identifierConfigs": [{"idType": "name", "matchingAlgo": "fuzzy"}], "matchingRules": ["name"]}
    run = replay([line("a", 1, name="ada lovelace"), line("b", 2, name="ada lovelac")], Settings.from_json(fuzzy))
    (link,) = explain(run, "a", "b").chain
    assert set(link.identifiers) == {("name", "ada lovelac"), ("name", "ada lovelace")}


def test_values_that_the_engine_keeps_unread_join_too() -> None:
    run = replay([line("a", 1, phone=" n/a"), line("b", 2, phone="n/a")], on_invalid="keep")
    assert explain(run, "a", "b").chain[0].identifiers == (("phone", "n/a"),)


def test_new_settings_in_the_history_are_those_of_the_lines_after_them() -> None:
    lines: list[Any] = [
        Resolve({"phone": "1", "name": "Ada"}, 1),
        ApplySettings(Settings.from_json({**SHARED, "matchingRules": ["name", "email"]}), 2),
        Resolve({"phone": "1", "name": "Ada"}, 3),
    ]
    run = replay(lines, Settings.from_json(SHARED))
    assert "no rule combines it" in why(run, "line:1", "line:3")["name", "Ada"]
    later = Settings.from_json({"identifierConfigs": [{"idType": "name"}], "matchingRules": ["name"]})
    run = replay([*lines, ApplySettings(later, 4)], Settings.from_json(SHARED))
    assert "not configured any more" in why(run, "line:1", "line:3")["phone", "1"]
    assert "before name became unique" in why(run, "line:1", "line:3")["name", "Ada"]


def test_a_cut_is_sought_again_where_the_absence_saves_another_value_from_eviction() -> None:
    tight = settings(email={"limit": 1, "limitPolicy": "fifo"})
    lines = [
        line("a", 1, email="one@example.com", phone="317-555-0001"),
        line("a2", 2, phone="317-555-0001", email="two@example.com"),
        line("b", 3, email="one@example.com", phone="317-555-0002"),
        line("c", 4, phone=["317-555-0001", "317-555-0002"]),
        line("d", 5, email="two@example.com", phone="317-555-0002"),
    ]
    explanation = explain(replay(lines, tight), "a", "b")
    assert explanation.cut is not None
    assert explanation.cut.replays > 1
    chosen = [f"{id_type}={value}" for id_type, value in explanation.cut.identifiers]
    after = replay(lines, tight, without=chosen)
    assert after.assignments.get("a") != after.assignments.get("b")


@pytest.mark.parametrize("more", [[], [{"idType": "name", "matchingAlgo": "fuzzy"}]])
def test_a_replay_that_refutes_a_cut_gives_new_evidence(more: list[dict[str, Any]]) -> None:
    """With the fuzzy type, all lines are replayed; without it, as many as matter."""
    tight = [{"idType": each, "limit": 1} for each in ("phone", "email")]
    rules = Settings.from_json({"identifierConfigs": [*tight, *more], "matchingRules": ["phone", "email"]})
    lines = [
        line("a", 1, phone="317-555-0003", email="1@example.com"),
        line("b", 2, phone="317-555-0001", email="3@example.com"),
        line("c", 3, phone="317-555-0001", email="1@example.com"),
        line("d", 4, phone="317-555-0003", email="3@example.com"),
    ]
    cut = explain(replay(lines, rules), "b", "a").cut
    assert cut is not None
    assert cut.identifiers == (("phone", "317-555-0003"), ("email", "1@example.com"))
    assert (cut.is_smallest, cut.replays, cut.lines) == (True, 6, 4)


def test_a_value_of_two_combinations_is_found_to_be_enough() -> None:
    shared = [{"idType": each, "enforceUnique": False} for each in ("name", "city", "street")]
    rules = Settings.from_json(
        {
            "identifierConfigs": [{"idType": "email"}, *shared],
            "matchingRules": ["email", "name AND city", "name AND street"],
        }
    )
    lines = [
        line("m", 1, email="1@example.com", name="Ada", city="Paris"),
        line("n", 2, email="2@example.com", name="Ada", street="Main"),
        line("a", 3, email=["1@example.com", "2@example.com"]),
        line("b", 4, name="Ada", city="Paris", street="Main"),
    ]
    lost = [
        line("b", 5, name="Ada", city="Paris", street="Main", email="b@example.com"),
        add("b", 6, "email", "", op="remove"),
    ]
    lost[1]["value"] = "b@example.com"
    many = line("z", 7, email=["b@example.com", *(f"{number}@example.org" for number in range(200))])
    for more in [], lost, [*lost, many]:
        for pair in ("a", "b"), ("b", "a"):
            cut = explain(replay([*lines, *more], rules), *pair).cut
            assert cut is not None
            assert (cut.identifiers, cut.is_smallest) == ((("name", "Ada"),), True)


def test_where_all_lines_are_replayed_a_proof_is_sought_in_all_values() -> None:
    similar = settings(email={"matchingAlgo": "fuzzy"})
    both = {"email": "a@example.com", "phone": "317-555-0001"}
    cut = explain(replay([line("a", 1, **both), line("b", 2, **both)], similar), "a", "b").cut
    assert cut is not None
    assert (len(cut.identifiers), cut.is_smallest, cut.replays) == (2, True, 3)


def test_a_cut_that_leaves_nothing_of_a_record_says_so() -> None:
    explanation = explain(replay(CHAIN), "crm:1", "crm:2")
    assert explanation.cut is not None
    assert explanation.cut.why == "nothing is left of crm:1 then"
    assert "But nothing is left of crm:1 then." in str(explanation)


def many_values(*more: dict[str, Any]) -> Explanation:
    chats = [f"c{number}" for number in range(3)]
    lines = [line("a", 1, chat=chats), line("b", 2, chat=chats)]
    lines += [line("b", 3, whatsapp=[f"w{number}" for number in range(40)], chat=chats)]
    return explain(replay([*lines, *more]), "a", "b")


def test_where_nothing_was_ever_lost_the_evidence_proves_any_number_of_values() -> None:
    cut = many_values().cut
    assert cut is not None
    assert (len(cut.identifiers), cut.is_smallest, cut.replays) == (3, True, 1)


def test_many_values_are_the_smallest_set_found_and_not_a_proven_one() -> None:
    explanation = many_values({"op": "remove", "at": 4, "profile": "ref:b", "idType": "whatsapp"})
    assert explanation.cut is not None
    assert (len(explanation.cut.identifiers), explanation.cut.is_smallest) == (3, False)
    assert "The smallest set found (that none is smaller is not proven)" in str(explanation)
    assert "Without them" in str(explanation)


def test_without_a_cut_nothing_is_replayed() -> None:
    explanation = explain(replay(CHAIN), "crm:1", "crm:3", with_cut=False)
    assert explanation.cut is None
    assert "absence" not in str(explanation)


# Fates


def events(run: Run, ref: str, identifier: tuple[str, Any]) -> list[tuple[str, int, str]]:
    fates = {fate.identifier: fate for fate in explain(run, ref).first.fates}
    return [(event.what, event.when.line, event.why) for event in fates[identifier].events]


def test_a_value_that_was_evicted_names_the_newcomer_and_the_limit() -> None:
    run = replay(
        [
            line("a", 1, email="a@example.com", phone="3175556789"),
            line("a", 2, email="a@example.com", phone="3175556780"),
        ],
        settings(phone={"limit": 1}),
    )
    assert events(run, "a", ("phone", "+13175556789")) == [
        ("added", 1, ""),
        ("evicted", 2, "phone '+13175556780' came (limit 1, fifo)"),
    ]


def test_a_value_that_was_evicted_by_a_merge_names_the_merge() -> None:
    lines = [
        line("a", 1, email="a@example.com", phone="3175556789"),
        line("b", 2, chat="x", phone="3175556780"),
        line("c", 3, email="a@example.com", chat="x"),
    ]
    tight = Settings.from_json(
        {
            "identifierConfigs": [{"idType": "email"}, {"idType": "chat"}, {"idType": "phone", "limit": 1}],
            "matchingRules": ["email", "chat", "phone"],
        }
    )
    run = replay(lines, tight)
    assert events(run, "a", ("phone", "3175556789"))[1] == (
        "evicted",
        3,
        "the profiles of a and b merged (limit 1, fifo)",
    )
    assert events(run, "a", ("phone", "3175556780"))[1] == ("moved", 3, "from the profile of b into that of a")
    assert (
        "line 3 (1970-01-04T00:00:00Z): c merged the profiles of a and b by rule 'chat', "
        "on email a@example.com and chat x" in str(explain(run, "a"))
    )


def test_a_list_that_new_settings_made_too_long_is_trimmed_without_a_newcomer() -> None:
    lines: list[Any] = [
        Resolve({"phone": ["3175556789", "3175556780", "3175556781"]}, 1),
        ApplySettings(settings(phone={"limit": 1}), 2),
        RemoveIdentifier("ref:line:1", "phone", 3),
    ]
    told = [why for _, _, why in events(replay(lines, settings()), "line:1", ("phone", "+13175556780"))]
    assert told[-1] in ("on request", "the list was longer than it may be now (limit 1, fifo)")


def test_values_that_were_removed_replaced_dropped_or_refused_say_so() -> None:
    lines = [
        line("a", 1, email=["a@example.com", "b@example.com"], phone=["bad", "3175556789"]),
        {"op": "replace", "profile": "ref:a", "idType": "email", "old": "a@example.com", "new": "c@example.com"},
        {"op": "remove", "profile": "ref:a", "idType": "email", "value": "b@example.com"},
        line("a", 5, phone=["3175556789", "3175556780"]),
    ]
    run = replay(lines, settings(phone={"limit": 1, "limitPolicy": "lifo"}))
    assert events(run, "a", ("email", "a@example.com"))[1][2] == "replaced by another"
    assert events(run, "a", ("email", "b@example.com"))[1][2] == "on request"
    assert events(run, "a", ("phone", "bad")) == [("dropped", 1, "normalization 'phone' cannot read it")]
    assert events(run, "a", ("phone", "+13175556780")) == [("refused", 4, "the list was full: limit 1, lifo")]
    assert "email b@example.com (not held)" in str(explain(run, "a"))


# Two profiles


def test_two_profiles_without_anything_in_common_say_so() -> None:
    run = replay([line("a", 1, email="a@example.com"), line("b", 2, email="b@example.com")])
    assert str(explain(run, "a", "b")).endswith("They have never had an identifier in common.")
    assert explain(run, "a", "b").together is False


def test_a_value_that_was_lost_before_the_other_came_is_told_with_both_lines() -> None:
    lines = [
        line("a", 1, chat="x", phone="3175556789"),
        add("a", 2, "phone", "3175556789", "remove"),
        line("b", 3, phone="3175556789"),
    ]
    told = why(replay(lines), "a", "b")["phone", "+13175556789"]
    assert told == ("the profile of a had lost it at line 2 (removed: on request) when that of b got it at line 3")
    assert why(replay(lines), "b", "a")["phone", "+13175556789"] == told
    assert "with a: added at line 1" in str(explain(replay(lines), "a", "b"))


def test_a_conflict_names_the_owner_and_the_missing_rule() -> None:
    lines = [line("a", 1, chat="x", email="a@example.com"), line("b", 2, chat="x", email="b@example.com")]
    rules = Settings.from_json(
        {"identifierConfigs": [{"idType": "email"}, {"idType": "chat"}], "matchingRules": ["email"]}
    )
    told = why(replay(lines, rules), "a", "b")
    assert told == {
        ("chat", "x"): "the profile of b never held it: it was refused at line 2 (it belonged to the profile of a, "
        "and no rule lets chat alone merge profiles)"
    }


def test_a_line_that_was_rejected_counts_as_something_in_common() -> None:
    rules = Settings.from_json(
        {"identifierConfigs": [{"idType": "email"}, {"idType": "chat"}], "matchingRules": ["email"]}
    )
    lines = [
        line("a", 1, chat="x"),
        line("b", 2, email="b@example.com"),
        add("b", 3, "chat", "x"),
        add("b", 4, "fax", "1"),
    ]
    told = why(replay(lines, rules), "a", "b")["chat", "x"]
    assert told.startswith("the profile of b never held it: the line was rejected at line 3 (")


def test_a_value_that_is_not_unique_names_what_its_rules_still_lack() -> None:
    lines = [line("a", 1, phone="1", name="Ada"), line("b", 2, phone="1", name="Bob")]
    told = why(replay(lines, Settings.from_json(SHARED)), "a", "b")
    assert told == {
        ("phone", "1"): "phone is not unique, so alone it joins nobody (rule 'phone AND name': no common name)"
    }
    lines += [add("b", 3, "phone", "1", "remove"), add("b", 4, "name", "Ada")]
    told = why(replay(lines, Settings.from_json(SHARED)), "a", "b")
    assert "rule 'phone AND name': not all of them at the same time" in told["name", "Ada"]


def test_a_deleted_profile_says_at_which_line() -> None:
    lines = [
        line("a", 1, email="a@example.com"),
        line("z", 1, chat="z"),
        line("b", 2, email="a@example.com"),
        {"op": "delete", "profile": "ref:b", "at": 3 * DAY},
        line("c", 4, email="a@example.com"),
    ]
    run = replay(lines)
    assert "The profile of a was deleted at line 4 (1970-01-04T00:00:00Z)." in str(explain(run, "a"))
    assert "(deleted: with the profile)" in why(run, "a", "c")["email", "a@example.com"]
    both = explain(run, "a", "b")
    assert (both.together, both.cut) == (True, None)
    assert "was deleted at line 4" in str(both)


def test_an_identifier_owned_by_a_profile_that_is_gone_is_named_by_its_id() -> None:
    rules = Settings.from_json(
        {"identifierConfigs": [{"idType": "email"}, {"idType": "chat"}], "matchingRules": ["email"]}
    )
    lines = [line("a", 1, chat="x"), line("b", 2, chat="x", email="b@x"), {"op": "delete", "profile": "ref:a"}]
    ((_, _, told),) = events(replay(lines, rules), "b", ("chat", "x"))
    assert told.startswith("it belonged to the profile of mem_profile_")


# Refs


def test_one_ref_and_the_same_ref_twice_explain_its_profile() -> None:
    run = replay(CHAIN)
    assert explain(run, "crm:1") == explain(run, "crm:1", "crm:1")
    assert str(explain(run, "crm:1")).startswith("crm:1 is in the profile mem_profile_")
    assert "with 3 records." in str(explain(run, "crm:1"))


@pytest.mark.parametrize(
    ("lines", "ref", "told"),
    [
        ([line("a", 1, chat="1")], "a", ["a is alone in the profile", "Its identifier, held at the end:"]),
        ([line("a", 1, chat="1", email="a@b.cd")], "a", ["Its 2 identifiers, all held at the end:"]),
        ([line("a", 1, chat="1"), delete("a")], "a", ["a was alone in", "Its identifier, not held at the end:"]),
        (
            [line("a", 1, chat="1", email="a@b.cd"), line("b", 2, chat="1"), delete("a")],
            "b",
            ["b was in the profile mem_profile_00000000000000000000000001, with 2 records.", "none held at the"],
        ),
        (
            [line("a", 1, chat="1"), line("b", 2, chat="2"), line("c", 3, chat=["1", "2"])],
            "a",
            ["Its merge:", "Its records: a, b, c."],
        ),
    ],
)
def test_one_is_said_as_one_and_what_is_gone_as_gone(lines: list[dict[str, Any]], ref: str, told: list[str]) -> None:
    text = str(explain(replay(lines), ref))
    assert [each for each in told if each not in text] == []


def test_two_that_were_deleted_together_were_one_profile() -> None:
    run = replay([line("a", 1, chat="1"), line("b", 2, chat="1"), delete("a")])
    assert str(explain(run, "a", "b")).startswith("a and b were one profile since line 2")


def test_long_lists_say_how_many_more_there_are() -> None:
    told = explain(replay(CHAIN), "crm:1").text(most=1)
    assert "Its records: crm:1 and 2 more." in told
    assert "... and 1 more identifier; --show N shows more, --json everything" in told


UNKNOWN: list[tuple[Any, str]] = [
    ("crm:11", r"the history has no ref 'crm:11'; did you mean 'crm:1'"),
    ("zzzzzzzz", r"the history has no ref 'zzzzzzzz'$"),
    ("ref:crm:1", r"the history has no ref 'ref:crm:1'; did you mean 'crm:1'\?"),
    (5, r"5 is not a ref; expected the text of one"),
    ("bad", r"ref 'bad': line 4 was rejected \(unknown op\)"),
    ("worse", r"ref 'worse': line 5 was rejected \(unknown idType\)"),
    ("added", r"ref 'added': line 6 \(add\) was rejected \(unknown profile\)"),
]


@pytest.mark.parametrize(("ref", "message"), UNKNOWN)
def test_a_ref_without_an_applied_line_says_why(ref: Any, message: str) -> None:
    broken: Any = "abc"
    lines = [
        *CHAIN,
        {"ref": "bad", "op": "nope"},
        line("worse", 1, fax="1"),
        {**add("nobody", 1, "chat", "x"), "ref": "added"},
        Resolve(broken, 1),
        [],
    ]
    with pytest.raises(UnknownRef, match=message):
        explain(replay(lines), ref)


def test_the_json_form_has_every_field_and_times_in_milliseconds() -> None:
    document = json.loads(json.dumps(explain(replay([ADA, BOB]), "ada", "bob").to_json()))
    assert document["since"] == {"line": 2, "ref": "bob", "at": 2}
    assert document["chain"][0]["identifiers"] == [["phone", "+13175556789"]]
    assert document["cut"]["isSmallest"] is True


def test_times_are_told_as_iso_where_they_can_be() -> None:
    assert Moment(1, None, 1500).time == "1970-01-01T00:00:01.500Z"
    assert Moment(1, None, 1 << 60).time == f"{1 << 60} ms"
    assert Moment(1, None, None).time == "no time"


def test_lines_without_a_time_are_told_as_such() -> None:
    run = replay([{"ref": "a", "identifiers": {"chat": "x"}}, {"ref": "b", "identifiers": {"chat": "x"}}])
    assert explain(run, "a", "b").cut is not None


# The component


def lines_of(run: Run, ref: str) -> list[int]:
    neighbours = Neighbours(run, run.assignments[ref])
    found = component(neighbours, [run.assignments[ref]])
    assert found is not None
    steps = neighbours.steps_of(found.groups)
    return sorted(step.line for step in [*steps, *(neighbours.refused[place] for place in found.refused)])


def test_the_component_has_the_lines_that_could_touch_a_profile_and_no_others() -> None:
    lines = [
        line("a", 1, email="a@example.com"),
        line("b", 2, email="b@example.com"),
        line("a2", 3, email="a@example.com", chat="q"),
    ]
    assert lines_of(replay(lines), "a") == [1, 3]


def test_a_value_that_was_lost_refused_or_deleted_ties_its_profiles() -> None:
    rules = Settings.from_json(
        {"identifierConfigs": [{"idType": "email", "limit": 1}, {"idType": "chat"}], "matchingRules": ["email"]}
    )
    lines = [
        line("a", 1, email="1"),
        add("a", 2, "email", "2"),
        line("b", 3, email="1", chat="c"),
        line("d", 4, chat="c", email="4"),
        add("d", 5, "chat", "c"),
        line("e", 6, email="4"),
        {"op": "delete", "profile": "ref:e", "at": 7 * DAY},
        line("f", 8, email="4"),
        line("z", 9, email="9"),
        add("z", 9, "chat", " c"),
        line("y", 9, email="y"),
        add("nobody", 9, "email", "y"),
        add("nobody", 9, "fax", "y"),
        add("z", 9, "fax", "y"),
    ]
    assert lines_of(replay(lines, rules), "a") == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert lines_of(replay(lines, rules), "y") == [11]  # nobody is a ref that no line has


@pytest.mark.parametrize(
    "more",
    [
        [Resolve({"chat": "x"}, 1, "mine")],
        [AddIdentifier("mem_profile_none", "chat", "x", 1)],
        [ApplySettings(settings(), 1)],
        [{"identifiers": {"chat": "x"}}],
    ],
)
def test_where_lines_depend_on_others_in_hidden_ways_all_are_replayed(more: list[Any]) -> None:
    run = replay([*CHAIN, line("z", 1, chat="z"), *more])
    assert Neighbours(run, run.assignments["crm:1"]).is_entangled
    cut = explain(run, "crm:1", "crm:3").cut
    assert cut is not None
    assert cut.lines == run.summary.applied + len(refused(run))


def test_two_forms_of_a_value_in_one_line_are_one() -> None:
    run = replay([line("a", 1, email=["A@example.com", "a@example.com"]), line("b", 2, email="a@example.com")])
    assert len(explain(run, "a", "b").chain) == 1


def test_a_type_that_joins_nobody_ties_no_profiles() -> None:
    lone = {"identifierConfigs": [{"idType": "email"}, {"idType": "city", "enforceUnique": False}]}
    rules = Settings.from_json({**lone, "matchingRules": ["email"]})
    assert lines_of(replay([line("a", 1, email="1", city="c"), line("b", 2, email="2", city="c")], rules), "a") == [1]


@pytest.mark.parametrize(("name", "most"), [("MOST_LINES", 3), ("MOST_PROOFS", 1)])
def test_a_component_of_many_lines_is_not_searched_for_a_proof(
    name: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["resolver.simulate.explain"], name, most)
    both = {"email": "a@example.com", "chat": "x"}
    gone = [line("z", 3, chat="z"), {"op": "delete", "profile": "ref:z", "at": 4}]
    explanation = explain(replay([line("a", 1, **both), line("b", 2, **both), *gone]), "a", "b")
    assert explanation.cut is not None
    assert (len(explanation.cut.identifiers), explanation.cut.is_smallest) == (2, False)


def test_a_history_without_times_is_given_none() -> None:
    untimed = [{"ref": ref, "identifiers": {"chat": "x"}} for ref in "ab"]
    assert "1970" not in str(explain(replay(untimed), "a", "b"))
    dated = [{**line, "at": 0} for line in untimed]
    assert "since line 2 (1970-01-01T00:00:00Z)" in str(explain(replay(dated), "a", "b"))


def test_a_line_without_a_time_is_shown_without_one_though_others_have_one() -> None:
    lines = [line("a", 1, chat="x"), {"ref": "b", "identifiers": {"chat": "x", "email": "b@example.com"}}]
    explanation = explain(replay(lines), "a", "b")
    assert explanation.since == Moment(2, "b", None)
    assert "one profile since line 2 (no time)" in str(explanation)
    (link,) = explanation.chain
    assert {link.first, link.second} == {Moment(1, "a", DAY), Moment(2, "b", None)}
    ats = {event.when.line: event.when.at for fate in explanation.first.fates for event in fate.events}
    assert ats == {1: DAY, 2: None}


def test_a_time_of_a_command_from_python_is_shown_whatever_its_type() -> None:
    moments: list[Any] = [datetime(1970, 1, 2, tzinfo=UTC), DAY, 1 << 62]
    run = replay([Record(number, "a", "resolve", Resolve({"chat": "x"}, at)) for number, at in enumerate(moments, 1)])
    assert [step.at for step in applied(run)] == [DAY, DAY, None]
    naive = cast(Any, datetime(1970, 1, 2))
    (step,) = refused(replay([Record(1, "a", "resolve", Resolve({"chat": "x"}, naive))]))
    assert step.at is None


def test_a_record_that_would_fall_back_to_an_earlier_line_is_cut_by_less() -> None:
    lines = [
        line("r2", 1, phone="bert"),
        line("r1", 2, city="anna", phone="bert"),
        line("r3", 3, phone="anna", name="bert"),
        line("r1", 4, email="bert"),
        line("r5", 5, email="bert", phone="carl"),
        line("r2", 6, city="anna", phone="carl"),
    ]
    trimmed = Settings.from_json(
        {
            "identifierConfigs": [{"idType": each} for each in ("email", "phone", "name", "city")],
            "matchingRules": ["email", "phone", "name", "city"],
        }
    )
    cut = explain(replay(lines, trimmed), "r2", "r1").cut
    assert cut is not None
    assert (cut.identifiers, cut.is_smallest) == ((("phone", "carl"),), True)


def test_a_run_of_another_store_is_explained_alike() -> None:
    lines = [*CHAIN, add("crm:1", 5, "chat", "x"), line("z", 6, chat="x")]
    one, other = (explain(replay(lines, engine=each), "crm:1", "z") for each in (Engine, Reference))
    assert str(one) == str(other)


def test_a_cut_of_all_lines_is_tried_whatever_its_idtype_and_values_look_like() -> None:
    odd = Settings([IdentifierConfig("a=b"), IdentifierConfig("chat")], ["a=b", "chat"])
    lines: list[Any] = [
        {"ref": "a", "at": 1, "identifiers": {"a=b": "x", "chat": "1"}},
        {"ref": "b", "identifiers": {"a=b": ["x", " "], "chat": "2"}},
    ]
    cut = explain(replay(lines, odd), "a", "b").cut
    assert cut is not None
    assert (cut.identifiers, cut.is_smallest, cut.lines) == ((("a=b", "x"),), True, 2)


def test_a_cut_may_try_values_of_which_nothing_is_left() -> None:
    lines: list[Any] = [
        {"ref": "a", "at": 1, "identifiers": {"email": "a@b.cc", "chat": "1"}},
        {"ref": "b", "identifiers": {"email": ["b@b.cc", " "], "phone": ["", " "], "chat": "2"}},
        {"ref": "c", "identifiers": {"email": "a@b.cc", "chat": "2"}},
        {"ref": "d", "identifiers": {"email": "b@b.cc", "chat": "1"}},
        ApplySettings(Settings.defaults()),
    ]
    cut = explain(replay(lines), "a", "b").cut
    assert cut is not None
    assert len(cut.identifiers) == 2


def under(misfit: str) -> Run:
    """Two people with a protected id each, who share a chat."""
    configs = [IdentifierConfig("email", limit=1), IdentifierConfig("chat")]
    policies = Policies(protect=["email"], misfit=misfit)
    lines = [{"ref": ref, "identifiers": {"email": f"{ref}@example.com", "chat": "x"}} for ref in "ab"]
    return replay(lines, Settings(configs, ["email", "chat"], policies=policies))


def test_a_value_that_another_profile_was_given_is_no_longer_held() -> None:
    run = under("move")
    told = str(explain(run, "a"))
    assert "chat x (not held)" in told
    assert "removed at line 2 (no time) by b (moved to a profile that was given it)" in told
    assert explain(run, "a").first.refs == ("a",)
    (common,) = explain(run, "a", "b").common
    assert common.why == (
        "the profile of a had lost it at line 2 (removed: moved to a profile that was given it) "
        "when that of b got it at line 2"
    )


def test_a_value_that_policies_let_profiles_share_is_told_so() -> None:
    (common,) = explain(under("share"), "a", "b").common
    assert common.why == "the profiles do not fit together, and the policies let both hold it (share)"


@pytest.mark.parametrize("op", ["erase", "suppress"])
@pytest.mark.parametrize("on_invalid", ["drop", "refuse"])
def test_a_cut_may_be_the_unreadable_value_that_kept_people_from_being_erased_or_suppressed(
    op: str, on_invalid: str
) -> None:
    both = [line(ref, 1, email="ada@example.com", chat="x") for ref in "ab"]
    people = {"op": op, "at": DAY, "identifiers": {"phone": "12", "email": "ada@example.com"}}
    lines = [*both, people] if op == "erase" else [people, *both]
    cut = explain(replay(lines, on_invalid=on_invalid), "a", "b").cut
    assert cut is not None
    assert (cut.identifiers, cut.is_smallest) == ((("phone", "12"),), True)
    assert cut.why == "nothing is left of a and b then"
