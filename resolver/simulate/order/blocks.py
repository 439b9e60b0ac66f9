"""Blocks: the records that a change of groups is about, and those of many changes put together.

>>> changed_blocks({"a": 1, "b": 1, "c": 2, "d": 3}, {"a": 8, "b": 9, "c": 9, "d": 7})
[('a', 'b', 'c')]
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import attrs


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
