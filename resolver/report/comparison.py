"""The report of a comparison: one page to look at, search and pass on.

>>> from resolver import Settings
>>> from resolver.simulate import compare, replay
>>> history = [
...     {"ref": "a", "identifiers": {"phone": "317-555-6789", "email": "ada@example.com"}},
...     {"ref": "b", "identifiers": {"phone": "317-555-6789", "email": "bob@example.com"}},
... ]
>>> shared = [{"idType": "phone", "normalization": "phone", "enforceUnique": False}, {"idType": "email"}]
>>> candidate = Settings.from_json({"identifierConfigs": shared, "matchingRules": ["email", "phone"]})
>>> runs = replay(history), replay(history, candidate)
>>> page = comparison_report(compare(*runs), *runs)
>>> page[:15], "Groups split" in page
('<!doctype html>', True)
"""

from resolver.report import sections
from resolver.report.groups import groups_of
from resolver.report.markup import Markup, tag
from resolver.report.masking import Mask, MaskedRun, masked
from resolver.report.page import COMPARISON, LIBRARY, page, script_of, text_of
from resolver.simulate import Comparison, Run, compare
from resolver.simulate.collector import rarely_collecting
from resolver.simulate.run import check_run


@rarely_collecting()
def comparison_report(comparison: Comparison, baseline: Run, candidate: Run, *, mask: Mask | None = None) -> str:
    """Return the page of a comparison as one HTML document that needs no network and no other file.

    *baseline* and *candidate* are the runs that were compared. With a *mask* no value is in the page; the runs are
    then compared once more, masked. Runs that are masked already need none.

    O(facts + lines) to read the runs, and what the changed groups hold to write them; memory for the page.
    The same runs give the same bytes. ``InvalidHistory`` for what is no run.
    """
    check_run(baseline)
    check_run(candidate)
    if mask is not None:
        baseline, candidate = masked(baseline, mask), masked(candidate, mask)
        comparison = compare(baseline, candidate)
    return page(
        "Comparison of two settings",
        _header(comparison),
        tag("main", *_sections(comparison, baseline, candidate)),
        sections.versions(comparison),
        scripts=_scripts(comparison),
        data=groups_of(comparison, baseline, candidate),
    )


def _scripts(comparison: Comparison) -> tuple[str, ...]:
    """Return the page's scripts; without changed groups there is no graph to draw, and the library is left out."""
    own = script_of(COMPARISON)
    return (text_of(LIBRARY), own) if comparison.split or comparison.joined else (own,)


def _header(comparison: Comparison) -> Markup:
    lines, records = comparison.baseline.lines, comparison.refs
    told = f"One history, {lines:,} lines and {records:,} records, replayed under a baseline and a candidate."
    return tag(
        "header",
        tag(
            "div",
            tag("h1", "Comparison of two settings"),
            tag("p", told),
        ),
        tag("button", "Dark", id="theme", type="button", hidden=True),
    )


def _sections(comparison: Comparison, baseline: Run, candidate: Run) -> list[Markup]:
    return [
        sections.headline(comparison),
        sections.settings(comparison),
        _changed(comparison),
        sections.totals(comparison),
        sections.sizes(baseline, candidate),
        sections.rejections(comparison),
        sections.notes(comparison, masked=isinstance(baseline, MaskedRun)),
    ]


def _changed(comparison: Comparison) -> Markup:
    """Return the place where the script shows the changed groups; where there are none, say so."""
    if comparison.split or comparison.joined:
        content = tag(
            "div",
            tag("p", "The changed groups are shown by this page's script, which is not running.", class_="quiet"),
            id="groups",
        )
    else:
        both = " that both runs have" if comparison.only_baseline or comparison.only_candidate else ""
        content = tag("p", f"Every group of records{both} is the same under both settings.", class_="empty")
    return tag(
        "section",
        tag("h2", "Changed groups", id="changed-title"),
        content,
        id="changed",
        aria_labelledby="changed-title",
    )
