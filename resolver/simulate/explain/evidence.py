"""Evidence: who holds what since when, what joined the lines of a profile, and the chain between two of them.

The facts of the lines are folded into an empty engine. Before each line its own matching is asked what the line finds,
and before each merge what joins the profiles. So a value that was evicted and claimed by another profile is two joints,
and never a bridge between them. The chain is the shortest way between two lines over what joined them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, product
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import msgspec

from resolver.commands import RemoveIdentifier, Resolve
from resolver.evidence import RuleMatch, Shared, collisions, joins
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
)
from resolver.names import AS_GIVEN, COLLISION, IdType, ProfileId
from resolver.simulate.explain.explanation import Brought, Identifier, Link, Moment
from resolver.simulate.matched import empty_engine, found_by
from resolver.simulate.run import Run
from resolver.simulate.steps import Step

if TYPE_CHECKING:
    import networkx as nx

T = TypeVar("T")

Span: TypeAlias = tuple[int, int]
"""The numbers of the first and of the last command; both belong to it."""

Spans: TypeAlias = Mapping[Identifier, list[Span]]

FOREVER = 1 << 63
"""Numbers are smaller than this."""


class Holdings(Generic[T]):
    """Who holds what at a moment, by folding the facts of some profiles; with each value what is known of it.

    *combine* puts together what is known of a value that two merged profiles held.

    >>> since = Holdings[int](min)
    >>> since.take(ProfileCreated(1, 0, "p"), 1), since.take(IdentifierAdded(1, 0, "p", "chat", "x"), 1)
    ([], [])
    >>> since.of("p")
    {('chat', 'x'): 1}
    >>> since.take(ProfileDeleted(7, 0, "p", ()), 7)
    [('p', ('chat', 'x'), 1)]
    """

    def __init__(self, combine: Callable[[T, T], T]) -> None:
        self._combine = combine
        self._held: dict[ProfileId, dict[Identifier, T]] = {}

    def of(self, profile_id: ProfileId) -> Mapping[Identifier, T]:
        """Return what a living profile holds."""
        return self._held[profile_id]

    def __iter__(self) -> Iterator[tuple[Identifier, T]]:
        """Return everything that is held."""
        return (each for held in self._held.values() for each in held.items())

    def take(self, fact: AnyFact, known: T) -> list[tuple[ProfileId, Identifier, T]]:
        """Make a fact true, *known* being known of a value that it adds; return what left a profile.

        What left profiles in a merge is with the survivor now.
        """
        if isinstance(fact, ProfileCreated):
            self._held[fact.profile_id] = {}
        elif isinstance(fact, IdentifierAdded):
            self._held[fact.profile_id][fact.id_type, fact.value] = known
        elif isinstance(fact, IdentifierEvicted | IdentifierRemoved):
            identifier = fact.id_type, fact.value
            return [(fact.profile_id, identifier, self._held[fact.profile_id].pop(identifier))]
        elif isinstance(fact, ProfilesMerged):
            into = self._held[fact.survivor]
            left = [(each, *pair) for each in fact.absorbed for pair in self._held.pop(each).items()]
            for _, identifier, moved in left:
                into[identifier] = self._combine(into[identifier], moved) if identifier in into else moved
            return left
        elif isinstance(fact, ProfileDeleted):
            return [(fact.profile_id, *pair) for pair in self._held.pop(fact.profile_id).items()]
        return []


def spans_of(facts: Iterable[AnyFact]) -> dict[Identifier, list[Span]]:
    """Return for each identifier the spans in which one of the profiles held it, and the moments when it was refused.

    *facts* are all those of some profiles, in order. What could not be read was never there. O(facts).

    >>> facts = [ProfileCreated(1, 0, "p"), IdentifierAdded(1, 0, "p", "chat", "x"), ProfileDeleted(7, 0, "p", ())]
    >>> spans_of(facts)
    {('chat', 'x'): [(1, 7)]}
    """
    spans: dict[Identifier, list[Span]] = {}
    for identifier, span in _each(facts):
        spans.setdefault(identifier, []).append(span)
    return spans


def overlap(one: Iterable[Span], other: Iterable[Span]) -> bool:
    """Whether a span of the one has a command in common with a span of the other.

    >>> overlap([(1, 4), (9, 9)], [(5, 8)]), overlap([(1, 4)], [(4, 8)])
    (False, True)
    """
    others = list(other)
    return any(start <= last and first <= end for start, end in one for first, last in others)


def _each(facts: Iterable[AnyFact]) -> Iterator[tuple[Identifier, Span]]:
    since = Holdings[int](min)
    for fact in facts:
        if isinstance(fact, IdentifierRefused):
            if fact.reason not in AS_GIVEN:
                yield (fact.id_type, fact.value), (fact.command, fact.command)
            continue
        for _, identifier, first in since.take(fact, fact.command):
            if not isinstance(fact, ProfilesMerged):
                yield identifier, (first, fact.command)
    for identifier, first in since:
        yield identifier, (first, FOREVER)


MOST_COMBINATIONS = 64
"""Of one rule between one pair of profiles; that many ways to be joined are more than anybody reads."""

Lines = tuple[int, ...]
"""The numbers of commands, in order."""

Side = Mapping[Identifier, Lines]
"""The values by which one side of a combination matched, each with the lines that had brought it."""

Node: TypeAlias = int | tuple[int, int]
"""A line's number; or (a joint's place, which way it is passed: 0 for a value, 1 from our side to theirs, -1 back)."""


class Joint(msgspec.Struct):
    """One thing that lines have in common: a value while a profile holds it, or a combination of values.

    ``lines`` has, for each of them, the rule that found it, None for the line that brought the value. Of a combination,
    ``rule`` is its rule and ``sides`` what the two profiles matched by; a value has neither.
    """

    identifiers: tuple[Identifier, ...]
    lines: dict[int, str | None]
    number: int
    rule: str = ""
    sides: tuple[Side, Side] | None = None


class Tie(msgspec.Struct, frozen=True):
    """A line that names another's record: the latest line of that, and what would make it go.

    Any identifier of a ``need`` is enough for that need to fail, and the line is gone where all of them fail; without a
    need it stays.
    """

    named: int
    needs: tuple[frozenset[Identifier], ...]


class Evidence:
    """The joints of some profiles, and the lines that name another's record."""

    def __init__(self, run: Run, presented: Callable[[Step], list[Identifier]]) -> None:
        """Start before the first line; *presented* says what a line brings, in the form in which it may be absent."""
        self.joints: list[Joint] = []
        self.ties: dict[int, Tie] = {}
        self.profile_of_line: dict[int, ProfileId] = {}
        self._engine = empty_engine(run.settings, run.options)
        self._presented = presented
        self._holdings = Holdings[list[Joint]](lambda one, other: [*one, *other])
        """What profiles hold, each value with the joints of those that brought it."""
        self._births: dict[ProfileId, int] = {}
        self._roots: dict[ProfileId, ProfileId] = {}
        self._latest: dict[str, tuple[int, ProfileId]] = {}
        self._subject = ProfileId("")

    def take(self, step: Step) -> None:
        """Go through one line: what it finds, whom it names, what its facts join."""
        merges_by_match = False
        is_own = step.profile_id is not None  # else what it found or named is another profile
        if is_own and isinstance(step.command, Resolve):
            merges_by_match = self._resolve(step)
        elif is_own and step.named is not None:
            self._name(step)
        for fact in step.facts:
            if isinstance(fact, ProfilesMerged):
                if not merges_by_match:
                    self._join_merged(fact)
                merges_by_match = False
            self._follow(fact)
            self._engine.fold([fact])
        if step.profile_id is not None:
            self.profile_of_line[step.number] = step.profile_id
            if step.ref is not None:
                self._latest[step.ref] = step.number, step.profile_id

    def are_together(self, one: int, other: int) -> bool:
        """Whether two lines that were gone through are in one profile now."""
        return self._root(self.profile_of_line[one]) == self._root(self.profile_of_line[other])

    def _root(self, profile_id: ProfileId) -> ProfileId:
        while profile_id in self._roots:
            profile_id = self._roots[profile_id]
        return profile_id

    # Lines

    def _resolve(self, step: Step) -> bool:
        """Note what a line finds; whether it finds several profiles, which then merge."""
        found = found_by(self._engine, step)
        for match in found:
            self._join(step.number, match, lambda _: (step.number,))
        profiles = dict.fromkeys(match.profile_id for match in found)
        self._subject = next(iter(profiles), ProfileId(""))
        return len(profiles) > 1

    def _name(self, step: Step) -> None:
        assert step.named is not None
        if step.named_ref is not None:
            line, profile_id = self._latest[step.named_ref]
        else:
            line, profile_id = self._births[ProfileId(step.named)], ProfileId(step.named)
        self._subject = self._root(profile_id)
        self.ties[step.number] = Tie(line, self._needs(step))

    def _needs(self, step: Step) -> tuple[frozenset[Identifier], ...]:
        """What a line needs: its own values; one that removes by policy, some value to be removed."""
        command = step.command
        if isinstance(command, RemoveIdentifier) and command.value is None:
            held = self._engine.identifiers(self._subject).get(command.id_type, ())
            return tuple(frozenset([(command.id_type, value)]) for value in held)
        own = frozenset(self._presented(step))
        return (own,) if own else ()

    # Facts

    def _follow(self, fact: AnyFact) -> None:
        """Follow who holds what since which line through a fact that is about to become true."""
        if isinstance(fact, ProfileCreated):
            self._births[fact.profile_id] = fact.command
            self._subject = fact.profile_id
        elif isinstance(fact, ProfilesMerged):
            self._roots.update(dict.fromkeys(fact.absorbed, fact.survivor))
            self._subject = fact.survivor
        brought: list[Joint] = []
        if isinstance(fact, IdentifierAdded):
            brought = [Joint(((fact.id_type, fact.value),), {fact.command: None}, fact.command)]
            self.joints += brought
        self._holdings.take(fact, brought)

    # Joints

    def _join_merged(self, fact: ProfilesMerged) -> None:
        """Note a merge that a collision (A3) or stored values (R7) bring about."""
        if fact.rule == COLLISION:
            brought = fact.identifiers[0]
            found = collisions(self._engine, self._subject, *brought)
        else:
            brought = None
            found = joins(self._engine, self._subject)
        for match in found:
            self._join(fact.command, match, lambda each: (fact.command,) if each == brought else self._lines(each))

    def _lines(self, identifier: Identifier, profile_id: ProfileId | None = None) -> Lines:
        """The lines that brought a value which a profile holds, the subject unless another is named."""
        joints = self._holdings.of(profile_id or self._subject)[identifier]
        return tuple(joint.number for joint in joints)

    def _join(self, number: int, match: RuleMatch, lines_of: Callable[[Identifier], Lines]) -> None:
        """Join the lines of one side, which *lines_of* has for its values, with those of the profile that matched."""
        shared: dict[IdType, list[Shared]] = {}
        for each in match.shared:
            shared.setdefault(each.id_type, []).append(each)
        for combination in islice(product(*shared.values()), MOST_COMBINATIONS):
            first = combination[0]
            if len(combination) == 1 and first.given == first.held:
                for joint in self._holdings.of(match.profile_id)[first.id_type, first.held]:
                    joint.lines.setdefault(number, match.rule)
                continue
            ours = {(each.id_type, each.given): lines_of((each.id_type, each.given)) for each in combination}
            held = ((each.id_type, each.held) for each in combination)
            theirs = {each: self._lines(each, match.profile_id) for each in held}
            lines = {line: match.rule for side in (ours, theirs) for each in side.values() for line in each}
            self.joints.append(Joint(tuple({**ours, **theirs}), {**lines}, number, match.rule, (ours, theirs)))


def graph_of(evidence: Evidence) -> "nx.DiGraph[Node]":
    """Return lines and joints as one graph; lines that name another's record are tied to it directly.

    A combination is passed from the lines of one side to those of the other only: those of one side were one profile
    for another reason.
    """
    import networkx as nx

    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(evidence.profile_of_line)
    for place, joint in enumerate(evidence.joints):
        if joint.sides is None:
            for line in joint.lines:
                graph.add_edge(line, (place, 0))
                graph.add_edge((place, 0), line)
            continue
        for way, (one, other) in ((1, joint.sides), (-1, joint.sides[::-1])):
            graph.add_edges_from((line, (place, way)) for lines in one.values() for line in lines)
            graph.add_edges_from(((place, way), line) for lines in other.values() for line in lines)
    for naming, tie in evidence.ties.items():
        graph.add_edge(naming, tie.named)
        graph.add_edge(tie.named, naming)
    return graph


def chain(evidence: Evidence, steps: list[Step], first: int, last: int) -> tuple[Link, ...]:
    """Return the links between two lines of one profile, as few as there can be. O(lines and joints)."""
    import networkx as nx

    moments = {step.number: Moment.of(step) for step in steps}
    path: list[Node] = nx.shortest_path(graph_of(evidence), first, last)
    links = []
    for place in range(len(path) - 1):
        here, there = path[place], path[place + 1]
        if isinstance(here, int) and isinstance(there, int):
            tie = evidence.ties.get(there)
            named, naming = (here, there) if tie is not None and tie.named == here else (there, here)
            links.append(Link("name", moments[named], moments[naming], joined=moments[naming]))
        elif isinstance(here, int) and not isinstance(there, int):
            after = path[place + 2]
            assert isinstance(after, int)
            links.append(_link(evidence.joints[there[0]], there[1], here, after, moments))
    return tuple(links)


def _link(joint: Joint, way: int, here: int, there: int, moments: Mapping[int, Moment]) -> Link:
    if joint.sides is not None:
        one, other = joint.sides if way == 1 else joint.sides[::-1]
        return Link(
            "combination",
            moments[here],
            moments[there],
            joint.rule,
            joint.identifiers,
            joined=moments[joint.number],
            first_brought=_brought(one, here, moments),
            second_brought=_brought(other, there, moments),
        )
    later = max(here, there)
    return Link(
        "value",
        moments[here],
        moments[there],
        joint.lines[later] or joint.lines[min(here, there)],
        joint.identifiers,
        added=moments[joint.number],
        joined=moments[later],
    )


def _brought(side: Side, line: int, moments: Mapping[int, Moment]) -> tuple[Brought, ...]:
    """Return by which values a side matched, each with the line that had brought it: the given one where it did."""
    return tuple(Brought(each, moments[line if line in lines else lines[0]]) for each, lines in side.items())
