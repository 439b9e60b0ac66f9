"""``/_emulator/studio``: live stores step by step, in JSON and in a browser; nothing is changed by looking."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from resolver.emulator.server import running_emulator
from tests.emulator.client import CONTROL, PROFILES, SETTINGS, STORE, Client
from tests.report.browser import READY, browser, excuse

PAGE = "/_emulator/studio"
VIEW = f"/_emulator/stores/{STORE}/studio"
OTHER = "mem_store_" + 25 * "0" + "1"


def view(client: Client, **query: Any) -> dict[str, Any]:
    response = client.ask("GET", VIEW, params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["view"]
    return found


def values(shown: dict[str, Any]) -> list[list[str]]:
    cards = [card for row in shown["rows"] for card in row["sides"][0]]
    return sorted([value["value"] for each in card["types"] for value in each["values"]] for card in cards)


def three(client: Client) -> None:
    client.create(email="ada@example.com")
    client.create(phone="317-555-0100")
    client.create(email="ada@example.com", phone="317-555-0100")


def test_a_store_is_stepped_through_by_its_writes() -> None:
    client = Client()
    assert view(client)["steps"] == 0
    three(client)
    last = view(client)
    assert (last["step"], last["steps"], len(last["rows"])) == (3, 3, 1)
    assert values(last) == [["ada@example.com", "+13175550100"]]
    (merge,) = last["sides"][0]["outcome"]["facts"]
    assert (merge["kind"], merge["rule"]) == ("ProfilesMerged", "phone")
    assert ["phone", "+13175550100"] in last["event"]["pairs"]
    assert values(view(client, step=2)) == [["+13175550100"], ["ada@example.com"]]
    assert view(client, step=0)["rows"] == []


def test_the_view_goes_on_as_the_store_does_and_begins_anew_with_it() -> None:
    client = Client()
    three(client)
    view(client)
    client.create(email="bob@example.com")
    assert values(view(client)) == [["ada@example.com", "+13175550100"], ["bob@example.com"]]
    assert view(client)["steps"] == 4
    client.ask("POST", "/_emulator/reset")
    assert view(client)["steps"] == 0


def test_looking_changes_nothing() -> None:
    client = Client()
    three(client)
    before = [client.ask("GET", path).json() for path in ("/_emulator/dump", "/_emulator/state", "/_emulator/requests")]
    client.ask("GET", PAGE)
    for step in range(4):
        view(client, step=step, find="ada@example.com")
    after = [client.ask("GET", path).json() for path in ("/_emulator/dump", "/_emulator/state", "/_emulator/requests")]
    assert after == before


def test_settings_are_those_in_force_and_a_change_is_a_step() -> None:
    client = Client(on_invalid="drop")
    three(client)
    document = client.ask("GET", SETTINGS).json()
    client.ask("PUT", SETTINGS, {**document, "matchingRules": ["email"]})
    state = client.ask("GET", VIEW).json()
    assert state["sides"][0]["document"]["matchingRules"] == ["email"]
    assert state["sides"][0]["document"]["options"]["onInvalid"] == "drop"
    assert state["view"]["event"]["results"] == ["settings"]
    assert state["view"]["rows"], "profiles are shown at a step that is about none"


def test_every_accepted_write_shows_at_once_whatever_the_delay() -> None:
    client = Client(delay_ms=60_000)
    three(client)
    assert view(client)["steps"] == 3


def test_a_state_that_was_imported_is_stepped_through_from_its_beginning() -> None:
    client = Client()
    three(client)
    other = Client()
    other.ask("PUT", "/_emulator/state", client.ask("GET", "/_emulator/state").content)
    assert view(other) == view(client)


@pytest.mark.parametrize("step", ["x", "-1", "1.5", "9" * 30])
def test_a_step_that_is_none_is_refused(step: str) -> None:
    response = Client().ask("GET", VIEW, params={"step": step})
    assert response.status_code == 400
    assert response.json()["message"].startswith("step: ")


def test_a_store_that_there_is_not_is_404() -> None:
    client = Client()
    assert client.ask("GET", PAGE, params={"store": OTHER}).status_code == 404
    assert client.ask("GET", VIEW.replace(STORE, OTHER)).status_code == 404
    client.ask("DELETE", f"{CONTROL}/{STORE}")
    assert client.ask("GET", PAGE).status_code == 200


def test_the_page_and_its_views_are_for_the_credentials_of_the_other_own_pages() -> None:
    client = Client(auth=["admin:a", f"limited:b@{STORE}"], stores=[STORE, OTHER])
    assert client.ask("GET", PAGE, auth=None).status_code == 401
    assert client.ask("GET", PAGE, auth=("limited", "b")).status_code == 403
    assert client.ask("GET", VIEW, auth=("limited", "b")).status_code == 200
    assert client.ask("GET", VIEW.replace(STORE, OTHER), auth=("limited", "b")).status_code == 403
    page = client.ask("GET", PAGE, auth=("admin", "a"))
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert OTHER in page.text
    assert client.ask("GET", PAGE, auth=("admin", "a"), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_page_is_on_no_list_of_requests_and_in_the_metrics() -> None:
    client = Client()
    client.ask("GET", PAGE)
    assert client.ask("GET", "/_emulator/requests").json()["total"] == 0
    assert 'endpoint="EmulatorStudio"' in client.ask("GET", "/metrics").text


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser(width=1440) as chromium:
        yield chromium


@pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")
def test_a_person_sees_a_write_come_and_why_profiles_are_one(driver: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    def wait(until: Any) -> None:
        WebDriverWait(driver, 20, poll_frequency=0.05).until(until)

    with running_emulator(ids="sequential") as url, httpx.Client(auth=("a", "b"), base_url=url) as client:
        for contact in ({"email": "ada@example.com"}, {"phone": "317-555-0100"}):
            client.post(PROFILES, json={"traits": {"Contact": contact}})
        driver.get(url.replace("//", "//a:b@") + PAGE)
        wait(lambda each: each.execute_script(READY))
        client.post(PROFILES, json={"traits": {"Contact": {"email": "ada@example.com", "phone": "317-555-0100"}}})
        wait(lambda each: each.find_element("css selector", "#of").text == "of 3")
        assert "took in P" in driver.find_element("css selector", ".person").text
        wait(lambda each: len(each.find_elements("css selector", "#requests li")) == 3)
        driver.execute_script("document.querySelector('.chip').click()")
        wait(lambda each: "the rule 'phone'" in each.find_element("css selector", "#why-body").text)
        assert not driver.find_element("css selector", "#composer").is_displayed()
        assert driver.find_element("css selector", "[data-key='matchingRules 0']").is_enabled() is False
        assert driver.get_log("browser") == []
