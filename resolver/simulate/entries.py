"""Entries: a command as the spool keeps it, and back again."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import InvalidTime
from resolver.facts import Outcome
from resolver.history import Record
from resolver.moments import milliseconds
from resolver.names import Milliseconds
from resolver.settings import Settings
from resolver.simulate.spool import Applied

_TIMES = 1 << 62
"""Times are smaller than this, or the engine refuses them."""


def entry_of(
    record: Record, command: AnyCommand, number: int, ref: str | None, outcome: Outcome | None, place: int = 0
) -> Applied:
    """Return the entry of an understood record, with the command as it was executed before ids replaced refs.

    Without an *outcome*, the engine refused it. *place* is where its facts begin.
    """
    status, profile_id = (None, None) if outcome is None else (outcome.status, outcome.profile_id)
    at = _time(command.at)
    if type(command) is Resolve:
        identifiers: Any = command.identifiers
        if type(record.source) is not bytes or not record.source:  # given from Python, so it may hold anything
            identifiers = _storable(identifiers)
        more = None if command.new_profile_id is None else {"newProfile": _text(command.new_profile_id)}
        return Applied(number, record.line, ref, status, profile_id, "resolve", at, None, identifiers, more, place)
    named = _text(getattr(command, "profile_id", None))
    op, presented, more = _rest(command)
    return Applied(number, record.line, ref, status, profile_id, op, at, named, presented, more, place)


def command_of(entry: Applied) -> AnyCommand:
    """Return the command of an entry; what it names as its profile stays as the line names it."""
    more = entry.more or {}
    if entry.op == "resolve":
        return Resolve(entry.presented, entry.at, more.get("newProfile"))
    if entry.op == "settings":
        return ApplySettings(Settings.from_json(more["settings"]), entry.at)
    profile_id: Any = entry.named
    if entry.op == "add":
        ((id_type, value),) = entry.presented
        return AddIdentifier(profile_id, id_type, value, entry.at)
    if entry.op == "replace":
        ((id_type, value),) = entry.presented
        return ReplaceIdentifier(profile_id, id_type, more["old"], value, entry.at)
    if entry.op == "remove":
        return RemoveIdentifier(profile_id, more["idType"], entry.at, more["all"], more["value"])
    return DeleteProfile(profile_id, entry.at)


def _rest(command: AnyCommand) -> tuple[str, Any, dict[str, Any] | None]:
    """Return op, what is presented, and the rest, of any command but resolve."""
    if isinstance(command, AddIdentifier):
        return "add", _storable([(command.id_type, command.value)]), None
    if isinstance(command, ReplaceIdentifier):
        return "replace", _storable([(command.id_type, command.new)]), {"old": _text(command.old)}
    if isinstance(command, RemoveIdentifier):
        more = {"idType": _text(command.id_type), "all": bool(command.all), "value": _text(command.value)}
        return "remove", (), more
    if isinstance(command, DeleteProfile):
        return "delete", (), None
    assert isinstance(command, ApplySettings)
    return "settings", (), {"settings": command.settings.to_json()}


def _time(at: object) -> Milliseconds | None:
    """Return a command's time in milliseconds; None where it has none, or one that the engine refuses."""
    if at is None or (type(at) is int and abs(at) < _TIMES):
        return at
    with suppress(InvalidTime):
        time = milliseconds(at)
        if abs(time) < _TIMES:
            return time
    return None


def _storable(identifiers: Any) -> list[tuple[Any, Any]]:
    """Return identifiers as pairs of text; None where there was something else, which the engine refuses as well."""
    if type(identifiers) is dict and {*map(type, identifiers), *map(type, identifiers.values())} <= _PLAIN:
        return list(identifiers.items())
    pairs = identifiers.items() if isinstance(identifiers, Mapping) else identifiers
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        return []
    return [
        (_text(id_type), _text(one))
        for id_type, raw in (pair for pair in pairs if isinstance(pair, list | tuple) and len(pair) == 2)
        for one in (raw if isinstance(raw, list | tuple) else (raw,))
    ]


_PLAIN = {str}


def _text(value: object) -> str | None:
    return str.__str__(value) if isinstance(value, str) else None
