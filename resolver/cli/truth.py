"""Against a truth: ``--truth`` of the commands that measure a run, and ``resolver errors``: where it is wrong."""

import argparse
import json
import sys
from typing import Any

from rich.console import Console

from resolver.cli.reading import HISTORY_HELP, add_memory_option, add_reading_options, count, file
from resolver.cli.saved_runs import run_of
from resolver.cli.show import open_console, paragraphs, plain, say_rejected, status_of, with_rejected
from resolver.cli.typed import command
from resolver.display import counted, displayed
from resolver.history import parse_map
from resolver.names import COLLISION
from resolver.simulate import PairErrors, pair_errors
from resolver.simulate.judgement import NAMED, MissedPairs, WrongPairs
from resolver.simulate.truth import Agreement, read_truth


def add_truth_options(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Add the options that name a truth, and the columns of it that are read."""
    parser.add_argument(
        "--truth", type=file, required=required, metavar="FILE", help="the person of each record: CSV ref,person"
    )
    parser.add_argument(
        "--truth-map",
        action="append",
        default=[],
        metavar="NAME=COLUMN[,COLUMN]",
        help="read ref or person from other columns of the truth; repeatable",
    )
    parser.add_argument(
        "--truth-encoding", metavar="NAME", help="the encoding of the truth: cp1252, utf-16 (default UTF-8)"
    )


def truth_from(options: argparse.Namespace) -> dict[str, str] | None:
    """Return who is behind which record, None without a truth; ``ValueError`` and ``OSError`` name the file."""
    if options.truth is None:
        return None
    return read_truth(options.truth, parse_map(options.truth_map), options.truth_encoding)


def figures_of(found: Agreement) -> str:
    """Return how well a run agrees with the truth, in one sentence."""
    return (
        f"Against the truth about {counted(found.compared, 'record')} of {found.persons:,} people: precision "
        f"{found.precision:.3f}, recall {found.recall:.3f}, F1 {found.f1:.3f}; B-cubed {found.bcubed_precision:.3f}, "
        f"{found.bcubed_recall:.3f}, {found.bcubed_f1:.3f}. People who "
        f"share a profile with somebody else: {found.merged_persons:,}; in several profiles: {found.split_persons:,}."
    )


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "errors",
        help="which records are wrongly together or apart, against a truth, and why",
        description="Replay a history and compare it with a truth: pairs of records of different people in one "
        "profile, by what brought the people together, and pairs of one person in different profiles, by what these "
        "have in common; most pairs first, each with the command that explains it.",
    )
    parser.add_argument("history", nargs="+", metavar="HISTORY", help=HISTORY_HELP)
    parser.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    add_truth_options(parser, required=True)
    parser.add_argument("--show", type=count, default=10, metavar="N", help="causes of each kind (default 10)")
    parser.add_argument("--json", action="store_true", help="print JSON, with all of them")
    add_memory_option(parser)
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver errors``."""
    truth = truth_from(options)
    if truth is None:
        raise ValueError("--truth: that of the project is about another history; expected --truth FILE")
    replay = run_of(options, "errors")
    if replay.summary.applied_nothing:
        return status_of(options, replay.summary)
    found = pair_errors(replay, truth)
    if options.json:
        sys.stdout.write(json.dumps(with_rejected(found.to_json(), replay.summary), indent=2) + "\n")
    else:
        _show(found, options)
        say_rejected(replay.summary)
    return status_of(options, replay.summary)


def _show(found: PairErrors, options: argparse.Namespace) -> None:
    console = open_console()
    console.print(plain(figures_of(found.agreement)))
    title = f"{counted(found.wrong_pairs, 'wrong pair')}: different people in one profile, by what joined them"
    console.print(plain(f"\n{title}", "bold"))
    for wrong in found.wrong[: options.show]:
        lines = f" on {wrong.lines:,} lines" if wrong.lines > 1 else ""
        _entry(console, wrong.pairs, f"{_what_matched(wrong)}{lines}", wrong.example, options)
    _rest(console, len(found.wrong), options.show)
    title = f"{counted(found.missed_pairs, 'missed pair')}: one person in several profiles, by what these share"
    console.print(plain(f"\n{title}", "bold"))
    for missed in found.missed[: options.show]:
        people = "1 person" if missed.persons == 1 else f"{missed.persons:,} people"
        _entry(console, missed.pairs, f"{_in_common(missed)}; {people}", missed.example, options)
    _rest(console, len(found.missed), options.show)
    paragraphs(found.truth.notes())


def _what_matched(wrong: WrongPairs) -> str:
    if wrong.rule == NAMED:
        return "a command that names the profile"
    values = " and ".join(f"{id_type} {displayed(value)!r}" for id_type, value in wrong.identifiers)
    return f"collision on {values}" if wrong.rule == COLLISION else f"rule {wrong.rule!r} on {values}"


def _in_common(missed: MissedPairs) -> str:
    return f"the same {' and '.join(missed.id_types)}" if missed.id_types else "nothing"


def _entry(console: Console, pairs: int, said: str, example: tuple[str, str], options: argparse.Namespace) -> None:
    console.print(plain(f"  {pairs:>9,}  {said}"))
    typed = command("explain", options, *example)
    if typed is not None:
        console.print(plain(f"             {typed}", "dim"), soft_wrap=True)


def _rest(console: Console, number: int, shown: int) -> None:
    if number > shown:
        console.print(plain(f"  ... and {number - shown:,} more; --show N, or --json for all of them"))
    elif not number:
        console.print(plain("  none"))
