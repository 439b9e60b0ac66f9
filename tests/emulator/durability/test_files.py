"""What ``--db`` may name, whose the files are, and what happens when they are touched while a server runs."""

import asyncio
import errno
import os
import shutil
import socket
import stat
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from resolver.emulator import create_app, database_file, recovery
from resolver.emulator.database import Database, Row
from resolver.emulator.database_file import JournalRefused
from resolver.emulator.entries import CommitFailed
from resolver.emulator.journal import SqliteJournal
from resolver.emulator.recovery import ControlFile
from resolver.testing import STORE_ID
from tests.emulator.client import person

PROFILES = f"/v1/Stores/{STORE_ID}/Profiles"

needs_posix = pytest.mark.skipif(os.name != "posix", reason="files of POSIX")


def rows(first: int, last: int) -> list[Row]:
    return [Row(number, "mem_store_0", b"an entry") for number in range(first, last + 1)]


def listing(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening, pytest.MonkeyPatch.context() as patched:
        patched.chdir(path.parent)  # the name of a socket may not be long
        listening.bind(path.name)


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices cannot be made here")


@needs_posix
@pytest.mark.parametrize(("make", "kind"), [(pipe, "a pipe"), (a_socket, "a socket"), (device, "a device")])
@pytest.mark.parametrize("is_link", [False, True])
def test_what_is_no_regular_file_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], kind: str, is_link: bool
) -> None:
    path = real = tmp_path / "there"
    make(path)
    if is_link:
        path = tmp_path / "link"
        path.symlink_to(real)
    before, names = real.lstat(), listing(tmp_path)
    with pytest.raises(JournalRefused, match=f": this is {kind}; expected .*, or a free name; it was left as it is"):
        SqliteJournal.open(path)
    assert (real.lstat().st_ino, real.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert listing(tmp_path) == names


@pytest.mark.parametrize("name", [":memory:", "file:store.db", "file::memory:?cache=shared", "file:///tmp/x.db"])
def test_a_name_that_sqlite_would_read_as_something_else_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(JournalRefused, match=r"this is no name of a file; expected one such as store\.db"):
        SqliteJournal.open(name)
    assert listing(tmp_path) == []


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(JournalRefused, match="it cannot be opened: ") as refusal:
        SqliteJournal.open(tmp_path / name)
    assert "\n" not in str(refusal.value)
    assert listing(tmp_path) == []


def test_a_foreign_file_gets_no_lock_file_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear aunt")
    with pytest.raises(JournalRefused, match="no database of the emulator"):
        SqliteJournal.open(path)
    assert listing(tmp_path) == ["letter.txt"]


def test_a_file_that_is_mounted_by_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts, path = tmp_path / "mountinfo", tmp_path / "a store.db"
    name = os.fsencode(path.resolve()).replace(b" ", rb"\040")
    mounts.write_bytes(b"22 1 8:1 / / rw - ext4 /dev/x rw\n30 22 8:1 /y " + name + b" rw - ext4 /dev/x rw\n")
    monkeypatch.setattr(database_file, "_MOUNTS", mounts)
    path.touch()
    with pytest.raises(JournalRefused, match=r"this file is mounted by itself, .* mount the folder that it is in"):
        SqliteJournal.open(path)
    assert listing(tmp_path) == ["a store.db", "mountinfo"]
    Database.open(tmp_path / "another.db").close()
    monkeypatch.setattr(database_file, "_MOUNTS", tmp_path / "a system without it")
    Database.open(path).close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@needs_posix
def test_new_files_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(Database.open(path)) as database:
        database.append(rows(1, 1))
        assert {name: mode(tmp_path / name) for name in listing(tmp_path)} == {
            "store.db": 0o600, "store.db-wal": 0o600, "store.db.lock": 0o600,
        }  # fmt: skip


@needs_posix
@pytest.mark.parametrize("given", [0o600, 0o640, 0o666])
@pytest.mark.parametrize("is_empty", [False, True])
def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path, given: int, is_empty: bool) -> None:
    path = tmp_path / "store.db"
    if is_empty:
        path.touch()
    else:
        Database.open(path).close()
    path.chmod(given)
    with closing(Database.open(path)) as database:
        database.append(rows(1, 1))
        assert (mode(path), mode(tmp_path / "store.db-wal")) == (given, given)
    assert mode(path) == given


@needs_posix
def test_an_empty_file_keeps_its_owner(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give files away")
    path = tmp_path / "store.db"
    path.touch()
    os.chown(path, 1234, 1234)
    Database.open(path).close()
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1234)


# While a server runs


def deleted(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    other = path.with_name("another.db")
    with closing(Database.open(other)) as database:
        database.append(rows(1, 5))
    other.replace(path)


def written_over(path: Path) -> None:
    other = path.with_name("another.db")
    with closing(Database.open(other)) as database:
        database.append(rows(1, 5))
    shutil.copyfile(other, path)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def without_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def with_another_log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    shutil.copyfile(log, path.with_name("copy"))
    path.with_name("copy").replace(log)


HARMS: dict[Callable[[Path], None], str] = {
    deleted: "the file was deleted or moved away while it was in use",
    replaced: "the file was replaced by another while it was in use",
    written_over: "the file was written over while it was in use",
    emptied: "the file was written over while it was in use",
    without_log: r"store\.db-wal was deleted or replaced while it was in use",
    with_another_log: r"store\.db-wal was deleted or replaced while it was in use",
}


@needs_posix
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("pause", [0, 0.3])
def test_the_next_commit_fails_when_a_file_was_touched_and_what_is_there_now_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None], is_listed: bool, pause: float
) -> None:
    if not is_listed:
        monkeypatch.setattr(recovery, "_OPEN_FILES", str(tmp_path / "a system without it"))
    if pause:
        monkeypatch.setattr(recovery, "_COARSEST_TICK", 0.1)
    path = tmp_path / "store.db"
    database = Database.open(path)
    for row in rows(1, 3):
        database.append([row])
        time.sleep(pause)
    assert database._folder.is_quiet() is (pause > 0)
    harm(path)
    before = path.read_bytes() if path.exists() and harm not in (without_log, with_another_log) else None
    for _ in range(2):
        with pytest.raises(CommitFailed, match=HARMS[harm]) as failure:
            database.append(rows(4, 4))
        assert "\n" not in str(failure.value)
    with pytest.raises(CommitFailed):
        list(database.write_snapshot(("sequence", b"of nothing")))  # type: ignore[arg-type]
    assert database.last == 3
    database.close()
    if before is not None:
        assert path.read_bytes() == before


@needs_posix
def test_a_file_whose_folder_was_moved_away_takes_no_writes(tmp_path: Path) -> None:
    folder, inner = tmp_path / "folder", tmp_path / "folder" / "inner"
    inner.mkdir(parents=True)
    with closing(Database.open(inner / "store.db")) as database:
        folder.rename(tmp_path / "moved")
        folder.touch()
        with pytest.raises(CommitFailed, match="the file was deleted or moved away"):
            database.append(rows(1, 1))
        folder.unlink()
        (tmp_path / "moved").rename(folder)
        database.append(rows(1, 1))


def test_a_control_record_that_cannot_be_written_fails_the_write_and_all_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with closing(Database.open(path)) as database:
        database.append(rows(1, 1))
        with monkeypatch.context() as patched:
            patched.setattr(ControlFile, "write", fail)
            with pytest.raises(CommitFailed, match="Input/output error"):
                database.append(rows(2, 2))
        assert (database.last, list(database.entries())) == (1, rows(1, 1))
        with pytest.raises(CommitFailed, match="because the disk failed"):
            database.append(rows(2, 2))


@needs_posix
@pytest.mark.parametrize("harm", [without_log, with_another_log])
def test_what_was_answered_is_kept_at_a_graceful_stop_even_without_the_log(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    path = tmp_path / "store.db"
    with closing(Database.open(path)) as database:
        database.append(rows(1, 3))
        harm(path)
    with closing(Database.open(path)) as database:
        assert list(database.entries()) == rows(1, 3)


@needs_posix
def test_writes_are_taken_again_when_the_file_is_back(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "store.db", tmp_path / "elsewhere"
    with closing(Database.open(path)) as database:
        database.append(rows(1, 3))
        path.rename(elsewhere)
        with pytest.raises(CommitFailed):
            database.append(rows(4, 4))
        elsewhere.rename(path)
        database.append(rows(4, 4))
    with closing(Database.open(path)) as database:
        assert list(database.entries()) == rows(1, 4)


def with_server(path: Path, use: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    async def run() -> None:
        journal = SqliteJournal.open(path)
        transport = httpx.ASGITransport(create_app(journal=journal, ids="sequential"))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", auth=("a", "b")) as http:
            await use(http)
        await journal.close()

    asyncio.run(run())


@needs_posix
@pytest.mark.parametrize("harm", [deleted, replaced, without_log])
def test_a_server_answers_503_with_one_line_and_goes_on_reading(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None]
) -> None:
    async def use(http: httpx.AsyncClient) -> None:
        assert (await http.post(PROFILES, json=person(0))).status_code == 202
        harm(tmp_path / "store.db")
        answer = await http.post(PROFILES, json=person(1))
        assert (answer.status_code, answer.json()["code"]) == (503, 20503)
        assert len((await http.get(PROFILES)).json()["profiles"]) == 1
        assert (await http.get("/healthz")).status_code == 200

    with_server(tmp_path / "store.db", use)
    (line,) = [record.getMessage() for record in caplog.records]
    assert "a write could not be kept" in line
    assert "while it was in use" in line
    assert "\n" not in line


@needs_posix
@pytest.mark.parametrize("harm", [written_over, emptied])
def test_a_server_whose_file_was_written_over_says_so_without_a_traceback_and_leaves_it_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None]
) -> None:
    path = tmp_path / "store.db"

    async def run() -> None:
        journal = SqliteJournal.open(path)
        transport = httpx.ASGITransport(create_app(journal=journal, ids="sequential"))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", auth=("a", "b")) as http:
            assert (await http.post(PROFILES, json=person(0))).status_code == 202
            harm(path)
            journal._database._connection.execute("PRAGMA shrink_memory").fetchall()
            assert [(await http.post(PROFILES, json=person(number))).status_code for number in range(3)] == [503] * 3
        left = path.read_bytes()
        await journal.close()
        assert path.read_bytes() == left

    asyncio.run(run())
    assert caplog.records
    assert all(not record.exc_info and "\n" not in record.getMessage() for record in caplog.records)
    with pytest.raises(JournalRefused, match=r"store\.db-wal is"):
        Database.open(path)
    (tmp_path / "store.db-wal").unlink()
    with closing(Database.open(path)) as database:
        assert list(database.entries()) == (rows(1, 5) if harm is written_over else [])
