"""Pages to look into: histories with one of each thing, and what a page says."""

import base64
import gzip
import html
import json
import re
from typing import Any

from resolver import Settings
from resolver.report import Mask, comparison_report
from resolver.report.groups import Group, groups_of
from resolver.report.headline import numbered
from resolver.report.reasons import ranked
from resolver.simulate import Comparison, Run, compare, replay
from tests.simulate.lines import ADA, BOB, SHARED_PHONE, settings

EVIL = [
    "</script><script>document.title = 'owned'</script>",
    "<!--<script>",
    "\"'><img src=x onerror=\"document.title='owned'\">",
    "line\u2028separator\u2029 &amp; \u0000 null",
    "{{constructor}} ${document.title='owned'}",
    "\ud800 alone",
]
"""Texts that somebody might present in the hope that a page runs them, or breaks."""

UNIQUE_TRIM = Settings.from_json(
    {"identifierConfigs": [{"idType": "email"}, {"idType": "phone"}], "matchingRules": ["email", "phone"]}
)
SHARED_TRIM = Settings.from_json(
    {
        "identifierConfigs": [{"idType": "email"}, {"idType": "phone", "enforceUnique": False}],
        "matchingRules": ["email", "phone"],
    }
)


def evil_lines() -> list[dict[str, Any]]:
    """Two records per text, whose ref, value and common phone are that text."""
    return [
        {"ref": f"{text} {one}", "at": 1, "identifiers": {"email": f"{text} {one}", "phone": text}}
        for text in EVIL
        for one in "ab"
    ]


def runs_of(lines: list[Any], baseline: Settings, candidate: Settings, **options: Any) -> tuple[Comparison, Run, Run]:
    runs = replay(lines, baseline, **options), replay(lines, candidate, **options)
    return compare(*runs), *runs


def groups_in(comparison: Comparison, baseline: Run, candidate: Run) -> list[Group]:
    """Return the changed groups as they are written into the page."""
    groups = numbered(comparison)
    return list(groups_of(groups, ranked(groups, comparison, [])[1], None, baseline, candidate, comparison.split.alike))


def page_of(lines: list[Any], baseline: Settings, candidate: Settings, mask: Mask | None = None, **options: Any) -> str:
    return comparison_report(*runs_of(lines, baseline, candidate, **options), mask=mask)


def household_page(mask: Mask | None = None) -> str:
    """Two people with one phone: one profile for the baseline, two for the candidate."""
    return page_of([ADA, BOB], settings(), SHARED_PHONE, mask)


def data_of(page: str) -> Any:
    """Return the groups as the page's script gets them."""
    return all_data_of(page)[1:]


def all_data_of(page: str) -> Any:
    """Return what the page's script gets: first what the groups have in common, then the groups."""
    found = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', page)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def text_of(page: str) -> str:
    """Return what the page says without its script: no elements, no scripts, no style."""
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare)))
