"""A timeline: the store of one run as it was after any step, and what each step did.

Facts are enough to rebuild a store (I6), so a step is taken by folding its facts. Some stores on the way are kept, as
forks, so that no step is far from one of them: stepping back folds a few facts too.
"""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from copy import copy

from resolver.engine import Engine
from resolver.errors import ProfileNotFound
from resolver.evidence import RuleMatch
from resolver.names import ProfileId, Status
from resolver.studio.steps import FurtherSteps, Steps

MOST_CHECKPOINTS = 16
"""Stores that are kept all over a timeline."""

LEAST_SPACING = 256
"""Steps between two of them at least."""

FAR = 2_000
"""Steps from the nearest store from which on one that is only to be asked what an event found is not made."""

_BEHIND = (8, 64, 512)
"""How many steps before the one that was asked for stores are kept too, as the next question is often about them."""

_MOST_RECENT, _MOST_BEHIND = 4, 6


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

    def continued(self, steps: FurtherSteps) -> "Timeline":
        """Return the timeline of *steps*, which begin with those of this one; this one stays as it is.

        O(profiles, with a small constant; new steps).
        """
        other = copy(self)
        other.steps = steps
        other._checkpoints, other._recent, other._behind = self._checkpoints.copy(), self._recent.copy(), OrderedDict()
        other._kept = other._checkpoints, other._recent, other._behind
        other._rejected, other._merged, other._steps_of = self._rejected[:], self._merged[:], self._steps_of.copy()
        for number in range(len(self) + 1, len(steps) + 1):
            profile_id = steps.result(number).profile_id
            if profile_id in self._steps_of:
                other._steps_of[profile_id] = self._steps_of[profile_id][:]
        other._checkpoints[len(steps)] = steps.last()
        other.extend()
        return other

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
        nearest = max(place for stores in self._kept for place in stores if place < number)
        if number - nearest > FAR:
            return self.steps.found(number)
        return self.steps.found_in(number, self.store_after(number - 1))

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
