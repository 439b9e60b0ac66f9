"""The database: every entry of a service in one SQLite file, in order, and a snapshot to start from."""

import hashlib
import sqlite3
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

from resolver.emulator.entries import CommitFailed
from resolver.emulator.journal.database_file import (
    JournalDamaged,
    Lock,
    check_place,
    connect,
    damaged,
    make_or_check,
    refusals,
)
from resolver.errors import OtherVersions
from resolver.versions import versions

_FINAL = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY")
_INSERT = "INSERT INTO entries (sequence, store, payload, checksum) VALUES "
_ROWS = 200
"""Entries in one statement."""

_PART = 1 << 20
"""Bytes of a snapshot that are written in one transaction, so that entries need not wait for all of it."""


_DIGEST = 8
"""Bytes of a checksum."""


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
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        encoded = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.digest()


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

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._connection = connection
        self._last = 0
        self._broken = ""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a database, or make it where there is none; every row of it is checked. O(size of the file).

        Raises ``JournalInUse``, ``JournalDamaged``, or ``JournalRefused`` for a file that is foreign, newer, or
        cannot be opened. Warns with ``OtherVersions`` where other library versions wrote it.
        """
        with refusals(path), ExitStack() as opened:
            check_place(path)
            lock = Lock(path)
            opened.callback(lock.release)
            make_or_check(path)
            connection = connect(path)
            opened.callback(connection.close)
            database = cls(path, lock, connection)
            database._check()
            database._name_versions()
            opened.pop_all()
        return database

    @property
    def last(self) -> int:
        """The sequence of the last entry on disk; 0 if there is none."""
        return self._last

    def append(self, rows: Sequence[Row]) -> None:
        """Put rows on disk, all or none, in one transaction; they are there when this returns.

        Their sequences follow the last one without a gap. Raises ``CommitFailed``: then none is there. After a full
        disk the next attempt may succeed; after a disk that failed, none does until the service is started again,
        because nobody knows what such a disk holds.
        """
        if not rows:
            return
        assert [row.sequence for row in rows] == list(range(self._last + 1, self._last + 1 + len(rows)))
        with self._transaction(is_one_statement=len(rows) <= _ROWS) as connection:
            for start in range(0, len(rows), _ROWS):
                some = rows[start : start + _ROWS]
                values = [value for row in some for value in (*row, checksum(*row))]
                connection.execute(_INSERT + ", ".join(["(?, ?, ?, ?)"] * len(some)), values)
        self._last = rows[-1].sequence

    def entries(self, after: int = 0) -> Iterator[Row]:
        """Return the entries behind a sequence, in order; ``JournalDamaged`` at the first that is not as written."""
        expected = after + 1
        query = "SELECT sequence, store, payload, checksum FROM entries WHERE sequence > ? ORDER BY sequence"
        for sequence, store, payload, written in self._connection.execute(query, (after,)):
            if sequence != expected:
                raise self._damaged(f"entry {expected} is missing")
            if checksum(sequence, store, payload) != written:
                raise self._damaged(f"entry {sequence} is not what was written")
            expected += 1
            yield Row(sequence, store, payload)

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot; None if there is none. O(its size)."""
        named = self._meta("snapshot")
        if named is None:
            return None
        sequence, parts = map(int, named.split())
        query = "SELECT part, payload, checksum FROM snapshots WHERE sequence = ? ORDER BY part"
        found: list[bytes] = []
        for part, payload, written in self._connection.execute(query, (sequence,)):
            if part != len(found) or checksum(sequence, part, payload) != written:
                break
            found.append(payload)
        if len(found) != parts:
            raise self._damaged(f"the snapshot after entry {sequence} is not what was written")
        return Snapshot(sequence, b"".join(found))

    def write_snapshot(self, snapshot: Snapshot) -> Generator[None, None, None]:
        """Write a snapshot step by step, so that entries can be appended between steps; it counts after the last.

        Until then the one before it stays. Raises ``CommitFailed``.
        """
        sequence, payload = snapshot
        parts = [payload[start : start + _PART] for start in range(0, len(payload), _PART)]
        with self._transaction() as connection:
            connection.execute("DELETE FROM snapshots WHERE sequence >= ?", (sequence,))
        for part, piece in enumerate(parts):
            with self._transaction() as connection:
                row = (sequence, part, piece, checksum(sequence, part, piece))
                connection.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?)", row)
            yield
        with self._transaction() as connection:
            self._set_meta("snapshot", f"{sequence} {len(parts)}")
            connection.execute("DELETE FROM snapshots WHERE sequence <> ?", (sequence,))

    def close(self) -> None:
        """Let others have the file. A second time does nothing."""
        with suppress(sqlite3.Error):
            self._connection.close()
        self._lock.release()

    @contextmanager
    def _transaction(self, *, is_one_statement: bool = False) -> Iterator[sqlite3.Connection]:
        """Do all or nothing. One statement is a transaction by itself.

        That matters: each statement lets go of the interpreter, and a busy server is slow to give it back.
        """
        if self._broken:
            raise CommitFailed(f"{self.path}: nothing more is written, because the disk failed: {self._broken}")
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
                self._broken = str(error)
            raise CommitFailed(f"{self.path}: it could not be written: {error}") from error

    def _check(self) -> None:
        """Read every row once: damage is found now, and not when it is needed."""
        for row in self.entries():
            self._last = row.sequence
        snapshot = self.snapshot()
        if snapshot is not None and snapshot.sequence > self._last:
            raise self._damaged(f"entry {self._last + 1} is missing")

    def _name_versions(self) -> None:
        now = " ".join(f"{name} {version}" for name, version in versions().items())
        then = self._meta("versions")
        if then == now:
            return
        if then is not None:
            warnings.warn(f"{self.path} was last written with {then} (now {now})", OtherVersions, stacklevel=3)
        with self._transaction():
            self._set_meta("versions", now)

    def _meta(self, name: str) -> str | None:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _set_meta(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _damaged(self, what: str) -> JournalDamaged:
        return damaged(self.path, what)
