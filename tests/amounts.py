"""How much is tried: all of it where ``CI`` is set, as in ``.ci/run``, and a part of it every day.

What is tried every day is always a part of what is tried there, so a test proves the same, on fewer cases. Where many
cases run the same lines, only some are measured for coverage, as measuring takes three times as long.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

IS_CI = bool(os.environ.get("CI"))
"""Whether everything is tried."""


def amount(everyday: int, in_ci: int) -> int:
    """Return how much is tried here."""
    return in_ci if IS_CI else everyday


@contextmanager
def measured(is_measured: bool = True) -> Iterator[None]:
    """Measure what runs inside for coverage or not, where coverage is measured."""
    tracer = sys.gettrace()
    if not is_measured:
        sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
