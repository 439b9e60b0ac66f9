"""Profile ids: made from the number of the creating command, so that they never need randomness (section 11)."""

from resolver.names import Milliseconds, ProfileId

PREFIX = "mem_profile_"
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case."""

_PAIRS = [high + low for high in DIGITS for low in DIGITS]
_LENGTH = 26
_NEXT_TRY = 1 << 64


def numbered_id(number: int, tries: int = 0) -> ProfileId:
    """Give the id of the profile that command *number* creates; *tries* ids before it were in use.

    A further try moves far away instead of to the next number, which is the natural id of another command.

    >>> numbered_id(1), numbered_id(33)
    ('mem_profile_00000000000000000000000001', 'mem_profile_00000000000000000000000011')
    """
    rest = number + tries * _NEXT_TRY
    text = ""
    while rest:
        rest, pair = divmod(rest, 1024)
        text = _PAIRS[pair] + text
    return PREFIX + text.rjust(_LENGTH, "0")


def default_new_id(number: int, at: Milliseconds) -> ProfileId:
    """Give the default id of the profile that a command creates; its time plays no part."""
    return numbered_id(number)
