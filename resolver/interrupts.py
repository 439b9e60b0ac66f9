"""Interrupts: a Ctrl-C waits while something must become whole, and leaves no temporary folder behind.

SIGTERM, by which other programs end a process, is heard as Ctrl-C is.

>>> with temporary_folder("example-") as folder:
...     folder.is_dir()
True
>>> folder.exists()
False
"""

import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any

CLEARING = 5.0
"""Seconds after a Ctrl-C in which further ones are not heard, so that everything can be cleared away."""

_MOMENT = 0.01

_MEANINGS: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
"""The signals that end a process, and what they mean where nobody has said otherwise."""


class Terminated(KeyboardInterrupt):
    """The ``KeyboardInterrupt`` that SIGTERM is."""


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done; outside the main thread it never comes, so nothing is held."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda heard, _: came.append(heard)) for number in _MEANINGS}
    try:
        yield
    finally:
        for number, meaning in before.items():
            signal.signal(number, signal.SIG_DFL if meaning is None else meaning)
        for number in came[:1]:
            signal.raise_signal(number)


@contextmanager
def first_interrupt_only(*, is_last: bool = False) -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` for a Ctrl-C in the block, and not for those of the ``CLEARING`` seconds after it.

    Where it is lost, as an error in the last words of a dying object is, it is raised again a moment later. Where the
    block *is_last*, nothing follows but the end of the process, and after a Ctrl-C no other is heard. For SIGTERM,
    ``Terminated`` is raised. What means something else already stays as it is, and all does outside the main thread.
    """
    minded = [number for number, meaning in _MEANINGS.items() if signal.getsignal(number) is meaning]
    if not minded or threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = float("-inf")

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        if time.monotonic() - heard > CLEARING:
            heard = time.monotonic()
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    def raise_again(number: int) -> None:
        nonlocal heard
        heard = float("-inf")
        if sys.platform == "win32":
            signal.raise_signal(number)
        else:  # to the thread that hears it, which may wait for something
            signal.pthread_kill(threading.main_thread().ident or 0, number)

    def take_lost(lost: "sys.UnraisableHookArgs") -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            report(lost)
            return
        number = signal.SIGTERM if issubclass(lost.exc_type, Terminated) else signal.SIGINT
        with suppress(RuntimeError):  # no thread starts any more when the process ends
            threading.Timer(_MOMENT, raise_again, [number]).start()

    report, sys.unraisablehook = sys.unraisablehook, take_lost
    for number in minded:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        stays = is_last and heard > float("-inf")
        for number in minded:
            signal.signal(number, signal.SIG_IGN if stays else _MEANINGS[number])
        sys.unraisablehook = report


@contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a folder with a new name, in *parent* or where the system keeps such; it is gone after the block."""
    folder: Path | None = None
    try:
        with interrupts_held():
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        yield folder
    finally:
        if folder is not None:
            remove_folder(folder)


def close_file(file: IO[bytes]) -> None:
    """Close a temporary file that nobody reads any more: what a full disk did not take of it is not missed."""
    with suppress(OSError):
        file.close()


def remove_folder(folder: Path) -> None:
    """Remove a folder and what is in it, as far as possible; Ctrl-C waits until that is done."""
    with interrupts_held():
        shutil.rmtree(folder, ignore_errors=True)
