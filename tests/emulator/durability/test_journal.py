"""The journal: commits are shared, kept in order, and a failed one takes all that stood on it with it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from resolver.emulator.database import Database, Row
from resolver.emulator.database_file import JournalDamaged
from resolver.emulator.entries import CommitFailed, Entry, Journal, Kind
from resolver.emulator.journal import SqliteJournal


def entry(sequence: int) -> Entry:
    return Entry(sequence=sequence, kind=Kind.IDENTIFIERS, at=sequence, store="mem_store_0")


def with_journal(path: Path, use: Callable[[SqliteJournal], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        journal = SqliteJournal.open(path, **options)
        try:
            await use(journal)
        finally:
            await journal.close()

    asyncio.run(run())


def kept(path: Path) -> tuple[bytes | None, list[int]]:
    found: list[Any] = []

    async def read(journal: SqliteJournal) -> None:
        dump, entries = journal.load()
        found.extend([dump, [each.sequence for each in entries]])

    with_journal(path, read)
    return found[0], found[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


class Batches:
    """Records the transactions of a database; may fail one, or hold it until it is let go."""

    def __init__(self, journal: SqliteJournal, fails: Sequence[int] = ()) -> None:
        self.sizes: list[int] = []
        self.fails = set(fails)
        self._append = journal._database.append
        journal._database.append = self.append  # type: ignore[method-assign]

    def append(self, rows: Sequence[Row]) -> None:
        if rows:
            self.sizes.append(len(rows))
            if len(self.sizes) in self.fails:
                raise CommitFailed("injected")
        self._append(rows)


def test_it_is_the_journal_that_the_emulator_asks_for(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        asked: Journal = journal
        await asked.commit([entry(1)])

    with_journal(path, use)
    assert kept(path) == (None, [1])


def test_one_write_alone_is_on_disk_when_its_commit_returns(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        batches = Batches(journal)
        for number in range(1, 6):
            await journal.commit([entry(number)])
            assert [row.sequence for row in journal._database.entries(number - 1)] == [number]
        assert batches.sizes == [1] * 5

    with_journal(path, use)


def test_writes_that_come_while_one_is_written_share_the_next_transaction(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        batches = Batches(journal)
        await asyncio.gather(*(journal.commit([entry(number)]) for number in range(1, 501)))
        assert sum(batches.sizes) == 500
        assert len(batches.sizes) < 100

    with_journal(path, use)
    assert kept(path) == (None, list(range(1, 501)))


def test_a_commit_of_nothing_waits_for_what_came_before(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        await journal.commit([])
        first = asyncio.ensure_future(journal.commit([entry(1)]))
        await asyncio.sleep(0)
        await journal.commit([])
        assert journal._database.last == 1
        await first

    with_journal(path, use)


def test_a_failed_commit_takes_all_that_stood_on_it_with_it(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        batches = Batches(journal, fails=[2])
        await journal.commit([entry(1)])
        given = [asyncio.ensure_future(journal.commit([entry(number)])) for number in range(2, 9)]
        results = await asyncio.gather(*given, return_exceptions=True)
        assert [type(result) for result in results] == [CommitFailed] * 7
        with pytest.raises(CommitFailed, match="not been rebuilt"):
            await journal.commit([entry(2)])
        _, entries = journal.load()
        assert [each.sequence for each in entries] == [1]
        await asyncio.gather(*(journal.commit([entry(number)]) for number in range(2, 5)))
        assert len(batches.sizes) >= 3

    with_journal(path, use)
    assert kept(path) == (None, [1, 2, 3, 4])


def test_what_nobody_waits_for_any_more_is_written_all_the_same(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        given = asyncio.ensure_future(journal.commit([entry(1)]))
        await asyncio.sleep(0)
        given.cancel()
        await journal.commit([entry(2)])

    with_journal(path, use)
    assert kept(path) == (None, [1, 2])


def test_closing_writes_what_is_under_way(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        for number in range(1, 50):
            asyncio.ensure_future(journal.commit([entry(number)]))  # noqa: RUF006 - nobody waits, on purpose
        await asyncio.sleep(0)

    with_journal(path, use)
    assert kept(path) == (None, list(range(1, 50)))


def test_a_start_needs_the_newest_dump_and_the_entries_after_it(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        wanted = []
        for number in range(1, 30):
            await journal.commit([entry(number)])
            if journal.wants_dump():
                wanted.append(number)
                await journal.keep_dump(b"dump %d" % number, number)
        assert wanted == [10, 20]
        await journal.keep_dump(b"again", 20)

    with_journal(path, use, snapshot_every=10)
    assert kept(path) == (b"dump 20", list(range(21, 30)))


def test_commits_go_on_while_a_long_dump_is_written(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        await journal.commit([entry(1)])
        dump = asyncio.ensure_future(journal.keep_dump(b"x" * 30_000_000, 1))
        during = 0
        for number in range(2, 200):
            await journal.commit([entry(number)])
            during += not dump.done()
        assert during > 1
        await dump

    with_journal(path, use)
    dump, entries = kept(path)
    assert dump == b"x" * 30_000_000
    assert entries == list(range(2, 200))


def test_a_dump_of_what_was_not_written_is_not_kept(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def use(journal: SqliteJournal) -> None:
        Batches(journal, fails=[2])
        await journal.commit([entry(1)])
        failing = asyncio.ensure_future(journal.commit([entry(2)]))
        await asyncio.sleep(0)
        with caplog.at_level(logging.WARNING):
            await journal.keep_dump(b"with entry 2", 2)
        await asyncio.gather(failing, return_exceptions=True)

    with_journal(path, use)
    assert "no snapshot was written" in caplog.text
    assert kept(path) == (None, [1])


def test_a_dump_that_does_not_fit_leaves_the_commits_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def use(journal: SqliteJournal) -> None:
        await journal.commit([entry(1)])
        journal._database._connection.execute("PRAGMA max_page_count=100")
        await journal.keep_dump(b"x" * 3_000_000, 1)
        await journal.commit([entry(2)])

    with caplog.at_level(logging.WARNING):
        with_journal(path, use)
    assert "database or disk is full" in caplog.text
    assert kept(path) == (None, [1, 2])


def test_an_entry_of_another_program_is_damage(path: Path) -> None:
    database = Database.open(path)
    database.append([Row(1, "s", b"{}")])
    database.close()
    with pytest.raises(JournalDamaged, match="entry 1 cannot be read"):
        kept(path)


def test_a_service_that_is_read_anew_sees_what_was_under_way(path: Path) -> None:
    async def use(journal: SqliteJournal) -> None:
        await journal.commit([entry(1)])
        dump = asyncio.ensure_future(journal.keep_dump(b"x" * 9_000_000, 1))
        given = [asyncio.ensure_future(journal.commit([entry(number)])) for number in range(2, 40)]
        await asyncio.sleep(0)
        kept_dump, entries = journal.load()
        assert (kept_dump, [each.sequence for each in entries]) == (None, list(range(1, 40)))
        await asyncio.gather(dump, *given)
        await journal.commit([entry(40)])

    with_journal(path, use)
    assert kept(path) == (None, list(range(1, 41)))
