"""Joining: whom identifiers join under policies, as far as they fit: the bounds, and who is a misfit (P2 to P4).

Nothing is changed. Every bound is tested in one function, ``fit``, for all commands.
"""

from resolver.kernel import codes
from resolver.kernel.columns import longer, more
from resolver.kernel.profile_lists import count_within, is_counted
from resolver.kernel.rows import Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.rules import UNLIMITED, Rules
from resolver.kernel.scratch import Scratch, add_coming, add_evidence, add_found
from resolver.kernel.tables import Tables, holds, is_born_before

# What fits (P3)


def fit(t: Tables, s: Scratch, r: Rules, at: Moment, left_out: TypeNumber) -> int:
    """``FITS`` if the profiles ``found``, as one, and the values ``coming`` keep all bounds; else why not (P3).

    A bound is kept by what it allows, and by as much as one of the profiles has alone. The limit of the type *left_out*
    does not count. O(values of the profiles) for each bound that is near, and O(aliases) up to the cap.
    """
    if s.n_found < 2:
        return fit_one(t, s, r, at, left_out)
    most = s.n_coming
    for place in range(s.n_found):
        most += t.size[s.found[place]]
    for each in range(len(r.bounded)):
        kind = r.bounded[each]
        if most > r.limit[kind] and kind != left_out and has_more_values(t, s, r, kind, at):
            return codes.OVER_WINDOW if r.window[kind] else codes.OVER_LIMIT
    if most > r.most_identifiers and has_more_identifiers(t, s, r):
        return codes.TOO_MANY_IDENTIFIERS
    if r.most_merges < UNLIMITED and has_more_aliases(t, s, r.most_merges):
        return codes.TOO_MANY_MERGES  # together they have more than any of them alone
    return codes.FITS


def fit_one(t: Tables, s: Scratch, r: Rules, at: Moment, left_out: TypeNumber) -> int:
    """The same for one profile at most: it keeps what it has, so only a type of which values come can break a bound.

    O(values that come), and O(values of the profile) where it has so many that the limit of such a type is near.
    """
    if s.n_found + s.n_coming < 2:
        return codes.FITS  # nothing comes, or it comes alone: a limit and a cap allow one at least
    profile = s.found[0] if s.n_found else codes.NOBODY
    held = t.size[profile] if s.n_found else 0
    new = 0
    broken = codes.NO_TYPE
    for place in range(s.n_coming):
        value = s.coming[place]
        if profile < 0 or not holds(t, profile, value):
            new += 1
            kind = t.kind[value]
            if r.protected[kind] and kind != left_out and held + s.n_coming > r.limit[kind]:
                before = count_within(t, profile, kind, at, r.window[kind]) if held else 0
                if before + count_coming(t, s, profile, kind, place) > r.limit[kind] and (
                    broken < 0 or r.place[kind] < r.place[broken]
                ):
                    broken = kind
    if broken >= 0:
        return codes.OVER_WINDOW if r.window[broken] else codes.OVER_LIMIT
    return codes.TOO_MANY_IDENTIFIERS if new and held + new > r.most_identifiers else codes.FITS


def count_coming(t: Tables, s: Scratch, profile: ProfileRow, kind: TypeNumber, last: int) -> int:
    """How many values of a type come that a profile does not hold, up to the *last* place."""
    total = 0
    for place in range(last + 1):
        if t.kind[s.coming[place]] == kind and not (profile >= 0 and holds(t, profile, s.coming[place])):
            total += 1
    return total


def has_more_values(t: Tables, s: Scratch, r: Rules, kind: TypeNumber, at: Moment) -> bool:
    """Whether they would have more counted values of a type than its limit allows, and than each of them alone."""
    window = r.window[kind]
    together = most = 0
    for place in range(s.n_found):
        alone = 0
        hold = t.head[s.found[place]]
        while hold >= 0:
            value = t.held[hold]
            if t.kind[value] == kind:
                is_one = is_counted(t.added_at[hold], at, window)
                alone += is_one
                if t.owner[value] != codes.SHARED:
                    together += is_one
                elif not is_held_by_found(t, s, value, place):
                    together += is_earliest_counted(t, s, value, at, window)
            hold = t.next_hold[hold]
        most = max(most, alone)
    for place in range(s.n_coming):
        value = s.coming[place]
        if t.kind[value] == kind and not is_held_by_found(t, s, value, s.n_found):
            together += 1
    return together > r.limit[kind] and together > most


def has_more_identifiers(t: Tables, s: Scratch, r: Rules) -> bool:
    """Whether they would have more identifiers than the cap allows, and than each of them alone."""
    together = most = 0
    for place in range(s.n_found):
        profile = s.found[place]
        most = max(most, t.size[profile])
        hold = t.head[profile]
        while hold >= 0:
            value = t.held[hold]
            together += not (t.owner[value] == codes.SHARED and is_held_by_found(t, s, value, place))
            hold = t.next_hold[hold]
    for place in range(s.n_coming):
        together += not is_held_by_found(t, s, s.coming[place], s.n_found)
    return together > r.most_identifiers and together > most


def is_held_by_found(t: Tables, s: Scratch, value: ValueRow, end: int) -> bool:
    """Whether one of the first profiles ``found`` holds a value."""
    if t.owner[value] == codes.NOBODY:
        return False
    for place in range(end):  # noqa: SIM110 - compiled code has no generators
        if holds(t, s.found[place], value):
            return True
    return False


def is_earliest_counted(t: Tables, s: Scratch, value: ValueRow, at: Moment, window: int) -> bool:
    """Whether a value of several of the profiles counts at the earliest of its times, which it would keep (M3)."""
    if window == 0:
        return True
    earliest = at
    is_there = False
    for place in range(s.n_found):
        if holds(t, s.found[place], value):
            hold = t.head[s.found[place]]
            while t.held[hold] != value:
                hold = t.next_hold[hold]
            if not is_there or t.added_at[hold] < earliest:
                earliest = t.added_at[hold]
            is_there = True
    return is_counted(earliest, at, window)


def has_more_aliases(t: Tables, s: Scratch, allowed: int) -> bool:
    """Whether the profiles ``found``, as one, have more aliases than are allowed. O(aliases), up to these."""
    aliases = s.n_found - 1
    for place in range(s.n_found):
        profile = s.found[place]
        alias = t.ring[profile]
        while alias != profile:
            aliases += 1
            if aliases > allowed:
                return True
            alias = t.ring[alias]
    return aliases > allowed


# Whom the identifiers join (P4)


def join(t: Tables, s: Scratch, r: Rules, at: Moment) -> None:
    """Find the profiles that the given values join, in ``found``, and of each value ``why`` it is a misfit (P4).

    With several profiles, ``evidence`` and ``rule`` say what joins them (M8).
    """
    s.n_found = s.n_coming = s.n_candidates = s.n_evidence = 0
    if s.n_given > len(s.why):
        s.why = longer(s.why, more(s.n_given))
    demotes = False
    for place in range(s.n_given):
        value = s.given[place]
        why = take(t, s, r, value, at, demotes)
        s.why[place] = why
        if why != codes.FITS and r.misfit[t.kind[value]] == codes.REFUSE_REST:
            demotes = True
    if s.n_candidates:
        look_for_someone(t, s, r, at)
    if s.n_found > 1:
        for place in range(s.n_given):
            value = s.given[place]
            if r.own_rule[t.kind[value]] and is_held_by_found(t, s, value, s.n_found):
                add_evidence(s, value)


def take(t: Tables, s: Scratch, r: Rules, value: ValueRow, at: Moment, demotes: bool) -> int:
    """Take one value; ``FITS``, or why it is a misfit."""
    owner = t.owner[value]
    if owner >= 0 and s.n_found == 1 and owner == s.found[0]:
        return codes.FITS  # nearly always, whom the first value means the others mean too
    kind = t.kind[value]
    is_held = r.own_rule[kind] == 1 and owner != codes.NOBODY
    if is_held and is_held_by_found(t, s, value, s.n_found):
        return codes.FITS
    if demotes:
        return codes.IS_DEMOTED
    if not is_held:
        add_coming(s, value)
        why = fit(t, s, r, at, kind if r.misfit[kind] == codes.MOVE else codes.NO_TYPE)
        if why != codes.FITS:
            s.n_coming -= 1
        return why
    if s.n_candidates:
        return meet(t, s, r, value, at)
    before = s.n_found
    if owner >= 0:
        add_found(s, owner)
        why = fit(t, s, r, at, codes.NO_TYPE) if before or s.n_coming else codes.FITS
        if why != codes.FITS:
            s.n_found = before
        elif before < 2:
            s.rule = r.rule_of[kind]
        return why
    for each in t.sharers[value]:
        add_found(s, each)
    why = fit(t, s, r, at, codes.NO_TYPE)
    if why == codes.FITS:
        if before < 2:
            s.rule = r.rule_of[kind]
        return codes.FITS
    s.n_found = before
    if before == 0:
        for each in t.sharers[value]:
            add_candidate(s, each)
        return codes.FITS
    return why


def meet(t: Tables, s: Scratch, r: Rules, value: ValueRow, at: Moment) -> int:
    """Let the candidates be those that hold a further value too; ``FITS``, or why that leads nowhere."""
    both = 0
    for place in range(s.n_candidates):
        if holds(t, s.candidates[place], value):
            add_found(s, s.candidates[place])
            both += 1
    if both == 0:
        return codes.HELD_BY_OTHERS
    if both > 1:
        for place in range(both):
            s.candidates[place] = s.found[place]
        s.n_candidates = both
        s.n_found = 0
        return codes.FITS
    why = fit(t, s, r, at, codes.NO_TYPE)
    if why == codes.FITS:
        s.n_candidates = 0
    else:
        s.n_found = 0
    return why


def look_for_someone(t: Tables, s: Scratch, r: Rules, at: Moment) -> bool:
    """Where a value stayed ambiguous, join the earliest candidate without a protected value; whether one fits."""
    for place in range(s.n_given):
        if r.protected[t.kind[s.given[place]]]:
            return False
    earliest = codes.NOBODY
    for place in range(s.n_candidates):
        profile = s.candidates[place]
        if not holds_protected(t, r, profile) and (earliest < 0 or is_born_before(t, profile, earliest)):
            earliest = profile
    if earliest >= 0:
        add_found(s, earliest)
        if fit(t, s, r, at, codes.NO_TYPE) == codes.FITS:
            return True
        s.n_found = 0
    return False


def holds_protected(t: Tables, r: Rules, profile: ProfileRow) -> bool:
    """Whether a profile holds a value of a protected type."""
    hold = t.head[profile]
    while hold >= 0:
        if r.protected[t.kind[t.held[hold]]]:
            return True
        hold = t.next_hold[hold]
    return False


def add_candidate(s: Scratch, profile: ProfileRow) -> None:
    """Note a profile that a value may mean."""
    if s.n_candidates == len(s.candidates):
        s.candidates = longer(s.candidates, more(len(s.candidates)))
    s.candidates[s.n_candidates] = profile
    s.n_candidates += 1
