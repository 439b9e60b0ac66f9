"""What numpy and pandas put into records: absent values, numbers and texts, and times."""

import json
import math
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from resolver import Engine, InvalidTime, Resolve
from resolver.history import records_of
from resolver.simulate import replay, sweep
from tests.history.files import commands, one

MISSING: list[Any] = [
    None,
    math.nan,
    np.float64("nan"),
    np.float32("nan"),
    np.longdouble("nan"),
    Decimal("nan"),
    Decimal("snan"),
    pd.NA,
    pd.NaT,
    np.datetime64("NaT"),
    np.datetime64("NaT", "ns"),
    np.timedelta64("NaT"),
]


@pytest.mark.parametrize("missing", MISSING, ids=lambda value: f"{type(value).__name__}-{value!r}")
def test_a_missing_value_is_absent_wherever_it_stands(missing: Any) -> None:
    lines: list[Any] = [
        {"ref": "r", "identifiers": {"a": "x", "b": missing}},
        {"ref": "r", "identifiers": {"a": [missing, "x", missing]}},
        {"ref": "r", "identifiers": [("a", "x"), ("b", missing)]},
        {"ref": missing, "at": missing, "op": missing, "newProfile": missing, "identifiers": {"a": "x"}},
        {"op": "remove", "profile": "p", "idType": "a", "all": missing, "value": missing, "at": missing},
    ]
    assert [(record.ref, record.command) for record in records_of(lines)] == [
        ("r", Resolve({"a": "x"})),
        ("r", Resolve({"a": ["x"]})),
        ("r", Resolve((("a", "x"),))),
        (None, Resolve({"a": "x"})),
        (None, next(iter(records_of([{"op": "remove", "profile": "p", "idType": "a"}]))).command),
    ]


@pytest.mark.parametrize("missing", MISSING, ids=lambda value: f"{type(value).__name__}-{value!r}")
@pytest.mark.parametrize("key", ["profile", "idType", "value"])
def test_a_missing_value_that_a_line_needs_is_said_to_be_missing(missing: Any, key: str) -> None:
    (record,) = records_of([{"op": "add", "profile": "p", "idType": "a", "value": "x", key: missing}])
    assert record.reason == "missing field"
    assert str(record.error) == f"{key}: it is missing; a line with op 'add' needs it"


def test_the_rows_of_a_data_frame_are_records_without_its_gaps() -> None:
    frame = pd.DataFrame(
        {
            "email": ["ada@example.com", None, "ada@example.com"],
            "phone": pd.array([3175556789, 3175556789, None], dtype="Int64"),
            "when": pd.Series([pd.Timestamp("2026-01-02T03:04:05Z"), pd.NaT, pd.Timestamp("2026-01-02T03:04:06Z")]),
            "number": [1, 2, 3],
        }
    )
    run = replay(
        {"ref": row["number"], "at": row["when"], "identifiers": {"email": row["email"], "phone": row["phone"]}}
        for row in frame.to_dict("records")
    )
    assert (run.summary.applied, run.summary.rejected, run.summary.dropped_identifiers) == (3, 0, 0)
    assert set(run.assignments) == {"1", "2", "3"}
    assert len(run.engine) == 1


def test_the_nan_that_python_writes_into_json_is_absent_and_an_infinity_is_not(tmp_path: Path) -> None:
    line = json.dumps({"at": math.nan, "identifiers": {"a": "x", "b": math.nan}})
    assert one(tmp_path, line).command == Resolve({"a": "x"})
    record = one(tmp_path, line.replace("NaN", "-Infinity"))
    assert str(record.error).startswith("broken JSON: -Infinity is not JSON")


NUMBERS = [np.int64(5), np.int8(5), np.uint64(5), np.str_("5"), pd.Series([5])[0], pd.array([5], dtype="Int64")[0]]


@pytest.mark.parametrize("value", NUMBERS, ids=lambda value: type(value).__name__)
def test_a_number_or_text_of_numpy_is_a_plain_text(value: Any) -> None:
    lines: list[Any] = [
        {"ref": value, "at": value, "identifiers": {np.str_("a"): value, "b": [value, value]}},
        {"op": np.str_("add"), "profile": np.str_("p"), "idType": np.str_("a"), "value": value, "at": value},
        {"identifiers": ((np.str_("a"), value),)},
    ]
    first, second, third = records_of(lines)
    assert (first.ref, first.command) == ("5", Resolve({"a": "5", "b": ["5", "5"]}, 5))
    seen: list[Any] = [first.ref, first.command, second.op, second.command, third.command]
    assert "np." not in repr(seen)
    assert all(type(text) is str for text in (first.ref, second.op))


def test_lists_of_numpy_and_pandas_are_lists_of_values() -> None:
    values: list[Any] = [np.array(["x", "y"]), np.array(["x", None, "y"], dtype=object), pd.Series(["x", pd.NA, "y"])]
    assert commands(records_of([{"identifiers": {"a": value}} for value in values])) == [Resolve({"a": ["x", "y"]})] * 3
    assert commands(records_of([{"identifiers": {"a": np.array([5, 6])}}])) == [Resolve({"a": ["5", "6"]})]
    assert commands(records_of([{"identifiers": {"a": np.array("x")}}])) == [Resolve({"a": "x"})]


WRONG: list[tuple[Any, str]] = [
    (np.float32(1.5), "identifiers.a: 1.5 is a floating-point number; expected a string, or a list of strings"),
    (np.float64(5), "identifiers.a: 5.0 is a floating-point number"),
    (np.longdouble(1.5), "identifiers.a: 1.5 is a floating-point number"),
    (np.array([5.0]), "identifiers.a: 5.0 is a floating-point number; expected a string"),
    (np.array([["x"]]), "identifiers.a: ['x'] has the wrong type"),
    (np.bool_(True), "identifiers.a: True has the wrong type"),
    (np.bytes_(b"x"), "identifiers.a: np.bytes_(b'x') has the wrong type"),
    (np.timedelta64(5, "s"), "identifiers.a: np.timedelta64(5,'s') has the wrong type"),
    (pd.Timestamp("2026-01-02"), "identifiers.a: Timestamp('2026-01-02 00:00:00') has the wrong type"),
    (Decimal(5), "identifiers.a: Decimal('5') has the wrong type"),
]


@pytest.mark.parametrize(("value", "message"), WRONG, ids=lambda value: type(value).__name__)
def test_what_is_neither_number_nor_text_is_refused_by_its_value(value: Any, message: str) -> None:
    (record,) = records_of([{"identifiers": {"a": value}}])
    assert message in str(record.error)
    assert "\n" not in str(record.error)


def test_a_boolean_of_numpy_is_true_or_false() -> None:
    line = {"op": "remove", "profile": "p", "idType": "a", "all": np.bool_(True)}
    assert commands(records_of([line])) == commands(records_of([{**line, "all": True}]))


TIMES: list[tuple[Any, str, int]] = [
    (pd.Timestamp("1970-01-01T00:00:05Z"), "pandas", 5000),
    (pd.Timestamp("1970-01-01T00:00:05"), "pandas without a zone", 5000),
    (np.datetime64("1970-01-01T00:00:05.123456789"), "nanoseconds", 5123),
    (np.datetime64("1970-01-02"), "a day", 86_400_000),
    (np.datetime64("1969-12-31T23:59:59.999999999"), "before 1970", -1),
    (np.int64(5), "an integer", 5),
    (np.str_("1970-01-01T00:00:05Z"), "a text", 5000),
]


@pytest.mark.parametrize(("at", "what", "milliseconds"), TIMES)
def test_times_of_numpy_and_pandas_are_times(at: Any, what: str, milliseconds: int) -> None:
    lines: list[Any] = [{"at": at, "identifiers": {"a": "x"}}, Resolve({"a": "x"}, at)]
    records = list(records_of(lines, tz="UTC"))
    assert [record.command for record in records] == [Resolve({"a": "x"}, milliseconds)] * 2, what


def test_a_time_of_numpy_has_no_zone_of_its_own() -> None:
    (record,) = records_of([{"at": np.datetime64("1970-01-02"), "identifiers": {"a": "x"}}])
    assert record.reason == "naive time"


def test_a_time_that_python_has_no_year_for_is_no_time() -> None:
    (record,) = records_of([{"at": np.datetime64("20000-01-01", "s"), "identifiers": {"a": "x"}}], tz="UTC")
    assert record.reason == "unreadable time"


NO_TIMES: list[Any] = [pd.NaT, pd.NA, np.datetime64("NaT"), np.timedelta64(5), math.nan, np.bool_(True), True, 5.0]


@pytest.mark.parametrize("at", NO_TIMES, ids=repr)
def test_what_is_no_time_is_refused_by_an_engine_and_rejects_a_command(at: Any) -> None:
    engine = Engine()
    with pytest.raises(InvalidTime, match="is not a time; expected an aware datetime or integer milliseconds"):
        engine.resolve({"email": "ada@example.com"}, at=at)
    assert len(engine) == 0
    (record,) = records_of([Resolve({"a": "x"}, at)])
    assert record.reason == "unreadable time"


def test_an_engine_takes_the_integers_and_times_of_numpy_and_pandas() -> None:
    engine = Engine()
    facts = engine.resolve({"email": "ada@example.com"}, at=np.int64(5)).facts  # type: ignore[arg-type]
    assert [type(fact.at) for fact in facts] == [int, int]
    assert facts[0].at == 5
    later = engine.resolve({"chat": "x"}, at=pd.Timestamp("1970-01-01T00:00:05Z")).facts[0].at
    assert (type(later), later) == (int, 5000)
    with pytest.raises(InvalidTime, match="out of range"):
        engine.resolve({"chat": "x"}, at=np.uint64(2**64 - 1))  # type: ignore[arg-type]


def test_a_rejected_record_is_kept_as_json_with_plain_numbers() -> None:
    line = {"ref": np.int64(5), "when": [pd.NaT, np.float32(1.5)], "identifiers": {"a": {"x"}}}
    (record,) = records_of([line])
    assert json.loads(record.raw) == {"ref": 5, "when": [None, 1.5], "identifiers": {"a": ["x"]}}
    (record,) = records_of([{**line, "\ud800": np.int64(6)}])
    assert '"\\ud800":6' in record.raw


def test_what_a_run_wrote_down_has_plain_texts() -> None:
    run = replay([{"ref": np.str_("r"), "identifiers": {np.str_("email"): np.str_("A@b.com")}}])
    (step,) = run.steps()
    assert (step.ref, step.given) == ("r", (("email", "A@b.com"),))
    assert type(next(iter(run.assignments))) is str


def test_values_of_numpy_are_those_of_an_axis() -> None:
    history: list[Any] = [{"ref": "r", "identifiers": {"phone": "317-555-6789"}}]
    found = sweep(history, {"axes": {"phone.limit": np.arange(1, 3), "phone.enforceUnique": [np.bool_(True)]}})
    assert found.axes == {"phone.limit": (1, 2), "phone.enforceUnique": (True,)}
    assert {type(value) for value in found.axes["phone.limit"]} == {int}


def test_neither_library_is_imported_for_it() -> None:
    code = (
        "import sys, math\nfrom resolver.simulate import replay\n"
        "replay([{'ref': 'r', 'at': math.nan, 'identifiers': {'email': 'a@b.com', 'phone': object()}}])\n"
        "print('numpy' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_a_datetime_stays_one() -> None:
    assert commands(records_of([{"at": datetime(1970, 1, 1, tzinfo=UTC), "identifiers": {"a": "x"}}])) == [
        Resolve({"a": "x"}, 0)
    ]
