"""``resolver suspects``: values that came with many different others, and what blocking them would do."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from resolver.atomic_files import atomic_files
from resolver.cli.reading import (
    HISTORY_HELP,
    add_reading_options,
    count_from_one,
    engine_options_from,
    file,
    history_from,
    settings_from,
)
from resolver.cli.show import DONE, line, open_console, plain
from resolver.cli.typed import command
from resolver.display import displayed, quoted
from resolver.policies import Policies
from resolver.project import Project
from resolver.settings import Settings
from resolver.simulate.settings_documents import settings_to_json
from resolver.simulate.suspects import MOST, Suspects, suspects


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "suspects",
        help="values that many different people seem to share: what might be blocked",
        description="List the values that came with most different values of another type in one command: "
        "switchboards, shared mailboxes, placeholders. This blocks nothing. --write-settings writes settings that "
        "block the first N, and the command that compares both is printed.",
    )
    parser.add_argument("history", nargs="+", metavar="HISTORY", help=HISTORY_HELP)
    parser.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    parser.add_argument(
        "--top", type=count_from_one, default=10, metavar="N", help="how many to print, and to block (default 10)"
    )
    parser.add_argument(
        "--alone", action="store_true", help="only values of types that prove a person alone: unique, with an own rule"
    )
    parser.add_argument(
        "--write-settings", type=file, metavar="FILE", help="write the settings there, with the first N blocked"
    )
    parser.add_argument(
        "--write-blocked", type=file, metavar="FILE", help="write only the list, as in options.policies"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver suspects``."""
    settings, engine_options = loaded = settings_from(options.settings)
    given = {**engine_options, **engine_options_from(options)}
    found = suspects(history_from(options, loaded), settings, most=max(options.top, MOST), alone=options.alone, **given)
    if options.json:
        document = {**found.to_json(), "blocked": [entry.to_json() for entry in found.blocked(options.top)]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        _show(found, options.top)
    blocked = (*settings.policies.blocked, *found.blocked(options.top))
    _write(options.write_blocked, [entry.to_json() for entry in found.blocked(options.top)])
    if options.write_settings is not None:
        _write(options.write_settings, settings_to_json(_with_blocked(settings, blocked), given))
    if not options.json and len(found):
        _show_what_next(found, options)
    return DONE


def _with_blocked(settings: Settings, blocked: Any) -> Settings:
    policies = settings.policies.to_json()
    entries = [entry.to_json() for entry in blocked]
    return settings.with_policies(Policies.from_json({**policies, "blocked": entries}))


def _write(target: Path | None, document: Any) -> None:
    if target is None:
        return
    with atomic_files(target.parent) as place:
        (place / target.name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    sys.stderr.write(f"resolver: written to {quoted(str(target))}\n")


def _show(found: Suspects, top: int) -> None:
    console = open_console()
    if not len(found):
        line("no value came in the history that could be read")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("others", "of", "commands", "idType", "value", "list"):
        table.add_column(name, justify="right" if name in ("others", "commands") else "left")
    for each in found[:top]:
        of_type = plain(each.other_type or "-")
        lists = ", ".join(each.lists)
        numbers = f"{each.others:,}", of_type, f"{each.commands:,}"
        table.add_row(*numbers, plain(each.id_type), plain(repr(each.value)), lists)
    console.print(table)
    shown, idle = min(top, len(found)), _never_alone(found, top)
    line(f"{shown:,} of {found.total:,} values: so many different values of another type came with each in one command")
    if idle:
        types = " and ".join(map(displayed, idle))
        line(f"{types}: such a value joins nobody alone, so blocking it parts few; --alone leaves it out")


def _never_alone(found: Suspects, top: int) -> list[str]:
    """Return the idTypes among the first suspects whose values join nobody alone."""
    return [each for each in found.never_alone if any(each == value.id_type for value in found[:top])]


def _show_what_next(found: Suspects, options: argparse.Namespace) -> None:
    """Print the commands that write the settings and compare: they run as they are."""
    tomorrow = "blocked.json" if options.write_settings is None else str(options.write_settings)
    today = str(options.settings) if isinstance(options.settings, Path) else "settings.json"
    compare = command("compare", argparse.Namespace(**{**vars(options), "settings": None}))
    again = command("suspects", options)
    if compare is None or again is None:
        return
    project: Project | None = getattr(options, "in_project", None)
    is_project = project is not None and project.settings is not None and options.settings is project.settings
    printed = [] if is_project or isinstance(options.settings, Path) else [f"resolver settings > {today}"]
    if options.write_settings is None:
        alone = " --alone" if options.alone or _never_alone(found, options.top) else ""
        printed.append(f"{again} --top {options.top}{alone} --write-settings {tomorrow}")
    baseline = "" if is_project else f" --baseline {quoted(today)}"
    printed.append(f"{compare}{baseline} --candidate {quoted(tomorrow)}")
    console = open_console()
    console.print(plain(f"\nNothing is blocked by it. With and without the first {options.top}:"))
    for each in printed:
        console.print(Text(f"    {each}", "dim"), soft_wrap=True)
