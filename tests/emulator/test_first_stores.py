"""The stores that the operator names: made once, never beyond the bound, never with a name that is in use."""

import json
from pathlib import Path

import httpx
import pytest

from tests.emulator.client import ALICE, CONTROL, STORE, Client
from tests.emulator.serving import serving
from tests.emulator.test_service import Memory

OTHER = "mem_store_" + 25 * "0" + "z"
THIRD = "mem_store_" + 25 * "0" + "y"


def names(client: Client) -> dict[str, str]:
    """Return the display name of every store by id."""
    ids = client.ask("GET", f"{CONTROL}?orderBy=ASC").json()["stores"]
    return {each: client.ask("GET", f"{CONTROL}/{each}").json()["displayName"] for each in ids}


def test_a_deleted_first_store_stays_deleted_after_a_restart() -> None:
    journal = Memory()
    client = Client(journal=journal, stores=[STORE, OTHER])
    assert client.ask("DELETE", f"{CONTROL}/{OTHER}").status_code == 202
    assert client.ask("DELETE", f"{CONTROL}/{STORE}").status_code == 202
    assert names(Client(journal=journal, stores=[STORE, OTHER])) == {}


def test_a_deleted_first_store_stays_deleted_when_a_dump_was_kept() -> None:
    journal = Memory()
    client = Client(journal=journal, stores=[STORE, OTHER])
    client.ask("DELETE", f"{CONTROL}/{OTHER}")
    service = client.app.state.shell.service
    journal.dumped = service.dump(), service.sequence
    assert list(names(Client(journal=journal, stores=[STORE, OTHER]))) == [STORE]


def test_a_store_that_was_named_for_the_first_time_is_made_at_a_restart() -> None:
    journal = Memory()
    Client(journal=journal).create(email="ada@example.com")
    assert names(Client(journal=journal, stores=[STORE, OTHER])) == {STORE: "default", OTHER: "default-2"}


def test_a_reset_brings_a_deleted_first_store_back() -> None:
    journal = Memory()
    client = Client(journal=journal)
    client.ask("DELETE", f"{CONTROL}/{STORE}")
    assert client.ask("POST", "/_emulator/reset").status_code == 200
    assert names(client) == names(Client(journal=journal)) == {STORE: "default"}


def test_a_first_store_takes_a_default_name_that_is_not_in_use() -> None:
    journal = Memory()
    client = Client(journal=journal)
    assert client.ask("POST", CONTROL, {"displayName": "default-2"}).status_code == 202
    found = names(Client(journal=journal, stores=[OTHER, THIRD]))
    assert sorted(found.values()) == ["default", "default-2", "default-3", "default-4"]


def test_a_seed_of_a_deleted_store_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    journal, seed = Memory(), [{"identifiers": {"email": "ada@example.com"}}]
    client = Client(journal=journal, seed=seed)
    client.ask("DELETE", f"{CONTROL}/{STORE}")
    assert names(Client(journal=journal, seed=seed)) == {}
    assert f"store {STORE} was deleted; it was not seeded" in caplog.text


def test_first_stores_beyond_the_bound_are_refused_and_change_nothing() -> None:
    journal = Memory()
    client = Client(journal=journal)
    for number in range(13):
        assert client.ask("POST", CONTROL, {"displayName": f"s{number}"}).status_code == 202
    kept = list(journal.kept)
    message = "stores: there are 14, and 2 more are named; expected at most 15"
    with pytest.raises(ValueError, match=message):
        Client(journal=journal, stores=[OTHER, THIRD])
    assert journal.kept == kept
    assert len(names(Client(journal=journal, stores=[OTHER]))) == 15


def test_the_command_line_keeps_to_it(tmp_path: Path) -> None:
    database = tmp_path / "stores.db"
    with serving("--db", str(database)) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        for number in range(14):
            assert client.post(CONTROL, json={"displayName": f"s{number}"}).status_code == 202
    with serving("--db", str(database), "--store", OTHER, ready=False) as (line, process):
        assert line == ""
        assert process.stderr is not None
        assert process.stderr.read() == ("resolver: stores: there are 15, and 1 more is named; expected at most 15\n")
        assert process.wait(30) == 2
    with serving("--db", str(database)) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        assert client.delete(f"{CONTROL}/{STORE}").status_code == 202
    with serving("--db", str(database), "--store", OTHER) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        found = client.get(f"{CONTROL}?orderBy=ASC").json()["stores"]
        assert (STORE in found, OTHER in found, len(found)) == (False, True, 15)
        assert json.loads(client.get(f"{CONTROL}/{OTHER}").text)["displayName"] == "default"
