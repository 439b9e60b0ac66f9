"""Times of a history: what ``at`` may look like, as integer milliseconds.

>>> times = Times.of(tz="+02:00", at_unit="s")
>>> times.read("2026-01-02T03:04:05Z"), times.read("2026-01-02 05:04:05"), times.read(1767323045)
(1767323045000, 1767323045000, 1767323045000)
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import attrs

from resolver.commands import milliseconds
from resolver.errors import InvalidTime, shown
from resolver.history.record import LineError, Reason, plain
from resolver.names import Milliseconds

_EXPECTED = "expected RFC 3339 such as '2026-01-02T03:04:05Z', or an integer of milliseconds or, by at_unit, seconds"

_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")
"""The everyday form, which ``datetime.fromisoformat`` reads the same way in every Python from 3.11 on."""

_LENIENT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<hours>[0-9]{2}:[0-9]{2})(?::(?P<seconds>[0-9]{2}(?:[.,][0-9]+)?))?"
    r"(?: ?(?:(?P<utc>[Zz]|UTC|GMT)|(?P<sign>[+-])(?P<hh>[0-9]{2})(?::?(?P<mm>[0-9]{2}))?))?)?"
)
"""What databases and spreadsheets write: a space for the T, no seconds, ``+02``, ``UTC``, a date alone."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hh>[0-9]{2}):?(?P<mm>[0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"ms": 1, "s": 1000}


def is_plain(text: str) -> bool:
    """Whether a text is a time in the everyday form."""
    return _PLAIN.fullmatch(text) is not None


class TypedTime(str):
    """The text of a date or a time of day that a typed column holds, which no ``date_format`` is about."""

    __slots__ = ()


@attrs.frozen
class Times:
    """How times are read: the zone of naive ones, the milliseconds in an integer's unit."""

    zone: tzinfo | None = None
    unit: int = 1
    date_format: str | None = None

    @classmethod
    def of(cls, tz: str | tzinfo | None = None, at_unit: str = "ms", date_format: str | None = None) -> "Times":
        """Check the reading options ``tz``, ``at_unit`` and ``date_format``; ``InvalidTime`` names the wrong one.

        >>> Times.of(tz="Mars")
        Traceback (most recent call last):
            ...
        resolver.errors.InvalidTime: tz: 'Mars' is not a time zone; expected for example 'Europe/Berlin' or '+02:00'
        """
        if at_unit not in _UNITS:
            raise InvalidTime(f"at_unit: {at_unit!r} is not a unit of time; expected 's' or 'ms'")
        if date_format is not None:
            _check_date_format(date_format)
        return cls(zone_of(tz) if isinstance(tz, str) else tz, _UNITS[at_unit], date_format)

    def read(self, value: object) -> Milliseconds | None:
        """Return a time as written in milliseconds since 1970, rounded down; None stays None.

        A text of digits counts as an integer; with a ``date_format``, a text is of that format only. A naive time is
        taken in the zone of ``tz``; where a clock change makes it ambiguous or skips it, its first meaning is taken
        (``fold=0``). ``LineError`` for anything else.
        """
        if value is None:
            return None
        try:
            if isinstance(value, str):
                if self.date_format is not None and type(value) is not TypedTime:
                    return milliseconds(self._aware(_parsed(value.strip(), self.date_format), value))
                if _PLAIN.fullmatch(value):
                    since = datetime.fromisoformat(value) - _EPOCH
                    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
                return self._read_text(value.strip())
            if isinstance(value, datetime):
                return milliseconds(self._aware(value, value))
            if isinstance(value, int) and not isinstance(value, bool):
                return milliseconds(value * self.unit)
            if (other := plain(value)) is not None and other is not value:
                return self.read(other)
        except (ValueError, OverflowError) as error:
            cause = f" ({error})"
        else:
            cause = ""
        raise LineError(Reason.UNREADABLE_TIME, f"at: {shown(value)} is not a time{cause}; {self._expected}")

    @property
    def _expected(self) -> str:
        return _EXPECTED if self.date_format is None else f"expected one of the format {self.date_format!r}"

    def _read_text(self, text: str) -> Milliseconds:
        if _INTEGER.fullmatch(text):
            return milliseconds(int(text) * self.unit)
        parts = _LENIENT.fullmatch(text)
        if parts is None:
            raise ValueError("it has another form")
        moment = self._aware(datetime.fromisoformat(_canonical(parts)), text)
        return milliseconds(moment) + (1000 if _is_leap(parts) else 0)

    def _aware(self, moment: datetime, written: object) -> datetime:
        if moment.utcoffset() is not None:
            return moment
        if self.zone is None:
            written = str(written) if isinstance(written, datetime) else written
            raise LineError(
                Reason.NAIVE_TIME,
                f"at: {shown(written)} has no offset; expected one such as 'Z' or '+02:00', or a zone for "
                "all naive times (tz, --tz)",
            )
        return moment.replace(tzinfo=self.zone)


def _parsed(text: str, date_format: str) -> datetime:
    try:
        return datetime.strptime(text, date_format)
    except ValueError:
        raise ValueError("it has another format") from None


def _check_date_format(date_format: str) -> None:
    """Refuse a format that ``strptime`` does not know, or that does not tell a whole date."""
    probe = datetime(2001, 11, 23, 13, 45, 56, tzinfo=UTC)
    try:
        read = datetime.strptime(probe.strftime(date_format), date_format)
    except (ValueError, re.error) as error:
        raise InvalidTime(
            f"date_format: {date_format!r} is not right ({error}); expected one such as '%d/%m/%Y %H:%M'"
        ) from None
    if "%Z" in date_format.replace("%%", ""):
        raise InvalidTime(f"date_format: {date_format!r} has a zone's name; expected an offset, %z, or tz (--tz)")
    if read.date() != probe.date():
        expected = "year, month and day, for example '%d/%m/%Y'"
        raise InvalidTime(f"date_format: {date_format!r} has no full date; expected {expected}")


def zone_of(text: str) -> tzinfo:
    """Return the time zone that an IANA name or an offset names.

    >>> zone_of("-05:30").utcoffset(None) == timedelta(hours=-5, minutes=-30)
    True
    """
    offset = _OFFSET.fullmatch(text)
    try:
        if offset is not None:
            distance = timedelta(hours=int(offset["hh"]), minutes=int(offset["mm"]))
            return timezone(-distance if offset["sign"] == "-" else distance)
        return UTC if text in {"Z", "z", "UTC"} else ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfo raises each of them for some text
        expected = "for example 'Europe/Berlin' or '+02:00'"
        raise InvalidTime(f"tz: {text!r} is not a time zone; expected {expected}") from error


def _is_leap(parts: "re.Match[str]") -> bool:
    """Return whether it is a leap second, which RFC 3339 allows and which counts as the next minute's first."""
    return (parts["seconds"] or "").startswith("60")


def _canonical(parts: "re.Match[str]") -> str:
    """Write what the lenient form found in the plain form, without an offset where there was none."""
    seconds = (parts["seconds"] or "00").replace(",", ".")
    if _is_leap(parts):
        seconds = f"59{seconds[2:]}"
    offset = "+00:00" if parts["utc"] else ""
    if parts["sign"]:
        offset = f"{parts['sign']}{parts['hh']}:{parts['mm'] or '00'}"
    return f"{parts['date']}T{parts['hours'] or '00:00'}:{seconds}{offset}"
