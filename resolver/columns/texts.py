"""Texts: the numbers of raw texts, given out one by one or for many that are different."""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.kernel import rows
from resolver.kernel.text_table import TextTable
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
    >>> texts.numbers("chat", ["x", "a@b.cc", None])
    [2, 1, 3]
    """

    def __init__(self) -> None:
        self.texts: list[Any] = []
        self.type_of = array("i")
        self.id_types: list[IdType] = []
        self.tables: dict[IdType, TextTable] = {}
        """What finds the texts of an idType; and the numbers of the idTypes without a value."""
        self.without: dict[IdType, int] = {}
        self._kinds: dict[IdType, int] = {}

    def number(self, id_type: IdType, text: str | None) -> int:
        """Return the number of a text."""
        table = self.tables.get(id_type)
        return self._number_in(self._table(id_type) if table is None else table, id_type, text)

    def take(self, identifiers: "dict[IdType, Any]", idents: list[int]) -> None:
        """Add the numbers of the identifiers of a line: texts, lists of them, and None where none is given."""
        for id_type, raw in identifiers.items():
            if type(raw) is str:
                idents.append(self.number(id_type, raw))
            elif raw:
                idents.extend([self.number(id_type, text) for text in raw])
            elif raw is not None:
                idents.append(self.number(id_type, None))

    def no_text(self, id_type: IdType, raw: object) -> int:
        """Number what is no text, which no normalization reads; 1, 1.0 and True are reported apart."""
        self._table(id_type)
        return self._new(id_type, NoText(raw))

    def forget(self) -> None:
        """Let go of what finds texts again: those to come get new numbers."""
        self.tables.clear()
        self.without.clear()

    def given(self, number: int) -> tuple[IdType, object]:
        """Return a text with its idType; or what stood in the place of one, None for nothing."""
        text = self.texts[number]
        return self.id_types[self.type_of[number]], text.raw if type(text) is NoText else text

    def numbers(self, id_type: IdType, texts: Sequence[str | None]) -> list[int]:
        """Return the number of each of some texts, which are different from each other."""
        table = self._table(id_type)
        return [self._number_in(table, id_type, text) for text in texts]

    def _number_in(self, table: TextTable, id_type: IdType, text: str | None) -> int:
        """The number of a text, which stands in the table of its idType or is entered there."""
        number: int
        if text is None:
            if id_type not in self.without:
                self.without[id_type] = self._new(id_type, None)
            number = self.without[id_type]
        else:
            number = table.find(self.texts, text)
            if number < 0:
                number = self._new(id_type, text)
                table.enter(text, rows.ValueRow(number))  # type: ignore[arg-type]  # a text as it was given
        return number

    def _table(self, id_type: IdType) -> TextTable:
        table = self.tables.get(id_type)
        if table is None:
            table = self.tables[id_type] = TextTable()
            if id_type not in self._kinds:
                self._kinds[id_type] = len(self.id_types)
                self.id_types.append(id_type)
        return table

    def _new(self, id_type: IdType, text: object) -> int:
        self.texts.append(text)
        self.type_of.append(self._kinds[id_type])
        return len(self.texts) - 1
