"""``resolver serve --db``: what it refuses, in one line, and what it keeps."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from resolver.emulator.database import Database, Row
from resolver.testing import STORE_ID

SERVE = [sys.executable, "-m", "resolver", "serve", "--port", "0", "--db"]


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with subprocess.Popen([*SERVE, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+\d", process.stdout.readline())
            assert found is not None
            yield found[0], process
        finally:
            process.send_signal(signal.SIGTERM)


def refusal(path: Path) -> str:
    done = subprocess.run([*SERVE, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_a_graceful_stop_keeps_everything_in_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "my store.db"
    for expected in ([], ["ada@example.com"]):
        with serving(path) as (url, process):
            profiles = f"{url}/v1/Stores/{STORE_ID}/Profiles"
            found = httpx.post(
                f"{profiles}/Lookup", auth=("a", "b"), json={"idType": "email", "value": "ada@example.com"}
            )
            assert len(found.json()["profiles"]) == len(expected)
            httpx.post(profiles, auth=("a", "b"), json={"traits": {"Contact": {"email": "ada@example.com"}}})
        assert process.returncode == 143
        database = Database.open(path)
        snapshot = database.snapshot()
        assert snapshot is not None
        assert snapshot.sequence == database.last
        database.close()
        assert not path.with_name(path.name + "-wal").exists()


def test_a_second_server_is_told_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with serving(path) as (_, process):
        assert refusal(path) == (
            f"resolver: {path}: process {process.pid} has it open; stop that one first, or use another file"
        )


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.write_bytes(b"a letter"), "this is no database of the emulator; it was left as it is"),
        (lambda path: os.truncate(path, 4096), "the database is damaged: "),
        (lambda path: path.rename(path.with_name("other")) and path.mkdir(), "this is a folder"),
    ],
)
def test_a_file_that_cannot_be_served_is_one_line(tmp_path: Path, harm: object, message: str) -> None:
    path = tmp_path / "store.db"
    database = Database.open(path)
    database.append([Row(1, "s", b"{}")])
    database.close()
    assert callable(harm)
    harm(path)
    assert refusal(path).startswith(f"resolver: {path}: {message}")


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none" / "store.db"
    assert refusal(path) == f"resolver: {path}: the folder {path.parent} does not exist; make it first"
