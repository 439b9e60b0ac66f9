"""Which requests are let in: by their credentials, and by where they come from.

A page of any site can send requests to a server on this machine, and with a DNS name that it points here it can read
the answers too. So a request that a browser sends for a page is refused unless the page is the emulator's own or its
origin is allowed; so is a request for a host that is not this one. Programs that are no browsers send neither
``Sec-Fetch-Site`` nor ``Origin``.
"""

import binascii
import hmac
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import msgspec

from resolver.emulator.entries import Operation
from resolver.emulator.http_messages import Refused, Response
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


_ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9._-]+", re.IGNORECASE)

_HIGHEST_PORT = 65535

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, Content-Encoding, If-Match"
_EXPOSED = "Canonical-Profile-Id, ETag, Location, Operation-Id, Retry-After, Twilio-Request-Id"
_VARY = ("Vary", "Origin")
_JSON = re.compile(r"application/([a-z0-9.+-]+\+)?json", re.IGNORECASE)


class Origins:
    """Lets requests in by where they come from.

    *hosts* are the names by which the emulator is known beside those of the loopback interface; None lets any name
    be. *allowed* are the origins whose pages may use it. Raises ``ValueError`` for what is none.

    >>> origins = Origins(["emulator"], ["http://localhost:3000"])
    >>> origins.check("POST", {"host": "emulator:8123", "sec-fetch-site": "cross-site"})
    Traceback (most recent call last):
        ...
    resolver.emulator.http_messages.Refused: a web page of another origin may not use the emulator; --cors ORIGIN ...
    """

    def __init__(self, hosts: Sequence[str] | None = None, allowed: Sequence[str] = ()) -> None:
        self._hosts = None if hosts is None else frozenset(map(_checked_name, hosts))
        self._allowed = frozenset(map(_checked_origin, allowed))
        self._last_host: str | None = None

    def check(self, method: str, headers: Mapping[str, str], scheme: str = "http") -> Response | None:
        """Return the answer to a preflight, else None; ``Refused`` with 403 for a request that is not let in."""
        host = headers.get("host")
        if host is not None and host != self._last_host:  # none at all is HTTP/1.0, which no browser speaks
            self._check_host(host)
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise Refused(403, _FOREIGN)
            return None
        if origin in self._allowed:
            return _preflight(headers) if _is_preflight(method, headers) else None
        is_own = host is not None and origin.lower() == f"{scheme}://{host}".lower()
        if not is_own or headers.get("sec-fetch-site") not in (None, "same-origin"):
            raise Refused(403, f"Origin: {origin!r} is not allowed; {_FOREIGN}")
        return None

    def headers_for(self, headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return the headers by which a browser lets a page read the answer to a request; none where no page may."""
        if not self._allowed:
            return ()
        origin = headers.get("origin")
        if origin not in self._allowed:
            return (_VARY,)
        return (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", _EXPOSED), _VARY)

    def _check_host(self, host: str) -> None:
        if self._hosts is not None:
            found = _HOST.fullmatch(host)
            name = "" if found is None else found[1].strip("[]").lower().removesuffix(".")
            if not (name in self._hosts or _is_loopback(name)):
                raise Refused(
                    403, f"Host: {host!r} is not allowed; expected a name of this machine, or one given by --host-name"
                )
        self._last_host = host  # a client names the same one with every request


_FOREIGN = "a web page of another origin may not use the emulator; --cors ORIGIN allows one"


def check_content_type(method: str, given: str) -> None:
    """Raise ``Refused`` with 415 for a write whose body is said to be no JSON.

    A form of any site can be sent to any server, but not as JSON. Public clients name the type of a form with GET.
    """
    if method not in ("POST", "PUT", "PATCH"):
        return
    if not _JSON.fullmatch(given.partition(";")[0].strip()):
        raise Refused(415, f"Content-Type: {given!r} is not allowed with {method}; expected application/json")


def _is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    return method == "OPTIONS" and "access-control-request-method" in headers


def _preflight(headers: Mapping[str, str]) -> Response:
    private = (("Access-Control-Allow-Private-Network", "true"),)
    return Response(
        200,
        headers=(
            ("Access-Control-Allow-Methods", _METHODS),
            ("Access-Control-Allow-Headers", _HEADERS),
            ("Access-Control-Max-Age", "600"),
            *(private if headers.get("access-control-request-private-network") == "true" else ()),
        ),
    )


def _checked_origin(text: str) -> str:
    origin = text.lower()
    found = _ORIGIN.fullmatch(origin)
    if found is None or int((found[2] or ":0")[1:]) > _HIGHEST_PORT:
        raise ValueError(f"origin {text!r} is not allowed; expected SCHEME://HOST[:PORT], as in http://localhost:3000")
    return origin.removesuffix(":80" if origin.startswith("http:") else ":443")  # browsers leave it out


def _checked_name(text: str) -> str:
    if not (_NAME.fullmatch(text) or _is_address(text)):
        raise ValueError(f"host name {text!r} is not allowed; expected a name without scheme and port, as in emulator")
    return text.lower().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
