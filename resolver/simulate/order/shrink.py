"""Shrinking: from an order that changes a group to the smallest step away from the file that still does.

Tried first: one line earlier or later. Else delta debugging over the lines that change places.
"""

from collections.abc import Callable, Sequence

Order = Sequence[int]
Changes = Callable[[list[int]], bool]
"""Whether an order is allowed and still changes the group."""

MOST_TRIES = 400
"""Replays for one witness; then the smallest order found so far is given."""


class Shrinker:
    """Shrinks one order of the places 0..n-1; ``tries`` counts the replays."""

    def __init__(self, changes: Changes) -> None:
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
