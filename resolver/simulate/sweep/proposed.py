"""A grid to begin with, made of the settings that are in force: what is most often in question about them.

>>> from resolver import Settings
>>> for axis, values in proposed_axes(Settings.defaults()).items():
...     print(axis, len(values))
matchingRules 5
phone.enforceUnique 2
phone.limit 2
policies.blocked 2
"""

from math import prod
from typing import Any

from resolver.names import MatchingAlgo
from resolver.settings import AND, MOST_RULES, IdentifierConfig, Settings

MOST_COMBINATIONS = 48
"""A grid that nobody wrote has at most so many."""

SUSPECTS = "suspects:10"
_FEW = 3
"""Values of a type that one person may well have."""


def proposed_axes(settings: Settings) -> dict[str, list[Any]]:
    """Return axes around some settings, as a grid has them; the first value of each is that of the settings.

    Rules of three types or more ask for one less; each rule is left out once, the last first. A phone that proves a
    person alone may be shared, and the weakest type that does so may be held few at a time. The values that look most
    like placeholders are blocked. Where policies ask for unique types, none is shared.
    """
    axes: dict[str, list[Any]] = {}
    weakest = _weakest(settings)
    if weakest is not None:
        if weakest.normalization == "phone" and not settings.policies.joining:
            axes[f"{weakest.id_type}.enforceUnique"] = [True, False]
        axes[f"{weakest.id_type}.limit"] = list(dict.fromkeys([weakest.limit, min(_FEW, weakest.limit)]))
    axes["policies.blocked"] = [[entry.to_json() for entry in settings.policies.blocked], SUSPECTS]
    others = prod(map(len, axes.values()))
    axes = {"matchingRules": _rules(settings)[: MOST_COMBINATIONS // others], **axes}
    return {axis: values for axis, values in axes.items() if len(values) > 1}


def _rules(settings: Settings) -> list[list[str]]:
    """Return lists of rules to try, those of today first, then looser ones and fewer; each once."""
    today = [*settings.matching_rules]
    found = [today]
    for place, rule in enumerate(today):
        types = settings.types_of(rule)
        if len(types) > 2:
            looser = [AND.join(each for each in types if each != left_out) for left_out in types]
            tried = [looser[:1], looser[:2], *([each] for each in looser[1:]), looser]
            found += [[*today[:place], *some, *today[place + 1 :]] for some in tried]
    fewer = [[each for each in today if each != left_out] for left_out in reversed(today)] if len(today) > 1 else []
    found[3:3] = fewer  # among the first, if there is not room for all
    known = set[frozenset[frozenset[str]]]()
    kept = []
    for rules in found:
        key = frozenset(frozenset(settings.types_of(rule)) for rule in rules)
        if key not in known and len(key) == len(rules) <= MOST_RULES:
            known.add(key)
            kept.append(rules)
    return kept


def _weakest(settings: Settings) -> IdentifierConfig | None:
    """Return the type that is most likely to be shared, of those that are unique and equal by a rule of their own."""
    configs = {config.id_type: config for config in settings.identifier_configs}
    alone = [
        configs[rule]
        for rule in settings.matching_rules
        if rule in configs and configs[rule].enforce_unique and configs[rule].matching_algo is MatchingAlgo.EXACT
    ]
    phones = [config for config in alone if config.normalization == "phone"]
    found = phones or alone
    return found[-1] if found else None
