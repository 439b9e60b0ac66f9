"""What the gate is told, as it is written on the command line."""

import math
import re

import msgspec

from resolver.emulator.shapes import STORE_ID

_STORE = re.compile(STORE_ID.replace("$", r"\Z"))
FAULTS = (429, 500, 503)


class Credentials(msgspec.Struct, frozen=True):
    """A key, its secret, and the only store that it reaches, if there is one. The secret is never shown."""

    name: str
    secret: str
    store: str | None = None

    def __repr__(self) -> str:
        return f"Credentials(name={self.name!r}, store={self.store!r})"


class Fault(msgspec.Struct, frozen=True):
    """A status that some requests are answered with, at random."""

    status: int
    probability: float


def parse_credentials(text: str) -> Credentials:
    """Read ``SID:SECRET[@STORE]``; ``ValueError`` if it is something else, without its secret.

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


def parse_rate(text: str) -> float:
    """Read ``N/s``, or a number of requests a second.

    >>> parse_rate("50/s")
    50.0
    """
    return _number(text.removesuffix("/s"), f"rate limit {text!r} is not allowed; expected N/s, as in 50/s")


def parse_fault(text: str) -> Fault:
    """Read ``STATUS:PROBABILITY``.

    >>> parse_fault("503:0.01")
    Fault(status=503, probability=0.01)
    """
    message = f"fault {text!r} is not allowed; expected STATUS:PROBABILITY, as in 503:0.01 (statuses 429, 500, 503)"
    status, _, probability = text.partition(":")
    if status not in map(str, FAULTS):
        raise ValueError(message)
    number = _number(probability, message)
    if number > 1:
        raise ValueError(message)
    return Fault(int(status), number)


def _number(text: str, message: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(message) from None
    if not math.isfinite(number) or number <= 0:
        raise ValueError(message)
    return number
