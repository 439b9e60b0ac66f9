"""Every status that the contract names (section 12), and a request that provokes it."""

import re
from typing import Any

import pytest

from resolver import IdentifierConfig, Settings
from resolver.emulator import create_app
from resolver.emulator.app import ENDPOINTS
from resolver.emulator.http_messages import CODES
from resolver.emulator.respond import FORM_ENCODED
from tests.emulator.client import CONTROL, NOBODY, PROFILES, SETTINGS, STORE, Client, path_to

ELSEWHERE = PROFILES.replace(STORE, STORE[:-1] + "9")
EMAIL = {"idType": "email", "value": "ada@example.com"}
UPDATE = {"idType": "email", "oldValue": "ada@example.com", "newValue": "ada@example.org"}
OBSERVED = {"content": "likes tea", "source": "web", "occurredAt": "2025-01-15T10:30:45Z"}
SUMMED_UP = {"content": "about tea", "conversationId": "c", "occurredAt": "2025-01-15T10:30:45.5+01:00"}
DOCUMENT = {"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}

GROUPS = f"{CONTROL}/{STORE}/TraitGroups"
WITHOUT_RULE = Settings([IdentifierConfig("email"), IdentifierConfig("loyalty")], ["email"])


NOTHING = {
    "nobody": NOBODY,
    "no_observation": NOBODY.replace("profile", "observation"),
    "no_summary": NOBODY.replace("profile", "summary"),
}


def filled(**options: Any) -> tuple[Client, dict[str, str]]:
    """Return an emulator with a profile ``ada`` of two, the alias ``old`` and a profile ``bob``."""
    client = Client(**options)
    ada, old = client.merged()
    return client, {"ada": ada, "old": old, "bob": client.create(email="bob@example.com"), **NOTHING}


TABLE: list[tuple[int, str, str, Any]] = [
    (202, "POST", "{ada}/Identifiers", {"idType": "chat", "value": "c1"}),
    (202, "POST", "{ada}/Identifiers", b'\xef\xbb\xbf{"idType": "chat", "value": "c1"}'),
    (400, "POST", "{ada}/Identifiers", b"\xef\xbb\xbf"),
    (308, "POST", "{old}/Identifiers", EMAIL),
    (400, "POST", "{ada}/Identifiers", {"idType": "email", "value": "nobody"}),
    (400, "POST", "{ada}/Identifiers", {"idType": "fax", "value": "1"}),
    (400, "POST", "{ada}/Identifiers", {"idType": "email"}),
    (400, "POST", "{ada}/Identifiers", {**EMAIL, "more": 1}),
    (400, "POST", "{ada}/Identifiers", {"idType": "email", "value": "x" * 256}),
    (400, "POST", "{ada}/Identifiers", {"idType": "email", "value": ""}),
    (400, "POST", "{ada}/Identifiers", b"{"),
    (400, "POST", "{ada}/Identifiers", b"[" * 100_000),
    (400, "POST", "{ada}/Identifiers", b'{"idType": "email", "value": "\\ud800"}'),
    (400, "POST", "{ada}/Identifiers", b""),
    (400, "POST", "ada/Identifiers", EMAIL),
    (404, "POST", "{nobody}/Identifiers", EMAIL),
    (200, "GET", "{ada}/Identifiers", None),
    (301, "GET", "{old}/Identifiers", None),
    (400, "GET", "mem_profile_Z/Identifiers", None),
    (404, "GET", "{nobody}/Identifiers", None),
    (200, "GET", "{ada}/Identifiers/email", None),
    (301, "GET", "{old}/Identifiers/email", None),
    (400, "GET", "{ada}/Identifiers/e", None),
    (400, "GET", "{ada}/Identifiers/%ff%ff", None),
    (404, "GET", "{ada}/Identifiers/chat", None),
    (404, "GET", "{ada}/Identifiers/fax", None),
    (202, "PATCH", "{ada}/Identifiers/email", UPDATE),
    (308, "PATCH", "{old}/Identifiers/email", UPDATE),
    (400, "PATCH", "{ada}/Identifiers/phone", UPDATE),
    (400, "PATCH", "{ada}/Identifiers/email", {**UPDATE, "newValue": "nobody"}),
    (400, "PATCH", "{ada}/Identifiers/email", {"idType": "email", "oldValue": "a"}),
    (404, "PATCH", "{ada}/Identifiers/email", {**UPDATE, "oldValue": "other@example.com"}),
    (404, "PATCH", "{ada}/Identifiers/fax", {**UPDATE, "idType": "fax"}),
    (404, "PATCH", "{nobody}/Identifiers/email", UPDATE),
    (202, "DELETE", "{ada}/Identifiers/email", None),
    (202, "DELETE", "{ada}/Identifiers/email?removeAll=true", None),
    (308, "DELETE", "{old}/Identifiers/email", None),
    (400, "DELETE", "{ada}/Identifiers/email?removeAll=yes", None),
    (404, "DELETE", "{ada}/Identifiers/chat", None),
    (404, "DELETE", "{ada}/Identifiers/fax", None),
    (404, "DELETE", "{nobody}/Identifiers/email", None),
    (202, "POST", "", {"traits": {"Contact": {"email": "new@example.com"}}}),
    (400, "POST", "", {"traits": {"Contact": {"firstName": "Ada"}}}),
    (400, "POST", "", {"traits": {"Other": {"email": "new@example.com"}}}),
    (400, "POST", "", {"traits": {"Contact": {"email": 5}}}),
    (400, "POST", "", {"traits": {"Contact": {"email": None}}}),
    (400, "POST", "", {"traits": {"Contact": {"email": "a@example.com", "x": {"y": 1}}}}),
    (400, "POST", "", {}),
    (200, "GET", "", None),
    (200, "GET", "?pageSize=1&orderBy=ASC", None),
    (400, "GET", "?pageSize=0", None),
    (400, "GET", "?pageSize=1&pageSize=2", None),
    (400, "GET", "?orderBy=asc", None),
    (400, "GET", "?pageToken=x", None),
    (400, "GET", "?pageSize=%ff", None),
    (202, "PUT", "Bulk", {"profiles": [{"traits": {"Contact": {"email": "new@example.com"}}}]}),
    (400, "PUT", "Bulk", {"profiles": []}),
    (400, "PUT", "Bulk", {"profiles": [{"traits": {}}]}),
    (200, "GET", "{ada}", None),
    (200, "GET", "{ada}?traitGroups=Contact,Other", None),
    (301, "GET", "{old}", None),
    (400, "GET", "{ada}?traitGroups=", None),
    (404, "GET", "{nobody}", None),
    (202, "PATCH", "{ada}", {"traits": {"Contact": {"firstName": "Ada"}}}),
    (308, "PATCH", "{old}", {"traits": {}}),
    (400, "PATCH", "{ada}", {}),
    (400, "PATCH", "{ada}", {"traits": {"Contact": {"phone": "12"}}}),
    (404, "PATCH", "{nobody}", {"traits": {}}),
    (202, "DELETE", "{ada}", None),
    (308, "DELETE", "{old}", None),
    (404, "DELETE", "{nobody}", None),
    (200, "POST", "Lookup", EMAIL),
    (200, "POST", "Lookup", {"idType": "email", "value": "other@example.com"}),
    (400, "POST", "Lookup", {"idType": "fax", "value": "1"}),
    (400, "POST", "Lookup", {"idType": "phone", "value": "12"}),
    (400, "POST", "", {"traits": {"Contact": {"email": "new@example.com", "score": 1.5}}}),
    (400, "PATCH", "{ada}", {"traits": {"Own": {"scores": [1, 2.0]}}}),
    (200, "GET", "{ada}/Traits", None),
    (200, "GET", "{ada}/Traits?pageSize=1&traitGroups=Contact", None),
    (301, "GET", "{old}/Traits", None),
    (400, "GET", "{ada}/Traits?traitGroups=", None),
    (400, "GET", "{ada}/Traits?pageSize=1001", None),
    (404, "GET", "{nobody}/Traits", None),
    (202, "POST", "{ada}/Observations", {"observations": [OBSERVED]}),
    (308, "POST", "{old}/Observations", {"observations": [OBSERVED]}),
    (400, "POST", "{ada}/Observations", {"observations": []}),
    (400, "POST", "{ada}/Observations", {"observations": [OBSERVED] * 11}),
    (400, "POST", "{ada}/Observations", {"observations": [{**OBSERVED, "source": "a/b"}]}),
    (400, "POST", "{ada}/Observations", {"observations": [{**OBSERVED, "source": "line\n"}]}),
    (400, "POST", "{ada}/Observations", {"observations": [{**OBSERVED, "occurredAt": "yesterday"}]}),
    (400, "POST", "{ada}/Observations", {"observations": [{**OBSERVED, "content": ""}]}),
    (400, "POST", "{ada}/Observations", {"observations": [{**OBSERVED, "more": 1}]}),
    (404, "POST", "{nobody}/Observations", {"observations": [OBSERVED]}),
    (200, "GET", "{ada}/Observations?source=web&createdAfter=2025-01-01T00:00:00Z", None),
    (301, "GET", "{old}/Observations", None),
    (400, "GET", "{ada}/Observations?createdBefore=2025", None),
    (400, "GET", "{ada}/Observations/none", None),
    (404, "GET", "{ada}/Observations/{no_observation}", None),
    (404, "GET", "{old}/Observations/{no_observation}", None),
    (404, "GET", "{ada}/Observations/{no_observation}/Revisions", None),
    (404, "PATCH", "{ada}/Observations/{no_observation}", {"content": "tea"}),
    (308, "PATCH", "{old}/Observations/{no_observation}", {"content": "tea"}),
    (404, "DELETE", "{ada}/Observations/{no_observation}", None),
    (308, "DELETE", "{old}/Observations/{no_observation}", None),
    (202, "POST", "{ada}/ConversationSummaries", {"summaries": [SUMMED_UP]}),
    (308, "POST", "{old}/ConversationSummaries", {"summaries": [SUMMED_UP]}),
    (400, "POST", "{ada}/ConversationSummaries", {"summaries": [{**SUMMED_UP, "conversationId": ""}]}),
    (200, "GET", "{ada}/ConversationSummaries?conversationId=c", None),
    (301, "GET", "{old}/ConversationSummaries", None),
    (404, "GET", "{ada}/ConversationSummaries/{no_summary}", None),
    (404, "PATCH", "{ada}/ConversationSummaries/{no_summary}", {}),
    (404, "DELETE", "{ada}/ConversationSummaries/{no_summary}", None),
    (200, "POST", "{ada}/Recall", {}),
    (308, "POST", "{old}/Recall", {}),
    (400, "POST", "{ada}/Recall", {"observationsLimit": 101}),
    (404, "POST", "{nobody}/Recall", {}),
    (200, "HEAD", "{ada}", None),
    (301, "HEAD", "{old}", None),
    (404, "HEAD", "{nobody}", None),
    (405, "HEAD", "Lookup", None),
    (405, "PUT", "", None),
    (405, "GET", "Lookup", None),
    (405, "POST", "{ada}", None),
]


@pytest.mark.parametrize(("status", "method", "path", "body"), TABLE)
def test_a_call_below_profiles_gives_the_status_of_the_contract(status: int, method: str, path: str, body: Any) -> None:
    client, names = filled()
    path = path.format_map(names)
    below = path if path.startswith("?") or not path else f"/{path}"
    response = client.ask(method, PROFILES + below, body)
    assert response.status_code == status, response.text
    check_shape(response)


CONTROL_TABLE: list[tuple[int, str, str, Any, dict[str, str]]] = [
    (200, "GET", SETTINGS, None, {}),
    (202, "PUT", SETTINGS, DOCUMENT, {}),
    (202, "PUT", SETTINGS, {**DOCUMENT, "more": 1, "version": "x"}, {"If-Match": "*"}),
    (400, "PUT", SETTINGS, {**DOCUMENT, "matchingRules": ["phone"]}, {}),
    (400, "PUT", SETTINGS, {"identifierConfigs": [{"idType": "email", "more": 1}], "matchingRules": ["email"]}, {}),
    (400, "PUT", SETTINGS, [], {}),
    (412, "PUT", SETTINGS, DOCUMENT, {"If-Match": '"other"'}),
    (404, "GET", SETTINGS.replace(STORE, STORE[:-1] + "9"), None, {}),
    (400, "GET", SETTINGS.replace(STORE, "store"), None, {}),
    (200, "GET", CONTROL, None, {}),
    (400, "GET", f"{CONTROL}?pageSize=101", None, {}),
    (202, "POST", CONTROL, {"displayName": "second"}, {}),
    (400, "POST", CONTROL, {"displayName": "default"}, {}),
    (400, "POST", CONTROL, {"displayName": "white space"}, {}),
    (400, "POST", CONTROL, {"displayName": "line\n"}, {}),
    (200, "GET", f"{CONTROL}/{STORE}", None, {}),
    (202, "PATCH", f"{CONTROL}/{STORE}", {"description": "mine"}, {}),
    (202, "PATCH", f"{CONTROL}/{STORE}", {"displayName": "mine"}, {}),
    (412, "PATCH", f"{CONTROL}/{STORE}", {}, {"If-Match": '"other"'}),
    (400, "PATCH", f"{CONTROL}/{STORE}", {"displayName": "white space"}, {"If-Match": '"other"'}),
    (202, "DELETE", f"{CONTROL}/{STORE}", None, {}),
    (412, "DELETE", f"{CONTROL}/{STORE}", None, {"If-Match": '"other"'}),
    (404, "DELETE", f"{CONTROL}/{STORE[:-1]}9", None, {}),
    (200, "GET", f"{GROUPS}?includeTraits=true", None, {}),
    (400, "GET", f"{GROUPS}?includeTraits=1", None, {}),
    (202, "POST", GROUPS, {"displayName": "Account", "traits": {"loyaltyId": {"dataType": "STRING"}}}, {}),
    (400, "POST", GROUPS, {"displayName": "white space"}, {}),
    (400, "POST", GROUPS, {"displayName": "line\n"}, {}),
    (400, "POST", GROUPS, {"displayName": "Account", "traits": {"loyaltyId": {"dataType": ""}}}, {}),
    (400, "POST", GROUPS, {"displayName": "Account", "traits": {"loyaltyId": {"dataType": "FLOAT"}}}, {}),
    (400, "POST", GROUPS, {"displayName": "Account", "traits": {"loyaltyId": {}}}, {}),
    (404, "POST", GROUPS.replace(STORE, STORE[:-1] + "9"), {"displayName": "Account"}, {}),
    (404, "GET", f"{GROUPS}/Account", None, {}),
    (400, "GET", f"{GROUPS}/{'x' * 65}", None, {}),
    (404, "PATCH", f"{GROUPS}/Account", {}, {}),
    (404, "DELETE", f"{GROUPS}/Account", None, {}),
    (404, "GET", "/v1/ControlPlane/Operations/none", None, {}),
    (200, "HEAD", CONTROL, None, {}),
    (200, "HEAD", "/healthz", None, {}),
    (200, "HEAD", "/metrics", None, {}),
    (200, "HEAD", "/openapi.json", None, {}),
    (400, "GET", f"/v1/ControlPlane/Operations/{'x' * 513}", None, {}),
    (404, "GET", f"{ELSEWHERE}", None, {}),
    (404, "POST", f"{ELSEWHERE}/Lookup", EMAIL, {}),
    (404, "GET", "/v1/Services", None, {}),
    (404, "GET", "/", None, {}),
    (404, "GET", f"{PROFILES}/", None, {}),
    (431, "GET", CONTROL, None, {"X-Long": "x" * 40_000}),
    (413, "PUT", SETTINGS, b" " * (17 << 20), {}),
    (200, "GET", "/healthz", None, {}),
    (200, "GET", "/metrics", None, {}),
    (200, "GET", "/openapi.json", None, {}),
    (200, "GET", "/_emulator/clock", None, {}),
    (400, "PUT", "/_emulator/clock", {"now": -1}, {}),
    (400, "POST", "/_emulator/clock/advance", {"milliseconds": 253_402_300_799_999}, {}),
    (404, "GET", f"/_emulator/stores/{STORE}/profiles/{NOBODY}/facts", None, {}),
]


@pytest.mark.parametrize(("status", "method", "path", "body", "headers"), CONTROL_TABLE)
def test_any_other_call_gives_the_status_of_the_contract(
    status: int, method: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    client, _ = filled()
    response = client.ask(method, path, body, headers=headers)
    assert response.status_code == status, response.text
    check_shape(response)


def check_shape(response: Any) -> None:
    """Check that an error has the one shape, and a redirect the other; HEAD has no body at all."""
    status = response.status_code
    assert re.fullmatch(r"RQ[0-9a-f]{32}", response.headers["twilio-request-id"])
    if response.request.method == "HEAD":
        assert response.content == b""
        assert int(response.headers["content-length"]) > 0
        return
    if status in (301, 308):
        document = response.json()
        assert document == {"message": "This resource has moved.", "uri": response.headers["location"]}
        assert response.headers["canonical-profile-id"] in document["uri"]
    elif status >= 400:
        document = response.json()
        code = CODES.get(status, status)
        assert document["code"] == code
        assert document["status"] == status
        assert document["message"]
        assert set(document) == {"code", "message", "more_info", "status"}
    if status == 405:
        assert re.fullmatch(r"[A-Z]+(, [A-Z]+)*", response.headers["allow"])


def test_a_collision_that_no_rule_lets_merge_names_the_type_in_400_on_post_and_409_on_patch() -> None:
    client = Client(settings=WITHOUT_RULE)
    ada = client.create(email="ada@example.com", loyalty="1")
    bob = client.create(email="bob@example.com", loyalty="2")
    path = f"{PROFILES}/{bob}/Identifiers"
    posted = client.ask("POST", path, {"idType": "loyalty", "value": "1"})
    patched = client.ask("PATCH", f"{path}/loyalty", {"idType": "loyalty", "oldValue": "2", "newValue": "1"})
    created = client.ask("POST", PROFILES, {"traits": {"Contact": {"loyalty": "1"}}})
    traits = client.ask("PATCH", f"{PROFILES}/{bob}", {"traits": {"Contact": {"email": "b@x.com", "loyalty": "1"}}})
    bulk = [{"traits": {"Contact": {"email": "c@x.com"}}}, {"traits": {"Contact": {"loyalty": "1"}}}]
    batch = client.ask("PUT", f"{PROFILES}/Bulk", {"profiles": bulk})
    assert [each.status_code for each in (posted, patched, created, traits, batch)] == [400, 409, 400, 400, 400]
    assert all("loyalty" in each.json()["message"] for each in (posted, patched, created, traits))
    assert batch.json()["message"].startswith("profiles[1]: ")
    assert client.identifiers(bob) == {"email": ["bob@example.com"], "loyalty": ["2"]}
    assert client.identifiers(ada) == {"email": ["ada@example.com"], "loyalty": ["1"]}
    assert client.ask("GET", PROFILES).json()["profiles"] == [bob, ada]


def test_every_guarded_endpoint_answers_401_without_credentials_and_403_with_those_of_another_store() -> None:
    other = STORE[:-1] + "1"
    limited = Client(stores=[STORE, other], auth=[f"key:secret@{other}", "all:secret"])
    for endpoint in ENDPOINTS:
        path = path_to(endpoint)
        for auth in (None, ("key", "wrong"), ("other", "secret"), ("", "")):
            wanted = endpoint.success if endpoint.is_open else 401
            response = limited.ask(endpoint.method, path, auth=auth)
            assert response.status_code == wanted, (endpoint.name, response.text)
            assert endpoint.is_open or response.headers["www-authenticate"].startswith("Basic")
        if not endpoint.is_open and "operationId" not in endpoint.path:
            assert limited.ask(endpoint.method, path).status_code == 403, endpoint.name
            assert limited.ask(endpoint.method, path, auth=("all", "secret")).status_code not in (401, 403)


def test_credentials_of_one_store_may_not_ask_about_an_operation_of_another() -> None:
    other = STORE[:-1] + "1"
    client = Client(stores=[STORE, other], auth=[f"one:secret@{STORE}", f"other:secret@{other}"])
    one, outsider = ("one", "secret"), ("other", "secret")
    document = {"identifierConfigs": [{"idType": "email"}], "matchingRules": ["email"]}
    operation = client.ask("PUT", SETTINGS, document, auth=one).headers["location"]
    assert client.ask("GET", operation, auth=one).status_code == 200
    refused = client.ask("GET", operation, auth=outsider)
    assert refused.status_code == 403
    check_shape(refused)
    assert client.ask("GET", f"{operation[:-1]}!", auth=outsider).status_code == 404


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Bearer x", "Basic Og==", "Basic YTo=", "Basic OmE="])
def test_credentials_that_are_none_are_401(header: str) -> None:
    assert Client().ask("GET", CONTROL, auth=None, headers={"Authorization": header}).status_code == 401


def test_the_rate_limit_answers_429_and_says_when_to_come_back() -> None:
    client = Client(rate_limit="2/s")
    assert [client.ask("GET", CONTROL).status_code for _ in range(3)] == [200, 200, 429]
    refused = client.ask("GET", CONTROL)
    assert refused.headers["retry-after"] == "1"
    check_shape(refused)
    assert client.ask("GET", "/healthz").status_code == 200
    client.now += 500
    assert [client.ask("GET", CONTROL).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_faults_are_injected_as_often_as_asked_and_the_same_in_every_run(status: int) -> None:
    runs = []
    for _ in range(2):
        client = Client(fail=[f"{status}:0.3"], fail_seed=7)
        responses = [client.ask("POST", PROFILES, {"traits": {"Contact": {"chat": f"{n}"}}}) for n in range(60)]
        runs.append([each.status_code for each in responses])
        failed = [each for each in responses if each.status_code == status]
        for each in failed:
            check_shape(each)
        assert client.app.state.shell.service.sequence == 1 + 60 - len(failed)
    assert runs[0] == runs[1]
    assert 5 < runs[0].count(status) < 30


def test_two_faults_keep_the_probability_of_each() -> None:
    client = Client(fail=["429:0.5", "503:0.5"], fail_seed=7)
    statuses = [client.ask("GET", CONTROL).status_code for _ in range(200)]
    assert set(statuses) == {429, 503}
    assert 70 < statuses.count(503) < 130


def test_faults_that_are_more_than_certain_together_are_refused() -> None:
    with pytest.raises(ValueError, match=r"faults have the probability 1\.1 together; expected at most 1"):
        create_app(fail=["429:0.5", "503:0.6"])
    create_app(fail=["429:0.1"] * 10)


_WRONG_TRAIT = b'{"traits": {"Contact": {"seen": 1.5'
_WRONG_LIMIT = b'{"matchingRules": ["email"], "identifierConfigs": [{"idType": "email", "limit": %s}]}'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_WRONG_TRAIT, "the body is no JSON: Input data was truncated"),
        (_WRONG_TRAIT + b"}}} and more", "the body is no JSON: JSON is malformed: trailing characters (byte 40)"),
        (_WRONG_TRAIT + b"}}, oops", "the body is no JSON: JSON is malformed: object keys must be strings (byte 39)"),
        (_WRONG_TRAIT + b'}}, "\xff": 1}', "the body is no JSON: "),  # the words depend on the version of msgspec
        (_WRONG_TRAIT + b'}}, "\\ud800": 1}', "the body is no JSON: "),
        (b'{"traits": {"Contact": {"seen": %s}}}' % (b"9" * 5_000), "traits: integer value out of range"),
        (b'{"traits": {"Contact": {"seen": [-%s]}}}' % (b"9" * 5_000), "traits: integer value out of range"),
        (b'{"traits": {"Contact": {"seen": 1e400}}}', "traits: number out of range"),
    ],
)
def test_a_body_that_is_wrong_before_it_is_no_json_is_400(body: bytes, message: str) -> None:
    for method, path in (("POST", PROFILES), ("PATCH", f"{PROFILES}/{NOBODY}")):
        response = Client().ask(method, path, body)
        assert (response.status_code, response.json()["message"][: len(message)]) == (400, message)


@pytest.mark.parametrize("number", [b"9" * 5_000, b"-" + b"9" * 5_000, b"1e400"])
def test_settings_with_a_number_that_no_machine_holds_are_400(number: bytes) -> None:
    response = Client().ask("PUT", SETTINGS, _WRONG_LIMIT % number)
    assert response.status_code == 400
    assert response.json()["message"].startswith("the body: ")
    assert response.json()["message"].endswith("out of range")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", PROFILES, b"traits=Contact"),
        ("POST", f"{PROFILES}/Lookup", b"idType=email&value=ada%40example.com"),
        ("PUT", f"{PROFILES}/Bulk", b"profiles=traits"),
        ("PUT", SETTINGS, b"matching%52ules=phone"),
    ],
)
def test_a_form_encoded_body_is_told_in_one_sentence(method: str, path: str, body: bytes) -> None:
    refused = Client().ask(method, path, body)
    assert (refused.status_code, refused.json()["message"]) == (400, FORM_ENCODED)
    other = Client().ask(method, path, b"nonsense")
    assert other.json()["message"].startswith("the body is no JSON: ")
