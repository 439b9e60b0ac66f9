"""Section 10: what is read, and in which order (Q1 to Q4)."""

from typing import Any

import pytest

from resolver import Engine, InvalidIdentifier, Lookup, UnknownIdentifierType
from resolver.names import ProfileId, Value
from tests.tables.stores import config, settings, shared, short_id, store


@pytest.mark.parametrize("policy", ["fifo", "lifo"])
def test_q1_values_come_oldest_first_whatever_the_policy(policy: str) -> None:
    engine = store("phone", config("email", limit_policy=policy))
    engine.resolve({"phone": "1"})
    for value, at in (("b", 2), ("c", 3), ("a", 1)):
        engine.add_identifier("p1", "email", value, at=at)
    assert engine.values("p1", "email") == ("a", "b", "c")
    assert engine.identifiers("p1")["email"] == ("a", "b", "c")
    assert engine.history_of("p1", "email") == (("a", 1), ("b", 2), ("c", 3))


def test_q1_values_come_normalized() -> None:
    engine = Engine()
    ada = engine.resolve({"email": " Ada@Example.com", "phone": "(317) 555-6789", "chat": " x "}).profile_id
    assert ada is not None
    assert engine.identifiers(ada) == {"email": ("ada@example.com",), "phone": ("+13175556789",), "chat": ("x",)}


def test_q2_types_come_in_rule_order_then_config_order_then_by_name() -> None:
    engine = store("zip", "Zulu", "street", "email", "alpha", "phone")
    engine.resolve(dict.fromkeys(("alpha", "Zulu", "email", "phone", "street", "zip"), "1"))
    engine.apply_settings(settings("street", "zip", "email", "phone", rules=["phone", "email"]))
    assert list(engine.identifiers("p1")) == ["phone", "email", "street", "zip", "Zulu", "alpha"]


def test_q2_types_of_compound_rules_count_in_their_place() -> None:
    engine = store("email", "zip", "phone", rules=["zip AND phone", "email"])
    engine.resolve({"email": "a", "zip": "z", "phone": "1"})
    assert list(engine.identifiers("p1")) == ["zip", "phone", "email"]


def test_q2_types_without_values_are_left_out() -> None:
    engine = store("email", "phone")
    engine.resolve({"phone": "1", "email": "a"})
    engine.remove_identifier("p1", "email")
    assert engine.identifiers("p1") == {"phone": ("1",)}
    assert engine.values("p1", "email") == ()
    assert engine.history_of("p1", "email") == ()


def test_q3_a_lookup_gives_the_normalized_value_and_its_holders_earliest_first() -> None:
    engine = store(shared("phone", normalization="phone"), "email")
    engine.resolve({"email": "a", "phone": "3175556789"}, at=30)
    engine.resolve({"email": "b", "phone": "3175556789"}, at=10)
    engine.resolve({"email": "c", "phone": "3175556789"}, at=30)
    assert engine.lookup("phone", "(317) 555-6789") == Lookup(
        Value("+13175556789"), (ProfileId("p2"), ProfileId("p1"), ProfileId("p3"))
    )


def test_q3_a_lookup_gives_canonical_ids() -> None:
    engine = store("email", "phone")
    engine.resolve({"email": "a"}, at=2)
    engine.resolve({"phone": "1"}, at=1)
    engine.resolve({"email": "a", "phone": "1"})
    assert engine.lookup("email", "a") == Lookup(Value("a"), (ProfileId("p2"),))


def test_q3_no_holder_is_an_empty_answer() -> None:
    assert store("email").lookup("email", "a") == Lookup(Value("a"), ())


@pytest.mark.parametrize("value", [None, 5, "", "x" * 256, "n/a", ["+13175556789"]])
def test_n8_an_unreadable_lookup_is_an_invalid_identifier(value: Any) -> None:
    with pytest.raises(InvalidIdentifier):
        Engine().lookup("phone", value)


@pytest.mark.parametrize("id_type", ["fax", "", "Email", None, 5, ["email"]])
def test_a7_a_lookup_of_an_unknown_type_is_refused(id_type: Any) -> None:
    with pytest.raises(UnknownIdentifierType):
        store("email").lookup(id_type, "a")


def test_q3_a_lookup_changes_nothing() -> None:
    engine = store("email")
    before = engine.snapshot()
    engine.lookup("email", "a")
    assert engine.snapshot() == before


def test_q4_profiles_lists_canonical_ids_earliest_first() -> None:
    engine = store("email")
    for number, at in enumerate([5, 1, 5, 3]):
        engine.resolve({"email": str(number)}, at=at)
    assert engine.profiles() == ("p2", "p4", "p1", "p3")
    engine.resolve({"email": ["0", "3"]})
    assert engine.profiles() == ("p2", "p4", "p3")
    assert len(engine) == 3


def test_q4_profiles_of_one_time_come_in_the_order_of_arrival_not_of_their_ids() -> None:
    engine = Engine(settings("email"), new_id=lambda number, at: f"p{99 - number}")
    for value in "abc":
        engine.resolve({"email": value}, at=1)
    assert engine.profiles() == ("p98", "p97", "p96")


def test_q4_aliases_come_earliest_first() -> None:
    engine = store("email")
    for number, at in enumerate([1, 9, 5, 5]):
        engine.resolve({"email": str(number)}, at=at)
    engine.resolve({"email": ["0", "1"]})
    engine.resolve({"email": ["2", "3"]})
    assert engine.aliases("p1") == ("p2",)
    engine.resolve({"email": ["1", "3"]})
    assert engine.aliases("p1") == engine.aliases("p4") == ("p3", "p4", "p2")


def test_api_an_engine_contains_canonical_ids_and_aliases() -> None:
    engine = store("email")
    engine.resolve({"email": "a"})
    engine.resolve({"email": "b"})
    engine.resolve({"email": ["a", "b"]})
    assert "p1" in engine
    assert "p2" in engine
    for other in ("p3", "", None, 1, ["p1"]):
        assert other not in engine


def test_api_an_empty_engine_is_still_true() -> None:
    assert store("email")
    assert len(store("email")) == 0
    assert short_id(1, 0) == "p1"
