"""The studio over HTTP: who is let in, and what each request gives."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from resolver.report.masking import Mask
from resolver.settings import Settings
from resolver.studio.server import MOST_BYTES
from tests.studio.client import Client
from tests.studio.scenarios import SHARED

PATHS = [
    ("GET", "/api/state"), ("GET", "/api/view"), ("GET", "/api/why?one=1&other=2&step=2"), ("GET", "/api/events.jsonl"),
    ("GET", "/api/export"), ("POST", "/api/events"), ("DELETE", "/api/events"), ("PUT", "/api/events/1"),
    ("DELETE", "/api/events/1"), ("PUT", "/api/settings/0"), ("POST", "/api/save/0"), ("POST", "/api/undo"),
    ("POST", "/api/redo"),
]  # fmt: skip


# Who is let in


def test_the_token_is_exchanged_once_for_a_cookie_that_no_other_site_sends() -> None:
    client = Client()
    opened = client.ask("GET", "/?token=once")
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith("resolver-studio-8124=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.ask("GET", "/").status_code == 200
    assert client.ask("GET", "/?token=once").status_code == 303  # a reload of the link, in the same browser
    assert Client(client.app).ask("GET", "/?token=once").status_code == 403


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/static/studio.js", "/static/studio.css"])
def test_without_the_link_there_is_nothing(path: str) -> None:
    response = Client().ask("GET", path)
    assert response.status_code == 403
    assert "the link that resolver studio printed" in response.json()["error"]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_cookie_alone_reads_and_changes_nothing(method: str, path: str) -> None:
    client = Client().open()
    before = client.ask("GET", "/api/state").json()
    client.headers, kept = {}, client.headers
    assert client.ask(method, path).status_code == 403
    assert client.ask(method, path, headers={"X-Studio-Token": "wrong"}).status_code == 403
    client.headers = kept
    assert client.ask("GET", "/api/state").json() == before


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_the_header_without_the_cookie_is_refused(method: str, path: str) -> None:
    client = Client().open()
    stranger = Client(client.app)
    stranger.headers = client.headers
    assert stranger.ask(method, path).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "rebound.example:8124"},
        {"Host": ""},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_host_or_another_origin_is_refused(headers: dict[str, str]) -> None:
    client = Client().open()
    for method, path in (("GET", "/"), ("GET", "/api/state"), ("POST", "/api/undo"), ("GET", "/?token=once")):
        response = client.ask(method, path, headers=headers)
        assert response.status_code == 403
        assert "set-cookie" not in response.headers


def test_localhost_and_the_own_origin_are_let_in() -> None:
    client = Client().open()
    own = {"Origin": "http://127.0.0.1:8124", "Sec-Fetch-Site": "same-origin"}
    assert client.ask("POST", "/api/undo", headers=own).status_code == 200


def test_the_page_may_load_nothing_from_elsewhere_and_is_kept_nowhere() -> None:
    client = Client().open()
    for path in ("/", "/static/studio.js", "/api/state"):
        headers = client.ask("GET", path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


# What requests give


def test_a_state_has_both_sides_and_the_view_of_the_last_step() -> None:
    state = Client(title="typed").open().ask("GET", "/api/state").json()
    assert state["title"] == "typed"
    assert [side["name"] for side in state["sides"]] == ["baseline", "candidate"]
    assert state["sides"][0]["form"]
    assert (state["view"]["step"], state["view"]["rows"][0]["counts"]) == (3, [1, 3])


def test_events_are_added_changed_and_removed() -> None:
    client = Client().open()
    added = client.ask("POST", "/api/events?step=", {"text": "ref=d, email=eve@example.com"}).json()
    assert (added["view"]["step"], added["undoes"]) == (4, "1 event added")
    changed = client.ask("PUT", "/api/events/4?step=4", {"text": "ref=d, email=ada@example.com"}).json()
    assert changed["view"]["event"]["text"] == "ref=d, email=ada@example.com"
    assert client.ask("DELETE", "/api/events/4?step=3").json()["view"]["steps"] == 3
    assert client.ask("DELETE", "/api/events").json()["view"]["steps"] == 0
    for steps in (3, 4, 4, 3):
        assert client.ask("POST", "/api/undo").json()["view"]["steps"] == steps
    assert client.ask("POST", "/api/redo").json()["view"]["steps"] == 4


def test_a_wrong_line_is_named_and_nothing_is_added() -> None:
    client = Client().open()
    response = client.ask("POST", "/api/events", {"text": "email=fine@example.com\nnonsense"})
    assert response.status_code == 400
    assert [(each["line"], each["text"]) for each in response.json()["errors"]] == [(2, "nonsense")]
    assert client.ask("GET", "/api/state").json()["view"]["steps"] == 3


def test_settings_are_changed_and_a_wrong_one_names_its_place() -> None:
    client = Client().open()
    changed = client.ask("PUT", "/api/settings/0?step=", {"document": SHARED.to_json(), "what": "unique"}).json()
    assert changed["view"]["rows"][0]["kind"] == "same"
    assert changed["undoes"] == "unique of the baseline"
    wrong = SHARED.to_json()
    wrong["identifierConfigs"][0]["limit"] = 0
    response = client.ask("PUT", "/api/settings/1", {"document": wrong})
    assert response.status_code == 400
    assert response.json()["path"] == "identifierConfigs[0].limit"
    assert "expected an integer 1..100" in response.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/events", {}, 400),
        ("POST", "/api/events", {"text": 5}, 400),
        ("PUT", "/api/settings/0", {"document": 5}, 400),
        ("PUT", "/api/settings/7", {"document": SHARED.to_json()}, 400),
        ("PUT", "/api/events/99", {"text": "email=a"}, 400),
        ("DELETE", "/api/events/0", None, 400),
        ("POST", "/api/save/0", None, 400),
        ("GET", "/api/why?one=0&other=1&step=2", None, 400),
        ("GET", "/api/why?one=3&other=1&step=2", None, 400),
        ("GET", "/api/nothing", None, 404),
        ("POST", "/api/events", {"text": "x" * (MOST_BYTES + 1)}, 413),
    ],
)
def test_what_cannot_be_done_is_said(method: str, path: str, body: Any, status: int) -> None:
    client = Client().open()
    response = client.ask(method, path, body)
    assert response.status_code == status
    assert status == 404 or response.json()["error"]


def test_a_fault_of_its_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("resolver.studio.workbench.Workbench.undo", broken)
    client = Client().open()
    with pytest.raises(KeyError, match="ours"):
        client.ask("POST", "/api/undo")


def test_it_is_started_and_stopped_by_any_server() -> None:
    sent: list[str] = []
    asked = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> dict[str, str]:
        return {"type": next(asked)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(Client().app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_body_that_is_no_json_is_refused() -> None:
    client = Client().open()
    for content, kind, status in (("{", "application/json", 400), ("x=1", "application/x-www-form-urlencoded", 415)):
        headers = {"Content-Type": kind}
        assert client.ask("POST", "/api/events", content=content, headers=headers).status_code == status


def test_two_events_are_explained_on_both_sides() -> None:
    sides = Client().open().ask("GET", "/api/why?one=1&other=3&step=3").json()
    assert [(side["name"], side["together"]) for side in sides] == [("baseline", True), ("candidate", False)]


def test_settings_are_saved_to_the_file_that_they_came_from(tmp_path: Path) -> None:
    file = tmp_path / "today.json"
    client = Client(files=(file, None)).open()
    document = SHARED.to_json()
    client.ask("PUT", "/api/settings/0", {"document": document})
    assert client.ask("POST", "/api/save/0").json() == {"saved": str(file)}
    assert Settings.from_json(file.read_bytes()) == SHARED
    client = Client(files=(tmp_path / "no" / "such" / "today.json", None)).open()
    assert client.ask("POST", "/api/save/0").status_code == 200
    (tmp_path / "folder").mkdir()
    client = Client(files=(tmp_path / "folder", None)).open()
    assert client.ask("POST", "/api/save/0").status_code == 500


def test_events_are_downloaded_as_a_history() -> None:
    lines = Client().open().ask("GET", "/api/events.jsonl").text.splitlines()
    assert [json.loads(line)["ref"] for line in lines] == ["web:1", "call:2", "shop:3"]


def test_the_file_is_the_page_with_everything_and_no_values_under_a_mask() -> None:
    page = Client().open().ask("GET", "/api/export").text
    assert 'data-mode="export"' in page
    assert 'id="data"' in page
    masked = Client(mask=Mask(b"sixteen bytes or more")).open().ask("GET", "/api/export").text
    assert masked != page


def test_lone_surrogates_do_not_stop_the_page() -> None:
    client = Client().open()
    added = client.ask("POST", "/api/events", {"text": '{"identifiers": {"chat": "a\\ud800b"}}'})
    assert added.status_code == 200
    assert "a\\ud800b" in added.json()["view"]["event"]["pairs"][0][1]
    assert client.ask("GET", "/api/events.jsonl").status_code == 200
    assert client.ask("GET", "/api/export").status_code == 200
