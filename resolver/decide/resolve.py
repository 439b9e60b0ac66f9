"""Deciding the everyday ``resolve``, and handing on every other.

Nearly every event names one known profile, or none, or two that are now proved to be one, under rules where a
value matches only by being equal and owned, and with every limit far away. Such a command needs no draft: it is
seen in one pass over its identifiers. A text that is stored needs no normalizing there: it gives itself (N7), as
long as the rules are those under which it was stored. Where there are compound rules, a merge may complete one,
and so may anything after a settings change (R7). Whatever is not as simple as that is decided in full, with the
same result.
"""

from resolver.commands import Resolve
from resolver.decide.in_full import Draw, decide_in_full
from resolver.decide.view import View
from resolver.errors import InvalidIdentifier
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, ProfilesMerged
from resolver.names import IdType, Milliseconds, ProfileId, Status, Value
from resolver.rules.survival import birth
from resolver.structures.held import WIDTH, count_of
from resolver.structures.profile import Profile
from resolver.structures.slots import Slot

# Bound once: reading a member of an enumeration costs as much as creating two facts.
_CREATED, _UPDATED, _MERGED, _UNCHANGED = Status.CREATED, Status.UPDATED, Status.MERGED, Status.UNCHANGED

Newcomers = list[tuple[int, IdType, Value]]
"""The place of the type in the order of attaching (R4), the type, and a value that nobody holds; one of a type."""


def decide_resolve(view: View, command: Resolve, number: int, at: Milliseconds, draw: Draw) -> Outcome:
    """Give the outcome that a ``Resolve`` would have."""
    identifiers = command.identifiers
    if type(identifiers) is not dict or not identifiers:
        return decide_in_full(view, command, number, at, draw)
    plain, normal = view.plain, view.normal
    owner: Slot | None = None
    several = False
    new: Newcomers = []
    try:
        for id_type, raw in identifiers.items():
            rules, table = plain[id_type]
            slot = table.get(raw) if normal else None
            if slot is None:
                value = rules.normalize(raw)
                if value is not raw or not normal:
                    slot = table.get(value)
                if slot is None:
                    new.append((rules.place, rules.id_type, value))
                    continue
            if owner is None:
                owner = slot
            elif owner != slot:
                several = True
    except (KeyError, InvalidIdentifier, TypeError):  # no plain type, unreadable, or a list of values
        return decide_in_full(view, command, number, at, draw)
    facts: list[AnyFact]
    if owner is None:
        if command.new_profile_id is not None:
            return decide_in_full(view, command, number, at, draw)
        status = _CREATED
        owner = draw(number, at)
        facts = [ProfileCreated(number, at, owner)]
    elif type(owner) is not str:
        return decide_in_full(view, command, number, at, draw)
    elif not new and not several:
        return Outcome(_UNCHANGED, owner)
    elif view.book.compounds and (several or not view.settled):
        return decide_in_full(view, command, number, at, draw)
    elif several:
        merge = _merge(view, identifiers, number, at, len(new))
        if merge is None:
            return decide_in_full(view, command, number, at, draw)
        status = _MERGED
        owner = merge.survivor
        facts = [merge]
    elif _has_room(view, owner, new):
        status = _UPDATED
        facts = []
    else:
        return decide_in_full(view, command, number, at, draw)
    if len(new) > 1:
        new.sort()
    for _, id_type, value in new:
        facts.append(IdentifierAdded(number, at, owner, id_type, value))
    return Outcome(status, owner, tuple(facts))


def _has_room(view: View, owner: ProfileId, new: Newcomers) -> bool:
    """Tell whether new values, one of a type, stay within their limits (L1)."""
    held = view.profiles[owner].held
    if len(held) // WIDTH + len(new) <= view.book.least_limit:
        return True
    return all(count_of(held, id_type) < view.book.types[id_type].limit for _, id_type, _ in new)


def _merge(
    view: View, identifiers: dict[IdType, str], number: int, at: Milliseconds, more: int
) -> ProfilesMerged | None:
    """Give the merge of all owners of the identifiers, found by the rules of their types (R3, M1, M8).

    None where the limits come near, with *more* values to be added, where the first rule decides (R6), or where
    several profiles hold one value.
    """
    book = view.book
    if book.stops_at_first:
        return None
    owned: list[tuple[int, IdType, Value, ProfileId]] = []
    for id_type, raw in identifiers.items():
        rules, table = view.plain[id_type]
        value = str.__str__(raw) if view.normal and raw in table else rules.normalize(raw)
        slot = table.get(value)
        if type(slot) is str:
            owned.append((rules.place, rules.id_type, value, slot))
        elif slot is not None:
            return None
    owned.sort()
    profiles: list[Profile] = []
    owners: list[ProfileId] = []
    pairs: list[tuple[IdType, Value]] = []
    values = more
    for _, id_type, value, owner in owned:
        pairs.append((id_type, value))
        if owner not in owners:
            owners.append(owner)
            profile = view.profiles[owner]
            profiles.append(profile)
            values += len(profile.held) // WIDTH
            if len(owners) == 2:
                decisive = id_type
    if values > book.least_limit:
        return None
    profiles.sort(key=birth)
    survivor, *absorbed = profiles
    ids = [profile.id for profile in absorbed]
    return ProfilesMerged(number, at, survivor.id, tuple(ids), decisive, tuple(pairs))
