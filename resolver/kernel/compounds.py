"""Compound rules: keeping the pair tables, and finding who shares a value of each type of a rule (R7, R8)."""

from resolver.kernel import codes
from resolver.kernel.choices import choose_held, clear_choices, is_blocked, text_of, widen
from resolver.kernel.pair_table import PairTable, pair_key
from resolver.kernel.profile_lists import values_of
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch, add_sharing, leave_each_once
from resolver.kernel.tables import Tables, holds
from resolver.kernel.undo import log_pair
from resolver.rules.matching import similar


def enter_pairs(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow) -> bool:
    """Enter the pairs of a value that a profile holds from now on; whether another profile holds one of them.

    O(values beside it).
    """
    is_shared = False
    for number in range(len(t.compounds)):
        if change_pairs(t, s, number, profile, value, True):
            is_shared = True
    return is_shared


def leave_pairs(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow) -> None:
    """Remove the pairs of a value that a profile holds no more."""
    for number in range(len(t.compounds)):
        change_pairs(t, s, number, profile, value, False)


def enter_profile(t: Tables, s: Scratch, profile: ProfileRow) -> None:
    """Enter every pair of a profile."""
    change_profile(t, s, profile, True)


def leave_profile(t: Tables, s: Scratch, profile: ProfileRow) -> None:
    """Remove every pair of a profile."""
    change_profile(t, s, profile, False)


def change_profile(t: Tables, s: Scratch, profile: ProfileRow, is_entering: bool) -> None:
    """Enter or remove every pair of a profile."""
    for number in range(len(t.compounds)):
        table = t.compounds[number]
        hold = t.head[profile]
        while hold >= 0:
            if t.kind[t.held[hold]] == table.one:
                change_pairs(t, s, number, profile, t.held[hold], is_entering)
            hold = t.next_hold[hold]


def change_pairs(t: Tables, s: Scratch, number: int, profile: ProfileRow, value: ValueRow, is_entering: bool) -> bool:
    """Enter or remove, under one table, the pairs of a value with what the profile holds beside it.

    Whether another profile holds one of those that were entered.
    """
    table = t.compounds[number]
    is_first = t.kind[value] == table.one
    is_shared = False
    if is_first or t.kind[value] == table.other:
        kind = table.other if is_first else table.one
        hold = t.head[profile]
        while hold >= 0:
            beside = t.held[hold]
            if t.kind[beside] == kind:
                key = pair_key(value, beside) if is_first else pair_key(beside, value)
                log_pair(s, number, key, profile, is_entering)
                if is_entering:
                    table.put(key, profile)
                    if table.holder(key) == codes.SHARED:
                        is_shared = True
                else:
                    table.take(key, profile)
            hold = t.next_hold[hold]
    return is_shared


def all_keys(t: Tables, table: PairTable, profile: ProfileRow) -> list[int]:
    """Every pair of a profile under one table."""
    others = values_of(t, profile, table.other)
    return [pair_key(one, other) for one in values_of(t, profile, table.one) for other in others]


# Searching


def find_sharers(t: Tables, s: Scratch, r: Rules, rule: int) -> int:
    """How many profiles share one of the choices of each of the rule's types (R7, R8); ``sharing`` has them.

    Costs a look-up for every two choices of neighbouring types, and the holders of the pair that has the fewest.
    """
    find_candidates(t, s, r, rule)
    start, end = r.rule_start[rule], r.rule_start[rule + 1]
    if end - start > 2:  # a pair says nothing of a third type
        kept = 0
        for place in range(s.n_sharing):
            profile = s.sharing[place]
            if holds_one_of_each(t, s, r, start, end, profile):
                s.sharing[kept] = profile
                kept += 1
        s.n_sharing = kept
    return s.n_sharing


def holds_one_of_each(t: Tables, s: Scratch, r: Rules, start: int, end: int, profile: ProfileRow) -> bool:
    """Whether a profile holds one of the choices of each of a rule's types."""
    for place in range(start, end):
        kind = r.rule_types[place]
        holds_it = False
        for choice in range(s.wide_start[kind], s.wide_end[kind]):
            if holds(t, profile, s.choices[choice]):
                holds_it = True
                break
        if not holds_it:
            return False
    return True


def find_candidates(t: Tables, s: Scratch, r: Rules, rule: int) -> int:
    """Leave in ``sharing`` every profile that holds one of the choices of each of the rule's types; how many they are.

    For a rule of three types or more, others may be among them.
    """
    s.n_sharing = 0
    start, end = r.rule_start[rule], r.rule_start[rule + 1]
    for place in range(start, end):
        widen(t, s, r, r.rule_types[place])
    best, least = start + 1, -1
    if end - start > 2:
        for place in range(start + 1, end):
            size = count_holders(t, s, r, place)
            if size == 0:
                return 0
            if least < 0 or size < least:
                best, least = place, size
    table = t.compounds[r.table_of[best]]
    for first in range(s.wide_start[table.one], s.wide_end[table.one]):
        for second in range(s.wide_start[table.other], s.wide_end[table.other]):
            key = pair_key(s.choices[first], s.choices[second])
            holder = table.holder(key)
            if holder >= 0:
                add_sharing(s, holder)
            elif holder == codes.SHARED:
                for each in table.shared[key]:
                    add_sharing(s, each)
    s.n_sharing = leave_each_once(s.sharing, s.n_sharing)
    return s.n_sharing


def count_holders(t: Tables, s: Scratch, r: Rules, place: int) -> int:
    """How many profiles hold a pair of choices: of the type at a place of ``rule_types``, and of the one before it."""
    size = 0
    table = t.compounds[r.table_of[place]]
    for first in range(s.wide_start[table.one], s.wide_end[table.one]):
        for second in range(s.wide_start[table.other], s.wide_end[table.other]):
            size += table.size(pair_key(s.choices[first], s.choices[second]))
    return size


def is_shared(t: Tables, s: Scratch, r: Rules, value: ValueRow, profile: ProfileRow) -> bool:
    """Whether a profile shares a value: holds it, or holds a similar one of a fuzzy type (R7, R8)."""
    kind = t.kind[value]
    if not r.fuzzy[kind]:
        return holds(t, profile, value)
    text, threshold = text_of(t, s, value), r.thresholds[kind]
    for other in values_of(t, profile, kind):
        if similar(text, t.text[other], threshold) and (other == value or not is_blocked(t, s, r, other)):
            return True
    return False


def is_shared_by_any(t: Tables, s: Scratch, r: Rules, value: ValueRow) -> bool:
    """Whether one of the profiles in ``sharing`` shares a value."""
    for place in range(s.n_sharing):  # noqa: SIM110
        if is_shared(t, s, r, value, s.sharing[place]):
            return True
    return False


def sharers_of(t: Tables, s: Scratch, r: Rules, rule: int, profile: ProfileRow) -> list[ProfileRow]:
    """The profiles that satisfy a rule together with one that has all its types, itself included; for checks."""
    clear_choices(t, s, r)
    for kind in r.types[rule]:
        choose_held(t, s, r, profile, kind)
    find_sharers(t, s, r, rule)
    return [s.sharing[place] for place in range(s.n_sharing)]
