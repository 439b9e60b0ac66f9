"""The garbage collector, held back while millions of objects are made that all stay.

It looks for cycles whenever some hundred objects came to be; what a replay makes has none, so looking is waste.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 100_000
"""Objects made between two looks of the collector."""


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Have the collector look seldom inside, and as before afterwards; one that is off or looks more seldom stays so.

    >>> before = gc.get_threshold()
    >>> with rarely_collecting():
    ...     gc.get_threshold()[0] >= SELDOM or before[0] == 0
    True
    >>> gc.get_threshold() == before
    True
    """
    first, *others = before = gc.get_threshold()
    if 0 < first < SELDOM:
        gc.set_threshold(SELDOM, *others)
    try:
        yield
    finally:
        gc.set_threshold(*before)
