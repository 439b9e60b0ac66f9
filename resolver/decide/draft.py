"""The draft: the one profile that a command is about, as the command's facts so far would leave it.

Whatever a command touches ends up in one profile: it is created or found, absorbs others, gains and loses
values. So a working copy of that profile (the subject) and the ids of all that went into it are the whole
overlay: everyone else is still as the view shows them.
"""

from collections.abc import Sequence

from resolver.decide.view import View
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    Outcome,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.names import (
    COLLISION,
    IdType,
    LimitPolicy,
    Milliseconds,
    ProfileId,
    RefusalReason,
    RemovalReason,
    Status,
    Value,
)
from resolver.rules.limits import split_at_limit
from resolver.rules.matching import Pairs, evidence, find_sharers, shared_values
from resolver.rules.rulebook import Given, TypeRules
from resolver.rules.survival import birth, survivor
from resolver.structures.held import WIDTH, Held, entries, holds, inserted, removed, united
from resolver.structures.profile import Profile


class Draft:
    """The subject of one command, and the facts that made it what it is."""

    __slots__ = ("_book", "_inside", "_view", "at", "facts", "number", "status", "subject")

    def __init__(self, view: View, subject: Profile, number: int, at: Milliseconds, facts: list[AnyFact]) -> None:
        self._view = view
        self._book = view.book
        self.subject = subject
        self._inside: dict[ProfileId, None] = {subject.id: None}
        self.number = number
        self.at = at
        self.facts = facts
        self.status = Status.UNCHANGED

    @classmethod
    def of_new_profile(
        cls, view: View, profile_id: ProfileId, number: int, at: Milliseconds, facts: list[AnyFact]
    ) -> "Draft":
        """Start with a profile that the command creates."""
        draft = cls(view, Profile(profile_id, at, number), number, at, facts)
        draft.facts.append(ProfileCreated(number, at, profile_id))
        draft.status = Status.CREATED
        return draft

    def outcome(self) -> Outcome:
        """Give what the command did: the facts in order, the status (section 8), the canonical id."""
        return Outcome(self.status, self.subject.id, tuple(self.facts))

    def holds(self, rules: TypeRules, value: Value) -> bool:
        """Tell whether the subject holds the value now."""
        return holds(self.subject.held, rules.id_type, value)

    def other_owners(self, rules: TypeRules, value: Value) -> list[ProfileId]:
        """Give the profiles outside the subject that hold exactly this value, earliest first."""
        return [owner for owner in self._view.owners(rules.id_type, value) if owner not in self._inside]

    # Attaching (A2 to A4)

    def attach(self, rules: TypeRules, value: Value) -> bool:
        """Attach one value: nothing if it is there (A2), a collision's merge (A3), or an insertion (A4).

        False if a collision that no rule lets merge left it out; the caller says what that means.
        """
        if self.holds(rules, value):
            return True
        if rules.unique:
            owners = self.other_owners(rules, value)
            if owners:
                joined, pairs = self.joined_by_collision(rules, value, owners)
                if not joined:
                    return False
                self.merge(joined, COLLISION, pairs)
                self.settle()
                if self.holds(rules, value):
                    return True
        self.insert(rules, value)
        return True

    def joined_by_collision(
        self, rules: TypeRules, value: Value, owners: list[ProfileId]
    ) -> tuple[list[ProfileId], Pairs]:
        """Give the owners of a unique value that a rule lets merge with the subject, and what joins them (A3).

        All of them, if a rule of that single idType exists; else those with whom, the value taken as shared, a
        compound rule would hold.
        """
        pairs = {(rules.id_type, value): None}
        if rules.has_own_rule:
            return owners, tuple(pairs)
        joined: dict[ProfileId, None] = {}
        for rule in self._book.compounds:
            if rules.id_type not in rule.types:
                continue
            others = [id_type for id_type in rule.types if id_type != rules.id_type]
            partners = [owner for owner in owners if all(self._shared(id_type, [owner]) for id_type in others)]
            joined.update(dict.fromkeys(partners))
            for id_type in others:
                for shared in self._shared(id_type, partners):
                    pairs[id_type, shared] = None
        return [owner for owner in owners if owner in joined], tuple(pairs)

    def _shared(self, id_type: IdType, profile_ids: Sequence[ProfileId]) -> list[Value]:
        values = self.subject.values(id_type)
        return shared_values(self._view, self._book, id_type, values, profile_ids)

    def insert(self, rules: TypeRules, value: Value) -> None:
        """Insert at the command's time, apply the limit (L1), then the compound rules (A4, R7)."""
        id_type = rules.id_type
        grown = inserted(self.subject.held, id_type, self.at, self.number, value)
        evicted = _surplus(grown, rules)
        if value in evicted:
            self.refuse(rules, value, RefusalReason.LIMIT)
            return
        self.facts.append(IdentifierAdded(self.number, self.at, self.subject.id, id_type, value))
        self.subject.held = grown
        self._changed()
        self._evict(rules, evicted)
        self.settle(id_type, value)

    def refuse(self, rules: TypeRules, value: Value, reason: RefusalReason, owner: ProfileId | None = None) -> None:
        """Record that a value was left out."""
        fact = IdentifierRefused(self.number, self.at, self.subject.id, rules.id_type, value, reason, owner)
        self.facts.append(fact)

    # Merging (M) and what follows from it (R7)

    def merge(self, others: Sequence[ProfileId], rule: str, pairs: Pairs) -> None:
        """Merge the subject with others: unite all lists first, then trim each once (M1 to M5)."""
        profiles = [self.subject, *map(self._view.profile, others)]
        winner = survivor(profiles)
        absorbed = sorted((profile for profile in profiles if profile is not winner), key=birth)
        ids = tuple(profile.id for profile in absorbed)
        self.facts.append(ProfilesMerged(self.number, self.at, winner.id, ids, rule, pairs))
        held = united([profile.held for profile in profiles])
        self.subject = Profile(winner.id, winner.created_at, winner.number, held)
        self._inside.update(dict.fromkeys(others))
        if self.status is not Status.CREATED:
            self.status = Status.MERGED
        for rules in self._book.order:
            self.trim(rules)

    def settle(self, inserted_type: IdType | None = None, value: Value = "") -> None:
        """Merge everyone whom a compound rule joins to the subject's values, until there is none (R7).

        After an insertion into a settled store only combinations with the new value can be new (I8).
        """
        if not self._book.compounds:
            return
        given: Given = {}
        for rules in self._book.order:
            given[rules.id_type] = self.subject.values(rules.id_type)
        if not self._view.settled:
            inserted_type = None
        elif inserted_type is not None:
            given[inserted_type] = [value]
        finds = find_sharers(self._view, self._book, given, self._inside, inserted_type)
        if finds:
            found = dict.fromkeys(profile_id for _, ids in finds for profile_id in ids)
            _, pairs = evidence(self._view, self._book, given, finds)
            self.merge(list(found), finds[0][0].text, pairs)
            self.settle()

    # Losing values (L, A5, A6)

    def remove(self, id_type: IdType, value: Value, reason: RemovalReason) -> None:
        """Take a value away on request."""
        fact = IdentifierRemoved(self.number, self.at, self.subject.id, id_type, value, reason)
        self.facts.append(fact)
        self.subject.held = removed(self.subject.held, id_type, value)
        self._changed()

    def trim(self, rules: TypeRules) -> None:
        """Evict what a list has over its limit (L1, S1)."""
        self._evict(rules, _surplus(self.subject.held, rules))

    def _evict(self, rules: TypeRules, evicted: Sequence[Value]) -> None:
        for value in evicted:
            fact = IdentifierEvicted(self.number, self.at, self.subject.id, rules.id_type, value, rules.policy)
            self.facts.append(fact)
            self.subject.held = removed(self.subject.held, rules.id_type, value)
            self._changed()

    def _changed(self) -> None:
        if self.status is Status.UNCHANGED:
            self.status = Status.UPDATED


def _surplus(held: Held, rules: TypeRules) -> list[Value]:
    """Give the values of a type that the limit takes, in the order in which it takes them (L1)."""
    if len(held) <= WIDTH * rules.limit:
        return []
    values = [value for kind, _, _, value in entries(held) if kind == rules.id_type]
    evicted = split_at_limit(values, rules.limit, rules.policy)[1]
    return list(evicted if rules.policy is LimitPolicy.FIFO else reversed(evicted))
