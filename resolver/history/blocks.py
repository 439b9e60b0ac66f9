"""Blocks of columns: lines that follow one another, numbered column by column instead of record by record.

>>> from resolver.commands import Resolve
>>> one, other = Resolve({"chat": ["x", "y"]}, 5), Resolve({"chat": "x"})
>>> block = block_of_records([Record(1, "a", "resolve", one), Record(3, None, "resolve", other)])
>>> block.texts, list(block.idents), list(block.offsets), list(block.ats) == [5, NO_TIME]
(['x', 'y'], [0, 1, 0], [0, 2, 3], True)
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol

import attrs

from resolver.commands import Resolve
from resolver.history.column_loops import (
    add_up,
    count_codes,
    count_lists,
    count_up,
    place_codes,
    place_lists,
    stretch_end,
)
from resolver.history.encoded import ABSENT, FEW, HIGHEST, LOWEST, NO_TIME, Encoded, encoded_cells, without
from resolver.history.letters import Letters
from resolver.history.record import Record
from resolver.history.tables import Rows, Table, ref_of, time_of
from resolver.names import IdType


@attrs.frozen
class ColumnBlock:
    """Commands that follow one another, column by column; a text may stand there several times.

    Command ``c`` is the resolve of the line ``lines[c]`` at ``ats[c]`` (``NO_TIME``: none is given). Its ref is
    ``ref_texts[refs[c]]`` (``ABSENT``: it has none). Its identifiers are ``idents`` from ``offsets[c]`` to before
    ``offsets[c + 1]``, in the order in which the line presents them: ident ``i`` is the raw text ``texts[i]`` of the
    idType ``id_types[type_of[i]]``, and None there says that the idType was named with an empty list.

    What is no such resolve (another command, a time beyond 62 bits, odd identifiers) is a record in ``apart``, by the
    number of its command, which has no identifiers in the columns. ``rejected`` are the lines that could not be
    understood, each with the number of commands before it. ``sources`` has what each command's record has as its
    source.
    """

    lines: "array[int]"
    ats: "array[int]"
    refs: "array[int]"
    ref_texts: Sequence[str]
    id_types: Sequence[IdType]
    type_of: "array[int]"
    texts: Sequence[str | None]
    idents: "array[int]"
    offsets: "array[int]"
    apart: Mapping[int, Record]
    rejected: Sequence[tuple[int, Record]]
    sources: Sequence[Any]

    def __len__(self) -> int:
        return len(self.lines)

    def columns(self) -> "Iterator[tuple[IdType, Sequence[str | None]]]":
        """Yield the texts stretch by stretch, those of a stretch with their idType."""
        parts = self.texts.parts if isinstance(self.texts, Joined) else self._stretches()
        start = 0
        for texts in parts:
            if len(texts):
                yield self.id_types[self.type_of[start]], texts
            start += len(texts)

    def _stretches(self) -> Iterator[Sequence[str | None]]:
        end = 0
        while (start := end) < len(self.texts):
            end = stretch_end(self.type_of, start)
            yield self.texts[start:end]

    def records(self) -> Iterator[Record]:
        """Yield the records of the block, as the reader of rows has them; a list of one value is that value."""
        places = iter(self.rejected)
        place, refused = next(places, (-1, None))
        for command in range(len(self) + 1):
            while place == command and refused is not None:
                yield refused
                place, refused = next(places, (-1, None))
            if command < len(self):
                yield self.apart.get(command) or self._resolve(command)

    def _resolve(self, command: int) -> Record:
        identifiers: dict[IdType, Any] = {}
        for ident in self.idents[self.offsets[command] : self.offsets[command + 1]]:
            listed = identifiers.setdefault(self.id_types[self.type_of[ident]], [])
            if self.texts[ident] is not None:
                listed.append(self.texts[ident])
        given = {name: listed[0] if len(listed) == 1 else listed for name, listed in identifiers.items()}
        ref, at = self.refs[command], self.ats[command]
        return Record(
            self.lines[command],
            None if ref == ABSENT else self.ref_texts[ref],
            "resolve",
            Resolve(given, None if at == NO_TIME else at),
            source=self.sources[command],
        )


class Chosen(Sequence[Any]):
    """Some of a sequence, by their places."""

    def __init__(self, given: Sequence[Any], places: Sequence[int]) -> None:
        self._given = given
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._given[each] for each in self._places[place]]
        return self._given[self._places[place]]


class Joined(Sequence[str | None]):
    """Sequences one after the other; each begins at its base."""

    def __init__(self, parts: Sequence[Sequence[str | None]]) -> None:
        self.parts = parts
        *self.bases, self._size = accumulate(map(len, parts), initial=0)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: Any) -> Any:
        part = bisect_right(self.bases, place) - 1
        return self.parts[part][place - self.bases[part]]


def block_of_records(records: Iterable[Record]) -> ColumnBlock:
    """Return records as columns, in one pass: a dict look-up an identifier."""
    lines, ats, refs, idents, offsets = array("q"), array("q"), array("i"), array("i"), array("q", [0])
    ref_numbers: dict[str, int] = {}
    numbers: dict[IdType, dict[str | None, int]] = {}
    type_of, texts = array("i"), list[str | None]()
    apart: dict[int, Record] = {}
    rejected: list[tuple[int, Record]] = []
    sources: list[Any] = []

    def number(id_type: IdType, text: str | None) -> int:
        table = numbers.setdefault(id_type, {})
        found = table.get(text)
        if found is None:
            found = table[text] = len(texts)
            texts.append(text)
            type_of.append(list(numbers).index(id_type))
        return found

    for record in records:
        if record.command is None:
            rejected.append((len(lines), record))
            continue
        given = _plain_identifiers(record)
        at: Any = record.command.at
        if given is None or not (at is None or is_usual_time(at)):
            apart[len(lines)] = record
            given, at = (), at if isinstance(at, int) and is_usual_time(at) else None
        for id_type, raw in given:
            if isinstance(raw, str):
                idents.append(number(id_type, raw))
            elif raw:
                idents.extend([number(id_type, each) for each in raw])
            else:
                idents.append(number(id_type, None))
        lines.append(record.line)
        ats.append(NO_TIME if at is None else at)
        refs.append(ABSENT if record.ref is None else ref_numbers.setdefault(record.ref, len(ref_numbers)))
        offsets.append(len(idents))
        sources.append(record.source)
    return ColumnBlock(
        lines, ats, refs, list(ref_numbers), list(numbers), type_of, texts, idents, offsets, apart, rejected,
        sources,
    )  # fmt: skip


def is_usual_time(at: Any) -> bool:
    """Whether a time is one that columns hold."""
    return type(at) is int and LOWEST < at < HIGHEST


def _plain_identifiers(record: Record) -> "Iterable[tuple[IdType, Any]] | None":
    """Return the identifiers of an ordinary resolve: texts and lists of texts by their idTypes; None for any other."""
    command = record.command
    if type(command) is not Resolve or command.new_profile_id is not None or type(command.identifiers) is not dict:
        return None
    given = command.identifiers
    for id_type, raw in given.items():
        texts = raw if type(raw) is list else (raw,)
        if type(id_type) is not str or any(type(text) is not str for text in texts):
            return None
    return given.items()


class RowColumns(Protocol):
    """Rows that follow one another, whose columns can be encoded: a ``Table`` of Python values, or a batch of Arrow."""

    @property
    def first(self) -> int:
        """The line of the first row; every next one has the next number."""

    @property
    def count(self) -> int:
        """The number of rows."""

    @property
    def rows(self) -> Rows:
        """How a row is read."""

    def cells(self, place: int) -> Sequence[Any]:
        """Return the cells of a column, as a row has them."""

    def row(self, row: int) -> Sequence[Any]:
        """Return the cells of a row."""

    def table(self) -> Table:
        """Return the rows with the values of Python."""

    def sources(self) -> Sequence[Any]:
        """Return what the records of the rows have as their sources."""

    def records(self) -> Iterator[Record]:
        """Yield the rows as records."""

    def encoded(self, place: int, separator: str | None) -> Encoded:
        """Return a column of identifiers, or of refs."""

    def usual_times(self, place: int) -> "array[int] | None":
        """Return a column of times if all of them are plain, ``NO_TIME`` where there is none."""


def block_of_rows(given: RowColumns) -> ColumnBlock:
    """Return the rows of a table as columns; a row with a cell that cannot be read is read as a record."""
    layout = given.rows.layout
    refs, ats = _refs(given, layout.ref), _times(given, layout.at)
    if ats is None:
        return block_of_records(given.records())
    columns = [
        (id_type, given.encoded(place, layout.separators.get((id_type, place))))
        for id_type, places in layout.identifiers
        for place in places
    ]
    times, unread = ats
    lines = array("q", bytes(8 * given.count))
    count_up(lines, given.first)
    sources = given.sources()
    rejected: list[tuple[int, Record]] = []
    gone = sorted({*unread, *refs.bad, *(row for _, column in columns for row in column.bad)})
    if gone:
        rows = given.table() if len(gone) > FEW else given
        read = (given.rows.record(given.first + row, rows.row(row), sources[row]) for row in gone)
        rejected = [(row - before, record) for before, (row, record) in enumerate(zip(gone, read, strict=True))]
        sources = Chosen(sources, without(array("i", range(given.count)), gone))
        lines, times, refs = without(lines, gone), without(times, gone), refs.without(gone)
        columns = [(id_type, column.without(gone)) for id_type, column in columns]
    given.rows.notes.split_cells += sum(column.split_cells for _, column in columns)
    id_types = list(dict.fromkeys(id_type for id_type, _ in columns))
    type_of = array("i")
    for id_type, column in columns:
        type_of.extend(array("i", [id_types.index(id_type)]) * len(column.texts))
    texts = Joined([column.texts for _, column in columns])
    idents, offsets = _across([column for _, column in columns], texts.bases, len(lines))
    return ColumnBlock(
        lines, times, refs.codes, refs.texts, id_types, type_of, texts, idents, offsets, {}, rejected,
        sources,
    )  # fmt: skip


def _refs(given: RowColumns, places: Sequence[int]) -> Encoded:
    """Return the refs; of several columns each row's parts are one cell, and it is read as a row's."""
    if not places:
        return Encoded((), array("i", [ABSENT]) * given.count)
    if len(places) == 1:
        refs = given.encoded(places[0], None)
        return attrs.evolve(refs, texts=refs.texts.listed()) if isinstance(refs.texts, Letters) else refs
    parts = range(len(places))

    def texts_of(cells: Sequence[Any]) -> Sequence[str]:
        ref = ref_of(parts, cells)
        return () if ref is None else (ref,)

    return encoded_cells(_joined(given, places), texts_of)


def _times(given: RowColumns, places: Sequence[int]) -> "tuple[array[int], Sequence[int]] | None":
    """Return the times and the rows whose time cannot be read; None if one is out of the ordinary."""
    if not places:
        return array("q", [NO_TIME]) * given.count, ()
    usual = given.usual_times(places[0]) if len(places) == 1 else None
    if usual is not None:
        return usual, ()
    parts, times = range(len(places)), given.rows.times

    def times_of(cells: Sequence[Any]) -> Sequence[Any]:
        at = time_of(parts, cells, times)
        return () if at is None else (at,)

    read = encoded_cells(_joined(given, places), times_of)
    found: Sequence[Any] = read.texts
    if not all(map(is_usual_time, found)):
        return None
    return array("q", [NO_TIME if code == ABSENT else found[code] for code in read.codes]), read.bad


def _joined(given: RowColumns, places: Sequence[int]) -> list[tuple[Any, ...]]:
    return [*zip(*map(given.cells, places), strict=True)]


def _across(columns: Sequence[Encoded], bases: Sequence[int], rows: int) -> "tuple[array[int], array[int]]":
    """Return the codes of columns row by row, each plus the base of its column, and where each row begins. O(codes)."""
    counts = array("i", bytes(4 * rows))
    for column in columns:
        if column.offsets is None:
            count_codes(column.codes, counts)
        else:
            count_lists(column.offsets, counts)
    offsets = array("q", bytes(8 * (rows + 1)))
    add_up(counts, offsets)
    places, idents = offsets[:-1], array("i", bytes(4 * offsets[-1]))
    for column, base in zip(columns, bases, strict=True):
        if column.offsets is None:
            place_codes(column.codes, base, places, idents)
        else:
            place_lists(column.codes, column.offsets, base, places, idents)
    return idents, offsets
