"""Rules in integers: a rulebook as the loop reads it. Everything follows from the rulebook; nothing is decided."""

from array import array

from resolver.bulk.layout import Rules
from resolver.names import LimitPolicy
from resolver.rules.rulebook import Rulebook


def is_covered(book: Rulebook) -> bool:
    """Tell whether the loop knows all that the rules ask for.

    It knows neither fuzzy types (R8), nor compound rules of three types and more, nor ``on_invalid="keep"``.
    """
    return (
        not book.keeps_unreadable
        and all(rules.threshold is None for rules in book.order)
        and all(len(rule.types) <= 2 for rule in book.rules)
    )


def rules_of(book: Rulebook) -> Rules:
    """Give a covered rulebook in integers.

    >>> from resolver import Settings
    >>> list(rules_of(Rulebook(Settings.defaults())).one)
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
        one=array("i", [book.types[rule.types[0]].place for rule in book.rules]),
        other=array("i", [book.types[rule.types[1]].place if len(rule.types) > 1 else -1 for rule in book.rules]),
        has_compounds=bool(book.compounds),
        has_shared=not all(rules.unique for rules in order),
        drops=book.drops_unreadable,
        stops_at_first=book.stops_at_first,
    )
