"""The gate: credentials, rate limit and injected faults, in this order, before a request is looked at."""

import binascii
import hmac
import math
import random
from collections.abc import Callable, Mapping
from functools import lru_cache

from resolver.emulator.gatekeeping import Credentials, Fault
from resolver.emulator.refusals import Refused
from resolver.emulator.routing import Route
from resolver.names import Milliseconds

_CHALLENGE = ("WWW-Authenticate", 'Basic realm="resolver"')
_MESSAGES = {
    429: "Too many requests: this is an injected fault",
    500: "Internal Server Error: this is an injected fault",
    503: "Service Unavailable: this is an injected fault",
}


class Gate:
    """Lets requests in, or raises ``Refused`` with 401, 403, 429, or the status of a fault.

    *credentials* are the only ones that are let in; without any, all that are not empty. *rate* is how many requests
    a second are let in; as many may come at once. *faults* are drawn from *seed*. Neither is for what the emulator adds
    to the public API. *now* is the emulator's clock.
    """

    def __init__(
        self,
        now: Callable[[], Milliseconds],
        credentials: tuple[Credentials, ...] = (),
        rate: float | None = None,
        faults: tuple[Fault, ...] = (),
        seed: int = 0,
    ) -> None:
        self._now = now
        self._credentials = credentials
        self._rate = rate
        self._tokens = self._most = max(1.0, rate or 0.0)
        self._filled = now() if rate else 0
        self._faults = faults
        self._chance = random.Random(seed)

    def admit(self, route: Route, headers: Mapping[str, str], operation_of: str | None = None) -> None:
        """Let a request in; *operation_of* is the store of the operation that it asks about. O(credentials)."""
        if route.endpoint.is_open:
            return
        self._authenticate(route, operation_of, headers.get("authorization", ""))
        if route.endpoint.is_own:
            return  # else nobody could move a clock that stands, once its second is used up
        if self._rate is not None:
            self._take_token(self._rate)
        for fault in self._faults:
            if self._chance.random() < fault.probability:
                headers_of = (("Retry-After", "1"),) if fault.status != 500 else ()
                raise Refused(fault.status, _MESSAGES[fault.status], *headers_of)

    def _authenticate(self, route: Route, operation_of: str | None, header: str) -> None:
        name, secret = _basic(header)
        if not name or not secret:
            raise Refused(401, "there are no credentials; expected HTTP Basic with a key and its secret", _CHALLENGE)
        if not self._credentials:
            return
        matching = [each for each in self._credentials if _is_same(each, name, secret)]
        if not matching:
            raise Refused(401, "the credentials are wrong", _CHALLENGE)
        if not any(_reaches(each, route, operation_of) for each in matching):
            raise Refused(403, "Permission to access resource denied: the credentials are limited to another store")

    def _take_token(self, rate: float) -> None:
        now = self._now()
        passed, self._filled = max(0, now - self._filled), now
        self._tokens = min(self._most, self._tokens + passed * rate / 1000)
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) / rate))
            raise Refused(429, f"Too many requests: expected at most {rate:g} a second", ("Retry-After", str(wait)))
        self._tokens -= 1


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


def _reaches(known: Credentials, route: Route, operation_of: str | None) -> bool:
    if known.store is None:
        return True
    if "operationId" in route.values:
        return operation_of in (None, known.store)  # an operation that there is not is for the endpoint to say
    return route.values.get("storeId") == known.store
