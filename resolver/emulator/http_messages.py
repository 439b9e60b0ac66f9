"""HTTP messages: requests and responses as plain values, refusals in their one shape, bodies read into shapes."""

import asyncio
import re
import zlib
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Mapping,
    MutableMapping,
)
from itertools import chain
from types import coroutine
from typing import Any, NoReturn, TypeAlias, TypeVar
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

T = TypeVar("T")


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


class Gone(Exception):  # noqa: N818 - nobody is at fault
    """The client went away before its request was complete."""


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


class BodyTimeout:
    """Waits for what clients still have to send, so many *seconds* for each, and less once it is ``ended``.

    What has come already is waited for without a timer: setting one costs as much as reading and parsing a small body.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._too_late = (408, f"the body did not come within {seconds:g} seconds")
        self._waiting: set[asyncio.Task[Any]] = set()
        self._given_up: set[asyncio.Task[Any]] = set()

    async def wait_for(self, coming: Coroutine[Any, Any, T]) -> T:
        """Return what comes; ``Refused`` with 408 when it takes too long, with 503 when it has ended."""
        try:
            awaited = coming.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        task = asyncio.current_task()
        assert task is not None
        timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up, task)
        self._waiting.add(task)
        try:
            return await rest_of(coming, awaited)
        except asyncio.CancelledError:
            if task not in self._given_up:
                raise  # somebody else's wish
            task.uncancel()
            raise Refused(*self._too_late) from None
        finally:
            timer.cancel()
            self._waiting.discard(task)
            self._given_up.discard(task)

    def end(self, seconds: float) -> None:
        """Wait only so many seconds more, for everything together: the emulator stops."""
        self._seconds = min(self._seconds, seconds)
        self._too_late = (503, "Service Unavailable: the emulator is stopping, and the body did not come")
        asyncio.get_running_loop().call_later(seconds, self._give_up_all)

    def _give_up_all(self) -> None:
        for task in self._waiting:
            self._give_up(task)

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        self._given_up.add(task)
        task.cancel()


async def rest_of(begun: Coroutine[Any, Any, T], awaited: Any) -> T:
    """Return what a coroutine returns that has begun, and now awaits something."""
    return await _going_on(begun, awaited)


@coroutine
def _going_on(begun: Coroutine[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:
    try:
        while True:
            try:
                sent = yield awaited
            except BaseException as error:
                awaited = begun.throw(error)
            else:
                awaited = begun.send(sent)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]


def has_body(headers: dict[str, str]) -> bool:
    """Return whether a body follows these headers."""
    return headers.get("content-length", "0") not in ("0", "") or "transfer-encoding" in headers


async def body_of(headers: dict[str, str], receive: Receive, most: int, timeout: BodyTimeout) -> bytes:
    """Return the whole body, unpacked; ``Refused`` with 413 if it is too large, with 408 if it does not come.

    Raises ``Gone`` for a client that went away, and what ``unpacked`` does. A server of the emulator's own gives a body
    that has come in one step: ``receive`` is a method of what has ``take_body``.
    """
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    take_body = getattr(getattr(receive, "__self__", None), "take_body", None)
    body: bytes | None = None if take_body is None else take_body()
    if body is None:
        body = await timeout.wait_for(_whole(receive, most))
    elif len(body) > most:
        raise _too_large(most)
    return await unpacked(body, headers["content-encoding"], most) if "content-encoding" in headers else body


async def _whole(receive: Receive, most: int) -> bytes:
    body, more_body = bytearray(), True
    while more_body:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        more_body = message.get("more_body", False)
    return bytes(body)


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is too large; expected at most {most} bytes")


async def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """Return a body as it was before ``Content-Encoding``; others have their turn in between.

    Raises ``Refused`` with 415 for another encoding than gzip, 413 for what is too large, 400 for what is damaged.
    """
    for name in reversed([each.strip().lower() for each in encoding.split(",")]):
        if name in ("gzip", "x-gzip"):
            body = await _unzipped(body, most)
        elif name not in ("identity", ""):
            accepted = ("Accept-Encoding", "gzip")
            raise Refused(415, f"Content-Encoding: {encoding!r} is not allowed; expected gzip or none", accepted)
    return body


async def _unzipped(body: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:  # of each member
        reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not reader.eof:
            try:
                parts.append(reader.decompress(body, _PIECE))
            except zlib.error as error:
                raise Refused(400, f"the body is no gzip: {error}") from None
            if not parts[-1] and not reader.eof:
                raise Refused(400, "the body is no gzip: it ends in the middle")
            size += len(parts[-1])
            if size > most:
                raise _too_large(most)
            body = reader.unconsumed_tail
            await asyncio.sleep(0)
        body = reader.unused_data
    return b"".join(parts)


async def send_response(
    send: Send, response: Response, request_id: str, more_headers: tuple[tuple[str, str], ...], *, has_body: bool
) -> None:
    """Send an answer with its headers and *more_headers*; its body is held back for HEAD.

    A server of the emulator's own sends a whole one in one step: ``send`` is a method of what has ``send_whole``.
    """
    body = response.body if has_body else b""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in more_headers]
    send_whole = getattr(getattr(send, "__self__", None), "send_whole", None)
    if send_whole is not None and has_body and len(body) <= _PIECE and not any(map(_is_unsafe, headers)):
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
    if len(body) > _PIECE:
        last = (len(body) - 1) // _PIECE * _PIECE
        for start in range(0, last, _PIECE):
            await send({"type": "http.response.body", "body": body[start : start + _PIECE], "more_body": True})
        body = body[last:]
    await send({"type": "http.response.body", "body": body})


def _is_unsafe(header: tuple[bytes, bytes]) -> bool:
    return _CONTROLS.search(header[1]) is not None


_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LINES = b"content-type: %b\r\ncontent-length: %d\r\ntwilio-request-id: %b\r\n%b"
_PIECE = 256 * 1024
"""Bytes of a long body that are unpacked, or sent, before others have their turn."""
