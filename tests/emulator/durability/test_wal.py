"""SQLite's log: a torn end is taken back, damage before the end is refused."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from resolver.emulator.database import Database, Row
from resolver.emulator.database_file import JournalDamaged
from resolver.emulator.recovery import read_log

COMMITS = 12
FRAME = 24 + 4096


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Return a database as a kill leaves it: its last commits are in the log only."""
    live, left = tmp_path / "live.db", tmp_path / "left.db"
    with closing(Database.open(live)) as database:
        for number in range(1, COMMITS + 1):
            database.append([Row(number, "s", b"entry")])
        for suffix in ("", "-wal"):
            shutil.copy(f"{live}{suffix}", f"{left}{suffix}")
    return left


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def damaged_frame(log: Path) -> int | None:
    return read_log(log, b"").damaged


def recovered(path: Path) -> int:
    with closing(Database.open(path)) as database:
        return database.last


def test_what_is_only_in_the_log_is_found(killed: Path) -> None:
    assert damaged_frame(log_of(killed)) is None
    assert recovered(killed) == COMMITS


@pytest.mark.parametrize(
    "place", [32 + 30, 32 + 24 + 2000, 32 + FRAME * 5 + 17, 32 + FRAME * 7 + 9, 32 + FRAME * 3 + 5]
)
def test_damage_with_acknowledged_commits_behind_it_is_refused(killed: Path, place: int) -> None:
    log = log_of(killed)
    data = bytearray(log.read_bytes())
    data[place] ^= 1
    log.write_bytes(data)
    assert damaged_frame(log) is not None
    with pytest.raises(JournalDamaged, match=r"frame \d+ of left\.db-wal is not what was written"):
        Database.open(killed)
    assert log.read_bytes() == data


@pytest.mark.parametrize("place", range(32))
def test_a_damaged_header_of_the_log_is_refused(killed: Path, place: int) -> None:
    log = log_of(killed)
    data = bytearray(log.read_bytes())
    data[place] ^= 1
    log.write_bytes(data)
    assert damaged_frame(log) == 0


@pytest.mark.parametrize("content", [b"", b"\x37\x7f"])
def test_a_log_without_frames_holds_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").write_bytes(content)
    assert damaged_frame(tmp_path / "log") is None


def test_what_an_older_round_left_behind_is_no_damage(tmp_path: Path) -> None:
    live, left = tmp_path / "live.db", tmp_path / "left.db"
    with closing(Database.open(live)) as database:
        for number in range(1, 600):
            database.append([Row(number, "s", b"x" * 3000)])
        for suffix in ("", "-wal"):
            shutil.copy(f"{live}{suffix}", f"{left}{suffix}")
    assert recovered(left) == 599
