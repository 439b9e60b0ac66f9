"""Texts: the numbers of raw texts, given out one by one or for many that are different."""

from array import array
from collections.abc import Sequence
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
    >>> texts.numbers("chat", ["x", "a@b.cc", None])
    [2, 1, 3]
    """

    def __init__(self) -> None:
        self.texts: list[Any] = []
        self.type_of = array("i")
        self.id_types: list[IdType] = []
        self.tables: dict[IdType, dict[str | None, int]] = {}
        self._kinds: dict[IdType, int] = {}

    def number(self, id_type: IdType, text: str | None) -> int:
        """Return the number of a text."""
        table = self.tables.get(id_type)
        if table is None:
            table = self._table(id_type)
        fresh = len(self.texts)
        number = table.setdefault(text, fresh)
        if number == fresh:
            self.texts.append(text)
            self.type_of.append(self._kinds[id_type])
        return number

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

    def given(self, number: int) -> tuple[IdType, object]:
        """Return a text with its idType; or what stood in the place of one, None for nothing."""
        text = self.texts[number]
        return self.id_types[self.type_of[number]], text.raw if type(text) is NoText else text

    def numbers(self, id_type: IdType, texts: Sequence[str | None]) -> list[int]:
        """Return the number of each of some texts, which are different from each other."""
        table = self._table(id_type)
        found = [*map(table.get, texts)]
        new = [text for text, number in zip(texts, found, strict=True) if number is None]
        places = range(len(self.texts), len(self.texts) + len(new))
        table.update(zip(new, places, strict=True))
        self.texts.extend(new)
        self.type_of.extend([self._kinds[id_type]] * len(new))
        fresh = iter(places)
        return [next(fresh) if number is None else number for number in found]

    def _table(self, id_type: IdType) -> dict[str | None, int]:
        table = self.tables.get(id_type)
        if table is None:
            table = self.tables[id_type] = {}
            if id_type not in self._kinds:
                self._kinds[id_type] = len(self.id_types)
                self.id_types.append(id_type)
        return table

    def _new(self, id_type: IdType, text: object) -> int:
        self.texts.append(text)
        self.type_of.append(self._kinds[id_type])
        return len(self.texts) - 1
