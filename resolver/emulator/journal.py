"""The journal on disk: every accepted write is in one SQLite file before it is acknowledged.

One thread writes. What arrives while it does shares the next transaction. A single write never waits for company: the
thread takes whatever is there. Under load each transaction takes all that came during the last one, so that many
writes pay for one trip to the disk.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Self

import attrs

from resolver.emulator.database import Database, Row, Snapshot
from resolver.emulator.database_file import damaged, refusals
from resolver.emulator.entries import CommitFailed, Entry, decode_entry, encode_entry

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
        self._prepared: dict[int, tuple[Entry, bytes]] = {}
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
        encode = self._encoded if self._prepared else encode_entry
        rows = [Row(entry.sequence, entry.store, encode(entry)) for entry in entries]
        if rows and not self._writer.has_failed:
            self._sequence = rows[-1].sequence
        await self._writer.write(rows)

    def prepare(self, entries: Sequence[Entry]) -> None:
        """Encode entries that are to be committed, in any thread."""
        self._prepared.update({entry.sequence: (entry, encode_entry(entry)) for entry in entries})

    def _encoded(self, entry: Entry) -> bytes:
        prepared, encoded = self._prepared.pop(entry.sequence, (None, b""))
        return encoded if prepared is entry else encode_entry(entry)

    def load(self) -> tuple[bytes | None, Iterator[Entry]]:
        """Return the newest snapshot, if any, and the entries after it, in order; commits are taken again."""
        with self._writer.at_rest(), refusals(self._database.path):
            self._sequence = self._database.last
            self._prepared.clear()
            snapshot = self._database.snapshot()
            self._snapped = 0 if snapshot is None else snapshot.sequence
            rows = list(self._database.entries(self._snapped))
        return None if snapshot is None else snapshot.payload, map(self._decoded, rows)

    def wants_dump(self) -> bool:
        """Return whether it is time for ``keep_dump``.

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


@attrs.define(eq=False)
class _Job:
    """Rows, or a snapshot, and who waits for it. ``round`` tells what it was decided on."""

    rows: Sequence[Row]
    snapshot: Snapshot | None
    round: int
    done: Callable[[Exception | None], None]


@attrs.define(eq=False)
class _Rest:
    """The thread leaves the database alone from when the first is set until the second is."""

    begun: threading.Event = attrs.field(factory=threading.Event)
    over: threading.Event = attrs.field(factory=threading.Event)


_END = object()
"""Nothing comes after it."""


class Writer:
    """Writes to a database in the order of the calls. Its methods are for the event loop's thread only.

    After a failure everything that was asked for before ``at_rest`` fails too: it was decided on a state that is not
    on disk.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: SimpleQueue[_Job | _Rest | object] = SimpleQueue()
        self._round = 0
        self._failed = -1
        self._waiting = 0
        self._steps: Iterator[None] | None = None
        self._step_done: Callable[[Exception | None], None] | None = None
        self._thread = threading.Thread(target=self._run, name="resolver-journal", daemon=True)
        self._thread.start()

    async def write(self, rows: Sequence[Row]) -> None:
        """Return when the rows, and all that were given before, are on disk. Raises ``CommitFailed``."""
        if self.has_failed:
            raise CommitFailed("an earlier write failed, and the service has not been rebuilt yet")
        if rows or self._waiting:
            await self._submit(rows, None)

    async def write_snapshot(self, snapshot: Snapshot) -> None:
        """Return when the snapshot is on disk; rows that are given meanwhile go first. Raises ``CommitFailed``."""
        await self._submit((), snapshot)

    @property
    def has_failed(self) -> bool:
        """Whether writes fail until ``at_rest``."""
        return self._failed >= self._round

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Leave the database alone while the block reads it; writes are taken again after a failure.

        Waits for what is under way, without letting the loop run; a snapshot under way is given up.
        """
        rest = _Rest()
        self._jobs.put(rest)
        rest.begun.wait()
        if self.has_failed:
            self._round += 1
        try:
            yield
        finally:
            rest.over.set()

    async def close(self) -> None:
        """Return when everything that was given is written, and the thread has ended."""
        self._jobs.put(_END)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    async def _submit(self, rows: Sequence[Row], snapshot: Snapshot | None) -> None:
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._waiting += 1

        def settle(error: Exception | None) -> None:
            self._waiting -= 1
            if written.done():  # whoever waited has gone, but the write stands
                return
            if error is None:
                written.set_result(None)
            else:
                written.set_exception(error)

        self._jobs.put(_Job(rows, snapshot, self._round, lambda error: _tell(loop, settle, error)))
        await written

    # In the thread

    def _run(self) -> None:
        is_open = True
        while is_open or self._steps is not None:
            jobs, last = self._taken(is_open)
            self._do(jobs)
            if isinstance(last, _Rest):
                self._rest(last)
            is_open = is_open and last is not _END
            self._step()

    def _taken(self, is_open: bool) -> tuple[list[_Job], object]:
        """Return all jobs there are up to a rest or the end, and that; wait only where there is nothing else to do."""
        jobs: list[_Job] = []
        try:
            given = self._jobs.get() if is_open and self._steps is None else self._jobs.get_nowait()
            while isinstance(given, _Job):
                jobs.append(given)
                given = self._jobs.get_nowait()
        except Empty:
            return jobs, None
        return jobs, given

    def _do(self, jobs: list[_Job]) -> None:
        stale = [job for job in jobs if job.round <= self._failed]
        fresh = [job for job in jobs if job.round > self._failed]
        error: Exception | None = None
        try:
            self._database.append([row for job in fresh for row in job.rows])
        except Exception as failure:
            error = _commit_failed(failure)
            self._failed = max((job.round for job in fresh), default=self._failed)
            self._end_snapshot(error)
        for job in stale:
            job.done(CommitFailed("an earlier write failed"))
        for job in fresh:
            if job.snapshot is None or error is not None:
                job.done(error)
            else:
                self._end_snapshot(None)
                self._steps, self._step_done = self._database.write_snapshot(job.snapshot), job.done

    def _rest(self, rest: _Rest) -> None:
        """Return up the snapshot under way, and say that nothing else is."""
        self._end_snapshot(CommitFailed("the service was read anew"))
        rest.begun.set()
        rest.over.wait()

    def _step(self) -> None:
        """Write one part of the snapshot under way."""
        if self._steps is None:
            return
        try:
            next(self._steps)
        except StopIteration:
            self._end_snapshot(None)
        except Exception as failure:
            self._end_snapshot(_commit_failed(failure))

    def _end_snapshot(self, error: Exception | None) -> None:
        done, self._steps, self._step_done = self._step_done, None, None
        if done is not None:
            done(error)


def _commit_failed(failure: Exception) -> CommitFailed:
    return failure if isinstance(failure, CommitFailed) else CommitFailed(f"it could not be written: {failure!r}")


def _tell(loop: asyncio.AbstractEventLoop, settle: Callable[[Exception | None], None], error: Exception | None) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle, error)
