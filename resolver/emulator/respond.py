"""The emulator as one pure function, from a service and a request to a response; and the call that endpoints answer."""

import math
import re
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, quote

import msgspec

from resolver.emulator.entries import Entry, Operation, encode_json
from resolver.emulator.http_messages import BYTE_ORDER_MARK, Refused, Request, Response, answer, refusal, status_of
from resolver.emulator.routing import Endpoint, Route
from resolver.emulator.service import Service
from resolver.emulator.shapes import Message, OperationAccepted
from resolver.emulator.store import Store
from resolver.emulator.time_and_ids import OPERATION
from resolver.errors import ProfileNotFound, ResolverError
from resolver.names import Milliseconds, ProfileId

if TYPE_CHECKING:
    pass

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
    profile_id: ProfileId = ProfileId("")

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


MOST_PARAMETERS = 100


def respond(service: Service, request: Request, route: Route) -> Response:
    """Return the response to a request, and with it the entries that must be kept before it is sent.

    Whatever it changes is in the entries, save the clock, the faults and the recorded requests of the admin API. An
    error status has changed nothing.
    """
    try:
        return _answered(service, request, route)
    except Refused as error:
        return refusal(error.status, error.message, *error.headers)


def _answered(service: Service, request: Request, route: Route) -> Response:
    endpoint = route.endpoint
    if route.wrong:
        route.check()
    query = _query(request.query) if request.query else {}
    body = None if endpoint.decodes is None else decoded(request.body, endpoint.decodes)
    call = Call(service, request, endpoint, route.values, query, body)
    try:
        if endpoint.is_in_store:
            call.resolve()
        return endpoint.answer(call)
    except Moved as moved:
        return call.redirect(moved.canonical)
    except ResolverError as error:
        status = status_of(error, endpoint.errors)
        if status == 500:
            raise
        return refusal(status, str(error))


def _query(text: str) -> dict[str, str]:
    """Return query parameters by name; ``Refused`` with status 400 where one is given twice, or is no UTF-8."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Refused(400, f"the query is no UTF-8, or has more than {MOST_PARAMETERS} parameters") from None
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise Refused(400, f"{name}: it is given twice; expected one value")
        values[name] = value
    return values


def flag(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return a boolean of the query; ``Refused`` with status 400 for another text.

    >>> flag({"removeAll": "true"}, "removeAll", default=False)
    True
    """
    text = query.get(name)
    if text is None:
        return default
    if text not in _FLAGS:
        raise Refused(400, f"{name}: {text!r} is not allowed; expected true or false")
    return _FLAGS[text]


_FLAGS = {"true": True, "false": False}

_PLACE = re.compile(r"(.*) - at (`key` in )?`\$\.?(.*)`\Z", re.DOTALL)
_ANY_KEY = "[...]"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")

_FORM = re.compile(rb"[\w.%+*\[\]-]{1,256}=")
FORM_ENCODED = (
    "the body is form-encoded, as the asynchronous HTTP client of the Python package twilio sends it whatever its "
    "content type says; expected JSON"
)
"""The vendor's synchronous client sends JSON; docs/clients.md has a cure for the other."""

MOST_VALUES = 100_000
"""Values of a body in all, as many as are parsed without holding others up."""

_TEXT_OR_COMMA = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|,', re.DOTALL)


def decoded(body: bytes, shape: Any) -> Any:
    """Return a body in its shape; ``Refused`` with status 400 where it is another. O(its length).

    >>> from resolver.emulator.shapes import Identifier
    >>> decoded(b'{"idType": "email", "value": 5}', Identifier)
    Traceback (most recent call last):
        ...
    resolver.emulator.http_messages.Refused: value: expected `str`, got `int`
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body:
        raise Refused(400, "the body is empty; expected a JSON object")
    if body.count(b",") >= MOST_VALUES:
        _check_values(body)
    try:
        document = _decoder(shape).decode(body)
    except msgspec.ValidationError as error:
        raise Refused(400, _described(str(error), shape, body)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if _FORM.match(body):
            raise Refused(400, FORM_ENCODED) from None
        raise Refused(400, f"the body is no JSON: {error}") from None
    except RecursionError:
        raise Refused(400, "the body is nested too deeply") from None
    return document


def _check_values(body: bytes) -> None:
    """Refuse a body with more values than one may have, before any of them is built. O(its length)."""
    commas = (found for found in _TEXT_OR_COMMA.finditer(body) if found[0] == b",")
    if next(islice(commas, MOST_VALUES, None), None) is not None:
        raise Refused(400, f"the body has more than {MOST_VALUES} values; expected fewer, send it in parts")


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _described(error: str, shape: Any, body: bytes) -> str:
    """Put the place before the fault, as in all other messages."""
    found = _PLACE.match(error)
    place, fault = (found[3], found[1]) if found else ("", error)
    if _ANY_KEY in place:
        try:
            place = _named(place, error, shape, msgspec.json.decode(body))
        except msgspec.ValidationError:  # a number that no machine holds
            place = place.partition(_ANY_KEY)[0]
        except (msgspec.DecodeError, UnicodeDecodeError) as no_json:  # behind that place
            return f"the body is no JSON: {no_json}"
        except (LookupError, TypeError, AttributeError, RecursionError):
            pass  # a key that stands twice may lead elsewhere
    if fault.startswith("Object contains unknown field"):
        fault = f"{fault}{_allowed(place, shape)}"
    fault = fault[0].lower() + fault[1:]
    if found and found[2]:
        fault = f"a key in it: {fault}"
    return f"{place}: {fault}" if place else f"the body: {fault}"


def _named(place: str, error: str, shape: Any, document: Any) -> str:
    """Put a key in the place of each ``[...]``: the one without which the document would not be refused like this.

    O(length of the document * log of its keys).
    """
    first, *rest = place.split(_ANY_KEY)
    node, shown = _at(document, first), first
    for part in rest:
        key = _culprit(node, error, shape, document)
        node, shown = _at(node[key], part), f"{shown}.{key}{part}"
    return shown


def _culprit(node: dict[str, Any], error: str, shape: Any, document: Any) -> str:
    """Return a key of an object in the document that is refused alone, and leave only that key there."""
    keys = list(node)
    while len(keys) > 1:
        half = keys[: len(keys) // 2]
        rest = {key: node.pop(key) for key in keys[len(half) :]}
        if _refusal(document, shape) == error:
            keys = half
        else:
            node.clear()
            node.update(rest)
            keys = list(rest)
    return keys[0]


def _at(node: Any, place: str) -> Any:
    """Return what stands at a place of fields and indexes."""
    for name, index in _STEP.findall(place):
        node = node[int(index)] if index else node[name]
    return node


def _refusal(document: Any, shape: Any) -> str:
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _allowed(place: str, shape: Any) -> str:
    fields = getattr(shape, "__struct_encode_fields__", ())
    return f" (allowed: {', '.join(fields)})" if fields and not place else ""
