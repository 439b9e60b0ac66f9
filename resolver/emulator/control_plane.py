"""The control plane: stores, their settings and trait groups, and the operations that changes of them are."""

import base64
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from resolver.commands import ApplySettings
from resolver.emulator.entries import Kind, TraitGroup, TraitGroupWrite
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.paging import cut, meta_of, page_of, parameters
from resolver.emulator.respond import Call, flag
from resolver.emulator.routing import CONTROL, OPERATION_HEADERS, Endpoint, Parameter
from resolver.emulator.service import KEPT
from resolver.emulator.shapes import (
    DISPLAY_NAME,
    MOST_TRAITS,
    OneTraitGroup,
    OperationAccepted,
    OperationStatus,
    ResultOf,
    SettingsBody,
    SettingsCore,
    StoreBody,
    StoreCore,
    StorePage,
    StorePatch,
    TraitGroupBody,
    TraitGroupCore,
    TraitGroupPage,
    TraitGroupPatch,
)
from resolver.emulator.store import MOST_STORES, Store
from resolver.emulator.time_and_ids import STORE, written_out
from resolver.errors import InvalidSettings
from resolver.settings import Settings

MOST_GROUPS = 50
_MOST = 100  # on a page
_NAME = re.compile(DISPLAY_NAME.strip("^$"))
_KEYS = ("identifierConfigs", "matchingRules")

LONGEST_ETAG = 100

IF_MATCH = Parameter(
    "If-Match",
    {"type": "string", "maxLength": LONGEST_ETAG},
    "change the resource only if this is its ETag",
    place="header",
)


def etag(name: str, version: int) -> str:
    """Return the ETag of one version, with its quotes.

    >>> etag("an_id", 1)
    '"eyJpZCI6ImFuX2lkIiwidiI6MX0"'
    """
    text = msgspec.json.encode({"id": name, "v": version})
    return f'"{base64.urlsafe_b64encode(text).decode().rstrip("=")}"'


def check_match(call: Call, current: str) -> None:
    """Refuse with status 412 a request whose If-Match names other versions only, with 400 one that is too long."""
    wanted = call.request.headers.get("if-match")
    if wanted is None:
        return
    if len(wanted) > LONGEST_ETAG:
        raise Refused(400, f"If-Match: it has {len(wanted)} characters; expected at most {LONGEST_ETAG}")
    names = [name.strip() for name in wanted.split(",")]
    if current not in names and "*" not in names:
        raise Refused(412, f"Precondition Failed: If-Match is {wanted}; the present ETag is {current}")


# Stores


def create_store(call: Call) -> Response:
    """Create a store with the default settings."""
    service = call.service
    name = call.body.display_name
    _check_name(name)
    _check_is_new(call, name)
    if len(service.stores) >= MOST_STORES:
        raise Refused(400, f"there are {MOST_STORES} stores; expected no more, delete one first")
    number = service.next_number
    while (store_id := service.options.ids.named(STORE, number, call.at)) in service.stores:
        number += 1
    record = msgspec.structs.replace(
        service.options.template,
        id=store_id,
        display_name=name,
        description=call.body.description or "",
        created_at=call.at,
    )
    return _accepted(call, Kind.STORE_CREATED, store_id, "Store accepted for processing.", record=record)


def list_stores(call: Call) -> Response:
    """Return store ids, by time of creation."""
    page = page_of(call.query, _MOST, "stores")
    records = [store.record for store in call.service.shown().stores.values()]
    found, more = cut(page, sorted((record.created_at, 0, record.id) for record in records))
    meta = meta_of("stores", page, found, more=more, size=len(found))
    return answer(200, StorePage([each[2] for each in found], meta))


def fetch_store(call: Call) -> Response:
    """Return a store."""
    store = call.store
    record, as_of = store.record, written_out(store.data_as_of)
    description = record.description or UNSET
    body = StoreBody(record.id, record.display_name, "ACTIVE", None, record.version, as_of, description)
    return answer(200, body, ("ETag", etag(record.id, record.version)))


def patch_store(call: Call) -> Response:
    """Change the name or the description."""
    record = call.store.record
    if call.body.display_name:
        _check_name(call.body.display_name)
    check_match(call, etag(record.id, record.version))
    changes: dict[str, Any] = {}
    if call.body.display_name:
        if call.body.display_name != record.display_name:
            _check_is_new(call, call.body.display_name)
        changes["display_name"] = call.body.display_name
    if call.body.description:
        changes["description"] = call.body.description
    changed = msgspec.structs.replace(record, version=record.version + 1, **changes)
    return _accepted(call, Kind.STORE_CHANGED, record.id, "Store update accepted for processing.", record=changed)


def delete_store(call: Call) -> Response:
    """Delete a store with everything in it."""
    record = call.store.record
    check_match(call, etag(record.id, record.version))
    return _accepted(call, Kind.STORE_DELETED, record.id, "Store accepted for deletion.")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refused(400, f"displayName: {name!r} is not allowed; expected letters, digits and hyphens")


def _check_is_new(call: Call, name: str) -> None:
    if any(store.record.display_name == name for store in call.service.stores.values()):
        raise Refused(400, f"displayName: {name!r} is not allowed; expected a name that no other store has")


# Settings


def fetch_settings(call: Call) -> Response:
    """Return the settings in force."""
    store = call.store
    return answer(200, _document(store.engine.settings), ("ETag", _etag(store)))


def update_settings(call: Call) -> Response:
    """Put new settings in force for later requests (S1); invalid ones are refused as a whole.

    The API has no words for policies: those that the store was started with stay.
    """
    store = call.store
    options = call.body.get("options")
    if isinstance(options, dict) and "policies" in options:
        raise InvalidSettings(
            "options.policies",
            options["policies"],
            "no policies, for which the API has no key; resolver serve --settings FILE takes them",
            in_json=True,
        )
    given = Settings.from_json({key: call.body[key] for key in _KEYS if key in call.body})
    settings = given.with_policies(store.engine.settings.policies)
    facts = store.decide(ApplySettings(settings, call.at)).facts
    check_match(call, _etag(store))
    message = "Identity Resolution Settings accepted for processing."
    return _accepted(call, Kind.SETTINGS, store.record.id, message, facts=facts)


def _document(settings: Settings) -> dict[str, Any]:
    """Return settings as the API has them, which knows no policies."""
    return {key: value for key, value in settings.to_json().items() if key != "options"}


def _etag(store: Store) -> str:
    return etag(f"{store.record.id}/settings", store.engine.settings.version)


# Trait groups


def create_trait_group(call: Call) -> Response:
    """Define a trait group."""
    definitions, given = call.store.trait_definitions, call.body
    if definitions.get(given.display_name) is not None:
        fault = f"{given.display_name!r} is not allowed; expected a name that no other trait group has"
        raise Refused(400, f"displayName: {fault}")
    if len(definitions) >= MOST_GROUPS:
        raise Refused(400, f"there are {MOST_GROUPS} trait groups; expected no more, delete one first")
    group = TraitGroup(
        given.display_name,
        call.at,
        call.service.next_number,
        description=given.description or None,
        traits=_plain(given.traits),
    )
    return _group_accepted(call, group.name, group, "TraitGroup accepted for processing.")


def list_trait_groups(call: Call) -> Response:
    """Return trait groups, by time of creation; with their traits where they are asked for."""
    page = page_of(call.query, _MOST, f"{call.values['storeId']}/traitGroups")
    with_traits = flag(call.query, "includeTraits", default=False)
    groups = {(group.created_at, group.number, group.name): group for group in call.store.trait_definitions.all()}
    found, more = cut(page, sorted(groups))
    bodies = [group_body(groups[place], groups[place].traits if with_traits else None) for place in found]
    return answer(200, TraitGroupPage(bodies, meta_of("traitGroups", page, found, more=more, size=len(found))))


def fetch_trait_group(call: Call) -> Response:
    """Return a trait group, with a page of its traits by name."""
    group = _group(call)
    page = page_of(call.query, _MOST, f"{call.values['storeId']}/traitGroups/{group.name}")
    with_traits = flag(call.query, "includeTraits", default=True)
    found, more = cut(page, [(0, 0, name) for name in sorted(group.traits)] if with_traits else [])
    traits = {name: group.traits[name] for _, _, name in found}
    meta = meta_of("traits", page, found, more=more, size=len(found))
    body = OneTraitGroup(group_body(group, traits if with_traits else None), meta)
    return answer(200, body, ("ETag", _etag_of_group(call, group)))


def patch_trait_group(call: Call) -> Response:
    """Change a trait group: traits that are named are set or removed, all others stay."""
    group, given = _group(call), call.body
    check_match(call, _etag_of_group(call, group))
    changes = _plain(given.traits)
    traits = {name: trait for name, trait in {**group.traits, **changes}.items() if trait["dataType"]}
    if len(traits) > MOST_TRAITS:
        raise Refused(400, f"traits: the group would have {len(traits)}; expected at most {MOST_TRAITS}")
    description = group.description if given.description is UNSET else given.description or None
    changed = msgspec.structs.replace(group, version=group.version + 1, description=description, traits=traits)
    return _group_accepted(call, group.name, changed, "TraitGroup update accepted for processing.")


def delete_trait_group(call: Call) -> Response:
    """Forget a trait group; what profiles hold stays, identifiers too."""
    group = _group(call)
    check_match(call, _etag_of_group(call, group))
    return _group_accepted(call, group.name, None, "TraitGroup accepted for deletion.")


def group_body(group: TraitGroup, traits: Mapping[str, dict[str, Any]] | None) -> TraitGroupBody:
    """Return a group as it is shown, with these of its traits."""
    shown = UNSET if traits is None else dict(traits)
    return TraitGroupBody(group.name, group.version, group.description or UNSET, shown)


def _group(call: Call) -> TraitGroup:
    name = call.values["traitGroupName"]
    group = call.store.trait_definitions.get(name)
    if group is None:
        raise Refused(404, f"Not Found: there is no trait group {name!r}")
    return group


def _etag_of_group(call: Call, group: TraitGroup) -> str:
    return etag(f"{call.values['storeId']}/traitGroups/{group.name}", group.version)


def _group_accepted(call: Call, name: str, group: TraitGroup | None, message: str) -> Response:
    writes = (TraitGroupWrite(name, group),)
    return _accepted(call, Kind.TRAIT_GROUPS, call.store.record.id, message, trait_groups=writes)


def _plain(traits: Mapping[str, Any] | UnsetType) -> dict[str, dict[str, Any]]:
    plain: dict[str, dict[str, Any]] = {} if traits is UNSET else msgspec.to_builtins(traits)
    return plain


def _include_traits(*, default: bool) -> Parameter:
    return Parameter("includeTraits", {"type": "boolean", "default": default}, "show the traits of a group too")


# Operations


def _accepted(call: Call, kind: Kind, store_id: str, message: str, **change: Any) -> Response:
    """Return the answer to a change of a store, which is an operation from now on."""
    operation = call.new_operation(store_id)
    entry = call.service.accept(kind, call.at, store_id, operation=operation, **change)
    return call.operation_accepted(message, entry)


def fetch_operation(call: Call) -> Response:
    """Return the status of an operation: COMPLETED once reads show what it did."""
    operation = call.service.operations.get(call.values["operationId"])
    if operation is None or operation.created_at + KEPT < call.at:
        raise Refused(404, "Not Found: there is no such operation, or it is older than seven days")
    is_shown = operation.id in call.service.shown().operations
    created, delay = operation.created_at, call.service.options.delay_ms
    document = OperationStatus(
        operation.id,
        "COMPLETED" if is_shown else "RUNNING",
        written_out(created),
        call.status_url(operation),
        written_out(created + delay) if is_shown else None,
        ResultOf(operation.resource_id) if is_shown else None,
    )
    headers = (("Operation-Id", operation.id), *(() if is_shown else (call.retry_after(),)))
    return answer(200, document, *headers)


_STORE = f"{CONTROL}/{{storeId}}"
_SETTINGS = f"{_STORE}/IdentityResolutionSettings"
_ETAG = {"ETag": "the version of the store, for If-Match"}
_GROUPS = f"{CONTROL}/{{storeId}}/TraitGroups"
_GROUP = f"{_GROUPS}/{{traitGroupName}}"
_GROUP_ETAG = {"ETag": "the version of the trait group, for If-Match"}

ENDPOINTS = (
    Endpoint(
        "ListStores", "GET", CONTROL, list_stores, "Store ids, by time of creation.", StorePage,
        parameters=parameters(_MOST),
    ),
    Endpoint(
        "CreateStore", "POST", CONTROL, create_store, f"Create a store; there may be {MOST_STORES}.",
        OperationAccepted, 202, takes=StoreCore, decodes=StoreCore, gives_headers=OPERATION_HEADERS,
    ),
    Endpoint("FetchStore", "GET", _STORE, fetch_store, "A store, with an ETag.", StoreBody, gives_headers=_ETAG),
    Endpoint(
        "PatchStore", "PATCH", _STORE, patch_store, "Change a store's name or description.", OperationAccepted, 202,
        takes=StorePatch, decodes=StorePatch, parameters=(IF_MATCH,), statuses=(412,),
        gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "DeleteStore", "DELETE", _STORE, delete_store, "Delete a store with everything in it.", OperationAccepted, 202,
        parameters=(IF_MATCH,), statuses=(412,), gives_headers=OPERATION_HEADERS, is_long=True,
    ),
    Endpoint(
        "FetchIdentityResolutionSettings", "GET", _SETTINGS, fetch_settings, "The settings in force, with an ETag.",
        SettingsBody, gives_headers={"ETag": "the version of the settings, for If-Match"},
    ),
    Endpoint(
        "UpdateIdentityResolutionSettings", "PUT", _SETTINGS, update_settings,
        "Replace the settings. They act on later requests only; nothing stored is changed by them.",
        OperationAccepted, 202, takes=SettingsCore, decodes=dict, parameters=(IF_MATCH,), statuses=(412,),
        gives_headers=OPERATION_HEADERS, is_long=True,
    ),
    Endpoint(
        "ListTraitGroups", "GET", _GROUPS, list_trait_groups, "Trait groups, by time of creation.", TraitGroupPage,
        parameters=(_include_traits(default=False), *parameters(_MOST)),
    ),
    Endpoint(
        "CreateTraitGroup", "POST", _GROUPS, create_trait_group,
        f"Define a trait group; there may be {MOST_GROUPS}.", OperationAccepted, 202,
        takes=TraitGroupCore, decodes=TraitGroupCore, gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "FetchTraitGroup", "GET", _GROUP, fetch_trait_group, "A trait group with its traits by name, and an ETag.",
        OneTraitGroup, gives_headers=_GROUP_ETAG,
        parameters=(_include_traits(default=True), *parameters(_MOST, "name")),
    ),
    Endpoint(
        "PatchTraitGroup", "PATCH", _GROUP, patch_trait_group,
        "Change a trait group; an empty dataType removes a trait, those that are not named stay.",
        OperationAccepted, 202, takes=TraitGroupPatch, decodes=TraitGroupPatch, parameters=(IF_MATCH,),
        statuses=(412,), gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "DeleteTraitGroup", "DELETE", _GROUP, delete_trait_group, "Forget a trait group; what profiles hold stays.",
        OperationAccepted, 202, parameters=(IF_MATCH,), statuses=(412,), gives_headers=OPERATION_HEADERS,
    ),
    Endpoint(
        "FetchOperation", "GET", "/v1/ControlPlane/Operations/{operationId}", fetch_operation,
        "The status of a change of the control plane.", OperationStatus,
        gives_headers={"Operation-Id": "the id of the operation"},
    ),
)  # fmt: skip
