"""Unreadable values: what is stored or reported of a value that no normalization can read (N8)."""

from resolver.names import Value
from resolver.rules.blanks import trimmed, without_blanks
from resolver.rules.checks import checked
from resolver.rules.phone_text import is_float

_trimmed = checked("trim", trimmed)


def kept_as_it_is(raw: object) -> Value:
    """Return what ``on_invalid="keep"`` stores for an unreadable value: its trimmed text (N8).

    Raises ``InvalidIdentifier`` for what breaks N1 even then.

    >>> kept_as_it_is(" n/a ")
    'n/a'
    """
    return _trimmed(raw)


def is_float_of_a_phone(raw: object) -> bool:
    """Whether a value is unreadable as a phone number because it was written as a float (N5).

    >>> is_float_of_a_phone("3175556789.0"), is_float_of_a_phone("n/a")
    (True, False)
    """
    return isinstance(raw, str) and is_float(without_blanks(raw))


def reported(raw: object) -> object:
    """Return an unreadable value as a fact reports it: as it is, or the name of its type if it is no plain value.

    So a fact's bytes never depend on an address, or on the order of a set (I6).

    >>> reported("n/a"), reported(5), reported({"a", "b"})
    ('n/a', 5, '<set>')
    """
    if isinstance(raw, str):
        return str.__str__(raw)
    if raw is None or (type(raw) is int and -(1 << 63) <= raw < 1 << 63) or type(raw) in (bool, float):
        return raw
    return f"<{type(raw).__name__}>"
