from pathlib import Path

import pytest

from resolver.report import sweep_report
from resolver.simulate import sweep
from tests.report.browser import browser, excuse, open_page
from tests.report.pages import EVIL, text_of
from tests.simulate.lines import ADA, BOB

GRID = {"axes": {"phone.enforceUnique": [True, False], "phone.limit": [1, 3]}}


def test_every_setting_has_its_row_and_the_front_is_said_in_words() -> None:
    table = sweep([ADA, BOB], GRID)
    page = sweep_report(table)
    assert page.count('scope="row"') == 4
    assert text_of(page).count("on the front") == len(table.front)
    assert "4 settings over one history of 2 lines and 2 records" in text_of(page)


def test_a_value_of_an_axis_stays_text() -> None:
    document = {
        "base": {"identifierConfigs": [{"idType": EVIL[2][:30]}, {"idType": "phone"}], "matchingRules": ["phone"]},
        "axes": {"matchingRules": [["phone"], [EVIL[2][:30]]]},
    }
    assert "<img src=x" not in sweep_report(sweep([BOB], document))


@pytest.mark.skipif(excuse() is not None, reason=excuse() or "there is a browser")
def test_the_chart_is_shown_and_the_console_is_empty(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(sweep_report(sweep([ADA, BOB], GRID)), encoding="utf-8")
    with browser() as driver:
        open_page(driver, page)
        assert driver.execute_script("return document.querySelector('img').naturalWidth") > 100
        assert driver.get_log("browser") == []
