"""Shapes of the bodies that the admin API takes and gives."""

from typing import Annotated, Any

from msgspec import Meta

from resolver.emulator.shapes import Given, ProfileId, Taken


class ClockSetting(Taken, frozen=True):
    """A time, in milliseconds since 1970."""

    now: Annotated[int, Meta(ge=0, le=253_402_300_799_999)]


class ClockStep(Taken, frozen=True):
    """How far to advance, in milliseconds."""

    milliseconds: Annotated[int, Meta(ge=0, le=253_402_300_799_999)]


class FactsOf(Given, frozen=True):
    """Everything that happened to a profile and to those merged into it, in order."""

    profile_id: ProfileId
    aliases: list[str]
    facts: list[dict[str, Any]]


class MergeStep(Given, frozen=True):
    """One merge: which profiles, by what, and when."""

    command: int
    at: str
    survivor: str
    absorbed: list[str]
    rule: str
    identifiers: list[list[str]]
    because: str


class MergesOf(Given, frozen=True):
    """The merges that formed a profile, in order."""

    profile_id: ProfileId
    aliases: list[str]
    merges: list[MergeStep]


class ClockBody(Given, frozen=True):
    """The emulator's time, and whether it stands still."""

    now: int
    time: str
    is_set: bool


class Health(Given, frozen=True):
    """That the emulator answers."""

    status: str
    version: str


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


class RecordedRequest(Given, frozen=True):
    """One request; its body as JSON if it is that, else as text, cut where it is long."""

    number: int
    at: int
    time: str
    method: str
    path: str
    query: str
    endpoint: str
    status: int
    milliseconds: float
    body: Any
    body_bytes: int


class RequestCount(Given, frozen=True):
    """How many requests had this endpoint and status."""

    endpoint: str
    status: int
    count: int


class RecordedRequests(Given, frozen=True):
    """The requests that fit: how many, by endpoint and status, and the newest of them, oldest first.

    *total* were made, and of these the oldest, *forgotten*, are no longer remembered.
    """

    total: int
    forgotten: int
    matching: int
    counts: list[RequestCount]
    requests: list[RecordedRequest]
