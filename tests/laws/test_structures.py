"""The structures against plain sets and lists, and their checks against damage."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine
from resolver.structures.held import NOTHING, WIDTH, Held, count_of, entries, holds, inserted, removed, values_of
from resolver.structures.profile import Profile
from resolver.structures.record import HEAD, HELD
from resolver.structures.slots import Slot, copied, holders, move, put, take
from tests.engine.stories import full, plain

entry = st.tuples(st.sampled_from(["aa", "bb"]), st.integers(0, 4), st.sampled_from("uvwxyz"))


@given(st.lists(entry, max_size=10, unique_by=lambda e: (e[0], e[2])), st.data())
def test_i2_what_is_held_is_a_list_sorted_by_time_and_arrival(drawn: Any, data: st.DataObject) -> None:
    held, model = NOTHING, []
    for number, (id_type, at, value) in enumerate(drawn):
        held = inserted(held, id_type, at, number, value)
        model.append((id_type, at, number, value))
    model.sort(key=lambda each: (each[1], each[2]))
    assert entries(held) == model
    for kind in ("aa", "bb"):
        assert values_of(held, kind) == [value for k, _, _, value in model if k == kind]
        assert count_of(held, kind) == len(values_of(held, kind))
        for value in "uvwxyz":
            assert holds(held, kind, value) is (value in values_of(held, kind))
    if model:
        gone = data.draw(st.sampled_from(model))
        model.remove(gone)
        assert entries(removed(held, gone[0], gone[3])) == model


def test_only_what_is_held_can_be_removed() -> None:
    held = inserted(NOTHING, "aa", 0, 1, "u")
    for id_type, value in (("aa", "v"), ("bb", "u")):
        with pytest.raises(KeyError):
            removed(held, id_type, value)


steps = st.lists(
    st.tuples(st.sampled_from(["put", "take", "move"]), st.sampled_from("kl"), *[st.sampled_from("abcd")] * 2),
    max_size=30,
)


@given(steps)
def test_i3_slots_are_sets_of_holders(drawn: list[tuple[str, str, str, str]]) -> None:
    slots: dict[str, Slot] = {}
    model: dict[str, set[str]] = {"k": set(), "l": set()}
    for act, key, one, other in drawn:
        sharing = model[key]
        if act == "put":
            assert put(slots, key, one) is (not sharing)
            sharing.add(one)
        elif act == "take" and one in sharing:
            sharing.discard(one)
            assert take(slots, key, one) is (not sharing)
        elif act == "move" and one in sharing and one != other:
            move(slots, key, absorbed=one, survivor=other)
            sharing.discard(one)
            sharing.add(other)
        twin = copied(slots)
        for name, expected in model.items():
            assert set(holders(slots.get(name))) == expected
            assert (name in slots) is bool(expected)
            if expected:
                put(twin, name, "someone else")
        assert all("someone else" not in holders(slot) for slot in slots.values())


def test_a_profile_shows_what_it_is() -> None:
    held: Held = ("email", 5, 1, "a")
    shown = repr(Profile("p1", 5, 1, held))
    assert shown == "Profile(id='p1', created_at=5, number=1, held=('email', 5, 1, 'a'))"


# Every check notices the damage that it is there for


def lose_an_index_entry(engine: Engine) -> None:
    engine._state.index["email"].popitem()


def invent_an_index_entry(engine: Engine) -> None:
    engine._state.index["email"]["invented"] = engine.profiles()[0]


def disorder_a_list(engine: Engine) -> None:
    state, name = engine._state, engine.profiles()[0]
    record = state.profiles[name]
    state.profiles[name] = (*record[:HEAD], *record[HEAD + WIDTH :], *record[HEAD : HEAD + WIDTH])


def hold_a_value_twice(engine: Engine) -> None:
    state, name = engine._state, engine.profiles()[0]
    state.profiles[name] += state.profiles[name][-WIDTH:]


def keep_a_deleted_profile(engine: Engine) -> None:
    engine._state.deleted[engine.profiles()[0]] = None


def lead_an_alias_astray(engine: Engine) -> None:
    merges = engine._state.merges
    group = merges.of_alias[engine.aliases(engine.profiles()[0])[0]]
    group.canonical = "nobody"


def forget_an_alias(engine: Engine) -> None:
    engine._state.merges.of_alias.popitem()


def lose_the_survivor(engine: Engine) -> None:
    name = engine.profiles()[0]
    record = engine._state.profiles.pop(name)
    for id_type, _, _, value in entries(record[HELD]):
        engine._state.index[id_type].pop(value, None)


def rename_a_profile(engine: Engine) -> None:
    state, name = engine._state, engine.profiles()[0]
    created_at, number, _, *held = state.profiles[name]
    state.profiles[name] = (created_at, number, "renamed", *held)


DAMAGES: list[Callable[[Engine], None]] = [
    lose_an_index_entry,
    invent_an_index_entry,
    disorder_a_list,
    hold_a_value_twice,
    keep_a_deleted_profile,
    lead_an_alias_astray,
    forget_an_alias,
    lose_the_survivor,
    rename_a_profile,
]


@pytest.mark.parametrize("story", [plain, full], ids=lambda story: story.__name__)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_check_notices_damage(damage: Callable[[Engine], None], story: Callable[[], Engine]) -> None:
    engine = story()
    engine._check()
    damage(engine)
    with pytest.raises((AssertionError, KeyError)):
        engine._check()


def test_a_check_notices_a_lost_similar_value_and_a_lost_combination() -> None:
    engine = full()
    engine._state.likeness["name"].discard("smith")
    with pytest.raises(AssertionError):
        engine._check()
    engine = full()
    engine._state.compounds.discard_all("id-97", engine._state.profiles["id-97"][HELD])
    with pytest.raises(AssertionError):
        engine._check()


def test_a_check_notices_a_unique_value_with_two_owners() -> None:
    engine = plain()
    engine._check()
    engine.resolve({"email": "bob@example.com"})
    one, other = engine.profiles()
    profiles = engine._state.profiles
    shared = profiles[one][HELD][:WIDTH]
    profiles[other] += shared
    put(engine._state.index[shared[0]], shared[3], other)
    with pytest.raises(AssertionError):
        engine._check()
