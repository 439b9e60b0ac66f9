"""Measures: the figures of one replay that a sweep puts into its table, and which settings no other beats by them.

A setting beats another if it is at least as good in both objectives and better in one; those that no other beats are
the Pareto front.

>>> from resolver.simulate.replay import replay
>>> run = replay([{"ref": "a", "identifiers": {"chat": "1"}}, {"ref": "b", "identifiers": {"chat": "1"}}])
>>> measured = measures(run, {"a": "ada", "b": "ada"})
>>> measured.profiles, measured.largest_group, measured.agreement.recall
(1, 2, 1.0)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from resolver.simulate.run import Run
from resolver.simulate.summary import LABELS, Summary
from resolver.simulate.totals import full_profiles
from resolver.simulate.truth import Agreement, agreement_of


class Measures(msgspec.Struct, frozen=True, rename="camel"):
    """What became of the history under one setting.

    ``largest_profile`` counts identifiers, ``largest_group`` records. ``full_profiles`` have, for some idType, as
    many values as its limit allows: the next one evicts a value or is refused. ``rejected`` counts lines.
    ``agreement`` is there where a truth is.
    """

    profiles: int
    merges: int
    evictions: int
    refusals: int
    rejected: int
    largest_profile: int
    largest_group: int
    full_profiles: int
    agreement: Agreement | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all figures in one flat object."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        found = document.pop("agreement")
        return {**document, **(found or {})}


def measures(run: Run, truth: Mapping[str, str] | None = None) -> Measures:
    """Measure a run in columns. O(refs + values held).

    *truth* gives the person of refs that the history has. A ref that ended in no profile, as its line was rejected or
    its profile deleted, counts as a profile of its own: all settings are compared over the same records.
    """
    assert run.columns is not None
    done = run.columns.done
    found = None if truth is None else agreement_of(run.assignments, truth)
    return measures_of(run.summary, full_profiles(done.tables, done.ruling.rules), found)


def measures_of(totals: Summary, full: int, agreement: Agreement | None) -> Measures:
    """Return the figures of a replay with these totals, in which so many profiles are full."""
    return Measures(
        profiles=totals.profiles,
        merges=totals.merges,
        evictions=totals.evictions,
        refusals=totals.refusals,
        rejected=totals.rejected,
        largest_profile=totals.largest_profile,
        largest_group=totals.largest_group,
        full_profiles=full,
        agreement=agreement,
    )


class Objective(msgspec.Struct, frozen=True):
    """A measure, by its name in the table, of which the ``most`` or the ``least`` is wanted.

    >>> Objective("precision", "most").better(0.9, 0.8)
    True
    """

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
