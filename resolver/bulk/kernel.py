"""The integer loop: ``resolve`` after ``resolve``, with the facts of the engine and without an object.

Ordinary Python over columns of integers, so that it runs as it is, and can be compiled as it is: no classes, no
closures, no exceptions. One file, as what is compiled is remembered on disk by the file that it came from, and every
function after those that it calls.

The engine decides on a draft and then applies facts; here a step takes effect at once. That is the same, because a
command is about one profile: what it asks of others never concerns what it has changed itself.
"""

from resolver.bulk.layout import (
    ADDED,
    COLLISION_RULE,
    CONFLICT,
    CREATED,
    EVENTS,
    EVICTED,
    FACTS,
    FULL,
    GIVEN,
    INVALID,
    IS_CREATED,
    IS_MERGED,
    IS_REJECTED,
    IS_UNCHANGED,
    IS_UPDATED,
    MERGED,
    NODES,
    NOT_CONFIGURED,
    NOT_READABLE,
    NOTHING,
    NOTHING_FREE,
    NOTHING_LEFT,
    NOW,
    PROFILES,
    STAMP,
    STARTS,
    STATUS,
    UNREADABLE,
    VALUES,
    Columns,
    Ints,
    Rules,
    Wide,
)


def record(c: Columns, kind: int, who: int, what: int) -> None:
    """Write down a fact."""
    place = c.n[FACTS]
    c.fact[place] = kind
    c.who[place] = who
    c.what[place] = what
    c.n[FACTS] = place + 1


def stamped(c: Columns) -> int:
    """Give a mark that was never used."""
    c.n[STAMP] += 1
    return c.n[STAMP]


def root(parent: Ints, profile: int) -> int:
    """Give the living profile that a profile was merged into (I4)."""
    while parent[profile] != profile:
        parent[profile] = parent[parent[profile]]
        profile = parent[profile]
    return profile


def is_earlier(c: Columns, one: int, other: int) -> bool:
    """Tell whether an event comes before another in order of time and arrival."""
    return c.times[one] < c.times[other] or (c.times[one] == c.times[other] and one < other)


def sort_by_birth(c: Columns, profiles: list[int], start: int) -> None:
    """Put profiles from a place on into the order of creation (M1)."""
    for place in range(start + 1, len(profiles)):
        profile = profiles[place]
        before = place - 1
        while before >= start and is_earlier(c, c.born[profile], c.born[profiles[before]]):
            profiles[before + 1] = profiles[before]
            before -= 1
        profiles[before + 1] = profile


# What a profile holds


def holds(c: Columns, profile: int, value: int) -> bool:
    """Tell whether a profile holds a value."""
    node = c.head[profile]
    while node >= 0:
        if c.node_value[node] == value:
            return True
        node = c.next[node]
    return False


def link(c: Columns, e: int, profile: int, value: int) -> None:
    """Give a profile a value, after all that are not later (A4)."""
    node = c.n[NODES]
    c.n[NODES] = node + 1
    c.node_value[node] = value
    c.node_event[node] = e
    at = c.times[e]
    before, after = c.tail[profile], -1
    if before >= 0 and c.times[c.node_event[before]] > at:
        before, after = -1, c.head[profile]
        while c.times[c.node_event[after]] <= at:
            before, after = after, c.next[after]
    c.next[node] = after
    if before < 0:
        c.head[profile] = node
    else:
        c.next[before] = node
    if after < 0:
        c.tail[profile] = node
    c.size[profile] += 1


def cut(c: Columns, profile: int, before: int, node: int) -> None:
    """Take a node, whose neighbour is known, out of a profile's list."""
    after = c.next[node]
    if before < 0:
        c.head[profile] = after
    else:
        c.next[before] = after
    if after < 0:
        c.tail[profile] = before
    c.size[profile] -= 1


# Compound rules


def is_compound(r: Rules, rule: int) -> bool:
    """Tell whether a rule names several kinds."""
    return r.starts[rule + 1] - r.starts[rule] > 1


def names(r: Rules, rule: int, kind: int) -> bool:
    """Tell whether a rule names a kind."""
    for part in range(r.starts[rule], r.starts[rule + 1]):  # noqa: SIM110  as it can be compiled
        if r.parts[part] == kind:
            return True
    return False


def choose(c: Columns, kind: int, profile: int, value: int, into: list[int]) -> None:
    """Add values of a kind: the event's where there is no profile, the profile's, or the one that was inserted."""
    if profile < 0:
        for place in range(c.n[GIVEN]):
            if c.kind[c.given[place]] == kind:
                into.append(c.given[place])  # noqa: PERF401  as it can be compiled
    elif value >= 0 and c.kind[value] == kind:
        into.append(value)
    else:
        node = c.head[profile]
        while node >= 0:
            if c.kind[c.node_value[node]] == kind:
                into.append(c.node_value[node])
            node = c.next[node]


def lay_out(c: Columns, r: Rules, rule: int, profile: int, value: int) -> bool:
    """Collect the choices of every kind of a rule, side by side; False if there are none of some kind."""
    c.left.clear()
    c.right.clear()
    c.wheel.clear()
    for part in range(r.starts[rule], r.starts[rule + 1]):
        start = len(c.left)
        c.right.append(start)
        c.wheel.append(start)
        choose(c, r.parts[part], profile, value, c.left)
        if len(c.left) == start:
            return False
    c.right.append(len(c.left))
    return True


def turn(c: Columns) -> bool:
    """Go on to the next combination of what was laid out; False after the last."""
    place = len(c.wheel) - 1
    while place >= 0:
        c.wheel[place] += 1
        if c.wheel[place] < c.right[place + 1]:
            return True
        c.wheel[place] = c.right[place]
        place -= 1
    return False


def key_of(c: Columns, rule: int, enters: bool) -> int:
    """Give the key of a combination; -1 where its start is not known, unless it *enters* that.

    A start of one value is a number by itself, and a longer one gets the next number.
    """
    size, last = c.n[VALUES], len(c.wheel) - 1
    start = rule * size + c.left[c.wheel[0]]
    for place in range(1, last):
        key = start * size + c.left[c.wheel[place]]
        start = c.holders.get(key, -1)
        if start < 0:
            if not enters:
                return -1
            start = c.n[STARTS]
            c.n[STARTS] = start + 1
            c.holders[key] = start
    return start * size + c.left[c.wheel[last]]


def forget(c: Columns, r: Rules, profile: int, kind: int, value: int) -> None:
    """Remove the combinations of a value that the profile no longer holds; others' stay."""
    for rule in range(len(r.starts) - 1):
        if is_compound(r, rule) and names(r, rule, kind) and lay_out(c, r, rule, profile, value):
            more = True
            while more:
                key = key_of(c, rule, False)
                holder = c.holders.get(key, -1)
                if holder >= 0 and root(c.parent, holder) == profile:
                    del c.holders[key]
                more = turn(c)


# Losing, and uniting


def evict(c: Columns, r: Rules, profile: int, value: int) -> None:
    """Take a value away over the limit; it is free (L2, I3)."""
    record(c, EVICTED, profile, value)
    before, node = -1, c.head[profile]
    while c.node_value[node] != value:
        before, node = node, c.next[node]
    cut(c, profile, before, node)
    kind = c.kind[value]
    if r.unique[kind]:
        c.owner[value] = -1
    if r.has_compounds:
        forget(c, r, profile, kind, value)


def outermost(c: Columns, r: Rules, profile: int, kind: int) -> int:
    """Give the node of a kind that the limit takes first (L1), -1 where there is none."""
    found, node = -1, c.head[profile]
    while node >= 0:
        if c.kind[c.node_value[node]] == kind:
            found = node
            if r.fifo[kind]:
                break
        node = c.next[node]
    return found


def counted(c: Columns, profile: int, kind: int) -> int:
    """Count the values of a kind."""
    total, node = 0, c.head[profile]
    while node >= 0:
        if c.kind[c.node_value[node]] == kind:
            total += 1
        node = c.next[node]
    return total


def unite(c: Columns, survivor: int, absorbed: int) -> None:
    """Put two profiles' lists together, in order of time and arrival (M3)."""
    one, two = c.head[survivor], c.head[absorbed]
    if two < 0:
        return
    last = c.tail[survivor]
    if one < 0:
        c.head[survivor], c.tail[survivor] = two, c.tail[absorbed]
    elif is_earlier(c, c.node_event[last], c.node_event[two]):
        c.next[last], c.tail[survivor] = two, c.tail[absorbed]
    else:
        before = -1
        while one >= 0 or two >= 0:
            if two < 0 or (one >= 0 and not is_earlier(c, c.node_event[two], c.node_event[one])):
                node, one = one, c.next[one]
            else:
                node, two = two, c.next[two]
            if before < 0:
                c.head[survivor] = node
            else:
                c.next[before] = node
            before = node
        c.tail[survivor] = before
    c.size[survivor] += c.size[absorbed]
    c.size[absorbed] = 0


def keep_earliest(c: Columns, profile: int) -> None:
    """Leave each value of a united list once, at its earliest time (M3)."""
    stamp = stamped(c)
    before, node = -1, c.head[profile]
    while node >= 0:
        value = c.node_value[node]
        if c.mark[value] == stamp:
            cut(c, profile, before, node)
        else:
            c.mark[value] = stamp
            before = node
        node = c.next[node]


# Finding, and saying why


def find_sharers(c: Columns, r: Rules, rule: int, profile: int, value: int) -> None:
    """Add the profiles that share a value of each kind of a compound rule (R7); enter the combinations nobody had."""
    stamp = stamped(c)
    more = lay_out(c, r, rule, profile, value)
    while more:
        key = key_of(c, rule, profile >= 0)
        entered = c.holders.get(key, -1)
        if entered >= 0:
            holder = root(c.parent, entered)
            if holder != profile and c.found_in[holder] != stamp:
                c.found_in[holder] = stamp
                c.found.append(holder)
        elif profile >= 0:
            c.holders[key] = profile
        more = turn(c)


def find_owners(c: Columns, r: Rules, kind: int) -> None:
    """Add the owners of the event's values of a kind (R2)."""
    if not r.unique[kind]:
        return
    stamp = stamped(c)
    for place in range(c.n[GIVEN]):
        value = c.given[place]
        if c.kind[value] == kind:
            owner = c.owner[value]
            if owner >= 0 and c.found_in[owner] != stamp:
                c.found_in[owner] = stamp
                c.found.append(owner)


def find(c: Columns, r: Rules, profile: int, value: int) -> None:
    """Try the rules in order, for an event (R2, R6), or the compound ones for a profile (R7)."""
    c.found.clear()
    c.finds.clear()
    for rule in range(len(r.starts) - 1):
        start = len(c.found)
        if not is_compound(r, rule):
            if profile < 0:
                find_owners(c, r, r.parts[r.starts[rule]])
        elif value < 0 or names(r, rule, c.kind[value]):
            find_sharers(c, r, rule, profile, value)
            sort_by_birth(c, c.found, start)
        if len(c.found) > start:
            c.finds.append(rule)
            c.finds.append(start)
            c.finds.append(len(c.found))
            if profile < 0 and r.stops_at_first:
                break


def explain(c: Columns, r: Rules, profile: int, value: int) -> int:
    """Collect all that was found, and the values that found any; give the rule that found the second (M8)."""
    c.others.clear()
    c.evidence.clear()
    decisive = c.finds[0]
    once, told = stamped(c), stamped(c)
    for place in range(0, len(c.finds), 3):
        rule = c.finds[place]
        known = len(c.others)
        theirs = stamped(c)
        for found in range(c.finds[place + 1], c.finds[place + 2]):
            holder = c.found[found]
            if c.found_in[holder] != once:
                c.found_in[holder] = once
                c.others.append(holder)
            node = c.head[holder]
            while node >= 0:
                c.mark[c.node_value[node]] = theirs
                node = c.next[node]
        if known < 2 and len(c.others) >= 2:
            decisive = rule
        for part in range(r.starts[rule], r.starts[rule + 1]):
            c.left.clear()
            choose(c, r.parts[part], profile, value, c.left)
            for each in c.left:
                if c.mark[each] == theirs and c.told[each] != told:
                    c.told[each] = told
                    c.evidence.append(each)
    return decisive


# Merging


def merge(c: Columns, r: Rules, rule: int) -> int:
    """Merge all ``others``: unite their lists first, then trim each once (M1 to M5); give the survivor."""
    sort_by_birth(c, c.others, 0)
    survivor = c.others[0]
    record(c, MERGED, survivor, len(c.extra))
    c.extra.append(len(c.others) - 1)
    for place in range(1, len(c.others)):
        c.extra.append(c.others[place])
    c.extra.append(rule)
    c.extra.append(len(c.evidence))
    for value in c.evidence:
        c.extra.append(value)
    for place in range(1, len(c.others)):
        absorbed = c.others[place]
        c.parent[absorbed] = survivor
        node = c.head[absorbed]
        while node >= 0:
            c.owner[c.node_value[node]] = survivor
            node = c.next[node]
        unite(c, survivor, absorbed)
    if r.has_shared:
        keep_earliest(c, survivor)
    if c.n[STATUS] != IS_CREATED:
        c.n[STATUS] = IS_MERGED
    if c.size[survivor] > r.least_limit:
        for kind in range(r.kinds):
            for _ in range(counted(c, survivor, kind) - r.limit[kind]):
                evict(c, r, survivor, c.node_value[outermost(c, r, survivor, kind)])
    return survivor


def settle(c: Columns, r: Rules, profile: int, value: int) -> int:
    """Merge everyone whom a compound rule joins to a profile, until there is none (R7); give who it is then.

    After the insertion of a *value* (-1: a merge) only pairs with it can be new (I8).
    """
    while r.has_compounds:
        find(c, r, profile, value)
        if len(c.finds) == 0:
            break
        explain(c, r, profile, value)
        c.others.append(profile)
        profile = merge(c, r, c.finds[0])
        value = -1
    return profile


def match(c: Columns, r: Rules) -> int:
    """Give the profile that an event is about, merged where it is about several (R3); -1 if there is none."""
    find(c, r, -1, -1)
    if len(c.finds) == 0:
        return -1
    decisive = explain(c, r, -1, -1)
    if len(c.others) == 1:
        return c.others[0]
    return settle(c, r, merge(c, r, decisive), -1)


def would_hold(c: Columns, r: Rules, rule: int, kind: int, one: int, other: int) -> bool:
    """Tell whether two profiles share a value of each kind of a rule but one (A3)."""
    for part in range(r.starts[rule], r.starts[rule + 1]):
        if r.parts[part] != kind:
            c.left.clear()
            choose(c, r.parts[part], one, -1, c.left)
            shared = False
            for each in c.left:
                shared = shared or holds(c, other, each)
            if not shared:
                return False
    return True


def collide(c: Columns, r: Rules, profile: int, value: int) -> int:
    """Merge with the owner of a unique value, if a rule lets the two (A3); else -1, and the value is refused."""
    owner, kind = c.owner[value], c.kind[value]
    c.evidence.clear()
    c.evidence.append(value)
    joined = r.own[kind] != 0
    if not joined:
        told = stamped(c)
        for rule in range(len(r.starts) - 1):
            if is_compound(r, rule) and names(r, rule, kind) and would_hold(c, r, rule, kind, profile, owner):
                joined = True
                for part in range(r.starts[rule], r.starts[rule + 1]):
                    c.left.clear()
                    if r.parts[part] != kind:
                        choose(c, r.parts[part], profile, -1, c.left)
                    for each in c.left:
                        if c.told[each] != told and holds(c, owner, each):
                            c.told[each] = told
                            c.evidence.append(each)
    if not joined:
        record(c, CONFLICT, profile, len(c.extra))
        c.extra.append(value)
        c.extra.append(owner)
        return -1
    c.others.clear()
    c.others.append(profile)
    c.others.append(owner)
    return settle(c, r, merge(c, r, COLLISION_RULE), -1)


# One event


def insert(c: Columns, r: Rules, e: int, profile: int, value: int) -> int:
    """Insert a value at the event's time, apply the limit (L1), then the compound rules (A4, R7)."""
    kind = c.kind[value]
    loser = -1
    if c.size[profile] >= r.limit[kind] and counted(c, profile, kind) >= r.limit[kind]:
        first = outermost(c, r, profile, kind)
        is_late = c.times[c.node_event[first]] > c.times[e]
        if is_late if r.fifo[kind] else not is_late:  # the newcomer itself would leave at once
            record(c, FULL, profile, value)
            return profile
        loser = c.node_value[first]
    record(c, ADDED, profile, value)
    link(c, e, profile, value)
    if r.unique[kind]:
        c.owner[value] = profile
    if c.n[STATUS] == IS_UNCHANGED:
        c.n[STATUS] = IS_UPDATED
    if loser >= 0:
        evict(c, r, profile, loser)
    return settle(c, r, profile, value) if r.has_compounds else profile


def refuse(c: Columns, e: int, why: int, who: int, what: int) -> None:
    """Refuse an event as a whole; nothing else remains of it (I7)."""
    c.n[FACTS] = c.first[e]
    record(c, why, who, what)


def read(c: Columns, r: Rules, e: int) -> bool:
    """Read an event's identifiers (R1), each once, in the order of attaching (R4); False if it is refused."""
    total = 0
    dropped = 0
    last = -1
    in_order = True
    for place in range(c.offsets[e], c.offsets[e + 1]):
        value = c.value_of[c.idents[place]]
        if value >= 0:
            if c.given_in[value] != e + 1:
                c.given_in[value] = e + 1
                c.given[total] = value
                total += 1
                kind = c.kind[value]
                if kind < last:
                    in_order = False
                last = kind
        elif value == UNREADABLE and r.drops:
            record(c, INVALID, -1, c.idents[place])
            dropped += 1
        elif value != NOTHING:
            refuse(c, e, NOT_READABLE if value == UNREADABLE else NOT_CONFIGURED, -1, c.idents[place])
            return False
    c.n[GIVEN] = total
    if total == 0:
        refuse(c, e, NOTHING_LEFT, -1, dropped)
        return False
    if not in_order:
        c.left.clear()
        for place in range(total):
            c.left.append(c.given[place])
        total = 0
        for kind in range(r.kinds):
            for value in c.left:
                if c.kind[value] == kind:
                    c.given[total] = value
                    total += 1
    return True


def create(c: Columns, r: Rules, e: int) -> int:
    """Create a profile; -1 if it would hold nothing, as every identifier belongs to another (R5)."""
    free = False
    for place in range(c.n[GIVEN]):
        value = c.given[place]
        if not r.unique[c.kind[value]] or c.owner[value] < 0:
            free = True
    if not free:
        refuse(c, e, NOTHING_FREE, c.owner[c.given[0]], c.given[0])
        return -1
    profile = c.n[PROFILES]
    c.n[PROFILES] = profile + 1
    c.born[profile] = e
    c.parent[profile] = profile
    c.head[profile] = -1
    c.tail[profile] = -1
    record(c, CREATED, profile, -1)
    c.n[STATUS] = IS_CREATED
    return profile


def attach(c: Columns, r: Rules, e: int, profile: int) -> int:
    """Attach every identifier: nothing if it is there (A2), a collision's merge (A3), or an insertion (A4)."""
    for place in range(c.n[GIVEN]):
        value = c.given[place]
        if r.unique[c.kind[value]]:
            owner = c.owner[value]
            if owner == profile:
                continue
            if owner >= 0:
                joined = collide(c, r, profile, value)
                if joined < 0:
                    continue
                profile = joined
                if c.owner[value] == profile:
                    continue
        elif holds(c, profile, value):
            continue
        profile = insert(c, r, e, profile, value)
    return profile


def owned(c: Columns, r: Rules) -> int:
    """Give the one profile that an event is about, where only single values match; -1 for none, -2 for several."""
    profile = -1
    for place in range(c.n[GIVEN]):
        value = c.given[place]
        if r.own[c.kind[value]] and r.unique[c.kind[value]]:
            owner = c.owner[value]
            if owner >= 0 and owner != profile:
                if profile >= 0:
                    return -2
                profile = owner
    return profile


def take(c: Columns, r: Rules, e: int) -> None:
    """Execute one event in full: every case."""
    c.n[STATUS] = IS_UNCHANGED
    profile = -1
    if read(c, r, e):
        profile = -2 if r.has_compounds else owned(c, r)
        if profile == -2:
            profile = match(c, r)
        if profile < 0:
            profile = create(c, r, e)
    if profile < 0:
        c.status[e] = IS_REJECTED
    else:
        profile = attach(c, r, e, profile)
        c.status[e] = c.n[STATUS]
    c.subject[e] = profile


def replay_all(c: Columns, r: Rules) -> None:
    """Execute every event, in the order in which they arrived.

    The everyday event names one known profile, or none, by values that match alone, at most one new one of a kind,
    and no limit is near: it is done here, on columns that are bound once. Every other is taken in full.
    """
    n, offsets, idents, ats, times, first = c.n, c.offsets, c.idents, c.ats, c.times, c.first
    status, subject, value_of, kind, owner, given = c.status, c.subject, c.value_of, c.kind, c.owner, c.given
    fact, who, what, size, head, tail = c.fact, c.who, c.what, c.size, c.head, c.tail
    born, parent, node_value, node_event, after = c.born, c.parent, c.node_value, c.node_event, c.next
    plain, least_limit = r.plain, r.least_limit
    now = 0
    facts = nodes = profiles = 0
    n[STARTS] = (len(r.starts) - 1) * n[VALUES]
    for e in range(n[EVENTS]):
        at = ats[e]
        if at == NOW:
            at = now
        times[e] = at
        first[e] = facts
        profile = -1
        new = 0
        start, end = offsets[e], offsets[e + 1]
        everyday = start < end
        for place in range(start, end):
            value = value_of[idents[place]]
            if value < 0 or plain[kind[value]] == 0:
                everyday = False
                break
            holder = owner[value]
            if holder < 0:
                before = new
                while before > 0 and kind[given[before - 1]] > kind[value]:
                    given[before] = given[before - 1]
                    before -= 1
                if before > 0 and kind[given[before - 1]] == kind[value]:
                    everyday = False
                    break
                given[before] = value
                new += 1
            elif profile < 0:
                profile = holder
            elif holder != profile:
                everyday = False
                break
        if everyday and profile >= 0:
            last = tail[profile]
            everyday = new == 0 or (size[profile] + new <= least_limit and last >= 0 and times[node_event[last]] <= at)
        elif new > least_limit:
            everyday = False
        if not everyday:
            n[FACTS], n[NODES], n[PROFILES] = facts, nodes, profiles
            take(c, r, e)
            facts, nodes, profiles = n[FACTS], n[NODES], n[PROFILES]
            if subject[e] >= 0:
                now = at
            continue
        now = at
        if new == 0:
            status[e] = IS_UNCHANGED
            subject[e] = profile
            continue
        if profile >= 0:
            status[e] = IS_UPDATED
            last = tail[profile]
        else:
            status[e] = IS_CREATED
            profile = profiles
            profiles += 1
            born[profile] = e
            parent[profile] = profile
            fact[facts] = CREATED
            who[facts] = profile
            what[facts] = -1
            facts += 1
            last = -1
        subject[e] = profile
        for place in range(new):
            value = given[place]
            fact[facts] = ADDED
            who[facts] = profile
            what[facts] = value
            facts += 1
            owner[value] = profile
            node_value[nodes] = value
            node_event[nodes] = e
            if last < 0:
                head[profile] = nodes
            else:
                after[last] = nodes
            last = nodes
            nodes += 1
        after[last] = -1
        tail[profile] = last
        size[profile] += new
    n[FACTS], n[NODES], n[PROFILES] = facts, nodes, profiles
    first[n[EVENTS]] = facts


def follow_refs(subject: Ints, parent: Ints, ref_of: Ints, final: Ints, several: Ints, group: Ints) -> None:
    """Find where every ref is at the end (-1: nowhere), whether its lines ended apart, and the refs of a profile."""
    for e in range(len(subject)):
        if subject[e] >= 0:
            profile, ref = root(parent, subject[e]), ref_of[e]
            if final[ref] >= 0 and final[ref] != profile:
                several[ref] = 1
            final[ref] = profile
    for ref in range(len(final)):
        if final[ref] >= 0:
            group[final[ref]] += 1


def taken(column: list[int], into: Wide) -> Wide:
    """Give what a list holds, as a column."""
    for place in range(len(column)):
        into[place] = column[place]
    return into
