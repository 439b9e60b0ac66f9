"""The database: every entry of a service in one SQLite file, in order, and a snapshot to start from."""

import hashlib
import logging
import os
import sqlite3
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

from resolver.emulator.database_file import (
    SUFFIX,
    JournalDamaged,
    Lock,
    beside,
    check_kind,
    check_log,
    check_place,
    connect,
    damaged,
    in_one_line,
    leave,
    make_if_free,
    open_control,
    refusals,
)
from resolver.emulator.entries import CommitFailed
from resolver.emulator.recovery import ControlFile, FileName, Folder
from resolver.errors import OtherVersions
from resolver.versions import versions

_FINAL = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY")
_INSERT = "INSERT INTO entries (sequence, origin, store, payload, checksum) VALUES "
_ROWS = 190
"""Entries in one statement."""

_PART = 1 << 20
"""Bytes of a snapshot that are written in one transaction, so that entries need not wait for all of it."""


_DIGEST = 8
"""Bytes of a checksum."""

_NAMES = {"origin", "snapshot", "versions"}
"""The rows of ``meta``."""

_MOST = (1 << 63) - 1
"""The largest sequence that there can be."""

_log = logging.getLogger("resolver.emulator")


class Row(NamedTuple):
    """One entry as bytes: its place in the service's whole order, its store, and everything that it did."""

    sequence: int
    store: str
    payload: bytes


class Snapshot(NamedTuple):
    """A whole service as bytes, and the last entry that it holds."""

    sequence: int
    payload: bytes


def checksum(*parts: object) -> bytes:
    """Return the bytes that stand beside a row: they change when a part does, or moves to another place.

    >>> checksum(1, "mem_store_0", b"entry") == checksum(1, "mem_store_0", b"entry")
    True
    >>> checksum(1, "mem_store_0", b"entry") == checksum(2, "mem_store_0", b"entry")
    False
    """
    pieces: list[bytes] = []
    for part in parts:
        encoded = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        pieces += (len(encoded).to_bytes(8, "big"), encoded)
    return hashlib.blake2b(b"".join(pieces), digest_size=_DIGEST).digest()


class Database:
    """One database file, owned by this process until ``close``. Not safe for use from several threads at once.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     database = Database.open(Path(folder) / "store.db")
    ...     database.append([Row(1, "mem_store_0", b"an entry"), Row(2, "mem_store_0", b"another")])
    ...     rows = [row.payload for row in database.entries(after=1)]
    ...     database.close()
    >>> rows
    [b'another']
    """

    def __init__(self, path: Path, lock: Lock, control: ControlFile, connection: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._control = control
        self._connection = connection
        self._real, self._log = beside(path, ""), beside(path, "-wal")
        self._folder = Folder(self._real.parent)
        self._log_file = -1
        self._log_name: FileName | None = None
        self._last = 0
        self._broken = ""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a database, or make it where there is none; every row of it is checked. O(size of the file).

        Raises ``JournalInUse``, ``JournalDamaged``, or ``JournalRefused`` for a file that is foreign, of another
        format, or cannot be opened; such a file is left as it is. Warns with ``OtherVersions`` where other library
        versions wrote it.
        """
        with refusals(path), ExitStack() as opened:
            check_place(path)
            if not beside(path, SUFFIX).exists():
                check_kind(path)  # before there is a lock file beside a foreign file
            lock = Lock(path)
            opened.callback(lock.release)
            check_kind(path)
            make_if_free(path)
            control = open_control(path)
            opened.callback(control.close)
            log = check_log(path, control.control)
            connection = connect(path)
            opened.callback(leave, connection)
            database = cls(path, lock, control, connection)
            database._check()
            database._begin()
            opened.pop_all()
        if log.is_torn:
            _log.warning("%s: its log ends in a write that was not finished; it was taken back", path)
        return database

    @property
    def last(self) -> int:
        """The sequence of the last entry on disk; 0 if there is none."""
        return self._last

    def append(self, rows: Sequence[Row]) -> None:
        """Put rows on disk, all or none, in one transaction; they are there when this returns.

        Their sequences follow the last one without a gap. Raises ``CommitFailed``: then none is there. After a full
        disk the next attempt may succeed, and after the file was moved away, when it is back; after a disk that
        failed, none does until the service is started again, because nobody knows what such a disk holds.
        """
        if not rows:
            return
        assert all(row.sequence == sequence for sequence, row in enumerate(rows, self._last + 1))
        origin = self._control.control.origin
        with self._transaction(is_one_statement=len(rows) <= _ROWS) as connection:
            for start in range(0, len(rows), _ROWS):
                some = rows[start : start + _ROWS]
                values = [
                    value
                    for sequence, store, payload in some
                    for value in (sequence, origin, store, payload, checksum(sequence, origin, store, payload))
                ]
                connection.execute(_INSERT + ", ".join(["(?, ?, ?, ?, ?)"] * len(some)), values)
        self._acknowledge(rows[-1].sequence)

    def entries(self, after: int = 0) -> Iterator[Row]:
        """Yield the entries behind a sequence, in order; ``JournalDamaged`` at the first that is not as written."""
        return self._entries(after, self._last)

    def _entries(self, after: int, last: int) -> Iterator[Row]:
        expected, database = after + 1, self._control.control.database
        query = (
            "SELECT sequence, origin, store, payload, checksum FROM entries WHERE sequence > ? AND sequence <= ? "
            "ORDER BY sequence"
        )
        for sequence, origin, store, payload, written in self._connection.execute(query, (after, last)):
            if sequence != expected:
                raise self._damaged(f"entry {expected} is missing")
            if checksum(sequence, origin, store, payload) != written:
                raise self._damaged(f"entry {sequence} is not what was written")
            if not origin.startswith(database):
                raise self._damaged(f"entry {sequence} belongs to another database")
            expected += 1
            yield Row(sequence, store, payload)

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot; None if there is none. O(its size)."""
        named = self._meta("snapshot")
        if named is None:
            return None
        sequence, parts = map(int, named.split())
        query = "SELECT part, origin, payload, checksum FROM snapshots WHERE sequence = ? ORDER BY part"
        found: list[bytes] = []
        for part, origin, payload, written in self._connection.execute(query, (sequence,)):
            if part != len(found) or checksum(sequence, part, origin, payload) != written:
                break
            if not origin.startswith(self._control.control.database):
                raise self._damaged(f"the snapshot after entry {sequence} belongs to another database")
            found.append(payload)
        if len(found) != parts:
            raise self._damaged(f"the snapshot after entry {sequence} is not what was written")
        return Snapshot(sequence, b"".join(found))

    def write_snapshot(self, snapshot: Snapshot) -> Generator[None, None, None]:
        """Write a snapshot step by step, so that entries can be appended between steps; it counts after the last.

        Until then the one before it stays. Raises ``CommitFailed``. Every transaction of it writes a row with the
        origin, or the row of ``meta`` beside which the origin stands: so its place in the log can be told.
        """
        sequence, payload = snapshot
        origin = self._control.control.origin
        parts = [payload[start : start + _PART] for start in range(0, len(payload), _PART)]
        for part, piece in enumerate(parts):
            with self._transaction() as connection:
                if part == 0:
                    connection.execute("DELETE FROM snapshots WHERE sequence >= ?", (sequence,))
                row = (sequence, part, origin, piece, checksum(sequence, part, origin, piece))
                connection.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?)", row)
            yield
        with self._transaction() as connection:
            self._set_meta("snapshot", f"{sequence} {len(parts)}")
            connection.execute("DELETE FROM snapshots WHERE sequence <> ? OR part >= ?", (sequence, len(parts)))

    def close(self) -> None:
        """Move the log into the file, and let others have it. A second time does nothing.

        Where the file is not what it was any more, it and what is beside it are left as they are.
        """
        if self._log_file >= 0:
            os.close(self._log_file)
        self._log_file, self._log_name = -1, None
        if self._fault_of_name() is None and self._fault_of_content() is None:
            with suppress(sqlite3.Error, OSError):
                self._settle()
                self._connection.close()
        leave(self._connection)
        self._control.close()
        self._lock.release()

    @contextmanager
    def _transaction(self, *, is_one_statement: bool = False) -> Iterator[sqlite3.Connection]:
        """Do all or nothing. One statement is a transaction by itself.

        That matters: each statement lets go of the interpreter, and a busy server is slow to give it back.
        """
        if self._broken:
            raise CommitFailed(f"{self.path}: nothing more is written, because the disk failed: {self._broken}")
        if (fault := self._fault()) is not None:
            raise CommitFailed(f"{self.path}: nothing is written: {fault}")
        try:
            if not is_one_statement:
                self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            if not is_one_statement:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if getattr(error, "sqlite_errorname", "").startswith(_FINAL):
                self._broken = in_one_line(error)
            raise CommitFailed(f"{self.path}: it could not be written: {in_one_line(error)}") from error

    def _acknowledge(self, last: int) -> None:
        """Note in the file how far it has come. An entry counts only then."""
        try:
            self._control.acknowledge(last)
        except OSError as error:
            self._broken = str(error)
            raise CommitFailed(f"{self.path}: it could not be written: {error}") from error
        self._last = last

    def _fault(self) -> str | None:
        """Return what has happened to the file or its log since they were opened; None if they are what they were."""
        if not self._folder.is_quiet():
            fault = self._fault_of_name() or self._fault_of_log()
            if fault is not None:
                return fault
            self._folder.looked()
        return self._fault_of_content()

    def _fault_of_name(self) -> str | None:
        if self._control.name.leads_there():
            return None
        fault = "replaced by another" if self._real.exists() else "deleted or moved away"
        return f"the file was {fault} while it was in use"

    def _fault_of_log(self) -> str | None:
        if self._log_name is not None and self._log_name.leads_there():
            return None
        return f"{self._log.name} was deleted or replaced while it was in use"

    def _fault_of_content(self) -> str | None:
        try:
            return None if self._control.is_intact() else "the file was written over while it was in use"
        except OSError as error:
            return f"the file cannot be read: {error.strerror}"

    def _check(self) -> None:
        """Read every row once: damage is found now, and not when it is needed."""
        for row in self._entries(0, _MOST):
            self._last = row.sequence
        self._check_meta()
        acknowledged = self._control.control.acknowledged
        if self._last < acknowledged:
            raise self._damaged(
                f"entry {self._last + 1} is missing, and {acknowledged} were answered: {self._log.name} was cut off, "
                "or one of the two files is an older one"
            )
        snapshot = self.snapshot()
        if snapshot is not None and snapshot.sequence > self._last:
            raise self._damaged(f"entry {self._last + 1} is missing")

    def _check_meta(self) -> None:
        names = {str(name) for (name,) in self._connection.execute("SELECT name FROM meta")}
        if not names <= _NAMES:
            raise self._damaged("the names of what it tells of itself are not what was written")
        for name in names:
            self._meta(name)

    def _begin(self) -> None:
        """Begin a run: what the last one left in the log goes into the file, and the log begins anew.

        Wherever that is interrupted, the control record fits the log: it names a new run when the log holds nothing,
        and needs the log when that has its first transaction.
        """
        self._settle()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        control = self._control.control.in_a_new_run()._replace(acknowledged=self._last)
        self._control.write(control, is_synced=True)
        now = " ".join(f"{name} {version}" for name, version in versions().items())
        then = self._meta("versions")
        self._connection.execute("BEGIN IMMEDIATE")
        self._set_meta("versions", now)
        self._set_meta("origin", control.origin)
        self._connection.execute("COMMIT")
        self._control.write(control._replace(needs_log=True), is_synced=True)
        self._log_file = os.open(self._log, os.O_RDONLY)
        self._log_name = FileName(self._log_file, self._log)
        if then is not None and then != now:
            warnings.warn(f"{self.path} was last written with {then} (now {now})", OtherVersions, stacklevel=3)

    def _settle(self) -> None:
        """Move everything in the log into the file, and note that the file is whole without it."""
        _, pages, moved = self._connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if pages == moved:
            control = self._control.control._replace(needs_log=False, acknowledged=self._last)
            self._control.write(control, is_synced=True)

    def _meta(self, name: str) -> str | None:
        """Return a value of ``meta``; None if there is none."""
        row = self._connection.execute("SELECT value, checksum FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        value, written = row
        if checksum(name, value) != written:
            raise self._damaged(f"its {name!r} is not what was written")
        return str(value)

    def _set_meta(self, name: str, value: str | bytes) -> None:
        row = (name, value, checksum(name, value))
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", row)

    def _damaged(self, what: str) -> JournalDamaged:
        return damaged(self.path, what)
