"""The page in a real browser, as a person uses it: type, change, step, read why, share."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from resolver.report.masking import Mask
from resolver.settings import Settings
from resolver.studio.export import export
from resolver.studio.workbench import Workbench
from tests.report.axe import violations
from tests.report.browser import READY, browser, excuse
from tests.studio.scenarios import example, typed
from tests.studio.serving import running

pytestmark = pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")

FIRST = "ref=a, email=ada@example.com, phone=317-555-0100"
THREE = f"{FIRST}\nref=b, email=ada@example.com, phone=317-555-0101\nref=c, phone=317-555-0100"
"""Under a limit of one phone number, the first has left the profile before the third event comes."""

WIDTHS = (1440, 768, 390)

OUTSIDE = """
const beyond = (each) => {
  const box = each.getBoundingClientRect();
  const hidden = each.closest('.unseen, .skip') || !box.width || getComputedStyle(each).visibility === 'hidden';
  return !hidden && (box.right > innerWidth + 1 || box.left < -1);
};
return [document.documentElement.scrollWidth > innerWidth,
        [...document.querySelectorAll('body *')].filter(beyond).map((each) => each.outerHTML.slice(0, 80))];
"""

SMALL = """
const small = (each) => { const box = each.getBoundingClientRect(); return box.width > 0 && box.height < 43.5; };
return [...document.querySelectorAll('button, select, input:not([type=checkbox]):not([type=range]), summary')]
  .filter(small).map((each) => each.outerHTML.slice(0, 80));
"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser(width=1440) as driver:
        yield driver


@pytest.fixture(scope="module")
def link() -> Iterator[str]:
    """The link to an empty studio, which one test after the other works on."""
    defaults = Settings.defaults()
    with running(Workbench(typed("", defaults))) as url:
        yield url


def wait(driver: Any, until: Callable[[Any], object]) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 20, poll_frequency=0.02).until(until)


def open_page(driver: Any, url: str) -> None:
    driver.get("about:blank")
    driver.get(url)
    wait(driver, lambda each: each.execute_script(READY))


def one(driver: Any, selector: str) -> Any:
    return driver.find_element("css selector", selector)


def texts(driver: Any, selector: str) -> list[str]:
    found: list[str] = driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)", selector
    )
    return found


def step(driver: Any) -> str:
    found: str = driver.execute_script("return location.hash")
    return found


def is_at(driver: Any, number: int) -> bool:
    return step(driver) == f"#step-{number}"


def has_steps(driver: Any, number: int) -> bool:
    return bool(one(driver, "#of").text == f"of {number}")


def resize(driver: Any, width: int, height: int = 900) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


@pytest.fixture(autouse=True)
def wide(driver: Any) -> None:
    resize(driver, 1440)


def type_events(driver: Any, text: str) -> None:
    one(driver, "#typed").clear()
    one(driver, "#typed").send_keys(text)
    one(driver, "#add").click()


def test_a_person_types_three_events_changes_a_limit_sees_the_split_and_reads_why(driver: Any, link: str) -> None:
    from selenium.webdriver.common.keys import Keys

    open_page(driver, link)
    assert "Nothing has happened yet" in one(driver, "#now").text
    for number, line in enumerate(THREE.split("\n"), 1):
        type_events(driver, line)
        wait(driver, partial(has_steps, number=number))
    assert texts(driver, ".person .card h3") == ["P1"]
    assert texts(driver, ".chip") == ["a", "b", "c"]

    one(driver, "[data-key='open identifierConfigs.2'] summary").click()
    limit = one(driver, "[data-key='identifierConfigs.2.limit']")
    limit.send_keys(Keys.CONTROL, "a")
    limit.send_keys("1\t")
    wait(driver, lambda each: texts(each, ".person .badge.is-split"))
    assert texts(driver, ".person .side .card h3") == ["P1", "P1", "P3"]
    assert "1 profile under the baseline, 2 under the candidate" in one(driver, ".person").text
    assert "baseline: 100" in one(driver, "#form").text

    one(driver, ".why").click()
    wait(driver, lambda each: len(texts(each, "#why-body .told")) > 3)
    why = one(driver, "#why-body").text
    assert "one profile" in why
    assert "two profiles" in why
    assert "phone +13175550100" in why
    assert "evicted at line 2" in why
    one(driver, "#why-close").click()

    one(driver, "#undo").click()
    wait(driver, lambda each: not texts(each, ".person .badge.is-split"))
    one(driver, "#redo").click()
    wait(driver, lambda each: texts(each, ".person .badge.is-split"))
    assert driver.get_log("browser") == []


def test_what_was_done_is_there_after_a_reload_and_in_no_other_browser(driver: Any, link: str) -> None:
    driver.refresh()
    wait(driver, lambda each: each.execute_script(READY))
    assert texts(driver, ".person .side .card h3") == ["P1", "P1", "P3"]
    driver.delete_all_cookies()
    driver.get(link)
    assert "the link works once" in one(driver, "body").text
    driver.get_log("browser")  # the refusal


def test_wrong_lines_are_named_and_stay_to_be_mended(driver: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    with running(Workbench(typed())) as url:
        open_page(driver, url)
        type_events(driver, "email=eve@example.com\nemial=x\nnonsense")
        wait(driver, lambda each: texts(each, "#typed-errors p"))
        assert texts(driver, "#typed-errors p")[0].startswith("Line 2: 'emial' is none of ref, at, email")
        assert texts(driver, "#typed-errors p")[1].startswith("Line 3: 'nonsense' is not a name=value pair")
        assert one(driver, "#typed").get_attribute("value").startswith("email=eve@example.com")
        assert one(driver, "#of").text == "of 3"
        driver.get_log("browser")  # the refusal
        limit = one(driver, "[data-key='open identifierConfigs.0'] summary")
        limit.click()
        field = one(driver, "[data-key='identifierConfigs.0.limit']")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys("0\t")
        wait(driver, lambda each: texts(each, "#settings-errors p"))
        assert "expected an integer 1..100" in one(driver, "#settings-errors").text
        driver.get_log("browser")


def test_a_history_is_stepped_through_by_keyboard_and_slider(driver: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    with running(Workbench(example()), title="history.jsonl") as url:
        open_page(driver, url)
        assert step(driver) == "#step-419"
        body = one(driver, "body")
        body.send_keys(Keys.HOME)
        wait(driver, lambda each: step(each) == "#step-0")
        for number in (1, 2):
            body.send_keys(Keys.ARROW_RIGHT)
            wait(driver, partial(is_at, number=number))
        body.send_keys(Keys.ARROW_LEFT)
        wait(driver, lambda each: step(each) == "#step-1")
        one(driver, "#play").click()
        wait(driver, lambda each: step(each) == "#step-3")
        one(driver, "#play").click()
        one(driver, "#jump").clear()
        one(driver, "#jump").send_keys("29\t")
        wait(driver, lambda each: step(each) == "#step-29")
        assert texts(driver, "#events [aria-current] .line") == ["29"]
        assert "by rule 'phone'" in one(driver, "#now").text
        one(driver, "#changed").click()
        wait(driver, lambda each: len(texts(each, ".person")) == 1)
        one(driver, "#find").send_keys("crm:000029")
        wait(driver, lambda each: texts(each, ".person .chip"))
        assert driver.get_log("browser") == []
        for width in WIDTHS:
            resize(driver, width)
            for part in ("events", "people", "settings") if width == WIDTHS[-1] else ("",):
                if part:
                    one(driver, f"[data-part={part}]").click()
                driver.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
                assert driver.execute_script(OUTSIDE) == [False, []], (width, part)
        assert driver.execute_script(SMALL) == []


PLACES = """
// Where the present event is, how far apart the parts are, and how much of the screen the list has.
const box = (selector) => document.querySelector(selector).getBoundingClientRect();
const [list, now, events, settings] = ['#event-list', '#event-list [aria-current]', '#events', '#settings'].map(box);
const isSeen = now.top >= list.top - 1 && now.bottom <= list.bottom + 1;
return [isSeen, settings.top - events.bottom, list.height / innerHeight];
"""


def test_the_parts_stand_one_below_the_other_and_the_list_is_at_the_present_event(driver: Any) -> None:
    with running(Workbench(example())) as url:
        open_page(driver, url)
        driver.execute_script("location.hash = '#step-200'")
        wait(driver, lambda each: texts(each, "#events [aria-current] .line") == ["200"])
        resize(driver, 768, 1024)
        wait(driver, lambda each: each.execute_script(PLACES)[0])
        is_seen, between, _ = driver.execute_script(PLACES)
        assert is_seen
        assert 0 < between < 40
        resize(driver, 390, 844)
        one(driver, "[data-part=settings]").click()
        driver.execute_script("location.hash = '#step-20'")
        wait(driver, lambda each: each.execute_script("return document.querySelector('#jump').value") == "20")
        one(driver, "[data-part=events]").click()
        is_seen, _, share = driver.execute_script(PLACES)
        assert is_seen
        assert share > 0.4


@pytest.mark.slow
@pytest.mark.parametrize("is_masked", [False, True])
def test_the_file_opens_from_disk_with_every_step_and_reasons(driver: Any, tmp_path: Path, is_masked: bool) -> None:
    from selenium.webdriver.common.keys import Keys

    mask = Mask(b"sixteen bytes or more") if is_masked else None
    page = tmp_path / "studio.html"
    page.write_text(export(Workbench(example(80)), "history.jsonl", mask=mask), encoding="utf-8")
    open_page(driver, page.as_uri())
    assert one(driver, "#of").text == "of 80"
    assert not one(driver, "#composer").is_displayed()
    assert not one(driver, "#share").is_displayed()
    driver.execute_script("document.querySelector('.person .why').click()")
    wait(driver, lambda each: texts(each, "#why-body .side"))
    told = one(driver, "#why-body").text
    assert "What joins them" in told or "two profiles" in told
    assert ("+1" in told or "@" in told) != is_masked
    one(driver, "#why").send_keys(Keys.ESCAPE)
    open_page(driver, f"{page.as_uri()}#step-29")
    one(driver, "#back").click()
    wait(driver, lambda each: each.execute_script("return location.hash") == "#step-28")
    assert ("+447700900006" in one(driver, "#now").text) != is_masked
    assert driver.get_log("browser") == []


def test_values_that_look_like_markup_stay_text(driver: Any) -> None:
    evil = "<img src=x onerror=alert(1)>\u202e"
    bench = Workbench(typed(""))
    bench.add(f'ref="{evil}", chat="{evil}"\nchat="{evil}", email=ada@example.com')
    with running(bench, title=evil) as url:
        open_page(driver, url)
        assert driver.find_elements("css selector", "img") == []
        driver.execute_script("document.querySelector('.chip').click()")
        wait(driver, lambda each: texts(each, "#why-body .told"))
        assert driver.find_elements("css selector", "img") == []
        assert "<img src=x onerror=alert(1)>\\u202e" in one(driver, "#people").text
        assert "\u202e" not in one(driver, "body").text
        assert driver.get_log("browser") == []


def check_with_axe(driver: Any) -> None:
    """Let axe-core look at the open page in light and dark, at every width, with everything opened."""
    driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    driver.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for theme in ("light", "dark"):
        driver.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        for width in WIDTHS:
            resize(driver, width)
            for part in ("events", "people", "settings") if width == WIDTHS[-1] else ("people",):
                driver.execute_script("document.querySelector(`[data-part=${arguments[0]}]`).click()", part)
                assert violations(driver) == [], (theme, width, part)
        driver.execute_script("document.querySelector('.why, .chip').click()")
        wait(driver, lambda each: texts(each, "#why-body .side"))
        assert violations(driver) == [], theme
        driver.execute_script("document.querySelector('#why').close()")


@pytest.mark.slow
def test_axe_finds_nothing_in_light_and_dark_at_any_width(driver: Any, tmp_path: Path) -> None:
    page = tmp_path / "studio.html"
    page.write_text(export(Workbench(example(80)), "history.jsonl"), encoding="utf-8")
    open_page(driver, f"{page.as_uri()}#step-29")
    check_with_axe(driver)


@pytest.mark.slow
def test_axe_finds_nothing_on_the_live_page_either(driver: Any) -> None:
    with running(Workbench(example(80))) as url:
        open_page(driver, url)
        wait(driver, lambda each: texts(each, ".why, .chip"))
        check_with_axe(driver)
        resize(driver, 1440)


@pytest.mark.slow
def test_every_why_on_the_page_has_an_answer(driver: Any) -> None:
    with running(Workbench(example(60))) as url:
        open_page(driver, url)
        wait(driver, lambda each: texts(each, ".why, .chip"))
        asked = driver.execute_script("return document.querySelectorAll('.why, .chip').length")
        assert asked > 5
        for number in range(asked):
            driver.execute_script("document.querySelectorAll('.why, .chip')[arguments[0]].click()", number)
            wait(driver, lambda each: any(text.strip() for text in texts(each, "#why[open] #why-body .side")))
            driver.execute_script(
                "document.querySelector('#why').close(); document.querySelector('#why-body').innerHTML = ''"
            )


def test_a_value_is_blocked_and_a_type_protected_by_form(driver: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    with running(Workbench(typed(THREE, Settings.defaults()))) as url:
        open_page(driver, url)
        one(driver, "[data-key='open options.policies'] > summary").click()
        one(driver, "[data-key='new options.policies.blocked']").send_keys("317-555-0100", Keys.ENTER)
        wait(driver, lambda each: one(each, "#undo").get_attribute("title") == "Undo: 317-555-0100 of the candidate")
        one(driver, "[data-key='new options.policies.protect']").send_keys("phone", Keys.ENTER)
        wait(driver, lambda each: one(each, "#undo").get_attribute("title").startswith("Undo: protected types"))
        assert len(texts(driver, "[data-key='open options.policies.blocked.0']")) == 1
        assert "baseline: none" in one(driver, "#form").text
        assert driver.get_log("browser") == []
