"""Deciding the everyday ``resolve``, and handing on every other.

Nearly every event names one known profile, or none, or two that are now proved to be one, under rules where a
value matches only by being equal and owned, and with every limit far away. Such a command needs no draft: it is
seen in one pass over its identifiers. A text that is stored needs no normalizing there: it gives itself (N7), as
long as the rules are those under which it was stored. Where there are compound rules, a merge may complete one,
and so may anything after a settings change (R7). Whatever is not as simple as that is decided in full, with the
same result.
"""

from typing import Any

from resolver.commands import Resolve
from resolver.decide.in_full import Attachments, Draw, decide_in_full
from resolver.decide.view import View
from resolver.errors import InvalidIdentifier
from resolver.facts import AnyFact, IdentifierAdded, Outcome, ProfileCreated, ProfilesMerged
from resolver.names import IdType, Milliseconds, ProfileId, Status, Value
from resolver.rules.rulebook import TypeRules
from resolver.rules.survival import birth
from resolver.structures.held import WIDTH, count_of

# Bound once: reading a member of an enumeration costs as much as creating two facts.
_CREATED, _UPDATED, _MERGED, _UNCHANGED = Status.CREATED, Status.UPDATED, Status.MERGED, Status.UNCHANGED


def decide_resolve(view: View, command: Resolve, number: int, at: Milliseconds, draw: Draw) -> Outcome:
    """Give the outcome that a ``Resolve`` would have."""
    identifiers = command.identifiers
    if type(identifiers) is not dict or not identifiers:
        return decide_in_full(view, command, number, at, draw)
    book = view.book
    plain, index, normal = book.plain, view.index, view.normal
    owner: ProfileId | None = None
    others = False
    new: Attachments = []
    for id_type, raw in identifiers.items():
        rules = plain.get(id_type)
        if rules is None:
            return decide_in_full(view, command, number, at, draw)
        try:
            slot = index[id_type].get(raw) if normal else None
            if slot is None:
                value = rules.normalize(raw)
                if value is not raw or not normal:
                    slot = index[id_type].get(value)
        except (InvalidIdentifier, TypeError):  # unreadable, or a list of values
            return decide_in_full(view, command, number, at, draw)
        if slot is None:
            new.append((rules, value))
        elif type(slot) is not str or not rules.alone:
            return decide_in_full(view, command, number, at, draw)
        elif owner is None:
            owner = slot
        elif owner != slot:
            others = True
    facts: list[AnyFact]
    if owner is None:
        if command.new_profile_id is not None:
            return decide_in_full(view, command, number, at, draw)
        status = _CREATED
        owner = draw(number, at)
        facts = [ProfileCreated(number, at, owner)]
    elif book.compounds and (others or (new and not view.settled)):
        return decide_in_full(view, command, number, at, draw)
    elif others:
        merge = _merge(view, identifiers, number, at, len(new))
        if merge is None:
            return decide_in_full(view, command, number, at, draw)
        status = _MERGED
        owner = merge.survivor
        facts = [merge]
    elif not new:
        return Outcome(_UNCHANGED, owner)
    elif _has_room(view, owner, new):
        status = _UPDATED
        facts = []
    else:
        return decide_in_full(view, command, number, at, draw)
    if len(new) > 1:
        new.sort(key=_place)
    for rules, value in new:
        facts.append(IdentifierAdded(number, at, owner, rules.id_type, value))
    return Outcome(status, owner, tuple(facts))


def _has_room(view: View, owner: ProfileId, new: Attachments) -> bool:
    """Tell whether new values, one of a type, stay within their limits (L1)."""
    held = view.profiles[owner].held
    if len(held) // WIDTH + len(new) <= view.book.least_limit:
        return True
    return all(count_of(held, rules.id_type) < rules.limit for rules, _ in new)


def _merge(
    view: View, identifiers: dict[IdType, Any], number: int, at: Milliseconds, more: int
) -> ProfilesMerged | None:
    """Give the merge of all owners of the identifiers, found by the rules of their types (R3, M1, M8).

    None where the limits come near, with *more* values to be added, or where the first rule decides (R6).
    """
    book = view.book
    owned: list[tuple[TypeRules, Value, ProfileId]] = []
    for id_type, raw in identifiers.items():
        rules = book.types[id_type]
        table = view.index[id_type]
        value = str.__str__(raw) if view.normal and raw in table else rules.normalize(raw)
        slot = table.get(value)
        if isinstance(slot, str):
            owned.append((rules, value, slot))
    owned.sort(key=_place)
    owners = dict.fromkeys([owner for _, _, owner in owned])
    profiles = sorted([view.profiles[owner] for owner in owners], key=birth)
    if book.first or sum([len(profile.held) for profile in profiles]) // WIDTH + more > book.least_limit:
        return None
    first = owned[0][2]
    rule = next(rules.id_type for rules, _, owner in owned if owner != first)
    pairs = tuple([(rules.id_type, value) for rules, value, _ in owned])
    return ProfilesMerged(number, at, profiles[0].id, tuple([profile.id for profile in profiles[1:]]), rule, pairs)


def _place(identifier: tuple[Any, ...]) -> int:
    place: int = identifier[0].place
    return place
