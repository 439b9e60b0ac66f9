"""The listing: canonical profiles in order of birth, so that a page is found without sorting all of them."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeAlias

from sortedcontainers import SortedList

from resolver.names import Milliseconds, ProfileId

Birth: TypeAlias = tuple[Milliseconds, int, ProfileId]
"""When a profile was created, by which command, and its id."""


class Listing:
    """Profiles by birth (M1). Adding and removing are O(log n), a page is O(log n + its length).

    >>> listing = Listing([(1, 1, "p"), (2, 2, "q"), (3, 3, "r")])
    >>> listing.page(2, is_descending=True)
    [(3, 3, 'r'), (2, 2, 'q')]
    >>> listing.page(2, after=(2, 2, "q"), is_descending=True)
    [(1, 1, 'p')]
    >>> listing.page(2, before=(1, 1, "p"), is_descending=True)
    [(3, 3, 'r'), (2, 2, 'q')]
    """

    def __init__(self, births: Iterable[Birth] = ()) -> None:
        self._of = {birth[2]: birth for birth in births}
        self._order: SortedList[Birth] = SortedList(self._of.values())

    def add(self, birth: Birth) -> None:
        """Enter a new profile."""
        self._of[birth[2]] = birth
        self._order.add(birth)

    def discard(self, profile_id: ProfileId) -> None:
        """Take out a profile that was merged away or deleted."""
        self._order.remove(self._of.pop(profile_id))

    def page(
        self, size: int, *, after: Birth | None = None, before: Birth | None = None, is_descending: bool = False
    ) -> list[Birth]:
        """Give up to *size* births that come after one, or the last ones that come before one, in the order asked."""
        if before is not None:
            return self.page(size, after=before, is_descending=not is_descending)[::-1]
        if after is None:
            found = reversed(self._order) if is_descending else iter(self._order)
        elif is_descending:
            found = self._order.irange(maximum=after, inclusive=(True, False), reverse=True)
        else:
            found = self._order.irange(minimum=after, inclusive=(False, True))
        return list(islice(found, size))

    def births(self) -> list[Birth]:
        """Give all births, earliest first."""
        return list(self._order)

    def __len__(self) -> int:
        return len(self._order)
