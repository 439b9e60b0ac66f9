"""``resolver order``: which records' groups depend on the order of arrival."""

import argparse
import json
import sys
from typing import Any

from resolver.cli.progress import shown_steps
from resolver.cli.reading import (
    HISTORY_HELP,
    add_reading_options,
    count,
    engine_options_from,
    file,
    history_from,
    replayed,
    settings_from,
)
from resolver.cli.show import DONE, open_console, plain, say_rejected, status_of, with_rejected
from resolver.display import counted, listed
from resolver.simulate.order import INSTANT, Dependence, Grouping, order

_REFS_SHOWN = 8


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "order",
        help="which records' groups depend on the order of arrival",
        description="Replay seeded permutations of a history, of lines of the same instant and full shuffles, and "
        "print which records end in other groups, each with one small change of the order that shows it.",
    )
    parser.add_argument("history", nargs="+", metavar="HISTORY", help=HISTORY_HELP)
    parser.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    parser.add_argument(
        "--permutations", type=_permutations, default=20, metavar="N", help="permutations of each kind (default 20)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed (default 1)")
    parser.add_argument("--show", type=count, default=10, metavar="N", help="findings to print (default 10)")
    parser.add_argument("--json", action="store_true", help="print JSON, with all findings")
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver order``."""
    settings, engine_options = loaded = settings_from(options.settings)
    history = history_from(options, loaded)
    given = {**engine_options, **engine_options_from(options)}
    with shown_steps("order", "permutations") as progress:
        found = order(
            history, settings, permutations=options.permutations, seed=options.seed, progress=progress, **given
        )
    run = replayed(history, loaded, options, "order") if found.rejected else None  # which says why
    if options.json:
        document = found.to_json() if run is None else with_rejected(found.to_json(), run.summary)
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        _show(found, options.show)
        if run is not None:
            say_rejected(run.summary)
    return DONE if run is None else status_of(options, run.summary)


def _permutations(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a whole number, 1 or more")
    return int(text)


def _show(found: Dependence, most: int) -> None:
    console = open_console()
    if found.records < 2:
        lines, records = counted(found.lines, "line"), counted(found.records, "record")
        console.print(f"{lines}, {records} in a profile: there is nothing to permute")
        return
    tried = f"{counted(found.full_permutations, 'full shuffle')}, each line with its own time"
    if found.instant_permutations:
        tried = f"{counted(found.instant_permutations, 'permutation')} of lines of the same instant and {tried}"
    else:
        console.print("no two neighbouring lines are of the same instant, so only full shuffles were tried")
    if not found.findings:
        console.print(plain(f"no dependence on the order found in {tried} (seed {found.seed}); others may show one"))
        return
    findings = counted(len(found.findings), "finding")
    verb = "ends" if len(found.refs) == 1 else "end"
    console.print(
        plain(
            f"{len(found.refs):,} of {found.records:,} records {verb} in other groups, {findings}, "
            f"in {tried} (seed {found.seed})"
        )
    )
    for number, finding in enumerate(found.findings[:most], 1):
        kind = "lines of the same instant" if finding.kind == INSTANT else "a full shuffle"
        console.print(plain(f"\n{number}. {finding.witness.text}", "bold"))
        console.print(plain(f"   in the file:  {_groups(finding.before, finding.after)}"))
        console.print(plain(f"   in this order: {_groups(finding.after, finding.before)}"))
        told = counted(finding.permutations, "permutation")
        refs = f"; records concerned in all of them: {len(finding.refs):,}" if len(finding.refs) > 1 else ""
        console.print(plain(f"   first seen in {kind}; {told} changed these groups{refs}"))
    if len(found.findings) > most:
        console.print(plain(f"\n... and {len(found.findings) - most:,} more; --show N prints them, --json all"))


def _groups(parts: Grouping, others: Grouping) -> str:
    """Return the groups of one order; the records that only the other order has in a group are in no profile here."""
    grouped = {ref for part in parts for ref in part}
    alone = tuple(ref for part in others for ref in part if ref not in grouped)
    told = [listed(part, _REFS_SHOWN) for part in parts] + (
        [f"in no profile: {listed(alone, _REFS_SHOWN)}"] if alone else []
    )
    return " | ".join(told)
