"""What a change of settings leaves true: a store need not doubt what the change could not touch (S1).

Two claims about all that is stored make commands cheap. *Settled*: no two profiles satisfy a compound rule (I8),
and no unique value has two owners (I1). *Normal*: every stored text normalizes to itself (N7). Commands keep both;
new settings may break either, since they change nothing that is stored. The functions here err on one side only:
what they call kept is kept. Types of which nothing is stored cannot break anything.
"""

from collections.abc import Container

from resolver.names import IdType
from resolver.rules.rulebook import Rulebook, TypeRules


def keeps_settled(old: Rulebook, new: Rulebook, stored: Container[IdType]) -> bool:
    """Return whether a store that was settled under *old* is certain to be settled under *new* (I1, I8).

    *stored* has the types of which values are stored. Every compound rule of *new* must ask for at least what one
    of *old* asked for (R7, R8), and no type that is unique now may have been anything else. A type that *old* did
    not configure may come back with values from before (S2): nothing is known of these. O(rules squared).

    >>> from resolver import Settings, IdentifierConfig
    >>> types = [IdentifierConfig(name, enforce_unique=False) for name in ("phone", "name", "zip")]
    >>> two, three = (Rulebook(Settings(types, [rule])) for rule in ("phone AND name", "phone AND name AND zip"))
    >>> keeps_settled(two, three, {"phone", "name", "zip"}), keeps_settled(three, two, {"phone", "name", "zip"})
    (True, False)
    """
    for rules in new.order:
        if rules.unique and rules.id_type in stored and not _was_unique(old, rules.id_type):
            return False
    return all(
        any(_is_implied(id_types, rule.types, old, new) for id_types in (each.types for each in old.compounds))
        for rule in new.compounds
        if all(id_type in stored for id_type in rule.types)
    )


def keeps_normal(old: Rulebook, new: Rulebook, stored: Container[IdType]) -> bool:
    """Return whether texts that normalized to themselves under *old* are certain to do so under *new* (N7).

    *stored* has the types of which values are stored. Each of them that *new* configures must have had the same
    normalization under *old*: the values of a type that was left out in between may be older than the one that
    it comes back with (S2). O(types).
    """
    before = {config.id_type: config.normalization for config in old.settings.identifier_configs}
    return all(
        before.get(config.id_type) == config.normalization
        for config in new.settings.identifier_configs
        if config.id_type in stored
    )


def _was_unique(old: Rulebook, id_type: IdType) -> bool:
    return id_type in old.types and old.types[id_type].unique


def _is_implied(weaker: tuple[IdType, ...], stronger: tuple[IdType, ...], old: Rulebook, new: Rulebook) -> bool:
    """Return whether profiles that satisfy a rule of *stronger* under *new* satisfy one of *weaker* under *old*."""
    return set(weaker) <= set(stronger) and all(
        _is_as_strict(old.types[id_type], new.types[id_type]) for id_type in weaker
    )


def _is_as_strict(old: TypeRules, new: TypeRules) -> bool:
    """Return whether values that are shared under *new* are shared under *old*: equal ones always are (R8)."""
    return new.threshold is None or (old.threshold is not None and old.threshold <= new.threshold)
