"""Texts: the numbers of raw texts, given out one by one or for a whole column of a table."""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from resolver.names import IdType


class NoText:
    """Something that stood where a text belongs."""

    __slots__ = ("raw",)

    def __init__(self, raw: object) -> None:
        self.raw = raw


class Texts:
    """Every different raw text of an idType has a number, from its first place on; None is an idType without a value.

    Text ``i`` is ``texts[i]`` of the idType ``id_types[type_of[i]]``.

    >>> texts = Texts()
    >>> texts.number("email", "a@b.cc"), texts.number("chat", "a@b.cc"), texts.number("email", "a@b.cc")
    (0, 1, 0)
    >>> texts.of_column("chat", ["x", "", "y|z"], lambda cell: cell.split("|"))
    [2, -1, [3, 4]]
    """

    def __init__(self) -> None:
        self.texts: list[Any] = []
        self.type_of = array("i")
        self.id_types: list[IdType] = []
        self.tables: dict[IdType, dict[str | None, int]] = {}

    def number(self, id_type: IdType, text: str | None) -> int:
        """Give the number of a text."""
        table = self._table(id_type)
        number = table.get(text)
        if number is None:
            number = table[text] = self._new(id_type, text)
        return number

    def no_text(self, id_type: IdType, raw: object) -> int:
        """Give a number to what is no text, which no normalization reads; 1, 1.0 and True are reported apart."""
        self._table(id_type)
        return self._new(id_type, NoText(raw))

    def given(self, number: int) -> tuple[IdType, object]:
        """Return a text with its idType; or what stood in the place of one, None for nothing."""
        text = self.texts[number]
        return self.id_types[self.type_of[number]], text.raw if type(text) is NoText else text

    def of_column(
        self,
        id_type: IdType,
        cells: Sequence[Any],
        texts_of: Callable[[Any], Sequence[str]],
        separator: str | None = None,
    ) -> list[int | list[int]]:
        """Return the number of the text in every cell: -1 where there is none, a list where there are several.

        *texts_of* reads a cell, and is asked once for a text that is new, or that has the *separator* at which it
        splits: another column may have the same text unsplit. About four dict look-ups a cell.
        """
        table = self._table(id_type)
        table.setdefault(None, -1)  # in a table, both are cells without a text
        table.setdefault("", -1)
        try:
            different = dict.fromkeys(cells)
            unknown = [cell for cell in different if cell not in table or (separator and cell and separator in cell)]
        except TypeError:  # a list of texts is no key
            return [self._several(id_type, texts_of(cell)) for cell in cells]
        others: dict[Any, Sequence[str]] = {}
        new = []
        for cell in unknown:
            texts = texts_of(cell)
            if len(texts) == 1 and texts[0] is cell:
                new.append(cell)
            else:
                others[cell] = texts
        table.update(zip(new, range(len(self.texts), len(self.texts) + len(new)), strict=True))
        self.texts.extend(new)
        self.type_of.extend([self.id_types.index(id_type)] * len(new))
        if not others:
            return [*map(table.__getitem__, cells)]
        numbers = {cell: self._several(id_type, texts) for cell, texts in others.items()}
        return [numbers[cell] if cell in numbers else table[cell] for cell in cells]

    def _several(self, id_type: IdType, texts: Sequence[str]) -> int | list[int]:
        given = [self.number(id_type, text) for text in texts]
        return given[0] if len(given) == 1 else given or -1

    def _table(self, id_type: IdType) -> dict[str | None, int]:
        table = self.tables.get(id_type)
        if table is None:
            table = self.tables[id_type] = {}
            self.id_types.append(id_type)
        return table

    def _new(self, id_type: IdType, text: object) -> int:
        self.texts.append(text)
        self.type_of.append(self.id_types.index(id_type))
        return len(self.texts) - 1


def across(columns: Sequence[Sequence[int | list[int]]], rows: int) -> tuple[list[int], list[int]]:
    """Give the numbers of columns row by row, and how many each row has.

    >>> across([[1, -1, 2], [-1, -1, [3, 4]]], 3)
    ([1, 2, 3, 4], [1, 0, 3])
    """
    if not columns:
        return [], [0] * rows
    if any(list in map(type, column) for column in columns):
        spread = [[*_spread(row)] for row in zip(*columns, strict=True)]
        return [*chain.from_iterable(spread)], [*map(len, spread)]
    flat: Any = chain.from_iterable(zip(*columns, strict=True))
    counts = [len(columns) - row.count(-1) for row in zip(*columns, strict=True)]
    return [number for number in flat if number >= 0], counts


def _spread(row: Sequence[int | list[int]]) -> Sequence[int]:
    lists = (number if isinstance(number, list) else [number] for number in row)
    return [number for number in chain.from_iterable(lists) if number >= 0]
