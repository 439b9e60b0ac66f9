"""Rules in integers: a rulebook as the loop reads it. Everything follows from the rulebook; nothing is decided."""

from array import array
from itertools import accumulate
from math import prod

from resolver.bulk.layout import Rules
from resolver.names import LimitPolicy
from resolver.rules.rulebook import Rulebook

MOST = 1_000_000
"""Combinations of one profile's values, at the limits of their types, that a compound rule may ask for in bulk: every
one of them has an entry. Three types of 100 values each have as many."""


def is_covered(book: Rulebook) -> bool:
    """Tell whether the loop knows all that the rules ask for.

    It knows neither fuzzy types (R8) nor rules of which one profile may satisfy more than ``MOST`` combinations.
    """
    return all(rules.threshold is None for rules in book.order) and all(
        prod(book.types[id_type].limit for id_type in rule.types) <= MOST for rule in book.rules
    )


def rules_of(book: Rulebook) -> Rules:
    """Give a covered rulebook in integers.

    >>> from resolver import Settings
    >>> list(rules_of(Rulebook(Settings.defaults())).parts)
    [0, 1, 2, 3]
    """
    order = book.order
    return Rules(
        kinds=len(order),
        least_limit=book.least_limit,
        limit=array("i", [rules.limit for rules in order]),
        fifo=array("i", [rules.policy is LimitPolicy.FIFO for rules in order]),
        unique=array("i", [rules.unique for rules in order]),
        own=array("i", [rules.has_own_rule for rules in order]),
        plain=array("i", [not book.compounds and rules.id_type in book.plain for rules in order]),
        starts=array("i", accumulate((len(rule.types) for rule in book.rules), initial=0)),
        parts=array("i", [book.types[id_type].place for rule in book.rules for id_type in rule.types]),
        has_compounds=bool(book.compounds),
        has_shared=not all(rules.unique for rules in order),
        drops=book.drops_unreadable,
        stops_at_first=book.stops_at_first,
    )
