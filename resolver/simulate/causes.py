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
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from resolver.columns.differences import Groups, Places, find_differences
from resolver.columns.effects import RunColumns
from resolver.columns.regrouped import Regrouped
from resolver.facts import IdentifierRefused, ProfileCreated, ProfilesMerged, subject_of
from resolver.json_documents import plain
from resolver.names import Milliseconds, ProfileId
from resolver.simulate.paired_columns import PairedColumns
from resolver.simulate.run import Run
from resolver.simulate.steps import Step
from resolver.simulate.why import LEFT_OUT, Description, SettingsInForce, Side, kind_of_difference, why


class Cause(msgspec.Struct, frozen=True, rename="camel"):
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


_MOST = 4096
"""How many groups are told at once, where many are asked for."""

Pair = tuple[int, int]
"""The places of a command in two runs; ``NOBODY`` in one that does not have it."""


class Causes:
    """The causes and partings of changed groups; words are made when they are asked for, and kept.

    Whoever asks for a second group will ask for more: each time one is asked for that has not been told, twice as many
    are told with it as the time before, in whatever order they are asked for. So all of n groups take about n / 4,096
    passes over the facts.
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

    def of(self, group: int) -> tuple[Cause, Cause | None]:
        """Return the cause of a group and its parting; None where that is the cause itself."""
        first, parting = (_pairs(each, group, group + 1)[0] for each in (self._first, self._parting))
        if first not in self._told or parting not in self._told:
            ahead = len(self._first) if self._whole else self._size - 1
            after = self._next + ahead
            further = (_pairs(each, self._next, after) for each in (self._first, self._parting))
            wanted = (first, parting, *chain.from_iterable(further))
            self._tell([pair for pair in dict.fromkeys(wanted) if pair not in self._told])
            self._next, self._size = after, min(2 * self._size, _MOST)
        return self._told[first], None if parting == first else self._told[parting]

    def _tell(self, pairs: Sequence[Pair]) -> None:
        """Put commands into words. O(facts), with a small constant for those of other profiles."""
        done = [
            teller.steps_at([pair[side] for pair in pairs if pair[side] >= 0])
            for side, teller in enumerate(self._tellers)
        ]
        found = [teller.matches(_attaching(side)) for teller, side in zip(self._tellers, done, strict=True)]
        steps = [next(side[place] for side, place in zip(done, pair, strict=True) if place in side) for pair in pairs]
        why_not = [
            {place: place >= 0 and teller.refusal(place) for place in {pair[side] for pair in pairs} - {*done[side]}}
            for side, teller in enumerate(self._tellers)
        ]
        lost = {
            step.line
            for pair, step in zip(pairs, steps, strict=True)
            if any(place in side and not side[place] for place, side in zip(pair, why_not, strict=True))
        }
        refused = [_refusals(run, lost) for run in self._runs] if lost else [{}, {}]
        for pair, step in zip(pairs, steps, strict=True):
            sides = []
            for side in range(2):
                applied = done[side].get(pair[side])
                if applied is not None:
                    matched = found[side].get(step.number, ())
                    sides.append(Side(applied.status, applied.facts, matched=matched))
                else:
                    known = why_not[side][pair[side]]
                    sides.append(Side(None, rejected=known or refused[side].get(step.line, LEFT_OUT)))
            one, other = self._described(sides, step.number)
            self._told[pair] = Cause(
                line=step.line,
                ref=step.ref,
                at=step.at,
                kind=kind_of_difference(one, other),
                why=why(one, other),
                baseline=sides[0],
                candidate=sides[1],
            )

    def _described(self, sides: Sequence[Side], number: int) -> list[Description]:
        """Return both sides with the births of the profiles that they name, and the records behind these."""
        names: dict[int, str] = {}
        births: list[dict[ProfileId, int]] = []
        for side, teller in zip(sides, self._tellers, strict=True):
            births.append({each: teller.birth(each) for each in _profiles_named(side)})
            for birth in births[-1].values():
                ref = None if birth in names else teller.record(birth)
                if ref is not None:
                    names[birth] = ref
        in_force = [each.at(number) for each in self._in_force]
        return [
            Description(side, each, names, settings)
            for side, each, settings in zip(sides, births, in_force, strict=True)
        ]


def find_causes(one: RunColumns, other: RunColumns, joined: Regrouped, split: Regrouped) -> Groups:
    """Return the changed groups with the first command that differs for each, and the one that parts it."""
    groups = Groups(joined, split, len(one.end))
    places = Places(one, groups.refs, len(one.born)), Places(other, groups.refs, len(other.born))
    find_differences(one, other, *places, groups)
    return groups


def _pairs(places: "array[int]", first: int, last: int) -> list[Pair]:
    """Return the pairs with some numbers of those that stand one after the other."""
    some = places[2 * first : 2 * last]
    return list(zip(some[::2], some[1::2], strict=True))


def _attaching(side: Mapping[int, Step]) -> list[Step]:
    """Return the commands that found a profile, in their order."""
    found = [step for step in side.values() if not any(isinstance(fact, ProfileCreated) for fact in step.facts)]
    return sorted(found, key=attrgetter("number"))


def _refusals(run: Run, lines: set[int]) -> dict[int, str]:
    """Return why lines were rejected, by their numbers."""
    return {each.line: each.detail for each in run.rejected if each.line in lines and each.raw is not None}


def _profiles_named(side: Side) -> Iterable[ProfileId]:
    named: dict[ProfileId, None] = {match.profile_id: None for match in side.matched}
    for fact in side.facts:
        absorbed = fact.absorbed if isinstance(fact, ProfilesMerged) else ()
        owner = fact.owner if isinstance(fact, IdentifierRefused) else None
        named.update(dict.fromkeys(each for each in (subject_of(fact), *absorbed, owner) if each is not None))
    return named
