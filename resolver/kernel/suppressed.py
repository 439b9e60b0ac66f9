"""Suppressed: the identifiers that commands must not give any more, known by their digests alone (P13).

A change is written into the undo log before it happens, as those of the similarity indexes are (``undo``).

>>> suppressed = Suppressed(["c3df", "17aa"])
>>> suppressed.restore("c3df", True), sorted(suppressed)
(None, ['17aa'])
"""


class Suppressed(set[str]):
    """A set of digests."""

    __slots__ = ()

    def restore(self, key: str, entered: bool) -> None:
        """Undo one change, whole or begun: take out what was *entered*, or put in again what was taken out."""
        if entered:
            self.discard(key)
        else:
            self.add(key)

    def copy(self) -> "Suppressed":
        """An independent copy. O(digests)."""
        return Suppressed(self)
