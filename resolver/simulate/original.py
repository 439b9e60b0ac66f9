"""The history that an interned one was made from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from resolver.history.opening import ArrowStream

if TYPE_CHECKING:
    from resolver.bulk import Interned


def original(history: "Iterable[Any] | ArrowStream | Interned") -> Iterable[Any] | ArrowStream:
    """Give the history as it was before it was interned (``resolver.bulk``); any other as it is.

    >>> original(["as it is"])
    ['as it is']
    """
    given: Any = history
    return given.given if hasattr(type(given), "in_bulk") else given  # type: ignore[no-any-return]
