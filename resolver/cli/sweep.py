"""``resolver sweep``: one history under every setting of a grid."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resolver.atomic_files import atomic_files, check_targets
from resolver.cli.front import commands_for, settings_file, show_front
from resolver.cli.grid import grid_of, write_grid, write_picked, write_setting
from resolver.cli.output import add_open_option, check_open, open_report
from resolver.cli.progress import shown_steps
from resolver.cli.provenance import add_date_option, provenance_of
from resolver.cli.reading import (
    HISTORY_HELP,
    add_reading_options,
    count,
    count_from_one,
    directory,
    file,
    history_from,
)
from resolver.cli.show import DONE, NOTICE, exceeds, open_console, paragraphs, plain, rejected, status_of
from resolver.cli.sweep_table import figure_text, show_settings
from resolver.cli.truth import add_truth_options, truth_from
from resolver.display import counted, displayed
from resolver.history import History
from resolver.report import Provenance, sweep_report
from resolver.simulate import replay
from resolver.simulate.summary import LABELS
from resolver.simulate.sweep import SMALL, Grid, Row, Sweep, scatter, sweep, with_moved
from resolver.simulate.sweep.chart import Scale, tick_text
from resolver.simulate.sweep.result import Objective, cell, figures

PAGE = "sweep.html"
FILES = (PAGE, "sweep.csv", "sweep.json", "sweep.svg")
_ORDERS = 5
"""Permutations of each kind that are tried for a setting on the front, where that is quick."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "sweep",
        help="one history under many settings, measured",
        description="Replay a history under every combination of a grid's values, and print a table of the results. A "
        "star marks settings that no other beats in every measure. With a truth: precision, recall and F1.",
    )
    parser.add_argument("history", nargs="+", metavar="HISTORY", help=HISTORY_HELP)
    parser.add_argument(
        "--grid", type=file, metavar="FILE", help="base settings and axes, as JSON (default: what is most in question)"
    )
    parser.add_argument(
        "--write-grid",
        type=file,
        metavar="FILE",
        help="write the grid that is tried without --grid there, and try nothing",
    )
    parser.add_argument("--settings", type=file, metavar="BASE", help="base settings, instead of those of the grid")
    add_truth_options(parser)
    parser.add_argument("--sort-by", metavar="MEASURE", help="sort the table by a measure, best first: f1, say")
    parser.add_argument("--best", metavar="MEASURE", help="name the best setting by a measure: f1, largestGroup, ...")
    parser.add_argument(
        "--write-settings",
        type=file,
        metavar="FILE",
        help="write a setting as a settings document; needs --best or --pick",
    )
    parser.add_argument(
        "--pick",
        type=count_from_one,
        metavar="N",
        help="the setting to write, by its number; nothing is replayed then",
    )
    parser.add_argument(
        "--order",
        type=count,
        metavar="N",
        help="orders of the events to try for each setting that no other beats (default 5 for small work, else 0)",
    )
    parser.add_argument(
        "--budget", type=count, metavar="N", help="try N combinations of the grid, drawn at random by --seed"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the seed of --budget (default 1)")
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="processes (default: all cores, one for small work)")
    parser.add_argument(
        "--out",
        type=directory,
        metavar="DIR",
        help="write sweep.html, sweep.csv, sweep.json and sweep.svg there, and remember finished settings",
    )
    add_open_option(parser)
    add_date_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver sweep``."""
    check_open(options)
    if options.write_settings is not None and options.best is None and options.pick is None:
        raise ValueError(
            "--write-settings: which setting is not said; expected --best MEASURE, such as --best f1, or --pick N"
        )
    if options.pick is not None and (options.write_settings is None or options.best is not None):
        raise ValueError("--pick: it says which setting to write; expected --write-settings FILE, without --best")
    grid = grid_of(options)
    if options.write_grid is not None:
        write_grid(grid, options)
        return DONE
    history = history_from(options, (grid.settings, grid.options))
    if options.pick is not None:
        write_picked(history, grid, options)
        return DONE
    if options.out is not None:
        check_targets(options.out, FILES)
    truth = truth_from(options)
    found = _with_moved(history, _swept(history, grid, truth, options), options)
    best = None if options.best is None else found.ranked(options.best)[0]
    by = "f1" if options.sort_by is None and options.grid is None and truth is not None else options.sort_by
    rows = found.rows if by is None else found.ranked(by)
    numbers = [row.number for row in found.leading]
    written = {} if options.out is None else {number: options.out / settings_file(number) for number in numbers}
    if options.write_settings is not None and best is not None:
        written[best.number] = options.write_settings
    if options.out is not None:
        commands = {number: commands_for(options, number, written[number]) for number in numbers}
        _write(found, provenance_of(options), options.out, commands)
        open_report(options, PAGE)
    if options.json:
        sys.stdout.write(json.dumps(found.to_json(), indent=2) + "\n")
    else:
        _show(found, rows, options)
    if best is not None:
        _tell_best(best, options)
    if not options.json:
        show_front(found, best, options, written)
    worst = max(found.rows, key=lambda row: row.measures.rejected)
    if not worst.measures.rejected:
        return DONE
    run = replay(history, worst.setting.settings, **worst.setting.options)  # which says what was rejected, and why
    if all(row.measures.rejected == found.lines for row in found.rows):
        return status_of(options, run.summary)
    if not options.json:
        notes = [f"setting {worst.number}: {note}" for note in rejected(run.summary, with_hint=True)]
        paragraphs(notes, NOTICE)
    return exceeds(options, worst.measures.rejected)


def _swept(history: History, grid: Grid, truth: Mapping[str, str] | None, options: argparse.Namespace) -> Sweep:
    """Return the sweep; one that is stopped says how far it came, where the same command goes on from there."""
    reached = (0, len(grid))
    with shown_steps("sweep", "settings") as shown:

        def progress(done: int, total: int) -> None:
            nonlocal reached
            reached = done, total
            if shown is not None:
                shown(done, total)

        try:
            return sweep(history, grid, truth, jobs=options.jobs, out=options.out, progress=progress)
        except KeyboardInterrupt:
            done, total = reached
            goes_on = "; the same command goes on" if options.out is not None else "; with --out DIR it could go on"
            sys.stderr.write(f"resolver: {done:,} of {counted(total, 'setting')} finished{goes_on}\n")
            raise


def _tell_best(best: Row, options: argparse.Namespace) -> None:
    """Say which setting is the best by a measure, and write it where that was asked for."""
    figure = best.measures.to_json()[options.best]
    values = ", ".join(f"{name} {cell(value)}" for name, value in best.values.items())
    told = f"best {options.best}, {figure_text(figure)}: setting {best.number} ({values})"
    if options.write_settings is not None:
        write_setting(best.setting, options.write_settings)
        told += f"; written to {options.write_settings}"
    if options.json:
        sys.stderr.write(f"resolver: {displayed(told)}\n")
    else:
        paragraphs([told])


def _with_moved(history: History, found: Sweep, options: argparse.Namespace) -> Sweep:
    """Return the sweep with how much of each setting on the front hangs on order, if asked for or if that is quick."""
    most = options.order
    if most is None:
        most = _ORDERS if found.lines * len(found.leading) * 2 * _ORDERS <= SMALL else 0
    if not most:
        return found
    with shown_steps("order", "settings") as shown:
        return with_moved(history, found, permutations=most, progress=shown)


def _write(found: Sweep, made_from: Provenance, out: Path, commands: Mapping[int, Sequence[str]]) -> None:
    with atomic_files(out) as place:
        page = sweep_report(found, provenance=made_from, commands=commands)
        (place / PAGE).write_text(page, encoding="utf-8", newline="")
        for row in found.leading:
            text = json.dumps(row.setting.to_json(), indent=2) + "\n"
            (place / settings_file(row.number)).write_text(text, encoding="utf-8")
        (place / "sweep.csv").write_text(found.to_csv(), encoding="utf-8")
        (place / "sweep.json").write_text(json.dumps(found.to_json(), indent=2) + "\n", encoding="utf-8")
        (place / "sweep.svg").write_text(scatter(found), encoding="utf-8")


def _show(found: Sweep, rows: Sequence[Row], options: argparse.Namespace) -> None:
    console = open_console()
    finished = len(found.rows) - found.replayed
    before = f" ({finished:,} finished before)" if finished else ""
    console.print(f"{counted(found.lines, 'line')} under {counted(len(found.rows), 'setting')}{before}")
    if options.grid is None:
        console.print(plain("without --grid: the settings of today, and what is most in question about them"))
        console.print(plain("--write-grid FILE writes these settings as a grid, to change them"))
    console.print()
    show_settings(console, found, rows, (options.best, options.sort_by))
    counts = [row.measures.rejected for row in found.rows]
    if max(counts):
        span = f"{min(counts):,} to {max(counts):,}" if min(counts) < max(counts) else f"{max(counts):,}"
        console.print(plain(f"rejected: {span} of {counted(found.lines, 'line')}"))
    console.print()
    for line in drawn(found).splitlines():
        console.print(plain(line))
    for note in [] if found.truth is None else found.truth.notes():
        console.print(plain(note))
    if found.truth is None:
        console.print(plain("without a truth the marks are a guide only; --truth FILE measures precision and recall"))
    if options.out is not None:
        console.print(plain(f"files written to {options.out}; the report is {options.out / PAGE}"))


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 8 * (os.cpu_count() or 1):
        most = 8 * (os.cpu_count() or 1)
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a whole number 1..{most}")
    return int(text)


WIDTH, HEIGHT = 60, 12


def drawn(found: Sweep) -> str:
    """Return the chart, its second objective upwards and its first to the right."""
    points = [(*figures(row.measures, found.objectives), row.on_front) for row in found.rows]
    across, up = Scale.around([x for x, _, _ in points]), Scale.around([y for _, y, _ in points])
    cells: dict[tuple[int, int], bool] = {}
    for x, y, on_front in points:
        place = (round(up.share(y) * HEIGHT), round(across.share(x) * WIDTH))
        cells[place] = cells.get(place, False) or on_front
    ticks = {round(up.share(tick) * HEIGHT): tick_text(tick) for tick in up.ticks}
    margin = max(map(len, ticks.values()))
    one, other = found.objectives
    lines = [f"{_name(other)}   # not beaten   o beaten"]
    for row in range(HEIGHT, -1, -1):
        marks = "".join(_mark(cells.get((row, column))) for column in range(WIDTH + 1)).rstrip()
        lines.append(f"{ticks.get(row, ''):>{margin}} |{marks}")
    low, high = tick_text(across.ticks[0]), tick_text(across.ticks[-1])
    lines.append(f"{'':>{margin}} +{'-' * (WIDTH + 1)}")
    lines.append(f"{'':>{margin}}  {low}{_name(one):^{WIDTH - len(low) - len(high)}}{high}")
    return "\n".join(lines)


def _name(objective: Objective) -> str:
    return LABELS.get(objective.measure, objective.measure)


def _mark(on_front: bool | None) -> str:
    if on_front is None:
        return " "
    return "#" if on_front else "o"
