"""Union-find peers: they take one event at a time, as the engine does, and keep nothing but who is with whom.

The texts themselves are the nodes; the workloads promise that no text occurs under two types.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.events import Event
from benchmarks.peers.answer import Answer
from benchmarks.peers.workloads import Workload


def networkx_union_find(_: Workload, events: list[Event]) -> Answer:
    """Use networkx's UnionFind."""
    forest = import_module("networkx.utils.union_find").UnionFind()
    return _grouped(events, forest.union, forest.__getitem__)


def disjoint_set(_: Workload, events: list[Event]) -> Answer:
    """Use DisjointSet of disjoint-set."""
    forest = import_module("disjoint_set").DisjointSet()
    return _grouped(events, forest.union, forest.find)


def _grouped(events: list[Event], union: Callable[[str, str], Any], find: Callable[[str], Any]) -> Answer:
    firsts = []
    for identifiers in events:
        first, *others = identifiers.values()
        firsts.append(first)
        find(first)
        for other in others:
            union(first, other)
    return Answer([find(first) for first in firsts])
