"""Trait groups: kept as they were defined, and promoting traits to identifiers (T1)."""

from typing import Any

import pytest

from resolver import IdentifierConfig, Settings
from tests.emulator.client import CONTROL, PROFILES, STORE, Client

GROUPS = f"{CONTROL}/{STORE}/TraitGroups"
LOYALTY = Settings([IdentifierConfig("email", normalization="email"), IdentifierConfig("loyalty_id")], ["loyalty_id"])
PROMOTED = {"loyaltyId": {"dataType": "STRING", "idTypePromotion": "loyalty_id"}}


def define(client: Client, name: str, traits: dict[str, Any] | None = None, **more: Any) -> None:
    answer = client.ask("POST", GROUPS, {"displayName": name, **({"traits": traits} if traits else {}), **more})
    assert answer.status_code == 202, answer.text


def create(client: Client, **groups: Any) -> str:
    answer = client.ask("POST", PROFILES, {"traits": groups})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_a_promoted_trait_is_an_identifier() -> None:
    client = Client(settings=LOYALTY)
    refused = client.ask("POST", PROFILES, {"traits": {"Account": {"loyaltyId": "L1"}}})
    assert (refused.status_code, "loyalty_id" in refused.json()["message"]) == (400, True)
    define(client, "Account", PROMOTED)
    ada = create(client, Account={"loyaltyId": "L1"}, Contact={"email": "Ada@example.com"})
    assert client.identifiers(ada) == {"loyalty_id": ["L1"], "email": ["ada@example.com"]}
    assert create(client, Account={"loyaltyId": " L1 "}) == ada
    found = client.ask("POST", f"{PROFILES}/Lookup", {"idType": "loyalty_id", "value": "L1"}).json()
    assert found == {"normalizedValue": "L1", "profiles": [ada]}
    traits = client.ask("GET", f"{PROFILES}/{ada}").json()["traits"]
    assert traits == {"Account": {"loyaltyId": " L1 "}, "Contact": {"email": "Ada@example.com"}}


def test_patching_a_promoted_trait_attaches_it_and_may_merge_and_null_leaves_the_identifiers() -> None:
    client = Client(settings=LOYALTY)
    define(client, "Account", PROMOTED)
    ada = create(client, Account={"loyaltyId": "L1"})
    bob = create(client, Account={"loyaltyId": "L2"})
    patch = {"traits": {"Account": {"loyaltyId": "L1"}}}
    answer = client.ask("PATCH", f"{PROFILES}/{bob}", patch)
    assert (answer.status_code, answer.headers["canonical-profile-id"]) == (202, ada)
    assert client.identifiers(ada) == {"loyalty_id": ["L1", "L2"]}
    assert client.ask("PATCH", f"{PROFILES}/{ada}", {"traits": {"Account": {"loyaltyId": None}}}).status_code == 202
    assert client.identifiers(ada) == {"loyalty_id": ["L1", "L2"]}
    assert client.ask("GET", f"{PROFILES}/{ada}").json()["traits"] == {}


def test_bulk_takes_promoted_traits_and_an_error_names_the_trait() -> None:
    client = Client(settings=LOYALTY)
    define(client, "Account", {**PROMOTED, "mail": {"dataType": "STRING", "idTypePromotion": "email"}})
    batch = [{"traits": {"Account": {"loyaltyId": f"L{number}"}}} for number in (1, 2, 1)]
    assert client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": batch}).status_code == 202
    assert len(client.ask("GET", PROFILES).json()["profiles"]) == 2
    wrong = {"traits": {"Account": {"loyaltyId": "L9", "mail": "nobody"}}}
    ada = client.ask("GET", PROFILES).json()["profiles"][0]
    messages = [
        client.ask("POST", PROFILES, wrong).json()["message"],
        client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": [wrong]}).json()["message"],
        client.ask("PATCH", f"{PROFILES}/{ada}", wrong).json()["message"],
        client.ask("POST", PROFILES, {"traits": {"Account": {"mail": 5}}}).json()["message"],
    ]
    places = [message.partition(": ")[0] for message in messages]
    assert places == [
        "traits.Account.mail",
        "profiles[0].traits.Account.mail",
        "traits.Account.mail",
        "traits.Account.mail",
    ]


def test_a_trait_of_contact_with_the_name_of_an_id_type_is_an_identifier_whatever_is_defined() -> None:
    client = Client(settings=LOYALTY)
    define(client, "Contact", {"card": {"dataType": "STRING", "idTypePromotion": "loyalty_id"}})
    ada = create(client, Contact={"email": "ada@example.com", "card": "L1", "loyalty_id": "L2"})
    assert client.identifiers(ada) == {"loyalty_id": ["L1", "L2"], "email": ["ada@example.com"]}


def test_a_promotion_to_a_type_that_is_not_configured_waits_until_it_is() -> None:
    client = Client()
    define(client, "Account", PROMOTED)
    body = {"traits": {"Account": {"loyaltyId": "L1"}, "Contact": {"chat": "c"}}}
    ada = client.ask("POST", PROFILES, body).json()["id"]
    assert client.identifiers(ada) == {"chat": ["c"]}
    document = {"identifierConfigs": [{"idType": "loyalty_id"}, {"idType": "chat"}], "matchingRules": ["loyalty_id"]}
    assert client.ask("PUT", f"{CONTROL}/{STORE}/IdentityResolutionSettings", document).status_code == 202
    assert client.identifiers(ada) == {"chat": ["c"]}
    other = client.ask("POST", PROFILES, {"traits": {"Account": {"loyaltyId": "L1"}}}).json()["id"]
    assert client.identifiers(other) == {"loyalty_id": ["L1"]}


def test_a_group_is_given_back_as_it_was_defined() -> None:
    client = Client()
    traits = {
        "loyaltyId": {
            "dataType": "STRING",
            "description": "the card's number",
            "validationRule": {"ruleType": "STRING", "pattern": "^L[0-9]+$", "minLength": 2, "maxLength": 9},
            "idTypePromotion": "loyalty_id",
        },
        "points": {"dataType": "NUMBER", "validationRule": {"ruleType": "NUMBER", "min": 0, "max": 9.5}},
        "tags": {"dataType": "ARRAY", "validationRule": {"ruleType": "ARRAY", "minItems": 0, "maxItems": 3}},
        "isGold": {"dataType": "BOOLEAN", "validationRule": {"ruleType": "BOOLEAN"}},
    }
    define(client, "Account", traits, description="what we know")
    answer = client.ask("GET", f"{GROUPS}/Account?orderBy=ASC")
    group = {"displayName": "Account", "version": 1, "description": "what we know", "traits": traits}
    assert answer.json() == {"traitGroup": group, "meta": {"key": "traits", "pageSize": 4}}
    assert answer.headers["etag"].startswith('"')
    assert list(answer.json()["traitGroup"]["traits"]) == ["isGold", "loyaltyId", "points", "tags"]
    bare = {name: value for name, value in group.items() if name != "traits"}
    assert client.ask("GET", f"{GROUPS}/Account?includeTraits=false").json()["traitGroup"] == bare
    assert client.ask("GET", GROUPS).json() == {
        "traitGroups": [bare],
        "meta": {"key": "traitGroups", "pageSize": 1},
    }
    assert client.ask("GET", f"{GROUPS}?includeTraits=true").json()["traitGroups"] == [group]
    assert client.ask("GET", "/_emulator/dump").json()["stores"][0]["traitGroups"] == [group]


def test_a_patch_sets_the_traits_that_it_names_and_an_empty_data_type_removes_one() -> None:
    client = Client(settings=LOYALTY)
    define(client, "Account", {**PROMOTED, "gone": {"dataType": "BOOLEAN"}})
    etag = client.ask("GET", f"{GROUPS}/Account").headers["etag"]
    change = {"traits": {"gone": {"dataType": ""}, "age": {"dataType": "NUMBER"}}}
    answer = client.ask("PATCH", f"{GROUPS}/Account", change, headers={"If-Match": etag})
    assert answer.status_code == 202
    assert client.ask("GET", answer.headers["location"]).json()["status"] == "COMPLETED"
    group = client.ask("GET", f"{GROUPS}/Account").json()["traitGroup"]
    assert (group["version"], set(group["traits"])) == (2, {"loyaltyId", "age"})
    assert client.ask("PATCH", f"{GROUPS}/Account", change, headers={"If-Match": etag}).status_code == 412
    assert client.ask("DELETE", f"{GROUPS}/Account", headers={"If-Match": etag}).status_code == 412
    removed = {"description": "", "traits": {"loyaltyId": {"dataType": ""}}}
    assert client.ask("PATCH", f"{GROUPS}/Account", removed).status_code == 202
    assert "description" not in client.ask("GET", f"{GROUPS}/Account").json()["traitGroup"]
    assert client.ask("POST", PROFILES, {"traits": {"Account": {"loyaltyId": "L1"}}}).status_code == 400


def test_a_deleted_group_promotes_nothing_any_more_and_takes_nothing_from_profiles() -> None:
    client = Client(settings=LOYALTY)
    define(client, "Account", PROMOTED)
    ada = create(client, Account={"loyaltyId": "L1"})
    assert client.ask("DELETE", f"{GROUPS}/Account").status_code == 202
    assert client.ask("GET", GROUPS).json()["traitGroups"] == []
    assert client.ask("GET", f"{PROFILES}/{ada}").json()["traits"] == {"Account": {"loyaltyId": "L1"}}
    assert client.identifiers(ada) == {"loyalty_id": ["L1"]}
    assert client.ask("POST", PROFILES, {"traits": {"Account": {"loyaltyId": "L1"}}}).status_code == 400
    define(client, "Account", PROMOTED)
    assert create(client, Account={"loyaltyId": "L1"}) == ada


def test_names_are_unique_and_groups_and_traits_are_bounded() -> None:
    client = Client()
    define(client, "group0", {f"trait{number:02}": {"dataType": "STRING"} for number in range(95)})
    again = client.ask("POST", GROUPS, {"displayName": "group0"})
    assert (again.status_code, again.json()["message"].partition(":")[0]) == (400, "displayName")
    more = {"traits": {"one": {"dataType": "STRING"}}}
    assert client.ask("PATCH", f"{GROUPS}/group0", more).status_code == 400
    more["traits"]["trait00"] = {"dataType": ""}
    assert client.ask("PATCH", f"{GROUPS}/group0", more).status_code == 202
    for number in range(1, 50):
        define(client, f"group{number}")
    assert client.ask("POST", GROUPS, {"displayName": "group50"}).status_code == 400


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_groups_and_their_traits_come_in_pages(order: str) -> None:
    client = Client()
    names = [f"group{number}" for number in range(5)]
    for name in names:
        define(client, name, {letter: {"dataType": "STRING"} for letter in "badce"})
    letters = list("abcde")
    paths = {GROUPS: names, f"{GROUPS}/group0": letters}
    for path, expected in paths.items():
        found: list[str] = []
        token = ""
        while True:
            page = client.ask("GET", f"{path}?pageSize=2&orderBy={order}{token}").json()
            group = page.get("traitGroup")
            some = [each["displayName"] for each in page["traitGroups"]] if group is None else list(group["traits"])
            assert page["meta"]["pageSize"] == len(some)
            found += some
            if "nextToken" not in page["meta"]:
                break
            token = f"&pageToken={page['meta']['nextToken']}"
        assert found == (expected if order == "ASC" else expected[::-1])


def test_a_reset_forgets_groups_and_a_restart_does_not_and_delay_holds_them_back() -> None:
    client = Client(delay_ms=50)
    define(client, "Account", PROMOTED)
    assert client.ask("GET", f"{GROUPS}/Account").status_code == 404
    client.now += 50
    assert client.ask("GET", f"{GROUPS}/Account").status_code == 200
    client.ask("POST", "/_emulator/reset")
    assert client.ask("GET", GROUPS).json()["traitGroups"] == []
