"""Tables are read in columns, and tell what their rows tell one by one."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import IdentifierConfig, Settings
from resolver.columns.numbered import Numbered
from resolver.history import History, delimited
from resolver.history import history as reading
from resolver.history.blocks import ColumnBlock
from resolver.simulate import read_history
from tests.columns.twins import check_alike

SETTINGS = Settings([IdentifierConfig("aa"), IdentifierConfig("bb", limit=1)], ["aa", "bb"])
PLAIN = ["1,web:1,x,", "2,web:2,,y", "3,,x,y", "4,web:2, z ,y"]

cells = st.sampled_from(["", " ", "x", "y", "z", "x|y", "|", " z "])
rows = st.tuples(st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["", "r", "s", "t"]), cells, cells)


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 2)
    monkeypatch.setattr(reading, "COLUMN_ROWS", 2)


def table(folder: Path, lines: Sequence[str], name: str = "t.csv", **options: Any) -> History:
    file = folder / name
    file.write_bytes("".join(f"{line}\n" for line in ["at,ref,aa,bb", *lines]).encode("utf-8", "surrogateescape"))
    return read_history(file, **options)


def columns_read(history: History) -> list[bool]:
    return [isinstance(part, ColumnBlock) for part in history.parts()]


def test_ordinary_rows_come_in_columns(tmp_path: Path) -> None:
    history = table(tmp_path, PLAIN)
    assert columns_read(history) == [True, True]
    assert check_alike(history, SETTINGS).summary.applied == 4
    assert len(Numbered(history).read_all()) == 4


@pytest.mark.parametrize(
    "line",
    [
        "5,web:5,x",
        "5,web:5,x,y,z",
        "",
        "   ",
        "yesterday,web:5,x,y",
        '5,web:5,"x, or y",y',
        '5,web:5,"x\nor",y',
        '5,web:5,"x,y',
        '5,web:5,"x"z,y',
        "5,web:5,\udcff,y",
        "5,web:5,x\r,y",
        "5,web:5,x\0,y",
        "5,web:5,x|y,z|",
        "9999999999999999999,web:5,x,y",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 4])
def test_odd_rows_are_told_as_ever(tmp_path: Path, line: str, place: int) -> None:
    lines = [*PLAIN[:place], line, *PLAIN[place:]]
    check_alike(table(tmp_path, lines), SETTINGS)
    check_alike(table(tmp_path, lines, separator="|"), SETTINGS)


@given(lines=st.lists(rows, max_size=9), separator=st.sampled_from([None, "|", "x"]), mapped=st.booleans())
def test_any_table_is_told_as_ever(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, ...]], separator: str | None, mapped: bool
) -> None:
    columns = {"aa": ["aa[|]", "bb"], "bb": ["bb[z]", "aa"]} if mapped else None
    history = table(
        tmp_path_factory.mktemp("table"), [",".join(line) for line in lines], separator=separator, columns=columns
    )
    check_alike(history, SETTINGS)


def test_cells_that_were_split_are_counted_as_row_by_row(tmp_path: Path) -> None:
    lines = ["1,r,x|y,x", "2,s,x|y,|", "3,t,x|,y|z", "soon,u,x|y,", "5,v,x|y,"]
    run = check_alike(table(tmp_path, lines, separator="|"), SETTINGS)
    assert run.summary.split_cells == 4
    assert check_alike(table(tmp_path, lines), SETTINGS).summary.split_cells == 0


@pytest.mark.parametrize(
    "lines",
    [
        [f"{line}," for line in PLAIN],
        [f"{line},, " for line in PLAIN],
        [*(f"{line}," for line in PLAIN[:2]), *PLAIN[2:]],
        [*PLAIN[:3], f"{PLAIN[3]},x"],
        [*PLAIN[:2], "5,web:5," + "x" * 200 + ",y", *PLAIN[2:]],
    ],
)
def test_cells_past_the_header_and_long_lines_are_told_as_ever(tmp_path: Path, lines: list[str]) -> None:
    history = table(tmp_path, lines, max_line=150)
    check_alike(history, SETTINGS)
    assert columns_read(table(tmp_path, [f"{line}," for line in PLAIN])) == [True, True]


def test_a_delimiter_an_encoding_and_carriage_returns_are_told_as_ever(tmp_path: Path) -> None:
    text = "\r".join(["sep=;", "at;ref;aa;bb", "1;r;\xe9;x", "2;s;\xe9|y;", "3;t;;", "4;u;z;\xe9"])
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))
    run = check_alike(read_history(tmp_path / "t.csv", encoding="cp1252", separator="|"), SETTINGS)
    assert [record.line for record in Numbered(read_history(tmp_path / "t.csv", encoding="cp1252")).records] == [
        3,
        4,
        5,
        6,
    ]
    assert run.assignments["r"] == run.assignments["s"]


def test_a_date_format_is_told_as_ever(tmp_path: Path) -> None:
    lines = ["01/02/2026,r,x,", "31/02/2026,s,x,", ",t,x,", "03/02/2026,u,,y"]
    assert check_alike(table(tmp_path, lines, date_format="%d/%m/%Y", tz="UTC"), SETTINGS).summary.rejected == 1


def test_blank_lines_and_a_header_of_two_lines_keep_the_numbers(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('\nat,"a\nb",aa\n1,u,x\n2,v,x\n3,w,x\n')
    history = read_history(file)
    run = check_alike(history, SETTINGS)
    assert list(run.assignments) == ["line:4", "line:5", "line:6"]


def test_mapped_columns_tabs_gzip_and_sorting_are_told_as_ever(tmp_path: Path) -> None:
    mapped = {"ref": ["at", "ref"], "aa": ["aa", "bb"]}
    assert check_alike(table(tmp_path, PLAIN, columns=mapped), SETTINGS).assignments.keys() >= {"1:web:1"}
    assert check_alike(table(tmp_path, PLAIN, columns={"at": "at"}), SETTINGS).summary.applied == 4
    check_alike(table(tmp_path, ["2,,x,", "1,,x,"], sort=True), SETTINGS)
    with_tabs = [line.replace(",", "\t") for line in ["at,ref,aa,bb", *PLAIN]]
    (tmp_path / "t.tsv").write_text("\n".join(with_tabs))
    check_alike(read_history(tmp_path / "t.tsv"), SETTINGS)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(",".join(["at", "ref", "aa", "bb"]).encode() + b"\n1,r,x,y"))
    check_alike(read_history(tmp_path / "t.csv.gz"), SETTINGS)


def test_columns_that_settings_lack_are_ignored_as_a_replay_ignores_them(tmp_path: Path) -> None:
    history = table(tmp_path, PLAIN)
    only = Settings([IdentifierConfig("aa")], ["aa"])
    assert check_alike(history, only).summary.ignored_columns == ("bb",)


def test_refs_like_those_of_rows_without_one_are_theirs(tmp_path: Path) -> None:
    for lines in (["1,line:4,x,", "2,web:2,x,", "3,,,y", "4,line:2,,y"], ["1,,x,", "2,line:2,,y", "3,line:02,x,y"]):
        check_alike(table(tmp_path, lines), SETTINGS)


@pytest.mark.parametrize(
    "columns",
    [
        {"at": [1, 2, None, 4], "ref": ["a", None, "b", " "], "aa": ["x", "", "y", None]},
        {
            "at": [datetime(2026, 1, day, tzinfo=UTC) for day in (2, 1, 3)],
            "aa": [["x", "y"], None, []],
            "bb": ["1"] * 3,
        },
        {"ref": [7, 8, 7], "aa": [17, None, 17], "bb": [b"17", b"", b"\xff"]},
        {"at": ["2026-01-01T00:00:00Z", "soon", None], "aa": ["x", "x|y", "x"]},
        {"at": [datetime(2026, 1, 1)], "aa": ["x"]},
        {"other": [1, 2, 3]},
        {"at": [1], "ref": ["a"]},
    ],
)
def test_parquet_is_told_as_ever(tmp_path: Path, columns: dict[str, list[Any]]) -> None:
    arrow: Any = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(arrow.table(columns), tmp_path / "t.parquet")
    check_alike(read_history(tmp_path / "t.parquet"), SETTINGS)
    check_alike(read_history(tmp_path / "t.parquet", separator="|"), SETTINGS)
