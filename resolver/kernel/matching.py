"""Matching: which profiles the given values belong to, through which rules (R2 to R8). Nothing is changed."""

from resolver.kernel import codes
from resolver.kernel.choices import blocks, choose, choose_given, choose_held, clear_choices, text_of, widen
from resolver.kernel.compounds import find_sharers, is_shared_by_any
from resolver.kernel.joining import join
from resolver.kernel.profile_lists import values_of
from resolver.kernel.rows import Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch, add_evidence, add_found, add_sharing, is_among, leave_each_once
from resolver.kernel.tables import Tables, earliest_first, holds
from resolver.names import Value
from resolver.rules.matching import similar


def match(t: Tables, s: Scratch, r: Rules, at: Moment) -> int:
    """How many profiles the given values belong to; ``found`` has them, in no order that means anything.

    All rules are tried (R2), or those up to the first that finds something (R6). With several profiles, ``evidence``
    and ``rule`` say what joins them (M8). ``holds_all`` says that the one profile found holds all that was given, so
    that the command changes nothing. Under policies they are those that fit together at a time, and ``why`` has the
    misfits (P4). O(1) for each value where values match by being equal.
    """
    s.n_found = 0
    s.n_evidence = 0
    if r.joins:
        join(t, s, r, at)
    elif r.simple:
        match_alone(t, s, r)
    else:
        match_by_rules(t, s, r)
    s.holds_all = s.n_found == 1
    place = 0
    while s.holds_all and place < s.n_given:
        owner = t.owner[s.given[place]]
        s.holds_all = owner == s.found[0] or (owner == codes.SHARED and holds(t, s.found[0], s.given[place]))
        place += 1
    return s.n_found


def match_alone(t: Tables, s: Scratch, r: Rules) -> None:
    """Match where every rule names one type, whose values match by being equal.

    What was given stands in the order of the rules (R4), so one look at each value does what trying each rule would.
    """
    rule = codes.NONE
    end = 0
    for place in range(s.n_given):
        value = s.given[place]
        owner = t.owner[value]
        if owner != codes.NOBODY and r.matches_alone[t.kind[value]]:
            if r.stops_at_first and s.n_found and rule != r.rule_of[t.kind[value]]:
                break
            rule = r.rule_of[t.kind[value]]
            if s.n_found < 2:
                s.rule = rule
            if owner == codes.SHARED:
                for each in t.sharers[value]:
                    note_profile(s, each)
            elif s.n_found == 0:  # written out: nearly always it is the only one
                s.found[0] = owner
                s.n_found = 1
            elif owner != s.found[0]:
                note_profile(s, owner)
        end = place + 1
    if s.n_found > 1:
        for place in range(end):
            value = s.given[place]
            if t.owner[value] != codes.NOBODY and r.matches_alone[t.kind[value]]:
                add_evidence(s, value)
    if s.n_found > codes.FEW:
        s.n_found = leave_each_once(s.found, s.n_found)


def note_profile(s: Scratch, profile: ProfileRow) -> None:
    """Add a profile to those found, unless it is there; where there are many already, that is left for the end."""
    if s.n_found > codes.FEW or not is_among(s.found, s.n_found, profile):
        add_found(s, profile)


def match_by_rules(t: Tables, s: Scratch, r: Rules) -> None:
    """Match by any rules, one after the other."""
    choose_given(t, s, r)
    for rule in range(len(r.rule_start) - 1):
        if can_apply(s, r, rule) and find_by(t, s, r, rule):
            note_found(t, s, r, rule)
            if r.stops_at_first:
                break
    s.n_found = leave_each_once(s.found, s.n_found)


def can_apply(s: Scratch, r: Rules, rule: int) -> bool:
    """Whether there is a choice for each type of a rule."""
    for place in range(r.rule_start[rule], r.rule_start[rule + 1]):  # noqa: SIM110 - compiled code has no generators
        if s.choice_start[r.rule_types[place]] < 0:
            return False
    return True


def find_by(t: Tables, s: Scratch, r: Rules, rule: int) -> int:
    """How many profiles one rule finds (R2, R7, R8); ``sharing`` has them."""
    first = r.rule_start[rule]
    if r.rule_start[rule + 1] - first > 1:
        return find_sharers(t, s, r, rule)
    s.n_sharing = 0
    kind = r.rule_types[first]
    if r.unique[kind]:
        widen(t, s, r, kind)
        for choice in range(s.wide_start[kind], s.wide_end[kind]):
            value = s.choices[choice]
            owner = t.owner[value]
            if owner == codes.SHARED:
                for each in t.sharers[value]:
                    add_sharing(s, each)
            elif owner != codes.NOBODY:
                add_sharing(s, owner)
        s.n_sharing = leave_each_once(s.sharing, s.n_sharing)
    return s.n_sharing


def note_found(t: Tables, s: Scratch, r: Rules, rule: int) -> None:
    """Note the profiles that a rule found, and the choices that they share as evidence (M8).

    ``rule`` becomes this one unless two were found before; each choice is noted once, however many rules name it.
    """
    if s.n_found < 2:
        s.rule = rule
    for place in range(s.n_sharing):
        note_profile(s, s.sharing[place])
    for place in range(r.rule_start[rule], r.rule_start[rule + 1]):
        kind = r.rule_types[place]
        for choice in range(s.choice_start[kind], s.choice_end[kind]):
            if not s.is_evidence[choice] and is_shared_by_any(t, s, r, s.choices[choice]):
                s.is_evidence[choice] = 1
                add_evidence(s, s.choices[choice])


def match_stored(t: Tables, s: Scratch, r: Rules, profile: ProfileRow, inserted: ValueRow) -> int:
    """How many profiles a compound rule joins to what a profile holds (R7), itself included; 0 if there is no other.

    Only rules that name the type of the value just *inserted*, and only combinations with it, where the store is
    settled (I8); all of them where none was inserted.
    """
    s.n_found = 0
    s.n_evidence = 0
    clear_choices(t, s, r)
    rules = r.compounds
    if inserted >= 0 and t.settled:
        choose(t, s, r, inserted)
        rules = r.naming[t.kind[inserted]]
    first = codes.NONE
    for rule in rules:
        for place in range(r.rule_start[rule], r.rule_start[rule + 1]):
            choose_held(t, s, r, profile, r.rule_types[place])
        find_sharers(t, s, r, rule)
        leave_out(s, profile)
        if s.n_sharing:
            if first < 0:
                first = rule
            note_found(t, s, r, rule)
    if s.n_found:
        s.n_found = leave_each_once(s.found, s.n_found)
        s.rule = first
        add_found(s, profile)
    return s.n_found


def leave_out(s: Scratch, profile: ProfileRow) -> None:
    """Take a profile out of ``sharing``."""
    for place in range(s.n_sharing):
        if s.sharing[place] == profile:
            s.sharing[place] = s.sharing[s.n_sharing - 1]
            s.n_sharing -= 1
            break


# What each rule found, for whoever asks why (M8)


def match_rule_by_rule(t: Tables, s: Scratch, r: Rules) -> list[tuple[int, ProfileRow]]:
    """Every rule that finds something by what was given, as it is tried (R2, R6), with each profile that it finds.

    The profiles of one rule come earliest first. What joining policies leave out of them (P4) is among them too.
    """
    found: list[tuple[int, ProfileRow]] = []
    choose_given(t, s, r)
    for rule in range(len(r.rule_start) - 1):
        if can_apply(s, r, rule) and find_by(t, s, r, rule):
            profiles = earliest_first(t, [s.sharing[place] for place in range(s.n_sharing)])
            found.extend([(rule, profile) for profile in profiles])
            if r.stops_at_first:
                break
    return found


def given_by_type(t: Tables, s: Scratch) -> dict[TypeNumber, list[ValueRow]]:
    """The values given, by their idTypes."""
    found: dict[TypeNumber, list[ValueRow]] = {}
    for place in range(s.n_given):
        value = s.given[place]
        found.setdefault(t.kind[value], []).append(value)
    return found


def pairs_shared(
    t: Tables, s: Scratch, r: Rules, profile: ProfileRow, kind: TypeNumber, values: list[ValueRow], is_exact: bool
) -> list[tuple[Value, Value]]:
    """The texts of all pairs of some values and of one that a profile holds that match: equal ones, or similar ones.

    The *values* are of one idType. *is_exact*: only equal ones match, although the type is fuzzy.
    """
    if is_exact or kind not in r.thresholds:
        return [(t.text[value], t.text[value]) for value in values if holds(t, profile, value)]
    threshold = r.thresholds[kind]
    theirs = [t.text[value] for value in values_of(t, profile, kind)]
    return [
        (own, other)
        for own in [text_of(t, s, value) for value in values]
        for other in theirs
        if similar(own, other, threshold) and (own == other or not blocks(r, kind, other))
    ]
