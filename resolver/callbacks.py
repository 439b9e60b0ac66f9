"""Callbacks: the functions of an engine's user, which may be called at any time and must leave the engine as it is."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from resolver.errors import InvalidCommand, ProfileExists
from resolver.names import Milliseconds, ProfileId

T = TypeVar("T")

REMEMBERED = 1024
"""How many ids drawn for previews are remembered; the oldest are forgotten first."""


class Store(Protocol):
    """What is asked of a store around a callback."""

    @property
    def number(self) -> int:
        """The number of the last command."""
        ...

    def is_used(self, profile_id: ProfileId) -> bool:
        """Tell whether the id was ever given to a profile."""
        ...


def alone(store: Store, act: Callable[[], T]) -> T:
    """Do what may call the user's clock, new_id or normalizers; ``InvalidCommand`` if that executed a command."""
    number = store.number
    answer = act()
    if store.number != number:
        raise InvalidCommand("a callback of the engine (new_id, clock, normalizer) executed a command of its own")
    return answer


class OwnIds:
    """Profile ids from the user's factory; one drawn for a preview is remembered for the execution (section 11)."""

    __slots__ = ("_drawn", "new_id")

    def __init__(self, new_id: Callable[[int, Milliseconds], ProfileId]) -> None:
        self.new_id = new_id
        self._drawn: dict[tuple[int, Milliseconds], ProfileId] = {}

    def draw(self, store: Store, number: int, at: Milliseconds) -> ProfileId:
        """Give the id of the profile that command *number* creates; ``ProfileExists`` if it was used before."""
        profile_id = self._drawn.get((number, at)) or alone(store, lambda: self.new_id(number, at))
        if not isinstance(profile_id, str) or not profile_id:
            raise InvalidCommand(f"new_id gave {profile_id!r}; expected a non-empty string")
        if store.is_used(profile_id):
            self._drawn.pop((number, at), None)
            raise ProfileExists(f"new_id gave {profile_id!r}, which was used before")
        self._drawn[number, at] = profile_id
        if len(self._drawn) > REMEMBERED:
            del self._drawn[next(iter(self._drawn))]
        return profile_id

    def copy(self) -> "OwnIds":
        """Give an independent copy that remembers the same ids."""
        other = OwnIds(self.new_id)
        other._drawn = self._drawn.copy()
        return other
