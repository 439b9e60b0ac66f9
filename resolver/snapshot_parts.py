"""Snapshot parts: stores that nothing ties together, united into one, and one cut out of others again.

Lines in different components never read or write the same profile, owner or id (``resolver.coupling``). So the store of
all lines follows from the stores of the components, without a line of them: its snapshot is put together from theirs.
"""

import json
from array import array
from collections.abc import Collection, Sequence
from itertools import accumulate
from operator import itemgetter

import msgspec

from resolver.errors import InvalidSnapshot
from resolver.kernel.canonical import zeros
from resolver.names import Value
from resolver.settings import Settings
from resolver.snapshot import Document, apart, as_bytes, bytes_of, column_of, decode, digests_of, joined

_SAME = ("versions", "settings", "default_region", "on_invalid", "match", "own_normalizers")
"""What engines have in common whose stores are united."""


def united(snapshots: Sequence[bytes]) -> bytes:
    """Return the snapshot of one store that has what these have, each of other commands of one history.

    It is that of an engine which executed all of these commands in their order, to the byte, if those of different
    stores are in different components. ``InvalidSnapshot`` for engines with other settings, options or versions, and
    for stores in which one command created a profile in each. O(values held), and O(profiles log stores).

    >>> from resolver import Engine
    >>> from resolver.commands import Resolve
    >>> one, other, both = Engine(), Engine(), Engine()
    >>> for number, name in enumerate(["ada", "bob", "cy"], 1):
    ...     for engine in (both, other if name == "bob" else one):
    ...         _ = engine.execute(Resolve({"chat": name}, at=number), number=number)
    >>> united([one.snapshot(), other.snapshot()]) == both.snapshot()
    True
    """
    documents = [decode(each) for each in snapshots]
    first = documents[0]
    for other in documents[1:]:
        differ = [name for name in _SAME if getattr(other, name) != getattr(first, name)]
        if differ:
            raise InvalidSnapshot(f"stores with other {', '.join(differ)} cannot be united; expected the same")
    if len(documents) == 1:
        return snapshots[0]
    stores = _Stores(documents)
    order = sorted(range(len(stores.created_by)), key=stores.created_by.__getitem__)
    numbers = list(map(stores.created_by.__getitem__, order))
    if len({*numbers}) < len(numbers):
        raise InvalidSnapshot("two stores have a profile of the same command; expected stores of different lines")
    latest = max(documents, key=lambda each: each.number)
    suppressed = {digest for each in documents for digest in digests_of(each.suppressed)}
    return as_bytes(
        msgspec.structs.replace(
            stores.in_order(order),
            number=latest.number,
            at=latest.at,
            settled=all(each.settled for each in documents),
            normal=all(each.normal for each in documents),
            suppressed=_digests(suppressed),
        )
    )


def cut_out(snapshot: bytes, commands: Collection[int], suppressed: Collection[str] = ()) -> bytes:
    """Return the snapshot of a store with some profiles of this one: those that these commands created.

    Commands that created none do no harm. Of the identifiers that are suppressed it has those with these digests. Its
    position stays, as that of all lines. ``InvalidSnapshot`` where one of these profiles became one with another.
    O(profiles and values), with a small constant, and O(values held by these).

    >>> from resolver import Engine
    >>> engine = Engine()
    >>> ada, bob = engine.resolve({"chat": "ada"}), engine.resolve({"chat": "bob"})
    >>> Engine.restore(cut_out(engine.snapshot(), [2])).profiles() == (bob.profile_id,)
    True
    """
    document, mine = decode(snapshot), {*commands}
    stores = _Stores([document])
    order = array("i", [row for row, number in enumerate(stores.created_by) if number in mine])
    kept = {*suppressed} & {*digests_of(document.suppressed)}
    return as_bytes(msgspec.structs.replace(stores.in_order(order), suppressed=_digests(kept)))


def _types_that_stores_share(documents: Sequence[Document]) -> list[str]:
    """Return the idTypes of which several stores may hold one value: those that are not unique, or once were not."""
    if len(documents) == 1:
        return []
    every = {id_type for each in documents for id_type in apart(each.id_types)}
    if all(each.settled for each in documents):
        settings = Settings.from_json(json.loads(documents[0].settings.decode("utf-8", "surrogatepass")))
        every -= {each.id_type for each in settings.identifier_configs if each.enforce_unique}
    return sorted(every)


def _digests(digests: Collection[str]) -> bytes:
    return bytes.fromhex("".join(sorted(digests)))


class _Stores:
    """The columns of several stores one after the other, as if they were one.

    Rows of profiles go on from store to store. A value that several hold is one; it is not unique.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._first = documents[0]
        self.created_by = _together("q", [each.created_by for each in documents])
        self._created_at = _together("q", [each.created_at for each in documents])
        self._sizes = _together("i", [each.sizes for each in documents])
        self._added_at = _together("q", [each.added_at for each in documents])
        self._added_by = _together("q", [each.added_by for each in documents])
        self._survivor, self._held = array("i"), array("i")
        self._own_ids: dict[int, str] = {}
        self._id_types = sorted({id_type for each in documents for id_type in apart(each.id_types)})
        self._kinds = array("i")
        self._texts: list[Value] = []
        known: dict[tuple[int, str], int] = {}
        shared = _types_that_stores_share(documents)
        for each in documents:
            before = len(self._survivor)
            rows = column_of("i", each.own_id_rows)
            self._own_ids.update(zip([before + row for row in rows], apart(each.own_ids), strict=True))
            survivor, held = column_of("i", each.survivor), column_of("i", each.held)
            numbers = self._take_values(each, known, {self._id_types.index(id_type) for id_type in shared})
            if before:
                survivor = array("i", [row if row < 0 else before + row for row in survivor])
                held = array("i", map(numbers.__getitem__, held))
            self._survivor.extend(survivor)
            self._held.extend(held)

    def _take_values(
        self, document: Document, known: dict[tuple[int, str], int], shared: Collection[int]
    ) -> "array[int]":
        """Take the values of a store; for each its number among those of all."""
        named = [self._id_types.index(id_type) for id_type in apart(document.id_types)]
        kinds = array("i", map(named.__getitem__, column_of("i", document.kind_of_value)))
        texts, start = apart(document.values), len(self._texts)
        self._texts.extend(map(Value, texts))
        self._kinds.extend(kinds)
        numbers = array("i", range(start, start + len(texts)))
        if shared:
            for place, kind in enumerate(kinds):
                if kind in shared:
                    numbers[place] = known.setdefault((kind, texts[place]), start + place)
        return numbers

    def in_order(self, order: Sequence[int]) -> Document:
        """Return the document of a store with some profiles, by their rows, in canonical form."""
        places = array("i", [-1]) * len(self.created_by)
        for place, row in enumerate(order):
            places[row] = place
        survivor = array("i")
        starts, start = zeros("i", len(places)), 0
        ends = [0, *accumulate(self._sizes)]
        for row, parent in enumerate(self._survivor):
            if parent == row:
                starts[row] = start
                start += 1
        numbers = array("i", [-1]) * len(self._texts)
        sizes, held, values = array("i"), array("i"), list[int]()
        added_at, added_by = array("q"), array("q")
        for row in order:
            parent = self._survivor[row]
            if parent >= 0 and places[parent] < 0:
                raise InvalidSnapshot(f"profile {row} became one with {parent}, which is not among those cut out")
            survivor.append(places[parent] if parent >= 0 else -1)
            if parent != row:
                continue
            here = slice(ends[starts[row]], ends[starts[row] + 1])
            sizes.append(here.stop - here.start)
            added_at.extend(self._added_at[here])
            added_by.extend(self._added_by[here])
            for value in self._held[here]:
                if numbers[value] < 0:
                    numbers[value] = len(values)
                    values.append(value)
                held.append(numbers[value])
        used = sorted({self._kinds[value] for value in values})
        own_ids = sorted((places[row], own_id) for row, own_id in self._own_ids.items() if places[row] >= 0)
        return msgspec.structs.replace(
            self._first,
            id_types=joined([self._id_types[kind] for kind in used]),
            created_at=bytes_of(array("q", map(self._created_at.__getitem__, order))),
            created_by=bytes_of(array("q", map(self.created_by.__getitem__, order))),
            survivor=bytes_of(survivor),
            own_id_rows=bytes_of(array("i", map(itemgetter(0), own_ids))),
            own_ids=joined(list(map(itemgetter(1), own_ids))),
            sizes=bytes_of(sizes),
            held=bytes_of(held),
            added_at=bytes_of(added_at),
            added_by=bytes_of(added_by),
            kind_of_value=bytes_of(array("i", [used.index(self._kinds[value]) for value in values])),
            values=joined([self._texts[value] for value in values]),
        )


def _together(code: str, columns: Sequence[bytes]) -> "array[int]":
    return column_of(code, b"".join(columns))
