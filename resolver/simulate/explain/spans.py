"""Spans: between which commands some profiles had each value, read off their facts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

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
from resolver.names import ProfileId, RefusalReason
from resolver.simulate.explain.values import Identifier

Span: TypeAlias = tuple[int, int]
"""The numbers of the first and of the last command; both belong to it."""

Spans: TypeAlias = Mapping[Identifier, list[Span]]

FOREVER = 1 << 63
"""Numbers are smaller than this."""


def spans_of(facts: Iterable[AnyFact]) -> dict[Identifier, list[Span]]:
    """Give for each identifier the spans in which one of the profiles held it, and the moments when it was refused.

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
    """Tell whether a span of the one has a command in common with a span of the other.

    >>> overlap([(1, 4), (9, 9)], [(5, 8)]), overlap([(1, 4)], [(4, 8)])
    (False, True)
    """
    others = list(other)
    return any(start <= last and first <= end for start, end in one for first, last in others)


def _each(facts: Iterable[AnyFact]) -> Iterator[tuple[Identifier, Span]]:
    since: dict[ProfileId, dict[Identifier, int]] = {}
    for fact in facts:
        if isinstance(fact, ProfileCreated):
            since[fact.profile_id] = {}
        elif isinstance(fact, IdentifierAdded):
            since[fact.profile_id][fact.id_type, fact.value] = fact.command
        elif isinstance(fact, IdentifierEvicted | IdentifierRemoved):
            identifier = fact.id_type, fact.value
            yield identifier, (since[fact.profile_id].pop(identifier), fact.command)
        elif isinstance(fact, IdentifierRefused):
            if fact.reason is not RefusalReason.INVALID:
                yield (fact.id_type, fact.value), (fact.command, fact.command)
        elif isinstance(fact, ProfilesMerged):
            for absorbed in fact.absorbed:
                for identifier, first in since.pop(absorbed).items():
                    since[fact.survivor][identifier] = min(first, since[fact.survivor].get(identifier, first))
        else:
            assert isinstance(fact, ProfileDeleted)
            for identifier, first in since.pop(fact.profile_id).items():
                yield identifier, (first, fact.command)
    for held in since.values():
        for identifier, first in held.items():
            yield identifier, (first, FOREVER)
