"""Blocks: many rows of a table at once, column by column, for readers that need no record of every row.

A block gives the columns only where each of its rows is an ordinary one; ``records`` gives the same rows one by one,
and what is wrong with them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import attrs

from resolver.history.columns import Layout
from resolver.history.record import Record
from resolver.history.rows import is_absent, ref_of, text_of, time_of
from resolver.history.times import Times
from resolver.names import IdType, Milliseconds


@attrs.frozen
class Table:
    """Rows as columns: the first is row *first*, every next one has the next number; *texts_of* reads a cell."""

    first: int
    rows: int
    layout: Layout
    columns: Sequence[Sequence[Any]]
    times: Times
    texts_of: Callable[[Any], Sequence[str]]

    def ats(self) -> Sequence[Milliseconds | None]:
        """Give the time of every row; ``LineError`` if any cannot be read."""
        places, read = self.layout.at, self.times.read
        if len(places) == 1:
            cells = self.columns[places[0]]
            if _is_full(cells):
                return [*map(read, cells)]
            return [None if is_absent(cell) else read(cell) for cell in cells]
        return [time_of(places, row, self.times) for row in self._across()] if places else [None] * self.rows

    def refs(self) -> Sequence[str | None]:
        """Give the ref of every row; ``LineError`` if any is no text."""
        places = self.layout.ref
        if len(places) == 1:
            cells = self.columns[places[0]]
            return [*map(text_of, cells)] if _is_full(cells) else [ref_of((0,), (cell,)) for cell in cells]
        return [ref_of(places, row) for row in self._across()] if places else [None] * self.rows

    def identifiers(self) -> Iterator[tuple[IdType, Sequence[Any]]]:
        """Give every column of identifiers with its idType, in the order in which a row presents them."""
        for id_type, places in self.layout.identifiers:
            for place in places:
                yield id_type, self.columns[place]

    def _across(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self.columns, strict=True)


def _is_full(cells: Sequence[Any]) -> bool:
    """Tell at little cost that no cell is absent; False where that is not sure."""
    if {*map(type, cells)} == {str}:
        return "" not in cells and not any(map(str.isspace, cells))
    return {*map(type, cells)} <= {int, datetime}


@attrs.frozen
class Block:
    """Rows that follow one another: as a table, if they are ordinary, and as records in any case."""

    table: Table | None
    records: Callable[[], Iterable[Record]]
