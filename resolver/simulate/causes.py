"""Causes: for each changed group, the first command whose effect on it differs between two runs.

Both runs numbered the commands of one history alike, so their facts are read side by side, one pass. Profiles
are told apart by the number of the command that created them, never by their ids, which may differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

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
) -> dict[int, Cause]:
    """Give the cause of every changed group that has one, by the group's number. O(facts), one pass."""
    wanted = {number for groups in (*of_baseline.values(), *of_candidate.values()) for number in groups}
    births: tuple[Births, Births] = {}, {}
    first: dict[int, _Difference] = {}
    for number, left, right in _side_by_side(baseline.numbered_facts, candidate.numbered_facts):
        _note_births(left, births[0])
        _note_births(right, births[1])
        if len(first) == len(wanted) or _effects(left, births[0]) == _effects(right, births[1]):
            continue
        touched = [*_touched(left, baseline, of_baseline), *_touched(right, candidate, of_candidate)]
        for group in touched:
            first.setdefault(group, _Difference(number, left, right))
    _find_rejected(baseline, candidate, {group for group in wanted if group not in first}, refs, first)
    return _written_out(first, baseline, candidate, births)


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


def _effects(facts: Iterable[AnyFact], births: Births) -> list[object]:
    """Give what facts changed, profiles named by birth; why, and what was refused, is no effect."""
    effects: list[object] = []
    for fact in facts:
        if isinstance(fact, ProfilesMerged):
            absorbed = [births[profile_id] for profile_id in fact.absorbed]
            effects.append((type(fact), births[fact.survivor], absorbed))
        elif isinstance(fact, IdentifierAdded | IdentifierRemoved | IdentifierEvicted):
            effects.append((type(fact), births[fact.profile_id], fact.id_type, fact.value))
        elif isinstance(fact, ProfileCreated | ProfileDeleted):
            effects.append((type(fact), births[fact.profile_id]))
    return effects


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
    here = {entry.number for entry in baseline.applied}
    there = {entry.number for entry in candidate.applied}
    for run in (baseline, candidate):
        for entry in run.applied:
            if entry.ref is not None and (entry.number in here) != (entry.number in there):
                for group in refs.get(entry.ref, ()):
                    if group in missing and (group not in first or entry.number < first[group].number):
                        first[group] = _Difference(entry.number, [], [])


def _written_out(
    first: dict[int, _Difference], baseline: Run, candidate: Run, births: tuple[Births, Births]
) -> dict[int, Cause]:
    numbers = {difference.number for difference in first.values()}
    left, right = _entries(baseline, numbers), _entries(candidate, numbers)
    lines = {entry.line for entry in (*left.values(), *right.values())}
    refusals = _rejections(baseline, lines), _rejections(candidate, lines)
    refs_of_births = _refs_of_births(baseline, candidate, first, births)
    found = {}
    for group, difference in first.items():
        entry = left.get(difference.number) or right[difference.number]
        sides = (
            Side.of(left.get(difference.number), difference.baseline, refusals[0].get(entry.line)),
            Side.of(right.get(difference.number), difference.candidate, refusals[1].get(entry.line)),
        )
        facts = [*difference.baseline, *difference.candidate]
        found[group] = Cause(
            line=entry.line,
            ref=entry.ref,
            at=facts[0].at if facts else None,
            kind=kind_of_difference(*sides),
            why=why(*sides, births, refs_of_births),
            baseline=sides[0],
            candidate=sides[1],
        )
    return found


def _entries(run: Run, numbers: set[int]) -> dict[int, Applied]:
    return {entry.number: entry for entry in run.applied if entry.number in numbers}


def _rejections(run: Run, lines: set[int]) -> dict[int, Rejection]:
    return {
        rejection.line: rejection for rejection in run.rejected if rejection.line in lines and rejection.raw is not None
    }


def _refs_of_births(
    baseline: Run, candidate: Run, first: dict[int, _Difference], births: tuple[Births, Births]
) -> dict[int, str]:
    """Give, for the births of all profiles that the differences name, the ref of the creating record."""
    named = {
        side_births[profile_id]
        for difference in first.values()
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
