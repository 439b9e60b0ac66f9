"""Origins: which web pages may talk to the emulator, and under which names it is known.

A page of any site can send requests to a server on this machine, and with a DNS name that it points here it can read
the answers too. So a request that a browser sends for a page is refused unless the page is the emulator's own or its
origin is allowed; so is a request for a host that is not this one. Programs that are no browsers send neither
``Sec-Fetch-Site`` nor ``Origin``.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence

from resolver.emulator.messages import Response
from resolver.emulator.refusals import Refused

_ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)

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
    resolver.emulator.refusals.Refused: a web page of another origin may not use the emulator; --cors ORIGIN allows one
    """

    def __init__(self, hosts: Sequence[str] | None = None, allowed: Sequence[str] = ()) -> None:
        self._hosts = None if hosts is None else frozenset(map(_checked_name, hosts))
        self._allowed = frozenset(map(_checked_origin, allowed))
        self._last_host = ""

    def check(self, method: str, headers: Mapping[str, str], scheme: str = "http") -> Response | None:
        """Return the answer to a preflight, else None; ``Refused`` with 403 for a request that is not let in."""
        host = headers.get("host", "")
        if host != self._last_host:
            self._check_host(host)
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise Refused(403, _FOREIGN)
            return None
        if origin in self._allowed:
            return _preflight(headers) if _is_preflight(method, headers) else None
        if origin.lower() != f"{scheme}://{host}".lower() or headers.get("sec-fetch-site") not in (None, "same-origin"):
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
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"origin {text!r} is not allowed; expected SCHEME://HOST[:PORT], as in http://localhost:3000")
    return origin.removesuffix(":80" if origin.startswith("http:") else ":443")  # browsers leave it out


def _checked_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"host name {text!r} is not allowed; expected a name without scheme and port, as in emulator")
    return text.lower().removesuffix(".")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
