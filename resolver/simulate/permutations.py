"""Permutations: the lines of a history in another order, and the smallest step away from it that changes a group.

Each line keeps the time that it had. A line that names a record stays between the two lines of that record that it
stood between; so what it means does not change. Lines that could not be understood play no part.

Two lines are linked if they name the same identifier or the same record; lines that no chain of links joins never
touch the same profile, under any settings, whatever the order. So a question about a few records is answered by a
replay of few lines.
"""

import heapq
import random
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from resolver.commands import ApplySettings, Resolve, values_of
from resolver.history import Record
from resolver.names import REF, MatchingAlgo, Milliseconds
from resolver.rules.normalization import Normalizers
from resolver.settings import Settings
from resolver.simulate.without import Forms

Order = Sequence[int]
IsChanged = Callable[[list[int]], bool]
"""Whether an order is allowed and still changes the group."""

MOST_TRIES = 400
"""Replays for one witness; then the smallest order found so far is given."""


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


class Links:
    """Disjoint sets; ``links[thing]`` is the same for all things of one set. O(log n) amortized."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def __getitem__(self, thing: Hashable) -> Hashable:
        parent = self._parent
        while (above := parent.get(thing, thing)) != thing:
            parent[thing] = parent.get(above, above)  # halves the way for whoever asks next
            thing = above
        return thing

    def union(self, first: Hashable, *others: Hashable) -> None:
        """Link things with each other."""
        root = self[first]
        for other in others:
            self._parent[self[other]] = root


class Components:
    """The components of some records: O(values), once."""

    def __init__(self, records: Sequence[Record], settings: Settings, normalizers: Normalizers) -> None:
        self._links = Links()
        self._everything = any(isinstance(record.command, ApplySettings) for record in records)
        self._places: dict[Hashable, list[int]] = {}
        if self._everything:
            return
        fuzzy = {config.id_type for config in settings.identifier_configs if config.matching_algo is MatchingAlgo.FUZZY}
        forms = Forms(settings, normalizers)
        for place, record in enumerate(records):
            for link in _links(record, forms, fuzzy):
                self._links.union(("line", place), link)
        for place in range(len(records)):
            self._places.setdefault(self._links[("line", place)], []).append(place)

    def of(self, refs: Iterable[str], places: int) -> list[int]:
        """Return the places of the lines in the components of some refs, ascending; all *places* if settings change."""
        if self._everything:
            return list(range(places))
        roots = dict.fromkeys(self._links[("name", REF + ref)] for ref in refs)
        return sorted(place for root in roots for place in self._places.get(root, ()))


def _links(record: Record, forms: Forms, fuzzy: set[str]) -> list[Hashable]:
    name = _name(record)
    links: list[Hashable] = [("name", each) for each in (*_given(record), *([] if name is None else [name]))]
    for id_type, raw in values_of(record.command):
        if not isinstance(raw, str) or not isinstance(id_type, str):
            continue
        if id_type in fuzzy:  # values need only be alike: one component for the whole type
            links.append(("type", id_type))
            continue
        links.append(("value", id_type, forms.of(id_type, raw)))
    return links


class Shrinker:
    """From an order of the places 0..n-1 that changes a group to the smallest step away from the file that still does.

    Tried first: one line earlier or later. Else delta debugging over the lines that change places. ``tries`` counts the
    replays.
    """

    def __init__(self, changes: IsChanged) -> None:
        self._changes = changes
        self.tries = 0

    def shrunk(self, order: Order) -> list[int]:
        """Return an order that changes the group still; *order* itself must.

        Time: at most ``MOST_TRIES`` replays.
        """
        moved = self._fewest_moved(order)
        found = _with_moved(order, moved)
        for single in self._single_moves(found, moved):
            if self._try(single):
                return single
        return found

    def _try(self, order: list[int]) -> bool:
        if self.tries >= MOST_TRIES:
            return False
        self.tries += 1
        return self._changes(order)

    def _fewest_moved(self, order: Order) -> list[int]:
        """Delta debugging: leave out parts of the moved lines as long as what is left changes the group."""
        moved = sorted(place for index, place in enumerate(order) if index != place)
        parts = 2
        while len(moved) > 2:
            size = -(-len(moved) // parts)
            for start in range(0, len(moved), size):
                fewer = moved[:start] + moved[start + size :]
                if len(fewer) > 1 and self._try(_with_moved(order, fewer)):
                    moved, parts = fewer, max(parts - 1, 2)
                    break
            else:
                if parts >= len(moved):
                    break
                parts = min(parts * 2, len(moved))
        return moved

    def _single_moves(self, order: list[int], moved: list[int]) -> list[list[int]]:
        """Return the orders with one of the moved lines put elsewhere, the shortest way first."""
        inverted = [
            (early, late)
            for index, late in enumerate(moved)
            for early in moved[:index]
            if order.index(late) < order.index(early)
        ]
        ways = {(late, target) for early, late in inverted for target in range(early, late)}
        ways |= {(early, target) for early, late in inverted for target in range(early + 1, late + 1)}
        shortest = sorted(ways, key=lambda way: (abs(way[0] - way[1]), way))
        return [moved_to(len(order), line, target) for line, target in shortest[:MOST_TRIES]]


def moved_to(size: int, line: int, target: int) -> list[int]:
    """Return 0..size-1 with one place put where another stands.

    >>> moved_to(4, 3, 1), moved_to(4, 0, 2)
    ([0, 3, 1, 2], [1, 2, 0, 3])
    """
    order = [place for place in range(size) if place != line]
    order.insert(target, line)
    return order


def _with_moved(order: Order, moved: Sequence[int]) -> list[int]:
    """Return 0..n-1, with the moved ones in the order in which they stand in *order*."""
    chosen = set(moved)
    turns = iter([place for place in order if place in chosen])
    return [next(turns) if place in chosen else place for place in range(len(order))]


def described(order: Sequence[int], file: Sequence[int]) -> str:
    """Say how an order of lines differs from that of the file.

    >>> described([7, 3, 5], [3, 5, 7]), described([5, 7, 3], [3, 5, 7]), described([7, 5, 3], [3, 5, 7])
    ('line 7 arrives before line 3', 'line 3 arrives after line 7', 'lines 3 and 7 change places')
    """
    differing = [index for index, (one, other) in enumerate(zip(order, file, strict=True)) if one != other]
    first, last = differing[0], differing[-1]
    if last - first > 1 and list(order[first + 1 : last + 1]) == list(file[first:last]):
        return f"line {order[first]} arrives before line {file[first]}"
    if list(order[first:last]) == list(file[first + 1 : last + 1]):
        return f"line {order[last]} arrives after line {file[last]}"
    if len(differing) == 2:
        return f"lines {file[first]} and {file[last]} change places"
    moved = [file[index] for index in differing]
    return f"lines {', '.join(map(str, moved))} arrive as {', '.join(str(order[index]) for index in differing)}"
