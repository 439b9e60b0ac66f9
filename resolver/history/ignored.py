"""The keys and columns of a history that nothing reads, each remembered once.

>>> ignored = Ignored()
>>> ignored.note(["notes", "age", "notes"])
>>> ignored.names
('notes', 'age')
"""

from collections.abc import Iterable

MOST = 100
"""How many names are remembered: a file may use a fresh key on every line, and nothing must grow with it."""


class Ignored:
    """Names in the order they were met, at most ``MOST`` of them."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names so far."""
        return tuple(self._names)

    @property
    def full(self) -> bool:
        """Whether further names would be forgotten."""
        return len(self._names) >= MOST

    def note(self, names: Iterable[str]) -> None:
        """Remember the names that are new; a lone surrogate in one as its escape. O(names)."""
        for name in names:
            if not self.full:
                self._names[name.encode("utf-8", "backslashreplace").decode()] = None
