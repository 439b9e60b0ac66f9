"""The page in a real browser, opened from disk: it draws, it answers, it keeps quiet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.display import displayed
from resolver.example import path
from resolver.report import comparison_report
from resolver.simulate import compare, load_settings, read_history, replay
from tests.report.browser import browser, excuse, open_page
from tests.report.pages import EVIL, SHARED_TRIM, UNIQUE_TRIM, evil_lines, page_of

pytestmark = pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")

INKED = """
const pixels = (canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
return [...document.querySelectorAll('.stage')].map((stage) =>
  [...stage.querySelectorAll('canvas')].some((canvas) => pixels(canvas).some((value) => value !== 0)));
"""

TYPE = """
const input = document.querySelector(arguments[0]);
input.value = arguments[1];
input.dispatchEvent(new Event('input'));
return [...document.querySelectorAll('.list li')].map((item) => item.innerText);
"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = read_history(path("history.jsonl"))
    loaded = [load_settings(path(name)) for name in ("baseline.json", "candidate.json")]
    runs = [replay(history, settings, **options) for settings, options in loaded]
    page = tmp_path_factory.mktemp("report") / "report.html"
    page.write_text(comparison_report(compare(*runs), *runs), encoding="utf-8")
    return page


def all_of(driver: Any, selector: str) -> list[Any]:
    found: list[Any] = driver.find_elements("css selector", selector)
    return found


def chosen(driver: Any, position: int) -> str:
    """Wait until a group that was chosen is open; give its title."""
    from selenium.webdriver.support.ui import WebDriverWait

    opened = "return document.querySelector('.list [aria-current]')?.dataset.group"
    WebDriverWait(driver, 10, poll_frequency=0.02).until(lambda each: each.execute_script(opened) == str(position))
    title: str = driver.execute_script("return document.querySelector('.opened h3').innerText")
    return title


def test_a_group_is_drawn_on_both_sides_and_the_console_is_empty(driver: Any, example: Path) -> None:
    open_page(driver, example)
    assert driver.execute_script(INKED) == [True, True]
    assert driver.get_log("browser") == []


def test_the_histograms_have_bars_of_both_sides(driver: Any, example: Path) -> None:
    open_page(driver, example)
    for kind in ("of-baseline", "of-candidate"):
        widths = [bar.rect["width"] for bar in all_of(driver, f".histogram .{kind}")]
        assert len(widths) > 10
        assert min(widths) >= 1


def test_a_search_finds_a_ref_or_a_value_as_people_write_it(driver: Any, example: Path) -> None:
    open_page(driver, example)
    every = len(driver.execute_script(TYPE, "#query", ""))
    assert every == 25
    for query in ("crm:000087", "(808) 555-0106", "+18085550106"):
        assert len(driver.execute_script(TYPE, "#query", query)) == 1, query
    assert driver.execute_script(TYPE, "#query", "nobody at all") == []
    assert "No changed group has this" in all_of(driver, ".finder")[0].text


def test_a_chosen_group_is_shown_with_the_searched_value_marked(driver: Any, example: Path) -> None:
    open_page(driver, example)
    driver.execute_script(TYPE, "#query", "+18085550106")
    all_of(driver, ".list button")[0].click()
    assert "18 records" in chosen(driver, 1)
    assert all_of(driver, ".tools [role=status]")[0].text == "1 hit"
    assert driver.execute_script("return location.hash") == "#group-2"
    assert driver.execute_script(INKED) == [True, True]
    assert driver.get_log("browser") == []


def test_the_keyboard_alone_opens_a_group_and_moves_its_graph(driver: Any, example: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    open_page(driver, example)
    all_of(driver, ".list button")[3].send_keys(Keys.ENTER)
    chosen(driver, 3)
    assert driver.execute_script("return location.hash") == "#group-4"
    assert driver.execute_script("return document.activeElement.tagName") == "H3"
    stage = all_of(driver, ".stage")[0]
    stage.send_keys("+", Keys.ARROW_LEFT, "-", "0")
    assert driver.get_log("browser") == []


def test_dark_and_light_can_be_chosen(driver: Any, example: Path) -> None:
    open_page(driver, example)
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = driver.execute_script(ground)
    all_of(driver, "#theme")[0].click()
    assert driver.execute_script(ground) != before
    assert driver.execute_script(INKED) == [True, True]


def test_a_link_to_a_group_opens_it(driver: Any, example: Path) -> None:
    open_page(driver, example, "#group-9")
    assert "crm:000087" in all_of(driver, ".opened")[0].text


def test_values_that_look_like_markup_stay_text(driver: Any, tmp_path: Path) -> None:
    page = tmp_path / "evil.html"
    page.write_text(page_of(evil_lines(), UNIQUE_TRIM, SHARED_TRIM), encoding="utf-8")
    for number in range(len(EVIL)):
        open_page(driver, page, f"#group-{number + 1}")
        assert driver.title == "Comparison of two settings"
        assert all_of(driver, ".opened img, .opened script") == []
        assert driver.execute_script(INKED) == [True, True]
    open_page(driver, page, "#group-1")
    assert EVIL[0] in all_of(driver, ".opened")[0].text
    assert driver.get_log("browser") == []


def test_hidden_and_controlling_characters_are_shown_as_escapes(driver: Any, tmp_path: Path) -> None:
    hidden = "a\x1b[31m\x9b\u202eb\r\n\t\u2066\u200f\ufeff\U000e0041\ud800z \U0001f469\u200d\U0001f680"
    lines = [
        {"ref": f"{one}{hidden}", "at": 1, "identifiers": {"email": f"{one}{hidden}", "phone": hidden}} for one in "ab"
    ]
    page = tmp_path / "hidden.html"
    page.write_text(page_of(lines, UNIQUE_TRIM, SHARED_TRIM, on_invalid="keep"), encoding="utf-8")
    open_page(driver, page, "#group-1")
    shown = all_of(driver, ".opened")[0].text + all_of(driver, ".list")[0].text
    assert f"a{displayed(hidden)}" in shown
    assert f"b{displayed(hidden)}" in shown
    assert not {each for each in shown if displayed(each) != each} - {"\n"}
    assert driver.execute_script(INKED) == [True, True]


def test_a_large_group_says_how_much_of_it_the_graph_shows(driver: Any, tmp_path: Path) -> None:
    lines = [
        {"ref": f"r{number}", "at": 1, "identifiers": {"email": f"e{number}", "phone": "one for all"}}
        for number in range(300)
    ]
    page = tmp_path / "large.html"
    page.write_text(page_of(lines, UNIQUE_TRIM, SHARED_TRIM), encoding="utf-8")
    open_page(driver, page)
    assert "The graph shows 60 of 300 records" in all_of(driver, ".opened")[0].text
    assert driver.execute_script(INKED) == [True, True]
    assert driver.get_log("browser") == []
