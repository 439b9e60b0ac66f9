"""``resolver health``: what in a run deserves a look, with the command that shows more."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.table import Table
from rich.text import Text

from resolver.atomic_files import atomic_files, check_targets
from resolver.cli.output import add_masking_options, add_open_option, check_open, mask_of, open_report, write_document
from resolver.cli.provenance import add_date_option, provenance_of
from resolver.cli.reading import (
    HISTORY_HELP,
    add_memory_option,
    add_reading_options,
    count,
    directory,
    file,
    files_of,
)
from resolver.cli.saved_runs import run_of
from resolver.cli.show import DONE, open_console, plain, rejected, say_rejected, status_of, with_rejected, written
from resolver.cli.typed import STANDARD_INPUT, command
from resolver.display import counted
from resolver.report import health_report
from resolver.report.health import headline
from resolver.report.masking import masked_health, without_example
from resolver.simulate.health import Health, Joint, health, health_of_files, summary_of_files
from resolver.simulate.health.joints import MOST_LINES
from resolver.simulate.saved_format import is_saved_run

_BAR = 30
_WIDTH = 96
PAGE = "health.html"
FILES = ("health.json", PAGE)


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "health",
        help="sizes, what merges most, and values that alone hold a profile together",
        description="Replay a history and print what to check: how large profiles are, which idTypes and values "
        "merge most, and which values alone hold a profile together, with the lines and the command that shows more. "
        "It also reads a directory that resolver replay --out wrote; joints are then unknown.",
    )
    parser.add_argument("history", nargs="+", metavar="HISTORY|DIR", help=f"{HISTORY_HELP}; or what replay --out wrote")
    parser.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    parser.add_argument("--show", type=count, default=10, metavar="N", help="findings of each kind (default 10)")
    parser.add_argument(
        "--replay-lines",
        type=count,
        default=MOST_LINES,
        metavar="N",
        help="under compound rules and fuzzy types: lines to replay to find the values without which a profile falls "
        f"apart (default {MOST_LINES})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--out", type=directory, metavar="DIR", help="write health.json and health.html there")
    add_open_option(parser)
    add_date_option(parser)
    add_masking_options(parser)
    add_memory_option(parser)
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver health``."""
    check_open(options)
    mask = mask_of(options)
    if options.out is not None:
        check_targets(options.out, FILES)
    first = options.history[0]
    if Path(first).is_dir() and not options.history[1:] and not is_saved_run(first):
        found, totals = health_of_files(first, most=options.show), summary_of_files(first)
    else:
        run = run_of(options, "health")
        found, totals = health(run, most=options.show, replay_lines=options.replay_lines), run.summary
    if mask is not None:
        found, totals = masked_health(found, mask), None if totals is None else without_example(totals)
    commands = _Commands(options, is_masked=mask is not None, knows_lines=found.joints is not None)
    document = found.to_json() if totals is None else with_rejected(found.to_json(), totals)
    if options.out is not None:
        _write(found, document, [] if totals is None else rejected(totals, with_hint=True), options, commands)
        open_report(options, PAGE)
    if options.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        _Page(found, options, commands).show()
        if totals is not None:
            say_rejected(totals)
        if options.out is not None:
            written(options.out, PAGE)
    return DONE if totals is None else status_of(options, totals)


class _Commands:
    """The commands that show more of a finding; None where there is none.

    A masked value cannot be named in a command, nor a masked ref; a query may have values in it. The files of a replay
    are no history.
    """

    def __init__(self, options: argparse.Namespace, *, is_masked: bool, knows_lines: bool) -> None:
        self.is_masked = is_masked
        self._options = options
        self._knows_refs = knows_lines and not options.mask_refs and not (is_masked and options.query)
        self._knows_values = knows_lines and not is_masked

    def explain(self, *refs: str) -> str | None:
        """The command that explains some refs."""
        return command("explain", self._options, *refs) if self._knows_refs else None

    def without(self, id_type: str, value: object) -> str | None:
        """The command that replays without a value."""
        return command("replay", self._options, without=(id_type, str(value))) if self._knows_values else None


def _write(
    found: Health, document: dict[str, Any], notes: Sequence[str], options: argparse.Namespace, commands: _Commands
) -> None:
    """Write the report as JSON and as a page."""
    page = health_report(
        found,
        notes=notes,
        provenance=provenance_of(options, is_masked=commands.is_masked),
        explain=commands.explain,
        without=commands.without,
    )
    with atomic_files(options.out) as place:
        write_document(place / FILES[0], document)
        (place / PAGE).write_text(page, encoding="utf-8", newline="")


class _Page:
    def __init__(self, found: Health, options: argparse.Namespace, commands: _Commands) -> None:
        self._found = found
        self._options = options
        self._commands = commands
        self._console = open_console()
        self._printed: set[str] = set()

    def show(self) -> None:
        found = self._found
        self._say(headline(found))
        self._histogram("records per profile", found.records_per_profile)
        self._histogram("identifiers per profile", found.identifiers_per_profile)
        self._types()
        self._largest()
        self._shared()
        self._merging()
        self._joints()
        if STANDARD_INPUT in files_of(self._options):
            self._say("\nA history in a file, not on standard input, has the commands that show more printed with it.")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(plain(text, style))

    def _command(self, command: str | None) -> None:
        """Print a command where it is asked for first, in one line on a narrow terminal too: a line end breaks it."""
        if command is not None and command not in self._printed:
            self._printed.add(command)
            self._console.print(Text(f"    {command}", "dim"), soft_wrap=True)

    def _title(self, text: str) -> None:
        self._say(f"\n{text}", "bold")

    def _histogram(self, title: str, counts: dict[int, int]) -> None:
        self._title(title)
        rows = ranges(counts)
        most = max((number for _, number in rows), default=1)
        for label, number in rows:
            self._say(f"  {label:>9}  {number:>9,}  {'#' * max(1, round(_BAR * number / most))}")
        if not rows:
            self._say("  none")

    def _types(self) -> None:
        self._title("what merged profiles, by idType")
        table = Table(box=None, pad_edge=False)
        for name in ("  idType", "unique", "merges", "profiles merged away", "most values in a profile"):
            table.add_column(name, justify="left" if name in ("  idType", "unique") else "right")
        for each in self._found.collapses:
            most = max(self._found.values_per_type.get(each.id_type, {0: 0}))
            unique = "yes" if each.is_unique else "no"
            table.add_row(plain(f"  {each.id_type}"), unique, f"{each.merges:,}", f"{each.absorbed:,}", f"{most:,}")
        self._console.print(table)

    def _largest(self) -> None:
        found = self._found
        self._title(f"largest profiles{_of(len(found.largest), found.profiles)}")
        for each in found.largest:
            more = f" and {each.records - len(each.refs):,} more" if each.records > len(each.refs) else ""
            size = f"{counted(each.records, 'record')}, {counted(each.identifiers, 'identifier')}"
            self._say(f"  {size}{': ' if each.refs else ''}{', '.join(each.refs)}{more}")
            for value in each.values:
                self._say(f"    {value.id_type} {value.value!r} on {value.records:,} of them")
            if each.refs:
                self._command(self._commands.explain(each.refs[0]))
        if not found.largest:
            self._say("  none")

    def _shared(self) -> None:
        found = self._found
        if found.shared_values is None:
            return
        self._title(f"values on most records{_of(len(found.shared_values), found.shared_value_count)}")
        for each in found.shared_values:
            several = f" in {each.profiles:,} profiles" if each.profiles > 1 else ""
            more = f" and {each.records - len(each.refs):,} more" if each.records > len(each.refs) else ""
            records = f"{each.records:,} records{several}: {', '.join(each.refs)}{more}"
            self._say(f"  {each.id_type} {each.value!r} on {records}")
            if each.others:
                counts = ", ".join(f"{number:,} of {id_type}" for id_type, number in each.others.items())
                self._say(f"    different values of these records: {counts}")
            self._command(self._commands.without(each.id_type, each.value))
        if not found.shared_values:
            self._say("  none")

    def _merging(self) -> None:
        found = self._found
        self._title(f"values that merged most profiles{_of(len(found.merging_values), found.merging_value_count)}")
        for each in found.merging_values:
            lines = f"line{'' if each.merges == 1 else 's'} {', '.join(map(str, each.lines))}"
            more = ", ..." if each.merges > len(each.lines) else ""
            merged = counted(each.absorbed, "profile")
            self._say(f"  {each.id_type} {each.value!r}: {merged} merged away, at {lines}{more}")
            self._command(self._commands.without(each.id_type, each.value))
        if not found.merging_values:
            self._say("  none")

    def _joints(self) -> None:
        found = self._found
        if found.joints is None or found.bridges is None:
            self._title("values that alone hold a profile together")
            self._say("  not known from these files, which do not have what every line presented;")
            self._say("  resolver health HISTORY tells it")
            return
        self._title(f"values without which a profile falls apart{_of(len(found.joints), found.joint_count)}")
        for line in wrap(found.how_joints_were_found, _WIDTH):
            self._say(f"  {line}")
        for joint in found.joints:
            self._joint(joint)
        if not found.joints:
            self._say("  none" if found.looked_for_all else "  none found")
        self._title(
            f"bridges: the only link between two groups of records{_of(len(found.bridges), found.bridge_count)}"
        )
        for joint in found.bridges:
            if joint in found.joints:
                self._say(
                    f"  {joint.id_type} {joint.value!r}: {joint.sizes[0]:,} and {joint.second:,} lines; see above"
                )
            else:
                self._joint(joint)
        if not found.bridges:
            self._say("  none" if found.looked_for_all else "  none found; see above")

    def _joint(self, joint: Joint) -> None:
        sizes = ", ".join(f"{size:,}" for size in joint.sizes[:6]) + (", ..." if len(joint.sizes) > 6 else "")
        self._say(f"  {joint.id_type} {joint.value!r} frees {counted(joint.freed, 'profile')}; pieces of {sizes} lines")
        for ref, lines in zip(joint.refs[:2], joint.evidence[:2], strict=True):
            self._say(f"    {ref}: line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}")
        self._command(self._commands.explain(*joint.refs[:2]))
        self._command(self._commands.without(joint.id_type, joint.value))


def ranges(counts: dict[int, int]) -> list[tuple[str, int]]:
    """Return a histogram in few rows: 0 to 5 one by one, then doubling ranges; empty ones are left out.

    >>> ranges({1: 7, 6: 1, 9: 2, 100: 1})
    [('1', 7), ('6-10', 3), ('81-160', 1)]
    """
    rows: dict[str, int] = {}
    for size, number in sorted(counts.items()):
        low, high = size, size
        if size > 5:
            low, high = 6, 10
            while size > high:
                low, high = high + 1, high * 2
        label = str(low) if low == high else f"{low}-{high}"
        rows[label] = rows.get(label, 0) + number
    return list(rows.items())


def _of(shown: int, total: int) -> str:
    return f" ({shown:,} of {total:,})" if shown < total else ""
