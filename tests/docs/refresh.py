"""Run the story again and store what it gives, in the notebook and on the page: ``python -m tests.docs.refresh``.

The prose is left as it is; a number in it that is no longer printed fails ``test_story``.
"""

import json

from tests.docs.notebook import SVG, cells, document, parts_on_page, run, shown_as
from tests.docs.test_story import CHART, NOTEBOOK, PAGE


def main() -> None:
    """Write the notebook, the page and its chart."""
    notebook, old, page = document(NOTEBOOK), cells(NOTEBOOK), PAGE.read_text(encoding="utf-8")
    stored = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = [cell for cell in old if cell.is_code]
    place = 0
    for raw, cell, (printed, value) in zip(stored, code, run(code), strict=True):
        new = cell._replace(printed=printed, shown={form: shown_as(value, form) for form in cell.shown})
        for output in raw["outputs"]:
            if output["output_type"] == "stream":
                output["text"] = printed.splitlines(keepends=True)
            else:
                output["data"] = {form: text.splitlines(keepends=True) for form, text in new.shown.items()}
        for before, after in zip(parts_on_page(cell, CHART.name), parts_on_page(new, CHART.name), strict=True):
            found = page.index(before, place)
            page = page[:found] + after + page[found + len(before) :]
            place = found + len(after)
        if SVG in new.shown:
            CHART.write_text(new.shown[SVG], encoding="utf-8")
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
