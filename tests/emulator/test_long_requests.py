"""Long requests: what one may hold, and that neither others nor a stop wait for it."""

import asyncio
import gc
import gzip
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.emulator import create_app
from resolver.emulator.entries import Entry
from resolver.emulator.http_messages import Bounds, Refused
from resolver.emulator.respond import MOST_VALUES, decoded, respond
from resolver.emulator.server import running_emulator
from resolver.emulator.shapes import ProfileData
from resolver.emulator.turns import Turns
from tests.emulator.client import ALICE, CONTROL, PROFILES, SETTINGS, STORE, Client
from tests.emulator.test_service import Memory

BULK = f"{PROFILES}/Bulk"
LONG = {"profiles": [{"traits": {"Contact": {"chat": [f"{n}-{m}" for m in range(100)]}}} for n in range(900)]}
SHORT = {"traits": {"Contact": {"chat": "c"}}}


def trait(value: bytes) -> bytes:
    return b'{"traits": {"Contact": {"chat": "c", "about": %b}}}' % value


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        (
            "POST",
            PROFILES,
            {"traits": {"Contact": {"email": [f"a{n}@example.com" for n in range(60_000)]}}},
            "traits.Contact.email: it has 60000 values; expected at most 100, the most that a profile keeps",
        ),
        (
            "PUT",
            BULK,
            {"profiles": [SHORT, {"traits": {"Contact": {"phone": ["3175556789"] * 101}}}]},
            "profiles[1].traits.Contact.phone: it has 101 values; expected at most 100, the most that a profile keeps",
        ),
        (
            "PUT",
            SETTINGS,
            {"identifierConfigs": [{"idType": "email"}] * 90_000, "matchingRules": ["email"]},
            "identifierConfigs: 90000 is not allowed; expected 1..15 configs",
        ),
        (
            "PUT",
            SETTINGS,
            {"identifierConfigs": [{"idType": "email"}] * 150_000, "matchingRules": ["email"]},
            "the body has more than 100000 values; expected fewer, send it in parts",
        ),
        ("POST", PROFILES, trait(b"[" * 1_000_000), "traits[...][...][0]: expected `bool | int | str`, got `array`"),
    ],
)
def test_a_request_that_holds_too_much_is_400_and_names_the_field(
    method: str, path: str, body: Any, message: str
) -> None:
    client = Client()
    response = client.ask(method, path, body)
    assert (response.status_code, response.json()["message"]) == (400, message)
    assert client.app.state.shell.service.sequence == 1


def test_a_hundred_values_of_a_type_and_any_number_of_another_trait_are_taken() -> None:
    client = Client()
    values = {"chat": [f"c{n}" for n in range(100)], "seen": list(range(5_000)), "about": "," * 200_000}
    profile = client.create(**values)
    assert len(client.identifiers(profile)["chat"]) == 100


@pytest.mark.parametrize("text", [b'"' + b"," * MOST_VALUES + b'"', b'"' + b'\\",' * MOST_VALUES + b'"'])
def test_commas_in_a_text_are_no_values(text: bytes) -> None:
    assert decoded(trait(text), ProfileData).traits["Contact"]["about"].count(",") == MOST_VALUES


@pytest.mark.parametrize("end", [b"", b"\\", b'"'])
def test_a_text_without_end_is_no_json_however_many_commas_it_has(end: bytes) -> None:
    with pytest.raises(Refused, match="the body is no JSON"):
        decoded(trait(b'"' + b'\\",' * MOST_VALUES)[:-3] + end, ProfileData)


def test_a_body_is_as_long_as_it_may_be_and_no_longer_packed_or_not() -> None:
    client = Client(bounds=Bounds(body=1000, state=1000))
    for headers, make in (({}, bytes), ({"Content-Encoding": "gzip"}, gzip.compress)):
        for size, status in ((1000, 202), (1001, 413)):
            body = trait(b'"' + b"x" * (size - len(trait(b'""'))) + b'"')
            assert len(body) == size
            assert client.ask("POST", PROFILES, make(body), headers=headers).status_code == status


def test_a_gzip_body_is_unpacked() -> None:
    client = Client()
    body = json.dumps(SHORT).encode()
    half = len(body) // 2
    for packed, encoding in (
        (gzip.compress(body), "gzip"),
        (gzip.compress(body), "X-GZIP"),
        (gzip.compress(body[:half]) + gzip.compress(body[half:]), "gzip"),
        (gzip.compress(gzip.compress(body)), "gzip, gzip"),
        (body, "identity"),
    ):
        assert client.ask("POST", PROFILES, packed, headers={"Content-Encoding": encoding}).status_code == 202


@pytest.mark.parametrize(
    ("body", "encoding", "status", "message"),
    [
        (b"x", "br", 415, "Content-Encoding: 'br' is not allowed; expected gzip or none"),
        (b"x", "gzip, deflate", 415, "Content-Encoding: 'gzip, deflate' is not allowed; expected gzip or none"),
        (b"no gzip", "gzip", 400, "the body is no gzip: Error -3 while decompressing data: incorrect header check"),
        (gzip.compress(b"{}" * 99)[:-9], "gzip", 400, "the body is no gzip: it ends in the middle"),
        (gzip.compress(bytes(100_000_000)), "gzip", 413, "the body is too large; expected at most 4194304 bytes"),
        (gzip.compress(b""), "gzip", 400, "the body is empty; expected a JSON object"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_refused(body: bytes, encoding: str, status: int, message: str) -> None:
    response = Client().ask("POST", PROFILES, body, headers={"Content-Encoding": encoding})
    assert (response.status_code, response.json()["message"]) == (status, message)
    assert response.headers.get("accept-encoding") == ("gzip" if status == 415 else None)


def worst_wait_while(url: str, method: str, path: str, body: bytes | None) -> tuple[int, float]:
    """Return the status of a request, and the longest that ``/healthz`` took meanwhile, in seconds."""
    waits, is_over = [0.0], threading.Event()

    def ask_all_the_time() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not is_over.wait(0.002):
                began = time.perf_counter()
                assert client.get("/healthz").status_code == 200
                waits.append(time.perf_counter() - began)

    asking = threading.Thread(target=ask_all_the_time)
    asking.start()
    with httpx.Client(base_url=url, auth=ALICE, timeout=120) as client:
        headers = {"Content-Type": "application/json"}
        status = client.request(method, path, content=body, headers=headers).status_code
    is_over.set()
    asking.join()
    return status, max(waits)


WIDE = 1.0
"""Seconds; alone on a machine it is a tenth of that, and without a thread it was many."""


@pytest.fixture(scope="module")
def served() -> Any:
    with subprocess.Popen(
        [sys.executable, "-m", "resolver", "serve", "--port", "0", "--quiet"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)


MOST = 4 * 1024 * 1024 - 100


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(json.dumps(LONG).encode(), 202, id="90,000 identifiers"),
        pytest.param(b'{"profiles": [%b]}' % b",".join([trait(b'"\\u00e9"')] * 1000), 202, id="1,000 profiles"),
        pytest.param(b'{"profiles": [%b]}' % trait(b'"' + b"\\u00e9" * (MOST // 6 - 20) + b'"'), 202, id="one text"),
        pytest.param(b'{"profiles": [%b]}' % trait(b"[" + b"1," * (MOST // 2 - 40) + b"1]"), 400, id="numbers"),
        pytest.param(b"[" * MOST, 400, id="brackets"),
        pytest.param(bytes(MOST), 400, id="zeros"),
    ],
)
def test_while_a_long_request_is_served_the_emulator_answers(served: str, body: bytes, status: int) -> None:
    found, wait = min(worst_wait_while(served, "PUT", BULK, body) for _ in range(2))
    assert found == status
    assert wait < WIDE


def test_while_everything_is_dumped_the_emulator_answers(served: str) -> None:
    httpx.put(served + BULK, json=LONG, auth=ALICE, timeout=120).raise_for_status()
    for path in ("/_emulator/dump", "/_emulator/state"):
        found, wait = min(worst_wait_while(served, "GET", path, None) for _ in range(2))
        assert found == 200
        assert wait < WIDE


@pytest.mark.parametrize("options", [[], ["--db", "store.db"]])
def test_a_stop_does_not_wait_for_a_long_request(options: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "resolver", "serve", "--port", "0", *options]
    body = json.dumps(LONG).encode()
    answers: list[int] = []

    def ask(url: str) -> None:
        with suppress(httpx.HTTPError), httpx.Client(base_url=url, auth=ALICE, timeout=60) as client:
            for _ in range(100):
                headers = {"Content-Type": "application/json"}
                answers.append(client.put(BULK, content=body, headers=headers).status_code)

    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        asking = threading.Thread(target=ask, args=(url,))
        asking.start()
        time.sleep(0.2)
        began = time.perf_counter()
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=60)
        took = time.perf_counter() - began
        asking.join()
    assert process.returncode == 130
    assert took < 10, "2 seconds on a machine of its own"
    assert "Traceback" not in log
    assert set(answers) <= {202, 503}


class Gate:
    """Holds a long request up in its thread until ``open`` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

        def held(service: Any, request: Any, route: Any) -> Any:
            if request.path == BULK:
                self.begun.set()
                self.open.wait(60)
            return respond(service, request, route)

        monkeypatch.setattr("resolver.emulator.asgi.respond", held)


async def asking(app: Any, method: str, path: str, document: Any = None) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator", auth=ALICE) as client:
        return await client.request(method, path, json=document)


def test_requests_have_their_turn_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, journal = Gate(monkeypatch), Memory()
    app = create_app(journal=journal)

    async def story() -> list[int]:
        async with app.router.lifespan_context(app):
            tasks = [asyncio.create_task(asking(app, "PUT", BULK, LONG))]
            while not gate.begun.is_set():
                await asyncio.sleep(0.001)
            for n in range(20):
                tasks.append(asyncio.create_task(asking(app, "POST", PROFILES, SHORT if n else LONG["profiles"][0])))
                await asyncio.sleep(0)
            tasks.append(asyncio.create_task(asking(app, "DELETE", f"{CONTROL}/{STORE}")))
            assert (await asking(app, "GET", "/healthz")).status_code == 200
            assert "resolver_profiles" in (await asking(app, "GET", "/metrics")).text
            assert not any(task.done() for task in tasks)
            gate.open.set()
            return [each.status_code for each in await asyncio.gather(*tasks)]

    assert asyncio.run(story()) == [202] * 22
    numbers = [json.loads(entry)["sequence"] for entry in journal.kept]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers[-1] == 1 + 900 + 20 + 1


def test_a_long_request_whose_client_has_gone_is_kept_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, journal = Gate(monkeypatch), Memory()
    app = create_app(journal=journal)

    async def story() -> int:
        async with app.router.lifespan_context(app):
            gone = asyncio.create_task(asking(app, "PUT", BULK, LONG))
            while not gate.begun.is_set():
                await asyncio.sleep(0.001)
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone
            gate.open.set()
            return (await asking(app, "POST", PROFILES, SHORT)).status_code

    assert asyncio.run(story()) == 202
    assert len(journal.kept) == 1 + 900 + 1


def test_a_long_request_that_a_failed_write_overtakes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)

    class Failing(Memory):
        async def commit(self, entries: Sequence[Entry]) -> None:
            if len(self.kept) == 1 and len(entries) == 1:
                await asyncio.to_thread(gate.begun.wait, 60)
                self.is_full = True
            await super().commit(entries)

    journal = Failing()
    app = create_app(journal=journal)

    async def story() -> list[int]:
        async with app.router.lifespan_context(app):
            failing = asyncio.create_task(asking(app, "POST", PROFILES, SHORT))
            await asyncio.sleep(0.01)
            long = asyncio.create_task(asking(app, "PUT", BULK, LONG))
            statuses = [(await failing).status_code]
            gate.open.set()
            statuses.append((await long).status_code)
            journal.is_full = False
            return [*statuses, (await asking(app, "GET", PROFILES)).status_code]

    assert asyncio.run(story()) == [503, 503, 200]
    assert len(journal.kept) == 1


def test_what_is_under_way_at_the_end_is_503_and_what_follows_too() -> None:
    async def story() -> list[int]:
        turns, go_on = Turns(), threading.Event()
        statuses: list[int] = []

        async def cut() -> None:
            async with turns.turn():
                await turns.in_thread(lambda: go_on.wait(60), changes=True)

        async def following() -> None:
            async with turns.turn():
                statuses.append(200)

        tasks = [asyncio.ensure_future(each) for each in (cut(), following())]
        await asyncio.sleep(0.01)
        is_free = [turns.is_free]
        turns.end(0)
        for task in (*tasks, asyncio.ensure_future(turns.in_thread(lambda: True, changes=True))):
            try:
                await task
            except Refused as error:
                statuses.append(error.status)
        is_free.append(turns.is_free)
        assert is_free == [False, True]
        go_on.set()
        return statuses

    assert asyncio.run(story()) == [503, 503, 503]


def test_a_thread_that_outlives_its_loop_ends_quietly() -> None:
    go_on, is_over = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait(60)
        is_over.set()

    async def story() -> None:
        turns = Turns()
        turns.end(0.01)
        with pytest.raises(Refused):
            await turns.in_thread(work)

    asyncio.run(story())
    go_on.set()
    assert is_over.wait(60)


def test_a_read_that_has_much_to_show_first_is_a_long_request() -> None:
    client = Client(delay_ms=100)
    assert client.ask("PUT", BULK, LONG).status_code == 202
    service = client.app.state.shell.service
    assert not service.is_behind
    client.now += 100
    assert service.is_behind
    assert len(client.ask("GET", PROFILES).json()["profiles"]) == 50
    assert not service.is_behind


def test_an_accident_in_a_long_request_is_a_500(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("an accident")

    monkeypatch.setattr("resolver.emulator.asgi.respond", fail)
    assert Client().ask("PUT", BULK, LONG).status_code == 500


def test_a_long_answer_comes_in_pieces_and_whole() -> None:
    long = {"traits": {"Contact": {"chat": "c", "about": 1_000_000 * "x"}}}
    with running_emulator() as url, httpx.Client(base_url=url, auth=ALICE) as client:
        path = f"{PROFILES}/{client.post(PROFILES, json=long).json()['id']}"
        assert client.get(path).json()["traits"] == long["traits"]


def state_of_the_interpreter() -> tuple[float, bool]:
    return sys.getswitchinterval(), gc.isenabled()


@pytest.mark.parametrize("collects", [True, False])
def test_while_threads_work_the_interpreter_goes_round_sooner_and_nothing_is_looked_through(collects: bool) -> None:
    seen: list[tuple[float, bool]] = []
    first_may_end, second_may_end = threading.Event(), threading.Event()

    def work(may_end: threading.Event) -> None:
        may_end.wait(60)
        seen.append(state_of_the_interpreter())

    def fail() -> None:
        seen.append(state_of_the_interpreter())
        raise ValueError("as it should")

    async def both() -> None:
        turns = Turns()
        one = asyncio.ensure_future(turns.in_thread(lambda: work(first_may_end)))
        other = asyncio.ensure_future(turns.in_thread(lambda: work(second_may_end)))
        await asyncio.sleep(0)
        seen.append(state_of_the_interpreter())
        first_may_end.set()
        await one
        seen.append(state_of_the_interpreter())
        second_may_end.set()
        await other
        with pytest.raises(ValueError, match="as it should"):
            await turns.in_thread(fail)

    (gc.enable if collects else gc.disable)()
    before = state_of_the_interpreter()
    try:
        asyncio.run(both())
        assert state_of_the_interpreter() == before
    finally:
        gc.enable()
    assert len(seen) == 5
    assert all(interval <= 0.001 and not is_enabled for interval, is_enabled in seen)


@pytest.mark.parametrize(("is_frozen", "number"), [(True, 20_000), (True, 10), (False, 20_000)])
def test_what_long_work_leaves_is_not_looked_through_where_what_was_there_is_not_either(
    is_frozen: bool, number: int
) -> None:
    gc.unfreeze()  # a server that a test ran in this process before may have left it so
    gc.collect()
    if is_frozen:
        gc.freeze()
    frozen = gc.get_freeze_count()
    left: list[list[int]] = []
    try:
        asyncio.run(Turns().in_thread(lambda: left.extend([] for _ in range(number))))
        # Half of them, as some of what was frozen before may go while the work is done.
        assert (gc.get_freeze_count() > frozen + number // 2) == (is_frozen and number > 10_000)
    finally:
        gc.unfreeze()


def test_after_short_work_what_was_there_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def count() -> int:
        raise AssertionError("it goes through all that is there, one by one")

    monkeypatch.setattr(gc, "get_freeze_count", count)
    asyncio.run(Turns().in_thread(lambda: None))
