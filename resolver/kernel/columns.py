"""Columns: growing sequences of integers, as blocks of memory where the kernel is compiled.

Compiled code reads an ``array`` without making objects. The interpreter does not: there a list is read four times as
fast as an array (measured, CPython 3.11), for more memory. So the same source uses the one or the other.
"""

from array import array
from typing import Any, TypeVar, cast

from resolver.kernel.rows import Column, Entry

AnyColumn = TypeVar("AnyColumn", bound=Column[Any, Any])

COMPILED = not __file__.endswith(".py")


def column(code: str, room: int) -> Column[Any, Any]:
    """A column of zeros; *code* is the type of its integers, as ``array`` names it.

    >>> len(column("i", 4))
    4
    """
    return filled(code, 0, room)


def more(room: int) -> int:
    """How much room a full column gets: half as much again, so that a third at most of what is taken stays empty."""
    return room + (room >> 1) + 16


def filled(code: str, number: int, room: int) -> Column[Any, Any]:
    """A column that holds one number everywhere."""
    return array(code, [number]) * room if COMPILED else [number] * room


def from_list(code: str, numbers: list[Entry]) -> Column[int, Entry]:
    """A column of these numbers; a list is taken as it is."""
    return cast("Column[int, Entry]", array(code, numbers) if COMPILED else numbers)


def longer(old: AnyColumn, room: int) -> AnyColumn:
    """A column with the same beginning and place for *room* integers: itself, if it has that already.

    So a table whose growth was struck between two columns goes on where it was, however often that happens.

    >>> column_of_four = column("i", 4)
    >>> len(longer(column_of_four, 8)), longer(column_of_four, 3) is column_of_four
    (8, True)
    """
    size = len(old)
    if size >= room:
        return old
    if isinstance(old, list):
        return cast("AnyColumn", old + [0] * (room - size))
    view = memoryview(cast("array[int]", old))
    new = array(view.format, [0]) * room
    memoryview(new)[:size] = view
    return cast("AnyColumn", new)


def copied(old: AnyColumn) -> AnyColumn:
    """An independent copy of a column; also where a compiled store gives it as a memoryview."""
    if isinstance(old, list):
        return cast("AnyColumn", old.copy())
    view = memoryview(cast("array[int]", old))
    copy = array(view.format)
    copy.frombytes(view.cast("B"))
    return cast("AnyColumn", copy)


def beginning(column: Column[Any, Any], size: int) -> "array[int]":
    """The first integers of a column that was made with room to grow, copied."""
    return part_of(column, 0, size)


def part_of(column: Column[Any, Any], start: int, end: int) -> "array[int]":
    """The integers of a column between two places, copied, whatever memory they are in."""
    view: Any = memoryview(column)  # type: ignore[arg-type]  # an array, or the memory of one
    made = array(view.format)
    made.frombytes(view[start:end].cast("B"))
    return made
