"""Observations, conversation summaries and recall: what agents send about a profile is kept and given back.

Nothing reads what they say: no language model, no search. So recall finds nothing, whatever is asked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from resolver.emulator.entries import Kind, Memory, MemoryKind, MemoryWrite
from resolver.emulator.http_messages import Refused, Response, answer
from resolver.emulator.memories import (
    MOST_SENT,
    Memories,
    Moment,
    Observation,
    ObservationBatch,
    ObservationPage,
    ObservationPatch,
    Recalled,
    RecallMeta,
    RecallRequest,
    RevisionPage,
    Summary,
    SummaryBatch,
    SummaryPage,
    SummaryPatch,
    observation_body,
    summary_body,
)
from resolver.emulator.paging import cut, meta_of, page_of, parameters
from resolver.emulator.respond import Call
from resolver.emulator.routing import PROFILE, Endpoint, Parameter
from resolver.emulator.shapes import Message, PageMeta
from resolver.emulator.time_and_ids import OBSERVATION, SUMMARY
from resolver.moments import milliseconds
from resolver.names import Milliseconds

MOST_ON_A_PAGE = 1000


# Writing


def create_observations(call: Call) -> Response:
    """Keep observations about a profile."""
    return _created(call, "observation", OBSERVATION, call.body.observations, "Observations accepted for processing.")


def create_summaries(call: Call) -> Response:
    """Keep conversation summaries about a profile."""
    message = "Conversation summaries accepted for processing."
    return _created(call, "summary", SUMMARY, call.body.summaries, message)


def patch_observation(call: Call) -> Response:
    """Change an observation; it is there as a revision as it was."""
    return _changed(call, call.store.observations, "observationId", "Observation update accepted.")


def patch_summary(call: Call) -> Response:
    """Change a conversation summary."""
    return _changed(call, call.store.summaries, "summaryId", "Conversation summary update accepted.")


def delete_observation(call: Call) -> Response:
    """Remove an observation with its revisions."""
    return _removed(call, call.store.observations, "observationId", "Observation deletion accepted.")


def delete_summary(call: Call) -> Response:
    """Remove a conversation summary."""
    return _removed(call, call.store.summaries, "summaryId", "Conversation summary deletion accepted.")


def _created(call: Call, kind: MemoryKind, prefix: str, given: Iterable[Any], message: str) -> Response:
    first = call.service.next_number * MOST_SENT
    writes = []
    for number, each in enumerate(given, first):
        memory_id = call.service.options.ids.named(prefix, number, call.at)
        occurred_at = milliseconds(each.occurred_at)
        memory = Memory(memory_id, each.content, occurred_at, call.at, call.at, **_optional(each))
        writes.append(MemoryWrite(kind, call.profile_id, memory_id, memory))
    return _written(call, message, *writes)


def _changed(call: Call, memories: Memories, parameter: str, message: str) -> Response:
    memory, given = _versions(call, memories, parameter)[-1], call.body
    changes: dict[str, Any] = {"updated_at": call.at, **_optional(given)}
    if given.content is not UNSET:
        changes["content"] = given.content
    if given.occurred_at is not UNSET:
        changes["occurred_at"] = milliseconds(given.occurred_at)
    changed = msgspec.structs.replace(memory, **changes)
    return _written(call, message, MemoryWrite(memories.kind, call.profile_id, memory.id, changed))


def _removed(call: Call, memories: Memories, parameter: str, message: str) -> Response:
    memory = _versions(call, memories, parameter)[-1]
    return _written(call, message, MemoryWrite(memories.kind, call.profile_id, memory.id, None))


def _optional(given: Any) -> dict[str, Any]:
    """Return those fields that were sent and need not be."""
    fields: dict[str, Any] = {}
    if given.source is not UNSET:
        fields["source"] = given.source
    conversations = getattr(given, "conversation_ids", UNSET)
    if conversations is not UNSET:
        fields["conversation_ids"] = tuple(conversations)
    conversation = getattr(given, "conversation_id", UNSET)
    if conversation is not UNSET:
        fields["conversation_ids"] = (conversation,)
    return fields


def _written(call: Call, message: str, *writes: MemoryWrite) -> Response:
    entry = call.service.accept(Kind.MEMORIES, call.at, call.store.record.id, memories=writes)
    return call.accepted(message, entry, headers=call.canonical_header())


# Reading


def list_observations(call: Call) -> Response:
    """Return the observations about a profile, by time of creation."""
    query = call.query
    source, after, before = query.get("source"), _moment(call, "createdAfter"), _moment(call, "createdBefore")

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
    held = _about_conversation(call, call.store.summaries.of(call.profile_id))
    found, meta = _page(call, "summaries", held)
    return answer(200, SummaryPage([summary_body(each) for each in found], meta), *call.canonical_header())


def list_revisions(call: Call) -> Response:
    """Return every version of an observation, the newest first."""
    versions = _versions(call, call.store.observations, "observationId")
    page = page_of(call.query, MOST_ON_A_PAGE, f"{versions[-1].id}/revisions")
    found, more = cut(page, [(0, number, "") for number in range(len(versions))])
    bodies = [observation_body(versions[number]) for _, number, _ in found]
    return answer(200, RevisionPage(bodies, meta_of("revisions", page, found, more=more)), *call.canonical_header())


def fetch_observation(call: Call) -> Response:
    """Return an observation."""
    memory = _versions(call, call.store.observations, "observationId")[-1]
    return answer(200, observation_body(memory), *call.canonical_header())


def fetch_summary(call: Call) -> Response:
    """Return a conversation summary."""
    return answer(200, summary_body(_versions(call, call.store.summaries, "summaryId")[-1]), *call.canonical_header())


def recall(call: Call) -> Response:
    """Return what is remembered about a profile: nothing, as nothing reads what was sent."""
    return answer(200, Recalled([], [], [], RecallMeta(0)), *call.canonical_header())


def _versions(call: Call, memories: Memories, parameter: str) -> tuple[Memory, ...]:
    memory_id = call.values[parameter]
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
