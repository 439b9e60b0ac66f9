"""The page in a real browser, opened from disk: it draws, it answers, it keeps quiet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.display import displayed
from resolver.example import path
from resolver.report import comparison_report
from resolver.simulate import compare, judge, load_settings, read_history, replay
from tests.report.browser import browser, excuse, open_page
from tests.report.pages import EVIL, SHARED_TRIM, UNIQUE_TRIM, data_of, evil_lines, page_of

pytestmark = pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")

DRAWN = """
return [...document.querySelectorAll('.opened .panel')].map((panel) =>
  panel.querySelectorAll('.node').length > 0 && panel.querySelectorAll('path').length > 0);
"""

TYPE = """
const input = document.querySelector(arguments[0]);
input.value = arguments[1];
input.dispatchEvent(new Event('input'));
return [...document.querySelectorAll('.list li')].map((item) => item.innerText);
"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser(width=1440) as driver:
        yield driver


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = read_history(path("history.jsonl"))
    loaded = [load_settings(path(name)) for name in ("baseline.json", "candidate.json")]
    runs = [replay(history, settings, **options) for settings, options in loaded]
    page = tmp_path_factory.mktemp("report") / "report.html"
    comparison = compare(*runs)
    judgement = judge(comparison, runs[0], runs[1], path("history.jsonl.truth.csv"))
    page.write_text(comparison_report(comparison, *runs, judgement=judgement), encoding="utf-8")
    return page


def all_of(driver: Any, selector: str) -> list[Any]:
    found: list[Any] = driver.find_elements("css selector", selector)
    return found


def chosen(driver: Any, position: int) -> str:
    """Wait until a group that was chosen is open; return its title."""
    from selenium.webdriver.support.ui import WebDriverWait

    opened = "return document.querySelector('.list [aria-current]')?.dataset.group"
    WebDriverWait(driver, 10, poll_frequency=0.02).until(lambda each: each.execute_script(opened) == str(position))
    title: str = driver.execute_script("return document.querySelector('.opened h3').innerText")
    return title


def test_a_group_is_drawn_on_both_sides_and_the_console_is_empty(driver: Any, example: Path) -> None:
    open_page(driver, example)
    assert driver.execute_script(DRAWN) == [True, True]
    assert driver.get_log("browser") == []


def test_a_search_finds_a_ref_or_a_value_as_people_write_it(driver: Any, example: Path) -> None:
    open_page(driver, example)
    every = len(driver.execute_script(TYPE, "#query", ""))
    assert every == 25
    for query in ("crm:000087", "(808) 555-0106", "+18085550106"):
        assert len(driver.execute_script(TYPE, "#query", query)) == 1, query
    assert driver.execute_script(TYPE, "#query", "nobody at all") == []
    assert "No changed group has this" in all_of(driver, ".finder")[0].text
    assert all_of(driver, ".opened")[0].text == "No group is open."


def test_a_single_hit_opens_with_what_was_searched_marked(driver: Any, example: Path) -> None:
    open_page(driver, example)
    assert "79 records" in chosen(driver, 0)
    items = driver.execute_script(TYPE, "#query", "+1 (808) 555-0106")
    assert len(items) == 1
    assert "phone +18085550106" in items[0]
    assert "18 records" in chosen(driver, 3)
    marked = driver.execute_script("return [...document.querySelectorAll('mark')].map((each) => each.textContent)")
    assert set(marked) == {"+18085550106"}
    assert len(all_of(driver, ".list mark")) == 1
    assert len(all_of(driver, ".opened .panel mark")) == 2
    driver.execute_script(TYPE, "#query", "")
    assert all_of(driver, "mark") == []
    assert driver.get_log("browser") == []


def test_the_largest_change_comes_first_and_the_order_can_be_chosen(driver: Any, example: Path) -> None:
    open_page(driver, example)
    groups = data_of(example.read_text(encoding="utf-8"))
    moved = [group["moved"] for group in groups]
    assert moved == sorted(moved, reverse=True)
    choose = """
    const select = [...document.querySelectorAll('.choices label')].find((each) => each.textContent.startsWith('Order'))
      .querySelector('select');
    select.value = arguments[0];
    select.dispatchEvent(new Event('change'));
    return [...document.querySelectorAll('.list button')].map((each) => Number(each.dataset.group));
    """
    lines = [groups[place]["cause"]["line"] for place in driver.execute_script(choose, "earliest line first")]
    assert lines == sorted(lines)
    worst = [sum(groups[place]["pairs"][name] for name in ("wrong", "missed"))
             for place in driver.execute_script(choose, "worst first")]  # fmt: skip
    assert worst == sorted(worst, reverse=True)


def test_a_cause_narrows_the_list_and_lets_go_again(driver: Any, example: Path) -> None:
    open_page(driver, example)
    listed = "return document.querySelectorAll('.list li').length"
    cause, value = all_of(driver, ".cause")[0], all_of(driver, ".value")[1]
    groups = data_of(example.read_text(encoding="utf-8"))
    pair = groups[1]["values"]
    value.click()
    assert driver.execute_script(listed) == sum(group["values"] == pair for group in groups)
    assert value.get_attribute("aria-pressed") == "true"
    assert "A shared phone no longer makes two records one person: phone +1" in all_of(driver, ".chip")[0].text
    cause.click()
    assert driver.execute_script(listed) == sum(group["reason"] == 0 for group in groups)
    assert [cause.get_attribute("aria-pressed"), value.get_attribute("aria-pressed")] == ["true", "false"]
    all_of(driver, ".chip button")[0].click()
    assert driver.execute_script(listed) == len(groups)
    assert cause.get_attribute("aria-pressed") == "false"


def test_a_group_names_the_true_rule_and_links_to_the_setting_behind_it(driver: Any, example: Path) -> None:
    open_page(driver, example, "#group-2")
    told = all_of(driver, ".why")[0].text
    assert "A shared phone no longer makes two records one person: phone +15045550103" in told
    assert "rule phone" in told
    link = all_of(driver, ".why a")[0]
    assert link.get_attribute("title") == "identifierConfigs[phone].enforceUnique"
    link.click()
    row = driver.execute_script("return document.querySelector(location.hash).textContent")
    assert row.startswith("Whether a value of phone belongs to one person only")


def test_the_keyboard_alone_goes_through_the_list_and_opens_as_it_goes(driver: Any, example: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    open_page(driver, example)
    query = all_of(driver, "#query")[0]
    query.send_keys(Keys.ARROW_DOWN)
    driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert chosen(driver, 2).startswith("Group 3:")
    assert driver.execute_script("return location.hash") == "#group-3"
    driver.switch_to.active_element.send_keys(Keys.ARROW_UP)
    assert chosen(driver, 1).startswith("Group 2:")
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    driver.execute_async_script("setTimeout(arguments[0], 50)")
    assert driver.execute_script("return document.activeElement.tagName") == "H3"
    assert driver.get_log("browser") == []


def test_neighbours_are_lit_on_both_sides_by_keyboard_too(driver: Any, example: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    open_page(driver, example, "#group-2")
    node = all_of(driver, ".panel .node")[0]
    node.send_keys(Keys.ARROW_RIGHT)
    value = driver.switch_to.active_element
    assert "value-node" in value.get_attribute("class")
    lit = """
    return [...document.querySelectorAll('.panel')].map((panel) =>
      ['.node.lit', '.value-node.lit', '.edge.lit'].map((kind) => panel.querySelectorAll(kind).length));
    """
    one, other = driver.execute_script(lit)
    assert one == other
    assert one[0] > 0
    assert one[1] == 1
    value.send_keys(Keys.ENTER)
    assert value.get_attribute("aria-pressed") == "true"
    assert "held by Profile 1" in all_of(driver, ".told")[0].text
    value.send_keys(Keys.ARROW_LEFT)
    assert "node" in driver.switch_to.active_element.get_attribute("class")
    assert driver.execute_script("return document.querySelectorAll('.panel [tabindex=\"0\"]').length") == 2


def test_dark_and_light_can_be_chosen_and_are_remembered(driver: Any, example: Path) -> None:
    open_page(driver, example)
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = driver.execute_script(ground)
    all_of(driver, "#theme")[0].click()
    after = driver.execute_script(ground)
    assert after != before
    open_page(driver, example)
    assert driver.execute_script(ground) == after
    all_of(driver, "#theme")[0].click()
    assert driver.execute_script(ground) == before


def test_a_link_to_a_group_opens_it(driver: Any, example: Path) -> None:
    groups = data_of(example.read_text(encoding="utf-8"))
    (number,) = [place for place, group in enumerate(groups, 1) if "crm:000087" in group["refs"]]
    open_page(driver, example, f"#group-{number}")
    assert "crm:000087" in all_of(driver, ".opened")[0].text


def test_values_that_look_like_markup_stay_text(driver: Any, tmp_path: Path) -> None:
    page = tmp_path / "evil.html"
    page.write_text(page_of(evil_lines(), UNIQUE_TRIM, SHARED_TRIM), encoding="utf-8")
    for number in range(len(EVIL)):
        open_page(driver, page, f"#group-{number + 1}")
        assert driver.title.endswith("6 groups split.")
        assert all_of(driver, ".opened img, .opened script") == []
        assert driver.execute_script(DRAWN) == [True, True]
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
    assert driver.execute_script(DRAWN) == [True, True]


def test_a_group_of_many_shapes_says_how_much_of_it_the_graph_shows(driver: Any, tmp_path: Path) -> None:
    lines = [
        {"ref": f"r{n}", "at": 1, "identifiers": {"email": f"e{n // 2}", "phone": "one for all"}} for n in range(300)
    ]
    page = tmp_path / "large.html"
    page.write_text(page_of(lines, UNIQUE_TRIM, SHARED_TRIM), encoding="utf-8")
    open_page(driver, page)
    told = all_of(driver, ".opened")[0].text
    assert "Records that are in the same profiles on both sides are one node, and what ties these is drawn." in told
    assert "The graph shows 60 of 300 records" in told
    nodes = "return document.querySelectorAll('.panel .node').length"
    assert driver.execute_script(nodes) == 2 * 30
    all_of(driver, ".graph .more")[0].click()
    assert driver.execute_script(nodes) == 2 * 60
    assert "The graph shows 120 of 300 records" in all_of(driver, ".opened")[0].text


def test_a_graph_of_many_records_shows_parts_first_and_records_on_request(driver: Any, example: Path) -> None:
    open_page(driver, example, "#group-1")
    nodes = "return document.querySelectorAll('.panel .node').length"
    assert driver.execute_script(nodes) == 2 * 17
    assert "The graph shows" not in all_of(driver, ".graph")[0].text
    all_of(driver, ".graph .more")[-1].click()
    assert driver.execute_script(nodes) > 2 * 30
    assert driver.execute_script("return document.activeElement.matches('.node')")
    all_of(driver, ".graph .more")[-1].click()
    assert driver.execute_script(nodes) == 2 * 17
    assert driver.execute_script(DRAWN) == [True, True]
    assert driver.get_log("browser") == []
