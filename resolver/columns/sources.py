"""Sources: what the records of a history were made from, as long as somebody may ask for it.

A rejected line is shown as it was. One replay asks as it goes, so nothing but the latest block is kept. Where a
history is read once for several replays, all of it is: lines of files in a temporary file, objects given from Python
as they are.
"""

import pickle
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from resolver.interrupts import interrupts_held


class Sources:
    """The sources of commands, by their numbers in a history.

    >>> sources = Sources(keeps=False)
    >>> sources.add(0, [b"one", b"two"])
    >>> sources[1]
    b'two'
    """

    def __init__(self, keeps: bool) -> None:
        self.keeps = keeps
        self._firsts: list[int] = [0]
        """The number of the first command of each block."""
        self._blocks: list[Sequence[Any] | int] = [[]]
        """The blocks, or where they stand in the file."""
        self._file: Any = None
        self._lately: tuple[int, Sequence[Any]] = (-1, [])
        """The place of the block that was read from the file last, and the block."""

    def add(self, first: int, block: Sequence[Any]) -> None:
        """Begin a block, whose first command has the number *first*; a list may grow until the next one begins."""
        if not self.keeps:
            self._firsts, self._blocks = [first], [block]
            return
        self._blocks[-1] = self._put_away(self._blocks[-1])
        self._firsts.append(first)
        self._blocks.append(block)

    def __getitem__(self, number: int) -> Any:
        place = bisect_right(self._firsts, number) - 1
        block = self._blocks[place]
        if isinstance(block, int):
            if self._lately[0] != place:
                self._file.seek(block)
                self._lately = place, pickle.load(self._file)
            block = self._lately[1]
        number -= self._firsts[place]
        return block[number]

    def _put_away(self, block: Sequence[Any] | int) -> Sequence[Any] | int:
        """Write a block to the file, and return where; the block itself where it holds what is no plain data."""
        if isinstance(block, list) and {*map(type, block)} - {bytes}:
            return block
        if self._file is None:
            with interrupts_held():
                self._file = tempfile.TemporaryFile(prefix="resolver-lines-")  # noqa: SIM115 - it lives on
                weakref.finalize(self, self._file.close)
        place: int = self._file.seek(0, 2)
        pickle.dump(block, self._file, pickle.HIGHEST_PROTOCOL)
        return place

    def __reduce__(self) -> "tuple[type[NoSources], tuple[()]]":
        return NoSources, ()  # a history that is sent to another process has no lines to show


class NoSources(Sources):
    """The sources of a history of which nobody shows a line."""

    def __init__(self) -> None:
        super().__init__(keeps=False)

    def __getitem__(self, number: int) -> bytes:
        return b""
