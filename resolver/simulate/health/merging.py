"""Merging: which idTypes and values made one profile of several, counted from the facts."""

from collections.abc import Iterable, Mapping

from resolver.facts import AnyFact, ProfilesMerged
from resolver.names import IdType, Value
from resolver.simulate.health.report import Collapse, MergingValue

LINES = 3


class Merging:
    """Counts merges. Where several identifiers joined the profiles, each counts."""

    def __init__(self, facts: Iterable[AnyFact]) -> None:
        self._types: dict[IdType, list[int]] = {}
        self._values: dict[tuple[IdType, Value], list[int]] = {}
        self._lines: dict[tuple[IdType, Value], list[int]] = {}
        for fact in facts:
            if isinstance(fact, ProfilesMerged):
                self._note(fact)

    def _note(self, fact: ProfilesMerged) -> None:
        absorbed = len(fact.absorbed)
        for id_type in dict.fromkeys(id_type for id_type, _ in fact.identifiers):
            _count(self._types.setdefault(id_type, [0, 0]), absorbed)
        for pair in dict.fromkeys((id_type, value) for id_type, value in fact.identifiers):
            _count(self._values.setdefault(pair, [0, 0]), absorbed)
            lines = self._lines.setdefault(pair, [])
            if len(lines) < LINES:
                lines.append(fact.command)

    def collapses(self, uniqueness: Mapping[IdType, bool]) -> tuple[Collapse, ...]:
        """Give the merges of every idType, in the order of the settings; a type that they lack comes last."""
        types = dict.fromkeys([*uniqueness, *self._types])
        return tuple(
            Collapse(id_type, uniqueness.get(id_type, False), *self._types.get(id_type, (0, 0))) for id_type in types
        )

    def values(self) -> list[MergingValue]:
        """Give the values that merged profiles, those that made most go away first."""
        found = [
            MergingValue(id_type, value, merges, absorbed, tuple(self._lines[id_type, value]))
            for (id_type, value), (merges, absorbed) in self._values.items()
        ]
        return sorted(found, key=lambda value: -value.absorbed)


def _count(counts: list[int], absorbed: int) -> None:
    counts[0] += 1
    counts[1] += absorbed
