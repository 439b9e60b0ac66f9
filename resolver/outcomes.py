"""Outcomes: from the integers that the kernel left behind to the facts of a command, at once or later."""

from typing import Any

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
from resolver.kernel import codes
from resolver.kernel.columns import column, longer
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables
from resolver.names import (
    COLLISION,
    EvictionReason,
    IdType,
    LimitPolicy,
    Milliseconds,
    ProfileId,
    RefusalReason,
    RemovalReason,
    Status,
    Value,
)
from resolver.profiles import id_of
from resolver.ruling import Ruling

# Bound once: reading a member of an enumeration costs as much as creating two facts.
STATUS = (Status.UNCHANGED, Status.UPDATED, Status.MERGED, Status.CREATED, Status.DELETED, Status.SETTINGS)
"""What became of a command (section 8): in the order of the kernel's codes, then those of which it does not know."""
IS_DELETED = 4
IS_SETTINGS = 5
CONFLICT, LIMIT, WINDOW = RefusalReason.CONFLICT, RefusalReason.LIMIT, RefusalReason.WINDOW
FIFO, LIFO = LimitPolicy.FIFO, LimitPolicy.LIFO
TOO_MANY, TOO_OLD = EvictionReason.LIMIT, EvictionReason.WINDOW
REMOVALS = {
    codes.REMOVED: RemovalReason.REMOVED,
    codes.REPLACED: RemovalReason.REPLACED,
    codes.MOVED: RemovalReason.MOVED,
}
WHY = {
    codes.OVER_LIMIT: LIMIT,
    codes.OVER_WINDOW: WINDOW,
    codes.TOO_MANY_IDENTIFIERS: RefusalReason.IDENTIFIERS,
    codes.TOO_MANY_MERGES: RefusalReason.MERGES,
    codes.IS_DEMOTED: RefusalReason.DEMOTED,
    codes.HELD_BY_OTHERS: CONFLICT,
}
"""The reasons of refusals under policies, by the kernel's codes."""


def facts_of(
    t: Tables, s: Scratch, ruling: Ruling, number: int, at: Milliseconds, profile: ProfileRow, profile_id: ProfileId
) -> tuple[AnyFact, ...]:
    """The facts of the command under way, one at least, in order; *profile_id* is the id of its *profile*. O(facts)."""
    total = s.n_facts
    first = fact_of(t, s, ruling, number, at, profile, profile_id, 0)
    if total == 1:
        return (first,)
    second = fact_of(t, s, ruling, number, at, profile, profile_id, 1)
    if total == 2:
        return (first, second)
    third = fact_of(t, s, ruling, number, at, profile, profile_id, 2)
    if total == 3:
        return (first, second, third)
    facts = [first, second, third]
    for place in range(3, total):
        facts.append(fact_of(t, s, ruling, number, at, profile, profile_id, place))  # noqa: PERF401 - one list only
    return tuple(facts)


def fact_of(
    t: Tables,
    s: Scratch,
    ruling: Ruling,
    number: int,
    at: Milliseconds,
    profile: ProfileRow,
    profile_id: ProfileId,
    place: int,
) -> AnyFact:
    """One fact of the command under way."""
    who, what, kind = s.who[place], s.what[place], s.fact[place]
    subject = profile_id if who == profile else id_of(t, who)
    if kind == codes.ADDED:
        return IdentifierAdded(number, at, subject, ruling.names[t.kind[what]], t.text[what])
    if kind == codes.CREATED:
        return ProfileCreated(number, at, subject)
    return rarer_fact(t, s, ruling, number, at, kind, subject, what)


def rarer_fact(
    t: Tables, s: Scratch, ruling: Ruling, number: int, at: Milliseconds, kind: int, subject: ProfileId, what: Any
) -> AnyFact:
    """A fact of the command under way of a kind that few commands cause; *what* stands beside its profile."""
    if kind == codes.MERGED:
        absorbed, identifiers = absorbed_in(t, s, what), identifiers_of(t, s, ruling, what)
        return ProfilesMerged(number, at, subject, absorbed, rule_of(s, ruling, what), identifiers)
    value: ValueRow = s.extra[what] if kind == codes.CONFLICT or kind == codes.REFUSED else what
    rules, type_number = ruling.rules, t.kind[value]
    id_type, text = ruling.names[type_number], t.text[value]
    if kind == codes.CONFLICT:
        return IdentifierRefused(number, at, subject, id_type, text, CONFLICT, id_of(t, s.extra[what + 1]))
    if kind == codes.REFUSED:
        owner = s.extra[what + 2]
        owner_id = None if owner < 0 else id_of(t, owner)
        return IdentifierRefused(number, at, subject, id_type, text, WHY[s.extra[what + 1]], owner_id)
    if kind == codes.EVICTED:
        policy = FIFO if rules.fifo[type_number] else LIFO
        return IdentifierEvicted(
            number, at, subject, id_type, text, policy, TOO_OLD if rules.window[type_number] else TOO_MANY
        )
    if kind == codes.FULL:
        return IdentifierRefused(number, at, subject, id_type, text, WINDOW if rules.window[type_number] else LIMIT)
    return IdentifierRemoved(number, at, subject, id_type, text, REMOVALS[kind])


# What the fact of a merge says: how many it absorbed and which, the rule, how many values joined them and which. Nearly
# always they are one and two, so these make no list; it would take as long as the rest of the fact.


def absorbed_in(t: Tables, s: Scratch, what: int) -> tuple[ProfileId, ...]:
    """The ids of the profiles that a merge absorbed, earliest first."""
    first = what + 1
    if s.extra[what] == 1:
        return (id_of(t, s.extra[first]),)
    return tuple([id_of(t, s.extra[place]) for place in range(first, first + s.extra[what])])


def rule_of(s: Scratch, ruling: Ruling, what: int) -> str:
    """The text of the rule that led to a merge."""
    rule = s.extra[what + 1 + s.extra[what]]
    return COLLISION if rule == codes.COLLISION_RULE else ruling.rule_texts[rule]


def identifiers_of(t: Tables, s: Scratch, ruling: Ruling, what: int) -> tuple[tuple[IdType, Value], ...]:
    """The identifiers that joined the profiles of a merge."""
    first = what + 3 + s.extra[what]
    size = s.extra[first - 1]
    if size == 2:
        return (identifier(t, ruling, s.extra[first]), identifier(t, ruling, s.extra[first + 1]))
    return tuple([identifier(t, ruling, s.extra[place]) for place in range(first, first + size)])


def identifier(t: Tables, ruling: Ruling, value: ValueRow) -> tuple[IdType, Value]:
    """A value with the name of its idType."""
    return (ruling.names[t.kind[value]], t.text[value])


_FACTS = 1024
"""Room for so many facts is made at first; batches of more commands may cause none."""


class OutcomeColumns:
    """What the commands of a batch left behind, kept apart from the store, so that outcomes can be made of it later.

    Profiles stay rows, which no other profile ever gets; values are kept as texts, as a store forgets those that
    nobody holds any more. Facts that few commands cause are kept as they are. There is room for the *expected* commands
    and for some facts, and more is made when it is needed: a batch of 100 takes 20 µs less than if it grew to that.
    """

    __slots__ = (
        "_at", "_fact", "_first", "_id_types", "_n_facts", "_number", "_other_facts", "_rest", "_status", "_subject",
        "_tables", "_who", "count",
    )  # fmt: skip

    def __init__(self, tables: Tables, expected: int) -> None:
        room = max(expected, 1)
        facts = min(2 * room, _FACTS)
        self._tables = tables
        self.count = 0
        """How many commands are in it. One entry a command have:"""
        self._number = column("q", room)
        self._at = column("q", room)
        self._status = column("b", room)
        self._subject = column("i", room)
        """The profile that it ended in; ``NOBODY`` for new settings."""
        self._first = column("i", room + 1)
        """Where its facts begin, and one entry more: where the last ones end."""
        self._other_facts: dict[int, tuple[AnyFact, ...]] = {}
        """The facts that come before these, of which the kernel does not know."""

        # One entry a fact: of a new value its idType and its text, of a rarer kind the fact itself.
        self._n_facts = 0
        self._fact = column("b", facts)
        self._who = column("i", facts)
        self._id_types: list[str] = [""] * facts
        self._rest: list[Any] = [None] * facts

    def add(
        self,
        s: Scratch,
        ruling: Ruling,
        number: int,
        at: Milliseconds,
        profile: ProfileRow,
        others: tuple[AnyFact, ...],
    ) -> None:
        """Keep what the scratch says of a command; it counts from the last step on, so nothing is kept by halves."""
        t, place = self._tables, self.count
        if place == len(self._at):
            self._longer()
        end = self._n_facts
        if s.n_facts:
            if end + s.n_facts > len(self._rest):
                self._make_room(end + s.n_facts)
            names, id_types, rest = ruling.names, self._id_types, self._rest
            for each in range(s.n_facts):
                kind, what = s.fact[each], s.what[each]
                self._fact[end] = kind
                self._who[end] = s.who[each]
                if kind == codes.ADDED:
                    id_types[end] = names[t.kind[what]]
                    rest[end] = t.text[what]
                elif kind != codes.CREATED:
                    rest[end] = rarer_fact(t, s, ruling, number, at, kind, id_of(t, s.who[each]), what)
                end += 1
            self._n_facts = end
        if others:
            self._other_facts[place] = others
        self._number[place] = number
        self._at[place] = at
        self._status[place] = s.status
        self._subject[place] = profile
        self._first[place + 1] = end
        self.count = place + 1

    def _longer(self) -> None:
        room = 2 * self.count
        self._number = longer(self._number, room)
        self._status = longer(self._status, room)
        self._subject = longer(self._subject, room)
        self._first = longer(self._first, room + 1)
        self._at = longer(self._at, room)

    def _make_room(self, facts: int) -> None:
        self._fact = longer(self._fact, 2 * facts)
        self._who = longer(self._who, 2 * facts)
        self._id_types.extend([""] * (2 * facts - len(self._id_types)))
        self._rest.extend([None] * (2 * facts - len(self._rest)))

    def drop_undone(self) -> None:
        """Leave the last command out, if the store took it back after it was kept."""
        if self.count and self._number[self.count - 1] > self._tables.number:
            self.count -= 1

    def outcomes(self, first: int, last: int) -> list[Outcome]:
        """The outcomes of the commands from *first* on, up to *last*. O(facts)."""
        t = self._tables
        made = []
        for place in range(first, last):
            profile = self._subject[place]
            profile_id: Any = None if profile < 0 else id_of(t, profile)
            facts: tuple[AnyFact, ...] = ()
            if self._first[place] < self._first[place + 1]:
                facts = self._facts(place, profile, profile_id)
            if len(self._other_facts):
                facts = (*self._other_facts.get(place, ()), *facts)
            made.append(Outcome(STATUS[self._status[place]], profile_id, facts))
        return made

    def _facts(self, place: int, profile: ProfileRow, profile_id: ProfileId) -> tuple[AnyFact, ...]:
        """The facts of a command that the kernel left, of which there is one at least."""
        number, at, start, end = self._number[place], self._at[place], self._first[place], self._first[place + 1]
        first = self._fact_at(start, number, at, profile, profile_id)
        if end - start == 1:
            return (first,)
        second = self._fact_at(start + 1, number, at, profile, profile_id)
        if end - start == 2:
            return (first, second)
        third = self._fact_at(start + 2, number, at, profile, profile_id)
        if end - start == 3:
            return (first, second, third)
        more = [self._fact_at(each, number, at, profile, profile_id) for each in range(start + 3, end)]
        return (first, second, third, *more)

    def _fact_at(
        self, place: int, number: int, at: Milliseconds, profile: ProfileRow, profile_id: ProfileId
    ) -> AnyFact:
        """One fact of a command that ended in a profile; *place* is its own."""
        kind = self._fact[place]
        if kind != codes.ADDED and kind != codes.CREATED:
            rarer: AnyFact = self._rest[place]
            return rarer
        row = self._who[place]
        subject = profile_id if row == profile else id_of(self._tables, row)
        if kind == codes.CREATED:
            return ProfileCreated(number, at, subject)
        return IdentifierAdded(number, at, subject, self._id_types[place], self._rest[place])
