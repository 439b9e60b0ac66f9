"""Section 6: adding, replacing and removing one value of a profile (A1 to A8)."""

from collections.abc import Callable
from typing import Any

import pytest

from resolver import (
    Engine,
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidTime,
    ProfileNotFound,
    ResolverError,
    UnknownIdentifierType,
)
from resolver.names import ProfileId, Value
from tests.tables.stores import config, settings, shared, store, told

Act = Callable[[Engine], Any]


def refused(engine: Engine, error: type[ResolverError], act: Act, match: str | None = None) -> ResolverError:
    """Check that the command raises exactly that error and leaves no trace (I7)."""
    before = engine.snapshot()
    with pytest.raises(error, match=match) as caught:
        act(engine)
    assert type(caught.value) is error
    assert engine.snapshot() == before
    return caught.value


def merged() -> Engine:
    """Return a store where p2 was merged into p1."""
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"phone": "1"}, at=2)
    engine.resolve({"email": "a", "phone": "1"}, at=3)
    return engine


# A1, A7


@pytest.mark.parametrize(
    ("act", "facts"),
    [
        (lambda e: e.add_identifier("p2", "email", "b"), ["p1 + email b"]),
        (
            lambda e: e.replace_identifier("p2", "email", "a", "b"),
            ["p1 - email a (replaced)", "p1 + email b"],
        ),
        (lambda e: e.remove_identifier("p2", "email"), ["p1 - email a (removed)"]),
        (lambda e: e.delete_profile("p2"), ["deleted p1 p2"]),
    ],
)
def test_a1_an_alias_acts_on_the_canonical_profile(act: Act, facts: list[str]) -> None:
    outcome = act(merged())
    assert told(outcome) == facts
    assert outcome.profile_id == "p1"


IN_ORDER: list[tuple[dict[str, Any], type[ResolverError]]] = [
    ({"at": "soon", "profile_id": "nobody", "id_type": "fax", "value": None}, InvalidTime),
    ({"at": 5, "profile_id": "nobody", "id_type": "fax", "value": None}, ProfileNotFound),
    ({"at": 5, "profile_id": "p1", "id_type": "fax", "value": None}, UnknownIdentifierType),
    ({"at": 5, "profile_id": "p1", "id_type": "email", "value": None}, InvalidIdentifier),
]


@pytest.mark.parametrize(("given", "error"), IN_ORDER)
def test_a1_add_checks_time_then_profile_then_type_then_value(
    given: dict[str, Any], error: type[ResolverError]
) -> None:
    refused(merged(), error, lambda engine: engine.add_identifier(**given))


@pytest.mark.parametrize(("given", "error"), IN_ORDER)
def test_a1_replace_checks_time_then_profile_then_type_then_value(
    given: dict[str, Any], error: type[ResolverError]
) -> None:
    fields = {"new" if name == "value" else name: value for name, value in given.items()}
    refused(merged(), error, lambda engine: engine.replace_identifier(**fields, old="a"))


@pytest.mark.parametrize(("given", "error"), [*IN_ORDER[:3], (IN_ORDER[3][0] | {"value": "b"}, IdentifierNotFound)])
def test_a1_remove_checks_time_then_profile_then_type_then_value(
    given: dict[str, Any], error: type[ResolverError]
) -> None:
    refused(merged(), error, lambda engine: engine.remove_identifier(**given))


@pytest.mark.parametrize("profile", ["nobody", "", "P1", "p9", None, 1, ["p1"]])
@pytest.mark.parametrize(
    "act",
    [
        lambda engine, profile: engine.add_identifier(profile, "email", "b"),
        lambda engine, profile: engine.replace_identifier(profile, "email", "a", "b"),
        lambda engine, profile: engine.remove_identifier(profile, "email"),
        lambda engine, profile: engine.delete_profile(profile),
        lambda engine, profile: engine.identifiers(profile),
        lambda engine, profile: engine.values(profile, "email"),
        lambda engine, profile: engine.history_of(profile, "email"),
        lambda engine, profile: engine.canonical_id(profile),
        lambda engine, profile: engine.aliases(profile),
        lambda engine, profile: engine.created_at(profile),
    ],
)
def test_a7_a_profile_that_never_was_is_not_found(act: Callable[[Engine, Any], Any], profile: Any) -> None:
    error = refused(merged(), ProfileNotFound, lambda engine: act(engine, profile))
    assert repr(profile) in str(error)


@pytest.mark.parametrize("id_type", ["fax", "Email", "", None, 5, ["email"]])
@pytest.mark.parametrize(
    "act",
    [
        lambda engine, id_type: engine.add_identifier("p1", id_type, "b"),
        lambda engine, id_type: engine.replace_identifier("p1", id_type, "a", "b"),
        lambda engine, id_type: engine.remove_identifier("p1", id_type),
        lambda engine, id_type: engine.remove_identifier("p1", id_type, all=True),
        lambda engine, id_type: engine.remove_identifier("p1", id_type, value="a"),
        lambda engine, id_type: engine.lookup(id_type, "a"),
        lambda engine, id_type: engine.values("p1", id_type),
    ],
)
def test_a7_a_type_that_is_not_configured_is_refused(act: Callable[[Engine, Any], Any], id_type: Any) -> None:
    refused(merged(), UnknownIdentifierType, lambda engine: act(engine, id_type), r"configured: email, phone")


# A2


def test_a2_a_value_that_is_there_changes_nothing_and_keeps_its_time() -> None:
    engine = store(config("email", normalization="trim"))
    engine.resolve({"email": "a"}, at=5)
    for at in (1, 5, 9):
        outcome = engine.add_identifier("p1", "email", " a ", at=at)
        assert (outcome.status, outcome.profile_id, outcome.facts) == ("unchanged", "p1", ())
    assert engine.resolve({"email": "a"}, at=1).facts == ()
    assert engine.history_of("p1", "email") == (("a", 5),)


def test_a2_goes_before_a3() -> None:
    engine = store(shared("email"), "phone", rules=["phone"])
    engine.resolve({"email": "a", "phone": "1"})
    engine.resolve({"email": "a", "phone": "2"})
    engine.apply_settings(settings("email", "phone"))
    assert engine.add_identifier("p2", "email", "a").status == "unchanged"
    assert engine.profiles() == ("p1", "p2")


# A3


def test_a3_a_collision_merges_where_the_type_has_a_rule() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"phone": "1"}, at=2)
    outcome = engine.add_identifier("p2", "email", "a", at=9)
    assert told(outcome) == ["p1 < p2 by collision: email a"]
    assert (outcome.status, outcome.profile_id) == ("merged", "p1")
    assert engine.history_of("p1", "email") == (("a", 1),)


def test_a3_a_collision_with_several_owners_merges_them_all() -> None:
    types = (shared("email"), "phone")
    engine = store(*types, rules=["phone"])
    for number in "123":
        engine.resolve({"phone": number})
    engine.add_identifier("p1", "email", "a")
    engine.add_identifier("p3", "email", "a")
    engine.apply_settings(settings("email", "phone"))
    assert told(engine.add_identifier("p2", "email", "a")) == ["p1 < p2 p3 by collision: email a"]


def test_a3_a_collision_without_a_rule_is_a_conflict() -> None:
    engine = store("email", "tax", rules=["email"])
    engine.resolve({"email": "a", "tax": "1"})
    engine.resolve({"email": "b", "tax": "2"})
    for act in (
        lambda engine: engine.add_identifier("p2", "tax", "1"),
        lambda engine: engine.replace_identifier("p2", "tax", "2", "1"),
    ):
        error = refused(engine, IdentifierConflict, act, "'tax'")
        assert isinstance(error, IdentifierConflict)
        assert (error.id_type, error.value, error.owner) == ("tax", "1", "p1")


def test_a3_in_a_resolve_a_conflict_leaves_the_identifier_out() -> None:
    engine = store("email", "tax", rules=["email"])
    engine.resolve({"email": "a", "tax": "1"})
    engine.resolve({"email": "b"})
    outcome = engine.resolve({"email": "b", "tax": ["1", "2"]})
    assert told(outcome) == ["p2 ! tax 1 (conflict, p1)", "p2 + tax 2"]
    alone = engine.resolve({"email": "b", "tax": "1"})
    assert (alone.status, told(alone)) == ("unchanged", ["p2 ! tax 1 (conflict, p1)"])


def test_a3_a_collision_merges_where_a_compound_rule_would_hold() -> None:
    engine = store("email", shared("last"), "phone", rules=["email AND last", "phone"])
    engine.resolve({"email": "a", "last": "x"})
    engine.resolve({"phone": "1", "last": "x"})
    assert told(engine.add_identifier("p2", "email", "a")) == ["p1 < p2 by collision: email a, last x"]


def test_a3_a_collision_is_a_conflict_where_the_compound_rule_lacks_the_rest() -> None:
    engine = store("email", shared("last"), "phone", rules=["email AND last", "phone"])
    engine.resolve({"email": "a", "last": "x"})
    engine.resolve({"phone": "1", "last": "y"})
    refused(engine, IdentifierConflict, lambda engine: engine.add_identifier("p2", "email", "a"))


def test_a3_of_several_owners_only_those_merge_for_whom_the_compound_rule_holds() -> None:
    loose = (shared("email"), shared("last"), "phone")
    engine = store(*loose, rules=["phone"])
    engine.resolve({"phone": "1", "last": "x", "email": "a"})
    engine.resolve({"phone": "2", "last": "y", "email": "a"})
    engine.resolve({"phone": "3", "last": "y"})
    engine.apply_settings(settings("email", shared("last"), "phone", rules=["email AND last", "phone"]))
    assert told(engine.add_identifier("p3", "email", "a")) == ["p2 < p3 by collision: email a, last y"]
    assert engine.profiles() == ("p1", "p2")


def test_a3_a_compound_rule_that_does_not_name_the_type_lets_no_one_merge() -> None:
    engine = store("email", shared("last"), shared("first"), "phone", rules=["phone", "last AND first"])
    engine.resolve({"email": "a", "last": "x", "phone": "1"})
    engine.resolve({"phone": "2", "last": "x"})
    refused(engine, IdentifierConflict, lambda engine: engine.add_identifier("p2", "email", "a"))


def test_a3_a_value_that_the_merges_trimming_evicts_is_added_at_the_commands_time() -> None:
    engine = store(config("email", limit=1))
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"email": "b"}, at=5)
    assert told(engine.add_identifier("p2", "email", "a", at=9)) == [
        "p1 < p2 by collision: email a",
        "p1 - email a (limit, fifo)",
        "p1 + email a",
        "p1 - email b (limit, fifo)",
    ]
    assert engine.history_of("p1", "email") == (("a", 9),)


def test_a3_a_value_that_the_merges_trimming_evicts_may_be_refused_after_it() -> None:
    engine = store(config("email", limit=1, limit_policy="lifo"))
    engine.resolve({"email": "a"}, at=5)
    engine.resolve({"email": "b"}, at=1)
    outcome = engine.add_identifier("p2", "email", "a", at=9)
    assert told(outcome) == [
        "p2 < p1 by collision: email a",
        "p2 - email a (limit, lifo)",
        "p2 ! email a (limit)",
    ]
    assert outcome.status == "merged"
    assert engine.identifiers("p1") == {"email": ("b",)}


def test_i3_an_evicted_or_removed_value_is_free_for_anyone() -> None:
    engine = store(config("email", limit=1), "phone")
    engine.resolve({"email": "a", "phone": "1"})
    engine.resolve({"email": "b", "phone": "1"})
    assert told(engine.resolve({"email": "a"})) == ["created p3", "p3 + email a"]
    engine.remove_identifier("p3", "email")
    assert engine.resolve({"email": "a"}).status == "created"


# A4


def test_a4_values_are_ordered_by_time_then_arrival() -> None:
    engine = store("phone", "email")
    engine.resolve({"phone": "1"})
    for value, at in [("a", 5), ("b", 3), ("c", 5), ("d", 4), ("e", 5), ("f", -1), ("g", 9)]:
        engine.add_identifier("p1", "email", value, at=at)
    assert engine.history_of("p1", "email") == (
        ("f", -1),
        ("b", 3),
        ("d", 4),
        ("a", 5),
        ("c", 5),
        ("e", 5),
        ("g", 9),
    )


def test_a4_values_of_one_command_keep_their_order() -> None:
    engine = store("phone", "email")
    engine.resolve({"phone": "1", "email": ["c", "a", "b"]}, at=5)
    engine.resolve({"phone": "1", "email": ["z", "y"]}, at=1)
    assert engine.values("p1", "email") == ("z", "y", "c", "a", "b")


# A5


def holding(*values: str, **fields: Any) -> Engine:
    """Return a store where p1 holds these e-mails, added at 1, 2, ..."""
    engine = store(config("email", **fields), "phone")
    engine.resolve({"phone": "1"}, at=0)
    for at, value in enumerate(values, start=1):
        engine.add_identifier("p1", "email", value, at=at)
    return engine


def test_a5_old_is_removed_and_new_is_attached_at_the_commands_time() -> None:
    engine = holding("a", "b", "c")
    outcome = engine.replace_identifier("p1", "email", "b", "d", at=9)
    assert (outcome.status, told(outcome)) == ("updated", ["p1 - email b (replaced)", "p1 + email d"])
    assert engine.history_of("p1", "email") == (("a", 1), ("c", 3), ("d", 9))


def test_a5_new_may_be_earlier_than_the_rest() -> None:
    engine = holding("a", "b", "c")
    engine.replace_identifier("p1", "email", "c", "d", at=0)
    assert engine.values("p1", "email") == ("d", "a", "b")


def test_a5_both_are_normalized() -> None:
    engine = store(config("email", normalization="email"))
    engine.resolve({"email": "a@b.cc"})
    assert told(engine.replace_identifier("p1", "email", " A@B.cc", "C@B.cc")) == [
        "p1 - email a@b.cc (replaced)",
        "p1 + email c@b.cc",
    ]


@pytest.mark.parametrize("old", ["z", "1", "", None, 5])
def test_a5_old_must_be_there(old: Any) -> None:
    refused(holding("a"), IdentifierNotFound, lambda engine: engine.replace_identifier("p1", "email", old, "b"))


def test_a5_old_must_be_on_that_profile() -> None:
    engine = holding("a")
    engine.resolve({"email": "z"})
    refused(engine, IdentifierNotFound, lambda engine: engine.replace_identifier("p1", "email", "z", "b"))


def test_a5_new_equal_to_old_is_unchanged() -> None:
    engine = holding("a", "b", normalization="trim")
    outcome = engine.replace_identifier("p1", "email", "a", " a ", at=9)
    assert (outcome.status, outcome.facts) == ("unchanged", ())
    assert engine.history_of("p1", "email") == (("a", 1), ("b", 2))


def test_a5_old_must_be_there_even_where_new_is_the_same_text() -> None:
    refused(holding("a"), IdentifierNotFound, lambda engine: engine.replace_identifier("p1", "email", "z", "z"))


def test_a5_new_that_is_there_already_keeps_its_time() -> None:
    engine = holding("a", "b", "c")
    outcome = engine.replace_identifier("p1", "email", "a", "b", at=9)
    assert (outcome.status, told(outcome)) == ("updated", ["p1 - email a (replaced)"])
    assert engine.history_of("p1", "email") == (("b", 2), ("c", 3))


def test_a5_new_of_another_profile_merges_without_old() -> None:
    engine = holding("a")
    engine.resolve({"email": "b"}, at=7)
    outcome = engine.replace_identifier("p1", "email", "a", "b", at=9)
    assert told(outcome) == ["p1 - email a (replaced)", "p1 < p3 by collision: email b"]
    assert outcome.status == "merged"
    assert engine.history_of("p1", "email") == (("b", 7),)


def test_a5_new_of_another_profile_may_make_that_one_the_survivor() -> None:
    engine = holding("a")
    engine.resolve({"email": "b"}, at=-7)
    outcome = engine.replace_identifier("p1", "email", "a", "b", at=9)
    assert told(outcome) == ["p1 - email a (replaced)", "p3 < p1 by collision: email b"]
    assert engine.profiles() == ("p3",)
    assert engine.lookup("email", "a").profile_ids == ()


def test_a5_old_leaves_first_so_that_a_full_list_has_room() -> None:
    for policy in ("fifo", "lifo"):
        engine = holding("a", "b", limit=2, limit_policy=policy)
        assert told(engine.replace_identifier("p1", "email", "a", "c", at=0)) == [
            "p1 - email a (replaced)",
            "p1 + email c",
        ]


def test_a5_if_the_limit_would_refuse_new_nothing_changes() -> None:
    engine = holding("a", "b", "c", "d")
    engine.apply_settings(settings(config("email", limit=2, limit_policy="lifo"), "phone"))
    outcome = engine.replace_identifier("p1", "email", "a", "e", at=9)
    assert (outcome.status, told(outcome)) == ("unchanged", ["p1 ! email e (limit)"])
    assert engine.values("p1", "email") == ("a", "b", "c", "d")


def test_a5_if_the_limit_would_refuse_a_late_new_nothing_changes() -> None:
    engine = holding("a", "b", "c", "d")
    engine.apply_settings(settings(config("email", limit=2), "phone"))
    outcome = engine.replace_identifier("p1", "email", "d", "e", at=0)
    assert (outcome.status, told(outcome)) == ("unchanged", ["p1 ! email e (limit)"])
    assert engine.values("p1", "email") == ("a", "b", "c", "d")


# A6


@pytest.mark.parametrize(("policy", "order"), [("fifo", "abc"), ("lifo", "cba")])
def test_a6_the_policy_chooses_what_leaves(policy: str, order: str) -> None:
    engine = holding("a", "b", "c", limit_policy=policy)
    for value in order:
        outcome = engine.remove_identifier("p1", "email")
        assert (outcome.status, told(outcome)) == ("updated", [f"p1 - email {value} (removed)"])
    refused(engine, IdentifierNotFound, lambda engine: engine.remove_identifier("p1", "email"))


def test_a6_oldest_means_time_added_not_arrival() -> None:
    engine = holding("a", "b")
    engine.add_identifier("p1", "email", "late", at=0)
    assert told(engine.remove_identifier("p1", "email")) == ["p1 - email late (removed)"]


def test_a6_all_removes_all() -> None:
    engine = holding("a", "b", "c")
    assert told(engine.remove_identifier("p1", "email", all=True)) == [
        "p1 - email a (removed)",
        "p1 - email b (removed)",
        "p1 - email c (removed)",
    ]
    assert engine.identifiers("p1") == {"phone": ("1",)}


@pytest.mark.parametrize("value", ["b", " b ", "\tb"])
def test_a6_value_names_one(value: str) -> None:
    engine = holding("a", "b", "c", normalization="trim")
    assert told(engine.remove_identifier("p1", "email", value=value)) == ["p1 - email b (removed)"]
    assert engine.values("p1", "email") == ("a", "c")


@pytest.mark.parametrize("options", [{}, {"all": True}, {"value": "z"}, {"value": ""}, {"value": 5}])
def test_a6_nothing_to_remove_is_not_found(options: dict[str, Any]) -> None:
    engine = store("email", "phone")
    engine.resolve({"phone": "1"})
    engine.resolve({"email": "z"})
    refused(engine, IdentifierNotFound, lambda engine: engine.remove_identifier("p1", "email", **options), "'p1'")


def test_a6_all_and_value_exclude_each_other() -> None:
    refused(holding("a"), InvalidCommand, lambda engine: engine.remove_identifier("p1", "email", all=True, value="a"))


def test_a6_the_last_identifier_may_be_removed() -> None:
    engine = store("email")
    engine.resolve({"email": "a"}, at=1)
    engine.remove_identifier("p1", "email", at=2)
    assert engine.identifiers("p1") == {}
    assert engine.profiles() == ("p1",)
    assert told(engine.add_identifier("p1", "email", "b", at=3)) == ["p1 + email b"]


def test_a6_a_removed_value_is_free_and_can_come_back() -> None:
    engine = holding("a")
    engine.remove_identifier("p1", "email")
    assert told(engine.resolve({"email": "a"}))[0] == "created p4"


# A8


def renamed() -> Engine:
    """Return a store that stored ADA@b.cc and ada@b.cc before and after e-mails were lower-cased."""
    engine = store("email")
    engine.resolve({"email": ["ADA@b.cc", "Bob@b.cc", "not an address"]})
    engine.apply_settings(settings(config("email", normalization="email")))
    engine.add_identifier("p1", "email", "Ada@b.cc")
    assert engine.values("p1", "email") == ("ADA@b.cc", "Bob@b.cc", "not an address", "ada@b.cc")
    return engine


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ADA@b.cc", "ADA@b.cc"),
        ("ada@b.cc", "ada@b.cc"),
        ("Ada@b.cc", "ada@b.cc"),
        ("Bob@b.cc", "Bob@b.cc"),
        ("not an address", "not an address"),
    ],
)
def test_a8_a_text_names_the_value_stored_as_given_then_the_normalized_one(text: str, named: str) -> None:
    assert told(renamed().remove_identifier("p1", "email", value=text)) == [f"p1 - email {named} (removed)"]
    assert told(renamed().replace_identifier("p1", "email", text, "c@b.cc")) == [
        f"p1 - email {named} (replaced)",
        "p1 + email c@b.cc",
    ]
    assert renamed().lookup("email", text) == type(renamed().lookup("email", text))(Value(named), (ProfileId("p1"),))


@pytest.mark.parametrize("text", ["bob@b.cc", "BOB@b.cc", "not an  address", ""])
def test_a8_no_other_text_names_a_value(text: str) -> None:
    refused(renamed(), IdentifierNotFound, lambda e: e.remove_identifier("p1", "email", value=text))
    refused(renamed(), IdentifierNotFound, lambda e: e.replace_identifier("p1", "email", text, "c@b.cc"))


def test_a8_a_lookup_of_a_text_that_no_one_stores_gives_the_normalized_value() -> None:
    found = renamed().lookup("email", "BOB@b.cc")
    assert (found.normalized_value, found.profile_ids) == ("bob@b.cc", ())


class Text(str):
    """A kind of string."""

    __slots__ = ()


def test_a8_a_kind_of_string_names_a_value_and_never_enters_a_fact() -> None:
    removed = holding("a", "b").remove_identifier("p1", "email", value=Text("a")).facts[0]
    assert type(removed.value) is str  # type: ignore[union-attr]
    replaced = holding("a", "b").replace_identifier("p1", "email", Text("a"), Text("c")).facts
    assert {type(fact.value) for fact in replaced} == {str}  # type: ignore[union-attr]


def test_a8_a_kind_of_string_is_looked_up_and_never_given_back() -> None:
    assert type(holding("a").lookup("email", Text("a")).normalized_value) is str
    assert type(holding("a").lookup("email", Text("b")).normalized_value) is str


def test_a1_kinds_of_strings_never_enter_a_fact() -> None:
    added = holding().add_identifier(Text("p1"), Text("email"), Text("c")).facts[0]
    assert {type(field) for field in (added.profile_id, added.id_type, added.value)} == {str}  # type: ignore[union-attr]
    removed = holding("a").remove_identifier(Text("p1"), Text("email")).facts[0]
    assert {type(field) for field in (removed.profile_id, removed.id_type, removed.value)} == {str}  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", ["yes", "false", 1, 0, None])
def test_a6_all_is_true_or_false_and_nothing_else(wrong: Any) -> None:
    error = refused(holding("a"), InvalidCommand, lambda engine: engine.remove_identifier("p1", "email", all=wrong))
    assert repr(wrong) in str(error)


def test_s2_a_value_to_remove_of_a_type_that_is_not_configured_is_named_as_it_is_stored() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a", "phone": "1"})
    engine.apply_settings(settings("email"))
    with pytest.raises(IdentifierNotFound, match="does not hold phone '2'"):
        engine.remove_identifier("p1", "phone", value="2")
    assert told(engine.remove_identifier("p1", "phone", value="1")) == ["p1 - phone 1 (removed)"]
