"""The journal on disk: what the emulator asks of whoever keeps its entries, with a database behind it."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from resolver.emulator.commits import CommitFailed
from resolver.emulator.entries import Entry, decode_entry, encode_entry
from resolver.emulator.journal.database import Database, Snapshot
from resolver.emulator.journal.rows import Row
from resolver.emulator.journal.schema import damaged
from resolver.emulator.journal.writer import Writer

SNAPSHOT_EVERY = 20_000
"""Entries between two snapshots, at least."""

_log = logging.getLogger("resolver.emulator")


class SqliteJournal:
    """Keeps entries in a SQLite file: each is on disk before its request is answered.

    Everything but ``open`` belongs to one event loop.
    """

    def __init__(self, database: Database, *, snapshot_every: int = SNAPSHOT_EVERY) -> None:
        self._database = database
        self._writer = Writer(database)
        self._snapshot_every = snapshot_every
        self._snapped = 0
        self._sequence = database.last

    @classmethod
    def open(cls, path: Path | str, *, snapshot_every: int = SNAPSHOT_EVERY) -> Self:
        """Open a database file, or make one. O(size of the file). Raises ``JournalRefused``, in one clear line."""
        return cls(Database.open(Path(path)), snapshot_every=snapshot_every)

    async def commit(self, entries: Sequence[Entry]) -> None:
        """Return when these entries, all or none, and all before them are on disk; without any, when those are.

        Takes its place in the order before it first suspends. Raises ``CommitFailed``; then every commit fails until
        ``load``.
        """
        rows = [Row(entry.sequence, entry.store, encode_entry(entry)) for entry in entries]
        if rows and not self._writer.has_failed:
            self._sequence = rows[-1].sequence
        await self._writer.write(rows)

    def load(self) -> tuple[bytes | None, Iterator[Entry]]:
        """Give the newest snapshot, if any, and the entries after it, in order; commits are taken again."""
        with self._writer.at_rest():
            self._sequence = self._database.last
            snapshot = self._database.snapshot()
            self._snapped = 0 if snapshot is None else snapshot.sequence
            rows = list(self._database.entries(self._snapped))
        return None if snapshot is None else snapshot.payload, map(self._decoded, rows)

    def wants_dump(self) -> bool:
        """Tell whether it is time for ``keep_dump``.

        A dump costs as much as the service is large, so the distance grows with it: all dumps together cost as much
        as the entries.
        """
        return self._sequence - self._snapped >= max(self._snapshot_every, self._snapped // 2)

    async def keep_dump(self, dump: bytes, sequence: int) -> None:
        """Write a dump that was taken after the entry *sequence*, without holding up commits.

        If it cannot be written, the one before it stays, and the entries are all there: that is logged, and tried
        again later.
        """
        before, self._snapped = self._snapped, sequence
        if sequence == before:
            return
        try:
            await self._writer.write_snapshot(Snapshot(sequence, dump))
        except CommitFailed as error:
            _log.warning("no snapshot was written: %s", error)

    async def close(self) -> None:
        """Write what is under way, and let others have the file."""
        await self._writer.close()
        self._database.close()

    def _decoded(self, row: Row) -> Entry:
        try:
            return decode_entry(row.payload)
        except ValueError as error:
            raise damaged(self._database.path, f"entry {row.sequence} cannot be read: {error}") from error
