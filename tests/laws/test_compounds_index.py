"""R7: the index by pairs finds everyone who satisfies a compound rule, in few keys, whatever is popular."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine
from resolver.rules import TableView
from resolver.rules.rulebook import Rule
from resolver.structures.compounds import Compounds
from resolver.structures.held import NOTHING, Held, inserted, removed, values_of
from tests.tables.stores import fuzzy, shared, store, told

TYPES = ("aa", "bb", "cc", "dd")
RULES = [("aa", "bb"), ("cc", "bb", "aa"), ("bb", "aa", "dd", "cc")]

holdings = st.lists(
    st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from("xyz")), max_size=9, unique=True), max_size=6
)
choices = st.fixed_dictionaries({name: st.lists(st.sampled_from("xyz"), max_size=3, unique=True) for name in TYPES})


def held_of(pairs: Sequence[tuple[str, str]]) -> Held:
    held = NOTHING
    for number, (id_type, value) in enumerate(pairs):
        held = inserted(held, id_type, 0, number, value)
    return held


@given(holdings, choices)
def test_r7_nobody_who_satisfies_a_rule_is_missed(
    drawn: list[list[tuple[str, str]]], wanted: dict[str, list[str]]
) -> None:
    index = Compounds(RULES)
    table = {}
    for number, pairs in enumerate(drawn):
        held = held_of(pairs)
        index.add_all(f"p{number}", held)
        table[f"p{number}"] = {name: values_of(held, name) for name in TYPES}
    for types in RULES:
        asked = [wanted[name] for name in types]
        candidates = index.candidates(types, asked)
        sharers = TableView(table).sharers(Rule(" AND ".join(types), types), asked)
        assert set(candidates) >= set(sharers)
        if len(types) == 2:
            assert set(candidates) == set(sharers)


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from("xyz")), max_size=30))
def test_r7_the_index_follows_additions_and_removals(steps: list[tuple[str, str]]) -> None:
    index, held = Compounds(RULES), NOTHING
    for number, (id_type, value) in enumerate(steps):
        if value in values_of(held, id_type):
            held = removed(held, id_type, value)
            index.discard("p", held, id_type, value)
        else:
            held = inserted(held, id_type, 0, number, value)
            index.add("p", held, id_type, value)
        index._check({"p": held})
    copy = index.copy()
    index.discard_all("p", held)
    index._check({})
    copy._check({"p": held})


@pytest.mark.parametrize("types", [TYPES[:2], TYPES[:3], TYPES])
def test_r7_a_profile_of_many_values_has_a_key_for_two_of_them_and_not_for_all(types: tuple[str, ...]) -> None:
    count = 30
    index = Compounds([types])
    index.add_all("p", held_of([(name, f"{value}") for name in types for value in range(count)]))
    keys = sum(len(table) for table in index._tables.values())
    assert keys == len(list(pairwise(types))) * count * count


def test_r7_rules_that_name_the_same_two_types_share_their_table() -> None:
    index = Compounds([("aa", "bb"), ("bb", "aa", "cc"), ("cc", "bb")])
    assert set(index._tables) == {("aa", "bb"), ("aa", "cc"), ("bb", "cc")}
    assert index.serves([("cc", "aa"), ("aa", "bb", "cc")])
    assert not index.serves([("aa", "bb", "cc")])
    assert not Compounds(()).serves([("aa", "bb")])


def test_r7_popular_values_give_no_candidates_beside_a_rare_one() -> None:
    index = Compounds([("aa", "bb", "cc")])
    for number in range(50):
        index.add_all(f"p{number}", held_of([("aa", "popular"), ("bb", "popular"), ("cc", f"{number}")]))
    assert index.candidates(("aa", "bb", "cc"), [["popular"], ["popular"], ["7"]]) == ["p7"]
    assert index.candidates(("aa", "bb", "cc"), [["popular"], ["popular"], ["none"]]) == []


def test_r7_whoever_shares_all_pairs_but_with_other_values_of_a_third_type_is_not_found() -> None:
    engine = store(shared("phone"), shared("last"), shared("zip"), rules=["phone AND last AND zip"])
    engine.resolve({"phone": "1", "last": ["x", "y"], "zip": "z"})
    engine.resolve({"phone": "1", "last": "x", "zip": "other"})
    assert told(engine.resolve({"phone": "1", "last": ["x", "y"], "zip": "new"}))[0] == "created p3"
    assert engine.resolve({"phone": "1", "last": "y", "zip": "z"}).profile_id == "p1"


def test_r8_a_rule_of_three_types_counts_a_similar_value_as_shared() -> None:
    engine = store(
        shared("phone"), fuzzy("last", 80, enforce_unique=False), shared("zip"), rules=["phone AND last AND zip"]
    )
    engine.resolve({"phone": "1", "last": "smith", "zip": "z"})
    assert told(engine.resolve({"phone": "1", "last": "smyth", "zip": "z"})) == ["p1 + last smyth"]
    assert engine.resolve({"phone": "1", "last": "smyth", "zip": "other"}).status == "created"


def test_r7_profiles_with_a_hundred_values_of_each_of_four_types_meet() -> None:
    engine: Engine = store(*(shared(name) for name in TYPES), rules=[" AND ".join(TYPES)])
    many = {name: [f"{name}{number}" for number in range(100)] for name in TYPES}
    engine.resolve(many)
    assert engine.resolve({name: values[-1] for name, values in many.items()}).status == "unchanged"
    engine.resolve({"aa": "aa0", "bb": "bb0", "cc": "cc0"})
    assert told(engine.add_identifier("p3", "dd", "dd99")) == [
        "p3 + dd dd99",
        "p1 < p3 by aa AND bb AND cc AND dd: aa aa0, bb bb0, cc cc0, dd dd99",
    ]
