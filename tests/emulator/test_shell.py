"""The shell: clients that are slow, too eager or gone, accidents, and what a mount means."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from resolver import Settings
from resolver.emulator import create_app
from resolver.emulator.asgi import Shell
from resolver.emulator.http_messages import Bounds, Refused, headers_of
from resolver.emulator.request_bodies import BodyTimeout
from tests.emulator.client import CONTROL, PROFILES, SETTINGS, STORE, Client
from tests.emulator.test_service import Memory

BASIC = (b"authorization", b"Basic a2V5OnNlY3JldA==")


def asked(
    app: Any, messages: Sequence[dict[str, Any]], headers: Sequence[tuple[bytes, bytes]] = (), seconds: float = 60
) -> list[Any]:
    """Send one POST of a profile in parts; return what came back. After the last part nothing comes any more."""
    sent: list[Any] = []
    parts = list(messages)

    async def receive() -> dict[str, Any]:
        if parts:
            return parts.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PROFILES,
        "query_string": b"",
        "headers": [BASIC, *headers],
    }
    asyncio.run(asyncio.wait_for(app(scope, receive, send), seconds))
    return sent


BODY = b'{"traits": {"Contact": {"chat": "c"}}}'
CHUNKED = [(b"transfer-encoding", b"chunked")]


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_may_come_in_parts() -> None:
    sent = asked(create_app(), [part(BODY[:9], more=True), part(BODY[9:], more=False)], CHUNKED)
    assert [each.get("status") for each in sent] == [202, None]


def test_a_body_that_is_too_large_is_413_however_it_comes() -> None:
    app = create_app(bounds=Bounds(body=20))
    assert asked(app, [part(BODY[:15], more=True), part(BODY[15:], more=True)], CHUNKED)[0]["status"] == 413
    assert asked(app, [], [(b"content-length", b"99999")])[0]["status"] == 413


def test_a_body_that_came_with_its_head_is_waited_for_without_a_timer() -> None:
    async def there() -> bytes:
        return BODY

    with pytest.raises(StopIteration) as done:
        BodyTimeout(0.0).wait_for(there()).send(None)  # no event loop runs, and only a loop has timers
    assert done.value.value == BODY


def test_headers_that_are_repeated_are_joined_and_one_with_a_line_end_is_kept_apart_from_the_next() -> None:
    given = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3\nb"), (b"c", b"")]
    assert headers_of({"headers": given}, Bounds()) == {"a": "1,3\nb", "b": "2", "c": ""}
    assert headers_of({"headers": given[1:3]}, Bounds()) == {"b": "2", "a": "3\nb"}
    assert headers_of({"headers": []}, Bounds()) == {}


def test_headers_are_bounded_in_number_and_in_bytes() -> None:
    bounds = Bounds(headers=8, most_headers=2)
    two = [(b"aa", b"11"), (b"bb", b"22")]
    assert headers_of({"headers": two}, bounds) == {"aa": "11", "bb": "22"}
    for given in ([*two[:1], (b"bb", b"223")], [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]):
        with pytest.raises(Refused, match="of 8 bytes in all"):
            headers_of({"headers": given}, bounds)


def test_a_body_that_does_not_come_is_408() -> None:
    app = create_app(bounds=Bounds(body_seconds=0.01))
    assert asked(app, [part(BODY[:15], more=True)], CHUNKED)[0]["status"] == 408


@pytest.mark.parametrize(
    ("path", "headers", "options", "status"),
    [
        (PROFILES, [], {}, 401),
        (PROFILES, [(b"authorization", b"Basic YTpi")], {"auth": ["key:secret"]}, 401),
        (PROFILES, [BASIC], {"auth": [f"key:secret@{STORE[:-1]}9"]}, 403),
        ("/v1/Elsewhere", [], {}, 404),
        ("/healthz", [], {}, 405),
        (PROFILES, [BASIC], {"fail": ["503:1"]}, 503),
        (PROFILES, [BASIC], {"rate_limit": "0.5/s"}, 429),
    ],
)
def test_a_request_that_is_not_let_in_is_answered_from_its_head_alone(
    path: str, headers: list[tuple[bytes, bytes]], options: dict[str, Any], status: int
) -> None:
    client = Client(**options)
    client.ask("GET", CONTROL)  # uses up the rate limit
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("nobody should read the body")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [*headers, *CHUNKED]}
    asyncio.run(client.app(scope, receive, send))
    assert sent[0]["status"] == status


def test_a_request_that_is_cancelled_while_its_body_is_awaited_is_cancelled() -> None:
    with pytest.raises(TimeoutError):
        asked(create_app(), [part(BODY[:9], more=True)], CHUNKED, seconds=0.01)


def test_a_client_that_goes_away_is_not_answered_and_nothing_was() -> None:
    app = create_app()
    assert asked(app, [part(BODY, more=True), {"type": "http.disconnect"}], CHUNKED) == []
    assert app.state.shell.service.sequence == 1


def test_slow_clients_hold_nobody() -> None:
    client = Client()

    async def live() -> list[Any]:
        sent: list[Any] = []

        async def never() -> dict[str, Any]:
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        async def nothing() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "POST", "path": PROFILES, "query_string": b"", "headers": [BASIC, *CHUNKED]}
        slow = [asyncio.create_task(client.app(dict(scope), never, send)) for _ in range(20)]
        await asyncio.sleep(0)
        await client.app({**scope, "method": "GET", "headers": [BASIC]}, nothing, send)
        for task in slow:
            task.cancel()
        return sent

    assert asyncio.run(live())[0]["status"] == 200


def test_too_many_headers_are_431() -> None:
    assert asked(create_app(), [], [(b"x", b"")] * 101)[0]["status"] == 431


def test_an_accident_is_a_500_in_the_usual_shape(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("an accident")

    monkeypatch.setattr("resolver.emulator.asgi.respond", fail)
    response = Client().ask("GET", PROFILES)
    assert response.json()["code"] == 20500
    assert "accident" not in response.text
    assert "a request failed" in caplog.text


def test_a_websocket_is_closed() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    shell: Shell = create_app().state.shell
    asyncio.run(shell({"type": "websocket"}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_middleware_and_routes_that_are_added_are_run() -> None:
    client = Client()
    seen: list[str] = []

    def watched(app: Any) -> Any:
        async def watching(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["type"])
            await app(scope, receive, send)

        return watching

    async def own(_: Request) -> PlainTextResponse:
        return PlainTextResponse("own")

    client.app.add_middleware(watched)
    client.app.router.routes.append(Route("/own", own))
    assert client.ask("GET", "/own").text == "own"
    assert client.ask("GET", PROFILES).status_code == 200
    assert seen == ["http", "http"]


def test_under_a_mount_redirects_lead_back_there() -> None:
    client = Client()
    client.app = Starlette(routes=[Mount("/memory", app=client.app)])
    ada = client.ask("POST", f"/memory{PROFILES}", {"traits": {"Contact": {"chat": "c"}}}).json()["id"]
    old = client.ask("POST", f"/memory{PROFILES}", {"traits": {"Contact": {"chat": "d"}}}).json()["id"]
    client.ask("POST", f"/memory{PROFILES}/{old}/Identifiers", {"idType": "chat", "value": "c"})
    moved = client.ask("GET", f"/memory{PROFILES}/{old}")
    assert moved.headers["location"] == f"http://emulator.local:81/memory{PROFILES}/{ada}"
    assert client.ask("GET", moved.headers["location"]).status_code == 200


def test_a_body_that_is_nested_too_deep_is_400() -> None:
    deep = b'{"more": ' + b"[" * 100_000
    response = Client().ask("PUT", SETTINGS, deep)
    assert (response.status_code, response.json()["message"]) == (400, "the body is nested too deeply")


def test_unreadable_values_can_be_dropped_in_a_batch_too() -> None:
    client = Client(on_invalid="drop", settings=Settings.defaults())
    batch = [{"traits": {"Contact": {"chat": "c", "phone": "12"}}}, {"traits": {"Contact": {"chat": "d"}}}]
    assert client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": batch}).status_code == 202
    alone = [{"traits": {"Contact": {"phone": "12"}}}, {"traits": {"Contact": {"chat": "e"}}}]
    assert client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": alone}).status_code == 400
    assert len(client.ask("GET", PROFILES).json()["profiles"]) == 2


@pytest.mark.parametrize("name", ["stores", "auth", "host_names", "cors", "fail"])
@pytest.mark.parametrize("given", ["key:secret", b"key:secret", 5, [5], [None], {"key": 5}.values()])
def test_what_is_no_list_of_texts_is_refused_by_the_name_of_the_option(name: str, given: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name}: a value of type .* is not allowed; expected a list of texts$"):
        create_app(**{name: given})


def test_options_that_are_lists_may_be_any_iterable_and_none_is_none() -> None:
    stores = [f"mem_store_{number:026}" for number in (1, 2)]
    app = create_app(stores=iter(stores), auth=None, host_names={"emulator"}, cors=(), fail=None)
    assert list(app.state.shell.service.stores) == stores


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate_limit": 3}, "rate_limit: a value of type 'int' is not allowed; expected a text N/s, as in 50/s"),
        ({"state": "{}"}, "state: a value of type 'str' is not allowed; expected bytes"),
        ({"fail_seed": "x"}, "fail_seed: a value of type 'str' is not allowed; expected an integer"),
    ],
)
def test_an_option_of_another_type_is_refused_by_its_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        create_app(**options)


def test_writes_that_a_journal_keeps_reach_it_together_and_all_else_is_answered_at_once() -> None:
    alone, kept = create_app().state.shell, create_app(journal=Memory()).state.shell
    assert [alone.is_prompt(method) for method in ("GET", "POST")] == [True, True]
    assert [kept.is_prompt(method) for method in ("GET", "POST")] == [True, False]
