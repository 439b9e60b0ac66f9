"""Resolving: create, merge and attach, decided and carried out in one pass (R3 to R7, A2 to A4, L, M).

Everything here runs between ``begin`` and ``finish`` (``undo``): whatever fails in the middle is taken back.
"""

from resolver.kernel import codes
from resolver.kernel.columns import longer, more
from resolver.kernel.compounds import (
    enter_pairs,
    enter_profile,
    is_shared,
    is_shared_by_any,
    leave_pairs,
    leave_profile,
)
from resolver.kernel.matching import match_stored
from resolver.kernel.profile_lists import count, count_until, link, outermost, unite, unlink, values_of
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch, add_evidence, add_extra, add_fact, add_found, add_loose, add_sharing
from resolver.kernel.tables import Tables, holders, holds, is_born_before, new_profile
from resolver.kernel.undo import log


def give(t: Tables, s: Scratch, r: Rules, value: ValueRow) -> None:
    """Take a value at its place in the order of attaching (R4); one of the same type comes after those before it."""
    place = s.n_given
    if place == len(s.given):
        s.given = longer(s.given, more(place))
    rank = r.place[t.kind[value]]
    while place and r.place[t.kind[s.given[place - 1]]] > rank:
        s.given[place] = s.given[place - 1]
        place -= 1
    s.given[place] = value
    s.n_given += 1


def arrange(t: Tables, s: Scratch, r: Rules) -> None:
    """Put all that was given, however much, into the order of attaching (R4). O(n log n)."""
    given = [(r.place[t.kind[s.given[place]]], place, s.given[place]) for place in range(s.n_given)]
    given.sort()
    for place, (_, _, value) in enumerate(given):
        s.given[place] = value


def would_hold_something(t: Tables, s: Scratch, r: Rules) -> bool:
    """Whether a new profile would hold one of the given values (R5).

    Where no rule matched, none lets a collision merge either, so every owned unique value would be left out.
    """
    for place in range(s.n_given):
        value = s.given[place]
        if not r.unique[t.kind[value]] or t.owner[value] == codes.NOBODY:
            return True
    return False


def resolve(t: Tables, s: Scratch, r: Rules, at: Moment, number: CommandNumber) -> ProfileRow:
    """Create a profile or merge those that matching found (R3), then attach what was given (R4); the profile."""
    if s.n_found == 0:
        profile = new_profile(t, at, number)
        add_fact(s, codes.CREATED, profile, codes.NO_VALUE)
        s.status = codes.IS_CREATED
    elif s.n_found == 1:
        profile = s.found[0]
    else:
        profile = settle(t, s, r, merge(t, s, r), codes.NO_VALUE)
    for place in range(s.n_given):
        value = s.given[place]
        after = attach(t, s, r, profile, value, at, number)
        if after >= 0:
            profile = after
        else:
            add_fact(s, codes.CONFLICT, profile, s.n_extra)
            add_extra(s, value)
            add_extra(s, first_other_holder(t, profile, value))
    return profile


def first_other_holder(t: Tables, profile: ProfileRow, value: ValueRow) -> ProfileRow:
    """The earliest profile that holds a value, *profile* aside."""
    others = [other for other in holders(t, value) if other != profile]
    return others[0]


# Attaching


def attach(
    t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow, at: Moment, number: CommandNumber
) -> ProfileRow:
    """Attach one value: nothing if it is there (A2), a collision's merge (A3), or an insertion (A4).

    The profile afterwards, or ``COLLIDES`` if no rule lets the profile merge with the value's owner.
    """
    owner = t.owner[value]
    if owner == profile:
        return profile
    if owner != codes.NOBODY:
        if owner == codes.SHARED and holds(t, profile, value):
            return profile
        if r.unique[t.kind[value]]:
            profile = collide(t, s, r, profile, value)
            if profile < 0 or holds(t, profile, value):
                return profile
    return insert(t, s, r, profile, value, at, number)


def collide(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow) -> ProfileRow:
    """Merge with the owners of a unique value that a rule lets merge (A3).

    All of them, if there is a rule of that single idType; else those with whom a compound rule would hold, the value
    taken as shared. The profile afterwards, or ``COLLIDES`` if there is none.
    """
    kind = t.kind[value]
    others = [other for other in holders(t, value) if other != profile]
    evidence = {value: None}
    if not r.own_rule[kind]:
        joined: set[ProfileRow] = set()
        for rule in r.naming[kind]:
            beside = [values_of(t, profile, other) for other in r.types[rule] if other != kind]
            s.n_sharing = 0
            for owner in others:
                if shares_one_of_each(t, s, r, beside, owner):
                    joined.add(owner)
                    add_sharing(s, owner)
            for values in beside:
                evidence.update(dict.fromkeys([each for each in values if is_shared_by_any(t, s, r, each)]))
        others = [owner for owner in others if owner in joined]
        if not others:
            return codes.COLLIDES
    s.n_found = 0
    add_found(s, profile)
    for owner in others:
        add_found(s, owner)
    s.n_evidence = 0
    for each in evidence:
        add_evidence(s, each)
    s.rule = codes.COLLISION_RULE
    return settle(t, s, r, merge(t, s, r), codes.NO_VALUE)


def shares_one_of_each(t: Tables, s: Scratch, r: Rules, beside: list[list[ValueRow]], profile: ProfileRow) -> bool:
    """Whether a profile shares a value of each list."""
    for values in beside:  # noqa: SIM110 - compiled code has no generators
        if not [value for value in values if is_shared(t, s, r, value, profile)]:
            return False
    return True


def insert(
    t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow, at: Moment, number: CommandNumber
) -> ProfileRow:
    """Insert a value at the command's time, apply the limit (A4, L1), then the compound rules (R7); the profile."""
    kind = t.kind[value]
    limit = r.limit[kind]
    surplus = 0
    if t.size[profile] >= limit:
        surplus = count(t, profile, kind) + 1 - limit
        if surplus > 0:
            place = count_until(t, profile, kind, at)
            if place < surplus if r.fifo[kind] else place >= limit:  # the newcomer is among those that would leave
                add_fact(s, codes.FULL, profile, value)
                if t.owner[value] == codes.NOBODY:
                    add_loose(s, value)
                return profile
    add_fact(s, codes.ADDED, profile, value)
    link(t, s, profile, value, at, number)
    may_join = False
    if t.compounds:
        # In a settled store only a pair that another profile holds too can join the two, and a value that is similar to
        # another one; most values bring no such pair.
        may_join = enter_pairs(t, s, profile, value) or not t.settled or bool(r.thresholds)
    if s.status == codes.IS_UNCHANGED:
        s.status = codes.IS_UPDATED
    while surplus > 0:
        lose(t, s, profile, outermost(t, profile, kind, r.fifo[kind] == 1), codes.EVICTED)
        surplus -= 1
    return settle(t, s, r, profile, value) if may_join else profile


def settle(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, inserted: ValueRow) -> ProfileRow:
    """Merge everyone whom a compound rule joins to a profile's values, until there is none (R7); the profile."""
    if t.compounds:
        while match_stored(t, s, r, profile, inserted):
            profile = merge(t, s, r)
            inserted = codes.NO_VALUE
    return profile


# Merging


def merge(t: Tables, s: Scratch, r: Rules) -> ProfileRow:
    """Merge all profiles ``found``: unite their lists first, then trim each once (M1 to M5); the survivor."""
    sort_by_birth(t, s)
    survivor = s.found[0]
    add_fact(s, codes.MERGED, survivor, s.n_extra)
    add_extra(s, s.n_found - 1)
    for place in range(1, s.n_found):
        add_extra(s, s.found[place])
    add_extra(s, s.rule)
    add_extra(s, s.n_evidence)
    for place in range(s.n_evidence):
        add_extra(s, s.evidence[place])
    if t.compounds:
        for place in range(s.n_found):
            leave_profile(t, s, s.found[place])
    for place in range(1, s.n_found):
        absorb(t, s, survivor, s.found[place])
    if t.compounds:
        enter_profile(t, s, survivor)
    s.status = max(s.status, codes.IS_MERGED)
    if t.size[survivor] > r.least_limit:
        for kind in r.order:
            trim(t, s, r, survivor, kind)
    return survivor


def absorb(t: Tables, s: Scratch, survivor: ProfileRow, absorbed: ProfileRow) -> None:
    """Make a profile an alias of another one, which holds from now on what it held (M2, M3)."""
    log(s, codes.PARENT, absorbed, absorbed)
    t.parent[absorbed] = survivor
    log(s, codes.RING, absorbed, t.ring[absorbed])
    log(s, codes.RING, survivor, t.ring[survivor])
    t.ring[absorbed], t.ring[survivor] = t.ring[survivor], t.ring[absorbed]
    t.living -= 1
    unite(t, s, survivor, absorbed)


def sort_by_birth(t: Tables, s: Scratch) -> None:
    """Put ``found`` into the order of creation (M1): by insertion, as they are few and nearly sorted."""
    for place in range(1, s.n_found):
        profile = s.found[place]
        before = place - 1
        while before >= 0 and is_born_before(t, profile, s.found[before]):
            s.found[before + 1] = s.found[before]
            before -= 1
        s.found[before + 1] = profile


# Losing values


def trim(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, kind: TypeNumber) -> None:
    """Evict what a list has over its limit, in the order of the policy (L1, S1)."""
    surplus = count(t, profile, kind) - r.limit[kind]
    while surplus > 0:
        lose(t, s, profile, outermost(t, profile, kind, r.fifo[kind] == 1), codes.EVICTED)
        surplus -= 1


def lose(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow, fact: int) -> None:
    """Take a value away from a profile, for the reason that *fact* says (L2, A5, A6)."""
    add_fact(s, fact, profile, value)
    unlink(t, s, profile, value)
    if t.compounds:
        leave_pairs(t, s, profile, value)
    if s.status == codes.IS_UNCHANGED:
        s.status = codes.IS_UPDATED
