"""The database file: its one owner, how a new one is made, and how it is told from a foreign, newer or damaged one."""

import os
import re
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from resolver.emulator.recovery import BLANK, PAGE_SIZE, Control, ControlFile, Log, read_log, write_first
from resolver.errors import ResolverError

APPLICATION = 0x49445256
"""What SQLite's ``application_id`` says in our files: "IDRV"."""

FORMAT = 2
"""The format of the tables, in SQLite's ``user_version``."""

_LOG_PAGES = 250
"""Pages in the log before they go into the file: to write over a short log is faster than to lengthen a long one."""

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_TABLES = f"""
BEGIN;
CREATE TABLE control (page BLOB NOT NULL);
INSERT INTO control VALUES (zeroblob({BLANK}));
CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY, origin BLOB NOT NULL, store TEXT NOT NULL, payload BLOB NOT NULL,
    checksum BLOB NOT NULL
);
CREATE TABLE snapshots (
    sequence INTEGER NOT NULL, part INTEGER NOT NULL, origin BLOB NOT NULL, payload BLOB NOT NULL,
    checksum BLOB NOT NULL, PRIMARY KEY (sequence, part)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL) WITHOUT ROWID;
COMMIT;
"""

_MODE = 0o600
"""New files are their owner's alone: they hold personal data."""

_MOUNTS = Path("/proc/self/mountinfo")
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}

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
        self._file = os.open(beside(database, SUFFIX), os.O_RDWR | os.O_CREAT, _MODE)
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
    return JournalDamaged(
        f"{path}: the database is damaged: {in_one_line(what)}; bring back a copy, or start with another file"
    )


def in_one_line(text: object) -> str:
    r"""Return what SQLite says without line ends: it quotes statements and lists.

    >>> in_one_line("near COLUMN:\n  syntax error")
    'near COLUMN: syntax error'
    """
    return " ".join(str(text).split())


def beside(path: Path, suffix: str) -> Path:
    """Return the file of that suffix beside a database, or beside what a link to it leads to."""
    real = Path(os.path.realpath(path))
    return real.with_name(real.name + suffix)


def check_place(path: Path) -> None:
    """Raise ``JournalRefused`` unless there is a regular file, or could be. Only looks."""
    if str(path) == ":memory:" or str(path).startswith("file:"):
        raise JournalRefused(
            f"{path}: this is no name of a file; expected one such as store.db, or none to keep everything in memory"
        )
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise JournalRefused(f"{path}: the folder {folder} does not exist; make it first")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise JournalRefused(
            f"{path}: this is {kind}; expected the name of a file, or a free name; it was left as it is"
        )
    if _is_mount_point(path):
        raise JournalRefused(
            f"{path}: this file is mounted by itself, and the log beside it would not be; mount the folder that it is "
            "in; it was left as it is"
        )


def check_kind(path: Path) -> None:
    """Raise ``JournalRefused`` for a file that is no database of the emulator, or of another format. Only reads.

    Not while this process has the file open as a database: to close it again would end the locks on it.
    """
    if _is_free(path):
        return
    with path.open("rb") as file:
        header = file.read(_HEADER)
    application, version = int.from_bytes(header[68:72], "big"), int.from_bytes(header[60:64], "big")
    if not header.startswith(_MAGIC) or application != APPLICATION:
        raise JournalRefused(f"{path}: this is no database of the emulator; it was left as it is")
    if version != FORMAT:
        raise JournalRefused(
            f"{path}: it has format {version}, and this version reads format {FORMAT}; it was left as it is"
        )


def make_if_free(path: Path) -> None:
    """Make a database where there is none, or an empty file."""
    if _is_free(path):
        log = beside(path, "-wal")
        if log.exists() and log.stat().st_size > 0:
            raise damaged(path, f"{log.name} is there, and the database that it belongs to is not")
        _make(path)


def open_control(path: Path) -> ControlFile:
    """Open the control record of a database; ``JournalDamaged`` if it is not what was written."""
    try:
        return ControlFile(Path(os.path.realpath(path)))
    except ValueError as error:
        raise damaged(path, str(error)) from None


def check_log(path: Path, control: Control) -> Log:
    """Return what the log holds; ``JournalDamaged`` unless it is the whole log of this very file. Only reads."""
    journal = beside(path, "-journal")
    if journal.exists() and journal.stat().st_size > 0:
        raise damaged(path, f"{journal.name} is there, which no database of the emulator has; move it away")
    place = beside(path, "-wal")
    log = read_log(place, control.origin)
    if log.damaged is not None:
        raise damaged(path, f"frame {log.damaged} of {place.name} is not what was written")
    if log.foreign is not None:
        raise damaged(path, f"{place.name} is the log of another database, or of another run of it")
    if control.needs_log and not log.transactions and not log.is_begun_anew:
        lost = "cut off" if place.exists() else "missing"
        raise damaged(path, f"it was not stopped gracefully, and {place.name}, which holds its last writes, is {lost}")
    return log


def connect(path: Path) -> sqlite3.Connection:
    """Return the one connection that owns the file: WAL, and on disk before a commit returns.

    The exclusive lock keeps other programs out, and spares SQLite the shared-memory file.
    """
    real = os.path.realpath(path)
    connection = sqlite3.connect(real, timeout=0.2, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA fullfsync=ON")
        connection.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
        connection.execute("BEGIN EXCLUSIVE").execute("COMMIT")
        _check_pages(path, connection)
    except BaseException:
        leave(connection)
        raise
    return connection


def leave(connection: sqlite3.Connection) -> None:
    """Close a connection and leave the database and its log as they are.

    SQLite would move the log into the file and delete it. An interrupted connection does not get that far.
    """
    with suppress(sqlite3.Error):
        connection.interrupt()
        connection.close()


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
        raise JournalRefused(f"{path}: it cannot be opened: {in_one_line(error)}") from error
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise JournalRefused(f"{path}: it cannot be opened: {cause}") from error


def _check_pages(path: Path, connection: sqlite3.Connection) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise damaged(path, str(verdict).replace("*** in database main ***", ""))


def _is_free(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _is_mount_point(path: Path) -> bool:
    """Return whether a file is mounted by itself, as far as the system tells."""
    real = os.fsencode(os.path.realpath(path))
    try:
        mounts = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return False
    return any(_unescaped(mount.split(b" ")[4]) == real for mount in mounts)


def _unescaped(name: bytes) -> bytes:
    return re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), name)


def _make(path: Path) -> None:
    """Make the file beside its place and move it there whole, so that a kill leaves none or a good one.

    In the place of an empty file it takes over its mode and, where that may be done, its owner.
    """
    place = beside(path, ".new")
    for suffix in ("", "-journal", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_RDWR, _MODE))
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.executescript(_TABLES)
        connection.execute("PRAGMA journal_mode=WAL")
    write_first(place, Control.new())
    if path.exists():
        empty = path.stat()
        with suppress(PermissionError):
            if sys.platform != "win32" and (empty.st_uid, empty.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(place, empty.st_uid, empty.st_gid)
        place.chmod(stat.S_IMODE(empty.st_mode))
    place.replace(os.path.realpath(path))
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    """Put a new name on disk, where the system lets a folder be opened."""
    with suppress(PermissionError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


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
