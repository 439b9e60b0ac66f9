"""Held: what the profiles of an explanation held at a moment, and which lines had brought it.

It answers what matching asks of a store, so that the engine's own matching can be asked once more.
"""

from collections.abc import Sequence
from typing import TypeAlias

from resolver.names import IdType, ProfileId, Value
from resolver.rules.rulebook import Rule, Rulebook
from resolver.rules.similarity import similar

Lines: TypeAlias = tuple[int, ...]
"""The numbers of the commands that added a value."""


class Held:
    """The values of some profiles, each with the lines that added it; profiles merge and vanish."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self._parts: dict[ProfileId, dict[IdType, dict[Value, Lines]]] = {}
        self._owners: dict[tuple[IdType, Value], dict[ProfileId, None]] = {}
        self._root: dict[ProfileId, ProfileId] = {}

    def root(self, profile_id: ProfileId) -> ProfileId:
        """Give the canonical id now."""
        while profile_id in self._root:
            profile_id = self._root[profile_id]
        return profile_id

    def create(self, profile_id: ProfileId) -> None:
        """Start an empty profile."""
        self._parts[profile_id] = {}

    def add(self, profile_id: ProfileId, id_type: IdType, value: Value, lines: Lines) -> None:
        """Add a value; one that is held already is brought by these lines as well."""
        values = self._parts[profile_id].setdefault(id_type, {})
        values[value] = (*values.get(value, ()), *lines)
        self._owners.setdefault((id_type, value), {})[profile_id] = None

    def drop(self, profile_id: ProfileId, id_type: IdType, value: Value) -> None:
        """Take a value away."""
        del self._parts[profile_id][id_type][value]
        del self._owners[id_type, value][profile_id]

    def merge(self, survivor: ProfileId, absorbed: Sequence[ProfileId]) -> None:
        """Move all values of some profiles to another. O(values moved)."""
        for profile_id in absorbed:
            self._root[profile_id] = survivor
            for id_type, value, lines in self.all(profile_id):
                del self._owners[id_type, value][profile_id]
                self.add(survivor, id_type, value, lines)
            del self._parts[profile_id]

    def all(self, profile_id: ProfileId) -> list[tuple[IdType, Value, Lines]]:
        """Give every value of a profile."""
        parts = self._parts[profile_id].items()
        return [(id_type, value, lines) for id_type, values in parts for value, lines in values.items()]

    def lines(self, profile_id: ProfileId, id_type: IdType) -> dict[Value, Lines]:
        """Give the values of a type, each with the lines that added it."""
        return self._parts[profile_id].get(id_type, {})

    # What matching asks

    def values(self, profile_id: ProfileId, id_type: IdType) -> Sequence[Value]:
        """Give the values that a profile holds."""
        return tuple(self.lines(profile_id, id_type))

    def owners(self, id_type: IdType, value: Value) -> Sequence[ProfileId]:
        """Give the profiles that hold exactly this value."""
        return tuple(self._owners.get((id_type, value), ()))

    def alike(self, id_type: IdType, value: Value) -> Sequence[ProfileId]:
        """Give the profiles that hold a similar value (R8)."""
        return tuple(each for each in self._parts if self.shares(each, id_type, [value]))

    def sharers(self, rule: Rule, choices: Sequence[Sequence[Value]]) -> Sequence[ProfileId]:
        """Give the profiles that share, for each type of a compound rule, one of the choices (R7)."""
        wanted = list(zip(rule.types, choices, strict=True))
        return tuple(each for each in self._parts if all(self.shares(each, *pair) for pair in wanted))

    def shares(self, profile_id: ProfileId, id_type: IdType, values: Sequence[Value]) -> bool:
        """Tell whether a profile shares one of the values: equal, or similar for a fuzzy type."""
        theirs = self.values(profile_id, id_type)
        return any(self.same(id_type, value, other) for value in values for other in theirs)

    def same(self, id_type: IdType, value: Value, other: Value) -> bool:
        """Tell whether two values of a type are shared under R7 and R8."""
        threshold = self.book.types[id_type].threshold
        return value == other or (threshold is not None and similar(value, other, threshold))
