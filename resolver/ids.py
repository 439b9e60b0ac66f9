"""Profile ids: made from the number of the creating command, so that they never need randomness, or by a factory.

A factory is a function of the engine's user; section 11 has the rules.
"""

from collections.abc import Callable

from resolver import names
from resolver.errors import InvalidCommand, ProfileExists, safe_repr
from resolver.names import Milliseconds, ProfileId, plain_text

PREFIX = "mem_profile_"
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case."""

PAIRS = [high + low for high in DIGITS for low in DIGITS]
"""All pairs of digits: the last two of an id."""

_NEXT_TRY = 1 << 64
_PYTHON_DIGITS = str.maketrans(DIGITS, "0123456789abcdefghijklmnopqrstuv")
_HEAD = 24
_MOST = 1 << 16
"""How many beginnings are remembered: those of 67 million numbers."""

REMEMBERED = 1024
"""How many ids drawn for previews are remembered; the oldest are forgotten first."""

_HEADS: list[str] = []
"""For *number* >> 10 an id without its last two digits: 1,024 numbers share it."""


def id_of_number(number: int) -> ProfileId:
    """The id of the profile that command *number* creates, which is below 2**63. O(1).

    >>> id_of_number(1)
    'mem_profile_00000000000000000000000001'
    """
    rest = number >> 10
    head = _HEADS[rest] if rest < len(_HEADS) else _new_head(rest)
    return names.joined_id(head, PAIRS[number & 1023])


def _new_head(rest: int) -> str:
    """Make a beginning, and all before it that are still missing, if they are to be remembered."""
    while len(_HEADS) <= rest < _MOST:
        _HEADS.append(PREFIX + _digits(len(_HEADS)))
    return PREFIX + _digits(rest)


def _digits(rest: int) -> str:
    text, high = "", rest
    while high:
        text = DIGITS[high & 31] + text
        high >>= 5
    return text.rjust(_HEAD, "0")


def numbered_id(number: int, tries: int = 0) -> ProfileId:
    """The id of the profile that command *number* creates; *tries* ids before it were in use.

    A further try moves far away instead of to the next number, which is the natural id of another command. Ids
    without tries are in the order of their numbers, as texts.

    >>> numbered_id(1), numbered_id(33)
    ('mem_profile_00000000000000000000000001', 'mem_profile_00000000000000000000000011')
    """
    number += tries * _NEXT_TRY
    return ProfileId(PREFIX + _digits(number >> 10) + PAIRS[number & 1023])


def number_of(profile_id: str) -> int:
    """The number in an id that ``numbered_id`` made without tries; -1 for any other text.

    >>> number_of(numbered_id(33)), number_of("mine"), number_of(numbered_id(33, 1))
    (33, -1, -1)
    """
    if not profile_id.startswith(PREFIX):
        return -1
    try:
        number = int(profile_id[len(PREFIX) :].translate(_PYTHON_DIGITS), 32)
    except ValueError:
        return -1
    # Python reads other spellings of a number too, such as a sign or an underscore.
    return number if 0 <= number < 1 << 63 and id_of_number(number) == profile_id else -1


def line_of(profile_id: str) -> int:
    """The number that an id is made of, whatever the tries before it; -1 for a text that ``numbered_id`` never makes.

    >>> line_of(numbered_id(33)), line_of(numbered_id(33, 2)), line_of("mine")
    (33, 33, -1)
    """
    digits = profile_id.removeprefix(PREFIX)
    if digits == profile_id or len(digits) < _HEAD + 2 or set(digits) - set(DIGITS):
        return -1
    return int(digits.translate(_PYTHON_DIGITS), 32) % _NEXT_TRY


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
