"""A notebook without Jupyter: its cells from the file, and what they give when they are run."""

import ast
import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
HTML, SVG, PLAIN = "text/html", "image/svg+xml", "text/plain"


class Cell(NamedTuple):
    """One cell: its id, its kind, its text, and what is stored as printed and as shown."""

    name: str
    is_code: bool
    source: str
    printed: str
    shown: dict[str, str]


def document(path: Path) -> dict[str, Any]:
    """Return the notebook's JSON."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def cells(path: Path) -> list[Cell]:
    """Return the cells in order."""
    return [_cell(found) for found in document(path)["cells"]]


def run(code: list[Cell]) -> Iterator[tuple[str, object]]:
    """Run cells in one namespace; return for each what it printed, and the value of its last expression."""
    namespace: dict[str, object] = {"__name__": "notebook"}
    for cell in code:
        body = ast.parse(cell.source, cell.name)
        last = body.body.pop() if isinstance(body.body[-1], ast.Expr) else None
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            exec(compile(body, cell.name, "exec"), namespace)
            value = (
                eval(compile(ast.Expression(last.value), cell.name, "eval"), namespace)
                if isinstance(last, ast.Expr)
                else None
            )
        yield text.getvalue(), value


def shown_as(value: object, form: str) -> str:
    """Return what a notebook shows of a value in one form."""
    if form == PLAIN:
        return repr(value)
    text: str = getattr(value, {HTML: "_repr_html_", SVG: "_repr_svg_"}[form])()
    return text


def parts_on_page(cell: Cell, chart: str) -> list[str]:
    """Return what stands on the page for a cell, where its picture is the file *chart*."""
    if not cell.is_code:
        return [cell.source]
    ended = cell.printed.strip("\n")
    printed = [f"```text\n{ended}\n```"] if cell.printed else []
    tables = [cell.shown[HTML].replace(' style="text-align:left"', "")] if HTML in cell.shown else []
    charts = [f"]({chart})"] if SVG in cell.shown else []
    return [f"```python\n{cell.source}\n```", *printed, *tables, *charts]


def _cell(found: dict[str, Any]) -> Cell:
    outputs = found.get("outputs", [])
    printed = "".join(_text(output["text"]) for output in outputs if output["output_type"] == "stream")
    shown = {form: _text(text) for output in outputs for form, text in output.get("data", {}).items()}
    return Cell(found["id"], found["cell_type"] == "code", _text(found["source"]), printed, shown)


def _text(lines: list[str] | str) -> str:
    return "".join(lines)
