"""The everyday ``resolve``: decided and carried out in one pass.

Nearly every event names one known profile, or none, or two that are now proved to be one, under rules where a
value matches only by being equal and owned, and with every limit far away. Such a command needs no draft, and no
second look at its facts to carry them out: its identifiers are seen once, and what follows is written at once.
Everything is read before the first write, and nothing can fail after it (I7). A text that is stored needs no
normalizing (N7). Whatever is not as simple as that, a value that is equal to a text without being a plain one too, is
left to deciding in full and to ``State.apply``; a preview is always made there, so that the two ways are held against
each other wherever a preview is compared with what then happened.

One identifier, in the executor, and two are written out case by case, for that is what most events have; more are gone
through in a loop. None, and nothing has changed, where the command is not an everyday one.
"""

from resolver.commands import Resolve
from resolver.errors import InvalidIdentifier
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, ProfilesMerged
from resolver.ids import HEADS, PAIRS
from resolver.names import IdType, Milliseconds, ProfileId, Status, Value
from resolver.rules.rulebook import TypeRules
from resolver.state.store import State
from resolver.structures.held import WIDTH, count_of
from resolver.structures.record import HELD, Record, grown
from resolver.structures.slots import Slot

# Bound once: reading a member of an enumeration costs as much as creating two facts.
CREATED, UPDATED, MERGED, UNCHANGED = Status.CREATED, Status.UPDATED, Status.MERGED, Status.UNCHANGED

NOT_EVERYDAY = (KeyError, InvalidIdentifier, TypeError)
"""What looking identifiers up raises: a type is not a plain one, a value is unreadable, or it is a list of values."""

New = tuple[int, TypeRules, dict[Value, Slot], Value]
"""A value that nobody holds: where its type stands in the order of attaching (R4), its rules and table, the value."""


def resolve_two(
    state: State, command: Resolve, identifiers: dict[IdType, str], number: int, at: Milliseconds
) -> Outcome | None:
    """Execute a ``Resolve`` of two identifiers: nobody's, one profile's, or two profiles' that are thereby one."""
    try:
        one, two = identifiers
        find, table, rules = state.plain[one]
        find_other, other_table, other_rules = state.plain[two]
        if rules.place > other_rules.place:
            return resolve_two(state, command, {two: identifiers[two], one: identifiers[one]}, number, at)
        value = raw = identifiers[one]
        owner = find(raw)
        if owner is None:
            value = rules.normalize(raw)
            if value is not raw:
                owner = find(value)
        elif type(raw) is not str:
            return None
        other_value = raw = identifiers[two]
        other = find_other(raw)
        if other is None:
            other_value = other_rules.normalize(raw)
            if other_value is not raw:
                other = find_other(other_value)
        elif type(raw) is not str:
            return None
    except NOT_EVERYDAY:
        return None
    if owner is None:
        if other is None:
            if command.new_profile_id is not None:
                return None
            owner = HEADS[number >> 10] + PAIRS[number & 1023] if state.numbered else state.new_id(number, at)
            one, two = rules.id_type, other_rules.id_type
            table[value] = owner
            other_table[other_value] = owner
            state.profiles[owner] = (at, number, owner, one, at, number, value, two, at, number, other_value)
            added = IdentifierAdded(number, at, owner, one, value)
            added_too = IdentifierAdded(number, at, owner, two, other_value)
            return Outcome(CREATED, owner, (ProfileCreated(number, at, owner), added, added_too))
        owner = other
    elif other is None:
        rules, table, value = other_rules, other_table, other_value
    elif owner == other:
        return Outcome(UNCHANGED, owner)
    else:
        return _merge(state, owner, other, ((rules.id_type, value), (other_rules.id_type, other_value)), number, at)
    record = state.profiles[owner]
    id_type = rules.id_type
    if len(record) // WIDTH >= rules.limit and count_of(record[HELD], id_type) >= rules.limit:
        return None
    table[value] = owner
    state.profiles[owner] = grown(record, id_type, at, number, value)
    return Outcome(UPDATED, owner, (IdentifierAdded(number, at, owner, id_type, value),))


def resolve_several(
    state: State, command: Resolve, identifiers: dict[IdType, str], number: int, at: Milliseconds
) -> Outcome | None:
    """Execute a ``Resolve`` of several identifiers: nobody's, or one profile's."""
    plain = state.plain
    new: list[New] = []
    owner: ProfileId | None = None
    try:
        for id_type in identifiers:
            raw = identifiers[id_type]
            find, table, rules = plain[id_type]
            found = find(raw)
            if found is None:
                value = rules.normalize(raw)
                if value is raw or (found := find(value)) is None:
                    new.append((rules.place, rules, table, value))
                    continue
            elif type(raw) is not str:
                return None
            if owner is None:
                owner = found
            elif owner != found:
                return None
    except NOT_EVERYDAY:
        return None
    facts: tuple[AnyFact, ...] = ()
    if owner is None:
        if not new or command.new_profile_id is not None:
            return None
        status = CREATED
        owner = state.new_id(number, at)
        record: Record = (at, number, owner)
        facts = (ProfileCreated(number, at, owner),)
    elif new:
        status = UPDATED
        record = state.profiles[owner]
        if len(record) // WIDTH + len(new) > state.book.least_limit and not _have_room(record, new):
            return None
    else:
        return Outcome(UNCHANGED, owner)
    new.sort()
    for _, rules, table, value in new:
        id_type = rules.id_type
        facts += (IdentifierAdded(number, at, owner, id_type, value),)
        record = grown(record, id_type, at, number, value)
        table[value] = owner
    state.profiles[owner] = record
    return Outcome(status, owner, facts)


def _have_room(record: Record, new: list[New]) -> bool:
    """Tell whether new values, one of a type, stay within their limits (L1)."""
    return all(count_of(record[HELD], rules.id_type) < rules.limit for _, rules, _, _ in new)


def _merge(
    state: State,
    first: ProfileId,
    second: ProfileId,
    pairs: tuple[tuple[IdType, Value], tuple[IdType, Value]],
    number: int,
    at: Milliseconds,
) -> Outcome | None:
    """Merge the owners of two (idType, value) pairs, given in the order of their rules (R3, M1, M8).

    None where a limit comes near, where the first rule decides (R6), or where a compound rule may join further
    profiles (R7).
    """
    survivor, absorbed = state.profiles[first], state.profiles[second]
    if len(survivor) + len(absorbed) > state.most_merged:
        return None
    if absorbed < survivor:
        first, second = second, first
    fact = ProfilesMerged(number, at, first, (second,), pairs[1][0], pairs)
    state.merge(fact)
    return Outcome(MERGED, first, (fact,))
