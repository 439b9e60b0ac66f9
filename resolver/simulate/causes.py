"""Causes: for each changed group, the first command whose effect on it differs between two runs.

Both runs numbered the commands of one history alike, so they are read side by side, one pass. Profiles are told apart
by the number of the command that created them, never by their ids, which may differ.

A group's *parting* is the first command after which its records that have come by then are grouped differently. Its
*cause* is the first command that differs for it: one of its records' lines that ends in another profile, or that one
run did not apply; or a command of which the two runs have different effects, at least one of them on a profile that is
the group's: that has one of its records then, or at the end. No cause comes after the parting: as long as nothing
differs, every record is in the profile that the same command created.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import starmap
from typing import Any

import msgspec

from resolver.evidence import RuleMatch
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
)
from resolver.names import Milliseconds, ProfileId
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied, Rejection
from resolver.simulate.steps import births_of, entries_at, steps_about
from resolver.simulate.why import LEFT_OUT, Births, Description, Side, kind_of_difference, why

Groups = Mapping[ProfileId, Sequence[int]]
"""For a profile at the end of a run, the numbers of the changed groups that it plays a part in."""


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
        return {
            **{name: getattr(self, name) for name in ("line", "ref", "at", "kind", "why")},
            "baseline": self.baseline.to_json(),
            "candidate": self.candidate.to_json(),
        }


class _Done(msgspec.Struct, frozen=True):
    """What one run did with a command."""

    entry: Applied
    facts: list[AnyFact]


class _Difference(msgspec.Struct):
    number: int
    baseline: _Done | None
    candidate: _Done | None


def causes(
    baseline: Run,
    candidate: Run,
    of_baseline: Groups,
    of_candidate: Groups,
    refs: Mapping[str, Sequence[int]],
) -> dict[int, tuple[Cause, Cause | None]]:
    """Return, by the changed group's number, its cause and its parting; None where that is the cause itself.

    *refs* has the numbers of the groups that a record is in. O(lines + facts), one pass that ends when all groups have
    parted; their records are followed from profile to profile.
    """
    grouping = _Grouping(refs)
    sides = _Places(baseline, of_baseline, grouping, 0), _Places(candidate, of_candidate, grouping, 1)
    first: dict[int, _Difference] = {}
    parting: dict[int, _Difference] = {}
    for number, left, right in _side_by_side(baseline, candidate, refs) if refs else ():
        own = {group for done in (left, right) if done is not None for group in refs.get(done.entry.ref or "", ())}
        touched = own | sides[0].touched(left) | sides[1].touched(right)
        ends = [side.take(done) for side, done in zip(sides, (left, right), strict=True)]
        if not touched:
            continue
        difference = _Difference(number, left, right)
        differing = touched if sides[0].effects(left) != sides[1].effects(right) else set()
        for group in differing | own if ends[0] != ends[1] else differing:
            if group not in first:
                first[group] = difference
                grouping.follow(group)
        parting.update(dict.fromkeys(grouping.parted(touched), difference))
        if not grouping.open:
            break
    told = _written_out(
        {each.number: each for each in (*first.values(), *parting.values())}, baseline, candidate, sides
    )
    return {
        group: (told[first[group].number], None if each is first[group] else told[each.number])
        for group, each in parting.items()
    }


def _side_by_side(
    baseline: Run, candidate: Run, refs: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, _Done | None, _Done | None]]:
    """Return (number, the baseline's side, the candidate's) of every command about the refs that either applied.

    Whoever asks stops before the end: every changed group has parted by then.
    """
    left, right = (starmap(_Done, steps) for steps in steps_about((baseline, candidate), refs))
    one, other = next(left, None), next(right, None)
    while True:
        if other is None or (one is not None and one.entry.number < other.entry.number):
            assert one is not None
            yield one.entry.number, one, None
            one = next(left, None)
        elif one is None or other.entry.number < one.entry.number:
            yield other.entry.number, None, other
            other = next(right, None)
        else:
            yield one.entry.number, one, other
            one, other = next(left, None), next(right, None)


class _Grouping:
    """How both runs group the records of changed groups at a moment; ``open`` are the groups that have not parted.

    Groups that have not differed yet are grouped alike. From then on they are followed: a group is grouped alike where
    both runs have the same records in profiles, and as many different pairs of their profiles as each has profiles.
    O(1) for a record that moves, for each group of it that is followed.
    """

    def __init__(self, refs: Mapping[str, Sequence[int]]) -> None:
        self.refs = refs
        self.open: dict[int, list[str]] = {}
        for ref, groups in refs.items():
            for group in groups:
                self.open.setdefault(group, []).append(ref)
        self._followed: set[int] = set()
        self._places: tuple[dict[str, int], dict[str, int]] = {}, {}
        self._sizes: Counter[tuple[int, int | None, int | None]] = Counter()
        self._cells: Counter[tuple[int, int]] = Counter()
        self._alone: Counter[int] = Counter()

    def place(self, side: int, ref: str) -> int | None:
        """Return the number of the profile that a record is in."""
        return self._places[side].get(ref)

    def move(self, side: int, ref: str, place: int | None) -> None:
        """Put a record into another profile, or out of all."""
        followed = [group for group in self.refs[ref] if group in self._followed]
        for group in followed:
            self._count(ref, group, -1)
        if place is None:
            self._places[side].pop(ref, None)
        else:
            self._places[side][ref] = place
        for group in followed:
            self._count(ref, group, 1)

    def follow(self, group: int) -> None:
        """Count how a group is grouped, from now on."""
        self._followed.add(group)
        for ref in self.open[group]:
            self._count(ref, group, 1)

    def parted(self, groups: Iterable[int]) -> list[int]:
        """Return which of some groups have parted now, for the first time."""
        parted = [group for group in self._followed.intersection(groups) if not self._is_alike(group)]
        self._followed.difference_update(parted)
        for group in parted:
            del self.open[group]
        return parted

    def _is_alike(self, group: int) -> bool:
        return not self._alone[group] and self._cells[group, 0] == self._cells[group, 1] == self._cells[group, 2]

    def _count(self, ref: str, group: int, change: int) -> None:
        one, other = (places.get(ref) for places in self._places)
        if one is None or other is None:
            self._alone[group] += 0 if one is other else change
            return
        for kind, cell in enumerate(((group, one, None), (group, None, other), (group, one, other))):
            before = self._sizes[cell]
            self._sizes[cell] = before + change
            self._cells[group, kind] += bool(before + change) - bool(before)


class _Places:
    """Where one run has the records of changed groups at a moment, and what it did to their profiles."""

    def __init__(self, run: Run, at_end: Groups, grouping: _Grouping, side: int) -> None:
        engine = run.engine
        self.births: Births = births_of(run)
        self.names: dict[int, str] = {}
        """For the births of profiles of changed groups, the record that created them."""
        self._at_end = {alias: groups for each, groups in at_end.items() for alias in (each, *engine.aliases(each))}
        self._grouping = grouping
        self._side = side
        self._numbers: dict[ProfileId, int] = {}
        self._members: dict[int, dict[str, None]] = {}
        self._groups: dict[int, Counter[int]] = {}

    def touched(self, done: _Done | None) -> set[int]:
        """Return the groups that have a record in a profile that a command changes, or will have one at the end."""
        groups: set[int] = set()
        for fact in () if done is None else done.facts:
            for profile_id in _profiles_changed(fact):
                groups.update(self._at_end.get(profile_id, ()))
                groups.update(self._groups.get(self._numbers.get(profile_id, -1), ()))
        return groups

    def take(self, done: _Done | None) -> int | None:
        """Follow the records through a command; return what created the profile in which its own record ends."""
        if done is None:
            return None
        entry, is_deleted = done.entry, False
        for fact in done.facts:
            if isinstance(fact, ProfileCreated):
                self.births[fact.profile_id] = fact.command
                if fact.profile_id in self._at_end and entry.ref is not None:
                    self.names[fact.command] = entry.ref
            elif isinstance(fact, ProfilesMerged):
                self._merge(fact)
            elif isinstance(fact, ProfileDeleted):
                is_deleted = True
                number = self._numbers.pop(fact.profile_id, None)
                for ref in list(self._members[number]) if number is not None else ():
                    self._move(ref, None)
        if entry.profile_id is None:
            return None
        if entry.ref in self._grouping.refs:
            assert entry.ref is not None
            self._move(entry.ref, None if is_deleted else self._number(entry.profile_id))
        return self.births[entry.profile_id]

    def effects(self, done: _Done | None) -> set[tuple[object, ...]]:
        """Return what a command changed, profiles named by birth, in no order; why, and what was refused, is none."""
        births = self.births
        effects: set[tuple[object, ...]] = set()
        for fact in () if done is None else done.facts:
            if isinstance(fact, ProfilesMerged):
                absorbed = tuple(births[profile_id] for profile_id in fact.absorbed)
                effects.add((type(fact), births[fact.survivor], absorbed))
            elif isinstance(fact, IdentifierAdded | IdentifierRemoved | IdentifierEvicted):
                effects.add((type(fact), births[fact.profile_id], fact.id_type, fact.value))
            elif isinstance(fact, ProfileCreated | ProfileDeleted):
                effects.add((type(fact), births[fact.profile_id]))
        return effects

    def _number(self, profile_id: ProfileId) -> int:
        number = self._numbers.setdefault(profile_id, len(self._members))
        if number not in self._members:
            self._members[number], self._groups[number] = {}, Counter()
        return number

    def _merge(self, fact: ProfilesMerged) -> None:
        """Move the records of the profiles that have fewer to the one that has most. O(n log n) in all."""
        numbers = [self._numbers.pop(each) for each in (fact.survivor, *fact.absorbed) if each in self._numbers]
        if numbers:
            kept = self._numbers[fact.survivor] = max(numbers, key=lambda number: len(self._members[number]))
            for number in numbers:
                for ref in list(self._members[number]) if number != kept else ():
                    self._move(ref, kept)

    def _move(self, ref: str, number: int | None) -> None:
        before = self._grouping.place(self._side, ref)
        if before == number:
            return
        for group in self._grouping.refs[ref]:
            if number is not None:
                self._groups[number][group] += 1
            if before is not None:
                self._groups[before][group] -= 1
                if not self._groups[before][group]:
                    del self._groups[before][group]
        if before is not None:
            del self._members[before][ref]
        if number is not None:
            self._members[number][ref] = None
        self._grouping.move(self._side, ref, number)


def _profiles_changed(fact: AnyFact) -> tuple[ProfileId, ...]:
    if isinstance(fact, ProfilesMerged):
        return (fact.survivor, *fact.absorbed)
    profile_id = getattr(fact, "profile_id", None)
    return () if profile_id is None else (profile_id,)


def _written_out(
    differences: Mapping[int, _Difference], baseline: Run, candidate: Run, places: tuple[_Places, _Places]
) -> dict[int, Cause]:
    """Return the differences as causes, by command number."""
    runs = baseline, candidate
    done = [{number: getattr(each, name) for number, each in differences.items()} for name in ("baseline", "candidate")]
    lines = {each.entry.line for side in done for each in side.values() if each is not None}
    found = [run.matches_at(_attaching(side)) for run, side in zip(runs, done, strict=True)]
    refused = [_rejections(run, lines) if None in side.values() else {} for run, side in zip(runs, done, strict=True)]
    names = _names(runs, places, differences, found)
    told = {}
    for number in differences:
        entry = next(side[number].entry for side in done if side[number] is not None)
        sides = [
            _side(side[number], matched.get(number, ()), rejections.get(entry.line))
            for side, matched, rejections in zip(done, found, refused, strict=True)
        ]
        one, other = (Description(side, place.births, names) for side, place in zip(sides, places, strict=True))
        told[number] = Cause(
            line=entry.line,
            ref=entry.ref,
            at=entry.at,
            kind=kind_of_difference(one, other),
            why=why(one, other),
            baseline=sides[0],
            candidate=sides[1],
        )
    return told


def _side(done: _Done | None, matched: tuple[RuleMatch, ...], rejection: Rejection | None) -> Side:
    if done is None:
        return Side(None, rejected=rejection.detail if rejection else LEFT_OUT)
    return Side(done.entry.status, tuple(done.facts), matched=matched)


def _attaching(side: Mapping[int, _Done | None]) -> set[int]:
    """Return the numbers of the commands that found a profile."""
    return {
        number
        for number, done in side.items()
        if done is not None and not any(isinstance(fact, ProfileCreated) for fact in done.facts)
    }


def _rejections(run: Run, lines: set[int]) -> dict[int, Rejection]:
    return {
        rejection.line: rejection for rejection in run.rejected if rejection.line in lines and rejection.raw is not None
    }


def _names(
    runs: tuple[Run, Run],
    places: tuple[_Places, _Places],
    differences: Mapping[int, _Difference],
    found: Sequence[Mapping[int, tuple[RuleMatch, ...]]],
) -> dict[int, str]:
    """Return, for the births of all profiles that the differences name, the ref of the creating record."""
    names: dict[int, str] = {}
    for run, place, matched, name in zip(runs, places, found, ("baseline", "candidate"), strict=True):
        done = [getattr(each, name) for each in differences.values()]
        ids = {each for one in done if one is not None for fact in one.facts for each in _profiles_named(fact)}
        ids.update(match.profile_id for matches in matched.values() for match in matches)
        births = {place.births[profile_id] for profile_id in ids}
        names.update((birth, place.names[birth]) for birth in births & place.names.keys())
        missing = births - names.keys()
        names.update((each.number, each.ref) for each in entries_at(run, missing) if each.ref is not None)
    return names


def _profiles_named(fact: AnyFact) -> tuple[ProfileId, ...]:
    owner = getattr(fact, "owner", None)
    return _profiles_changed(fact) if owner is None else (*_profiles_changed(fact), owner)
