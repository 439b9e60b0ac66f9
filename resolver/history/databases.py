"""Databases: the rows of one query to a DuckDB or SQLite file, which is only read.

DuckDB's are columns of Arrow, kept at the first reading. SQLite has no types of columns, so each of its rows is read
by what is in it: a floating-point number, which may have lost digits, costs its row.
"""

import importlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from resolver.errors import InvalidHistory, shown
from resolver.history.arrow import rows_of
from resolver.history.arrow_sources import ArrowSource
from resolver.history.fields import text_of_field
from resolver.history.reading import Reading
from resolver.history.record import LineError, Reason, Record, rejected
from resolver.history.tables import Table, ref_of

DUCKDB, SQLITE = "duckdb", "sqlite"

_HEADS = {SQLITE: (0, b"SQLite format 3\0"), DUCKDB: (8, b"DUCK")}
"""Where in a file stands what tells that it is a database."""

_EXAMPLE = "'SELECT id AS ref, seen AS at, email FROM people'"
_TABLES = {
    SQLITE: "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name",
    DUCKDB: "SELECT table_name FROM information_schema.tables ORDER BY ALL",
}

_BEYOND = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
"""What could write other files than the one that is open for reading; ``VACUUM INTO`` attaches too."""

_FULL_TEXT = frozenset({"data_version", "page_size"})
"""The pragmas that SQLite's own full-text search asks for."""


def database_format(path: Path) -> str | None:
    """Return which database a file is, by its first bytes; None for anything else."""
    with path.open("rb") as file:
        head = file.read(32)
    return next((name for name, (place, mark) in _HEADS.items() if head[place:].startswith(mark)), None)


def duckdb_source(path: Path, name: str, query: str) -> ArrowSource:
    """Return what gives the rows of one query to a DuckDB file."""

    @contextmanager
    def opened(arrow: Any) -> Iterator[Any]:
        with _duckdb_rows(arrow, path, name, query) as reader:
            yield reader

    return ArrowSource(name, opened, what="a DuckDB query")


@contextmanager
def _duckdb_rows(arrow: Any, path: Path, name: str, query: str) -> Iterator[Any]:
    duckdb = _import_duckdb(name)
    try:
        connection = duckdb.connect(str(path), read_only=True, config={"autoinstall_known_extensions": "false"})
    except duckdb.Error as error:
        raise InvalidHistory(f"{name}: cannot be opened as a DuckDB database: {_first_line(error)}") from error
    with closing(connection):
        try:
            statements = connection.extract_statements(query)
            if [each.type.name for each in statements] != ["SELECT"]:
                raise _no_select(name, query)
            reader = arrow.RecordBatchReader.from_stream(connection.sql(query))
        except duckdb.Error as error:
            tables = [table for (table,) in connection.execute(_TABLES[DUCKDB]).fetchall()]
            raise _failed(name, _first_line(error), tables) from error
        yield reader


def _import_duckdb(name: str) -> Any:
    try:
        return importlib.import_module("duckdb")
    except ImportError as error:
        raise InvalidHistory(
            f"{name}: a DuckDB database needs duckdb, which is not installed; pip install 'idresolver[duckdb]'"
        ) from error


def sqlite_parts(reading: Reading, size: int) -> Iterator[Table | Iterator[Record]]:
    """Yield the rows of one query to a SQLite file, at most *size* at a time; they are numbered from 1."""
    source, query = reading.file, reading.query
    assert query is not None
    done = 0
    try:
        with closing(_connected(source.file())) as connection:
            cursor = _executed(connection, source.name, query)
            header = [column[0] for column in cursor.description]
            used, rows = rows_of(reading, header).narrowed()
            names = [header[place] for place in used]
            while taken := cursor.fetchmany(size):
                across = [*zip(*taken, strict=True)]
                table = Table(
                    reading.before + done + 1, len(taken), [across[place] for place in used], rows, names=names
                )
                yield _part(table)
                done += len(taken)
        source.length = done
    except sqlite3.Error as error:
        place = f"after row {done}" if done else "row 1"
        raise InvalidHistory(f"{source.name}: {place}: cannot be read as a SQLite query: {error}") from error


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    connection.text_factory = _text
    return connection


def _text(data: bytes) -> str | bytes:
    """Return a text; what is no UTF-8 as its bytes, which cost their row."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _executed(connection: sqlite3.Connection, name: str, query: str) -> sqlite3.Cursor:
    tables = [table for (table,) in connection.execute(_TABLES[SQLITE])]
    guard = _Guard()
    connection.set_authorizer(guard)
    try:
        cursor = connection.execute(query)
    except (sqlite3.Error, sqlite3.Warning) as error:
        if guard.has_refused:
            raise _no_select(name, query) from error
        raise _failed(name, str(error).rstrip("."), tables) from error
    if cursor.description is None:
        raise _no_select(name, query)
    return cursor


class _Guard:
    """Refuses what a statement of SQLite could change beyond the file, which is open for reading only."""

    has_refused = False

    def __call__(self, action: int, first: str | None, *_: object) -> int:
        is_refused = action in _BEYOND or (action == sqlite3.SQLITE_PRAGMA and first not in _FULL_TEXT)
        self.has_refused = self.has_refused or is_refused
        return sqlite3.SQLITE_DENY if is_refused else sqlite3.SQLITE_OK


def _part(table: Table) -> Table | Iterator[Record]:
    """Return rows as a table; as records where there is a floating-point number among them."""
    is_ordinary = not any(float in map(type, column) for column in table.columns)
    return table if is_ordinary else _records(table)


def _records(table: Table) -> Iterator[Record]:
    layout, names = table.rows.layout, table.names
    for number, row in enumerate(table.across(), table.first):
        source, ref = dict(zip(names, row, strict=True)), None
        try:
            for place in layout.ref:
                _check_key(names[place], row[place])
            ref = ref_of(layout.ref, row)
            for place in layout.at:
                _check_key(names[place], row[place])
            for place in {place for _, places in layout.identifiers for place in places}:
                if type(row[place]) is float:
                    text_of_field(names[place], row[place], "text or an integer")
        except LineError as refusal:
            yield rejected(number, ref, "resolve", refusal, source)
        else:
            yield table.rows.record(number, row, source)


def _check_key(name: str, cell: object) -> None:
    if type(cell) is float:
        raise LineError(Reason.WRONG_TYPE, f"{name}: {cell!r} has the wrong type; expected text or an integer")


def _failed(name: str, cause: str, tables: Sequence[str]) -> InvalidHistory:
    """Return the error of a query, with the tables that there are."""
    there = f"the tables are {shown(tables, 500)}" if tables else "there are no tables"
    return InvalidHistory(f"{name}: query: {cause}; {there}; expected one SELECT, such as {_EXAMPLE}")


def _no_select(name: str, query: str) -> InvalidHistory:
    return InvalidHistory(f"{name}: query: {shown(query)} is not one SELECT; expected one, such as {_EXAMPLE}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
