"""Sent: in a worker, what a task is sent: its lines, and of a run that it goes on from, stores and where refs were.

A row is a line, unless it has a piece of a store, or a ref. Its ``giant`` is its component, where that is large enough
to leave its store behind.
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from resolver.simulate.saved_format import read_text, text_or_none
from resolver.spark.given_lines import LINES
from resolver.spark.packages import arrow, numpy

LINE = ("line", "part", "raw", "giant")
"""The columns of every row."""

STANDS = "physical"
"""The further column of sorted lines: where one stands. Its ``line`` is its place in the order of the times."""

BEFORE = ("place", "state", "ref", "profile_id")
"""The further columns where a run goes on from another: a piece of a store with its place among them, or a ref."""


class Lines:
    """Lines in the order of their numbers, piece by piece: columns of numbers and of lines."""

    def __init__(self, pieces: list[tuple[Any, Any]]) -> None:
        self._pieces = pieces

    def __len__(self) -> int:
        return sum(len(numbers) for numbers, _ in self._pieces)

    def numbers(self) -> Any:
        """Return the numbers of the lines as a column of numpy."""
        np = numpy()
        return np.concatenate([np.zeros(0, np.int64), *[numbers.to_numpy() for numbers, _ in self._pieces]])

    def pieces(self, *, is_last_time: bool = False) -> Iterator[tuple[Any, Any]]:
        """Yield the pieces; the *last time* each is let go of when the next one is asked for."""
        if not is_last_time:
            yield from self._pieces
            return
        self._pieces.reverse()
        while self._pieces:
            yield self._pieces.pop()

    def cut_at(self, number: int) -> tuple["Lines", "Lines"]:
        """Return the lines up to a number, and the others; nothing is left here."""
        pa, earlier, later = arrow(), list[tuple[Any, Any]](), list[tuple[Any, Any]]()
        for numbers, raws in self.pieces(is_last_time=True):
            count = pa.compute.sum(pa.compute.less_equal(numbers, number)).as_py()
            if count:
                earlier.append((numbers.slice(0, count), raws.slice(0, count)))
            if count < len(numbers):
                later.append((numbers.slice(count), raws.slice(count)))
        return Lines(earlier), Lines(later)


@attrs.frozen
class Sent:
    """What a task is sent."""

    lines: Lines
    parts: dict[str, int]
    """How many lines each part has."""
    giants: dict[int, "array[int]"]
    """The lines of each giant, in their order."""
    stores: dict[int, tuple[int, bytes]]
    """Stores that giants left behind: by a line of each the giant that it is in now, and its snapshot."""
    moments: dict[int, list[int]]
    """The times of lines that have none, for each of the settings."""
    refs: dict[str, str | None]
    """The profile of the last applied line of each ref that is named, before these lines; None if it is gone."""
    order: "Order | None" = None
    """What places lines have, where they are sorted."""

    @classmethod
    def of(cls, batches: Iterable[Any]) -> "Sent":
        """Return what comes in batches of Arrow."""
        pa = arrow()
        every = list(batches)
        if not sum(batch.num_rows for batch in every):
            return cls(Lines([]), {}, {}, {}, {}, {})
        table = pa.Table.from_batches(every)
        del every
        others: list[dict[str, Any]] = []
        if set(BEFORE) <= {*table.column_names}:
            is_line = pa.compute.and_(table["state"].is_null(), table["ref"].is_null())
            others = table.filter(pa.compute.invert(is_line)).drop_columns(["raw"]).to_pylist()
            table = table.filter(is_line).drop_columns([*BEFORE])
        is_sorted = STANDS in table.column_names
        stands = STANDS if is_sorted else "line"
        parts = {str(each["values"]): each["counts"] for each in table["part"].value_counts().to_pylist()}
        giants = _lines_of(table) if "giant" in table.column_names and not is_sorted else {}
        moments = _moments(table, stands) if "moments" in table.column_names else {}
        order = Order(table) if is_sorted else None
        places = pa.compute.sort_indices(table["line"])
        table = table.select([stands, "raw"]).combine_chunks()
        pieces = []
        for start in range(0, len(places), LINES):
            piece = table.take(places.slice(start, LINES)).combine_chunks()
            pieces.append((_whole(piece.column(0)), _whole(piece.column(1))))
        del table
        pa.default_memory_pool().release_unused()  # what the batches had, and the table
        parts = dict(sorted(parts.items(), key=lambda each: int(each[0])))
        return cls(Lines(pieces), parts, giants, _stores(others), moments, _refs(others), order)


class Order:
    """The places of sorted lines in the order of their times."""

    def __init__(self, table: Any) -> None:
        lines = table[STANDS].to_numpy()
        order = numpy().argsort(lines)
        self._lines, self._places = lines[order], table["line"].to_numpy()[order]

    def __call__(self, lines: "array[int]") -> "array[int]":
        """Return the places of some lines. O(lines log n)."""
        return array("q", self._places[numpy().searchsorted(self._lines, lines)].tobytes())


def _whole(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else arrow().concat_arrays(column.chunks)


def _lines_of(table: Any) -> dict[int, "array[int]"]:
    np, giants = numpy(), table["giant"]
    if giants.null_count == len(giants):
        return {}
    known = table.select(["line", "giant"]).filter(giants.is_valid())
    lines, labels = known["line"].to_numpy(), known["giant"].to_numpy()
    return {int(each): array("q", np.sort(lines[labels == each]).tobytes()) for each in np.unique(labels)}


def _moments(table: Any, stands: str) -> dict[int, list[int]]:
    known = table.select([stands, "moments"]).filter(table["moments"].is_valid())
    return dict(zip(known[stands].to_pylist(), known["moments"].to_pylist(), strict=True))


def _stores(rows: list[dict[str, Any]]) -> dict[int, tuple[int, bytes]]:
    pieces: dict[int, list[tuple[int, bytes]]] = {}
    giants: dict[int, int] = {}
    for row in rows:
        if row["state"] is not None:
            pieces.setdefault(row["line"], []).append((row["place"], row["state"]))
            giants[row["line"]] = row["giant"]
    return {line: (giants[line], b"".join(state for _, state in sorted(every))) for line, every in pieces.items()}


def _refs(rows: list[dict[str, Any]]) -> dict[str, str | None]:
    return {read_text(row["ref"]): text_or_none(row["profile_id"]) for row in rows if row["ref"] is not None}
