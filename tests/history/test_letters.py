"""Columns of texts are numbered as they stand in Arrow, and tell what their cells tell one by one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import COMPILED
from resolver.columns import texts
from resolver.columns.texts import Texts
from resolver.history import encoded
from resolver.history.encoded import Encoded, encoded_arrow, read_texts
from resolver.history.letters import Letters
from resolver.history.tables import is_absent
from resolver.kernel.text_table import TextTable

pa = pytest.importorskip("pyarrow")

CELL = st.sampled_from(
    [None, "", " ", "\u00a0", "\x1c", "a", "b ", " c", "\x7f", "é", "Zoë", "\U0001d4b3", "x" * 9]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TYPES = ["string", "large_string", *(["string_view"] if hasattr(pa, "string_view") else [])]


def texts_of(cell: Any) -> list[str]:
    return [] if is_absent(cell) else [cell]


def told(column: Encoded) -> list[str | None]:
    return [None if code < 0 else column.texts[code] for code in column.codes]


def cells_of(column: Any) -> list[Any]:
    cells: list[Any] = column.to_pylist()
    return cells


def letters_of(column: Any) -> Letters:
    read = read_texts(pa, column, None)
    assert read is not None
    assert isinstance(read.texts, Letters)
    return read.texts


@given(cells=st.lists(CELL, min_size=1, max_size=30), kind=st.sampled_from(TYPES), start=st.integers(0, 9))
def test_every_row_has_the_text_of_its_cell(cells: list[Any], kind: str, start: int) -> None:
    column = pa.array(cells, kind).slice(min(start, len(cells) - 1))
    known = [None if is_absent(cell) else cell for cell in column.to_pylist()]
    for is_quick in (True, False):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(encoded, "COMPILED", is_quick)
            assert told(encoded_arrow(pa, column, cells_of, texts_of, None, texts_of)) == known
    letters = letters_of(column)
    assert letters.listed() == list(letters) == ["" if cell is None else cell for cell in known]


@given(blocks=st.lists(st.lists(CELL, min_size=1, max_size=20), max_size=4), is_hashed=st.booleans())
def test_letters_get_the_numbers_of_their_texts(blocks: list[list[Any]], is_hashed: bool) -> None:
    with pytest.MonkeyPatch.context() as patched:
        if not COMPILED:  # compiled, there is one kind of table
            patched.setattr(texts, "TextTable", lambda: TextTable(is_hashed))
        one, other = Texts(), Texts()
        for place, cells in enumerate(blocks):
            known = [None if is_absent(cell) else cell for cell in cells]
            listed = [each for each in known if each is not None]
            if place % 2:
                numbers = list(one.numbers("chat", listed))
            else:
                every = one.numbers("chat", letters_of(pa.array(cells, "string")))
                numbers = [number for number, each in zip(every, known, strict=True) if each is not None]
            assert numbers == list(other.numbers("chat", listed))
        assert one.texts == other.texts


@pytest.mark.parametrize(
    ("column", "separator"),
    [
        (pa.array(["a|b", "c"]), "|"),
        (pa.array([], pa.string()), None),
        (pa.array([b"a", b"b"]), None),
        (pa.array([1, 2]), None),
        (pa.array([b"a", b"\xff"]).cast(pa.string(), safe=False), None),
        (pa.array([b"\xc3", b"\xa9"]).cast(pa.string(), safe=False), None),
    ],
    ids=["split", "empty", "bytes", "integers", "no UTF-8", "UTF-8 of two cells"],
)
def test_what_is_no_column_of_whole_texts_is_read_otherwise(column: Any, separator: str | None) -> None:
    assert read_texts(pa, column, separator) is None


def test_a_separator_that_no_cell_has_splits_nothing() -> None:
    read = read_texts(pa, pa.array(["a", None, "b"]), "|")
    assert read is not None
    assert (told(read), read.split_cells) == (["a", None, "b"], 0)
