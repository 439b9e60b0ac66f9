"""The rules that a reference asks: pure functions, each of which may be another.

======================  ================================================================  ==============
rule                    question it answers                                               contract
======================  ================================================================  ==============
``normalize``           what is stored and compared for a raw value?                      N1 to N7
``similar``             are two values of a fuzzy type alike enough to match?             R8
``match_profiles``      which profiles do these identifiers belong to, and why?           R2, R6, R7, R8
``survivor``            which of several profiles lives on in a merge?                    M1, M5
``split_at_limit``      which values stay when a list is longer than its limit?           L1
``fit``                 do profiles and the identifiers that come keep all bounds?        P3
======================  ================================================================  ==============

Everything else (the order of the checks, attaching, collisions, the fixed point of the compound rules, the facts) is
the contract's and stays as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from resolver.names import LimitPolicy, Match
from resolver.reference.joining import Fit
from resolver.reference.matching import Given
from resolver.reference.state import Held, Profile, State
from resolver.rules import Matched
from resolver.settings import Settings


class Normalize(Protocol):
    """The value to be stored; ``InvalidIdentifier`` for a text that cannot be read (N1 to N5)."""

    def __call__(self, name: str, raw: str, *, region: str) -> str:
        """Read *raw* as the normalization *name* does, for phone numbers of *region*."""
        ...


class MatchProfiles(Protocol):
    """The profiles that identifiers belong to, and why they would merge (R2, R6, R7, R8)."""

    def __call__(self, view: State, settings: Settings, identifiers: Given, *, match: Match) -> Matched:
        """Ask *view* for the profiles of normalized *identifiers* (idType -> values)."""
        ...


Survivor = Callable[[Sequence[Profile]], Profile]
"""Which of these profiles, earliest first, lives on when they merge (M1)."""

SplitAtLimit = Callable[[Sequence[Held], int, LimitPolicy], tuple[Sequence[Held], Sequence[Held]]]
"""A list of held values, oldest first, as (kept, evicted) (L1)."""


@dataclass(frozen=True)
class Rules:
    """The rules that change a store; ``Options`` has ``normalize``, and ``State`` has ``similar``."""

    match_profiles: MatchProfiles
    survivor: Survivor
    split_at_limit: SplitAtLimit
    fit: Fit
