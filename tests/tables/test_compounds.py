"""R7 where types that match alone stand beside compound rules on other types, and R8 at its very threshold."""

from resolver import Engine, IdentifierConfig, Settings

CONFIGS = [
    IdentifierConfig("email"),
    IdentifierConfig("loyalty"),
    IdentifierConfig("phone", enforce_unique=False),
    IdentifierConfig("name", enforce_unique=False),
]
COMPOUND = Settings(CONFIGS, ["email", "loyalty", "phone AND name"])
SINGLE = Settings(CONFIGS, ["email", "loyalty"])


def test_r7_a_merge_by_other_types_is_followed_by_the_compound_rule_that_it_completes() -> None:
    engine = Engine(COMPOUND)
    engine.resolve({"email": "a", "phone": "1"}, at=1)
    engine.resolve({"loyalty": "b", "name": "X"}, at=2)
    engine.resolve({"phone": "1", "name": "X"}, at=3)
    outcome = engine.resolve({"email": "a", "loyalty": "b"}, at=4)
    assert [fact.rule for fact in outcome.facts] == ["loyalty", "phone AND name"]  # type: ignore[union-attr]
    assert len(engine) == 1
    engine._check()


def test_r7_an_insertion_of_another_type_looks_at_all_stored_values_after_a_settings_change() -> None:
    engine = Engine(SINGLE)
    engine.resolve({"email": "a", "phone": "1", "name": "X"}, at=1)
    engine.resolve({"email": "c", "phone": "1", "name": "X"}, at=2)
    engine.apply_settings(COMPOUND)
    assert engine.resolve({"email": "a"}, at=3).status == "unchanged"
    assert len(engine) == 2
    assert engine.resolve({"email": "a", "loyalty": "new"}, at=4).status == "merged"
    assert len(engine) == 1


def test_r7_a_profile_made_of_other_types_joins_nobody_after_a_settings_change() -> None:
    engine = Engine(SINGLE)
    engine.resolve({"email": "a", "phone": "1", "name": "X"}, at=1)
    engine.apply_settings(COMPOUND)
    outcome = engine.resolve({"email": "b", "loyalty": "new"}, at=4)
    assert outcome.status == "created"
    assert len(engine) == 2


def test_r8_a_similarity_of_exactly_the_threshold_matches() -> None:
    one, other = "a" * 17 + "b" * 8, "a" * 17 + "c" * 8
    fuzzy = IdentifierConfig("name", matching_algo="fuzzy", matching_threshold=68)
    engine = Engine(Settings([fuzzy], ["name"]))
    engine.resolve({"name": one})
    assert engine.resolve({"name": other}).status == "updated"


def test_n8_a_kept_value_joins_profiles_like_any_other() -> None:
    settings = Settings([IdentifierConfig("email", normalization="email"), IdentifierConfig("card")], ["email", "card"])
    engine = Engine(settings, on_invalid="keep")
    engine.resolve({"email": "n/a"}, at=1)
    engine.resolve({"card": "7"}, at=2)
    merged = engine.resolve({"email": "n/a", "card": "7"}, at=3)
    assert merged.status == "merged"
    assert merged.facts[0].identifiers == (("email", "n/a"), ("card", "7"))  # type: ignore[union-attr]
