"""The shape of a database file: how a new one is made, and how it is told from a foreign, newer or damaged one."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from resolver.emulator.journal.errors import JournalDamaged, JournalInUse, JournalRefused
from resolver.emulator.journal.wal import first_damaged_frame

APPLICATION = 0x49445256
"""What SQLite's ``application_id`` says in our files: "IDRV"."""

FORMAT = 1
"""The format of the tables, in SQLite's ``user_version``."""

_LOG_PAGES = 250
"""Pages in the log before they go into the file: to write over a short log is faster than to lengthen a long one."""

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_TABLES = """
BEGIN;
CREATE TABLE entries (sequence INTEGER PRIMARY KEY, store TEXT NOT NULL, payload BLOB NOT NULL, checksum BLOB NOT NULL);
CREATE TABLE snapshots (
    sequence INTEGER NOT NULL, part INTEGER NOT NULL, payload BLOB NOT NULL, checksum BLOB NOT NULL,
    PRIMARY KEY (sequence, part)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
COMMIT;
"""


def damaged(path: Path, what: str) -> JournalDamaged:
    """Give the error for a file that is not what was written."""
    return JournalDamaged(f"{path}: the database is damaged: {what}; bring back a copy, or start with another file")


def check_place(path: Path) -> None:
    """Raise ``JournalRefused`` where no file could be."""
    if not path.parent.is_dir():
        raise JournalRefused(f"{path}: the folder {path.parent} does not exist; make it first")
    if path.is_dir():
        raise JournalRefused(f"{path}: this is a folder; expected the name of a file")


def make_or_check(path: Path) -> None:
    """Make a database where there is none, else raise ``JournalRefused`` unless it is one that can be opened.

    Only reads what is there: a foreign file stays as it is.
    """
    if not path.exists() or path.stat().st_size == 0:
        _refuse_orphan(path)
        _make(path)
    else:
        _check_header(path)
        _check_log(path)


def connect(path: Path) -> sqlite3.Connection:
    """Give the one connection that owns the file: WAL, and on disk before a commit returns.

    The exclusive lock keeps other programs out, and spares SQLite the shared-memory file.
    """
    connection = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")
        connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
        connection.execute("BEGIN EXCLUSIVE").execute("COMMIT")
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except BaseException:
        connection.close()
        raise
    if verdict != "ok":
        connection.close()
        raise damaged(path, str(verdict))
    return connection


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Say what SQLite, or the file system, has against a file in one line that names it."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "")
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise JournalInUse(f"{path}: another program has it open; close it there first") from error
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise damaged(path, str(error)) from error
        raise JournalRefused(f"{path}: it cannot be opened: {error}") from error
    except OSError as error:
        raise JournalRefused(f"{path}: it cannot be opened: {error.strerror or error}") from error


def _make(path: Path) -> None:
    """Make the file beside its place and move it there whole, so that a kill leaves none or a good one."""
    place = path.with_name(path.name + ".new")
    for leftover in (place, place.with_name(place.name + "-journal")):
        leftover.unlink(missing_ok=True)
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.executescript(_TABLES)
    place.replace(os.path.realpath(path))
    _sync_folder(Path(os.path.realpath(path)).parent)


def _sync_folder(folder: Path) -> None:
    """Put a new name on disk, where the system lets a folder be opened."""
    with suppress(PermissionError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(_HEADER)
    application, version = int.from_bytes(header[68:72], "big"), int.from_bytes(header[60:64], "big")
    if not header.startswith(_MAGIC) or application != APPLICATION:
        raise JournalRefused(f"{path}: this is no database of the emulator; it was left as it is")
    if version != FORMAT:
        raise JournalRefused(
            f"{path}: it has format {version}, and this version reads format {FORMAT}; it was left as it is"
        )


def _check_log(path: Path) -> None:
    log = _log_of(path)
    frame = first_damaged_frame(log) if log.exists() else None
    if frame is not None:
        raise damaged(path, f"frame {frame} of {log.name} is not what was written")


def _refuse_orphan(path: Path) -> None:
    log = _log_of(path)
    if log.exists() and log.stat().st_size > 0:
        raise damaged(path, f"{log.name} is there, and the database that it belongs to is not")


def _log_of(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    return real.with_name(real.name + "-wal")
