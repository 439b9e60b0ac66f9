"""The vendor's agent package, which follows redirects."""

import asyncio
from typing import Any

import httpx
import pytest
from tac.context.memory import MemoryClient
from tac.core.config import ConversationIntelligenceConfig
from tac.core.tac import TAC
from tac.intelligence.operator_result_processor import OperatorResultProcessor
from tac.models.memory import ObservationInfo, SummaryInfo
from tac.models.session import ConversationSession
from tac.tools.memory import create_memory_tool

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


CONVERSATION = "conv_conversation_00000000000000000000000000"


def test_what_it_calls_with_every_message_is_there(emulator: Emulator, memory: MemoryClient) -> None:
    ada = create(memory, phone="317-555-6789", firstName="Ada")
    agent = TAC(
        {
            "account_sid": "AC" + 32 * "0",
            "auth_token": "secret",
            "api_key": emulator.auth[0],
            "api_secret": emulator.auth[1],
            "phone_number": "+13175550000",
        }
    )
    agent.conversation_memory_client = memory
    author = {"address": "+1 317 555 6789"}
    session = ConversationSession.model_validate(
        {"conversation_id": CONVERSATION, "channel": "SMS", "author_info": author}
    )

    async def one_message_after_the_other() -> list[Any]:
        return [await agent.retrieve_memory(session, query=query, conversation_id=CONVERSATION) for query in ("a", "b")]

    answers = asyncio.run(one_message_after_the_other())
    assert [(each.observations, each.summaries, each.communications) for each in answers] == [([], [], [])] * 2
    assert session.profile_id == ada
    assert session.profile is not None
    assert session.profile.traits == {"Contact": {"phone": "317-555-6789", "firstName": "Ada"}}
    found: Any = asyncio.run(create_memory_tool(memory, session)(query="tea"))
    assert found["meta"] == {"queryTime": 0}
    asked = requests_of(emulator)
    assert {each["endpoint"] for each in asked} >= {"CreateLookup", "FetchProfile", "CreateFetchProfileMemory"}
    assert {each["status"] for each in asked} <= {200, 202}


def test_what_it_learns_about_a_person_is_kept(emulator: Emulator, memory: MemoryClient) -> None:
    ada = create(memory, email="ada@example.com")
    seen = asyncio.run(memory.create_observation(ada, "likes tea", conversation_ids=[CONVERSATION]))
    assert seen == {"message": "Observations accepted for processing."}
    processor = OperatorResultProcessor(
        memory, ConversationIntelligenceConfig(configuration_id="GA1", summary_operator_sid="LY1")
    )
    event = {
        "accountId": "AC1",
        "conversationId": CONVERSATION,
        "intelligenceConfiguration": {"id": "GA1", "version": 1},
        "operatorResults": [
            {
                "id": "result",
                "operator": {"id": "LY1"},
                "outputFormat": "TEXT",
                "result": "about tea",
                "dateCreated": "2025-01-15T10:30:45Z",
                "referenceIds": [],
                "executionDetails": {"participants": [{"id": "p", "profileId": ada, "type": "CUSTOMER"}]},
            }
        ],
    }
    done = asyncio.run(processor.process_event(event))
    assert (done.success, done.created_count, done.error) == (True, 1, None)
    profile = f"/v1/Stores/{emulator.store_id}/Profiles/{ada}"
    (observed,) = emulator.http.get(f"{profile}/Observations").json()["observations"]
    ObservationInfo.model_validate(observed)
    assert (observed["content"], observed["conversationIds"]) == ("likes tea", [CONVERSATION])
    (summary,) = emulator.http.get(f"{profile}/ConversationSummaries").json()["summaries"]
    SummaryInfo.model_validate(summary)
    assert (summary["content"], summary["source"]) == ("about tea", "conversation-intelligence")
    assert {each["status"] for each in requests_of(emulator)} <= {200, 202}


def test_its_recall_and_its_observations_follow_a_merged_profile(emulator: Emulator, memory: MemoryClient) -> None:
    ada, call = create(memory, email="ada@example.com"), create(memory, phone="317-555-6789")
    path = f"/v1/Stores/{emulator.store_id}/Profiles/{call}/Identifiers"
    emulator.http.post(path, json={"idType": "email", "value": "ada@example.com"})
    asyncio.run(memory.retrieve_memory(call, query="tea"))
    asyncio.run(memory.create_observation(call, "likes tea"))
    asked = [(each["endpoint"], each["status"]) for each in requests_of(emulator)][-4:]
    assert asked == [
        ("CreateFetchProfileMemory", 308),
        ("CreateFetchProfileMemory", 200),
        ("CreateProfileObservation", 308),
        ("CreateProfileObservation", 202),
    ]
    found = emulator.http.get(f"/v1/Stores/{emulator.store_id}/Profiles/{ada}/Observations").json()["observations"]
    assert [each["content"] for each in found] == ["likes tea"]


def requests_of(emulator: Emulator) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = emulator.http.get("/_emulator/requests").json()["requests"]
    return requests
