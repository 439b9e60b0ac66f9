"""The explanation: why two records are one profile or two, or what one profile is made of."""

from typing import Any

from resolver.display import counted
from resolver.errors import shown
from resolver.names import ProfileId
from resolver.simulate import frames, notebook
from resolver.simulate.explain.cut import cut
from resolver.simulate.explain.evidence import Evidence, chain
from resolver.simulate.explain.lines import Gathered, gather, moment_of, profile_ids, refused_for, steps_about
from resolver.simulate.explain.neighbours import Named, Neighbours
from resolver.simulate.explain.parts import Common, Cut, Link, Moment, Records, Value
from resolver.simulate.explain.text import text_of
from resolver.simulate.explain.timeline import Timeline, add_rejected, common
from resolver.simulate.matched import rules_at_end
from resolver.simulate.run import Run, check_unmasked


class Explanation(Value, frozen=True):
    """What ``explain`` returns: ``str()`` is it in words, ``to_json()`` what ``resolver explain --json`` prints.

    ``first`` is the side of the first ref, ``second`` of the other (None, if one ref was asked for or both are one
    profile). ``together`` is None for one ref. For two that are together: ``since`` when, the ``chain`` of links
    between them, and the ``cut`` that would keep them apart (None, if it was not wanted). For two that are apart:
    ``common``, every identifier that both profiles have had.
    """

    refs: tuple[str, ...]
    together: bool | None
    first: Records
    second: Records | None = None
    since: Moment | None = None
    chain: tuple[Link, ...] = ()
    common: tuple[Common, ...] = ()
    cut: Cut | None = None

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        names = " and ".join(map(shown, self.refs))
        if self.together is None:
            return f"<Explanation: {names} in a profile of {counted(len(self.first.refs), 'record')}>"
        return f"<Explanation: {names} are {'one profile' if self.together else 'two profiles'}>"

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed), a row per event of an identifier.

        Columns: ``ref`` (one of the two that were asked for, whose profile it is), ``id_type``, ``value``, ``is_held``
        (at the end), ``event``, its ``line`` and time ``at``, the record it came ``by``, ``why``. Raises
        ``ImportError`` where the library is not there, ``ValueError`` for another one.
        """
        return frames.explanation_frame(self, library)

    def _repr_html_(self) -> str:
        return notebook.explanation_html(self)

    def text(self, most: int = 12) -> str:
        """Return it in plain text; of each long list the first *most*, saying how many more there are."""
        return text_of(self, most)


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
    evidence, since = Evidence(run, Named(run).of), None
    for step in gathered.steps:
        evidence.take(step)
        if since is None and step.number >= max(first, last) and evidence.are_together(first, last):
            since = moment_of(step)
    return Explanation(
        refs=(a, b),
        together=True,
        first=_records(run, a, canonical, gathered),
        since=since,
        chain=chain(evidence, gathered.steps, first, last),
        cut=None if neighbours is None else cut(neighbours, ends, gathered.steps, evidence),
    )


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
        line=moment_of(last),
        profile_id=canonical,
        refs=gathered.refs,
        merges=tuple(fates.merges),
        fates=fates.all(),
        deleted=fates.deleted,
    )
