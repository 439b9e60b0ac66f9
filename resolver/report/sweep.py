"""The report of a sweep: the chart of its settings, and the table of what each gave, those that none beats marked.

>>> from resolver.simulate import sweep
>>> page = sweep_report(sweep([{"identifiers": {"chat": "1"}}], {"axes": {"chat.limit": [1, 2]}}))
>>> page[:15], page.count('scope="row"')
('<!doctype html>', 2)
"""

import base64

from resolver.report.markup import Markup, table, tag
from resolver.report.page import STUDY, page
from resolver.simulate import Sweep
from resolver.simulate.sweep import scatter
from resolver.simulate.sweep.result import FRONT, Row, cell
from resolver.simulate.words import counted

_BEST = "\N{BLACK DIAMOND} on the front"


def sweep_report(sweep: Sweep) -> str:
    """Return the page of a sweep as one HTML document that needs no network and no other file. O(settings)."""
    across, up = sweep.objectives
    told = (
        f"{counted(len(sweep.rows), 'setting')} over one history of {counted(sweep.lines, 'line')} "
        f"and {counted(sweep.refs, 'record')}. No other setting beats {len(sweep.front):,} of them "
        f"({across.words}, {up.words})."
    )
    header = tag("header", tag("div", tag("h1", "Sweep of settings"), tag("p", told)), _theme())
    chart = tag("img", src=_as_address(scatter(sweep)), alt="Chart of the settings; the table has the same figures.")
    return page(
        "Sweep of settings",
        header,
        tag("main", _section("Chart", chart), _section("Settings and what they gave", _table(sweep))),
        scripts=STUDY,
        data=(),
    )


def _section(title: str, content: Markup) -> Markup:
    return tag("section", tag("h2", title), content)


def _theme() -> Markup:
    return tag("button", "Dark", id="theme", type="button", hidden=True)


def _table(sweep: Sweep) -> Markup:
    """Return the table: a row per setting in the order of the grid, the ones on the front said to be."""
    names = [name for name in sweep.rows[0].flat() if name not in ("setting", FRONT)]
    same = sweep.same
    rows = [_row(row, names, same.get(row.number)) for row in sweep.rows]
    return table(("setting", "front", *names), rows, caption="Settings and what they gave")


def _row(row: Row, names: list[str], same: int | None) -> list[object]:
    flat = row.flat()
    equal = "" if same is None else f", equal to {same}"
    return [row.number, f"{_BEST}{equal}" if row.on_front else "", *(cell(flat[name]) for name in names)]


def _as_address(picture: str) -> str:
    """Return a picture as a data address: in a document of its own, its style and the page's leave each other alone."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode('utf-8', 'backslashreplace')).decode('ascii')}"
