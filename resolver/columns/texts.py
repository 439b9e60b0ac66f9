"""Texts: the numbers of raw texts, given out one by one or for many of a block together; and their values.

Reading a text is most of the work of executing a history once more under other settings; most settings that are tried
read all texts alike, and differ in limits and rules only. So a run that is finished has its values kept for others.
"""

from array import array
from collections.abc import Iterable, Mapping
from typing import Any

from resolver.history import letters
from resolver.history.column_loops import renumber
from resolver.history.letters import Letters
from resolver.kernel import codes
from resolver.kernel.columns import beginning, copied, filled, longer
from resolver.kernel.rows import Column, TypeNumber
from resolver.kernel.tables import Tables
from resolver.kernel.text_table import TextTable
from resolver.names import IdType

ALL = 1 << 62
"""More texts than there are."""

ROOM = 4096
"""How many integers are held before they are added to a column."""

Normalizations = Mapping[IdType, tuple[Any, Any]]
"""For each configured idType what names its normalization, and the caller's function, if it is one."""


class NoText:
    """Something that stood where a text belongs."""

    __slots__ = ("raw",)

    def __init__(self, raw: object) -> None:
        self.raw = raw


class TextsOfType:
    """The texts of one idType: what finds their numbers, and those that wait for one."""

    __slots__ = ("kind", "nothing", "places", "table", "waiting")

    def __init__(self, kind: int) -> None:
        self.kind = kind
        """The number of the idType."""
        self.table = TextTable()
        self.nothing = codes.NONE
        """The number of the idType without a value; ``NONE`` if it was not named so."""
        self.waiting: list[str] = []
        self.places: Column[Any, Any] = array("i", bytes(4 * ROOM))
        """Where the number of each of those that wait is to stand among those that were taken."""


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
        self.different = ALL
        """How many texts there are, from the first on, of which each is another; later ones may repeat them."""
        self.taken: Column[Any, Any] = array("i", bytes(4 * ROOM))
        """The numbers of the identifiers that were taken, as many as ``n_taken``."""
        self.n_taken = 0
        self._type_of = array("i")
        self._latest: Column[Any, Any] = array("i", bytes(4 * ROOM))
        """The idTypes of the latest texts, which are not in the column yet."""
        self._n_latest = 0
        self.id_types: list[IdType] = []
        self._of: dict[IdType, TextsOfType] = {}
        self._marks = filled("q", 0, codes.AHEAD)

    def number(self, id_type: IdType, text: str | None) -> int:
        """Return the number of a text."""
        return self._number_in(self._texts_of(id_type), text)

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
        """Take the identifiers of a line: texts, lists of them, and None where none is given.

        They wait for their numbers until the block ends.
        """
        for id_type, raw in identifiers.items():
            if type(raw) is str:
                self._take_later(id_type, raw)
            elif raw:
                for text in raw:
                    self._take_later(id_type, text)
            elif raw is not None:
                self.take(id_type, None)

    def _take_later(self, id_type: IdType, text: str) -> None:
        of = self._texts_of(id_type)
        count = len(of.waiting)
        if count == len(of.places):
            of.places = longer(of.places, 2 * count)
        of.places[count] = self.n_taken
        of.waiting.append(text)
        self.take_number(codes.NONE)

    def end(self) -> "array[int]":
        """Return what was taken since this was asked last."""
        for of in self._of.values():
            self._number_waiting(of)
        taken = beginning(self.taken, self.n_taken)
        self.n_taken = 0
        return taken

    def restore(self, texts: list[Any], type_of: "array[int]", id_types: list[IdType], different: int) -> None:
        """Let these be the texts so far, of which so many are different."""
        self.texts, self._type_of, self.id_types, self.different = texts, type_of, id_types, different
        self.forget()

    def no_text(self, id_type: IdType, raw: object) -> int:
        """Number what is no text, which no normalization reads; 1, 1.0 and True are reported apart."""
        return self._new(self._texts_of(id_type), NoText(raw))

    def forget(self) -> None:
        """Let go of what finds texts again: those to come get new numbers."""
        self.different = min(self.different, len(self.texts))
        self._of = {id_type: TextsOfType(kind) for kind, id_type in enumerate(self.id_types)}

    def given(self, number: int) -> tuple[IdType, object]:
        """Return a text with its idType; or what stood in the place of one, None for nothing."""
        text = self.texts[number]
        return self.id_types[self.type_of[number]], text.raw if type(text) is NoText else text

    def numbers(self, id_type: IdType, texts: Iterable[str | None]) -> "array[int]":
        """Return the number of each of some texts; of letters, what is no text has none."""
        if isinstance(texts, Letters):
            return self._numbers_of_letters(self._texts_of(id_type), texts.letters, texts.ends, texts.codes)
        given = list(texts)
        found: Column[Any, Any] = array("i", bytes(4 * len(given)))
        self._number_all(self._texts_of(id_type), given, found)
        return beginning(found, len(given))

    def _number_waiting(self, of: TextsOfType) -> None:
        """Number the texts that wait."""
        size = len(of.waiting)
        found: Column[Any, Any] = array("i", bytes(4 * size))
        self._number_all(of, of.waiting, found)
        for place in range(size):
            self.taken[of.places[place]] = found[place]
        of.waiting = []

    def _number_all(self, of: TextsOfType, given: list[Any], found: Column[Any, Any]) -> None:
        """Set the number of each of some texts."""
        start, size = 0, len(given)
        while start < size:
            end = min(start + codes.AHEAD, size)
            of.table.look_ahead(self.texts, given, start, end, self._marks)
            for place in range(start, end):
                found[place] = self._number_in(of, given[place])
            start = end

    def _numbers_of_letters(
        self, of: TextsOfType, data: bytes, ends: Column[Any, Any], rows: Column[Any, Any]
    ) -> "array[int]":
        """The number of each text of a column of letters. An object is made of one that is new."""
        start, size, base, seen = 0, len(rows), ends[0], 0
        found: Column[Any, Any] = array("i", bytes(4 * size))
        while start < size:
            end = min(start + codes.AHEAD, size)
            last = len(of.table.slots) - 1
            for place in range(start, end):
                if rows[place] >= 0:
                    self._marks[place - start] = letters.hash_between(data, ends[place] - base, ends[place + 1] - base)
            if last >= 0:
                for place in range(start, end):  # what is asked for next is fetched together, as by ``look_ahead``
                    if rows[place] >= 0:
                        mark = self._marks[place - start] & 0x7FFFFFFF
                        slot = of.table.slots[mark & last]
                        if slot >> 32 == mark:
                            seen += len(self.texts[slot & 0x7FFFFFFF])
            for place in range(start, end):
                if rows[place] >= 0:
                    first, after, known = ends[place] - base, ends[place + 1] - base, self._marks[place - start]
                    found[place] = self._number_of_letters(of, data, first, after, known)
            start = end
        return beginning(found, size)

    def _number_of_letters(self, of: TextsOfType, data: bytes, start: int, end: int, known: int) -> int:
        """The number of a text of letters, of which the hash is *known*; a new one if need be."""
        if known == letters.OTHER or of.table.rows is not None:
            return self._number_in(of, data[start:end].decode("utf-8"))
        mark = known & 0x7FFFFFFF
        last = len(of.table.slots) - 1
        place = mark & last
        slot = of.table.slots[place]
        while slot != codes.NONE:
            if slot >> 32 == mark and letters.is_between(self.texts[slot & 0x7FFFFFFF], data, start, end):
                return slot & 0x7FFFFFFF
            place = place + 1 & last
            slot = of.table.slots[place]
        number = self._new(of, letters.ascii_between(data, start, end, known))
        of.table.enter_marked(mark, number)  # type: ignore[arg-type]  # it finds any text
        return number

    def _number_in(self, of: TextsOfType, text: str | None) -> int:
        """The number of a text; a new one if need be."""
        if text is None:
            if of.nothing == codes.NONE:
                of.nothing = self._new(of, None)
            return of.nothing
        number: int = of.table.find(self.texts, text)
        if number < 0:
            number = self._new(of, text)
            of.table.enter(text, number)  # type: ignore[arg-type]  # it finds any text
        return number

    def _texts_of(self, id_type: IdType) -> TextsOfType:
        of = self._of.get(id_type)
        if of is None:
            of = self._of[id_type] = TextsOfType(len(self.id_types))
            self.id_types.append(id_type)
        return of

    def _new(self, of: TextsOfType, text: object) -> int:
        number = len(self.texts)
        self.texts.append(text)
        self._latest[self._n_latest] = of.kind
        self._n_latest += 1
        if self._n_latest == ROOM:
            assert self.type_of is not None
        return number

    def __reduce__(self) -> "tuple[Any, tuple[Any, ...]]":
        return _texts, (self.texts, self.type_of, self.id_types, self.different)


def _texts(texts: list[Any], type_of: "array[int]", id_types: list[IdType], different: int) -> Texts:
    """Return texts that were pickled, without what finds them: those to come get new numbers."""
    restored = Texts()
    restored.restore(texts, type_of, id_types, different)
    return restored


class Values:
    """The values of a run that is finished: a row of its tables for every text, or a mark.

    *numbers* are the numbers of the idTypes in those tables.
    """

    __slots__ = ("_normalizations", "_numbers", "_tables", "_value_of")

    def __init__(
        self,
        normalizations: Normalizations,
        numbers: Mapping[IdType, TypeNumber],
        value_of: "array[int]",
        tables: Tables,
    ) -> None:
        self._normalizations = normalizations
        self._numbers = numbers
        self._value_of = value_of
        self._tables = tables

    def serve(self, normalizations: Normalizations) -> bool:
        """Whether texts become the same under these settings: they have the same idTypes, each read alike."""
        mine = self._normalizations
        return self._numbers.keys() == mine.keys() == normalizations.keys() and all(
            mine[id_type][0] == name and mine[id_type][1] is own for id_type, (name, own) in normalizations.items()
        )

    def put_into(self, tables: Tables, numbers: Mapping[IdType, TypeNumber]) -> "array[int]":
        """Let tables without values have these; the row of each text in them. O(values), as blocks of memory."""
        before = self._tables
        mapping = array("i", bytes(4 * len(before.index)))
        for id_type, number in self._numbers.items():
            mapping[number] = numbers[id_type]
            tables.index[numbers[id_type]].take_all(before.index[number])
        tables.text = before.text[:]  # type: ignore[assignment,index]  # a list
        tables.kind = copied(before.kind)
        renumber(tables.kind, mapping)  # type: ignore[arg-type]  # a column of numbers of idTypes
        tables.owner = filled("i", codes.NOBODY, len(tables.kind))
        tables.n_values = before.n_values
        return copied(self._value_of)
