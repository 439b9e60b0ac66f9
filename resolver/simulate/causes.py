"""Causes: for each changed group, the first command whose effect on it differs between two runs.

Both runs numbered the commands of one history alike, so their facts are read side by side, one pass. Profiles
are told apart by the number of the command that created them, never by their ids, which may differ.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

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
from resolver.simulate.why import Births, Side, kind_of_difference, why

Groups = Mapping[ProfileId, Sequence[int]]
"""For a profile at the end of a run, the numbers of the changed groups that it plays a part in."""


class Cause(msgspec.Struct, frozen=True, rename="camel"):
    """The first command whose effect differs: its line, ref and time, what each run did, and why.

    ``kind`` is ``rule``, ``collision``, ``eviction``, ``limit``, ``refusal``, ``match``, ``rejected`` or
    ``value``: what the difference began with.
    """

    line: int
    ref: str | None
    at: Milliseconds | None
    kind: str
    why: str
    baseline: Side
    candidate: Side

    def to_json(self) -> dict[str, Any]:
        """Give the cause as ``comparison.json`` has it."""
        return {
            **{name: getattr(self, name) for name in ("line", "ref", "at", "kind", "why")},
            "baseline": self.baseline.to_json(),
            "candidate": self.candidate.to_json(),
        }


class _Difference(msgspec.Struct):
    number: int
    baseline: list[AnyFact]
    candidate: list[AnyFact]


def causes(
    baseline: Run,
    candidate: Run,
    of_baseline: Groups,
    of_candidate: Groups,
    refs: Mapping[str, Sequence[int]],
) -> dict[int, tuple[Cause, Cause | None]]:
    """Give, by the changed group's number, its cause and its parting. O(facts), one pass.

    The cause is the first command whose effects differ. The parting is the first whose effects differ in which
    profiles there are; None where it is the cause itself, or no command's facts show it.
    """
    wanted = {number for groups in (*of_baseline.values(), *of_candidate.values()) for number in groups}
    births: tuple[Births, Births] = {}, {}
    first: dict[int, _Difference] = {}
    parting: dict[int, _Difference] = {}
    for number, left, right in _side_by_side(baseline.numbered_facts, candidate.numbered_facts):
        _note_births(left, births[0])
        _note_births(right, births[1])
        if len(parting) == len(wanted) or _effects(left, births[0]) == _effects(right, births[1]):
            continue
        difference = _Difference(number, left, right)
        parts = _placements(left, births[0]) != _placements(right, births[1])
        for group in (*_touched(left, baseline, of_baseline), *_touched(right, candidate, of_candidate)):
            first.setdefault(group, difference)
            if parts:
                parting.setdefault(group, difference)
    _find_rejected(baseline, candidate, {group for group in wanted if group not in first}, refs, first)
    told = _written_out([*first.values(), *parting.values()], baseline, candidate, births)
    later = {group: difference.number for group, difference in parting.items() if difference is not first[group]}
    return {
        group: (told[difference.number], told[later[group]] if group in later else None)
        for group, difference in first.items()
    }


def _side_by_side(
    baseline: Iterable[AnyFact], candidate: Iterable[AnyFact]
) -> Iterator[tuple[int, list[AnyFact], list[AnyFact]]]:
    """Give (number, baseline's facts, candidate's facts) for every command that has any, in order."""
    left, right = _by_command(baseline), _by_command(candidate)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            yield one[0], one[1], []
            one = next(left, None)
        elif one is None or other[0] < one[0]:
            yield other[0], [], other[1]
            other = next(right, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(left, None), next(right, None)


def _by_command(facts: Iterable[AnyFact]) -> Iterator[tuple[int, list[AnyFact]]]:
    return ((number, list(group)) for number, group in groupby(facts, key=lambda fact: fact.command))


def _note_births(facts: Iterable[AnyFact], births: Births) -> None:
    for fact in facts:
        if isinstance(fact, ProfileCreated):
            births[fact.profile_id] = fact.command


def _effects(facts: Iterable[AnyFact], births: Births) -> set[tuple[object, ...]]:
    """Give what facts changed, profiles named by birth, in no order; why, and what was refused, is no effect."""
    effects: set[tuple[object, ...]] = set()
    for fact in facts:
        if isinstance(fact, ProfilesMerged):
            absorbed = tuple(births[profile_id] for profile_id in fact.absorbed)
            effects.add((type(fact), births[fact.survivor], absorbed))
        elif isinstance(fact, IdentifierAdded | IdentifierRemoved | IdentifierEvicted):
            effects.add((type(fact), births[fact.profile_id], fact.id_type, fact.value))
        elif isinstance(fact, ProfileCreated | ProfileDeleted):
            effects.add((type(fact), births[fact.profile_id]))
    return effects


def _placements(facts: Iterable[AnyFact], births: Births) -> set[tuple[object, ...]]:
    """Give only what facts did to profiles: created, merged, deleted, and which of them was given something."""
    return {
        effect[:2] if effect[0] is IdentifierAdded else effect
        for effect in _effects(facts, births)
        if effect[0] not in (IdentifierRemoved, IdentifierEvicted)
    }


def _touched(facts: Iterable[AnyFact], run: Run, groups: Groups) -> Iterator[int]:
    for fact in facts:
        if isinstance(fact, ProfilesMerged):
            profile_id: ProfileId | None = fact.survivor
        else:
            profile_id = getattr(fact, "profile_id", None)
        if profile_id is not None and profile_id in run.engine:
            yield from groups.get(run.engine.canonical_id(profile_id), ())


def _find_rejected(
    baseline: Run,
    candidate: Run,
    missing: set[int],
    refs: Mapping[str, Sequence[int]],
    first: dict[int, _Difference],
) -> None:
    """Find, for groups without one, the first command of their refs that only one run applied."""
    if not missing:
        return
    for number, ref in _applied_by_one(baseline, candidate):
        for group in missing.intersection(refs.get(ref or "", ())):
            first.setdefault(group, _Difference(number, [], []))


def _applied_by_one(baseline: Run, candidate: Run) -> Iterator[tuple[int, str | None]]:
    """Give (number, ref) of the commands that only one run applied, in order."""
    both = heapq.merge(*(((each.number, each.ref) for each in run.applied) for run in (baseline, candidate)))
    for (number, ref), times in groupby(both):
        if len(list(times)) == 1:
            yield number, ref


def _written_out(
    differences: list[_Difference], baseline: Run, candidate: Run, births: tuple[Births, Births]
) -> dict[int, Cause]:
    """Tell the differences, by command number."""
    numbers = {difference.number for difference in differences}
    left, right = _entries(baseline, numbers), _entries(candidate, numbers)
    lines = {entry.line for entry in (*left.values(), *right.values())}
    refusals = _rejections(baseline, lines), _rejections(candidate, lines)
    refs_of_births = _refs_of_births(baseline, candidate, differences, births)
    told = {}
    for difference in differences:
        entry = left.get(difference.number) or right[difference.number]
        sides = (
            Side.of(left.get(difference.number), difference.baseline, refusals[0].get(entry.line)),
            Side.of(right.get(difference.number), difference.candidate, refusals[1].get(entry.line)),
        )
        facts = [*difference.baseline, *difference.candidate]
        told[difference.number] = Cause(
            line=entry.line,
            ref=entry.ref,
            at=facts[0].at if facts else None,
            kind=kind_of_difference(*sides),
            why=why(*sides, births, refs_of_births),
            baseline=sides[0],
            candidate=sides[1],
        )
    return told


def _entries(run: Run, numbers: set[int]) -> dict[int, Applied]:
    return {entry.number: entry for entry in run.applied if entry.number in numbers}


def _rejections(run: Run, lines: set[int]) -> dict[int, Rejection]:
    return {
        rejection.line: rejection for rejection in run.rejected if rejection.line in lines and rejection.raw is not None
    }


def _refs_of_births(
    baseline: Run, candidate: Run, differences: list[_Difference], births: tuple[Births, Births]
) -> dict[int, str]:
    """Give, for the births of all profiles that the differences name, the ref of the creating record."""
    named = {
        side_births[profile_id]
        for difference in differences
        for facts, side_births in ((difference.baseline, births[0]), (difference.candidate, births[1]))
        for fact in facts
        for profile_id in _profiles_named(fact)
    }
    return {
        entry.number: entry.ref
        for run in (baseline, candidate)
        for entry in run.applied
        if entry.number in named and entry.ref is not None
    }


def _profiles_named(fact: AnyFact) -> tuple[ProfileId, ...]:
    if isinstance(fact, ProfilesMerged):
        return (fact.survivor, *fact.absorbed)
    ids = getattr(fact, "profile_id", None), getattr(fact, "owner", None)
    return tuple(profile_id for profile_id in ids if profile_id is not None)
