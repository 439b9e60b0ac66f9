"""Stores: the control plane's list of them."""

from typing import Any

import msgspec

from resolver.emulator.call import Call
from resolver.emulator.endpoints import CONTROL, Endpoint
from resolver.emulator.entries import Kind, StoreRecord
from resolver.emulator.etags import IF_MATCH, check_match, etag
from resolver.emulator.ids import STORE
from resolver.emulator.messages import Response, answer
from resolver.emulator.paging import meta_of, page_of, parameters
from resolver.emulator.refusals import Refused
from resolver.emulator.service import MOST_STORES
from resolver.emulator.shapes import OperationAccepted, StoreBody, StoreCore, StorePage, StorePatch

MOST = 100
_STORE_PATH = f"{CONTROL}/{{storeId}}"


def create(call: Call) -> Response:
    """Create a store with the default settings."""
    service = call.service
    if len(service.stores) >= MOST_STORES:
        raise Refused(400, f"there are {MOST_STORES} stores; expected no more, delete one first")
    name = call.body.display_name
    _check_is_new(call, name)
    number = service.sequence + 1
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


def list_all(call: Call) -> Response:
    """Give store ids, by time of creation."""
    page = page_of(call.query, MOST, "stores")
    records = [store.record for store in call.service.shown(call.at).stores.values()]
    places = sorted((record.created_at, 0, record.id) for record in records)
    if page.is_descending:
        places.reverse()
    cursor = page.cursor
    if cursor is None:
        found = places[: page.size + 1]
    else:
        place = (cursor.at, cursor.number, cursor.id)
        comes_later = [(each < place) if page.is_descending else (each > place) for each in places]
        if cursor.is_before:
            found = [each for each, later in zip(places, comes_later, strict=True) if not later and each != place]
            found = found[-page.size - 1 :]
        else:
            found = [each for each, later in zip(places, comes_later, strict=True) if later][: page.size + 1]
    more = len(found) > page.size
    found = (found[1:] if cursor is not None and cursor.is_before else found[:-1]) if more else found
    return answer(200, StorePage([each[2] for each in found], meta_of("stores", page, found, more=more)))


def fetch(call: Call) -> Response:
    """Give a store."""
    record = call.shown_store().record
    body = StoreBody(record.id, record.display_name, record.description, "ACTIVE", None, record.version)
    return answer(200, body, ("ETag", etag(record.id, record.version)))


def patch(call: Call) -> Response:
    """Change the name or the description."""
    record = call.accepted_store().record
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


def delete(call: Call) -> Response:
    """Delete a store with everything in it."""
    record = call.accepted_store().record
    check_match(call, etag(record.id, record.version))
    return _written(call, Kind.STORE_DELETED, record.id, None, "Store accepted for deletion.")


def _written(call: Call, kind: Kind, store_id: str, record: StoreRecord | None, message: str) -> Response:
    operation = call.new_operation(store_id)
    entry = call.service.accept(kind, call.at, store_id, record=record, operation=operation)
    return call.operation_accepted(message, entry)


def _check_is_new(call: Call, name: str) -> None:
    if any(store.record.display_name == name for store in call.service.stores.values()):
        raise Refused(400, f"displayName: {name!r} is not allowed; expected a name that no other store has")


_ETAG = {"ETag": "the version of the store, for If-Match"}

ENDPOINTS = (
    Endpoint(
        "ListStores", "GET", CONTROL, list_all, "Store ids, by time of creation.", StorePage,
        parameters=parameters(MOST),
    ),
    Endpoint(
        "CreateStore", "POST", CONTROL, create, f"Create a store; there may be {MOST_STORES}.", OperationAccepted, 202,
        takes=StoreCore, decodes=StoreCore,
    ),
    Endpoint("FetchStore", "GET", _STORE_PATH, fetch, "A store, with an ETag.", StoreBody, gives_headers=_ETAG),
    Endpoint(
        "PatchStore", "PATCH", _STORE_PATH, patch, "Change a store's name or description.", OperationAccepted, 202,
        takes=StorePatch, decodes=StorePatch, parameters=(IF_MATCH,), statuses=(412,),
    ),
    Endpoint(
        "DeleteStore", "DELETE", _STORE_PATH, delete, "Delete a store with everything in it.", OperationAccepted, 202,
        parameters=(IF_MATCH,), statuses=(412,),
    ),
)  # fmt: skip
