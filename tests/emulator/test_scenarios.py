"""Every scenario, told to the emulator over HTTP."""

import json
from typing import Any

import pytest

from resolver import Settings
from tests.emulator.client import PROFILES, SETTINGS, STORE, Client
from tests.scenarios.scenario import NAMES, Ids, Json, check_facts, read, with_ids


def client_for(scenario: Json) -> Client:
    options = scenario.get("options", {})
    return Client(
        settings=Settings.from_json(scenario["settings"]),
        on_invalid=options.get("onInvalid", "refuse"),
        match=options.get("match", "all"),
        default_region=options.get("defaultRegion", "US"),
        redirects="follow",
    )


def request_of(line: Json, ids: Ids) -> tuple[str, str, Any]:
    """Return a command as method, path and body."""
    path = f"{PROFILES}/{with_ids(line.get('profile'), ids)}"
    match line["op"]:
        case "resolve":
            return "POST", PROFILES, {"traits": {"Contact": line["identifiers"]}}
        case "add":
            return "POST", f"{path}/Identifiers", {"idType": line["idType"], "value": line["value"]}
        case "replace":
            body = {"idType": line["idType"], "oldValue": line["old"], "newValue": line["new"]}
            return "PATCH", f"{path}/Identifiers/{line['idType']}", body
        case "remove":
            return (
                "DELETE",
                f"{path}/Identifiers/{line['idType']}?removeAll={str(line.get('all', False)).lower()}",
                None,
            )
        case "delete":
            return "DELETE", path, None
        case "settings":
            return "PUT", SETTINGS, line["settings"]
        case other:
            raise AssertionError(other)


def is_sayable(name: str) -> bool:
    """Return whether HTTP has a request for each command; there is none that removes a value by its name."""
    return not any("value" in step["command"] for step in read(name)["steps"] if step["command"]["op"] == "remove")


STATUSES = {
    "InvalidIdentifier": {400},
    "UnknownIdentifierType": {400, 404},
    "IdentifierConflict": {400, 409},
    "IdentifierNotFound": {404},
    "ProfileNotFound": {404},
    "InvalidSettings": {400},
}


def take(client: Client, line: Json, expect: Json, ids: Ids) -> None:
    """Send the emulator one command, and check what it did by the facts that it answers with."""
    client.now = line.get("at", client.now)
    request = request_of(line, ids)
    entries = client.app.state.shell.service.sequence
    store = client.app.state.shell.service.stores[STORE]
    told = len(store.fact_log.facts)
    response = client.ask(*request)
    if "error" in expect:
        assert response.status_code in STATUSES[expect["error"]], response.text
        assert client.app.state.shell.service.sequence == entries
        return
    assert response.status_code == 202, response.text
    if line["op"] == "resolve" and "ref" in line:
        ids[line["ref"]] = response.json()["id"]
    elif "ref" in line:
        ids[line["ref"]] = store.engine.canonical_id(with_ids(line["profile"], ids))
    facts = [json.loads(line) for line in store.dump().facts[told:]]
    check_facts(facts, with_ids(expect["facts"], ids))


def check_final(client: Client, final: Json, ids: Ids) -> None:
    """Check everything that can be read in the end."""
    dumped = client.ask("GET", "/_emulator/dump").json()["stores"][0]["profiles"]
    found = {each["id"]: (each["identifiers"], each["aliases"]) for each in dumped}
    wanted = with_ids(final["profiles"], ids)
    assert found == {name: (each["identifiers"], each["aliases"]) for name, each in wanted.items()}
    for name, each in wanted.items():
        assert client.identifiers(name) == each["identifiers"]
        for alias in each["aliases"]:
            response = client.ask("GET", f"{PROFILES}/{alias}")
            assert (response.json()["id"], response.headers["canonical-profile-id"]) == (name, name)
    for name in with_ids(final["gone"], ids):
        assert client.ask("GET", f"{PROFILES}/{name}").status_code == 404
    for asked in with_ids(final["lookups"], ids):
        body = {"idType": asked["idType"], "value": asked["value"]}
        answer = client.ask("POST", f"{PROFILES}/Lookup", body).json()
        assert answer == {"normalizedValue": asked["normalizedValue"], "profiles": asked["profiles"]}


@pytest.mark.parametrize("name", [name for name in NAMES if is_sayable(name)])
def test_a_scenario_goes_over_http_as_it_is_told(name: str) -> None:
    scenario, ids = read(name), Ids()
    client = client_for(scenario)
    for step in scenario["steps"]:
        take(client, step["command"], step["expect"], ids)
    check_final(client, scenario["final"], ids)


def test_one_scenario_alone_cannot_be_told_over_http() -> None:
    assert [name for name in NAMES if not is_sayable(name)] == ["recycled_phone"]
