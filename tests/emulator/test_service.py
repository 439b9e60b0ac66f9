"""The service: folding entries gives the same again (I6), delay, ids, and what a journal means for answers."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpx
import pytest

from resolver import InvalidSnapshot
from resolver.emulator import create_app
from resolver.emulator.entries import CommitFailed, Entry, decode_entry, encode_entry
from resolver.emulator.service import Service, rebuilt
from tests.emulator.client import ALICE, CONTROL, PROFILES, SETTINGS, STORE, Client


class Memory:
    """A journal that keeps encoded entries in a list; it fails while ``is_full``."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.dumped: tuple[bytes, int] | None = None
        self.is_full = self.has_failed = self.wants = False

    async def commit(self, entries: Sequence[Entry]) -> None:
        self.has_failed = self.has_failed or self.is_full
        if self.has_failed:
            raise CommitFailed("the disk is full")
        self.kept.extend(map(encode_entry, entries))

    def prepare(self, entries: Sequence[Entry]) -> None:
        self.prepared = len(entries)

    def load(self) -> tuple[bytes | None, Iterable[Entry]]:
        self.has_failed = False
        dump, last = self.dumped or (None, 0)
        return dump, map(decode_entry, self.kept[last:])

    def wants_dump(self) -> bool:
        return self.wants

    async def keep_dump(self, dump: bytes, sequence: int) -> None:
        self.dumped = dump, sequence

    async def close(self) -> None:
        self.wants = False


PROMOTED = {"loyaltyId": {"dataType": "STRING", "idTypePromotion": "chat"}}
OBSERVED = {"content": "likes tea", "source": "web", "occurredAt": "2025-01-15T10:30:45Z", "conversationIds": ["c"]}
SUMMED_UP = {"content": "about tea", "conversationId": "c", "occurredAt": "2025-01-15T10:30:45Z"}


def tell_a_story(client: Client) -> None:
    """Make one write of every kind."""
    ada, old = client.merged()
    bob = client.create(email=["bob@example.com", "rob@example.com"], firstName="Bob")
    path = f"{PROFILES}/{ada}/Identifiers"
    update = {"idType": "email", "oldValue": "ada@example.com", "newValue": "bob@example.com"}
    requests: list[tuple[str, str, Any]] = [
        ("POST", path, {"idType": "chat", "value": "c"}),
        ("POST", path, {"idType": "chat", "value": "c"}),
        ("PATCH", f"{path}/email", update),
        ("DELETE", f"{path}/chat", None),
        ("PATCH", f"{PROFILES}/{ada}", {"traits": {"Contact": {"chat": "d", "firstName": None}, "Own": {"n": [1]}}}),
        ("PUT", f"{PROFILES}/Bulk", {"profiles": [{"traits": {"Contact": {"chat": f"e{n}"}}} for n in range(3)]}),
        ("PUT", SETTINGS, {"identifierConfigs": [{"idType": "chat", "limit": 1}], "matchingRules": ["chat"]}),
        ("POST", f"{CONTROL}/{STORE}/TraitGroups", {"displayName": "Account", "traits": PROMOTED}),
        ("POST", f"{CONTROL}/{STORE}/TraitGroups", {"displayName": "Other"}),
        ("PATCH", f"{CONTROL}/{STORE}/TraitGroups/Account", {"description": "changed"}),
        ("DELETE", f"{CONTROL}/{STORE}/TraitGroups/Other", None),
        ("POST", PROFILES, {"traits": {"Account": {"loyaltyId": "L1"}}}),
        ("POST", f"{PROFILES}/{ada}/Observations", {"observations": [OBSERVED] * 2}),
        ("POST", f"{PROFILES}/{ada}/ConversationSummaries", {"summaries": [SUMMED_UP] * 2}),
        ("POST", CONTROL, {"displayName": "second"}),
        ("PATCH", f"{CONTROL}/{STORE}", {"description": "the first"}),
    ]
    for method, where, body in requests:
        client.now += 10
        assert client.ask(method, where, body).status_code == 202, (method, where, body)
    for kind, key in (("Observations", "observations"), ("ConversationSummaries", "summaries")):
        one, other = client.ask("GET", f"{PROFILES}/{ada}/{kind}").json()[key]
        assert client.ask("PATCH", f"{PROFILES}/{ada}/{kind}/{one['id']}", {"content": "changed"}).status_code == 202
        assert client.ask("DELETE", f"{PROFILES}/{ada}/{kind}/{other['id']}").status_code == 202
    second = client.ask("GET", f"{CONTROL}?orderBy=ASC").json()["stores"][1]
    assert client.ask("DELETE", f"{CONTROL}/{second}").status_code == 202
    gone = client.ask("GET", PROFILES).json()["profiles"][0]
    assert client.ask("DELETE", f"{PROFILES}/{gone}").status_code == 202
    assert client.ask("GET", f"{PROFILES}/{bob}").status_code == 301
    assert client.ask("GET", f"{PROFILES}/{old}").status_code == 301


@pytest.mark.parametrize("ids", ["sequential", "uuid7"])
def test_folding_the_entries_into_an_empty_service_rebuilds_it_exactly(ids: str) -> None:
    journal = Memory()
    client = Client(journal=journal, ids=ids)
    tell_a_story(client)
    service = client.app.state.shell.service
    again = rebuilt(None, map(decode_entry, journal.kept), service.options)
    assert again.dump() == service.dump() == Service.load(service.dump(), service.options).dump()
    numbers = [decode_entry(each).sequence for each in journal.kept]
    assert numbers == list(range(1, service.sequence + 1))


def test_a_dump_and_the_entries_after_it_rebuild_the_service() -> None:
    journal = Memory()
    client = Client(journal=journal)
    tell_a_story(client)
    service = client.app.state.shell.service
    for last in range(len(journal.kept)):
        before = rebuilt(None, map(decode_entry, journal.kept[:last]), service.options)
        after = rebuilt(before.dump(), map(decode_entry, journal.kept[last:]), service.options)
        assert after.dump() == service.dump()


def test_a_damaged_or_foreign_dump_is_refused_and_so_is_an_entry_out_of_order() -> None:
    client = Client()
    client.create(email="ada@example.com")
    service = client.app.state.shell.service
    dump = service.dump()
    for harmed in (b"", b"foreign", dump[:-1], dump[:60] + bytes([dump[60] ^ 1]) + dump[61:]):
        with pytest.raises(InvalidSnapshot):
            Service.load(harmed, service.options)
    with pytest.raises(InvalidSnapshot, match="does not follow"):
        service.fold(Entry(sequence=9, kind="profiles", at=0))  # type: ignore[arg-type]


def test_a_write_that_cannot_be_kept_is_503_and_never_was() -> None:
    journal = Memory()
    client = Client(journal=journal)
    ada = client.create(email="ada@example.com")
    journal.is_full = True
    path = f"{PROFILES}/{ada}/Identifiers"
    for body in ({"idType": "chat", "value": "c"}, {"idType": "email", "value": "ada@example.com"}):
        response = client.ask("POST", path, body)
        assert (response.status_code, response.json()["code"]) == (503, 20503)
    assert client.identifiers(ada) == {"email": ["ada@example.com"]}
    journal.is_full = False
    assert client.ask("POST", path, {"idType": "chat", "value": "c"}).status_code == 202
    assert client.identifiers(ada) == {"email": ["ada@example.com"], "chat": ["c"]}
    assert client.create(phone="317-555-6789") == "mem_profile_00000000000000000000000003"
    assert [decode_entry(each).sequence for each in journal.kept] == [1, 2, 3, 4]


def test_a_service_that_cannot_be_rebuilt_answers_503_until_it_can() -> None:
    class Broken(Memory):
        is_broken = False

        def load(self) -> tuple[bytes | None, Iterable[Entry]]:
            if self.is_broken:
                raise OSError("the disk is away")
            return super().load()

    journal = Broken()
    client = Client(journal=journal)
    client.create(chat="a")
    journal.is_full = journal.is_broken = True
    body = {"traits": {"Contact": {"chat": "b"}}}
    assert [client.ask("POST", PROFILES, body).status_code for _ in range(2)] == [503, 503]
    journal.is_full = journal.is_broken = False
    assert client.ask("POST", PROFILES, body).status_code == 202
    assert len(client.ask("GET", PROFILES).json()["profiles"]) == 2


def test_after_an_accident_the_service_is_rebuilt_once_what_is_under_way_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(Memory):
        async def commit(self, entries: Sequence[Entry]) -> None:
            await asyncio.sleep(0.02)
            await super().commit(entries)

    app = create_app(journal=Slow(), ids="sequential")
    before = app.state.shell.service
    body = {"traits": {"Contact": {"chat": "c"}}}

    async def live() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", auth=ALICE) as client:
            under_way = asyncio.create_task(client.post(PROFILES, json=body))
            await asyncio.sleep(0.01)
            with monkeypatch.context() as patched:
                patched.setattr("resolver.emulator.asgi.respond", None)
                failed = await client.get(PROFILES)
            reads = [await client.get(PROFILES) for _ in range(2)]
            written = await under_way
            assert [each.json()["profiles"] for each in reads] == [[written.json()["id"]]] * 2
            return [failed.status_code, written.status_code]

    assert asyncio.run(live()) == [500, 202]
    assert app.state.shell.service is not before


def test_starting_keeps_the_first_stores_and_stopping_keeps_a_dump() -> None:
    journal = Memory()
    journal.wants = True
    app = create_app(journal=journal, seed=[{"identifiers": {"email": "ada@example.com"}}, {"identifiers": {}}])

    async def live() -> None:
        async with app.router.lifespan_context(app):
            assert len(journal.kept) == 2
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", auth=ALICE) as client:
                response = await client.post(PROFILES, json={"traits": {"Contact": {"chat": "c"}}})
                assert response.status_code == 202
                while journal.dumped is None:
                    await asyncio.sleep(0.001)

    asyncio.run(live())
    assert journal.dumped == (app.state.shell.service.dump(), 3)
    again = create_app(journal=journal, seed=[{"identifiers": {"email": "ada@example.com"}}])
    assert again.state.shell.service.dump() == app.state.shell.service.dump()


class Held:
    """Holds a dump up in its thread until ``go`` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        picture = Service.picture

        def held(service: Service) -> Callable[[], bytes]:
            dump = picture(service)

            def wait() -> bytes:
                self.begun.set()
                self.go.wait(60)
                return dump()

            return wait

        monkeypatch.setattr(Service, "picture", held)


def test_requests_are_answered_while_a_dump_is_made_and_the_dump_is_as_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = Memory()
    app = create_app(journal=journal, ids="sequential")
    bodies = [{"traits": {"Contact": {"chat": "c", "name": f"{n}", "email": f"{n}@x.com"}}} for n in range(3)]

    async def live() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", auth=ALICE) as client:
            await client.post(PROFILES, json=bodies[0])
            wanted = app.state.shell.service.dump()
            held = Held(monkeypatch)
            journal.wants = True
            answers = [await client.post(PROFILES, json=body) for body in bodies[:2]]
            await asyncio.to_thread(held.begun.wait, 60)
            answers += [await client.post(PROFILES, json=bodies[2]), await client.get(PROFILES)]
            assert not held.go.is_set()
            held.go.set()
            while journal.dumped is None:
                await asyncio.sleep(0.001)
            dump, sequence = journal.dumped
            asked_at = rebuilt(wanted, map(decode_entry, journal.kept[2:sequence]), app.state.shell.service.options)
            assert dump == asked_at.dump()
            return [each.status_code for each in answers]

    assert asyncio.run(live()) == [202, 202, 202, 200]


def test_a_dump_of_a_service_that_was_rebuilt_meanwhile_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Memory()
    app = create_app(journal=journal, ids="sequential")
    body = {"traits": {"Contact": {"chat": "c"}}}

    async def live() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", auth=ALICE) as client:
            held = Held(monkeypatch)
            journal.wants = True
            answers = [await client.post(PROFILES, json=body)]
            await asyncio.to_thread(held.begun.wait, 60)
            journal.is_full = True
            answers.append(await client.post(PROFILES, json=body))
            journal.is_full = journal.wants = False
            held.go.set()
            await app.state.shell._dumping
            answers.append(await client.post(PROFILES, json=body))
            return [each.status_code for each in answers]

    assert asyncio.run(live()) == [202, 503, 202]
    assert journal.dumped is None


def test_reads_lag_behind_in_order_and_writes_see_everything() -> None:
    client = Client(delay_ms=2_000)
    ada = client.create(email="ada@example.com")
    path = f"{PROFILES}/{ada}"
    assert client.ask("GET", path).status_code == 404
    assert client.ask("POST", f"{path}/Identifiers", {"idType": "chat", "value": "c"}).status_code == 202
    assert client.create(email="ada@example.com") == ada
    operation = client.ask("PUT", SETTINGS, {"identifierConfigs": [{"idType": "chat"}], "matchingRules": ["chat"]})
    assert operation.headers["retry-after"] == "2"
    where = operation.json()["statusUrl"]
    assert client.ask("GET", where).json()["status"] == "RUNNING"
    assert client.ask("GET", SETTINGS).json()["version"] == 1
    client.now += 1_999
    assert client.ask("GET", PROFILES).json()["profiles"] == []
    client.ask("POST", f"{path}/Identifiers", {"idType": "chat", "value": "d"})
    client.now += 1
    assert client.identifiers(ada) == {"chat": ["c"], "email": ["ada@example.com"]}
    assert client.ask("GET", where).json()["status"] == "COMPLETED"
    assert client.ask("GET", SETTINGS).json()["version"] == 2
    client.now += 1_999
    assert client.identifiers(ada)["chat"] == ["c", "d"]


def shows(client: Client, profile_id: str) -> bool:
    return client.ask("GET", f"{PROFILES}/{profile_id}").status_code == 200


def test_what_was_written_before_and_after_a_clock_ahead_is_released_is_due_by_its_own_delay() -> None:
    client = Client(delay_ms=2_000)
    client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 3_600_000})
    ahead = client.create(email="ada@example.com")
    client.now += 500
    client.ask("DELETE", "/_emulator/clock")
    after = client.create(email="bob@example.com")
    where = client.ask("POST", CONTROL, {"displayName": "more"}).json()["statusUrl"]
    client.now += 1_499
    assert (shows(client, ahead), shows(client, after)) == (False, False)
    client.now += 1
    assert (shows(client, ahead), shows(client, after)) == (True, False)
    client.now += 499
    assert (shows(client, after), client.ask("GET", where).json()["status"]) == (False, "RUNNING")
    client.now += 1
    assert (shows(client, after), client.ask("GET", where).json()["status"]) == (True, "COMPLETED")


@pytest.mark.parametrize("back", [1, 1_999, 2_000, 900_000])
def test_a_base_clock_that_steps_back_delays_a_write_by_no_more_than_its_delay(back: int) -> None:
    client = Client(delay_ms=2_000)
    client.now = 1_000_000
    ada = client.create(email="ada@example.com")
    client.now -= back
    bob = client.create(email="bob@example.com")
    client.now += 1_999
    assert (shows(client, ada), shows(client, bob)) == (False, False)
    client.now += 1
    assert (shows(client, ada), shows(client, bob)) == (True, True)


def test_a_clock_that_is_set_back_shows_a_write_when_its_delay_has_passed_since() -> None:
    client = Client(delay_ms=2_000)
    client.ask("PUT", "/_emulator/clock", {"now": 10_000})
    ada = client.create(email="ada@example.com")
    client.ask("PUT", "/_emulator/clock", {"now": 5_000})
    client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 1_999})
    assert not shows(client, ada)
    client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 1})
    assert shows(client, ada)


def test_a_delay_that_passed_while_the_clock_was_ahead_has_passed_when_it_is_released() -> None:
    client = Client(delay_ms=2_000)
    ada = client.create(email="ada@example.com")
    client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 5_000})
    client.ask("DELETE", "/_emulator/clock")
    assert shows(client, ada)


def test_time_that_ran_before_the_clock_was_set_counts() -> None:
    client = Client(delay_ms=2_000)
    ada = client.create(email="ada@example.com")
    client.now += 1_990
    client.ask("PUT", "/_emulator/clock", {"now": 0})
    client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 9})
    assert not shows(client, ada)
    client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 1})
    assert shows(client, ada)


def test_with_a_delay_a_restart_shows_everything() -> None:
    journal = Memory()
    client = Client(journal=journal, delay_ms=60_000)
    ada = client.create(email="ada@example.com")
    assert Client(journal=journal, delay_ms=60_000).identifiers(ada) == {"email": ["ada@example.com"]}
    service = client.app.state.shell.service
    journal.dumped = (service.dump(), service.sequence)
    assert Client(journal=journal, delay_ms=60_000).identifiers(ada) == {"email": ["ada@example.com"]}


def test_type_ids_sort_as_profiles_do_whatever_the_clock_does() -> None:
    client = Client(ids="uuid7")
    made: list[tuple[int, int, str]] = []
    for now in (5_000, 5_000, 4_000, 9_000, 5_000):
        client.now = now
        made.append((now, len(made), client.create(chat=f"c{len(made)}")))
    assert [each[2] for each in sorted(made)] == sorted(each[2] for each in made)
    assert client.ask("GET", f"{PROFILES}?orderBy=ASC").json()["profiles"] == [each[2] for each in sorted(made)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"stores": ["store"]},
        {"stores": [f"mem_store_{n:026}" for n in range(16)]},
        {"delay_ms": -1},
        {"redirects": "no"},
        {"ids": "x"},
        {"auth": ["key"]},
        {"auth": ["key:secret@mem_store_x"]},
        {"rate_limit": "0/s"},
        {"rate_limit": "x"},
        {"fail": ["200:0.5"]},
        {"fail": ["503:2"]},
        {"on_invalid": "x"},
        {"default_region": "XX"},
    ],
)
def test_an_option_that_is_not_right_is_one_clear_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected|Region|region") as caught:
        create_app(**wrong)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
