"""Holdings: between which commands which profiles had each value, read off their facts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from resolver.simulate.run import Run

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


Group: TypeAlias = ProfileId
"""A profile with all that were merged into it, named by the canonical id; a deleted profile is one too."""


class Losses:
    """Spans that have ended, by identifier and by group.

    Of a profile that lives, only the end of a span is read, and 0 stands for its beginning. What could not be read
    was never there. One pass over what was lost; memory for it.
    """

    def __init__(self, run: Run) -> None:
        self.deleted: dict[Group, tuple[ProfileId, ...]] = {}
        """Groups that were deleted, with their aliases."""
        self._run = run
        self._root: dict[ProfileId, Group] = {}
        self._spans: defaultdict[Identifier, list[tuple[Span, Group]]] = defaultdict(list)
        self._identifiers: defaultdict[Group, list[Identifier]] = defaultdict(list)
        losses = list(run.losses)
        for fact in losses:
            if isinstance(fact, ProfileDeleted):
                self.deleted[fact.profile_id] = fact.aliases
                self._root.update(dict.fromkeys((fact.profile_id, *fact.aliases), fact.profile_id))
        for fact in losses:
            self._take(fact)

    def __bool__(self) -> bool:
        return bool(self._spans or self.deleted)

    def group(self, profile_id: ProfileId) -> Group:
        """Give the group of a profile."""
        engine = self._run.engine
        return engine.canonical_id(profile_id) if profile_id in engine else self._root[profile_id]

    def spans(self, identifier: Identifier) -> Sequence[tuple[Span, Group]]:
        """Give when who had an identifier that was lost then, the earliest end first."""
        return sorted(self._spans.get(identifier, ()), key=lambda each: each[0][1])

    def identifiers(self, group: Group) -> Sequence[Identifier]:
        """Give what a group has lost or was refused."""
        return self._identifiers.get(group, ())

    def add_deleted(self, group: Group, facts: Iterable[AnyFact]) -> None:
        """Add all that a deleted profile had, from all its facts."""
        for identifier, spans in spans_of(facts).items():
            for span in spans:
                self._add(identifier, span, group)

    def _take(self, fact: AnyFact) -> None:
        if isinstance(fact, IdentifierRefused):
            if fact.reason is RefusalReason.INVALID:
                return
            first = fact.command
        elif isinstance(fact, IdentifierEvicted | IdentifierRemoved):
            first = 0
        else:
            return
        assert fact.profile_id is not None, "only what could not be read is refused without a profile"
        group = self.group(fact.profile_id)
        if group not in self.deleted:
            self._add((fact.id_type, fact.value), (first, fact.command), group)

    def _add(self, identifier: Identifier, span: Span, group: Group) -> None:
        self._spans[identifier].append((span, group))
        self._identifiers[group].append(identifier)
