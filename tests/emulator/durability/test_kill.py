"""``kill -9`` at random moments, under load: what was acknowledged is there, once, in order."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from resolver.emulator.database import Database
from resolver.emulator.entries import decode_entry
from resolver.facts import ProfileCreated
from resolver.testing import STORE_ID
from tests.emulator.durability.writer import Writer, store_at

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forked")

KILLS = int(os.environ.get("RESOLVER_KILLS", "56"))
"""How often the server is stopped, one time in ten by SIGTERM and else by SIGKILL; more with ``RESOLVER_KILLS=500``."""

WRITERS = 4


class Nursery:
    """A process that forks servers, one at a time."""

    def __init__(self) -> None:
        self.running = 0
        command = [sys.executable, "-m", "tests.emulator.durability.nursery"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def start(self, *arguments: str) -> int:
        """Fork a command; return its process id at once."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        self.running = int(self.until(r"pid (\d+)"))
        return self.running

    def until(self, pattern: str) -> str:
        """Read lines until one fits; return its first group."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found[1]
            assert not line.startswith("ended "), f"the server {line.strip()}, and no line like {pattern} came before"
        raise AssertionError(f"no line like {pattern}")

    def kill(self, pid: int, number: int = signal.SIGKILL) -> int:
        """Send a signal to the server; return its exit code when it has ended."""
        os.kill(pid, number)
        status = int(self.until(r"ended (-?\d+)"))
        self.running = 0
        return status


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    if nursery.running:
        nursery.kill(nursery.running)
    nursery.process.communicate()


@pytest.mark.slow
def test_every_acknowledged_command_survives_every_kill(nursery: Nursery, tmp_path: Path) -> None:
    path = tmp_path / "a store.db"
    dice = random.Random(20260101)
    writers = [Writer(name, random.Random(place), STORE_ID) for place, name in enumerate("abcd"[:WRITERS])]
    for kill in range(KILLS + 1):
        if dice.random() < 0.1:  # while it starts
            pid = nursery.start("serve", "--port", "0", "--db", str(path))
            time.sleep(dice.uniform(0, 0.15))
            nursery.kill(pid)
        pid = nursery.start("serve", "--port", "0", "--db", str(path))
        url = nursery.until(r"(http://\S+\d)")
        with store_at(url, STORE_ID) as http:
            for writer in writers:
                writer.compare(http)
            listed = http.get("/Profiles", params={"pageSize": 1000}).json()["profiles"]
            assert sorted(listed) == sorted(profile for writer in writers for profile in writer.model.held)
        if kill == KILLS:
            assert nursery.kill(pid, signal.SIGTERM) == 143
            break
        threads = [threading.Thread(target=writer.run, args=[url]) for writer in writers]
        for thread in threads:
            thread.start()
        time.sleep(dice.uniform(0.01, 0.15))
        nursery.kill(pid, signal.SIGTERM if kill % 10 == 9 else signal.SIGKILL)
        for thread in threads:
            thread.join()
    check_journal(path, writers)
    assert sum(writer.acknowledged for writer in writers) > 10 * KILLS, (
        sum(w.acknowledged for w in writers),
        "there was load",
    )


def check_journal(path: Path, writers: list[Writer]) -> None:
    """What is on disk was done once: each id was drawn once, and no entry is missing or there twice."""
    with closing(Database.open(path)) as database:
        entries = [decode_entry(row.payload) for row in database.entries()]
        assert database.snapshot() is not None
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    created = Counter(fact.profile_id for entry in entries for fact in entry.facts if isinstance(fact, ProfileCreated))
    assert created == Counter(profile for writer in writers for profile in writer.ids)
    times = [entry.at for entry in entries]
    assert times == sorted(times)
