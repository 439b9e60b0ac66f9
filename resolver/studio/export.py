"""The studio as one file: every step worked out beforehand, so that it opens from disk and needs nothing."""

import json
from itertools import chain

import msgspec

from resolver.report.masking import Mask
from resolver.studio.page import exported_page
from resolver.studio.view import Json, Viewer
from resolver.studio.workbench import Workbench, state_of

MOST_STEPS = 2_000
"""Steps that a file has; of a longer history those up to and after the present one."""

MOST_WHYS = 300
"""Pairs of events whose explanation a file has."""


def export(bench: Workbench, title: str, *, mask: Mask | None = None, around: int | None = None) -> str:
    """Return the page as a file, with values masked where a mask is given.

    O(steps, and the explanations): of each group after the last step, why its first event and each other are one
    profile or two, ``MOST_WHYS`` in all. A history of more than ``MOST_STEPS`` has the steps up to *around*,
    the last one by default.
    """
    viewer = bench.scenario.viewer(mask)
    steps = _steps(len(viewer), around)
    events: dict[int, Json] = {}
    rows: dict[bytes, tuple[int, Json]] = {}
    views = [_compact(viewer.view(step), events, rows) for step in steps]
    whys = _whys(bench, viewer, mask) if steps[-1] == len(viewer) else {}
    shared = {
        **state_of(bench, title, only_known=mask is not None), "undoes": None, "redoes": None,
        "whys": whys, "events": list(events.values()), "rows": [row for _, row in rows.values()],
    }  # fmt: skip
    return exported_page(chain([shared], views))


def _compact(view: Json, events: dict[int, Json], rows: dict[bytes, tuple[int, Json]]) -> Json:
    """Return a view whose events and rows are in tables over all views: most are those of the step before."""
    for event in view["events"]:
        events.setdefault(event["step"], event)
    places = [rows.setdefault(_encoded(row), (len(rows), row))[0] for row in view["rows"]]
    return {**view, "events": None, "rows": places}


def _encoded(row: Json) -> bytes:
    try:
        return msgspec.json.encode(row)
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
        return json.dumps(row).encode("ascii")


def _steps(most: int, around: int | None) -> range:
    """Return the steps of a file: all, or as many as it may have, up to the present one."""
    if most < MOST_STEPS:
        return range(most + 1)
    last = min(most, max(MOST_STEPS, most if around is None else around))
    return range(last - MOST_STEPS + 1, last + 1)


def _whys(bench: Workbench, viewer: Viewer, mask: Mask | None) -> Json:
    """Return explanations after the last step, by the two events; those of groups that differ come first."""
    last = len(viewer)
    rows = viewer.view(last)["rows"]
    rows.sort(key=lambda row: row["kind"] != "split")
    found: Json = {}
    for row in rows:
        steps = sorted({event["step"] for side in row["sides"] for card in side for event in card["events"]})
        starts = [card["events"][0]["step"] for side in row["sides"] for card in side]
        pairs = [(one, other) for one in dict.fromkeys([*starts, *steps[:1]]) for other in steps if one != other]
        for one, other in pairs:
            if len(found) >= MOST_WHYS:
                return found
            if f"{one} {other}" not in found and f"{other} {one}" not in found:
                found[f"{one} {other}"] = bench.scenario.explain(one, other, last, mask)
    return found
