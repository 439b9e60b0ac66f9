"""Sections: the parts of a comparison's page that are there without a script: numbers, sizes, settings, rejections."""

from collections.abc import Iterable, Sequence

from resolver.report.differences import differences
from resolver.report.histogram import histogram
from resolver.report.markup import Markup, table, tag
from resolver.report.sizes import identifiers_per_profile, records_per_profile
from resolver.simulate import Comparison, Run, Summary
from resolver.simulate.summary import LABELS

_SHOWN = 100


def headline(comparison: Comparison) -> Markup:
    """Give the numbers to see first."""
    split, joined = comparison.split, comparison.joined
    moved = len({ref for change in (*split, *joined) for ref in change.refs})
    totals = comparison.totals
    cards = [
        _card("Profiles", _pair(*totals["profiles"]), _change(*totals["profiles"])),
        _card("Groups split", f"{len(split):,}", "one profile before, several after"),
        _card("Groups joined", f"{len(joined):,}", "several profiles before, one after"),
        _card("Records in them", f"{moved:,}", f"of {comparison.refs:,}{_share(moved, comparison.refs)}"),
    ]
    return tag("div", *cards, class_="cards")


def totals(comparison: Comparison) -> Markup:
    """Give all totals: baseline, candidate, change."""
    rows = [(LABELS[name].capitalize(), *pair) for name, pair in comparison.totals.items()]
    reasons = [(f"refused: {reason}", *pair) for reason, pair in comparison.refusals_by_reason.items() if any(pair)]
    at = 1 + next(n for n, row in enumerate(rows) if row[0] == LABELS["refusals"].capitalize())
    return _section(
        "totals",
        "Totals",
        table(
            ("", "baseline", "candidate", "change"),
            [
                (label, f"{left:,}", f"{right:,}", _signed(right - left))
                for label, left, right in (*rows[:at], *reasons, *rows[at:])
            ],
            caption="Totals of both runs",
        ),
    )


def sizes(baseline: Run, candidate: Run) -> Markup:
    """Give the size histograms of both runs. O(profiles + identifiers)."""
    return _section(
        "sizes",
        "Sizes of profiles",
        tag(
            "div",
            histogram("Records per profile", "records", records_per_profile(baseline), records_per_profile(candidate)),
            histogram(
                "Identifiers per profile",
                "identifiers",
                identifiers_per_profile(baseline),
                identifiers_per_profile(candidate),
            ),
            class_="beside",
        ),
        tag("p", "Every profile is counted. Bars are to scale; the smallest is one pixel.", class_="quiet"),
    )


def settings(comparison: Comparison) -> Markup:
    """Give what the two settings documents say differently."""
    found = differences(*({"settings": run.settings, "options": run.options} for run in _runs(comparison)))
    if not found:
        content = tag("p", "Both runs had the same settings and options.", class_="quiet")
    else:
        rows = [(tag("code", path), tag("code", left), tag("code", right)) for path, left, right in found]
        content = table(("path", "baseline", "candidate"), rows, caption="What differs in the settings", numbers=False)
    return _section("settings", "What differs in the settings", content)


def rejections(comparison: Comparison) -> Markup:
    """Give rejected lines and dropped identifiers by reason, and the refs that only one run has."""
    left, right = (run.rejected_by_reason for run in _runs(comparison))
    reasons = dict.fromkeys([*left, *right])
    hints = dict.fromkeys(
        f"{_sentence(str(worst))}. What helps: {worst.cure}."
        for worst in (run.most_frequent_rejection for run in _runs(comparison))
        if worst is not None
    )
    if reasons:
        rows = [(each, *(f"{side.get(each, 0):,}" for side in (left, right))) for each in reasons]
        heads = ("reason", "baseline", "candidate")
        content = [table(heads, rows, caption="Rejected lines and dropped identifiers, by reason")]
    else:
        content = [tag("p", "No line was rejected, and no identifier was dropped.", class_="quiet")]
    return _section(
        "rejections",
        "Rejected lines and dropped identifiers",
        *content,
        *(tag("p", hint) for hint in hints),
        _alone("baseline", comparison.only_baseline),
        _alone("candidate", comparison.only_candidate),
    )


def notes(comparison: Comparison, *, masked: bool) -> Markup:
    """Say what the page leaves out."""
    return _section(
        "notes",
        "What is not on this page",
        tag(
            "ul",
            tag(
                "li",
                "Groups of records that are the same under both settings. Every group that changed is here; "
                "none is sampled.",
            ),
            tag(
                "li",
                "In the graph of a very large group, records and identifiers beyond those that can be read. The graph "
                "then says how many it shows of how many; the lists beside it have all.",
            ),
            tag("li", "The facts of each line. They are in comparison.json, and in facts.jsonl of a replay."),
            _masking(masked),
        ),
    )


def versions(comparison: Comparison) -> Markup:
    """Give the versions that results depend on."""
    both = [run.versions for run in _runs(comparison)]
    told = [", ".join(f"{name} {version}" for name, version in each.items()) for each in both]
    lines = told[:1] if told[0] == told[1] else [f"baseline: {told[0]}", f"candidate: {told[1]}"]
    return tag("footer", *(tag("p", "Made with ", line) for line in lines))


def _runs(comparison: Comparison) -> tuple[Summary, Summary]:
    return comparison.baseline, comparison.candidate


def _section(name: str, title: str, *content: Markup | None) -> Markup:
    return tag("section", tag("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title")


def _card(label: str, number: str, note: str) -> Markup:
    return tag("div", tag("p", label, class_="label"), tag("p", number, class_="figure"), tag("p", note), class_="card")


def _pair(left: int, right: int) -> str:
    return f"{left:,}" if left == right else f"{left:,} → {right:,}"


def _change(left: int, right: int) -> str:
    return "the same on both sides" if left == right else f"{_signed(right - left)}, baseline to candidate"


def _signed(change: int) -> str:
    """Give a change with its sign, a real minus that is as wide as the plus; nothing for none."""
    return f"{change:+,}".replace("-", "\N{MINUS SIGN}") if change else ""


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.1f} %)" if whole else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _alone(name: str, refs: Sequence[str]) -> Markup | None:
    """Say which records are in a profile in one run only; many are counted, and the first named."""
    if not refs:
        return None
    noun = "record is" if len(refs) == 1 else "records are"
    more = f"The first {_SHOWN} of them; comparison.json has all." if len(refs) > _SHOWN else None
    return tag(
        "details",
        tag("summary", f"{len(refs):,} {noun} in a profile only under the {name}"),
        _refs(refs[:_SHOWN]),
        tag("p", more, class_="quiet") if more else None,
    )


def _refs(refs: Iterable[str]) -> Markup:
    return tag("ul", *(tag("li", ref) for ref in refs), class_="refs")


def _masking(masked: bool) -> Markup | None:
    if not masked:
        return None
    return tag(
        "li",
        "Identifier values. Each is replaced by a keyed hash such as #3f9a41c2d07be815: equal values have equal "
        "hashes, and the key is not in the page.",
    )
