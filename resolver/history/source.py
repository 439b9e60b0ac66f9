"""What a history is read from, and the bytes of a file, which can be read again and again wherever they come from.

A regular file is read where it is. Standard input and pipes give their bytes once, so they are copied to a
temporary file first, which goes when the history does.

>>> FileSource("missing.jsonl")
Traceback (most recent call last):
    ...
resolver.errors.InvalidHistory: missing.jsonl: cannot be read: No such file or directory
"""

import gzip
import io
import os
import shutil
import stat
import sys
import tempfile
import time
import weakref
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from resolver.errors import InvalidHistory

STANDARD_INPUT = "-"

CHUNK = 1 << 18
_SETTLED = 2_000_000_000
"""For how many nanoseconds a file was left alone that is not being written."""

_GZIP = b"\x1f\x8b"
DAMAGE = (OSError, EOFError, zlib.error, UnicodeError)  # the last, of an encoding whose byte order mark is missing


class Source:
    """Something that has lines or rows; ``name`` is what messages call it.

    ``position`` counts the bytes of ``size`` that the latest reading took in so far; ``length`` is the number of
    lines or rows that a reading found, once one came to the end.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.position = 0
        self.length = 0

    @property
    def size(self) -> int | None:
        """How many bytes there are; None while nobody knows."""
        return None

    @property
    def stamp(self) -> object:
        """What is another one once the bytes or rows have changed; None where that cannot be known."""
        return None


class FileSource(Source):
    """A place with bytes, which are counted compressed as they are on disk."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        super().__init__("standard input" if self.path == STANDARD_INPUT else self.path)
        self._file = None if self.path == STANDARD_INPUT else _regular(self.path)

    @property
    def size(self) -> int | None:
        """The bytes on disk, compressed as they are; None while they still have to come out of a pipe."""
        try:
            return None if self._file is None else self._file.stat().st_size
        except OSError:
            return None

    @property
    def stamp(self) -> object:
        """What is another one once the bytes have changed; None where that cannot be known.

        A clock's step may hide two changes, so a file that has just been written has none.
        """
        try:
            about = None if self._file is None else self._file.stat()
        except OSError:
            return None
        if about is None or time.time_ns() - about.st_mtime_ns < _SETTLED:
            return None
        return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns

    @property
    def regular(self) -> Path | None:
        """The path of a file that is read where it is; None for a pipe and standard input."""
        return self._file

    def file(self) -> Path:
        """Return the file with the bytes; the first call waits for all of a pipe or of standard input."""
        if self._file is None:
            self._file = self._spooled()
        return self._file

    @contextmanager
    def opened(self, *, gzipped: bool) -> Iterator[io.BufferedReader]:
        """Open the bytes. With *gzipped* they must be compressed; without, they are unpacked if they look it.

        What goes wrong while they are read is one of ``DAMAGE``.
        """
        with ExitStack() as stack:
            self.position = 0
            stream: Any = stack.enter_context(io.BufferedReader(_Counted(self.file(), self), CHUNK))
            if self._is_compressed(stream, gzipped):
                unpacked = stack.enter_context(gzip.GzipFile(fileobj=stream, mode="rb"))
                stream = stack.enter_context(io.BufferedReader(unpacked, CHUNK))
            yield stream

    def damage(self, place: str, error: Exception) -> InvalidHistory:
        """Return the error of bytes that cannot be read on."""
        return InvalidHistory(f"{self.name}: {place}: cannot be read: {_cause(error)}")

    def _is_compressed(self, stream: io.BufferedReader, gzipped: bool) -> bool:
        head = stream.peek(len(_GZIP))[: len(_GZIP)]
        if gzipped and head != _GZIP:
            raise InvalidHistory(f"{self.name}: line 1: is named .gz, but is not compressed by gzip")
        return head == _GZIP

    def _spooled(self) -> Path:
        with copied_for(self) as (path, spool), ExitStack() as opened:
            shutil.copyfileobj(self._piped(opened), spool, CHUNK)
        return path

    def _piped(self, opened: ExitStack) -> BinaryIO:
        if self.path != STANDARD_INPUT:
            return opened.enter_context(Path(self.path).open("rb"))
        stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise InvalidHistory(f"{self.name}: gives no bytes; expected a file or a pipe")
        return stream


@contextmanager
def copied_for(source: Source) -> Iterator[tuple[Path, BinaryIO]]:
    """Open a temporary file for what a source gives only once; it goes when the source does."""
    try:
        handle, name = tempfile.mkstemp(prefix="resolver-history-")
        weakref.finalize(source, _remove, name)
        with open(handle, "wb") as spool:  # noqa: PTH123 - a handle, not a path
            yield Path(name), spool
    except OSError as error:
        raise InvalidHistory(f"{source.name}: cannot be copied to a temporary file: {_cause(error)}") from error


class _Counted(io.FileIO):
    """A file that tells its source how far it was read."""

    def __init__(self, path: Path, source: FileSource) -> None:
        super().__init__(path)
        self._source = source

    def readinto(self, buffer: "memoryview[int]", /) -> int | None:  # type: ignore[override]
        count = super().readinto(buffer)
        self._source.position += count or 0
        return count


def _regular(path: str) -> Path | None:
    """Return the path of a file that can be opened, None for a pipe; ``InvalidHistory`` for anything else."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path("") would be the current folder
        if stat.S_ISREG(mode):
            Path(path).open("rb").close()
    except (OSError, ValueError) as error:
        raise InvalidHistory(f"{path}: cannot be read: {_cause(error)}") from error
    if stat.S_ISDIR(mode):
        raise InvalidHistory(f"{path}: is a directory; expected a file")
    return Path(path) if stat.S_ISREG(mode) else None


def _cause(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _remove(name: str) -> None:
    with suppress(OSError):
        Path(name).unlink()
