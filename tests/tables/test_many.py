"""What a command gives and finds may be more than the kernel had room for."""

import pytest

from tests.tables.stores import settings, shared, store, told

MANY = 40


@pytest.mark.parametrize("rules", [["email"], ["email", "name AND city"]])
def test_m1_a_command_may_merge_any_number_of_profiles(rules: list[str]) -> None:
    engine = store("email", shared("name"), shared("city"), rules=rules)
    for number in range(MANY):
        engine.resolve({"email": f"{number}"})
    emails = [f"{number}" for number in range(MANY)]
    outcome = engine.resolve({"email": [*emails, *emails[:3]]})
    assert (outcome.profile_id, len(engine), len(engine.aliases("p1"))) == ("p1", 1, MANY - 1)
    assert outcome.facts[0].identifiers == tuple(("email", email) for email in emails)  # type: ignore[union-attr]
    engine._check()


@pytest.mark.parametrize("rules", [["zip"], ["zip", "name AND city"]])
def test_s1_a_value_that_became_unique_may_join_any_number_of_owners(rules: list[str]) -> None:
    engine = store(shared("zip"), shared("name"), shared("city"), "email", rules=["email"])
    for number in range(MANY):
        engine.resolve({"zip": "same", "email": f"{number}"})
    engine.apply_settings(settings("zip", shared("name"), shared("city"), "email", rules=rules))
    assert engine.resolve({"zip": "same"}).profile_id == "p1"
    assert len(engine) == 1
    engine._check()


def test_r7_a_new_rule_may_join_any_number_of_profiles() -> None:
    engine = store(shared("name"), shared("city"), "email", rules=["email"])
    for number in range(MANY):
        engine.resolve({"name": "ada", "city": "Rome", "email": f"{number}"})
    engine.apply_settings(settings(shared("name"), shared("city"), "email", rules=["name AND city"]))
    assert told(engine.resolve({"name": "ada", "city": "Rome"}))[0].startswith("p1 < ")
    assert len(engine) == 1
    engine._check()


def test_s2_a_store_may_know_any_number_of_types() -> None:
    rules = ["name AND city", "email"]
    engine = store("email", shared("name"), shared("city"), rules=rules)
    for number in range(MANY):
        engine.apply_settings(settings("email", shared("name"), shared("city"), f"old{number:02d}", rules=rules))
        engine.resolve({"email": "a", f"old{number:02d}": "1"})
    engine.resolve({"name": "ada", "city": "Rome", "email": "b"})
    assert engine.resolve({"name": "ada", "city": "Rome", "email": "a"}).status == "merged"
    engine._check()


def test_r7_a_rule_of_three_types_of_which_nobody_holds_a_pair_finds_nobody() -> None:
    engine = store(shared("name"), shared("city"), shared("zip"), rules=["name AND city AND zip"])
    engine.resolve({"name": "ada", "city": "Rome", "zip": "1"})
    assert engine.resolve({"name": "ada", "city": "Oslo", "zip": "1"}).status == "created"
    assert engine.resolve({"name": "ada", "city": "Rome", "zip": "2"}).status == "created"
    assert engine.resolve({"name": "ada", "city": "Rome", "zip": "1"}).profile_id == "p1"


def test_m7_a_profile_of_any_number_of_values_is_deleted() -> None:
    engine = store("email", rules=["email"])
    engine.resolve({"email": [f"{number}" for number in range(MANY)]})
    engine.delete_profile("p1")
    engine.resolve({"email": [f"{number}" for number in range(MANY)]})
    engine._check()
