"""The front of a sweep in the terminal: each setting that no other beats, and the commands that look at one of them."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from rich.table import Table
from rich.text import Text

from resolver.cli.show import open_console, paragraphs, plain
from resolver.cli.sweep_table import figure_text
from resolver.cli.typed import command
from resolver.display import counted, quoted
from resolver.simulate.summary import LABELS
from resolver.simulate.sweep import Row, Sweep
from resolver.simulate.sweep.result import figures

TODAY = "settings.json"
_SHOWN = 5
"""Settings of the front whose commands are printed; ``--pick`` and ``--out`` have those of all."""


def settings_file(number: int) -> str:
    """Return the name of the file that a setting is written to, by its number.

    >>> settings_file(3)
    'setting-3.json'
    """
    return f"setting-{number}.json"


def commands_for(options: argparse.Namespace, number: int, written_to: Path | None = None) -> list[str]:
    """Return the commands that compare a setting with those of the base, and say how much of it depends on order.

    They run as they are, one after the other; the first ones write what is not *written_to* a file yet. None where
    they cannot be typed.
    """
    candidate = settings_file(number) if written_to is None else str(written_to)
    compare = command("compare", argparse.Namespace(**{**vars(options), "settings": None}))
    order = command("order", argparse.Namespace(**{**vars(options), "settings": Path(candidate)}))
    again = command("sweep", options)
    if compare is None or order is None or again is None:
        return []
    base = base_file(options)
    told = [] if base is not None else [f"resolver settings > {TODAY}"]
    if written_to is None:
        drawn = "" if options.budget is None else f" --budget {options.budget} --seed {options.seed}"
        grid = "" if options.grid is None else f" --grid {quoted(str(options.grid))}"
        picked = f"{grid}{drawn} --pick {number} --write-settings {quoted(candidate)}"
        told.append(f"resolver sweep{picked}{again.removeprefix('resolver sweep')}")
    return [*told, f"{compare} --baseline {quoted(base or TODAY)} --candidate {quoted(candidate)}", order]


def base_file(options: argparse.Namespace) -> str | None:
    """Return the file of the base settings, where there is one."""
    if isinstance(options.settings, Path):
        return str(options.settings)
    if options.grid is None:
        return None
    base = json.loads(Path(options.grid).read_bytes().removeprefix(b"\xef\xbb\xbf")).get("base")
    return str(Path(options.grid).parent / base) if isinstance(base, str) else None


def show_front(found: Sweep, best: Row | None, options: argparse.Namespace, written: Mapping[int, Path]) -> None:
    """Print a line for each setting on the front, then the commands for each.

    The first is *best*, or the best by F1, or the first of the grid.
    """
    names = [LABELS.get(each.measure, each.measure) for each in found.objectives]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("no.", *names, *(["moved"] if found.moved else [])):
        table.add_column(plain(name), justify="right", no_wrap=True)
    for row in found.leading:
        moved = [f"{found.moved[row.number].refs:,}"] if found.moved else []
        table.add_row(str(row.number), *map(figure_text, figures(row.measures, found.objectives)), *moved)
    console = open_console()
    console.print(plain("\nThe settings that no other beats:", "bold"))
    console.print(table)
    if found.moved:
        counts = [each.records for each in found.moved.values()]
        fewest = f"{min(counts):,} to " if min(counts) < max(counts) else ""
        records = f"{fewest}{counted(max(counts), 'record')}"
        shuffles = f"{next(iter(found.moved.values())).permutations:,} shuffles of the events"
        paragraphs([f"moved: of {records}, those in other groups after one of {shuffles}"])
    ranked = found.leading if found.truth is None else found.ranked("f1")
    first = next(row for row in ranked if row in found.leading) if best is None else best
    others = [row.number for row in ranked if row in found.leading and row.number != first.number]
    for number in [first.number, *others][:_SHOWN]:
        commands = commands_for(options, number, written.get(number))
        if commands:
            study = found.moved.get(number)
            told = "" if study is None else f" (moved: {study.refs:,} of {study.records:,})"
            console.print(plain(f"\nWhat setting {number} changes, and how much of it depends on order{told}:"))
        for each in commands:
            console.print(Text(f"    {each}", "dim"), soft_wrap=True)
    if len(others) >= _SHOWN:
        paragraphs([f"--pick N --write-settings FILE writes one of the {len(others) + 1 - _SHOWN:,} others"])
