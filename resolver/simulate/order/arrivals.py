"""Arrivals: the lines of a history as they may be put into another order, and what must stay in front of what.

Each line keeps the time that it had. A line that names a record stays between the two lines of that record that it
stood between; so what it means does not change. Lines that could not be understood play no part.
"""

import heapq
import random
from collections.abc import Iterable, Sequence

import msgspec

from resolver.commands import ApplySettings, Resolve
from resolver.history import Record
from resolver.names import Milliseconds

REF = "ref:"


class Arrivals:
    """Records with a time and a ref each; an *order* of them is a list of their places, from 0.

    *applied* has the lines that count for the time of those after them that have none (section 11).
    """

    def __init__(self, records: Iterable[Record], applied: frozenset[int]) -> None:
        self.records: list[Record] = []
        self.lines: list[int] = []
        now: Milliseconds = 0
        for record in records:
            command = record.command
            if command is None:
                continue
            at = command.at if isinstance(command.at, int) else now
            now = at if record.line in applied else now
            timed = msgspec.structs.replace(command, at=at)
            ref = record.ref if record.ref is not None or not isinstance(command, Resolve) else f"line:{record.line}"
            self.records.append(msgspec.structs.replace(record, command=timed, ref=ref))
            self.lines.append(record.line)
        self._before = _precedence(self.records)
        self.instants = _runs(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def ordered(self, order: Iterable[int]) -> list[Record]:
        """Return the records in an order, numbered by their position in it."""
        return [msgspec.structs.replace(self.records[place], line=line) for line, place in enumerate(order, 1)]

    def shuffled(self, dice: random.Random) -> list[int]:
        """Return a full shuffle that keeps what must be kept. O(n log n)."""
        return self._repaired(range(len(self)), dice)

    def shuffled_within_instants(self, dice: random.Random) -> list[int]:
        """Return a shuffle of neighbouring lines of one instant among themselves. O(n log n)."""
        order = list(range(len(self)))
        for run in self.instants:
            order[run.start : run.stop] = self._repaired(run, dice)
        return order

    def allows(self, order: Sequence[int]) -> bool:
        """Whether an order keeps what must be kept. O(n)."""
        position = {place: index for index, place in enumerate(order)}
        return all(
            position[before] < position[place]
            for place in order
            for before in self._before.get(place, ())
            if before in position
        )

    def _repaired(self, places: range, dice: random.Random) -> list[int]:
        """Draw lots for the places, and take the lowest that nothing must still precede, again and again."""
        lots = {place: dice.random() for place in places}
        after: dict[int, list[int]] = {}
        waits: dict[int, int] = {}
        for place in places:
            needed = [before for before in self._before.get(place, ()) if before in lots]
            waits[place] = len(needed)
            for before in needed:
                after.setdefault(before, []).append(place)
        ready = [(lot, place) for place, lot in lots.items() if not waits[place]]
        heapq.heapify(ready)
        order = []
        while ready:
            _, place = heapq.heappop(ready)
            order.append(place)
            for follower in after.get(place, ()):
                waits[follower] -= 1
                if not waits[follower]:
                    heapq.heappush(ready, (lots[follower], follower))
        return order


def _precedence(records: Sequence[Record]) -> dict[int, list[int]]:
    """Return for each place the places that must come before it. O(n).

    Where a ref, or the id that a line gives, is named at all, its lines and the lines that name it keep their
    order, but for those that name it between the same two lines. Nothing crosses new settings.
    """
    named = {name for record in records if (name := _name(record)) is not None}
    latest: dict[str, int] = {}
    since: dict[str, list[int]] = {}
    before: dict[int, list[int]] = {}
    wall: int | None = None
    since_wall: list[int] = []
    for place, record in enumerate(records):
        needed = before.setdefault(place, [])
        if wall is not None:
            needed.append(wall)
        if isinstance(record.command, ApplySettings):
            needed.extend(since_wall)
            wall, since_wall = place, []
        since_wall.append(place)
        name = _name(record)
        if name is not None:
            if name in latest:
                needed.append(latest[name])
            since.setdefault(name, []).append(place)
        for given in _given(record):
            if given in named:
                needed.extend(each for each in since.pop(given, []) if each != place)
                if given in latest:
                    needed.append(latest[given])
                latest[given] = place
    return before


def _name(record: Record) -> str | None:
    """Return what a line calls the profile that it is about."""
    name = getattr(record.command, "profile_id", None)
    return name if isinstance(name, str) else None


def _given(record: Record) -> list[str]:
    """Return the names that later lines may use for the profile of this one."""
    names = [] if record.ref is None else [REF + record.ref]
    new_profile = getattr(record.command, "new_profile_id", None)
    return [*names, new_profile] if isinstance(new_profile, str) else names


def _runs(records: Sequence[Record]) -> list[range]:
    """Return the places of neighbouring lines of one instant, where there are several."""
    runs: list[range] = []
    start = 0
    for place in range(1, len(records) + 1):
        if place == len(records) or _at(records[place]) != _at(records[start]):
            if place - start > 1:
                runs.append(range(start, place))
            start = place
    return runs


def _at(record: Record) -> object:
    return getattr(record.command, "at", None)
