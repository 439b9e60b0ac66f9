"""Credentials: how they are written, and which requests they let in."""

import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from resolver.emulator.entries import Operation
from resolver.emulator.refusals import Refused
from resolver.emulator.routing import Route
from resolver.emulator.shapes import STORE_ID

_STORE = re.compile(STORE_ID.replace("$", r"\Z"))
_CHALLENGE = ("WWW-Authenticate", 'Basic realm="resolver"')


class Credentials(msgspec.Struct, frozen=True):
    """A key, its secret, and the only store that it reaches, if there is one. The secret is never shown."""

    name: str
    secret: str
    store: str | None = None

    def __repr__(self) -> str:
        return f"Credentials(name={self.name!r}, store={self.store!r})"


def parse_credentials(text: str) -> Credentials:
    """Return what ``SID:SECRET[@STORE]`` means; ``ValueError`` if it is something else, without its secret.

    >>> parse_credentials("key:pass@word").store is None
    True
    """
    head, at, store = text.rpartition("@")
    if not at or not _STORE.match(store):
        head, store = text, ""
        if at and text.rpartition("@")[2].startswith("mem_"):
            raise ValueError(f"credentials end in {text.rpartition('@')[2]!r}; expected a store id after the @")
    name, _, secret = head.partition(":")
    if not name or not secret:
        raise ValueError("credentials are incomplete; expected SID:SECRET or SID:SECRET@STORE")
    return Credentials(name, secret, store or None)


class Auth:
    """Lets requests in by HTTP Basic.

    *credentials* are the only ones that are let in; without any, all that are not empty.
    """

    def __init__(self, credentials: tuple[Credentials, ...] = ()) -> None:
        self._credentials = credentials

    def check(self, route: Route, headers: Mapping[str, str], operations: Mapping[str, Operation]) -> None:
        """Raise ``Refused`` with 401 or 403 for a request that is not let in. O(credentials).

        *operations* are those that it may ask about, by their ids.
        """
        name, secret = _basic(headers.get("authorization", ""))
        if not name or not secret:
            raise Refused(401, "there are no credentials; expected HTTP Basic with a key and its secret", _CHALLENGE)
        if not self._credentials:
            return
        matching = [each for each in self._credentials if _is_same(each, name, secret)]
        if not matching:
            raise Refused(401, "the credentials are wrong", _CHALLENGE)
        if not any(_reaches(each, route, operations) for each in matching):
            raise Refused(403, "Permission to access resource denied: the credentials are limited to another store")

    def sees(self, headers: Mapping[str, str]) -> Callable[[str], bool]:
        """Return which stores the credentials of an open request may be told of; all where any credentials do."""
        if not self._credentials:
            return lambda _: True
        name, secret = _basic(headers.get("authorization", ""))
        reached = {each.store for each in self._credentials if _is_same(each, name, secret)}
        return lambda store: None in reached or store in reached


@lru_cache(maxsize=64)  # a client sends the same header with every request
def _basic(header: str) -> tuple[bytes, bytes]:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        name, _, secret = binascii.a2b_base64(text.strip(), strict_mode=True).partition(b":")
    except ValueError:
        return b"", b""
    return name, secret


def _is_same(known: Credentials, name: bytes, secret: bytes) -> bool:
    """Compare in constant time, whichever half is wrong."""
    same_name = hmac.compare_digest(known.name.encode(), name)
    same_secret = hmac.compare_digest(known.secret.encode(), secret)
    return same_name & same_secret


def _reaches(known: Credentials, route: Route, operations: Mapping[str, Operation]) -> bool:
    if known.store is None:
        return True
    if "operationId" in route.values:
        operation = operations.get(route.values["operationId"])
        return operation is None or operation.resource_id == known.store  # None is for the endpoint to say
    return route.values.get("storeId") == known.store
