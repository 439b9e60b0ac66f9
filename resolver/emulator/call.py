"""A call: one request on its way through an endpoint, and what every endpoint asks of it."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from resolver.emulator.entries import Entry, Operation
from resolver.emulator.ids import OPERATION
from resolver.emulator.messages import Request, Response, answer
from resolver.emulator.refusals import Refused
from resolver.emulator.routing import Endpoint
from resolver.emulator.service import Service
from resolver.emulator.shapes import Message, OperationAccepted
from resolver.emulator.store import Store
from resolver.errors import ProfileNotFound
from resolver.names import Milliseconds, ProfileId

CANONICAL = "Canonical-Profile-Id"


class Moved(Exception):  # noqa: N818 - a redirect is an answer
    """The profile in the path was merged away."""

    def __init__(self, canonical: ProfileId) -> None:
        super().__init__(canonical)
        self.canonical = canonical


class Call(msgspec.Struct, frozen=True, gc=False):
    """One request: the service, the values in path and query, and the body in its shape."""

    service: Service
    request: Request
    endpoint: Endpoint
    values: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def at(self) -> Milliseconds:
        """When the request was taken up."""
        return self.request.at

    def accepted_store(self) -> Store:
        """Give the store in the path with every accepted write, for deciding."""
        return self._store_of(self.service)

    def shown_store(self) -> Store:
        """Give the store in the path as reads see it."""
        return self._store_of(self.service.shown())

    def _store_of(self, service: Service) -> Store:
        store = service.stores.get(self.values["storeId"])
        if store is None:
            raise Refused(404, f"Not Found: there is no store {self.values['storeId']!r}")
        return store

    def profile_in(self, store: Store) -> ProfileId:
        """Give the canonical id of the profile in the path; raises ``Moved`` for an alias, unless they are followed."""
        named = self.values["profileId"]
        try:
            canonical = store.engine.canonical_id(named)
        except ProfileNotFound as error:
            raise Refused(404, f"Not Found: {error}") from None
        if canonical != named and not self.service.options.follow:
            raise Moved(canonical)
        return canonical

    def canonical_header(self, canonical: ProfileId) -> tuple[tuple[str, str], ...]:
        """Give the header that tells the canonical id, where the request named an alias."""
        return () if canonical == self.values["profileId"] else ((CANONICAL, canonical),)

    def canonical_header_of(self, store: Store) -> tuple[tuple[str, str], ...]:
        """Give that header for a store that has just been written; none for a profile that is gone."""
        named = self.values["profileId"]
        return self.canonical_header(store.engine.canonical_id(named)) if named in store.engine else ()

    def redirect(self, canonical: ProfileId) -> Response:
        """Give the redirect to the same resource under the canonical id."""
        values = {**self.values, "profileId": canonical}
        path = self.endpoint.path.format_map({name: quote(value, safe="") for name, value in values.items()})
        query = f"?{self.request.query}" if self.request.query else ""
        uri = f"{self.request.base}{path}{query}"
        status = 301 if self.request.method == "GET" else 308
        document = {"message": "This resource has moved.", "uri": uri}
        return answer(status, document, ("Location", uri), (CANONICAL, canonical))

    def accepted(self, message: str, *entries: Entry, headers: tuple[tuple[str, str], ...] = ()) -> Response:
        """Give a 202 with a message."""
        return answer(202, Message(message), *headers, entries=entries)

    def new_operation(self, resource_id: str) -> Operation:
        """Give a new operation on a resource."""
        number = self.service.sequence + 1
        return Operation(self.service.options.ids.named(OPERATION, number, self.at), self.at, resource_id)

    def status_url(self, operation: Operation) -> str:
        """Give where an operation can be asked about."""
        return f"{self.request.base}/v1/ControlPlane/Operations/{operation.id}"

    def operation_accepted(self, message: str, entry: Entry) -> Response:
        """Give a 202 for an operation."""
        operation = entry.operation
        assert operation is not None
        url = self.status_url(operation)
        headers = (("Operation-Id", operation.id), ("Location", url), self.retry_after())
        return answer(202, OperationAccepted(message, url), *headers, entries=(entry,))

    def retry_after(self) -> tuple[str, str]:
        """Give the header that says when an operation will be done, in whole seconds."""
        return "Retry-After", str(max(1, math.ceil(self.service.options.delay_ms / 1000)))
