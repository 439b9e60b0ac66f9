"""Recovery: what is known of a database before SQLite opens it, from its control record and its log.

The log (``FILE-wal``) is the one part of a database that can be lost, cut off or mistaken for another without a trace
in the database file. So the file itself says which database it is, whether it is whole without its log, and up to
which entry it was acknowledged.

The control record stands in a page of its own, which SQLite never writes again, since nothing changes the row that the
page belongs to. It is written in place, outside of SQLite and its log. It is never ahead of the log: an entry is
counted when it is on disk. Where it is synced only with later writes, as after each commit, a power cut may leave it
behind.

SQLite takes the log up to its first bad frame and drops the rest, which is right for a transaction that a power
cut tore: it was never acknowledged. But a bad frame with further transactions behind it had been acknowledged, since
each is on disk before the next begins. SQLite would drop those too, without a word. Nor does it ask whose log it is.
So the log is read here first. Format: https://www.sqlite.org/fileformat2.html#walformat
"""

import hashlib
import os
import secrets
import struct
import sys
import time
from collections.abc import Iterator
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

    def acknowledge(self, last: int) -> None:
        """Write that entries up to *last* were answered; what is on disk by when is left to the next sync."""
        control = self.control
        self.write(Control(control.database, control.run, control.needs_log, last), is_synced=False)

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


_HEADER, _FRAME = 32, 24
_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}


class Log(NamedTuple):
    """What a log holds. Frames count from 1; 0 is the log's header.

    *transactions* are whole, one behind the other from the start. *foreign* is the last frame of the first of them
    that does not carry the origin asked for. *damaged* is the first bad frame that later transactions stand on.
    *is_torn* says that a piece of one more transaction comes behind them. *is_begun_anew* says that the log has a
    new header and no transaction under it yet: SQLite writes one when everything before is in the database file.
    """

    transactions: int = 0
    foreign: int | None = None
    damaged: int | None = None
    is_torn: bool = False
    is_begun_anew: bool = False


class _Frame(NamedTuple):
    """A frame; it *follows* if its checksum does from the one before, and *is_salted* as this round of the log is.

    *is_older* says that it was left behind by the round just before, whose first salt is smaller by one.
    """

    number: int
    page: bytes
    is_commit: bool
    follows: bool
    is_salted: bool
    is_older: bool = False

    @property
    def fits(self) -> bool:
        """Whether SQLite would take it, if it takes those before."""
        return self.follows and self.is_salted


_FRAMES_UNDER_A_BAD_HEADER = (
    _Frame(0, b"", is_commit=False, follows=False, is_salted=True),
    _Frame(1, b"", is_commit=True, follows=True, is_salted=True),
    _Frame(2, b"", is_commit=True, follows=True, is_salted=True),
)
"""A header is on disk before the first frame, so it cannot be torn: whatever follows it was acknowledged."""


def read_log(path: Path, origin: bytes) -> Log:
    """Return what the log of a database holds; *origin* is what each of its transactions carries.

    A log that is not there holds nothing. Reads one frame at a time. O(size of the log), which is kept near 1 MB.
    """
    transactions, foreign, bad = 0, None, None
    carries = is_torn = is_behind = has_older = False
    for frame in _frames(path):
        has_older = has_older or frame.is_older
        if bad is None and frame.fits:
            carries = carries or origin in frame.page
            is_torn = not frame.is_commit
            if frame.is_commit:
                transactions += 1
                foreign = frame.number if foreign is None and not carries else foreign
                carries = False
            continue
        is_torn = is_torn or frame.is_salted or (bad is None and frame.follows)
        bad = frame.number if bad is None else bad
        if is_behind and frame.fits:
            return Log(transactions, foreign, damaged=bad)
        is_behind = is_behind or (frame.fits and frame.is_commit)
    return Log(transactions, foreign, None, is_torn, is_begun_anew=not transactions and has_older)


def _frames(path: Path) -> Iterator[_Frame]:
    """Yield the frames of the log, of its present round and of what an older one left behind them.

    A frame fits if its checksum follows from the one that stands in the frame before, so that one bad frame does not
    make all later ones bad. A header that does not fit is followed by nothing that could be read.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        header = file.read(_HEADER)
        order = _MAGICS.get(int.from_bytes(header[:4], "big"), "")
        before = struct.unpack(">2I", header[24:32]) if len(header) == _HEADER else ()
        if not order or before != _summed(header[:24], (0, 0), order):
            yield from _FRAMES_UNDER_A_BAD_HEADER if file.read(1) else ()
            return
        page_size, salts = int.from_bytes(header[8:12], "big"), header[16:24]
        older = ((int.from_bytes(salts[:4], "big") - 1) % (1 << 32)).to_bytes(4, "big")
        number = 0
        while frame := file.read(_FRAME + page_size):
            number += 1
            if len(frame) < _FRAME + page_size:  # frames are written as a whole: this one was torn or cut
                yield _Frame(number, b"", is_commit=False, follows=False, is_salted=True)
                return
            stored, page = struct.unpack(">2I", frame[16:24]), frame[_FRAME:]
            follows = stored == _summed(frame[:8] + page, before, order)
            is_salted, is_older = frame[8:16] == salts, frame[8:12] == older
            yield _Frame(number, page, frame[4:8] != bytes(4), follows, is_salted, is_older)
            before = stored


def _summed(data: bytes, start: tuple[int, ...], order: str) -> tuple[int, int]:
    """Return SQLite's running checksum over data."""
    one, two = start
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for word in words:
        one = (one + word + two) & 0xFFFFFFFF
        two = (two + next(words) + one) & 0xFFFFFFFF
    return one, two
