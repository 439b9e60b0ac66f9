"""Sections: the parts of a comparison's page that are there without a script, and what stands behind the changes."""

from collections.abc import Iterable, Sequence

from resolver.display import counted
from resolver.report.charts import bars, histogram, identifiers_per_profile, records_per_profile
from resolver.report.headline import NumberedChange, f1_verdict, moved_numbers, on_order
from resolver.report.page import Markup, card, scrolling, section, table, tag, versions_in_words
from resolver.report.reasons import Pair, Ranked
from resolver.report.settings_diff import Difference
from resolver.simulate import Comparison, Judgement, Run, Summary
from resolver.simulate.summary import LABELS

_SHOWN = 100
"""Records that are named, of those that only one run has."""


AGREEMENT = {
    "precision": "Precision: pairs in one profile that are one person",
    "recall": "Recall: pairs of one person that are in one profile",
    "f1": "F1: both together",
    "bcubed_precision": "B-cubed precision: as a record sees it",
    "bcubed_recall": "B-cubed recall",
    "bcubed_f1": "B-cubed F1",
}
"""What a truth says of a run, in words."""

MARKS = {"better": "\N{CHECK MARK}", "worse": "\N{BALLOT X}", "even": "="}
"""What stands before a verdict, so that it is seen without colour."""


def headline(comparison: Comparison, groups: Sequence[NumberedChange], judgement: Judgement | None) -> Markup:
    """Return the figures to see first."""
    before, after = comparison.baseline, comparison.candidate
    moved = len({ref for each in groups for ref in moved_numbers(each.change)})
    cards = [
        card("Profiles", _pair(before.profiles, after.profiles), _change(before.profiles, after.profiles)),
        card(
            "Records in the largest profile",
            _pair(before.largest_group, after.largest_group),
            _change(before.largest_group, after.largest_group),
        ),
        card(
            "Records that move",
            f"{moved:,}",
            f"of {comparison.refs:,}, in {counted(len(groups), 'group')}: "
            f"{len(comparison.split):,} split, {len(comparison.joined):,} joined",
        ),
    ]
    if judgement is not None:
        left, right = judgement.baseline.f1, judgement.candidate.f1
        cards.append(
            card(
                "F1 against the truth",
                f"{left:.3f} \N{RIGHTWARDS ARROW} {right:.3f}",
                verdict_badge(f1_verdict(judgement)),
            )
        )
    return tag("div", *cards, class_="cards")


def verdict_badge(verdict: str) -> Markup:
    """Return a verdict with its mark."""
    return tag("span", f"{MARKS[verdict]} {verdict}", class_=f"badge {verdict}")


def agreement(judgement: Judgement) -> Markup:
    """Return what a truth says of both runs."""
    rows = []
    for name, label in AGREEMENT.items():
        left, right = getattr(judgement.baseline, name), getattr(judgement.candidate, name)
        verdict = "better" if right > left else "worse" if right < left else "even"
        change = f"{right - left:+.3f}".replace("-", "\N{MINUS SIGN}") if right != left else ""
        rows.append((label, f"{left:.3f}", f"{right:.3f}", change, verdict_badge(verdict)))
    people = {"People who share a profile": "merged_persons", "People in several profiles": "split_persons"}
    for label, name in people.items():
        left, right = getattr(judgement.baseline, name), getattr(judgement.candidate, name)
        verdict = "better" if right < left else "worse" if right > left else "even"
        rows.append((label, f"{left:,}", f"{right:,}", _signed(right - left), verdict_badge(verdict)))
    heads = ("figure", "baseline", "candidate", "change", "verdict")
    notes = [
        f"Compared over {counted(judgement.baseline.compared, 'record')} of {judgement.baseline.persons:,} people."
    ]
    return section(
        "truth",
        "Against the truth",
        table(heads, rows, caption="Both runs against the truth"),
        *(tag("p", f"{_sentence(note)}", class_="quiet") for note in (*notes, *judgement.truth.notes())),
    )


def totals(comparison: Comparison) -> Markup:
    """Return all totals: baseline, candidate, change."""
    rows = [(LABELS[name].capitalize(), *pair) for name, pair in comparison.totals.items()]
    reasons = [(f"refused: {reason}", *pair) for reason, pair in comparison.refusals_by_reason.items() if any(pair)]
    at = 1 + next(n for n, row in enumerate(rows) if row[0] == LABELS["refusals"].capitalize())
    return section(
        "totals",
        "Totals",
        table(
            ("total", "baseline", "candidate", "change"),
            [
                (label, f"{left:,}", f"{right:,}", _signed(right - left))
                for label, left, right in (*rows[:at], *reasons, *rows[at:])
            ],
            caption="Totals of both runs",
        ),
    )


def sizes(baseline: Run, candidate: Run) -> Markup:
    """Return the size histograms of both runs. O(profiles + identifiers)."""
    records = {"baseline": records_per_profile(baseline), "candidate": records_per_profile(candidate)}
    identifiers = {"baseline": identifiers_per_profile(baseline), "candidate": identifiers_per_profile(candidate)}
    return section(
        "sizes",
        "Sizes of profiles",
        tag(
            "div",
            histogram("Records per profile", "records", records),
            histogram("Identifiers per profile", "identifiers", identifiers),
            class_="beside",
        ),
        tag("p", "Every profile is counted. Bars are to scale; the thinnest line stands for one.", class_="quiet"),
    )


def anchor(place: int) -> str:
    """Return the name in the page of the place-th difference of the settings."""
    return f"setting-{place + 1}"


def settings(found: Sequence[Difference], comparison: Comparison) -> Markup:
    """Return what the two settings documents say differently, in words; the JSON path is under the words' pointer."""
    if not found:
        left_out = dict.fromkeys([*comparison.baseline.without, *comparison.candidate.without])
        without = f" What was supposed never to have been: {', '.join(left_out)}." if left_out else ""
        content = tag("p", f"Both runs had the same settings and options.{without}", class_="quiet")
        return section("settings", "What differs in the settings", content)
    rows = [
        tag(
            "tr",
            tag("th", tag("span", each.words, title=each.path), tag("code", each.path, class_="path"), scope="row"),
            *(tag("td", side) for side in _sides_of(each)),
            id=anchor(place),
            tabindex="-1",
        )
        for place, each in enumerate(found)
    ]
    heads = tag("tr", *(tag("th", name, scope="col") for name in ("setting", "baseline", "candidate")))
    shown = tag("table", tag("caption", "What differs in the settings", class_="unseen"), tag("thead", heads))
    body = Markup(shown.removesuffix("</table>") + tag("tbody", *rows) + "</table>")
    return section("settings", "What differs in the settings", scrolling(body, "What differs in the settings"))


def _sides_of(each: Difference) -> tuple[object, object]:
    """Return a difference of both sides; of rules, those that only one side has are marked."""
    if not each.left and not each.right:
        return each.before, each.after
    one, other = (
        tag("ul", *(tag("li", tag("b", f"{rule} (only here)") if rule not in others else rule) for rule in rules))
        for rules, others in ((each.left, each.right), (each.right, each.left))
    )
    return one, other


def rejections(comparison: Comparison) -> Markup:
    """Return rejected lines and dropped identifiers by reason, and the refs that only one run has."""
    left, right = (run.rejected_by_reason for run in runs(comparison))
    reasons = dict.fromkeys([*left, *right])
    hints = dict.fromkeys(
        f"{_sentence(str(worst))}. What helps: {worst.cure}."
        for worst in (run.most_frequent_rejection for run in runs(comparison))
        if worst is not None
    )
    if reasons:
        rows = [(each, *(f"{side.get(each, 0):,}" for side in (left, right))) for each in reasons]
        heads = ("reason", "baseline", "candidate")
        content = [table(heads, rows, caption="Rejected lines and dropped identifiers, by reason")]
    else:
        content = [tag("p", "No line was rejected, and no identifier was dropped.", class_="quiet")]
    return section(
        "rejections",
        "Rejected lines and dropped identifiers",
        *content,
        *(tag("p", hint) for hint in hints),
        _alone("baseline", comparison.only_baseline),
        _alone("candidate", comparison.only_candidate),
    )


def notes(comparison: Comparison, *, masked: bool) -> Markup:
    """Say what the page leaves out."""
    return section(
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
                "In the graph of a group, values that only one record has: they are counted beside their record. "
                "Records with the same shared values are one box. The lists below the graph have all.",
            ),
            None if (order := on_order(comparison)) is None else tag("li", order),
            tag("li", "The facts of each line. They are in comparison.json, and in facts.jsonl of a replay."),
            _masking(masked),
        ),
    )


def versions(comparison: Comparison) -> list[str]:
    """Return the versions that results depend on: one line, or one of each side where they differ."""
    told = [versions_in_words(run.versions) for run in runs(comparison)]
    return told[:1] if told[0] == told[1] else [f"baseline: {told[0]}", f"candidate: {told[1]}"]


def runs(comparison: Comparison) -> tuple[Summary, Summary]:
    """Return the totals of both runs."""
    return comparison.baseline, comparison.candidate


def _pair(left: int, right: int) -> str:
    return f"{left:,}" if left == right else f"{left:,} → {right:,}"


def _change(left: int, right: int) -> str:
    return "the same on both sides" if left == right else f"{_signed(right - left)}, baseline to candidate"


def _signed(change: int) -> str:
    """Return a change with its sign, a real minus that is as wide as the plus; nothing for none."""
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


SETTINGS = 3
"""Settings that are named with a cause: those that bring most of its groups back."""


def causes(order: Sequence[Ranked], changed: Sequence[Difference]) -> Markup | None:
    """Return the section, the reason that moves most records first; None where nothing changed."""
    if not order:
        return None
    most = sum(each.moved for each in order)
    places = {id(each): place for place, each in enumerate(changed)}
    items = [_item(place, each, most, places) for place, each in enumerate(order)]
    scale = "Bars: the share of all that moves; a record that moves in two groups counts in both. "
    use = tag("span", "A cause, or a value, shows its groups in the list below.", class_="on-screen")
    return section(
        "causes",
        "What moves the records",
        tag("ol", *items, class_="causes"),
        tag("p", scale, use, class_="quiet scale-note"),
    )


def _item(place: int, each: Ranked, most: int, places: dict[int, int]) -> Markup:
    parts = " and ".join(f"{count:,} {kind}" for kind, count in each.groups.items())
    moved = f"{counted(each.moved, 'record')} {'moves' if each.moved == 1 else 'move'}"
    figures = f"{moved}, in {counted(each.groups.total(), 'group')}: {parts}"
    return tag(
        "li",
        tag("button", each.reason.words, type="button", class_="cause", data_reason=place, aria_pressed="false"),
        tag("div", bars([each.moved], most), class_="share"),
        tag("p", figures),
        _against_the_truth(each),
        tag("p", *_rule(each), *_behind(each, places), class_="quiet"),
        _values(place, each),
    )


def _rule(each: Ranked) -> list[object]:
    if each.reason.rule is None:
        return []
    return [tag("span", f"rule {each.reason.rule}", class_="badge"), " "]


def _behind(each: Ranked, places: dict[int, int]) -> list[object]:
    """Return links to the settings that make the difference, in words; their JSON paths are under the pointer."""
    if not each.behind:
        return []
    several = "s" if len(each.behind) > 1 else ""
    first = f"The setting{several}: "
    if each.alone is None:
        first = f"The nearest setting{several}: "
    elif not each.alone:
        first = "No single setting, put back alone, brings a record back. The nearest: "
    links: list[object] = []
    for place, one in enumerate(each.behind[:SETTINGS]):
        change = in_words(one, each.reason.rule)
        links += ["; "] * bool(place)
        links.append(tag("a", change, href=f"#{anchor(places[id(one)])}", title=one.path))
        if each.alone:
            links.append(f" (put back alone, it brings {_some_of(each.moved, each.alone[place])} back)")
    more = len(each.behind) - SETTINGS
    return [first, *links, f"; and {more} more" if more > 0 else ""]


def _some_of(moved: int, back: int) -> str:
    """Return how many of the moved records are back, in words.

    >>> _some_of(1, 1), _some_of(12, 12), _some_of(1200, 3)
    ('the record', 'all 12 records', '3 of 1,200 records')
    """
    if moved == 1:
        return "the record"
    return f"all {moved:,} records" if back == moved else f"{back:,} of {moved:,} records"


def in_words(one: Difference, rule: str | None) -> str:
    """Return a difference in words with both of its values; of the rules, which side has the *rule* in question."""
    sides = [name for name, rules in (("baseline", one.left), ("candidate", one.right)) if rule in rules]
    if len(sides) == 1:
        return f"{rule} is a rule of the {sides[0]} only"
    return one.words if one.left or one.right else f"{one.words}: {one.before} \N{RIGHTWARDS ARROW} {one.after}"


def _against_the_truth(each: Ranked) -> Markup | None:
    if not each.verdicts:
        return None
    badges: list[object] = []
    for verdict in ("better", "worse", "even"):
        if each.verdicts[verdict]:
            badges += [verdict_badge(verdict), f" {counted(each.verdicts[verdict], 'group')} "]
    return tag("p", *badges, "\N{MIDDLE DOT} ", pairs_in_words(each.wrong, each.missed), class_="pairs")


def pairs_in_words(wrong: int, missed: int) -> str:
    """Return how many more or fewer pairs are wrong and missed.

    >>> pairs_in_words(-2671, 86)
    '2,671 wrong pairs fewer, 86 missed pairs more'
    """
    told = [
        f"{abs(change):,} {name} pair{'' if abs(change) == 1 else 's'} {'more' if change > 0 else 'fewer'}"
        for name, change in (("wrong", wrong), ("missed", missed))
        if change
    ]
    return ", ".join(told) or "as many wrong and missed pairs as before"


def _values(place: int, each: Ranked) -> Markup | None:
    first = each.top_values
    if not first:
        return None
    buttons = [tag("li", _value(place, number, pairs, moved)) for number, (pairs, moved) in enumerate(first)]
    more = len(each.values) - len(first)
    rest = tag("li", f"and {counted(more, 'further value')}", class_="quiet") if more else None
    return tag("ul", *buttons, rest, class_="values")


def _value(place: int, number: int, pairs: Sequence[Pair], moved: int) -> Markup:
    """Return the button of a value, or of values that do it together."""
    shown = [part for id_type, value in pairs for part in (", ", tag("span", id_type, class_="type"), f" {value}")]
    records = tag("span", counted(moved, "record"), class_="quiet")
    numbers = {"data_reason": place, "data_value": number}
    return tag("button", *shown[1:], " ", records, type="button", class_="value", aria_pressed="false", **numbers)
