"""A profile: who it is, when it came to be, and what it holds; as it is stored, and as it is read."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.structures.held import NOTHING, WIDTH, Held, entries, inserted, united, values_of

Record: TypeAlias = tuple[Any, ...]
"""A profile as it is stored: when it was created, the number of the creating command, its id, then what it holds.

One flat tuple, for a million profiles pay for every object; immutable, so that forks share it. Records sort by
birth (M1).
"""

HEAD = 3
"""Where in a record begins what the profile holds."""

# The parts of a record. Made once: a slice that is written out is an object more for every use.
BIRTH, HELD = slice(HEAD), slice(HEAD, None)
TYPES, VALUES = slice(HEAD, None, WIDTH), slice(HEAD + 3, None, WIDTH)
_OLDEST, _NEWEST = slice(HEAD + 1, HEAD + 3), slice(-3, -1)
"""(time added, number) of the oldest value, and of the newest, or of the creation where there is none."""


def id_of(record: Record) -> ProfileId:
    """Give the id of a stored profile."""
    profile_id: ProfileId = record[2]
    return profile_id


def grown(record: Record, id_type: IdType, at: Milliseconds, number: int, value: Value) -> Record:
    """Give the record with one value more, at its place by (time, arrival order) (A4). O(values)."""
    if record[-3] <= at:  # the time of the newest value, or of the creation where there is none
        return record + (id_type, at, number, value)  # noqa: RUF005 - three times as fast
    return record[BIRTH] + inserted(record[HELD], id_type, at, number, value)


def merged(survivor: Record, absorbed: Sequence[Record], is_shared: bool) -> Record:
    """Give the survivor of a merge with all that it and the absorbed profiles held (M2, M3).

    *is_shared* tells whether several of them may hold the same value. O(n log n) in the values.
    """
    if len(absorbed) == 1 and not is_shared:
        [other] = absorbed
        if survivor[_NEWEST] < other[_OLDEST]:
            return survivor + other[HELD]
    return survivor[BIRTH] + united([record[HELD] for record in (survivor, *absorbed)])


class Profile(msgspec.Struct, gc=False):
    """One canonical profile, as it is read. ``held`` is replaced, never changed.

    ``number`` is that of the creating command.

    >>> profile = Profile.of((0, 1, "p1", "email", 0, 1, "ada@example.com"))
    >>> profile.id, profile.values("email")
    ('p1', ['ada@example.com'])
    """

    id: ProfileId
    created_at: Milliseconds
    number: int
    held: Held = NOTHING

    @classmethod
    def of(cls, record: Record) -> "Profile":
        """Give a stored profile for reading. O(values)."""
        created_at, number, profile_id = record[BIRTH]
        return cls(profile_id, created_at, number, record[HELD])

    def values(self, id_type: IdType) -> list[Value]:
        """Give the values of one idType, oldest first (Q1)."""
        return values_of(self.held, id_type)

    def copy(self) -> "Profile":
        """Give another profile object with the same contents. O(1)."""
        return Profile(self.id, self.created_at, self.number, self.held)

    def _check(self) -> None:
        held = entries(self.held)
        order = [(at, number) for _, at, number, _ in held]
        assert order == sorted(order), (self, "is not in order of (time added, arrival)")
        assert len({(kind, value) for kind, _, _, value in held}) == len(held), (self, "holds a value twice")
