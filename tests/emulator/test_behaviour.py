"""What single statuses do not show: headers, messages, pages, traits, redirects, explanations, the clock, the log."""

from itertools import pairwise
from typing import Any

import pytest

from resolver import Blocked, IdentifierConfig, Policies, Settings
from tests.emulator.client import CONTROL, PROFILES, SETTINGS, STORE, Client


def test_the_five_identifier_calls_answer_as_documented() -> None:
    client = Client()
    path = f"{PROFILES}/{client.create(email='ada@example.com')}/Identifiers"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    update = {"idType": "phone", "oldValue": "317-555-6789", "newValue": "317-555-6700"}
    told = [
        client.ask("POST", path, {"idType": "phone", "value": "317-555-6789"}),
        client.ask("PATCH", f"{path}/phone", update),
        client.ask("GET", path, headers=form),
        client.ask("GET", f"{path}/phone", headers=form),
        client.ask("DELETE", f"{path}/phone?removeAll=true"),
    ]
    assert [(each.status_code, each.json()) for each in told] == [
        (202, {"message": "Identifier accepted for processing."}),
        (202, {"message": "Identifier update accepted."}),
        (
            200,
            {
                "identifiers": [
                    {"idType": "email", "values": ["ada@example.com"]},
                    {"idType": "phone", "values": ["+13175556700"]},
                ]
            },
        ),
        (200, {"idType": "phone", "values": ["+13175556700"]}),
        (202, {"message": "Identifier removal accepted."}),
    ]
    assert {each.headers["content-type"] for each in told} == {"application/json"}


def test_a_redirect_names_the_same_resource_under_the_canonical_id_on_the_host_of_the_request() -> None:
    client = Client()
    ada, old = client.merged()
    for method, below in (("GET", "/Identifiers"), ("DELETE", "/Identifiers/email?removeAll=true"), ("GET", "")):
        response = client.ask(method, f"{PROFILES}/{old}{below}", headers={"Host": "localhost:9"})
        assert response.headers["location"] == f"http://localhost:9{PROFILES}/{ada}{below}"
        assert response.headers["canonical-profile-id"] == ada
        assert client.ask(method, response.headers["location"]).status_code in (200, 202)


def test_an_id_type_is_quoted_in_a_location() -> None:
    client = Client(settings=Settings([IdentifierConfig("a b/c"), IdentifierConfig("email")], ["email", "a b/c"]))
    ada = client.create(email="ada@example.com", **{"a b/c": "1"})
    assert client.ask("GET", f"{PROFILES}/{ada}/Identifiers/a%20b%2Fc").json() == {"idType": "a b/c", "values": ["1"]}
    bob = client.create(email="bob@example.com")
    client.ask("POST", f"{PROFILES}/{bob}/Identifiers", {"idType": "a b/c", "value": "1"})
    moved = client.ask("GET", f"{PROFILES}/{bob}/Identifiers/a%20b%2Fc")
    assert moved.headers["location"].endswith(f"{ada}/Identifiers/a%20b%2Fc")


def test_redirects_can_be_followed_by_the_emulator_itself() -> None:
    client = Client(redirects="follow")
    ada, old = client.merged()
    read = client.ask("GET", f"{PROFILES}/{old}/Identifiers/email")
    assert (read.status_code, read.headers["canonical-profile-id"]) == (200, ada)
    assert "canonical-profile-id" not in client.ask("GET", f"{PROFILES}/{ada}/Identifiers/email").headers
    assert client.ask("POST", f"{PROFILES}/{old}/Identifiers", {"idType": "chat", "value": "c"}).status_code == 202
    assert client.identifiers(ada)["chat"] == ["c"]
    assert client.ask("DELETE", f"{PROFILES}/{old}").status_code == 202
    assert client.ask("GET", f"{PROFILES}/{ada}").status_code == 404


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_lead_forth_and_back_through_every_profile_once(order: str) -> None:
    client = Client()
    made = []
    for number in range(7):
        client.now += number % 2
        made.append(client.create(chat=f"c{number}"))
    expected = made if order == "ASC" else made[::-1]
    pages, token = [], ""
    while True:
        page = client.ask("GET", f"{PROFILES}?pageSize=3&orderBy={order}{token}").json()
        pages.append(page)
        assert page["meta"]["key"] == "profiles"
        assert page["meta"]["pageSize"] == 3
        if "nextToken" not in page["meta"]:
            break
        token = f"&pageToken={page['meta']['nextToken']}"
    assert [name for page in pages for name in page["profiles"]] == expected
    assert "previousToken" not in pages[0]["meta"]
    for earlier, later in pairwise(pages):
        back = client.ask("GET", f"{PROFILES}?pageSize=3&pageToken={later['meta']['previousToken']}").json()
        assert back["profiles"] == earlier["profiles"]
        assert ("previousToken" not in back["meta"]) == (earlier is pages[0])
    other = "DESC" if order == "ASC" else "ASC"
    wrong = client.ask("GET", f"{PROFILES}?orderBy={other}&pageToken={pages[0]['meta']['nextToken']}")
    assert wrong.status_code == 400


def test_stores_come_in_pages_too() -> None:
    client = Client()
    for number in range(4):
        client.now += 1
        assert client.ask("POST", CONTROL, {"displayName": f"store{number}"}).status_code == 202
    for order in ("ASC", "DESC"):
        every = client.ask("GET", f"{CONTROL}?orderBy={order}").json()["stores"]
        assert len(every) == 5
        assert every.index(STORE) == (0 if order == "ASC" else 4)
        first = client.ask("GET", f"{CONTROL}?pageSize=2&orderBy={order}").json()
        second = client.ask("GET", f"{CONTROL}?pageSize=2&pageToken={first['meta']['nextToken']}").json()
        third = client.ask("GET", f"{CONTROL}?pageSize=2&pageToken={second['meta']['nextToken']}").json()
        back = client.ask("GET", f"{CONTROL}?pageSize=2&pageToken={third['meta']['previousToken']}").json()
        assert first["stores"] + second["stores"] + third["stores"] == every
        assert back["stores"] == second["stores"]
        assert "nextToken" not in third["meta"]


def test_there_are_fifteen_stores_at_most() -> None:
    client = Client()
    statuses = [client.ask("POST", CONTROL, {"displayName": f"store{number}"}).status_code for number in range(15)]
    assert statuses == [202] * 14 + [400]


def test_the_latest_written_trait_wins_in_a_merge_and_ties_go_to_the_survivor() -> None:
    client = Client()

    def patch(profile_id: str, **traits: Any) -> None:
        assert client.ask("PATCH", f"{PROFILES}/{profile_id}", {"traits": {"Contact": traits}}).status_code == 202

    ada = client.create(email="ada@example.com", tie="ada", early="ada", gone="ada")
    client.now = 1_000
    old = client.create(phone="317-555-6789", tie="old")
    client.now += 1
    patch(old, late="old", early="old")
    client.now += 1
    patch(ada, late="ada", gone=None)
    client.ask("POST", f"{PROFILES}/{old}/Identifiers", {"idType": "email", "value": "ada@example.com"})
    traits = client.ask("GET", f"{PROFILES}/{ada}").json()["traits"]
    assert traits == {
        "Contact": {
            "email": "ada@example.com",
            "tie": "ada",
            "early": "old",
            "late": "ada",
            "phone": "317-555-6789",
        }
    }
    assert client.ask("GET", f"{PROFILES}/{ada}?traitGroups=Other").json()["traits"] == {}


def test_a_trait_that_is_an_identifier_leaves_the_older_values_and_null_leaves_them_all() -> None:
    client = Client()
    ada = client.create(email="ada@example.com")
    for value in ("lovelace@example.com", None):
        client.ask("PATCH", f"{PROFILES}/{ada}", {"traits": {"Contact": {"email": value}}})
    assert client.identifiers(ada) == {"email": ["ada@example.com", "lovelace@example.com"]}
    assert client.ask("GET", f"{PROFILES}/{ada}").json()["traits"] == {}


def test_a_batch_with_one_invalid_entry_changes_nothing_and_names_it() -> None:
    client = Client()
    batch = [{"traits": {"Contact": {"chat": "c"}}}, {"traits": {"Contact": {"phone": "12"}}}]
    response = client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": batch})
    assert response.status_code == 400
    assert response.json()["message"].startswith("profiles[1].traits.Contact.phone: '12' is not a phone number")
    assert client.ask("GET", PROFILES).json()["profiles"] == []


def test_a_value_that_is_stored_but_can_no_longer_be_read_refuses_a_whole_batch_or_patch() -> None:
    client = Client(settings=Settings((IdentifierConfig("email", normalization="trim"),), ("email",)))
    kept = client.create(email="no address")
    both = [{"idType": "email", "normalization": "email"}, {"idType": "chat"}]
    client.ask("PUT", SETTINGS, {"identifierConfigs": both, "matchingRules": ["email", "chat"]})
    before = client.ask("GET", "/_emulator/dump").json()
    batch = [{"traits": {"Contact": {"chat": "c"}}}, {"traits": {"Contact": {"email": "no address"}}}]
    assert client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": batch}).status_code == 400
    patch = {"traits": {"Contact": {"chat": "c", "email": "no address"}}}
    assert client.ask("PATCH", f"{PROFILES}/{kept}", patch).status_code == 400
    assert client.ask("GET", "/_emulator/dump").json() == before


def test_entries_of_a_batch_that_share_a_value_are_one_profile() -> None:
    client = Client()
    batch = [{"chat": "c", "name": "1"}, {"phone": "3175556789", "name": "2"}, {"chat": "c", "phone": "3175556789"}]
    body = {"profiles": [{"traits": {"Contact": each}} for each in batch]}
    assert client.ask("PUT", f"{PROFILES}/Bulk", body).status_code == 202
    (only,) = client.ask("GET", PROFILES).json()["profiles"]
    assert client.identifiers(only) == {"phone": ["+13175556789"], "chat": ["c"]}


def test_settings_have_an_etag_that_changes_with_them() -> None:
    client = Client()
    etag = client.ask("GET", SETTINGS).headers["etag"]
    document = {"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}
    accepted = client.ask("PUT", SETTINGS, document, headers={"If-Match": etag})
    assert accepted.status_code == 202
    assert accepted.headers["location"] == accepted.json()["statusUrl"]
    assert accepted.headers["location"].endswith(accepted.headers["operation-id"])
    operation = client.ask("GET", accepted.headers["location"]).json()
    assert (operation["status"], operation["result"]) == ("COMPLETED", {"id": STORE, "type": "RESOURCE_ID"})
    assert client.ask("PUT", SETTINGS, document, headers={"If-Match": etag}).status_code == 412
    now = client.ask("GET", SETTINGS)
    assert now.headers["etag"] != etag
    assert now.json()["version"] == 2
    client.now += 7 * 24 * 3600 * 1000 + 1
    assert client.ask("GET", accepted.headers["location"]).status_code == 404


def test_a_merge_is_explained_by_what_joined_the_profiles_and_when() -> None:
    client = Client()
    ada, old = client.merged()
    for name in (ada, old):
        told = client.ask("GET", f"/_emulator/stores/{STORE}/profiles/{name}/merges").json()
        assert (told["profileId"], told["aliases"]) == (ada, [old])
        (merge,) = told["merges"]
        assert merge["at"] == "1970-01-01T00:00:01Z"
        assert merge["because"] == "a collision: both hold email 'ada@example.com'"
    facts = client.ask("GET", f"/_emulator/stores/{STORE}/profiles/{old}/facts").json()["facts"]
    assert [fact["fact"] for fact in facts] == [
        "ProfileCreated", "IdentifierAdded", "ProfileCreated", "IdentifierAdded", "ProfilesMerged",
    ]  # fmt: skip


def test_the_clock_can_be_set_advanced_and_let_go() -> None:
    client = Client()
    assert client.ask("PUT", "/_emulator/clock", {"now": 5_000}).json()["isSet"] is True
    assert client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 10}).json()["now"] == 5_010
    ada = client.create(chat="c")
    assert client.ask("GET", f"{PROFILES}/{ada}").json()["createdAt"] == "1970-01-01T00:00:05Z"
    assert client.ask("DELETE", "/_emulator/clock").json() == {
        "now": 1_000, "time": "1970-01-01T00:00:01Z", "isSet": False,
    }  # fmt: skip


def test_a_clock_that_stands_can_be_moved_when_the_rate_limit_lets_nothing_through() -> None:
    client = Client(rate_limit="1/s", fail=["503:1"])
    assert client.ask("PUT", "/_emulator/clock", {"now": 5_000}).status_code == 200
    assert [client.ask("GET", PROFILES).status_code for _ in range(2)] == [503, 429]
    assert client.ask("POST", "/_emulator/clock/advance", {"milliseconds": 1_000}).status_code == 200
    assert client.ask("GET", PROFILES).status_code == 503


def test_a_reset_begins_anew_with_the_first_stores() -> None:
    client = Client(stores=[STORE, STORE[:-1] + "1"], delay_ms=5)
    first = client.create(chat="c")
    client.ask("POST", CONTROL, {"displayName": "more"})
    assert client.ask("POST", "/_emulator/reset").json() == {"message": "Everything was reset."}
    assert client.ask("GET", f"{CONTROL}?orderBy=ASC").json()["stores"] == [STORE, STORE[:-1] + "1"]
    assert client.ask("GET", PROFILES).json()["profiles"] == []
    assert client.create(chat="d") == first


def test_the_log_has_no_identifier_values_unless_asked() -> None:
    for log_values in (False, True):
        lines: list[dict[str, Any]] = []
        client = Client(log=lines.append, log_values=log_values)
        ada = client.create(email="ada@example.com")
        client.ask("POST", f"{PROFILES}/Lookup", {"idType": "email", "value": "ada@example.com"})
        client.ask("GET", f"{PROFILES}/{ada}/Identifiers/email")
        client.ask("GET", "/ada@example.com")
        assert [line["status"] for line in lines] == [202, 200, 200, 404]
        assert [line["endpoint"] for line in lines][::3] == ["CreateProfile", "none"]
        assert ("ada@example.com" in str(lines)) is log_values
        assert "secret" not in str(lines)


def test_the_log_has_nothing_of_a_path_but_ids_and_the_id_type_of_a_request_that_was_not_refused() -> None:
    lines: list[dict[str, Any]] = []
    client = Client(log=lines.append)
    ada, alias = client.merged()
    for path in (
        f"{PROFILES}/ada@example.com",
        f"{PROFILES}/{ada}/Identifiers/ada@example.com",
        f"{PROFILES}/{alias}/Identifiers/ada@example.com",
        "/v1/Stores/ada@example.com/Profiles",
        "/v1/ControlPlane/Operations/ada@example.com",
        f"{PROFILES}?pageToken=ada@example.com",
    ):
        assert client.ask("GET", path).status_code in (301, 400, 404)
    client.ask("GET", f"{PROFILES}/{ada}/Identifiers/email")
    assert "@" not in str(lines)
    assert (lines[-1]["storeId"], lines[-1]["profileId"], lines[-1]["idType"]) == (STORE, ada, "email")


def test_metrics_count_requests_and_profiles() -> None:
    client = Client()
    client.create(chat="c")
    response = client.ask("GET", "/metrics", auth=None)
    assert response.headers["content-type"].startswith("text/plain")
    assert 'resolver_requests_total{endpoint="CreateProfile",status="202"} 1' in response.text
    assert f'resolver_profiles{{store="{STORE}"}} 1' in response.text


def test_a_message_names_the_field_and_what_is_allowed() -> None:
    client = Client()
    ada = client.create(chat="c")
    path = f"{PROFILES}/{ada}/Identifiers"
    bodies: list[Any] = [
        {"idType": "email"},
        {"idType": "e", "value": ""},
        {"idType": "email", "value": "", "x": 1},
        [],
    ]
    told = [client.ask("POST", path, body).json()["message"] for body in bodies]
    assert told == [
        "the body: object missing required field `value`",
        "idType: expected `str` of length >= 2",
        "the body: object contains unknown field `x` (allowed: idType, value)",
        "the body: expected `object`, got `array`",
    ]
    client.ask("POST", path, {"idType": "email", "value": "ada@example.com"})
    unreadable = {"traits": {"Contact": {"chat": "c", "phone": "12"}}}
    told = [
        client.ask(method, where, body).json()["message"].partition(" ")[0]
        for method, where, body in (
            ("POST", path, {"idType": "email", "value": "no"}),
            ("PATCH", f"{path}/chat", {"idType": "chat", "oldValue": "c", "newValue": ""}),
            ("POST", f"{PROFILES}/Lookup", {"idType": "phone", "value": "12"}),
            ("POST", PROFILES, unreadable),
            ("PATCH", f"{PROFILES}/{ada}", unreadable),
            ("PATCH", f"{PROFILES}/{ada}", {"traits": {"Contact": {"phone": "12"}}}),
            ("PUT", f"{PROFILES}/Bulk", {"profiles": [unreadable]}),
        )
    ]
    in_traits = "traits.Contact.phone:"
    assert told == ["value:", "newValue:", "value:", in_traits, in_traits, in_traits, f"profiles[0].{in_traits}"]
    several = {"traits": {"Contact": {"email": "no", "phone": "12"}}}
    refused = Client(on_invalid="drop").ask("POST", PROFILES, several)
    assert refused.json()["message"].startswith("resolve needs at least one identifier; all 2 given")
    wrong = {"traits": {"Contact": {"email": "a@example.com", "nested": {"a": 1}}}}
    assert client.ask("POST", PROFILES, wrong).json()["message"] == (
        "traits.Contact.nested: expected `bool | int | str | array | null`, got `object`"
    )
    for traits, place in (({"Contact": {"n" * 65: 1}}, "traits.Contact"), ({"n" * 65: {}}, "traits")):
        told = [client.ask("PATCH", f"{PROFILES}/{ada}", {"traits": {"Own": {}, **traits}}).json()["message"]]
        assert told == [f"{place}: a key in it: expected `str` of length <= 64"]
    bulk = client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": [{"traits": {}}, {"traits": {"Own": {"x": [[]]}}}]})
    assert bulk.json()["message"].startswith("profiles[1].traits.Own.x[0]: expected")


def test_a_key_that_stands_twice_is_refused_like_any_other() -> None:
    client = Client()
    body = b'{"traits": {"g": {"bad": [[1]]}, "g": {}}}'
    refused = client.ask("PATCH", f"{PROFILES}/{client.create(email='ada@example.com')}", body)
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("traits[...]")


def test_the_key_of_a_wrong_value_is_named_among_thousands() -> None:
    client = Client()
    traits = {"Contact": {"email": "ada@example.com"}, "g": {**{f"k{n}": 1 for n in range(5000)}, "bad": [[1]], "z": 1}}
    refused = client.ask("POST", PROFILES, {"traits": traits})
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("traits.g.bad[0]: expected")


@pytest.mark.parametrize("key", ["a.b", "\u00b0\u008d.\\V", "[0]", "[...]", "a[1].b", ".", ""])
def test_a_key_that_reads_like_a_place_is_refused_like_any_other(key: str) -> None:
    client = Client()
    profile = f"{PROFILES}/{client.create(email='ada@example.com')}"
    for traits in ({key: {"": 1, "x" * 70: [1]}}, {key: {"a": {"b": 1}}}, {key: 5}, {"Contact": {key: [[1], {}]}}):
        for answer in (
            client.ask("PATCH", profile, {"traits": traits}),
            client.ask("POST", PROFILES, {"traits": traits}),
        ):
            assert answer.status_code in (202, 400), answer.text


def test_a_page_token_of_another_list_is_400() -> None:
    other = STORE[:-1] + "1"
    client = Client(stores=[STORE, other])
    for store in (STORE, other):
        for number in range(2):
            client.ask("POST", PROFILES.replace(STORE, store), {"traits": {"Contact": {"chat": f"c{number}"}}})
    lists = [PROFILES, PROFILES.replace(STORE, other), CONTROL]
    tokens = [client.ask("GET", f"{path}?pageSize=1").json()["meta"]["nextToken"] for path in lists]
    for path in lists:
        answers = [client.ask("GET", path, params={"pageToken": token}) for token in tokens]
        assert [each.status_code for each in answers] == [200 if path == own else 400 for own in lists]
        messages = {each.json()["message"] for each in answers if each.status_code == 400}
        assert messages == {"pageToken: it belongs to another list; expected the nextToken or previousToken of a page"}


def test_policies_come_from_the_command_line_and_stay_when_the_settings_change() -> None:
    client = Client(settings=Settings([IdentifierConfig("email")], ["email"], policies=Policies(blocked=["segment"])))
    assert client.ask("POST", PROFILES, {"traits": {"Contact": {"email": "null"}}}).status_code == 400
    before = client.ask("GET", SETTINGS).json()
    assert "options" not in before
    document = {"identifierConfigs": [{"idType": "email"}, {"idType": "chat"}], "matchingRules": ["email"]}
    assert client.ask("PUT", SETTINGS, document).status_code == 202
    assert client.ask("POST", PROFILES, {"traits": {"Contact": {"chat": "null"}}}).status_code == 400
    ada = client.create(email="ada", chat="anonymous")
    assert client.identifiers(ada) == {"email": ["ada"]}
    added = client.ask("POST", f"{PROFILES}/{ada}/Identifiers", {"idType": "chat", "value": "-1"})
    assert (added.status_code, client.identifiers(ada)) == (202, {"email": ["ada"]})


def test_a_policy_in_a_request_is_refused_as_the_vendor_refuses() -> None:
    client = Client()
    document = {"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}
    refused = client.ask("PUT", SETTINGS, {**document, "options": {"policies": {"blocked": ["segment"]}}})
    assert (refused.status_code, refused.json()["code"]) == (400, 400)
    assert "options.policies" in refused.json()["message"]
    assert "resolver serve --settings FILE" in refused.json()["message"]
    assert client.ask("PUT", SETTINGS, {**document, "options": {"match": "all"}}).status_code == 202


def test_a_command_that_the_policies_refuse_is_a_bad_request() -> None:
    entry = Blocked(equals=["nobody"], then="refuse")
    client = Client(settings=Settings([IdentifierConfig("email")], ["email"], policies=Policies(blocked=[entry])))
    refused = client.ask("POST", PROFILES, {"traits": {"Contact": {"email": "nobody"}}})
    assert refused.status_code == 400
    assert "is blocked" in refused.json()["message"]
