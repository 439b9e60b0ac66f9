from array import array
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine, Settings
from resolver.blocklist import Blocked
from resolver.columns.side_by_side import Regrouped
from resolver.commands import Resolve
from resolver.errors import InvalidHistory
from resolver.policies import Policies
from resolver.reference import Reference
from resolver.simulate import Change, Comparison, compare, read_history, replay
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings

Groups = dict[str, int]


def compared(lines: list[Any], baseline: Any, candidate: Any, **options: Any) -> Comparison:
    return compare(replay(lines, baseline, **options), replay(lines, candidate, **options))


def only(changes: Sequence[Change]) -> Change:
    (change,) = changes
    return change


def test_a_household_phone_that_is_no_longer_unique_splits_its_people() -> None:
    comparison = compared([ADA, BOB], settings(), SHARED_PHONE)
    change = only(comparison.split)
    assert comparison.joined == ()
    assert change.parts == (("ada",), ("bob",))
    assert change.refs == ("ada", "bob")
    cause = change.cause
    assert cause is not None
    assert (cause.line, cause.ref, cause.at, cause.kind) == (2, "bob", 2, "match")
    assert cause.why == (
        "the baseline added email 'bob@example.com' to the profile of ada; the candidate created a profile with "
        "email 'bob@example.com' and phone '+13175556789'. Under the baseline, phone '+13175556789' by rule 'phone' "
        "found the profile of ada"
    )


def test_reasons_that_only_one_run_has_are_counted_of_both() -> None:
    blocking = attrs.evolve(settings(), policies=Policies(blocked=[Blocked(equals=["ada@example.com"])]))
    comparisons = [compared([ADA, BOB], *sides) for sides in ((settings(), blocking), (blocking, settings()))]
    assert [each.refusals_by_reason["blocked"] for each in comparisons] == [(0, 1), (1, 0)]
    assert comparisons[1].to_json()["changes"]["refusals.blocked"] == {"baseline": 1, "candidate": 0, "change": -1}
    assert [*comparisons[0].refusals_by_reason] == [*comparisons[1].refusals_by_reason]


def test_the_reverse_comparison_joins_what_the_first_split() -> None:
    forth, back = (
        compared([ADA, BOB], settings(), SHARED_PHONE),
        compared([ADA, BOB], SHARED_PHONE, settings()),
    )
    assert only(back.joined).parts == only(forth.split).parts
    assert back.split == ()
    assert back.totals["profiles"] == (2, 1)


def test_a_merge_by_a_rule_is_the_cause_where_only_one_run_merges() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com"}},
        {"ref": "b", "at": 2, "identifiers": {"phone": "317-555-6789"}},
        {"ref": "c", "at": 3, "identifiers": {"email": "ada@example.com", "phone": "317-555-6789"}},
    ]
    cause = only(compared(lines, SHARED_PHONE, settings()).joined).cause
    assert cause is not None
    assert (cause.line, cause.kind) == (3, "rule")
    assert "merged the profiles of a and b by rule 'phone'" in cause.why
    assert "on email 'ada@example.com' and phone '+13175556789'" in cause.why


def test_a_collision_is_the_cause_where_an_added_value_merges() -> None:
    lines = [
        ADA,
        {"ref": "b", "at": 2, "identifiers": {"email": "bob@example.com"}},
        {"op": "add", "profile": "ref:b", "idType": "phone", "value": "317-555-6789"},
    ]
    cause = only(compared(lines, SHARED_PHONE, settings()).joined).cause
    assert cause is not None
    assert (cause.line, cause.ref, cause.kind) == (3, None, "collision")
    assert "by a collision on phone '+13175556789'" in cause.why


def test_an_eviction_is_the_cause_where_a_limit_forgot_the_value_that_joined() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com", "phone": "317-555-6701"}},
        {"ref": "b", "at": 2, "identifiers": {"email": "ada@example.com", "phone": "317-555-6702"}},
        {"ref": "c", "at": 3, "identifiers": {"phone": "317-555-6701"}},
    ]
    comparison = compared(lines, settings(), settings(phone={"limit": 1}))
    cause = only(comparison.split).cause
    assert cause is not None
    assert (cause.line, cause.kind) == (2, "eviction")
    assert "evicted phone '+13175556701' (fifo limit)" in cause.why
    parting = only(comparison.split).parting
    assert parting is not None
    assert (parting.line, parting.kind) == (3, "match")
    assert comparison.to_json()["split"][0]["parting"]["ref"] == "c"
    assert comparison.totals["evictions"] == (0, 1)


def test_a_refusal_by_the_limit_is_the_cause_under_lifo() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com", "phone": "317-555-6701"}},
        {"ref": "b", "at": 2, "identifiers": {"email": "ada@example.com", "phone": "317-555-6702"}},
        {"ref": "c", "at": 3, "identifiers": {"phone": "317-555-6702"}},
    ]
    comparison = compared(lines, settings(), settings(phone={"limit": 1, "limitPolicy": "lifo"}))
    cause = only(comparison.split).cause
    assert cause is not None
    assert (cause.line, cause.kind) == (2, "limit")
    assert "refused phone '+13175556702' (limit)" in cause.why
    assert comparison.refusals_by_reason["limit"] == (0, 1)


def test_a_refused_collision_is_the_cause_where_no_rule_lets_profiles_merge() -> None:
    lines = [
        ADA,
        {"ref": "b", "at": 2, "identifiers": {"email": "bob@example.com"}},
        {"ref": "c", "at": 3, "identifiers": {"email": "bob@example.com", "phone": "317-555-6789"}},
    ]
    cause = only(compared(lines, settings(rules=["email"]), settings()).joined).cause
    assert cause is not None
    assert cause.kind == "rule"
    assert "refused phone '+13175556789' (conflict with the profile of ada)" in cause.why


def test_another_normalization_is_a_cause_of_its_own() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"phone": "317-555-6789"}},
        {"ref": "b", "at": 2, "identifiers": {"phone": "(317) 555-6789"}},
    ]
    change = only(compared(lines, settings(phone={"normalization": "none"}), settings()).joined)
    assert change.cause is not None
    assert (change.cause.line, change.cause.kind) == (1, "value")


def test_removals_and_deletions_are_told() -> None:
    lines = [
        ADA,
        BOB,
        {"op": "remove", "profile": "ref:bob", "idType": "email", "value": "bob@example.com"},
        {"op": "delete", "profile": "ref:bob"},
        {"ref": "bob", "at": 5, "identifiers": {"email": "bob@example.com"}},
        {"ref": "eve", "at": 6, "identifiers": {"email": "bob@example.com"}},
    ]
    comparison = compared(lines, settings(), SHARED_PHONE)
    assert comparison.only_candidate == ("ada",)
    assert comparison.only_baseline == ()
    assert comparison.split == comparison.joined == ()


def test_a_line_that_only_one_run_rejects_is_the_cause() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com"}},
        {"ref": "b", "at": 2, "identifiers": {"phone": "n/a", "email": "ada@example.com"}},
        {"ref": "b2", "at": 3, "identifiers": {"phone": "317-555-6789"}},
        {"op": "add", "profile": "ref:b", "idType": "phone", "value": "317-555-6789"},
    ]
    baseline, candidate = (
        replay(lines, settings(), on_invalid="drop"),
        replay(lines, settings(), on_invalid="refuse"),
    )
    comparison = compare(baseline, candidate)
    assert comparison.only_baseline == ("b",)
    cause = only(comparison.split).cause
    assert cause is not None
    assert (cause.line, cause.kind) == (4, "rejected")
    assert "rejected the line (no applied record before this line has the ref 'b')" in cause.why


def test_a_ref_that_moved_with_a_line_that_changed_nothing_is_explained_by_that_line() -> None:
    lines = [
        {"ref": "a", "at": 1, "identifiers": {"email": "ada@example.com"}},
        {"ref": "b", "at": 2, "identifiers": {"email": "bob@example.com"}},
        {"ref": "a", "at": 3, "identifiers": {"email": "bob@example.com", "phone": "n/a"}},
    ]
    baseline, candidate = (
        replay(lines, settings(), on_invalid="drop"),
        replay(lines, settings(), on_invalid="refuse"),
    )
    cause = only(compare(baseline, candidate).split).cause
    assert cause is not None
    assert (cause.line, cause.ref, cause.kind, cause.at) == (3, "a", "rejected", 3)
    back = only(compare(candidate, baseline).joined).cause
    assert back is not None
    assert back.line == 3


def test_the_order_in_which_a_command_attached_its_identifiers_is_no_cause() -> None:
    lines = [ADA, BOB]
    swapped = settings(rules=["phone", "email"], phone={"enforceUnique": False})
    cause = only(compared(lines, settings(), swapped).split).cause
    assert cause is not None
    assert cause.line == 2


def test_equal_runs_have_no_difference() -> None:
    comparison = compared([ADA, BOB], settings(), settings())
    assert not any((comparison.joined, comparison.split, comparison.only_baseline, comparison.only_candidate))
    assert all(left == right for left, right in comparison.totals.values())


def test_profile_ids_play_no_part() -> None:
    baseline = replay([ADA, BOB], settings(), new_id=lambda number, at: f"one-{number}")
    candidate = replay([ADA, BOB], settings(), new_id=lambda number, at: f"other-{number}")
    assert compare(baseline, candidate).split == compare(baseline, candidate).joined == ()
    shared = replay([ADA, BOB], SHARED_PHONE, new_id=lambda number, at: f"third-{number}")
    cause = only(compare(baseline, shared).split).cause
    assert cause is not None
    assert cause.line == 2


def test_runs_of_different_histories_are_not_compared() -> None:
    with pytest.raises(ValueError, match="2 and 1 lines"):
        compare(replay([ADA, BOB]), replay([ADA]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([ADA], [BOB]),
        ([{"identifiers": {"chat": "x"}}], [{"identifiers": {"chat": "y"}}]),
        ([Resolve({"chat": "x"})], [Resolve({"chat": "y"})]),
        ([ADA, BOB], [BOB, ADA]),
        ([{"ref": "a", "x": 1j}], [{"ref": "b", "x": 1j}]),
    ],
)
def test_runs_of_other_lines_are_not_compared_even_if_there_are_as_many(one: list[Any], other: list[Any]) -> None:
    assert compare(replay(one), replay(list(one))).refs == len(replay(one).assignments)
    with pytest.raises(InvalidHistory, match="as many lines, but not the same"):
        compare(replay(one), replay(other))


def test_runs_of_other_files_are_not_compared_even_if_sorted(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.jsonl", "b.jsonl")]
    for path in paths:
        path.write_text(f'{{"identifiers": {{"chat": "{path.name}"}}}}\n')
    for sort in (False, True):
        runs = [replay(read_history(path, sort=sort)) for path in (*paths, paths[0])]
        assert compare(runs[0], runs[2]).split == ()
        with pytest.raises(InvalidHistory, match="not the same"):
            compare(runs[0], runs[1])


def test_runs_of_one_parquet_file_are_of_the_same_history_though_they_read_other_columns(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in "ab":
        parquet.write_table(arrow.table({"ref": [name], "email": ["x"], "phone": ["y"]}), tmp_path / f"{name}.parquet")
    one, other = (read_history(tmp_path / f"{name}.parquet") for name in "ab")
    only_email = Settings.from_json({"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]})
    assert compare(replay(one), replay(one, only_email)).only_candidate == ("a",)
    with pytest.raises(InvalidHistory, match="not the same"):
        compare(replay(one), replay(other))


def test_a_run_with_other_settings_or_without_a_value_is_of_the_same_history() -> None:
    assert len(compare(replay([ADA, BOB]), replay([ADA, BOB], without=["phone=317-555-6789"])).split) == 1


def test_what_is_no_run_is_not_compared() -> None:
    wrong: Any = 5
    with pytest.raises(InvalidHistory, match="5 is not a run; expected what replay"):
        compare(replay([ADA]), wrong)


def test_a_sorted_run_and_an_unsorted_one_are_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text('{"identifiers": {"chat": "x"}}\n')
    with pytest.raises(ValueError, match="sorted by time"):
        compare(replay(read_history(path)), replay(read_history(path, sort=True)))


def test_the_json_has_everything(tmp_path: Any) -> None:
    document = compared([ADA, BOB], settings(), SHARED_PHONE).to_json()
    assert document["baseline"]["profiles"] == 1
    assert document["changes"]["profiles"] == {"baseline": 1, "candidate": 2, "change": 1}
    (split,) = document["split"]
    assert split["refs"] == ["ada", "bob"]
    assert split["cause"]["line"] == 2
    assert split["cause"]["baseline"]["facts"][0]["fact"] == "IdentifierAdded"
    assert document["joined"] == []
    rejected = compare(
        replay([{"ref": "a", "identifiers": {"email": "x"}}]),
        replay([{"ref": "a", "identifiers": {"email": "x"}}]),
    ).to_json()
    assert rejected["refs"] == 0


def test_changes_are_equal_where_their_records_and_causes_are() -> None:
    one, same = (compared([ADA, BOB], settings(), SHARED_PHONE).split for _ in range(2))
    other = compared([ADA, {**BOB, "ref": "eve"}], settings(), SHARED_PHONE).split
    assert one == same == tuple(same)
    assert hash(one) == hash(same)
    assert len({*one, *same}) == 1
    assert one != other
    assert one != ()
    assert one != "a"
    assert one[0] != one[0].parts
    assert one[:1] == (one[0],)
    assert one[-1] == one[0]
    assert repr(one).startswith("(Change(parts=(('ada',), ('bob',)), cause=Cause(line=2, ")
    with pytest.raises(IndexError):
        one[1]


groupings = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 4))


@given(groupings, groupings)
def test_regrouped_is_what_looking_at_every_pair_would_say(before: Groups, after: Groups) -> None:
    common = [ref for ref in after if ref in before]
    pairs = {
        (one, other)
        for one in common
        for other in common
        if one < other and after[one] == after[other] and before[one] != before[other]
    }
    found = regrouped(before, after)
    assert {
        (one, other)
        for parts in found
        for refs in parts
        for one in refs
        for others in parts
        if others is not refs
        for other in others
        if one < other
    } == pairs
    for parts in found:
        assert len(parts) > 1
        assert [after[ref] for refs in parts for ref in refs] == [after[parts[0][0]]] * sum(map(len, parts))
        assert [len({before[ref] for ref in refs}) for refs in parts] == [1] * len(parts)
        assert [refs[0] for refs in parts] == sorted((refs[0] for refs in parts), key=list(after).index)
        assert all(refs == sorted(refs, key=list(after).index) for refs in parts)
    assert [parts[0][0] for parts in found] == sorted((parts[0][0] for parts in found), key=list(after).index)


def regrouped(before: Groups, after: Groups) -> list[list[list[str]]]:
    """Return the parts of the groups of *after* that are several of *before*."""
    refs = list(dict.fromkeys([*before, *after]))
    one, other = (array("i", [groups.get(ref, -1) for ref in refs]) for groups in (before, after))
    found = Regrouped(one, other, array("i", map(refs.index, after)), 5, 5)
    parts = [[refs[ref] for ref in found.refs[start:end]] for start, end in pairwise(found.parts)]
    return [parts[start:end] for start, end in pairwise(found.starts)]


@pytest.mark.parametrize(("one", "other"), [(Engine, Reference), (Reference, Engine), (Reference, Reference)])
def test_runs_of_every_engine_are_compared_with_each_other(one: Any, other: Any) -> None:
    lines = [ADA, BOB, {"op": "delete", "profile": "ref:bob"}, BOB]
    same = compare(replay(lines, engine=one), replay(lines, engine=other))
    assert not same.split
    assert not same.joined
    (change,) = compare(replay(lines[:2], engine=one), replay(lines[:2], SHARED_PHONE, engine=other)).split
    assert change.refs == ("ada", "bob")
    assert change.cause == compare(replay(lines[:2]), replay(lines[:2], SHARED_PHONE)).split[0].cause


def test_a_change_is_written_as_the_comparison_writes_it() -> None:
    comparison = compared([ADA, BOB], settings(), SHARED_PHONE)
    assert [change.to_json() for change in comparison.split] == comparison.to_json()["split"]
