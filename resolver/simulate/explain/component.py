"""The component: all profiles and identifiers that could have to do with some profiles, whatever is left out.

Commands in different connected components of the graph of refs and identifiers never touch each other, in any replay
without some of the identifiers. A value that is not unique and in no compound rule connects nobody (R7).
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from resolver.simulate.explain.losses import Group
from resolver.simulate.explain.neighbours import Neighbours
from resolver.simulate.explain.values import Identifier
from resolver.simulate.without import REF

Node: TypeAlias = tuple[str, Any]
"""("group", its id), ("ref", one that lines name), ("identifier", it) or ("refused", the place of a line)."""


class Component(msgspec.Struct, frozen=True):
    """Groups, the identifiers that their lines presented, and the places of the refused lines among them."""

    groups: set[Group]
    identifiers: list[Identifier]
    refused: set[int]


def component(neighbours: Neighbours, groups: Iterable[Group], most: int | None = None) -> Component | None:
    """Give the component of some groups; None, if it has more than *most* identifiers. O(component)."""
    found: dict[Node, None] = dict.fromkeys(("group", group) for group in groups)
    waiting = list(found)
    identifiers: list[Identifier] = []
    while waiting:
        kind, name = node = waiting.pop()
        if kind == "identifier":
            identifiers.append(name)
            if most is not None and len(identifiers) > most:
                return None
        for other in _next_to(neighbours, node):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return Component(
        groups={name for kind, name in found if kind == "group"},
        identifiers=identifiers,
        refused={name for kind, name in found if kind == "refused"},
    )


def _next_to(neighbours: Neighbours, node: Node) -> Iterator[Node]:
    kind, name = node
    refused: Iterable[int] = ()
    if kind == "group":
        yield from (("identifier", each) for each in neighbours.identifiers_of(name))
        yield from (("ref", ref) for ref in neighbours.refs_of(name))
    elif kind == "ref":
        yield from (("group", group) for group in neighbours.groups_of_ref(name))
        refused = neighbours.refused_near([name], ())
    elif kind == "refused":
        entry = neighbours.refused[name]
        yield from (("identifier", each) for each in neighbours.presented_by(entry))
        refs = (ref.removeprefix(REF) for ref in (entry.ref, entry.named) if ref is not None)
        yield from (("ref", ref) for ref in refs if ref in neighbours.named)
    elif neighbours.joins(name[0]):
        yield from (("group", group) for group in neighbours.groups_of(name))
        refused = neighbours.refused_near((), [name])
    for place in sorted(refused):
        yield "refused", place
