"""The cut: a smallest set of identifiers without which two records would not be one profile.

A minimum vertex cut of the evidence gives a set, and a replay without it is the judge. Limits make the matter
non-monotone: the absence of one value may save another from eviction. Where the replay still joins the two, what
joined them there is new evidence, and the next cut has to cover it too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations, islice, pairwise
from typing import TypeAlias

from resolver.names import ProfileId
from resolver.rules.normalization import Normalizers
from resolver.simulate.entries import entry_of
from resolver.simulate.explain.component import component
from resolver.simulate.explain.evidence import Evidence
from resolver.simulate.explain.find import profile_ids
from resolver.simulate.explain.gather import gather
from resolver.simulate.explain.values import Cut, Identifier
from resolver.simulate.replay import replay
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied
from resolver.simulate.without import stored_form

MOST_PROOFS = 200
"""Smaller sets are tried, to prove that none would do, if they are at most this many."""

MOST_LINES = 20_000
"""And if the replays for that read at most this many lines in all."""

Key: TypeAlias = frozenset[Identifier]


def cut(run: Run, ids: Iterable[ProfileId], ends: tuple[Applied, Applied], evidence: Evidence) -> Cut:
    """Give a smallest set found, verified by a replay without it; exact on the lines that could matter.

    *ends* are the latest lines of two refs that are one profile. Cost: a flow through the evidence and one replay of
    the component for each attempt, then up to 200 small ones for a proof.
    """
    return _Search(run, ids, (str(ends[0].ref), str(ends[1].ref))).found(evidence, (ends[0].number, ends[1].number))


class _Search:
    """The evidence so far, of the run itself and of replays that refuted a cut."""

    def __init__(self, run: Run, ids: Iterable[ProfileId], refs: tuple[str, str]) -> None:
        self._run = run
        self._refs = refs
        self._records, self._is_part = component(run, ids)
        self._replays = 0
        self._joints: dict[Key, dict[int, None]] = {}
        self._names: dict[tuple[int, int], None] = {}
        self._ends: tuple[dict[int, None], dict[int, None]] = {}, {}

    def found(self, evidence: Evidence, ends: tuple[int, int]) -> Cut:
        """Cut, verify, and learn from what the replay shows, until a set is verified or there is none."""
        self._learn(evidence, ends)
        while True:
            chosen = self._minimum()
            if chosen is None:
                return self._cut((), self._tie(), is_smallest=False)
            without = self._without(chosen)
            if not self._are_together(without):
                break
            self._learn_from(without)
        is_smallest, smaller = self._smaller(len(chosen))
        if smaller is not None:
            fewer, without = smaller
            return self._cut(fewer, self._outcome(without), is_smallest=True)
        return self._cut(chosen, self._outcome(without), is_smallest=is_smallest)

    def _cut(self, chosen: Sequence[Identifier], why: str, *, is_smallest: bool) -> Cut:
        return Cut(tuple(chosen), is_smallest, why, self._replays, len(self._records))

    # Replays

    def _without(self, chosen: Iterable[Identifier]) -> Run:
        self._replays += 1
        texts = [f"{id_type}={value}" for id_type, value in chosen]
        return replay(self._records, self._run.settings, without=texts, **self._run.options)

    def _are_together(self, run: Run) -> bool:
        one, other = (run.assignments.get(ref) for ref in self._refs)
        return one is not None and one == other

    def _outcome(self, without: Run) -> str:
        gone = [ref for ref in self._refs if ref not in without.assignments]
        return f"nothing is left of {' and '.join(gone)} then" if gone else ""

    def _smaller(self, size: int) -> tuple[bool, tuple[tuple[Identifier, ...], Run] | None]:
        """Give whether the smallest size is proven now, and a smaller set if there is one (R7, L1)."""
        if size > 1 and len(self._records) > MOST_LINES // 10:
            return False, None
        values = self._values() if size > 1 else []
        subsets = [each for fewer in range(1, size) for each in islice(combinations(values, fewer), MOST_PROOFS + 1)]
        if len(subsets) > MOST_PROOFS or len(subsets) * len(self._records) > MOST_LINES:
            return False, None
        for subset in subsets:
            without = self._without(subset)
            if not self._are_together(without):
                return True, (subset, without)
        return True, None

    def _values(self) -> list[Identifier]:
        """Give every identifier that the records present."""
        run = self._run
        normalizers = Normalizers(run.options.get("default_region", "US"), run.options.get("normalizers"))
        names = {config.id_type: config.normalization for config in run.engine.settings.identifier_configs}
        return list(
            dict.fromkeys(
                (id_type, stored_form(normalizers, names[id_type], raw))
                for record in self._records
                if record.command is not None
                for id_type, raw in entry_of(record, record.command, record.line, record.ref, None).given
                if isinstance(raw, str) and id_type in names
            )
        )

    # Evidence

    def _learn_from(self, without: Run) -> None:
        _, ids = profile_ids(without, self._refs[0])
        gathered = gather(without, ids)
        evidence = Evidence(without)
        for step in gathered.steps:
            evidence.take(step)
        first, second = (gathered.last_line(ref).number for ref in self._refs)
        self._learn(evidence, (first, second))

    def _learn(self, evidence: Evidence, ends: tuple[int, int]) -> None:
        for joint in evidence.joints:
            self._joints.setdefault(frozenset(joint.identifiers), {}).update(dict.fromkeys(joint.lines))
        self._names.update(dict.fromkeys(evidence.names.items()))
        for known, end in zip(self._ends, ends, strict=True):
            known[end] = None

    def _minimum(self) -> list[Identifier] | None:
        """Give the values of a minimum vertex cut; None where lines are tied without identifiers."""
        import networkx as nx

        graph: nx.DiGraph[object] = nx.DiGraph()
        for key, lines in self._joints.items():
            graph.add_edge(("in", key), ("out", key), capacity=1)
            for line in lines:
                graph.add_edge(line, ("in", key))
                graph.add_edge(("out", key), line)
        for naming, named in self._names:
            graph.add_edge(naming, named)
            graph.add_edge(named, naming)
        for line in self._ends[0]:
            graph.add_edge("first", line)
        for line in self._ends[1]:
            graph.add_edge(line, "second")
        try:
            _, (near, _) = nx.minimum_cut(graph, "first", "second")
        except nx.NetworkXUnbounded:
            return None
        return _values_of([key for key in self._joints if ("in", key) in near and ("out", key) not in near])

    def _tie(self) -> str:
        """Say which lines tie the records without an identifier."""
        import networkx as nx

        graph: nx.Graph[object] = nx.Graph()
        graph.add_edges_from(self._names)
        graph.add_edges_from(("first", line) for line in self._ends[0])
        graph.add_edges_from((line, "second") for line in self._ends[1])
        path = nx.shortest_path(graph, "first", "second")[1:-1]
        naming = next(one if (one, other) in self._names else other for one, other in pairwise(path))
        return f"line {self._line(naming)} names the record as its profile, so no identifier is needed"

    def _line(self, number: object) -> int:
        return next(entry.line for entry in self._run.applied if entry.number == number)


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
