"""Deciding ``resolve``: find the profiles of some identifiers, create or merge, then attach (R1 to R7).

Nearly every event names one known profile, or none, under rules where a value matches only by being equal and
owned. Such a command needs no draft: it is seen first and left early.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from resolver.commands import Identifiers, Resolve
from resolver.decide.draft import Draft
from resolver.decide.view import View
from resolver.errors import (
    IdentifierConflict,
    InvalidCommand,
    InvalidIdentifier,
    ProfileExists,
    UnknownIdentifierType,
)
from resolver.facts import AnyFact, IdentifierAdded, IdentifierRefused, Outcome, ProfileCreated
from resolver.names import IdType, Milliseconds, ProfileId, RefusalReason, Status, Value
from resolver.rules.matching import Finds, evidence, find
from resolver.rules.normalization import kept_as_it_is
from resolver.rules.rulebook import Given, Rulebook, TypeRules
from resolver.structures.held import WIDTH, count_of

Draw: TypeAlias = Callable[[int, Milliseconds], ProfileId]
"""Gives the id of the profile that the command with this number and time creates."""

Attachments: TypeAlias = list[tuple[TypeRules, Value]]
"""Normalized identifiers in the order in which they are attached (R4), each once."""


def decide_resolve(view: View, command: Resolve, number: int, at: Milliseconds, draw: Draw) -> Outcome:
    """Give the outcome that a ``Resolve`` would have."""
    facts: list[AnyFact] = []
    identifiers = _normalized(view.book, command.identifiers, number, at, facts)
    everyday = _everyday(view, identifiers)
    if everyday is None:
        return _in_full(view, command, identifiers, number, at, draw, facts)
    owner, new = everyday
    if owner is None:
        owner = _new_id(view, command, number, at, draw)
        facts.append(ProfileCreated(number, at, owner))
        status = Status.CREATED
    else:
        status = Status.UPDATED if new else Status.UNCHANGED
    for rules, value in new:
        facts.append(IdentifierAdded(number, at, owner, rules.id_type, value))
    return Outcome(status, owner, tuple(facts))


def _everyday(view: View, identifiers: Attachments) -> tuple[ProfileId | None, Attachments] | None:
    """Give the one owner (None: nobody) and what is new to it, if the command is as simple as that.

    It is, when every type is plain, nothing collides and no limit comes near.
    """
    index = view.index
    owner: ProfileId | None = None
    new: Attachments = []
    for identifier in identifiers:
        rules, value = identifier
        if not rules.plain:
            return None
        slot = index[rules.id_type].get(value)
        if slot is None:
            new.append(identifier)
        elif not rules.alone or not isinstance(slot, str):
            return None
        elif owner is None:
            owner = slot
        elif owner != slot:
            return None
    if new:
        held = () if owner is None else view.profiles[owner].held
        if len(held) // WIDTH + len(new) > view.book.least_limit:
            for rules, _ in new:
                if count_of(held, rules.id_type) + len(new) > rules.limit:
                    return None
    return owner, new


def _in_full(
    view: View,
    command: Resolve,
    identifiers: Attachments,
    number: int,
    at: Milliseconds,
    draw: Draw,
    facts: list[AnyFact],
) -> Outcome:
    """Match, create or merge, attach: every case."""
    given: Given = {}
    for rules, value in identifiers:
        given.setdefault(rules.id_type, []).append(value)
    finds = find(view, view.book, given)
    matched = _distinct(finds)
    if not matched:
        _check_that_one_may_stay(view, identifiers)
        draft = Draft.of_new_profile(view, _new_id(view, command, number, at, draw), number, at, facts)
    else:
        draft = Draft(view, view.profiles[matched[0]], number, at, facts)
        if len(matched) > 1:
            draft.merge(matched[1:], *evidence(view, view.book, given, finds))
            draft.settle()
    for rules, value in identifiers:
        if not draft.attach(rules, value):
            draft.refuse(rules, value, RefusalReason.CONFLICT, draft.other_owners(rules, value)[0])
    return draft.outcome()


def _distinct(finds: Finds) -> list[ProfileId]:
    return list(dict.fromkeys(profile_id for _, ids in finds for profile_id in ids))


def _check_that_one_may_stay(view: View, identifiers: Attachments) -> None:
    """Refuse to create a profile that would hold nothing (R5).

    Where no rule matched, none lets a collision merge either, so every owned unique value would be left out.
    """
    for rules, value in identifiers:
        if not rules.unique or not view.owners(rules.id_type, value):
            return
    rules, value = identifiers[0]
    owner = view.owners(rules.id_type, value)[0]
    raise IdentifierConflict(
        f"every identifier belongs to another profile ({rules.id_type} {value!r} to {owner!r}), and no "
        f"matching rule on {rules.id_type!r} finds it; nothing would be left for a new profile",
        id_type=rules.id_type,
        value=value,
        owner=owner,
    )


def _new_id(view: View, command: Resolve, number: int, at: Milliseconds, draw: Draw) -> ProfileId:
    wanted = command.new_profile_id
    if wanted is None:
        return draw(number, at)
    if not isinstance(wanted, str) or not wanted:
        raise InvalidCommand(f"new_profile_id {wanted!r} is not an id; expected a non-empty string")
    if view.is_used(wanted):
        raise ProfileExists(f"profile id {wanted!r} was used before; expected one that never was")
    return wanted


def _normalized(
    book: Rulebook, identifiers: Identifiers, number: int, at: Milliseconds, facts: list[AnyFact]
) -> Attachments:
    """Normalize every identifier in the order given (R1), then sort for attaching, each once (R4).

    What ``drop`` leaves out becomes a fact (N8).
    """
    attachments: Attachments = []
    types = book.types
    for id_type, raw in _pairs(identifiers):
        rules = types.get(id_type) if isinstance(id_type, str) else None
        if rules is None:
            raise UnknownIdentifierType(f"idType {id_type!r} is not configured (configured: {', '.join(types)})")
        try:
            attachments.append((rules, rules.normalize(raw)))
        except InvalidIdentifier:
            if book.keeps:
                attachments.append((rules, kept_as_it_is(raw)))
            elif book.drops:
                facts.append(IdentifierRefused(number, at, None, rules.id_type, raw, RefusalReason.INVALID))
            else:
                raise
    if not attachments:
        raise InvalidIdentifier(
            "resolve needs at least one identifier"
            + (f"; all {len(facts)} given were unreadable and dropped" if facts else "")
        )
    if len(attachments) > 1:
        attachments.sort(key=_place)
        return list(dict.fromkeys(attachments))
    return attachments


def _pairs(identifiers: object) -> Iterable[tuple[IdType, object]]:
    if isinstance(identifiers, Mapping):
        for value in identifiers.values():
            if isinstance(value, list | tuple):
                return _spread(identifiers)
        return identifiers.items()
    if isinstance(identifiers, str | bytes) or not isinstance(identifiers, Iterable):
        raise _not_identifiers(identifiers)
    pairs = list(identifiers)
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _not_identifiers(pair)
    return pairs


def _spread(identifiers: Mapping[IdType, object]) -> Iterator[tuple[IdType, object]]:
    for id_type, value in identifiers.items():
        if isinstance(value, list | tuple):
            for each in value:
                yield id_type, each
        else:
            yield id_type, value


def _not_identifiers(wrong: object) -> InvalidCommand:
    return InvalidCommand(
        f"{wrong!r} gives no identifiers; expected a mapping idType -> value or values, or (idType, value) pairs"
    )


def _place(attachment: tuple[TypeRules, Value]) -> int:
    return attachment[0].place
