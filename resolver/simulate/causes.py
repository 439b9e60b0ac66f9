"""Causes: for each changed group, the first command whose effect on it differs between two runs.

Both runs numbered the commands of one history alike, so their columns are read side by side, in one pass. Profiles are
told apart by the number of the command that created them, never by their ids, which may differ.

A group's *parting* is the first command after which its records that have come by then are grouped differently. Its
*cause* is the first command that differs for it: one of its records' lines that ends in another profile, or that one
run did not apply; or a command of which the two runs have different effects, at least one of them on a profile that is
the group's: that has one of its records then, or at the end. No cause comes after the parting: as long as nothing
differs, every record is in the profile that the same command created.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from resolver.columns.differences import Groups, Places, find_differences
from resolver.columns.side_by_side import Regrouped, RunColumns
from resolver.facts import ProfileCreated
from resolver.json_documents import plain
from resolver.names import Milliseconds
from resolver.simulate.paired_columns import PairedColumns
from resolver.simulate.run import Run
from resolver.simulate.steps import Applied
from resolver.simulate.why import LEFT_OUT, Description, SettingsInForce, Side, kind_of_difference, why


class Cause(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A command that differs between two runs: its line, ref and time, what each run did, and why.

    ``at`` is None for a line without a time. ``kind`` is ``rule``, ``collision``, ``eviction``, ``limit``, ``refusal``,
    ``match``, ``rejected`` or ``value``: what the difference began with.
    """

    line: int
    ref: str | None
    at: Milliseconds | None
    kind: str
    why: str
    baseline: Side
    candidate: Side

    def to_json(self) -> dict[str, Any]:
        """Return the cause as ``comparison.json`` has it."""
        document: dict[str, Any] = plain(self.document())
        return document

    def document(self) -> dict[str, Any]:
        """Return the same, its facts and matches as they are."""
        return {
            "line": self.line,
            "ref": self.ref,
            "at": self.at,
            "kind": self.kind,
            "why": self.why,
            "baseline": self.baseline.document(),
            "candidate": self.candidate.document(),
        }


_MOST = 1 << 14
"""How many groups are told at once, where many are asked for."""

Pair = tuple[int, int]
"""The places of a command in two runs; ``NOBODY`` in one that does not have it."""


class Causes:
    """The causes and partings of changed groups; words are made when they are asked for, and kept.

    Whoever asks for a second group will ask for more: each time one is asked for that has not been told, more are told
    with it, eight times as many as the time before, in whatever order they are asked for. So all of n groups take about
    n / 16,384 passes over the facts.
    """

    def __init__(self, runs: tuple[Run, Run], alike: PairedColumns, groups: Groups) -> None:
        self.alike = alike
        self._runs = runs
        self._tellers = alike.tellers
        self._first, self._parting = (array("i", each) for each in (groups.first, groups.parting))
        self._told: dict[Pair, Cause] = {}
        self._in_force = [SettingsInForce(run.source) for run in runs]
        self._next = 0
        """The groups before this one have been told."""
        self._size = 1
        self._whole = any(run.columns is None for run in runs)
        """Whether telling one group costs as much as telling all."""
        self._is_passing = False

    def __len__(self) -> int:
        return len(self._first) // 2

    def of(self, group: int) -> tuple[Cause, Cause | None]:
        """Return the cause of a group and its parting; None where that is the cause itself."""
        first, parting = self._pairs_of(group)
        if first not in self._told or parting not in self._told:
            if self._is_passing:
                self._told.clear()
                self._next = group
            after = len(self) if self._whole else min(self._next + self._size - 1, len(self))
            self.tell([group, *range(self._next, after)])
            self._next, self._size = after, min(8 * self._size, _MOST)
        return self._told[first], None if parting == first else self._told[parting]

    def tell(self, groups: Iterable[int]) -> None:
        """Have some groups told together, since they will be asked for. One pass over the facts."""
        pairs = dict.fromkeys(chain.from_iterable(map(self._pairs_of, groups)))
        self._tell([pair for pair in pairs if pair not in self._told])

    @contextmanager
    def in_passing(self) -> Iterator[None]:
        """Let groups be asked for once, in their order: what was told of those before is forgotten.

        A run that is not in columns is read as a whole each time it is asked, so nothing is forgotten then.
        """
        self._is_passing = not self._whole
        try:
            yield
        finally:
            self._is_passing = False
            self._next, self._size = 0, 1

    def _pairs_of(self, group: int) -> tuple[Pair, Pair]:
        first, parting, place = self._first, self._parting, 2 * group
        return (first[place], first[place + 1]), (parting[place], parting[place + 1])

    def _tell(self, pairs: Sequence[Pair]) -> None:
        """Put commands into words. O(facts), with a small constant for those of other profiles."""
        done = [
            teller.applied([pair[side] for pair in pairs if pair[side] >= 0])
            for side, teller in enumerate(self._tellers)
        ]
        found = [teller.matches(_attaching(side)) for teller, side in zip(self._tellers, done, strict=True)]
        rejected = [self._rejected(side, pairs, done) for side in range(2)]
        births, record = [cache(teller.birth) for teller in self._tellers], cache(self._record)
        for pair in pairs:
            step = _either(pair, done)
            sides = [
                Side(None, rejected=rejected[side][pair])
                if pair in rejected[side]
                else Side(done[side][place].status, done[side][place].facts, matched=found[side].get(place, ()))
                for side, place in enumerate(pair)
            ]
            one, other = (
                Description(side, births[place], record, self._in_force[place].at(step.number))
                for place, side in enumerate(sides)
            )
            self._told[pair] = Cause(
                line=step.line,
                ref=step.ref,
                at=step.at,
                kind=kind_of_difference(one, other),
                why=why(one, other),
                baseline=sides[0],
                candidate=sides[1],
            )

    def _record(self, number: int) -> str | None:
        """Return the record of a command that created a profile, in the run that knows it."""
        records = (teller.record(number) for teller in self._tellers)
        return next((ref for ref in records if ref is not None), None)

    def _rejected(self, side: int, pairs: Sequence[Pair], done: Sequence[Mapping[int, Applied]]) -> dict[Pair, str]:
        """Return why one run did not apply the commands that only the other applied."""
        found: dict[Pair, str] = {}
        lines: dict[Pair, int] = {}
        for pair in pairs:
            place = pair[side]
            if place not in done[side]:
                why_not = self._tellers[side].refusal(place) if place >= 0 else None
                if why_not:
                    found[pair] = why_not
                else:
                    lines[pair] = _either(pair, done).line
        refused = _refusals(self._runs[side], {*lines.values()}) if lines else {}
        return found | {pair: refused.get(line, LEFT_OUT) for pair, line in lines.items()}


def _either(pair: Pair, done: Sequence[Mapping[int, Applied]]) -> Applied:
    """Return what became of a command in a run that applied it."""
    first, second = done
    return first[pair[0]] if pair[0] in first else second[pair[1]]


def find_causes(one: RunColumns, other: RunColumns, joined: Regrouped, split: Regrouped) -> Groups:
    """Return the changed groups with the first command that differs for each, and the one that parts it."""
    groups = Groups(joined, split, len(one.end))
    places = Places(one, groups.refs, len(one.born)), Places(other, groups.refs, len(other.born))
    find_differences(one, other, *places, groups)
    return groups


def _attaching(side: Mapping[int, Applied]) -> dict[int, Applied]:
    """Return the commands that found a profile."""
    return {
        place: step for place, step in side.items() if not any(isinstance(fact, ProfileCreated) for fact in step.facts)
    }


def _refusals(run: Run, lines: set[int]) -> dict[int, str]:
    """Return why lines were rejected, by their numbers."""
    return {each.line: each.detail for each in run.rejected if each.line in lines and each.raw is not None}
