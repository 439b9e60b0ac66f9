"""Agreement: how well a grouping of records agrees with the truth about them.

Everything follows from one table, how many records each profile has of each person: O(records), never pair by pair.

>>> truth = {"a": "ada", "b": "ada", "c": "cy"}
>>> found = agreement({"a": 1, "b": 1, "c": 1}, truth)
>>> round(found.precision, 3), found.recall, found.merged_persons
(0.333, 1.0, 2)
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from math import fsum

import msgspec


class Agreement(msgspec.Struct, frozen=True, rename="camel"):
    """How profiles agree with persons, over the ``compared`` records that the truth knows.

    ``precision`` is the share of the pairs of records in one profile that are one person, ``recall`` the share of
    the pairs of one person that are in one profile, ``f1`` their harmonic mean; with no such pair nothing is
    wrong: 1. ``bcubed_*`` are the same as seen by a record, on average over the records of each person, and then over
    persons, so that all persons count alike. ``split_persons`` are in several profiles,
    ``merged_persons`` share a profile with somebody else.
    """

    compared: int
    persons: int
    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    split_persons: int
    merged_persons: int


def agreement(groups: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Agreement:
    """Compare a grouping with the truth, over the refs of *truth*, all of which *groups* must have."""
    cells = Counter((groups[ref], person) for ref, person in truth.items())
    of_group: Counter[Hashable] = Counter()
    of_person: Counter[Hashable] = Counter()
    persons_in: Counter[Hashable] = Counter()
    groups_of: Counter[Hashable] = Counter()
    for (group, person), count in cells.items():
        of_group[group] += count
        of_person[person] += count
        persons_in[group] += 1
        groups_of[person] += 1
    together = _pairs(cells.values())
    precision = _share(together, _pairs(of_group.values()))
    recall = _share(together, _pairs(of_person.values()))
    persons = len(of_person)
    seen_precision = _share(
        fsum(count * count / of_group[group] / of_person[person] for (group, person), count in cells.items()), persons
    )
    seen_recall = _share(fsum(count * count / of_person[person] ** 2 for (_, person), count in cells.items()), persons)
    merged = {person for group, person in cells if persons_in[group] > 1}
    return Agreement(
        compared=len(truth),
        persons=persons,
        precision=precision,
        recall=recall,
        f1=_harmonic_mean(precision, recall),
        bcubed_precision=seen_precision,
        bcubed_recall=seen_recall,
        bcubed_f1=_harmonic_mean(seen_precision, seen_recall),
        split_persons=sum(count > 1 for count in groups_of.values()),
        merged_persons=len(merged),
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 1.0


def _harmonic_mean(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
