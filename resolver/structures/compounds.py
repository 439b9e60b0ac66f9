"""Compounds: for each compound rule, which profiles hold which combination of values (R7).

Indexed by the whole combination, so that neither a popular value nor a large store makes a command scan: a
profile with 2 phones and 3 last names has 6 keys under ``phone AND lastName``.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from resolver.names import IdType, ProfileId, Value
from resolver.rules.rulebook import Rule
from resolver.structures.held import Held, values_of
from resolver.structures.slots import Slot, copied, holders, put, take

Key = tuple[Value, ...]


class Compounds:
    """One table per compound rule, from a combination of values to its holders."""

    __slots__ = ("_rules", "_tables")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._tables: dict[tuple[IdType, ...], dict[Key, Slot]] = {rule.types: {} for rule in rules}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def holders(self, rule: Rule, choices: Sequence[Sequence[Value]]) -> Iterator[ProfileId]:
        """Give the profiles that hold one of the *choices* of each of the rule's types; some may come twice.

        O(combinations of the choices + profiles found).
        """
        table = self._tables[rule.types]
        for key in product(*choices):
            yield from holders(table.get(key))

    def add(self, profile_id: ProfileId, held: Held, id_type: IdType, value: Value) -> None:
        """Enter the combinations of a value that the profile now holds."""
        for table, key in self._keys(held, id_type, value):
            put(table, key, profile_id)

    def discard(self, profile_id: ProfileId, held: Held, id_type: IdType, value: Value) -> None:
        """Remove the combinations of a value that the profile no longer holds; *held* is the rest."""
        for table, key in self._keys(held, id_type, value):
            take(table, key, profile_id)

    def add_all(self, profile_id: ProfileId, held: Held) -> None:
        """Enter every combination of a profile."""
        for table, key in self._all_keys(held):
            put(table, key, profile_id)

    def discard_all(self, profile_id: ProfileId, held: Held) -> None:
        """Remove every combination of a profile."""
        for table, key in self._all_keys(held):
            take(table, key, profile_id)

    def copy(self) -> "Compounds":
        """Give an independent copy. O(keys)."""
        other = Compounds(self._rules)
        other._tables = {types: copied(table) for types, table in self._tables.items()}
        return other

    def _keys(self, held: Held, id_type: IdType, value: Value) -> Iterator[tuple[dict[Key, Slot], Key]]:
        for rule in self._rules:
            if id_type in rule.types:
                choices = [[value] if kind == id_type else values_of(held, kind) for kind in rule.types]
                for key in product(*choices):
                    yield self._tables[rule.types], key

    def _all_keys(self, held: Held) -> Iterator[tuple[dict[Key, Slot], Key]]:
        for rule in self._rules:
            for key in product(*(values_of(held, kind) for kind in rule.types)):
                yield self._tables[rule.types], key

    def _check(self, holdings: dict[ProfileId, Held]) -> None:
        right = Compounds(self._rules)
        for profile_id, held in holdings.items():
            right.add_all(profile_id, held)
        for types, table in right._tables.items():
            here = {key: set(holders(slot)) for key, slot in self._tables[types].items()}
            assert here == {key: set(holders(slot)) for key, slot in table.items()}, types
