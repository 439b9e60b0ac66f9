"""Holdings: who holds what since when, read off the facts: at a moment, and as spans of time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

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
from resolver.names import AS_GIVEN, ProfileId
from resolver.simulate.explain.parts import Identifier
from resolver.simulate.run import Run

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
        """Return the group of a profile."""
        engine = self._run.engine
        return engine.canonical_id(profile_id) if profile_id in engine else self._root[profile_id]

    def spans(self, identifier: Identifier) -> Sequence[tuple[Span, Group]]:
        """Return when who had an identifier that was lost then, the earliest end first."""
        return sorted(self._spans.get(identifier, ()), key=lambda each: each[0][1])

    def identifiers(self, group: Group) -> Sequence[Identifier]:
        """Return what a group has lost or was refused."""
        return self._identifiers.get(group, ())

    def add_deleted(self, group: Group, facts: Iterable[AnyFact]) -> None:
        """Add all that a deleted profile had, from all its facts."""
        for identifier, spans in spans_of(facts).items():
            for span in spans:
                self._add(identifier, span, group)

    def _take(self, fact: AnyFact) -> None:
        if isinstance(fact, IdentifierRefused):
            if fact.reason in AS_GIVEN:
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
