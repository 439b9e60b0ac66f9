"""Joints: identifiers that alone hold a profile together.

A profile is looked at as a graph of its lines and of the identifiers that they presented. An identifier whose
removal leaves the lines in several pieces is a joint: its articulation points, found in one pass. Values that never
match, because no rule uses their idType, join nothing.

Where compound rules or fuzzy types are in force, lines are taken to be joined by more than they may be: by every value
of a compound rule, and by all values of a fuzzy type. So what is found is a joint, and frees at least as many profiles
as it says; there may be others, which ``replayed_joints`` finds. Limits are not followed; a replay without the value
gives the exact figure.
"""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence

import msgspec

from resolver.names import IdType, ProfileId, Value

Node = tuple[str, ...]
Link = tuple[int, Node]
"""A line, and an identifier that it presented or the line of the record that it named."""

COMMAND: Node = ("command",)
"""Stands for a line that creates no profile."""

EVIDENCE = 3
"""How many lines of a side are named."""


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
