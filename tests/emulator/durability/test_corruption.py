"""Whatever happens to the two files of a database: it is refused, or everything that was answered is there.

Positions are sampled, the same ones in each run. ``RESOLVER_FLIPS=20000`` tries that many in each test.
"""

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from resolver.emulator import database as databases
from resolver.emulator.database import Database, Row, Snapshot, checksum
from resolver.emulator.database_file import JournalDamaged, JournalRefused, connect, leave
from resolver.emulator.recovery import PAGE_SIZE, ControlFile, read_log

FLIPS = int(os.environ.get("RESOLVER_FLIPS", "40"))

FRAME = 24 + PAGE_SIZE
CONTROL = 2 * PAGE_SIZE + 512
"""Where the control record of a new file is."""

Files = tuple[bytes, bytes]
"""A database and its log; an empty log is none."""


def rows(first: int, last: int, size: int = 10) -> list[Row]:
    return [Row(number, "mem_store_0", f"{number:{size}}".encode()) for number in range(first, last + 1)]


def files_of(path: Path) -> Files:
    """Read what stands on disk, as a kill would leave it; in a copy, since closing a file ends SQLite's locks."""
    return tuple(_copied(path.with_name(path.name + suffix)) for suffix in ("", "-wal"))  # type: ignore[return-value]


def _copied(path: Path) -> bytes:
    copy = path.with_name("a copy of it")
    if not path.exists():
        return b""
    shutil.copyfile(path, copy)
    return copy.read_bytes()


def put(path: Path, files: Files) -> None:
    for suffix, data in zip(("", "-wal"), files, strict=True):
        place = path.with_name(path.name + suffix)
        place.unlink(missing_ok=True)
        if data:
            place.write_bytes(data)


def opened(path: Path, files: Files) -> list[Row] | None:
    """Return the rows of a database that stands in these files; None if it was refused, in one line, and left alone."""
    put(path, files)
    try:
        with closing(Database.open(path)) as database:
            return list(database.entries())
    except JournalRefused as error:
        message = str(error)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert files_of(path) == files, message
    return None


def append_each(database: Database, last: int, size: int = 10) -> None:
    for row in rows(database.last + 1, last, size):
        database.append([row])


@pytest.fixture(scope="module")
def memory() -> str | None:
    """Return where files are in memory, if anywhere: what is tested here opens a database hundreds of times."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def folder(memory: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def short(memory: str | None) -> Iterator[tuple[Files, list[Row]]]:
    """A database of which everything but its making is in the log, with a snapshot between entries."""
    with (
        tempfile.TemporaryDirectory(dir=memory) as folder,
        closing(Database.open(Path(folder) / "store.db")) as database,
    ):
        path = database.path
        append_each(database, 9)
        for _ in database.write_snapshot(Snapshot(9, b"a snapshot" * 600)):
            database.append(rows(10, 10))
        append_each(database, 14)
        yield files_of(path), rows(1, 14)


@pytest.fixture(scope="module")
def long(memory: str | None) -> Iterator[tuple[Files, list[Row]]]:
    """A database whose log has begun anew: a few transactions, and what the round before them left behind."""
    with (
        tempfile.TemporaryDirectory(dir=memory) as folder,
        closing(Database.open(Path(folder) / "store.db")) as database,
    ):
        path = database.path
        append_each(database, 150, 1_500)
        while read_transactions(path) > 4:
            append_each(database, database.last + 1, 1_500)
        append_each(database, database.last + 3, 1_500)
        yield files_of(path), rows(1, database.last, 1_500)


def read_transactions(path: Path) -> int:
    return read_log(path.with_name(path.name + "-wal"), b"").transactions


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def sampled(places: Sequence[int], seed: int) -> list[int]:
    return list(places) if len(places) <= FLIPS else sorted(random.Random(seed).sample(places, FLIPS))


def bits(start: int, end: int) -> range:
    return range(8 * start, 8 * end)


@pytest.mark.parametrize("name", ["short", "long"])
def test_what_a_kill_leaves_is_whole(request: pytest.FixtureRequest, name: str, folder: Path) -> None:
    files, expected = request.getfixturevalue(name)
    assert opened(folder / "store.db", files) == expected


@pytest.mark.parametrize("written", [0, 24, FRAME - 1, FRAME])
def test_a_kill_between_a_new_header_of_the_log_and_its_first_transaction_loses_nothing(
    folder: Path, written: int
) -> None:
    """SQLite begins the log anew once all of it is in the file: a new header first, then frame after frame."""
    with closing(Database.open(folder / "live.db")) as database:
        path = database.path
        append_each(database, 60, 6_000)
        before = files_of(path)
        while read_transactions(path) > 1:
            before = files_of(path)
            append_each(database, database.last + 1, 6_000)
        after, last = files_of(path), database.last - 1
    log = after[1][: 32 + written] + before[1][32 + written :]
    assert opened(folder / "store.db", (before[0], log)) == rows(1, last, 6_000)


def in_use(files: Files) -> int:
    """Return how many frames of the log are of its present round."""
    salts = files[1][16:24]
    return sum(files[1][start + 8 : start + 16] == salts for start in range(32, len(files[1]), FRAME))


PARTS: dict[str, Callable[[Files], Sequence[int]]] = {
    "header": lambda files: bits(0, 32),
    "frame headers": lambda files: [
        bit for start in range(32, len(files[1]), FRAME) for bit in bits(start, start + 24)
    ],
    "pages": lambda files: bits(32, len(files[1])),
    "the last frames": lambda files: bits(32 + (in_use(files) - 3) * FRAME, 32 + in_use(files) * FRAME),
}


@pytest.mark.parametrize("name", ["short", "long"])
@pytest.mark.parametrize("part", PARTS)
def test_with_a_flipped_bit_in_the_log_nothing_that_was_answered_is_lost_in_silence(
    request: pytest.FixtureRequest, name: str, part: str, folder: Path
) -> None:
    files, expected = request.getfixturevalue(name)
    found = [opened(folder / "store.db", (files[0], flipped(files[1], bit))) for bit in sampled(PARTS[part](files), 1)]
    assert all(each in (None, expected) for each in found)
    assert None in found


@pytest.mark.parametrize("name", ["short", "long"])
@pytest.mark.parametrize(
    ("start", "end"), [(0, 100), (100, PAGE_SIZE), (CONTROL - 8, CONTROL + 60), (PAGE_SIZE, 16 * PAGE_SIZE)]
)
def test_with_a_flipped_bit_in_the_database_nothing_that_was_answered_is_lost_in_silence(
    request: pytest.FixtureRequest, name: str, start: int, end: int, folder: Path
) -> None:
    (database, log), expected = request.getfixturevalue(name)
    for bit in sampled(bits(start, min(end, len(database))), 2):
        assert opened(folder / "store.db", (flipped(database, bit), log)) in (None, expected), bit


@pytest.mark.parametrize("name", ["short", "long"])
def test_a_database_that_was_stopped_is_checked_alike(request: pytest.FixtureRequest, name: str, folder: Path) -> None:
    files, expected = request.getfixturevalue(name)
    path = folder / "store.db"
    assert opened(path, files) == expected
    database, log = files_of(path)
    assert log == b""
    for bit in sampled(bits(0, len(database)), 3):
        assert opened(path, (flipped(database, bit), b"")) in (None, expected), bit
    for size in sampled(range(len(database)), 4):
        assert opened(path, (database[:size], b"")) in (None, expected if size else []), size


def test_every_bit_of_the_control_record_counts(short: tuple[Files, list[Row]], folder: Path) -> None:
    (database, log), _ = short
    for bit in sampled(bits(CONTROL, CONTROL + 52), 5):
        assert opened(folder / "store.db", (flipped(database, bit), log)) is None, bit


@pytest.mark.parametrize("name", ["short", "long"])
def test_a_log_that_is_missing_or_cut_off_anywhere_is_refused(
    request: pytest.FixtureRequest, name: str, folder: Path
) -> None:
    (database, log), expected = request.getfixturevalue(name)
    path = folder / "store.db"
    put(path, (database, b""))
    with pytest.raises(JournalDamaged, match=r"was not stopped gracefully, and store\.db-wal, .*, is missing"):
        Database.open(path)
    path.with_name("store.db-wal").touch()
    with pytest.raises(JournalDamaged, match=r"store\.db-wal, which holds its last writes, is cut off"):
        Database.open(path)
    whole = 32 + FRAME * in_use((database, log))
    cuts = {32 + FRAME * number for number in range(20)} | set(sampled(range(1, len(log)), 6))
    for cut in sorted(cut for cut in cuts if 0 < cut < len(log)):
        assert opened(path, (database, log[:cut])) == (None if cut < whole else expected), cut


def test_after_a_power_cut_the_last_write_at_most_is_taken_back_and_that_is_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The control record is the only part that a power cut may leave behind: it is older than the log's end."""
    path = folder / "live.db"
    with closing(Database.open(path)) as live:
        append_each(live, 7)
        database, _ = files_of(path)
        append_each(live, 8)
        _, log = files_of(path)
    last = 32 + FRAME * (len(log) // FRAME - 1)
    torn = [log[:size] for size in sampled(range(last + 1, len(log)), 7)]
    torn += [flipped(log, bit) for bit in sampled([*bits(last + 8, last + 16), *bits(last, len(log))], 8)]
    for each in torn:
        caplog.clear()
        assert opened(folder / "store.db", (database, each)) == rows(1, 7)
        assert [record.message for record in caplog.records] == [
            f"{folder / 'store.db'}: its log ends in a write that was not finished; it was taken back"
        ]
    caplog.clear()
    assert opened(folder / "store.db", (database, log)) == rows(1, 8)
    assert caplog.records == []


def moments(path: Path, upto: Sequence[int]) -> dict[str, tuple[Files, list[Row]]]:
    """The files of a database at moments of two runs, and how many rows had been answered at each."""
    found = {}
    for run in (1, 2):
        database = Database.open(path)
        for last in upto:
            append_each(database, database.last + last, 300)
            found[f"{path.stem} {run} {last}"] = files_of(path), list(database.entries())
            for _ in database.write_snapshot(Snapshot(database.last, b"snapshot" * 2_000)):
                pass
        if run == 1:
            database.close()
            found[f"{path.stem} {run} stopped"] = files_of(path), found[f"{path.stem} {run} {last}"][1]
        else:
            leave(database._connection)
            database._control.close()
            database._lock.release()
    return found


def test_no_two_files_are_mixed_that_do_not_belong_together(folder: Path) -> None:
    """Two databases, and a copy of one that lives on by itself, each at several moments: any file beside any log."""
    one, other, copy = (folder / name / f"{name}.db" for name in ("one", "other", "copy"))
    for each in (one, other, copy):
        each.parent.mkdir()
    found = moments(one, [3, 260, 5]) | moments(other, [3, 5])
    put(copy, found["one 1 stopped"][0])
    found |= moments(copy, [2, 4])
    for name, ((database, _), answered) in found.items():
        for of_log, ((_, log), later) in found.items():
            rows_found = opened(folder / "store.db", (database, log))
            if name == of_log:
                assert rows_found == answered
            elif rows_found is not None:
                assert rows_found[: len(answered)] == answered, (name, of_log)
                assert rows_found in (answered, later), (name, of_log)


def test_a_log_of_another_database_is_called_that(folder: Path) -> None:
    one, other = folder / "one.db", folder / "other.db"
    with closing(Database.open(one)) as first, closing(Database.open(other)) as second:
        append_each(first, 3)
        append_each(second, 3)
        mixed = files_of(one)[0], files_of(other)[1]
    put(one, mixed)
    with pytest.raises(JournalDamaged, match=r"one\.db-wal is the log of another database, or of another run"):
        Database.open(one)


def test_a_log_beside_a_database_that_was_stopped_is_refused(folder: Path) -> None:
    path = folder / "store.db"
    with closing(Database.open(path)) as database:
        append_each(database, 3)
        _, log = files_of(path)
    with closing(Database.open(path)) as database:
        append_each(database, 4)
    stopped, _ = files_of(path)
    put(path, (stopped, log))
    with pytest.raises(JournalDamaged, match=r"store\.db-wal is the log of another database, or of another run"):
        Database.open(path)


def test_a_rollback_journal_is_refused_since_no_database_of_ours_has_one(folder: Path) -> None:
    path = folder / "store.db"
    with closing(Database.open(path)) as database:
        append_each(database, 3)
    path.with_name("store.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600))
    with pytest.raises(JournalDamaged, match=r"store\.db-journal is there"):
        Database.open(path)


class Watched:
    """A connection that keeps what stands on disk after each statement, as a kill there would leave it."""

    def __init__(self, connection: sqlite3.Connection, see: Callable[[], None]) -> None:
        self._connection = connection
        self._see = see

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *given: Any) -> sqlite3.Cursor:
        found = self._connection.execute(*given)
        self._see()
        return found

    def close(self) -> None:
        self._connection.close()
        self._see()


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_kill_at_any_step_of_a_start_and_a_stop_leaves_a_whole_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    path, seen = folder / "store.db", set[Files]()
    with closing(Database.open(path)) as database:
        append_each(database, 5)
        files = files_of(path)
    if is_killed:
        put(path, files)
    with monkeypatch.context() as patched:
        write: Callable[..., None] = ControlFile.write

        def see() -> None:
            seen.add(files_of(path))

        def watched_write(*given: Any, **named: Any) -> None:
            see()
            write(*given, **named)
            see()

        patched.setattr(ControlFile, "write", watched_write)
        patched.setattr(databases, "connect", lambda path: Watched(connect(path), see))
        Database.open(path).close()
    assert len(seen) >= 6
    for files in seen:
        assert opened(folder / "left.db", files) == rows(1, 5)


def rewritten(path: Path, statement: str, *given: Any) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, given)


def test_rows_of_another_database_are_called_that(folder: Path) -> None:
    path = folder / "store.db"
    with closing(Database.open(path)) as database:
        append_each(database, 3)
        for _ in database.write_snapshot(Snapshot(3, b"a snapshot")):
            pass
    whole, origin = files_of(path), bytes(16)
    other = checksum(2, origin, "mem_store_0", rows(2, 2)[0].payload)
    rewritten(path, "UPDATE entries SET origin = ?, checksum = ? WHERE sequence = 2", origin, other)
    with pytest.raises(JournalDamaged, match="entry 2 belongs to another database"):
        Database.open(path)
    put(path, whole)
    other = checksum(3, 0, origin, b"a snapshot")
    rewritten(path, "UPDATE snapshots SET origin = ?, checksum = ?", origin, other)
    with pytest.raises(JournalDamaged, match="the snapshot after entry 3 belongs to another database"):
        Database.open(path)
    put(path, whole)
    rewritten(path, "UPDATE meta SET value = '9 1', checksum = ? WHERE name = 'snapshot'", checksum("snapshot", "9 1"))
    later = checksum(9, 0, origin_in(path), b"a snapshot")
    rewritten(path, "UPDATE snapshots SET sequence = 9, checksum = ?", later)
    with pytest.raises(JournalDamaged, match="entry 4 is missing"):
        Database.open(path)
    for change in ("SET value = 'x' WHERE name = 'versions'", "SET name = 'versioms' WHERE name = 'versions'"):
        put(path, whole)
        rewritten(path, f"UPDATE meta {change}")
        before = files_of(path)
        with pytest.raises(JournalDamaged, match="not what was written"):
            Database.open(path)
        assert files_of(path) == before


def origin_in(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        (origin,) = connection.execute("SELECT origin FROM snapshots").fetchone()
    return bytes(origin)


def test_the_control_record_stands_in_a_row_that_nothing_changes(folder: Path) -> None:
    path = folder / "store.db"
    with closing(Database.open(path)) as database:
        append_each(database, 300, 700)
        (page,) = database._connection.execute("SELECT page FROM control").fetchone()
        control = database._control.control
        assert (control.needs_log, control.acknowledged) == (True, 300)
    with closing(Database.open(path)) as database:
        (page,) = database._connection.execute("SELECT page FROM control").fetchone()
        assert database._control.control.database in page
        assert database._control.control.database == control.database
        assert database._control.control.run != control.run


def test_a_database_that_was_vacuumed_is_read_alike(folder: Path) -> None:
    path = folder / "store.db"
    with closing(Database.open(path)) as database:
        append_each(database, 30)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    with closing(Database.open(path)) as database:
        assert list(database.entries()) == rows(1, 30)
