"""Profile ids: made from the number of the creating command, so that they never need randomness (section 11)."""

from collections.abc import Callable

from resolver.names import ProfileId

PREFIX = "mem_profile_"
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case."""

PAIRS = [high + low for high in DIGITS for low in DIGITS]
"""All pairs of digits: the last two of an id."""

_HEAD = 24
_MOST = 1 << 16
"""How many beginnings are remembered: those of 67 million numbers in a row."""

_NEXT_TRY = 1 << 64


class Heads(dict[int, str]):
    """Gives for *number* >> 10 all of an id but its last two digits, and remembers it: 1,024 numbers share it."""

    def __missing__(self, rest: int) -> str:
        if len(self) >= _MOST:
            self.clear()
        text, high = "", rest
        while high:
            text = DIGITS[high & 31] + text
            high >>= 5
        head = self[rest] = PREFIX + text.rjust(_HEAD, "0")
        return head


HEADS = Heads()
"""With ``PAIRS``, the id of a number without the call of ``numbered_id``."""


def numbered_id(number: int, tries: int = 0) -> ProfileId:
    """Give the id of the profile that command *number* creates; *tries* ids before it were in use.

    A further try moves far away instead of to the next number, which is the natural id of another command. Ids
    without tries are in the order of their numbers, as texts.

    >>> numbered_id(1), numbered_id(33)
    ('mem_profile_00000000000000000000000001', 'mem_profile_00000000000000000000000011')
    """
    number += tries * _NEXT_TRY
    return HEADS[number >> 10] + PAIRS[number & 1023]


def free_id(number: int, is_used: Callable[[ProfileId], bool]) -> ProfileId:
    """Give the first id of that number which is not used.

    >>> free_id(1, {numbered_id(1)}.__contains__) == numbered_id(1, 1)
    True
    """
    profile_id = numbered_id(number)
    tries = 0
    while is_used(profile_id):
        tries += 1
        profile_id = numbered_id(number, tries)
    return profile_id
