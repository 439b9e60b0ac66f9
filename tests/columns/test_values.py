"""The rows of the same values in two stores are what looking every value up by its text says."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine, IdentifierConfig, Settings
from resolver.columns.side_by_side import find_values
from resolver.kernel import codes
from resolver.kernel.tables import all_values

TYPES = ("chat", "card", "code")

values = st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from("abc")), max_size=9)
orders = st.permutations(TYPES).flatmap(lambda types: st.integers(1, 3).map(lambda size: types[:size]))


def store(id_types: list[str], given: list[tuple[str, str]]) -> Engine:
    configs = [IdentifierConfig(id_type, normalization="trim") for id_type in id_types]
    engine = Engine(Settings(configs, id_types))
    for pair in given:
        if pair[0] in id_types:
            engine.resolve([pair])
    return engine


@given(orders, values, orders, values)
def test_a_value_is_found_by_its_type_and_text_wherever_its_row_is(
    types: list[str], held: list[tuple[str, str]], other_types: list[str], other_held: list[tuple[str, str]]
) -> None:
    one, other = store(types, held), store(other_types, other_held)
    t, there = one._tables, other._tables
    numbers, names = other._ruling.numbers, one._ruling.names
    known = array("i", [codes.NOBODY]) * t.n_values
    find_values(t, there, array("i", [numbers.get(name, codes.NOBODY) for name in names]), known)
    rows = {(other._ruling.names[there.kind[row]], there.text[row]): row for row in all_values(there)}
    assert list(known) == [rows.get((names[t.kind[row]], t.text[row]), codes.NOBODY) for row in all_values(t)]
