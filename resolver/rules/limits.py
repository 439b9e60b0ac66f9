"""The limit rule: which of a profile's values stay and which leave (L1)."""

from collections.abc import Sequence
from typing import TypeVar, assert_never

from resolver.errors import InvalidSettings
from resolver.names import LimitPolicy

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
