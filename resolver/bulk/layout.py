"""The layout: what the integer loop reads and writes, as flat columns of integers.

Values, profiles and events are numbers from 0. A column is anything that can be indexed and assigned: an
``array`` of the standard library where the loop runs as it is, a numpy array where it is compiled.
"""

from collections.abc import MutableSequence
from typing import NamedTuple, NewType, TypeAlias

Ints: TypeAlias = MutableSequence[int]
"""Small integers, of 32 bits where it matters."""

Wide = NewType("Wide", MutableSequence[int])
"""Integers of 64 bits."""

NOW = -(1 << 63)
"""The time of an event that has none: that of the applied event before it (section 11)."""

UNREADABLE, UNKNOWN, NOTHING = -1, -2, -3
"""What stands for a raw text that the normalization refuses, one of an idType that is not configured, and an
idType that was named without a value."""

CREATED, ADDED, EVICTED, INVALID, CONFLICT, FULL, MERGED = range(7)
"""Facts, as their column names them; ``INVALID``, ``CONFLICT`` and ``FULL`` are refused identifiers."""
NOT_READABLE, NOT_CONFIGURED, NOTHING_LEFT, NOTHING_FREE = range(7, 11)
"""Why an event was refused as a whole; stands where its facts would."""

IS_UNCHANGED, IS_UPDATED, IS_MERGED, IS_CREATED, IS_REJECTED = range(5)
"""What became of an event."""

EVENTS, FACTS, NODES, PROFILES, GIVEN, STATUS, STAMP, VALUES, STARTS = range(9)
"""The places in ``Columns.n``."""

COLLISION_RULE = -1


class Rules(NamedTuple):
    """A rulebook in integers. A kind is an idType's place in the order of attaching (R4)."""

    kinds: int
    least_limit: int
    limit: Ints
    fifo: Ints
    unique: Ints
    own: Ints
    """Whether a rule of that single kind exists (A3)."""
    plain: Ints
    """Whether values of the kind match exactly by being equal and owned; of no kind where there are compound rules."""
    starts: Ints
    parts: Ints
    """The kinds of rule ``i``, in the order in which rules are tried, are ``parts[starts[i]:starts[i + 1]]``."""
    has_compounds: bool
    has_shared: bool
    drops: bool
    stops_at_first: bool


class Columns(NamedTuple):
    """Everything else, by what it is a column of."""

    n: Ints
    # events
    offsets: Ints
    ats: Ints
    times: Ints
    first: Ints
    status: Ints
    subject: Ints
    # identifiers of the events, one after the other
    idents: Ints
    # raw texts
    value_of: Ints
    # values
    kind: Ints
    owner: Ints
    """The profile that holds the value, -1 for nobody; kept for unique kinds only."""
    given_in: Ints
    mark: Ints
    told: Ints
    # profiles
    born: Ints
    parent: Ints
    head: Ints
    tail: Ints
    size: Ints
    found_in: Ints
    # held values: every profile's are a list through ``next``, in order of time and arrival (I2)
    node_value: Ints
    node_event: Ints
    next: Ints
    # facts
    fact: Ints
    who: Ints
    what: Ints
    extra: list[int]
    """What is longer than one integer: absorbed profiles, the rule and the evidence of a merge; a conflict."""
    # scratch
    given: Ints
    found: list[int]
    finds: list[int]
    others: list[int]
    evidence: list[int]
    left: list[int]
    right: list[int]
    wheel: list[int]
    holders: dict[int, int]
    """For every combination of values that a compound rule asks for, a profile that holds them, or did before it was
    merged. One is enough, as between two commands no two profiles satisfy a compound rule (I8). For a combination of
    three and more, also the number of each of its starts."""
