"""The same history through every source that people have gives the same bytes."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import pytest

from resolver import Settings
from resolver.cli.output import write_run
from resolver.simulate import compare, explain, health, order, read_history, replay, sweep
from tests.history.files import written
from tests.simulate.lines import SHARED_PHONE, settings

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

HEADER = ["ref", "at", "email", "phone", "age"]
ROWS: list[list[str | None]] = [
    ["a", "2026-01-02T12:00:00Z", "ada@example.com", "317-555-6789", "36"],
    ["b", "2026-01-02T12:00:01+00:00", None, "(317) 555-6789", None],
    ["c", "2026-01-02 12:00:02", " Ada@Example.com ", "12", None],  # a phone that is none is dropped
    [None, None, "bob@example.com", "317-555-6798", "7"],
    ["e", "soon", "eve@example.com", None, None],  # no time
    ["f", "2026-01-02T12:00:04Z", None, None, "1"],  # no identifier
    ['na\u00efve, "or" \'', "2026-01-02T12:00:03Z", "o'b@example.com", "317-555-6798", None],
    ["a", "1767355209000", "bob@example.com", None, None],
]
Source = Callable[[Path], tuple[Any, dict[str, Any]]]
"""Makes a source in a folder: what ``read_history`` is given, and with which options."""

OPENED = ExitStack()
"""What a test closes when it is done."""

SELECT = "SELECT * FROM people ORDER BY number"


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    OPENED.close()


def columns() -> dict[str, list[str | None]]:
    return {name: [row[place] for row in ROWS] for place, name in enumerate(HEADER)}


def arrow() -> Any:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns().items()})


def nested(row: list[str | None]) -> dict[str, Any]:
    ref, at, email, phone, _ = row
    return {"ref": ref, "at": at, "identifiers": {"email": email, "phone": phone}}


def as_lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def json_lines(folder: Path) -> Any:
    return written(folder, "h.jsonl", as_lines([nested(row) for row in ROWS])), {}


def flat_json_lines(folder: Path) -> Any:
    text = as_lines([dict(zip(["id", *HEADER[1:]], row, strict=True)) for row in ROWS])
    return written(folder, "flat.jsonl", text), {"columns": {"ref": "id"}}


def csv_file(folder: Path) -> Any:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *ROWS])
    return written(folder, "h.csv", text.getvalue()), {}


def parquet(folder: Path) -> Any:
    import pyarrow.parquet

    pyarrow.parquet.write_table(arrow(), folder / "h.parquet")
    return folder / "h.parquet", {}


def pyarrow_table(folder: Path) -> Any:
    return arrow(), {}


def pyarrow_reader(folder: Path) -> Any:
    return arrow().to_reader(max_chunksize=3), {}


def record_batch(folder: Path) -> Any:
    return arrow().combine_chunks().to_batches()[0], {}


def pandas_frame(folder: Path) -> Any:
    return pd.DataFrame(columns()), {}


def pandas_frame_with_an_index(folder: Path) -> Any:
    return pd.DataFrame(columns()).astype({"email": "category"}).set_index("ref"), {}


def polars_frame(folder: Path) -> Any:
    return pl.DataFrame(columns()), {}


def polars_categories(folder: Path) -> Any:
    return pl.DataFrame(columns()).with_columns(pl.col("ref", "phone").cast(pl.Categorical)), {}


def encoded(folder: Path) -> Any:
    table = arrow()
    return pa.table({name: table[name].dictionary_encode() for name in HEADER}), {}


def in_duckdb(place: str) -> Any:
    connection = duckdb.connect(place)
    connection.execute('CREATE TABLE people (number INTEGER, ref TEXT, "at" TEXT, email TEXT, phone TEXT, age TEXT)')
    for number, row in enumerate(ROWS):
        connection.execute("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", [number, *row])
    return connection


def duckdb_relation(folder: Path) -> Any:
    return OPENED.enter_context(in_duckdb(":memory:")).sql(f"SELECT * EXCLUDE (number) FROM ({SELECT})"), {}


def duckdb_file(folder: Path) -> Any:
    in_duckdb(str(folder / "h.duckdb")).close()
    return folder / "h.duckdb", {"query": f"SELECT * EXCLUDE (number) FROM ({SELECT})"}


def in_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE people (number, ref, at, email, phone, age)")
    connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", [[n, *row] for n, row in enumerate(ROWS)])
    connection.commit()
    connection.close()


def sqlite_file(folder: Path) -> Any:
    in_sqlite(folder / "h.db")
    return folder / "h.db", {"query": "SELECT ref, at, email, phone, age FROM people ORDER BY number;"}


def adbc_cursor(folder: Path) -> Any:
    dbapi = pytest.importorskip("adbc_driver_sqlite.dbapi")
    in_sqlite(folder / "adbc.db")
    cursor = OPENED.enter_context(OPENED.enter_context(dbapi.connect(str(folder / "adbc.db"))).cursor())
    cursor.execute("SELECT ref, at, email, phone, age FROM people ORDER BY number")
    return cursor, {}


def ibis_table(folder: Path) -> Any:
    ibis = pytest.importorskip("ibis")
    return ibis.memtable(pd.DataFrame(columns())), {}


TABLES: list[Source] = [
    parquet,
    pyarrow_table,
    pyarrow_reader,
    record_batch,
    pandas_frame,
    polars_frame,
    polars_categories,
    encoded,
    duckdb_relation,
    duckdb_file,
    sqlite_file,
    adbc_cursor,
    ibis_table,
]


def outputs(folder: Path, given: Any, rules: Settings = SHARED_PHONE, **options: Any) -> dict[str, Any]:
    """The files of a replay, the summary and what was rejected as JSON."""
    run = replay(read_history(given, tz="UTC", **options), rules)
    write_run(run, folder / "out")
    files: dict[str, Any] = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    files["summary.json"] = json.loads(files["summary.json"])
    files["rejected.jsonl"] = [json.loads(line) for line in files["rejected.jsonl"].splitlines()]
    return files


def without_the_format(files: dict[str, Any]) -> dict[str, Any]:
    """The same but for what tells the format: a line as it was, a hint, ignored columns."""
    for line in files["rejected.jsonl"]:
        line.pop("raw", None)
    del files["summary.json"]["mostFrequentRejection"]["cure"]
    del files["summary.json"]["ignoredColumns"]
    return files


@pytest.mark.parametrize("source", TABLES[1:], ids=lambda source: source.__name__)
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
def test_the_bytes_of_every_table_are_those_of_a_parquet_file(source: Source, tmp_path: Path) -> None:
    given, options = parquet(tmp_path)
    expected = outputs(tmp_path, given, **options)
    assert (expected["summary.json"]["applied"], expected["summary.json"]["rejected"]) == (6, 2)
    assert len(expected["rejected.jsonl"]) == 3
    given, options = source(tmp_path)
    assert outputs(tmp_path, given, **options) == expected


def test_an_index_with_a_name_is_a_column(tmp_path: Path) -> None:
    files = [outputs(tmp_path, *pandas_frame_with_an_index(tmp_path)[:1]), outputs(tmp_path, arrow())]
    first, second = (without_the_format(each) for each in files)
    assert first == second


def test_the_bytes_of_json_lines_are_those_of_every_table_but_for_what_tells_the_format(tmp_path: Path) -> None:
    expected = without_the_format(outputs(tmp_path, arrow()))
    for source in (json_lines, flat_json_lines):
        given, options = source(tmp_path)
        assert without_the_format(outputs(tmp_path, given, **options)) == expected, source.__name__


def test_the_bytes_of_csv_are_those_of_json_lines_that_begin_on_the_second_line(tmp_path: Path) -> None:
    expected = without_the_format(outputs(tmp_path, csv_file(tmp_path)[0]))
    for source in (json_lines, flat_json_lines):
        given, options = source(tmp_path)
        given.write_text("\n" + given.read_text())
        assert without_the_format(outputs(tmp_path, given, **options)) == expected, source.__name__


TYPED: dict[str, Any] = {
    "ref": [7, 8, 9],
    "at": [1_767_355_200_000_123, 1_767_355_200_001_999, None],
    "email": [["ada@example.com", "a@example.com"], None, ["a@example.com"]],
    "phone": [3175556789, 3175556789, None],
    "chat": [str(UUID(int=5)), str(UUID(int=6)), str(UUID(int=5))],
}


def typed() -> Any:
    table = pa.table(TYPED)
    return table.set_column(1, "at", pa.array(TYPED["at"], pa.timestamp("us", "UTC")))


def typed_parquet(folder: Path) -> Any:
    import pyarrow.parquet

    table = typed().set_column(4, "chat", pa.array([UUID(text).bytes for text in TYPED["chat"]], pa.uuid()))
    pyarrow.parquet.write_table(table, folder / "typed.parquet")
    return folder / "typed.parquet", {}


def typed_uuids(folder: Path) -> Any:
    return typed().set_column(4, "chat", pa.array([UUID(text).bytes for text in TYPED["chat"]], pa.uuid())), {}


def typed_pandas(folder: Path) -> Any:
    frame = pd.DataFrame({**TYPED, "at": pd.to_datetime(TYPED["at"], unit="us", utc=True)})
    return frame.astype({"phone": "Int64"}), {}


def typed_polars(folder: Path) -> Any:
    return pl.from_arrow(typed()), {}


def typed_relation(folder: Path) -> Any:
    table = typed()
    query = 'SELECT ref::HUGEINT AS ref, "at", email, phone, chat::UUID AS chat FROM given'
    return OPENED.enter_context(duckdb.connect()).from_arrow(table).query("given", query), {}


def typed_database(folder: Path) -> Any:
    connection = duckdb.connect(str(folder / "typed.duckdb"))
    connection.register("given", typed())
    connection.execute("CREATE TABLE people AS SELECT * REPLACE (chat::UUID AS chat) FROM given")
    connection.close()
    return folder / "typed.duckdb", {"query": "FROM people"}


@pytest.mark.parametrize(
    "source",
    [typed_parquet, typed_uuids, typed_pandas, typed_polars, typed_relation, typed_database],
    ids=lambda source: source.__name__,
)
def test_dates_uuids_lists_and_integers_are_the_same_wherever_they_come_from(source: Source, tmp_path: Path) -> None:
    id_types = ["email", "phone", "chat"]
    rules = Settings.from_json(
        {"identifierConfigs": [{"idType": each} for each in id_types], "matchingRules": id_types}
    )
    expected = outputs(tmp_path, typed(), rules)
    assert expected["assignments.csv"].count(b"\n") == 4
    assert expected["summary.json"]["identifiers"] == 5
    given, options = source(tmp_path)
    assert outputs(tmp_path, given, rules, **options) == expected


@pytest.mark.parametrize("source", TABLES, ids=lambda source: source.__name__)
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
def test_every_question_takes_every_table(source: Source, tmp_path: Path) -> None:
    given, options = source(tmp_path)
    history = read_history(given, tz="UTC", **options)
    runs = replay(history, settings()), replay(history, SHARED_PHONE)
    assert compare(*runs).to_json() == compare(replay(read_history(arrow(), tz="UTC"), settings()), runs[1]).to_json()
    assert explain(runs[0], "b", "c").chain
    assert health(runs[0]) is not None
    assert len(sweep(history, {"axes": {"phone.limit": [1, 2]}}, jobs=1).rows) == 2
    assert order(history, settings(), permutations=2).lines == len(ROWS)


def test_a_frame_is_taken_by_replay_sweep_and_order_as_it_is(tmp_path: Path) -> None:
    frame = pd.DataFrame({"ref": ["a", "b"], "email": ["a@example.com"] * 2, "at": [1, 2]})
    before, after = replay(frame, settings()), replay(frame, SHARED_PHONE)
    assert list(before.assignments) == ["a", "b"]
    assert not compare(before, after).joined
    assert len(sweep(frame, {"axes": {"email.limit": [1, 2]}}, jobs=1).rows) == 2
    assert order(frame, permutations=2).records == 2
    assert explain(before, "a", "b").chain
