"""Outcomes: from the integers that the kernel left behind to the facts of a command."""

from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.kernel import codes
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables
from resolver.names import COLLISION, Milliseconds, ProfileId, RefusalReason, RemovalReason, Status
from resolver.profiles import id_of
from resolver.ruling import Ruling

# Bound once: reading a member of an enumeration costs as much as creating two facts.
STATUS = (Status.UNCHANGED, Status.UPDATED, Status.MERGED, Status.CREATED, Status.DELETED)
"""What became of a command (section 8): in the order of the kernel's codes, then ``IS_DELETED``."""
IS_DELETED = 4
CONFLICT, LIMIT = RefusalReason.CONFLICT, RefusalReason.LIMIT
REMOVED, REPLACED = RemovalReason.REMOVED, RemovalReason.REPLACED


def facts_of(
    t: Tables, s: Scratch, ruling: Ruling, number: int, at: Milliseconds, profile: int, profile_id: ProfileId
) -> tuple[AnyFact, ...]:
    """The facts of the command under way, in order; *profile_id* is the id of its *profile*. O(facts)."""
    total = s.n_facts
    if total == 0:
        return ()
    first = fact_of(t, s, ruling, number, at, profile, profile_id, 0)
    if total == 1:
        return (first,)
    second = fact_of(t, s, ruling, number, at, profile, profile_id, 1)
    if total == 2:
        return (first, second)
    more = [fact_of(t, s, ruling, number, at, profile, profile_id, place) for place in range(2, total)]
    return (first, second, *more)


def fact_of(
    t: Tables,
    s: Scratch,
    ruling: Ruling,
    number: int,
    at: Milliseconds,
    profile: int,
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
    t: Tables, s: Scratch, ruling: Ruling, number: int, at: Milliseconds, kind: int, subject: ProfileId, what: int
) -> AnyFact:
    """One fact of a kind that few commands cause."""
    names = ruling.names
    if kind == codes.MERGED:
        start = what + 1
        end = start + s.extra[what]
        absorbed = tuple([id_of(t, s.extra[place]) for place in range(start, end)])
        rule = COLLISION if s.extra[end] == codes.COLLISION_RULE else ruling.book.rules[s.extra[end]].text
        values = [s.extra[place] for place in range(end + 2, end + 2 + s.extra[end + 1])]
        joined = tuple([(names[t.kind[value]], t.text[value]) for value in values])
        return ProfilesMerged(number, at, subject, absorbed, rule, joined)
    if kind == codes.CONFLICT:
        value, owner = s.extra[what], id_of(t, s.extra[what + 1])
        return IdentifierRefused(number, at, subject, names[t.kind[value]], t.text[value], CONFLICT, owner)
    id_type, text = names[t.kind[what]], t.text[what]
    if kind == codes.EVICTED:
        return IdentifierEvicted(number, at, subject, id_type, text, ruling.book.types[id_type].policy)
    if kind == codes.FULL:
        return IdentifierRefused(number, at, subject, id_type, text, LIMIT)
    return IdentifierRemoved(number, at, subject, id_type, text, REMOVED if kind == codes.REMOVED else REPLACED)
