"""The admin API under ``/_emulator``: explanations, a dump, a reset, and the clock; with health and metrics."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from resolver.emulator.control_plane import group_body
from resolver.emulator.entries import encode_json
from resolver.emulator.faults import FaultBody, Faults, FaultSetting
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.monitoring import FILTERS, MOST_REQUESTS
from resolver.emulator.observations import observation_body, summary_body
from resolver.emulator.respond import Call
from resolver.emulator.routing import OWN, Endpoint, Parameter
from resolver.emulator.saved_state import SavedState
from resolver.emulator.service import Options
from resolver.emulator.shapes import CanonicalId, Given, Message, RecordedRequests, Taken
from resolver.emulator.store import Store
from resolver.emulator.time_and_ids import written_out
from resolver.errors import InvalidSnapshot, ProfileNotFound
from resolver.facts import ProfilesMerged, encode_fact
from resolver.names import COLLISION, ProfileId
from resolver.versions import __version__


class ClockSetting(Taken, frozen=True):
    """A time, in milliseconds since 1970."""

    now: Annotated[int, Meta(ge=0, le=253_402_300_799_999)]


class ClockStep(Taken, frozen=True):
    """How far to advance, in milliseconds."""

    milliseconds: Annotated[int, Meta(ge=0, le=253_402_300_799_999)]


class FactsOf(Given, frozen=True):
    """Everything that happened to a profile and to those merged into it, in order."""

    profile_id: CanonicalId
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

    profile_id: CanonicalId
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


_PROFILE = f"{OWN}/stores/{{storeId}}/profiles/{{profileId}}"


def facts(call: Call) -> Response:
    """Return every fact that speaks of a profile or of one merged into it."""
    store = call.store
    profile_id, aliases = _named(call, store)
    told = [json.loads(encode_fact(fact)) for fact in store.fact_log.of((profile_id, *aliases))]
    return answer(200, FactsOf(profile_id, list(aliases), told))


def merges(call: Call) -> Response:
    """Explain a profile: the merges that formed it (M8)."""
    store = call.store
    profile_id, aliases = _named(call, store)
    steps = [_step(fact) for fact in store.fact_log.of((profile_id, *aliases)) if isinstance(fact, ProfilesMerged)]
    return answer(200, MergesOf(profile_id, list(aliases), steps))


def dump(call: Call) -> Response:
    """Return everything as one JSON document, made in another thread from a picture of the stores."""
    sequence, stores = call.service.sequence, [store.fork() for store in call.service.stores.values()]
    return Response(200, later=lambda: _dumped(sequence, stores))


def state(call: Call) -> Response:
    """Return everything as a document that can be imported."""
    return Response(200, later=call.service.export())


def prepare_state(body: bytes, options: Options) -> list[SavedState]:
    """Return the stores of a document that is to be imported."""
    if not body:
        raise Refused(400, "the body is empty; expected a state, as GET gives it")
    try:
        return options.states(body)
    except InvalidSnapshot as error:
        raise Refused(400, str(error)) from None


def import_state(call: Call) -> Response:
    """Put a document in the place of everything."""
    request, service = call.request, call.service
    entries = service.import_state(request.prepared or prepare_state(request.body, service.options), call.at)
    return answer(200, Message("The state was imported."), entries=tuple(entries))


def prepare_reset(_: bytes, options: Options) -> list[SavedState] | None:
    """Return the stores that a reset leads back to, if that is a document."""
    return None if options.state is None else options.states()


def reset(call: Call) -> Response:
    """Begin anew with the first stores and the seed, without faults and recorded requests; the clock stays as it is."""
    entries = call.service.reset(call.at, call.request.prepared)
    call.service.options.requests.clear()
    call.service.options.faults.clear()
    return answer(200, Message("Everything was reset."), entries=tuple(entries))


def requests(call: Call) -> Response:
    """Return the requests to the public API that fit the filters."""
    return answer(200, call.service.options.requests.find(call.query))


def forget_requests(call: Call) -> Response:
    """Forget the requests so far."""
    call.service.options.requests.clear()
    return answer(200, Message("All requests were forgotten."))


def faults(call: Call) -> Response:
    """Return the faults that are set."""
    return answer(200, Faults(call.service.options.faults.shown()))


def add_fault(call: Call) -> Response:
    """Set a fault."""
    return answer(200, call.service.options.faults.add(call.body))


def remove_faults(call: Call) -> Response:
    """Remove all faults."""
    call.service.options.faults.clear()
    return answer(200, Message("All faults were removed."))


def clock(call: Call) -> Response:
    """Return the emulator's time."""
    return _clock(call)


def set_clock(call: Call) -> Response:
    """Stop the clock at a time."""
    call.service.options.clock.set(call.body.now)
    return _clock(call)


def advance_clock(call: Call) -> Response:
    """Put the clock forward."""
    try:
        call.service.options.clock.advance(call.body.milliseconds)
    except ValueError as error:
        raise Refused(400, f"milliseconds: {error}") from None
    return _clock(call)


def follow_clock(call: Call) -> Response:
    """Let the clock follow the real time again."""
    call.service.options.clock.follow()
    return _clock(call)


def health(_: Call) -> Response:
    """Answer that the emulator runs."""
    return answer(200, Health("ok", __version__))


def metrics(call: Call) -> Response:
    """Return counters in the text format of Prometheus."""
    text = call.service.options.metrics(call.request)
    return Response(200, text.encode(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _named(call: Call, store: Store) -> tuple[ProfileId, tuple[ProfileId, ...]]:
    try:
        profile_id = store.engine.canonical_id(call.values["profileId"])
    except ProfileNotFound as error:
        raise Refused(404, f"Not Found: {error}") from None
    return profile_id, store.engine.aliases(profile_id)


def _step(fact: ProfilesMerged) -> MergeStep:
    shared = " and ".join(f"{id_type} {value!r}" for id_type, value in fact.identifiers)
    cause = "a collision: both hold" if fact.rule == COLLISION else f"the rule {fact.rule!r}: it found"
    return MergeStep(
        fact.command,
        written_out(fact.at),
        fact.survivor,
        list(fact.absorbed),
        fact.rule,
        [list(pair) for pair in fact.identifiers],
        f"{cause} {shared}",
    )


def _dumped(sequence: int, stores: Iterable[Store]) -> bytes:
    """Return the dump as bytes, one profile after the other, so that no large document is ever built."""
    return b'{"sequence":%d,"stores":[%s]}' % (sequence, b",".join(map(_dumped_store, stores)))


def _dumped_store(store: Store) -> bytes:
    engine, record = store.engine, store.record
    head = {
        "id": record.id,
        "displayName": record.display_name,
        "settings": engine.settings.to_json(),
        "traitGroups": [group_body(group, group.traits) for group in store.trait_definitions.all()],
    }
    profiles = b",".join(_dumped_profile(store, profile_id) for profile_id in engine.profiles())
    return b'%s,"profiles":[%s]}' % (encode_json(head)[:-1], profiles)


def _dumped_profile(store: Store, profile_id: ProfileId) -> bytes:
    engine = store.engine
    return encode_json(
        {
            "id": profile_id,
            "createdAt": written_out(engine.created_at(profile_id)),
            "identifiers": {name: list(values) for name, values in engine.identifiers(profile_id).items()},
            "aliases": list(engine.aliases(profile_id)),
            "traits": store.traits.of(profile_id),
            "observations": [observation_body(each) for each in store.observations.of(profile_id)],
            "conversationSummaries": [summary_body(each) for each in store.summaries.of(profile_id)],
        }
    )


def _clock(call: Call) -> Response:
    emulated = call.service.options.clock
    now = emulated.now()
    return answer(200, ClockBody(now, written_out(now), emulated.is_set))


_NUMBER_SCHEMAS = {
    "after": {"type": "integer", "minimum": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_REQUESTS, "default": 100},
}
_FILTERS = tuple(
    Parameter(name, _NUMBER_SCHEMAS.get(name, {"type": "string"}), about)
    for name, about in {**FILTERS, "limit": "at most so many, the newest; counts are of all"}.items()
)

ENDPOINTS = (
    Endpoint(
        "EmulatorFacts", "GET", f"{_PROFILE}/facts", facts,
        "Everything that happened to a profile and to those merged into it.", FactsOf, is_long=True,
    ),
    Endpoint(
        "EmulatorMerges", "GET", f"{_PROFILE}/merges", merges, "Why profiles are one: the merges that formed it.",
        MergesOf, is_long=True,
    ),
    Endpoint("EmulatorDump", "GET", f"{OWN}/dump", dump, "Everything, as one document.", dict[str, Any], is_long=True),
    Endpoint("EmulatorState", "GET", f"{OWN}/state", state, "Everything, for an import.", dict[str, Any], is_long=True),
    Endpoint(
        "EmulatorImportState", "PUT", f"{OWN}/state", import_state, "Replace everything by a state.", Message,
        takes=dict[str, Any], prepares=prepare_state, is_long=True,
    ),
    Endpoint(
        "EmulatorReset", "POST", f"{OWN}/reset", reset, "Begin anew with the first stores and the seed.", Message,
        prepares=prepare_reset, is_long=True,
    ),
    Endpoint(
        "EmulatorRequests", "GET", f"{OWN}/requests", requests,
        "The last requests to the public API, and how many there were.", RecordedRequests, parameters=_FILTERS,
    ),
    Endpoint("EmulatorForgetRequests", "DELETE", f"{OWN}/requests", forget_requests, "Forget them.", Message),
    Endpoint("EmulatorFaults", "GET", f"{OWN}/faults", faults, "The faults that are set.", Faults),
    Endpoint(
        "EmulatorAddFault", "POST", f"{OWN}/faults", add_fault,
        "Let the next requests to the public API fail or wait.", FaultBody, takes=FaultSetting, decodes=FaultSetting,
    ),
    Endpoint("EmulatorRemoveFaults", "DELETE", f"{OWN}/faults", remove_faults, "Remove all faults.", Message),
    Endpoint("EmulatorClock", "GET", f"{OWN}/clock", clock, "The emulator's time.", ClockBody),
    Endpoint(
        "EmulatorSetClock", "PUT", f"{OWN}/clock", set_clock, "Stop the clock at a time.", ClockBody,
        takes=ClockSetting, decodes=ClockSetting,
    ),
    Endpoint(
        "EmulatorFollowClock", "DELETE", f"{OWN}/clock", follow_clock, "Let the clock follow the real time again.",
        ClockBody,
    ),
    Endpoint(
        "EmulatorAdvanceClock", "POST", f"{OWN}/clock/advance", advance_clock, "Put the clock forward.", ClockBody,
        takes=ClockStep, decodes=ClockStep,
    ),
    Endpoint("Health", "GET", "/healthz", health, "That the emulator answers.", Health, is_open=True),
    Endpoint(
        "Metrics", "GET", "/metrics", metrics, "Counters, in the text format of Prometheus.", str, is_open=True,
        media_type="text/plain",
    ),
)  # fmt: skip
