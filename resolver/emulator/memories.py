"""Memories: observations and conversation summaries, as they are sent, kept and shown."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from resolver.emulator.entries import Memory, MemoryKind, MemoryWrite
from resolver.emulator.shapes import OBSERVATION_ID, SUMMARY_ID, Given, PageMeta, Taken
from resolver.emulator.time_and_ids import written_out
from resolver.names import ProfileId

MOST_SENT = 10
"""How many observations or summaries one request may bring."""

# Shapes

Content = Annotated[str, Meta(min_length=1, max_length=4096)]
Source = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9 _.-]+$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True)]
ConversationId = Annotated[str, Meta(min_length=1, max_length=128)]
ConversationIds = Annotated[list[ConversationId], Meta(max_length=10)]
Limit = Annotated[int, Meta(ge=0, le=100)]
ObservationId: TypeAlias = Annotated[str, Meta(extra_json_schema={"pattern": OBSERVATION_ID})]
SummaryId: TypeAlias = Annotated[str, Meta(extra_json_schema={"pattern": SUMMARY_ID})]


class ObservationCore(Taken, frozen=True):
    """Something that was noticed about a person."""

    content: Content
    source: Source
    occurred_at: Moment
    conversation_ids: ConversationIds | UnsetType = UNSET


class ObservationBatch(Taken, frozen=True):
    """New observations."""

    observations: Annotated[list[ObservationCore], Meta(min_length=1, max_length=MOST_SENT)]


class ObservationPatch(Taken, frozen=True):
    """What is to be changed of an observation."""

    content: Content | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    occurred_at: Moment | UnsetType = UNSET
    conversation_ids: ConversationIds | UnsetType = UNSET


class SummaryCore(Taken, frozen=True):
    """What a conversation was about."""

    content: Content
    conversation_id: ConversationId
    occurred_at: Moment
    source: Source | UnsetType = UNSET


class SummaryBatch(Taken, frozen=True):
    """New summaries."""

    summaries: Annotated[list[SummaryCore], Meta(min_length=1, max_length=MOST_SENT)]


class SummaryPatch(Taken, frozen=True):
    """What is to be changed of a summary."""

    content: Content | UnsetType = UNSET
    conversation_id: ConversationId | UnsetType = UNSET
    occurred_at: Moment | UnsetType = UNSET
    source: Source | UnsetType = UNSET


class Observation(Given, frozen=True):
    """One observation."""

    id: ObservationId
    content: str
    source: str
    occurred_at: str
    created_at: str
    updated_at: str
    conversation_ids: list[str] | UnsetType = UNSET


class Summary(Given, frozen=True):
    """One conversation summary."""

    id: SummaryId
    content: str
    conversation_id: str
    occurred_at: str
    created_at: str
    updated_at: str
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
    return Observation(
        memory.id,
        memory.content,
        memory.source,
        written_out(memory.occurred_at),
        written_out(memory.created_at),
        written_out(memory.updated_at),
        list(memory.conversation_ids) or UNSET,
    )


def summary_body(memory: Memory) -> Summary:
    """Return a conversation summary as it is shown."""
    return Summary(
        memory.id,
        memory.content,
        memory.conversation_ids[0],
        written_out(memory.occurred_at),
        written_out(memory.created_at),
        written_out(memory.updated_at),
        memory.source or UNSET,
    )


# What is kept

Versions = tuple[Memory, ...]


class Memories:
    """The memories of one kind of every profile of one store, each with all of its versions.

    >>> memories = Memories("observation")
    >>> first = Memory("m", "likes tea", 1, 1, 1)
    >>> memories.write(MemoryWrite("observation", "q", "m", first))
    >>> memories.write(MemoryWrite("observation", "q", "m", Memory("m", "likes coffee", 1, 1, 2)))
    >>> memories.merge(survivor="p", absorbed=["q"])
    >>> [each.content for each in memories.of("p")], [each.content for each in memories.versions("p", "m")]
    (['likes coffee'], ['likes tea', 'likes coffee'])
    """

    def __init__(self, kind: MemoryKind, held: Iterable[tuple[ProfileId, Versions]] = ()) -> None:
        self.kind = kind
        self._held: dict[ProfileId, dict[str, Versions]] = {}
        for profile_id, versions in held:
            self._held.setdefault(profile_id, {})[versions[-1].id] = versions

    def of(self, profile_id: ProfileId) -> list[Memory]:
        """Return the memories of a profile as they are now, in the order in which they came to it. O(memories)."""
        return [versions[-1] for versions in self._held.get(profile_id, {}).values()]

    def versions(self, profile_id: ProfileId, memory_id: str) -> Versions:
        """Return all versions of a memory, oldest first; none where the profile has no such memory."""
        return self._held.get(profile_id, {}).get(memory_id, ())

    def write(self, write: MemoryWrite) -> None:
        """Add a memory or a version of it, or remove it. O(versions of it)."""
        memories = self._held.setdefault(write.profile_id, {})
        if write.memory is None:
            memories.pop(write.id, None)
        else:
            memories[write.id] = (*memories.get(write.id, ()), write.memory)
        if not memories:
            del self._held[write.profile_id]

    def merge(self, *, survivor: ProfileId, absorbed: Iterable[ProfileId]) -> None:
        """Move the memories of merged profiles to the survivor, with the ids that they have. O(memories moved)."""
        for profile_id in absorbed:
            moved = self._held.pop(profile_id, None)
            if moved:
                self._held.setdefault(survivor, {}).update(moved)

    def forget(self, profile_id: ProfileId) -> None:
        """Forget a profile that was deleted (M7)."""
        self._held.pop(profile_id, None)

    def to_list(self) -> list[tuple[ProfileId, Versions]]:
        """Return all memories, in order, for a dump. O(memories)."""
        return [(profile_id, versions) for profile_id, memories in self._held.items() for versions in memories.values()]
