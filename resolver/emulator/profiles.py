"""Profiles and their identifiers: found or created by identifiers, listed, shown, changed, deleted, looked up."""

from collections.abc import Callable, Mapping
from operator import itemgetter

from resolver.commands import AddIdentifier, AnyCommand, DeleteProfile, RemoveIdentifier, ReplaceIdentifier, Resolve
from resolver.emulator.entries import Entry, Kind, Operation, TraitWrite
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.paging import cut, meta_of, page_of, parameters
from resolver.emulator.profile_data import CONTACT, Pair, Traits
from resolver.emulator.respond import Call, flag
from resolver.emulator.routing import IDENTIFIERS, OPERATION_HEADERS, PROFILE, PROFILES, Endpoint, Parameter
from resolver.emulator.shapes import (
    BatchAccepted,
    Found,
    Identifier,
    IdentifierSet,
    IdentifierSets,
    IdentifierUpdate,
    Message,
    Profile,
    ProfileAccepted,
    ProfileBatch,
    ProfileData,
    ProfilePage,
    ProfilePatch,
    TraitGroups,
    TraitOf,
    TraitPage,
)
from resolver.emulator.store import Store
from resolver.emulator.time_and_ids import written_out
from resolver.errors import IdentifierConflict, InvalidIdentifier, ResolverError, UnknownIdentifierType
from resolver.names import IdType, ProfileId

MOST = 1000
_ID = itemgetter(2)  # of a birth
_LONGEST_GROUPS = 256

MOST_VALUES = 100
"""The most values of one idType that a profile keeps."""

MOST_FOUND = 100
"""How many ids a look-up gives at most."""


def create(call: Call) -> Response:
    """Find, create or merge the profiles that the identifiers among the traits belong to (R1 to R8, T1)."""
    store = call.store
    traits = call.body.traits or {}
    pairs, names = _some_identifiers(store, traits, "")
    try:
        entry, profile_id = _resolved(call, traits, pairs)
    except InvalidIdentifier as error:
        raise Refused(400, described(error, pairs, names, store.decide)) from None
    document = ProfileAccepted(profile_id, "Profile resolved and accepted for processing.")
    return answer(202, document, entries=(entry,))


def bulk(call: Call) -> Response:
    """Do the same for many, one after the other, all or none."""
    store = call.store
    batch = []
    for number, given in enumerate(call.body.profiles):
        traits = given.traits or {}
        batch.append((traits, *_some_identifiers(store, traits, f"profiles[{number}].")))
    failed = store.rehearse(Resolve(pairs, call.at) for _, pairs, _ in batch)
    if failed is not None:
        number, error = failed
        raise Refused(400, described(error, *batch[number][1:], store.decide, f"profiles[{number}]."))
    entries = [_resolved(call, traits, pairs)[0] for traits, pairs, _ in batch[:-1]]
    operation = call.new_operation(store.record.id)
    entries.append(_resolved(call, *batch[-1][:2], operation)[0])  # it is done once the last of them is shown
    body = BatchAccepted(
        "Profile batch accepted for processing.", operation.id, written_out(call.at), call.status_url(operation)
    )
    return answer(202, body, *call.operation_headers(operation), entries=tuple(entries))


def patch(call: Call) -> Response:
    """Set or remove traits; an identifier among them is attached, the older values stay (T1)."""
    store, profile_id, traits = call.store, call.profile_id, call.body.traits
    pairs, names = identifiers_in(traits, store.promoted)
    commands = [AddIdentifier(profile_id, *pair, call.at) for pair in pairs]
    if len(commands) > 1:
        failed = store.rehearse(commands)
        if failed is not None:
            raise _about(names[failed[0]], failed[1])
    entries = []
    for number, command in enumerate(commands):
        try:
            outcome = store.decide(command)
        except (InvalidIdentifier, IdentifierConflict) as error:
            raise _about(names[number], error) from None
        assert outcome.profile_id is not None
        profile_id = outcome.profile_id  # the addition may have merged it away
        if outcome.facts:
            entries.append(call.service.accept(Kind.PROFILES, call.at, store.record.id, facts=outcome.facts))
    writes = trait_writes(store.traits, profile_id, traits)
    if writes:
        entries.append(call.service.accept(Kind.PROFILES, call.at, store.record.id, traits=writes))
    message = "Trait modifications accepted for processing."
    return call.accepted(message, *entries, headers=call.canonical_header(profile_id))


def delete(call: Call) -> Response:
    """Delete a profile with all that belongs to it (M7)."""
    store = call.store
    facts = store.decide(DeleteProfile(call.profile_id, call.at)).facts
    entry = call.service.accept(Kind.PROFILES, call.at, store.record.id, facts=facts)
    return call.accepted("Profile accepted for deletion.", entry)


def fetch(call: Call) -> Response:
    """Return a profile with its traits."""
    store, profile_id = call.store, call.profile_id
    traits = store.traits.of(profile_id, _wanted(call))
    document = Profile(profile_id, written_out(store.engine.created_at(profile_id)), traits)
    return answer(200, document, *call.canonical_header())


def list_traits(call: Call) -> Response:
    """Return the traits of a profile one by one, by time of writing."""
    page = page_of(call.query, MOST, f"{call.profile_id}/traits")
    held = call.store.traits.entries_of(call.profile_id, _wanted(call))
    places = {(at, 0, f"{group}\0{name}"): (group, name) for at, group, name in held}
    found, more = cut(page, sorted(places))
    traits = []
    for place in found:
        group, name = places[place]
        traits.append(TraitOf(name, held[place[0], group, name], group, written_out(place[0])))
    return answer(200, TraitPage(traits, meta_of("traits", page, found, more=more)), *call.canonical_header())


def list_all(call: Call) -> Response:
    """Return canonical ids, by time of creation."""
    page = page_of(call.query, MOST, call.values["storeId"])
    found, more = cut(page, call.store.listing.order)
    return answer(200, ProfilePage(list(map(_ID, found)), meta_of("profiles", page, found, more=more)))


def identifiers_in(
    traits: TraitGroups, id_types: Mapping[str, Mapping[str, IdType]], place: str = ""
) -> tuple[list[Pair], list[str]]:
    """Return the identifiers among the traits, and the trait that each was, as in ``Contact.email`` (T1).

    *id_types* are those of ``id_types_of``. A list of strings is several, null is none. ``Refused`` with status 400
    for an identifier that is no string, and for more values of one than a profile keeps.
    """
    pairs: list[Pair] = []
    names: list[str] = []
    for group, values in traits.items():
        promoted = id_types.get(group)
        if promoted is None:
            continue
        for name, value in values.items():
            id_type = promoted.get(name)
            if id_type is None or value is None:
                continue
            if isinstance(value, list) and len(value) > MOST_VALUES:
                fault = f"it has {len(value)} values; expected at most {MOST_VALUES}, the most that a profile keeps"
                raise Refused(400, f"{place}traits.{group}.{name}: {fault}")
            for each in value if isinstance(value, list) else (value,):
                if not isinstance(each, str):
                    fault = f"{each!r} is not allowed; expected a string, as it is an identifier"
                    raise Refused(400, f"{place}traits.{group}.{name}: {fault}")
                pairs.append((id_type, each))
                names.append(f"{group}.{name}")
    return pairs, names


def described(
    error: ResolverError,
    pairs: list[Pair],
    names: list[str],
    decide: Callable[[Resolve], object],
    place: str = "",
) -> str:
    """Return the message of an error, with the trait in front that is to blame for it if it is a single one."""
    if isinstance(error, InvalidIdentifier):
        for pair, name in zip(pairs, names, strict=True):
            try:
                decide(Resolve([pair]))
            except ResolverError as fault:
                if str(fault) == str(error):
                    return f"{place}traits.{name}: {error}"
    return f"{place.removesuffix('.')}: {error}" if place else str(error)


def trait_writes(held: Traits, profile_id: ProfileId, traits: TraitGroups) -> list[TraitWrite]:
    """Return the traits to write; removing one that is not there is nothing."""
    return [
        TraitWrite(profile_id, group, name, value)
        for group, values in traits.items()
        for name, value in values.items()
        if value is not None or held.has(profile_id, group, name)
    ]


def _resolved(
    call: Call, traits: TraitGroups, pairs: list[Pair], operation: Operation | None = None
) -> tuple[Entry, str]:
    store = call.store
    outcome = store.decide(Resolve(pairs, call.at))
    profile_id = outcome.profile_id
    assert profile_id is not None
    writes = trait_writes(store.traits, profile_id, traits)
    entry = call.service.accept(
        Kind.PROFILES, call.at, store.record.id, facts=outcome.facts, traits=writes, operation=operation
    )
    return entry, profile_id


def _some_identifiers(store: Store, traits: TraitGroups, place: str) -> tuple[list[Pair], list[str]]:
    pairs, names = identifiers_in(traits, store.promoted, place)
    if not pairs:
        others = [f"{group}.{name}" for group, types in store.promoted.items() if group != CONTACT for name in types]
        also = f", or a promoted trait ({', '.join(others)})" if others else ""
        allowed = f"(one of {', '.join(store.promoted[CONTACT])}){also}"
        raise Refused(400, f"{place}traits: at least one trait of the group {CONTACT} must be an identifier {allowed}")
    return pairs, names


def _about(name: str, error: ResolverError) -> Refused:
    return Refused(400, f"traits.{name}: {error}")


def _wanted(call: Call) -> Callable[[str], bool]:
    """Return which groups are asked for."""
    text = call.query.get("traitGroups")
    if text is None:
        return lambda _: True
    if not 1 <= len(text) <= _LONGEST_GROUPS:
        raise Refused(400, f"traitGroups: it has {len(text)} characters; expected 1..{_LONGEST_GROUPS}")
    return text.split(",").__contains__


def attach_identifier(call: Call) -> Response:
    """Attach a value (A1 to A4)."""
    given = call.body
    command = AddIdentifier(call.profile_id, given.id_type, given.value, call.at)
    return _identifiers_written(call, command, "Identifier accepted for processing.")


def list_identifiers(call: Call) -> Response:
    """Return all values (Q1, Q2)."""
    found = call.store.engine.identifiers(call.profile_id)
    sets = [IdentifierSet(name, list(values)) for name, values in found.items()]
    return answer(200, IdentifierSets(sets), *call.canonical_header())


def fetch_identifiers(call: Call) -> Response:
    """Return the values of one idType; none is not found."""
    id_type = call.values["idType"]
    values = call.store.engine.values(call.profile_id, id_type)
    if not values:
        raise Refused(404, f"Not Found: the profile has no identifier of idType {id_type!r}")
    return answer(200, IdentifierSet(id_type, list(values)), *call.canonical_header())


def replace_identifier(call: Call) -> Response:
    """Put a value in the place of another (A5)."""
    given, id_type = call.body, call.values["idType"]
    if given.id_type != id_type:
        raise Refused(400, f"idType: {given.id_type!r} is not allowed; expected {id_type!r}, as in the path")
    command = ReplaceIdentifier(call.profile_id, id_type, given.old_value, given.new_value, call.at)
    return _identifiers_written(call, command, "Identifier update accepted.", "newValue")


def remove_identifier(call: Call) -> Response:
    """Remove one value by the limit policy, or all (A6)."""
    remove_all = flag(call.query, "removeAll", default=False)
    command = RemoveIdentifier(call.profile_id, call.values["idType"], call.at, all=remove_all)
    return _identifiers_written(call, command, "Identifier removal accepted.")


def _identifiers_written(call: Call, command: AnyCommand, message: str, field: str = "value") -> Response:
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

_GROUPS = Parameter(
    "traitGroups", {"type": "string", "minLength": 1, "maxLength": _LONGEST_GROUPS}, "trait groups, joined by commas"
)

ENDPOINTS = (
    Endpoint(
        "CreateProfile", "POST", PROFILES, create,
        "Find or create the profile of a person by the identifiers among the traits; give its canonical id.",
        ProfileAccepted, 202, takes=ProfileData, decodes=ProfileData,
    ),
    Endpoint(
        "ListProfiles", "GET", PROFILES, list_all, "Canonical ids, by time of creation.", ProfilePage,
        parameters=parameters(MOST),
    ),
    Endpoint(
        "UpdateProfilesBulk", "PUT", f"{PROFILES}/Bulk", bulk,
        "Create or update many profiles, in the order given; one invalid entry refuses them all.", BatchAccepted, 202,
        takes=ProfileBatch, decodes=ProfileBatch, gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "FetchProfile", "GET", PROFILE, fetch, "A profile with its traits.", Profile, parameters=(_GROUPS,),
        statuses=(301,),
    ),
    Endpoint(
        "ListProfileTraits", "GET", f"{PROFILE}/Traits", list_traits, "The traits of a profile, by time of writing.",
        TraitPage, parameters=(*parameters(MOST, "writing"), _GROUPS), statuses=(301,),
    ),
    Endpoint(
        "PatchProfileTraits", "PATCH", PROFILE, patch, "Set traits; null removes one.", Message, 202,
        takes=ProfilePatch, decodes=ProfilePatch, statuses=(308,),
    ),
    Endpoint(
        "DeleteProfile", "DELETE", PROFILE, delete,
        "Delete a profile, its identifiers, its traits and its aliases.", Message, 202, statuses=(308,),
    ),
    Endpoint(
        "CreateProfileIdentifier", "POST", IDENTIFIERS, attach_identifier,
        "Attach an identifier. A unique value of another profile merges the two where a rule lets it, or is refused.",
        Message, 202, takes=Identifier, decodes=Identifier, statuses=(308,),
    ),
    Endpoint(
        "ListProfileIdentifiers", "GET", IDENTIFIERS, list_identifiers,
        "All identifiers of a profile: idTypes in rule order, values oldest first.", IdentifierSets, statuses=(301,),
    ),
    Endpoint(
        "FetchProfileIdentifier", "GET", f"{IDENTIFIERS}/{{idType}}", fetch_identifiers,
        "The values of one idType, oldest first.", IdentifierSet, statuses=(301,), errors=_IN_PATH,
    ),
    Endpoint(
        "PatchProfileIdentifier", "PATCH", f"{IDENTIFIERS}/{{idType}}", replace_identifier,
        "Put a new value in the place of one that the profile has.", Message, 202,
        takes=IdentifierUpdate, decodes=IdentifierUpdate, statuses=(308, 409),
        errors={**_IN_PATH, IdentifierConflict: 409},
    ),
    Endpoint(
        "DeleteProfileIdentifier", "DELETE", f"{IDENTIFIERS}/{{idType}}", remove_identifier,
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
