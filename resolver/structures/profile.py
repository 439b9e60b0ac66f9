"""A profile: who it is, when it came to be, and what it holds."""

from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.structures.held import NOTHING, Held, entries, values_of


class Profile:
    """One canonical profile. ``held`` is replaced, never changed, so copies may share it.

    >>> Profile("p1", created_at=0, number=1).values("email")
    []
    """

    __slots__ = ("created_at", "held", "id", "number")

    def __init__(self, id: ProfileId, created_at: Milliseconds, number: int, held: Held = NOTHING) -> None:
        self.id = id
        self.created_at = created_at
        self.number = number
        self.held = held

    def __repr__(self) -> str:
        return f"Profile({self.id!r}, created_at={self.created_at}, number={self.number}, held={self.held!r})"

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
