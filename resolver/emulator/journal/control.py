"""The control record: what is known of a database before its log is read.

The log (``FILE-wal``) is the one part of a database that can be lost, cut off or mistaken for another without a trace
in the database file. So the file itself says which database it is, whether it is whole without its log, and up to
which entry it was acknowledged.

The record stands in a page of its own, which SQLite never writes again, since nothing changes the row that the page
belongs to. It is written in place, outside of SQLite and its log. It is never ahead of the log: an entry is counted
when it is on disk. Where it is synced only with later writes, as after each commit, a power cut may leave it behind.
"""

import hashlib
import os
import secrets
import struct
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple, Self

PAGE_SIZE = 4096
"""Bytes of a page of the database."""

BLANK = 4581
"""Bytes of the row that the record stands in: the part of it that does not fit into the table fills one page."""

_MAGIC: Final = b"IDRV control 2\0\0"
_FIELDS = struct.Struct(">16s8s8sIQ")
_DIGEST = 8
_LENGTH = _FIELDS.size + _DIGEST
_IN_PAGE = 512
"""Where in its page the record begins: on a sector of its own, which a disk writes as a whole."""

_OPEN_FILES = "/proc/self/fd"

_COARSEST_TICK = 2.1
"""Seconds: the times of FAT are even."""

_PAGES = range(1, 16)
"""Pages that may hold the record, counted from 0; in a new file it is page 2."""


class Control(NamedTuple):
    """What a control record says.

    *run* is drawn anew at each start, and every row that is written carries it behind *database*. *needs_log* is true
    while entries may be in the log only. *acknowledged* is the last entry that was answered.
    """

    database: bytes
    run: bytes
    needs_log: bool
    acknowledged: int

    @classmethod
    def new(cls) -> Self:
        """Return the record of a new database."""
        return cls(secrets.token_bytes(8), secrets.token_bytes(8), needs_log=False, acknowledged=0)

    def in_a_new_run(self) -> Self:
        """Return the same under a new *run*."""
        return self._replace(run=secrets.token_bytes(8))

    @property
    def origin(self) -> bytes:
        """What each row carries: which database it was written to, and in which run."""
        return self.database + self.run


class FileName:
    """The name of an open file, to ask whether it still leads to that file.

    The system's list of open files is asked, where there is one. To ask for the status of the log would cost more: a
    file system whose times are exact for those who look (Linux 6.13) then writes them too: 145 us a sync, and not 100.
    """

    def __init__(self, file: int, path: Path) -> None:
        self._path = path
        self._link = f"{_OPEN_FILES}/{file}"
        self._identity = _identity(os.fstat(file))
        self._text = str(path)
        self._is_listed = self._listed() == self._text

    def leads_there(self) -> bool:
        """Return whether the name leads to the file."""
        if self._is_listed:
            return self._listed() == self._text
        try:
            return _identity(self._path.stat()) == self._identity
        except OSError:
            return False

    def _listed(self) -> str:
        try:
            return os.readlink(self._link)  # noqa: PTH115 - a Path of its answer costs more than the call
        except OSError:
            return ""


class Folder:
    """The folder of files that are open, to ask whether a name in it may have changed since they were looked at.

    One question instead of one for each file. A folder's time changes with each name that comes or goes; since it may
    be as coarse as a clock's tick, it counts only when it has been the same for a while.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._status: tuple[int, int, int] | None = None
        self._since = 0.0
        self._is_quiet = False

    def is_quiet(self) -> bool:
        """Return whether every name in it is what it was at ``looked``."""
        try:
            status = os.stat(self._path)  # noqa: PTH116 - a Path costs as much as the call
        except OSError:
            return False
        found = status.st_dev, status.st_ino, status.st_mtime_ns
        if found != self._status:
            self._status, self._since, self._is_quiet = found, time.monotonic(), False
        return self._is_quiet

    def looked(self) -> None:
        """Note that the names were right, after ``is_quiet`` was asked."""
        self._is_quiet = os.name == "posix" and time.monotonic() - self._since > _COARSEST_TICK


class ControlFile:
    """A database file, opened to read and write its control record; *name* says whether it is where it was.

    It must be closed after every SQLite connection to the file: closing it ends their locks, as POSIX has it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a file"
    ...     _ = path.write_bytes(bytes(3 * PAGE_SIZE))
    ...     control = Control.new()
    ...     write_first(path, control)
    ...     file = ControlFile(path)
    ...     file.control == control, file.is_intact()
    ...     file.close()
    (True, True)
    """

    def __init__(self, path: Path) -> None:
        """Open the file; ``ValueError`` if it has no control record, or one that is not what was written."""
        self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            self._place = _place(self._file)
            self._written = _read(self._file, _LENGTH, self._place)
            self.control = _decoded(self._written)
            self.name = FileName(self._file, path)
        except BaseException:
            os.close(self._file)
            raise

    def is_intact(self) -> bool:
        """Return whether the record is still what was written last; not so after another file was copied over it."""
        return _read(self._file, _LENGTH, self._place) == self._written

    def write(self, control: Control, *, is_synced: bool) -> None:
        """Write the record; *is_synced*, everything in the file is on disk when this returns."""
        written = _encoded(control)
        _write(self._file, written, self._place)
        self._written, self.control = written, control
        if is_synced:
            os.fsync(self._file)

    def close(self) -> None:
        """Close the file. A second time does nothing."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def write_first(path: Path, control: Control) -> None:
    """Write the record into a new file that has room for it, and sync the file."""
    file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        place = 2 * PAGE_SIZE + _IN_PAGE
        assert _read(file, _LENGTH, place) == bytes(_LENGTH), "the page was left blank"
        _write(file, _encoded(control), place)
        os.fsync(file)
    finally:
        os.close(file)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _place(file: int) -> int:
    """Return where the record begins. It moves to another page when SQLite copies the whole file (VACUUM)."""
    for page in _PAGES:
        place = page * PAGE_SIZE + _IN_PAGE
        if _read(file, len(_MAGIC), place) == _MAGIC:
            return place
    raise ValueError("its control record is missing")


def _encoded(control: Control) -> bytes:
    fields = _FIELDS.pack(_MAGIC, control.database, control.run, control.needs_log, control.acknowledged)
    return fields + _digest(fields)


def _decoded(data: bytes) -> Control:
    fields = data[: _FIELDS.size]
    if len(data) < _LENGTH or data[_FIELDS.size :] != _digest(fields):
        raise ValueError("its control record is not what was written")
    _, database, run, needs_log, acknowledged = _FIELDS.unpack(fields)
    return Control(database, run, bool(needs_log), acknowledged)


def _digest(fields: bytes) -> bytes:
    return hashlib.blake2b(fields, digest_size=_DIGEST).digest()


if sys.platform == "win32":

    def _read(file: int, length: int, place: int) -> bytes:
        os.lseek(file, place, os.SEEK_SET)
        return os.read(file, length)

    def _write(file: int, data: bytes, place: int) -> None:
        os.lseek(file, place, os.SEEK_SET)
        os.write(file, data)

else:

    def _read(file: int, length: int, place: int) -> bytes:
        return os.pread(file, length, place)

    def _write(file: int, data: bytes, place: int) -> None:
        os.pwrite(file, data, place)
