"""The emulator's time: a clock that tests can set and advance, and times as the API writes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from resolver.names import Milliseconds

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
