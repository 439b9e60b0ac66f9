"""Refs: the numbers of the caller's own keys; a resolve without one is named by its line, which is not written down.

>>> from array import array
>>> refs = Refs(array("q", [1, 2]), array("i"))
>>> refs.add("crm:1", 1, True), refs.add(None, 2, True), refs.number("line:2"), refs.name(1)
(None, None, 1, 'line:2')
"""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.history.column_loops import renumber
from resolver.history.encoded import ABSENT
from resolver.kernel import rows
from resolver.kernel.codes import NOBODY
from resolver.kernel.text_table import TextTable

LINE = "line:"
"""How the name of a line begins that has no ref; its number follows."""


class Refs:
    """Every ref, in the order in which they came first. *lines* and *ref_of* are the columns of the commands."""

    def __init__(self, lines: "array[int]", ref_of: "array[int]") -> None:
        self._lines = lines
        self._ref_of = ref_of
        self._names: list[Any] = []
        """The text of a ref, or the line by which it is named."""
        self._written = TextTable()
        """The numbers of those that are written down."""
        self._by_line: dict[int, int] | None = None
        """The numbers of those that are named by a line, once somebody has named one of them by its text."""

    def __len__(self) -> int:
        return len(self._names)

    def name(self, number: int) -> str:
        """Return the text of a ref."""
        name = self._names[number]
        return name if isinstance(name, str) else f"{LINE}{name}"

    def number(self, ref: str) -> int:
        """Return the number of a ref; ``NOBODY`` if there was none so far."""
        number: int = self._written.find(self._names, ref)
        return self._of_line(ref) if number < 0 and ref.startswith(LINE) else number

    def add(self, ref: str | None, line: int, is_resolve: bool) -> None:
        """Take the ref of the next command."""
        self._ref_of.append(self.take(ref, line, is_resolve))

    def add_all(self, numbers: list[int]) -> None:
        """Let these be the refs of the next commands, whose numbers were asked for."""
        self._ref_of.fromlist(numbers)

    def take(self, ref: str | None, line: int, is_resolve: bool) -> int:
        """Return the number of the ref of a command, a new one if need be."""
        if ref is None:
            return self._number_of_line(line) if is_resolve else NOBODY
        number = self.number(ref)
        if number < 0:
            number = len(self._names)
            self._written.enter(ref, rows.ValueRow(number))  # type: ignore[arg-type]  # a text as it was given
            self._names.append(ref)
        return number

    def add_block(self, first: int, codes: "array[int]", texts: Sequence[str]) -> None:
        """Take the refs of a block of resolves, whose lines stand in the column from the place *first* on.

        ``texts[code]`` is the ref of a row, which has none where the code is below 0.
        """
        used = dict.fromkeys(codes)
        if ABSENT in used:
            for place, code in enumerate(codes, first):
                self.add(None if code < 0 else texts[code], self._lines[place], True)
            return
        numbers = array("i", [NOBODY]) * len(texts)
        for code in used:
            numbers[code] = self.take(texts[code], 0, True)
        given = codes[:]
        renumber(given, numbers)
        self._ref_of.extend(given)

    def _number_of_line(self, line: int) -> int:
        number = len(self._names)
        if self._by_line is not None:
            known: int = self._written.find(self._names, f"{LINE}{line}")
            if known >= 0:
                return known
            self._by_line[line] = number
        self._names.append(line)
        return number

    def _of_line(self, ref: str) -> int:
        """Return the number of a ref that is named by its line; from now on, those are known by their lines."""
        if self._by_line is None:
            self._by_line = {name: number for number, name in enumerate(self._names) if isinstance(name, int)}
        digits = ref[len(LINE) :]
        line = int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 20 else 0
        return self._by_line.get(line, NOBODY) if str(line) == digits else NOBODY

    def __reduce__(self) -> "tuple[Any, ...]":
        return Refs, (self._lines, self._ref_of), self._names

    def __setstate__(self, names: "list[str | int]") -> None:
        self._names = names
        for number, name in enumerate(names):  # another process hashes otherwise
            if isinstance(name, str):
                self._written.enter(name, rows.ValueRow(number))  # type: ignore[arg-type]
