"""S1: what a store need not doubt after its settings changed (I1, I8, N7)."""

from collections.abc import Sequence
from typing import Any

import pytest

from resolver import Engine, IdentifierConfig, InvalidSettings, Settings
from resolver.rules.change import keeps_normal, keeps_settled
from resolver.rules.rulebook import Rulebook
from tests.tables.stores import config, fuzzy, settings, shared, store, told

EVERY = frozenset({"aa", "bb", "cc", "dd"})


def book(*types: str | IdentifierConfig, rules: Sequence[str]) -> Rulebook:
    return Rulebook(settings(*types, rules=rules))


SETTLED: list[tuple[str, Rulebook, Rulebook, bool]] = [
    ("nothing changes", book("aa", rules=["aa"]), book("aa", rules=["aa"]), True),
    ("a limit changes", book("aa", rules=["aa"]), book(config("aa", limit=1), rules=["aa"]), True),
    ("a single rule goes", book("aa", "bb", rules=["aa", "bb"]), book("aa", "bb", rules=["aa"]), True),
    ("a type goes", book("aa", "bb", rules=["aa", "bb"]), book("aa", rules=["aa"]), True),
    ("a type is unique no more", book("aa", rules=["aa"]), book(shared("aa"), rules=["aa"]), True),
    ("a type becomes unique", book(shared("aa"), rules=["aa"]), book("aa", rules=["aa"]), False),
    ("a type comes", book("aa", rules=["aa"]), book("aa", "bb", rules=["aa"]), False),
    (
        "a type comes that is not unique",
        book("aa", rules=["aa"]),
        book("aa", shared("bb"), rules=["aa", "bb"]),
        True,
    ),
    ("a compound rule comes", book("aa", "bb", rules=["aa"]), book("aa", "bb", rules=["aa AND bb"]), False),
    ("a compound rule goes", book("aa", "bb", rules=["aa AND bb"]), book("aa", "bb", rules=["aa"]), True),
    (
        "a compound rule is named in another order",
        book("aa", "bb", rules=["aa AND bb"]),
        book("aa", "bb", rules=["aa", "bb AND aa"]),
        True,
    ),
    (
        "a compound rule asks for more",
        book("aa", "bb", "cc", rules=["aa AND bb"]),
        book("aa", "bb", "cc", rules=["aa AND cc AND bb"]),
        True,
    ),
    (
        "a compound rule asks for less",
        book("aa", "bb", "cc", rules=["aa AND cc AND bb"]),
        book("aa", "bb", "cc", rules=["aa AND bb"]),
        False,
    ),
    (
        "an implicit compound rule comes",
        book(shared("aa"), shared("bb"), rules=["aa"]),
        book(shared("aa"), shared("bb"), rules=["aa", "bb"]),
        False,
    ),
    (
        "an implicit compound rule is named",
        book(shared("aa"), shared("bb"), rules=["aa", "bb"]),
        book(shared("aa"), shared("bb"), rules=["bb AND aa"]),
        True,
    ),
    (
        "a threshold rises",
        book(fuzzy("aa", 70), "bb", rules=["aa AND bb"]),
        book(fuzzy("aa", 71), "bb", rules=["aa AND bb"]),
        True,
    ),
    (
        "a threshold falls",
        book(fuzzy("aa", 70), "bb", rules=["aa AND bb"]),
        book(fuzzy("aa", 69), "bb", rules=["aa AND bb"]),
        False,
    ),
    (
        "a fuzzy type becomes exact",
        book(fuzzy("aa", 70), "bb", rules=["aa AND bb"]),
        book("aa", "bb", rules=["aa AND bb"]),
        True,
    ),
    (
        "an exact type becomes fuzzy",
        book("aa", "bb", rules=["aa AND bb"]),
        book(fuzzy("aa", 99), "bb", rules=["aa AND bb"]),
        False,
    ),
]


@pytest.mark.parametrize(("old", "new", "kept"), [row[1:] for row in SETTLED], ids=[row[0] for row in SETTLED])
def test_s1_a_settled_store_stays_so_if(old: Rulebook, new: Rulebook, kept: bool) -> None:
    assert keeps_settled(old, new, EVERY) is kept
    assert keeps_settled(old, new, frozenset())


def test_s1_a_rule_with_a_type_of_which_nothing_is_stored_joins_nobody() -> None:
    old, new = book("aa", "bb", rules=["aa", "bb"]), book("aa", "bb", "cc", rules=["aa", "bb AND cc"])
    assert keeps_settled(old, new, {"aa", "bb"})
    assert not keeps_settled(old, new, {"aa", "bb", "cc"})


NORMAL: list[tuple[str, dict[str, str], dict[str, str], bool]] = [
    ("nothing changes", {"aa": "trim"}, {"aa": "trim"}, True),
    ("a normalization changes", {"aa": "none"}, {"aa": "trim"}, False),
    ("a type goes", {"aa": "trim", "bb": "none"}, {"aa": "trim"}, True),
    ("a type comes", {"aa": "trim"}, {"aa": "trim", "bb": "trim"}, False),
]


def normalized(types: dict[str, str]) -> Rulebook:
    configs = [IdentifierConfig(name, normalization=normalization) for name, normalization in types.items()]
    return Rulebook(Settings(configs, list(types)))


@pytest.mark.parametrize(("old", "new", "kept"), [row[1:] for row in NORMAL], ids=[row[0] for row in NORMAL])
def test_n7_stored_texts_stay_normal_if(old: dict[str, str], new: dict[str, str], kept: bool) -> None:
    assert keeps_normal(normalized(old), normalized(new), EVERY) is kept
    assert keeps_normal(normalized(old), normalized(new), frozenset())


def test_s1_a_type_that_comes_back_brings_values_of_another_normalization() -> None:
    engine = store(config("aa", normalization="none"), "bb")
    engine.resolve({"aa": " x "})
    engine.apply_settings(settings("bb"))
    engine.apply_settings(settings(config("aa", normalization="trim"), "bb"))
    assert not engine._tables.normal
    assert engine.resolve({"aa": " x "}).status == "created"


def test_s1_a_type_that_comes_back_unique_may_bring_values_of_several_owners() -> None:
    engine = store(shared("aa"), "bb")
    engine.resolve({"aa": "x"})
    engine.resolve({"aa": "x"})
    engine.apply_settings(settings("bb"))
    settled = [engine._tables.settled]
    engine.apply_settings(settings("aa", "bb"))
    settled.append(engine._tables.settled)
    assert settled == [True, False]
    assert told(engine.resolve({"aa": "x"})) == ["p1 < p2 by aa: aa x"]


def test_s1_what_is_lost_does_not_come_back_with_the_old_settings() -> None:
    engine = store("aa", "bb")
    engine.resolve({"aa": "x", "bb": "1"})
    engine.apply_settings(settings("aa", config("bb", normalization="trim"), rules=["aa AND bb"]))
    engine.apply_settings(settings("aa", "bb"))
    assert (engine._tables.settled, engine._tables.normal) == (False, False)
    engine._check()


@pytest.mark.parametrize("threshold", [None, 70, 80])
def test_s1_indexes_that_the_new_rules_use_alike_are_not_built_anew(threshold: int | None) -> None:
    def chosen(limit: int, threshold: int | None) -> Settings:
        bb = shared("bb") if threshold is None else fuzzy("bb", threshold, enforce_unique=False)
        return settings("aa", bb, shared("cc", limit=limit), rules=["aa", "bb AND cc"])

    engine = store(*chosen(9, 70).identifier_configs, rules=["aa", "bb AND cc"])
    engine.resolve({"aa": "x", "bb": "smith", "cc": "1"})
    kind = engine._ruling.numbers["bb"]
    similarity, compounds = engine._tables.similarity[kind], engine._tables.compounds
    engine.apply_settings(chosen(3, threshold))
    assert (engine._tables.similarity.get(kind) is similarity) is (threshold == 70)
    assert engine._tables.compounds is compounds
    engine.resolve({"aa": "y", "bb": "smyth", "cc": "2"})
    engine._check()


@pytest.mark.parametrize("odd", [5, "settings", {"identifierConfigs": []}])
def test_s1_what_is_no_settings_object_is_named(odd: Any) -> None:
    for act in (Engine().apply_settings, lambda settings: Engine(settings)):
        with pytest.raises(InvalidSettings) as caught:
            act(odd)
        assert (caught.value.path, caught.value.value) == ("", odd)
        assert str(caught.value).endswith("expected a Settings object; Settings.from_json reads a document")
