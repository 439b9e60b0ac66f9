"""Where requests come from: pages of other sites, foreign names of this machine, forms, and what is allowed."""

from typing import Any

import httpx
import pytest

from resolver.emulator.auth import Origins
from resolver.emulator.http_messages import Refused
from tests.emulator.client import ALICE, CONTROL, PROFILES, STORE, Client

ADA = {"traits": {"Contact": {"email": "ada@example.com"}}}
APP = "http://localhost:3000"
HOST = {"Host": "127.0.0.1:8123"}


def is_refused(response: httpx.Response, status: int = 403) -> bool:
    document = response.json()
    assert set(document) == {"code", "message", "more_info", "status"}
    assert document["status"] == response.status_code
    return response.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8123"},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://127.0.0.1:8123"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_emulator/reset"),
        ("POST", PROFILES),
        ("GET", "/_emulator/dump"),
        ("GET", "/metrics"),
        ("GET", "/healthz"),
        ("OPTIONS", PROFILES),
        ("DELETE", f"{CONTROL}/{STORE}"),
        ("GET", "/nowhere"),
    ],
)
def test_a_page_of_another_origin_is_refused_whatever_it_asks(method: str, path: str, headers: dict[str, str]) -> None:
    client = Client(host_names=[])
    response = client.ask(method, path, ADA if path == PROFILES else None, headers=HOST | headers)
    assert is_refused(response)
    assert "access-control-allow-origin" not in response.headers
    assert client.ask("GET", PROFILES, headers=HOST).json()["profiles"] == []


def test_a_request_without_a_host_is_let_in_and_one_with_an_empty_host_is_not() -> None:
    origins = Origins([])
    for _ in range(2):
        assert origins.check("GET", {"host": "127.0.0.1:8123"}) is None
        assert origins.check("GET", {}) is None
        for headers in ({"host": ""}, {"sec-fetch-site": "cross-site"}, {"origin": "http://none"}):
            with pytest.raises(Refused, match="not"):
                origins.check("GET", headers)


def test_headers_that_are_sent_again_are_judged_as_the_first_time() -> None:
    client = Client(host_names=[], cors=["http://localhost:3000"])
    foreign, allowed = {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost:3000"}
    preflight = allowed | {"Access-Control-Request-Method": "GET"}
    for _ in range(2):
        for _ in range(2):
            assert is_refused(client.ask("GET", PROFILES, headers=HOST | foreign))
        for method, headers, status in (("GET", {}, 200), ("OPTIONS", {}, 405), ("GET", allowed, 200)):
            for _ in range(2):
                response = client.ask(method, PROFILES, headers=HOST | headers)
                assert response.status_code == status
                assert ("access-control-allow-origin" in response.headers) == ("Origin" in headers)
        for method, status in (("OPTIONS", 200), ("GET", 200), ("OPTIONS", 200)):
            response = client.ask(method, PROFILES, headers=HOST | preflight)
            assert (response.status_code, "access-control-allow-methods" in response.headers) == (
                status, method == "OPTIONS",
            )  # fmt: skip
        assert is_refused(client.ask("GET", PROFILES, headers={"Host": "elsewhere.example"}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8123"},
        {"Origin": "http://127.0.0.1:8123"},
    ],
)
def test_programs_and_pages_of_the_emulator_itself_are_let_in(headers: dict[str, str]) -> None:
    assert Client(host_names=[]).ask("POST", PROFILES, ADA, headers=HOST | headers).status_code == 202


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost", True),
        ("LOCALHOST:8123", True),
        ("localhost.:8123", True),
        ("a.b.localhost:1", True),
        ("127.0.0.1", True),
        ("127.8.9.1:80", True),
        ("[::1]:8123", True),
        ("emulator:8123", True),
        ("Emulator", True),
        ("evil.example:8123", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost, evil.example", False),
        ("192.168.1.5:8123", False),
        ("0.0.0.0:8123", False),
        ("[::2]", False),
        ("127.1", False),
        ("emulator.evil.example", False),
        ("localhost:80:80", False),
    ],
)
def test_only_a_host_of_this_machine_or_one_that_was_named_is_served(host: str, is_known: bool) -> None:
    response = Client(host_names=["emulator"]).ask("GET", "/_emulator/dump", headers={"Host": host})
    assert response.status_code == 200 if is_known else is_refused(response)


def test_in_process_any_host_is_served() -> None:
    assert Client().ask("GET", PROFILES, headers={"Host": "anything"}).status_code == 200


def test_a_browser_app_of_an_allowed_origin_may_use_everything_and_read_the_answers() -> None:
    client = Client(cors=[APP, "HTTPS://app.example:443"], host_names=[])
    for origin in (APP, "https://app.example"):
        browser = HOST | {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        asks = {
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        preflight = client.ask("OPTIONS", f"{PROFILES}/x", auth=None, headers=browser | asks)
        assert (preflight.status_code, preflight.content) == (200, b"")
        assert preflight.headers["access-control-allow-origin"] == origin
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-private-network" not in preflight.headers
        created = client.ask("POST", PROFILES, ADA, headers=browser)
        missing = client.ask("GET", f"{PROFILES}/nobody", headers=browser)
        unknown = client.ask("GET", PROFILES, auth=None, headers=browser)
        assert [each.status_code for each in (created, missing, unknown)] == [202, 400, 401]
        for response in (created, missing, unknown):
            assert response.headers["access-control-allow-origin"] == origin
            assert "Location" in response.headers["access-control-expose-headers"]
            assert response.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in preflight.headers
    assert client.ask("GET", PROFILES, headers=HOST).headers["vary"] == "Origin"


def test_a_preflight_may_ask_for_the_private_network() -> None:
    headers = {"Origin": APP, "Access-Control-Request-Method": "GET", "Access-Control-Request-Private-Network": "true"}
    preflight = Client(cors=[APP]).ask("OPTIONS", PROFILES, auth=None, headers=headers)
    assert preflight.headers["access-control-allow-private-network"] == "true"


def test_a_preflight_of_another_origin_is_refused_and_one_that_is_none_is_no_method() -> None:
    client = Client(cors=[APP])
    foreign = {"Origin": "http://localhost:3001", "Access-Control-Request-Method": "GET"}
    assert is_refused(client.ask("OPTIONS", PROFILES, headers=foreign))
    assert is_refused(client.ask("OPTIONS", PROFILES, headers={"Origin": APP}), 405)


@pytest.mark.parametrize(
    "origin", ["*", "null", "localhost:3000", "http://", "http://a/b", "ftp://a", "http://a:x", "http://a:99999"]
)
def test_an_origin_that_is_none_cannot_be_allowed(origin: str) -> None:
    with pytest.raises(ValueError, match="expected SCHEME://HOST"):
        Client(cors=[origin])


@pytest.mark.parametrize("name", ["http://emulator", "emulator:8123", "cafe:8123", "*", "", "a b"])
def test_a_host_name_that_is_none_cannot_be_named(name: str) -> None:
    with pytest.raises(ValueError, match="expected a name without scheme and port"):
        Client(host_names=[name])


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/plain;charset=UTF-8",
        "multipart/form-data",
        "json",
        "a/json",
    ],
)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PROFILES, ADA),
        ("PUT", f"{PROFILES}/Bulk", {"profiles": [ADA]}),
        ("POST", "/_emulator/reset", None),
        ("PATCH", f"{PROFILES}/mem_profile_{26 * '0'}", ADA),
    ],
)
def test_what_is_said_to_be_no_json_is_not_read(method: str, path: str, body: Any, content_type: str) -> None:
    client = Client()
    assert is_refused(client.ask(method, path, body, headers={"Content-Type": content_type}), 415)
    assert client.app.state.shell.service.sequence == 1


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/scim+json"]
)
def test_json_by_any_of_its_names_is_read(content_type: str) -> None:
    assert Client().ask("POST", PROFILES, ADA, headers={"Content-Type": content_type}).status_code == 202


def test_a_body_without_a_content_type_is_read_and_reads_may_say_what_they_like() -> None:
    client = Client()
    assert client.ask("POST", PROFILES, ADA).status_code == 202
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.ask("GET", PROFILES, headers=form).status_code == 200
    assert client.ask("DELETE", f"{CONTROL}/{STORE}", headers=form).status_code == 202


def test_metrics_name_a_store_only_to_those_who_reach_it() -> None:
    other = STORE[:-1] + "1"
    named = [":".join(ALICE), f"one:secret@{other}"]
    client = Client(auth=named, stores=[STORE, other])

    def stores(auth: Any) -> list[str]:
        text = client.ask("GET", "/metrics", auth=auth).text
        assert "resolver_entries_total 2" in text
        return [each for each in (STORE, other) if each in text]

    assert stores(None) == stores(("key", "wrong")) == []
    assert stores(ALICE) == [STORE, other]
    assert stores(("one", "secret")) == [other]
    assert STORE in Client().ask("GET", "/metrics", auth=None).text
