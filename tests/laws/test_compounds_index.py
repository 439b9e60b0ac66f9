"""R7: the index by pairs finds everyone who satisfies a compound rule, in few keys, whatever is popular."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine
from resolver.kernel.choices import add_choice, clear_choices
from resolver.kernel.compounds import find_candidates, find_sharers
from resolver.kernel.rows import ProfileRow, TypeNumber, ValueRow
from resolver.profiles import id_of
from resolver.rules import TableView
from tests.tables.stores import fuzzy, settings, shared, store, told

TYPES = ("aa", "bb", "cc", "dd")
RULES = ["aa AND bb", "cc AND bb AND aa", "bb AND aa AND dd AND cc"]

holdings = st.lists(
    st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from("xyz")), min_size=1, max_size=9, unique=True), max_size=6
)
choices = st.fixed_dictionaries({name: st.lists(st.sampled_from("xyz"), max_size=3, unique=True) for name in TYPES})


def unmerged(drawn: list[list[tuple[str, str]]], rules: list[str]) -> Engine:
    """Open a store whose profiles may satisfy the rules together: those come last, and merge nobody (S1)."""
    engine = store(*(shared(name) for name in TYPES), rules=["aa"])
    for pairs in drawn:
        engine.resolve(pairs)
    engine.apply_settings(settings(*(shared(name) for name in TYPES), rules=rules))
    return engine


def stored(engine: Engine, id_type: str, values: list[str]) -> list[ValueRow]:
    """Return the rows of those values that somebody holds."""
    tables = engine._tables
    rows = [tables.index[engine._ruling.numbers[id_type]].find(tables.text, value) for value in values]
    return [row for row in rows if row >= 0]


def found(
    engine: Engine, rule: int, wanted: dict[TypeNumber, list[ValueRow]], *, at_first: bool = False
) -> list[ProfileRow]:
    """Return whom a rule finds by choices for each of its types, *at_first*: before a third type counts."""
    t, s, rules = engine._tables, engine._scratch, engine._ruling.rules
    clear_choices(t, s, rules)
    for kind, rows in wanted.items():
        s.choice_start[kind] = s.n_choices
        for row in rows:
            add_choice(s, row)
        s.choice_end[kind] = s.n_choices
    (find_candidates if at_first else find_sharers)(t, s, rules, rule)
    return sorted(s.sharing[place] for place in range(s.n_sharing))


@given(holdings, choices)
def test_r7_nobody_who_satisfies_a_rule_is_missed(
    drawn: list[list[tuple[str, str]]], wanted: dict[str, list[str]]
) -> None:
    engine = unmerged(drawn, RULES)
    table = TableView({name: engine.identifiers(name) for name in engine.profiles()})
    numbers, rules = engine._ruling.numbers, engine._ruling.rules
    for number in rules.compounds:
        rule = engine._ruling.book.rules[number]
        rows = {numbers[name]: stored(engine, name, wanted[name]) for name in rule.types}
        sharing = found(engine, number, rows)
        expected = table.sharers(rule, [wanted[name] for name in rule.types])
        assert [id_of(engine._tables, row) for row in sharing] == expected
        assert set(found(engine, number, rows, at_first=True)) >= set(sharing)


@given(st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from("xyz")), max_size=30))
def test_r7_the_tables_follow_additions_and_removals(steps: list[tuple[str, str]]) -> None:
    engine = store(*(shared(name) for name in TYPES), "key", rules=["key", *RULES])
    engine.resolve({"key": "1"})
    for id_type, value in steps:
        if value in engine.values("p1", id_type):
            engine.remove_identifier("p1", id_type, value=value)
        else:
            engine.add_identifier("p1", id_type, value)
        engine._check()
    fork = engine.fork()
    engine.delete_profile("p1")
    assert not any(table.contents() for table in engine._tables.compounds)
    fork._check()


@pytest.mark.parametrize("types", [TYPES[:2], TYPES[:3], TYPES])
def test_r7_a_profile_of_many_values_has_a_key_for_two_of_them_and_not_for_all(types: tuple[str, ...]) -> None:
    count = 30
    engine = store(*(shared(name) for name in TYPES), rules=[" AND ".join(types)])
    engine.resolve({name: [f"{value}" for value in range(count)] for name in types})
    keys = sum(len(table.contents()) for table in engine._tables.compounds)
    assert keys == len(list(pairwise(types))) * count * count


def test_r7_rules_that_name_the_same_two_types_share_their_table() -> None:
    engine = store(*(shared(name) for name in TYPES), rules=["aa AND bb", "bb AND aa AND cc", "cc AND bb"])
    names = engine._ruling.names
    pairs = [{names[table.one], names[table.other]} for table in engine._tables.compounds]
    assert sorted(map(sorted, pairs)) == [["aa", "bb"], ["aa", "cc"], ["bb", "cc"]]


def test_r7_popular_values_give_no_candidates_beside_a_rare_one() -> None:
    crowd = [[("aa", "popular"), ("bb", "popular"), ("cc", f"{number}")] for number in range(50)]
    engine = unmerged(crowd, ["aa AND bb AND cc"])
    numbers, rules = engine._ruling.numbers, engine._ruling.rules
    for rare, expected in (("7", ["p8"]), ("none", [])):
        wanted = {"aa": ["popular"], "bb": ["popular"], "cc": [rare]}
        rows = {numbers[name]: stored(engine, name, values) for name, values in wanted.items()}
        candidates = found(engine, rules.compounds[0], rows, at_first=True)
        assert [id_of(engine._tables, row) for row in candidates] == expected


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
