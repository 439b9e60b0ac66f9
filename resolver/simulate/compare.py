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

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from operator import eq
from typing import Any, overload

import msgspec

from resolver.columns.execution import zeros
from resolver.columns.side_by_side import Regrouped, count_in_either, place_only_in
from resolver.display import counted
from resolver.errors import InvalidHistory
from resolver.json_documents import plain
from resolver.memory import Memory, give_back
from resolver.names import RefusalReason
from resolver.simulate import notebook
from resolver.simulate.causes import Cause, Causes, find_causes
from resolver.simulate.paired_columns import paired_columns
from resolver.simulate.run import Again, Run, check_run, rarely_collecting
from resolver.simulate.summary import LABELS, Summary


class Change:
    """A group of refs that one run has in one profile and the other in several.

    ``parts`` are its refs as the other run has them: profiles of the baseline for a joined group, of the
    candidate for a split one. ``cause`` is the first command whose outcome for the group differs; where that only
    prepared the change (a value evicted, or left out), ``parting`` is the first that the runs sorted differently. All
    of it is made of columns when it is asked for.
    """

    __slots__ = ("changes", "place")

    def __init__(self, changes: "Changes", place: int) -> None:
        self.changes = changes
        self.place = place
        """Its place among the groups of its kind."""

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """Its refs as the other run has them."""
        names = self.changes.alike.numbers.names
        return tuple([tuple(names(part)) for part in self.changes.parts_at(self.place)])

    @property
    def numbers(self) -> "array[int]":
        """The numbers of its refs, by which the runs know them."""
        return self.changes.numbers_at(self.place)

    @property
    def sizes(self) -> list[int]:
        """How many refs each part has."""
        return [end - start for start, end in pairwise(self.changes.ends_at(self.place))]

    @property
    def refs(self) -> tuple[str, ...]:
        """The refs of all parts."""
        return tuple(chain.from_iterable(self.parts))

    @property
    def number(self) -> int:
        """Its number among all changed groups."""
        return self.changes.first + self.place

    @property
    def cause(self) -> Cause | None:
        """The first command whose outcome for the group differs."""
        return self._told()[0]

    @property
    def parting(self) -> Cause | None:
        """The first command that the runs sorted differently, where that is not the cause."""
        return self._told()[1]

    def _told(self) -> tuple[Cause, Cause | None]:
        return self.changes.causes.of(self.number)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Change):
            return NotImplemented
        return (self.parts, self.cause, self.parting) == (other.parts, other.cause, other.parting)

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Change(parts={self.parts!r}, cause={self.cause!r}, parting={self.parting!r})"

    def to_json(self) -> dict[str, Any]:
        """Return the change as ``comparison.json`` has it."""
        document: dict[str, Any] = plain(self.document())
        return document

    def document(self) -> dict[str, Any]:
        """Return the same, its facts and matches as they are."""
        cause, parting = self._told()
        parts = self.parts
        return {
            "refs": tuple(chain.from_iterable(parts)),
            "parts": parts,
            "cause": cause.document(),
            "parting": None if parting is None else parting.document(),
        }


class Changes(Sequence[Change]):
    """Changed groups, of one kind; a group is made of its columns when it is asked for."""

    def __init__(self, groups: Regrouped, causes: Causes, first: int) -> None:
        self._groups = groups
        self.causes = causes
        self.alike = causes.alike
        """The two runs that were compared."""
        self.first = first
        """The number of the first one among all changed groups."""

    def __len__(self) -> int:
        return len(self._groups)

    @overload
    def __getitem__(self, place: int) -> Change: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Change, ...]: ...

    def __getitem__(self, place: int | slice) -> Change | tuple[Change, ...]:
        if isinstance(place, slice):
            return tuple([self[each] for each in range(*place.indices(len(self)))])
        return Change(self, range(len(self))[place])

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield the groups as ``comparison.json`` has them; each is forgotten before the next ones are made."""
        with self.causes.in_passing():
            yield from (change.document() for change in self)

    def ends_at(self, place: int) -> "array[int]":
        """Return where the parts of a group begin among the refs of all groups, and where the last one ends."""
        starts = self._groups.starts
        return self._groups.parts[starts[place] : starts[place + 1] + 1]

    def parts_at(self, place: int) -> "list[array[int]]":
        """Return the parts of a group, each as the numbers of its refs."""
        refs = self._groups.refs
        return [refs[start:end] for start, end in pairwise(self.ends_at(place))]

    def numbers_at(self, place: int) -> "array[int]":
        """Return the numbers of the refs of a group."""
        first, *_, last = self.ends_at(place)
        return self._groups.refs[first:last]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return len(self)

    def __repr__(self) -> str:
        return repr(tuple(self))


def tell_together(changes: Sequence[Change]) -> None:
    """Have what stands behind some changed groups of one comparison told in one pass, since it will be asked for."""
    for each in changes[:1]:
        each.changes.causes.tell([change.number for change in changes])


class Comparison(msgspec.Struct, frozen=True):
    """The difference between two runs of one history.

    ``joined``: groups that are one profile under the candidate and were several under the baseline; ``split``:
    the reverse; both in the order of their first ref. A ref that only one run has at the end (its line was
    rejected, or its profile deleted, in the other) is in ``only_baseline`` or ``only_candidate``.
    """

    baseline: Summary
    candidate: Summary
    joined: Changes
    split: Changes
    only_baseline: tuple[str, ...]
    only_candidate: tuple[str, ...]
    refs: int

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """The totals of both runs, (baseline, candidate), by the names of ``summary.json``."""
        return totals_of(self.baseline, self.candidate)

    @property
    def refusals_by_reason(self) -> dict[str, tuple[int, int]]:
        """The refusals of both runs, (baseline, candidate), by reason; one that neither run has may be missing."""
        return refusals_of(self.baseline, self.candidate)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``comparison.json``."""
        document = self.document()
        return {name: plain(list(value)) if isinstance(value, Again) else value for name, value in document.items()}

    def document(self) -> dict[str, Any]:
        """Return the contents of ``comparison.json``; its changed groups are made while they are read, again each time.

        So they cost no memory. Facts and matches in them are as they are.
        """
        return {
            "baseline": self.baseline.to_json(),
            "candidate": self.candidate.to_json(),
            "changes": changed_totals(self.baseline, self.candidate),
            "refs": self.refs,
            "joined": Again(self.joined.documents),
            "split": Again(self.split.documents),
            "onlyBaseline": list(self.only_baseline),
            "onlyCandidate": list(self.only_candidate),
        }

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed), a row per record that changed.

        Columns: ``ref``, ``change`` (``joined``, ``split``), ``group`` and ``part`` (numbers from 1), and ``line``,
        ``kind`` and ``why`` of the cause. Raises ``ImportError`` where the library is not there, ``ValueError`` for
        another one.
        """
        return notebook.comparison_frame(self, library)

    def __repr__(self) -> str:
        changes = f"{counted(len(self.joined), 'group')} joined, {len(self.split):,} split"
        profiles = f"{self.baseline.profiles:,} and {counted(self.candidate.profiles, 'profile')}"
        return f"<Comparison: {changes}, of {counted(self.refs, 'record')} in {profiles}>"

    def _repr_html_(self) -> str:
        return notebook.comparison_html(self)


def totals_of(baseline: Summary, candidate: Summary) -> dict[str, tuple[int, int]]:
    """Return the totals of two runs, by the names of ``summary.json``."""
    return {name: (baseline[name], candidate[name]) for name in LABELS}


def refusals_of(baseline: Summary, candidate: Summary) -> dict[str, tuple[int, int]]:
    """Return the refusals of two runs by reason; one that neither has may be missing."""
    left, right = baseline.refusals_by_reason, candidate.refusals_by_reason
    reasons = [str(reason) for reason in RefusalReason if reason in left or reason in right]
    return {reason: (left.get(reason, 0), right.get(reason, 0)) for reason in reasons}


def changed_totals(baseline: Summary, candidate: Summary) -> dict[str, dict[str, int]]:
    """Return totals and refusals of two runs and their changes, as ``comparison.json`` has them."""
    refusals = {f"refusals.{reason}": pair for reason, pair in refusals_of(baseline, candidate).items()}
    return {
        name: {"baseline": left, "candidate": right, "change": right - left}
        for name, (left, right) in {**totals_of(baseline, candidate), **refusals}.items()
    }


@rarely_collecting()
def compare(baseline: Run, candidate: Run) -> Comparison:
    """Compare two runs of one history.

    O(refs + facts); memory for the profiles' births and the changed groups. ``InvalidHistory`` if the runs did not
    read the same lines in the same order, or are no runs; ``NotEnoughMemory`` if there is not enough.
    """
    check_run(baseline)
    check_run(candidate)
    with Memory(f"the comparison of {counted(baseline.summary.lines, 'line')}"):
        return _compared(baseline, candidate)


def _compared(baseline: Run, candidate: Run) -> Comparison:
    if baseline.summary.lines != candidate.summary.lines:
        raise InvalidHistory(
            f"the runs are of different histories: {baseline.summary.lines} and {candidate.summary.lines} lines"
        )
    if baseline.is_sorted != candidate.is_sorted:
        raise InvalidHistory("one run was sorted by time and the other was not; expected the same order in both")
    if baseline.fingerprint != candidate.fingerprint:
        raise InvalidHistory("the runs are of different histories: they have as many lines, but not the same")
    alike = paired_columns(baseline, candidate)
    before, after = alike.columns
    joined = Regrouped(before.end, after.end, after.order, len(before.born), len(after.born))
    split = Regrouped(after.end, before.end, before.order, len(after.born), len(before.born))
    groups = find_causes(before, after, joined, split)
    causes = Causes((baseline, candidate), alike, groups)
    del groups
    give_back(baseline.summary.lines)
    ends, names = (before.end, after.end), alike.numbers.name
    return Comparison(
        baseline=baseline.summary,
        candidate=candidate.summary,
        joined=Changes(joined, causes, 0),
        split=Changes(split, causes, len(joined)),
        only_baseline=tuple(map(names, _only_in(before.order, *ends))),
        only_candidate=tuple(map(names, _only_in(after.order, *reversed(ends)))),
        refs=count_in_either(*ends),
    )


def _only_in(order: "array[int]", these: "array[int]", those: "array[int]") -> "array[int]":
    refs = zeros("i", len(order))
    return refs[: place_only_in(order, these, those, refs)]
