"""Columns: growing sequences of integers, as blocks of memory where the kernel is compiled.

Compiled code reads an ``array`` without making objects. The interpreter does not: there a list is read four times as
fast as an array (measured, CPython 3.11), for more memory. So the same source uses the one or the other.
"""

from array import array
from collections.abc import MutableSequence
from typing import TypeAlias, cast

Column: TypeAlias = MutableSequence[int]

COMPILED = not __file__.endswith(".py")


def column(code: str, room: int) -> Column:
    """A column of zeros; *code* is the type of its integers, as ``array`` names it.

    >>> len(column("i", 4))
    4
    """
    return filled(code, 0, room)


def filled(code: str, number: int, room: int) -> Column:
    """A column that holds one number everywhere."""
    return from_list(code, [number] * room)


def from_list(code: str, numbers: list[int]) -> Column:
    """A column of these numbers; a list is taken as it is."""
    return array(code, numbers) if COMPILED else numbers


def longer(old: Column, room: int = 0) -> Column:
    """A column with the same beginning and twice the room, or *room* if that is more.

    >>> len(longer(column("i", 4))), len(longer(column("i", 4), 100))
    (8, 100)
    """
    size = max(2 * len(old), room)
    if isinstance(old, list):
        return old + [0] * (size - len(old))
    view = memoryview(cast("array[int]", old))
    new = array(view.format, bytes(size * view.itemsize))
    memoryview(new)[: len(old)] = view
    return new


def copied(old: Column) -> Column:
    """An independent copy of a column; also where a compiled store gives it as a memoryview."""
    if isinstance(old, list):
        return old.copy()
    view = memoryview(cast("array[int]", old))
    copy = array(view.format)
    copy.frombytes(view.cast("B"))
    return copy
