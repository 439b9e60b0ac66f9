"""Wrong and missed pairs: counted right, and each from the command that first brought the people together."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import IdentifierConfig, Settings, simulate
from resolver.example import path
from resolver.simulate import PairErrors, Run, load_settings, pair_errors, read_history, read_truth, replay

SETTINGS = Settings(
    [
        IdentifierConfig("email", limit=2),
        IdentifierConfig("phone"),
        IdentifierConfig("first", enforce_unique=False),
        IdentifierConfig("last", enforce_unique=False),
    ],
    ["email", "phone", "first AND last"],
)


def line(ref: str, **identifiers: Any) -> dict[str, Any]:
    return {"ref": ref, "identifiers": identifiers}


def found(history: list[dict[str, Any]], truth: Mapping[str, str]) -> PairErrors:
    return pair_errors(replay(history, SETTINGS), truth)


def wrong(errors: PairErrors) -> list[tuple[str, tuple[tuple[str, str], ...], int]]:
    return [(each.rule, each.identifiers, each.pairs) for each in errors.wrong]


TRUTH = {"a1": "ada", "a2": "ada", "b1": "bob", "b2": "bob", "c1": "cy"}


def test_a_shared_value_is_what_brought_two_people_together() -> None:
    errors = found([line("a1", phone="1"), line("b1", phone="1")], TRUTH | {"b2": "x"})
    assert wrong(errors) == [("phone", (("phone", "1"),), 1)]
    assert errors.wrong[0].example == ("a1", "b1")


def test_a_right_record_that_comes_later_is_not_blamed() -> None:
    history = [line("a1", phone="1", email="a"), line("b1", phone="1"), line("a2", email="a"), line("b2", phone="1")]
    errors = found(history, TRUTH)
    assert wrong(errors) == [("phone", (("phone", "1"),), 4)]
    assert errors.wrong[0].lines == 1


@pytest.mark.parametrize(
    ("joins", "rule", "value"),
    [("a2", "phone", ("phone", "1")), ("b2", "email", ("email", "a")), ("nobody", "phone", ("phone", "1"))],
)
def test_a_merge_is_told_by_the_match_with_the_stranger(joins: str, rule: str, value: tuple[str, str]) -> None:
    history = [line("a1", email="a"), line("b1", phone="1"), line(joins, email="a", phone="1")]
    errors = found(history, {ref: person for ref, person in TRUTH.items() if ref in ("a1", "b1", joins)})
    assert wrong(errors) == [(rule, (value,), 1 if joins == "nobody" else 2)]


def test_a_merge_of_profiles_with_a_person_in_common_is_right() -> None:
    history = [
        line("a1", phone="1"),
        line("b1", phone="1"),
        line("b2", phone="2"),
        line("c1", phone="2"),
        line("x", phone=["1", "2"]),
    ]
    errors = found(history, TRUTH)
    assert {value: pairs for _, ((_, value),), pairs in wrong(errors)} == {"1": 2, "2": 3}


def test_people_who_met_through_others_do_not_meet_again() -> None:
    history = [
        line("a1", phone="1"),
        line("b1", phone="1"),
        line("b2", phone="2"),
        line("c1", phone="2"),
        line("a2", phone="3"),
        line("x", phone=["2", "3"]),
        line("y", phone=["1", "3"]),
    ]
    assert found(history, TRUTH).wrong_pairs == 8
    assert {value for _, ((_, value),), _ in wrong(found(history, TRUTH))} == {"1", "2"}


def test_a_compound_rule_is_told_with_both_of_its_values() -> None:
    errors = found([line("a1", first="J", last="N"), line("b1", first="J", last="N", phone="9")], TRUTH)
    assert wrong(errors) == [("first AND last", (("first", "J"), ("last", "N")), 1)]


def test_a_command_that_names_the_profile_is_told_as_such() -> None:
    history = [
        line("a1", phone="1"),
        {"op": "add", "ref": "b1", "profile": "ref:a1", "idType": "email", "value": "b"},
    ]
    assert wrong(found(history, TRUTH)) == [("named", (), 1)]


def test_missed_pairs_are_told_by_what_the_profiles_have_in_common() -> None:
    history = [
        line("a1", phone="1", first="Ada"),
        line("a2", email="a", first="Ada"),
        line("b1", email="b"),
        line("b2", phone="4"),
    ]
    errors = found(history, TRUTH)
    assert [(each.id_types, each.identifiers, each.pairs, each.persons) for each in errors.missed] == [
        ((), (), 1, 1),
        (("first",), (("first", "Ada"),), 1, 1),
    ]


def test_a_record_in_no_profile_is_missed() -> None:
    history = [line("a1", phone="1"), line("a2", phone="1"), {"op": "delete", "profile": "ref:a1"}]
    errors = found(history, TRUTH)
    assert errors.missed_pairs == 1
    assert errors.missed[0].id_types == ("phone",)


def test_a_ref_that_comes_back_counts_where_it_ended() -> None:
    history = [line("a1", phone="1"), line("b1", phone="1"), line("b1", email="b")]
    assert found(history, TRUTH).wrong == ()
    errors = found([*history, line("c1", phone="1", email="b")], TRUTH)
    assert errors.wrong_pairs == 3


def test_the_example_has_the_counts_that_its_pairs_have() -> None:
    settings, options = load_settings(path("baseline.json"))
    run = replay(read_history(path("history.jsonl")), settings, **options)
    errors = pair_errors(run, path("history.jsonl.truth.csv"))
    assert (errors.wrong_pairs, errors.missed_pairs) == counts(run, read_truth(path("history.jsonl.truth.csv")))
    assert errors.wrong[0].rule == "phone"
    assert repr(errors) == "<PairErrors: 3,537 wrong pairs and 107 missed pairs of 400 records>"
    assert {*errors.to_json()} == {"agreement", "wrong", "missed", "truth"}


def test_a_truth_about_another_history_is_refused() -> None:
    with pytest.raises(ValueError, match="the truth knows no record of this history"):
        found([line("z", phone="1")], TRUTH)


def counts(run: Run, truth: Mapping[str, str]) -> tuple[int, int]:
    """Return the wrong and the missed pairs, pair by pair."""
    where = {ref: run.assignments.get(ref, f"alone {ref}") for ref in truth if ref in run.refs}
    pairs = [(where[one] == where[other], truth[one] == truth[other]) for one, other in combinations(where, 2)]
    return pairs.count((True, False)), pairs.count((False, True))


names = st.sampled_from([f"{person}{number}" for person in "abc" for number in range(3)])
values = st.sampled_from("uvw")
lines = st.builds(
    lambda ref, kinds: line(ref, **kinds),
    names,
    st.dictionaries(st.sampled_from(["email", "phone", "first", "last"]), values, min_size=1),
)
named = st.builds(
    lambda ref, to, value: {"op": "add", "ref": ref, "profile": f"ref:{to}", "idType": "email", "value": value},
    names,
    names,
    values,
)
deleted = st.builds(lambda to: {"op": "delete", "profile": f"ref:{to}"}, names)


@given(st.lists(st.one_of(lines, lines, lines, named, deleted), min_size=1, max_size=25))
def test_pairs_are_counted_as_they_are_one_by_one(history: list[dict[str, Any]]) -> None:
    run = replay(history, SETTINGS)
    truth = {ref: ref[0] for ref in run.refs}
    if not truth:
        return
    errors = pair_errors(run, truth)
    assert (errors.wrong_pairs, errors.missed_pairs) == counts(run, truth)
    ends = run.assignments
    for each in errors.wrong:
        one, other = each.example
        assert ends[one] == ends[other]
        assert truth[one] != truth[other]
        assert each.lines >= 1
    for missed in errors.missed:
        one, other = missed.example
        assert ends.get(one, one) != ends.get(other, other)
        assert truth[one] == truth[other]


def test_the_function_has_the_name_that_the_command_line_has() -> None:
    assert simulate.errors is simulate.pair_errors
