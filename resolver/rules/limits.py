"""The limit rule: which of a profile's values stay and which leave (L1)."""

from collections.abc import Sequence
from typing import TypeVar, assert_never

from resolver.names import LimitPolicy

T = TypeVar("T")


def split_at_limit(values: Sequence[T], limit: int, policy: LimitPolicy | str) -> tuple[Sequence[T], Sequence[T]]:
    """Split *values*, oldest first, into (kept, evicted) (L1).

    Both parts are in the order in which *values* stood, and together they are *values*. ``fifo`` evicts the
    oldest, ``lifo`` the most recent. O(n).

    >>> split_at_limit(["old", "mid", "new"], 2, "fifo")
    (['mid', 'new'], ['old'])
    >>> split_at_limit(["old", "mid", "new"], 2, "lifo")
    (['old', 'mid'], ['new'])
    """
    surplus = max(0, len(values) - limit)
    policy = LimitPolicy(policy)
    match policy:
        case LimitPolicy.FIFO:
            return values[surplus:], values[:surplus]
        case LimitPolicy.LIFO:
            return values[: len(values) - surplus], values[len(values) - surplus :]
        case _:
            assert_never(policy)
