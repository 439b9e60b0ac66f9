"""Survival: which of several profiles lives on in a merge (M1), and which of its values stay at the limit (L1)."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Protocol, TypeVar, assert_never

from resolver.errors import InvalidSettings
from resolver.names import LimitPolicy, Milliseconds


class Born(Protocol):
    """Anything with a creation time and the number of the command that created it."""

    @property
    def created_at(self) -> Milliseconds:
        """When it was created."""
        ...

    @property
    def number(self) -> int:
        """The number of the creating command: the arrival order of creations."""
        ...


B = TypeVar("B", bound=Born)


birth: Callable[[Born], tuple[Milliseconds, int]] = attrgetter("created_at", "number")
"""Returns what profiles are ordered by: (created at, arrival order of creation)."""


def survivor(candidates: Iterable[B]) -> B:
    """Return the earliest candidate: the one that lives on when they merge (M1). O(n).

    No two profiles have the same number, so the answer does not depend on the order of *candidates* (M5).
    ``ValueError`` if there is none.

    >>> from collections import namedtuple
    >>> Profile = namedtuple("Profile", "id created_at number")
    >>> late_arrival, older = Profile("b", 500, 9), Profile("a", 1_000, 2)
    >>> survivor([older, late_arrival]).id
    'b'
    >>> survivor([])
    Traceback (most recent call last):
        ...
    ValueError: there are no candidates; expected at least one profile
    """
    earliest = min(candidates, key=birth, default=None)
    if earliest is None:
        raise ValueError("there are no candidates; expected at least one profile")
    return earliest


T = TypeVar("T")


def split_at_limit(values: Sequence[T], limit: int, policy: LimitPolicy | str) -> tuple[Sequence[T], Sequence[T]]:
    """Split *values*, oldest first, into (kept, evicted) (L1).

    Both parts are in the order in which *values* stood, and together they are *values*. ``fifo`` evicts the
    oldest, ``lifo`` the most recent. O(n). ``InvalidSettings`` for a *limit* below 1 or any other *policy*.

    >>> split_at_limit(["old", "mid", "new"], 2, "fifo")
    (['mid', 'new'], ['old'])
    >>> split_at_limit(["old", "mid", "new"], 2, "lifo")
    (['old', 'mid'], ['new'])
    >>> split_at_limit(["old", "mid", "new"], 0, "fifo")
    Traceback (most recent call last):
        ...
    resolver.errors.InvalidSettings: limit: 0 is not allowed; expected an integer >= 1
    """
    if type(limit) is not int or limit < 1:
        raise InvalidSettings("limit", limit, "an integer >= 1")
    surplus = max(0, len(values) - limit)
    policy = _known(policy)
    match policy:
        case LimitPolicy.FIFO:
            return values[surplus:], values[:surplus]
        case LimitPolicy.LIFO:
            return values[: len(values) - surplus], values[len(values) - surplus :]
        case _:
            assert_never(policy)


def _known(policy: LimitPolicy | str) -> LimitPolicy:
    try:
        return LimitPolicy(policy)
    except ValueError:
        raise InvalidSettings("limitPolicy", policy, "'fifo' or 'lifo'") from None
