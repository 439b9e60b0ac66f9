"""Explain: why two records are one profile, what would keep them apart, or why they are not one.

>>> from resolver.simulate import replay
>>> run = replay([
...     {"ref": "crm:17", "at": 0, "identifiers": {"email": "ada@example.com"}},
...     {"ref": "web:4", "at": 1000, "identifiers": {"chat": "ada"}},
... ])
>>> print(explain(run, "crm:17", "web:4"))
crm:17 and web:4 are two profiles.
They have never had an identifier in common.
"""

from heapq import merge
from operator import attrgetter

from resolver.names import ProfileId
from resolver.simulate.explain.cut import cut
from resolver.simulate.explain.evidence import Evidence, chain
from resolver.simulate.explain.explanation import Common, Cut, Event, Explanation, Fate, Link, Merge, Moment, Records
from resolver.simulate.explain.neighbours import Named, Neighbours
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
from resolver.simulate.matched import rules_at_end
from resolver.simulate.run import Run, check_unmasked
from resolver.simulate.steps import Wanted

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
