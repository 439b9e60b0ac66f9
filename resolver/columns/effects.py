"""Effects: what a command changed in one run, and whether it changed the same in another run of the same history.

Profiles are told apart by the number of the command that created them, values by a number that both runs share.
"""

from array import array
from collections.abc import Callable

from resolver.columns import marks
from resolver.kernel import codes, rows
from resolver.kernel.columns import filled
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
