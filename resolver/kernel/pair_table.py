"""Pair tables: which profiles hold two given values together, for compound rules (R7).

Whoever satisfies ``phone AND lastName AND zip`` holds a wanted phone together with a wanted last name, and a wanted
last name together with a wanted zip. So each two neighbouring types of a rule have a table from a pair of values to
its holders, which rules that name the same two types share. Every type of a rule is in one of its pairs, and the
pair with the fewest holders gives the candidates: a popular value costs nothing as long as another one beside it is
rare. Pairs and not whole combinations, for these multiply with every type that a rule names.
"""

from resolver.kernel import codes


def pair_key(one: int, other: int) -> int:
    """The key of two values, of which the first one is of the type ``one`` of the table.

    >>> pair_key(5, 6) == (5 << 32) + 6
    True
    """
    return one << 32 | other


class PairTable:
    """For two idTypes, from a value of each to the profiles that hold both.

    Nearly every key has one holder, so a bare row stands for it; only several pay for a dict.

    >>> table = PairTable(0, 1)
    >>> table.put(pair_key(5, 6), 7); table.put(pair_key(5, 6), 8)
    >>> table.holders(pair_key(5, 6))
    [7, 8]
    """

    __slots__ = ("_holders", "one", "other")

    def __init__(self, one: int, other: int) -> None:
        self.one = one
        self.other = other
        self._holders: dict[int, int | dict[int, None]] = {}

    def put(self, key: int, profile: int) -> None:
        """Enter a holder of a pair. O(1)."""
        holder = self._holders.get(key)
        if holder is None:
            self._holders[key] = profile
        elif isinstance(holder, dict):
            holder[profile] = None
        elif holder != profile:
            self._holders[key] = {holder: None, profile: None}

    def take(self, key: int, profile: int) -> None:
        """Remove a holder of a pair, if it is there. O(1)."""
        holder = self._holders.get(key)
        if isinstance(holder, dict):
            holder.pop(profile, None)
            if len(holder) == 1:
                [self._holders[key]] = holder
        elif holder == profile:
            del self._holders[key]

    def restore(self, key: int, profile: int, entered: bool) -> None:
        """Undo one change, if it was made: remove what was *entered*, or enter what was removed."""
        if entered:
            self.take(key, profile)
        else:
            self.put(key, profile)

    def holder(self, key: int) -> int:
        """The one holder of a pair; ``NOBODY``; or ``SHARED``, then ``several`` has them."""
        holder = self._holders.get(key)
        if holder is None:
            return codes.NOBODY
        return codes.SHARED if isinstance(holder, dict) else holder

    def several(self, key: int) -> dict[int, None]:
        """The holders of a shared pair; their order has no meaning."""
        holders = self._holders[key]
        assert isinstance(holders, dict)
        return holders

    def holders(self, key: int) -> list[int]:
        """The holders of a pair, in no order that means anything."""
        holder = self._holders.get(key)
        if holder is None:
            return []
        return list(holder) if isinstance(holder, dict) else [holder]

    def size(self, key: int) -> int:
        """How many profiles hold a pair."""
        holder = self._holders.get(key)
        return len(holder) if isinstance(holder, dict) else 0 if holder is None else 1

    def copy(self) -> "PairTable":
        """An independent copy. O(keys)."""
        other = PairTable(self.one, self.other)
        other._holders = {
            key: holder.copy() if isinstance(holder, dict) else holder for key, holder in self._holders.items()
        }
        return other

    def contents(self) -> dict[int, set[int]]:
        """Every pair with its holders, for checks. O(keys)."""
        return {key: set(self.holders(key)) for key in self._holders}
