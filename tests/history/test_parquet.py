"""Parquet: the types that columns may have, and what is said of the others."""

import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resolver.commands import Resolve
from resolver.errors import InvalidHistory
from resolver.history import History, read_history
from tests.history.files import commands, read, written

NOON = 1_767_355_200_000
"""2026-01-02T12:00:00Z."""


def history_of(folder: Path, table: dict[str, Any], **options: Any) -> History:
    """The history of a Parquet file with these columns."""
    path = folder / "h.parquet"
    pq.write_table(pa.table(table), path)
    return read_history(path, **options)


def test_a_row_is_a_resolve(tmp_path: Path) -> None:
    columns = {
        "ref": ["crm:1", None],
        "at": pa.array([NOON, None], pa.timestamp("ms", "UTC")),
        "email": ["ada@example.com", " "],
        "phone": pa.array([["1", "2"], ["3"]]),
        "AGE": [36.5, 7.0],
    }
    history = history_of(tmp_path, columns, id_types=["email", "phone"])
    first, second = history
    assert first.command == Resolve({"email": "ada@example.com", "phone": ["1", "2"]}, NOON)
    assert (first.ref, first.line, first.op) == ("crm:1", 1, "resolve")
    assert (second.ref, second.line, second.command) == (None, 2, Resolve({"phone": "3"}))
    assert history.ignored == ("AGE",)
    assert first.raw == '{"ref":"crm:1","at":"2026-01-02T12:00:00Z","email":"ada@example.com","phone":["1","2"]}'


IDENTIFIERS = [
    (pa.array(["x"]), "x", "text"),
    (pa.array(["x"], pa.large_string()), "x", "large text"),
    (pa.array(["x"]).dictionary_encode(), "x", "encoded text"),
    (pa.array([b"\xc3\xa9"], pa.binary()), "\u00e9", "bytes that are UTF-8"),
    (pa.array([b"x"], pa.large_binary()), "x", "large bytes"),
    (pa.array([7], pa.int8()), "7", "a small integer is its decimal text"),
    (pa.array([1 << 63], pa.uint64()), "9223372036854775808", "a large one too"),
    (pa.array([0]), "0", "zero is there"),
    (pa.array([Decimal(12345678901234567890)], pa.decimal128(20, 0)), "12345678901234567890", "a whole decimal"),
    (pa.array([None], pa.null()), None, "a column of nothing"),
    (pa.array([None], pa.string()), None, "a null"),
    (pa.array([""]), None, "an empty text is absent"),
    (pa.array([b" "], pa.binary()), None, "and so are bytes of white space"),
    (pa.array([["a", None, "", "b"]]), ["a", "b"], "a list, its empty values absent"),
    (pa.array([["a"]]), "a", "a list of one"),
    (pa.array([[]], pa.list_(pa.string())), None, "an empty list"),
    (pa.array([[1, 2]]), ["1", "2"], "a list of integers"),
    (pa.array([["a"]], pa.large_list(pa.string())), "a", "a large list"),
    (pa.array([["a", "b"]], pa.list_(pa.string(), 2)), ["a", "b"], "a list of fixed size"),
    (pa.array(["a|b"]), "a|b", "a bar separates nothing here"),
    (pa.array([["a"]], pa.list_view(pa.string())), "a", "a list view"),
    (pa.array([["a"]], pa.large_list_view(pa.string())), "a", "a large list view"),
    (pa.array([["a"]], pa.list_(pa.dictionary(pa.int32(), pa.string()))), "a", "a list of encoded text"),
    (pa.array(["x"], pa.string_view()), "x", "a text view"),
    (pa.array([7]).dictionary_encode(), "7", "an encoded integer"),
    (pa.array([UUID(int=5).bytes, None], pa.uuid())[:1], str(UUID(int=5)), "a UUID is its text"),
    (pa.array([None], pa.uuid()), None, "a null UUID"),
    (pa.ListArray.from_arrays([0, 1], pa.array([UUID(int=6).bytes], pa.uuid())), str(UUID(int=6)), "a list of UUIDs"),
]


@pytest.mark.parametrize(("column", "value", "sentence"), IDENTIFIERS)
def test_an_identifier(tmp_path: Path, column: Any, value: object, sentence: str) -> None:
    expected = {} if value is None else {"a": value}
    assert commands(history_of(tmp_path, {"a": column})) == [Resolve(expected)], sentence  # type: ignore[arg-type]


def test_a_separator_splits_texts_and_no_lists_or_numbers(tmp_path: Path) -> None:
    columns = {"a": ["1|2"], "b": pa.array([["3|4", "5"]]), "c": [101], "d": pa.array([b"6|7"], pa.binary())}
    (record,) = history_of(tmp_path, columns, separator="|")
    assert record.command == Resolve({"a": ["1", "2"], "b": ["3|4", "5"], "c": "101", "d": ["6", "7"]})
    (record,) = history_of(tmp_path, columns, separator="0")
    assert record.command == Resolve({"a": "1|2", "b": ["3|4", "5"], "c": "101", "d": "6|7"})


TIMES = [
    (pa.array([NOON], pa.timestamp("ms", "UTC")), NOON, "milliseconds in UTC"),
    (pa.array([NOON // 1000], pa.timestamp("s", "UTC")), NOON, "seconds"),
    (pa.array([NOON * 1000 + 1999], pa.timestamp("us", "Europe/Berlin")), NOON + 1, "microseconds are rounded down"),
    (pa.array([NOON * 10**6 + 999_999], pa.timestamp("ns", "UTC")), NOON, "nanoseconds too"),
    (pa.array([-1], pa.timestamp("ns", "UTC")), -1, "also before 1970"),
    (pa.array([NOON + 3_600_000], pa.timestamp("ms")), NOON, "a naive one is taken in the zone given"),
    (pa.array([date(2026, 1, 2)]), NOON - 13 * 3_600_000, "a date is its midnight there"),
    (pa.array(["2026-01-02T12:00:00Z"]), NOON, "text"),
    (pa.array(["2026-01-02T12:00:00Z"]).dictionary_encode(), NOON, "encoded text"),
    (pa.array([NOON // 1000]), NOON, "an integer, of the unit given"),
    (pa.array([None], pa.timestamp("ms", "UTC")), None, "a null timestamp"),
    (pa.array([None], pa.null()), None, "a column of nothing"),
    (pa.array([" "]), None, "an empty text"),
    (pa.array([NOON], pa.int64()).view(pa.date64()), NOON - 13 * 3_600_000, "a date of 64 bits"),
    (pa.array([NOON * 10**6], pa.timestamp("ns", "UTC")).dictionary_encode(), NOON, "an encoded timestamp"),
    (pa.array([Decimal(NOON // 1000)], pa.decimal128(20, 0)), NOON, "a whole decimal"),
]


@pytest.mark.parametrize(("column", "expected", "sentence"), TIMES)
def test_a_time(tmp_path: Path, column: Any, expected: int | None, sentence: str) -> None:
    (record,) = history_of(tmp_path, {"at": column, "a": ["x"]}, tz="Europe/Berlin", at_unit="s")
    assert record.command == Resolve({"a": "x"}, expected), sentence


def test_a_naive_timestamp_without_a_zone_rejects_its_row(tmp_path: Path) -> None:
    columns = {"ref": ["r"], "at": pa.array([NOON], pa.timestamp("ms")), "a": ["x"]}
    (record,) = history_of(tmp_path, columns)
    assert (record.reason, record.ref, record.command) == ("naive time", "r", None)
    assert record.raw == '{"ref":"r","at":"2026-01-02T12:00:00","a":"x"}'


def test_a_timestamp_beyond_what_python_knows_rejects_its_row(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, {"at": pa.array([1 << 60], pa.timestamp("ms", "UTC")), "a": ["x"]})
    assert record.reason == "unreadable time"
    assert "at: '1152921504606846976 ms since 1970' is not a time" in str(record.error)


BEYOND: list[tuple[Any, str]] = [
    (pa.array([(1 << 31) - 1], pa.int32()).view(pa.date32()), "2147483647 days since 1970"),
    (pa.array([-(1 << 31)], pa.int32()).view(pa.date32()), "-2147483648 days since 1970"),
    (pa.array([2_932_897], pa.int32()).view(pa.date32()), "2932897 days since 1970"),
    (pa.array([2_932_897], pa.int32()).view(pa.date32()).dictionary_encode(), "2932897 days since 1970"),
    (pa.array([1 << 60], pa.int64()).view(pa.time64("us")), "1152921504606846976 us after midnight"),
]


@pytest.mark.parametrize(("column", "shown"), BEYOND)
def test_a_date_that_is_no_date_rejects_its_row_and_no_other(tmp_path: Path, column: Any, shown: str) -> None:
    zero = pa.array([0], pa.int32()).view(pa.date32())
    is_date = pa.types.is_date(column.type)
    at = pa.concat_arrays([column, zero]) if is_date else column
    bad, *good = history_of(tmp_path, {"at": at, "a": ["x", "y"][: len(at)]}, tz="UTC")
    assert (bad.reason, bad.line) == ("unreadable time", 1)
    assert f"at: '{shown}' is not a time" in str(bad.error)
    assert commands(good) == ([Resolve({"a": "y"}, 0)] if is_date else [])


def test_an_int96_time_outside_of_what_nanoseconds_can_hold_is_read_right(tmp_path: Path) -> None:
    days = [datetime(year, 6, 1, 12, tzinfo=UTC) for year in (1600, 1969, 2026, 2300, 3000, 9999)]
    table = pa.table({"at": pa.array(days, pa.timestamp("us", "UTC")), "a": ["x"] * len(days)})
    pq.write_table(table, tmp_path / "h.parquet", use_deprecated_int96_timestamps=True)
    times = [record.command and record.command.at for record in read_history(tmp_path / "h.parquet", tz="UTC")]
    assert times == [round(day.timestamp() * 1000) for day in days]


BAD_TEXTS: list[tuple[Any, Any]] = [
    (pa.array([b"\xff", b"x"], pa.binary()).cast(pa.string(), safe=False), "x"),
    (pa.array([b"\xff", b"x"], pa.binary()).cast(pa.large_string(), safe=False), "x"),
    (pa.array([b"\xff" * 20, b"x"], pa.binary_view()).view(pa.string_view()), "x"),
    (pa.array([b"\xff", b"x"], pa.binary()).cast(pa.string(), safe=False).dictionary_encode(), "x"),
    (
        pa.ListArray.from_arrays([0, 2, 4], pa.array([b"x", b"\xff", b"x", b"y"]).cast(pa.string(), safe=False)),
        ["x", "y"],
    ),
]


@pytest.mark.parametrize(("column", "value"), BAD_TEXTS)
def test_a_text_that_is_no_utf8_costs_its_row_and_not_the_file(tmp_path: Path, column: Any, value: Any) -> None:
    bad, good = history_of(tmp_path, {"a": column, "ref": ["r", "s"]})
    assert (bad.reason, bad.ref, bad.line) == ("not UTF-8", "r", 1)
    assert "\\xff" in bad.raw
    assert (good.command, good.ref) == (Resolve({"a": value}), "s")


def test_a_ref_or_a_time_that_is_no_utf8_costs_its_row(tmp_path: Path) -> None:
    column = pa.array([b"\xff", b"7"], pa.binary()).cast(pa.string(), safe=False)
    for name, reason in (("ref", "not UTF-8"), ("at", "unreadable time")):
        bad, good = history_of(tmp_path, {name: column, "a": ["x", "x"]})
        assert (bad.reason, good.error) == (reason, None)


def test_a_uuid_is_text_also_where_arrow_does_not_know_the_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = {
        "a": pa.array([UUID(int=5).bytes, None], pa.uuid()),
        "b": pa.ListArray.from_arrays([0, 1, 1], pa.array([UUID(int=6).bytes], pa.uuid())),
        "ref": pa.array([UUID(int=7).bytes, None], pa.uuid()),
    }
    expected = [Resolve({"a": str(UUID(int=5)), "b": str(UUID(int=6))}), Resolve({})]
    history = history_of(tmp_path, columns)
    assert commands(history) == expected
    as_new: Any = pq.ParquetFile
    monkeypatch.setattr(pq, "ParquetFile", partial(as_new, arrow_extensions_enabled=False))
    assert commands(history) == expected
    assert [record.ref for record in history] == [str(UUID(int=7)), None]


def test_a_date_and_a_time_of_day_in_two_columns_are_one_time(tmp_path: Path) -> None:
    columns = {"D": pa.array([date(2026, 1, 2)]), "T": pa.array([time(12)], pa.time32("s")), "a": ["x"]}
    (record,) = history_of(tmp_path, columns, columns={"at": ["D", "T"]}, tz="UTC")
    assert record.command == Resolve({"a": "x"}, NOON)


def test_a_date_format_is_about_texts_and_not_about_dates(tmp_path: Path) -> None:
    columns = {"D": pa.array([date(2026, 1, 2)]), "T": pa.array([time(12)], pa.time32("s")), "S": ["02/01/2026"]}
    for at, expected in ((["D", "T"], NOON), ("D", NOON - 12 * 3_600_000), ("S", NOON - 12 * 3_600_000)):
        (record,) = history_of(tmp_path, columns, columns={"at": at}, tz="UTC", date_format="%d/%m/%Y", id_types=[])
        assert record.command == Resolve({}, expected)
    both = {"tz": "UTC", "date_format": "%d/%m/%Y %H:%M:%S", "id_types": []}
    (record,) = history_of(tmp_path, columns, columns={"at": ["S", "T"]}, **both)
    assert record.command == Resolve({}, NOON)


def test_a_time_of_day_alone_rejects_its_row(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, {"at": pa.array([time(12)], pa.time32("s")), "a": ["x"]})
    assert record.reason == "unreadable time"


REFS = [
    (pa.array([7]), "7"),
    (pa.array(["x"]), "x"),
    (pa.array([b"x"], pa.binary()), "x"),
    (pa.array([Decimal(7)], pa.decimal128(5, 0)), "7"),
    (pa.array([" "]), None),
    (pa.array([None], pa.int64()), None),
]


@pytest.mark.parametrize(("column", "ref"), REFS)
def test_a_ref(tmp_path: Path, column: Any, ref: str | None) -> None:
    (record,) = history_of(tmp_path, {"ref": column, "a": ["x"]})
    assert record.ref == ref


def test_a_ref_of_two_columns(tmp_path: Path) -> None:
    (record,) = history_of(tmp_path, {"S": ["crm"], "N": [7], "a": ["x"]}, columns={"ref": ["S", "N"]})
    assert record.ref == "crm:7"


@pytest.mark.parametrize("name", ["a", "ref"])
def test_bytes_that_are_no_utf8_reject_their_row_only(tmp_path: Path, name: str) -> None:
    bad, good = history_of(tmp_path, {name: pa.array([b"\xff", b"x"], pa.binary()), "b": ["y", "y"]})
    assert (bad.reason, bad.command) == ("not UTF-8", None)
    assert str(bad.error) == "byte 0xff at place 0 is not UTF-8; expected UTF-8"
    assert bad.raw
    assert good.error is None


REFUSED = [
    ("a", pa.array([1.0]), "column 'a' holds floating-point numbers (double), which lose digits; expected text"),
    ("a", pa.array([1.0], pa.float32()), "column 'a' holds floating-point numbers (float), which lose digits"),
    ("a", pa.array([[1.0]]), "column 'a' holds floating-point numbers (list<"),
    ("ref", pa.array([1.0]), "column 'ref' holds floating-point numbers (double), which lose digits"),
    (
        "at",
        pa.array([1.0]),
        "column 'at' holds floating-point numbers (double), which lose digits; expected timestamps",
    ),
    ("a", pa.array([True]), "column 'a' is of type bool; expected text, integers or lists of them"),
    ("a", pa.array([Decimal("1.5")]), "column 'a' is of type decimal128(2, 1); expected text, integers or lists"),
    ("a", pa.array([{"b": 1}]), "column 'a' is of type struct<b: int64>; expected text, integers or lists of them"),
    ("a", pa.array([date(2026, 1, 2)]), "column 'a' is of type date32[day]; expected text, integers or lists"),
    (
        "a",
        pa.array([[["x"]]]),
        "column 'a' is of type list<element: list<element: string>>; expected text, integers",
    ),
    ("a", pa.array([[{"b": 1}]]), "column 'a' is of type list<element: struct<b: int64>>; expected text, integers or"),
    ("a", pa.array([[("x", "y")]], pa.map_(pa.string(), pa.string())), "column 'a' is of type map<string, string"),
    ("a", pa.array([1], pa.duration("s")), "column 'a' is of type duration[s]; expected text"),
    ("a", pa.array([b"0" * 16], pa.binary(16)), "column 'a' is of type fixed_size_binary[16]; expected text"),
    ("a", pa.array([1.0]).dictionary_encode(), "column 'a' holds floating-point numbers (double), which"),
    (
        "at",
        pa.array([UUID(int=5).bytes], pa.uuid()),
        "column 'at' is of type extension<arrow.uuid>; expected time",
    ),
    ("ref", pa.array([["x"]]), "column 'ref' is of type list<"),
    ("at", pa.array([["x"]]), "column 'at' is of type list<"),
    ("at", pa.array([True]), "column 'at' is of type bool; expected timestamps, text or integers"),
]


@pytest.mark.parametrize(("name", "column", "message"), REFUSED)
def test_a_column_that_cannot_be_read_ends_the_reading_before_any_row(
    tmp_path: Path, name: str, column: Any, message: str
) -> None:
    history = history_of(tmp_path, {name: column, "b": ["y"]})
    with pytest.raises(InvalidHistory) as caught:
        next(iter(history))
    assert str(caught.value).startswith(str(tmp_path / "h.parquet"))
    assert message in str(caught.value)


def test_a_floating_point_column_that_nothing_reads_does_no_harm(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"a": ["x"], "score": [0.5]}, id_types=["a"])
    assert commands(history) == [Resolve({"a": "x"})]


def test_columns_are_joined_and_must_exist(tmp_path: Path) -> None:
    columns = {"HOME": ["1"], "CELL": pa.array([["2", "3"]])}
    history = history_of(tmp_path, columns, columns={"phone": ["HOME", "CELL"]})
    assert commands(history) == [Resolve({"phone": ["1", "2", "3"]})]
    with pytest.raises(InvalidHistory, match=r"column 'X' does not exist; the columns are \['HOME', 'CELL'\]"):
        list(history_of(tmp_path, columns, columns={"phone": ["X"]}))


def test_a_name_may_hold_a_dot(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"user": ["0"], "user.email": ["a@example.com"]}, columns={"email": ["user.email"]})
    assert commands(history.for_types(["email"])) == [Resolve({"email": "a@example.com"})]


def test_a_name_may_begin_as_the_names_inside_another_column_do(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"a": ["0"], "b": [{"a": "1"}]}, id_types=["a"])
    assert commands(history) == [Resolve({"a": "0"})]


def test_a_file_that_has_no_column_of_use_still_has_its_rows(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"AGE": [1, 2]}, id_types=["email"])
    assert commands(history) == [Resolve({}), Resolve({})]


def test_a_file_without_rows_is_a_history_without_lines(tmp_path: Path) -> None:
    assert list(history_of(tmp_path, {"a": pa.array([], pa.string())})) == []


def test_rows_are_numbered_across_batches_and_the_position_ends_at_the_size(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"a": [str(number) for number in range(20_000)]})
    positions = []
    for number, record in enumerate(history, 1):
        assert (record.line, record.command) == (number, Resolve({"a": str(number - 1)}))
        positions.append(history.position)
    assert positions[0] == 0 < positions[10_000] < (history.size or 0) == history.position
    assert positions == sorted(positions)


DAMAGED = [b"", b"no Parquet at all", b"PAR1" + b"\0" * 100]


@pytest.mark.parametrize("data", DAMAGED)
def test_a_file_that_is_no_parquet_is_named(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, "h.parquet", data)
    with pytest.raises(InvalidHistory) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: row 1: cannot be read as Parquet: ")


def test_a_file_that_is_damaged_in_the_middle_names_the_last_row(tmp_path: Path) -> None:
    path = tmp_path / "h.parquet"
    pq.write_table(
        pa.table({"a": [f"{number:032x}" for number in range(40_000)]}),
        path,
        row_group_size=10_000,
        compression="gzip",
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    start = len(data) * 3 // 5
    data[start : start + 2000] = bytes(2000)
    path.write_bytes(data)
    with pytest.raises(InvalidHistory, match=r"h\.parquet: after row [1-9][0-9]*: cannot be read as Parquet: "):
        read(path)


def test_a_name_that_is_no_utf8_names_the_file(tmp_path: Path) -> None:
    history = history_of(tmp_path, {"eightbit": ["x"]})
    path = tmp_path / "h.parquet"
    path.write_bytes(path.read_bytes().replace(b"eightbit", b"\xff" * 8))
    with pytest.raises(InvalidHistory, match=r"h\.parquet: row 1: cannot be read as Parquet: "):
        list(history)


def test_compressed_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidHistory, match=r"h\.parquet\.gz: Parquet is compressed inside; expected a \.parquet"):
        read_history(written(tmp_path, "h.parquet.gz", "x"))


@pytest.fixture
def without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if pyarrow were not installed."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)


@pytest.mark.usefixtures("without_pyarrow")
def test_without_pyarrow_the_message_says_what_to_install(tmp_path: Path) -> None:
    history = read_history(written(tmp_path, "h.parquet", "x"))
    with pytest.raises(InvalidHistory) as caught:
        list(history)
    assert str(caught.value).endswith(
        "h.parquet: Parquet needs pyarrow, which is not installed; pip install 'idresolver[parquet]'"
    )


def test_a_moment_in_a_row_shows_as_a_time(tmp_path: Path) -> None:
    columns = {"at": pa.array([datetime(2026, 1, 2, 12, tzinfo=UTC)]), "a": [Decimal(7)], "b": [b"\xff"]}
    (record,) = history_of(tmp_path, columns)
    assert record.raw == '{"at":"2026-01-02T12:00:00Z","a":7,"b":"\\\\xff"}'
