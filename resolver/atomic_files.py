"""Atomic files: written beside their place and moved there when all are done: a set is complete or untouched.

Of two runs that finish in one directory at once, each moves its files while the other waits: the set of the last stays.
"""

import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from resolver.interrupts import interrupts_held, temporary_folder

_PREFIX = ".resolver-"
_TRIES = 10
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody reads must not hold us up; Windows has none


def check_targets(directory: Path, names: Iterable[str]) -> None:
    """Raise ``OSError``, naming what is in the way, before work whose files could not be written after it.

    The directory and its parents need not exist. A file that is there must be one that may be written.
    """
    place = directory
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise _refusal(errno.ENOTDIR, place)
    with _place(place, name=directory):
        pass
    for target in (directory / name for name in names):
        if target.is_dir():
            raise _refusal(errno.EISDIR, target)
        try:  # another run may replace it at this moment, so that it is there and is not
            os.close(os.open(target, os.O_WRONLY | _AT_ONCE))
        except PermissionError:
            raise _refusal(errno.EACCES, target) from None
        except OSError:
            pass  # nothing is there, or nothing that could be written: the new file takes its place


@contextmanager
def atomic_files(directory: Path) -> Iterator[Path]:
    """Make a place to write files in; when all are written, they replace those of the directory, all or none.

    Missing parents are made. Ctrl-C waits while files are moved, and so does another run that has files for the same
    directory. After an error everything is as it was before; an ``OSError`` names the file in the directory, not the
    one in the place.
    """
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    try:
        with _place(directory, name=directory) as place:
            try:
                yield place
                with directory_locked(directory), interrupts_held():
                    _move_all(place, directory)
                    missing = []
            except OSError as error:
                raise _refusal(error.errno or errno.EIO, _meant(error.filename, place, directory)) from error
    finally:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def _place(parent: Path, *, name: Path) -> Iterator[Path]:
    """Make a folder in a directory, which is made too; an error on the way names what the user knows."""
    with ExitStack() as stack:
        try:
            place = _entered(stack, parent)
        except OSError as error:
            raise _refusal(error.errno or errno.EIO, name) from error
        yield place


def _entered(stack: ExitStack, parent: Path) -> Path:
    """Make the folder, again where a run that failed has just taken away the directory that it had made."""
    for _ in range(_TRIES):
        parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            return stack.enter_context(temporary_folder(_PREFIX, parent))
    raise _refusal(errno.ENOENT, parent)


def _move_all(place: Path, directory: Path) -> None:
    """Move the files; where one cannot be moved, put back those that had been there before."""
    files = sorted(place.iterdir())
    former = place / "former"
    former.mkdir()
    moved: list[Path] = []
    try:
        for file in files:
            target = directory / file.name
            if target.exists() and not target.is_dir():
                target.replace(former / file.name)
            moved.append(target)
            file.replace(target)
    except OSError:
        for target in moved:
            with suppress(OSError):
                target.unlink(missing_ok=True)
        for old in former.iterdir():
            old.replace(directory / old.name)
        raise


def _meant(filename: object, place: Path, directory: Path) -> Path:
    """Return the path that the user knows for the one that an error names."""
    named = Path(filename) if isinstance(filename, str) else directory
    return directory / named.relative_to(place) if named.is_relative_to(place) else named


def _refusal(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def directory_locked(directory: Path, *, shared: bool = False) -> Iterator[None]:
        """Hold the lock of a directory, whose files nobody replaces meanwhile; here always alone."""
        name = blake2b(os.fsencode(os.path.realpath(directory)), digest_size=16).hexdigest()
        file = os.open(Path(tempfile.gettempdir(), f"resolver-{name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                with suppress(OSError):  # it gives up after ten seconds
                    msvcrt.locking(file, msvcrt.LK_LOCK, 1)
                    break
            yield
        finally:
            os.close(file)

else:
    import fcntl

    @contextmanager
    def directory_locked(directory: Path, *, shared: bool = False) -> Iterator[None]:
        """Hold the lock of a directory, whose files nobody replaces meanwhile; *shared* with others that only read.

        Nothing is locked where the directory may not be read, or its file system has no locks.
        """
        with ExitStack() as stack:
            with suppress(OSError):
                file = os.open(directory, os.O_RDONLY)
                stack.callback(os.close, file)
                fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield
