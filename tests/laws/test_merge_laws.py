"""M1 to M5: a merge gives the same state in whatever order it is folded."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine, IdentifierConfig, Settings
from resolver.rules import survivor
from resolver.structures.held import Held, entries, inserted, united
from resolver.structures.merges import Merges
from resolver.structures.profile import Profile
from tests.laws.histories import short_id

KEYS = ("k1", "k2", "k3", "k4", "k5")
entry = st.tuples(st.sampled_from(["aa", "bb"]), st.integers(0, 4), st.sampled_from("uvwxyz"))
several_lists = st.lists(st.lists(entry, max_size=5, unique_by=lambda e: (e[0], e[2])), max_size=5)


def lists(drawn: list[list[tuple[str, int, str]]]) -> list[Held]:
    """Make what several profiles hold, each value added by a command of its own."""
    number = 0
    made: list[Held] = []
    for several in drawn:
        held: Held = ()
        for id_type, at, value in several:
            number += 1
            held = inserted(held, id_type, at, number, value)
        made.append(held)
    return made


@given(several_lists, st.randoms())
def test_m5_a_union_does_not_depend_on_the_order_of_the_sides(drawn: Any, random: Any) -> None:
    sides = lists(drawn)
    expected = united(sides)
    random.shuffle(sides)
    assert united(sides) == expected


@given(several_lists, st.integers(0, 5))
def test_m5_a_union_may_be_folded_in_two_steps(drawn: Any, cut: int) -> None:
    sides = lists(drawn)
    assert united([united(sides[:cut]), united(sides[cut:])]) == united(sides)


@given(several_lists)
def test_m3_a_union_holds_every_value_once_at_its_earliest_time(drawn: Any) -> None:
    sides = lists(drawn)
    together = [each for side in sides for each in entries(side)]
    result = entries(united(sides))
    assert {(kind, value) for kind, _, _, value in result} == {(kind, value) for kind, _, _, value in together}
    assert len(result) == len({(kind, value) for kind, _, _, value in result})
    assert [(at, number) for _, at, number, _ in result] == sorted((at, number) for _, at, number, _ in result)
    for kind, at, number, value in result:
        assert (at, number) == min((a, n) for k, a, n, v in together if (k, v) == (kind, value))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.randoms())
def test_m1_the_survivor_does_not_depend_on_the_order(times: list[int], random: Any) -> None:
    candidates = [Profile(f"p{number}", at, number) for number, at in enumerate(times)]
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
        assert at_once._state.profiles[name] == by_twos._state.profiles[name]
        assert at_once.aliases(name) == by_twos.aliases(name)
        assert at_once.created_at(name) == by_twos.created_at(name)


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=30))
def test_m2_aliases_lead_to_the_living_in_one_step(joins: list[tuple[int, int]]) -> None:
    births = [Profile(f"p{number:02}", number * 7 % 16, number) for number in range(16)]
    merges, groups = Merges(), {profile.id: {profile.id} for profile in births}
    for one, other in joins:
        living = [merges.canonical(births[place].id) or births[place].id for place in (one, other)]
        if living[0] != living[1]:
            both = [profile for profile in births if profile.id in living]
            winner = survivor(both)
            [loser] = [profile for profile in both if profile is not winner]
            merges.union(survivor=winner.id, absorbed=(loser.created_at, loser.number, loser.id))
            groups[winner.id] |= groups.pop(loser.id)
    merges._check()
    for canonical, members in groups.items():
        by_birth = sorted(members, key=lambda name: (births[int(name[1:])].created_at, int(name[1:])))
        assert [canonical, *merges.aliases(canonical)] == by_birth
        assert all(merges.canonical(alias) == canonical for alias in by_birth[1:])
