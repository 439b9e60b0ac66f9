"""Steps: what became of each event of a run, of the few that came after it, or of a log of facts.

A timeline is made of them. They are numbered from 1, as the events are.
"""

from array import array
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

import msgspec

from resolver.engine import Engine
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact, ProfileCreated, subject_of
from resolver.history import Record
from resolver.names import ProfileId, Status
from resolver.simulate.matched import empty_engine, found_by
from resolver.simulate.one_by_one import go_on
from resolver.simulate.run import Run
from resolver.simulate.steps import Rejection, Step, Wanted


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

    @property
    def reason(self) -> str:
        """The reason why an event was rejected, in words without a value."""
        return next((each.reason for each in self.rejections), "it was rejected")


class Steps(Protocol):
    """What a timeline is made of: steps that are numbered from 1."""

    @property
    def births(self) -> Mapping[ProfileId, int]:
        """For each id of a profile, the number of the command that created it."""

    def __len__(self) -> int:
        """How many steps there are."""

    def result(self, number: int) -> Result:
        """Return what became of an event."""

    def found_in(self, number: int, engine: Engine) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, in the store as it was before it; nothing where it is no resolve."""

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

    def found_in(self, number: int, engine: Engine) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, in the store as it was before it."""
        step = self._step(number)
        return () if step is None else found_by(engine, step)

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

    def last(self) -> Engine:
        """Return the store after the last step."""
        return self.run.engine

    def found(self, number: int) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, from the facts of the profiles concerned. Two passes over the run."""
        known = self._numbers[number - 1]
        return self.run.matches_at([known]).get(known, ()) if known else ()


class FurtherSteps:
    """The steps of a run over events, and those of a few events after them, executed on a fork of its store.

    So what is added at the end of a long history is known at once. O(store, for the fork; the events after).
    """

    def __init__(self, before: RunSteps, records: Sequence[Record]) -> None:
        self._before = before
        further = go_on(before.run, records)
        self._engine = further.engine
        steps = {step.line: step for step in further.steps if step.outcome is not None}
        self._steps = [steps.get(record.line) for record in records]
        self._rejections: dict[int, list[Rejection]] = {}
        for rejection in further.rejections:
            self._rejections.setdefault(rejection.line, []).append(rejection)
        self._lines = [record.line for record in records]

    @cached_property
    def births(self) -> Mapping[ProfileId, int]:
        """For each id of a profile, the number of the command that created it."""
        facts = (fact for step in self._steps if step is not None for fact in step.facts)
        return ChainMap(
            {fact.profile_id: fact.command for fact in facts if isinstance(fact, ProfileCreated)},
            self._before.births,
        )

    def __len__(self) -> int:
        return len(self._before) + len(self._steps)

    def result(self, number: int) -> Result:
        """Return what became of an event."""
        place = number - len(self._before) - 1
        if place < 0:
            return self._before.result(number)
        step, rejections = self._steps[place], tuple(self._rejections.get(self._lines[place], ()))
        return Result(None, None, rejections) if step is None else Result(step.status, step.profile_id, rejections)

    def found_in(self, number: int, engine: Engine) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found, in the store as it was before it."""
        if number <= len(self._before):
            return self._before.found_in(number, engine)
        step = self._step(number)
        return () if step is None else found_by(engine, step)

    def facts(self, number: int) -> Sequence[AnyFact]:
        """Return what a step did."""
        if number <= len(self._before):
            return self._before.facts(number)
        step = self._step(number)
        return () if step is None else step.facts

    def _step(self, number: int) -> Step | None:
        return self._steps[number - len(self._before) - 1]

    def empty(self) -> Engine:
        """Return the store before the first step."""
        return self._before.empty()

    def last(self) -> Engine:
        """Return the store after the last step."""
        return self._engine

    def found(self, number: int) -> tuple[RuleMatch, ...]:
        """Return what the event of a step found; that of one of the events after is asked of the store before it."""
        if number <= len(self._before):
            return self._before.found(number)
        engine = self._before.last().fork()
        for each in range(len(self._before) + 1, number):
            engine.fold(self.facts(each))
        return self.found_in(number, engine)


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

    def found_in(self, number: int, engine: Engine) -> tuple[RuleMatch, ...]:
        """Return nothing: what was asked for is not known."""
        return ()

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
