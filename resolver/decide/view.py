"""The view: what deciding may read of a store."""

from typing import Protocol

from resolver.names import IdType, Milliseconds, ProfileId
from resolver.rules.matching import MatchView
from resolver.rules.rulebook import Rulebook
from resolver.structures.merges import Merges
from resolver.structures.profile import Profile


class View(MatchView, Protocol):
    """A store as it is before the command. Reading never writes."""

    @property
    def book(self) -> Rulebook:
        """The rules in force."""
        ...

    def profile(self, profile_id: ProfileId) -> Profile:
        """Give the living profile of a canonical id; a new object, and the caller's own."""
        ...

    @property
    def merges(self) -> Merges:
        """The aliases."""
        ...

    @property
    def settled(self) -> bool:
        """Whether I8 is known to hold, so that only new combinations of values can join profiles."""
        ...

    def canonical(self, profile_id: ProfileId) -> Profile | None:
        """Give the living profile that an id leads to; a new object, and the caller's own."""
        ...

    def is_used(self, profile_id: ProfileId) -> bool:
        """Tell whether the id was ever given to a profile."""
        ...

    def new_id(self, number: int, at: Milliseconds) -> ProfileId:
        """Give the id of the profile that the command with this number and time creates."""
        ...

    def knows(self, id_type: IdType) -> bool:
        """Tell whether the type is configured or still held (S2)."""
        ...
