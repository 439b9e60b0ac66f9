"""Times of lines, most of which share their day, and the minute of the day, with others: read by their parts.

>>> times = TimeParts(Times())
>>> times.read("2026-01-02T03:04:05Z"), times.read("2026-01-03T03:04:05+02:00")
(1767323045000, 1767402245000)
"""

from resolver.history.times import Times, is_plain
from resolver.names import Milliseconds

MOST = 1 << 16
"""Days that are remembered, and as many ends."""

_USUAL = 1 << 50
"""Integers below it are times in any unit."""

_MIDNIGHT, _LAST_HOUR = "00:00:00Z", "23"


class TimeParts:
    """Reads what ``Times`` reads. A time in the everyday form is the sum of three parts, of which each is known by now.

    The parts are the day with its T, 11 characters, the minute of the day, 5, and the rest: the second, a fraction and
    an offset.
    """

    __slots__ = ("_days", "_ends", "_minutes", "_splits", "_times", "_unit")

    def __init__(self, times: Times) -> None:
        self._times = times
        self._unit = times.unit
        self._splits = times.date_format is None
        self._days: dict[str, Milliseconds] = {}
        self._minutes: dict[str, Milliseconds] = {}
        self._ends: dict[str, Milliseconds] = {}

    def read(self, value: str | int) -> Milliseconds:
        """Return a time as written in milliseconds since 1970; ``LineError`` for anything else."""
        if type(value) is str and self._splits:
            text = value
            day = self._days.get(text[:11])
            if day is not None:
                minute = self._minutes.get(text[11:16])
                if minute is not None:
                    end = self._ends.get(text[16:])
                    if end is not None:
                        return day + minute + end
            return self._learned(text)
        if type(value) is int and -_USUAL < value < _USUAL:
            return value * self._unit
        return self._read(value)

    def _read(self, value: str | int) -> Milliseconds:
        at = self._times.read(value)
        assert at is not None, value  # only None is no time
        return at

    def _learned(self, value: str) -> Milliseconds:
        """Read a time as a whole, and remember its parts. An hour 24, which some read, is right at midnight only."""
        at = self._read(value)
        if is_plain(value) and value[11:13] <= _LAST_HOUR:
            day, minute = value[:11], value[11:16]
            begins = self._read(day + _MIDNIGHT)
            within = self._read(f"1970-01-01T{minute}:00Z")
            for parts, part, found in (
                (self._days, day, begins), (self._minutes, minute, within),
                (self._ends, value[16:], at - begins - within),
            ):  # fmt: skip
                if len(parts) < MOST:
                    parts[part] = found
        return at
