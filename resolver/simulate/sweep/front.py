"""The Pareto front: the settings that no other beats.

A setting beats another if it is at least as good in both objectives and better in one.

>>> Objective("precision", "most").better(0.9, 0.8)
True
"""

from collections.abc import Sequence

import msgspec

from resolver.simulate.summary import LABELS
from resolver.simulate.sweep.measures import Measures


class Objective(msgspec.Struct, frozen=True):
    """A measure, by its name in the table, of which the ``most`` or the ``least`` is wanted."""

    measure: str
    wanted: str

    @property
    def words(self) -> str:
        """The objective as people say it.

        >>> Objective("largestGroup", "least").words, Objective("recall", "most").words
        ('fewest records in the largest profile', 'highest recall')
        """
        degree = "highest" if self.wanted == "most" else "fewest"
        return f"{degree} {LABELS.get(self.measure, self.measure)}"

    def better(self, one: float, other: float) -> bool:
        """Return whether one figure is better than another."""
        return one > other if self.wanted == "most" else one < other


WITH_TRUTH = (Objective("precision", "most"), Objective("recall", "most"))
"""Against a truth: as few wrong pairs as possible, as few missed ones as possible."""

WITHOUT_TRUTH = (Objective("profiles", "least"), Objective("largestGroup", "least"))
"""Without one: everything unified, and yet no profile that collects everybody. A guide, not a proof."""

Objectives = tuple[Objective, Objective]


def figures(measured: Measures, objectives: Objectives) -> tuple[float, float]:
    """Return what a setting reached for both objectives."""
    told = measured.to_json()
    return told[objectives[0].measure], told[objectives[1].measure]


def front(points: Sequence[tuple[float, float]], objectives: Objectives) -> list[bool]:
    """Return for each point whether none beats it. Equal points beat nobody. O(n log n).

    >>> front([(1.0, 0.5), (0.9, 0.9), (0.9, 0.5), (0.9, 0.9)], WITH_TRUTH)
    [True, True, False, True]
    """
    signs = [1 if objective.wanted == "most" else -1 for objective in objectives]
    scores = [(signs[0] * one, signs[1] * other) for one, other in points]
    on_front: set[tuple[float, float]] = set()
    best = float("-inf")
    for score in sorted(set(scores), reverse=True):  # from the best in the first: the second must rise
        if score[1] > best:
            best = score[1]
            on_front.add(score)
    return [score in on_front for score in scores]
