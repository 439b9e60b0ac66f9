"""The pytest fixtures, as their users have them: the example of docs/clients.md is run as it stands there."""

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient

from resolver.emulator.respond import FORM_ENCODED
from resolver.testing import STORE_ID, Emulator, _emulator
from tests.emulator.test_service import Memory

CLIENTS = Path(__file__).parents[3] / "docs" / "clients.md"


def outcome(folder: Path, *options: str) -> str:
    """Return what pytest says of the tests in a folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr


def test_the_example_of_the_docs_passes(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", CLIENTS.read_text(encoding="utf-8"), re.DOTALL)
    plugin, test, top = (
        next(block for block in blocks if word in block)
        for word in ("pytest_plugins", "def test_a_claimed", "Identifier, ProfileData =")
    )
    (tmp_path / "conftest.py").write_text(plugin, encoding="utf-8")
    (tmp_path / "test_example.py").write_text(f"{top}\n{test}", encoding="utf-8")
    assert "1 passed" in outcome(tmp_path)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_asynchronous_client_is_told_that_it_sends_no_json_and_the_docs_have_a_cure(emulator: Emulator) -> None:
    text = CLIENTS.read_text(encoding="utf-8")
    (cure,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "JsonHttpClient" in block)
    names: dict[str, Any] = {}
    exec(compile(cure, "clients.md", "exec"), names)
    assert asyncio.run(names["create"](emulator.url, "ada@example.com")).startswith("mem_profile_")
    names["JsonHttpClient"] = AsyncTwilioHttpClient
    with pytest.raises(TwilioRestException) as refused:
        asyncio.run(names["create"](emulator.url, "bob@example.com"))
    assert (refused.value.status, refused.value.msg) == (400, f"Unable to create record: {FORM_ENCODED}")
    assert [each["status"] for each in emulator.requests(method="POST")] == [202, 400]


def test_it_is_empty_for_each_test_and_gives_clients_that_are_set_up(emulator: Emulator) -> None:
    body = {"traits": {"Contact": {"email": "ada@example.com"}}}
    assert emulator.client.memory.v1.profiles(emulator.store_id).list() == []
    made = emulator.http.post(f"/v1/Stores/{emulator.store_id}/Profiles", json=body).json()["id"]
    assert emulator.client.memory.v1.profiles(emulator.store_id).list() == [made]


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    from resolver.emulator.server import running_emulator

    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    with pytest.raises(RuntimeError, match="did not start"), running_emulator():
        pass


OTHER, THIRD = f"mem_store_{'1' * 26}", f"mem_store_{'2' * 26}"


@pytest.mark.parametrize(
    ("options", "stores", "auth"),
    [
        ({}, [STORE_ID], ("SK" + 32 * "0", "secret")),
        ({"stores": [OTHER, THIRD]}, [OTHER, THIRD], ("SK" + 32 * "0", "secret")),
        ({"auth": ["key:pass:word"]}, [STORE_ID], ("key", "pass:word")),
        ({"auth": [f"third:t@{THIRD}", f"other:o@{OTHER}"], "stores": [OTHER, THIRD]}, [OTHER, THIRD], ("other", "o")),
        ({"auth": [f"other:o@{OTHER}", "all:a"], "stores": [OTHER]}, [OTHER], ("all", "a")),
    ],
)
def test_it_follows_its_own_options(
    options: dict[str, Any], stores: list[str], auth: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    for running in _emulator(request, "function", options):
        assert (running.store_ids, running.store_id, running.auth) == (tuple(stores), stores[0], auth)
        assert running.client.memory.v1.profiles(running.store_id).list() == []
        assert running.http.get(f"/v1/Stores/{running.store_id}/Profiles").status_code == 200
        if options.get("auth"):
            assert httpx.get(f"{running.url}/v1/Stores/{stores[0]}/Profiles", auth=("no", "body")).status_code == 401


def test_one_that_begins_anew_has_forgotten_everything(request: pytest.FixtureRequest) -> None:
    options = {"ids": "sequential", "seed": iter([{"at": 5, "identifiers": {"email": "ada@example.com"}}])}
    for running in _emulator(request, "function", options):
        before = running.http.get("/_emulator/dump").json()
        told = []
        for _ in range(2):
            running.http.put("/_emulator/clock", json={"now": 1})
            running.fail("ListProfiles", status=503, count=1)
            assert running.http.get(f"/v1/Stores/{running.store_id}/Profiles").status_code == 503
            made = running.http.post("/v1/ControlPlane/Stores", json={"displayName": "other"})
            told.append((made.headers["operation-id"], len(running.requests(status="5xx")), len(running.requests())))
            running.reset()
            assert running.http.get("/_emulator/clock").json()["isSet"] is False
            assert running.http.get("/_emulator/faults").json() == {"faults": []}
            assert running.requests() == []
            after = running.http.get("/_emulator/dump").json()
            assert after == before
        assert told[0] == told[1]
        assert told[0][1:] == (1, 2)


def test_one_that_runs_elsewhere_begins_anew_over_http(emulator: Emulator) -> None:
    elsewhere = Emulator(emulator.url)
    elsewhere.http.put("/_emulator/clock", json={"now": 1})
    made = elsewhere.http.post(
        f"/v1/Stores/{elsewhere.store_id}/Profiles", json={"traits": {"Contact": {"email": "ada@example.com"}}}
    )
    assert made.status_code == 202
    elsewhere.reset()
    assert elsewhere.client.memory.v1.profiles(elsewhere.store_id).list() == []
    assert elsewhere.http.get("/_emulator/clock").json()["isSet"] is False
    elsewhere.close()


def test_one_with_a_journal_begins_anew_in_it(request: pytest.FixtureRequest) -> None:
    journal = Memory()
    body = {"traits": {"Contact": {"email": "ada@example.com"}}}
    for running in _emulator(request, "function", {"journal": journal}):
        profiles = f"/v1/Stores/{running.store_id}/Profiles"
        assert running.http.post(profiles, json=body).status_code == 202
        kept = len(journal.kept)
        running.reset()
        assert running.http.get(profiles).json()["profiles"] == []
        assert len(journal.kept) > kept


def test_what_cannot_be_asked_for_is_an_error(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="metod: there is no such filter"):
        emulator.requests(metod="POST")
    with pytest.raises(ValueError, match="a fault without effect"):
        emulator.fail()


def test_a_test_costs_no_server(request: pytest.FixtureRequest) -> None:
    for _ in _emulator(request, "function", {}):
        pass
    seconds = []
    for _ in range(20):
        began = time.perf_counter()
        for running in _emulator(request, "function", {}):
            assert running.http.get("/healthz").status_code == 200
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.15, "to start and to stop a server takes more than that"


CONFTEST = """
import pytest

pytest_plugins = ["resolver.testing"]

@pytest.fixture(scope="session")
def emulator_options():
    return {"stores": ["mem_store_" + 26 * "3"], "auth": ["key:word"]}
"""

SCOPES = """
import os, threading
import pytest

def add(emulator, value):
    body = {"traits": {"Contact": {"email": value}}}
    assert emulator.http.post(f"/v1/Stores/{emulator.store_id}/Profiles", json=body).status_code == 202

def number(emulator):
    assert emulator.store_id == "mem_store_" + 26 * "3"
    return len(emulator.client.memory.v1.profiles(emulator.store_id).list())

@pytest.mark.parametrize("turn", range(3))
def test_each_scope(turn, emulator, module_emulator, session_emulator):
    assert len({emulator.url, module_emulator.url, session_emulator.url}) == 3
    assert number(emulator) == 0
    if turn == 0:
        assert number(module_emulator) == 0
    add(emulator, "a@example.com")
    before = number(module_emulator), number(session_emulator)
    value = f"{turn}@{os.path.basename(__file__)[5:8]}.example.com"
    add(module_emulator, value)
    add(session_emulator, value)
    assert (number(module_emulator), number(session_emulator)) == (before[0] + 1, before[1] + 1)
    assert sum(thread.name == "resolver-emulator" for thread in threading.enumerate()) == 3

@pytest.mark.usefixtures("emulator_reset")
@pytest.mark.parametrize("turn", range(2))
class TestReset:
    def test_between_tests(self, turn, module_emulator, session_emulator):
        assert (number(module_emulator), number(session_emulator)) == (0, 0)
        add(module_emulator, "a@example.com")
        add(session_emulator, "a@example.com")

class TestOptions:
    @pytest.fixture
    def emulator_options(self):
        return {"redirects": "follow"}

    def test_a_class_has_its_own(self, emulator):
        assert emulator.store_id == "mem_store_" + 26 * "0"
"""


@pytest.mark.slow
def test_all_scopes_share_a_server_each_alone_and_under_xdist(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text(SCOPES, encoding="utf-8")
    assert "12 passed" in outcome(tmp_path)
    told = outcome(tmp_path, "-n", "2", "--dist", "loadfile")
    assert "12 passed" in told, told
