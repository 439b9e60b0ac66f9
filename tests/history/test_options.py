"""Reading options: formats and their suffixes, order by time, and that formats agree."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.commands import DeleteProfile
from resolver.errors import InvalidHistory, InvalidTime
from resolver.history import FORMATS, History, Record, read_history, records_of
from resolver.history.history import in_time_order
from tests.history.files import plain, written

SUFFIXES = [
    ("h.jsonl", "jsonl"),
    ("h.ndjson", "jsonl"),
    ("h.json", "jsonl"),
    ("H.JSONL", "jsonl"),
    ("h.jsonl.gz", "jsonl"),
    ("h.csv", "csv"),
    ("h.csv.GZ", "csv"),
    ("h.tsv", "tsv"),
    ("h.parquet", "parquet"),
    ("h.pq", "parquet"),
    ("a.b.csv", "csv"),
]


@pytest.mark.parametrize(("name", "format"), SUFFIXES)
def test_the_suffix_names_the_format(tmp_path: Path, name: str, format: str) -> None:
    history = read_history(written(tmp_path, name, "x"))
    assert history.format == format
    assert history.name == str(tmp_path / name)
    assert repr(history) == f"<History {history.name!r}, {format}>"
    assert format in FORMATS


@pytest.mark.parametrize("name", ["h.txt", "h", "h.gz", "h.xlsx.gz", ".csv", "csv"])
def test_an_unknown_suffix_is_named_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidHistory) as caught:
        read_history(written(tmp_path, name, "x"))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / name}: suffix '")
    assert "expected a format (jsonl, csv, tsv, parquet) or one of the suffixes .jsonl, .ndjson, .json, " in message


def test_a_format_overrides_the_suffix_and_must_be_a_known_one(tmp_path: Path) -> None:
    path = written(tmp_path, "h.txt", "a,b\n1,2\n")
    assert len(list(read_history(path, format="csv"))) == 1
    with pytest.raises(InvalidHistory, match=r"h\.txt: format 'excel' names no format; expected a format \(jsonl"):
        read_history(path, format="excel")


def test_standard_input_is_json_lines_unless_it_is_said_otherwise() -> None:
    assert (read_history("-").format, read_history("-", format="tsv").format) == ("jsonl", "tsv")


def test_options_about_time_are_checked_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", "")
    with pytest.raises(InvalidTime, match=r"tz: 'Mars'"):
        read_history(path, tz="Mars")
    with pytest.raises(InvalidTime, match=r"at_unit: 'minutes'"):
        read_history(path, at_unit="minutes")


def lines_of(history: History) -> list[int]:
    """The line numbers in the order of the records."""
    return [record.line for record in history]


def test_sorted_lines_come_by_time_ties_as_they_stood(tmp_path: Path) -> None:
    times: list[Any] = [5, 3, None, 9, 3, "soon", 1, None]
    text = "".join(json.dumps({"at": at, "identifiers": {"a": "x"}}) + "\n" for at in times)
    path = written(tmp_path, "h.jsonl", "{}\n" + text)
    history = read_history(path, sort=True)
    assert lines_of(history) == lines_of(history) == [1, 8, 9, 3, 4, 6, 7, 2, 5]
    assert repr(history).endswith("jsonl, sorted>")
    assert history.is_sorted
    assert history.for_types(["a"]).is_sorted
    assert not read_history(path).is_sorted


def test_a_line_without_a_time_stays_behind_the_line_before_it(tmp_path: Path) -> None:
    path = written(tmp_path, "h.csv", "at,a\n,x\n7,x\n,x\n2,x\n")
    assert lines_of(read_history(path, sort=True)) == [2, 5, 3, 4]


def test_sorted_records_are_the_same_records(tmp_path: Path) -> None:
    text = '{"at": 2, "identifiers": {"a": "\\ud800"}}\n{"at": 1.5}\n{"at": 1, "op": "delete", "profile": "p"}\n'
    path = written(tmp_path, "h.jsonl", text)

    def seen(record: Record) -> Any:
        return record.line, record.ref, record.op, record.command, str(record.error), record.reason, record.raw

    in_order = {record.line: seen(record) for record in read_history(path)}
    assert {record.line: seen(record) for record in read_history(path, sort=True)} == in_order


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-(1 << 63), (1 << 63) - 1), max_size=30))
def test_law_order_is_stable_and_keeps_every_record(times: list[int | None]) -> None:
    given_ = [Record(line, None, "delete", DeleteProfile("p", at)) for line, at in enumerate(times, 1)]
    effective: dict[int, int] = {}
    now = 0
    for line, at in enumerate(times, 1):
        now = effective[line] = now if at is None else at
    found = list(in_time_order(given_))
    assert sorted(found, key=lambda record: record.line) == given_
    assert [record.line for record in found] == sorted(effective, key=lambda line: (effective[line], line))


# No bar, which separates values in CSV, and no surrogates, which are no UTF-8.
TEXT = st.text(st.characters(exclude_characters="|\r", exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda text: not text.isspace()
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "ref": st.none() | TEXT,
            "at": st.none() | st.integers(-(10**14), 10**14),
            "email": st.none() | TEXT,
            "phone": st.lists(TEXT, max_size=3),
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a law."""
    return tmp_path_factory.mktemp("laws")


@settings(deadline=None)
@given(rows=ROWS)
def test_law_the_same_rows_give_the_same_commands_in_every_format(folder: Path, rows: list[dict[str, Any]]) -> None:
    lines = [
        {
            "ref": row["ref"],
            "at": row["at"],
            "identifiers": {key: row[key] for key in ("email", "phone") if row[key]},
        }
        for row in rows
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    histories = [records_of(lines), read_history(written(folder, "h.jsonl", text))]
    for name, delimiter in (("h.csv", ","), ("h.tsv", "\t")):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, delimiter=delimiter, lineterminator="\n")
            out.writerow(["ref", "at", "email", "phone"])
            for row in rows:
                out.writerow([row["ref"], row["at"], row["email"], "|".join(row["phone"])])
        histories.append(read_history(folder / name, columns={"phone": "phone[|]"}))
    columns: dict[str, Any] = {
        "ref": pa.array([row["ref"] for row in rows], pa.string()),
        "at": pa.array([row["at"] for row in rows], pa.int64()),
        "email": pa.array([row["email"] for row in rows], pa.string()),
        "phone": pa.array([row["phone"] for row in rows], pa.list_(pa.string())),
    }
    pq.write_table(pa.table(columns), folder / "h.parquet")
    histories.append(read_history(folder / "h.parquet"))
    first, *others = (plain(history) for history in histories)
    assert all(other == first for other in others)


def test_reading_holds_no_more_than_a_line_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path, "h.jsonl", '{"identifiers": {"a": "x"}}\n' * 50_000)
    records = iter(read_history(path))
    next(records)
    blocks = sys.getallocatedblocks()
    for _ in records:
        pass
    assert sys.getallocatedblocks() - blocks < 5_000


@pytest.mark.parametrize("columns", ["phone=PHONE", ["PHONE"], {"phone": 5}, {"phone": ["a", 5]}], ids=str)
def test_columns_are_a_mapping_of_names_to_columns(tmp_path: Path, columns: Any) -> None:
    path = written(tmp_path, "h.csv", "PHONE\n1\n")
    with pytest.raises(InvalidHistory) as refused:
        read_history(path, columns=columns)
    assert str(refused.value) == (
        f"{path}: columns: {columns!r} is not right; expected names and their columns, "
        "such as {'phone': 'PHONE'} or {'phone': ['HOME', 'MOBILE']}"
    )
