"""Sections: the parts of a comparison's page that are there without a script: numbers, sizes, settings, rejections."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from resolver.report.markup import Markup, table, tag
from resolver.simulate import Comparison, Run, Summary
from resolver.simulate.summary import LABELS

_BOUNDS = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100)
"""The largest size of each bin; what is larger goes into a last one."""


def _labels() -> list[str]:
    names = []
    for below, bound in zip((-1, *_BOUNDS), _BOUNDS, strict=False):
        names.append(str(bound) if bound == below + 1 else f"{below + 1} to {bound}")
    return [*names, f"over {_BOUNDS[-1]}"]


BINS = _labels()
"""The names of the bins, from small to large."""


def binned(sizes: Iterable[int]) -> dict[str, int]:
    """Return how many sizes fall into each bin that has any, from small to large. O(sizes)."""
    found = Counter(next((n for n, bound in enumerate(_BOUNDS) if size <= bound), len(_BOUNDS)) for size in sizes)
    return {BINS[number]: found[number] for number in sorted(found)}


def records_per_profile(run: Run) -> dict[str, int]:
    """Return the histogram of records per profile; one whose records all have newer profiles has none."""
    named = Counter(run.assignments.values())
    return binned(named[profile_id] for profile_id in run.engine.profiles())


def identifiers_per_profile(run: Run) -> dict[str, int]:
    """Return the histogram of identifiers per profile."""
    engine = run.engine
    return binned(sum(map(len, engine.identifiers(profile_id).values())) for profile_id in engine.profiles())


_WIDTH = 220
_THICK = 9


def histogram(title: str, unit: str, baseline: Mapping[str, int], candidate: Mapping[str, int]) -> Markup:
    """Return a histogram of both sides; bins that both leave empty are left out."""
    bins = [name for name in BINS if name in baseline or name in candidate]
    most = max((*baseline.values(), *candidate.values()), default=1)
    rows = [_row(name, baseline.get(name, 0), candidate.get(name, 0), most) for name in bins]
    heads = tag(
        "tr",
        tag("th", unit, scope="col", class_="number"),
        tag("th", "baseline", scope="col", class_="number"),
        tag("th", "candidate", scope="col", class_="number"),
        tag("th", "profiles", scope="col"),
    )
    if not rows:
        return tag("figure", tag("figcaption", title), tag("p", "There is no profile on either side.", class_="quiet"))
    return tag(
        "figure",
        tag("figcaption", title),
        tag("table", tag("thead", heads), tag("tbody", *rows), class_="histogram"),
    )


def _row(name: str, baseline: int, candidate: int, most: int) -> Markup:
    bars = tag(
        "svg",
        _bar(0, baseline, most, "of-baseline"),
        _bar(_THICK + 1, candidate, most, "of-candidate"),
        width=_WIDTH,
        height=2 * _THICK + 1,
        aria_hidden="true",
    )
    return tag(
        "tr",
        tag("th", name, scope="row", class_="number"),
        tag("td", f"{baseline:,}", class_="number"),
        tag("td", f"{candidate:,}", class_="number"),
        tag("td", bars),
    )


def _bar(top: int, count: int, most: int, kind: str) -> Markup | None:
    """Return a bar; one that has anything is at least a pixel, so that a single large profile is seen."""
    if not count:
        return None
    return tag(
        "rect", x=0.5, y=top + 0.5, width=max(1, round(_WIDTH * count / most) - 1), height=_THICK - 1, class_=kind
    )


ABSENT = "not there"

_CONFIGS = "identifierConfigs"


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (path, left, right), the values as JSON, for each place that differs. O(both).

    Each side has ``settings`` and ``options``. Configurations are told apart by idType, so that another order of
    them is one difference and not many; ``version`` counts revisions and is left out.
    """
    one, other = dict(_paths(left)), dict(_paths(right))
    return [
        (path, one.get(path, ABSENT), other.get(path, ABSENT))
        for path in dict.fromkeys([*one, *other])
        if one.get(path) != other.get(path)
    ]


def _paths(side: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    settings = side["settings"]
    configs = settings[_CONFIGS]
    yield f"order of {_CONFIGS}", ", ".join(config["idType"] for config in configs)
    for config in configs:
        for field, value in config.items():
            if field != "idType":
                yield f"{_CONFIGS}[{config['idType']}].{field}", _json(value)
    yield "matchingRules", ", ".join(settings["matchingRules"])
    for name, value in side["options"].items():
        yield f"options.{name}", _json(value)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_SHOWN = 100


def headline(comparison: Comparison) -> Markup:
    """Return the numbers to see first."""
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
    """Return all totals: baseline, candidate, change."""
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
    """Return the size histograms of both runs. O(profiles + identifiers)."""
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
    """Return what the two settings documents say differently."""
    found = differences(*({"settings": run.settings, "options": run.options} for run in _runs(comparison)))
    if not found:
        content = tag("p", "Both runs had the same settings and options.", class_="quiet")
    else:
        rows = [(tag("code", path), tag("code", left), tag("code", right)) for path, left, right in found]
        content = table(("path", "baseline", "candidate"), rows, caption="What differs in the settings", numbers=False)
    return _section("settings", "What differs in the settings", content)


def rejections(comparison: Comparison) -> Markup:
    """Return rejected lines and dropped identifiers by reason, and the refs that only one run has."""
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
    """Return the versions that results depend on."""
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
