"""Matching, by a look at every profile: which ones identifiers belong to, and why (R2, R6, R7, R8)."""

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from resolver.names import IdType, Match, Value
from resolver.reference.state import Profile, Rule, State
from resolver.rules import Matched
from resolver.settings import Settings

Given = Mapping[IdType, Sequence[Value]]
"""Normalized values by idType, in the order in which they are attached."""

Pair = tuple[IdType, Value]


def similar(one: Value, other: Value, threshold: int) -> bool:
    """Whether two normalized values are alike enough to match (R8).

    >>> similar("jon smith", "john smith", 90), similar("jon", "joan of arc", 90)
    (True, False)
    """
    return bool(fuzz.ratio(one, other) >= threshold)


def match_profiles(view: State, settings: Settings, identifiers: Given, *, match: Match = Match.ALL) -> Matched:
    """The profiles that normalized *identifiers* belong to, in order of discovery, and why they would merge.

    All rules are tried (R2), or those up to the first that finds somebody (R6). The evidence is the rule that found
    the second profile, and every value that found any (M8). *settings* are those of *view*.
    """
    found: list[Profile] = []
    joining: list[Pair] = []
    decisive = ""
    for rule in view.rules():
        profiles, pairs = found_by(view, rule, identifiers, view.earliest_first())
        before = len(found)
        found += [profile for profile in profiles if profile not in found]
        if before == 0 < len(found) or before < 2 <= len(found):
            decisive = rule.text
        joining += [pair for pair in pairs if pair not in joining]
        if found and match is Match.FIRST:
            break
    return Matched(tuple(profile.id for profile in found), decisive, tuple(joining))


def found_by(state: State, rule: Rule, given: Given, among: Sequence[Profile]) -> tuple[list[Profile], list[Pair]]:
    """The profiles *among* these that a rule finds for the given values, and the values that found them (R7, R8)."""
    shares = state.shares
    if len(rule.types) > 1:
        found = [p for p in among if all(shares(p, t, given.get(t, ())) for t in rule.types)]
    elif state.config(rule.types[0]).enforce_unique:
        [id_type] = rule.types
        by_value = [p for value in given.get(id_type, ()) for p in among if shares(p, id_type, [value])]
        found = [p for place, p in enumerate(by_value) if p not in by_value[:place]]
    else:
        found = []  # a non-unique value never matches alone
    pairs = [(t, v) for t in rule.types for v in given.get(t, ()) if any(shares(p, t, [v]) for p in found)]
    return found, pairs
