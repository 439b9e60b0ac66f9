"""The everyday ``resolve``: decided and carried out in one pass.

Nearly every event names one known profile, or none, or two that are now proved to be one, under rules where a
value matches only by being equal and owned, and with every limit far away. Such a command needs no draft, and no
second look at its facts to carry them out: its identifiers are seen once, and what follows is written at once.
Everything is read before the first write, and nothing can fail after it (I7). A text that is stored needs no
normalizing (N7). Whatever is not as simple as that is left to deciding in full and to ``State.apply``; a preview
is always made there, so that the two ways are held against each other wherever a preview is compared with what
then happened.
"""

from resolver.commands import Resolve
from resolver.errors import InvalidIdentifier
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, ProfilesMerged
from resolver.ids import numbered_id
from resolver.names import IdType, Milliseconds, ProfileId, Status, Value
from resolver.rules.rulebook import TypeRules
from resolver.state.store import State
from resolver.structures.held import WIDTH, count_of, inserted
from resolver.structures.profile import HEAD, Record
from resolver.structures.slots import Slot

# Bound once: reading a member of an enumeration costs as much as creating two facts.
_CREATED, _UPDATED, _MERGED, _UNCHANGED = Status.CREATED, Status.UPDATED, Status.MERGED, Status.UNCHANGED

Known = tuple[int, IdType, Value, ProfileId]
"""A value that somebody holds: where its type stands in the order of attaching (R4), the type, the text, the owner."""

New = tuple[int, TypeRules, dict[Value, Slot], Value]
"""A value that nobody holds: where its type stands, the type's rules and table, the value."""


def resolve_one(
    state: State, command: Resolve, identifiers: dict[IdType, str], number: int, at: Milliseconds
) -> Outcome | None:
    """Execute a ``Resolve`` of one identifier, which is a profile's or nobody's.

    None, and nothing has changed, if it is not an everyday one; so with ``resolve_several``.
    """
    try:
        for id_type in identifiers:
            raw = identifiers[id_type]
        find, table, rules = state.plain[id_type]
        owner = find(raw)
        if owner is None:
            value = rules.normalize(raw)
            if value is not raw:
                owner = find(value)
    except (KeyError, InvalidIdentifier, TypeError):  # no plain type, unreadable, or a list of values
        return None
    if owner is not None:
        return Outcome(_UNCHANGED, owner)
    if command.new_profile_id is not None:
        return None
    owner = numbered_id(number) if state.numbered else state.new_id(number, at)
    id_type = rules.id_type
    table[value] = owner
    state.profiles[owner] = (at, number, owner, id_type, at, number, value)
    added = IdentifierAdded(number, at, owner, id_type, value)
    return Outcome(_CREATED, owner, (ProfileCreated(number, at, owner), added))


def resolve_several(
    state: State, command: Resolve, identifiers: dict[IdType, str], number: int, at: Milliseconds
) -> Outcome | None:
    """Execute a ``Resolve`` of several identifiers: one profile's, nobody's, or two profiles' that are thereby one."""
    plain = state.plain
    new: list[New] = []
    owner: ProfileId | None = None
    apart = False
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
            if owner is None:
                owner = found
            elif owner != found:
                apart = True
    except (KeyError, InvalidIdentifier, TypeError):
        return None
    if owner is None:
        if not new or command.new_profile_id is not None:
            return None
        status = _CREATED
        owner = numbered_id(number) if state.numbered else state.new_id(number, at)
        record: Record = (at, number, owner)
        facts: tuple[AnyFact, ...] = (ProfileCreated(number, at, owner),)
        is_late = False
    else:
        if apart:
            merge = _merge(state, identifiers, number, at, len(new))
            if merge is None:
                return None
            status = _MERGED
            facts = (merge,)
            owner = merge.survivor
            state.merge(merge)
            record = state.profiles[owner]
        elif not new:
            return Outcome(_UNCHANGED, owner)
        else:
            record = state.profiles[owner]
            if len(record) // WIDTH + len(new) > state.book.least_limit and not _has_room(record, new):
                return None
            status = _UPDATED
            facts = ()
        is_late = record[-3] > at
    if len(new) > 1:
        new.sort()
    for _, rules, table, value in new:
        id_type = rules.id_type
        facts += (IdentifierAdded(number, at, owner, id_type, value),)
        if is_late:
            record = record[:HEAD] + inserted(record[HEAD:], id_type, at, number, value)
        else:
            record += (id_type, at, number, value)
        table[value] = owner
    state.profiles[owner] = record
    return Outcome(status, owner, facts)


def _has_room(record: Record, new: list[New]) -> bool:
    """Tell whether new values, one of a type, stay within their limits (L1)."""
    return all(count_of(record[HEAD:], rules.id_type) < rules.limit for _, rules, _, _ in new)


def _merge(
    state: State, identifiers: dict[IdType, str], number: int, at: Milliseconds, more: int
) -> ProfilesMerged | None:
    """Give the merge of the two owners of the identifiers, found by the rules of their types (R3, M1, M8).

    None where there are more than two, where a limit comes near, with *more* values to be added, where the first
    rule decides (R6), or where a compound rule may join further profiles (R7).
    """
    book = state.book
    if book.stops_at_first or book.compounds:
        return None
    known: list[Known] = []
    for id_type in identifiers:
        raw = identifiers[id_type]
        find, table, rules = state.plain[id_type]
        value = str.__str__(raw) if state.normal and raw in table else rules.normalize(raw)
        owner = find(value)
        if owner is not None:
            known.append((rules.place, rules.id_type, value, owner))
    known.sort()
    first, second = known[0][3], ""
    for _, id_type, _, owner in known:
        if owner != first:
            if not second:
                second, decisive = owner, id_type
            elif owner != second:
                return None
    survivor, absorbed = state.profiles[first], state.profiles[second]
    if more + (len(survivor) + len(absorbed)) // WIDTH > book.least_limit:
        return None
    if absorbed < survivor:
        first, second = second, first
    pairs = tuple([(id_type, value) for _, id_type, value, _ in known])
    return ProfilesMerged(number, at, first, (second,), decisive, pairs)
