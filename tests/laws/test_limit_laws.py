"""L1: a limit loses nothing and keeps the order."""

from hypothesis import given
from hypothesis import strategies as st

from resolver import LimitPolicy
from resolver.rules import split_at_limit


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 12), st.sampled_from(LimitPolicy))
def test_l1_both_parts_together_are_the_list(values: list[int], limit: int, policy: LimitPolicy) -> None:
    values.sort()
    kept, evicted = split_at_limit(values, limit, policy)
    assert len(kept) == min(limit, len(values))
    older, newer = (evicted, kept) if policy is LimitPolicy.FIFO else (kept, evicted)
    assert [*older, *newer] == values


@given(st.lists(st.integers(), max_size=12), st.integers(1, 12), st.sampled_from(LimitPolicy))
def test_l1_what_was_kept_once_is_kept_again(values: list[int], limit: int, policy: LimitPolicy) -> None:
    kept, _ = split_at_limit(values, limit, policy)
    assert split_at_limit(kept, limit, policy) == (kept, [])


@given(st.lists(st.integers(), max_size=12), st.integers(1, 12), st.integers(1, 12), st.sampled_from(LimitPolicy))
def test_l1_a_lower_limit_keeps_a_part_of_what_a_higher_one_keeps(
    values: list[int], one: int, other: int, policy: LimitPolicy
) -> None:
    low, high = sorted([one, other])
    kept, _ = split_at_limit(values, high, policy)
    assert split_at_limit(kept, low, policy)[0] == split_at_limit(values, low, policy)[0]


@given(st.lists(st.integers(), max_size=12), st.integers(1, 12))
def test_l1_lifo_is_fifo_in_the_mirror(values: list[int], limit: int) -> None:
    kept, evicted = split_at_limit(values[::-1], limit, "fifo")
    assert split_at_limit(values, limit, "lifo") == (kept[::-1], evicted[::-1])
