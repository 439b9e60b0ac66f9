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
>>> page[:15], "A shared phone no longer makes two records one person" in page
('<!doctype html>', True)
"""

from collections.abc import Iterator, Sequence
from typing import Any

from resolver.report import sections
from resolver.report.groups import groups_of
from resolver.report.headline import NumberedChange, numbered, result, verdict
from resolver.report.masking import Mask, masked, unmasked
from resolver.report.page import COMPARISON, Markup, Provenance, header, pieces_of_page, section, tag
from resolver.report.put_back import Back, brought_back, name_settings
from resolver.report.reasons import Found, Notes, Ranked, ranked
from resolver.report.sections import causes, in_words
from resolver.report.settings_diff import Difference, differences
from resolver.simulate import Comparison, Judgement, Run, compare
from resolver.simulate.run import check_run, rarely_collecting


@rarely_collecting()
def comparison_report(
    comparison: Comparison,
    baseline: Run,
    candidate: Run,
    *,
    mask: Mask | None = None,
    judgement: Judgement | None = None,
    provenance: Provenance | None = None,
) -> str:
    """Return the page of a comparison as one HTML document that needs no network and no other file.

    *baseline* and *candidate* are the runs that were compared. With a *mask* no value is in the page; the runs are
    then compared once more, masked. Runs that are masked already need none. A *judgement* of this comparison adds what
    a truth says of each group and of the whole; *provenance* is shown as it is, and never masked.

    O(facts + lines) to read the runs, and what the changed groups hold to write them; memory for the page. The history
    is replayed once more for each setting that differs, as far as that is little work.
    The same arguments give the same bytes. ``InvalidHistory`` for what is no run.
    """
    check_run(baseline)
    check_run(candidate)
    if mask is not None:
        baseline, candidate = masked(baseline, mask), masked(candidate, mask)
        comparison = compare(baseline, candidate)
    return "".join(pieces_of_report(comparison, baseline, candidate, judgement, provenance, Notes(comparison)))


def pieces_of_report(
    comparison: Comparison,
    baseline: Run,
    candidate: Run,
    judgement: Judgement | None,
    provenance: Provenance | None,
    notes: Notes,
) -> Iterator[str]:
    """Return the page in pieces, each of which is made when it is asked for; *notes* are of this comparison.

    ``rarely_collecting`` is for the caller, around all of it.
    """
    made_from = provenance or Provenance()
    groups = numbered(comparison, judgement)
    changed = differences(*({"settings": run.settings, "options": run.options} for run in sections.runs(comparison)))
    order, found = ranked(groups, comparison, changed, notes)
    (before, shown), (after, _) = map(unmasked, (baseline, candidate))
    nearest = [place for each in order for place in each.behind]
    back = brought_back(groups, changed, before, after, nearest=nearest, shown=shown)
    name_settings(order, found, changed, back)
    told = result(comparison)
    return pieces_of_page(
        told,
        header(
            told,
            None if judgement is None else tag("p", verdict(judgement), class_="verdict"),
            tag("p", _scope(comparison), class_="quiet"),
            sections.headline(comparison, groups, judgement),
            provenance=made_from,
            versions=sections.versions(comparison),
        ),
        tag(
            "main",
            causes(order, changed),
            _changed(comparison),
            sections.settings(changed, comparison),
            None if judgement is None else sections.agreement(judgement),
            sections.totals(comparison),
            sections.sizes(baseline, candidate),
            sections.rejections(comparison),
            sections.notes(comparison, masked=baseline.is_masked),
        ),
        scripts=COMPARISON,
        data=_data(comparison, baseline, candidate, groups, order, found, changed, back, made_from),
    )


def _scope(comparison: Comparison) -> str:
    lines, records = comparison.baseline.lines, comparison.refs
    return f"One history, {lines:,} lines and {records:,} records, replayed under a baseline and a candidate."


def _data(
    comparison: Comparison,
    baseline: Run,
    candidate: Run,
    groups: Sequence[NumberedChange],
    order: Sequence[Ranked],
    found: dict[int, tuple[int, Found]],
    changed: Sequence[Difference],
    back: Back | None,
    provenance: Provenance,
) -> Iterator[Any]:
    """Yield what the script reads: first what the groups have in common, then every group in the order of numbers."""
    places = {id(each): place for place, each in enumerate(changed)}
    yield {
        "sides": provenance.side_names,
        "reasons": [
            {
                "words": each.reason.words,
                "rule": each.reason.rule,
                "values": [value for value, _ in each.top_values],
                "settings": [
                    {
                        "words": in_words(one, each.reason.rule),
                        "path": one.path,
                        "place": places[id(one)],
                        "anchor": sections.anchor(places[id(one)]),
                    }
                    for one in each.behind
                ],
            }
            for each in order
        ],
    }
    yield from groups_of(groups, found, back, baseline, candidate, comparison.split.alike) if groups else ()


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
    return section("changed", "Changed groups", content)
