"""One decision per kind of command that names a profile or the store; ``resolve`` has a file of its own."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from resolver.commands import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.decide.draft import Draft
from resolver.decide.in_full import decide_in_full
from resolver.decide.view import View
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    profile_not_found,
    unknown_identifier_type,
)
from resolver.facts import AnyFact, IdentifierRefused, Outcome, ProfileDeleted, SettingsApplied
from resolver.names import (
    IdType,
    LimitPolicy,
    Milliseconds,
    ProfileId,
    RefusalReason,
    RemovalReason,
    Status,
    Value,
)
from resolver.rules.rulebook import TypeRules
from resolver.rules.unreadable import kept_as_it_is, reported
from resolver.settings import Settings
from resolver.structures.profile import Profile


def _add(view: View, command: AddIdentifier, number: int, at: Milliseconds) -> Outcome:
    profile = _named(view, command.profile_id)
    rules = _configured(view, command.id_type)
    value = _storable(view, rules, command.value)
    if value is None:
        return _left_out(profile, rules, reported(command.value), RefusalReason.INVALID, number, at)
    draft = Draft(view, profile, number, at, [])
    if not draft.attach(rules, value):
        raise _conflict(draft, rules, value)
    return draft.outcome()


def _replace(view: View, command: ReplaceIdentifier, number: int, at: Milliseconds) -> Outcome:
    """Decide A5. Old leaves first, so that its place is free; a refusal leaves everything as it was."""
    profile = _named(view, command.profile_id)
    rules = _configured(view, command.id_type)
    new = _storable(view, rules, command.new)
    if new is None:
        return _left_out(profile, rules, reported(command.new), RefusalReason.INVALID, number, at)
    old = _stored_name(view, profile, rules.id_type, command.old)
    draft = Draft(view, profile, number, at, [])
    if new == old:
        return draft.outcome()
    if draft.holds(rules, new):
        draft.remove(rules.id_type, old, RemovalReason.REPLACED)
        draft.trim(rules)
        return draft.outcome()
    draft.remove(rules.id_type, old, RemovalReason.REPLACED)
    if not draft.attach(rules, new):
        raise _conflict(draft, rules, new)
    last = draft.facts[-1]
    if isinstance(last, IdentifierRefused):
        return _left_out(profile, rules, new, RefusalReason.LIMIT, number, at)
    return draft.outcome()


def _remove(view: View, command: RemoveIdentifier, number: int, at: Milliseconds) -> Outcome:
    profile = _named(view, command.profile_id)
    id_type = command.id_type
    if not isinstance(id_type, str) or not view.knows(id_type):
        raise unknown_identifier_type(id_type, view.book.types)
    id_type = str.__str__(id_type)
    if type(command.all) is not bool:
        raise InvalidCommand(f"all={command.all!r} is not right; expected True or False")
    if command.all and command.value is not None:
        raise InvalidCommand("all=True and value= exclude each other; give one of them")
    rules = view.book.types.get(id_type)
    held = profile.values(id_type)
    if command.value is not None:
        going = [_stored_name(view, profile, id_type, command.value)]
    elif not held:
        raise IdentifierNotFound(f"profile {profile.id!r} holds no {id_type!r}")
    elif command.all:
        going = held
    else:
        going = [held[-1] if rules is not None and rules.policy is LimitPolicy.LIFO else held[0]]
    draft = Draft(view, profile, number, at, [])
    for value in going:
        draft.remove(id_type, value, RemovalReason.REMOVED)
    if rules is not None:
        draft.trim(rules)
    return draft.outcome()


def _delete(view: View, command: DeleteProfile, number: int, at: Milliseconds) -> Outcome:
    profile = _named(view, command.profile_id)
    fact = ProfileDeleted(number, at, profile.id, view.merges.aliases(profile.id))
    return Outcome(Status.DELETED, profile.id, (fact,))


def _apply_settings(view: View, command: ApplySettings, number: int, at: Milliseconds) -> Outcome:
    if not isinstance(command.settings, Settings):
        raise InvalidSettings("", command.settings, "a Settings object; Settings.from_json reads a document")
    view.book.normalizers.check(command.settings)
    settings = attrs.evolve(command.settings, version=view.book.settings.version + 1)
    return Outcome(Status.SETTINGS, None, (SettingsApplied(number, at, settings),))


def _named(view: View, profile_id: ProfileId) -> Profile:
    """Give the living profile that a command names, by its id or an alias (A1, A7)."""
    profile = view.canonical(profile_id) if isinstance(profile_id, str) else None
    if profile is None:
        raise profile_not_found(profile_id)
    return profile


def _configured(view: View, id_type: IdType) -> TypeRules:
    rules = view.book.types.get(id_type) if isinstance(id_type, str) else None
    if rules is None:
        raise unknown_identifier_type(id_type, view.book.types)
    return rules


def _storable(view: View, rules: TypeRules, raw: object) -> Value | None:
    """Normalize a value to be stored; None where ``drop`` leaves it out (N8)."""
    try:
        return rules.normalize(raw)
    except InvalidIdentifier:
        if view.book.keeps_unreadable:
            return kept_as_it_is(raw)
        if view.book.drops_unreadable:
            return None
        raise


def _stored_name(view: View, profile: Profile, id_type: IdType, text: object) -> Value:
    """Find the value on the profile that a text names: as given first, then normalized (A8)."""
    held = profile.values(id_type)
    if text in held:
        return held[held.index(text)]
    rules = view.book.types.get(id_type)
    if rules is not None:
        try:
            value = rules.normalize(text)
        except InvalidIdentifier:
            value = ""
        if value in held:
            return value
    raise IdentifierNotFound(f"profile {profile.id!r} does not hold {id_type} {text!r}")


def _left_out(
    profile: Profile, rules: TypeRules, value: object, reason: RefusalReason, number: int, at: Milliseconds
) -> Outcome:
    fact: AnyFact = IdentifierRefused(number, at, profile.id, rules.id_type, value, reason)
    return Outcome(Status.UNCHANGED, profile.id, (fact,))


def _conflict(draft: Draft, rules: TypeRules, value: Value) -> IdentifierConflict:
    owner = draft.other_owners(rules, value)[0]
    return IdentifierConflict(
        f"{rules.id_type} {value!r} belongs to profile {owner!r}, and no matching rule on "
        f"{rules.id_type!r} lets the two merge",
        id_type=rules.id_type,
        value=value,
        owner=owner,
    )


Decision: TypeAlias = Callable[[View, Any, int, Milliseconds], Outcome]
"""Gives the outcome that a command with this number and time would have.

Pure, but for the view's new id, which the user's own factory may give. Raises the contract's errors; then nothing has
happened (I7).
"""

DECISIONS: Mapping[type, Decision] = {
    Resolve: decide_in_full,
    AddIdentifier: _add,
    ReplaceIdentifier: _replace,
    RemoveIdentifier: _remove,
    DeleteProfile: _delete,
    ApplySettings: _apply_settings,
}
