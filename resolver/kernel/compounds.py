"""Compound rules: keeping the pair tables, and finding who shares a value of each type of a rule (R7, R8)."""

from resolver.kernel.pair_table import PairTable
from resolver.kernel.profile_lists import values_of
from resolver.kernel.rules import Rules
from resolver.kernel.tables import Tables, earliest_first, holds
from resolver.kernel.undo import Scratch
from resolver.rules.similarity import similar


def enter_pairs(t: Tables, s: Scratch, profile: int, value: int) -> None:
    """Enter the pairs of a value that a profile holds from now on. O(values beside it)."""
    for table in t.compounds:
        for key in keys(t, table, profile, value):
            s.entries.append((table, key, profile, True))
            table.put(key, profile)


def leave_pairs(t: Tables, s: Scratch, profile: int, value: int) -> None:
    """Remove the pairs of a value that a profile holds no more."""
    for table in t.compounds:
        for key in keys(t, table, profile, value):
            s.entries.append((table, key, profile, False))
            table.take(key, profile)


def enter_profile(t: Tables, s: Scratch, profile: int) -> None:
    """Enter every pair of a profile."""
    for table in t.compounds:
        for key in all_keys(t, table, profile):
            s.entries.append((table, key, profile, True))
            table.put(key, profile)


def leave_profile(t: Tables, s: Scratch, profile: int) -> None:
    """Remove every pair of a profile."""
    for table in t.compounds:
        for key in all_keys(t, table, profile):
            s.entries.append((table, key, profile, False))
            table.take(key, profile)


def keys(t: Tables, table: PairTable, profile: int, value: int) -> list[int]:
    """The pairs of one value with what the profile holds beside it."""
    kind = t.kind[value]
    if kind == table.one:
        return [value << 32 | beside for beside in values_of(t, profile, table.other)]
    if kind == table.other:
        return [beside << 32 | value for beside in values_of(t, profile, table.one)]
    return []


def all_keys(t: Tables, table: PairTable, profile: int) -> list[int]:
    """Every pair of a profile under one table."""
    others = values_of(t, profile, table.other)
    return [one << 32 | other for one in values_of(t, profile, table.one) for other in others]


# Searching

Choices = dict[int, list[int]]
"""For each idType, values of which one is to be shared."""


def sharers(t: Tables, s: Scratch, r: Rules, rule: int, choices: Choices) -> list[int]:
    """The profiles that share one of the choices of each of the rule's types, earliest first (R7).

    The choices of a fuzzy type are widened to all similar stored values (R8). Costs a look-up for every two choices of
    neighbouring types, and the holders of the pair that has the fewest.
    """
    types = r.types[rule]
    widened = {kind: widen(t, s, r, kind, choices[kind]) for kind in types}
    found = candidates(t, r, rule, widened)
    if len(types) > 2:  # a pair says nothing of a third type
        for kind in types:
            found = [profile for profile in found if holds_any(t, profile, widened[kind])]
    return earliest_first(t, found)


def holds_any(t: Tables, profile: int, values: list[int]) -> bool:
    """Whether a profile holds one of some values."""
    for value in values:  # noqa: SIM110 - compiled code has no generators
        if holds(t, profile, value):
            return True
    return False


def candidates(t: Tables, r: Rules, rule: int, choices: Choices) -> list[int]:
    """Every profile that holds one of the choices of each of the rule's types, each once.

    For a rule of three types or more, others may be among them.
    """
    fewest: list[int] = []
    best = t.compounds[0]
    least = 0
    for pair in r.pairs[rule]:
        [table] = [table for table in t.compounds if (table.one, table.other) == pair]
        others = choices[pair[1]]
        pairs = [first << 32 | second for first in choices[pair[0]] for second in others]
        size = sum([table.size(key) for key in pairs])
        if not size:
            return []
        if not least or size < least:
            fewest, best, least = pairs, table, size
    found: dict[int, None] = {}
    for key in fewest:
        found.update(dict.fromkeys(best.holders(key)))
    return list(found)


def widen(t: Tables, s: Scratch, r: Rules, kind: int, values: list[int]) -> list[int]:
    """Values of an idType, and all stored ones that are similar to one of them if it is a fuzzy type (R8)."""
    if kind not in r.thresholds:
        return values
    rows, index = t.index[kind], t.similarity[kind]
    found: dict[int, None] = {}
    for value in values:
        found.update(dict.fromkeys([rows[text] for text in index.similar(text_of(t, s, value))]))
    return list(found)


def shared_values(t: Tables, s: Scratch, r: Rules, kind: int, values: list[int], profiles: list[int]) -> list[int]:
    """Those of *values* that one of the profiles shares: holds, or holds a similar one of (R7, R8)."""
    if kind not in r.thresholds:
        return [value for value in values if is_held_by_any(t, value, profiles)]
    threshold = r.thresholds[kind]
    theirs = [t.text[other] for profile in profiles for other in values_of(t, profile, kind)]
    return [value for value in values if is_similar_to_any(text_of(t, s, value), theirs, threshold)]


def is_held_by_any(t: Tables, value: int, profiles: list[int]) -> bool:
    """Whether one of some profiles holds a value."""
    for profile in profiles:  # noqa: SIM110
        if holds(t, profile, value):
            return True
    return False


def is_similar_to_any(text: str, others: list[str], threshold: int) -> bool:
    """Whether a text is similar to one of some others (R8)."""
    for other in others:  # noqa: SIM110
        if similar(text, other, threshold):
            return True
    return False


def text_of(t: Tables, s: Scratch, value: int) -> str:
    """The text of a value, also of one that was given just now and is not entered yet."""
    text = t.text[value] if value < t.n_values else ""
    if not text:
        return s.new_texts[list(s.new_rows[: s.n_new]).index(value)]
    return text
