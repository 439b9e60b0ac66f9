"""Requests and responses as plain values: what the shell gives, and what it sends."""

from collections.abc import Callable
from typing import Any

import msgspec

from resolver.emulator.entries import Entry, encode_json
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
    """Give a response with a JSON body.

    >>> answer(202, {"message": "Done."}).body
    b'{"message":"Done."}'
    """
    return Response(status, encode_json(document), headers, entries)
