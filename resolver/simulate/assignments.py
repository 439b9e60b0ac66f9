"""Assignments: where each ref is at the end of a run, of which no more is made than is asked for."""

from array import array
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import cached_property
from typing import Any

from resolver.columns.refs import Refs
from resolver.kernel import codes
from resolver.kernel.rows import ProfileRow
from resolver.kernel.tables import Tables
from resolver.names import ProfileId
from resolver.profiles import id_of
from resolver.simulate.totals import Ends


class Assignments(Mapping[str, ProfileId]):
    """The canonical id of the profile of each ref, in the order in which refs came first.

    It equals a dict of the same. How many there are and their ids are known; the texts of refs are made, and put into a
    dict, when the first question is asked that needs one.

    >>> ends = Assignments(["p1", "p2", "p1"], lambda: ["a", "b", "c"])
    >>> len(ends), list(ends.values()), ends["b"], ends == {"a": "p1", "b": "p2", "c": "p1"}
    (3, ['p1', 'p2', 'p1'], 'p2', True)
    """

    def __init__(self, ids: Sequence[ProfileId], refs: Callable[[], Iterable[str]]) -> None:
        self.ids = ids
        """The ids, in the order of the refs."""
        self._refs = refs

    @cached_property
    def by_ref(self) -> dict[str, ProfileId]:
        """The same as a dict. What it is made of is needed no more."""
        made = dict(zip(self._refs(), self.ids, strict=True))
        self._refs = tuple
        return made

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_ref)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self.by_ref)

    def __contains__(self, ref: object) -> bool:
        return ref in self.by_ref

    def __getitem__(self, ref: str) -> ProfileId:
        return self.by_ref[ref]

    def keys(self) -> KeysView[str]:
        """Return the refs."""
        return self.by_ref.keys()

    def items(self) -> ItemsView[str, ProfileId]:
        """Return the refs with their ids."""
        return self.by_ref.items()

    def values(self) -> ValuesView[ProfileId]:
        """Return the ids, in the order of the refs."""
        return _Ids(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Assignments):
            return self.by_ref == other.by_ref
        return self.by_ref == other

    __hash__ = None  # type: ignore[assignment]  # as a dict has none

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**self.by_ref, **other}

    def __ror__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**other, **self.by_ref}

    def __repr__(self) -> str:
        return repr(self.by_ref)

    def __reduce__(self) -> "tuple[type[dict[str, ProfileId]], tuple[dict[str, ProfileId]]]":
        return dict, (self.by_ref,)


class _Ids(ValuesView[ProfileId]):
    """The ids alone, for which no text of a ref is needed."""

    _mapping: Assignments

    def __iter__(self) -> Iterator[ProfileId]:
        return iter(self._mapping.ids)

    def __reversed__(self) -> Iterator[ProfileId]:
        return reversed(self._mapping.ids)

    def __contains__(self, profile_id: object) -> bool:
        return profile_id in self._mapping.ids


def assignments_of(ends: Ends, refs: Refs, tables: Tables) -> Assignments:
    """Return where each ref ended that is in a living profile. O(refs), and their texts when they are asked for."""
    order = ends.order
    rows = [*map(ends.profile.__getitem__, order)]
    if codes.NOBODY in rows:
        order = array("i", [ref for ref, row in zip(order, rows, strict=True) if row >= 0])
        rows = [row for row in rows if row >= 0]
    ids = {row: id_of(tables, ProfileRow(row)) for row in dict.fromkeys(rows)}
    return Assignments([*map(ids.__getitem__, rows)], lambda: refs.names(order))
