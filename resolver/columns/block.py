"""A block: commands that follow one another, on their way into the columns of a history.

Most JSON lines are a resolve of texts at some time, and are taken here as they were decoded. What is not is left to
the caller.
"""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.columns import marks
from resolver.columns.texts import Texts
from resolver.history import Record
from resolver.history.fields import present
from resolver.history.record import LineError
from resolver.history.time_parts import TimeParts
from resolver.kernel import codes
from resolver.kernel.columns import beginning
from resolver.kernel.rows import Column

LOWEST, HIGHEST = -(1 << 62), 1 << 62
"""What lies between is a usual time; columns hold no others."""


class Block:
    """At most *room* commands, column by column; *first* commands and *end* idents are before them."""

    __slots__ = (
        "ats", "count", "end", "ends", "first", "lines", "op", "ref_of", "refs", "texts", "times",
    )  # fmt: skip

    def __init__(self, texts: Texts, room: int, first: int, end: int) -> None:
        self.texts = texts
        self.first = first
        self.end = end
        self.count = 0
        """How many there are so far."""
        self.lines: Column[Any, Any] = array("q", bytes(8 * room))
        self.ats: Column[Any, Any] = array("q", bytes(8 * room))
        self.op: Column[Any, Any] = array("b", bytes(room))
        self.ends: Column[Any, Any] = array("q", bytes(8 * room))
        self.ref_of: Column[Any, Any] = array("i", bytes(4 * room))
        self.refs: list[str | None] = []
        """The refs as they were given; their numbers are found when the block ends."""
        self.times: list[int] = []
        """The times that were given."""

    def add(self, line: int, at: int, op: int, ref: str | None, is_resolve: bool) -> None:
        """Add a command, whose identifiers are there. A resolve that has no ref is named by its line."""
        count = self.count
        self.lines[count] = line
        self.ats[count] = at
        self.op[count] = op
        self.ends[count] = self.end + self.texts.n_taken
        self.ref_of[count] = codes.NOBODY if ref is None and not is_resolve else 0
        self.refs.append(ref)
        self.count = count + 1

    def column(self, column: Column[Any, Any]) -> "array[int]":
        """Return a column as far as there are commands."""
        return beginning(column, self.count)


def take_lines(block: Block, entries: Sequence[Any], numbers: Column[Any, Any], times: TimeParts, start: int) -> int:
    """Take decoded lines from *start* on, up to one that is out of the ordinary: its place, the end if none is."""
    size = len(entries)
    for place in range(start, size):
        entry = entries[place]
        if type(entry) is Record or entry.op != "resolve" or entry.new_profile is not None:
            return place
        identifiers = entry.identifiers
        if identifiers is None:
            return place
        moment, at = marks.NOW, entry.at
        if at is not None:
            try:
                moment = at = times.read(at)
            except LineError:
                return place
            if not LOWEST < moment < HIGHEST:
                return place
            block.times.append(at)
        ref = entry.ref
        if ref is not None and (not ref or ref[0].isspace()):
            ref = present(ref)
        block.texts.take_all(identifiers)
        block.add(numbers[place], moment, marks.RESOLVE, ref, True)
    return size
