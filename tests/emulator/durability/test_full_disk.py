"""A disk that is full: 503, nothing visible, and everything as before when there is space again."""

import asyncio
from pathlib import Path

import httpx

from resolver.emulator import create_app
from resolver.emulator.entries import Kind
from resolver.emulator.journal import SqliteJournal
from resolver.testing import STORE_ID
from tests.emulator.client import person

PROFILES = f"/v1/Stores/{STORE_ID}/Profiles"


def test_what_a_full_disk_cannot_hold_is_a_503_and_never_there(tmp_path: Path) -> None:
    async def run() -> None:
        journal = SqliteJournal.open(tmp_path / "store.db")
        app = create_app(journal=journal, ids="sequential")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", auth=("a", "b")) as http:
            ask = journal._database._connection.execute
            assert (await http.post(PROFILES, json=person(0))).status_code == 202
            ask(f"PRAGMA max_page_count={ask('PRAGMA page_count').fetchone()[0]}")
            answers = await asyncio.gather(*(http.post(PROFILES, json=person(number)) for number in range(1, 200)))
            kept = [number for number, answer in enumerate(answers, 1) if answer.status_code == 202]
            assert {answer.status_code for answer in answers} <= {202, 503}
            assert len(kept) < 199
            assert await names(http) == [0, *kept]
            ask("PRAGMA max_page_count=1000000")
            again = [await http.post(PROFILES, json=person(number)) for number in range(1, 200)]
            assert {answer.status_code for answer in again} == {202}
            assert sorted(await names(http)) == list(range(200))
        await journal.close()

    asyncio.run(run())
    reopened = asyncio.run(entries_of(tmp_path / "store.db"))
    assert len(reopened) == len(set(reopened))


async def names(http: httpx.AsyncClient) -> list[int]:
    """Return the numbers of the people that there are, in the order in which they were created."""
    listed = (await http.get(PROFILES, params={"pageSize": 1000, "orderBy": "ASC"})).json()["profiles"]
    found = []
    for profile in listed:
        (only,) = (await http.get(f"{PROFILES}/{profile}/Identifiers")).json()["identifiers"]
        found.append(int(only["values"][0].removeprefix("p").partition("@")[0]))
    return found


async def entries_of(path: Path) -> list[int]:
    journal = SqliteJournal.open(path)
    _, entries = journal.load()
    sequences = [entry.sequence for entry in entries if entry.kind is not Kind.RESET]
    await journal.close()
    return sequences
