"""``resolver graph``: the identity graph of one profile, or of all, as a file."""

import argparse
from pathlib import Path
from typing import Any

from resolver.atomic_files import atomic_files, check_targets
from resolver.cli import show
from resolver.cli.reading import (
    HISTORY_HELP,
    add_memory_option,
    add_reading_options,
    file,
)
from resolver.cli.saved_runs import run_of
from resolver.cli.show import say_rejected, status_of
from resolver.graph import identity_graph, write_graph
from resolver.graph.build import suffix_of


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "graph",
        help="the graph of a profile's records and identifiers, as a file",
        description="Replay a history and write the graph of one record's profile, or without REF of all: records, "
        "identifiers, profiles, and what every line did between them.",
    )
    parser.add_argument("history", metavar="HISTORY", help=f"{HISTORY_HELP} (with --also)")
    parser.add_argument("ref", nargs="?", metavar="REF", help="a record of the profile (default: all profiles)")
    parser.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    parser.add_argument("--out", type=file, required=True, metavar="FILE", help="a .graphml or .json file")
    add_memory_option(parser)
    add_reading_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do ``resolver graph``."""
    out: Path = options.out
    suffix_of(out)
    check_targets(out.parent, (out.name,))
    found = run_of(options, "graph")
    if found.summary.applied_nothing:
        return status_of(options, found.summary)
    try:
        graph = identity_graph(found, None if options.ref is None else f"ref:{options.ref.removeprefix('ref:')}")
    except LookupError as error:
        raise ValueError(str(error)) from None
    with atomic_files(out.parent) as place:
        write_graph(graph, place / out.name)
    show.line(f"{out}: {graph.number_of_nodes():,} nodes, {graph.number_of_edges():,} edges")
    say_rejected(found.summary)
    return status_of(options, found.summary)
