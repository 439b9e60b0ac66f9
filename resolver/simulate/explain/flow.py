"""The flow: evidence of several runs as one network, and a smallest set of identifiers that would cut it."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from resolver.simulate.explain.evidence import Evidence
from resolver.simulate.explain.values import Identifier

Key: TypeAlias = frozenset[Identifier]


class Flow:
    """Lines tied by identifiers, between the latest lines of one record and those of another."""

    def __init__(self) -> None:
        self._joints: dict[Key, dict[int, None]] = {}
        self._ties: dict[tuple[int, int], dict[Key, None]] = {}
        self._ends: tuple[dict[int, None], dict[int, None]] = {}, {}

    def add(self, evidence: Evidence, ends: tuple[int, int]) -> None:
        """Add what joined the lines of a profile; *ends* are the latest lines of the two records."""
        for joint in evidence.joints:
            self._joints.setdefault(frozenset(joint.identifiers), {}).update(dict.fromkeys(joint.lines))
        for naming, tie in evidence.ties.items():
            self._ties.setdefault((naming, tie.named), {}).update(dict.fromkeys(tie.needs))
        for known, end in zip(self._ends, ends, strict=True):
            known[end] = None

    @property
    def is_plain(self) -> bool:
        """Whether each identifier that ties lines does so by itself, and each record stands for one line.

        Where a replay showed a record at an earlier line, as the later one was gone, the network has both lines, and a
        smallest set of it need not be one of either.
        """
        if self._ties or any(len(known) > 1 for known in self._ends):
            return False
        return all(len(key) == 1 for key, lines in self._joints.items() if len(lines) > 1)

    def minimum(self) -> list[Identifier] | None:
        """Return the values of a minimum vertex cut; None where lines are tied without identifiers."""
        import networkx as nx

        graph: nx.DiGraph[object] = nx.DiGraph()
        lines_of: dict[Key, set[int]] = {key: set(lines) for key, lines in self._joints.items()}
        for pair, needs in self._ties.items():
            if not needs:
                graph.add_edges_from((pair, pair[::-1]))
            for key in needs:
                lines_of.setdefault(key, set()).update(pair)
        for key, lines in lines_of.items():
            graph.add_edge(("in", key), ("out", key), capacity=1)
            for line in sorted(lines):
                graph.add_edge(line, ("in", key))
                graph.add_edge(("out", key), line)
        for line in self._ends[0]:
            graph.add_edge("first", line)
        for line in self._ends[1]:
            graph.add_edge(line, "second")
        try:
            _, (near, _) = nx.minimum_cut(graph, "first", "second")
        except nx.NetworkXUnbounded:
            return None
        return _values_of([key for key in lines_of if ("in", key) in near and ("out", key) not in near])


def _values_of(keys: Iterable[Key]) -> list[Identifier]:
    """Give values that break every joint: each single one, then for combinations those that break most."""
    left = [sorted(key) for key in keys]
    chosen: list[Identifier] = []
    while left:
        forced = next((key[0] for key in left if len(key) == 1), None)
        counts = Counter(value for key in left for value in key)
        value = forced or max(counts, key=lambda each: counts[each])
        chosen.append(value)
        left = [key for key in left if value not in key]
    return chosen
