"""``/_emulator/state``: everything as one document, and a document in the place of everything."""

import asyncio
import gc
import json
import time
import weakref
from typing import Any

import httpx
import pytest

from resolver.emulator.saved_state import read_state
from resolver.emulator.server import running_emulator
from resolver.errors import InvalidSnapshot
from tests.emulator.client import ALICE, CONTROL, PROFILES, SETTINGS, STORE, Client
from tests.emulator.test_reset import SEED, stores
from tests.emulator.test_service import Memory, tell_a_story

STATE = "/_emulator/state"
OTHER = "mem_store_" + 25 * "0" + "z"


def exported(client: Client) -> bytes:
    response = client.ask("GET", STATE)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.content


def take(client: Client, document: bytes) -> None:
    response = client.ask("PUT", STATE, document)
    assert (response.status_code, response.json()) == (200, {"message": "The state was imported."})


@pytest.mark.parametrize("ids", ["sequential", "uuid7"])
@pytest.mark.parametrize("delay_ms", [0, 5_000])
def test_a_document_leads_to_the_same_state_elsewhere(ids: str, delay_ms: int) -> None:
    origin = Client(ids=ids)
    tell_a_story(origin)
    document = exported(origin)
    client = Client(ids=ids, delay_ms=delay_ms)
    client.create(email="somebody@example.com")
    take(client, document)
    assert stores(client) == stores(origin)
    for path in (PROFILES, SETTINGS, f"{CONTROL}/{STORE}", *profile_paths(origin)):
        mine, others = client.ask("GET", path), origin.ask("GET", path)
        assert (mine.status_code, mine.json()) == (others.status_code, others.json()), path
    assert exported(client) == document
    assert client.create(chat="d") == origin.create(chat="d")


def test_what_is_built_from_a_large_document_is_not_looked_through_for_garbage_and_freed_all_the_same() -> None:
    client = Client()
    client.create(chat="c", about="x" * 1_100_000)
    large = client.ask("GET", STATE).content
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    try:
        for document, is_frozen in ((exported(Client()), False), (large, True)):
            state = read_state(document)
            assert (gc.get_freeze_count() > frozen, gc.isenabled()) == (is_frozen, True)
        store = weakref.ref(next(iter(state.stores.values())))
        gc.disable()
        del state
        assert store() is None
    finally:
        gc.enable()
        gc.unfreeze()


def profile_paths(client: Client) -> list[str]:
    return [
        f"{PROFILES}/{profile_id}{rest}"
        for profile in stores(client)[0]["profiles"]
        for profile_id in (profile["id"], *profile["aliases"])
        for rest in ("", "/Identifiers", "/Traits", "/Observations")
    ]


def test_the_same_state_gives_the_same_bytes_with_one_fact_a_line() -> None:
    client = Client(seed=SEED)
    document = exported(client)
    assert document == exported(Client(seed=SEED)) == exported(client)
    facts = [line for line in document.splitlines() if line.startswith(b'{"fact":')]
    assert len(facts) == len(json.loads(document)["stores"][0]["facts"]) > 4


@pytest.mark.parametrize("delay_ms", [0, 5_000])
def test_a_state_is_exported_as_it_was_imported_whatever_there_was_before(delay_ms: int) -> None:
    document = exported(Client(seed=SEED))
    journal = Memory()
    client = Client(seed=SEED, journal=journal, delay_ms=delay_ms)
    for _ in range(2):
        for number in range(5):
            client.create(email=f"{number}@example.com")
        take(client, document)
        assert exported(client) == exported(Client(journal=journal)) == document


def test_an_import_is_kept_and_what_follows_it() -> None:
    document = exported(Client(seed=SEED))
    journal = Memory()
    client = Client(journal=journal)
    client.create(email="gone@example.com")
    take(client, document)
    client.create(email="new@example.com")
    assert stores(Client(journal=journal)) == stores(client)
    service = client.app.state.shell.service
    journal.dumped = service.dump(), service.sequence
    again = Client(journal=journal)
    assert stores(again) == stores(client)
    assert again.app.state.shell.service.next_number == service.next_number


def test_first_stores_that_a_state_has_not_do_not_come_back_at_a_restart() -> None:
    document = exported(Client(stores=[OTHER]))
    journal = Memory()
    take(Client(journal=journal), document)
    assert [store["id"] for store in stores(Client(journal=journal))] == [OTHER]


def test_new_ids_never_meet_those_of_an_imported_state() -> None:
    origin = Client()
    for number in range(9):
        assert origin.ask("POST", CONTROL, {"displayName": f"s{number}"}).status_code == 202
    document = exported(origin)
    client = Client()
    take(client, document)
    made = client.ask("POST", CONTROL, {"displayName": "s9"}).headers["operation-id"]
    assert made == origin.ask("POST", CONTROL, {"displayName": "s9"}).headers["operation-id"]
    assert len(client.ask("GET", CONTROL).json()["stores"]) == 11


def test_an_emulator_begins_with_a_state_and_a_reset_goes_back_to_it() -> None:
    origin = Client(seed=SEED, stores=[OTHER, STORE])
    document = exported(origin)
    for delay_ms in (0, 5_000):
        journal = Memory()
        client = Client(state=document, journal=journal, delay_ms=delay_ms)
        assert stores(client) == stores(origin)
        client.create(email="new@example.com")
        assert stores(Client(state=document, journal=journal)) == stores(client) != stores(origin)
        for _ in range(2):
            assert client.ask("POST", "/_emulator/reset").status_code == 200
            assert stores(client) == stores(Client(journal=journal)) == stores(origin)
            client.create(email="new@example.com")


def test_stores_that_are_named_beside_a_state_are_made_too() -> None:
    client = Client(state=exported(Client(seed=SEED)), stores=[OTHER])
    assert [store["id"] for store in stores(client)] == [STORE, OTHER]


def test_a_state_beside_data_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    journal = Memory()
    Client(journal=journal).create(email="ada@example.com")
    client = Client(journal=journal, state=exported(Client(seed=SEED)))
    assert len(stores(client)[0]["profiles"]) == 1
    assert "there is data already; the state was not imported" in caplog.text


def test_a_state_and_a_seed_exclude_one_another() -> None:
    with pytest.raises(ValueError, match="state and seed: expected one of them"):
        Client(state=exported(Client()), seed=SEED)


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(exported(Client(seed=SEED))), **fields}).encode()


def store_with(**fields: Any) -> bytes:
    (store,) = json.loads(exported(Client(seed=SEED)))["stores"]
    return changed(stores=[{**store, **fields}])


def record(**fields: Any) -> dict[str, Any]:
    return {"id": STORE, "displayName": "default", "createdAt": 1, **fields}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"{", "this is no state of an emulator: Input data was truncated"),
        (b"[]", "this is no state of an emulator: Expected `object`, got `array`"),
        (b"{}", "this is no state of an emulator: Object missing required field `resolverState`"),
        (b"\xff", "this is no state of an emulator: "),
        (changed(resolverState=2), "resolverState: 2 is not known; expected 1"),
        (changed(more=1), "this is no state of an emulator: Object contains unknown field `more`"),
        (store_with(more=1), "Object contains unknown field `more` - at `$.stores[0]`"),
        (store_with(record=record(id="x")), "stores[0].record.id: 'x' is not allowed; expected a store id"),
        (store_with(record=record(settings={"identifierConfigs": []})), "stores[0]: it cannot be rebuilt: "),
        (store_with(record=record(match="some")), "stores[0]: it cannot be rebuilt: "),
        (store_with(facts=[{"fact": "Nothing"}]), "stores[0]: it cannot be rebuilt: "),
        (
            store_with(facts=[{"fact": "ProfileDeleted", "command": 1, "at": 1, "profileId": "p"}]),
            "stores[0]: it cannot be rebuilt: ",
        ),
        (changed(stores=2 * json.loads(exported(Client()))["stores"]), "occurs twice; expected one of its own"),
        (changed(stores=16 * json.loads(exported(Client()))["stores"]), "stores: 16 are too many; expected at most 15"),
    ],
)
def test_what_is_no_state_is_refused_and_changes_nothing(document: bytes, message: str) -> None:
    client = Client()
    before = stores(client)
    refused = client.ask("PUT", STATE, document)
    assert refused.status_code == 400
    assert message in refused.json()["message"]
    assert stores(client) == before
    with pytest.raises(InvalidSnapshot):
        read_state(document)
    with pytest.raises(InvalidSnapshot):
        Client(state=document)


def test_a_state_may_begin_with_a_byte_order_mark() -> None:
    origin, client = Client(), Client()
    origin.merged()
    take(client, b"\xef\xbb\xbf" + exported(origin))
    assert stores(client) == stores(origin)


def test_an_empty_body_is_told() -> None:
    refused = Client().ask("PUT", STATE)
    assert refused.json()["message"] == "the body is empty; expected a state, as GET gives it"


def test_long_documents_hold_no_other_request_back() -> None:
    seed = [{"at": n, "identifiers": {"email": f"p{n}@example.com"}} for n in range(12_000)]

    async def slowest(url: str) -> float:
        async with (
            httpx.AsyncClient(base_url=url, auth=ALICE, timeout=120) as client,
            httpx.AsyncClient(base_url=url) as other,
        ):
            longest = 0.0
            document = b""
            for method, path in (("GET", "/_emulator/dump"), ("GET", STATE), ("PUT", STATE)):
                long = asyncio.create_task(client.request(method, path, content=document if method == "PUT" else None))
                while not long.done():
                    began = time.perf_counter()
                    await other.get("/healthz")
                    longest = max(longest, time.perf_counter() - began)
                response = await long
                assert response.status_code == 200
                document = response.content
            return longest

    with running_emulator(seed=seed) as url:
        assert asyncio.run(slowest(url)) < 0.5
