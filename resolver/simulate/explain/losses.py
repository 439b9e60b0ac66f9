"""Losses: who had an identifier and lost it, or was refused it, which no index of the store knows any more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from resolver.facts import AnyFact, IdentifierEvicted, IdentifierRefused, IdentifierRemoved, ProfileDeleted
from resolver.names import ProfileId, RefusalReason
from resolver.simulate.explain.spans import Span, spans_of
from resolver.simulate.explain.values import Identifier
from resolver.simulate.run import Run

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
