"""Texts: the numbers of raw texts, given out one by one or for many that are different."""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.kernel.columns import beginning, longer
from resolver.kernel.rows import Column
from resolver.kernel.text_table import TextTable
from resolver.names import IdType

ROOM = 4096
"""How many integers are held before they are added to a column."""


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
    array('i', [2, 1, 3])
    """

    def __init__(self) -> None:
        self.texts: list[Any] = []
        self.taken: Column[Any, Any] = array("i", bytes(4 * ROOM))
        """The numbers of the identifiers that were taken, as many as ``n_taken``."""
        self.n_taken = 0
        self._type_of = array("i")
        self._latest: Column[Any, Any] = array("i", bytes(4 * ROOM))
        """The idTypes of the latest texts, which are not in the column yet."""
        self._n_latest = 0
        self.id_types: list[IdType] = []
        self._kinds: dict[IdType, int] = {}
        self._tables: dict[IdType, TextTable] = {}
        self._nothing: dict[IdType, int] = {}

    def number(self, id_type: IdType, text: str | None) -> int:
        """Return the number of a text."""
        if text is None:
            return self._number_of_nothing(id_type)
        table = self._tables.get(id_type)
        if table is None:
            table = self._tables[id_type] = TextTable()
        number: int = table.find(self.texts, text)
        if number < 0:
            number = self._new(id_type, text)
            table.enter(text, number)  # type: ignore[arg-type]  # it finds any text
        return number

    @property
    def type_of(self) -> "array[int]":
        """The idType of each text, as its place in ``id_types``."""
        if self._n_latest:
            self._type_of.extend(beginning(self._latest, self._n_latest))
            self._n_latest = 0
        return self._type_of

    def take(self, id_type: IdType, text: str | None) -> None:
        """Take an identifier."""
        self.take_number(self.number(id_type, text))

    def take_number(self, number: int) -> None:
        """Take the identifier with a number."""
        if self.n_taken == len(self.taken):
            self.taken = longer(self.taken, 2 * self.n_taken)
        self.taken[self.n_taken] = number
        self.n_taken += 1

    def take_all(self, identifiers: "dict[IdType, Any]") -> None:
        """Take the identifiers of a line: texts, lists of them, and None where none is given."""
        for id_type, raw in identifiers.items():
            if type(raw) is str:
                self.take(id_type, raw)
            elif raw:
                for text in raw:
                    self.take(id_type, text)
            elif raw is not None:
                self.take(id_type, None)

    def end(self) -> "array[int]":
        """Return what was taken since this was asked last."""
        taken = beginning(self.taken, self.n_taken)
        self.n_taken = 0
        return taken

    def restore(self, texts: list[Any], type_of: "array[int]", id_types: list[IdType]) -> None:
        """Let these be the texts so far."""
        self.texts, self._type_of, self.id_types = texts, type_of, id_types
        self._kinds = {id_type: kind for kind, id_type in enumerate(id_types)}

    def no_text(self, id_type: IdType, raw: object) -> int:
        """Number what is no text, which no normalization reads; 1, 1.0 and True are reported apart."""
        return self._new(id_type, NoText(raw))

    def forget(self) -> None:
        """Let go of what finds texts again: those to come get new numbers."""
        self._tables.clear()
        self._nothing.clear()

    def given(self, number: int) -> tuple[IdType, object]:
        """Return a text with its idType; or what stood in the place of one, None for nothing."""
        text = self.texts[number]
        return self.id_types[self.type_of[number]], text.raw if type(text) is NoText else text

    def numbers(self, id_type: IdType, texts: Sequence[str | None]) -> "array[int]":
        """Return the number of each of some texts."""
        return array("i", [self.number(id_type, text) for text in texts])

    def _number_of_nothing(self, id_type: IdType) -> int:
        number = self._nothing.get(id_type)
        if number is None:
            number = self._nothing[id_type] = self._new(id_type, None)
        return number

    def _new(self, id_type: IdType, text: object) -> int:
        kind = self._kinds.get(id_type)
        if kind is None:
            kind = self._kinds[id_type] = len(self.id_types)
            self.id_types.append(id_type)
        number = len(self.texts)
        self.texts.append(text)
        self._latest[self._n_latest] = kind
        self._n_latest += 1
        if self._n_latest == ROOM:
            assert self.type_of is not None
        return number

    def __reduce__(self) -> "tuple[Any, tuple[Any, ...]]":
        return _texts, (self.texts, self.type_of, self.id_types)


def _texts(texts: list[Any], type_of: "array[int]", id_types: list[IdType]) -> Texts:
    """Return texts that were pickled, without what finds them: those to come get new numbers."""
    restored = Texts()
    restored.restore(texts, type_of, id_types)
    return restored
