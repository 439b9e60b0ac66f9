"""Progress: bars on standard error, only on a terminal: lines with rate and remaining time, and pieces of work."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from resolver.simulate.replay import Progress as Callback

LONG = 0.5
"""Seconds of work before anything is shown."""


@contextmanager
def shown_progress(name: str) -> Iterator[Callback | None]:
    """Yield the callback that draws the bar; None where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]:>12}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(name, total=None, rate="")
    started = time.monotonic()

    def update(lines: int, done: int | None, total: int | None) -> None:
        elapsed = time.monotonic() - started
        if elapsed > LONG:
            bar.start()
            bar.update(task, completed=done or 0, total=total, rate=f"{lines / elapsed:,.0f} lines/s")

    try:
        yield update
    finally:
        bar.stop()


@contextmanager
def shown_steps(name: str, pieces: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield the callback that draws the bar; None where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TextColumn(pieces), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
