"""What answers hold beside their status: ids of requests, operations of batches, metadata of pages, HEAD."""

import asyncio
import re
import socket
from typing import Any

import httpx
import pytest

from resolver.emulator import create_app
from resolver.emulator.app import ENDPOINTS
from resolver.emulator.server import running_emulator
from tests.emulator.client import ALICE, CONTROL, NOBODY, PROFILES, STORE, Client, path_to


def test_every_answer_has_a_request_id_of_its_own() -> None:
    client = Client(ids="uuid7", auth=["key:secret"], rate_limit="900/s")
    answers = [client.ask(each.method, path_to(each)) for each in ENDPOINTS]
    answers += [client.ask("GET", "/nowhere"), client.ask("BREW", PROFILES), client.ask("GET", PROFILES, auth=None)]
    ids = [each.headers["twilio-request-id"] for each in answers]
    assert all(re.fullmatch(r"RQ[0-9a-f]{32}", each) for each in ids)
    assert len(set(ids)) == len(answers)


def test_request_ids_are_the_same_in_every_run_where_ids_are_to_be_and_they_are_logged() -> None:
    lines: list[dict[str, Any]] = []
    client = Client(log=lines.append)
    ids = [client.ask("GET", "/healthz").headers["twilio-request-id"] for _ in range(2)]
    assert ids == [f"RQ{number:032x}" for number in (1, 2)]
    assert [line["requestId"] for line in lines] == ids


def test_a_batch_is_an_operation_that_can_be_asked_about() -> None:
    client = Client(delay_ms=1500)
    batch = {"profiles": [{"traits": {"Contact": {"chat": f"c{number}"}}} for number in range(3)]}
    accepted = client.ask("PUT", f"{PROFILES}/Bulk", batch)
    document = accepted.json()
    operation = document["operationId"]
    url = f"http://emulator.local:81/v1/ControlPlane/Operations/{operation}"
    assert document == {
        "message": "Profile batch accepted for processing.",
        "operationId": operation,
        "createdAt": "1970-01-01T00:00:01Z",
        "statusUrl": url,
    }
    assert accepted.headers["operation-id"] == operation
    assert (accepted.headers["location"], accepted.headers["retry-after"]) == (url, "2")
    assert client.ask("GET", url).json()["status"] == "RUNNING"
    client.now += 1500
    assert client.ask("GET", url).json()["status"] == "COMPLETED"
    assert len(client.ask("GET", PROFILES).json()["profiles"]) == 3


def test_a_token_that_there_is_not_is_left_out_of_every_list() -> None:
    client = Client()
    ada = client.create(chat="1", firstName="Ada")
    client.create(chat="2")
    client.now += 1
    client.ask("POST", CONTROL, {"displayName": "second"})
    for path in (CONTROL, PROFILES, f"{PROFILES}/{ada}/Traits"):
        assert set(client.ask("GET", path).json()["meta"]) == {"key", "pageSize"}
        first = client.ask("GET", f"{path}?pageSize=1").json()["meta"]
        assert set(first) == {"key", "pageSize", "nextToken"}
        last = client.ask("GET", f"{path}?pageSize=1&pageToken={first['nextToken']}").json()["meta"]
        assert set(last) == {"key", "pageSize", "previousToken"}


def test_the_page_size_of_stores_is_the_number_returned_and_that_of_profiles_the_one_asked_for() -> None:
    client = Client()
    client.create(chat="1")
    sizes = [client.ask("GET", f"{path}?pageSize=9").json()["meta"]["pageSize"] for path in (CONTROL, PROFILES)]
    assert sizes == [1, 9]
    assert client.ask("GET", PROFILES).json()["meta"]["pageSize"] == 50


def test_a_store_without_description_has_none() -> None:
    client = Client()
    path = f"{CONTROL}/{STORE}"
    assert set(client.ask("GET", path).json()) == {
        "id", "displayName", "status", "intelligenceServiceId", "version", "dataAsOf",
    }  # fmt: skip
    client.ask("PATCH", path, {"description": "mine"})
    assert client.ask("GET", path).json()["description"] == "mine"


def test_data_as_of_is_the_latest_time_of_what_reads_show_and_at_first_that_of_the_store() -> None:
    client = Client(delay_ms=2000)

    def as_of() -> str:
        return str(client.ask("GET", f"{CONTROL}/{STORE}").json()["dataAsOf"])

    assert as_of() == "1970-01-01T00:00:01Z"
    client.now = 60_000
    client.create(chat="1")
    assert as_of() == "1970-01-01T00:00:01Z"
    client.now = 62_000
    assert as_of() == "1970-01-01T00:01:00Z"


def test_a_trait_with_a_floating_point_value_is_named_in_400() -> None:
    client = Client()
    refused = client.ask("POST", PROFILES, {"traits": {"Contact": {"chat": "c", "score": 1.5}}})
    assert refused.status_code == 400
    assert refused.json()["message"] == "traits.Contact.score: expected `bool | int | str | array | null`, got `float`"
    assert client.ask("POST", PROFILES, {"traits": {"Contact": {"chat": "c", "score": 2}}}).status_code == 202


def test_head_is_get_without_the_body_wherever_there_is_get() -> None:
    client = Client()
    ada = client.create(email="ada@example.com", firstName="Ada")
    for endpoint in ENDPOINTS:
        path = path_to(endpoint, profileId=ada)
        if endpoint.method != "GET" or endpoint.path == "/metrics":
            continue
        got, head = client.ask("GET", path), client.ask("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        unequal = {"twilio-request-id"}
        assert {**head.headers} | dict.fromkeys(unequal) == {**got.headers} | dict.fromkeys(unequal), path
    for method, path in (("HEAD", f"{PROFILES}/Lookup"), ("DELETE", PROFILES)):
        refused = client.ask(method, path)
        assert refused.status_code == 405
        assert refused.headers["allow"] == {"HEAD": "POST", "DELETE": "GET, HEAD, POST"}[method]


def test_traits_come_one_by_one_with_the_time_of_their_writing() -> None:
    client = Client()
    ada = client.create(email="ada@example.com", firstName="Ada")
    client.now = 60_000
    client.ask("PATCH", f"{PROFILES}/{ada}", {"traits": {"Contact": {"firstName": "Augusta"}, "Own": {"n": [1, "a"]}}})
    path = f"{PROFILES}/{ada}/Traits"
    first, second = "1970-01-01T00:00:01Z", "1970-01-01T00:01:00Z"
    email = {"name": "email", "value": "ada@example.com", "traitGroup": "Contact", "timestamp": first}
    name = {"name": "firstName", "value": "Augusta", "traitGroup": "Contact", "timestamp": second}
    own = {"name": "n", "value": [1, "a"], "traitGroup": "Own", "timestamp": second}
    answer = client.ask("GET", path).json()
    assert answer == {"traits": [own, name, email], "meta": {"key": "traits", "pageSize": 50}}
    assert client.ask("GET", f"{path}?orderBy=ASC").json()["traits"] == [email, name, own]
    assert client.ask("GET", f"{path}?traitGroups=Own,None").json()["traits"] == [own]
    found, token = [], ""
    while True:
        page = client.ask("GET", f"{path}?pageSize=1{token}").json()
        found += page["traits"]
        if "nextToken" not in page["meta"]:
            break
        token = f"&pageToken={page['meta']['nextToken']}"
    assert found == [own, name, email]


def test_traits_of_an_alias_have_moved_or_are_those_of_its_profile() -> None:
    for redirects in ("moved", "follow"):
        client = Client(redirects=redirects)
        ada, old = client.merged()
        answer = client.ask("GET", f"{PROFILES}/{old}/Traits")
        assert answer.status_code == (301 if redirects == "moved" else 200)
        assert answer.headers["canonical-profile-id"] == ada
        if redirects == "follow":
            assert {each["name"] for each in answer.json()["traits"]} == {"email", "phone"}


@pytest.mark.parametrize("path", ["Traits", "Observations", "ConversationSummaries"])
def test_a_token_of_one_profile_is_refused_for_another(path: str) -> None:
    client = Client()
    ada, bob = (client.create(chat=name, more="1") for name in "ab")
    when = "2025-01-15T10:30:45Z"
    for profile in (ada, bob):
        one = {"content": "x", "source": "s", "occurredAt": when}
        client.ask("POST", f"{PROFILES}/{profile}/Observations", {"observations": [one] * 2})
        two = {"content": "x", "conversationId": "c", "occurredAt": when}
        client.ask("POST", f"{PROFILES}/{profile}/ConversationSummaries", {"summaries": [two] * 2})
    token = client.ask("GET", f"{PROFILES}/{ada}/{path}?pageSize=1").json()["meta"]["nextToken"]
    assert client.ask("GET", f"{PROFILES}/{ada}/{path}?pageToken={token}").status_code == 200
    assert client.ask("GET", f"{PROFILES}/{bob}/{path}?pageToken={token}").status_code == 400


def test_a_request_finds_its_store_and_its_profile_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = create_app(ids="sequential")
    service = app.state.shell.service
    asked: list[str] = []
    engine = service.stores[STORE].engine
    original = type(engine).canonical_id

    def noted(self: Any, name: str) -> str:
        asked.append(name)
        return str(original(self, name))

    monkeypatch.setattr(type(engine), "canonical_id", noted)

    async def talk() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", auth=ALICE) as client:
            made = await client.post(PROFILES, json={"traits": {"Contact": {"chat": "c"}}})
            path = f"{PROFILES}/{made.json()['id']}"
            change = {"traits": {"Contact": {"chat": "d", "email": "a@example.com"}}}
            return [
                made,
                await client.post(f"{path}/Identifiers", json={"idType": "email", "value": "ada@example.com"}),
                await client.patch(path, json=change),
                await client.get(f"{path}/Identifiers"),
                await client.get(path),
                await client.get(f"{PROFILES}/{NOBODY}"),
            ]

    answers = asyncio.run(talk())
    assert [each.status_code for each in answers] == [202, 202, 202, 200, 200, 404]
    assert len(asked) == 5, "once for each that names a profile"


def test_what_never_became_a_request_has_an_id_too() -> None:
    lines: list[dict[str, Any]] = []
    with running_emulator(ids="sequential", log=lines.append) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"no HTTP\r\n\r\n")
            answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    request_id = f"RQ{1:032x}"
    assert f"\r\ntwilio-request-id: {request_id}\r\n".encode() in answer
    assert [line["requestId"] for line in lines if line.get("status") == 400] == [request_id]
