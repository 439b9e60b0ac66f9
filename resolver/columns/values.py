"""Values that two runs share: those of one run for another one, and the rows of the same values in both.

Reading a text is most of the work of executing a history once more under other settings; most settings that are tried
read all texts alike, and differ in limits and rules only.
"""

from array import array
from collections.abc import Mapping
from typing import Any

from resolver.history.column_loops import renumber
from resolver.kernel import codes, rows
from resolver.kernel.columns import copied, filled
from resolver.kernel.rows import Integers, TypeNumber
from resolver.kernel.tables import Tables
from resolver.names import IdType

Normalizations = Mapping[IdType, tuple[Any, Any]]
"""For each configured idType what names its normalization, and the caller's function, if it is one."""


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
        return self._value_of[:]


def find_values(t: Tables, there: Tables, kinds: Integers, known: Integers) -> None:
    """Set for every value of a store its row in another one, if that has it; ``kinds`` are the idTypes there.

    An idType that has none there is ``NOBODY``. O(values), and nearly nothing where both stores have the same rows.

    >>> from resolver import Engine
    >>> one, other = Engine(), Engine()
    >>> _ = one.resolve({"email": "a@b.cc"}), other.resolve({"chat": "x"}), other.resolve({"email": "a@b.cc"})
    >>> known = array("i", [-1, -1])
    >>> _ = find_values(other._tables, one._tables, array("i", [0, 1, 2, 3]), known)
    >>> known.tolist()
    [-1, 0]
    """
    for place in range(t.n_values):
        value = rows.ValueRow(place)
        kind = kinds[t.kind[value]]
        if kind >= 0:
            text = t.text[value]
            if place < there.n_values and there.kind[value] == kind and there.text[value] == text:
                known[place] = place
            else:
                table = there.index[kind]
                found = table.find(there.text, text)
                if found != codes.NO_VALUE:
                    known[place] = found
