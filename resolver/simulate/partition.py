"""Partitions: what one grouping of the same refs joins that another keeps apart.

By intersecting the two groupings, ref by ref: O(refs), never pair by pair.
"""

from collections.abc import Mapping
from typing import TypeVar

G = TypeVar("G")
H = TypeVar("H")

Parts = dict[G, tuple[str, ...]]


def regrouped(before: Mapping[str, G], after: Mapping[str, H]) -> dict[H, Parts[G]]:
    """Return the groups of *after* that join refs of several groups of *before*, each with those parts.

    Only refs in both are looked at. Groups and parts come in the order of their first ref in *after*.

    >>> regrouped({"a": 1, "b": 1, "c": 2}, {"a": "x", "b": "x", "c": "x"})
    {'x': {1: ('a', 'b'), 2: ('c',)}}
    """
    first: dict[H, G] = {}
    several: dict[H, None] = {}
    for ref, group in after.items():
        if ref in before:
            part = before[ref]
            if first.setdefault(group, part) != part:
                several[group] = None
    found: dict[H, dict[G, list[str]]] = {}
    for ref, group in after.items():
        if group in several and ref in before:
            found.setdefault(group, {}).setdefault(before[ref], []).append(ref)
    return {group: {part: tuple(refs) for part, refs in parts.items()} for group, parts in found.items()}
