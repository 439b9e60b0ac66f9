"""Faults that are set while the emulator runs: errors and delays, of one endpoint or all, of the next requests."""

import asyncio
import random
from collections.abc import Collection
from http import HTTPStatus

import attrs

from resolver.emulator.admin_shapes import FaultBody, FaultSetting
from resolver.emulator.refusals import Refused
from resolver.emulator.request_log import unknown_endpoint

MOST_FAULTS = 100
"""Faults that can be set at a time."""

_COMES_AGAIN = (429, 503)
"""Statuses that say when to come back."""


@attrs.define(eq=False)
class _Fault:
    """One fault, how many requests it has struck, and how many it still may; None for no bound."""

    id: int
    setting: FaultSetting
    left: int | None
    struck: int = 0

    def shown(self) -> FaultBody:
        setting = self.setting
        return FaultBody(
            id=self.id,
            endpoint=setting.endpoint,
            status=setting.status,
            milliseconds=setting.milliseconds,
            probability=setting.probability,
            left=self.left,
            struck=self.struck,
        )


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
        self._faults: list[_Fault] = []
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
        fault = _Fault(self._last, setting, setting.count)
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
        status = fault.status
        if status is not None:
            headers = (("Retry-After", "1"),) if status in _COMES_AGAIN else ()
            raise Refused(status, f"{_phrase(status)}: this is an injected fault", *headers)

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


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
