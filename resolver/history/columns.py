"""Columns: which of a table's columns are the ref, the time and the identifiers, and which are ignored.

>>> columns = parse_map(["phone=HOME_PHONE,MOBILE", "ref=ID"])
>>> header = ["ID", "HOME_PHONE", "MOBILE", "email", "AGE"]
>>> layout = Layout.of("people.csv", header, columns, {"email", "phone"})
>>> layout.ref, layout.identifiers, layout.ignored
((0,), (('phone', (1, 2)), ('email', (3,))), ('AGE',))
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

import attrs

from resolver.errors import InvalidHistory, shown
from resolver.names import IdType

Columns = Mapping[str, Sequence[str]]
"""What ``--map`` says: the columns that make up ``ref``, ``at`` or an identifier type."""

RESERVED = ("ref", "at")


@attrs.frozen
class Layout:
    """The places of the columns in a row, counted from 0.

    Several columns of one identifier type each add their values; several of ``ref`` are joined with ``:``,
    and several of ``at`` with a space.
    """

    ref: tuple[int, ...]
    at: tuple[int, ...]
    identifiers: tuple[tuple[IdType, tuple[int, ...]], ...]
    ignored: tuple[str, ...]
    width: int
    near: tuple[tuple[IdType, str], ...] = ()
    """Names that no column serves, each with the ignored column that may have been meant for it."""

    @classmethod
    def of(cls, file: str, header: Sequence[str], columns: Columns, id_types: Collection[IdType] | None) -> "Layout":
        """Lay out the columns of *header*, as mapped by *columns*.

        A column named in *columns* serves there only, and a name given there is served by those columns only.
        Any other column serves under its own name: ``ref``, ``at`` or one of *id_types* (None: any name). The
        rest is ignored, also what *columns* gives to an idType that is not in *id_types*.
        ``InvalidHistory``, naming the *file*, for a column that is missing or that stands twice.
        """
        mapped = {column for sources in columns.values() for column in sources}
        own = [name for name in header if name and name not in mapped and name not in columns]
        chosen = {**columns, **{name: (name,) for name in own if _means_something(name, id_types)}}
        places = {target: _places(file, header, sources) for target, sources in chosen.items()}
        places = {target: at for target, at in places.items() if _means_something(target, id_types)}
        used = {place for at in places.values() for place in at}
        ignored = [name for place, name in enumerate(header) if name and place not in used]
        return cls(
            ref=places.pop("ref", ()),
            at=places.pop("at", ()),
            identifiers=tuple(places.items()),
            ignored=tuple(dict.fromkeys(ignored)),
            width=len(header),
            near=tuple(_near([name for name in (*RESERVED, *(id_types or ())) if name not in chosen], ignored)),
        )

    def narrowed(self) -> "tuple[tuple[int, ...], Layout]":
        """Give the places that are used at all, in order, and the layout of a row that has only these."""
        used = sorted({*self.ref, *self.at, *(place for _, places in self.identifiers for place in places)})
        new = {old: place for place, old in enumerate(used)}
        moved = tuple((id_type, tuple(new[old] for old in places)) for id_type, places in self.identifiers)
        ref, at = tuple(new[old] for old in self.ref), tuple(new[old] for old in self.at)
        return tuple(used), attrs.evolve(self, ref=ref, at=at, identifiers=moved, width=len(used))


def parse_map(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Give the columns that texts such as ``phone=HOME_PHONE,MOBILE`` name; a name given twice adds up.

    ``ValueError`` for a text of another form.

    >>> parse_map(["phone=HOME", "phone=MOBILE"])
    {'phone': ('HOME', 'MOBILE')}
    """
    columns: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, listed = (part.strip() for part in text.partition("="))
        sources = tuple(source.strip() for source in listed.split(","))
        if not name or not all(sources):
            raise ValueError(f"map: {text!r} names no columns; expected NAME=COLUMN[,COLUMN]")
        columns[name] = columns.get(name, ()) + sources
    return columns


def check_targets(name: str, columns: Columns, id_types: Collection[IdType]) -> None:
    """Refuse a mapped name that is neither ``ref``, ``at`` nor one of *id_types*; the nearest is suggested."""
    for target in columns:
        if not _means_something(target, id_types):
            known = [*RESERVED, *id_types]
            nearest = get_close_matches(target, known, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            expected = f"expected one of {', '.join(known)}{hint}"
            raise InvalidHistory(f"{name}: columns: {target!r} is no identifier type; {expected}")


def _near(names: Sequence[str], ignored: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give (name, column) where an ignored column differs from the name in case and punctuation, or a slip."""
    plain = {_plain(column): column for column in reversed(ignored)}
    for name in names:
        meant = get_close_matches(_plain(name), plain, n=1, cutoff=1.0 if name in RESERVED else 0.8)
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
            raise InvalidHistory(f"{name}: column {source!r} stands there {header.count(source)} times; expected once")
    return tuple(header.index(source) for source in sources)
