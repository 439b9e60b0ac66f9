"""One owner for a database file, and its process id for whoever comes second."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from resolver.emulator.journal.errors import JournalInUse

SUFFIX = ".lock"
"""What the lock file's name adds to the database's."""

_PID_DIGITS = 20


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


def _owner(file: int) -> int | None:
    """Give the process id in a lock file; None where it cannot be read, or not yet."""
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
