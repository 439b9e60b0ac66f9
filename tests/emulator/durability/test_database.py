"""The database file: what is on disk, what is refused, and what a failed write leaves behind."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from resolver.emulator import database as databases
from resolver.emulator.database import Database, Row, Snapshot
from resolver.emulator.database_file import JournalDamaged, JournalInUse, JournalRefused
from resolver.emulator.entries import CommitFailed
from resolver.errors import OtherVersions

STORE = "mem_store_0"


def rows(first: int, last: int, size: int = 10) -> list[Row]:
    return [Row(number, STORE, f"{number:{size}}".encode()) for number in range(first, last + 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "store of mine.db"


@pytest.fixture(autouse=True)
def _folder(path: Path) -> None:
    path.parent.mkdir()


def filled(path: Path, last: int = 5) -> None:
    with closing(Database.open(path)) as database:
        database.append(rows(1, last))


def test_the_live_connection_writes_ahead_and_syncs_every_commit(path: Path) -> None:
    with closing(Database.open(path)) as database:
        ask = database._connection.execute
        assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ask("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
        assert ask("PRAGMA locking_mode").fetchone() == ("exclusive",)


def test_a_file_says_what_it_is_from_its_first_byte_on(path: Path) -> None:
    with closing(Database.open(path)):
        header = path.read_bytes()[:100]
    assert (header[68:72], header[60:64]) == (b"IDRV", (2).to_bytes(4, "big"))


def test_rows_are_found_again_in_order(path: Path) -> None:
    filled(path, 1_000)
    with closing(Database.open(path)) as database:
        assert database.last == 1_000
        assert list(database.entries(after=990)) == rows(991, 1_000)
        database.append([])
        database.append(rows(1_001, 1_001))
    with closing(Database.open(path)) as database:
        assert list(database.entries()) == rows(1, 1_001)


def test_a_row_out_of_order_is_not_taken(path: Path) -> None:
    with closing(Database.open(path)) as database, pytest.raises(AssertionError):
        database.append(rows(2, 2))


@pytest.mark.parametrize("size", [0, 1, databases._PART, 3 * databases._PART + 1])
def test_the_newest_whole_snapshot_is_given_back(path: Path, size: int) -> None:
    filled(path)
    with closing(Database.open(path)) as database:
        assert database.snapshot() is None
        for sequence in (2, 4):
            for _ in database.write_snapshot(Snapshot(sequence, bytes([sequence]) * size)):
                pass
        steps = database.write_snapshot(Snapshot(5, b"x" * size))
        with suppress(StopIteration):
            next(steps)
        steps.close()
        assert database.snapshot() == (Snapshot(4, b"\4" * size) if size else Snapshot(5, b""))
        for _ in database.write_snapshot(Snapshot(5, b"whole")):
            pass
    with closing(Database.open(path)) as database:
        assert database.snapshot() == Snapshot(5, b"whole")
        assert database._connection.execute("SELECT DISTINCT sequence FROM snapshots").fetchall() == [(5,)]


def edited(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def flipped(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def with_snapshot(path: Path) -> None:
    with closing(Database.open(path)) as database:
        for _ in database.write_snapshot(Snapshot(5, b"all of it")):
            pass


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "changed payload": (lambda p: edited(p, "UPDATE entries SET payload = x'00' WHERE sequence = 3"), "entry 3 is not"),
    "changed store": (lambda p: edited(p, "UPDATE entries SET store = 'y' WHERE sequence = 1"), "entry 1 is not what"),
    "missing entry": (lambda p: edited(p, "DELETE FROM entries WHERE sequence = 2"), "entry 2 is missing"),
    "missing start": (lambda p: edited(p, "DELETE FROM entries WHERE sequence = 1"), "entry 1 is missing"),
    "missing tail": (lambda p: edited(p, "DELETE FROM entries WHERE sequence > 3"), "entry 4 is missing"),
    "changed snapshot": (lambda p: edited(p, "UPDATE snapshots SET payload = x'00'"), "the snapshot after entry 5"),
    "missing snapshot": (lambda p: edited(p, "DELETE FROM snapshots"), "the snapshot after entry 5"),
    "missing table": (lambda p: edited(p, "DROP TABLE entries"), "no such table"),
    "one bit": (lambda p: flipped(p, p.read_bytes().index(b"         4")), "entry 4 is not what was written"),
    "cut off": (lambda p: cut(p, 4096), "damaged"),
    "cut in a page": (lambda p: cut(p, 5000), "damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_not_repaired(path: Path, damage: str) -> None:
    filled(path)
    with_snapshot(path)
    harm, message = DAMAGES[damage]
    harm(path)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(JournalRefused, match=message) as refusal:
            Database.open(path)
        assert str(refusal.value).startswith(f"{path}: ")
        assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before


def test_every_flipped_bit_that_changes_what_is_read_is_refused(path: Path) -> None:
    filled(path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 397):
        flipped(path, place)
        try:
            with closing(Database.open(path)) as database:
                assert list(database.entries()) == rows(1, 5), place
        except JournalRefused:
            pass
        path.write_bytes(whole)


def test_a_foreign_file_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (value)")
    for content in (path.read_bytes(), b"a letter to my aunt", b"\0"):
        path.write_bytes(content)
        with pytest.raises(JournalRefused, match="no database of the emulator"):
            Database.open(path)
        assert path.read_bytes() == content


@pytest.mark.parametrize("version", [1, 3])
def test_another_format_is_refused_and_left_as_it_is(path: Path, version: int) -> None:
    filled(path)
    edited(path, f"PRAGMA user_version={version}")
    before = path.read_bytes()
    with pytest.raises(JournalRefused, match=f"format {version}, and this version reads format 2"):
        Database.open(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    path.with_name(path.name + ".new").write_bytes(b"left by a kill")
    filled(path)
    with closing(Database.open(path)) as database:
        assert database.last == 5


def test_a_log_without_its_database_is_refused(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"acknowledged")
    with pytest.raises(JournalDamaged, match="the database that it belongs to is not"):
        Database.open(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [("no folder/x.db", "folder .* does not exist"), (".", "this is a folder"), ("file/x.db", "does not exist")],
)
def test_a_place_where_no_file_can_be_is_named(path: Path, name: str, message: str) -> None:
    (path.parent / "file").touch()
    with pytest.raises(JournalRefused, match=message):
        Database.open(path.parent / name)


def test_a_second_owner_is_told_who_the_first_is(path: Path) -> None:
    link = path.with_name("link")
    with closing(Database.open(path)) as database:
        link.symlink_to(path)
        for name in (path, link):
            with pytest.raises(JournalInUse, match=rf": process {_pid()} has it open"):
                Database.open(name)
        database.append(rows(1, 1))
    with closing(Database.open(link)) as database:
        assert database.last == 1
    database.close()


def _pid() -> int:
    import os

    return os.getpid()


def test_an_owner_that_cannot_be_named_is_an_owner_still(path: Path) -> None:
    with closing(Database.open(path)):
        path.with_name(path.name + ".lock").write_bytes(b"?")
        with pytest.raises(JournalInUse, match="another process has it open"):
            Database.open(path)


def test_another_process_is_told_too(path: Path) -> None:
    program = "import sys; from pathlib import Path; from resolver.emulator.database import Database\n"
    program += "try: Database.open(Path(sys.argv[1]))\nexcept Exception as error: print(type(error).__name__, error)"
    with closing(Database.open(path)):
        told = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"JournalInUse {path}: process {_pid()} has it open")


def test_a_file_that_another_program_reads_is_refused(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM entries").fetchone()
        with pytest.raises(JournalInUse, match="another program has it open"):
            Database.open(path)
    filled_again = Database.open(path)
    filled_again.close()


def test_a_full_disk_fails_the_write_and_later_ones_succeed(path: Path) -> None:
    with closing(Database.open(path)) as database:
        database.append(rows(1, 5))
        pages = database._connection.execute("PRAGMA page_count").fetchone()[0]
        database._connection.execute(f"PRAGMA max_page_count={pages}")
        for count in (300, 150):
            with pytest.raises(CommitFailed, match="could not be written: database or disk is full"):
                database.append(rows(6, 5 + count, size=500))
        with pytest.raises(CommitFailed):
            list(database.write_snapshot(Snapshot(5, b"x" * 3_000_000)))
        assert database.last == 5
        assert list(database.entries()) == rows(1, 5)
        database._connection.execute("PRAGMA max_page_count=1000000")
        database.append(rows(6, 305, size=500))
    with closing(Database.open(path)) as database:
        assert list(database.entries(after=5)) == rows(6, 305, size=500)
        assert database.snapshot() is None


class FailingDisk:
    """A connection whose next statement ends as on a disk that cannot sync."""

    in_transaction = False

    def execute(self, *_: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise error

    def close(self) -> None:
        """Have nothing to close."""


def test_after_a_disk_that_failed_nothing_more_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Database.open(path)) as database:
        with monkeypatch.context() as patched:
            patched.setattr(database, "_connection", FailingDisk())
            with pytest.raises(CommitFailed, match="disk I/O error"):
                database.append(rows(1, 1))
        with pytest.raises(CommitFailed, match="because the disk failed: disk I/O error"):
            database.append(rows(1, 1))
    filled(path)


def test_other_library_versions_are_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    monkeypatch.setattr(databases, "versions", lambda: {"phonenumbers": "1.2.3"})
    with pytest.warns(OtherVersions, match=r"now phonenumbers 1\.2\.3"):
        Database.open(path).close()
    Database.open(path).close()
