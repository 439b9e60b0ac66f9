"""Interrupts: a Ctrl-C waits while something must become whole, and leaves no temporary folder behind.

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

CLEARING = 5.0
"""Seconds after a Ctrl-C in which further ones are not heard, so that everything can be cleared away."""

_MOMENT = 0.01


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
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def first_interrupt_only(*, is_last: bool = False) -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` for a Ctrl-C in the block, and not for those of the ``CLEARING`` seconds after it.

    Where it is lost, as an error in the last words of a dying object is, it is raised again a moment later. Where the
    block *is_last*, nothing follows but the end of the process, and after a Ctrl-C no other is heard. Where Ctrl-C
    means something else already, or outside the main thread, nothing changes.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    heard = float("-inf")

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        if time.monotonic() - heard > CLEARING:
            heard = time.monotonic()
            raise KeyboardInterrupt

    def raise_again() -> None:
        nonlocal heard
        heard = float("-inf")
        signal.raise_signal(signal.SIGINT)

    def take_lost(lost: "sys.UnraisableHookArgs") -> None:
        if lost.exc_type is not KeyboardInterrupt:
            report(lost)
            return
        with suppress(RuntimeError):  # no thread starts any more when the process ends
            threading.Timer(_MOMENT, raise_again).start()

    report, sys.unraisablehook = sys.unraisablehook, take_lost
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        stays = is_last and heard > float("-inf")
        signal.signal(signal.SIGINT, signal.SIG_IGN if stays else signal.default_int_handler)
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


def remove_folder(folder: Path) -> None:
    """Remove a folder and what is in it, as far as possible; Ctrl-C waits until that is done."""
    with interrupts_held():
        shutil.rmtree(folder, ignore_errors=True)
