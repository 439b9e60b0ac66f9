"""The page of a sweep: the table first, its best marked, and a chart whose marks lead to the rows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from resolver.cli import main
from resolver.example import path
from resolver.report import Provenance, sweep_report
from resolver.simulate import Sweep, read_history, sweep
from resolver.simulate.order import Moved
from tests.report.axe import violations
from tests.report.browser import browser, excuse, open_page
from tests.report.layout import WIDTHS, overlapping, resize, small_targets, smallest_text, sticking_out
from tests.report.pages import EVIL, text_of
from tests.simulate.lines import ADA, BOB

GRID = {"axes": {"phone.enforceUnique": [True, False], "phone.limit": [1, 3]}}
in_a_browser = pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")


@pytest.fixture(scope="module")
def example() -> Sweep:
    return sweep(read_history(path("history.jsonl")), path("grid.json"), path("history.jsonl.truth.csv"))


@pytest.fixture(scope="module")
def page(example: Sweep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sweep") / "sweep.html"
    place.write_text(sweep_report(example, provenance=Provenance(grid="grid.json")), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser(width=1440) as driver:
        yield driver


def test_the_page_begins_with_the_best_setting_and_every_setting_has_its_row(example: Sweep) -> None:
    page = sweep_report(example)
    best = example.ranked("f1")[0]
    assert f"<h1>Setting {best.number} of 24 has the best F1, {best.measures.to_json()['f1']:.3f}; 14 are" in page
    assert "\N{BLACK DIAMOND} = 3: it has the same two figures as setting 3" in page
    assert page.count('scope="row"') == len(example.rows)
    assert page.count(">best F1<") == 1
    for row in example.rows:
        assert f'<tr id="setting-{row.number}"' in page
    assert page == sweep_report(example)


def test_without_a_truth_the_page_says_that_its_marks_are_a_guide() -> None:
    page = sweep_report(sweep([ADA, BOB], GRID))
    text = text_of(page)
    assert "Of 4 settings, " in text
    assert "4 settings" in text
    assert "a guide only" in text
    assert "Whether a value of phone belongs to one person only phone.enforceUnique true; false" in text
    assert ">best F1<" not in page


def test_axes_of_policies_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text('[{"idType": "phone", "equals": ["+13170000000"]}]')
    axes = {
        "policies.blocked": [[], "@none.json", ["segment"], "suspects:3"],
        "policies.protect": [[], ["phone"], "*"],
        "policies.caps": [{"merges": 3}],
        "policies.windowDays": [{"phone": 7}],
        "policies.misfit": [{"phone": "move", "*": "share"}],
    }
    (tmp_path / "grid.json").write_text(json.dumps({"axes": axes}))
    page = sweep_report(sweep([ADA, BOB], tmp_path / "grid.json"))
    rows = page.count('<tr id="setting-')
    assert page.count('class="listed"') == 5 * (1 + rows), (
        "each heading and cell of the policies has room for its words"
    )
    text = text_of(page)
    assert "Blocked values policies.blocked none; @none.json; segment; the first 3 suspects" in text
    assert "policies.protect none; the limit of phone; the limit of every type" in text
    assert "policies.caps at most 3 merged profiles" in text
    assert "policies.windowDays phone 7 days" in text
    assert "phone: it moves to the profile that is given it; every other type: both profiles have it" in text


def test_each_setting_on_the_front_is_told_with_its_commands_and_what_hangs_on_order(example: Sweep) -> None:
    moved = {row.number: Moved(7, 394, 10) for row in example.leading}
    commands = {row.number: [f"resolver order history.jsonl --settings {row.number}.json"] for row in example.leading}
    page = sweep_report(msgspec.structs.replace(example, moved=moved), commands=commands)
    text = text_of(page)
    for row in example.leading:
        assert f"Setting {row.number}: precision" in text
        assert f'<code class="command">{commands[row.number][0]}</code>' in page
    assert text.count("7 of 394 records end in other groups in some of 10 other orders of the events.") == len(moved)
    assert "other orders" not in text_of(sweep_report(example))


def test_a_value_of_an_axis_stays_text() -> None:
    document = {
        "base": {"identifierConfigs": [{"idType": EVIL[2][:30]}, {"idType": "phone"}], "matchingRules": ["phone"]},
        "axes": {"matchingRules": [["phone"], [EVIL[2][:30]]]},
    }
    assert "<img src=x" not in sweep_report(sweep([BOB], document))


def test_the_command_line_writes_the_page_with_where_it_comes_from(tmp_path: Path) -> None:
    grid = str(path("grid.json"))
    words = ["sweep", str(path("history.jsonl")), "--grid", grid, "--jobs", "1", "--date", "1 March"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    text = text_of((tmp_path / "sweep.html").read_text(encoding="utf-8"))
    assert f"Grid {grid} Date 1 March Made with resolver" in text
    assert "Command resolver sweep" in text


@in_a_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_or_over_something_else_and_axe_finds_nothing(driver: Any, page: Path, width: int) -> None:
    resize(driver, width)
    open_page(driver, page)
    assert sticking_out(driver) == []
    assert overlapping(driver, ".scatter text") == []
    assert smallest_text(driver) >= 11
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    shown = "return [...document.querySelectorAll('.scatter')].filter((each) => each.checkVisibility()).length"
    assert driver.execute_script(shown) == 1
    if width < 900:
        assert [each for each in small_targets(driver, 44) if not each.lower().startswith("a ")] == []
    for theme in ("light", "dark"):
        driver.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        assert violations(driver) == []
    assert driver.get_log("browser") == []


@in_a_browser
def test_a_heading_sorts_the_table_and_the_first_column_stays(driver: Any, page: Path, example: Sweep) -> None:
    resize(driver, 768)
    open_page(driver, page)
    settings = """
    return [...document.querySelectorAll('tbody tr')].map((row) => Number(row.id.replace('setting-', '')));
    """
    click = "[...document.querySelectorAll('.sort')].find((each) => each.textContent === arguments[0]).click()"
    driver.execute_script(click, "F1")
    assert driver.execute_script(settings) == [row.number for row in example.ranked("f1")]
    driver.execute_script(click, "evictions")
    evictions = [example.rows[number - 1].measures.evictions for number in driver.execute_script(settings)]
    assert evictions == sorted(evictions)
    driver.execute_script(click, "evictions")
    evictions = [example.rows[number - 1].measures.evictions for number in driver.execute_script(settings)]
    assert evictions == sorted(evictions, reverse=True)
    assert driver.execute_script("return document.querySelectorAll('[aria-sort=descending]').length") == 1
    left = """
    const scroller = document.querySelector('.scrolls');
    scroller.scrollLeft = 300;
    return [scroller.scrollLeft, document.querySelector('tbody th').getBoundingClientRect().left
      - scroller.getBoundingClientRect().left];
    """
    scrolled, place = driver.execute_script(left)
    assert scrolled == 300
    assert place == pytest.approx(0, abs=1)


@in_a_browser
def test_a_mark_of_the_chart_tells_what_it_is_and_leads_to_its_row(driver: Any, page: Path, example: Sweep) -> None:
    resize(driver, 1440)
    open_page(driver, page)
    told = driver.execute_script("""
    const mark = [...document.querySelectorAll('.scatter.wide a')].find((each) => each.querySelector('.best'));
    mark.focus();
    const words = document.querySelector('.chart .told').textContent;
    mark.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
    return [words, location.hash, mark.querySelector('title').textContent];
    """)
    number = re.match(r"Setting (\d+): precision", told[0])
    assert number is not None
    assert told[1] == f"#setting-{number[1]}"
    assert told[0] == told[2]
    target = driver.execute_script("return document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= target < 900


@in_a_browser
def test_paper_has_all_columns(driver: Any, page: Path) -> None:
    resize(driver, 1000)
    open_page(driver, page)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    cut = driver.execute_script("""
    return [...document.querySelectorAll('.sortable th, .sortable td')].filter((each) =>
      each.getBoundingClientRect().right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1)
      .map((each) => each.textContent);
    """)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert cut == []
