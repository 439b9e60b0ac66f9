"""A reset goes back to what the emulator began with: its first stores, and the seed in the first of them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.history import read_history
from tests.emulator.client import ALICE, CONTROL, PROFILES, SETTINGS, Client
from tests.emulator.serving import serving
from tests.emulator.test_service import Memory

SEED = [
    {"at": 1, "identifiers": {"email": "ada@example.com"}},
    {"at": 2, "identifiers": {"phone": "317-555-6789"}},
    {"at": 3, "identifiers": {"email": "ada@example.com", "phone": "317-555-6789"}},
    {"at": 4, "identifiers": {"email": "bob@example.com"}},
]


def stores(client: Client) -> Any:
    return client.ask("GET", "/_emulator/dump").json()["stores"]


def change(client: Client) -> None:
    """Change everything that a seeded store has."""
    client.create(email="eve@example.com")
    for profile_id in client.ask("GET", PROFILES).json()["profiles"]:
        assert client.ask("DELETE", f"{PROFILES}/{profile_id}").status_code == 202
    settings = {"identifierConfigs": [{"idType": "chat"}], "matchingRules": ["chat"]}
    assert client.ask("PUT", SETTINGS, settings).status_code == 202
    assert client.ask("POST", CONTROL, {"displayName": "other"}).status_code == 202


@pytest.mark.parametrize("ids", ["sequential", "uuid7"])
@pytest.mark.parametrize("delay_ms", [0, 5_000])
def test_a_reset_goes_back_to_the_seed_with_the_same_ids(ids: str, delay_ms: int) -> None:
    client = Client(seed=SEED, ids=ids, delay_ms=delay_ms)
    before = stores(client)
    assert [len(profile["identifiers"]) for profile in before[0]["profiles"]] == [2, 1]
    for _ in range(2):
        change(client)
        assert stores(client) != before
        assert client.ask("POST", "/_emulator/reset").status_code == 200
        assert stores(client) == before
        assert len(client.ask("GET", PROFILES).json()["profiles"]) == 2


def test_a_reset_is_kept_with_the_seed() -> None:
    journal = Memory()
    client = Client(seed=SEED, journal=journal)
    change(client)
    client.ask("POST", "/_emulator/reset")
    assert stores(Client(journal=journal)) == stores(Client(seed=SEED))


def test_a_reset_after_a_restart_goes_back_to_the_seed_that_was_named_then() -> None:
    journal = Memory()
    change(Client(seed=SEED, journal=journal))
    client = Client(seed=SEED[:1], journal=journal)
    client.ask("POST", "/_emulator/reset")
    assert stores(client) == stores(Client(seed=SEED[:1]))


def test_a_reset_after_a_restart_under_other_settings_reads_the_seed_under_these() -> None:
    journal = Memory()
    Client(journal=journal, on_invalid="drop")
    client = Client(journal=journal, seed=SEED, match="first")
    client.ask("POST", "/_emulator/reset")
    assert stores(client) == stores(Client(seed=SEED, match="first"))


def test_a_seed_that_can_be_read_once_only_is_enough() -> None:
    client = Client(seed=iter(SEED))
    before = stores(client)
    change(client)
    client.ask("POST", "/_emulator/reset")
    assert stores(client) == before


def test_a_reset_of_a_server_with_a_database_goes_back_to_its_seed(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("email,phone\nada@example.com,\n,317-555-6789\nada@example.com,317-555-6789\n")
    arguments = ("--db", str(tmp_path / "store.db"), "--seed", str(history), "--quiet")
    for _ in range(2):
        with serving(*arguments) as (url, _process), httpx.Client(base_url=url, auth=ALICE) as client:
            (ada,) = client.get(PROFILES).json()["profiles"]
            assert client.delete(f"{PROFILES}/{ada}").status_code == 202
            assert client.get(PROFILES).json()["profiles"] == []
            assert client.post("/_emulator/reset").status_code == 200
            assert len(client.get(PROFILES).json()["profiles"]) == 1
    assert len(list(read_history(history))) == 3
