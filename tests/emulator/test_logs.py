"""The log: a line that cannot be written costs no request; what the server says has the form of the log."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.emulator.monitoring import LineWriter, LogSink
from tests.emulator.client import ALICE, PROFILES, Client

SERVE = [sys.executable, "-m", "resolver", "serve", "--port", "0"]
ADA = {"traits": {"Contact": {"email": "ada@example.com"}}}
DROPPED = "resolver_log_lines_dropped_total"


def dropped(metrics: str) -> int:
    return int(next(line for line in metrics.splitlines() if line.startswith(DROPPED)).split()[1])


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left"), ValueError("closed")]
)
def test_a_line_that_cannot_be_written_changes_no_answer_and_is_counted(error: Exception) -> None:
    kept: list[dict[str, Any]] = []
    full = True

    def log(line: dict[str, Any]) -> None:
        if full:
            raise error
        kept.append(line)

    client = Client(log=log)
    created = client.ask("POST", PROFILES, ADA)
    assert (created.status_code, "id" in created.json()) == (202, True)
    assert client.ask("GET", PROFILES).status_code == 200
    assert client.ask("GET", "/nowhere").status_code == 404
    assert dropped(client.ask("GET", "/metrics").text) == 3
    full = False
    assert client.ask("GET", PROFILES).status_code == 200
    assert client.ask("GET", PROFILES).status_code == 200
    assert [line.get("message") for line in kept] == ["log lines that could not be written: 4", None, None]
    assert dropped(client.ask("GET", "/metrics").text) == 4


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_writer_drops_what_a_full_pipe_does_not_take_and_begins_a_new_line(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    with os.fdopen(os.dup(writing), "w") as stream:
        log = LogSink(LineWriter(stream))
        long = {"text": "x" * 20_000}
        for _ in range(10):
            log(long)
        assert log.dropped > 0
        seen = b""
        while b"}" not in seen[-3:] or len(seen) < 60_000:
            seen += os.read(reading, 1 << 16)
            if len(seen) > 60_000:
                break
        log({"number": 1})
        seen += os.read(reading, 1 << 16)
    lines = seen.decode().splitlines()
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    assert whole[0] == long
    assert whole[-1] == {"number": 1}
    assert whole[-2]["message"] == f"log lines that could not be written: {log.dropped}"


def test_a_stream_without_a_descriptor_is_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    LineWriter(sys.stderr)({"number": 1})
    assert capsys.readouterr().err == '{"number": 1}\n'


def served(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_server_whose_log_nobody_reads_any_more_answers_as_before(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    arguments = [*SERVE, "--db", str(tmp_path / "store.db")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=writing, text=True) as process:
        os.close(writing)
        with httpx.Client(base_url=served(process), auth=ALICE) as client:
            assert client.get("/healthz").status_code == 200
            os.close(reading)
            assert client.post(PROFILES, json=ADA).status_code == 202
            assert len(client.get(PROFILES).json()["profiles"]) == 1
            assert dropped(client.get("/metrics").text) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_a_server_whose_log_is_not_read_for_a_while_goes_on() -> None:
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        with httpx.Client(base_url=served(process), auth=ALICE) as client:
            for _ in range(1000):  # more lines than a pipe holds
                assert client.get("/healthz").status_code == 200
            assert dropped(client.get("/metrics").text) > 0
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
    assert all(json.loads(line) for line in log.splitlines())


def test_a_server_without_standard_streams_serves(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = f"exec {sys.executable} -m resolver serve --port {port} --db store.db >&- 2>&-"
    with subprocess.Popen(["sh", "-c", command], cwd=tmp_path) as process:
        transport = httpx.HTTPTransport(retries=12)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=ALICE, transport=transport, timeout=30) as client:
            assert client.post(PROFILES, json=ADA).status_code == 202
            assert client.get(PROFILES).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_what_the_server_says_itself_has_the_form_of_the_log_and_is_quiet(options: list[str]) -> None:
    with subprocess.Popen([*SERVE, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        host, _, port = served(process).removeprefix("http://").rpartition(":")
        for nonsense in (b"\x16\x03\x01 no HTTP\r\n\r\n", b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n"):
            with socket.create_connection((host, int(port)), timeout=30) as connection:
                connection.sendall(nonsense)
                answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 ")
            assert json.loads(body)["code"] == 400
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines] == ([] if options else [400, 400])


def test_an_accident_of_the_server_is_one_line_of_the_log() -> None:
    program = (
        "import resolver.emulator.asgi as asgi\n"
        "def fail(*_): raise RuntimeError('an accident')\n"
        "asgi.respond = fail\n"
        "from resolver.cli import main\n"
        "raise SystemExit(main(['serve', '--port', '0']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert httpx.get(served(process) + PROFILES, auth=ALICE).status_code == 500
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
    accident, request = map(json.loads, log.splitlines())
    assert (accident["level"], accident["message"], request["status"]) == ("error", "a request failed", 500)
    assert "RuntimeError: an accident" in accident["traceback"]
