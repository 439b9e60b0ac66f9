"""Explain: why two records are one profile, what would keep them apart, or why they are not one.

>>> from resolver.simulate import replay
>>> run = replay([
...     {"ref": "crm:17", "at": 0, "identifiers": {"email": "ada@example.com"}},
...     {"ref": "web:4", "at": 1000, "identifiers": {"chat": "ada"}},
... ])
>>> print(explain(run, "crm:17", "web:4"))
crm:17 and web:4 are two profiles.
They have never had an identifier in common.

The *cut* is a smallest set of identifiers without which two records would not be one profile. A minimum vertex cut of
the evidence gives a set, and a replay without it is the judge. Limits make the matter non-monotone: the absence of one
value may save another from eviction. Where the replay still joins the two, what joined them there is new evidence, and
the next cut has to cover it too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import combinations
from math import comb
from operator import attrgetter
from typing import TypeAlias

from resolver.names import ProfileId
from resolver.simulate.explain.evidence import Evidence, chain
from resolver.simulate.explain.explanation import (
    Common,
    Cut,
    Event,
    Explanation,
    Fate,
    Identifier,
    Link,
    Merge,
    Moment,
    Records,
)
from resolver.simulate.explain.neighbours import Named, Neighbours, component
from resolver.simulate.explain.timeline import (
    Gathered,
    Timeline,
    UnknownRef,
    add_rejected,
    common,
    gather,
    profile_ids,
    refused_for,
    steps_about,
)
from resolver.simulate.explain.trials import Part, Trial, Whole, WholeReplay
from resolver.simulate.matched import rules_at_end
from resolver.simulate.run import Run, check_unmasked
from resolver.simulate.steps import Step, Wanted

__all__ = [
    "Common",
    "Cut",
    "Event",
    "Explanation",
    "Fate",
    "Link",
    "Merge",
    "Moment",
    "Records",
    "UnknownRef",
    "explain",
    "what_happened",
]

MOST_PROOFS = 200
"""Smaller sets are tried, to prove that none would do, if they are at most this many."""

MOST_LINES = 20_000
"""And if the replays for that are of at most this many lines in all."""


def explain(run: Run, a: str, b: str | None = None, *, with_cut: bool = True) -> Explanation:
    """Explain why two refs are one profile or two; of one ref, what its profile is made of.

    A ref stands for its latest applied line. One pass over the lines of the run, and the facts of those that matter;
    the cut adds one over what was lost, and replays of the lines that matter. ``UnknownRef``, which is a
    ``ValueError``, for a ref that the history does not have, naming those that are near; ``InvalidHistory`` for what is
    no run, or a masked one.

    >>> from resolver.simulate import replay
    >>> run = replay([
    ...     {"ref": "crm:17", "at": 0, "identifiers": {"email": "ada@example.com"}},
    ...     {"ref": "web:4", "at": 1000, "identifiers": {"email": "ADA@example.com", "chat": "ada"}},
    ... ])
    >>> explanation = explain(run, "crm:17", "web:4")
    >>> explanation.together, explanation.cut.identifiers, explanation.cut.is_smallest
    (True, (('email', 'ada@example.com'),), True)
    """
    check_unmasked(run)
    canonical, ids = profile_ids(run, a)
    if b is None or b == a or profile_ids(run, b)[0] != canonical:
        return what_happened(run, a, b)
    if a not in run.assignments:  # both were deleted with it
        with_cut = False
    return _together(run, a, b, canonical, ids, with_cut=with_cut)


def what_happened(run: Run, a: str, b: str | None = None) -> Explanation:
    """Explain a ref, or two that are two profiles: what only steps and facts tell, also those of a masked run."""
    canonical, ids = profile_ids(run, a)
    if b is None or b == a:
        return Explanation((a,), None, _records(run, a, canonical, gather(run, ids)))
    return _apart(run, (a, canonical, ids), (b, *profile_ids(run, b)))


def _together(
    run: Run, a: str, b: str, canonical: ProfileId, ids: frozenset[ProfileId], *, with_cut: bool
) -> Explanation:
    neighbours = Neighbours(run, canonical) if with_cut else None
    gathered = gather(run, ids) if neighbours is None else neighbours.gathered(ids)
    ends = gathered.last_line(a), gathered.last_line(b)
    first, last = ends[0].number, ends[1].number
    evidence = Evidence(run, Named(run).of)
    since = _since(run, (a, b), gathered, evidence)
    return Explanation(
        refs=(a, b),
        together=True,
        first=_records(run, a, canonical, gathered),
        since=since,
        chain=chain(evidence, gathered.steps, first, last),
        cut=None if neighbours is None else cut(neighbours, ends, gathered.steps, evidence),
    )


def _since(run: Run, refs: tuple[str, str], gathered: Gathered, evidence: Evidence) -> Moment | None:
    """Take the lines of a profile as evidence; return since when two refs, which may have come back, are together.

    While the latest line of a ref was in another profile, the two were apart.
    """
    here = {step.number for step in gathered.steps}
    roams = any(ref in run.elsewhere for ref in refs)
    away = (each for each in run.select(Wanted(refs=refs, is_applied=True)) if each.number not in here) if roams else ()
    where: dict[str, int | None] = {}
    since: Moment | None = None
    for step in merge(gathered.steps, away, key=attrgetter("number")):
        if step.number in here:
            evidence.take(step)
        if step.ref in refs and step.profile_id is not None:
            where[step.ref] = step.number if step.number in here else None
        first, last = map(where.get, refs)
        if first is None or last is None or not evidence.are_together(first, last):
            since = None
        elif since is None:
            since = Moment.of(step)
    return since


def _apart(
    run: Run, one: tuple[str, ProfileId, frozenset[ProfileId]], other: tuple[str, ProfileId, frozenset[ProfileId]]
) -> Explanation:
    both = gather(run, one[2] | other[2])
    sides, fates = [], []
    for ref, canonical, ids in (one, other):
        gathered = Gathered(steps_about(both.steps, ids))
        fate = Timeline(run, gathered)
        add_rejected(refused_for(run, gathered.refs), fate)
        fates.append(fate)
        sides.append(_side(run, ref, canonical, gathered, fate))
    names = one[0], other[0]
    shared = common(rules_at_end(run.source), fates[0], fates[1], names)
    return Explanation(names, False, sides[0], sides[1], common=shared)


def _records(run: Run, ref: str, canonical: str, gathered: Gathered) -> Records:
    fates = Timeline(run, gathered)
    add_rejected(refused_for(run, gathered.refs), fates)
    return _side(run, ref, canonical, gathered, fates)


def _side(run: Run, ref: str, canonical: str, gathered: Gathered, fates: Timeline) -> Records:
    last = gathered.last_line(ref)
    return Records(
        ref=ref,
        line=Moment.of(last),
        profile_id=canonical,
        refs=gathered.refs,
        merges=tuple(fates.merges),
        fates=fates.all(),
        deleted=fates.deleted,
    )


# The cut


def cut(neighbours: Neighbours, ends: tuple[Step, Step], steps: list[Step], evidence: Evidence) -> Cut:
    """Return a smallest set found, verified by a replay without it; exact on the lines that matter.

    *ends* are the latest lines of two refs that are one profile, *steps* the lines of that. Cost: for each attempt a
    flow through the evidence and a replay of the lines that matter; then up to 200 small replays for a proof.
    """
    search = _Search(neighbours, (str(ends[0].ref), str(ends[1].ref)), steps)
    return search.found(evidence, (ends[0].number, ends[1].number))


class _Search:
    """The evidence so far, of the run itself and of replays that refuted a cut."""

    def __init__(self, neighbours: Neighbours, refs: tuple[str, str], steps: list[Step]) -> None:
        self._run = neighbours.run
        self._refs = refs
        self._neighbours = neighbours
        self._steps = steps
        entangled = neighbours.is_entangled
        self._whole = Whole(neighbours.run, neighbours.refused, neighbours.normalizers) if entangled else None
        self._part = Part(neighbours, refs, steps) if not entangled else None
        self._replays = 0
        self._flow = Flow()

    def found(self, evidence: Evidence, ends: tuple[int, int]) -> Cut:
        """Cut, verify, and learn from what the replay shows, until a set is verified."""
        self._flow.add(evidence, ends)
        before: Sequence[Identifier] | None = None
        while True:
            chosen: Sequence[Identifier] | None = self._flow.minimum()
            if chosen is None or chosen == before:  # tied without values; the latter was never seen
                chosen, outcome = self._reduced()
                break
            outcome = self._without(chosen)
            if not self._are_together(outcome):
                break
            self._flow.add(*self._evidence(outcome))
            before = chosen
        is_smallest = len(chosen) == 1 or (self._flow.is_plain and self._neighbours.is_still)
        if not is_smallest:
            is_smallest, smaller = self._smaller(chosen, outcome.lines)
            chosen, outcome = smaller or (chosen, outcome)
        gone = [ref for ref in self._refs if outcome.profile_of(ref) is None]
        why = f"nothing is left of {' and '.join(gone)} then" if gone else ""
        return Cut(tuple(chosen), is_smallest, why, self._replays, outcome.lines)

    def _reduced(self) -> tuple[list[Identifier], Trial | WholeReplay]:
        """Return a set that keeps the two apart, and its replay: everything that could matter, less what need not be.

        Without all of it none of their lines is left: one has lost all its values, or names a record that is not there.
        """
        chosen = list(dict.fromkeys([*self._own(), *self._presented()]))
        outcome = self._without(chosen)
        assert not self._are_together(outcome), "two records are one profile without any identifier"
        for each in list(chosen):
            if len(chosen) > 1 and self._replays * outcome.lines <= MOST_LINES:
                fewer = [other for other in chosen if other != each]
                again = self._without(fewer)
                if not self._are_together(again):
                    chosen, outcome = fewer, again
        return chosen, outcome

    def _presented(self) -> list[Identifier]:
        """Return every identifier that the profile's lines name."""
        return [each for step in self._steps for each in self._neighbours.presented_by(step)]

    # Replays

    def _without(self, chosen: Sequence[Identifier]) -> Trial | WholeReplay:
        self._replays += 1
        where = self._part or self._whole
        assert where is not None
        return where.without(chosen)

    def _are_together(self, outcome: Trial | WholeReplay) -> bool:
        one, other = map(outcome.profile_of, self._refs)
        return one is not None and one == other

    def _evidence(self, outcome: Trial | WholeReplay) -> tuple[Evidence, tuple[int, int]]:
        """Return what joined the two in a replay, and their latest lines there."""
        evidence, ends = Evidence(self._run, self._neighbours.presented_by), dict.fromkeys(self._refs, 0)
        for step in outcome.steps_of(self._refs[0]):
            evidence.take(step)
            if step.ref in ends:
                ends[str(step.ref)] = step.number
        first, second = ends.values()
        return evidence, (first, second)

    # Proof

    def _smaller(
        self, chosen: Sequence[Identifier], lines: int
    ) -> tuple[bool, tuple[Sequence[Identifier], Trial | WholeReplay] | None]:
        """Return whether the smallest size is proven now, and a smaller set if one was found (R7, L1).

        Where all smaller sets are too many, those of what the profile had are tried, then those in the set itself.
        """
        size = len(chosen)
        everything = self._everything(lines)
        own = list(self._own())
        for values, proves in ((everything, True), (own, False), (chosen, False)):
            if values is None or _subsets(len(values), size) > min(MOST_PROOFS, MOST_LINES // lines):
                continue
            for fewer in range(1, size):
                for subset in combinations(values, fewer):
                    outcome = self._without(subset)
                    if not self._are_together(outcome):
                        return proves or fewer == 1, (subset, outcome)
            return proves, None
        return False, None

    def _everything(self, lines: int) -> list[Identifier] | None:
        """Return every identifier whose absence could matter; None if they are too many to be tried."""
        if self._whole is not None:
            return self._whole.identifiers(self._neighbours.presented_by) if lines <= MOST_LINES // 10 else None
        if self._neighbours.is_still:
            return list(self._own())
        whole = component(self._neighbours, [self._group()], MOST_PROOFS)
        return None if whole is None else whole.identifiers

    def _own(self) -> Iterable[Identifier]:
        """Return every identifier that the profile had."""
        return dict.fromkeys(self._neighbours.identifiers_of(self._group()))

    def _group(self) -> ProfileId:
        return self._run.assignments[self._refs[0]]


def _subsets(values: int, size: int) -> int:
    return sum(comb(values, fewer) for fewer in range(1, size))


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
    """Return values that break every joint: each single one, then for combinations those that break most."""
    left = [sorted(key) for key in keys]
    chosen: list[Identifier] = []
    while left:
        forced = next((key[0] for key in left if len(key) == 1), None)
        counts = Counter(value for key in left for value in key)
        value = forced or max(counts, key=lambda each: counts[each])
        chosen.append(value)
        left = [key for key in left if value not in key]
    return chosen
