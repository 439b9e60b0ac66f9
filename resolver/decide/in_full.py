"""Deciding ``resolve`` in full: find the profiles of some identifiers, create or merge, then attach (R1 to R7)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from resolver.commands import Identifiers, Resolve
from resolver.decide.draft import Draft
from resolver.decide.view import View
from resolver.errors import (
    IdentifierConflict,
    InvalidCommand,
    InvalidIdentifier,
    ProfileExists,
    unknown_identifier_type,
)
from resolver.facts import AnyFact, IdentifierRefused, Outcome
from resolver.names import IdType, Milliseconds, ProfileId, RefusalReason, Value
from resolver.rules.matching import Finds, evidence, find
from resolver.rules.rulebook import Given, Rulebook, TypeRules
from resolver.rules.unreadable import kept_as_it_is, reported

Attachments: TypeAlias = list[tuple[TypeRules, Value]]
"""Normalized identifiers in the order in which they are attached (R4), each once."""


def decide_in_full(view: View, command: Resolve, number: int, at: Milliseconds) -> Outcome:
    """Match, create or merge, attach: every case."""
    facts: list[AnyFact] = []
    identifiers = _normalized(view.book, command.identifiers, number, at, facts)
    given: Given = {}
    for rules, value in identifiers:
        given.setdefault(rules.id_type, []).append(value)
    finds = find(view, view.book, given)
    matched = _distinct(finds)
    if not matched:
        _check_that_one_may_stay(view, identifiers)
        wanted = command.new_profile_id
        profile_id = view.new_id(number, at) if wanted is None else _wanted_id(view, wanted)
        draft = Draft.of_new_profile(view, profile_id, number, at, facts)
    else:
        draft = Draft(view, view.profile(matched[0]), number, at, facts)
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
    raise nothing_free(rules.id_type, value, view.owners(rules.id_type, value)[0])


def nothing_free(id_type: IdType, value: Value, owner: ProfileId) -> IdentifierConflict:
    """Give the error for a new profile that would hold nothing, with the first of its identifiers (R5)."""
    return IdentifierConflict(
        f"every identifier belongs to another profile ({id_type} {value!r} to {owner!r}), and no "
        f"matching rule on {id_type!r} finds it; nothing would be left for a new profile",
        id_type=id_type,
        value=value,
        owner=owner,
    )


def nothing_left(dropped: int) -> InvalidIdentifier:
    """Give the error for a resolve without identifiers, or of which so many were dropped that none is left (R5)."""
    return InvalidIdentifier(
        "resolve needs at least one identifier"
        + (f"; all {dropped} given were unreadable and dropped" if dropped else "")
    )


def _wanted_id(view: View, wanted: ProfileId) -> ProfileId:
    """Check the id that the caller wants a new profile to have."""
    if not isinstance(wanted, str) or not wanted:
        raise InvalidCommand(f"new_profile_id {wanted!r} is not an id; expected a non-empty string")
    if view.is_used(wanted):
        raise ProfileExists(f"profile id {wanted!r} was used before; expected one that never was")
    return str.__str__(wanted)


def _normalized(
    book: Rulebook, identifiers: Identifiers, number: int, at: Milliseconds, facts: list[AnyFact]
) -> Attachments:
    """Normalize every identifier in the order given (R1), then sort for attaching, each once (R4).

    What ``drop`` leaves out becomes a fact (N8).
    """
    attachments: Attachments = []
    types = book.types
    for id_type, raw in identifiers.items() if type(identifiers) is dict else _pairs(identifiers):
        rules = types.get(id_type) if isinstance(id_type, str) else None
        if rules is None:
            raise unknown_identifier_type(id_type, types)
        for each in raw if isinstance(raw, list | tuple) else (raw,):
            try:
                attachments.append((rules, rules.normalize(each)))
            except InvalidIdentifier:
                if book.keeps_unreadable:
                    attachments.append((rules, kept_as_it_is(each)))
                elif book.drops_unreadable:
                    value = reported(each)
                    facts.append(IdentifierRefused(number, at, None, rules.id_type, value, RefusalReason.INVALID))
                else:
                    raise
    if len(attachments) > 1:
        attachments.sort(key=_place)
        return list(dict.fromkeys(attachments))
    if not attachments:
        raise nothing_left(len(facts))
    return attachments


def _pairs(identifiers: object) -> Iterable[tuple[IdType, object]]:
    """Give (idType, value or values) of any mapping, or of (idType, value) pairs."""
    if isinstance(identifiers, Mapping):
        return identifiers.items()
    if isinstance(identifiers, str | bytes) or not isinstance(identifiers, Iterable):
        raise _not_identifiers(identifiers)
    if isinstance(identifiers, Iterator):
        raise InvalidCommand("an iterator of identifiers can be read once only; expected a list or a tuple of pairs")
    pairs = list(identifiers)
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _not_identifiers(pair)
    return pairs


def _not_identifiers(wrong: object) -> InvalidCommand:
    return InvalidCommand(
        f"{wrong!r} gives no identifiers; expected a mapping idType -> value or values, or (idType, value) pairs"
    )


def _place(identifier: tuple[TypeRules, *tuple[str, ...]]) -> int:
    return identifier[0].place
