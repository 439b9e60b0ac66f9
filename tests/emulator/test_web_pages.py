"""Web pages in a browser: what an attacker's page tries, and what an allowed one may do."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from resolver.emulator.server import running_emulator
from tests.emulator.client import PROFILES
from tests.report.browser import browser, excuse

pytestmark = pytest.mark.skipif(excuse() is not None, reason=str(excuse()))

REBOUND = "rebound.example"
"""A name that an attacker owns, and lets point to this machine once the page is loaded."""

SCRIPT = """
const done = arguments[arguments.length - 1];
const [url, profiles] = [arguments[0], arguments[1]];
const basic = "Basic " + btoa("a:b");
const tries = {
  simple: () => fetch(url + "/_emulator/reset", {method: "POST", mode: "no-cors", body: "x"}),
  blob: () => fetch(url + profiles, {method: "POST", mode: "no-cors", body: new Blob(['{"traits": {}}'])}),
  beacon: () => Promise.resolve(navigator.sendBeacon(url + "/_emulator/reset", "x")),
  image: () => new Promise(over => { const i = new Image(); i.onload = i.onerror = over; i.src = url + "/metrics"; }),
  read: () => fetch(url + "/metrics").then(answer => answer.text()),
  authorized: () => fetch(url + profiles, {headers: {Authorization: basic}}).then(answer => answer.text()),
  write: () => fetch(url + profiles, {
    method: "POST", headers: {Authorization: basic, "Content-Type": "application/json"},
    body: JSON.stringify({traits: {Contact: {email: "mallory@example.com"}}}),
  }).then(answer => answer.text()),
};
(async () => {
  const results = {};
  for (const [name, attempt] of Object.entries(tries))
    try { results[name] = String(await attempt()).slice(0, 200); } catch (error) { results[name] = "refused"; }
  done(results);
})();
"""

FORM = """
const form = document.createElement("form");
form.method = "POST";
form.enctype = "text/plain";
form.action = arguments[0].replace("http://", "http://a:b@") + "/_emulator/reset";
document.body.append(form);
form.submit();
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site(folder: Path) -> Iterator[int]:
    """Yield the port of another web server on this machine."""
    (folder / "index.html").write_text("<!doctype html><title>a page</title><body></body>")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser(f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP attacker.example 127.0.0.1") as chromium:
        yield chromium


def statuses(lines: list[dict[str, Any]]) -> set[int]:
    """Return the statuses of what a page asked; 404 is that of the icon, which the browser asks for by itself."""
    return {line["status"] for line in lines if "status" in line} - {404}


@pytest.mark.parametrize("name", ["attacker.example", "localhost"])
def test_a_page_of_another_site_or_port_neither_writes_nor_reads(name: str, driver: Any, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    with site(tmp_path) as port, running_emulator(log=lines.append) as url:
        target = url.replace("127.0.0.1", "localhost")
        driver.get(f"http://{name}:{port}/index.html")
        results = driver.execute_async_script(SCRIPT, target, PROFILES)
        driver.execute_script(FORM, target)
        assert "may not use the emulator" in driver.find_element("tag name", "body").text
    assert results["read"] == results["authorized"] == results["write"] == "refused"
    assert len(lines) >= 6, "what the page tried did arrive"
    assert statuses(lines) == {403}


def test_a_name_that_is_made_to_point_here_shows_nothing(driver: Any) -> None:
    lines: list[dict[str, Any]] = []
    with running_emulator(log=lines.append) as url:
        rebound = url.replace("127.0.0.1", REBOUND)
        driver.get(f"{rebound}/metrics")
        assert "is not allowed" in driver.find_element("tag name", "body").text
        results = driver.execute_async_script(SCRIPT, rebound, PROFILES)
    assert all("is not allowed" in results[name] for name in ("read", "authorized", "write"))
    assert statuses(lines) == {403}


def test_a_page_of_an_allowed_origin_writes_and_reads(driver: Any, tmp_path: Path) -> None:
    with site(tmp_path) as port:
        origin = f"http://attacker.example:{port}"
        with running_emulator(cors=[origin]) as url:
            driver.get(f"{origin}/index.html")
            results = driver.execute_async_script(SCRIPT, url, PROFILES)
    assert "Profile resolved" in results["write"]
    assert '"profiles":[' in results["authorized"]
    assert "resolver_requests_total" in results["read"]


def test_the_emulators_own_address_can_be_opened_in_a_browser(driver: Any) -> None:
    with running_emulator() as url:
        driver.get(f"{url}/healthz")
        assert '"status":"ok"' in driver.find_element("tag name", "body").text
