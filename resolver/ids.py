"""Profile ids: made from the number of the creating command, so that they never need randomness (section 11)."""

from collections.abc import Callable

from resolver.names import ProfileId

PREFIX = "mem_profile_"
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case."""

_PAIRS = [high + low for high in DIGITS for low in DIGITS]
_LENGTH = 26
_FOUR, _EIGHT = 1 << 20, 1 << 40
"""Below these, two look-ups give the last four digits, and four the last eight."""
_HEADS = [PREFIX + "0" * (_LENGTH - 4) + pair for pair in _PAIRS]
_HEAD_OF_EIGHT = PREFIX + "0" * (_LENGTH - 8)
_NEXT_TRY = 1 << 64


def numbered_id(number: int, tries: int = 0) -> ProfileId:
    """Give the id of the profile that command *number* creates; *tries* ids before it were in use.

    A further try moves far away instead of to the next number, which is the natural id of another command. Ids
    without tries are in the order of their numbers, as texts.

    >>> numbered_id(1), numbered_id(33)
    ('mem_profile_00000000000000000000000001', 'mem_profile_00000000000000000000000011')
    """
    if tries == 0:
        if number < _FOUR:
            return f"{_HEADS[number >> 10]}{_PAIRS[number & 1023]}"
        if number < _EIGHT:
            high, low = number >> 20, number & 1048575
            return f"{_HEAD_OF_EIGHT}{_PAIRS[high >> 10]}{_PAIRS[high & 1023]}{_PAIRS[low >> 10]}{_PAIRS[low & 1023]}"
    rest = number + tries * _NEXT_TRY
    text = ""
    while rest:
        text = DIGITS[rest & 31] + text
        rest >>= 5
    return PREFIX + text.rjust(_LENGTH, "0")


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
