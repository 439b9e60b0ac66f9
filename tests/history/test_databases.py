"""DuckDB and SQLite files: the rows of one query, and what is said of every other."""

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resolver.cli import main
from resolver.commands import Resolve
from resolver.errors import InvalidHistory
from resolver.history import history as reading
from resolver.history import read_history
from resolver.history.blocks import ColumnBlock
from resolver.simulate import compare, replay
from tests.history.files import commands, plain, written
from tests.simulate.lines import SHARED_PHONE, settings

ROWS = [("a", 1, "ada@example.com", "317-555-6789"), ("b", 2, None, "317-555-6789"), ("c", 3, "ada@example.com", None)]
QUERY = "SELECT id AS ref, seen AS at, email, phone FROM people ORDER BY seen"


def sqlite_file(folder: Path, rows: list[Any] = ROWS) -> Path:
    path = folder / "people.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE people (id, seen, email, phone)")
    connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
    connection.execute("CREATE VIEW recent AS SELECT * FROM people")
    connection.commit()
    connection.close()
    return path


def duckdb_file(folder: Path) -> Path:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    path = folder / "people.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE people (id TEXT, seen BIGINT, email TEXT, phone TEXT)")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", ROWS)
        connection.execute("CREATE VIEW recent AS SELECT * FROM people")
    return path


MAKERS: list[Callable[[Path], Path]] = [sqlite_file, duckdb_file]
each = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@each
def test_a_row_of_the_query_is_a_resolve_and_the_file_is_as_it_was(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path)
    before = path.read_bytes()
    history = read_history(path, query=QUERY)
    assert [record.line for record in history] == [1, 2, 3]
    assert plain(history)[0] == ("a", 1, {"email": ["ada@example.com"], "phone": ["317-555-6789"]})
    assert not compare(replay(history, settings()), replay(history, SHARED_PHONE)).joined
    assert next(iter(history)).raw == '{"ref":"a","at":1,"email":"ada@example.com","phone":"317-555-6789"}'
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]
    assert (history.name, history.options) == (str(path), frozenset({"query"}))


@each
def test_columns_of_a_query_are_mapped_as_those_of_a_file(make: Callable[[Path], Path], tmp_path: Path) -> None:
    options: dict[str, Any] = {"columns": {"ref": "id", "at": "seen"}, "at_unit": "s", "id_types": ["email"]}
    history = read_history(make(tmp_path), query="SELECT * FROM recent ORDER BY seen LIMIT 1", **options)
    assert plain(history) == [("a", 1000, {"email": ["ada@example.com"]})]
    assert history.ignored == ("phone",)


@each
def test_several_databases_and_sorting(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    history = read_history([path, path], query=QUERY, sort=True)
    assert [record.line for record in history] == [1, 4, 2, 5, 3, 6]


NO_SELECTS = [
    "SELECT 1; SELECT 2",
    "",
    "-- nothing",
    "INSERT INTO people VALUES ('x', 1, 'a', 'b')",
    "DELETE FROM people",
    "DROP TABLE people",
    "CREATE TABLE more (a INTEGER)",
    "ATTACH 'new.db' AS other",
    "VACUUM INTO 'new.db'",
    "COPY people TO 'new.csv'",
    "PRAGMA journal_mode = wal",
    "EXPLAIN SELECT 1",
    "SET threads = 1",
]


@pytest.mark.parametrize("query", NO_SELECTS)
@each
def test_what_is_not_one_select_is_refused_and_changes_nothing(
    make: Callable[[Path], Path], query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = make(tmp_path)
    before = path.read_bytes()
    with pytest.raises(InvalidHistory, match=r"^people\.\w+: (query|no column)"):
        replay(read_history(path.name, query=query))
    assert (path.read_bytes(), [*tmp_path.iterdir()]) == (before, [path])


@each
def test_a_query_that_fails_is_told_with_the_tables_there_are(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    tables = r"; the tables are \['people', 'recent'\]; expected one SELECT, such as 'SELECT id AS ref, seen AS at, "
    with pytest.raises(InvalidHistory, match=rf"query: .*peopl\b.*{tables}"):
        list(read_history(path, query="SELECT * FROM peopl"))
    with pytest.raises(InvalidHistory, match=rf"query: .*syntax error.*{tables}"):
        list(read_history(path, query="SELEC * FROM people"))
    with pytest.raises(InvalidHistory, match=r"no column is an idType \(email, phone\); the columns are \['id', "):
        replay(read_history(path, query="SELECT id, email AS mail FROM people"), settings())


def test_an_empty_database_has_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.execute("DROP TABLE t")
    connection.commit()
    connection.close()
    with pytest.raises(InvalidHistory, match=r"query: no such table: t; there are no tables; expected one SELECT"):
        list(read_history(path, query="SELECT * FROM t"))


@each
def test_a_database_needs_a_query(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(InvalidHistory, match=r"it is a database; expected one SELECT as well \(query, --query 'SELECT"):
        read_history(path)
    with pytest.raises(InvalidHistory, match=r"format: 'csv' applies to files of records; expected the query alone"):
        read_history(path, query=QUERY, format="csv")


def test_a_database_is_no_file_for_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(sqlite_file(tmp_path))]) == 2
    assert "is a database, whose columns a query names; expected resolver replay and --query" in capsys.readouterr().err


def test_a_query_needs_a_database(tmp_path: Path) -> None:
    for place in (written(tmp_path, "h.csv", "email\nx\n"), written(tmp_path, "h.gz", ""), "-"):
        with pytest.raises(
            InvalidHistory, match=r"query: it is not a DuckDB or SQLite database; expected one, or no q"
        ):
            read_history(place, query=QUERY)
    with pytest.raises(InvalidHistory, match=r"missing\.db: cannot be read: No such file"):
        read_history("missing.db", query=QUERY)


def test_a_file_with_the_mark_of_a_database_that_is_none_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    marks = {"a.db": b"SQLite format 3\0" + b"x" * 2000, "a.duckdb": b"x" * 8 + b"DUCK" + b"x" * 20_000}
    for name, data in marks.items():
        with pytest.raises(InvalidHistory, match=rf"{name}: (row 1: cannot be read as|cannot be opened as) a"):
            list(read_history(written(tmp_path, name, data), query=QUERY))


CELLS: list[tuple[tuple[Any, ...], Any]] = [
    (("a", 5, "x", 3175556789), Resolve({"email": "x", "phone": "3175556789"}, 5)),
    ((7, "2026-01-02T12:00:00Z", None, " "), Resolve({}, 1_767_355_200_000)),
    (("a", None, b"x\xc3\xa9", ""), Resolve({"email": "x\u00e9"})),
    (
        ("a", 5, "x", 3175556789.0),
        ("a", "floating-point number", "phone: 3175556789.0 is a floating-point number; "),
    ),
    (("a", 5.0, "x", None), ("a", "wrong type", "at: 5.0 has the wrong type; expected text or an integer")),
    ((1.5, 5, "x", None), (None, "wrong type", "ref: 1.5 has the wrong type; expected text or an integer")),
    (("a", "soon", "x", None), ("a", "unreadable time", "at: 'soon' is not a time")),
    (("a", 5, b"\xff", None), ("a", "not UTF-8", "byte 0xff at place 0 is not UTF-8")),
]


@pytest.mark.parametrize(("row", "expected"), CELLS, ids=lambda each: str(each)[:40])
def test_a_cell_of_sqlite_is_read_by_what_is_in_it(row: Any, expected: Any, tmp_path: Path) -> None:
    record, other = read_history(sqlite_file(tmp_path, [row, ROWS[0]]), query=QUERY.partition(" ORDER")[0])
    assert other.error is None
    if isinstance(expected, Resolve):
        assert record.command == expected
    else:
        assert (record.ref, record.reason) == expected[:2]
        assert str(record.error).startswith(expected[2])


def test_a_text_of_sqlite_that_is_no_utf8_costs_its_row(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path)
    history = read_history(path, query="SELECT 'r' AS ref, CAST(x'ff' AS TEXT) AS email UNION ALL SELECT 's', 'x'")
    assert [(record.ref, record.reason) for record in history] == [("r", "not UTF-8"), ("s", None)]


def test_many_rows_of_sqlite_come_some_thousand_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "COLUMN_ROWS", 8192)
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i AS chat FROM n"
    assert [*map(len, read_history(sqlite_file(tmp_path), query=query).columns())] == [8192, 8192, 3616]
    query = query.replace("i AS chat", "CASE i WHEN 9000 THEN 1.5 ELSE i END AS chat")
    (tmp_path / "other").mkdir()
    history = read_history(sqlite_file(tmp_path / "other"), query=query)
    assert [isinstance(part, ColumnBlock) for part in history.parts()] == [True, False, True]
    assert [record.line for record in history if record.error] == [9000]


def test_full_text_tables_of_sqlite_are_read(tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    connection = sqlite3.connect(path)
    try:
        connection.execute("CREATE VIRTUAL TABLE people USING fts5(email)")
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no full-text search")
    connection.execute("INSERT INTO people VALUES ('ada example')")
    connection.commit()
    connection.close()
    query = "SELECT email FROM people WHERE people MATCH 'ada'"
    assert commands(read_history(path, query=query)) == [Resolve({"email": "ada example"})]


def test_a_query_that_fails_at_a_row_says_after_which(tmp_path: Path) -> None:
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) "
    query += "SELECT CASE i WHEN 8999 THEN json('{') ELSE i END AS chat FROM n"
    with pytest.raises(InvalidHistory, match=r"after row 8192: cannot be read as a SQLite query: malformed JSON"):
        list(read_history(sqlite_file(tmp_path), query=query))


def test_an_error_of_duckdb_at_a_row_is_told(tmp_path: Path) -> None:
    query = "SELECT CASE i WHEN 8999 THEN error('no more') ELSE 'x' END AS chat FROM range(9000) r(i)"
    with pytest.raises(InvalidHistory, match=r"people\.duckdb: .*query: .*no more"):
        list(read_history(duckdb_file(tmp_path), query=query))


def test_without_duckdb_one_sentence_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = read_history(duckdb_file(tmp_path), query=QUERY)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InvalidHistory, match=r"a DuckDB database needs duckdb, .+; pip install 'idresolver\[duckdb\]'"):
        list(history)


def test_sqlite_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert len(commands(read_history(sqlite_file(tmp_path), query=QUERY))) == 3


def test_a_project_file_may_have_the_query(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sqlite_file(tmp_path)
    (tmp_path / "resolver.toml").write_text(f'history = "people.db"\nquery = "{QUERY}"\n')
    assert main(["replay", "--project", str(tmp_path / "resolver.toml")]) == 0
    assert "3 lines: 3 applied" in capsys.readouterr().out


@each
def test_the_command_line_asks_the_query(
    make: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(make(tmp_path))
    assert main(["replay", path, "--query", QUERY]) == 0
    assert "3 lines: 3 applied" in capsys.readouterr().out
    assert main(["explain", path, "a", "b", "--query", QUERY]) == 0
    assert main(["health", path, "--query", QUERY]) == 0
    assert main(["order", path, "--query", QUERY]) == 0
    capsys.readouterr()
    assert main(["replay", path]) == 2
    assert "it is a database; expected one SELECT as well (query, --query" in capsys.readouterr().err
