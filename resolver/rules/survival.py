"""The survivor rule: which of several profiles lives on in a merge (M1)."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Protocol, TypeVar

from resolver.names import Milliseconds


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
