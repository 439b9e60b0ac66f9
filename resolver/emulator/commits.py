"""Commits: what the emulator asks of whatever keeps its entries."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from resolver.emulator.entries import Entry


class CommitFailed(Exception):  # noqa: N818 - the shape of the package's other error names
    """Entries could not be kept; none of them will be found again."""


class Journal(Protocol):
    """Keeps entries, in the order of their sequence, so that a service can be rebuilt from them.

    ``commit`` is called once for each accepted write, in the order in which they were decided, without waiting for
    the one before; it takes its place in the order before it first suspends. When it raises ``CommitFailed``, nothing
    of these entries was kept, and every commit that was called after it fails as well, until ``load`` is called.
    """

    async def commit(self, entries: Sequence[Entry]) -> None:
        """Return when these entries, all or none, and all before them are kept; without any, when those are."""

    def load(self) -> tuple[bytes | None, Iterable[Entry]]:
        """Give the newest ``Service.dump`` that was kept, if any, and the entries after it, in order."""

    def wants_dump(self) -> bool:
        """Tell whether it is time for ``keep_dump``."""

    async def keep_dump(self, dump: bytes, sequence: int) -> None:
        """Keep a dump that was taken after the entry *sequence*, once that is kept itself."""

    async def close(self) -> None:
        """Keep what is under way, and let go of the file."""
