"""Rules: the rulebook as small integers, by the numbers that a store gives to its idTypes.

An idType keeps its number as long as the store knows it, so values of a type that is no longer configured stay where
they are (S2).
"""

from collections.abc import Mapping
from itertools import accumulate, pairwise

from resolver.kernel import codes
from resolver.kernel.columns import filled, from_list
from resolver.kernel.rows import ByType, Column, TypeNumber
from resolver.names import IdType, LimitPolicy, Misfit
from resolver.rules.blocking import Blocking
from resolver.rules.rulebook import Rulebook

UNLIMITED = 1 << 30

_MISFITS = {
    Misfit.REFUSE: codes.REFUSE,
    Misfit.REFUSE_REST: codes.REFUSE_REST,
    Misfit.MOVE: codes.MOVE,
    Misfit.SHARE: codes.SHARE,
}


class Rules:
    """What the settings ask for. Every array has one entry for each number of an idType; nothing is decided here."""

    __slots__ = (
        "blocking",
        "book",
        "bounded",
        "compounds",
        "fifo",
        "fuzzy",
        "has_blocked",
        "joins",
        "least_limit",
        "limit",
        "makes_room",
        "matches_alone",
        "misfit",
        "most_identifiers",
        "most_merges",
        "naming",
        "order",
        "own_rule",
        "place",
        "protected",
        "rule_of",
        "rule_start",
        "rule_types",
        "simple",
        "stops_at_first",
        "table_of",
        "tables",
        "thresholds",
        "types",
        "unique",
        "window",
    )

    def __init__(self, book: Rulebook, numbers: Mapping[IdType, TypeNumber]) -> None:
        size = max(numbers.values(), default=-1) + 1
        self.book = book
        self.place: Column[TypeNumber, int] = filled("i", 0, size)
        """Where the type stands when values are attached (R4)."""
        self.limit: Column[TypeNumber, int] = filled("i", UNLIMITED, size)
        """How many values of it a profile may hold (L1); a type that is not configured has no limit."""
        self.fifo: Column[TypeNumber, int] = filled("i", 1, size)
        """1: the limit removes the oldest; 0: the most recent (L1). A type that is not configured is fifo (S2)."""
        self.unique: Column[TypeNumber, int] = filled("i", 0, size)
        """1: a value has one owner (I1)."""
        self.own_rule: Column[TypeNumber, int] = filled("i", 0, size)
        """1: there is a rule of this single type, so collisions merge (A3)."""
        self.matches_alone: Column[TypeNumber, int] = filled("i", 0, size)
        """1: an equal value matches by itself: the type is unique, exact, and has a rule of its own (R2)."""
        self.fuzzy: Column[TypeNumber, int] = filled("i", 0, size)
        """1: similar values match too (R8)."""
        self.rule_of: Column[TypeNumber, int] = filled("i", -1, size)
        """The number of the rule of this single type."""
        self.order: Column[int, TypeNumber] = from_list("i", [numbers[rules.id_type] for rules in book.order])
        """The configured types in the order of attaching and trimming (R4)."""
        self.types: list[tuple[TypeNumber, ...]] = [
            tuple(numbers[id_type] for id_type in rule.types) for rule in book.rules
        ]
        """For each rule, in the order in which they are tried, the types that it names."""
        self.compounds = [number for number, types in enumerate(self.types) if len(types) > 1]
        """The compound rules (R7)."""
        self.naming: ByType[list[int]] = [[] for _ in range(size)]
        """For each type the compound rules that name it."""
        self.rule_start: Column[int, int] = from_list("i", [0, *accumulate(map(len, self.types))])
        """Where each rule's types begin in ``rule_types``; one entry more says where the last end."""
        self.rule_types: Column[int, TypeNumber] = from_list("i", [kind for types in self.types for kind in types])
        """The types of all rules, one rule after the other."""
        pairs = [[pair_of(one, other) for one, other in pairwise(types)] for types in self.types]
        self.tables = list(dict.fromkeys(pair for each in pairs for pair in each))
        """The pairs of neighbouring types in compound rules, each once and in one order whatever the rule's own: the
        store has a pair table for each, in this order."""
        self.table_of: Column[int, int] = from_list(
            "i", [number for each in pairs for number in (-1, *map(self.tables.index, each))]
        )
        """For each entry of ``rule_types`` the number of the pair table of this type and the one before it in the rule;
        -1 for the first of a rule."""
        self.thresholds: dict[TypeNumber, int] = {}
        """For each fuzzy type the similarity that matches (R8)."""
        self.window: Column[TypeNumber, int] = filled("q", 0, size)
        """For how many milliseconds the limit counts a value (P2); 0: for ever."""
        self.protected: Column[TypeNumber, int] = filled("i", 0, size)
        """1: the limit refuses, and never makes room (P3)."""
        self.makes_room: Column[TypeNumber, int] = filled("i", 1, size)
        """1: where a value comes for which a list is full, another one leaves it (L1); else it is refused (P5)."""
        self.misfit: Column[TypeNumber, int] = filled("i", codes.REFUSE, size)
        """What becomes of a value that does not fit (P5)."""
        self.blocking: list[Blocking | None] = [None] * size
        """For each type of which a stored value may be blocked what says which are (P1)."""
        self.has_blocked = False
        """Whether there may be such a value of a type that rules look at in stored values (R7, R8)."""
        policies = book.settings.policies
        self.joins = policies.joining
        """Whether there are bounds, or misfits that are not refused, so that values join as far as they fit (P4)."""
        self.bounded: Column[int, TypeNumber] = from_list(
            "i", [numbers[rules.id_type] for rules in book.order if rules.protected]
        )
        """The protected types in the order of their priority."""
        self.most_identifiers = _most(policies.caps.identifiers)
        """How many values a profile may hold in all (P3)."""
        self.most_merges = _most(policies.caps.merges)
        """How many aliases it may have (P3)."""
        self.least_limit = book.least_limit
        self.stops_at_first = book.stops_at_first
        for rules in book.order:
            kind = numbers[rules.id_type]
            self.place[kind] = rules.place
            self.limit[kind] = rules.limit
            self.fifo[kind] = rules.policy is LimitPolicy.FIFO
            self.unique[kind] = rules.unique
            self.window[kind] = rules.window
            self.protected[kind] = rules.protected
            self.misfit[kind] = _MISFITS[rules.misfit]
            self.makes_room[kind] = not rules.protected or rules.misfit is Misfit.MOVE
            self.own_rule[kind] = rules.has_own_rule
            self.matches_alone[kind] = rules.unique and rules.has_own_rule and rules.threshold is None
            self.fuzzy[kind] = rules.threshold is not None
            if rules.threshold is not None:
                self.thresholds[kind] = rules.threshold
        for number, types in enumerate(self.types):
            if len(types) == 1:
                self.rule_of[types[0]] = number
            else:
                for kind in types:
                    self.naming[kind].append(number)
        self.simple = not self.compounds and not self.thresholds
        """Whether values match only by being equal and owned."""

    def note_blocked(self, kind: TypeNumber, blocking: Blocking | None) -> None:
        """Note that stored values of a type may be blocked: rules do not match by these (P1)."""
        self.blocking[kind] = blocking
        self.has_blocked = self.has_blocked or bool(self.naming[kind]) or bool(self.fuzzy[kind])


def _most(cap: int | None) -> int:
    """A cap as a number that fits into a column; no store comes near to the largest."""
    return UNLIMITED if cap is None else min(cap, UNLIMITED)


def pair_of(one: TypeNumber, other: TypeNumber) -> tuple[TypeNumber, TypeNumber]:
    """Two types in the order in which their pair table has them.

    >>> pair_of(3, 1)
    (1, 3)
    """
    return (one, other) if one < other else (other, one)
