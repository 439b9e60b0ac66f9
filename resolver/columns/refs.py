r"""Refs: the numbers of the caller's own keys; a resolve without one is named by its line, which is not written down.

>>> from array import array
>>> refs = Refs(array("q", [1, 2]), array("i"))
>>> refs.add_all(["crm:1", None], array("q", [1, 2]), array("i", [0, 0])), refs.number("line:2"), refs.name(1)
(None, 1, 'line:2')
>>> refs.since(0)
(b'crm:1\xff', array('q', [0, 2]))
"""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.columns.arrow_files import ArrowFiles
from resolver.kernel import codes, rows
from resolver.kernel.codes import NOBODY
from resolver.kernel.columns import beginning, copied, filled
from resolver.kernel.rows import Column
from resolver.kernel.text_table import TextTable

LINE = "line:"
"""How the name of a line begins that has no ref; its number follows."""

END, END_LETTER = b"\xff", "\xff"
"""What follows a text, and is in none; as a letter, which is in none of ASCII."""


class Refs:
    """Every ref, in the order in which they came first. *lines* and *ref_of* are the columns of the commands."""

    def __init__(self, lines: "array[int]", ref_of: "array[int]") -> None:
        self._lines = lines
        self._ref_of = ref_of
        self._texts = bytearray()
        """The refs that are written down, one after the other, each with ``END``; as objects they would take more."""
        self._starts = array("q")
        """Where the text of a ref begins; ``~line`` where it is named by its line."""
        self._written = TextTable()
        """The numbers of those that are written down."""
        self._by_line: dict[int, int] | None = None
        """The numbers of those that are named by a line, once somebody has named one of them by its text."""
        self._new: list[Any] = []
        """The latest refs, which are not written down yet: a text, or ``~line``."""
        self._no_texts: list[Any] = []
        self._marks = filled("q", 0, codes.AHEAD)

    def __len__(self) -> int:
        return len(self._starts)

    def name(self, number: int) -> str:
        """Return the text of a ref."""
        written = len(self._starts)
        if number >= written:
            new = self._new[number - written]
            return new if isinstance(new, str) else f"{LINE}{~new}"
        start: int = self._starts[number]
        if start < 0:
            return f"{LINE}{~start}"
        return self._texts[start : self._texts.index(END, start)].decode("utf-8", "surrogatepass")

    def names(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of some refs."""
        return [self.name(number) for number in numbers]

    def since(self, first: int) -> "tuple[bytes, array[int]]":
        """Return the refs from a number on: all that are written down, each with ``END``; and of each its line, or 0.

        Those that are named by their line are not written down, and have it; all others have 0.
        """
        lines, written = array("q"), len(self._texts)
        for start in reversed(self._starts[first:]):
            lines.append(~start if start < 0 else 0)
            if start >= 0:
                written = start
        lines.reverse()
        return bytes(self._texts[written:]), lines

    def number(self, ref: str) -> int:
        """Return the number of a ref; ``NOBODY`` if there was none so far."""
        number = self._find(ref)
        return self._of_line(ref) if number < 0 and ref.startswith(LINE) else number

    def add_all(self, refs: list[Any], lines: Column[Any, Any], numbers: Column[Any, Any]) -> None:
        """Take the refs of the next commands, and set their numbers.

        A command without one keeps what *numbers* has for it if that is ``NOBODY``; else it is named by its line.
        """
        start, size = 0, len(refs)
        while start < size:
            end = min(start + codes.AHEAD, size)
            self._written.look_ahead(self._no_texts, refs, start, end, self._marks)
            for place in range(start, end):
                ref = refs[place]
                if ref is not None:
                    numbers[place] = self.take(ref)
                elif numbers[place] != NOBODY:
                    numbers[place] = self._number_of_line(lines[place])
            start = end
        self._write()
        self._ref_of.extend(beginning(numbers, size))

    def take(self, ref: str) -> int:
        """Return the number of a ref, a new one if need be."""
        number = self.number(ref)
        if number < 0:
            number = len(self._starts) + len(self._new)
            self._written.enter(ref, rows.ValueRow(number))  # type: ignore[arg-type]  # a text as it was given
            self._new.append(ref)
        return number

    def _write(self) -> None:
        """Write the latest refs down, all together where their letters are of ASCII, as one text."""
        texts = [ref for ref in self._new if isinstance(ref, str)]
        starts: Column[Any, Any] = array("q", bytes(8 * len(self._new)))
        is_ascii, end = "".join(texts).isascii(), len(self._texts)
        for place, ref in enumerate(self._new):
            if isinstance(ref, str):
                starts[place] = end
                end += 1 + (len(ref) if is_ascii else len(ref.encode("utf-8", "surrogatepass")))
            else:
                starts[place] = ref
        if is_ascii:
            self._texts += END_LETTER.join([*texts, ""]).encode("latin-1")
        else:
            self._texts += END.join([*[ref.encode("utf-8", "surrogatepass") for ref in texts], b""])
        self._starts.extend(beginning(starts, len(self._new)))
        self._new = []

    def add_block(self, first: int, given: "array[int]", texts: Sequence[str]) -> None:
        """Take the refs of a block of resolves, whose lines stand in the column from the place *first* on.

        ``texts[code]`` is the ref of a row, which has none where the code is below 0.
        """
        size = len(given)
        lines, numbers = self._lines[first : first + size], array("i", bytes(4 * size))
        if texts or self._by_line is not None:
            self.add_all([None if code < 0 else texts[code] for code in given], lines, numbers)
        elif size:
            self._add_lines(lines, numbers)

    def _add_lines(self, lines: Column[Any, Any], numbers: Column[Any, Any]) -> None:
        """Take the lines of the next commands as their refs, of which nobody has named one by its text."""
        size, base = len(lines), len(self._starts)
        starts: Column[Any, Any] = array("q", bytes(8 * size))
        for place in range(size):
            starts[place] = ~lines[place]
            numbers[place] = base + place
        self._starts.extend(beginning(starts, size))
        self._ref_of.extend(beginning(numbers, size))

    def _number_of_line(self, line: int) -> int:
        number = len(self._starts) + len(self._new)
        if self._by_line is not None:
            known = self._find(f"{LINE}{line}")
            if known >= 0:
                return known
            self._by_line[line] = number
        self._new.append(~line)
        return number

    def _of_line(self, ref: str) -> int:
        """Return the number of a ref that is named by its line; from now on, those are known by their lines."""
        if self._by_line is None:
            if self._new:
                self._write()
            self._by_line = {~start: number for number, start in enumerate(self._starts) if start < 0}
        digits = ref[len(LINE) :]
        line = int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else 0
        return self._by_line.get(line, NOBODY) if str(line) == digits else NOBODY

    def _find(self, ref: str) -> int:
        """The number of a ref that is written down; ``NOBODY`` if it is not. O(1), as ``TextTable.find``."""
        table = self._written
        if table.rows is not None:
            return table.rows.get(ref, NOBODY)
        mark = hash(ref) & 0x7FFFFFFF
        last = len(table.slots) - 1
        place = mark & last
        while table.slots[place] != codes.NONE:
            number = table.slots[place] & 0x7FFFFFFF
            if table.slots[place] >> 32 == mark and self.name(number) == ref:
                return number
            place = place + 1 & last
        return codes.NOBODY

    @property
    def size(self) -> int:
        """The bytes that the columns take in memory which can be put away."""
        return 8 * (len(self._starts) + len(self._written.slots))

    def put_away(self, files: ArrowFiles) -> None:
        """Put the columns into files; no ref comes any more."""
        self._lines = self._ref_of = array("q")
        (self._starts,) = files.put("refs", {"start": self._starts})
        if self._written.rows is None:
            (self._written.slots,) = files.put("refs_by_hash", {"slot": self._written.slots})

    def __reduce__(self) -> "tuple[Any, ...]":
        return Refs, (self._lines, self._ref_of), (self._texts, copied(self._starts))

    def __setstate__(self, state: "tuple[bytearray, array[int]]") -> None:
        self._texts, self._starts = state
        for number in range(len(self._starts)):  # another process hashes otherwise
            if self._starts[number] >= 0:
                self._written.enter(self.name(number), rows.ValueRow(number))  # type: ignore[arg-type]
