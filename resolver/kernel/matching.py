"""Matching: which profiles the given values belong to, through which rules (R2 to R8). Nothing is changed."""

from resolver.kernel import codes
from resolver.kernel.compounds import Choices, shared_values, sharers, text_of
from resolver.kernel.rules import Rules
from resolver.kernel.tables import Tables, earliest_first, holders
from resolver.kernel.undo import Scratch, add_evidence, add_found

Finds = list[tuple[int, list[int]]]
"""The rules that found profiles, in the order in which they were tried, each with what it found."""


FEW = 16
"""So many profiles are told apart one by one; a command that finds more is matched by way of dicts."""


def match(t: Tables, s: Scratch, r: Rules) -> int:
    """How many profiles the given values belong to; ``found`` has them, in the order in which they were found.

    All rules are tried (R2), or those up to the first that finds something (R6). With several profiles, ``evidence``
    and ``rule`` say what joins them (M8). ``holds_all`` may say that the command changes nothing. O(1) for each value
    where values match by being equal.
    """
    s.n_found = 0
    s.n_evidence = 0
    s.holds_all = False
    if not r.simple:
        return match_by_rules(t, s, r)
    held = 0
    for place in range(s.n_given):  # in the order of the rules (R4), each of which names one type here
        value = s.given[place]
        owner = t.owner[value]
        kind = t.kind[value]
        if owner != codes.NOBODY and r.matches_alone[kind]:
            if owner == codes.SHARED or s.n_found > FEW:
                return match_by_rules(t, s, r)
            if s.n_found == 0:
                s.rule = r.rule_of[kind]
                add_found(s, owner)
            elif r.stops_at_first and s.rule != r.rule_of[kind]:
                break
            elif not is_found(s, owner):
                if s.n_found == 1:
                    s.rule = r.rule_of[kind]
                add_found(s, owner)
            if owner == s.found[0]:
                held += 1
            add_evidence(s, value)
    s.holds_all = s.n_found == 1 and held == s.n_given
    return s.n_found


def is_found(s: Scratch, profile: int) -> bool:
    """Whether a profile is among those found. O(profiles found)."""
    for place in range(s.n_found):  # noqa: SIM110 - compiled code has no generators
        if s.found[place] == profile:
            return True
    return False


def match_by_rules(t: Tables, s: Scratch, r: Rules) -> int:
    """The same, whatever the rules."""
    s.n_found = 0
    s.n_evidence = 0
    given: Choices = {}
    for place in range(s.n_given):
        value = s.given[place]
        given.setdefault(t.kind[value], []).append(value)
    finds: Finds = []
    for rule, types in enumerate(r.types):
        if has_all(given, types):
            found = found_by(t, s, r, rule, given)
            if found:
                finds.append((rule, found))
                if r.stops_at_first:
                    break
    note_found(t, s, r, given, finds)
    return s.n_found


def has_all(given: Choices, types: tuple[int, ...]) -> bool:
    """Whether a value of each of the types was given."""
    return len([kind for kind in types if kind in given]) == len(types)


def found_by(t: Tables, s: Scratch, r: Rules, rule: int, given: Choices) -> list[int]:
    """The profiles that one rule finds, each once (R7, R8)."""
    kind = r.types[rule][0]
    if len(r.types[rule]) > 1:
        return sharers(t, s, r, rule, given)
    if not r.unique[kind]:
        return []
    found: dict[int, None] = {}
    for value in given[kind]:
        if kind in r.thresholds:
            found.update(dict.fromkeys(holders_alike(t, kind, text_of(t, s, value))))
        else:
            found.update(dict.fromkeys(holders(t, value)))
    return list(found)


def holders_alike(t: Tables, kind: int, text: str) -> list[int]:
    """The profiles that hold a value of a fuzzy type that is similar to a text, earliest first (R8)."""
    rows = t.index[kind]
    found: dict[int, None] = {}
    for other in t.similarity[kind].similar(text):
        found.update(dict.fromkeys(holders(t, rows[other])))
    return earliest_first(t, list(found))


def note_found(t: Tables, s: Scratch, r: Rules, given: Choices, finds: Finds) -> None:
    """Leave all profiles found, each once, the rule that found the second one, and the values that found any (M8).

    Values are in the order of the rules.
    """
    found: dict[int, None] = {}
    for rule, profiles in finds:
        if len(found) < 2:
            s.rule = rule
        found.update(dict.fromkeys(profiles))
    for profile in found:
        add_found(s, profile)
    pairs: dict[int, None] = {}
    for rule, profiles in finds:
        for kind in r.types[rule]:
            pairs.update(dict.fromkeys(shared_values(t, s, r, kind, given[kind], profiles)))
    s.n_evidence = 0
    for value in pairs:
        add_evidence(s, value)


def match_stored(t: Tables, s: Scratch, r: Rules, profile: int, inserted: int) -> int:
    """How many profiles a compound rule joins to what a profile holds (R7), itself included; 0 if there is no other.

    Only rules that name the type of the value just *inserted*, and only combinations with it, where the store is
    settled (I8); all of them where none was inserted.
    """
    kind = t.kind[inserted] if inserted >= 0 and t.settled else codes.NOBODY
    held: Choices = {each: [] for each in r.order}
    hold = t.head[profile]
    while hold >= 0:
        value = t.held[hold]
        if t.kind[value] in held:
            held[t.kind[value]].append(value)
        hold = t.next_hold[hold]
    if kind >= 0:
        held[kind] = [inserted]
    finds: Finds = []
    for rule in r.naming[kind] if kind >= 0 else r.compounds:
        others = [other for other in sharers(t, s, r, rule, held) if other != profile]
        if others:
            finds.append((rule, others))
    s.n_found = 0
    if finds:
        note_found(t, s, r, held, finds)
        s.rule = finds[0][0]
        add_found(s, profile)
    return s.n_found
