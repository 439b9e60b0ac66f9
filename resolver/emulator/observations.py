"""Observations, conversation summaries and recall: what agents send about a profile is kept and given back.

Nothing reads what they say: no language model, no search. So recall finds nothing, whatever is asked.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from resolver.commands import milliseconds
from resolver.emulator.entries import Kind, Memory, MemoryWrite
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.paging import cut, meta_of, page_of, parameters
from resolver.emulator.profile_data import Memories
from resolver.emulator.respond import Call
from resolver.emulator.routing import PROFILE, Endpoint, Parameter
from resolver.emulator.shapes import Given, Message, ObservationId, PageMeta, SummaryId, Taken
from resolver.emulator.time_and_ids import written_out
from resolver.names import Milliseconds

MOST_ON_A_PAGE = 1000

MOST_SENT = 10
"""How many observations or summaries one request may bring."""

Content = Annotated[str, Meta(min_length=1, max_length=4096)]
Source = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9 _.-]+$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True)]
ConversationId = Annotated[str, Meta(min_length=1, max_length=128)]
ConversationIds = Annotated[list[ConversationId], Meta(max_length=10)]
Limit = Annotated[int, Meta(ge=0, le=100)]


class _Sent(Taken, frozen=True, kw_only=True):
    content: Content
    occurred_at: Moment


class ObservationCore(_Sent, frozen=True, kw_only=True):
    """Something that was noticed about a person."""

    source: Source
    conversation_ids: ConversationIds | UnsetType = UNSET


class ObservationBatch(Taken, frozen=True):
    """New observations."""

    observations: Annotated[list[ObservationCore], Meta(min_length=1, max_length=MOST_SENT)]


class SummaryCore(_Sent, frozen=True, kw_only=True):
    """What a conversation was about."""

    conversation_id: ConversationId
    source: Source | UnsetType = UNSET


class SummaryBatch(Taken, frozen=True):
    """New summaries."""

    summaries: Annotated[list[SummaryCore], Meta(min_length=1, max_length=MOST_SENT)]


class _Patch(Taken, frozen=True):
    content: Content | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    occurred_at: Moment | UnsetType = UNSET


class ObservationPatch(_Patch, frozen=True):
    """What is to be changed of an observation."""

    conversation_ids: ConversationIds | UnsetType = UNSET


class SummaryPatch(_Patch, frozen=True):
    """What is to be changed of a summary."""

    conversation_id: ConversationId | UnsetType = UNSET


class _Shown(Given, frozen=True, kw_only=True):
    content: str
    occurred_at: str
    created_at: str
    updated_at: str


class Observation(_Shown, frozen=True, kw_only=True):
    """One observation."""

    id: ObservationId
    source: str
    conversation_ids: list[str] | UnsetType = UNSET


class Summary(_Shown, frozen=True, kw_only=True):
    """One conversation summary."""

    id: SummaryId
    conversation_id: str
    source: str | UnsetType = UNSET


class ObservationPage(Given, frozen=True):
    """A page of observations."""

    observations: list[Observation]
    meta: PageMeta


class RevisionPage(Given, frozen=True):
    """A page of the versions of one observation."""

    revisions: list[Observation]
    meta: PageMeta


class SummaryPage(Given, frozen=True):
    """A page of conversation summaries."""

    summaries: list[Summary]
    meta: PageMeta


class RecallRequest(Taken, frozen=True):
    """What an agent asks for, and how much of it."""

    conversation_id: ConversationId | UnsetType = UNSET
    query: Annotated[str, Meta(max_length=1024)] | UnsetType = UNSET
    begin_date: Moment | UnsetType = UNSET
    end_date: Moment | UnsetType = UNSET
    observations_limit: Limit = 20
    summaries_limit: Limit = 5
    communications_limit: Limit = 0
    relevance_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.0


class RecallMeta(Given, frozen=True):
    """How long it took, in milliseconds."""

    query_time: int


class Recalled(Given, frozen=True):
    """What was found: nothing."""

    observations: list[Observation]
    summaries: list[Summary]
    communications: list[dict[str, Any]]
    meta: RecallMeta


def observation_body(memory: Memory) -> Observation:
    """Return an observation as it is shown."""
    conversations = list(memory.conversation_ids) or UNSET
    return Observation(**_shown(memory), source=memory.source, conversation_ids=conversations)


def summary_body(memory: Memory) -> Summary:
    """Return a conversation summary as it is shown."""
    return Summary(**_shown(memory), source=memory.source or UNSET, conversation_id=memory.conversation_ids[0])


def _shown(memory: Memory) -> dict[str, str]:
    times = {name: written_out(getattr(memory, name)) for name in ("occurred_at", "created_at", "updated_at")}
    return {"id": memory.id, "content": memory.content, **times}


# Writing


def create_observations(call: Call) -> Response:
    """Keep observations about a profile."""
    return _created(call, call.store.observations, call.body.observations, "Observations accepted for processing.")


def create_summaries(call: Call) -> Response:
    """Keep conversation summaries about a profile."""
    message = "Conversation summaries accepted for processing."
    return _created(call, call.store.summaries, call.body.summaries, message)


def patch_observation(call: Call) -> Response:
    """Change an observation; it is there as a revision as it was."""
    return _changed(call, call.store.observations, "Observation update accepted.")


def patch_summary(call: Call) -> Response:
    """Change a conversation summary."""
    return _changed(call, call.store.summaries, "Conversation summary update accepted.")


def delete_observation(call: Call) -> Response:
    """Remove an observation with its revisions."""
    return _removed(call, call.store.observations, "Observation deletion accepted.")


def delete_summary(call: Call) -> Response:
    """Remove a conversation summary."""
    return _removed(call, call.store.summaries, "Conversation summary deletion accepted.")


def _created(call: Call, memories: Memories, given: Iterable[Any], message: str) -> Response:
    first = call.service.next_number * MOST_SENT
    writes = []
    for number, each in enumerate(given, first):
        memory_id = call.service.options.ids.named(f"mem_{memories.kind}_", number, call.at)
        memory = Memory(id=memory_id, created_at=call.at, updated_at=call.at, **_fields(each))
        writes.append(MemoryWrite(memories.kind, call.profile_id, memory_id, memory))
    return _written(call, message, *writes)


def _changed(call: Call, memories: Memories, message: str) -> Response:
    memory = _versions(call, memories)[-1]
    changed = msgspec.structs.replace(memory, updated_at=call.at, **_fields(call.body))
    return _written(call, message, MemoryWrite(memories.kind, call.profile_id, memory.id, changed))


def _removed(call: Call, memories: Memories, message: str) -> Response:
    memory = _versions(call, memories)[-1]
    return _written(call, message, MemoryWrite(memories.kind, call.profile_id, memory.id, None))


def _fields(given: Any) -> dict[str, Any]:
    """Return those fields of a memory that were sent, as they are kept."""
    fields: dict[str, Any] = {}
    for name in given.__struct_fields__:
        value = getattr(given, name)
        if value is UNSET:
            continue
        if name == "occurred_at":
            fields[name] = milliseconds(value)
        elif name in ("conversation_id", "conversation_ids"):
            fields["conversation_ids"] = (value,) if isinstance(value, str) else tuple(value)
        else:
            fields[name] = value
    return fields


def _written(call: Call, message: str, *writes: MemoryWrite) -> Response:
    entry = call.service.accept(Kind.MEMORIES, call.at, call.store.record.id, memories=writes)
    return call.accepted(message, entry, headers=call.canonical_header())


# Reading


def list_observations(call: Call) -> Response:
    """Return the observations about a profile, by time of creation."""
    source, after, before = call.query.get("source"), _moment(call, "createdAfter"), _moment(call, "createdBefore")

    def is_wanted(memory: Memory) -> bool:
        return (
            (source is None or memory.source == source)
            and (after is None or memory.created_at >= after)
            and (before is None or memory.created_at < before)
        )

    held = _about_conversation(call, call.store.observations.of(call.profile_id))
    found, meta = _page(call, "observations", filter(is_wanted, held))
    return answer(200, ObservationPage([observation_body(each) for each in found], meta), *call.canonical_header())


def list_summaries(call: Call) -> Response:
    """Return the conversation summaries about a profile, by time of creation."""
    found, meta = _page(call, "summaries", _about_conversation(call, call.store.summaries.of(call.profile_id)))
    return answer(200, SummaryPage([summary_body(each) for each in found], meta), *call.canonical_header())


def list_revisions(call: Call) -> Response:
    """Return every version of an observation, the newest first."""
    versions = _versions(call, call.store.observations)
    page = page_of(call.query, MOST_ON_A_PAGE, f"{versions[-1].id}/revisions")
    found, more = cut(page, [(0, number, "") for number in range(len(versions))])
    bodies = [observation_body(versions[number]) for _, number, _ in found]
    return answer(200, RevisionPage(bodies, meta_of("revisions", page, found, more=more)), *call.canonical_header())


def fetch_observation(call: Call) -> Response:
    """Return an observation."""
    return answer(200, observation_body(_versions(call, call.store.observations)[-1]), *call.canonical_header())


def fetch_summary(call: Call) -> Response:
    """Return a conversation summary."""
    return answer(200, summary_body(_versions(call, call.store.summaries)[-1]), *call.canonical_header())


def recall(call: Call) -> Response:
    """Return what is remembered about a profile: nothing, as nothing reads what was sent."""
    return answer(200, Recalled([], [], [], RecallMeta(0)), *call.canonical_header())


def _versions(call: Call, memories: Memories) -> tuple[Memory, ...]:
    memory_id = call.values[f"{memories.kind}Id"]
    versions = memories.versions(call.profile_id, memory_id)
    if not versions:
        raise Refused(404, f"Not Found: the profile has no {memories.kind} {memory_id!r}")
    return versions


def _about_conversation(call: Call, memories: list[Memory]) -> Iterator[Memory]:
    wanted = call.query.get("conversationId")
    return (each for each in memories if wanted is None or wanted in each.conversation_ids)


def _page(call: Call, key: str, memories: Iterable[Memory]) -> tuple[list[Memory], PageMeta]:
    page = page_of(call.query, MOST_ON_A_PAGE, f"{call.profile_id}/{key}")
    places = {(each.created_at, 0, each.id): each for each in memories}
    found, more = cut(page, sorted(places))
    return [places[place] for place in found], meta_of(key, page, found, more=more)


def _moment(call: Call, name: str) -> Milliseconds | None:
    text = call.query.get(name)
    if text is None:
        return None
    try:
        return milliseconds(msgspec.convert(text, _MOMENT))
    except msgspec.ValidationError:
        raise Refused(400, f"{name}: {text!r} is not allowed; expected a time as in 2025-01-15T10:30:45Z") from None


_MOMENT: Any = Moment
_OBSERVATIONS = f"{PROFILE}/Observations"
_OBSERVATION = f"{_OBSERVATIONS}/{{observationId}}"
_SUMMARIES = f"{PROFILE}/ConversationSummaries"
_SUMMARY = f"{_SUMMARIES}/{{summaryId}}"
_CONVERSATION = Parameter(
    "conversationId", {"type": "string", "minLength": 1, "maxLength": 128}, "only those about this conversation"
)
_FILTERS = (
    Parameter("source", {"type": "string", "minLength": 1, "maxLength": 100}, "only those from this source"),
    Parameter("createdAfter", {"type": "string", "format": "date-time"}, "only those created then or later"),
    Parameter("createdBefore", {"type": "string", "format": "date-time"}, "only those created before"),
    _CONVERSATION,
)
_PAGES = parameters(MOST_ON_A_PAGE)

ENDPOINTS = (
    Endpoint(
        "CreateProfileObservation", "POST", _OBSERVATIONS, create_observations,
        f"Keep observations about a profile, {MOST_SENT} at most.", Message, 202,
        takes=ObservationBatch, decodes=ObservationBatch, statuses=(308,),
    ),
    Endpoint(
        "ListProfileObservations", "GET", _OBSERVATIONS, list_observations,
        "The observations about a profile, by time of creation.", ObservationPage,
        parameters=(*_PAGES, *_FILTERS), statuses=(301,),
    ),
    Endpoint(
        "FetchProfileObservation", "GET", _OBSERVATION, fetch_observation, "One observation.", Observation,
        follows=True,
    ),
    Endpoint(
        "PatchProfileObservation", "PATCH", _OBSERVATION, patch_observation, "Change an observation.", Message, 202,
        takes=ObservationPatch, decodes=ObservationPatch, statuses=(308,),
    ),
    Endpoint(
        "DeleteProfileObservation", "DELETE", _OBSERVATION, delete_observation, "Remove an observation.", Message,
        202, statuses=(308,),
    ),
    Endpoint(
        "ListObservationRevisions", "GET", f"{_OBSERVATION}/Revisions", list_revisions,
        "Every version of an observation, the newest first.", RevisionPage, parameters=_PAGES[:2], follows=True,
    ),
    Endpoint(
        "CreateProfileConversationSummary", "POST", _SUMMARIES, create_summaries,
        f"Keep conversation summaries about a profile, {MOST_SENT} at most.", Message, 202,
        takes=SummaryBatch, decodes=SummaryBatch, statuses=(308,),
    ),
    Endpoint(
        "ListProfileConversationSummaries", "GET", _SUMMARIES, list_summaries,
        "The conversation summaries about a profile, the newest first.", SummaryPage,
        parameters=(*_PAGES[:2], _CONVERSATION), statuses=(301,),
    ),
    Endpoint(
        "FetchProfileConversationSummary", "GET", _SUMMARY, fetch_summary, "One conversation summary.", Summary,
        follows=True,
    ),
    Endpoint(
        "PatchProfileConversationSummary", "PATCH", _SUMMARY, patch_summary, "Change a conversation summary.",
        Message, 202, takes=SummaryPatch, decodes=SummaryPatch, statuses=(308,),
    ),
    Endpoint(
        "DeleteProfileConversationSummary", "DELETE", _SUMMARY, delete_summary, "Remove a conversation summary.",
        Message, 202, statuses=(308,),
    ),
    Endpoint(
        "CreateFetchProfileMemory", "POST", f"{PROFILE}/Recall", recall,
        "What is remembered about a profile: nothing, as nothing reads what was sent.", Recalled,
        takes=RecallRequest, decodes=RecallRequest, statuses=(308,), reads=True,
    ),
)  # fmt: skip
