"""Requests as they come in from an ASGI server, read within bounds of size and time."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from resolver.emulator.refusals import Refused

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
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
    size = 0
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        size += len(raw_name) + len(raw_value)
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    if size > bounds.headers or len(scope["headers"]) > bounds.most_headers:
        raise Refused(
            431, f"the headers are too large; expected {bounds.most_headers}, of {bounds.headers} bytes in all"
        )
    return headers


def check_path(scope: Scope, bounds: Bounds) -> None:
    """Raise ``Refused`` with 414 for a path and query that are too long."""
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > bounds.path:
        raise Refused(414, f"the path and the query are too long; expected at most {bounds.path} bytes together")


def path_of(scope: Scope) -> str:
    """Return the path below the mount, still percent-encoded."""
    raw = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.decode("latin-1")
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path


class BodyTimeout:
    """Waits for what clients still have to send, so many *seconds* for each, and less once it is ``ended``.

    It sets a bare timer rather than ``asyncio.timeout``, which would cost as much as reading and parsing a small body.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._too_late = (408, f"the body did not come within {seconds:g} seconds")
        self._waiting: set[asyncio.Task[Any]] = set()
        self._given_up: set[asyncio.Task[Any]] = set()

    async def wait_for(self, coming: Coroutine[Any, Any, T]) -> T:
        """Return what comes; ``Refused`` with 408 when it takes too long, with 503 when it has ended."""
        task = asyncio.current_task()
        assert task is not None
        timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up, task)
        self._waiting.add(task)
        try:
            return await coming
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


def has_body(headers: dict[str, str]) -> bool:
    """Return whether a body follows these headers."""
    return headers.get("content-length", "0") not in ("0", "") or "transfer-encoding" in headers


async def body_of(headers: dict[str, str], receive: Receive, most: int, timeout: BodyTimeout) -> bytes:
    """Return the whole body; ``Refused`` with 413 if it is too large, with 408 if it does not come, or ``Gone``."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    return await timeout.wait_for(_whole(receive, most))


async def _whole(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(most)
        if not message.get("more_body"):
            return b"".join(parts)


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
                parts.append(reader.decompress(body, _UNZIPPED_AT_ONCE))
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


_UNZIPPED_AT_ONCE = 256 * 1024
