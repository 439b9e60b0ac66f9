"""Pair tables: which profiles hold two given values together, for compound rules (R7).

Whoever satisfies ``phone AND lastName AND zip`` holds a wanted phone together with a wanted last name, and a wanted
last name together with a wanted zip. So each two neighbouring types of a rule have a table from a pair of values to
its holders, which rules that name the same two types share. Every type of a rule is in one of its pairs, and the
pair with the fewest holders gives the candidates: a popular value costs nothing as long as another one beside it is
rare. Pairs and not whole combinations, for these multiply with every type that a rule names.
"""

from typing import Any

from resolver.kernel import codes
from resolver.kernel.columns import copied, filled
from resolver.kernel.rows import Column, ProfileRow, TypeNumber, ValueRow

LEAST_ROOM = 16


def pair_key(one: ValueRow, other: ValueRow) -> int:
    """The key of two values, of which the first one is of the type ``one`` of the table.

    >>> pair_key(5, 6) == (5 << 32) + 6
    True
    """
    return one << 32 | other


def spread(key: int) -> int:
    """A number of which the lower bits differ for keys that are near each other, as those of rows are.

    The factors are primes below 2**30: with them the sum of both fits into 64 bits.
    """
    one = key >> 32
    other = key - (one << 32)
    return one * 374761393 + other * 668265263 >> 14


class PairTable:
    """For two idTypes, from a value of each to the profiles that hold both.

    An open hash table in one column: compiled, a look-up makes no objects, where a dict makes two.

    >>> table = PairTable(0, 1)
    >>> table.put(pair_key(5, 6), 7); table.put(pair_key(5, 6), 8)
    >>> table.holders(pair_key(5, 6))
    [7, 8]
    """

    __slots__ = ("one", "other", "shared", "slots", "used")

    def __init__(self, one: TypeNumber, other: TypeNumber) -> None:
        self.one = one
        self.other = other
        self.slots: Column[int, Any] = filled("q", codes.NOBODY, 2 * LEAST_ROOM)
        """Two numbers a slot: a key, ``NOBODY`` where the slot is free; and its holder, ``NOBODY`` where a key lost its
        last one, or ``SHARED``. The number of slots is a power of two."""
        self.used = 0
        """How many slots have a key; never too few."""
        self.shared: dict[int, dict[ProfileRow, None]] = {}
        """The holders of each shared pair; their order has no meaning."""

    def slot_of(self, key: int) -> int:
        """Where a key stands, or the free slot where it would. O(1)."""
        last = len(self.slots) - 2
        place = spread(key) & last
        while self.slots[place] != key and self.slots[place] != codes.NOBODY:
            place = place + 2 & last
        return place

    def put(self, key: int, profile: ProfileRow) -> None:
        """Enter a holder of a pair. O(1) amortized."""
        place = self.slot_of(key)
        if self.slots[place] == codes.NOBODY:
            if 3 * (self.used + 1) > len(self.slots):
                self.make_room()
                place = self.slot_of(key)
            self.used += 1
            self.slots[place + 1] = codes.NOBODY
            self.slots[place] = key
        holder = self.slots[place + 1]
        if holder == codes.NOBODY:
            self.slots[place + 1] = profile
        elif holder == codes.SHARED:
            self.shared[key][profile] = None
        elif holder != profile:
            self.shared[key] = {holder: None, profile: None}
            self.slots[place + 1] = codes.SHARED

    def take(self, key: int, profile: ProfileRow) -> None:
        """Remove a holder of a pair, if it is there. O(1)."""
        place = self.slot_of(key)
        if self.slots[place] == key:
            holder = self.slots[place + 1]
            if holder == codes.SHARED:
                sharing = self.shared[key]
                sharing.pop(profile, None)
                if len(sharing) == 1:
                    [self.slots[place + 1]] = sharing
                    del self.shared[key]
            elif holder == profile:
                self.slots[place + 1] = codes.NOBODY

    def make_room(self) -> None:
        """Leave out the keys that nobody holds any more, and let at most a third of the slots be used."""
        old = self.slots
        live = len([place for place in range(0, len(old), 2) if old[place + 1] != codes.NOBODY])
        room = LEAST_ROOM
        while room < 3 * live:
            room *= 2
        new = filled("q", codes.NOBODY, 2 * room)
        self.rehash(old, new)
        self.slots = new
        self.used = live

    def rehash(self, old: Column[int, Any], new: Column[int, Any]) -> None:
        """Copy the keys that have holders."""
        last = len(new) - 2
        for place in range(0, len(old), 2):
            if old[place + 1] != codes.NOBODY:
                key = old[place]
                there = spread(key) & last
                while new[there] != codes.NOBODY:
                    there = there + 2 & last
                new[there] = key
                new[there + 1] = old[place + 1]

    def restore(self, key: int, profile: ProfileRow, entered: bool) -> None:
        """Undo one change, whole or begun: remove what was *entered*, or enter what was removed."""
        if entered:
            self.take(key, profile)
        else:
            self.put(key, profile)
        if self.holder(key) != codes.SHARED:
            self.shared.pop(key, None)

    def holder(self, key: int) -> ProfileRow:
        """The one holder of a pair; ``NOBODY``; or ``SHARED``, then ``shared`` has them. O(1)."""
        place = self.slot_of(key)
        return self.slots[place + 1] if self.slots[place] == key else codes.NOBODY

    def size(self, key: int) -> int:
        """How many profiles hold a pair."""
        holder = self.holder(key)
        return len(self.shared[key]) if holder == codes.SHARED else 0 if holder == codes.NOBODY else 1

    def holders(self, key: int) -> list[ProfileRow]:
        """The holders of a pair, in no order that means anything."""
        holder = self.holder(key)
        return list(self.shared[key]) if holder == codes.SHARED else [] if holder == codes.NOBODY else [holder]

    def copy(self) -> "PairTable":
        """An independent copy. O(keys), with a small constant."""
        other = PairTable(self.one, self.other)
        other.slots = copied(self.slots)
        other.used = self.used
        other.shared = {key: sharing.copy() for key, sharing in self.shared.items()}
        return other

    def contents(self) -> dict[int, set[ProfileRow]]:
        """Every pair that is held, with its holders, for checks. O(keys)."""
        live = [place for place in range(0, len(self.slots), 2) if self.slots[place + 1] != codes.NOBODY]
        return {self.slots[place]: set(self.holders(self.slots[place])) for place in live}
