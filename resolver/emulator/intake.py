"""Intake: a request as it comes in from a server, within bounds."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from resolver.emulator.patience import Patience
from resolver.emulator.refusals import Refused

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Bounds(msgspec.Struct, frozen=True):
    """How much of a request is read: bytes of body and headers, number of headers, seconds to wait for a body."""

    body: int = 16 * 1024 * 1024
    headers: int = 32 * 1024
    most_headers: int = 100
    patience: float = 30.0


class Gone(Exception):  # noqa: N818 - nobody is at fault
    """The client went away before its request was complete."""


def headers_of(scope: Scope, bounds: Bounds) -> dict[str, str]:
    """Give the headers by lower-case name, repeated ones joined by commas; ``Refused`` with 431 beyond the bounds."""
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


def path_of(scope: Scope) -> str:
    """Give the path below the mount, still percent-encoded."""
    raw = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.decode("latin-1")
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path


def has_body(headers: dict[str, str]) -> bool:
    """Tell whether a body follows these headers."""
    return headers.get("content-length", "0") not in ("0", "") or "transfer-encoding" in headers


async def body_of(headers: dict[str, str], receive: Receive, bounds: Bounds, patience: Patience) -> bytes:
    """Give the whole body; ``Refused`` with 413 if it is too large, with 408 if it does not come, or ``Gone``."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > bounds.body:
        raise _too_large(bounds)
    return await patience.wait_for(_whole(receive, bounds))


async def _whole(receive: Receive, bounds: Bounds) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > bounds.body:
            raise _too_large(bounds)
        if not message.get("more_body"):
            return b"".join(parts)


def _too_large(bounds: Bounds) -> Refused:
    return Refused(413, f"the body is too large; expected at most {bounds.body} bytes")
