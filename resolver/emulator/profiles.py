"""Profiles: created by their identifiers, listed, shown, patched, deleted."""

from resolver.commands import AddIdentifier, DeleteProfile, Resolve
from resolver.emulator.call import Call
from resolver.emulator.clock import written_out
from resolver.emulator.entries import Entry, Kind
from resolver.emulator.messages import Response, answer
from resolver.emulator.paging import meta_of, page_of, parameters
from resolver.emulator.refusals import Refused
from resolver.emulator.routing import PROFILE, PROFILES, Endpoint, Parameter
from resolver.emulator.shapes import (
    Message,
    Profile,
    ProfileAccepted,
    ProfileBatch,
    ProfileData,
    ProfilePage,
    ProfilePatch,
    TraitGroups,
)
from resolver.emulator.store import Store
from resolver.emulator.traits import CONTACT, Pair, described, identifiers_in, trait_writes
from resolver.errors import IdentifierConflict, InvalidIdentifier, ResolverError

MOST = 1000
_LONGEST_GROUPS = 256


def create(call: Call) -> Response:
    """Find, create or merge the profiles that the identifiers among the traits belong to (R1 to R8, T1)."""
    store = call.accepted_store()
    traits = call.body.traits or {}
    pairs = _some_identifiers(store, traits, "")
    try:
        entry, profile_id = _resolved(call, store, traits, pairs)
    except InvalidIdentifier as error:
        raise Refused(400, described(error, pairs, store.decide)) from None
    document = ProfileAccepted(profile_id, "Profile resolved and accepted for processing.")
    return answer(202, document, entries=(entry,))


def bulk(call: Call) -> Response:
    """Do the same for many, one after the other, all or none."""
    store = call.accepted_store()
    batch = []
    for number, given in enumerate(call.body.profiles):
        traits = given.traits or {}
        batch.append((traits, _some_identifiers(store, traits, f"profiles[{number}].")))
    failed = store.rehearse((number, Resolve(pairs, call.at)) for number, (_, pairs) in enumerate(batch))
    if failed is not None:
        number, error = failed
        raise Refused(400, described(error, batch[number][1], store.decide, f"profiles[{number}]."))
    entries = tuple(_resolved(call, store, traits, pairs)[0] for traits, pairs in batch)
    return call.accepted("Profile batch accepted for processing.", *entries)


def patch(call: Call) -> Response:
    """Set or remove traits; an identifier among them is attached, the older values stay (T1)."""
    store = call.accepted_store()
    profile_id = call.profile_in(store)
    traits = call.body.traits
    commands = [AddIdentifier(profile_id, *pair, call.at) for pair in identifiers_in(store.engine.settings, traits)]
    if len(commands) > 1:
        failed = store.rehearse((number, command) for number, command in enumerate(commands))
        if failed is not None:
            raise _about(commands[failed[0]], failed[1])
    entries = []
    for command in commands:
        try:
            facts = store.decide(command).facts
        except (InvalidIdentifier, IdentifierConflict) as error:
            raise _about(command, error) from None
        if facts:
            entries.append(call.service.accept(Kind.PROFILES, call.at, store.record.id, facts=facts))
    writes = trait_writes(store.traits, store.engine.canonical_id(profile_id), traits)
    if writes:
        entries.append(call.service.accept(Kind.PROFILES, call.at, store.record.id, traits=writes))
    message = "Trait modifications accepted for processing."
    return call.accepted(message, *entries, headers=call.canonical_header_of(store))


def delete(call: Call) -> Response:
    """Delete a profile with all that belongs to it (M7)."""
    store = call.accepted_store()
    facts = store.decide(DeleteProfile(call.profile_in(store), call.at)).facts
    entry = call.service.accept(Kind.PROFILES, call.at, store.record.id, facts=facts)
    return call.accepted("Profile accepted for deletion.", entry)


def fetch(call: Call) -> Response:
    """Give a profile with its traits."""
    store = call.shown_store()
    profile_id = call.profile_in(store)
    wanted = _groups(call)
    traits = store.traits.of(profile_id) if wanted is None else store.traits.of(profile_id, wanted.__contains__)
    document = Profile(profile_id, written_out(store.engine.created_at(profile_id)), traits)
    return answer(200, document, *call.canonical_header(profile_id))


def list_all(call: Call) -> Response:
    """Give canonical ids, by time of creation."""
    page = page_of(call.query, MOST, call.values["storeId"])
    listing = call.shown_store().listing
    cursor = page.cursor
    place = None if cursor is None else (cursor.at, cursor.number, cursor.id)
    is_before = cursor is not None and cursor.is_before
    found = listing.page(
        page.size + 1,
        after=None if is_before else place,
        before=place if is_before else None,
        is_descending=page.is_descending,
    )
    more = len(found) > page.size
    found = (found[1:] if is_before else found[:-1]) if more else found
    return answer(200, ProfilePage([each[2] for each in found], meta_of("profiles", page, found, more=more)))


def _resolved(call: Call, store: Store, traits: TraitGroups, pairs: list[Pair]) -> tuple[Entry, str]:
    outcome = store.decide(Resolve(pairs, call.at))
    profile_id = outcome.profile_id
    assert profile_id is not None
    writes = trait_writes(store.traits, profile_id, traits)
    entry = call.service.accept(Kind.PROFILES, call.at, store.record.id, facts=outcome.facts, traits=writes)
    return entry, profile_id


def _some_identifiers(store: Store, traits: TraitGroups, place: str) -> list[Pair]:
    pairs = identifiers_in(store.engine.settings, traits, place)
    if not pairs:
        configured = ", ".join(store.engine.settings.id_types)
        raise Refused(
            400, f"{place}traits: at least one trait of the group Contact must be an identifier (one of {configured})"
        )
    return pairs


def _about(command: AddIdentifier, error: ResolverError) -> Refused:
    return Refused(400, f"traits.{CONTACT}.{command.id_type}: {error}")


def _groups(call: Call) -> list[str] | None:
    text = call.query.get("traitGroups")
    if text is None:
        return None
    if not 1 <= len(text) <= _LONGEST_GROUPS:
        raise Refused(400, f"traitGroups: it has {len(text)} characters; expected 1..{_LONGEST_GROUPS}")
    return text.split(",")


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
        "Create or update many profiles, in the order given; one invalid entry refuses them all.", Message, 202,
        takes=ProfileBatch, decodes=ProfileBatch,
    ),
    Endpoint(
        "FetchProfile", "GET", PROFILE, fetch, "A profile with its traits.", Profile, parameters=(_GROUPS,),
        statuses=(301,),
    ),
    Endpoint(
        "PatchProfileTraits", "PATCH", PROFILE, patch, "Set traits; null removes one.", Message, 202,
        takes=ProfilePatch, decodes=ProfilePatch, statuses=(308,),
    ),
    Endpoint(
        "DeleteProfile", "DELETE", PROFILE, delete,
        "Delete a profile, its identifiers, its traits and its aliases.", Message, 202, statuses=(308,),
    ),
)  # fmt: skip
