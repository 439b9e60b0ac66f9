"""A comparison's page as a person sees it, in a real browser: on a desk, on a tablet, on a phone, on paper."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver.example import path
from resolver.report import Provenance, comparison_report
from resolver.simulate import compare, judge, load_settings, read_history, replay
from tests.report.axe import violations
from tests.report.browser import browser, excuse, open_page
from tests.report.layout import WIDTHS, overlapping, resize, small_targets, smallest_text, sticking_out
from tests.report.pages import SHARED_TRIM, UNIQUE_TRIM, page_of, runs_of

pytestmark = pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")

NODES = ".panel button"


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = read_history(path("history.jsonl"))
    loaded = [load_settings(path(name)) for name in ("baseline.json", "candidate.json")]
    runs = [replay(history, settings, **options) for settings, options in loaded]
    comparison = compare(*runs)
    made_from = Provenance(
        history=("history.jsonl",), baseline="baseline.json", command="resolver compare history.jsonl --out DIR"
    )
    judgement = judge(comparison, runs[0], runs[1], path("history.jsonl.truth.csv"))
    page = tmp_path_factory.mktemp("report") / "report.html"
    page.write_text(comparison_report(comparison, *runs, judgement=judgement, provenance=made_from), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One telephone for five hundred records, each with an address of its own; some address for two of them."""
    lines = [
        {"ref": f"r{n}", "at": 1, "identifiers": {"email": f"e{n // 2 if n < 20 else n}", "phone": "one for all"}}
        for n in range(500)
    ]
    page = tmp_path_factory.mktemp("report") / "crowd.html"
    page.write_text(page_of(lines, UNIQUE_TRIM, SHARED_TRIM), encoding="utf-8")
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["", "#group-1", "#group-3"])
def test_nothing_is_outside_its_box_or_over_something_else_and_all_can_be_read(
    driver: Any, example: Path, width: int, name: str
) -> None:
    resize(driver, width)
    open_page(driver, example, name)
    assert sticking_out(driver) == []
    assert overlapping(driver, NODES) == []
    assert overlapping(driver, ".list button, .card, .causes > li, .profiles > li") == []
    assert smallest_text(driver) >= 11
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    if width < 900:
        assert small_targets(driver, 44) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_of_the_graph_run_between_the_boxes_of_records_and_values(driver: Any, example: Path, width: int) -> None:
    resize(driver, width)
    open_page(driver, example, "#group-1")
    crossing = """
    return [...document.querySelectorAll('.opened .panel')].map((panel) => {
      const boxes = (name) => [...panel.querySelectorAll(name)].map((each) => each.getBoundingClientRect());
      const right = Math.max(...boxes('.node').map((each) => each.right));
      const left = Math.min(...boxes('.value-node').map((each) => each.left));
      const lines = boxes('path');
      return [lines.length, lines.filter((each) => each.left < right - 1 || each.right > left + 1).length];
    });
    """
    for lines, crossed in driver.execute_script(crossing):
        assert lines > 10
        assert crossed == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_are_to_scale_and_have_a_legend(driver: Any, example: Path, width: int) -> None:
    resize(driver, width)
    open_page(driver, example)
    bars = driver.execute_script("""
    document.documentElement.dataset.screen = 'list';
    return [...document.querySelectorAll('.histogram')].map((table) => [...table.tBodies[0].rows].flatMap((row) => {
      const widthOf = (kind) => row.querySelector(kind)?.getBoundingClientRect().width ?? 0;
      const drawn = ['.of-baseline', '.of-candidate'].map(widthOf);
      const room = row.querySelector('svg').getBoundingClientRect().width;
      return drawn.map((width, side) => [Number(row.cells[1 + side].textContent.replace(',', '')), width, room]);
    }));
    """)
    assert len(bars) == 2
    for histogram in bars:
        most, longest, room = max(histogram)
        assert longest == pytest.approx(room, abs=1)
        assert room >= 90
        for count, shown, _ in histogram:
            assert shown == pytest.approx(longest * count / most, abs=1.5)
    legend = driver.execute_script("return document.querySelector('#sizes .legend').innerText")
    assert legend.split() == ["baseline", "candidate"]


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_in_either_theme(driver: Any, example: Path, width: int) -> None:
    resize(driver, width)
    open_page(driver, example, "#group-2")
    for theme in ("light", "dark"):
        driver.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        driver.execute_script("document.querySelector('.value-node').click()")
        assert violations(driver) == []
    driver.execute_script("location.hash = '#changed'")
    assert violations(driver) == []


def test_five_hundred_records_are_seen_at_once(driver: Any, crowd: Path) -> None:
    resize(driver, 1440)
    open_page(driver, crowd)
    text = driver.execute_script("return document.querySelector('.graph').innerText")
    assert "480 profiles: 480 records in all" in text
    assert "The graph shows" not in text
    height = "return document.querySelector('.panel').getBoundingClientRect().height"
    assert driver.execute_script(height) < 1000
    assert overlapping(driver, NODES) == []
    assert smallest_text(driver) >= 11


@pytest.mark.parametrize("width", WIDTHS)
def test_names_of_any_length_stay_in_their_boxes(driver: Any, tmp_path: Path, width: int) -> None:
    long = "x" * 300
    lines = [{"ref": f"{one}{long}", "at": 1, "identifiers": {"email": f"{one}{long}", "phone": long}} for one in "abc"]
    runs = runs_of(lines, UNIQUE_TRIM, SHARED_TRIM)
    names = Provenance(history=(f"{long}.csv",), baseline=f"{long}.json", command=f"resolver compare {long}")
    page = tmp_path / "long.html"
    page.write_text(comparison_report(*runs, provenance=names), encoding="utf-8")
    resize(driver, width)
    open_page(driver, page, "#group-1")
    assert sticking_out(driver) == []
    assert overlapping(driver, NODES) == []


def test_a_link_to_a_group_begins_at_its_heading_on_a_desk_too(driver: Any, example: Path) -> None:
    resize(driver, 1440)
    open_page(driver, example, "#group-7")
    top = driver.execute_script("return document.querySelector('.opened h3').getBoundingClientRect().top")
    assert 0 <= top < 450


def test_on_a_phone_list_and_group_are_screens_and_a_link_begins_at_the_heading(driver: Any, example: Path) -> None:
    resize(driver, 390)
    open_page(driver, example)
    shown = """
    const isShown = (name) => document.querySelector(name)?.checkVisibility() ?? false;
    return ['.list', '.opened h3', '.cards', '#settings'].map(isShown);
    """
    assert driver.execute_script(shown) == [True, False, True, True]
    open_page(driver, example, "#group-7")
    assert driver.execute_script(shown) == [False, True, False, False]
    top = driver.execute_script("return document.querySelector('.opened h3').getBoundingClientRect().top")
    assert 0 <= top < 200
    assert driver.execute_script("return document.activeElement.innerText").startswith("Group 7:")
    driver.find_element("css selector", ".back").click()
    assert driver.execute_script(shown) == [True, False, True, True]
    assert driver.execute_script("return document.activeElement.dataset.group") == "6"


def test_paper_has_the_first_groups_in_full(driver: Any, example: Path) -> None:
    resize(driver, 1440)
    open_page(driver, example)
    driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    groups = driver.execute_script("""
    return [...document.querySelectorAll('.printed article')].map((each) => [each.querySelector('h3').textContent,
      each.querySelectorAll('ul.refs > li').length, each.querySelectorAll('path').length,
      [...each.querySelectorAll(':not(.tools) > .more')].filter((more) => !more.hidden).length]);
    """)
    assert len(groups) == 10
    assert groups[0][:2] == ["Group 1: 79 records, 1 profile becomes 17", 2 * 79]
    assert all(lines > 0 and hidden == 0 for _, _, lines, hidden in groups)
    heights = "return [...document.querySelectorAll('.printed .graph')].map((each) => each.offsetHeight)"
    assert max(driver.execute_script(heights)) <= 860
    driver.execute_script("dispatchEvent(new Event('afterprint'))")
    assert driver.execute_script("return document.querySelectorAll('.printed article').length") == 0
    paper = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert 5 < _pages(base64.b64decode(paper["data"])) < 60


def _pages(document: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", document))


def test_without_a_script_the_page_says_so_and_has_all_figures(tmp_path: Path, driver: Any, example: Path) -> None:
    page = tmp_path / "unscripted.html"
    text = re.sub(r"<script>.*?</script>", "", example.read_text(encoding="utf-8"), flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")
    driver.get(page.as_uri())
    assert "<noscript><p" in text
    seen = driver.execute_script("return document.body.innerText")
    assert "What moves the records" in seen
    assert "The changed groups are shown by this page's script, which is not running." in seen
