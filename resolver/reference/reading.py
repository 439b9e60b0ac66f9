"""What callers give, as the commands take it: times, lists of identifiers, values that are unreadable or blocked."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from numbers import Integral
from typing import Any

from resolver.blocklist import Blocked
from resolver.errors import InvalidCommand, InvalidTime, safe_repr
from resolver.names import Milliseconds, Value, is_list, is_mapping, listed, plain_text
from resolver.patterns import LONGEST_TEXT, Patterns

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: Any) -> Milliseconds:
    """A time in milliseconds since 1970, rounded down (section 11).

    Raises ``InvalidTime`` for anything but an aware datetime and an integer of 64 bits.

    >>> milliseconds(EPOCH + timedelta(microseconds=2_999))
    2
    """
    if issubclass(type(at), Integral) and type(at) is not bool:
        number = int(at)
        if -(2**63) <= number < 2**63:
            return number
        raise InvalidTime(f"{safe_repr(at)} is out of range; expected milliseconds since 1970 in 64 bits")
    is_time = issubclass(type(at), datetime) and at == at  # pandas.NaT is a datetime that is equal to nothing
    if not is_time:
        raise InvalidTime(f"{safe_repr(at)} is not a time; expected an aware datetime or integer milliseconds")
    try:
        offset = at.utcoffset()
    except (ValueError, TypeError) as error:
        raise InvalidTime(f"{safe_repr(at)} has a time zone without an offset: {error}") from error
    if offset is None:
        raise InvalidTime(f"{safe_repr(at)} has no time zone; expected an aware datetime or integer milliseconds")
    return int((at - EPOCH) // timedelta(milliseconds=1))


def lists_of(identifiers: object) -> list[tuple[object, Sequence[object]]]:
    """(idType, raw values) in the order given; a type may be named with no value at all.

    Raises ``InvalidCommand`` for what is neither a mapping nor pairs.

    >>> lists_of({"email": "a@example.com", "phone": ["1", "2"]})
    [('email', ['a@example.com']), ('phone', ['1', '2'])]
    """
    pairs: Iterable[tuple[object, object]]
    if is_mapping(identifiers):
        pairs = identifiers.items()
    elif issubclass(type(identifiers), Iterator):
        raise InvalidCommand("an iterator of identifiers can be read once only; expected a list or a tuple of pairs")
    else:
        given = listed(identifiers)
        if given is None:
            raise _no_identifiers(identifiers)
        pairs = given
        for pair in pairs:
            if not is_list(pair) or len(pair) != 2:
                raise _no_identifiers(pair)
    return [(id_type, raw if is_list(raw) else [raw]) for id_type, raw in pairs]


def reported(raw: object) -> object:
    """An unreadable value as a fact reports it: as it is if it is plain, else the name of its type (I6).

    >>> reported("n/a"), reported(5), reported({"a", "b"})
    ('n/a', 5, '<set>')
    """
    text = plain_text(raw)
    if text is not None:
        return text
    is_plain = raw is None or type(raw) in (bool, float) or (type(raw) is int and -(2**63) <= raw < 2**63)
    return raw if is_plain else f"<{type(raw).__name__}>"


def blocks(entry: Blocked, given: str, form: Value | None) -> bool:
    """Whether an entry hits a value: *given* without white space at its ends, and the form that would be stored of it.

    A text that is longer than any value is in lists only. A value of which nothing would be stored lacks no pattern.

    >>> digits = Blocked(unless_matches="^[0-9]+$")
    >>> blocks(digits, "a1", "a1"), blocks(digits, "12", "12"), blocks(digits, "a1", None)
    (True, False, False)
    """
    if entry.unless_matches is not None:
        return form is not None and not is_found(entry.unless_matches, form)
    texts = [given] if form is None else [given, form]
    if entry.equals is not None:
        return any(text in entry.equals for text in texts)
    assert entry.matches is not None
    return any(len(text) <= LONGEST_TEXT and is_found(entry.matches, text) for text in texts)


def is_found(pattern: str, text: str) -> bool:
    """Whether a pattern is found somewhere in a text."""
    return Patterns([pattern]).found_in(text)


def _no_identifiers(wrong: object) -> InvalidCommand:
    return InvalidCommand(
        f"{safe_repr(wrong)} gives no identifiers; expected a mapping idType -> value or values, "
        "or (idType, value) pairs"
    )
