"""``resolver init``: look at a file, propose how it is read and what proves a person, write ``resolver.toml``."""

import argparse
import sys
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import attrs
from rich.prompt import Confirm, Prompt
from rich.table import Table

from resolver.atomic_files import atomic_files
from resolver.cli.reading import file, region
from resolver.cli.show import open_console, plain
from resolver.display import and_listed, counted, displayed, quoted
from resolver.project import PROJECT_FILE, Proposal, proposal_for, sample_of, toml_of
from resolver.project.sample import MOST, Sample

_SHOWN = 40
"""Columns that are listed at most."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "init",
        help="look at a file of records and write resolver.toml, so that every command runs without options",
        description="Look at the columns of a file of records: names, values, how often they repeat. Propose which is "
        "the ref, which the time, which are identifiers and which of these prove a person, and write resolver.toml. "
        "A second file may be the truth about the records, or more of them. On a terminal it asks before it writes.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a .csv, .tsv, .jsonl or .parquet file, also .gz")
    parser.add_argument("--yes", action="store_true", help="ask nothing, and take what is proposed")
    parser.add_argument("--region", type=region, metavar="RR", help="region of phones without country code")
    parser.add_argument(
        "--with-address", action="store_true", help="read street and postal code too, as proof together with names"
    )
    parser.add_argument(
        "--project", type=file, default=Path(PROJECT_FILE), metavar="FILE", help=f"what is written ({PROJECT_FILE})"
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing project file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver init``."""
    target: Path = options.project
    if target.exists() and not options.force:
        raise ValueError(f"{target}: it is there already; --force writes over it, --project names another")
    samples = [sample_of(each) for each in options.files]
    proposal = proposal_for(samples, region=options.region)
    if options.with_address:
        if not proposal.address:
            raise ValueError(
                "--with-address: there are no columns of an address beside those of names; expected a street, or a "
                "postal code, and names"
            )
        proposal = proposal.with_address()
    _show_columns(samples[0], proposal)
    _show_doubts(proposal)
    if not options.yes and sys.stdin.isatty() and sys.stdout.isatty():
        try:
            proposal = asked(proposal)
        except (KeyboardInterrupt, EOFError):
            open_console().print(plain(f"\nstopped: {target} is not written"))
            raise KeyboardInterrupt from None
    with atomic_files(target.parent) as place:
        (place / target.name).write_text(toml_of(proposal, target), encoding="utf-8")
    _show_next(proposal, target)
    return 0


def _show_columns(sample: Sample, proposal: Proposal) -> None:
    """Show what each column was taken for."""
    console = open_console()
    rows = f"the first {MOST:,} rows" if sample.has_more else counted(sample.rows, "row")
    console.print(plain(f"{sample.file}: {rows}, {counted(len(sample.columns), 'column')}"))
    console.print()
    serves = {column.partition("[")[0]: name for name, columns in proposal.map.items() for column in columns}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("column", "is read as", "filled", "different", "for example"):
        table.add_column(name, justify="right" if name in ("filled", "different") else "left", overflow="ellipsis")
    read = [each for each in proposal.columns if each.name in serves or sample.is_own_form]
    others = [each.name for each in proposal.columns if each not in read]
    for column in read[:_SHOWN]:
        share = f"{column.filled / sample.rows:.0%}"
        name = serves.get(column.name, column.name)
        cells = (plain(column.name), plain(name), share, f"{column.distinct:,}", plain(column.example))
        table.add_row(*cells)
    console.print(table)
    if others:
        console.print(plain(f"\nnot read: {', '.join(map(displayed, others))}"))
    if proposal.truth is not None:
        ref, person = " and ".join(proposal.truth.ref), proposal.truth.person
        console.print(plain(f"\n{proposal.truth.file} is the truth: {person} is the person behind {ref}"))
    _show_rules(proposal)


def _show_rules(proposal: Proposal) -> None:
    rules = ", ".join(proposal.settings.matching_rules)
    open_console().print(plain(f"\nTwo records are one person if they share: {rules}"))


def _show_doubts(proposal: Proposal) -> None:
    console = open_console()
    doubts = [
        *proposal.doubts,
        *(
            f"{each.column}: {each.value!r} stands in {each.rows:,} rows of different people"
            for each in proposal.suspects
        ),
    ]
    if doubts:
        console.print(plain("\nNot sure:", "bold"))
    for doubt in doubts:
        console.print(plain(f"- {doubt}"))


def _show_next(proposal: Proposal, target: Path) -> None:
    console = open_console()
    named = "" if target == Path(PROJECT_FILE) else f" --project {quoted(str(target))}"
    console.print(plain(f"\nwritten: {target}. Commands take the rest from there:"))
    commands = [f"resolver replay{named}", f"resolver health{named}"]
    commands += [
        f"resolver replay{named} --without {quoted(f'{each.id_type}={each.value}')}" for each in proposal.suspects[:1]
    ]
    if proposal.truth is not None:
        commands += [f"resolver errors{named}", f"resolver sweep{named} --best f1 --write-settings candidate.json"]
    elif proposal.suspects:
        most = len(proposal.suspects)
        commands.append(f"resolver suspects{named} --alone --top {most} --write-settings candidate.json")
    else:
        commands.append(f"resolver settings{named} > candidate.json")
    commands.append(f"resolver compare{named} --candidate candidate.json")
    for command in commands:
        console.print(plain(f"    {command}"), soft_wrap=True)


def asked(proposal: Proposal) -> Proposal:
    """Return the proposal as the person at the terminal wants it."""
    console = open_console()
    names = [column.name for column in proposal.columns]
    mapped, chosen = dict(proposal.map), proposal
    if mapped:
        console.print(plain("\nReturn takes the answer in parentheses; Ctrl-C stops, and nothing is written."))
        for name, what in _QUESTIONS:
            columns = _column(what, mapped.get(name, ()), names)
            mapped.pop(name, None)
            if columns:
                mapped[name] = columns
        mapped, chosen = _types(proposal, mapped)
        chosen = _with_address(attrs.evolve(chosen, map=mapped), declined={*proposal.map} - {*mapped})
        mapped = dict(chosen.map)
    answer = proposal.region
    if answer is not None:
        answer = _region(answer)
    sort = proposal.sort
    if proposal.late and "at" in (mapped or ("at",)):
        sort = Confirm.ask("Replay the rows in the order of their times?", default=sort, console=console)
    if chosen.settings.matching_rules != proposal.settings.matching_rules:
        _show_rules(chosen)
    return attrs.evolve(chosen, map=mapped, region=answer, sort=sort and "at" in (mapped or ("at",)))


_QUESTIONS = (
    ("ref", "Column that names a record, its ref (- for none)"),
    ("at", "Column of the time of a record (- for none)"),
)


def _types(proposal: Proposal, mapped: Mapping[str, Sequence[str]]) -> tuple[dict[str, tuple[str, ...]], Proposal]:
    """Return the columns that are read, and the proposal with their types; asks again where no rule would be left."""
    console = open_console()
    while True:
        kept = {}
        for name, columns in mapped.items():
            question = f"Read {displayed(' and '.join(columns))} as {displayed(name)}?"
            if name in ("ref", "at") or Confirm.ask(question, default=True, console=console):
                kept[name] = tuple(columns)
        try:
            return kept, proposal.with_types([*kept])
        except ValueError as error:
            console.print(plain(str(error)))


def _with_address(chosen: Proposal, declined: Set[str]) -> Proposal:
    """Return the proposal with the address, where somebody wants it; it is not asked about names that are not read."""
    if not chosen.address or declined & {"first_name", "last_name", "full_name"}:
        return chosen
    question = f"Are the same names with the same {and_listed([each.name for each in chosen.address])} one person?"
    return chosen.with_address() if Confirm.ask(displayed(question), default=False, console=open_console()) else chosen


def _column(what: str, proposed: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    shown = ",".join(proposed) or "-"
    while True:
        answer = Prompt.ask(what, default=shown, console=open_console())
        if answer == shown:
            return tuple(proposed)
        if answer == "-":
            return ()
        if answer in names:
            return (answer,)
        open_console().print(plain(f"{answer!r} is not a column; expected one of {', '.join(names)}"))


def _region(proposed: str) -> str:
    question = "Region of phone numbers without a country code"
    while True:
        answer = Prompt.ask(question, default=proposed, console=open_console())
        try:
            return region(answer)
        except argparse.ArgumentTypeError as error:
            open_console().print(plain(str(error)))
