"""Neighbours: who ever had an identifier or a ref, so that lines may depend on each other through it.

Commands in different connected components of the graph of refs and identifiers never touch each other, in any replay
without some of the identifiers. A value that is not unique and in no compound rule connects nobody (R7).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from heapq import merge
from itertools import chain, islice
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from resolver.commands import Resolve, values_of
from resolver.errors import (
    IdentifierBlocked,
    IdentifierConflict,
    IdentifierNotFound,
    InvalidIdentifier,
    ProfileExists,
    ProfileNotFound,
    SuppressedIdentifier,
)
from resolver.facts import AnyFact, IdentifierEvicted, IdentifierRefused, IdentifierRemoved, ProfileDeleted
from resolver.names import AS_GIVEN, IdType, MatchingAlgo, OnInvalid, ProfileId
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Rulebook
from resolver.simulate.explain.evidence import FOREVER, Span, Spans, overlap, spans_of
from resolver.simulate.explain.explanation import Identifier
from resolver.simulate.explain.timeline import Gathered, steps_about
from resolver.simulate.run import Run
from resolver.simulate.steps import Step, Wanted
from resolver.simulate.without import Forms

_NOT_ALLOWED = (IdentifierBlocked, SuppressedIdentifier)

DEPENDS = frozenset(
    each.__name__ for each in (IdentifierConflict, IdentifierNotFound, ProfileNotFound, ProfileExists, *_NOT_ALLOWED)
)
"""Errors that depend on what the store is, or on one value of several; the others hang on line and settings alone."""

BY_VALUE = frozenset(each.__name__ for each in (IdentifierConflict, InvalidIdentifier, *_NOT_ALLOWED))
"""Errors that the absence of a value can undo. Unreadable values that are dropped (N8) refuse no plain resolve."""

MOST_PICKED = 1000
"""Of so many groups that share a value with the first ones, the lines are picked in the same pass."""


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


class Named:
    """The values that lines name, in the form in which they may be absent."""

    def __init__(self, run: Run) -> None:
        self.normalizers = Normalizers(run.options.get("default_region", "US"), run.options.get("normalizers"))
        self._forms = Forms(run.settings, self.normalizers)
        self._id_types = {*run.settings.id_types}

    def of(self, step: Step) -> list[Identifier]:
        """Return what a line names, whatever it does with it; the trimmed text of what cannot be read."""
        return [
            (id_type, self._forms.of(id_type, raw))
            for id_type, raw in values_of(step.command)
            if isinstance(raw, str) and id_type in self._id_types
        ]


class Neighbours:
    """Who ever held, lost or was refused what, and which refused lines another store might have applied.

    One pass over the lines and one over the losses. Memory for what was lost, for those refused lines, and for the
    lines of the groups *around* which it will be asked, of those that share a value with them, and of deleted ones.
    """

    def __init__(self, run: Run, *around: Group) -> None:
        self.run = run
        self.named_by = Named(run)
        self.normalizers = self.named_by.normalizers
        self.book = Rulebook(run.settings, self.normalizers)
        self.refused: list[Step] = []
        """Refused lines that another store might have applied."""
        self.named: set[str] = set()
        """The refs that some line names as its profile."""
        self._is_fuzzy = any(each.matching_algo is MatchingAlgo.FUZZY for each in run.settings.identifier_configs)
        self._is_ruled = run.engine.settings.version != run.settings.version or run.settings.policies.joining
        """Whether settings, policies or ids tie lines together that share nothing."""
        self._has_mixed_times = False
        """Whether lines without a time, which are at that of the one before them, stand among lines with one."""
        self._in_compounds = {id_type for rule in self.book.compounds for id_type in rule.types}
        self._refused_of_ref: defaultdict[str, list[int]] = defaultdict(list)
        self._refused_of_value: defaultdict[Identifier, list[int]] = defaultdict(list)
        self._refs: defaultdict[Group, list[str]] = defaultdict(list)
        self._losses = Losses(run)
        self._read_refused()
        self._pick(around)

    @property
    def is_owned(self) -> bool:
        """Whether every unique type has a rule of its own, so that no value is refused for a conflict."""
        return all(rules.has_own_rule or not rules.unique for rules in self.book.order)

    @property
    def is_entangled(self) -> bool:
        """Whether a line may depend on one that shares neither ref nor identifier with it."""
        return self._is_ruled or self._has_mixed_times or self._is_fuzzy

    @property
    def is_still(self) -> bool:
        """Whether nothing is ever lost or refused, here and without any identifiers, and only matches join.

        Then a replay with fewer identifiers has smaller profiles, which no limit trims, and what the lines that are
        left have in common still joins them; so the evidence alone proves what is needed to keep two apart.
        """
        return self.loses_nothing and not self.is_entangled

    @property
    def loses_nothing(self) -> bool:
        """Whether nothing is ever lost or refused, whoever is similar and whatever the times are."""
        return self.is_owned and not (self._is_ruled or self._losses or self.named or self.refused)

    def stands_alone(self, group: Group) -> bool:
        """Whether the lines of a group do by themselves what they do among all, also without some identifiers.

        So it is where nobody ever lost or was refused what the group has, and no line names one of its records. Where
        similar values match, nothing may have been lost or refused at all.
        """
        if self.loses_nothing:
            return True
        if self._is_ruled or self._has_mixed_times:
            return False
        if self._is_fuzzy and (self._losses or self.named or self.refused):
            return False
        own = list(self.identifiers_of(group))
        has_changed = self._losses.identifiers(group) or any(map(self._losses.spans, own))
        return not (has_changed or self.refs_of(group) or self.refused_near((), own))

    # Groups

    def group(self, profile_id: ProfileId) -> Group:
        """Return the group of a profile."""
        return self._losses.group(profile_id)

    def groups_of_ref(self, ref: str) -> Iterator[Group]:
        """Return all groups in which lines of a ref ended."""
        for profile_id in (*self.run.elsewhere.get(ref, ()), self.run.assignments.get(ref)):
            if profile_id is not None:
                yield self.group(profile_id)

    def groups_of(self, identifier: Identifier) -> Iterator[Group]:
        """Return all groups that ever held an identifier or were refused it."""
        for _, group in self._spans(identifier):
            yield group

    def identifiers_of(self, group: Group) -> Iterator[Identifier]:
        """Return all identifiers that a group ever held or was refused."""
        yield from self._losses.identifiers(group)
        if group in self.run.engine:
            for id_type, values in self.run.engine.identifiers(group).items():
                for value in values:
                    yield id_type, value

    def refs_of(self, group: Group) -> Sequence[str]:
        """Return the refs of a group that lines name as their profile."""
        if not self._refs:
            for ref in sorted(self.named):
                for each in self.groups_of_ref(ref):
                    self._refs[each].append(ref)
        return self._refs.get(group, ())

    def gathered(self, ids: Collection[ProfileId]) -> Gathered:
        """Return what the run has about the profiles around which this was made, as ``gather`` does."""
        return Gathered(steps_about(self._picked, ids))

    def steps_of(self, groups: Collection[Group]) -> list[Step]:
        """Return the lines of some groups. One pass over the lines, unless they are picked."""
        ids = self._ids(groups)
        if ids <= self._picked_ids:
            return [step for step in self._picked if step.profile_id in ids]
        return list(self.run.select(Wanted(ids=ids, is_applied=True)))

    def _ids(self, groups: Iterable[Group]) -> set[ProfileId]:
        ids: set[ProfileId] = set()
        for group in groups:
            ids.add(group)
            deleted = self._losses.deleted
            ids.update(deleted[group] if group in deleted else self.run.engine.aliases(group))
        return ids

    # Contacts

    def joins(self, id_type: IdType) -> bool:
        """Whether values of a type can have an effect on a profile that does not hold them."""
        return self.book.types[id_type].unique or id_type in self._in_compounds

    def contacts(self, spans: Spans) -> set[Group]:
        """Return the groups that could have met profiles which have identifiers in these spans.

        A unique value is met by whoever holds it or is refused it at that time. One that is not unique joins nobody
        alone: only those are met that ever had a value of each type of a compound rule (R7).
        """
        met: set[Group] = set()
        sharers: defaultdict[str, set[Group]] = defaultdict(set)
        for identifier, own in spans.items():
            rules = self.book.types[identifier[0]]
            if self.joins(rules.id_type):
                for span, group in self._spans(identifier):
                    sharers[rules.id_type].add(group)
                    if rules.unique and overlap(own, [span]):
                        met.add(group)
        for rule in self.book.compounds:
            met |= set.intersection(*(sharers[id_type] for id_type in rule.types))
        return met

    def _spans(self, identifier: Identifier) -> Iterator[tuple[Span, Group]]:
        """Return when which group had an identifier, or a longer time; never two at once for a unique one (I1)."""
        id_type, value = identifier
        unique = self.book.types[id_type].unique
        since = 0
        for (first, last), group in self._losses.spans(identifier):
            yield ((max(first, since), last) if unique else (0, FOREVER)), group
            if first < last:
                since = last + 1
        with suppress(InvalidIdentifier):  # a text that was never stored
            for group in self.run.engine.lookup(id_type, value).profile_ids:
                yield ((since, FOREVER) if unique else (0, FOREVER)), group

    # Refused lines

    def presented_by(self, step: Step) -> list[Identifier]:
        """Return what a line names, whatever it does with it, in the form in which it would be stored."""
        return self.named_by.of(step)

    def refused_near(self, refs: Iterable[str], values: Iterable[Identifier]) -> set[int]:
        """Return the places of refused lines that name one of these refs, or that one of the values refused."""
        places = {place for ref in refs for place in self._refused_of_ref.get(ref, ())}
        return places | {place for value in values for place in self._refused_of_value.get(value, ())}

    def _read_refused(self) -> None:
        drops = OnInvalid(self.run.options["on_invalid"]) is OnInvalid.DROP
        unreadable = Wanted(errors=BY_VALUE - DEPENDS, is_plain=False if drops else None)
        refused = (self.run.select(each) for each in (Wanted(errors=DEPENDS), unreadable))
        for step in merge(*refused, key=attrgetter("number")):
            place = len(self.refused)
            self.refused.append(step)
            if step.named_ref is not None:
                self._refused_of_ref[step.named_ref].append(place)
            if step.rejection is not None and step.rejection.error in BY_VALUE:
                for identifier in self.presented_by(step):
                    self._refused_of_value[identifier].append(place)

    # The pass over the lines

    def _pick(self, around: Collection[Group]) -> None:
        """Pick the lines that will be asked for, note the refs that are named, and what ties all lines together."""
        groups = dict.fromkeys((*around, *self._losses.deleted))
        if not self.is_entangled:
            shared = (each for group in around for each in self.identifiers_of(group) if self.joins(each[0]))
            groups.update(dict.fromkeys(islice((g for each in shared for g in self.groups_of(each)), MOST_PICKED)))
        ids = self._picked_ids = self._ids(groups)
        self._picked = list(self.run.select(Wanted(ids=ids, and_touching=True, is_applied=True)))
        times = self.run.source.plain_times()
        for step in chain(self.run.select(Wanted(is_applied=True, is_plain=False)), self.refused):
            times.add(step.at is not None)
            self._note(step)
        self._has_mixed_times = len(times) > 1
        if not self.is_entangled:
            facts_of: defaultdict[Group, list[AnyFact]] = defaultdict(list)
            for step in self.steps_of(self._losses.deleted):
                facts_of[self.group(ProfileId(str(step.profile_id)))].extend(step.facts)
            for group, facts in facts_of.items():
                self._losses.add_deleted(group, facts)

    def _note(self, step: Step) -> None:
        """Note the ref that a line names; ids, new ids and settings tie all lines together."""
        if step.named_ref is not None:
            self.named.add(step.named_ref)
        elif not isinstance(step.command, Resolve) or step.command.new_profile_id is not None:
            self._is_ruled = True


Node: TypeAlias = tuple[str, Any]
"""("group", its id), ("ref", one that lines name), ("identifier", it) or ("refused", the place of a line)."""


class Component(msgspec.Struct, frozen=True):
    """Groups, the identifiers that their lines presented, and the places of the refused lines among them."""

    groups: set[Group]
    identifiers: list[Identifier]
    refused: set[int]


def component(neighbours: Neighbours, groups: Iterable[Group], most: int | None = None) -> Component | None:
    """Return the component of some groups; None, if it has more than *most* identifiers. O(component)."""
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
        step = neighbours.refused[name]
        yield from (("identifier", each) for each in neighbours.presented_by(step))
        yield from (("ref", ref) for ref in (step.ref, step.named_ref) if ref in neighbours.named)
    elif neighbours.joins(name[0]):
        yield from (("group", group) for group in neighbours.groups_of(name))
        refused = neighbours.refused_near((), [name])
    for place in sorted(refused):
        yield "refused", place
