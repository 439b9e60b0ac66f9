"""Compounds: which profiles may satisfy a compound rule, found by pairs of values (R7).

Whoever satisfies ``phone AND lastName AND zip`` holds a wanted phone together with a wanted last name, and a
wanted last name together with a wanted zip. So each two neighbouring types of a rule have a table from a pair of
values to its holders, which rules that name the same two types share. Every type of a rule is in one of its
pairs, and the pair with the fewest holders gives the candidates: a popular value costs nothing as long as another
one beside it is rare, and the size of the store nothing at all. Pairs and not whole combinations, for these
multiply with every type that a rule names.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from resolver.names import IdType, ProfileId, Value
from resolver.structures.held import Held, values_of
from resolver.structures.slots import Slot, copied, holders, put, take

Pair = tuple[IdType, IdType]
Key = tuple[Value, Value]
Table = dict[Key, Slot]


class Compounds:
    """One table per pair of types, from two values to the profiles that hold both.

    *rules* are the types of every compound rule. A profile with 2 phones, 3 last names and 1 zip has 6 + 3 keys
    under ``phone AND lastName AND zip``: memory and the cost of a merge grow with the products of two lists.

    >>> index = Compounds([("phone", "name", "zip")])
    >>> index.add_all("p1", ("phone", 0, 1, "555", "name", 0, 1, "Ada", "zip", 0, 1, "46202"))
    >>> index.candidates(("phone", "name", "zip"), [["555", "556"], ["Ada"], ["46202"]])
    ['p1']
    """

    __slots__ = ("_tables",)

    def __init__(self, rules: Sequence[tuple[IdType, ...]]) -> None:
        self._tables: dict[Pair, Table] = {pair: {} for types in rules for pair in _pairs(types)}

    def __bool__(self) -> bool:
        return bool(self._tables)

    def serves(self, rules: Sequence[tuple[IdType, ...]]) -> bool:
        """Tell whether these are the tables that the rules need, no more and no fewer."""
        return self._tables.keys() == {pair for types in rules for pair in _pairs(types)}

    def candidates(self, types: tuple[IdType, ...], choices: Sequence[Sequence[Value]]) -> list[ProfileId]:
        """Give every profile that holds one of the *choices* of each of a rule's types; some may come twice.

        For a rule of two types these are all and no others. For a longer one others may be among them, who lack a
        value of a further type. Costs a look-up for every two choices of neighbouring types (10,000 for profiles
        with 100 values of each), and the holders of the pair that has the fewest.
        """
        chosen = dict(zip(types, choices, strict=True))
        fewest: list[Slot] = []
        least = 0
        for pair in _pairs(types):
            table = self._tables[pair]
            slots = [table[key] for key in product(chosen[pair[0]], chosen[pair[1]]) if key in table]
            size = sum(1 if isinstance(slot, str) else len(slot) for slot in slots)
            if not size:
                return []
            if not least or size < least:
                fewest, least = slots, size
        return [profile_id for slot in fewest for profile_id in holders(slot)]

    def add(self, profile_id: ProfileId, held: Held, id_type: IdType, value: Value) -> None:
        """Enter the pairs of a value that the profile now holds."""
        for table, key in self._keys(held, id_type, value):
            put(table, key, profile_id)

    def discard(self, profile_id: ProfileId, held: Held, id_type: IdType, value: Value) -> None:
        """Remove the pairs of a value that the profile no longer holds; *held* is the rest."""
        for table, key in self._keys(held, id_type, value):
            take(table, key, profile_id)

    def add_all(self, profile_id: ProfileId, held: Held) -> None:
        """Enter every pair of a profile."""
        for table, key in self._all_keys(held):
            put(table, key, profile_id)

    def discard_all(self, profile_id: ProfileId, held: Held) -> None:
        """Remove every pair of a profile."""
        for table, key in self._all_keys(held):
            take(table, key, profile_id)

    def copy(self) -> "Compounds":
        """Give an independent copy. O(keys)."""
        other = Compounds(())
        other._tables = {pair: copied(table) for pair, table in self._tables.items()}
        return other

    def _keys(self, held: Held, id_type: IdType, value: Value) -> Iterator[tuple[Table, Key]]:
        for (one, other), table in self._tables.items():
            if id_type == one:
                for beside in values_of(held, other):
                    yield table, (value, beside)
            elif id_type == other:
                for beside in values_of(held, one):
                    yield table, (beside, value)

    def _all_keys(self, held: Held) -> Iterator[tuple[Table, Key]]:
        for (one, other), table in self._tables.items():
            for key in product(values_of(held, one), values_of(held, other)):
                yield table, key

    def _check(self, holdings: dict[ProfileId, Held]) -> None:
        right = Compounds(())
        right._tables = {pair: {} for pair in self._tables}
        for profile_id, held in holdings.items():
            right.add_all(profile_id, held)
        for pair, table in right._tables.items():
            here = {key: set(holders(slot)) for key, slot in self._tables[pair].items()}
            assert here == {key: set(holders(slot)) for key, slot in table.items()}, pair


def _pairs(types: tuple[IdType, ...]) -> Iterator[Pair]:
    """Give the neighbouring types of a rule, each two in one order whatever the rule's own.

    >>> list(_pairs(("phone", "name", "zip")))
    [('name', 'phone'), ('name', 'zip')]
    """
    for one, other in pairwise(types):
        yield (one, other) if one < other else (other, one)
