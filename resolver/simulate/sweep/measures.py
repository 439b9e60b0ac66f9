"""Measures: the figures of one replay that a sweep puts into its table.

>>> from resolver.simulate.replay import replay
>>> run = replay([{"ref": "a", "identifiers": {"chat": "1"}}, {"ref": "b", "identifiers": {"chat": "1"}}])
>>> measured = measures(run, {"a": "ada", "b": "ada"})
>>> measured.profiles, measured.largest_group, measured.agreement.recall
(1, 2, 1.0)
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from resolver.simulate.run import Run
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
    totals, assignments = run.summary, run.assignments
    assert run.columns is not None
    done = run.columns.done
    found = None if truth is None else agreement_of(assignments, truth)
    return Measures(
        profiles=totals.profiles,
        merges=totals.merges,
        evictions=totals.evictions,
        refusals=totals.refusals,
        rejected=totals.rejected,
        largest_profile=totals.largest_profile,
        largest_group=totals.largest_group,
        full_profiles=full_profiles(done.tables, done.ruling.rules),
        agreement=found,
    )
