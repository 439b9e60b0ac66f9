"""Section 5: which profiles a resolve finds, and what it does with them (R1 to R8)."""

import enum
from typing import Any

import pytest

from resolver import (
    DeleteProfile,
    IdentifierAdded,
    IdentifierConfig,
    IdentifierConflict,
    InvalidCommand,
    InvalidIdentifier,
    ProfilesMerged,
    Settings,
    UnknownIdentifierType,
)
from resolver.names import Value
from resolver.rules import TableView, match_profiles
from tests.tables.stores import config, fuzzy, settings, shared, store, told

# R1


def test_r1_every_identifier_is_normalized_first() -> None:
    engine = store(config("email", normalization="email"), config("phone", normalization="phone"))
    engine.resolve({"email": "Ada@Example.com", "phone": "(317) 555-6789"})
    outcome = engine.resolve({"email": " ADA@example.COM ", "phone": "1-317-555-6789"})
    assert (outcome.status, outcome.profile_id, outcome.facts) == ("unchanged", "p1", ())


# R2


def test_r2_any_rule_is_enough() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a", "phone": "1"})
    assert told(engine.resolve({"email": "b", "phone": "1"})) == ["p1 + email b"]
    assert told(engine.resolve({"email": "a", "phone": "2"})) == ["p1 + phone 2"]


def test_r2_the_matched_profiles_are_the_union_of_what_every_rule_finds() -> None:
    engine = store("email", "phone", "chat")
    engine.resolve({"email": "a"})
    engine.resolve({"phone": "1"})
    engine.resolve({"chat": "x"})
    outcome = engine.resolve({"chat": "x", "phone": "1", "email": "a"})
    assert told(outcome) == ["p1 < p2 p3 by phone: email a, phone 1, chat x"]
    assert (outcome.status, outcome.profile_id) == ("merged", "p1")


def test_r2_every_value_of_a_type_matches() -> None:
    engine = store("email")
    engine.resolve({"email": "a"})
    engine.resolve({"email": "b"})
    assert told(engine.resolve({"email": ["c", "b", "a"]})) == [
        "p1 < p2 by email: email b, email a",
        "p1 + email c",
    ]


def test_r2_a_unique_type_without_a_rule_does_not_match() -> None:
    engine = store("email", "tax", rules=["email"])
    engine.resolve({"email": "a", "tax": "1"})
    assert engine.resolve({"email": "b", "tax": "1"}).status == "created"


def test_section_1_the_same_text_under_two_types_is_two_identifiers() -> None:
    engine = store("phone", "whatsapp")
    engine.resolve({"phone": "1"})
    assert told(engine.resolve({"whatsapp": "1"})) == ["created p2", "p2 + whatsapp 1"]


def test_section_1_nothing_is_matched_across_stores() -> None:
    one, other = store("email"), store("email")
    one.resolve({"email": "a"})
    assert other.resolve({"email": "a"}).status == "created"


# R3


def test_r3_no_match_creates_a_profile() -> None:
    outcome = store("email").resolve({"email": "a"}, at=5)
    assert (outcome.status, outcome.profile_id) == ("created", "p1")
    assert told(outcome) == ["created p1", "p1 + email a"]
    assert {(fact.command, fact.at) for fact in outcome.facts} == {(1, 5)}


def test_r3_one_match_updates_it() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"})
    outcome = engine.resolve({"email": "a", "phone": "1"})
    assert (outcome.status, outcome.profile_id, told(outcome)) == ("updated", "p1", ["p1 + phone 1"])


def test_r3_several_matches_merge_then_the_survivor_is_updated() -> None:
    engine = store("email", "phone", "chat")
    engine.resolve({"email": "a"})
    engine.resolve({"phone": "1"})
    outcome = engine.resolve({"email": "a", "phone": "1", "chat": "x"})
    assert told(outcome) == ["p1 < p2 by phone: email a, phone 1", "p1 + chat x"]
    assert engine.profiles() == ("p1",)
    assert engine.identifiers("p1") == {"email": ("a",), "phone": ("1",), "chat": ("x",)}


# R4


def test_r4_identifiers_are_attached_in_rule_order_then_in_config_order() -> None:
    engine = store("zip", "street", "email", "phone", rules=["phone", "email"])
    given = {"street": "s", "zip": "z", "email": ["b", "a"], "phone": "1"}
    assert told(engine.resolve(given)) == [
        "created p1",
        "p1 + phone 1",
        "p1 + email b",
        "p1 + email a",
        "p1 + zip z",
        "p1 + street s",
    ]


def test_r4_the_order_of_a_compound_rule_counts_too() -> None:
    engine = store("zip", "email", "phone", rules=["phone AND zip"])
    assert told(engine.resolve({"email": "a", "zip": "z", "phone": "1"})) == [
        "created p1",
        "p1 + phone 1",
        "p1 + zip z",
        "p1 + email a",
    ]


def test_r4_an_identifier_counts_once_at_its_first_place() -> None:
    engine = store(config("email", normalization="trim"), "phone")
    given = [("email", "b"), ("phone", "1"), ("email", " a"), ("email", "b "), ("email", "a")]
    assert told(engine.resolve(given)) == ["created p1", "p1 + email b", "p1 + email a", "p1 + phone 1"]


def test_r4_what_the_merge_has_just_evicted_is_added_again() -> None:
    engine = store(config("email", limit=1))
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"email": "b"}, at=2)
    outcome = engine.resolve({"email": ["a", "b"]}, at=9)
    assert told(outcome) == [
        "p1 < p2 by email: email a, email b",
        "p1 - email a (limit, fifo)",
        "p1 + email a",
        "p1 - email b (limit, fifo)",
        "p1 + email b",
        "p1 - email a (limit, fifo)",
    ]
    assert engine.history_of("p1", "email") == (("b", 9),)


@pytest.mark.parametrize(
    "identifiers",
    [
        {"email": "a", "phone": ["1", "2"]},
        {"email": ["a"], "phone": ("1", "2")},
        [("email", "a"), ("phone", "1"), ("phone", "2")],
        [["email", "a"], ["phone", ["1", "2"]]],
        (("phone", "1"), ("phone", "2"), ("email", "a")),
        iter([("email", "a"), ("phone", "1"), ("phone", "2")]),
        {"phone": ["1", "2"], "email": "a"}.items(),
    ],
)
def test_api_identifiers_are_a_mapping_or_pairs(identifiers: Any) -> None:
    engine = store("email", "phone")
    engine.resolve(identifiers)
    assert engine.identifiers("p1") == {"email": ("a",), "phone": ("1", "2")}


class Row(dict[str, str]):
    """A mapping that is not exactly a dict."""


def test_api_any_kind_of_mapping_will_do() -> None:
    engine = store("email")
    assert told(engine.resolve(Row(email="a"))) == ["created p1", "p1 + email a"]


class Kind(enum.StrEnum):
    """A caller's own names for its types."""

    EMAIL = "email"
    PHONE = "phone"


@pytest.mark.parametrize(
    "identifiers",
    [
        {Kind.EMAIL: "a", Kind.PHONE: "1"},
        {Kind.EMAIL: ["a"], "phone": ["1"]},
        [(Kind.EMAIL, "a"), (Kind.PHONE, "1")],
    ],
)
def test_api_a_kind_of_string_names_a_type_in_every_form(identifiers: Any) -> None:
    engine = store("email", "phone")
    facts = engine.resolve(identifiers).facts
    assert told(engine.preview(DeleteProfile("p1"))) == ["deleted p1"]
    assert [type(fact.id_type) for fact in facts if isinstance(fact, IdentifierAdded)] == [str, str]


@pytest.mark.parametrize("wrong", ["email", b"email", 5, None, ["email"], [("email",)], [("a", "b", "c")], [5]])
def test_api_anything_else_is_no_identifiers(wrong: Any) -> None:
    engine = store("email")
    with pytest.raises(InvalidCommand, match="expected a mapping"):
        engine.resolve(wrong)
    assert len(engine) == 0


@pytest.mark.parametrize("wrong", ["fax", "Email", "", 5, None, ("email",)])
def test_a7_a_type_that_is_not_configured_is_refused(wrong: Any) -> None:
    engine = store("email", "phone")
    for given in ({wrong: "a"}, {"email": "a", wrong: ["b"]}, [(wrong, "a")]):
        with pytest.raises(UnknownIdentifierType, match=r"configured: email, phone"):
            engine.resolve(given)
    assert len(engine) == 0


# R5


@pytest.mark.parametrize("nothing", [{}, [], (), {"email": []}, {"email": [], "phone": ()}, iter([])])
def test_r5_at_least_one_identifier_is_required(nothing: Any) -> None:
    with pytest.raises(InvalidIdentifier, match="at least one"):
        store("email", "phone").resolve(nothing)


def test_r5_a_profile_that_would_hold_nothing_is_not_created() -> None:
    engine = store("email", "tax", "pass", rules=["email"])
    engine.resolve({"email": "a", "tax": "1"})
    engine.resolve({"email": "b", "pass": "x"})
    before = engine.snapshot()
    for given in ({"tax": "1"}, {"tax": ["1"]}, {"pass": "x", "tax": "1"}):
        with pytest.raises(IdentifierConflict, match="'p1'") as caught:
            engine.resolve(given)
        assert (caught.value.id_type, caught.value.value, caught.value.owner) == ("tax", "1", "p1")
    assert engine.snapshot() == before


def test_r5_what_conflicts_is_left_out_of_a_profile_that_holds_something() -> None:
    engine = store("email", "tax", rules=["email"])
    engine.resolve({"email": "a", "tax": "1"})
    assert told(engine.resolve({"tax": ["1", "2"]})) == ["created p2", "p2 ! tax 1 (conflict, p1)", "p2 + tax 2"]


# R6


def test_r6_first_stops_at_the_first_rule_that_matches() -> None:
    engine = store("email", "phone", match="first")
    engine.resolve({"email": "a"})
    engine.resolve({"phone": "1"})
    outcome = engine.resolve({"phone": "1", "email": "a"})
    assert told(outcome) == ["p1 < p2 by collision: phone 1"]
    assert outcome.status == "merged"


def test_r6_under_first_a_collision_that_no_rule_lets_merge_is_refused() -> None:
    engine = store("email", "tax", rules=["email"], match="first")
    engine.resolve({"email": "a"})
    engine.resolve({"email": "b", "tax": "1"})
    assert told(engine.resolve({"email": "a", "tax": "1"})) == ["p1 ! tax 1 (conflict, p2)"]


def test_r6_under_first_the_rule_may_find_several_profiles() -> None:
    engine = store("email", "phone", match="first")
    engine.resolve({"email": "a"})
    engine.resolve({"email": "b"})
    engine.resolve({"phone": "1"})
    assert told(engine.resolve({"email": ["a", "b"], "phone": "1"})) == [
        "p1 < p2 by email: email a, email b",
        "p1 < p3 by collision: phone 1",
    ]


def test_r6_under_first_a_later_rule_matches_when_no_earlier_one_does() -> None:
    engine = store("email", "phone", match="first")
    engine.resolve({"phone": "1"})
    assert told(engine.resolve({"email": "a", "phone": "1"})) == ["p1 + email a"]


def test_r6_all_and_first_differ_for_similar_values() -> None:
    seen = {}
    for match in ("all", "first"):
        engine = store("email", fuzzy("name", 75), match=match)
        engine.resolve({"email": "a"})
        engine.resolve({"name": "katherine"})
        seen[match] = told(engine.resolve({"email": "a", "name": "catherine"}))
    assert seen == {
        "all": ["p1 < p2 by name: email a, name catherine", "p1 + name catherine"],
        "first": ["p1 + name catherine"],
    }


# R7


def test_r7_a_value_that_is_not_unique_may_sit_on_any_number_of_profiles() -> None:
    engine = store("email", shared("phone"))
    for number, email in enumerate("abc"):
        assert told(engine.resolve({"email": email, "phone": "1"}))[0] == f"created p{number + 1}"
    assert engine.lookup("phone", "1").profile_ids == ("p1", "p2", "p3")


@pytest.mark.parametrize("rules", [["phone"], ["email", "phone"]])
def test_r7_a_value_that_is_not_unique_never_matches_alone(rules: list[str]) -> None:
    engine = store(shared("phone"), "email", rules=rules)
    engine.resolve({"phone": "1"})
    assert engine.resolve({"phone": "1"}).profile_id == "p2"


def test_r7_a_value_that_is_not_unique_never_merges_alone() -> None:
    engine = store(shared("phone"), "email")
    engine.resolve({"email": "a", "phone": "1"})
    engine.resolve({"email": "b"})
    assert told(engine.add_identifier("p2", "phone", "1")) == ["p2 + phone 1"]
    assert engine.profiles() == ("p1", "p2")


def test_r7_two_types_that_are_not_unique_match_together() -> None:
    engine = store(shared("phone"), shared("last"))
    engine.resolve({"phone": "1", "last": "lovelace"})
    assert engine.resolve({"phone": "1", "last": "byron"}).profile_id == "p2"
    assert engine.resolve({"phone": "2", "last": "lovelace"}).profile_id == "p3"
    assert told(engine.resolve({"phone": ["3", "1"], "last": "lovelace"})) == ["p1 + phone 3"]


def test_r7_two_values_of_one_type_are_no_compound() -> None:
    engine = store(shared("phone"), shared("last"))
    engine.resolve({"phone": ["1", "2"], "last": "x"})
    assert engine.resolve({"phone": ["1", "2"], "last": "y"}).profile_id == "p2"


def test_r7_an_implicit_rule_needs_a_rule_of_each_type() -> None:
    engine = store(shared("phone"), shared("last"), "email", rules=["email", "phone"])
    engine.resolve({"phone": "1", "last": "x"})
    assert engine.resolve({"phone": "1", "last": "x"}).profile_id == "p2"


def test_r7_an_implicit_rule_needs_two_types_that_are_not_unique() -> None:
    engine = store(shared("phone"), "email")
    engine.resolve({"phone": "1", "email": "a"})
    assert engine.resolve({"phone": "1"}).profile_id == "p2"


@pytest.mark.parametrize("rule", ["phone AND last", "last AND phone"])
def test_r7_a_named_compound_rule_needs_no_single_rules(rule: str) -> None:
    engine = store(shared("phone"), shared("last"), rules=[rule])
    engine.resolve({"phone": "1", "last": "x"})
    assert engine.resolve({"last": "x", "phone": "1"}).facts == ()
    assert engine.resolve({"last": "x", "phone": "2"}).status == "created"
    assert engine.resolve({"last": "x"}).status == "created"


def test_r7_a_compound_rule_of_three_needs_all_three() -> None:
    engine = store(shared("phone"), shared("last"), shared("first"), rules=["phone AND last AND first"])
    engine.resolve({"phone": "1", "last": "x", "first": "f"})
    assert engine.resolve({"phone": "1", "last": "x"}).profile_id == "p2"
    assert engine.resolve({"phone": "1", "last": "x", "first": "g"}).profile_id == "p3"
    assert engine.resolve({"phone": "1", "last": "x", "first": "f"}).profile_id == "p1"


def test_r7_a_compound_rule_may_name_unique_types() -> None:
    engine = store("email", "phone", rules=["email AND phone"])
    engine.resolve({"email": "a", "phone": "1"})
    assert engine.resolve({"email": "a", "phone": "1"}).facts == ()
    assert told(engine.resolve({"email": "a", "phone": "2"})) == [
        "created p3",
        "p3 ! email a (conflict, p1)",
        "p3 + phone 2",
    ]


def test_r7_implicit_rules_are_tried_after_the_named_ones_in_rule_order() -> None:
    engine = store(shared("phone"), shared("last"), shared("first"), "email")
    engine.resolve({"last": "x", "first": "f"})
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"phone": "1", "first": "f"})
    engine.resolve({"email": "a"})
    given = {"email": "a", "phone": "1", "last": "x", "first": "f"}
    assert told(engine.resolve(given))[0] == ("p1 < p2 p3 p4 by phone AND last: email a, phone 1, last x, first f")


def test_r7_a_named_rule_takes_the_place_of_the_implicit_one() -> None:
    engine = store(shared("phone"), shared("last"), rules=["last AND phone", "phone", "last"])
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"phone": "2", "last": "x"})
    given = {"phone": ["1", "2"], "last": "x"}
    assert told(engine.resolve(given)) == ["p1 < p2 by last AND phone: last x, phone 1, phone 2"]


def insertions(engine: Any) -> dict[str, Any]:
    return {
        "resolve": lambda: engine.resolve({"email": "b", "last": "x"}),
        "add": lambda: engine.add_identifier("p2", "last", "x"),
        "replace": lambda: engine.replace_identifier("p2", "last", "y", "x"),
    }


@pytest.mark.parametrize("match", ["all", "first"])
@pytest.mark.parametrize("how", ["resolve", "add", "replace"])
def test_r7_a_compound_rule_holds_between_profiles_after_every_insertion(how: str, match: str) -> None:
    engine = store(shared("phone"), shared("last"), "email", match=match)
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"phone": "1", "last": "y", "email": "b"})
    outcome = insertions(engine)[how]()
    assert told(outcome)[-2:] == ["p2 + last x", "p1 < p2 by phone AND last: phone 1, last x"]
    assert outcome.status == "merged"
    assert engine.profiles() == ("p1",)


def test_r7_all_who_share_are_merged_in_one_merge() -> None:
    engine = store(shared("phone"), shared("last"))
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"phone": "2", "last": "x"})
    engine.resolve({"phone": ["1", "2"], "last": "y"})
    assert told(engine.add_identifier("p3", "last", "x")) == [
        "p3 + last x",
        "p1 < p2 p3 by phone AND last: phone 1, phone 2, last x",
    ]


@pytest.mark.parametrize("match", ["all", "first"])
def test_r7_merging_is_repeated_until_no_one_shares(match: str) -> None:
    engine = store(shared("phone"), shared("last"), match=match)
    engine.resolve({"phone": ["1", "9"], "last": "x"})
    engine.resolve({"phone": "9", "last": "y"})
    engine.resolve({"phone": "1", "last": "y"})
    assert told(engine.add_identifier("p3", "last", "x")) == [
        "p3 + last x",
        "p1 < p3 by phone AND last: phone 1, last x",
        "p1 < p2 by phone AND last: phone 9, last y",
    ]


def test_r7_compound_rules_hold_after_a_merge_by_another_rule() -> None:
    engine = store("email", shared("phone"), shared("last"))
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"email": "a", "phone": "1", "last": "y"})
    engine.resolve({"email": "b", "phone": "2", "last": "x"})
    assert told(engine.resolve({"email": ["a", "b"]})) == [
        "p2 < p3 by email: email a, email b",
        "p1 < p2 by phone AND last: phone 1, last x",
    ]


@pytest.mark.parametrize("how", ["add", "replace"])
def test_r7_compound_rules_hold_after_the_merge_of_a_collision(how: str) -> None:
    engine = store("email", shared("phone"), shared("last"))
    engine.resolve({"email": "a", "phone": "1", "last": "y"})
    engine.resolve({"email": "b", "phone": "2", "last": "x"})
    engine.resolve({"phone": "1", "last": "x"})
    if how == "add":
        facts = told(engine.add_identifier("p2", "email", "a"))
    else:
        facts = told(engine.replace_identifier("p2", "email", "b", "a"))
    assert facts[-2:] == [
        "p1 < p2 by collision: email a",
        "p1 < p3 by phone AND last: phone 1, last x",
    ]


def test_r7_rules_of_the_same_text_are_different_rules() -> None:
    engine = store(*[shared(id_type) for id_type in ("aa", "bb AND cc", "aa AND bb", "cc")])
    engine.resolve({"aa": "1", "bb AND cc": "2"})
    assert engine.resolve({"aa AND bb": "1", "cc": "2"}).status == "created"


def test_r7_what_a_limit_refuses_joins_no_one() -> None:
    engine = store(shared("phone"), shared("last", limit=1, limit_policy="lifo"))
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"phone": "1", "last": "y"})
    assert told(engine.add_identifier("p2", "last", "x")) == ["p2 ! last x (limit)"]


def test_r7_a_settings_change_alone_merges_no_one_but_the_next_insertion_does() -> None:
    types = (shared("phone"), shared("last"), "email")
    engine = store(*types, rules=["email"])
    engine.resolve({"email": "a", "phone": "1", "last": "x"})
    engine.resolve({"email": "b", "phone": "1", "last": "x"})
    engine.apply_settings(settings(*types))
    assert engine.profiles() == ("p1", "p2")
    assert engine.resolve({"email": "b", "phone": "1"}).status == "unchanged"
    assert told(engine.add_identifier("p2", "phone", "2")) == [
        "p2 + phone 2",
        "p1 < p2 by phone AND last: phone 1, last x",
    ]


def test_r7_after_a_settings_change_a_match_merges_all_who_share() -> None:
    types = (shared("phone"), shared("last"), "email")
    engine = store(*types, rules=["email"])
    engine.resolve({"email": "a", "phone": "1", "last": "x"})
    engine.resolve({"email": "b", "phone": "1", "last": "x"})
    engine.apply_settings(settings(*types))
    assert told(engine.resolve({"phone": "1", "last": "x"})) == ["p1 < p2 by phone AND last: phone 1, last x"]


def test_r3_a_value_that_a_settings_change_left_on_two_profiles_finds_both_beside_a_third() -> None:
    engine = store(shared("phone"), "email")
    engine.resolve({"email": "a", "phone": "1"})
    engine.resolve({"email": "b", "phone": "1"})
    engine.resolve({"email": "c"})
    engine.apply_settings(settings("phone", "email"))
    assert told(engine.resolve({"email": "c", "phone": "1"})) == ["p1 < p2 p3 by phone: phone 1, email c"]


# R8


@pytest.mark.parametrize(
    ("threshold", "stored", "given", "matches"),
    [
        (75, "abcd", "abce", True),  # 200 * 3 / 8 = 75
        (76, "abcd", "abce", False),
        (80, "smith", "smyth", True),  # 200 * 4 / 10 = 80
        (81, "smith", "smyth", False),
        (88, "katherine", "catherine", True),  # 200 * 8 / 18 = 88.9
        (89, "katherine", "catherine", False),
        (50, "ab", "bc", True),  # 200 * 1 / 4 = 50
        (51, "ab", "bc", False),
        (50, "abc", "a", True),  # 200 * 1 / 4 = 50
        (50, "ab", "cd", False),
        (50, "ab", "AB", False),
        (99, "x" * 100, "x" * 99 + "y", True),  # 200 * 99 / 200 = 99
        (99, "x" * 99, "x" * 98 + "y", False),
        (99, "same", "same", True),
    ],
)
def test_r8_a_value_matches_what_is_similar_enough(threshold: int, stored: str, given: str, matches: bool) -> None:
    engine = store(fuzzy("name", threshold))
    engine.resolve({"name": stored})
    assert engine.resolve({"name": given}).profile_id == ("p1" if matches else "p2")


def test_r8_a_similar_value_is_added_beside_the_one_it_resembles() -> None:
    engine = store(fuzzy("name", 75))
    engine.resolve({"name": "katherine"})
    assert told(engine.resolve({"name": "catherine"})) == ["p1 + name catherine"]


def test_r8_an_exact_hit_does_not_end_the_search() -> None:
    engine = store(fuzzy("name", 75), "email")
    engine.resolve({"name": "abcd"})
    engine.resolve({"email": "a"})
    engine.add_identifier("p2", "name", "abce")
    assert told(engine.resolve({"name": "abcd"})) == ["p1 < p2 by name: name abcd"]


def test_r8_the_threshold_means_nothing_to_an_exact_type() -> None:
    engine = store(config("name", matching_threshold=50))
    engine.resolve({"name": "abcd"})
    assert engine.resolve({"name": "abce"}).status == "created"


def test_r8_a_similar_value_is_not_looked_up() -> None:
    engine = store(fuzzy("name", 50))
    engine.resolve({"name": "abcd"})
    assert engine.lookup("name", "abce").profile_ids == ()


def test_r8_add_identifier_simply_adds_a_similar_value() -> None:
    engine = store(fuzzy("name", 50), "email")
    engine.resolve({"name": "abcd"})
    engine.resolve({"email": "a"})
    assert told(engine.add_identifier("p2", "name", "abce")) == ["p2 + name abce"]


def test_r8_add_identifier_merges_for_an_equal_value() -> None:
    engine = store(fuzzy("name", 50), "email")
    engine.resolve({"name": "abcd"})
    engine.resolve({"email": "a"})
    assert told(engine.add_identifier("p2", "name", "abcd")) == ["p1 < p2 by collision: name abcd"]


def test_r8_similar_counts_as_shared_in_a_compound_rule() -> None:
    engine = store(shared("phone"), fuzzy("last", 80, enforce_unique=False), rules=["phone AND last"])
    engine.resolve({"phone": "1", "last": "smith"})
    assert told(engine.resolve({"phone": "1", "last": "smyth"})) == ["p1 + last smyth"]
    assert engine.resolve({"phone": "2", "last": "smith"}).profile_id == "p3"
    assert engine.resolve({"phone": "1", "last": "jones"}).profile_id == "p4"


def test_r8_similar_counts_as_shared_between_profiles_too() -> None:
    engine = store(shared("phone"), fuzzy("last", 80, enforce_unique=False), "email")
    engine.resolve({"phone": "1", "last": "smith"})
    engine.resolve({"phone": "1", "last": "jones", "email": "a"})
    assert told(engine.add_identifier("p2", "last", "smyth")) == [
        "p2 + last smyth",
        "p1 < p2 by phone AND last: phone 1, last smyth",
    ]


def test_r8_a_value_that_was_removed_is_not_similar_to_anything() -> None:
    engine = store(fuzzy("name", 75), "email")
    engine.resolve({"name": "katherine", "email": "a"})
    engine.remove_identifier("p1", "name")
    assert engine.resolve({"name": "catherine"}).status == "created"


# The rules one by one, over a table


@pytest.mark.parametrize(
    ("given", "match", "found"),
    [
        ({}, "all", ((), "", ())),
        ({"email": ["z"]}, "all", ((), "", ())),
        ({"email": ["a"]}, "all", (("p1",), "email", (("email", "a"),))),
        (
            {"email": ["a"], "phone": ["1"]},
            "all",
            (("p1", "p2"), "phone", (("email", "a"), ("phone", "1"))),
        ),
        ({"email": ["a"], "phone": ["1"]}, "first", (("p1",), "email", (("email", "a"),))),
        (
            {"phone": ["1"], "last": ["x"], "first": ["f"]},
            "all",
            (("p2", "p3"), "last AND first", (("phone", "1"), ("last", "x"), ("first", "f"))),
        ),
        ({"last": ["x"]}, "all", ((), "", ())),
        ({"name": ["abce"]}, "all", (("p4", "p5"), "name", (("name", "abce"),))),
    ],
)
def test_r2_r6_match_profiles_tells_whom_and_why(given: Any, match: str, found: Any) -> None:
    chosen = settings("email", "phone", shared("last"), shared("first"), fuzzy("name", 75))
    view = TableView(
        {
            "p1": {"email": ["a", "b"]},
            "p2": {"phone": ["1"], "last": ["x"]},
            "p3": {"last": ["x"], "first": ["f"]},
            "p4": {"name": ["abcd"]},
            "p5": {"name": ["abcf"]},
        },
        {"name": 75},
    )
    matched = match_profiles(view, chosen, given, match=match)
    assert (matched.profile_ids, matched.rule, matched.identifiers) == found


def test_n9_match_profiles_asks_nothing_of_how_values_were_normalized() -> None:
    own = IdentifierConfig("card", normalization="of my own")
    chosen = Settings([own, IdentifierConfig("phone", normalization="phone")], ["card", "phone"])
    view = TableView({"p1": {"card": ["no phone"]}, "p2": {"phone": ["no phone"]}})
    matched = match_profiles(view, chosen, {"card": ["no phone"], "phone": [Value("no phone")]})
    assert (matched.profile_ids, matched.rule) == (("p1", "p2"), "phone")


def test_r2_a_command_that_finds_many_profiles_merges_all_of_them() -> None:
    engine = store("aa", "bb")
    for number in range(40):
        engine.resolve({"aa": f"{number}"}, at=number)
    engine.resolve({"bb": "x"}, at=99)
    [fact] = engine.resolve({"aa": [f"{number}" for number in range(39, -1, -1)], "bb": "x"}).facts
    assert isinstance(fact, ProfilesMerged)
    assert (fact.survivor, fact.absorbed) == ("p1", tuple(f"p{number}" for number in range(2, 42)))
    assert fact.rule == "aa"
    assert fact.identifiers == (*(("aa", f"{number}") for number in range(39, -1, -1)), ("bb", "x"))


def test_r6_the_first_rule_that_matches_decides_alone_what_is_merged() -> None:
    engine = store("aa", "bb", match="first")
    for value in ("1", "2"):
        engine.resolve({"aa": value})
    engine.resolve({"bb": "x"})
    merged, collided = engine.resolve({"aa": ["1", "2"], "bb": "x"}).facts
    assert isinstance(merged, ProfilesMerged)
    assert isinstance(collided, ProfilesMerged)
    assert (merged.absorbed, merged.rule, merged.identifiers) == (("p2",), "aa", (("aa", "1"), ("aa", "2")))
    assert (collided.absorbed, collided.rule, collided.identifiers) == (("p3",), "collision", (("bb", "x"),))
