"""Callbacks: the functions of an engine's user, which may be called at any time and must leave the engine as it is."""

from collections.abc import Callable

from resolver.errors import InvalidCommand, ProfileExists, safe_repr
from resolver.names import Milliseconds, ProfileId, plain_text

REMEMBERED = 1024
"""How many ids drawn for previews are remembered; the oldest are forgotten first."""


class OwnIds:
    """Profile ids from the user's factory; one drawn for a preview is remembered for the execution (section 11)."""

    __slots__ = ("_drawn", "new_id")

    def __init__(self, new_id: Callable[[int, Milliseconds], str]) -> None:
        self.new_id = new_id
        self._drawn: dict[tuple[int, Milliseconds], ProfileId] = {}

    def draw(self, number: int, at: Milliseconds) -> ProfileId:
        """The id for the profile that command *number* creates: the one drawn before, or a new one."""
        known = self._drawn.get((number, at))
        if known is not None:
            return known
        given = self.new_id(number, at)
        profile_id = plain_text(given)
        if not profile_id:
            raise InvalidCommand(f"new_id gave {safe_repr(given)}; expected a non-empty string")
        return ProfileId(profile_id)

    def keep(self, number: int, at: Milliseconds, profile_id: ProfileId, is_used: bool) -> None:
        """Remember an id that was drawn; forget it, and raise ``ProfileExists``, if it *is_used*."""
        if is_used:
            self._drawn.pop((number, at), None)
            raise ProfileExists(f"new_id gave {profile_id!r}, which was used before")
        self._drawn[number, at] = profile_id
        if len(self._drawn) > REMEMBERED:
            del self._drawn[next(iter(self._drawn))]

    def copy(self) -> "OwnIds":
        """An independent copy that remembers the same ids."""
        other = OwnIds(self.new_id)
        other._drawn = self._drawn.copy()
        return other


def executed_a_command() -> InvalidCommand:
    """The error for a callback that used the engine for a command of its own."""
    return InvalidCommand("a callback of the engine (new_id, clock, normalizer) executed a command of its own")
