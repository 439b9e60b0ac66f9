"""A stop: quick and quiet, whatever clients do; what was accepted is answered and kept."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from resolver.emulator.asgi import Shell
from resolver.emulator.entries import Entry
from resolver.emulator.http_messages import Bounds
from resolver.emulator.server import running_emulator
from tests.emulator.client import ALICE, PROFILES
from tests.emulator.serving import connected, everything
from tests.emulator.test_service import Memory

SERVE = [sys.executable, "-m", "resolver", "serve", "--port", "0", "--quiet"]
BODY = b'{"traits": {"Contact": {"chat": "c"}}}'
HEAD = (
    f"POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\nContent-Length: {len(BODY)}\r\n"
).encode()
CONTINUED = HEAD + b"Expect: 100-continue\r\n\r\n"
"""A head whose sender is told when its body is waited for."""


@pytest.mark.parametrize("options", [[], ["--db", "store.db"]])
def test_a_client_that_hangs_in_a_body_is_answered_503_and_the_stop_prints_nothing(
    options: list[str], tmp_path: Any
) -> None:
    with subprocess.Popen(
        [*SERVE, *options], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        with connected(process.stdout.readline().strip()) as hanging:
            hanging.sendall(CONTINUED)
            assert hanging.recv(100).startswith(b"HTTP/1.1 100 ")
            hanging.sendall(BODY[:5])
            process.send_signal(signal.SIGINT)
            answer = everything(hanging)
        _, log = process.communicate(timeout=60)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"the emulator is stopping" in answer
    assert (process.returncode, log) == (130, "")


def test_a_body_that_comes_in_time_is_taken_while_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = threading.Event()
    end = Shell.end

    def told(shell: Shell, _: float) -> None:
        end(shell, 60)
        ends.set()

    monkeypatch.setattr(Shell, "end", told)
    monkeypatch.setattr("resolver.emulator.server._STOP_SECONDS", 60.0)
    answers: list[bytes] = []

    def late(connection: socket.socket) -> None:
        ends.wait(60)
        with connection:
            connection.sendall(BODY)
            answers.append(everything(connection))

    with running_emulator() as url:
        slow = connected(url)
        slow.sendall(CONTINUED)
        assert slow.recv(100).startswith(b"HTTP/1.1 100 ")
        client = threading.Thread(target=late, args=(slow,))
        client.start()
    client.join()
    assert answers[0].startswith(b"HTTP/1.1 202 ")


def test_an_accepted_write_is_answered_however_long_it_takes_to_keep() -> None:
    asked = threading.Event()

    class Slow(Memory):
        async def commit(self, entries: Sequence[Entry]) -> None:
            if self.kept:
                asked.set()
                await asyncio.sleep(1.5)  # longer than the server waits for bodies
            await super().commit(entries)

    journal = Slow()
    with running_emulator(journal=journal) as url:
        connection = connected(url)
        connection.sendall(HEAD + b"\r\n" + BODY)
        asked.wait(60)
    with connection:
        assert everything(connection).startswith(b"HTTP/1.1 202 ")
    assert len(journal.kept) == 2
    assert journal.dumped is not None
    assert journal.dumped[1] == 2


def test_a_client_that_does_not_read_its_answer_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    long = {"traits": {"Contact": {"chat": "c", "about": 12_000_000 * "x"}}}
    bounds = Bounds(body=16_000_000)
    with running_emulator(bounds=bounds) as url, httpx.Client(base_url=url, auth=ALICE) as client:
        path = f"{PROFILES}/{client.post(PROFILES, json=long).json()['id']}"
        deaf = connected(url)
        deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n\r\n".encode())
        assert deaf.recv(100).startswith(b"HTTP/1.1 200 ")
    with deaf:
        assert len(everything(deaf)) < 12_000_000
    assert caplog.messages == []
