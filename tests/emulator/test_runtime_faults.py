"""``/_emulator/faults``: errors and delays that are set while the emulator runs."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from resolver.emulator.faults import MOST_FAULTS
from resolver.emulator.server import running_emulator
from tests.emulator.client import ALICE, CONTROL, PROFILES, Client

FAULTS = "/_emulator/faults"
ADA = {"traits": {"Contact": {"email": "ada@example.com"}}}


def set_fault(client: Client, **setting: Any) -> dict[str, Any]:
    response = client.ask("POST", FAULTS, setting)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def test_the_next_requests_to_an_endpoint_fail_and_change_nothing() -> None:
    client = Client()
    fault = set_fault(client, endpoint="CreateProfile", status=503, count=2)
    assert fault == {
        "id": 1,
        "endpoint": "CreateProfile",
        "status": 503,
        "milliseconds": 0,
        "probability": 1.0,
        "left": 2,
        "struck": 0,
    }
    first = client.ask("POST", PROFILES, ADA)
    assert first.status_code == 503
    assert first.headers["retry-after"] == "1"
    assert first.json()["message"] == "Service Unavailable: this is an injected fault"
    assert client.ask("GET", PROFILES).json()["profiles"] == []
    assert client.ask("POST", PROFILES, ADA).status_code == 503
    assert client.ask("POST", PROFILES, ADA).status_code == 202
    (after,) = client.ask("GET", FAULTS).json()["faults"]
    assert (after["left"], after["struck"]) == (0, 2)


def test_a_fault_without_endpoint_is_for_the_whole_public_api_and_nothing_else() -> None:
    client = Client()
    set_fault(client, status=502)
    answers = [client.ask("GET", path) for path in (PROFILES, CONTROL)]
    assert [(each.status_code, each.json()["message"]) for each in answers] == 2 * [
        (502, "Bad Gateway: this is an injected fault")
    ]
    for path in ("/healthz", "/metrics", "/openapi.json", "/_emulator/dump", FAULTS):
        assert client.ask("GET", path).status_code == 200
    assert client.ask("GET", "/v1/nowhere").status_code == 404
    assert client.ask("GET", PROFILES, auth=None).status_code == 401


def test_the_first_fault_that_is_for_a_request_strikes() -> None:
    client = Client()
    set_fault(client, endpoint="ListStores", status=429, count=1)
    set_fault(client, status=500, count=1)
    set_fault(client, status=499)
    assert [client.ask("GET", PROFILES).status_code for _ in range(2)] == [500, 499]
    assert [client.ask("GET", CONTROL).status_code for _ in range(2)] == [429, 499]
    assert client.ask("GET", CONTROL).json()["message"] == "Status 499: this is an injected fault"


def test_a_probability_is_drawn_from_the_seed() -> None:
    told = []
    for _ in range(2):
        client = Client(fail_seed=7)
        set_fault(client, status=500, probability=0.5)
        told.append([client.ask("GET", PROFILES).status_code for _ in range(40)])
    assert told[0] == told[1]
    assert 8 < told[0].count(500) < 32


def test_faults_are_removed_when_asked_and_by_a_reset() -> None:
    client = Client()
    for method, path in (("DELETE", FAULTS), ("POST", "/_emulator/reset")):
        assert set_fault(client, status=500)["id"] == 1
        assert client.ask("GET", PROFILES).status_code == 500
        assert client.ask(method, path).status_code == 200
        assert client.ask("GET", FAULTS).json() == {"faults": []}
        assert client.ask("GET", PROFILES).status_code == 200


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({}, "the body: a fault without effect; expected status, milliseconds or both"),
        ({"endpoint": "ListProfiles"}, "the body: a fault without effect; expected status, milliseconds or both"),
        (
            {"endpoint": "listProfiles", "status": 500},
            "endpoint: there is no 'listProfiles'; did you mean 'ListProfiles'? /openapi.json names them as "
            "operationId",
        ),
        ({"endpoint": "EmulatorDump", "status": 500}, "endpoint: there is no 'EmulatorDump'"),
        ({"status": 200}, "status: expected `int` >= 400"),
        ({"status": 500, "count": 0}, "count: expected `int` >= 1"),
        ({"status": 500, "probability": 0}, "probability: expected `float` > 0.0"),
        ({"milliseconds": 60_001}, "milliseconds: expected `int` <= 60000"),
        ({"status": 500, "times": 2}, "the body: object contains unknown field `times`"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(setting: dict[str, Any], message: str) -> None:
    client = Client()
    response = client.ask("POST", FAULTS, setting)
    assert response.status_code == 400
    assert message in response.json()["message"]
    assert client.ask("GET", FAULTS).json() == {"faults": []}


def test_faults_are_bounded_and_those_used_up_make_room() -> None:
    client = Client()
    set_fault(client, endpoint="ListStores", status=500, count=1)
    for _ in range(MOST_FAULTS - 1):
        set_fault(client, endpoint="ListProfiles", status=500)
    refused = client.ask("POST", FAULTS, {"status": 500})
    assert (refused.status_code, refused.json()["message"]) == (
        400, f"there are {MOST_FAULTS} faults; expected no more, delete them first",
    )  # fmt: skip
    assert client.ask("GET", CONTROL).status_code == 500
    assert set_fault(client, status=503)["id"] == MOST_FAULTS + 1


def test_a_delayed_request_holds_no_other_back() -> None:
    async def asked(url: str) -> tuple[float, float, int]:
        async with httpx.AsyncClient(base_url=url, auth=ALICE) as client:
            fault = {"endpoint": "ListProfiles", "milliseconds": 1_500, "status": 504}
            assert (await client.post(FAULTS, json=fault)).status_code == 200
            began = time.monotonic()
            slow = asyncio.create_task(client.get(PROFILES))
            await asyncio.sleep(0.05)
            assert (await client.get(CONTROL)).status_code == 200
            other = time.monotonic() - began
            status = (await slow).status_code
            return other, time.monotonic() - began, status

    with running_emulator() as url:
        other, delayed, status = asyncio.run(asked(url))
    assert other < 1.2
    assert delayed >= 1.45
    assert status == 504


def test_a_stop_does_not_wait_for_delays() -> None:
    async def asked(url: str) -> tuple[asyncio.Task[httpx.Response], httpx.AsyncClient]:
        client = httpx.AsyncClient(base_url=url, auth=ALICE, timeout=60)
        assert (await client.post(FAULTS, json={"milliseconds": 60_000})).status_code == 200
        return asyncio.create_task(client.get(PROFILES)), client

    async def stopped_meanwhile() -> tuple[int, float]:
        running = running_emulator()
        slow, client = await asked(running.__enter__())
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await asyncio.to_thread(running.__exit__, None, None, None)
        status = (await slow).status_code
        await client.aclose()
        return status, time.monotonic() - began

    status, seconds = asyncio.run(stopped_meanwhile())
    assert status == 503
    assert seconds < 10
