"""Words for what is counted and listed, the same wherever people read them."""

from collections.abc import Sequence

from resolver.display import displayed


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "line"), counted(1200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str], most: int) -> str:
    """Return names in a row, as they may be shown: the first *most* of them, and how many more there are.

    >>> listed(["a", "b", "c"], 2), listed([], 2)
    ('a, b and 1 more', '')
    """
    shown = ", ".join(map(displayed, names[:most]))
    more = len(names) - most
    if more <= 0:
        return shown
    return f"{shown} and {more:,} more" if shown else f"{more:,}"
