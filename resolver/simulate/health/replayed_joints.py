"""Joints found by replays: where compound rules or fuzzy types join profiles, which no graph of single values shows.

The lines of a profile are replayed without one of its values after the other. How many profiles they are in then is
exact, also where limits have a part in it. The largest profiles come first; what would take too many replayed lines is
left out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from resolver.names import IdType, ProfileId, Value
from resolver.simulate.explain.neighbours import Neighbours
from resolver.simulate.explain.parts import Identifier
from resolver.simulate.explain.trials import Part, Replayed, Trial, Whole
from resolver.simulate.health.joints import Joint, Link, Node, is_value, joint_of, needed
from resolver.simulate.run import Run
from resolver.simulate.steps import Step, Wanted

MOST_LINES = 200_000
"""So many lines are replayed for one report, or a few more."""

_PER_TRIAL = 20
"""What a replay of a profile's lines costs beside them, in lines."""

_PER_PART = 200
"""The same where others are replayed with it, as far as they may meet it."""

_LINES_PER_PASS = 50
"""What it costs to look for these among so many lines of the run is that of replaying one."""


class Lines(msgspec.Struct, frozen=True):
    """What the lines of a run tell of its profiles.

    ``links`` and ``rest`` have for each profile what its lines presented of types that can join profiles, and of
    others; ``refs`` the record of every line; ``only`` is as for ``joints``.
    """

    links: Mapping[ProfileId, Sequence[Link]]
    rest: Mapping[ProfileId, Sequence[Link]]
    refs: Mapping[int, str]
    only: Mapping[int, Node]

    def of(self, profile_id: ProfileId) -> dict[int, None]:
        """Return the lines of a profile, each once."""
        both = (*self.links.get(profile_id, ()), *self.rest.get(profile_id, ()))
        return dict.fromkeys(line for line, _ in both)


class _Plan(msgspec.Struct, frozen=True):
    """Which values are left out, one after the other; ``is_alone``: the profile's lines tell what becomes of it."""

    profile_id: ProfileId
    values: tuple[Node, ...]
    is_alone: bool


def replayed_joints(run: Run, lines: Lines, most: int = MOST_LINES) -> dict[ProfileId, list[Joint]]:
    """Return the joints of the profiles that were searched, the largest first; the others would take too long.

    At most about *most* lines are replayed. Memory for the lines of the profiles that are searched.
    """
    return _Search(run, lines).found(most)


class _Search:
    def __init__(self, run: Run, lines: Lines) -> None:
        self._run = run
        self._lines = lines
        self._neighbours = Neighbours(run)
        book = self._neighbours.book
        self._alone = {rules.id_type for rules in book.order if rules.unique and rules.has_own_rule}
        self._fuzzy = {rules.id_type for rules in book.order if rules.threshold is not None}
        self._whole: Whole | None = None

    def found(self, most: int) -> dict[ProfileId, list[Joint]]:
        """Return the joints of as many profiles as may be searched."""
        plans = self._plans(most)
        steps = self._steps([plan.profile_id for plan in plans if plan.values])
        return {plan.profile_id: self._joints(plan, steps.get(plan.profile_id, [])) for plan in plans}

    def _plans(self, most: int) -> list[_Plan]:
        """Return what is to be tried of each profile that is not too much."""
        sizes = {profile_id: len(self._lines.of(profile_id)) for profile_id in self._run.engine.profiles()}
        left = {True: most // 2, False: most // 2}
        """Half of it is for profiles that stand alone, which cost little, so that the others do not use it up."""
        plans = []
        for profile_id in sorted(sizes, key=lambda each: -sizes[each]):
            plan = self._plan(profile_id)
            cost = self._cost(plan, sizes[profile_id])
            if cost <= left[plan.is_alone]:
                left[plan.is_alone] -= cost
                plans.append(plan)
        return plans

    def _plan(self, profile_id: ProfileId) -> _Plan:
        lines, links = self._lines, self._lines.links.get(profile_id, ())
        own = lines.of(profile_id)
        counts = Counter(node for _, node in dict.fromkeys(links) if is_value(node))
        if len(own) < 2 or not counts:
            return _Plan(profile_id, (), True)
        if not self._neighbours.stands_alone(profile_id):
            return _Plan(profile_id, tuple(counts), False)
        by_itself = [link for link in links if link[1][1] in self._alone]
        held = needed(by_itself, own, lines.only)
        values = (node for node, count in counts.items() if count > 1 or node[1] in self._fuzzy)
        return _Plan(profile_id, tuple(node for node in values if held is None or node in held), True)

    def _cost(self, plan: _Plan, size: int) -> int:
        """Return how many lines are to be replayed, or how many would take as long."""
        lines = self._run.summary.lines
        if plan.is_alone:
            return len(plan.values) * (size + _PER_TRIAL)
        if self._neighbours.is_entangled:
            return len(plan.values) * lines
        return len(plan.values) * (4 * size + _PER_PART) + lines // _LINES_PER_PASS

    def _steps(self, profiles: Collection[ProfileId]) -> dict[ProfileId, list[Step]]:
        """Return the lines of some profiles. One pass over the run."""
        engine = self._run.engine
        of_id = {each: top for top in profiles for each in (top, *engine.aliases(top))}
        steps: dict[ProfileId, list[Step]] = {}
        for step in self._run.select(Wanted(ids=of_id.keys(), is_applied=True)) if of_id else ():
            assert step.profile_id is not None
            steps.setdefault(of_id[step.profile_id], []).append(step)
        return steps

    def _joints(self, plan: _Plan, steps: list[Step]) -> list[Joint]:
        line_of = {step.number: step.line for step in steps}
        replay = self._replay(plan, steps)
        found = []
        for node in plan.values:
            numbers = replay([(IdType(node[1]), Value(node[2]))]).together(line_of)
            if len(numbers) > 1:
                pieces = [[line_of[number] for number in piece] for piece in numbers]
                found.append(joint_of(node, plan.profile_id, pieces, self._lines.refs))
        return found

    def _replay(self, plan: _Plan, steps: list[Step]) -> Callable[[Collection[Identifier]], Trial | Replayed]:
        """Return what replays as many lines as matter for a profile without some identifiers."""
        neighbours = self._neighbours
        if plan.is_alone:
            return lambda absent: Trial(self._run, steps, absent, neighbours.normalizers)
        if neighbours.is_entangled:
            self._whole = self._whole or Whole(self._run, neighbours.refused, neighbours.normalizers)
            return self._whole.without
        refs: Iterable[str] = dict.fromkeys(step.ref for step in steps if step.ref is not None)
        return Part(neighbours, refs, steps).without
