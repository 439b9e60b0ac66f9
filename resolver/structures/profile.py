"""A profile: who it is, when it came to be, and what it holds."""

import msgspec

from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.structures.held import NOTHING, Held, entries, values_of


class Profile(msgspec.Struct, gc=False, array_like=True):
    """One canonical profile. ``held`` is replaced, never changed, so copies may share it.

    ``number`` is that of the creating command. A struct, since it is created at a third of the cost of a class
    and the garbage collector need not visit millions of them: it holds no cycles. Encoded as an array, as it is in a
    snapshot.

    >>> Profile("p1", created_at=0, number=1).values("email")
    []
    """

    id: ProfileId
    created_at: Milliseconds
    number: int
    held: Held = NOTHING

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
