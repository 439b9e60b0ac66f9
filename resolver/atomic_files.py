"""Atomic files: written beside their place and moved there when all are done: a set is complete or untouched."""

import errno
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def check_targets(directory: Path, names: Iterable[str]) -> None:
    """Raise ``OSError``, naming what is in the way, before work whose files could not be written after it.

    The directory and its parents need not exist. A file that is there must be one that may be written.
    """
    place = directory
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise _refusal(errno.ENOTDIR, place)
    _make_place(place, name=directory).rmdir()
    for target in (directory / name for name in names):
        if target.is_dir():
            raise _refusal(errno.EISDIR, target)
        if target.exists() and not os.access(target, os.W_OK):
            raise _refusal(errno.EACCES, target)


@contextmanager
def atomic_files(directory: Path) -> Iterator[Path]:
    """Give a place to write files in; when all are written, they replace those of the directory, all or none.

    Missing parents are made. Ctrl-C waits while files are moved. After an error everything is as it was before;
    an ``OSError`` names the file in the directory, not the one in the place.
    """
    made = _make(directory)
    place = _make_place(directory, name=directory)
    try:
        yield place
        with interrupts_held():
            _move_all(place, directory)
            made = []
    except OSError as error:
        raise _refusal(error.errno or errno.EIO, _meant(error.filename, place, directory)) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done; outside the main thread it never comes, so nothing is held."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def _make(directory: Path) -> list[Path]:
    """Make the directory; give those that had to be made, innermost first."""
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    return missing


def _make_place(parent: Path, *, name: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=".resolver-", dir=parent))
    except OSError as error:
        raise _refusal(error.errno or errno.EIO, name) from error


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
    """Give the path that the user knows for the one that an error names."""
    named = Path(filename) if isinstance(filename, str) else directory
    return directory / named.relative_to(place) if named.is_relative_to(place) else named


def _refusal(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))
