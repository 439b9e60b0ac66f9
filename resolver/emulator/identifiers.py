"""Identifiers: the five calls of a profile's identifiers, and look-up by one."""

from collections.abc import Mapping

from resolver.commands import AddIdentifier, AnyCommand, RemoveIdentifier, ReplaceIdentifier
from resolver.emulator.call import Call
from resolver.emulator.entries import Kind
from resolver.emulator.messages import Response, answer
from resolver.emulator.refusals import Refused
from resolver.emulator.routing import IDENTIFIERS, PROFILES, Endpoint, Parameter
from resolver.emulator.shapes import Found, Identifier, IdentifierSet, IdentifierSets, IdentifierUpdate, Message
from resolver.emulator.store import Store
from resolver.errors import IdentifierConflict, InvalidIdentifier, UnknownIdentifierType

MOST_FOUND = 100
"""How many ids a look-up gives at most."""

_FLAGS = {"true": True, "false": False}


def create(call: Call) -> Response:
    """Attach a value (A1 to A4)."""
    store = call.accepted_store()
    given = call.body
    command = AddIdentifier(call.profile_in(store), given.id_type, given.value, call.at)
    return _written(call, store, command, "Identifier accepted for processing.")


def list_all(call: Call) -> Response:
    """Give all values (Q1, Q2)."""
    store = call.shown_store()
    profile_id = call.profile_in(store)
    sets = [IdentifierSet(name, list(values)) for name, values in store.engine.identifiers(profile_id).items()]
    return answer(200, IdentifierSets(sets), *call.canonical_header(profile_id))


def fetch(call: Call) -> Response:
    """Give the values of one idType; none is not found."""
    store = call.shown_store()
    profile_id, id_type = call.profile_in(store), call.values["idType"]
    values = store.engine.values(profile_id, id_type)
    if not values:
        raise Refused(404, f"Not Found: the profile has no identifier of idType {id_type!r}")
    return answer(200, IdentifierSet(id_type, list(values)), *call.canonical_header(profile_id))


def patch(call: Call) -> Response:
    """Put a value in the place of another (A5)."""
    store = call.accepted_store()
    profile_id, given, id_type = call.profile_in(store), call.body, call.values["idType"]
    if given.id_type != id_type:
        raise Refused(400, f"idType: {given.id_type!r} is not allowed; expected {id_type!r}, as in the path")
    command = ReplaceIdentifier(profile_id, id_type, given.old_value, given.new_value, call.at)
    return _written(call, store, command, "Identifier update accepted.", "newValue")


def delete(call: Call) -> Response:
    """Remove one value by the limit policy, or all (A6)."""
    text = call.query.get("removeAll", "false")
    if text not in _FLAGS:
        raise Refused(400, f"removeAll: {text!r} is not allowed; expected true or false")
    store = call.accepted_store()
    command = RemoveIdentifier(call.profile_in(store), call.values["idType"], call.at, all=_FLAGS[text])
    return _written(call, store, command, "Identifier removal accepted.")


def _written(call: Call, store: Store, command: AnyCommand, message: str, field: str = "value") -> Response:
    try:
        facts = store.decide(command).facts
    except InvalidIdentifier as error:
        raise Refused(400, f"{field}: {error}") from None
    if not facts:
        return call.accepted(message, headers=call.canonical_header_of(store))
    entry = call.service.accept(Kind.IDENTIFIERS, call.at, store.record.id, facts=facts)
    return call.accepted(message, entry, headers=call.canonical_header_of(store))


def look_up(call: Call) -> Response:
    """Give the normalized value and the canonical ids that hold it (Q3)."""
    try:
        found = call.shown_store().engine.lookup(call.body.id_type, call.body.value)
    except InvalidIdentifier as error:
        raise Refused(400, f"value: {error}") from None
    return answer(200, Found(found.normalized_value, list(found.profile_ids[:MOST_FOUND])))


_IN_PATH: Mapping[type[Exception], int] = {UnknownIdentifierType: 404}

ENDPOINTS = (
    Endpoint(
        "CreateProfileIdentifier", "POST", IDENTIFIERS, create,
        "Attach an identifier. A unique value of another profile merges the two where a rule lets it, or is refused.",
        Message, 202, takes=Identifier, decodes=Identifier, statuses=(308,),
    ),
    Endpoint(
        "ListProfileIdentifiers", "GET", IDENTIFIERS, list_all,
        "All identifiers of a profile: idTypes in rule order, values oldest first.", IdentifierSets, statuses=(301,),
    ),
    Endpoint(
        "FetchProfileIdentifier", "GET", f"{IDENTIFIERS}/{{idType}}", fetch,
        "The values of one idType, oldest first.", IdentifierSet, statuses=(301,), errors=_IN_PATH,
    ),
    Endpoint(
        "PatchProfileIdentifier", "PATCH", f"{IDENTIFIERS}/{{idType}}", patch,
        "Put a new value in the place of one that the profile has.", Message, 202,
        takes=IdentifierUpdate, decodes=IdentifierUpdate, statuses=(308, 409),
        errors={**_IN_PATH, IdentifierConflict: 409},
    ),
    Endpoint(
        "DeleteProfileIdentifier", "DELETE", f"{IDENTIFIERS}/{{idType}}", delete,
        "Remove the oldest value (fifo) or the most recent (lifo), or all.", Message, 202,
        parameters=(Parameter("removeAll", {"type": "boolean", "default": False}, "remove all values of the idType"),),
        statuses=(308,), errors=_IN_PATH,
    ),
    Endpoint(
        "CreateLookup", "POST", f"{PROFILES}/Lookup", look_up,
        "The normalized value, and the canonical ids of the profiles that hold it, earliest first; none is no error.",
        Found, takes=Identifier, decodes=Identifier,
    ),
)  # fmt: skip
