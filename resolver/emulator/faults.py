"""Faults: a rate limit, and errors that are injected at random, before a request is looked at."""

import math
import random
from collections.abc import Callable

import msgspec

from resolver.emulator.refusals import Refused
from resolver.names import Milliseconds

STATUSES = (429, 500, 503)
_MESSAGES = {
    429: "Too many requests: this is an injected fault",
    500: "Internal Server Error: this is an injected fault",
    503: "Service Unavailable: this is an injected fault",
}


class Fault(msgspec.Struct, frozen=True):
    """A status that some requests are answered with, at random."""

    status: int
    probability: float


def parse_rate(text: str) -> float:
    """Return requests a second, from ``N/s`` or a number.

    >>> parse_rate("50/s")
    50.0
    """
    return _number(text.removesuffix("/s"), f"rate limit {text!r} is not allowed; expected N/s, as in 50/s")


def parse_fault(text: str) -> Fault:
    """Return what ``STATUS:PROBABILITY`` means.

    >>> parse_fault("503:0.01")
    Fault(status=503, probability=0.01)
    """
    message = f"fault {text!r} is not allowed; expected STATUS:PROBABILITY, as in 503:0.01 (statuses 429, 500, 503)"
    status, _, probability = text.partition(":")
    if status not in map(str, STATUSES):
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


class Limits:
    """Lets requests to the public API through, or refuses them with 429 or the status of a fault.

    *rate* is how many requests a second are let through; as many may come at once. *faults* are drawn from *seed*, one
    draw a request, so that each keeps its probability beside others. *now* is the emulator's clock.

    Raises ``ValueError`` where the faults have more than the probability 1 together.
    """

    def __init__(
        self,
        now: Callable[[], Milliseconds],
        rate: float | None = None,
        faults: tuple[Fault, ...] = (),
        seed: int = 0,
    ) -> None:
        self._now = now
        self._rate = rate
        self._tokens = self._most = max(1.0, rate or 0.0)
        self._filled = now() if rate else 0
        together = round(sum(fault.probability for fault in faults), 9)
        if together > 1:
            raise ValueError(f"the faults have the probability {together:g} together; expected at most 1")
        self._faults = faults
        self._chance = random.Random(seed)
        self.are_set = rate is not None or bool(faults)
        """Whether there is anything that can refuse a request."""

    def admit(self) -> None:
        """Return for a request that is let through; raise ``Refused`` for one that is not. O(faults)."""
        if self._rate is not None:
            self._take_token(self._rate)
        draw = self._chance.random() if self._faults else 1.0
        for fault in self._faults:
            draw -= fault.probability
            if draw < 0:
                headers_of = (("Retry-After", "1"),) if fault.status != 500 else ()
                raise Refused(fault.status, _MESSAGES[fault.status], *headers_of)

    def _take_token(self, rate: float) -> None:
        now = self._now()
        passed, self._filled = max(0, now - self._filled), now
        self._tokens = min(self._most, self._tokens + passed * rate / 1000)
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) / rate))
            raise Refused(429, f"Too many requests: expected at most {rate:g} a second", ("Retry-After", str(wait)))
        self._tokens -= 1
