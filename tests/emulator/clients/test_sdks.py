"""The vendor's Python and Node clients: everything that the emulator serves, as a program would use it."""

from typing import Any

import pytest

from resolver.testing import Emulator
from tests.emulator.clients.sdks import Python, Refused, Sdk

UNKNOWN = "mem_profile_" + 26 * "7"


def person(**traits: Any) -> dict[str, dict[str, Any]]:
    return {"Contact": traits}


@pytest.fixture
def ada(sdk: Sdk) -> str:
    return sdk.create(person(email="Ada@Example.com", firstName="Ada"))


def refusal(call: Any, *given: Any, **named: Any) -> tuple[int, int | None]:
    with pytest.raises(Refused) as refused:
        call(*given, **named)
    assert refused.value.message
    return refused.value.status, refused.value.code


def test_an_identifier_is_added_listed_and_got(sdk: Sdk, ada: str) -> None:
    assert sdk.add(ada, "phone", "(317) 555-6789") == "Identifier accepted for processing."
    assert sdk.all(ada) == {"email": ["ada@example.com"], "phone": ["+13175556789"]}
    assert sdk.get(ada, "phone") == ["+13175556789"]


def test_an_identifier_is_replaced(sdk: Sdk, ada: str) -> None:
    assert sdk.replace(ada, "email", "ADA@example.com", "ada@example.org") == "Identifier update accepted."
    assert sdk.get(ada, "email") == ["ada@example.org"]


def test_one_identifier_is_removed_or_all(sdk: Sdk, ada: str) -> None:
    for place in range(4):
        sdk.add(ada, "email", f"ada{place}@example.com")
    sdk.remove(ada, "email")
    assert sdk.get(ada, "email") == [f"ada{place}@example.com" for place in range(4)]
    sdk.remove(ada, "email", remove_all=False)
    assert sdk.get(ada, "email") == [f"ada{place}@example.com" for place in range(1, 4)]
    sdk.remove(ada, "email", remove_all=True)
    assert sdk.all(ada) == {}


def test_an_identifier_that_two_profiles_claim_makes_them_one(sdk: Sdk, ada: str) -> None:
    call = sdk.create(person(phone="317-555-6789", firstName="A."))
    assert ada != call
    sdk.add(call, "email", "ada@example.com")
    assert sdk.lookup("phone", "1-317-555-6789") == ("+13175556789", [ada])
    assert sdk.all(ada) == {"email": ["ada@example.com"], "phone": ["+13175556789"]}
    assert sdk.ids() == [ada]
    assert sdk.fetch(ada) == (ada, person(email="Ada@Example.com", firstName="A.", phone="317-555-6789"))


def test_a_write_to_a_merged_profile_is_told_to_go_elsewhere(sdk: Sdk, ada: str) -> None:
    call = sdk.create(person(phone="317-555-6789"))
    sdk.add(call, "email", "ada@example.com")
    before = sdk.all(ada)
    for refused in (
        refusal(sdk.add, call, "email", "other@example.com"),
        refusal(sdk.replace, call, "email", "ada@example.com", "other@example.com"),
        refusal(sdk.patch, call, person(firstName="Nobody")),
    ):
        assert refused[0] == 308
    assert sdk.all(ada) == before


def test_a_read_of_a_merged_profile_has_moved(sdk: Sdk, emulator: Emulator, ada: str) -> None:
    call = sdk.create(person(phone="317-555-6789"))
    sdk.add(call, "email", "ada@example.com")
    assert sdk.fetch(call) == (None, None), "both clients take 301 for an answer and follow nothing"
    answer = emulator.http.get(f"/v1/Stores/{emulator.store_id}/Profiles/{call}/Identifiers/email")
    assert answer.status_code == 301
    assert answer.headers["canonical-profile-id"] == ada
    assert answer.headers["location"].endswith(f"/Profiles/{ada}/Identifiers/email")


def test_what_is_wrong_comes_back_as_the_clients_own_error(sdk: Sdk, ada: str) -> None:
    assert refusal(sdk.all, UNKNOWN) == (404, 20404)
    assert refusal(sdk.all, "nobody") == (400, 400)
    assert refusal(sdk.add, ada, "fax", "1") == (400, 400)
    assert refusal(sdk.add, ada, "email", "no address") == (400, 400)
    assert refusal(sdk.add, UNKNOWN, "email", "ada@example.com") == (404, 20404)
    assert refusal(sdk.get, ada, "phone") == (404, 20404)
    assert refusal(sdk.replace, ada, "email", "other@example.com", "ada@example.org") == (404, 20404)
    assert refusal(sdk.remove, ada, "phone") == (404, 20404)
    assert refusal(sdk.create, person(firstName="Ada")) == (400, 400)
    assert refusal(sdk.operation, "mem_operation_" + 26 * "7") == (404, 20404)


def test_traits_are_kept_and_changed(sdk: Sdk, ada: str) -> None:
    message = sdk.patch(ada, {"Contact": {"firstName": "Augusta"}, "Work": {"years": 3, "on": True}})
    assert message == "Trait modifications accepted for processing."
    assert sdk.fetch(ada)[1] == {
        "Contact": {"email": "Ada@Example.com", "firstName": "Augusta"},
        "Work": {"years": 3, "on": True},
    }


def test_a_trait_is_removed_where_the_client_sends_null(sdk: Sdk, ada: str) -> None:
    sdk.patch(ada, {"Contact": {"firstName": None, "lastName": "Lovelace"}})
    traits = sdk.fetch(ada)[1]
    assert traits is not None
    keeps = {"firstName": "Ada"} if isinstance(sdk, Python) else {}
    assert traits["Contact"] == {"email": "Ada@Example.com", **keeps, "lastName": "Lovelace"}


def test_profiles_are_listed_page_by_page(sdk: Sdk) -> None:
    made = [sdk.create(person(email=f"p{number}@example.com")) for number in range(7)]
    assert sdk.ids(page_size=3) == made[::-1]
    assert sdk.ids(page_size=2, order="ASC") == made


def test_a_deleted_profile_is_gone_and_its_identifiers_are_free(sdk: Sdk, ada: str) -> None:
    sdk.delete(ada)
    assert refusal(sdk.fetch, ada) == (404, 20404)
    assert sdk.lookup("email", "ada@example.com") == ("ada@example.com", [])
    assert sdk.create(person(email="ada@example.com")) != ada


def test_a_bulk_update_joins_its_own_profiles(sdk: Sdk) -> None:
    message = sdk.bulk(
        person(email="a@example.com"), person(phone="317-555-6789"), person(email="a@example.com", phone="3175556789")
    )
    assert message == "Profile batch accepted for processing."
    (only,) = sdk.ids()
    assert sdk.all(only) == {"email": ["a@example.com"], "phone": ["+13175556789"]}


def test_a_lookup_of_nobody_is_no_error(sdk: Sdk) -> None:
    assert sdk.lookup("email", "Nobody@Example.com") == ("nobody@example.com", [])


def test_settings_are_read_changed_and_guarded(sdk: Sdk, emulator: Emulator, ada: str) -> None:
    place = f"/v1/ControlPlane/Stores/{emulator.store_id}/IdentityResolutionSettings"
    etag = emulator.http.get(place).headers["etag"]
    document = sdk.settings()
    assert document.pop("version") == 1
    document["identifierConfigs"].append({"idType": "crm_id", "limit": 1, "limitPolicy": "lifo"})
    document["matchingRules"].append("crm_id")
    url = sdk.put_settings(document, if_match=etag)
    assert sdk.operation(url.rpartition("/")[2]) == "COMPLETED"
    assert sdk.settings()["version"] == 2
    sdk.add(ada, "crm_id", " 42 ")
    sdk.add(ada, "crm_id", "43")
    assert sdk.get(ada, "crm_id") == ["42"]
    assert refusal(sdk.put_settings, document, if_match=etag)[0] == 412
    document["matchingRules"] = ["fax"]
    assert refusal(sdk.put_settings, document) == (400, 400)


class TestFollow:
    """With ``redirects="follow"`` a client that follows nothing reaches the canonical profile all the same."""

    @pytest.fixture
    def emulator_options(self) -> dict[str, Any]:
        return {"redirects": "follow"}

    def test_a_merged_profile_answers_as_the_canonical_one(self, sdk: Sdk, ada: str) -> None:
        call = sdk.create(person(phone="317-555-6789"))
        sdk.add(call, "email", "ada@example.com")
        assert sdk.fetch(call)[0] == ada
        sdk.add(call, "email", "ada@example.org")
        assert sdk.get(call, "email") == ["ada@example.com", "ada@example.org"] == sdk.get(ada, "email")
        sdk.delete(call)
        assert sdk.ids() == []


def test_traits_come_with_their_groups_and_a_group_promotes_one_to_an_identifier(sdk: Sdk) -> None:
    rules = ["loyalty_id", "email"]
    sdk.put_settings({"identifierConfigs": [{"idType": name} for name in rules], "matchingRules": rules})
    card = {"dataType": "STRING", "idTypePromotion": "loyalty_id", "validationRule": {"ruleType": "STRING"}}
    assert sdk.operation(sdk.define("Account", {"loyaltyId": card}).rpartition("/")[2]) == "COMPLETED"
    traits: dict[str, dict[str, Any]] = {"Account": {"loyaltyId": "L1"}, "Own": {"points": 3, "tags": ["a", "b"]}}
    ada = sdk.create(traits)
    assert sdk.all(ada) == {"loyalty_id": ["L1"]}
    assert sdk.traits(ada) == {
        ("Account", "loyaltyId"): "L1",
        ("Own", "points"): 3,
        ("Own", "tags"): ["a", "b"],
    }
    assert sdk.groups() == ["Account"]
    assert sdk.group("Account") == {"displayName": "Account", "version": 1, "traits": {"loyaltyId": card}}
    sdk.redefine("Account", {"loyaltyId": {"dataType": ""}, "since": {"dataType": "NUMBER"}})
    assert sdk.group("Account")["traits"] == {"since": {"dataType": "NUMBER"}}
    assert refusal(sdk.create, traits) == (400, 400)
    sdk.undefine("Account")
    assert sdk.groups() == []
    assert refusal(sdk.group, "Account") == (404, 20404)


def test_what_was_observed_and_summed_up_is_there_and_recall_finds_nothing(sdk: Sdk, ada: str) -> None:
    when = "2025-01-15T10:30:45Z"
    observed = [{"content": each, "source": "web", "occurredAt": when, "conversationIds": ["c"]} for each in "ab"]
    assert sdk.observe(ada, *observed) == "Observations accepted for processing."
    (second, _), (first, _) = sdk.observations(ada)
    assert [content for _, content in sdk.observations(ada)] == ["b", "a"]
    sdk.change_observation(ada, first, "A")
    assert sdk.revisions(ada, first) == ["A", "a"]
    sdk.forget_observation(ada, second)
    assert sdk.observations(ada) == [(first, "A")]
    sdk.sum_up(ada, {"content": "all of it", "conversationId": "c", "occurredAt": when})
    assert [content for _, content in sdk.summaries(ada)] == ["all of it"]
    found = sdk.recall(ada, "tea")
    assert found == {"observations": [], "summaries": [], "communications": [], "meta": {"queryTime": 0}}
