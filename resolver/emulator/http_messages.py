"""HTTP messages: requests and responses as plain values, refusals in their one shape, bodies read into shapes."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice
from typing import Any

import msgspec

from resolver.emulator.entries import Entry, encode_json
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    UnknownIdentifierType,
)
from resolver.names import Milliseconds

JSON = "application/json"


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request: *path* still percent-encoded, *headers* by lower-case name, *at* when it was taken up.

    *prepared* is what the endpoint made of the body beforehand, in another thread.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""
    at: Milliseconds = 0
    scheme: str = "http"
    root: str = ""
    prepared: Any = None

    @property
    def base(self) -> str:
        """The scheme and host that the request named, and the path that the emulator is mounted under."""
        return f"{self.scheme}://{self.headers.get('host') or 'localhost'}{self.root}"


class Response(msgspec.Struct, frozen=True, gc=False):
    """One response, and the entries that must be kept before it is sent.

    *later* makes the body in any thread, so that a long one holds nothing up.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    entries: tuple[Entry, ...] = ()
    media_type: str = JSON
    later: Callable[[], bytes] | None = None

    def whole(self) -> "Response":
        """Return the response with its body made. O(body)."""
        return self if self.later is None else msgspec.structs.replace(self, body=self.later(), later=None)


def answer(status: int, document: Any, *headers: tuple[str, str], entries: tuple[Entry, ...] = ()) -> Response:
    """Return a response with a JSON body.

    >>> answer(202, {"message": "Done."}).body
    b'{"message":"Done."}'
    """
    return Response(status, encode_json(document), headers, entries)


CODES = {401: 20003, 404: 20404, 409: 20409, 412: 20412, 429: 20429, 500: 20500, 503: 20503}
"""The ``code`` of each status; all others are their own."""

STATUSES: Mapping[type[Exception], int] = {
    InvalidIdentifier: 400,
    InvalidSettings: 400,
    InvalidCommand: 400,
    UnknownIdentifierType: 400,
    IdentifierConflict: 400,
    ProfileExists: 409,
    IdentifierNotFound: 404,
    ProfileNotFound: 404,
}
"""The status of each error of the engine; an endpoint may say otherwise. Subclasses are as their nearest base."""

MORE_INFO = "https://www.twilio.com/docs/api/errors/"
_LONGEST = 1024


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """A request is answered with an error status."""

    def __init__(self, status: int, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def refusal(status: int, message: str, *headers: tuple[str, str]) -> Response:
    """Return an error response.

    >>> refusal(404, "Not Found").body
    b'{"code":20404,"message":"Not Found","more_info":"https://www.twilio.com/docs/api/errors/20404","status":404}'
    """
    code = CODES.get(status, status)
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 3] + "..."
    document = {"code": code, "message": message, "more_info": f"{MORE_INFO}{code}", "status": status}
    return answer(status, document, *headers)


def status_of(error: ResolverError, exceptions: Mapping[type[Exception], int]) -> int:
    """Return the status of an error of the engine, the endpoint's *exceptions* first; 500 if no table has it.

    >>> status_of(ProfileNotFound("p"), {}), status_of(ProfileNotFound("p"), {ProfileNotFound: 410})
    (404, 410)
    """
    for kind in type(error).__mro__:
        status = exceptions.get(kind) or STATUSES.get(kind)
        if status is not None:
            return status
    return 500


_PLACE = re.compile(r"(.*) - at (`key` in )?`\$\.?(.*)`\Z", re.DOTALL)
_ANY_KEY = "[...]"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which RFC 8259 lets a reader of JSON ignore."""

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
        raise Refused(400, "the body is nested too deep") from None
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
