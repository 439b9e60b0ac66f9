"""The vendor's agent package, which follows redirects."""

import asyncio
from typing import Any

import httpx
import pytest
from tac.context.memory import MemoryClient

from resolver.testing import Emulator


@pytest.fixture
def memory(emulator: Emulator) -> MemoryClient:
    client = MemoryClient(emulator.store_id, *emulator.auth)
    client.base_url = emulator.url
    return client


def create(memory: MemoryClient, **traits: Any) -> str:
    return asyncio.run(memory.create_profile({"Contact": traits}))


def test_a_profile_is_created_found_and_got(memory: MemoryClient) -> None:
    ada = create(memory, email="Ada@Example.com", firstName="Ada")
    assert create(memory, email="ada@example.com") == ada
    found = asyncio.run(memory.lookup_profile("email", " ADA@example.com"))
    assert (found.normalized_value, found.profiles) == ("ada@example.com", [ada])
    profile = asyncio.run(memory.get_profile(ada, trait_groups=["Contact"]))
    assert (profile.id, profile.traits) == (ada, {"Contact": {"email": "ada@example.com", "firstName": "Ada"}})


def test_nobody_is_an_empty_answer(memory: MemoryClient) -> None:
    found = asyncio.run(memory.lookup_profile("phone", "317-555-6789"))
    assert (found.normalized_value, found.profiles) == ("+13175556789", [])


def test_it_follows_a_merged_profile_to_the_canonical_one(emulator: Emulator, memory: MemoryClient) -> None:
    ada = create(memory, email="ada@example.com")
    call = create(memory, phone="317-555-6789", lastName="Lovelace")
    path = f"/v1/Stores/{emulator.store_id}/Profiles/{call}/Identifiers"
    assert emulator.http.post(path, json={"idType": "email", "value": "ada@example.com"}).status_code == 202
    profile = asyncio.run(memory.get_profile(call, trait_groups=["Contact"]))
    assert profile.id == ada
    assert profile.traits == {"Contact": {"email": "ada@example.com", "phone": "317-555-6789", "lastName": "Lovelace"}}


def test_its_own_http_client_follows_every_redirect_to_the_same_place(emulator: Emulator, memory: MemoryClient) -> None:
    ada, call = create(memory, email="ada@example.com"), create(memory, phone="317-555-6789")
    profiles = f"{emulator.url}/v1/Stores/{emulator.store_id}/Profiles"
    merged = f"{profiles}/{call}/Identifiers"
    with memory._get_sync_client() as http:
        http.post(merged, json={"idType": "email", "value": "ada@example.com"}).raise_for_status()
        answers = [
            http.get(merged),
            http.get(f"{merged}/phone"),
            http.post(merged, json={"idType": "email", "value": "ada@example.org"}),
            http.patch(
                f"{merged}/email", json={"idType": "email", "oldValue": "ada@example.org", "newValue": "a@example.org"}
            ),
            http.delete(f"{merged}/phone", params={"removeAll": "true"}),
            http.patch(f"{profiles}/{call}", json={"traits": {"Contact": {"firstName": "Ada"}}}),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 202, 202, 202, 202]
        assert [[past.status_code for past in answer.history] for answer in answers] == [[301]] * 2 + [[308]] * 4
        assert all(answer.url.path.startswith(f"/v1/Stores/{emulator.store_id}/Profiles/{ada}") for answer in answers)
        assert answers[1].json() == {"idType": "phone", "values": ["+13175556789"]}
        assert http.get(f"{profiles}/{ada}/Identifiers").json() == {
            "identifiers": [{"idType": "email", "values": ["ada@example.com", "a@example.org"]}]
        }
        http.delete(f"{profiles}/{call}").raise_for_status()
        assert http.get(f"{profiles}/{ada}").status_code == 404


def test_a_trait_that_is_no_identifier_is_its_own_error(memory: MemoryClient) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        create(memory, firstName="Ada")
