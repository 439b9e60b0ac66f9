"""The tables of a store: columns that grow and are copied, and checks that notice damage."""

import contextlib
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resolver.kernel
from resolver import Engine
from resolver.kernel import codes
from resolver.kernel.columns import copied, filled, longer
from resolver.kernel.pair_table import PairTable, pair_key
from resolver.kernel.profile_lists import count, values_of
from resolver.kernel.rows import Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.tables import all_profiles, living_profiles
from resolver.kernel.text_table import TextTable
from resolver.names import Value
from tests.engine.stories import full, plain


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=20), st.integers(0, 50))
def test_a_longer_column_begins_as_before(numbers: list[int], room: int) -> None:
    for column in (numbers, array("i", numbers)):
        grown = longer(column, room)
        assert list(grown[: len(numbers)]) == numbers
        assert len(grown) == max(len(numbers), room)
        assert (grown is column) is (room <= len(numbers))
        copy = copied(column)
        copy[0] = 9
        assert list(column) == numbers


def test_growth_that_is_struck_again_and_again_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each strike once made the columns before it twice as long, without end."""
    if resolver.COMPILED:
        pytest.skip("functions that are compiled cannot be replaced")
    engine = plain()
    real = longer
    calls = 0

    def struck_at_the_last(column: list[int], room: int) -> list[int]:
        nonlocal calls
        calls += 1
        if calls % 7 == 0:
            raise MemoryError
        return real(column, room)

    with monkeypatch.context() as patch:
        patch.setattr("resolver.kernel.tables.longer", struck_at_the_last)
        for number in range(200):
            with contextlib.suppress(MemoryError):
                engine.resolve({"chat": f"{number}"})
    tables = engine._tables
    for column in (tables.created_at, tables.parent, tables.ring, tables.held, tables.next_hold, tables.owner):
        assert len(column) <= 512
    engine._check()


def test_the_compiler_knows_the_codes_by_the_same_numbers() -> None:
    types = Path(resolver.kernel.__file__ or "").with_name("codes.pxd")
    if not types.exists():
        pytest.skip("away from the checkout there are no types for the compiler")
    lines = types.read_text(encoding="utf-8").splitlines()
    told = dict(line.split(" = ") for line in map(str.strip, lines) if " = " in line)
    assert {name: int(number) for name, number in told.items()} == {
        name: number for name, number in vars(codes).items() if name.isupper()
    }


steps = st.lists(
    st.tuples(st.sampled_from(["put", "take", "restore"]), st.integers(1, 2), st.integers(0, 3), st.booleans()),
    max_size=30,
)


@given(steps)
def test_i3_a_pair_table_is_a_set_of_holders_for_each_pair(drawn: list[tuple[str, int, int, bool]]) -> None:
    table = PairTable(TypeNumber(0), TypeNumber(1))
    model: dict[int, set[int]] = {1: set(), 2: set()}
    for act, key, row, entered in drawn:
        profile = ProfileRow(row)
        if act == "put":
            table.put(key, profile)
            model[key].add(profile)
        elif act == "take":
            table.take(key, profile)
            model[key].discard(profile)
        else:
            table.restore(key, profile, entered)
            (model[key].discard if entered else model[key].add)(profile)
        twin = table.copy()
        twin.put(1, ProfileRow(99))
        assert {name: holders for name, holders in model.items() if holders} == table.contents()
        assert all(table.size(name) == len(holders) for name, holders in model.items())


def test_i3_a_pair_table_of_many_pairs_that_come_and_go_keeps_its_room() -> None:
    table = PairTable(TypeNumber(0), TypeNumber(1))
    keys = [pair_key(ValueRow(number), ValueRow(number % 7)) for number in range(5000)]
    profiles = [ProfileRow(number) for number in range(5000)]
    for number, (key, profile) in enumerate(zip(keys, profiles, strict=True)):
        table.put(key, profile)
        assert table.holder(key) == profile
        if number >= 100:
            table.take(keys[number - 100], profiles[number - 100])
    assert table.contents() == {keys[number]: {number} for number in range(4900, 5000)}
    assert len(table.slots) <= 2048


def test_i3_a_pair_that_one_profile_is_left_with_is_shared_no_more() -> None:
    table = PairTable(TypeNumber(0), TypeNumber(1))
    for profile in (3, 4):
        table.put(1, ProfileRow(profile))
    table.take(1, ProfileRow(3))
    assert (table.holder(1), table.shared) == (4, {})


def test_i3_a_copy_of_a_pair_table_grows_in_time() -> None:
    table = PairTable(TypeNumber(0), TypeNumber(1))
    for key in range(1, 6):
        table.put(key, ProfileRow(key))
    copy = table.copy()
    for key in range(1, 60):
        copy.put(key, ProfileRow(key))
    assert copy.contents() == {key: {key} for key in range(1, 60)}
    assert 3 * copy.used <= len(copy.slots)


words = st.lists(st.tuples(st.booleans(), st.text("abcdefgh", min_size=1, max_size=2)), max_size=150)


@given(words, st.booleans())
def test_i3_a_text_table_finds_the_texts_that_are_there_and_no_others(
    drawn: list[tuple[bool, str]], is_hashed: bool
) -> None:
    texts: list[Value] = []
    table, model = TextTable(is_hashed), dict[str, ValueRow]()
    for is_new, word in drawn:
        text = Value(word)
        if text in model:
            if not is_new:
                table.leave(text, ValueRow(len(texts)))  # another row: nothing happens
                table.leave(text, model.pop(text))
        elif is_new:
            texts.append(text)
            model[text] = ValueRow(len(texts) - 1)
            table.enter(text, model[text])
        else:
            table.leave(text, ValueRow(0))
        assert len(table) == len(model)
        assert sorted(table.all_rows()) == sorted(model.values())
        twin = table.copy()
        twin.enter(Value("another"), ValueRow(0))
        assert [twin.find(texts, each) for each in texts] == [model.get(each, codes.NO_VALUE) for each in texts]
        assert len(twin) == len(twin.all_rows()) == len(model) + 1
        assert [table.find(texts, each) for each in texts] == [model.get(each, codes.NO_VALUE) for each in texts]
        assert table.find(texts, "another") == codes.NO_VALUE


@pytest.mark.parametrize("is_hashed", [True, False])
def test_i3_a_text_table_of_many_texts_that_come_and_go_keeps_its_room(is_hashed: bool) -> None:
    texts = [Value(f"text{number}") for number in range(5000)]
    table = TextTable(is_hashed)
    for row, text in enumerate(texts):
        table.enter(text, ValueRow(row))
        if row >= 1000:
            table.leave(texts[row - 1000], ValueRow(row - 1000))
    assert [table.find(texts, text) for text in texts] == [codes.NO_VALUE] * 4000 + list(range(4000, 5000))
    assert len(table.slots) <= 2048
    table.reserve(5000)
    assert [table.find(texts, text) for text in texts[3990:]] == [codes.NO_VALUE] * 10 + list(range(4000, 5000))


@pytest.mark.parametrize("is_hashed", [True, False])
def test_i3_looking_ahead_for_texts_changes_nothing(is_hashed: bool) -> None:
    texts = [Value(f"text{number}") for number in range(50)]
    table = TextTable(is_hashed)
    for row, text in enumerate(texts):
        table.enter(text, ValueRow(row))
    slots, asked = list(table.slots), [*texts, "other", None]
    marks = filled("q", 0, len(asked))
    table.look_ahead(texts, asked, 0, len(asked), marks)
    table.look_ahead(list[Value](), asked, 10, len(asked), marks)
    assert list(table.slots) == slots
    assert [table.find(texts, text) for text in texts] == list(range(50))


def test_i3_texts_of_the_same_hash_are_told_apart() -> None:
    texts, table = [Value("other"), Value("text")], TextTable(is_hashed=True)
    table.enter(Value("text"), ValueRow(0))  # as if the hash of "other" were that of "text"
    table.enter(Value("text"), ValueRow(1))
    assert table.find(texts, "text") == 1
    table.leave(Value("text"), ValueRow(0))
    assert table.find(texts, "text") == 1


def test_the_values_of_a_profile_are_counted_by_type() -> None:
    tables = full()._tables
    for profile in living_profiles(tables):
        counts = [count(tables, profile, TypeNumber(kind)) for kind in range(len(tables.index))]
        assert counts == [len(values_of(tables, profile, TypeNumber(kind))) for kind in range(len(tables.index))]
        assert sum(counts) == tables.size[profile]


# Every check notices the damage that it is there for


def lose_an_index_entry(engine: Engine) -> None:
    table = engine._tables.index[engine._ruling.numbers["email"]]
    row = table.all_rows()[0]
    table.leave(engine._tables.text[row], row)


def invent_an_index_entry(engine: Engine) -> None:
    engine._tables.index[engine._ruling.numbers["email"]].enter(Value("invented"), ValueRow(0))


def disorder_a_list(engine: Engine) -> None:
    tables = engine._tables
    tables.added_at[tables.tail[first(engine)]] = Moment(-1_000)


def lose_the_end_of_a_list(engine: Engine) -> None:
    tables = engine._tables
    tables.tail[first(engine)] = codes.NO_HOLD


def hold_a_value_twice(engine: Engine) -> None:
    tables = engine._tables
    tables.held[tables.tail[first(engine)]] = tables.held[tables.head[first(engine)]]


def give_a_value_to_another(engine: Engine) -> None:
    tables = engine._tables
    tables.owner[tables.held[tables.head[first(engine)]]] = ProfileRow(tables.n_profiles - 1)


def delete_a_profile_that_holds_values(engine: Engine) -> None:
    engine._tables.parent[first(engine)] = codes.NOBODY


def lead_an_alias_astray(engine: Engine) -> None:
    tables = engine._tables
    tables.parent[tables.ring[first(engine)]] = codes.NOBODY


def forget_an_alias(engine: Engine) -> None:
    tables = engine._tables
    tables.ring[first(engine)] = first(engine)


def use_a_free_row(engine: Engine) -> None:
    engine._tables.n_holds += 1


def count_one_more(engine: Engine) -> None:
    engine._tables.living += 1


def leave_a_command_unfinished(engine: Engine) -> None:
    engine._recover = lambda: None  # type: ignore[method-assign]
    engine._scratch.phase = codes.CHANGING


def first(engine: Engine) -> ProfileRow:
    """Return the row of the earliest living profile that has an alias."""
    tables = engine._tables
    return next(row for row in all_profiles(tables) if tables.parent[row] == row != tables.ring[row])


DAMAGES: list[Callable[[Engine], None]] = [
    lose_an_index_entry,
    invent_an_index_entry,
    disorder_a_list,
    lose_the_end_of_a_list,
    hold_a_value_twice,
    give_a_value_to_another,
    delete_a_profile_that_holds_values,
    lead_an_alias_astray,
    forget_an_alias,
    use_a_free_row,
    count_one_more,
    leave_a_command_unfinished,
]


@pytest.mark.parametrize("story", [plain, full], ids=lambda story: story.__name__)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_check_notices_damage(damage: Callable[[Engine], None], story: Callable[[], Engine]) -> None:
    engine = story()
    if story is plain:
        engine.resolve({"email": ["ada@example.com", "ada@example.org"]}, at=4_000)
    engine._check()
    damage(engine)
    with pytest.raises((AssertionError, KeyError)):
        engine._check()


def test_a_check_notices_a_lost_similar_value_and_a_lost_combination() -> None:
    engine = full()
    [index] = engine._tables.similarity.values()
    index.discard(Value("smith"))
    with pytest.raises(AssertionError):
        engine._check()
    engine = full()
    [table] = engine._tables.compounds
    key, holders = table.contents().popitem()
    table.take(key, holders.pop())
    with pytest.raises(AssertionError):
        engine._check()
