"""Compare: what one history became under two settings, by refs and identifiers, with the cause of each change.

>>> from resolver import Settings
>>> from resolver.simulate import replay
>>> history = [
...     {"ref": "a", "identifiers": {"phone": "317-555-6789", "email": "ada@example.com"}},
...     {"ref": "b", "identifiers": {"phone": "317-555-6789", "email": "bob@example.com"}},
... ]
>>> shared = [{"idType": "phone", "normalization": "phone", "enforceUnique": False}, {"idType": "email"}]
>>> candidate = Settings.from_json({"identifierConfigs": shared, "matchingRules": ["email", "phone"]})
>>> comparison = compare(replay(history), replay(history, candidate))
>>> [change.parts for change in comparison.split], comparison.split[0].cause.line
([(('a',), ('b',))], 2)
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from resolver.errors import InvalidHistory
from resolver.names import ProfileId
from resolver.simulate import frames, notebook
from resolver.simulate.causes import Cause, causes
from resolver.simulate.collector import rarely_collecting
from resolver.simulate.partition import Parts, regrouped
from resolver.simulate.run import Run, check_run
from resolver.simulate.summary import LABELS, Summary
from resolver.simulate.words import counted


class Change(msgspec.Struct, frozen=True):
    """A group of refs that one run has in one profile and the other in several.

    ``parts`` are its refs as the other run has them: profiles of the baseline for a joined group, of the
    candidate for a split one. ``cause`` is the first command whose outcome for the group differs; where that only
    prepared the change (a value evicted, or left out), ``parting`` is the first that the runs sorted differently.
    """

    refs: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    cause: Cause | None
    parting: Cause | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the change as ``comparison.json`` has it."""
        return {
            "refs": list(self.refs),
            "parts": [list(part) for part in self.parts],
            "cause": None if self.cause is None else self.cause.to_json(),
            "parting": None if self.parting is None else self.parting.to_json(),
        }


class Comparison(msgspec.Struct, frozen=True):
    """The difference between two runs of one history.

    ``joined``: groups that are one profile under the candidate and were several under the baseline; ``split``:
    the reverse; both in the order of their first ref. A ref that only one run has at the end (its line was
    rejected, or its profile deleted, in the other) is in ``only_baseline`` or ``only_candidate``.
    """

    baseline: Summary
    candidate: Summary
    joined: tuple[Change, ...]
    split: tuple[Change, ...]
    only_baseline: tuple[str, ...]
    only_candidate: tuple[str, ...]
    refs: int

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """The totals of both runs, (baseline, candidate), by the names of ``summary.json``."""
        return {name: (self.baseline[name], self.candidate[name]) for name in LABELS}

    @property
    def refusals_by_reason(self) -> dict[str, tuple[int, int]]:
        """The refusals of both runs, (baseline, candidate), by reason."""
        left, right = self.baseline.refusals_by_reason, self.candidate.refusals_by_reason
        return {reason: (left[reason], right[reason]) for reason in left}

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``comparison.json``."""
        return {
            "baseline": self.baseline.to_json(),
            "candidate": self.candidate.to_json(),
            "changes": {
                name: {"baseline": left, "candidate": right, "change": right - left}
                for name, (left, right) in {
                    **self.totals,
                    **{f"refusals.{reason}": pair for reason, pair in self.refusals_by_reason.items()},
                }.items()
            },
            "refs": self.refs,
            "joined": [change.to_json() for change in self.joined],
            "split": [change.to_json() for change in self.split],
            "onlyBaseline": list(self.only_baseline),
            "onlyCandidate": list(self.only_candidate),
        }

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed), a row per record that changed.

        Columns: ``ref``, ``change`` (``joined``, ``split``), ``group`` and ``part`` (numbers from 1), and ``line``,
        ``kind`` and ``why`` of the cause. Raises ``ImportError`` where the library is not there, ``ValueError`` for
        another one.
        """
        return frames.comparison_frame(self, library)

    def __repr__(self) -> str:
        changes = f"{counted(len(self.joined), 'group')} joined, {len(self.split):,} split"
        profiles = f"{self.baseline.profiles:,} and {counted(self.candidate.profiles, 'profile')}"
        return f"<Comparison: {changes}, of {counted(self.refs, 'record')} in {profiles}>"

    def _repr_html_(self) -> str:
        return notebook.comparison_html(self)


@rarely_collecting()
def compare(baseline: Run, candidate: Run) -> Comparison:
    """Compare two runs of one history.

    O(refs + facts); memory for the profiles' births and the changed groups. ``InvalidHistory`` if the runs did not
    read the same lines in the same order, or are no runs.
    """
    check_run(baseline)
    check_run(candidate)
    if baseline.summary.lines != candidate.summary.lines:
        raise InvalidHistory(
            f"the runs are of different histories: {baseline.summary.lines} and {candidate.summary.lines} lines"
        )
    if baseline.is_sorted != candidate.is_sorted:
        raise InvalidHistory("one run was sorted by time and the other was not; expected the same order in both")
    if baseline.fingerprint != candidate.fingerprint:
        raise InvalidHistory("the runs are of different histories: they have as many lines, but not the same")
    before, after = baseline.assignments, candidate.assignments
    joined = list(regrouped(before, after).items())
    split = list(regrouped(after, before).items())
    numbered = enumerate([*joined, *split])
    of_baseline: dict[ProfileId, list[int]] = {}
    of_candidate: dict[ProfileId, list[int]] = {}
    refs: dict[str, list[int]] = {}
    for number, (group, parts) in numbered:
        whole, pieces = (of_candidate, of_baseline) if number < len(joined) else (of_baseline, of_candidate)
        whole.setdefault(group, []).append(number)
        for part, members in parts.items():
            pieces.setdefault(part, []).append(number)
            for ref in members:
                refs.setdefault(ref, []).append(number)
    found = causes(baseline, candidate, of_baseline, of_candidate, refs)
    changes = [
        Change(_all_refs(parts), tuple(parts.values()), *found.get(number, (None, None)))
        for number, (_, parts) in enumerate([*joined, *split])
    ]
    return Comparison(
        baseline=baseline.summary,
        candidate=candidate.summary,
        joined=tuple(changes[: len(joined)]),
        split=tuple(changes[len(joined) :]),
        only_baseline=_only_in(before, after),
        only_candidate=_only_in(after, before),
        refs=len(before.keys() | after.keys()),
    )


def _all_refs(parts: Parts[ProfileId]) -> tuple[str, ...]:
    return tuple(ref for members in parts.values() for ref in members)


def _only_in(these: Mapping[str, ProfileId], those: Mapping[str, ProfileId]) -> tuple[str, ...]:
    return tuple(ref for ref in these if ref not in those)
