"""Time and ids: a clock that tests can set and advance, times as the API writes them, and new ids.

An id is a TypeID that sorts by time, or a number for reproducible tests (section 11). A TypeID is a prefix and a UUIDv7
in base 32. The UUID begins with the time; then comes the number of the command that draws it, and only then
randomness. So ids sort as profiles do, by time and then by arrival (M1), in one process and across restarts, whatever
the clock does, without anything to remember.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

from resolver.ids import DIGITS, numbered_id
from resolver.names import Milliseconds, ProfileId

LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999, the latest time that can be written as a date."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """The time of a *base* clock, until it is set or advanced.

    >>> clock = Clock(lambda: 1_000)
    >>> clock.advance(5), clock.now()
    (1005, 1005)
    >>> clock.set(7), clock.is_set, clock.follow(), clock.is_set
    (7, True, 1000, False)

    ``passed`` only grows, whatever the clock does: what is due after a delay goes by it.

    >>> clock.passed(), clock.advance(5), clock.passed(), clock.follow(), clock.passed()
    (998, 1005, 1003, 1000, 1003)
    """

    def __init__(self, base: Callable[[], Milliseconds]) -> None:
        self._base = base
        self._fixed: Milliseconds | None = None
        self._ahead: Milliseconds = 0
        self._read: Milliseconds | None = None
        self._passed: Milliseconds = 0

    @property
    def is_set(self) -> bool:
        """Return whether the clock stands still at a time that it was set to."""
        return self._fixed is not None

    def now(self) -> Milliseconds:
        """Return the time in milliseconds since 1970."""
        at = self._base() + self._ahead if self._fixed is None else self._fixed
        if at != self._read:
            if self._read is not None and at > self._read:
                self._passed += at - self._read
            self._read = at
        return at

    def passed(self) -> Milliseconds:
        """Return how many milliseconds have run or were put forward since the first reading.

        A step back takes nothing away, and what runs after it counts anew.
        """
        self.now()
        return self._passed

    def set(self, at: Milliseconds) -> Milliseconds:
        """Stop the clock at a time; return that time. ``ValueError`` outside of 1970 to 9999."""
        fixed = _in_range(at)
        self.now()
        self._fixed = fixed
        return self.now()

    def advance(self, by: Milliseconds) -> Milliseconds:
        """Put the clock forward, running or not; return the new time. ``ValueError`` outside of 1970 to 9999."""
        then = _in_range(self.now() + by)
        if self._fixed is None:
            self._ahead += by
        else:
            self._fixed = then
        self.now()
        return then

    def follow(self) -> Milliseconds:
        """Follow the base clock again; return its time."""
        self.now()
        self._fixed, self._ahead = None, 0
        return self.now()


def _in_range(at: Milliseconds) -> Milliseconds:
    if not 0 <= at <= LATEST:
        raise ValueError(f"{at} is out of range; expected milliseconds since 1970, 0..{LATEST}")
    return at


def written_out(at: Milliseconds) -> str:
    """Return a time in RFC 3339, in UTC; one that no calendar year has is the nearest that does.

    In whole seconds, rounded down: the vendor's Python client reads no other form, and would give a text.

    >>> written_out(1_000), written_out(-(1 << 62))
    ('1970-01-01T00:00:01Z', '0001-01-01T00:00:00Z')
    """
    try:
        moment = _EPOCH + timedelta(milliseconds=at)
    except OverflowError:
        moment = (datetime.max if at > 0 else datetime.min).replace(tzinfo=UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


PROFILE, STORE, OPERATION = "mem_profile_", "mem_store_", "mem_operation_"


_PAIRS = tuple(high + low for high in DIGITS for low in DIGITS)
_SHIFTS = tuple(range(120, -1, -10))  # 26 digits, two at a time

_TIME_BITS, _NUMBER_BITS, _CHANCE_BITS = 48, 42, 32
_REQUEST_BITS = 64
_LOW_NUMBER_BITS = 30  # of these 42, 12 stand before the variant and 30 after it


class Ids(Protocol):
    """Where new ids come from."""

    @property
    def profile(self) -> Callable[[int, Milliseconds], ProfileId] | None:
        """What gives the id of the profile that a command creates; None for the engine's own numbers."""

    def named(self, prefix: str, number: int, at: Milliseconds) -> str:
        """Return a new id with a prefix; no two calls have the same number."""

    def request(self) -> str:
        """Return the id of the next request."""


class TypeIds:
    """Ids as the service makes them.

    >>> ids = TypeIds(lambda bits: 0)
    >>> ids.named(PROFILE, 1, 1_778_084_528_343)
    'mem_profile_01kqz1hg6qe008000004000000'
    """

    def __init__(self, randbits: Callable[[int], int]) -> None:
        self._randbits = randbits
        self._run = f"RQ{randbits(_REQUEST_BITS):016x}%016x"
        self._requests = count()

    def profile(self, number: int, at: Milliseconds) -> ProfileId:
        """Return the id of the profile that a command creates."""
        return ProfileId(self.named(PROFILE, number, at))

    def named(self, prefix: str, number: int, at: Milliseconds) -> str:
        """Return a new id with a prefix."""
        time = min(max(at, 0), (1 << _TIME_BITS) - 1)
        number &= (1 << _NUMBER_BITS) - 1
        high, low = number >> _LOW_NUMBER_BITS, number & ((1 << _LOW_NUMBER_BITS) - 1)
        chance = self._randbits(_CHANCE_BITS)
        return prefix + _base32(time << 80 | 7 << 76 | high << 64 | 2 << 62 | low << _CHANCE_BITS | chance)

    def request(self) -> str:
        """Return the id of the next request: chance, drawn once, and a number."""
        return self._run % next(self._requests)


class SequentialIds:
    """Ids made from numbers, the same in every run.

    >>> SequentialIds().named(STORE, 2, 0)
    'mem_store_00000000000000000000000002'
    """

    profile = None

    def __init__(self) -> None:
        self._requests = count(1)

    def named(self, prefix: str, number: int, at: Milliseconds) -> str:
        """Return a new id with a prefix."""
        return prefix + numbered_id(number).removeprefix(PROFILE)

    def request(self) -> str:
        """Return the id of the next request.

        >>> SequentialIds().request()
        'RQ00000000000000000000000000000001'
        """
        return f"RQ{next(self._requests):032x}"


def _base32(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
