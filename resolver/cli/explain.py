"""``resolver explain``: why records are one profile or not; and what ``--without`` shows."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from resolver.cli import show
from resolver.cli.output import add_masking_options, mask_of
from resolver.cli.reading import (
    HISTORY_HELP,
    add_memory_option,
    add_reading_options,
    count,
    file,
)
from resolver.cli.saved_runs import run_of
from resolver.cli.show import plain, say_rejected, status_of, with_rejected
from resolver.display import counted
from resolver.report import masked
from resolver.report.masking import masked_explanation
from resolver.simulate import Run, Summary, compare
from resolver.simulate.explain import explain

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]


def add_explain(commands: "Commands") -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "explain",
        help="why two records are one profile, or why they are not",
        description="Replay a history, or take a saved run of it (resolver replay --save), and explain one record's "
        "profile, or two records: the chain of shared identifiers that joins them and a smallest set of identifiers "
        "that would keep them apart; or, if they are apart, what they have in common and why it did not join them.",
    )
    command.add_argument("history", metavar="HISTORY", help=f"{HISTORY_HELP} (with --also); or a saved run")
    command.add_argument("ref", metavar="REF", help="the ref of a record, or line:N where lines have none")
    command.add_argument("other", metavar="REF", nargs="?", help="the ref of another one")
    command.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    command.add_argument("--json", action="store_true", help="print everything as JSON")
    command.add_argument(
        "--show", type=count, default=12, metavar="N", help="records, merges and identifiers to print (default 12)"
    )
    command.add_argument("--no-cut", action="store_true", help="do not search for what would keep the records apart")
    add_without(command)
    add_masking_options(command)
    add_memory_option(command)
    add_reading_options(command)
    command.set_defaults(run=run_explain)


def add_without(command: argparse.ArgumentParser) -> None:
    """Add ``--without`` to a command."""
    command.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="IDTYPE=VALUE|ref:REF",
        help="replay as if this value, or the lines of this ref, were not in the history; repeatable",
    )


def run_explain(options: argparse.Namespace) -> int:
    """Do ``resolver explain``."""
    mask = mask_of(options)
    run = run_of(options, "replay", without=options.without)
    totals = run.summary if mask is None else masked(run, mask).summary
    if totals.applied_nothing:
        return status_of(options, totals)
    with_cut = not options.no_cut
    if mask is None:
        explanation = explain(run, options.ref, options.other, with_cut=with_cut)
    else:
        explanation = masked_explanation(run, mask, options.ref, options.other, with_cut=with_cut)
    if options.json:
        sys.stdout.write(json.dumps(with_rejected(explanation.to_json(), totals), indent=2) + "\n")
    else:
        console = show.open_console()
        for line in explanation.text(options.show).splitlines():
            style = "bold" if line.endswith(":") and not line.startswith(" ") else ""
            _print(console, line, style)
        say_rejected(totals)
    return status_of(options, totals)


def _print(console: Console, line: str, style: str) -> None:
    """Print a line; on a terminal, a long one goes on below its own beginning."""
    indent = len(line) - len(line.lstrip(" 0123456789."))
    if indent and console.is_terminal:
        first, *rest = plain(line).wrap(console, console.width - indent - 2)
        console.print(first)
        for each in rest:
            console.print(Text(" " * (indent + 2)) + each)
        return
    console.print(plain(line, style))


def left_out_told(totals: Summary) -> str:
    """Return how much of a history is left out without what was named, in a sentence."""
    absent = " and ".join(totals.without)
    lines = f"{totals.left_out:,} of {counted(totals.lines, 'line')} {'is' if totals.left_out == 1 else 'are'} left out"
    return f"Without {absent}: {lines}, and {counted(totals.left_out_identifiers, 'identifier')}."


def show_without(baseline: Run, run: Run, most: int) -> None:
    """Show what splits and what joins in the absence of what ``--without`` named."""
    totals = run.summary
    console = show.open_console()
    it = "it" if len(totals.without) == 1 else "them"
    sides = f"Below, the baseline is the history as it is, the candidate the history without {it}."
    console.print(plain(f"\n{left_out_told(totals)} {sides}"))
    show.comparison(compare(baseline, run), most, show.notes(totals))
