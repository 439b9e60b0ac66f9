"""Side by side: the columns of two runs of one history, what a command changed in each, and which refs moved.

Profiles are told apart by the number of the command that created them, values by a number that both runs share. Two
groupings are intersected ref by ref: O(refs), never pair by pair. ``Regrouped`` intersects two that are finished;
``Cells`` counts how often each pair of groups occurs while both still change.
"""

from array import array
from collections.abc import Callable

from resolver.columns import marks
from resolver.kernel import codes, rows
from resolver.kernel.columns import filled, longer, more
from resolver.kernel.pair_table import spread
from resolver.kernel.rows import Integers
from resolver.kernel.tables import Tables


class RunColumns:
    """What one run did to which refs, as integers that can be held against those of another run.

    Command ``e`` has the number ``numbers[e]``, and the ref ``ref_of[e]`` by a number that both runs share; it ended in
    the profile ``subject[e]``, and its facts stand from ``first[e]`` to before ``first[e + 1]``, as in ``FactColumns``.
    Of a profile ``born`` is the number of the command that created it, ``top`` the profile in which it ended. ``end``
    has for each ref its profile at the end, ``order`` the refs in the order of their first applied commands. *find*
    returns for a value the number by which both runs know it; there are *values* of them.
    """

    __slots__ = (
        "born", "end", "extra", "fact", "find", "first", "known", "numbers", "order", "ref_of", "status", "subject",
        "top", "what", "who",
    )  # fmt: skip

    def __init__(
        self,
        numbers: Integers,
        ref_of: Integers,
        subject: Integers,
        status: Integers,
        first: Integers,
        fact: Integers,
        who: Integers,
        what: Integers,
        extra: Integers,
        born: Integers,
        top: Integers,
        end: "array[int]",
        order: "array[int]",
        find: Callable[[int], int],
        values: int,
    ) -> None:
        self.numbers = numbers
        self.ref_of = ref_of
        self.subject = subject
        self.status = status
        self.first = first
        self.fact = fact
        self.who = who
        self.what = what
        self.extra = extra
        self.born = born
        self.top = top
        self.end = end
        self.order = order
        self.find = find
        self.known: Integers = filled("i", marks.UNASKED, values)
        """For each value what *find* said of it."""

    def shared(self, value: int) -> int:
        """The number by which both runs know a value."""
        number: int = self.known[value]
        if number == marks.UNASKED:
            number = self.find(value)
            self.known[value] = number
        return number


def end_of(run: RunColumns, e: int) -> int:
    """What created the profile in which a command ended; ``NOBODY`` if there is none, or no command."""
    return run.born[run.subject[e]] if e >= 0 and run.subject[e] >= 0 else codes.NOBODY


def has_same_effects(one: RunColumns, e: int, other: RunColumns, f: int) -> bool:
    """Whether two runs changed the same with a command, in whatever order; why, and what was refused, is none of it.

    O(facts) where their order is the same, as it mostly is, else O(facts of the one times facts of the other).
    """
    if e >= 0 and f >= 0 and has_same_facts(one, e, other, f):
        return True
    return has_effects_of(one, e, other, f) and has_effects_of(other, f, one, e)


def has_same_facts(one: RunColumns, e: int, other: RunColumns, f: int) -> bool:
    """Whether two runs did the same with a command, fact by fact."""
    place = other.first[f]
    if one.first[e + 1] - one.first[e] != other.first[f + 1] - place:
        return False
    for mine in range(one.first[e], one.first[e + 1]):
        if one.fact[mine] != other.fact[place]:
            return False
        if effect_of(one, mine) >= 0 and not is_same_effect(one, mine, other, place):
            return False
        place += 1
    return True


def has_effects_of(one: RunColumns, e: int, other: RunColumns, f: int) -> bool:
    """Whether every effect of a command in one run is one that it has in the other."""
    if e >= 0:
        for mine in range(one.first[e], one.first[e + 1]):
            if effect_of(one, mine) >= 0 and not has_effect(one, mine, other, f):
                return False
    return True


def has_effect(one: RunColumns, mine: int, other: RunColumns, f: int) -> bool:
    """Whether a command has an effect in the other run."""
    if f >= 0:
        for place in range(other.first[f], other.first[f + 1]):
            if is_same_effect(one, mine, other, place):
                return True
    return False


def effect_of(run: RunColumns, place: int) -> int:
    """What a fact changed: a code of the kernel, or ``DELETED``; ``NOBODY`` for a fact that changed no profile."""
    kind = run.fact[place]
    if kind == codes.REPLACED or kind == codes.MOVED:
        return codes.REMOVED
    return kind if kind <= codes.MERGED or kind == marks.DELETED else codes.NOBODY


def is_same_effect(one: RunColumns, mine: int, other: RunColumns, place: int) -> bool:
    """Whether two facts, the first of which changed something, changed the same."""
    kind = effect_of(one, mine)
    if kind != effect_of(other, place) or one.born[one.who[mine]] != other.born[other.who[place]]:
        return False
    if kind == codes.MERGED:
        return has_same_absorbed(one, one.what[mine], other, other.what[place])
    if kind == codes.CREATED or kind == marks.DELETED:
        return True
    return one.shared(one.what[mine]) == other.shared(other.what[place])


def has_same_absorbed(one: RunColumns, mine: int, other: RunColumns, place: int) -> bool:
    """Whether two merges absorbed the same profiles, in the same order; both are places in ``extra``."""
    size = one.extra[mine]
    same: bool = size == other.extra[place]
    for each in range(1, size + 1 if same else 0):
        same = same and one.born[one.extra[mine + each]] == other.born[other.extra[place + each]]
    return same


def find_values(t: Tables, there: Tables, kinds: Integers, known: Integers) -> None:
    """Set for every value of a store its row in another one, if that has it; ``kinds`` are the idTypes there.

    An idType that has none there is ``NOBODY``. O(values), and nearly nothing where both stores have the same rows.

    >>> from resolver import Engine
    >>> one, other = Engine(), Engine()
    >>> _ = one.resolve({"email": "a@b.cc"}), other.resolve({"chat": "x"}), other.resolve({"email": "a@b.cc"})
    >>> known = array("i", [-1, -1])
    >>> _ = find_values(other._tables, one._tables, array("i", [0, 1, 2, 3]), known)
    >>> known.tolist()
    [-1, 0]
    """
    for place in range(t.n_values):
        value = rows.ValueRow(place)
        kind = kinds[t.kind[value]]
        if kind >= 0:
            text = t.text[value]
            if place < there.n_values and there.kind[value] == kind and there.text[value] == text:
                known[place] = place
            else:
                table = there.index[kind]
                found = table.find(there.text, text)
                if found != codes.NO_VALUE:
                    known[place] = found


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


def number_regrouped(before: Integers, after: Integers, order: Integers, number: Integers, first: Integers) -> int:
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


def count_regrouped(before: Integers, after: Integers, order: Integers, number: Integers, ends: Integers) -> int:
    """Set where each numbered group ends, if their refs stand one after the other; how many refs these are."""
    for ref in order:
        if after[ref] >= 0 and before[ref] >= 0 and number[after[ref]] >= 0:
            ends[number[after[ref]] + 1] += 1
    for group in range(1, len(ends)):
        ends[group] += ends[group - 1]
    size: int = ends[len(ends) - 1]
    return size


def place_regrouped(
    before: Integers, after: Integers, order: Integers, number: Integers, ends: Integers, refs: Integers
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
