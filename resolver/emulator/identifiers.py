"""Identifiers: the five calls of a profile's identifiers, and look-up by one."""

from collections.abc import Mapping

from resolver.commands import AddIdentifier, AnyCommand, RemoveIdentifier, ReplaceIdentifier
from resolver.emulator.entries import Kind
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.respond import Call, flag
from resolver.emulator.routing import IDENTIFIERS, PROFILES, Endpoint, Parameter
from resolver.emulator.shapes import Found, Identifier, IdentifierSet, IdentifierSets, IdentifierUpdate, Message
from resolver.errors import IdentifierConflict, InvalidIdentifier, UnknownIdentifierType

MOST_FOUND = 100
"""How many ids a look-up gives at most."""


def create(call: Call) -> Response:
    """Attach a value (A1 to A4)."""
    given = call.body
    command = AddIdentifier(call.profile_id, given.id_type, given.value, call.at)
    return _written(call, command, "Identifier accepted for processing.")


def list_all(call: Call) -> Response:
    """Return all values (Q1, Q2)."""
    found = call.store.engine.identifiers(call.profile_id)
    sets = [IdentifierSet(name, list(values)) for name, values in found.items()]
    return answer(200, IdentifierSets(sets), *call.canonical_header())


def fetch(call: Call) -> Response:
    """Return the values of one idType; none is not found."""
    id_type = call.values["idType"]
    values = call.store.engine.values(call.profile_id, id_type)
    if not values:
        raise Refused(404, f"Not Found: the profile has no identifier of idType {id_type!r}")
    return answer(200, IdentifierSet(id_type, list(values)), *call.canonical_header())


def patch(call: Call) -> Response:
    """Put a value in the place of another (A5)."""
    given, id_type = call.body, call.values["idType"]
    if given.id_type != id_type:
        raise Refused(400, f"idType: {given.id_type!r} is not allowed; expected {id_type!r}, as in the path")
    command = ReplaceIdentifier(call.profile_id, id_type, given.old_value, given.new_value, call.at)
    return _written(call, command, "Identifier update accepted.", "newValue")


def delete(call: Call) -> Response:
    """Remove one value by the limit policy, or all (A6)."""
    remove_all = flag(call.query, "removeAll", default=False)
    command = RemoveIdentifier(call.profile_id, call.values["idType"], call.at, all=remove_all)
    return _written(call, command, "Identifier removal accepted.")


def _written(call: Call, command: AnyCommand, message: str, field: str = "value") -> Response:
    store = call.store
    try:
        outcome = store.decide(command)
    except InvalidIdentifier as error:
        raise Refused(400, f"{field}: {error}") from None
    headers = call.canonical_header(outcome.profile_id)
    if not outcome.facts:
        return call.accepted(message, headers=headers)
    entry = call.service.accept(Kind.IDENTIFIERS, call.at, store.record.id, facts=outcome.facts)
    return call.accepted(message, entry, headers=headers)


def look_up(call: Call) -> Response:
    """Return the normalized value and the canonical ids that hold it (Q3)."""
    try:
        found = call.store.engine.lookup(call.body.id_type, call.body.value)
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
        Found, takes=Identifier, decodes=Identifier, reads=True,
    ),
)  # fmt: skip
