"""A timeline: the store of one run as it was after any step, and what each step did.

Facts are enough to rebuild a store (I6), so a step is taken by folding its facts. Some stores on the way are kept, as
forks, so that no step is far from one of them: stepping back folds a few facts too.
"""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

import msgspec

from resolver.engine import Engine
from resolver.errors import ProfileNotFound, ResolverError
from resolver.evidence import RuleMatch, matches
from resolver.facts import AnyFact, ProfileCreated, subject_of
from resolver.history import Record
from resolver.names import IdType, ProfileId, Status
from resolver.simulate.matched import empty_engine
from resolver.simulate.run import Run
from resolver.simulate.steps import Rejection, Step, Wanted

MOST_CHECKPOINTS = 16
"""Stores that are kept all over a timeline."""

LEAST_SPACING = 256
"""Steps between two of them at least."""

FAR = 2_000
"""Steps from the nearest store from which on one that is only to be asked what an event found is not made."""

_BEHIND = (8, 64, 512)
"""How many steps before the one that was asked for stores are kept too, as the next question is often about them."""

_MOST_RECENT, _MOST_BEHIND = 4, 6


class Result(msgspec.Struct, frozen=True):
    """What became of one event: status and profile where it was applied, else why not; and values that were dropped."""

    status: Status | None
    profile_id: ProfileId | None = None
    rejections: tuple[Rejection, ...] = ()

    @property
    def why_not(self) -> str | None:
        """Why the event was rejected; None where it was applied."""
        if self.status is not None:
            return None
        return next((each.detail for each in self.rejections if each.id_type is None), "it was rejected")


class Steps(Protocol):
    """What a timeline is made of: steps that are numbered from 1."""

    @property
    def births(self) -> dict[ProfileId, int]:
        """For each id of a profile, the number of the command that created it."""

    def __len__(self) -> int:
        """How many steps there are."""

    def result(self, number: int) -> Result:
        """Return what became of an event."""

    def given(self, number: int) -> Sequence[tuple[IdType, Any]] | None:
        """Return the identifiers of an applied resolve, as they are written; None where there are none to know of."""

    def facts(self, number: int) -> Sequence[AnyFact]:
        """Return what a step did."""

    def empty(self) -> Engine:
        """Return the store before the first step."""

    def last(self) -> Engine | None:
        """Return the store after the last step, where it is there already."""

    def found(self, number: int) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, without a store of the step before. O(steps)."""


class RunSteps:
    """The steps of a run over events, each of which is one. One pass over the run; memory for what became of them."""

    def __init__(self, run: Run, records: Sequence[Record]) -> None:
        self.run = run
        self._numbers = array("q", [0]) * len(records)
        """The number that each event's command has in the run; 0 where it was not applied."""
        self._results: list[tuple[Status | None, ProfileId | None]] = [(None, None)] * len(records)
        self._rejections: dict[int, list[Rejection]] = {}
        place = {record.line: number for number, record in enumerate(records)}
        for step in run.select(Wanted(is_applied=True)):
            self._numbers[place[step.line]] = step.number
            self._results[place[step.line]] = step.status, step.profile_id
        for rejection in run.rejected:
            self._rejections.setdefault(place[rejection.line] + 1, []).append(rejection)

    @cached_property
    def births(self) -> dict[ProfileId, int]:
        """For each id of a profile, the number of the command that created it."""
        return {**self.run.source.births()}

    def __len__(self) -> int:
        return len(self._results)

    def result(self, number: int) -> Result:
        """Return what became of an event."""
        return Result(*self._results[number - 1], tuple(self._rejections.get(number, ())))

    def given(self, number: int) -> Sequence[tuple[IdType, Any]] | None:
        """Return the identifiers of an applied resolve, as they are written; None for any other event."""
        step = self._step(number)
        return None if step is None or step.op != "resolve" else step.given

    def facts(self, number: int) -> Sequence[AnyFact]:
        """Return what a step did."""
        step = self._step(number)
        return () if step is None else step.facts

    def _step(self, number: int) -> Step | None:
        """Return the step of an event that was applied. O(log events)."""
        known = self._numbers[number - 1]
        return next(self.run.select(Wanted(numbers=[known]))) if known else None

    def empty(self) -> Engine:
        """Return the store before the first step."""
        return empty_engine(self.run.settings, self.run.options)

    def last(self) -> Engine | None:
        """Return the store after the last step."""
        return self.run.engine

    def found(self, number: int) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, from the facts of the profiles concerned. Two passes over the run."""
        known = self._numbers[number - 1]
        return self.run.matches_at([known]).get(known, ()) if known else ()


class FactSteps:
    """The steps that a log of facts tells of: the commands of a store that lives elsewhere, in order. O(facts).

    What a command asked for is not in its facts, so of a command its status and its profile are known.
    """

    def __init__(self, facts: Sequence[AnyFact], empty: Engine) -> None:
        self._empty = empty
        self._groups: list[list[AnyFact]] = []
        self.births: dict[ProfileId, int] = {}
        self.extend(facts)

    def extend(self, facts: Iterable[AnyFact]) -> None:
        """Add the facts of the commands that came next, all of each. O(facts)."""
        for fact in facts:
            if not self._groups or self._groups[-1][0].command != fact.command:
                self._groups.append([])
            self._groups[-1].append(fact)
            if isinstance(fact, ProfileCreated):
                self.births[fact.profile_id] = fact.command

    def __len__(self) -> int:
        return len(self._groups)

    def result(self, number: int) -> Result:
        """Return what became of a command."""
        facts = self._groups[number - 1]
        kinds = [type(fact).__name__ for fact in facts]
        profile_id = next((each for each in map(subject_of, reversed(facts)) if each is not None), None)
        status = next((status for kind, status in _STATUSES.items() if kind in kinds), Status.UPDATED)
        return Result(status, profile_id)

    def given(self, number: int) -> None:
        """Return None: what was asked for is not known."""

    def facts(self, number: int) -> Sequence[AnyFact]:
        """Return what a step did."""
        return self._groups[number - 1]

    def empty(self) -> Engine:
        """Return the store before the first step."""
        return self._empty.fork()

    def last(self) -> Engine | None:
        """Return None: the store is made from its facts."""
        return None

    def found(self, number: int) -> tuple[RuleMatch, ...]:
        """Return nothing: what was asked for is not known."""
        return ()


_STATUSES = {
    "SettingsApplied": Status.SETTINGS,
    "ProfileDeleted": Status.DELETED,
    "ProfilesMerged": Status.MERGED,
    "ProfileCreated": Status.CREATED,
}


class Timeline:
    """The store of some steps as it was after any of them. Stores that it gives must not be changed."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self._spacing = max(LEAST_SPACING, -(-len(steps) // MOST_CHECKPOINTS))
        self._checkpoints = {0: steps.empty()}
        last = steps.last()
        if last is not None:
            self._checkpoints[len(steps)] = last
        self._recent: OrderedDict[int, Engine] = OrderedDict()
        self._behind: OrderedDict[int, Engine] = OrderedDict()
        self._kept: tuple[dict[int, Engine], ...] = (self._checkpoints, self._recent, self._behind)
        self._steps_of: dict[ProfileId, array[int]] = {}
        self._rejected, self._merged = array("q"), array("q")
        self._known = 0
        self.extend()

    def extend(self) -> None:
        """Take in the steps that came since. O(those)."""
        steps = self.steps
        for number in range(self._known + 1, len(steps) + 1):
            result = steps.result(number)
            if result.status is None:
                self._rejected.append(number)
                continue
            if result.status == Status.MERGED:
                self._merged.append(number)
            if result.profile_id is not None:
                self._steps_of.setdefault(result.profile_id, array("q")).append(number)
        self._known = len(steps)
        while len(steps) > 2 * self._spacing * MOST_CHECKPOINTS:
            self._spacing *= 2
            for place in [each for each in self._checkpoints if each % self._spacing]:
                del self._checkpoints[place]

    def __len__(self) -> int:
        return len(self.steps)

    def rejected_until(self, number: int) -> int:
        """Return how many events were rejected up to a step. O(log steps)."""
        return bisect_right(self._rejected, number)

    def merges_until(self, number: int) -> int:
        """Return how many events merged profiles up to a step. O(log steps)."""
        return bisect_right(self._merged, number)

    def profile_named_by(self, number: int) -> ProfileId | None:
        """Return the profile of a step, as it was called then; None where it was rejected or is about none."""
        return self.steps.result(number).profile_id

    def store_after(self, number: int) -> Engine:
        """Return the store after a step; 0 is before the first.

        O(steps from the nearest store that is kept): one from the step before, at most a 16th of the timeline.
        """
        for stores in self._kept:
            if number in stores:
                return stores[number]
        start, engine = max(
            ((place, store) for stores in self._kept for place, store in stores.items() if place < number),
            key=lambda pair: pair[0],
        )
        if start in self._behind:
            self._behind.move_to_end(start)
        engine = engine.fork()
        behind = {number - distance for distance in _BEHIND if number - start > 2 * distance}
        for each in range(start + 1, number):
            engine.fold(self.steps.facts(each))
            if each % self._spacing == 0:
                self._checkpoints[each] = engine.fork()
            elif each in behind:
                _keep(self._behind, _MOST_BEHIND, each, engine.fork())
        engine.fold(self.steps.facts(number))
        _keep(self._recent, _MOST_RECENT, number, engine)
        return engine

    def found_by(self, number: int) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, rule by rule, as the engine's own matching says."""
        given = self.steps.given(number)
        if given is None:
            return ()
        nearest = max(place for stores in self._kept for place in stores if place < number)
        if number - nearest > FAR:
            return self.steps.found(number)
        try:
            return matches(self.store_after(number - 1), given)
        except ResolverError:
            return ()

    def profile_of(self, number: int, after: int) -> ProfileId | None:
        """Return the profile that a step's event belongs to after another step; None where it has none any more."""
        named = self.profile_named_by(number)
        if named is None:
            return None
        try:
            return self.store_after(after).canonical_id(named)
        except ProfileNotFound:
            return None

    def steps_in(self, profile_id: ProfileId, after: int) -> list[int]:
        """Return the steps whose events belong to a profile after a step, in order. O(its steps, log of all)."""
        found: list[int] = []
        for each in (profile_id, *self.store_after(after).aliases(profile_id)):
            numbers = self._steps_of.get(each, array("q"))
            found += numbers[: bisect_right(numbers, after)]
        return sorted(found)


def _keep(stores: OrderedDict[int, Engine], most: int, number: int, engine: Engine) -> None:
    stores[number] = engine
    while len(stores) > most:
        stores.popitem(last=False)
