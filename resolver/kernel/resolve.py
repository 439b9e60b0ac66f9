"""Resolving: create, merge and attach, decided and carried out in one pass (R3 to R7, A2 to A4, L, M).

Everything here runs between ``begin`` and ``finish`` (``undo``): whatever fails in the middle is taken back.
"""

from resolver.kernel import codes
from resolver.kernel.choices import is_blocked
from resolver.kernel.compounds import (
    enter_pairs,
    enter_profile,
    is_shared,
    is_shared_by_any,
    leave_pairs,
    leave_profile,
)
from resolver.kernel.joining import fit
from resolver.kernel.matching import match_stored
from resolver.kernel.profile_lists import count_until, count_within, link, outermost_within, unite, unlink, values_of
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import (
    Scratch,
    add_coming,
    add_evidence,
    add_extra,
    add_fact,
    add_found,
    add_loose,
    add_sharing,
)
from resolver.kernel.tables import Tables, holders, holds, is_born_before, new_profile
from resolver.kernel.undo import log


def give(t: Tables, s: Scratch, r: Rules, value: ValueRow) -> None:
    """Take a value at its place in the order of attaching (R4); one of the same type comes after those before it.

    For the first ``codes.FEW`` only, for which there is room from the start; ``add_given`` and ``arrange`` take more.
    """
    place = s.n_given
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

    Where no rule matched, none lets a collision merge either, so every owned unique value would be left out. Under
    policies, one that may move or be shared would not; but one that is demoted would be refused whoever holds it (P4).
    """
    if r.joins:
        return would_hold_what_fits(t, s, r)
    for place in range(s.n_given):
        value = s.given[place]
        if not r.unique[t.kind[value]] or t.owner[value] == codes.NOBODY:
            return True
    return False


def would_hold_what_fits(t: Tables, s: Scratch, r: Rules) -> bool:
    """Whether under policies a new profile would hold one of the given values (P4)."""
    for place in range(s.n_given):
        value = s.given[place]
        kind = t.kind[value]
        is_free = not r.unique[kind] or t.owner[value] == codes.NOBODY or r.misfit[kind] >= codes.MOVE
        if is_free and s.why[place] != codes.IS_DEMOTED:
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
        profile = settle(t, s, r, merge(t, s, r, at), codes.NO_VALUE, at)
    if r.joins:
        is_sure = True
        for place in range(s.n_given):
            value = s.given[place]
            why = s.why[place]
            if is_sure and why == codes.FITS and t.owner[value] == codes.NOBODY:
                insert(t, s, r, profile, value, at, number)  # it fits, with all that are to come
                # A list that makes room is longer to those that are to come than it then is, and they fit after all.
                is_sure = not (r.protected[t.kind[value]] and r.makes_room[t.kind[value]])
            elif is_sure and is_full(t, r, value, why):
                refuse(t, s, profile, value, why, codes.NOBODY)
            elif not holds(t, profile, value):
                is_sure = False
                attach_or_yield(t, s, r, profile, value, why, at, number)
        return profile
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


def is_full(t: Tables, r: Rules, value: ValueRow, why: int) -> bool:
    """Whether a value of nobody is refused, as its protected list is full (P5).

    Joining found so, and it stays so where all that were to come before it came.
    """
    is_limit = why in (codes.OVER_LIMIT, codes.OVER_WINDOW)
    return is_limit and t.owner[value] == codes.NOBODY and not r.makes_room[t.kind[value]]


def first_other_holder(t: Tables, profile: ProfileRow, value: ValueRow) -> ProfileRow:
    """The earliest profile that holds a value, *profile* aside. O(holders)."""
    if t.owner[value] != codes.SHARED:
        return t.owner[value]
    first = codes.NOBODY
    for other in t.sharers[value]:
        if other != profile and (first < 0 or is_born_before(t, other, first)):
            first = other
    return first


# Attaching


def attach(
    t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow, at: Moment, number: CommandNumber
) -> ProfileRow:
    """Attach one value: nothing if it is there (A2), a collision's merge (A3), or an insertion (A4).

    The profile afterwards, or ``COLLIDES`` if no rule lets the profile merge with the value's owner. Under policies as
    far as it fits (P6).
    """
    if r.joins:
        return attach_or_merge(t, s, r, profile, value, at, number)
    owner = t.owner[value]
    if owner == profile:
        return profile
    if owner != codes.NOBODY:
        if owner == codes.SHARED and holds(t, profile, value):
            return profile
        if r.unique[t.kind[value]]:
            profile = collide(t, s, r, profile, value, at)
            if profile < 0 or holds(t, profile, value):
                return profile
    return insert(t, s, r, profile, value, at, number)


def collide(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow, at: Moment) -> ProfileRow:
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
            beside = [free_values_of(t, s, r, profile, other) for other in r.types[rule] if other != kind]
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
    return settle(t, s, r, merge(t, s, r, at), codes.NO_VALUE, at)


def attach_or_merge(
    t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow, at: Moment, number: CommandNumber
) -> ProfileRow:
    """Attach a value that a profile is given and does not hold: its owners merge with it, or somebody yields (P6).

    The profile afterwards, or ``COLLIDES`` if the value is refused to it; ``why[0]`` then says why it does not fit.
    """
    kind = t.kind[value]
    why = codes.FITS
    if r.unique[kind] and t.owner[value] != codes.NOBODY:
        if r.own_rule[kind]:
            s.n_found = s.n_coming = 0
            add_found(s, profile)
            for owner in holders(t, value):
                add_found(s, owner)
            why = fit(t, s, r, at, codes.NO_TYPE)
            if why == codes.FITS:
                profile = collide(t, s, r, profile, value, at)
                return attach_or_yield(t, s, r, profile, value, why, at, number)
        if r.misfit[kind] <= codes.REFUSE_REST:
            s.why[0] = why
            return codes.COLLIDES
    return attach_or_yield(t, s, r, profile, value, why, at, number)


def attach_or_yield(
    t: Tables, s: Scratch, r: Rules, profile: ProfileRow, value: ValueRow, why: int, at: Moment, number: CommandNumber
) -> ProfileRow:
    """Attach a value if it fits, or let it or its owners yield; *why* it was found to be a misfit, if it was (P5).

    The profile.
    """
    if holds(t, profile, value):
        return profile
    if why == codes.IS_DEMOTED:
        refuse(t, s, profile, value, why, codes.NOBODY)
        return profile
    kind = t.kind[value]
    is_of_others = r.unique[kind] == 1 and t.owner[value] != codes.NOBODY
    if is_of_others and r.misfit[kind] <= codes.REFUSE_REST:
        why = why if why != codes.FITS else codes.HELD_BY_OTHERS
        refuse(t, s, profile, value, why, first_other_holder(t, profile, value))
        return profile
    s.n_found = s.n_coming = 0
    add_found(s, profile)
    add_coming(s, value)
    why = fit(t, s, r, at, kind if r.misfit[kind] == codes.MOVE else codes.NO_TYPE)
    if why != codes.FITS:
        refuse(t, s, profile, value, why, first_other_holder(t, profile, value) if is_of_others else codes.NOBODY)
        return profile
    if is_of_others and r.misfit[kind] == codes.MOVE:
        for other in holders(t, value):
            lose(t, s, other, value, codes.MOVED)
            trim(t, s, r, other, kind, at)  # a removal is a write (S1)
    return insert(t, s, r, profile, value, at, number)


def refuse(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow, why: int, owner: ProfileRow) -> None:
    """Leave the fact that a value was refused under policies (P5)."""
    add_fact(s, codes.REFUSED, profile, s.n_extra)
    add_extra(s, value)
    add_extra(s, why)
    add_extra(s, owner)
    if t.owner[value] == codes.NOBODY:
        add_loose(s, value)


def free_values_of(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, kind: TypeNumber) -> list[ValueRow]:
    """The values of an idType that a profile holds, oldest first, but those that are blocked (P1)."""
    return [value for value in values_of(t, profile, kind) if not is_blocked(t, s, r, value)]


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
    if t.size[profile] >= limit and r.makes_room[kind]:
        surplus = count_within(t, profile, kind, at, r.window[kind]) + 1 - limit
        if surplus > 0:
            place = surplus + limit - 1 if r.window[kind] else count_until(t, profile, kind, at)
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
    if surplus > 0:
        evict(t, s, r, profile, kind, at, surplus)
    return settle(t, s, r, profile, value, at) if may_join else profile


def settle(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, inserted: ValueRow, at: Moment) -> ProfileRow:
    """Merge everyone whom a compound rule joins to a profile's values, until there is none (R7); the profile."""
    if t.compounds:
        while match_stored(t, s, r, profile, inserted):
            profile = merge(t, s, r, at)
            inserted = codes.NO_VALUE
    return profile


# Merging


def merge(t: Tables, s: Scratch, r: Rules, at: Moment) -> ProfileRow:
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
            trim(t, s, r, survivor, kind, at)
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


def trim(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, kind: TypeNumber, at: Moment) -> None:
    """Evict what a list has over its limit, in the order of the policy (L1, S1).

    A protected list keeps what it has beyond a limit that was lowered (P3).
    """
    if not r.protected[kind]:
        evict(t, s, r, profile, kind, at, count_within(t, profile, kind, at, r.window[kind]) - r.limit[kind])


def evict(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, kind: TypeNumber, at: Moment, surplus: int) -> None:
    """Evict so many values of a list that its limit counts, in the order of the policy (L1, P2)."""
    while surplus > 0:
        lose(t, s, profile, outermost_within(t, profile, kind, r.fifo[kind] == 1, at, r.window[kind]), codes.EVICTED)
        surplus -= 1


def lose(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow, fact: int) -> None:
    """Take a value away from a profile, for the reason that *fact* says (L2, A5, A6)."""
    add_fact(s, fact, profile, value)
    unlink(t, s, profile, value)
    if t.compounds:
        leave_pairs(t, s, profile, value)
    if s.status == codes.IS_UNCHANGED:
        s.status = codes.IS_UPDATED
