"""Cells: how often each of many pairs of numbers occurs, as it changes.

>>> cells = Cells()
>>> cells.count(cell_key(5, 6), 1), cells.count(cell_key(5, 6), 1), cells.count(cell_key(5, 7), 1)
(0, 0, 1)
>>> cells.counts[0], cells.counts[1]
(2, 1)
"""

from typing import Any, TypeAlias

from resolver.kernel import codes
from resolver.kernel.columns import filled, longer, more
from resolver.kernel.pair_table import spread
from resolver.kernel.rows import Column

Integers: TypeAlias = Column[Any, Any]
"""A column of integers of any meaning."""

LEAST_ROOM = 64


def cell_key(one: int, other: int) -> int:
    """The key of two numbers below 2**31.

    >>> cell_key(5, 6) == (5 << 32) + 6
    True
    """
    return one << 32 | other


class Cells:
    """An open hash table in one column, from the key of a pair to its own number, and how often each pair occurs.

    Numbers ascend from 0 in the order in which pairs came first. ``appeared`` says of the last change whether the pair
    occurs that did not before it (1), occurs no more (-1), or neither (0).
    """

    __slots__ = ("appeared", "counts", "slots", "used")

    def __init__(self) -> None:
        self.slots: Integers = filled("q", codes.NOBODY, 2 * LEAST_ROOM)
        """Two numbers a slot: a key, ``NOBODY`` where the slot is free, and the number of the pair."""
        self.counts: Integers = filled("i", 0, LEAST_ROOM)
        self.used = 0
        self.appeared = 0

    def count(self, key: int, change: int) -> int:
        """Let a pair occur more often, or less; its number. O(1) amortized."""
        last = len(self.slots) - 2
        slot = spread(key) & last
        while self.slots[slot] != key and self.slots[slot] != codes.NOBODY:
            slot = slot + 2 & last
        if self.slots[slot] == codes.NOBODY:
            if 3 * (self.used + 1) > len(self.slots):
                self.make_room()
                return self.count(key, change)
            self.slots[slot] = key
            self.slots[slot + 1] = self.used
            self.used += 1
        number: int = self.slots[slot + 1]
        before = self.counts[number]
        self.counts[number] = before + change
        self.appeared = (before + change > 0) - (before > 0)
        return number

    def make_room(self) -> None:
        """Let at most a third of the slots be used."""
        old = self.slots
        new = filled("q", codes.NOBODY, 2 * len(old))
        self.enter_all(old, new)
        self.slots = new
        self.counts = longer(self.counts, more(len(new) // 3))

    def enter_all(self, old: Integers, new: Integers) -> None:
        """Copy all keys."""
        last = len(new) - 2
        for place in range(0, len(old), 2):
            if old[place] != codes.NOBODY:
                slot = spread(old[place]) & last
                while new[slot] != codes.NOBODY:
                    slot = slot + 2 & last
                new[slot] = old[place]
                new[slot + 1] = old[place + 1]
