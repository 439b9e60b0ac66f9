"""Links: which things are joined by a chain of links.

>>> links = Links()
>>> links.union("a", "b", "c")
>>> links["a"] == links["c"], links["a"] == links["d"]
(True, False)
"""

from collections.abc import Hashable


class Links:
    """Disjoint sets; ``links[thing]`` is the same for all things of one set. O(log n) amortized."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def __getitem__(self, thing: Hashable) -> Hashable:
        parent = self._parent
        while (above := parent.get(thing, thing)) != thing:
            parent[thing] = parent.get(above, above)  # halves the way for whoever asks next
            thing = above
        return thing

    def union(self, first: Hashable, *others: Hashable) -> None:
        """Link things with each other."""
        root = self[first]
        for other in others:
            self._parent[self[other]] = root
