"""M1 to M5: a merge gives the same state in whatever order it is folded."""

from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine, IdentifierConfig, Settings
from resolver.ids import id_of_number
from resolver.kernel.rows import ProfileRow
from resolver.rules import survivor
from tests.laws.histories import short_id


class Born(NamedTuple):
    """When a candidate was created."""

    created_at: int
    number: int


KEYS = ("k1", "k2", "k3", "k4", "k5")
entry = st.tuples(st.sampled_from(["aa", "bb"]), st.integers(0, 4), st.sampled_from("uvwxyz"))
several_lists = st.lists(st.lists(entry, max_size=5, unique_by=lambda e: (e[0], e[2])), max_size=5)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.randoms())
def test_m1_the_survivor_does_not_depend_on_the_order(times: list[int], random: Any) -> None:
    candidates = [Born(at, number) for number, at in enumerate(times)]
    expected = min(candidates, key=lambda each: (each.created_at, each.number))
    random.shuffle(candidates)
    assert survivor(candidates) is expected


def crowd(drawn: Any, limit: int, policy: str) -> Engine:
    """Open a store with a profile per list, each with a key of its own; values are shared."""
    shared = {"enforce_unique": False, "limit": limit, "limit_policy": policy}
    configs = [IdentifierConfig("key"), IdentifierConfig("aa", **shared), IdentifierConfig("bb", **shared)]  # type: ignore[arg-type]
    engine = Engine(Settings(configs, ["key"]), new_id=short_id)
    for key, several in zip(KEYS, drawn, strict=False):
        engine.resolve({"key": key}, at=len(several))
        for id_type, at, value in several:
            engine.resolve({"key": key, id_type: value}, at=at)
    return engine


@given(several_lists, st.integers(1, 4), st.sampled_from(["fifo", "lifo"]), st.permutations(KEYS))
def test_m5_one_merge_of_several_gives_the_same_state_in_every_order(
    drawn: Any, limit: int, policy: str, order: list[str]
) -> None:
    one, other = crowd(drawn, limit, policy), crowd(drawn, limit, policy)
    present = [key for key in KEYS if one.lookup("key", key).profile_ids]
    if present:
        one.resolve({"key": present}, at=9)
        other.resolve({"key": [key for key in order if key in present]}, at=9)
    assert one.snapshot() == other.snapshot()
    one._check()


@given(several_lists, st.permutations(KEYS))
def test_m5_without_limits_merges_two_by_two_give_what_one_merge_gives(drawn: Any, order: list[str]) -> None:
    at_once, by_twos = crowd(drawn, 100, "fifo"), crowd(drawn, 100, "fifo")
    present = [key for key in order if at_once.lookup("key", key).profile_ids]
    if present:
        at_once.resolve({"key": present})
        for one, other in pairwise(present):
            by_twos.resolve({"key": [one, other]})
    assert at_once.profiles() == by_twos.profiles()
    for name in at_once.profiles():
        for id_type in at_once.identifiers(name):
            assert at_once.history_of(name, id_type) == by_twos.history_of(name, id_type)
        assert at_once.aliases(name) == by_twos.aliases(name)
        assert at_once.created_at(name) == by_twos.created_at(name)


@given(several_lists)
def test_m3_a_merge_holds_every_value_once_at_its_earliest_time(drawn: Any) -> None:
    engine = crowd(drawn, 100, "fifo")
    present = [key for key in KEYS if engine.lookup("key", key).profile_ids]
    earliest: dict[tuple[str, str], int] = {}
    for name in engine.profiles():
        for id_type in ("aa", "bb"):
            for value, at in engine.history_of(name, id_type):
                earliest[id_type, value] = min(at, earliest.get((id_type, value), at))
    if present:
        merged = engine.resolve({"key": present}, at=9).profile_id
        for id_type in ("aa", "bb"):
            history = engine.history_of(str(merged), id_type)
            assert dict(history) == {value: at for (kind, value), at in earliest.items() if kind == id_type}
            assert len(dict(history)) == len(history)
            assert [at for _, at in history] == sorted(at for _, at in history)


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=30))
def test_m2_aliases_lead_to_the_living_in_one_step(joins: list[tuple[int, int]]) -> None:
    engine = Engine(Settings([IdentifierConfig("key")], ["key"]), new_id=lambda number, at: f"p{number - 1:02}")
    births = [(number * 7 % 16, number) for number in range(16)]
    for at, number in births:
        engine.resolve({"key": f"{number}"}, at)
    groups = {f"p{number:02}": {number} for number in range(16)}
    for one, other in joins:
        living = sorted({engine.canonical_id(f"p{number:02}") for number in (one, other)})
        engine.resolve({"key": [f"{one}", f"{other}"]})
        if len(living) == 2:
            winner = min(living, key=lambda name: births[int(name[1:])])
            [loser] = [name for name in living if name != winner]
            groups[winner] |= groups.pop(loser)
    engine._check()
    for canonical, members in groups.items():
        by_birth = [f"p{number:02}" for number in sorted(members, key=births.__getitem__)]
        assert [canonical, *engine.aliases(canonical)] == by_birth
        assert all(engine.canonical_id(alias) == canonical for alias in by_birth)


def test_m2_a_chain_of_merges_with_an_older_survivor_each_time_stays_short() -> None:
    """Steps to the living profile, counted over all aliases: O(n log n), where a plain chain has n * n / 2."""
    size = 2000
    engine = Engine(Settings([IdentifierConfig("key")], ["key"]))
    for number in range(size):
        engine.resolve({"key": f"{number}"}, at=size - number)
    for number in range(1, size):
        engine.resolve({"key": [f"{number - 1}", f"{number}"]})
    parent, steps = engine._tables.parent, 0
    for row in range(size):
        engine.canonical_id(id_of_number(row + 1))
        each = ProfileRow(row)
        while parent[each] != each:
            each, steps = parent[each], steps + 1
    assert steps < 12 * size
