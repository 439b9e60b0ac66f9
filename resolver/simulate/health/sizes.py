"""Sizes: how large profiles are, and which are the largest."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from resolver.names import IdType, ProfileId
from resolver.simulate.health.report import Bulk

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

    def largest(self, most: int) -> tuple[Bulk, ...]:
        """Give the profiles with most records, then most identifiers; ties in the order of the profiles."""
        ordered = sorted(self.profiles, key=lambda held: (-len(held.refs), -held.identifiers))
        return tuple(
            Bulk(held.profile_id, len(held.refs), held.identifiers, tuple(held.refs[:REFS])) for held in ordered[:most]
        )


def _ordered(counts: Counter[int]) -> dict[int, int]:
    return dict(sorted(counts.items()))
