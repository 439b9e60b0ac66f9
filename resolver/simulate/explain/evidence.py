"""Evidence: what joined the lines of a profile, found by going through them again in order.

Before each line, the engine's own matching is asked what the line finds among the values held at that moment. So a
value that was evicted and claimed by another profile is two joints, and never a bridge between them.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, product
from typing import Any

import msgspec

from resolver.errors import InvalidIdentifier
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import COLLISION, IdType, Match, OnInvalid, ProfileId, Value
from resolver.rules.matching import find
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Given, Rule, Rulebook
from resolver.rules.unreadable import kept_as_it_is
from resolver.settings import Settings
from resolver.simulate.explain.gather import Step
from resolver.simulate.explain.held import Held, Lines
from resolver.simulate.explain.values import Identifier
from resolver.simulate.run import Run
from resolver.simulate.spool import Applied

REF = "ref:"
MOST_COMBINATIONS = 64
"""Of one rule between one pair of profiles; that many ways to be joined are more than anybody reads."""


class Joint(msgspec.Struct):
    """One thing that lines have in common: a value while a profile holds it, or a combination of values.

    ``lines`` has, for each of them, the rule that found it, None for the line that brought the value.
    """

    identifiers: tuple[Identifier, ...]
    lines: dict[int, str | None]
    number: int
    is_value: bool


class Evidence:
    """The joints of some profiles, and the lines that name another's record."""

    def __init__(self, run: Run) -> None:
        self._normalizers = Normalizers(run.options.get("default_region", "US"), run.options.get("normalizers"))
        self._on_invalid = OnInvalid(run.options["on_invalid"])
        self._match = Match(run.options.get("match", Match.ALL))
        self.held = Held(self._book(run.settings))
        self.joints: list[Joint] = []
        self.names: dict[int, int] = {}
        """For a line that names a record: the latest line of that record by then."""
        self._holdings: dict[tuple[ProfileId, IdType, Value], list[Joint]] = {}
        self._births: dict[ProfileId, int] = {}
        self._latest: dict[str, tuple[int, ProfileId]] = {}
        self._subject: ProfileId = ""
        self.profile_of_line: dict[int, ProfileId] = {}

    @property
    def book(self) -> Rulebook:
        """The rules in force."""
        return self.held.book

    def _book(self, settings: Settings) -> Rulebook:
        return Rulebook(settings, self._normalizers, on_invalid=self._on_invalid, match=self._match)

    def take(self, step: Step) -> None:
        """Go through one line: what it finds, whom it names, what its facts join."""
        entry, facts = step
        merges_by_match = False
        if entry.op == "resolve":
            merges_by_match = self._resolve(entry)
        elif entry.named is not None:
            self._name(entry)
        for fact in facts:
            if isinstance(fact, ProfilesMerged) and merges_by_match:
                merges_by_match = False
                self._unite(fact)
            else:
                self._fact(fact)
        if entry.profile_id is not None:
            self.profile_of_line[entry.number] = entry.profile_id
            if entry.ref is not None:
                self._latest[entry.ref] = entry.number, entry.profile_id

    def are_together(self, one: int, other: int) -> bool:
        """Tell whether two lines that were gone through are in one profile now."""
        return self.held.root(self.profile_of_line[one]) == self.held.root(self.profile_of_line[other])

    # Lines

    def _resolve(self, entry: Applied) -> bool:
        """Note what a line finds; tell whether it finds several profiles, which then merge."""
        given = self.normalized(entry.given)
        finds = find(self.held, self.book, given)
        found = dict.fromkeys(profile_id for _, ids in finds for profile_id in ids)
        here: Mapping[IdType, dict[Value, Lines]] = {
            id_type: dict.fromkeys(values, (entry.number,)) for id_type, values in given.items()
        }
        for rule, ids in finds:
            for profile_id in ids:
                self._join(entry.number, rule, here, profile_id)
        self._subject = next(iter(found), "")
        return len(found) > 1

    def _name(self, entry: Applied) -> None:
        assert entry.named is not None
        if entry.named.startswith(REF):
            line, profile_id = self._latest[entry.named[len(REF) :]]
        else:
            line, profile_id = self._births[entry.named], entry.named
        self.names[entry.number] = line
        self._subject = self.held.root(profile_id)

    def normalized(self, pairs: Iterable[tuple[IdType, Any]]) -> Given:
        """Give identifiers as the rules in force read them; what they cannot read is left out."""
        given: Given = {}
        for id_type, raw in pairs:
            try:
                value = self._read(id_type, raw)
            except InvalidIdentifier:
                continue
            if value not in given.setdefault(id_type, []):
                given[id_type].append(value)
        return {id_type: values for id_type, values in given.items() if values}

    def _read(self, id_type: IdType, raw: Any) -> Value:
        try:
            return self.book.types[id_type].normalize(raw)
        except InvalidIdentifier:
            if not self.book.keeps_unreadable:
                raise
            return kept_as_it_is(raw)

    # Facts

    def _fact(self, fact: AnyFact) -> None:
        if isinstance(fact, ProfileCreated):
            self.held.create(fact.profile_id)
            self._births[fact.profile_id] = fact.command
            self._subject = fact.profile_id
        elif isinstance(fact, IdentifierAdded):
            self._add(fact)
        elif isinstance(fact, IdentifierEvicted | IdentifierRemoved):
            self.held.drop(fact.profile_id, fact.id_type, fact.value)
            del self._holdings[fact.profile_id, fact.id_type, fact.value]
        elif isinstance(fact, ProfilesMerged):
            self._merge(fact)
        elif isinstance(fact, ProfileDeleted):
            for id_type, value, _ in self.held.all(fact.profile_id):
                self.held.drop(fact.profile_id, id_type, value)
        elif isinstance(fact, SettingsApplied):
            self.held.book = self._book(fact.settings)

    def _add(self, fact: IdentifierAdded) -> None:
        joint = Joint(((fact.id_type, fact.value),), {fact.command: None}, fact.command, is_value=True)
        self.joints.append(joint)
        self.held.add(fact.profile_id, fact.id_type, fact.value, (fact.command,))
        self._holdings[fact.profile_id, fact.id_type, fact.value] = [joint]

    def _merge(self, fact: ProfilesMerged) -> None:
        """Note a merge that a collision (A3) or stored values (R7) brought about."""
        others = [each for each in (fact.survivor, *fact.absorbed) if each != self._subject]
        for other in others:
            if fact.rule == COLLISION:
                self._collide(fact, other)
            else:
                for rule in self.book.compounds:
                    self._join(fact.command, rule, self._mine(rule), other)
        self._unite(fact)

    def _collide(self, fact: ProfilesMerged, other: ProfileId) -> None:
        """Join the line that brings an owned value with its owner."""
        id_type, value = fact.identifiers[0]
        if self.book.types[id_type].has_own_rule:
            self._find_held(fact.command, COLLISION, other, id_type, value)
            return
        for rule in self.book.compounds:
            if id_type in rule.types:
                self._join(fact.command, rule, {**self._mine(rule), id_type: {value: (fact.command,)}}, other)

    def _mine(self, rule: Rule) -> dict[IdType, dict[Value, Lines]]:
        return {id_type: self.held.lines(self._subject, id_type) for id_type in rule.types}

    def _unite(self, fact: ProfilesMerged) -> None:
        for profile_id in fact.absorbed:
            for id_type, value, _ in self.held.all(profile_id):
                joints = self._holdings.pop((profile_id, id_type, value))
                self._holdings.setdefault((fact.survivor, id_type, value), []).extend(joints)
        self.held.merge(fact.survivor, fact.absorbed)
        self._subject = fact.survivor

    # Joints

    def _join(self, number: int, rule: Rule, mine: Mapping[IdType, dict[Value, Lines]], other: ProfileId) -> None:
        """Join lines with a profile by all values that a rule lets them share, if it does."""
        shared = [self._shared(id_type, mine.get(id_type, {}), other) for id_type in rule.types]
        if len(shared) == 1:
            for value, theirs, lines in shared[0]:
                if value == theirs:
                    self._find_held(number, rule.text, other, rule.types[0], value)
                else:
                    self._combine(number, rule, [(value, theirs, lines)])
            return
        for combination in islice(product(*shared), MOST_COMBINATIONS):
            self._combine(number, rule, combination)

    def _shared(
        self, id_type: IdType, mine: Mapping[Value, Lines], other: ProfileId
    ) -> list[tuple[Value, Value, Lines]]:
        """Give (my value, theirs, the lines of both) for every two that are the same under R7 and R8."""
        theirs = self.held.lines(other, id_type)
        if self.book.types[id_type].threshold is None:
            return [(value, value, (*lines, *theirs[value])) for value, lines in mine.items() if value in theirs]
        return [
            (value, their, (*lines, *their_lines))
            for value, lines in mine.items()
            for their, their_lines in theirs.items()
            if self.held.same(id_type, value, their)
        ]

    def _find_held(self, number: int, rule: str, owner: ProfileId, id_type: IdType, value: Value) -> None:
        for joint in self._holdings[owner, id_type, value]:
            joint.lines.setdefault(number, rule)

    def _combine(self, number: int, rule: Rule, shared: Sequence[tuple[Value, Value, Lines]]) -> None:
        pairs = zip(rule.types, shared, strict=True)
        identifiers = dict.fromkeys((id_type, value) for id_type, (one, other, _) in pairs for value in (one, other))
        lines: dict[int, str | None] = dict.fromkeys((line for _, _, each in shared for line in each), rule.text)
        self.joints.append(Joint(tuple(identifiers), lines, number, is_value=False))
