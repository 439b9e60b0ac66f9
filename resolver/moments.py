"""Times: what callers may give, as the integer milliseconds that are stored (section 11)."""

from datetime import UTC, datetime, timedelta
from numbers import Integral
from typing import Any

from resolver.errors import InvalidTime, safe_repr
from resolver.names import Milliseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_BOUND = 1 << 63


def milliseconds(at: Any) -> Milliseconds:
    """Return a time in milliseconds since 1970; a finer one is rounded down.

    Raises ``InvalidTime`` for anything but an aware datetime or an integer of 64 bits, numpy's included; booleans and
    durations are no integers, and ``NaT`` of pandas is no datetime.

    >>> milliseconds(datetime(1970, 1, 1, 0, 0, 1, 999, tzinfo=UTC)), milliseconds(-5)
    (1000, -5)
    >>> milliseconds(True)
    Traceback (most recent call last):
        ...
    resolver.errors.InvalidTime: True is not a time; expected an aware datetime or integer milliseconds
    """
    if type(at) is int and -_BOUND <= at < _BOUND:  # nearly always; the next test costs a few times as much
        return at
    if issubclass(type(at), Integral) and type(at) is not bool and type(at).__name__ != "timedelta64":
        number = int(at)
        if -_BOUND <= number < _BOUND:
            return number
        raise InvalidTime(f"{safe_repr(at)} is out of range; expected milliseconds since 1970 in 64 bits")
    if issubclass(type(at), datetime) and at == at:  # NaT, which is equal to nothing, is a datetime by its class
        try:
            if at.utcoffset() is not None:
                return int((at - _EPOCH) // _MILLISECOND)
        except (ValueError, TypeError) as error:  # what Python says of an offset that a time zone made up
            raise InvalidTime(f"{safe_repr(at)} has a time zone without an offset: {error}") from error
        raise InvalidTime(f"{safe_repr(at)} has no time zone; expected an aware datetime or integer milliseconds")
    raise InvalidTime(f"{safe_repr(at)} is not a time; expected an aware datetime or integer milliseconds")
