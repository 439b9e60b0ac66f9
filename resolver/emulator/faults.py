"""Faults: a rate limit and random errors from the start, and errors and delays that are set while the emulator runs."""

import asyncio
import math
import random
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Annotated

import attrs
import msgspec
from msgspec import Meta

from resolver.emulator.http_messages import Refused
from resolver.emulator.routing import unknown_endpoint
from resolver.emulator.shapes import Given, Taken
from resolver.names import Milliseconds


class FaultSetting(Taken, frozen=True):
    """An error, a delay, or both, for the next requests to one endpoint of the public API, or to all of them."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=64, examples=["CreateProfile"])] | None = None
    status: Annotated[int, Meta(ge=400, le=599)] | None = None
    milliseconds: Annotated[int, Meta(ge=0, le=60_000)] = 0
    count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    probability: Annotated[float, Meta(gt=0, le=1)] = 1.0


class FaultBody(Given, frozen=True):
    """A fault: what it does, to how many requests it still will, and to how many it has; null for no bound."""

    id: int
    endpoint: str | None
    status: int | None
    milliseconds: int
    probability: float
    left: int | None
    struck: int


class Faults(Given, frozen=True):
    """All faults, in the order in which they are tried."""

    faults: list[FaultBody]


STATUSES = (429, 500, 503)
_COMES_AGAIN = (429, 503)
"""Statuses that say when to come back."""


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
                raise _injected(fault.status)

    def _take_token(self, rate: float) -> None:
        now = self._now()
        passed, self._filled = max(0, now - self._filled), now
        self._tokens = min(self._most, self._tokens + passed * rate / 1000)
        if self._tokens < 1:
            wait = max(1, math.ceil((1 - self._tokens) / rate))
            raise Refused(429, f"Too many requests: expected at most {rate:g} a second", ("Retry-After", str(wait)))
        self._tokens -= 1


MOST_FAULTS = 100
"""Faults that can be set at a time."""


@attrs.define(eq=False)
class _SetFault:
    """One fault, how many requests it has struck, and how many it still may; None for no bound."""

    id: int
    setting: FaultSetting
    left: int | None
    struck: int = 0

    def shown(self) -> FaultBody:
        setting = msgspec.structs.asdict(self.setting)
        del setting["count"]
        return FaultBody(id=self.id, left=self.left, struck=self.struck, **setting)


class RuntimeFaults:
    """Strikes requests to the public API with the first fault that is for them, in the order in which they were set.

    *endpoints* are the names that a fault may be for. Probabilities are drawn from *seed*. Delays pass in real time,
    whatever the emulator's clock does, and hold no other request back.
    """

    def __init__(self, endpoints: Collection[str] = (), seed: int = 0) -> None:
        self._endpoints = endpoints
        self._seed = seed
        self._delayed: set[asyncio.Future[bool]] = set()
        self.clear()

    def clear(self) -> None:
        """Remove all faults; ids and draws begin anew."""
        self._faults: list[_SetFault] = []
        self._last = 0
        self._chance = random.Random(self._seed)

    def add(self, setting: FaultSetting) -> FaultBody:
        """Set a fault after those that there are. ``Refused`` with status 400 for one that cannot be."""
        endpoint = setting.endpoint
        if endpoint is not None and endpoint not in self._endpoints:
            raise Refused(400, unknown_endpoint(endpoint, self._endpoints))
        if setting.status is None and not setting.milliseconds:
            raise Refused(400, "the body: a fault without effect; expected status, milliseconds or both")
        if len(self._faults) >= MOST_FAULTS:
            self._faults = [fault for fault in self._faults if fault.left != 0]
        if len(self._faults) >= MOST_FAULTS:
            raise Refused(400, f"there are {MOST_FAULTS} faults; expected no more, delete them first")
        self._last += 1
        fault = _SetFault(self._last, setting, setting.count)
        self._faults.append(fault)
        return fault.shown()

    def shown(self) -> list[FaultBody]:
        """Return all faults in their order, those that are used up too."""
        return [fault.shown() for fault in self._faults]

    @property
    def are_set(self) -> bool:
        """Whether there are any, used up or not."""
        return bool(self._faults)

    async def strike(self, endpoint: str) -> None:
        """Return when a request has been delayed, or at once where no fault is for it. O(faults).

        Raises ``Refused`` with the status of a fault.
        """
        fault = self._drawn(endpoint)
        if fault is None:
            return
        if fault.milliseconds:
            await self._delay(fault.milliseconds / 1000)
        if fault.status is not None:
            raise _injected(fault.status)

    def _drawn(self, endpoint: str) -> FaultSetting | None:
        for fault in self._faults:
            setting = fault.setting
            if fault.left == 0 or setting.endpoint not in (None, endpoint):
                continue
            if setting.probability < 1 and self._chance.random() >= setting.probability:
                continue
            fault.struck += 1
            if fault.left is not None:
                fault.left -= 1
            return setting
        return None

    async def _delay(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        over: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(seconds, _settle, over, True)
        self._delayed.add(over)
        try:
            if not await over:
                raise Refused(503, "Service Unavailable: the emulator is stopping")
        finally:
            timer.cancel()
            self._delayed.discard(over)

    def end(self) -> None:
        """Answer delayed requests with 503: the server stops."""
        for over in self._delayed:
            _settle(over, False)


def _settle(over: "asyncio.Future[bool]", is_in_time: bool) -> None:
    if not over.done():
        over.set_result(is_in_time)


def _injected(status: int) -> Refused:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = f"Status {status}"
    headers = (("Retry-After", "1"),) if status in _COMES_AGAIN else ()
    return Refused(status, f"{phrase}: this is an injected fault", *headers)
