"""Components: what belongs together, lines that may touch the same profile and records whose groups changed together.

Two lines are linked if they name the same identifier or the same record; lines that no chain of links joins never
touch the same profile, under any settings, whatever the order. So a question about a few records is answered by a
replay of few lines.

>>> changed_blocks({"a": 1, "b": 1, "c": 2, "d": 3}, {"a": 8, "b": 9, "c": 9, "d": 7})
[('a', 'b', 'c')]
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from resolver.commands import ApplySettings, values_of
from resolver.history import Record
from resolver.names import MatchingAlgo
from resolver.rules.normalization import Normalizers
from resolver.settings import Settings
from resolver.simulate.order.orders import REF
from resolver.simulate.without import Forms


class Links:
    """Disjoint sets; ``links[thing]`` is the same for all things of one set. O(log n) amortized."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def __getitem__(self, thing: Hashable) -> Hashable:
        parent = self._parent
        while (above := parent.get(thing, thing)) != thing:
            parent[thing] = parent.get(above, above)  # halves the way for whoever asks next
            thing = above
        return thing

    def union(self, first: Hashable, *others: Hashable) -> None:
        """Link things with each other."""
        root = self[first]
        for other in others:
            self._parent[self[other]] = root


# Lines


class Components:
    """The components of some records: O(values), once."""

    def __init__(self, records: Sequence[Record], settings: Settings, normalizers: Normalizers) -> None:
        self._links = Links()
        self._everything = any(isinstance(record.command, ApplySettings) for record in records)
        self._places: dict[Hashable, list[int]] = {}
        if self._everything:
            return
        fuzzy = {config.id_type for config in settings.identifier_configs if config.matching_algo is MatchingAlgo.FUZZY}
        forms = Forms(settings, normalizers)
        for place, record in enumerate(records):
            for link in _links(record, forms, fuzzy):
                self._links.union(("line", place), link)
        for place in range(len(records)):
            self._places.setdefault(self._links[("line", place)], []).append(place)

    def of(self, refs: Iterable[str], places: int) -> list[int]:
        """Return the places of the lines in the components of some refs, ascending; all *places* if settings change."""
        if self._everything:
            return list(range(places))
        roots = dict.fromkeys(self._links[("name", REF + ref)] for ref in refs)
        return sorted(place for root in roots for place in self._places.get(root, ()))


def _links(record: Record, forms: Forms, fuzzy: set[str]) -> list[Hashable]:
    links: list[Hashable] = [] if record.ref is None else [("name", REF + record.ref)]
    links += [("name", name) for name in (_text(record, "profile_id"), _text(record, "new_profile_id")) if name]
    for id_type, raw in values_of(record.command):
        if not isinstance(raw, str) or not isinstance(id_type, str):
            continue
        if id_type in fuzzy:  # values need only be alike: one component for the whole type
            links.append(("type", id_type))
            continue
        links.append(("value", id_type, forms.of(id_type, raw)))
    return links


def _text(record: Record, field: str) -> str | None:
    value = getattr(record.command, field, None)
    return value if isinstance(value, str) else None


# Records

Grouping = tuple[tuple[str, ...], ...]


def changed_blocks(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> list[tuple[str, ...]]:
    """Return the smallest sets of refs that both groupings divide, where they divide them differently. O(refs)."""
    links = Links()
    refs = dict.fromkeys([*before, *after])
    for ref in refs:
        for side, groups in (("before", before), ("after", after)):
            if ref in groups:
                links.union(ref, (side, groups[ref]))
    blocks: dict[Hashable, list[str]] = {}
    for ref in refs:
        blocks.setdefault(links[ref], []).append(ref)
    return [tuple(block) for block in blocks.values() if not _is_same(block, before, after)]


def parts_of(refs: Sequence[str], groups: Mapping[str, Hashable]) -> Grouping:
    """Return refs as a grouping divides them, parts in the order of their first ref; without those in no group."""
    parts: dict[Hashable, list[str]] = {}
    for ref in refs:
        if ref in groups:
            parts.setdefault(groups[ref], []).append(ref)
    return tuple(map(tuple, parts.values()))


def _is_same(block: Sequence[str], before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> bool:
    return parts_of(block, before) == parts_of(block, after) and all(ref in before and ref in after for ref in block)


@attrs.define(eq=False)
class Block:
    """Records that belong together in what they depend on; ``first`` those of the first change that was seen."""

    refs: tuple[str, ...]
    first: tuple[str, ...]
    witness: Any
    turns: set[int] = attrs.field(factory=set)


class Blocks:
    """What many permutations changed: changes that share a record are one finding, shown by its first witness."""

    def __init__(self) -> None:
        self._links = Links()
        self._seen: list[tuple[tuple[str, ...], int, Any]] = []

    def note(self, refs: tuple[str, ...], turn: int, witness: Any) -> None:
        """Remember that a turn changed the groups of some refs."""
        self._links.union(*refs)
        self._seen.append((refs, turn, witness))

    def joined(self, everybody: Sequence[str]) -> list[Block]:
        """Return a block per finding, refs in the order of *everybody*."""
        found: dict[Hashable, Block] = {}
        members: dict[Hashable, dict[str, None]] = {}
        for refs, turn, witness in self._seen:
            root = self._links[refs[0]]
            found.setdefault(root, Block((), refs, witness)).turns.add(turn)
            members.setdefault(root, {}).update(dict.fromkeys(refs))
        place = {ref: index for index, ref in enumerate(everybody)}
        for root, block in found.items():
            block.refs = tuple(sorted(members[root], key=lambda ref: place.get(ref, len(place))))
        return list(found.values())
