"""Memories: the observations or conversation summaries of profiles, kept and given back as they were sent."""

from collections.abc import Iterable

from resolver.emulator.entries import Memory, MemoryKind, MemoryWrite
from resolver.names import ProfileId

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
