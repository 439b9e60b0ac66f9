"""Joints: identifiers that alone hold a profile together, found in a graph, or by replays.

A profile is looked at as a graph of its lines and of the identifiers that they presented. An identifier whose
removal leaves the lines in several pieces is a joint: its articulation points, found in one pass. Values that never
match, because no rule uses their idType, join nothing.

That is all there is to it where nobody ever lost or was refused what a profile has. Elsewhere a replay without a value
may show otherwise, since the absence of one value can save another from eviction. Where compound rules or fuzzy types
are in force, the graph takes lines to be joined by every value of a compound rule, and by all values of a fuzzy type.
So ``exact_joints`` replays the lines of such a profile without one of its values after the other. The largest profiles
come first; what would take too many replayed lines is left out, and only the graph tells of it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence

import msgspec

from resolver.names import IdType, ProfileId, Value
from resolver.simulate.explain.explanation import Identifier
from resolver.simulate.explain.neighbours import Neighbours
from resolver.simulate.explain.trials import Part, Trial, Whole, WholeReplay
from resolver.simulate.run import Run
from resolver.simulate.steps import Step, Wanted

Node = tuple[str, ...]
Link = tuple[int, Node]
"""A line, and an identifier that it presented or the line of the record that it named."""

COMMAND: Node = ("command",)
"""Stands for a line that creates no profile."""

EVIDENCE = 3
"""How many lines of a side are named."""

MOST_LINES = 200_000
"""So many lines are replayed for one report unless told otherwise, or a few more."""

_PER_TRIAL = 20
"""What a replay of a profile's lines costs beside them, in lines."""

_PER_PART = 200
"""The same where others are replayed with it, as far as they may meet it."""

_LINES_PER_PASS = 50
"""What it costs to look for these among so many lines of the run is that of replaying one."""


class Joint(msgspec.Struct, frozen=True, rename="camel"):
    """An identifier whose absence would leave a profile in several pieces.

    ``freed`` counts the profiles that would be new, ``sizes`` the lines of each piece, the largest first;
    ``refs`` and ``evidence`` are a record and the first lines of each piece, in the same order.
    """

    id_type: IdType
    value: Value
    profile_id: ProfileId
    freed: int
    sizes: tuple[int, ...]
    refs: tuple[str, ...]
    evidence: tuple[tuple[int, ...], ...]

    @property
    def second(self) -> int:
        """The size of the second largest piece: the larger, the more a wrong joint costs."""
        return self.sizes[1]


def joints(
    profile_id: ProfileId,
    links: Iterable[Link],
    refs: Mapping[int, str],
    only: Mapping[int, Node],
    fuzzy: Container[IdType] = (),
) -> list[Joint]:
    """Return the joints of one profile, in the order in which their values came. O(links).

    *refs* has the ref of every line; *only* the value of each line that presented no other, and ``COMMAND`` for a
    line that needs a record to act on: pieces of such lines alone would not be there without the value. *fuzzy* are the
    types of which all values are taken for similar.
    """
    graph = _graph((line, ("type", node[1]) if is_value(node) and node[1] in fuzzy else node) for line, node in links)
    tree = _Tree(graph)
    found = []
    for node in filter(is_value, graph):
        pieces = _pieces_without(node, tree, only)
        if len(pieces) > 1:
            found.append(joint_of(node, profile_id, pieces, refs))
    return found


def needed(links: Sequence[Link], lines: Collection[int], only: Mapping[int, Node]) -> set[Node] | None:
    """Return the identifiers without any of which some lines are not connected; None where they are not anyway.

    O(links). The arguments are as for ``joints``; *lines* are all that should be connected.
    """
    graph = _graph(links)
    tree = _Tree(graph)
    if not graph or not tree.connects(lines):
        return None
    return {node for node in filter(is_value, graph) if len(_pieces_without(node, tree, only)) > 1}


def _pieces_without(node: Node, tree: "_Tree", only: Mapping[int, Node]) -> list[list[int]]:
    return [piece for piece in tree.pieces(node) if any(only.get(line) not in (node, COMMAND) for line in piece)]


def is_value(node: Node) -> bool:
    """Whether a node is an identifier."""
    return node[0] == "value"


def _graph(links: Iterable[Link]) -> dict[Node, dict[Node, None]]:
    """Return the graph as neighbours in order of arrival, without identifiers that one line alone presented."""
    graph: dict[Node, dict[Node, None]] = {}
    for line, other in links:
        one = ("line", str(line))
        graph.setdefault(one, {})[other] = None
        graph.setdefault(other, {})[one] = None
    for node in [node for node, others in graph.items() if is_value(node) and len(others) < 2]:
        for other in graph.pop(node):
            del graph[other][node]
    return graph


class _Tree:
    """A depth-first tree, and for every node which lines its subtree has, as a range of one list."""

    def __init__(self, graph: dict[Node, dict[Node, None]]) -> None:
        self._order: dict[Node, int] = {}
        self._low: dict[Node, int] = {}
        self._children: dict[Node, list[Node]] = {}
        self._lines: list[int] = []
        self._span: dict[Node, tuple[int, int]] = {}
        self._whole: dict[Node, tuple[int, int]] = {}
        for node in graph:
            if node not in self._order:
                self._grow(graph, node)

    def _grow(self, graph: dict[Node, dict[Node, None]], root: Node) -> None:
        start, members = len(self._lines), []
        stack = [(root, root, iter(graph[root]))]
        self._enter(root)
        while stack:
            node, parent, others = stack[-1]
            other = next(others, None)
            if other is None:
                stack.pop()
                members.append(node)
                self._span[node] = (self._span[node][0], len(self._lines))
                if stack:
                    self._low[parent] = min(self._low[parent], self._low[node])
                    self._children.setdefault(parent, []).append(node)
            elif other not in self._order:
                self._enter(other)
                stack.append((other, node, iter(graph[other])))
            elif other != parent:
                self._low[node] = min(self._low[node], self._order[other])
        for node in members:
            self._whole[node] = (start, len(self._lines))

    def _enter(self, node: Node) -> None:
        self._order[node] = self._low[node] = len(self._order)
        self._span[node] = (len(self._lines), len(self._lines))
        if node[0] == "line":
            self._lines.append(int(node[1]))

    def connects(self, lines: Collection[int]) -> bool:
        """Whether the graph has all these lines, in one component."""
        return len(self._lines) == len(lines) and {*self._whole.values()} == {(0, len(lines))}

    def pieces(self, node: Node) -> list[list[int]]:
        """Return the lines of each piece that is left without a node. O(lines of its component)."""
        below = [child for child in self._children.get(node, ()) if self._low[child] >= self._order[node]]
        if not below:  # nothing hangs on it, as is so with most
            return []
        spans = [self._span[child] for child in below]
        first, last = self._whole[node]
        rest: list[int] = []
        place = first
        for start, end in spans:
            rest.extend(self._lines[place:start])
            place = end
        rest.extend(self._lines[place:last])
        return [self._lines[start:end] for start, end in spans] + ([rest] if rest else [])


def joint_of(node: Node, profile_id: ProfileId, pieces: list[list[int]], refs: Mapping[int, str]) -> Joint:
    """Return the joint that leaves these pieces, each the lines of one."""
    ordered = sorted((sorted(piece) for piece in pieces), key=lambda lines: (-len(lines), lines[0]))
    return Joint(
        id_type=node[1],
        value=Value(node[2]),
        profile_id=profile_id,
        freed=len(pieces) - 1,
        sizes=tuple(map(len, ordered)),
        refs=tuple(refs[lines[0]] for lines in ordered[:EVIDENCE]),
        evidence=tuple(tuple(lines[:EVIDENCE]) for lines in ordered[:EVIDENCE]),
    )


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
    """Which values are left out, one after the other; ``is_alone``: the profile's lines tell what becomes of it.

    ``is_graph``: what these have in common tells it, without a replay.
    """

    profile_id: ProfileId
    values: tuple[Node, ...]
    is_alone: bool
    is_graph: bool = False


def exact_joints(run: Run, lines: Lines, most: int) -> tuple[dict[ProfileId, list[Joint]], bool]:
    """Return the joints of the profiles that were searched, the largest first, and whether any had to be replayed.

    The others would take too long: at most about *most* lines are replayed. Memory for the lines of those searched.
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
        self._is_plain = self._neighbours.is_owned and not book.compounds and not self._fuzzy
        """Whether only equal values join, and each of them does."""
        self._whole: Whole | None = None

    def found(self, most: int) -> tuple[dict[ProfileId, list[Joint]], bool]:
        """Return the joints of as many profiles as may be searched, and whether any was or had to be replayed."""
        plans = self._plans(most)
        steps = self._steps([plan.profile_id for plan in plans if plan.values])
        found = {plan.profile_id: self._joints(plan, steps.get(plan.profile_id, [])) for plan in plans}
        needs_replays = len(plans) < len(self._run.engine) or not all(plan.is_graph for plan in plans)
        return found, needs_replays

    def _plans(self, most: int) -> list[_Plan]:
        """Return what is to be tried of each profile that is not too much."""
        profiles = self._run.engine.profiles()
        if self._is_plain and self._neighbours.loses_nothing:
            return [_Plan(profile_id, (), is_alone=True, is_graph=True) for profile_id in profiles]
        sizes = {profile_id: len(self._lines.of(profile_id)) for profile_id in profiles}
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
        is_graph = self._is_plain and (len(own) < 2 or self._neighbours.stands_alone(profile_id))
        counts = Counter(node for _, node in dict.fromkeys(links) if is_value(node))
        if is_graph or len(own) < 2 or not counts:
            return _Plan(profile_id, (), True, is_graph)
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
        if plan.is_graph:
            lines = self._lines
            return joints(plan.profile_id, lines.links.get(plan.profile_id, ()), lines.refs, lines.only)
        line_of = {step.number: step.line for step in steps}
        replay = self._replay(plan, steps)
        found = []
        for node in plan.values:
            numbers = replay([(IdType(node[1]), Value(node[2]))]).together(line_of)
            if len(numbers) > 1:
                pieces = [[line_of[number] for number in piece] for piece in numbers]
                found.append(joint_of(node, plan.profile_id, pieces, self._lines.refs))
        return found

    def _replay(self, plan: _Plan, steps: list[Step]) -> Callable[[Collection[Identifier]], Trial | WholeReplay]:
        """Return what replays as many lines as matter for a profile without some identifiers."""
        neighbours = self._neighbours
        if plan.is_alone:
            return lambda absent: Trial(self._run, steps, absent, neighbours.normalizers)
        if neighbours.is_entangled:
            self._whole = self._whole or Whole(self._run, neighbours.refused, neighbours.normalizers)
            return self._whole.without
        refs: Iterable[str] = dict.fromkeys(step.ref for step in steps if step.ref is not None)
        return Part(neighbours, refs, steps).without
