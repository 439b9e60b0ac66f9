"""Profile lists: what each profile holds, in order of time and arrival over all its types (I2).

A list is a chain of holds. Profiles hold one to three values of a type nearly always, so a chain is walked, and a
newcomer nearly always goes to its end.
"""

from resolver.kernel import codes
from resolver.kernel.rows import CommandNumber, HoldRow, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import Scratch, add_cut, add_loose
from resolver.kernel.tables import Tables, holds, new_hold
from resolver.kernel.undo import log


def link(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow, at: Moment, number: CommandNumber) -> None:
    """Add a value to a profile, after all that are not later (A4). O(1) at the end, else O(values)."""
    hold = new_hold(t)
    t.held[hold] = value
    t.added_at[hold] = at
    t.added_by[hold] = number
    t.next_hold[hold] = codes.NO_HOLD
    tail = t.tail[profile]
    if profile < s.was_profiles:  # a new profile goes as a whole where it is taken back
        log(s, codes.SIZE, profile, t.size[profile])
        log(s, codes.TAIL, profile, tail)
    if tail < 0:
        follow(t, s, profile, codes.NO_HOLD, hold)
        t.tail[profile] = hold
    elif t.added_at[tail] <= at:
        if tail < s.was_holds:
            log(s, codes.NEXT, tail, codes.NO_HOLD)
        t.next_hold[tail] = hold
        t.tail[profile] = hold
    else:
        before, after = codes.NO_HOLD, t.head[profile]
        while t.added_at[after] <= at:
            before, after = after, t.next_hold[after]
        t.next_hold[hold] = after
        follow(t, s, profile, before, hold)
    t.size[profile] += 1
    if t.owner[value] == codes.NOBODY and not t.similarity:
        t.owner[value] = profile  # as ``own`` does, of which nearly every value needs no more
    else:
        own(t, s, value, profile)


def follow(t: Tables, s: Scratch, profile: ProfileRow, before: HoldRow, hold: HoldRow) -> None:
    """Let a hold come after another one, or first in the profile's list."""
    if before < 0:
        if profile < s.was_profiles:
            log(s, codes.HEAD, profile, t.head[profile])
        t.head[profile] = hold
    else:
        if before < s.was_holds:
            log(s, codes.NEXT, before, t.next_hold[before])
        t.next_hold[before] = hold


def unlink(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow) -> None:
    """Take a value, which must be there, out of a profile's list; it is free at once (I3). O(values)."""
    before, hold = codes.NO_HOLD, t.head[profile]
    while t.held[hold] != value:
        before, hold = hold, t.next_hold[hold]
    cut(t, s, profile, before, hold)
    disown(t, s, value, profile)


def cut(t: Tables, s: Scratch, profile: ProfileRow, before: HoldRow, hold: HoldRow) -> None:
    """Take a hold, whose predecessor is known, out of a profile's list."""
    after = t.next_hold[hold]
    follow(t, s, profile, before, after)
    if after < 0:
        log(s, codes.TAIL, profile, t.tail[profile])
        t.tail[profile] = before
    log(s, codes.SIZE, profile, t.size[profile])
    t.size[profile] -= 1
    add_cut(s, hold)


# Reading a list


def count(t: Tables, profile: ProfileRow, kind: TypeNumber) -> int:
    """How many values of an idType a profile holds."""
    total, hold = 0, t.head[profile]
    while hold >= 0:
        if t.kind[t.held[hold]] == kind:
            total += 1
        hold = t.next_hold[hold]
    return total


def count_until(t: Tables, profile: ProfileRow, kind: TypeNumber, at: Moment) -> int:
    """How many of them are not later than a time."""
    total, hold = 0, t.head[profile]
    while hold >= 0 and t.added_at[hold] <= at:
        if t.kind[t.held[hold]] == kind:
            total += 1
        hold = t.next_hold[hold]
    return total


def is_counted(added_at: Moment, at: Moment, window: int) -> bool:
    """Whether the limit of a type counts a value at a time: always, or if it came within the window (P2)."""
    if window == 0:
        return True
    if added_at > at:
        return False
    return added_at > at - window if at >= 0 else at - added_at < window  # of 64 bits, whatever the times are


def count_within(t: Tables, profile: ProfileRow, kind: TypeNumber, at: Moment, window: int) -> int:
    """How many values of an idType a profile holds that its limit counts at a time."""
    total, hold = 0, t.head[profile]
    while hold >= 0:
        if t.kind[t.held[hold]] == kind and is_counted(t.added_at[hold], at, window):
            total += 1
        hold = t.next_hold[hold]
    return total


def outermost_within(t: Tables, profile: ProfileRow, kind: TypeNumber, fifo: bool, at: Moment, window: int) -> ValueRow:
    """The value that the policy removes first of those that the limit counts at a time (L1, P2)."""
    found, hold = codes.NO_VALUE, t.head[profile]
    while hold >= 0:
        if t.kind[t.held[hold]] == kind and is_counted(t.added_at[hold], at, window):
            found = t.held[hold]
            if fifo:
                break
        hold = t.next_hold[hold]
    return found


def outermost(t: Tables, profile: ProfileRow, kind: TypeNumber, fifo: bool) -> ValueRow:
    """The value of an idType that the policy removes first, oldest or most recent (L1); ``NO_VALUE`` if none."""
    found, hold = codes.NO_VALUE, t.head[profile]
    while hold >= 0:
        if t.kind[t.held[hold]] == kind:
            found = t.held[hold]
            if fifo:
                break
        hold = t.next_hold[hold]
    return found


def values_of(t: Tables, profile: ProfileRow, kind: TypeNumber) -> list[ValueRow]:
    """The values of an idType that a profile holds, oldest first (Q1)."""
    values = []
    hold = t.head[profile]
    while hold >= 0:
        if t.kind[t.held[hold]] == kind:
            values.append(t.held[hold])
        hold = t.next_hold[hold]
    return values


# Uniting lists


def is_before(t: Tables, one: HoldRow, other: HoldRow) -> bool:
    """Whether a hold comes before another, by (time added, arrival order)."""
    at, other_at = t.added_at[one], t.added_at[other]
    return at < other_at or (at == other_at and t.added_by[one] < t.added_by[other])


def unite(t: Tables, s: Scratch, survivor: ProfileRow, absorbed: ProfileRow) -> None:
    """Put the list of an absorbed profile into the survivor's; a value of both keeps its earliest time (M3).

    O(values of both), O(values of the absorbed one) where all of them are later.
    """
    is_double = False
    hold = t.head[absorbed]
    while hold >= 0:
        if hand_over(t, s, t.held[hold], absorbed, survivor):
            is_double = True
        hold = t.next_hold[hold]
    if t.size[absorbed]:
        last = chain(t, s, survivor, t.head[survivor], t.head[absorbed], t.tail[survivor], t.tail[absorbed])
        log(s, codes.TAIL, survivor, t.tail[survivor])
        t.tail[survivor] = last
        log(s, codes.SIZE, survivor, t.size[survivor])
        t.size[survivor] += t.size[absorbed]
    if is_double:
        keep_earliest(t, s, survivor)


def chain(
    t: Tables, s: Scratch, profile: ProfileRow, one: HoldRow, two: HoldRow, last_of_one: HoldRow, last_of_two: HoldRow
) -> HoldRow:
    """Make one list, the profile's, of two that begin with the holds *one* and *two*; its last hold."""
    if one < 0:
        follow(t, s, profile, codes.NO_HOLD, two)
        return last_of_two
    if is_before(t, last_of_one, two):
        follow(t, s, profile, last_of_one, two)
        return last_of_two
    before = codes.NO_HOLD
    while one >= 0 or two >= 0:
        if two < 0 or (one >= 0 and not is_before(t, two, one)):
            hold, one = one, t.next_hold[one]
        else:
            hold, two = two, t.next_hold[two]
        follow(t, s, profile, before, hold)
        before = hold
    return before


def keep_earliest(t: Tables, s: Scratch, profile: ProfileRow) -> None:
    """Leave each value of a united list once, at its first place (M3)."""
    seen: set[ValueRow] = set()
    before, hold = codes.NO_HOLD, t.head[profile]
    while hold >= 0:
        value, after = t.held[hold], t.next_hold[hold]
        if value in seen:
            cut(t, s, profile, before, hold)
        else:
            seen.add(value)
            before = hold
        hold = after


# Who holds a value


def own(t: Tables, s: Scratch, value: ValueRow, profile: ProfileRow) -> None:
    """Note that a profile holds a value from now on."""
    owner = t.owner[value]
    if owner == codes.NOBODY:
        # Needs no log: between commands every value has a holder, so this one is new, or lost its holder just now.
        t.owner[value] = profile
        enter_similar(t, s, value)
    elif owner == codes.SHARED:
        log(s, codes.SHARER_IN, value, profile)
        t.sharers[value][profile] = None
    else:
        log(s, codes.SHARED_BY_TWO, value, owner)
        t.sharers[value] = {owner: None, profile: None}
        t.owner[value] = codes.SHARED


def disown(t: Tables, s: Scratch, value: ValueRow, profile: ProfileRow) -> None:
    """Note that a profile holds a value no more."""
    if t.owner[value] == codes.SHARED:
        sharers = t.sharers[value]
        log(s, codes.SHARER_OUT, value, profile)
        del sharers[profile]
        if len(sharers) == 1:
            [last] = sharers
            log(s, codes.ONE_LEFT, value, last)
            t.owner[value] = last
            del t.sharers[value]
    else:
        log(s, codes.OWNER, value, profile)
        t.owner[value] = codes.NOBODY
        add_loose(s, value)
        if t.similarity:
            leave_similar(t, s, value)


def hand_over(t: Tables, s: Scratch, value: ValueRow, absorbed: ProfileRow, survivor: ProfileRow) -> bool:
    """Put the survivor of a merge in the place of an absorbed holder; whether the survivor held the value too."""
    if t.owner[value] != codes.SHARED:
        log(s, codes.OWNER, value, absorbed)
        t.owner[value] = survivor
        return False
    is_double = holds(t, survivor, value)
    if not is_double:
        log(s, codes.SHARER_IN, value, survivor)
        t.sharers[value][survivor] = None
    disown(t, s, value, absorbed)
    return is_double


def enter_similar(t: Tables, s: Scratch, value: ValueRow) -> None:
    """Make a value of a fuzzy idType findable by similarity (R8)."""
    index = t.similarity.get(t.kind[value])
    if index is not None:
        text = t.text[value]
        s.entries.append((index, text, True))
        index.add(text)


def leave_similar(t: Tables, s: Scratch, value: ValueRow) -> None:
    """Make a value that nobody holds any more unfindable (R8)."""
    index = t.similarity.get(t.kind[value])
    if index is not None:
        text = t.text[value]
        s.entries.append((index, text, False))
        index.discard(text)
