"""A profile as it is read: who it is, when it came to be, and what it holds."""

import msgspec

from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.structures.held import NOTHING, Held, entries, values_of
from resolver.structures.record import BIRTH, HELD, Record


class Profile(msgspec.Struct, gc=False):
    """One canonical profile. ``held`` is replaced, never changed; ``number`` is that of the creating command.

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

    def _check(self) -> None:
        held = entries(self.held)
        order = [(at, number) for _, at, number, _ in held]
        assert order == sorted(order), (self, "is not in order of (time added, arrival)")
        assert len({(kind, value) for kind, _, _, value in held}) == len(held), (self, "holds a value twice")
