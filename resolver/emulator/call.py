"""A call: one request on its way through an endpoint, and what every endpoint asks of it."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import quote

import msgspec

from resolver.emulator.entries import Entry, Operation, encode_json
from resolver.emulator.http_messages import Refused, Request, Response, answer
from resolver.emulator.ids import OPERATION
from resolver.emulator.routing import Endpoint
from resolver.emulator.service import Service
from resolver.emulator.shapes import Message, OperationAccepted
from resolver.emulator.store import Store
from resolver.errors import ProfileNotFound
from resolver.names import Milliseconds, ProfileId

CANONICAL = "Canonical-Profile-Id"


@cache
def _encoded(message: str) -> bytes:
    return encode_json(Message(message))


class Moved(Exception):  # noqa: N818 - a redirect is an answer
    """The profile in the path was merged away."""

    def __init__(self, canonical: ProfileId) -> None:
        super().__init__(canonical)
        self.canonical = canonical


class Call(msgspec.Struct, gc=False):
    """One request: the service, the values in path and query, and the body in its shape.

    ``resolve`` finds, once, what the path names: the store, and the canonical id of the profile.
    """

    service: Service
    request: Request
    endpoint: Endpoint
    values: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    store: Store = cast(Store, None)
    """As reads see it for an endpoint that reads, else with every accepted write; for paths that name a store."""
    profile_id: ProfileId = ""

    @property
    def at(self) -> Milliseconds:
        """When the request was taken up."""
        return self.request.at

    def resolve(self) -> None:
        """Find the store in the path, and the profile in it.

        ``Refused`` with 404 for one that there is not; ``Moved`` for an alias, unless aliases are followed.
        """
        endpoint, values = self.endpoint, self.values
        service = self.service.shown() if endpoint.reads else self.service
        store = service.stores.get(values["storeId"])
        if store is None:
            raise Refused(404, f"Not Found: there is no store {values['storeId']!r}")
        self.store = store
        if not endpoint.is_of_profile:
            return
        named = values["profileId"]
        try:
            canonical = self.profile_id = store.engine.canonical_id(named)
        except ProfileNotFound as error:
            raise Refused(404, f"Not Found: {error}") from None
        if canonical != named and not (endpoint.follows or self.service.options.follow):
            raise Moved(canonical)

    def canonical_header(self, canonical: ProfileId | None = None) -> tuple[tuple[str, str], ...]:
        """Return the header that tells the canonical id, where the request named an alias.

        *canonical* is that id after a write, which may have merged the profile away.
        """
        canonical = canonical or self.profile_id
        return () if canonical == self.values["profileId"] else ((CANONICAL, canonical),)

    def redirect(self, canonical: ProfileId) -> Response:
        """Return the redirect to the same resource under the canonical id."""
        values = {**self.values, "profileId": canonical}
        path = self.endpoint.path.format_map({name: quote(value, safe="") for name, value in values.items()})
        query = f"?{self.request.query}" if self.request.query else ""
        uri = f"{self.request.base}{path}{query}"
        status = 301 if self.endpoint.method == "GET" else 308
        document = {"message": "This resource has moved.", "uri": uri}
        return answer(status, document, ("Location", uri), (CANONICAL, canonical))

    def accepted(self, message: str, *entries: Entry, headers: tuple[tuple[str, str], ...] = ()) -> Response:
        """Return a 202 with a message."""
        return Response(202, _encoded(message), headers, entries)

    def new_operation(self, resource_id: str) -> Operation:
        """Return a new operation on a resource."""
        number = self.service.next_number
        return Operation(self.service.options.ids.named(OPERATION, number, self.at), self.at, resource_id)

    def status_url(self, operation: Operation) -> str:
        """Return where an operation can be asked about."""
        return f"{self.request.base}/v1/ControlPlane/Operations/{operation.id}"

    def operation_accepted(self, message: str, entry: Entry) -> Response:
        """Return a 202 for an operation."""
        operation = entry.operation
        assert operation is not None
        body = OperationAccepted(message, self.status_url(operation))
        return answer(202, body, *self.operation_headers(operation), entries=(entry,))

    def operation_headers(self, operation: Operation) -> tuple[tuple[str, str], ...]:
        """Return the headers of a 202 for an operation."""
        return ("Operation-Id", operation.id), ("Location", self.status_url(operation)), self.retry_after()

    def retry_after(self) -> tuple[str, str]:
        """Return the header that says when an operation will be done, in whole seconds."""
        return "Retry-After", str(max(1, math.ceil(self.service.options.delay_ms / 1000)))
