"""``resolver serve``: what it prints, what it refuses, how it stops."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.cli import main
from resolver.emulator.time_and_ids import SequentialIds, TypeIds
from tests.emulator.client import ALICE, CONTROL, PROFILES, STORE

SEED_REJECTED = (
    "seed: 1 of 2 lines were rejected; most frequent reason: invalid identifier, first in line 2; "
    "resolver replay shows more"
)
SERVE = [sys.executable, "-m", "resolver", "serve", "--port", "0"]


def test_it_prints_its_url_serves_a_seeded_store_and_stops_gracefully(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text('{"identifiers": {"email": "ada@example.com"}}\n{"identifiers": {"phone": "12"}}\n')
    arguments = [*SERVE, "--seed", str(history), "--ids", "sequential", "--auth", ":".join(ALICE)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with httpx.Client(base_url=url, auth=ALICE) as client:
            assert client.get(PROFILES).json()["profiles"] == ["mem_profile_00000000000000000000000001"]
            assert client.get(CONTROL, auth=("key", "wrong")).status_code == 401
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
    assert url.startswith("http://127.0.0.1:")
    assert process.returncode == 130
    lines = log.splitlines()
    assert json.loads(lines[0])["message"] == SEED_REJECTED
    assert '"endpoint": "ListProfiles", "status": 200' in lines[1]
    assert ALICE[1] not in log
    assert "Traceback" not in log


def test_a_port_in_use_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert error == (
        f"resolver: 127.0.0.1:{port}: Address already in use; choose another with --port, 0 takes a free one\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "x"], "'x' is not right; expected a port, 0..65535"),
        (["--delay", "-1"], "expected milliseconds, 0 or more"),
        (["--store", "store"], "store id 'store' is not allowed"),
        (["--auth", "key"], "credentials are incomplete; expected SID:SECRET or SID:SECRET@STORE"),
        (["--rate-limit", "fast"], "rate limit 'fast' is not allowed; expected N/s, as in 50/s"),
        (["--fail", "200:1"], "fault '200:1' is not allowed; expected STATUS:PROBABILITY"),
        (["--seed", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (["--settings", "no-such-file.json"], "no-such-file.json"),
        (["--region", "XX"], "XX"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", "0", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--store", "store"],
        ["--auth", "key"],
        ["--rate-limit", "fast"],
        ["--fail", "200:1"],
        ["--region", "XX"],
        ["--settings", "no-such-file.json"],
        ["--seed", "no-such-file.jsonl"],
        ["--seed", "cut.jsonl.gz"],
        ["--seed", "foreign.csv"],
    ],
)
def test_a_wrong_argument_leaves_no_database_behind(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"identifiers": {"email": "ada@example.com"}}\n' * 99)[:-9])
    (tmp_path / "foreign.csv").write_text("a;b\n1;2\n")
    before = sorted(each.name for each in tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--port", "0", "--db", "new.db", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_a_seed_is_told_of_once_and_read_only_into_an_empty_store(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text('{"identifiers": {"email": "ada@example.com"}}\n{"identifiers": {"phone": "12"}}\n')
    told = []
    for _ in range(2):
        arguments = [*SERVE, "--db", str(tmp_path / "store.db"), "--seed", str(history)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            with httpx.Client(base_url=process.stdout.readline().strip(), auth=ALICE) as client:
                assert len(client.get(PROFILES).json()["profiles"]) == 1
            process.send_signal(signal.SIGINT)
            lines = map(json.loads, process.communicate(timeout=30)[1].splitlines())
            told.append([line["message"] for line in lines if "message" in line])
    assert told == [[SEED_REJECTED], [f"store {STORE} has data already; it was not seeded"]]


def test_listening_elsewhere_without_credentials_is_warned_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []

    def serve(app: Any, _: socket.socket) -> int:
        served.append(app)
        return 0

    monkeypatch.setattr("resolver.cli.serve._serve", serve)
    for arguments, is_warned in (
        (["--host", "127.0.0.1"], False),
        (["--host", "localhost"], False),
        (["--host", "0.0.0.0"], True),
        (["--host", "0.0.0.0", "--auth", "key:secret"], False),
    ):
        assert main(["serve", "--port", "0", *arguments]) == 0
        assert ("reachable from elsewhere" in capsys.readouterr().err) is is_warned
    assert STORE in served[0].state.shell.service.stores


def test_without_the_extra_there_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 2
    assert "pip install 'idresolver[emulator]'" in capsys.readouterr().err


def test_options_come_from_the_environment_too_and_the_command_line_counts_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []

    def serve(app: Any, listening: socket.socket) -> int:
        served.append((app.state.shell, listening.getsockname()[1]))
        return 0

    monkeypatch.setattr("resolver.cli.serve._serve", serve)
    other = STORE[:-1] + "1"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name, value in {
        "PORT": str(port),
        "STORE": f"{STORE} {other}",
        "AUTH": "key:pass@word one:secret",
        "DELAY": "70",
        "IDS": "sequential",
        "QUIET": "yes",
        "LOG_VALUES": "0",
        "FAIL_SEED": "3",
        "REGION": "",
    }.items():
        monkeypatch.setenv(f"RESOLVER_SERVE_{name}", value)
    assert main(["serve"]) == 0
    assert main(["serve", "--port", "0", "--store", other, "--delay", "0", "--ids", "uuid7"]) == 0
    (first, used), (second, _) = served
    assert used == port
    assert list(first.service.stores) == [STORE, other]
    assert list(second.service.stores) == [other]
    assert [each.service.options.delay_ms for each in (first, second)] == [70, 0]
    assert [type(each.service.options.ids) for each in (first, second)] == [SequentialIds, TypeIds]
    assert not first.log.is_on
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "x", "RESOLVER_SERVE_PORT: 'x' is not right; expected a port, 0..65535"),
        ("IDS", "x", "RESOLVER_SERVE_IDS: 'x' is not allowed; expected uuid7 or sequential"),
        ("FAIL_SEED", "x", "RESOLVER_SERVE_FAIL_SEED: 'x' is not allowed; expected an integer"),
        ("QUIET", "maybe", "RESOLVER_SERVE_QUIET: 'maybe' is not allowed; expected 1 or 0"),
        ("AUHT", "a:b", "RESOLVER_SERVE_AUHT: there is no such option; expected one of RESOLVER_SERVE_HOST"),
        ("AUTH", "only-a-secret", "credentials are incomplete; expected SID:SECRET or SID:SECRET@STORE"),
    ],
)
def test_a_wrong_variable_is_one_clear_line(
    name: str, value: str, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RESOLVER_SERVE_{name}", value)
    assert main(["serve", "--port", "0"] if name != "PORT" else ["serve"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert "secret" not in error


def test_a_secret_in_a_variable_is_in_no_process_list() -> None:
    environment = {**os.environ, "RESOLVER_SERVE_AUTH": "key:a-secret-nobody-sees"}
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(url + CONTROL, auth=("key", "a-secret-nobody-sees")).status_code == 200
        assert httpx.get(url + CONTROL, auth=("key", "wrong")).status_code == 401
        assert "nobody-sees" not in Path(f"/proc/{process.pid}/cmdline").read_text()
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
    assert "nobody-sees" not in log


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.4])
def test_a_second_interrupt_ends_it_at_once_and_quietly(pause: float, tmp_path: Path) -> None:
    arguments = [*SERVE, "--quiet", "--db", str(tmp_path / "store.db")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        host, _, port = process.stdout.readline().strip().removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as slow:
            slow.sendall(
                f"POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n".encode()
                + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
            )
            assert slow.recv(100).startswith(b"HTTP/1.1 100 ")
            for _ in range(3):
                process.send_signal(signal.SIGINT)
                time.sleep(pause)
            answer = b"".join(iter(lambda: slow.recv(1 << 16), b""))
        _, log = process.communicate(timeout=30)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert (process.returncode, log) == (130, "")
