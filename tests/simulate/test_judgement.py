"""A comparison against a truth: each group by the pairs that the change makes or ends, counted one by one."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import IdentifierConfig, Settings
from resolver.json_documents import plain
from resolver.simulate import Judged, Run, compare, judge, replay

WIDE = Settings([IdentifierConfig("email"), IdentifierConfig("phone")], ["email", "phone"])
NARROW = Settings([IdentifierConfig("email"), IdentifierConfig("phone", enforce_unique=False)], ["email"])


@pytest.mark.parametrize(
    ("judged", "verdict"), [((-3, 1), "better"), ((2, 0), "worse"), ((-1, 1), "even"), ((0, 0), "even")]
)
def test_a_verdict_weighs_wrong_pairs_and_missed_ones_alike(judged: tuple[int, int], verdict: str) -> None:
    assert Judged(*judged).verdict == verdict
    assert Judged(*judged).to_json() == {"wrong": judged[0], "missed": judged[1], "verdict": verdict}


def counts(run: Run, truth: Mapping[str, str]) -> tuple[int, int]:
    """Return the wrong and the missed pairs, pair by pair."""
    ends = {ref: run.assignments.get(ref, f"alone {ref}") for ref in truth}
    pairs = [(ends[one] == ends[other], truth[one] == truth[other]) for one, other in combinations(ends, 2)]
    return pairs.count((True, False)), pairs.count((False, True))


def test_a_judgement_is_added_to_a_document_and_to_one_whose_groups_are_made_while_they_are_read() -> None:
    history = [{"ref": name, "identifiers": {"phone": "1", "email": name}} for name in ("ada", "ann")]
    runs = replay(history, WIDE), replay(history, NARROW)
    comparison = compare(*runs)
    found = judge(comparison, *runs, {"ada": "Ada", "ann": "Ann"})
    whole, read = found.added_to(comparison.to_json()), found.added_to(comparison.document())
    assert whole["split"][0]["pairs"] == {"wrong": -1, "missed": 0, "verdict": "better"}
    assert [plain(list(read["split"])) for _ in range(2)] == [whole["split"]] * 2


lines = st.builds(
    lambda number, person, kinds: {"ref": f"{person}{number}", "identifiers": kinds},
    st.integers(0, 4),
    st.sampled_from("abc"),
    st.dictionaries(st.sampled_from(["email", "phone"]), st.sampled_from("uvw"), min_size=1),
)


@given(st.lists(lines, min_size=1, max_size=20), st.booleans())
def test_the_groups_add_up_to_what_changed(history: list[dict[str, Any]], swapped: bool) -> None:
    one, other = replay(history, WIDE), replay(history, NARROW)
    baseline, candidate = (other, one) if swapped else (one, other)
    truth = {ref: ref[0] for ref in baseline.refs}
    found = judge(compare(baseline, candidate), baseline, candidate, truth)
    before, after = counts(baseline, truth), counts(candidate, truth)
    every = (*found.joined, *found.split)
    assert (sum(each.wrong for each in every), sum(each.missed for each in every)) == (
        after[0] - before[0],
        after[1] - before[1],
    )
    assert found.verdicts.total() == len(every)
