"""Observations, conversation summaries and recall: what was sent is kept and given back."""

from typing import Any

import pytest

from tests.emulator.client import NOBODY, PROFILES, Client

CONVERSATION = "conv_conversation_00000000000000000000000000"
OBSERVED = {"content": "likes tea", "source": "web chat", "occurredAt": "2025-01-15T10:30:45.123456+01:00"}
SUMMED_UP = {"content": "about tea", "conversationId": CONVERSATION, "occurredAt": "2025-01-15T10:30:45Z"}
KINDS = [("Observations", "observations", OBSERVED), ("ConversationSummaries", "summaries", SUMMED_UP)]


def send(client: Client, profile: str, kind: str, *items: dict[str, Any]) -> None:
    key = "observations" if kind == "Observations" else "summaries"
    answer = client.ask("POST", f"{PROFILES}/{profile}/{kind}", {key: list(items)})
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"message"}


def sent(client: Client, profile: str, kind: str, query: str = "") -> list[dict[str, Any]]:
    answer = client.ask("GET", f"{PROFILES}/{profile}/{kind}{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["observations" if kind == "Observations" else "summaries"])


def test_an_observation_is_given_back_as_it_was_sent_in_whole_seconds() -> None:
    client = Client()
    ada = client.create(chat="a")
    send(client, ada, "Observations", {**OBSERVED, "conversationIds": [CONVERSATION, "another"]})
    (one,) = sent(client, ada, "Observations")
    assert one == {
        "id": one["id"],
        "content": "likes tea",
        "source": "web chat",
        "occurredAt": "2025-01-15T09:30:45Z",
        "createdAt": "1970-01-01T00:00:01Z",
        "updatedAt": "1970-01-01T00:00:01Z",
        "conversationIds": [CONVERSATION, "another"],
    }
    assert one["id"].startswith("mem_observation_0")
    assert client.ask("GET", f"{PROFILES}/{ada}/Observations/{one['id']}").json() == one


def test_a_summary_is_given_back_as_it_was_sent() -> None:
    client = Client()
    ada = client.create(chat="a")
    send(client, ada, "ConversationSummaries", SUMMED_UP, {**SUMMED_UP, "source": "operator"})
    later, first = sent(client, ada, "ConversationSummaries")
    assert set(later) - set(first) == {"source"}
    assert first == {**SUMMED_UP, **{name: first[name] for name in ("id", "createdAt", "updatedAt")}}
    assert first["id"].startswith("mem_summary_0")
    assert client.ask("GET", f"{PROFILES}/{ada}/ConversationSummaries/{first['id']}").json() == first


@pytest.mark.parametrize(("kind", "key", "item"), KINDS)
def test_a_change_keeps_what_it_does_not_name_and_a_removal_is_final(kind: str, key: str, item: dict[str, Any]) -> None:
    client = Client()
    ada = client.create(chat="a")
    send(client, ada, kind, item, item)
    kept, gone = sent(client, ada, kind)
    client.now = 60_000
    path = f"{PROFILES}/{ada}/{kind}"
    assert client.ask("PATCH", f"{path}/{kept['id']}", {"content": "likes coffee"}).status_code == 202
    changed = {**kept, "content": "likes coffee", "updatedAt": "1970-01-01T00:01:00Z"}
    assert client.ask("GET", f"{path}/{kept['id']}").json() == changed
    more = {"source": "other", "occurredAt": "2025-02-01T00:00:00Z"}
    assert client.ask("PATCH", f"{path}/{kept['id']}", more).status_code == 202
    assert client.ask("GET", f"{path}/{kept['id']}").json() == {**changed, **more}
    assert client.ask("DELETE", f"{path}/{gone['id']}").status_code == 202
    assert [each["id"] for each in sent(client, ada, kind)] == [kept["id"]]
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert client.ask(method, f"{path}/{gone['id']}", body).status_code == 404


def test_conversations_of_a_memory_may_change() -> None:
    client = Client()
    ada = client.create(chat="a")
    send(client, ada, "Observations", {**OBSERVED, "conversationIds": ["one"]})
    send(client, ada, "ConversationSummaries", SUMMED_UP)
    ((seen,), (summed,)) = (sent(client, ada, kind) for kind, _, _ in KINDS)
    client.ask("PATCH", f"{PROFILES}/{ada}/Observations/{seen['id']}", {"conversationIds": ["two", "three"]})
    client.ask("PATCH", f"{PROFILES}/{ada}/ConversationSummaries/{summed['id']}", {"conversationId": "two"})
    assert sent(client, ada, "Observations", "?conversationId=one") == []
    assert len(sent(client, ada, "Observations", "?conversationId=three")) == 1
    assert len(sent(client, ada, "ConversationSummaries", "?conversationId=two")) == 1
    assert sent(client, ada, "ConversationSummaries", f"?conversationId={CONVERSATION}") == []


def test_every_version_of_an_observation_is_there_the_newest_first() -> None:
    client = Client()
    ada = client.create(chat="a")
    send(client, ada, "Observations", OBSERVED)
    (one,) = sent(client, ada, "Observations")
    path = f"{PROFILES}/{ada}/Observations/{one['id']}"
    for number in range(4):
        client.now += 1000
        client.ask("PATCH", path, {"content": f"version {number}"})
    revisions = client.ask("GET", f"{path}/Revisions").json()
    assert revisions["meta"] == {"key": "revisions", "pageSize": 50}
    contents = [each["content"] for each in revisions["revisions"]]
    assert contents == ["version 3", "version 2", "version 1", "version 0", "likes tea"]
    assert {each["id"] for each in revisions["revisions"]} == {one["id"]}
    first = client.ask("GET", f"{path}/Revisions?pageSize=3").json()
    token = first["meta"]["nextToken"]
    second = client.ask("GET", f"{path}/Revisions?pageSize=3&pageToken={token}").json()
    assert first["revisions"] + second["revisions"] == revisions["revisions"]


def test_observations_are_filtered_and_ordered_and_come_in_pages() -> None:
    client = Client()
    ada = client.create(chat="a")
    for number in range(5):
        client.now = (number + 1) * 60_000
        send(client, ada, "Observations", {**OBSERVED, "content": str(number), "source": f"source{number % 2}"})

    def contents(query: str) -> str:
        return "".join(each["content"] for each in sent(client, ada, "Observations", query))

    assert contents("") == "43210"
    assert contents("?orderBy=ASC") == "01234"
    assert contents("?source=source1") == "31"
    assert contents("?createdAfter=1970-01-01T00:02:00Z&createdBefore=1970-01-01T00:04:00Z") == "21"
    page = client.ask("GET", f"{PROFILES}/{ada}/Observations?pageSize=3").json()
    assert page["meta"]["pageSize"] == 3
    assert contents(f"?pageSize=3&pageToken={page['meta']['nextToken']}") == "10"


@pytest.mark.parametrize(("kind", "key", "item"), KINDS)
def test_memories_move_to_the_survivor_with_their_ids_and_go_with_the_profile(
    kind: str, key: str, item: dict[str, Any]
) -> None:
    client = Client()
    ada, call = client.create(email="ada@example.com"), client.create(phone="317-555-6789")
    send(client, call, kind, item)
    send(client, ada, kind, item)
    before = {each["id"] for profile in (ada, call) for each in sent(client, profile, kind)}
    client.ask("POST", f"{PROFILES}/{call}/Identifiers", {"idType": "email", "value": "ada@example.com"})
    assert {each["id"] for each in sent(client, ada, kind)} == before
    listed = client.ask("GET", f"{PROFILES}/{call}/{kind}")
    assert (listed.status_code, listed.headers["canonical-profile-id"]) == (301, ada)
    assert listed.headers["location"].endswith(f"/{ada}/{kind}")
    one = min(before)
    fetched = client.ask("GET", f"{PROFILES}/{call}/{kind}/{one}")
    assert (fetched.status_code, fetched.headers["canonical-profile-id"]) == (200, ada)
    posted = client.ask("POST", f"{PROFILES}/{call}/{kind}", {key: [item]})
    assert (posted.status_code, posted.headers["location"].endswith(f"/{ada}/{kind}")) == (308, True)
    dumped = client.ask("GET", "/_emulator/dump").json()["stores"][0]["profiles"][0]
    assert len(dumped["observations"]) + len(dumped["conversationSummaries"]) == 2
    client.ask("DELETE", f"{PROFILES}/{ada}")
    assert client.ask("GET", f"{PROFILES}/{ada}/{kind}").status_code == 404
    assert client.ask("GET", f"{PROFILES}/{ada}/{kind}/{one}").status_code == 404


def test_followed_aliases_take_memories_for_their_profile() -> None:
    client = Client(redirects="follow")
    ada, old = client.merged()
    for kind, _, item in KINDS:
        send(client, old, kind, item)
        assert len(sent(client, ada, kind)) == 1
    answer = client.ask("POST", f"{PROFILES}/{old}/Recall", {})
    assert (answer.status_code, answer.headers["canonical-profile-id"]) == (200, ada)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": "tea", "conversationId": CONVERSATION, "observationsLimit": 0, "relevanceThreshold": 0.5},
        {"beginDate": "2025-01-01T00:00:00Z", "endDate": "2025-02-01T00:00:00Z", "communicationsLimit": 100},
    ],
)
def test_recall_is_empty_whatever_was_sent(body: dict[str, Any]) -> None:
    client = Client()
    ada = client.create(chat="a")
    send(client, ada, "Observations", OBSERVED)
    answer = client.ask("POST", f"{PROFILES}/{ada}/Recall", body)
    empty: dict[str, Any] = {"observations": [], "summaries": [], "communications": [], "meta": {"queryTime": 0}}
    assert (answer.status_code, answer.json()) == (200, empty)


def test_a_memory_of_one_profile_is_not_found_at_another() -> None:
    client = Client()
    ada, bob = client.create(chat="a"), client.create(chat="b")
    send(client, ada, "Observations", OBSERVED)
    (one,) = sent(client, ada, "Observations")
    for profile in (bob, NOBODY):
        assert client.ask("GET", f"{PROFILES}/{profile}/Observations/{one['id']}").status_code == 404


def test_delay_holds_memories_back_and_reset_forgets_them() -> None:
    client = Client(delay_ms=100)
    ada = client.create(chat="a")
    client.now += 100
    send(client, ada, "Observations", OBSERVED)
    assert sent(client, ada, "Observations") == []
    client.now += 100
    (one,) = sent(client, ada, "Observations")
    client.ask("POST", "/_emulator/reset")
    assert client.create(chat="a") == ada
    client.now += 100
    assert client.ask("GET", f"{PROFILES}/{ada}/Observations/{one['id']}").status_code == 404
