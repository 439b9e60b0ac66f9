"""The database file: its one owner, how a new one is made, and how it is told from a foreign, newer or damaged one."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from resolver.emulator.journal.wal import first_damaged_frame
from resolver.errors import ResolverError

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

SUFFIX = ".lock"
"""What the lock file's name adds to the database's."""

_PID_DIGITS = 20


class JournalRefused(ResolverError):  # noqa: N818 - the shape of the package's other error names
    """The operator must look at the database file; nothing in it was repaired."""


class JournalDamaged(JournalRefused):
    """What stands in the file is not what was written there."""


class JournalInUse(JournalRefused):
    """Another process owns the file."""


class Lock:
    """The lock of one database file; the operating system frees it when the process ends, however it ends.

    The lock file stays behind and means nothing by itself. A link to the database leads to the same lock.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lock = Lock(Path(folder) / "store.db")
    ...     lock.release()
    """

    def __init__(self, database: Path) -> None:
        path = Path(os.path.realpath(database))
        self._file = os.open(path.with_name(path.name + SUFFIX), os.O_RDWR | os.O_CREAT, 0o600)
        if not _taken(self._file):
            owner = _owner(self._file)
            os.close(self._file)
            by = f"process {owner}" if owner else "another process"
            raise JournalInUse(f"{database}: {by} has it open; stop that one first, or use another file")
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode("ascii"))

    def release(self) -> None:
        """Let others have the file. A second time does nothing."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def damaged(path: Path, what: str) -> JournalDamaged:
    """Return the error for a file that is not what was written."""
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
    """Return the one connection that owns the file: WAL, and on disk before a commit returns.

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


def _owner(file: int) -> int | None:
    """Return the process id in a lock file; None where it cannot be read, or not yet."""
    with suppress(OSError, ValueError):
        return int(os.read(file, _PID_DIGITS))
    return None


if sys.platform == "win32":
    import msvcrt

    def _taken(file: int) -> bool:
        # A locked byte cannot be read either, so it lies behind all that is ever written.
        os.lseek(file, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _taken(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
