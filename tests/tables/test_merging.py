"""Sections 8 and 4: statuses, merges, deletion, and the invariants that show in single stories (M1 to M8, I1 to I8)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from resolver import Engine, ProfileExists, ProfileNotFound, ProfilesMerged, Status
from resolver.names import ProfileId, Value
from resolver.rules import survivor
from tests.tables.stores import config, settings, shared, store, told


class Born(NamedTuple):
    """A candidate for surviving."""

    id: str
    created_at: int
    number: int


# The status of an outcome


def test_section_8_a_command_that_creates_a_profile_is_created() -> None:
    assert store("email").resolve({"email": "a"}).status is Status.CREATED


def test_section_8_a_command_that_merges_is_merged_whatever_else_it_does() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"})
    engine.resolve({"phone": "1"})
    assert engine.resolve({"email": ["a", "b"], "phone": "1"}).status is Status.MERGED


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (lambda e: e.add_identifier("p1", "email", "b"), "updated"),
        (lambda e: e.replace_identifier("p1", "email", "a", "b"), "updated"),
        (lambda e: e.remove_identifier("p1", "email"), "updated"),
        (lambda e: e.resolve({"phone": "1", "email": "b"}), "updated"),
        (lambda e: e.add_identifier("p1", "email", "a"), "unchanged"),
        (lambda e: e.replace_identifier("p1", "email", "a", "a"), "unchanged"),
        (lambda e: e.resolve({"phone": "1", "email": "a"}), "unchanged"),
        (lambda e: e.resolve({"phone": "1", "tax": "taken"}), "unchanged"),
        (lambda e: e.resolve({"phone": "1", "chat": "y"}, at=99), "unchanged"),
        (lambda e: e.resolve({"phone": "1", "tax": "taken", "email": "b"}), "updated"),
        (lambda e: e.resolve({"phone": "9", "tax": "taken"}), "created"),
        (lambda e: e.delete_profile("p1"), "deleted"),
        (lambda e: e.apply_settings(settings("email")), "settings"),
    ],
)
def test_section_8_the_status_says_what_was_done(command: Any, status: str) -> None:
    full = config("chat", limit=1, limit_policy="lifo")
    engine = store("email", "phone", full, "tax", rules=["email", "phone", "chat"])
    engine.resolve({"email": "a", "phone": "1", "chat": "x"}, at=1)
    engine.resolve({"email": "z", "tax": "taken"}, at=2)
    assert command(engine).status == status


# M1


@pytest.mark.parametrize(
    ("born", "lives"),
    [
        ([("a", 1, 1)], "a"),
        ([("a", 1, 1), ("b", 2, 2)], "a"),
        ([("a", 2, 1), ("b", 1, 2)], "b"),  # a late event, created earlier
        ([("b", 1, 1), ("a", 1, 2)], "b"),  # the same time: arrival decides
        ([("a", 5, 1), ("b", 5, 2), ("c", -5, 3), ("d", 0, 4)], "c"),
        ([("a", 0, 3), ("b", 0, 20)], "a"),  # as numbers, not as text
    ],
)
def test_m1_the_survivor_is_the_earliest(born: list[tuple[str, int, int]], lives: str) -> None:
    candidates = [Born(name, at, number) for name, at, number in born]
    assert survivor(candidates).id == lives
    assert survivor(reversed(candidates)).id == lives


def test_m1_there_is_no_survivor_of_no_one() -> None:
    with pytest.raises(ValueError, match="there are no candidates; expected at least one profile"):
        survivor([])


def test_m1_the_survivor_need_not_be_the_profile_that_the_command_names() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"phone": "1"}, at=2)
    outcome = engine.add_identifier("p2", "email", "a", at=3)
    assert (outcome.profile_id, engine.profiles()) == ("p1", ("p1",))


def test_m1_the_time_of_creation_goes_before_the_order_of_arrival() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=100)
    engine.resolve({"phone": "1"}, at=50)
    assert told(engine.resolve({"email": "a", "phone": "1"}, at=200)) == ["p2 < p1 by phone: email a, phone 1"]
    assert engine.identifiers("p1") == {"email": ("a",), "phone": ("1",)}


def test_i5_the_canonical_id_is_the_earliest_of_all_that_were_merged() -> None:
    engine = store("email")
    for number, at in enumerate([30, 10, 20, 40]):
        engine.resolve({"email": str(number)}, at=at)
    engine.resolve({"email": ["0", "3"]})
    assert engine.canonical_id("p4") == "p1"
    engine.resolve({"email": ["2", "3"]})
    assert engine.canonical_id("p4") == "p3"
    engine.resolve({"email": ["0", "1"]})
    assert [engine.canonical_id(name) for name in ("p1", "p2", "p3", "p4")] == ["p2"] * 4


# M2


def chain(length: int) -> Engine:
    """Return a store where each merge had an older survivor: pN < ... < p2 < p1 in turn."""
    engine = store("email")
    for number in range(length):
        engine.resolve({"email": str(number)}, at=-number)
    for number in range(1, length):
        engine.resolve({"email": [str(number - 1), str(number)]}, at=0)
    return engine


def test_m2_no_chain_is_ever_seen() -> None:
    engine = chain(50)
    assert engine.profiles() == ("p50",)
    assert {engine.canonical_id(f"p{number}") for number in range(1, 51)} == {"p50"}
    assert engine.aliases("p1") == tuple(f"p{number}" for number in range(49, 0, -1))
    engine._check()


def test_m2_every_question_can_be_asked_of_an_alias() -> None:
    engine = chain(3)
    for name in ("p1", "p2", "p3"):
        assert engine.identifiers(name) == {"email": ("2", "1", "0")}
        assert engine.values(name, "email") == ("2", "1", "0")
        assert engine.history_of(name, "email") == (("2", -2), ("1", -1), ("0", 0))
        assert engine.created_at(name) == -2
        assert engine.aliases(name) == ("p2", "p1")
        assert name in engine
    assert len(engine) == 1


# M3, M4


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([], ""),
        ([""], ""),
        (["a1", ""], "a1"),
        (["a1 b4", "c2 d3"], "a1 c2 d3 b4"),
        (["a1", "a3"], "a1"),
        (["a3", "a1"], "a1"),
        (["a5 b6", "b2 a9"], "b2 a5"),
        (["a1 b1", "c1"], "a1 b1 c1"),
        (["b2", "a1", "c3", "a2"], "a1 b2 c3"),
    ],
)
def test_m3_lists_are_united_with_each_value_at_its_earliest_time(lists: list[str], expected: str) -> None:
    engine = store("key", shared("email"), rules=["key"])
    for key, text in enumerate(lists):
        engine.resolve({"key": f"{key}"}, at=9)
        for entry in text.split():
            engine.resolve({"key": f"{key}", "email": entry[0]}, at=int(entry[1]))
    if lists:
        engine.resolve({"key": [f"{key}" for key in range(len(lists))]})
    history = engine.history_of("p1", "email") if lists else ()
    assert " ".join(f"{value}{at}" for value, at in history) == expected


@pytest.mark.parametrize("empty_is_older", [True, False])
def test_m3_a_profile_without_values_merges_like_any_other(empty_is_older: bool) -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=1 if empty_is_older else 9)
    engine.remove_identifier("p1", "email")
    engine.resolve({"email": "b", "phone": "1"}, at=5)
    outcome = engine.add_identifier("p1", "email", "b", at=9)
    assert (outcome.status, engine.profiles()) == ("merged", ("p1",) if empty_is_older else ("p3",))
    assert engine.identifiers("p1") == {"email": ("b",), "phone": ("1",)}
    engine._check()


def test_a6_a_value_that_another_holds_too_leaves_one_of_them() -> None:
    engine = store("email", shared("zip"))
    engine.resolve({"email": "a", "zip": "z"})
    engine.resolve({"email": "b", "zip": "z"})
    engine.remove_identifier("p1", "zip")
    assert engine.lookup("zip", "z").profile_ids == ("p2",)
    engine._check()


def test_m3_a_value_on_several_sides_keeps_its_earliest_time() -> None:
    engine = store("email", shared("phone"))
    engine.resolve({"email": "a", "phone": "1"}, at=5)
    engine.resolve({"email": "b", "phone": ["1", "2"]}, at=3)
    engine.resolve({"email": ["a", "b"]}, at=9)
    assert engine.history_of("p1", "phone") == (("1", 3), ("2", 3))


def test_m3_the_lists_of_all_are_united_before_they_are_trimmed_once() -> None:
    engine = store("email", shared("phone", limit=2))
    engine.resolve({"email": "a", "phone": ["1", "2"]}, at=1)
    engine.resolve({"email": "b", "phone": "3"}, at=2)
    engine.resolve({"email": "c", "phone": ["4", "1"]}, at=3)
    assert told(engine.resolve({"email": ["a", "b", "c"]}, at=9)) == [
        "p1 < p2 p3 by email: email a, email b, email c",
        "p1 - phone 1 (limit, fifo)",
        "p1 - phone 2 (limit, fifo)",
    ]
    assert engine.history_of("p1", "phone") == (("3", 2), ("4", 3))


def test_m4_the_time_of_creation_of_the_survivor_is_unchanged() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=5)
    engine.resolve({"phone": "1"}, at=7)
    engine.add_identifier("p2", "phone", "2", at=1)
    engine.resolve({"email": "a", "phone": "1"}, at=9)
    assert engine.created_at("p2") == engine.created_at("p1") == 5


# M6


def test_m6_a_merge_is_not_undone_by_removing_what_caused_it() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"})
    engine.resolve({"phone": "1"})
    engine.add_identifier("p2", "email", "a")
    engine.remove_identifier("p2", "email", value="a")
    assert engine.profiles() == ("p1",)
    assert engine.canonical_id("p2") == "p1"
    assert engine.identifiers("p2") == {"phone": ("1",)}


# M7


def test_m7_a_deleted_profile_is_gone_with_its_values_and_aliases() -> None:
    engine = chain(3)
    outcome = engine.delete_profile("p1")
    assert (outcome.status, outcome.profile_id) == ("deleted", "p3")
    assert told(outcome) == ["deleted p3 p2 p1"]
    assert len(engine) == 0
    for name in ("p1", "p2", "p3"):
        assert name not in engine
        with pytest.raises(ProfileNotFound):
            engine.identifiers(name)
        commands: tuple[Callable[[str], object], ...] = (
            lambda name: engine.add_identifier(name, "email", "b"),
            lambda name: engine.replace_identifier(name, "email", "0", "b"),
            lambda name: engine.remove_identifier(name, "email"),
            lambda name: engine.delete_profile(name),
        )
        for command in commands:
            with pytest.raises(ProfileNotFound):
                command(name)
    engine._check()


def test_m7_the_identifiers_of_a_deleted_profile_are_free() -> None:
    engine = chain(2)
    engine.delete_profile("p2")
    assert engine.lookup("email", "0").profile_ids == ()
    assert told(engine.resolve({"email": ["0", "1"]})) == ["created p5", "p5 + email 0", "p5 + email 1"]


def test_m7_a_deleted_id_is_never_given_again() -> None:
    engine = chain(2)
    engine.delete_profile("p1")
    for name in ("p1", "p2"):
        with pytest.raises(ProfileExists):
            engine.resolve({"email": "x"}, new_profile_id=name)


def test_m7_the_rest_of_the_store_stays() -> None:
    engine = store("email", shared("phone"), shared("last"))
    for email, last in (("a", "x"), ("b", "y"), ("c", "z")):
        engine.resolve({"email": email, "phone": "1", "last": last})
    engine.delete_profile("p2")
    assert engine.profiles() == ("p1", "p3")
    assert engine.lookup("phone", "1").profile_ids == ("p1", "p3")
    assert engine.resolve({"phone": "1", "last": "y"}).status == "created"
    assert engine.resolve({"phone": "1", "last": "z"}).profile_id == "p3"


# M8


def test_m8_a_merge_names_its_command_rule_identifiers_survivor_and_absorbed() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=1)
    engine.resolve({"phone": "1"}, at=2)
    assert engine.resolve({"phone": "1", "email": "a"}, at=3).facts == (
        ProfilesMerged(
            command=3,
            at=3,
            survivor=ProfileId("p1"),
            absorbed=(ProfileId("p2"),),
            rule="phone",
            identifiers=(("email", Value("a")), ("phone", Value("1"))),
        ),
    )


def test_m8_the_absorbed_come_earliest_first() -> None:
    engine = store("email")
    for number, at in enumerate([5, 40, 30, 20, 20]):
        engine.resolve({"email": str(number)}, at=at)
    outcome = engine.resolve({"email": ["1", "4", "0", "2", "3"]})
    assert told(outcome) == ["p1 < p4 p5 p3 p2 by email: email 1, email 4, email 0, email 2, email 3"]


def test_m8_the_rule_is_the_one_that_found_the_second_profile() -> None:
    engine = store("email", "phone", "chat")
    engine.resolve({"email": "a", "phone": "1"})
    engine.resolve({"chat": "x"})
    assert told(engine.resolve({"email": "a", "phone": "1", "chat": "x"})) == [
        "p1 < p2 by chat: email a, phone 1, chat x"
    ]


def test_m8_identifiers_that_joined_no_one_are_not_named() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"})
    engine.resolve({"phone": "1"})
    facts = told(engine.resolve({"email": ["new", "a"], "phone": ["2", "1"]}))
    assert facts[0] == "p1 < p2 by phone: email a, phone 1"


def test_m8_the_text_of_a_compound_rule_is_as_it_was_written() -> None:
    engine = store(shared("phone"), shared("last"), "email", rules=["last AND phone", "email"])
    engine.resolve({"phone": "1", "last": "x"})
    engine.resolve({"email": "a", "phone": "1"})
    fact = engine.resolve({"email": "a", "last": "x"}).facts[-1]
    assert isinstance(fact, ProfilesMerged)
    assert fact.rule == "last AND phone"


# Invariants that a single story shows


def test_i1_values_on_several_profiles_stay_until_a_command_merges_or_removes_them() -> None:
    engine = store(shared("email"), "phone", rules=["phone"])
    for number in "123":
        engine.resolve({"phone": number, "email": "a"})
    engine.apply_settings(settings("email", "phone"))
    assert engine.lookup("email", "a").profile_ids == ("p1", "p2", "p3")
    engine.remove_identifier("p1", "email")
    assert engine.lookup("email", "a").profile_ids == ("p2", "p3")
    assert told(engine.resolve({"email": "a"})) == ["p2 < p3 by email: email a"]
    assert engine.lookup("email", "a").profile_ids == ("p2",)


def test_i1_a_unique_type_without_a_rule_keeps_its_several_owners_in_a_resolve() -> None:
    engine = store(shared("tax"), "phone", rules=["phone"])
    for number in "12":
        engine.resolve({"phone": number, "tax": "t"})
    engine.resolve({"phone": "3"})
    engine.apply_settings(settings("tax", "phone", rules=["phone"]))
    assert told(engine.resolve({"phone": "3", "tax": "t"})) == ["p3 ! tax t (conflict, p1)"]
    assert engine.resolve({"phone": "2", "tax": "t"}).facts == ()


def test_i4_an_alias_of_a_deleted_profile_leads_to_not_found() -> None:
    engine = chain(2)
    engine.delete_profile("p2")
    assert "p1" not in engine
    with pytest.raises(ProfileNotFound):
        engine.canonical_id("p1")
