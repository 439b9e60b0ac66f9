"""The table of a sweep in the terminal: a line per setting, with as many of its figures as there is room for."""

import re
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resolver.cli.show import GOOD, plain
from resolver.simulate.sweep import Row, Sweep
from resolver.simulate.sweep.result import cell

_FIGURES = {
    "profiles": "profiles",
    "merges": "merges",
    "evictions": "evictions",
    "largestGroup": "largest",
    "fullProfiles": "full",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "splitPersons": "split",
    "mergedPersons": "merged",
}
"""The figures in the order of the columns, with their headings."""

_BY_USE = (
    *("precision", "recall", "f1", "largestGroup", "profiles"),
    *("mergedPersons", "splitPersons", "evictions", "merges", "fullProfiles"),
)
"""The same figures, those first that say most of a setting."""

_ALWAYS = 3
"""So many of them are shown however narrow the terminal is."""

_LONGEST = 11
"""Characters of a value that stands in its own column; an axis with longer ones has letters there."""

_EXPLAINED = {
    "largestGroup": "largest: records in the largest profile",
    "fullProfiles": "full: profiles with a list at its limit",
    "splitPersons": "split: persons in several profiles",
    "mergedPersons": "merged: persons who share a profile",
}


def show_settings(console: Console, found: Sweep, rows: Sequence[Row], wanted: Sequence[str | None]) -> None:
    """Print the axes whose values are letters in the table, the table, and what its marks and figures mean.

    Of the figures those are left out for which the lines would be too long; measures that are *wanted* stay.
    """
    lettered = {name: values for name, values in found.axes.items() if _is_lettered(values)}
    for name, values in lettered.items():
        console.print(plain(f"{name}:", "bold"))
        for letter, value in zip(_letters(values), values, strict=True):
            console.print(plain(f"  {letter}  {cell(value)}"))
    if lettered:
        console.print()
    figures, table = fitting(console.width, found, rows, wanted)
    console.print(table, soft_wrap=False)
    one, other = found.objectives
    console.print(
        plain(
            f"\n* no other setting beats it: {len(found.front):,} of {len(found.rows):,} ({one.words}, {other.words})"
        )
    )
    if found.same:
        console.print(plain(f"= one of them too, with the same two figures as the one it names: {len(found.same):,}"))
    for names in (("largestGroup", "fullProfiles"), ("splitPersons", "mergedPersons")):
        explained = [_EXPLAINED[name] for name in names if name in figures]
        if explained:
            console.print(plain("; ".join(explained)))
    missing = [_FIGURES[name] for name in _known(found) if name not in figures]
    if missing:
        console.print(plain(f"no room for {', '.join(missing)}: --json and --out DIR have them"))


def figure_text(figure: float) -> str:
    """Return a figure as the table shows it.

    >>> figure_text(12345), figure_text(0.25)
    ('12,345', '0.250')
    """
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.3f}"


def _known(found: Sweep) -> list[str]:
    """Return the figures that the settings have, those first that say most."""
    return [name for name in _BY_USE if name in found.rows[0].measures.to_json()]


def fitting(
    width: int, found: Sweep, rows: Sequence[Row], wanted: Sequence[str | None] = ()
) -> tuple[list[str], Table]:
    """Return the figures for which there is room, and the table of them; headings in several lines if that helps."""
    known = _known(found)
    first = [name for name in known if name in wanted]
    by_use = [*first, *(name for name in known if name not in first)]
    columns = _columns(found, rows, by_use)
    folded = [(_folded(heading), cells) for heading, cells in columns]
    before = len(columns) - len(by_use)
    shown = columns if _width(columns) <= width else folded
    while _width(shown) > width and len(shown) > before + _ALWAYS:
        shown = shown[:-1]
    figures = by_use[: len(shown) - before]
    table = Table(box=None, pad_edge=False, header_style="bold")
    order = [*range(before), *(before + by_use.index(name) for name in _FIGURES if name in figures)]
    for place in order:
        is_axis = 1 < place < before
        table.add_column(
            _heading(shown[place][0]),
            justify="left" if place == 0 or is_axis else "right",
            overflow="fold",
            no_wrap=not is_axis,
        )
    for line, row in enumerate(rows):
        table.add_row(*(plain(shown[place][1][line]) for place in order), style=GOOD if row.on_front else "")
    return figures, table


def _columns(found: Sweep, rows: Sequence[Row], figures: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return headings and cells: the mark, the number, the axes, the figures."""
    same = found.same
    marks = [f"= {same[row.number]}" if row.number in same else "*" if row.on_front else "" for row in rows]
    columns = [("", marks), ("no.", [str(row.number) for row in rows])]
    for name, values in found.axes.items():
        last = name.rpartition(".")[2]
        is_alone = sum(each.rpartition(".")[2] == last for each in found.axes) == 1
        told = dict(
            zip(map(cell, values), _letters(values) if _is_lettered(values) else map(cell, values), strict=True)
        )
        columns.append((last if is_alone else name, [told[cell(row.values[name])] for row in rows]))
    documents = [row.measures.to_json() for row in rows]
    columns += [(_FIGURES[name], [figure_text(each[name]) for each in documents]) for name in figures]
    return columns


def _heading(text: str) -> Text:
    return Text("\n").join(map(plain, text.split("\n")))


def _width(columns: Sequence[tuple[str, list[str]]]) -> int:
    """Return how wide a table is: its columns, with two spaces between them."""
    widths = [max(map(cell_len, [*heading.split("\n"), *cells])) for heading, cells in columns]
    return sum(widths) + 2 * (len(widths) - 1)


def _folded(heading: str) -> str:
    """Return a heading in several lines, one a word.

    >>> _folded("phone.enforceUnique").split()
    ['phone.', 'enforce', 'Unique']
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[.])", "\n", heading)


def _is_lettered(values: Sequence[Any]) -> bool:
    """Return whether the values of an axis are too long for a column, so that letters stand for them."""
    return any(isinstance(value, list | tuple) or len(cell(value)) > _LONGEST for value in values)


def _letters(values: Sequence[Any]) -> list[str]:
    return [chr(ord("A") + place) if place < 26 else f"A{place}" for place in range(len(values))]
