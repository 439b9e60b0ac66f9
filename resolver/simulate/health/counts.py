"""Counts: how large profiles are, what merged them, and which values many records presented."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from resolver.facts import AnyFact, ProfilesMerged
from resolver.names import IdType, ProfileId, Value
from resolver.simulate.health.joints import Link, is_value
from resolver.simulate.health.report import Bulk, Collapse, MergingValue, Presented, SharedValue

REFS = 5


class Held(NamedTuple):
    """One profile at the end: its id, its records, and how many values it has of each idType."""

    profile_id: ProfileId
    refs: list[str]
    values: Mapping[IdType, int]

    @property
    def identifiers(self) -> int:
        """How many values it has in all."""
        return sum(self.values.values())


class Sizes:
    """Histograms over all profiles. O(profiles)."""

    def __init__(self, profiles: Iterable[Held]) -> None:
        self.profiles = list(profiles)
        self.records = sum(len(held.refs) for held in self.profiles)
        self.with_records = sum(bool(held.refs) for held in self.profiles)
        self.records_per_profile = _ordered(Counter(len(held.refs) for held in self.profiles))
        self.identifiers_per_profile = _ordered(Counter(held.identifiers for held in self.profiles))
        per_type: dict[IdType, Counter[int]] = {}
        for held in self.profiles:
            for id_type, count in held.values.items():
                per_type.setdefault(id_type, Counter())[count] += 1
        self.values_per_type = {id_type: _ordered(counts) for id_type, counts in sorted(per_type.items())}

    @property
    def deduplication_rate(self) -> float:
        """The share of records that are with an earlier one; 0 where there are none."""
        return 1 - self.with_records / self.records if self.records else 0.0

    def largest(self, most: int, among: Collection[ProfileId] | None = None) -> tuple[Bulk, ...]:
        """Return the profiles with most records, then most identifiers; ties in the order of the profiles."""
        asked = [held for held in self.profiles if among is None or held.profile_id in among]
        ordered = sorted(asked, key=lambda held: (-len(held.refs), -held.identifiers))
        return tuple(
            Bulk(held.profile_id, len(held.refs), held.identifiers, tuple(held.refs[:REFS])) for held in ordered[:most]
        )


def _ordered(counts: Counter[int]) -> dict[int, int]:
    return dict(sorted(counts.items()))


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
        """Return the merges of every idType, in the order of the settings; a type that they lack comes last."""
        types = dict.fromkeys([*uniqueness, *self._types])
        return tuple(
            Collapse(id_type, uniqueness.get(id_type, False), *self._types.get(id_type, (0, 0))) for id_type in types
        )

    def values(self) -> list[MergingValue]:
        """Return the values that merged profiles, those that made most go away first."""
        found = [
            MergingValue(id_type, value, merges, absorbed, tuple(self._lines[id_type, value]))
            for (id_type, value), (merges, absorbed) in self._values.items()
        ]
        return sorted(found, key=lambda value: -value.absorbed)


def _count(counts: list[int], absorbed: int) -> None:
    counts[0] += 1
    counts[1] += absorbed


Pair = tuple[IdType, Value]

TOP = 3
"""Values that are told beside a large profile."""


class Sharing:
    """Counts the records of every value, profile by profile. O(links); memory for the values."""

    def __init__(self) -> None:
        self._records: dict[Pair, str | dict[str, None]] = {}
        self._profiles: dict[Pair, int] = {}

    def note(self, links: Iterable[Link], refs: Mapping[int, str]) -> None:
        """Take the links of one profile; *refs* has the record of every line."""
        for pair, records in records_of(links, refs).items():
            self._profiles[pair] = self._profiles.get(pair, 0) + 1
            known = self._records.get(pair)
            if known is None:
                self._records[pair] = next(iter(records)) if len(records) == 1 else records
            elif isinstance(known, dict):
                known.update(records)
            else:
                self._records[pair] = {known: None, **records}

    def most_shared(self, most: int) -> tuple[dict[Pair, dict[str, None]], int]:
        """Return the values that most records presented, each with these, and how many there are of two or more."""
        found = {pair: each for pair, each in self._records.items() if isinstance(each, dict) and len(each) > 1}
        first = sorted(found, key=lambda pair: -len(found[pair]))[:most]
        return {pair: found[pair] for pair in first}, len(found)

    def value(self, pair: Pair, records: Iterable[str], others: Mapping[IdType, int]) -> SharedValue:
        """Return the finding about one value."""
        refs = tuple(records)
        return SharedValue(*pair, len(refs), self._profiles[pair], dict(others), refs[:REFS])


def records_of(links: Iterable[Link], refs: Mapping[int, str]) -> dict[Pair, dict[str, None]]:
    """Return, for the values among some links, the records that presented them."""
    found: dict[Pair, dict[str, None]] = {}
    for line, node in links:
        if is_value(node):
            found.setdefault((node[1], Value(node[2])), {})[refs[line]] = None
    return found


def top_values(links: Iterable[Link], refs: Mapping[int, str]) -> tuple[Presented, ...]:
    """Return the values that most records of a profile presented, at least two."""
    counts = {pair: len(records) for pair, records in records_of(links, refs).items() if len(records) > 1}
    first = sorted(counts, key=lambda pair: -counts[pair])[:TOP]
    return tuple(Presented(*pair, counts[pair]) for pair in first)
