"""HTTP messages: requests and responses as plain values, refusals in their one shape, headers within bounds."""

import re
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
)
from itertools import chain
from typing import Any, NoReturn, TypeAlias
from urllib.parse import quote

import msgspec

from resolver.emulator.entries import Entry, encode_json
from resolver.errors import (
    IdentifierBlocked,
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    SuppressedIdentifier,
    UnknownIdentifierType,
)
from resolver.names import Milliseconds

JSON = "application/json"

PIECE = 256 * 1024
"""Bytes of a long body that are unpacked, or sent, before others have their turn."""


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
    IdentifierBlocked: 400,
    SuppressedIdentifier: 400,
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


BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""A byte order mark, which RFC 8259 lets a reader of JSON ignore."""

Scope: TypeAlias = MutableMapping[str, Any]

AsgiMessage: TypeAlias = MutableMapping[str, Any]

Receive: TypeAlias = Callable[[], Awaitable[AsgiMessage]]

Send: TypeAlias = Callable[[AsgiMessage], Awaitable[None]]


class Bounds(msgspec.Struct, frozen=True):
    """How much of a request is read, and how long it is waited for.

    Bytes of a body, packed and unpacked, of a state that is imported, of headers, of path with query; number of
    headers; seconds for a head, for a body, and for the next request on a connection.
    """

    body: int = 4 * 1024 * 1024
    state: int = 16 * 1024 * 1024
    headers: int = 32 * 1024
    most_headers: int = 100
    path: int = 48 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 5.0


def headers_of(scope: Scope, bounds: Bounds) -> dict[str, str]:
    """Return the headers by lower-case name, repeated ones joined by commas; ``Refused`` with 431 beyond the bounds."""
    given = scope["headers"]
    number = len(given)
    text = b"\n".join(chain.from_iterable(given)).decode("latin-1")  # all at once: a loop would take twice as long
    if len(text) >= bounds.headers + 2 * number or number > bounds.most_headers:
        raise Refused(
            431, f"the headers are too large; expected {bounds.most_headers}, of {bounds.headers} bytes in all"
        )
    parts = text.split("\n")
    headers = dict(zip(parts[::2], parts[1::2], strict=False))
    return headers if len(headers) + number == len(parts) else _joined(given)


def _joined(given: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers of which one is repeated, or has a line end in it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in given:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def refuse_length(bounds: Bounds) -> NoReturn:
    """Raise ``Refused`` with 414 for a path and query that are too long."""
    raise Refused(414, f"the path and the query are too long; expected at most {bounds.path} bytes together")


def path_of(scope: Scope) -> str:
    """Return the path below the mount, still percent-encoded."""
    raw = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.decode("latin-1")
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path


def forwarded_scheme(headers: Mapping[str, str], scheme: str) -> str:
    """Return ``http`` or ``https`` as a proxy in front says, else the *scheme* of the connection to it."""
    said = headers.get("x-forwarded-proto", "").strip().lower()
    return said if said in ("http", "https") else scheme


async def send_response(
    send: Send, response: Response, request_id: str, more_headers: tuple[tuple[str, str], ...], *, has_body: bool
) -> None:
    """Send an answer with its headers and *more_headers*; its body is held back for HEAD.

    A server of the emulator's own sends a whole one in one step: ``send`` is a method of what has ``send_whole``.
    """
    body = response.body if has_body else b""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in more_headers]
    send_whole = getattr(getattr(send, "__self__", None), "send_whole", None)
    if send_whole is not None and has_body and len(body) <= PIECE and not any(map(_is_unsafe, headers)):
        more = b"".join([b"%b: %b\r\n" % header for header in headers])
        lines = _LINES % (response.media_type.encode("latin-1"), len(body), request_id.encode("latin-1"), more)
        if send_whole(response.status, lines, body):
            return
    headers = [
        (b"content-type", response.media_type.encode("latin-1")),
        (b"content-length", b"%d" % len(response.body)),
        (b"twilio-request-id", request_id.encode("latin-1")),
        *headers,
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if len(body) > PIECE:
        last = (len(body) - 1) // PIECE * PIECE
        for start in range(0, last, PIECE):
            await send({"type": "http.response.body", "body": body[start : start + PIECE], "more_body": True})
        body = body[last:]
    await send({"type": "http.response.body", "body": body})


def _is_unsafe(header: tuple[bytes, bytes]) -> bool:
    return _CONTROLS.search(header[1]) is not None


_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LINES = b"content-type: %b\r\ncontent-length: %d\r\ntwilio-request-id: %b\r\n%b"
