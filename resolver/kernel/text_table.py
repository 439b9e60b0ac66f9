"""Text tables: from the texts of one idType to the rows of their values.

Compiled, a table is an open hash table in one column of integers: it holds no objects, so it takes 12 to 24 bytes a
value, where a dict takes about a hundred, is copied as a block, and needs fewer instructions to find a text and to
enter it. The interpreter finds a text in a dict many times as fast as in a column, so there a table is a dict. Nothing
depends on the order in which either has its texts.
"""

from typing import Any

from resolver.kernel import codes, rows
from resolver.kernel.columns import COMPILED, copied, filled
from resolver.kernel.rows import Column, Texts, ValueRow
from resolver.names import Value

LEAST_ROOM = 16


class TextTable:
    """The rows of the values of one idType by their texts, which stand in ``Tables.text`` and are given as *texts*.

    A slot holds the last 31 bits of the text's hash and the row, so nearly no text but the right one is looked at, and
    none when the table grows. The interpreter's hashes are seeded, so nobody can choose texts that collide. What
    strikes in the middle of a command (I7) does not do so between two lines of compiled code.

    >>> texts, table = ["ada", "bob"], TextTable(is_hashed=True)
    >>> table.enter("ada", 0); table.enter("bob", 1)
    >>> table.find(texts, "bob"), table.find(texts, "eve"), len(table)
    (1, -1, 2)
    """

    __slots__ = ("rows", "size", "slots")

    def __init__(self, is_hashed: bool = COMPILED) -> None:
        self.rows: dict[str, ValueRow] | None = None if is_hashed else {}
        """The whole table, where it is a dict."""
        self.slots: Column[int, int] = filled("q", codes.NONE, LEAST_ROOM if is_hashed else 0)
        """The slots; ``NONE`` is a free one. Their number is a power of two, and at most two thirds are in use."""
        self.size = 0
        """How many slots are in use."""

    def __len__(self) -> int:
        return self.size if self.rows is None else len(self.rows)

    def find(self, texts: Texts, text: str) -> ValueRow:
        """The row of a text; ``NO_VALUE`` if it is not there. O(1)."""
        if self.rows is not None:
            return self.rows.get(text, codes.NO_VALUE)
        mark = hash(text) & 0x7FFFFFFF
        last = len(self.slots) - 1
        place = mark & last
        slot = self.slots[place]
        while slot != codes.NONE:
            if slot >> 32 == mark:
                row = rows.ValueRow(slot & 0x7FFFFFFF)
                if texts[row] == text:
                    return row
            place = place + 1 & last
            slot = self.slots[place]
        return codes.NO_VALUE

    def look_ahead(self, texts: Texts, given: list[Any], start: int, end: int, marks: Column[int, int]) -> int:
        """Look where some texts may stand, which are asked for next; nothing is changed, and the answer has no meaning.

        A search waits twice for memory, for a slot and for the text that it names. Where many are made in short loops,
        as here, a processor fetches what they need together. *marks* is room for one integer each.
        """
        seen = 0
        if self.rows is None:
            last = len(self.slots) - 1
            for place in range(start, end):
                marks[place - start] = hash(given[place]) & 0x7FFFFFFF
            for place in range(end - start):
                slot = self.slots[marks[place] & last]
                marks[place] = slot & 0x7FFFFFFF if slot >> 32 == marks[place] else codes.NONE
            for place in range(end - start):
                if 0 <= marks[place] < len(texts):
                    seen += len(texts[rows.ValueRow(marks[place])])
        return seen

    def enter(self, text: Value, row: ValueRow) -> None:
        """Enter a text that is not there. O(1) amortized."""
        if self.rows is not None:
            self.rows[text] = row
        else:
            self.enter_marked(hash(text) & 0x7FFFFFFF, row)

    def enter_marked(self, mark: int, row: ValueRow) -> None:
        """Enter the row of a text that is not there, by the last 31 bits of its hash."""
        if 3 * self.size >= 2 * len(self.slots) - 3:
            self.reserve(self.size + 1)
        last = len(self.slots) - 1
        place = mark & last
        while self.slots[place] != codes.NONE:
            place = place + 1 & last
        self.slots[place] = (mark << 32) + row
        self.size += 1

    def leave(self, text: Value, row: ValueRow) -> None:
        """Take out a text, if it is there with this row. O(1)."""
        if self.rows is not None:
            if self.rows.get(text) == row:
                del self.rows[text]
        else:
            mark = hash(text) & 0x7FFFFFFF
            last = len(self.slots) - 1
            place = mark & last
            wanted = (mark << 32) + row
            while self.slots[place] != wanted and self.slots[place] != codes.NONE:
                place = place + 1 & last
            if self.slots[place] == wanted:
                self.close_gap(place)

    def close_gap(self, gap: int) -> None:
        """Free a slot, and let those behind it move up that would not be found any more."""
        last = len(self.slots) - 1
        place = gap + 1 & last
        slot = self.slots[place]
        while slot != codes.NONE:
            home = slot >> 32 & last
            if place - home & last >= place - gap & last:
                self.slots[gap] = slot
                gap = place
            place = place + 1 & last
            slot = self.slots[place]
        self.slots[gap] = codes.NONE
        self.size -= 1

    def reserve(self, size: int) -> None:
        """Make room for so many texts in all."""
        old = len(self.slots)
        room = old
        while self.rows is None and 3 * size > 2 * room:
            room *= 2
        if room > old:
            self.slots = rehashed(self.slots, filled("q", codes.NONE, room))

    def all_rows(self) -> list[ValueRow]:
        """The rows of all texts, in no order that means anything. O(texts)."""
        if self.rows is not None:
            return list(self.rows.values())
        return [rows.ValueRow(slot & 0x7FFFFFFF) for slot in self.slots if slot != codes.NONE]

    def copy(self) -> "TextTable":
        """An independent copy. O(texts), with a small constant."""
        other = TextTable(self.rows is None)
        other.take_all(self)
        return other

    def take_all(self, other: "TextTable") -> None:
        """Become a copy of another table, which is of the same kind. O(texts), with a small constant."""
        if other.rows is not None:
            self.rows = other.rows.copy()
        self.slots = copied(other.slots)
        self.size = other.size


def rehashed(old: Column[int, int], new: Column[int, int]) -> Column[int, int]:
    """Enter all slots in use into a new column, which is given back."""
    last = len(new) - 1
    for place in range(len(old)):
        slot = old[place]
        if slot != codes.NONE:
            there = slot >> 32 & last
            while new[there] != codes.NONE:
                there = there + 1 & last
            new[there] = slot
    return new
