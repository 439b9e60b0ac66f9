"""Tables: which columns are the ref, the time and the identifiers, and the rows of cells as resolve commands.

Every format that has columns is read here, row by row as records, or many rows at once as columns.

>>> columns = parse_map(["phone=HOME_PHONE,MOBILE", "ref=ID"])
>>> header = ["ID", "HOME_PHONE", "MOBILE", "email", "AGE"]
>>> layout = Layout.of("people.csv", header, columns, {"email", "phone"})
>>> layout.ref, layout.identifiers, layout.ignored
((0,), (('phone', (1, 2)), ('email', (3,))), ('AGE',))
"""

import re
from array import array
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from resolver.commands import Resolve
from resolver.errors import InvalidHistory, shown
from resolver.history.encoded import Encoded, encoded_cells
from resolver.history.reading import Columns, Notes, Reading
from resolver.history.record import LineError, Record, not_utf8, rejected
from resolver.history.times import Times, TypedTime
from resolver.names import IdType, Milliseconds
from resolver.suggestions import did_you_mean, near

RESERVED = ("ref", "at")

_COLUMN = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>[^",\s](?:[^,]*?[^,\s])?))(?P<split>\[.+?\])?\s*(?:,|\Z)', re.DOTALL
)
"""One column in ``--map``: bare or in double quotes, and maybe its separator in brackets."""

_SPLIT = re.compile(r"(?P<column>.+)\[(?P<separator>.+)\]", re.DOTALL)


@attrs.frozen
class Layout:
    """The places of the columns in a row, counted from 0.

    Several columns of one identifier type each add their values; several of ``ref`` are joined with ``:``,
    and several of ``at`` with a space. ``separators`` has the idTypes and places of which cells are split.
    """

    ref: tuple[int, ...]
    at: tuple[int, ...]
    identifiers: tuple[tuple[IdType, tuple[int, ...]], ...]
    ignored: tuple[str, ...]
    width: int
    near: tuple[tuple[IdType, str], ...] = ()
    """Names that no column serves, each with the ignored column that may have been meant for it."""
    separators: Mapping[tuple[IdType, int], str] = attrs.field(factory=dict)

    @classmethod
    def of(
        cls,
        file: str,
        header: Sequence[str],
        columns: Columns,
        id_types: Collection[IdType] | None,
        separator: str | None = None,
    ) -> "Layout":
        """Lay out the columns of *header*, as mapped by *columns*.

        A column named in *columns* serves there only, and a name given there is served by those columns only.
        Any other column serves under its own name: ``ref``, ``at`` or one of *id_types* (None: any name). The
        rest is ignored, also what *columns* gives to an idType that is not in *id_types*. A column given as
        ``PHONE[|]``, where none has exactly that name, is ``PHONE`` with cells split at ``|``; *separator* splits
        those of all other identifier columns. ``InvalidHistory``, naming the *file*, for a column that is missing
        or that stands twice.
        """
        sources = {target: [_named(file, target, header, text) for text in texts] for target, texts in columns.items()}
        mapped = {column for named in sources.values() for column, _ in named}
        own = [name for name in header if name and name not in mapped and name not in columns]
        chosen = {**sources, **{name: [(name, separator)] for name in own if _means_something(name, id_types)}}
        places = {target: _places(file, header, [column for column, _ in named]) for target, named in chosen.items()}
        places = {target: at for target, at in places.items() if _means_something(target, id_types)}
        used = {place for at in places.values() for place in at}
        ignored = [name for place, name in enumerate(header) if name and place not in used]
        splits = {
            (target, place): own_separator or separator
            for target, at in places.items()
            if target not in RESERVED
            for place, (_, own_separator) in zip(at, chosen[target], strict=True)
        }
        return cls(
            ref=places.pop("ref", ()),
            at=places.pop("at", ()),
            identifiers=tuple(places.items()),
            ignored=tuple(dict.fromkeys(ignored)),
            width=len(header),
            near=tuple(_near([name for name in (*RESERVED, *(id_types or ())) if name not in chosen], ignored)),
            separators={where: text for where, text in splits.items() if text},
        )

    def narrowed(self) -> "tuple[tuple[int, ...], Layout]":
        """Return the places that are used at all, in order, and the layout of a row that has only these."""
        used = sorted({*self.ref, *self.at, *(place for _, places in self.identifiers for place in places)})
        new = {old: place for place, old in enumerate(used)}
        moved = tuple((id_type, tuple(new[old] for old in places)) for id_type, places in self.identifiers)
        return tuple(used), attrs.evolve(
            self,
            ref=tuple(new[old] for old in self.ref),
            at=tuple(new[old] for old in self.at),
            identifiers=moved,
            width=len(used),
            separators={(id_type, new[old]): text for (id_type, old), text in self.separators.items()},
        )


def parse_map(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns that texts such as ``phone=HOME_PHONE,MOBILE`` name; a name given twice adds up.

    A column with a comma, a bracket or a quote in its name stands in double quotes. ``ValueError`` for a text of
    another form.

    >>> parse_map(["phone=HOME", "phone=MOBILE[|]", 'email="E-mail, private"'])
    {'phone': ('HOME', 'MOBILE[|]'), 'email': ('E-mail, private',)}
    """
    columns: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, listed = text.partition("=")
        name = name.strip()
        sources = _listed(listed)
        if not name or not sources:
            raise ValueError(f"map: {text!r} names no columns; expected NAME=COLUMN[,COLUMN]")
        columns[name] = columns.get(name, ()) + sources
    return columns


def source_columns(columns: Columns, header: Container[str]) -> list[str]:
    """Return the columns that a map names, where *header* has some of them; each once.

    >>> source_columns({"phone": ["HOME[|]", "MOBILE"]}, ["MOBILE"])
    ['HOME', 'MOBILE']
    """
    texts = [text for listed in columns.values() for text in listed]
    split = [(text, None if text in header else _SPLIT.fullmatch(text)) for text in texts]
    return [*dict.fromkeys(text if found is None else found["column"] for text, found in split)]


def map_text(name: str, columns: Sequence[str]) -> str:
    """Return what ``--map`` says to read *name* from *columns*; ``parse_map`` reads it back.

    >>> map_text("email", ["E-mail, private"])
    'email="E-mail, private"'
    """
    return f"{name}={','.join(map(_quoted, columns))}"


def column_of(text: str) -> str:
    """Return the column that a text of ``--map`` names, without the separator of its cells."""
    split = _SPLIT.fullmatch(text)
    return text if split is None else split["column"]


def check_targets(name: str, columns: Columns, id_types: Collection[IdType]) -> None:
    """Refuse a mapped name that is neither ``ref``, ``at`` nor one of *id_types*; the nearest is suggested."""
    for target in columns:
        if not _means_something(target, id_types):
            known = [*RESERVED, *id_types]
            expected = f"expected one of {', '.join(known)}{did_you_mean(target, known)}"
            raise InvalidHistory(f"{name}: columns: {target!r} is not an identifier type; {expected}")


def _listed(text: str) -> tuple[str, ...]:
    """Return the columns of a list with commas; none where it is no such list."""
    columns: list[str] = []
    place = 0
    while (found := _COLUMN.match(text, place)) is not None:
        column = found["plain"] or found["quoted"].replace('""', '"')
        columns.append(column + (found["split"] or ""))
        if not found[0].endswith(","):
            return tuple(columns)
        place = found.end()
    return ()


def _quoted(column: str) -> str:
    return column if _listed(column) == (column,) else '"' + column.replace('"', '""') + '"'


def _named(file: str, target: str, header: Sequence[str], text: str) -> tuple[str, str | None]:
    """Return the column that a text of the map names, and the separator of its cells."""
    split = _SPLIT.fullmatch(text)
    if text in header or split is None or split["column"] not in header:
        return text, None
    if target in RESERVED:
        raise InvalidHistory(
            f"{file}: columns: {target!r} is not split, as it has one value a row; expected {split['column']!r}"
        )
    return split["column"], split["separator"]


def _near(names: Sequence[str], ignored: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, column) where an ignored column differs from the name in case and punctuation, or a slip."""
    plain = {_plain(column): column for column in reversed(ignored)}
    for name in names:
        meant = near(_plain(name), plain, least=100 if name in RESERVED else 80)
        if meant:
            yield name, plain[meant[0]]


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def _means_something(name: str, id_types: Collection[IdType] | None) -> bool:
    return name in RESERVED or id_types is None or name in id_types


def _places(name: str, header: Sequence[str], sources: Sequence[str]) -> tuple[int, ...]:
    for source in sources:
        if source not in header:
            raise InvalidHistory(f"{name}: column {source!r} does not exist; the columns are {shown(header, 500)}")
        if header.count(source) > 1:
            raise InvalidHistory(f"{name}: column {source!r} occurs {header.count(source)} times; expected once")
    return tuple(header.index(source) for source in sources)


@attrs.frozen
class Rows:
    """How the rows of one table are read: *texts_of* returns the values in an identifier's cell, if any."""

    layout: Layout
    texts_of: Callable[[Any], Sequence[str]]
    times: Times
    notes: Notes

    @classmethod
    def of(cls, reading: Reading, header: Sequence[str], texts_of: Callable[[Any], Sequence[str]]) -> "Rows":
        """Lay out a table's columns, and note those that nothing reads."""
        layout = Layout.of(reading.source.name, header, reading.columns, reading.id_types, reading.separator)
        notes = reading.notes
        notes.ignore(layout.ignored)
        notes.near.update(layout.near)
        return cls(layout, texts_of, reading.times, notes)

    def narrowed(self) -> "tuple[tuple[int, ...], Rows]":
        """Return the places that are used at all, in order, and how rows are read that have only these."""
        used, layout = self.layout.narrowed()
        return used, attrs.evolve(self, layout=layout)

    def record(self, number: int, cells: Sequence[Any], source: Any) -> Record:
        """Return the record of one row."""
        ref = None
        layout, texts_of = self.layout, self.texts_of
        try:
            ref = ref_of(layout.ref, cells)
            at = time_of(layout.at, cells, self.times)
            identifiers: dict[str, str | list[str]] = {}
            for id_type, places in layout.identifiers:
                if len(places) == 1 and not layout.separators:
                    values = texts_of(cells[places[0]])
                else:
                    values = [text for place in places for text in self._texts(id_type, place, cells[place])]
                if values:
                    identifiers[id_type] = values[0] if len(values) == 1 else list(values)
        except LineError as refusal:
            return rejected(number, ref, "resolve", refusal, source)
        return Record(number, ref, "resolve", Resolve(identifiers, at), source=source)

    def reader_of(self, separator: str | None) -> Callable[[Any], Sequence[str]]:
        """Return what reads the cells of a column of identifiers, and counts nothing."""
        return self.texts_of if separator is None else partial(split_texts, self.texts_of, separator)

    def _texts(self, id_type: IdType, place: int, cell: object) -> Sequence[str]:
        texts = self.reader_of(self.layout.separators.get((id_type, place)))(cell)
        if len(texts) > 1 and not isinstance(cell, list):
            self.notes.split_cells += 1
        return texts


def split_texts(texts_of: Callable[[Any], Sequence[str]], separator: str, cell: object) -> Sequence[str]:
    """Return the values in a cell, of which a text is split; empty ones are absent.

    >>> split_texts(lambda cell: [cell], "|", "a| |b")
    ['a', 'b']
    """
    texts = texts_of(cell)
    if not isinstance(cell, str | bytes) or not texts or separator not in texts[0]:
        return texts
    return [part for part in texts[0].split(separator) if not is_absent(part)]


def is_absent(cell: object) -> bool:
    """Whether a cell holds nothing: it is empty, or only white space."""
    return cell is None or (isinstance(cell, str | bytes) and (not cell or cell.isspace()))


def text_of(cell: object) -> str:
    """Return a cell as text: the decimal text of a whole number, bytes read as UTF-8."""
    if isinstance(cell, bytes):
        try:
            return cell.decode()
        except UnicodeDecodeError as error:
            raise not_utf8(error) from None
    return cell if isinstance(cell, str) else str(cell)


def ref_of(places: Sequence[int], cells: Sequence[Any]) -> str | None:
    """Return the ref: a key of several columns counts only when all of its parts are there."""
    for place in places:
        if is_absent(cells[place]):
            return None
    return ":".join([text_of(cells[place]) for place in places]) if places else None


def time_of(places: Sequence[int], cells: Sequence[Any], times: Times) -> Milliseconds | None:
    """Return the time: a date and an hour in columns of their own are read as one text."""
    parts = [cells[place] for place in places if not is_absent(cells[place])]
    if len(parts) > 1:
        text = " ".join([text_of(part).strip() for part in parts])
        return times.read(TypedTime(text) if {*map(type, parts)} == {TypedTime} else text)
    return times.read(parts[0]) if parts else None


class RowSources(Sequence[Any]):
    """Rows as dicts by the names of their columns, each made when it is asked for."""

    def __init__(self, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        self._names = names
        self._columns = columns

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0

    def __getitem__(self, row: Any) -> Any:
        return {name: column[row] for name, column in zip(self._names, self._columns, strict=True)}


@attrs.frozen
class Table:
    """Rows as columns: the first is row *first*, every next one has the next number."""

    first: int
    count: int
    columns: Sequence[Sequence[Any]]
    rows: Rows
    lines: Sequence[bytes] = ()
    """The rows as they were, where they were lines of text."""
    names: Sequence[str] = ()
    """The names of the columns, where they were not."""

    def table(self) -> "Table":
        """Return itself."""
        return self

    def sources(self) -> Sequence[Any]:
        """Return what the records of the rows have as their sources: lines, or dicts by the names of the columns."""
        return self.lines or RowSources(self.names, self.columns)

    def records(self) -> Iterator[Record]:
        """Yield the rows as records."""
        sources = self.sources() if self.lines else (dict(zip(self.names, row, strict=True)) for row in self.across())
        rows = zip(self.across(), sources, strict=True)
        return (self.rows.record(number, row, source) for number, (row, source) in enumerate(rows, self.first))

    def cells(self, place: int) -> Sequence[Any]:
        """Return the cells of a column."""
        return self.columns[place]

    def row(self, row: int) -> Sequence[Any]:
        """Return the cells of a row, counted from 0."""
        return [column[row] for column in self.columns]

    def encoded(self, place: int, separator: str | None) -> Encoded:
        """Return a column of identifiers, or of refs, each different cell read once."""
        return encoded_cells(self.columns[place], self.rows.reader_of(separator), separator)

    def usual_times(self, place: int) -> "array[int] | None":
        """Return a column of times if all are texts of digits; else None, and they are read one by one."""
        cells, times = self.columns[place], self.rows.times
        if times.date_format is not None or {*map(type, cells)} != {str}:
            return None
        if not all(map(str.isdecimal, cells)) or not all(map(str.isascii, cells)) or max(map(len, cells)) > 15:
            return None
        return array("q", [int(cell) * times.unit for cell in cells])

    def across(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows."""
        return zip(*self.columns, strict=True) if self.columns else iter(((),) * self.count)
