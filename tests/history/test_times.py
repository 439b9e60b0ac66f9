"""Times: every form that ``at`` may have, and every form that it may not."""

import tomllib
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.errors import InvalidTime
from resolver.history import time_parts
from resolver.history.record import LineError, Reason
from resolver.history.time_parts import TimeParts
from resolver.history.times import Times, zone_of

NOON = 1_767_355_200_000
"""2026-01-02T12:00:00Z."""

READABLE = [
    ("2026-01-02T12:00:00Z", NOON, "RFC 3339 in UTC"),
    ("2026-01-02T14:00:00+02:00", NOON, "RFC 3339 with an offset"),
    ("2026-01-02T06:30:00-05:30", NOON, "an offset to the west"),
    ("2026-01-02T12:00:00-00:00", NOON, "the offset that RFC 3339 keeps for 'unknown'"),
    ("2026-01-02t12:00:00z", NOON, "lower-case letters"),
    ("2026-01-02 12:00:00Z", NOON, "a space for the T"),
    (" 2026-01-02T12:00:00Z ", NOON, "white space around it"),
    ("2026-01-02 12:00:00 UTC", NOON, "UTC by its name"),
    ("2026-01-02 12:00:00+00", NOON, "an offset of hours only, as databases write it"),
    ("2026-01-02T14:00:00+0200", NOON, "an offset without its colon"),
    ("2026-01-02T12:00Z", NOON, "no seconds"),
    ("2026-01-02T12:00:00.5Z", NOON + 500, "a fraction"),
    ("2026-01-02 12:00:00,5Z", NOON + 500, "a fraction after a comma"),
    ("2026-01-02T12:00:00.0019999999Z", NOON + 1, "a fraction finer than milliseconds is rounded down"),
    ("1969-12-31T23:59:59.9999Z", -1, "also before 1970, where down is away from zero"),
    ("2016-12-31T23:59:60Z", 1_483_228_800_000, "a leap second is the next minute's first"),
    ("2016-12-31T23:59:60.250Z", 1_483_228_800_250, "with its fraction"),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999, "the last time that Python knows"),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000, "the first"),
    ("1767355200000", NOON, "a text of digits is milliseconds"),
    ("-5", -5, "before 1970 too"),
    (NOON, NOON, "integer milliseconds"),
    (-1, -1, "negative ones"),
    (datetime(2026, 1, 2, 12, tzinfo=UTC), NOON, "an aware datetime"),
    (datetime(2026, 1, 2, 14, 0, 0, 999, tzinfo=timezone(timedelta(hours=2))), NOON, "rounded down"),
    (None, None, "no time"),
]


@pytest.mark.parametrize(("value", "expected", "sentence"), READABLE)
def test_a_readable_time(value: object, expected: int | None, sentence: str) -> None:
    assert Times().read(value) == expected, sentence


UNREADABLE = [
    ("yesterday", Reason.UNREADABLE_TIME, "at: 'yesterday' is not a time (it has another form); expected RFC 3339"),
    ("", Reason.UNREADABLE_TIME, "at: '' is not a time"),
    ("2026-02-30T00:00:00Z", Reason.UNREADABLE_TIME, "at: '2026-02-30T00:00:00Z' is not a time"),
    ("2026-01-02T25:00:00Z", Reason.UNREADABLE_TIME, "at: '2026-01-02T25:00:00Z' is not a time"),
    ("2026-01-02T12:00:61Z", Reason.UNREADABLE_TIME, "at: '2026-01-02T12:00:61Z' is not a time"),
    ("2026-W01-1T12:00:00Z", Reason.UNREADABLE_TIME, "it has another form"),
    ("20260102T120000Z", Reason.UNREADABLE_TIME, "it has another form"),
    ("02/01/2026", Reason.UNREADABLE_TIME, "at: '02/01/2026' is not a time"),
    ("99999999999999999999", Reason.UNREADABLE_TIME, "it has another form"),
    ("9999999999999999999", Reason.UNREADABLE_TIME, "is out of range"),
    ("٢٠٢٦-01-02T12:00:00Z", Reason.UNREADABLE_TIME, "it has another form"),
    (1 << 63, Reason.UNREADABLE_TIME, "is out of range"),
    (1.5, Reason.UNREADABLE_TIME, "at: 1.5 is not a time; expected RFC 3339 such as '2026-01-02T03:04:05Z'"),
    (True, Reason.UNREADABLE_TIME, "at: True is not a time"),
    ([], Reason.UNREADABLE_TIME, "at: [] is not a time"),
    ("2026-01-02T12:00:00", Reason.NAIVE_TIME, "at: '2026-01-02T12:00:00' has no offset; expected one such as 'Z'"),
    ("2026-01-02 12:00", Reason.NAIVE_TIME, "or a zone for all naive times (tz, --tz)"),
    ("2026-01-02", Reason.NAIVE_TIME, "at: '2026-01-02' has no offset"),
    (datetime(2026, 1, 2), Reason.NAIVE_TIME, "at: '2026-01-02 00:00:00' has no offset"),
]


@pytest.mark.parametrize(("value", "reason", "message"), UNREADABLE)
def test_an_unreadable_time_says_what_would_be_right(value: object, reason: Reason, message: str) -> None:
    with pytest.raises(LineError) as caught:
        Times().read(value)
    assert caught.value.reason is reason
    assert message in caught.value.message
    assert isinstance(caught.value.error, InvalidTime)


def test_an_integer_too_long_to_be_shown_is_refused_all_the_same() -> None:
    with pytest.raises(LineError) as caught:
        Times().read(10**5000)
    assert caught.value.message.startswith("at: a very long int is not a time")


ZONED = [
    ("+02:00", "2026-01-02T14:00:00", NOON),
    ("-0530", "2026-01-02 06:30", NOON),
    ("Z", "2026-01-02T12:00:00", NOON),
    ("UTC", "2026-01-02", NOON - 12 * 3_600_000),
    ("Europe/Berlin", "2026-01-02T13:00:00", NOON),
    ("Europe/Berlin", "2026-01-02T12:00:00Z", NOON),
    ("Europe/Berlin", "2024-10-27T02:30:00", 1_729_989_000_000),
    ("Europe/Berlin", "2024-03-31T02:30:00", 1_711_848_600_000),
    (ZoneInfo("Europe/Berlin"), datetime(2026, 1, 2, 13), NOON),
]


@pytest.mark.parametrize(("tz", "value", "expected"), ZONED)
def test_a_naive_time_is_taken_in_the_zone_given(tz: str | tzinfo, value: object, expected: int) -> None:
    assert Times.of(tz=tz).read(value) == expected


def test_a_repeated_local_time_is_its_first_and_a_skipped_one_counts_as_if_the_clock_had_not_changed() -> None:
    times = Times.of(tz="Europe/Berlin")
    assert times.read("2024-10-27T02:30:00") == times.read("2024-10-27T02:30:00+02:00")
    assert times.read("2024-03-31T02:30:00") == times.read("2024-03-31T02:30:00+01:00")


def reason_of(times: Times, text: str) -> Reason | None:
    """Why this text is no time, None if it is one."""
    try:
        times.read(text)
    except LineError as refusal:
        return refusal.reason
    return None


def test_a_naive_time_at_the_edge_of_what_python_knows_is_no_crash() -> None:
    west, east = Times.of(tz="-12:00"), Times.of(tz="+12:00")
    assert east.read("0001-01-01T00:00:00") == -62_135_596_800_000 - 43_200_000
    assert west.read("9999-12-31T23:59:59") == 253_402_300_799_000 + 43_200_000
    for text in ("0001-01-01T00:00:00", "9999-12-31T23:59:59"):
        for zone in ("Asia/Tokyo", "America/New_York"):
            assert reason_of(Times.of(tz=zone), text) in {None, Reason.UNREADABLE_TIME}


def test_integers_and_digits_are_seconds_when_the_unit_says_so() -> None:
    times = Times.of(at_unit="s")
    assert times.read(1_767_355_200) == times.read("1767355200") == times.read("2026-01-02T12:00:00Z") == NOON


@pytest.mark.parametrize("tz", ["Mars", "", "../etc", "+25:00", "+2", "Europe", "\0"])
def test_a_zone_that_does_not_exist_is_named(tz: str) -> None:
    with pytest.raises(InvalidTime) as caught:
        Times.of(tz=tz)
    assert str(caught.value) == f"tz: {tz!r} is not a time zone; expected for example 'Europe/Berlin' or '+02:00'"


FORMATTED = [
    ("%d/%m/%Y %H:%M", "02/01/2026 12:00", NOON, "day first"),
    ("%m/%d/%Y", " 01/02/2026 ", NOON - 12 * 3_600_000, "a date alone is its midnight"),
    ("%Y%m%d%H%M%S", "20260102120000", NOON, "digits are no integer here"),
    ("%d.%m.%y %H:%M:%S.%f", "02.01.26 12:00:00.5", NOON + 500, "a part of a second"),
    ("%d %b %Y %I:%M %p", "2 Jan 2026 12:00 PM", NOON, "names"),
    ("%Y-%m-%dT%H:%M:%S%z", "2026-01-02T14:00:00+02:00", NOON, "an offset wins over the zone"),
    ("%Y-%j", "2026-002", NOON - 12 * 3_600_000, "the day of the year"),
    ("%Y-%m-%d 100%%", "2026-01-02 100%", NOON - 12 * 3_600_000, "a per cent sign"),
    ("%Y-%m-%d %%Z", "2026-01-02 %Z", NOON - 12 * 3_600_000, "and a Z that is one"),
]


@pytest.mark.parametrize(("date_format", "text", "time", "sentence"), FORMATTED)
def test_a_time_of_a_format_that_was_given(date_format: str, text: str, time: int, sentence: str) -> None:
    assert Times.of("UTC", date_format=date_format).read(text) == time, sentence


@pytest.mark.parametrize("text", ["2026-01-02T12:00:00Z", "31/02/2026", "1/2", "", "1767355200000", "02/01/2026 12:00"])
def test_a_text_of_another_format_is_no_time(text: str) -> None:
    with pytest.raises(LineError) as caught:
        Times.of("UTC", date_format="%d/%m/%Y").read(text)
    assert caught.value.reason is Reason.UNREADABLE_TIME
    assert caught.value.message.endswith("(it has another format); expected one of the format '%d/%m/%Y'")


def test_a_format_is_about_texts_only_and_a_naive_time_still_needs_a_zone() -> None:
    times = Times.of(at_unit="s", date_format="%d/%m/%Y")
    assert times.read(NOON // 1000) == times.read(datetime(2026, 1, 2, 12, tzinfo=UTC)) == NOON
    assert times.read(None) is None
    assert reason_of(times, "02/01/2026") is Reason.NAIVE_TIME


@pytest.mark.parametrize(
    ("date_format", "message"),
    [
        ("%Q", "date_format: '%Q' is not right ("),
        ("%d/%m/%Y %d", "date_format: '%d/%m/%Y %d' is not right ("),
        ("%", "date_format: '%' is not right ("),
        ("DD/MM/YYYY", "date_format: 'DD/MM/YYYY' has no full date; expected year, month and day, for example '%d"),
        ("", "date_format: '' has no full date"),
        ("%H:%M", "date_format: '%H:%M' has no full date"),
        ("%d/%m", "date_format: '%d/%m' has no full date"),
        ("%d/%m/%Y %Z", "date_format: '%d/%m/%Y %Z' has a zone's name; expected an offset, %z, or tz (--tz)"),
    ],
)
def test_a_format_that_is_none_is_named(date_format: str, message: str) -> None:
    with pytest.raises(InvalidTime) as caught:
        Times.of(date_format=date_format)
    assert str(caught.value).startswith(message)


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(InvalidTime, match=r"at_unit: 'h' is not a unit of time; expected 's' or 'ms'"):
        Times.of(at_unit="h")


@pytest.fixture
def no_zone_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a system without zone files, Windows or a small container."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.usefixtures("no_zone_files")
def test_a_zone_is_known_where_the_system_has_no_zone_files() -> None:
    assert zoneinfo.TZPATH == ()
    assert Times.of(tz="Europe/Berlin").read("2026-01-02T13:00:00") == 1_767_355_200_000


def test_zone_files_are_installed_with_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(each.startswith("tzdata>=") for each in project["dependencies"])


def test_an_offset_may_lead_east_or_west() -> None:
    assert zone_of("+05:45").utcoffset(None) == timedelta(hours=5, minutes=45)
    assert zone_of("-03:30").utcoffset(None) == -timedelta(hours=3, minutes=30)


@given(
    st.datetimes(
        min_value=datetime(1, 1, 2),
        max_value=datetime(9999, 12, 30),
        timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_law_text_and_datetime_give_the_same_time_rounded_down(moment: datetime) -> None:
    exact = (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)
    found = Times().read(moment.isoformat())
    assert found == Times().read(moment) == Times().read(moment.isoformat(" ")) == Times().read(str(found))
    assert found is not None
    assert -0.1 < exact - found < 1.1


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}[T ]?[0-9:.,Zz+-]{0,20}"))
def test_law_any_text_is_a_time_or_a_clear_refusal(text: str) -> None:
    for times in (Times(), Times.of(tz="Europe/Berlin", at_unit="s")):
        assert reason_of(times, text) in {None, Reason.UNREADABLE_TIME, Reason.NAIVE_TIME}


PARTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["2026-01-02T", "1969-12-31T", "0001-01-01T", "9999-12-31T", "2026-02-30T", "2026-01-02 "]),
    st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "25:00:00", "12:00:60", "12:00"]),
    st.sampled_from(["", ".5", ".0019", ".9999999"]),
    st.sampled_from(["Z", "z", "", "+02:00", "-05:30", "+24:00"]),
)


@given(
    values=st.lists(PARTS | st.integers(-(1 << 64), 1 << 64) | st.sampled_from([True, "7", "soon"]), max_size=30),
    times=st.sampled_from(
        [Times(), Times.of(tz="UTC", at_unit="s"), Times.of(date_format="%Y-%m-%dT%H:%M:%SZ", tz="Z")]
    ),
)
def test_law_a_time_that_is_read_by_its_parts_is_what_it_is_as_a_whole(values: list[Any], times: Times) -> None:
    parts = TimeParts(times)
    for value in values:
        assert _read(parts.read, value) == _read(times.read, value)


def test_parts_that_are_not_remembered_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_parts, "MOST", 1)
    parts = TimeParts(Times())
    texts = ["2026-01-02T12:00:00Z", "2026-01-03T12:00:01.5Z"] * 2
    assert [parts.read(text) for text in texts] == [NOON, NOON + 86_401_500] * 2


def _read(read: Callable[[Any], object], value: object) -> object:
    try:
        return read(value)
    except LineError as error:
        return error.reason, error.message
