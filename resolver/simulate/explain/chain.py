"""The chain: the shortest way from one record's line to another's over the joints that made them one profile."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from resolver.simulate.explain.evidence import Evidence, Joint, Side
from resolver.simulate.explain.lines import moment_of
from resolver.simulate.explain.parts import Brought, Link, Moment
from resolver.simulate.steps import Step

if TYPE_CHECKING:
    import networkx as nx

Node: TypeAlias = int | tuple[int, int]
"""A line's number; or (a joint's place, which way it is passed: 0 for a value, 1 from our side to theirs, -1 back)."""


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

    moments = {step.number: moment_of(step) for step in steps}
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
