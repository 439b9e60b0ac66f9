"""Sharing: which values many records presented, whether or not they ever merged profiles."""

from collections.abc import Iterable, Mapping

from resolver.names import IdType, Value
from resolver.simulate.health.joints import Link, is_value
from resolver.simulate.health.report import Presented, SharedValue

Pair = tuple[IdType, Value]

TOP = 3
"""Values that are told beside a large profile."""

REFS = 5


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
            found.setdefault((node[1], node[2]), {})[refs[line]] = None
    return found


def top_values(links: Iterable[Link], refs: Mapping[int, str]) -> tuple[Presented, ...]:
    """Return the values that most records of a profile presented, at least two."""
    counts = {pair: len(records) for pair, records in records_of(links, refs).items() if len(records) > 1}
    first = sorted(counts, key=lambda pair: -counts[pair])[:TOP]
    return tuple(Presented(*pair, counts[pair]) for pair in first)
