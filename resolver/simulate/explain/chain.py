"""The chain: the shortest way from one record's line to another's over the joints that made them one profile."""

from typing import TYPE_CHECKING, TypeAlias

from resolver.simulate.explain.evidence import Evidence, Joint
from resolver.simulate.explain.gather import Step, moment_of
from resolver.simulate.explain.values import Link, Moment

if TYPE_CHECKING:
    import networkx as nx

Node: TypeAlias = int | tuple[str, int]
"""A line's number, or ("joint", its place among the joints)."""


def graph_of(evidence: Evidence) -> "nx.Graph[Node]":
    """Give lines and joints as one graph; lines that name another's record are tied to it directly."""
    import networkx as nx

    graph: nx.Graph[Node] = nx.Graph()
    graph.add_nodes_from(evidence.profile_of_line)
    for place, joint in enumerate(evidence.joints):
        graph.add_edges_from((line, ("joint", place)) for line in joint.lines)
    graph.add_edges_from(evidence.names.items())
    return graph


def chain(evidence: Evidence, steps: list[Step], first: int, last: int) -> tuple[Link, ...]:
    """Give the links between two lines of one profile, as few as there can be. O(lines and joints)."""
    import networkx as nx

    moments = {entry.number: moment_of(entry, facts) for entry, facts in steps}
    path: list[Node] = nx.shortest_path(graph_of(evidence), first, last)
    links = []
    for place in range(len(path) - 1):
        here, there = path[place], path[place + 1]
        if isinstance(here, int) and isinstance(there, int):
            named, naming = (here, there) if evidence.names.get(there) == here else (there, here)
            links.append(Link("name", moments[named], moments[naming], joined=moments[naming]))
        elif isinstance(here, int) and not isinstance(there, int):
            after = path[place + 2]
            assert isinstance(after, int)
            links.append(_link(evidence.joints[there[1]], here, after, moments))
    return tuple(links)


def _link(joint: Joint, here: int, there: int, moments: dict[int, Moment]) -> Link:
    if not joint.is_value:
        rule = joint.lines[here]
        return Link("combination", moments[here], moments[there], rule, joint.identifiers, joined=moments[joint.number])
    later = max(here, there)
    rule = joint.lines[later] or joint.lines[min(here, there)]
    return Link(
        "value",
        moments[here],
        moments[there],
        rule,
        joint.identifiers,
        added=moments[joint.number],
        joined=moments[later],
    )
