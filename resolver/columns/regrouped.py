"""Regrouped: what one grouping of the same refs joins that another keeps apart, in columns of integers.

By intersecting the two groupings, ref by ref: O(refs), never pair by pair. ``Regrouped`` intersects two that are
finished; ``Cells`` counts how often each pair of groups occurs while both still change.
"""

from array import array

from resolver.kernel import codes
from resolver.kernel.columns import filled, longer, more
from resolver.kernel.pair_table import spread
from resolver.kernel.rows import Integers

LEAST_ROOM = 64
"""Slots of a new table of pairs."""


class Regrouped:
    """The groups of *after* that join refs of several groups of *before*, each with those parts.

    ``before[ref]`` and ``after[ref]`` are the groups of a ref, as numbers that are smaller than how many the grouping
    has (*before_groups*, *after_groups*), or ``NOBODY``; only refs in both are looked at. *order* has the refs in their
    order: groups, and the parts of each, come in the order of their first ref. Group ``g`` has the parts from
    ``starts[g]`` to before ``starts[g + 1]``, and part ``p`` the ``refs`` from ``parts[p]`` to before ``parts[p + 1]``.

    >>> one, other, order = array("i", [1, 1, 2]), array("i", [0, 0, 0]), array("i", [0, 1, 2])
    >>> found = Regrouped(one, other, order, 3, 1)
    >>> found.refs.tolist(), found.parts.tolist(), found.starts.tolist(), len(found)
    ([0, 1, 2], [0, 2, 3], [0, 2], 1)
    """

    __slots__ = ("parts", "refs", "starts")

    def __init__(
        self,
        before: "array[int]",
        after: "array[int]",
        order: "array[int]",
        before_groups: int,
        after_groups: int,
    ) -> None:
        number, first = (array("i", [codes.NOBODY]) * after_groups for _ in range(2))
        count = number_regrouped(before, after, order, number, first)
        ends = array("i", bytes(4 * (count + 1)))
        size = count_regrouped(before, after, order, number, ends)
        refs, self.refs = (array("i", bytes(4 * size)) for _ in range(2))
        place_regrouped(before, after, order, number, ends, refs)
        parts, self.starts = array("i", bytes(4 * (size + 1))), array("i", bytes(4 * (count + 1)))
        part_of = array("i", [codes.NOBODY]) * before_groups
        self.parts = parts[: part_regrouped(before, ends, refs, part_of, self.refs, parts, self.starts) + 1]

    def __len__(self) -> int:
        return len(self.starts) - 1


def number_regrouped(
    before: Integers,
    after: Integers,
    order: Integers,
    number: Integers,
    first: Integers,
) -> int:
    """Number the groups that join several, in the order of their first refs; how many they are."""
    several = codes.NOBODY - 1
    for ref in order:
        group = after[ref]
        if group >= 0 and before[ref] >= 0:
            if first[group] == codes.NOBODY:
                first[group] = before[ref]
            elif first[group] != before[ref]:
                first[group] = several
    count = 0
    for ref in order:
        group = after[ref]
        if group >= 0 and before[ref] >= 0 and first[group] == several and number[group] < 0:
            number[group] = count
            count += 1
    return count


def count_regrouped(
    before: Integers,
    after: Integers,
    order: Integers,
    number: Integers,
    ends: Integers,
) -> int:
    """Set where each numbered group ends, if their refs stand one after the other; how many refs these are."""
    for ref in order:
        if after[ref] >= 0 and before[ref] >= 0 and number[after[ref]] >= 0:
            ends[number[after[ref]] + 1] += 1
    for group in range(1, len(ends)):
        ends[group] += ends[group - 1]
    size: int = ends[len(ends) - 1]
    return size


def place_regrouped(
    before: Integers,
    after: Integers,
    order: Integers,
    number: Integers,
    ends: Integers,
    refs: Integers,
) -> None:
    """Put the refs of each numbered group together, in their order."""
    for ref in order:
        if after[ref] >= 0 and before[ref] >= 0 and number[after[ref]] >= 0:
            group = number[after[ref]]
            refs[ends[group]] = ref
            ends[group] += 1
    for group in range(len(ends) - 1, 0, -1):
        ends[group] = ends[group - 1]
    ends[0] = 0


def part_regrouped(
    before: Integers,
    ends: Integers,
    refs: Integers,
    part_of: Integers,
    by_part: Integers,
    parts: Integers,
    starts: Integers,
) -> int:
    """Put the refs of each part together in *by_part*, and set where parts and groups begin; how many parts there are.

    ``ends[group]`` is where the refs of a group begin.
    """
    count = 0
    for group in range(len(starts) - 1):
        start, end = ends[group], ends[group + 1]
        starts[group] = count
        for place in range(start, end):
            part = part_of[before[refs[place]]]
            if part < starts[group]:  # of another group, or of none
                part = count
                part_of[before[refs[place]]] = part
                count += 1
            parts[part + 1] += 1
        for part in range(starts[group], count):
            parts[part + 1] += parts[part]
        for place in range(start, end):
            part = part_of[before[refs[place]]]
            by_part[parts[part]] = refs[place]
            parts[part] += 1
        for part in range(count, starts[group], -1):
            parts[part] = parts[part - 1]
        parts[starts[group]] = start
    starts[len(starts) - 1] = count
    return count


def count_in_either(these: Integers, those: Integers) -> int:
    """How many refs are in a group of the one grouping or of the other.

    >>> count_in_either(array("i", [0, -1, -1]), array("i", [-1, 0, -1]))
    2
    """
    count = 0
    for ref in range(len(these)):
        if these[ref] >= 0 or those[ref] >= 0:
            count += 1
    return count


def place_only_in(order: Integers, these: Integers, those: Integers, refs: Integers) -> int:
    """Put into *refs*, in their order, those that only the first grouping has in a group; how many they are."""
    count = 0
    for ref in order:
        if these[ref] >= 0 and those[ref] < 0:
            refs[count] = ref
            count += 1
    return count


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

    >>> cells = Cells()
    >>> cells.count(cell_key(5, 6), 1), cells.count(cell_key(5, 6), 1), cells.count(cell_key(5, 7), 1)
    (0, 0, 1)
    >>> cells.counts[0], cells.counts[1]
    (2, 1)
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
