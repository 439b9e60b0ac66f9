"""The control plane: stores, their settings, and the operations that a change of either is."""

import base64
import re
from typing import Any

import msgspec
from msgspec import UNSET

from resolver.commands import ApplySettings
from resolver.emulator.entries import Kind, StoreRecord
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.paging import cut, meta_of, page_of, parameters
from resolver.emulator.respond import Call
from resolver.emulator.routing import CONTROL, OPERATION_HEADERS, Endpoint, Parameter
from resolver.emulator.service import KEPT
from resolver.emulator.shapes import (
    DISPLAY_NAME,
    OperationAccepted,
    OperationStatus,
    ResultOf,
    SettingsBody,
    SettingsCore,
    StoreBody,
    StoreCore,
    StorePage,
    StorePatch,
)
from resolver.emulator.store import MOST_STORES, Store
from resolver.emulator.time_and_ids import STORE, written_out
from resolver.settings import Settings

_MOST = 100
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
    return _written(call, Kind.STORE_CREATED, store_id, record, "Store accepted for processing.")


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
    return _written(call, Kind.STORE_CHANGED, record.id, changed, "Store update accepted for processing.")


def delete_store(call: Call) -> Response:
    """Delete a store with everything in it."""
    record = call.store.record
    check_match(call, etag(record.id, record.version))
    return _written(call, Kind.STORE_DELETED, record.id, None, "Store accepted for deletion.")


def _written(call: Call, kind: Kind, store_id: str, record: StoreRecord | None, message: str) -> Response:
    operation = call.new_operation(store_id)
    entry = call.service.accept(kind, call.at, store_id, record=record, operation=operation)
    return call.operation_accepted(message, entry)


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
    return answer(200, store.engine.settings.to_json(), ("ETag", _etag(store)))


def update_settings(call: Call) -> Response:
    """Put new settings in force for later requests (S1); invalid ones are refused as a whole."""
    store = call.store
    settings = Settings.from_json({key: call.body[key] for key in _KEYS if key in call.body})
    facts = store.decide(ApplySettings(settings, call.at)).facts
    check_match(call, _etag(store))
    operation = call.new_operation(store.record.id)
    entry = call.service.accept(Kind.SETTINGS, call.at, store.record.id, facts=facts, operation=operation)
    return call.operation_accepted("Identity Resolution Settings accepted for processing.", entry)


def _etag(store: Store) -> str:
    return etag(f"{store.record.id}/settings", store.engine.settings.version)


# Operations


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
        "FetchOperation", "GET", "/v1/ControlPlane/Operations/{operationId}", fetch_operation,
        "The status of a change of the control plane.", OperationStatus,
        gives_headers={"Operation-Id": "the id of the operation"},
    ),
)  # fmt: skip
