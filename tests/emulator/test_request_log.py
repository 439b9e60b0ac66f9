"""``/_emulator/requests``: what a program asked, for tests that verify it."""

from typing import Any

import pytest

from resolver.emulator.monitoring import LONGEST_BODY, MOST_BYTES, MOST_REQUESTS, RequestLog
from tests.emulator.client import ALICE, CONTROL, PROFILES, STORE, Client

REQUESTS = "/_emulator/requests"


def asked(client: Client, query: str = "") -> dict[str, Any]:
    response = client.ask("GET", f"{REQUESTS}?{query}")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def numbers(client: Client, query: str) -> list[int]:
    return [each["number"] for each in asked(client, query)["requests"]]


@pytest.fixture
def client() -> Client:
    """Return an emulator that was asked five things of the public API, and others."""
    client = Client()
    client.create(email="ada@example.com")  # 1
    client.now = 2_000
    client.ask("GET", f"{PROFILES}?pageSize=5")  # 2
    client.ask("POST", PROFILES, b"no JSON \xff")  # 3
    client.ask("GET", "/v1/Services/elsewhere")  # 4
    client.ask("GET", PROFILES, auth=None)  # 5
    for own in ("/healthz", "/metrics", "/openapi.json", "/_emulator/dump", "/_emulator/clock", REQUESTS):
        client.ask("GET", own)
    return client


def test_it_shows_what_was_asked_in_order_with_the_answers_status(client: Client) -> None:
    document = asked(client)
    first, second, third, fourth, fifth = document["requests"]
    assert first.pop("milliseconds") >= 0
    assert first == {
        "number": 1,
        "at": 1_000,
        "time": "1970-01-01T00:00:01Z",
        "method": "POST",
        "path": PROFILES,
        "query": "",
        "endpoint": "CreateProfile",
        "status": 202,
        "body": {"traits": {"Contact": {"email": "ada@example.com"}}},
        "bodyBytes": 53,
    }
    assert (second["at"], second["query"], second["body"]) == (2_000, "pageSize=5", None)
    assert (third["status"], third["body"], third["bodyBytes"]) == (400, "no JSON \\xff", 9)
    assert (fourth["endpoint"], fourth["path"], fourth["status"]) == ("none", "/v1/Services/elsewhere", 404)
    assert (fifth["endpoint"], fifth["status"]) == ("ListProfiles", 401)
    assert (document["total"], document["forgotten"], document["matching"]) == (5, 0, 5)


def test_what_the_emulator_adds_is_not_recorded_and_credentials_never_are(client: Client) -> None:
    text = client.ask("GET", REQUESTS).text
    assert "_emulator" not in text
    assert "healthz" not in text
    assert "authorization" not in text.lower()
    assert ALICE[1] not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("method=POST", [1, 3]),
        ("method=get&status=200", [2]),
        ("status=4xx", [3, 4, 5]),
        ("status=401", [5]),
        ("endpoint=CreateProfile", [1, 3]),
        ("endpoint=none", [4]),
        (f"path={PROFILES}", [1, 2, 3, 5]),
        ("path=*/Profiles", [1, 2, 3, 5]),
        ("path=/v1/*/else*", [4]),
        ("path=/v1/Services/elsewhere*elsewhere", []),
        ("path=*Stores*Bulk", []),
        ("path=/v2*", []),
        ("path=", []),
        ("body=ada@example.com", [1]),
        ("after=3", [4, 5]),
        ("limit=2", [4, 5]),
        ("method=POST&status=202&path=*&body=Contact&after=0", [1]),
        ("method=DELETE", []),
    ],
)
def test_filters_are_all_met(client: Client, query: str, found: list[int]) -> None:
    assert numbers(client, query) == found


def test_counts_are_of_all_that_fit_by_endpoint_and_status(client: Client) -> None:
    document = asked(client, "path=*/Profiles&limit=1")
    assert document["matching"] == 4
    assert len(document["requests"]) == 1
    assert document["counts"] == [
        {"endpoint": "CreateProfile", "status": 202, "count": 1},
        {"endpoint": "CreateProfile", "status": 400, "count": 1},
        {"endpoint": "ListProfiles", "status": 200, "count": 1},
        {"endpoint": "ListProfiles", "status": 401, "count": 1},
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("metod=POST", "metod: there is no such filter; expected method, path, endpoint, status, body, after, limit"),
        (
            "endpoint=CreateProfiles",
            "endpoint: there is no 'CreateProfiles'; did you mean 'CreateProfile'? /openapi.json names them as "
            "operationId",
        ),
        ("endpoint=Q", "endpoint: there is no 'Q'; /openapi.json names them as operationId"),
        ("status=6xx", "status: '6xx' is not allowed; expected 100..599; or 2xx, 3xx, 4xx, 5xx"),
        ("status=99", "status: '99' is not allowed; expected 100..599; or 2xx, 3xx, 4xx, 5xx"),
        ("after=-1", f"after: '-1' is not allowed; expected 0..{1 << 53}"),
        ("limit=0", "limit: '0' is not allowed; expected 1..1000"),
        ("limit=1001", "limit: '1001' is not allowed; expected 1..1000"),
    ],
)
def test_a_filter_that_nothing_can_fit_is_refused(client: Client, query: str, message: str) -> None:
    response = client.ask("GET", f"{REQUESTS}?{query}")
    assert (response.status_code, response.json()["message"]) == (400, message)


def test_requests_are_forgotten_when_asked_and_by_a_reset(client: Client) -> None:
    for method, path in (("DELETE", REQUESTS), ("POST", "/_emulator/reset")):
        assert client.ask(method, path).status_code == 200
        assert asked(client) == {"total": 0, "forgotten": 0, "matching": 0, "counts": [], "requests": []}
        client.create(email="bob@example.com")
        assert numbers(client, "") == [1]


def test_credentials_of_one_store_do_not_see_what_others_asked() -> None:
    client = Client(auth=[f"key:secret@{STORE}"])
    assert client.ask("GET", REQUESTS).status_code == 403
    assert client.ask("GET", REQUESTS, auth=None).status_code == 401
    assert client.ask("GET", CONTROL).status_code == 403


def add(log: RequestLog, body: bytes = b"") -> None:
    log.add(0, "POST", "/p", "none", 200, body=body)


def test_memory_is_bounded_by_number_and_by_bytes() -> None:
    log = RequestLog()
    for _ in range(MOST_REQUESTS + 5):
        add(log)
    found = log.find({"limit": "1000"})
    assert (found.total, found.forgotten, found.matching, found.requests[0].number) == (1005, 5, MOST_REQUESTS, 6)
    log.clear()
    for _ in range(3 * MOST_BYTES // LONGEST_BODY):
        add(log, bytes(10 * LONGEST_BODY))
    found = log.find({})
    assert found.total == 384
    assert MOST_BYTES * 0.9 < sum(len(each.body) for each in log._requests) <= MOST_BYTES
    assert found.requests[-1].body_bytes == 10 * LONGEST_BODY


def test_a_long_body_is_cut_and_shown_as_text() -> None:
    log = RequestLog()
    add(log, b'["' + LONGEST_BODY * b"x" + b'"]')
    add(log, b"[" * 50_000)
    add(log, b'{"a":18446744073709551616000,"a":"\\ud800"}')
    cut, deep, odd = log.find({}).requests
    assert (len(cut.body), cut.body_bytes) == (LONGEST_BODY, LONGEST_BODY + 4)
    assert deep.body == "[" * 50_000
    assert isinstance(odd.body, str) or bytes(odd.body)
