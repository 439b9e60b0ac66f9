"""The report of a sweep: the table of what each setting gave, the best marked, and the chart of its two objectives.

>>> from resolver.simulate import sweep
>>> page = sweep_report(sweep([{"identifiers": {"chat": "1"}}], {"axes": {"chat.limit": [1, 2]}}))
>>> page[:15], page.count('scope="row"')
('<!doctype html>', 2)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resolver.display import counted
from resolver.report.charts import chart
from resolver.report.page import (
    STUDY,
    Markup,
    Provenance,
    card,
    header,
    page,
    scrolling,
    section,
    tag,
    versions_in_words,
)
from resolver.report.settings_diff import axis_in_words, policy_in_words
from resolver.simulate import Sweep
from resolver.simulate.sweep.grid import SUSPECTS
from resolver.simulate.sweep.result import Row, cell
from resolver.versions import versions

FIRST = ("f1", "precision", "recall", "profiles", "largestGroup")
"""The figures that a reader looks for, before the others."""

WORDS = {
    "f1": ("F1", "precision and recall together, by pairs of records"),
    "precision": ("precision", "share of the pairs in one profile that are one person"),
    "recall": ("recall", "share of the pairs of one person that are in one profile"),
    "profiles": ("profiles", "profiles at the end"),
    "largestGroup": ("largest profile", "records in the largest profile"),
    "largestProfile": ("most identifiers", "identifiers in the fullest profile"),
    "fullProfiles": ("full profiles", "profiles with a list at its limit"),
    "merges": ("merges", "merges of profiles"),
    "evictions": ("evictions", "values that a limit removed"),
    "refusals": ("refusals", "values that were refused"),
    "rejected": ("rejected", "lines that were rejected"),
    "compared": ("compared", "records that the truth and the history share"),
    "persons": ("persons", "persons of the truth"),
    "bcubedPrecision": ("B-cubed precision", "precision as a record sees it, every person counting alike"),
    "bcubedRecall": ("B-cubed recall", "recall as a record sees it, every person counting alike"),
    "bcubedF1": ("B-cubed F1", "B-cubed precision and recall together"),
    "splitPersons": ("split persons", "persons in several profiles"),
    "mergedPersons": ("merged persons", "persons who share a profile"),
}
"""For each figure, its heading and what it is, in words."""


def sweep_report(
    sweep: Sweep, *, provenance: Provenance | None = None, commands: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the page of a sweep as one HTML document that needs no network and no other file. O(settings).

    *commands* are those that look at a setting further, by its number. The same arguments give the same bytes.
    """
    best = None if sweep.truth is None else sweep.ranked("f1")[0]
    sentence = headline(sweep, best)
    one, other = (objective.words for objective in sweep.objectives)
    return page(
        sentence,
        header(
            sentence,
            tag(
                "p",
                f"One history, {counted(sweep.lines, 'line')} and {counted(sweep.refs, 'record')}, under every setting "
                f"of a grid. \N{BLACK DIAMOND}: no other setting beats it ({one}, {other}){_equals(sweep)}.",
                class_="quiet",
            ),
            _cards(sweep, best),
            provenance=provenance or Provenance(),
            versions=[versions_in_words(versions())],
        ),
        tag(
            "main",
            section("table", "Settings and what they gave", _table(sweep, best), *_notes(sweep)),
            section("front", "The settings that no other beats", *_front(sweep, commands or {})),
            section("chart", "Chart", tag("p", _legend(sweep), class_="quiet"), chart(sweep)),
            section("axes", "What was tried", _axes(sweep)),
        ),
        scripts=STUDY,
        data=(),
    )


def headline(sweep: Sweep, best: Row | None) -> str:
    """Return what the sweep found in one sentence: the best setting by F1, or how many none beats without a truth."""
    front = f"{len(sweep.front):,} {'is' if len(sweep.front) == 1 else 'are'} beaten by no other"
    if best is None:
        return f"Of {counted(len(sweep.rows), 'setting')}, {front}."
    figure = best.measures.to_json()["f1"]
    return f"Setting {best.number} of {len(sweep.rows):,} has the best F1, {figure:.3f}; {front}."


def _equals(sweep: Sweep) -> str:
    """Return what a mark with a number means, where there is one."""
    same = next(iter(sweep.same.values()), None)
    return "" if same is None else f"; \N{BLACK DIAMOND} = {same}: it has the same two figures as setting {same}"


def _cards(sweep: Sweep, best: Row | None) -> Markup | None:
    if best is None:
        return None
    found = best.measures.to_json()
    values = "; ".join(f"{name}: {_in_words(name, value)}" for name, value in best.values.items())
    return tag(
        "div",
        card(f"Best by F1: setting {best.number}", f"{found['f1']:.3f}", values),
        card("Its precision", f"{found['precision']:.3f}", WORDS["precision"][1]),
        card("Its recall", f"{found['recall']:.3f}", WORDS["recall"][1]),
        card("Its profiles", f"{found['profiles']:,}", f"{found['largestGroup']:,} records in the largest"),
        class_="cards",
    )


def _front(sweep: Sweep, commands: Mapping[int, Sequence[str]]) -> list[Markup]:
    """Return what is known of each setting on the front, and the commands that look at it further."""
    told: list[Markup] = []
    for row in sweep.leading:
        found = row.measures.to_json()
        one, other = ((WORDS[each.measure][0], found[each.measure]) for each in sweep.objectives)
        said = "; ".join(f"{name} {_figure(figure)}" for name, figure in (one, other))
        told.append(tag("h3", f"Setting {row.number}: {said}"))
        values = "; ".join(f"{name}: {_in_words(name, value)}" for name, value in row.values.items())
        told.append(tag("p", values, class_="quiet"))
        if row.number in sweep.moved:
            moved = sweep.moved[row.number]
            told.append(
                tag(
                    "p",
                    f"{moved.refs:,} of {counted(moved.records, 'record')} end in other groups in some of "
                    f"{moved.permutations:,} other orders of the events.",
                )
            )
        told += [tag("p", tag("code", each, class_="command")) for each in commands.get(row.number, ())]
    return told


def _notes(sweep: Sweep) -> list[Markup]:
    notes = ["sweep.csv has the same figures."]
    if sweep.truth is None:
        notes.append("Without a truth the marks are a guide only: --truth FILE measures precision and recall.")
    else:
        notes += [f"{note[:1].upper()}{note[1:]}." for note in sweep.truth.notes()]
    sorts = tag("span", "A heading sorts the table; ", class_="on-screen")
    return [tag("p", sorts if place == 0 else None, note, class_="quiet") for place, note in enumerate(notes)]


def _legend(sweep: Sweep) -> str:
    return (
        "\N{BLACK DIAMOND} no other setting beats it, with its number; \N{WHITE CIRCLE} beaten. Every mark leads to "
        f"its row of the table. Wanted: {' and '.join(objective.words for objective in sweep.objectives)}."
    )


def _axes(sweep: Sweep) -> Markup:
    rows = [
        tag(
            "div",
            tag("dt", axis_in_words(name), " ", tag("code", name, class_="path")),
            tag("dd", "; ".join(_in_words(name, value) for value in values)),
        )
        for name, values in sweep.axes.items()
    ]
    return tag("dl", *rows, class_="axes")


def _in_words(axis: str, value: object) -> str:
    """Return a value of an axis; one of policies in words, a file's name as it is."""
    of, _, key = axis.rpartition(".")
    is_file = isinstance(value, str) and value.startswith("@")
    if isinstance(value, str) and value.startswith(SUSPECTS):
        return f"the first {counted(int(value.removeprefix(SUSPECTS)), 'suspect')}"
    return policy_in_words(key, value) if of == "policies" and not is_file else cell(value)


def _table(sweep: Sweep, best: Row | None) -> Markup:
    """Return the table: a row per setting in the order of the grid, figures before the values of the axes."""
    known = sweep.rows[0].measures.to_json()
    figures = [name for name in FIRST if name in known]
    rest = [name for name in known if name not in figures]
    heads = [
        tag("th", "setting", scope="col"),
        *(_figure_head(name, known[name]) for name in figures),
        *(_axis_head(name, values) for name, values in sweep.axes.items()),
        *(_figure_head(name, known[name]) for name in rest),
    ]
    tops = {
        name: _best(sweep.rows, name)
        for name in figures
        if name in {each.measure for each in sweep.objectives} | {"f1"}
    }
    same = sweep.same
    rows = [_row(row, figures, rest, tops, same.get(row.number), row is best) for row in sweep.rows]
    caption = "Settings and what they gave"
    shown = tag(
        "table",
        tag("caption", caption, class_="unseen"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        class_="sortable wide",
    )
    return scrolling(shown, caption)


def _has_words(axis: str, value: object) -> bool:
    """Whether the cells of an axis need room for words: lists of rules, and policies."""
    return isinstance(value, list | tuple) or axis.startswith("policies.")


def _axis_head(name: str, values: Sequence[object]) -> Markup:
    """Return the heading of an axis, which may be parted before its field."""
    of, point, field = name.rpartition(".")
    parts: list[object] = [of + point, tag("wbr"), field] if of else [field]
    kind = "listed" if _has_words(name, values[0]) else None
    return tag("th", *parts, scope="col", title=axis_in_words(name), class_=kind)


def _figure_head(name: str, figure: Any) -> Markup:
    heading, words = WORDS[name]
    most = "most" if isinstance(figure, float) else None
    return tag("th", heading, scope="col", class_="number", title=f"{words} ({name})", data_first=most)


def _best(rows: Iterable[Row], name: str) -> float:
    found: Sequence[float] = [row.measures.to_json()[name] for row in rows]
    return max(found) if isinstance(found[0], float) else min(found)


def _row(
    row: Row, figures: list[str], rest: list[str], tops: dict[str, float], same: int | None, is_best: bool
) -> Markup:
    found = row.measures.to_json()
    marks: list[object] = []
    if is_best:
        marks += [" ", tag("span", "best F1", class_="badge better")]
    if row.on_front:
        equal, words = ("", "") if same is None else (f" = {same}", f", equal to setting {same}")
        marks += [
            " ",
            tag("span", f"\N{BLACK DIAMOND}{equal}", class_="badge", title=f"no other setting beats it{words}"),
        ]

    def figure(name: str) -> Markup:
        value = found[name]
        text = _figure(value)
        shown = tag("b", text) if name in tops and value == tops[name] else text
        return tag("td", shown, class_="number", data_sort=value)

    return tag(
        "tr",
        tag("th", str(row.number), *marks, scope="row", data_sort=row.number),
        *map(figure, figures),
        *(_value(name, value) for name, value in row.values.items()),
        *map(figure, rest),
        id=f"setting-{row.number}",
        class_="best" if is_best else "front" if row.on_front else None,
        tabindex="-1",
    )


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _value(axis: str, value: object) -> Markup:
    """Return the cell of a value of an axis; a list of rules has room for its words."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    return tag("td", _in_words(axis, value), data_sort=number, class_="listed" if _has_words(axis, value) else None)
