"""Laws of blocks of columns: turned back into records, they are the records that the readers of rows give."""

import csv
import io
import json
import pickle
import sqlite3
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.commands import Resolve
from resolver.history import History, Record, arrow, delimited, history, jsonl, lines, read_history, source
from resolver.history.blocks import ColumnBlock
from resolver.history.encoded import NO_TIME, usual_times
from resolver.history.times import Times

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

OPTIONS: list[dict[str, Any]] = [
    {},
    {"tz": "UTC"},
    {"tz": "Europe/Berlin", "at_unit": "s"},
    {"separator": "|"},
    {"columns": {"aa": ["bb", "aa"], "ref": ["ref", "cc"]}, "tz": "+02:00"},
    {"columns": {"aa": ["aa[|]", "cc"], "at": ["at", "cc"]}, "id_types": ["aa", "bb"]},
    {"date_format": "%d.%m.%Y", "tz": "UTC"},
    {"sort": True},
    {"max_line": 16},
]


@pytest.fixture(
    autouse=True, params=[(0, 64), (4, 1000), (1 << 60, source.CHUNK)], ids=["Arrow", "Arrow later", "no Arrow"]
)
def _short_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of few lines or bytes; those of CSV are read by Arrow from some line on."""
    many, chunk = request.param
    monkeypatch.setattr(lines, "CHUNK", chunk)
    monkeypatch.setattr(jsonl, "_LEAST_BOUND", 2 * chunk)
    monkeypatch.setattr(delimited, "_BLOCK", 3)
    monkeypatch.setattr(delimited, "_MANY", many)
    monkeypatch.setattr(history, "COLUMN_ROWS", 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blocks")


def seen(record: Record) -> Any:
    """What there is of a record; a list of one value is that value, and no key stands without one."""
    command = record.command
    if isinstance(command, Resolve) and isinstance(command.identifiers, dict):
        each = command.identifiers.items()
        listed = {key: [value] if isinstance(value, str) else list(value) for key, value in each}
        return record.line, record.ref, record.op, command.at, list(listed.items()), command.new_profile_id, record.raw
    return record.line, record.ref, record.op, record.reason, repr(record.error), command, record.raw


def check(history_of: Callable[[], History]) -> list[ColumnBlock]:
    """Hold the blocks of a history against its records, and what both note."""
    by_rows, by_columns = history_of(), history_of()
    blocks = list(by_columns.columns())
    rows = [seen(record) for record in by_rows]
    assert [seen(record) for block in blocks for record in block.records()] == rows
    assert (by_columns.split_cells, by_columns.ignored) == (by_rows.split_cells, by_rows.ignored)
    assert by_columns.spans == by_rows.spans
    for block in blocks:
        check_block(block)
    return blocks


def check_block(block: ColumnBlock) -> None:
    size = len(block)
    assert len(block.ats) == len(block.refs) == size == len(block.offsets) - 1
    assert list(block.offsets) == sorted(block.offsets)
    assert (block.offsets[0], block.offsets[-1]) == (0, len(block.idents))
    assert all(0 <= ident < len(block.texts) == len(block.type_of) for ident in block.idents)
    assert all(-1 <= ref < len(block.ref_texts) for ref in block.refs)
    assert all(0 <= place < size for place in block.apart)


CELL = st.sampled_from(["", " ", "x", "y", "z", "x|y", "|", " z ", "|x", "\u00e9", "317-555-6789"])
AT = st.sampled_from(["", "1", "2", "2026-01-02T12:00:00Z", "2026-01-02 12:00", "soon", "01.02.2026", str(1 << 62)])
REF = st.sampled_from(["", " ", "r", "s", "line:2", "t"])
ROW = st.tuples(AT, REF, CELL, CELL, CELL)
RAW = st.sampled_from(
    [
        b"\xff,r,x,y,z",
        b'1,"r,x',
        b"",
        b"1,r",
        b"1,r,x,y,z,,",
        b"1,r,x,y,z,more",
        b'1,"r\ns",x,y,z',
        b"\xef\xbb\xbfx,r,x,y,z",
        b"1,r,x\r,y,z",
        b"1,r,\0,y,z",
        b"1,r,x,y,z\r",
        b"\r",
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW | ROW | RAW, max_size=14), options=st.sampled_from(OPTIONS))
def test_csv(folder: Path, rows: list[Any], options: dict[str, Any]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    lines = [b"at,ref,aa,bb,cc\n"]
    for row in rows:
        if isinstance(row, bytes):
            lines.append(row + b"\n")
        else:
            text.seek(0)
            text.truncate()
            writer.writerow(row)
            lines.append(text.getvalue().encode())
    path = folder / "h.csv"
    path.write_bytes(b"".join(lines))
    check(lambda: read_history([path, path], **{"id_types": ["aa", "bb", "cc"], **options}))


LINE = st.fixed_dictionaries(
    {"identifiers": st.dictionaries(st.sampled_from(["aa", "bb"]), CELL | st.lists(CELL, max_size=3) | st.none())},
    optional={
        "ref": REF | st.just(5),
        "at": AT | st.integers(-5, 5) | st.just((1 << 63) - 1),
        "newProfile": st.just("p"),
        "age": st.just(3),
    },
)
OTHERS = st.sampled_from(
    [
        {"op": "add", "profile": "ref:r", "idType": "aa", "value": "x"},
        {"op": "delete", "profile": "ref:r", "at": 7},
        {"op": "nothing"},
        {"identifiers": [["aa", "x"], ["bb", "y"], ["aa", "z"]]},
        {"identifiers": {"aa": 1.5}},
        5,
    ]
)


ODD_LINES = st.sampled_from(
    [
        b"",
        b"   ",
        b"broken",
        b'{"identifiers": {"aa": "x"}} {"identifiers": {"aa": "y"}}',
        b'{"identifiers": {"aa": "x"}}{"identifiers": {"aa": "y"}}',
        b'{"identifiers": {"aa": "x"}',
        b'{"identifiers": {"aa":',
        b'"x"}}',
        b'"bb": "y"}}',
        b'  {"identifiers": {"aa": "x"}}  ',
        b'{"identifiers": {"aa": "\xff"}}',
        b'{"identifiers": {"aa": "\\ud800"}}',
        b'{"identifiers": {"aa": "}\\n{"}, "age": {"b": {}}}',
        b'{"ref": "a\rb", "identifiers": {"aa": "x"}}',
        b'{"identifiers": {"aa": "' + b"x" * 200 + b'"}}',
        b'{"op": null, "at": "soon", "identifiers": {"aa": "' + b"x" * 200 + b'"}}',
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_lines=st.lists(LINE | LINE | OTHERS | ODD_LINES, max_size=14),
    end=st.sampled_from([b"\n", b"\r\n"]),
    is_ended=st.booleans(),
    options=st.sampled_from([{}, {"tz": "UTC"}, {"sort": True}, {"max_line": 140}]),
)
def test_json_lines(folder: Path, given_lines: list[Any], end: bytes, is_ended: bool, options: dict[str, Any]) -> None:
    path = folder / "h.jsonl"
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in given_lines]
    path.write_bytes(end.join(raw) + end * is_ended)
    check(lambda: read_history([path, path], **options))
    blocks = [each for each in read_history(path, **options).parts() if isinstance(each, jsonl.DecodedLines)]
    assert [record.line for each in blocks for record in each.records()] == [
        line for each in blocks for line in each.numbers
    ]
    told = [record.raw for each in blocks for record in each.records() if record.reason != "line too long"]
    assert set(told) <= {line.decode("utf-8", "backslashreplace").rstrip("\r\n") for line in raw}


FLAT = st.dictionaries(st.sampled_from(["aa", "bb", "cc", "ref", "at"]), CELL | AT | st.just(7) | st.just(1.5))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(FLAT, min_size=1, max_size=14))
def test_flat_json_lines(folder: Path, lines: list[Any]) -> None:
    path = folder / "flat.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in [dict.fromkeys(["aa", "bb"]), *lines]))
    check(lambda: read_history(path, columns={"aa": ["aa", "bb"]}, tz="UTC", id_types=["aa", "cc"]))


def arrays(kind: Any, cells: st.SearchStrategy[Any]) -> st.SearchStrategy[Callable[[int], st.SearchStrategy[Any]]]:
    """Columns of a type, of as many rows as there are."""
    return st.just(lambda rows: st.lists(st.none() | cells, min_size=rows, max_size=rows).map(lambda c: made(c, kind)))


def made(cells: list[Any], kind: Any) -> Any:
    return pa.array(cells, kind)


def with_bytes(cells: list[Any]) -> Any:
    """A column of text of which some cells are no UTF-8."""
    return pa.array(cells, pa.binary()).view(pa.string())


TEXT_BYTES = CELL.map(str.encode) | st.just(b"\xff")
TEXTS = st.one_of(
    arrays(pa.string(), CELL),
    arrays(pa.large_string(), CELL),
    arrays(pa.string_view(), CELL),
    arrays(pa.dictionary(pa.int8(), pa.string()), CELL),
    arrays(pa.binary(), TEXT_BYTES),
    arrays(pa.int64(), st.integers(-3, 3)),
    arrays(pa.uint64(), st.just(1 << 63)),
    arrays(pa.decimal128(20, 0), st.integers(0, 5).map(Decimal)),
    arrays(pa.uuid(), st.integers(0, 3).map(lambda number: UUID(int=number).bytes)),
    arrays(pa.null(), st.none()),
    st.just(lambda rows: st.lists(st.none() | TEXT_BYTES, min_size=rows, max_size=rows).map(with_bytes)),
)
LISTS = st.one_of(
    TEXTS,
    arrays(pa.list_(pa.string()), st.lists(st.none() | CELL, max_size=3)),
    arrays(pa.large_list(pa.int32()), st.lists(st.none() | st.integers(0, 3), max_size=3)),
    arrays(pa.list_(pa.string(), 2), st.lists(st.none() | CELL, min_size=2, max_size=2)),
    arrays(pa.list_view(pa.binary()), st.lists(st.none() | TEXT_BYTES, max_size=3)),
    arrays(pa.list_(pa.dictionary(pa.int32(), pa.string())), st.lists(st.none() | CELL, max_size=3)),
)
TICKS = st.integers(-3_000_000, 3_000_000)
TIMES = st.one_of(
    arrays(pa.string(), AT),
    arrays(pa.int64(), st.integers(-5, 5) | st.sampled_from([(1 << 62) - 1, 1 << 62, -(1 << 62), -(1 << 63)])),
    arrays(pa.uint64(), st.integers(0, 5) | st.just((1 << 64) - 1)),
    arrays(pa.timestamp("s", "UTC"), TICKS | st.just(1 << 50)),
    arrays(pa.timestamp("ms", "Europe/Berlin"), TICKS | st.sampled_from([-62_135_596_800_000, 253_402_300_800_000])),
    arrays(pa.timestamp("us", "UTC"), TICKS),
    arrays(pa.timestamp("ns", "UTC"), TICKS),
    arrays(pa.timestamp("us"), TICKS),
    arrays(pa.date32(), st.integers(-5, 5) | st.just((1 << 31) - 1)),
    arrays(pa.dictionary(pa.int8(), pa.string()), AT),
    arrays(pa.null(), st.none()),
)


@st.composite
def tables(draw: st.DrawFn) -> Any:
    rows = draw(st.integers(0, 9))
    kinds = {"at": TIMES, "ref": TEXTS, "aa": LISTS, "bb": LISTS}
    return pa.table({name: draw(draw(kind)(rows)) for name, kind in kinds.items()})


ARROW_OPTIONS: list[dict[str, Any]] = [
    {},
    {"tz": "UTC"},
    {"tz": "Europe/Berlin", "at_unit": "s"},
    {"separator": "|"},
    {"columns": {"aa": ["bb", "aa"]}, "tz": "UTC"},
    {"columns": {"aa": ["aa[|]"]}, "id_types": ["aa"]},
    {"sort": True},
]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), options=st.sampled_from(ARROW_OPTIONS), batch=st.integers(1, 9))
def test_arrow(table: Any, options: dict[str, Any], batch: int) -> None:
    check(lambda: read_history(table, **options))
    check(lambda: read_history(table.to_reader(max_chunksize=batch), **options))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1, 9), data=st.data(), options=st.sampled_from(ARROW_OPTIONS))
def test_parquet(folder: Path, rows: int, data: st.DataObject, options: dict[str, Any]) -> None:
    kinds = {"at": arrays(pa.timestamp("us", "UTC"), TICKS), "ref": arrays(pa.string(), REF)}
    identifiers = {"aa": arrays(pa.string(), CELL), "bb": arrays(pa.list_(pa.string()), st.lists(CELL, max_size=3))}
    columns = {name: data.draw(data.draw(kind)(rows)) for name, kind in {**kinds, **identifiers}.items()}
    pq.write_table(pa.table(columns), folder / "h.parquet", row_group_size=3)
    check(lambda: read_history(folder / "h.parquet", **options))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(*[CELL | AT | REF | st.none() | st.sampled_from([7, 1.5, b"x", b"\xff"])] * 4), max_size=9)
)
def test_sqlite(folder: Path, rows: list[Any]) -> None:
    path = folder / "h.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (at, ref, aa, bb)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    check(lambda: read_history(path, query="SELECT * FROM t", separator="|"))


def test_a_text_stands_once_in_a_block_and_commands_that_are_none_of_the_ordinary_are_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "CHUNK", 1000)
    path = folder / "apart.jsonl"
    resolve = '{"ref": "a", "identifiers": {"aa": ["x", "x"], "bb": "x"}}\n'
    path.write_text(f'{resolve}{{"op": "delete", "profile": "ref:a"}}\nbroken\n{resolve}')
    (block,) = check(lambda: read_history(path))
    assert (block.texts, list(block.idents), block.ref_texts) == (["x", "x"], [0, 0, 1, 0, 0, 1], ["a"])
    assert (list(block.apart), [place for place, _ in block.rejected]) == ([1], [2])


def test_a_long_dictionary_of_which_a_block_uses_little_is_no_cost_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{number}@example.com" for number in range(1000)]
    column = pa.DictionaryArray.from_arrays(pa.array([*range(1000), None]), pa.array(texts))
    made: list[int] = []
    original = arrow.cells_of

    def counted(module: Any, array: Any, **options: Any) -> Any:
        made.append(len(array))
        return original(module, array, **options)

    monkeypatch.setattr(arrow, "cells_of", counted)
    blocks = list(read_history(pa.table({"aa": column})).columns())
    assert sum(map(len, blocks)) == 1001
    assert made == [1000]


WRITTEN = st.builds(
    "{}-{}-{}T{}:{}:{}{}{}".format,
    st.sampled_from(["0000", "0001", "1583", "1969", "2024", "2026", "9999"]),
    st.sampled_from(["00", "02", "12", "13"]),
    st.sampled_from(["00", "01", "28", "29", "30", "31"]),
    st.sampled_from(["00", "23", "24"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["", ".000", ".999", ".1", ".123456"]),
    st.sampled_from(["Z", "+00:00", "+02:00", "-23:59", "+24:00", "+05:60", "", "z", "+0200"]),
)
NUMBERS = st.sampled_from(["-5", "0", "-0", "007", "999999999999999", "1" * 16, " 5", "+5", "0x1F", ""])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(cells=st.lists(st.none() | WRITTEN, max_size=2) | st.lists(st.none() | NUMBERS, max_size=2), unit=st.booleans())
def test_texts_of_times_that_arrow_reads_are_what_they_are_one_by_one(cells: list[str | None], unit: bool) -> None:
    times = Times.of(at_unit="s" if unit else "ms")
    found = usual_times(pa, pa.array(cells, pa.string()), times)
    if found is not None:
        assert list(found) == [NO_TIME if cell is None else times.read(cell) for cell in cells]


def test_long_csv_is_read_where_there_is_no_pyarrow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "long.csv"
    path.write_text("ref,aa\n" + "".join(f"r{number},x{number % 3}\n" for number in range(50)))
    expected = [seen(record) for record in read_history(path)]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    blocks = list(read_history(path).columns())
    assert [seen(record) for block in blocks for record in block.records()] == expected


@pytest.mark.parametrize("asked", [1, 40], ids=["few", "many"])
def test_sources_of_arrow_are_rows_also_after_they_were_written_down(asked: int) -> None:
    uuids = pa.array([UUID(int=number).bytes for number in range(40)], pa.uuid())
    table = pa.table({"ref": range(40), "aa": uuids, "bb": pa.array(["x", "y"] * 20).dictionary_encode()})
    expected = [record.source for record in read_history(table)]
    for part in read_history(table).columns():
        written = pickle.loads(pickle.dumps(part.sources))
        for each in (part.sources, written):
            assert [each[row] for row in range(len(part)) for _ in range(asked)][::asked] == expected[: len(part)]
        del expected[: len(part)]


@pytest.mark.parametrize("size", [4, 100])
def test_rows_that_are_all_rejected_are_what_they_are_one_by_one(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "COLUMN_ROWS", size)
    table = pa.table({"at": pa.array([1] * 50, pa.timestamp("us")), "aa": ["x"] * 50})
    blocks = check(lambda: read_history(table))
    assert sum(len(block.rejected) for block in blocks) == 50
