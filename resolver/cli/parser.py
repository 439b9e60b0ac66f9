"""The arguments of every command."""

import argparse

from resolver.cli import completion, graph, health, init, order, serve, spark, state, studio, suspects, sweep, truth
from resolver.cli.arguments import Parser, add_examples, print_help
from resolver.cli.commands import run_compare, run_generate, run_replay, run_settings
from resolver.cli.explain import add_explain, add_without
from resolver.cli.output import add_masking_options, add_open_option
from resolver.cli.project import add_project_options, take_project
from resolver.cli.provenance import add_date_option
from resolver.cli.reading import HISTORY_HELP, add_memory_option, add_reading_options, count, directory, file
from resolver.cli.saved_runs import add_save_option
from resolver.project import Project
from resolver.simulate.settings_documents import PRESETS
from resolver.versions import __version__


def parser(project: Project | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; what a project says are the defaults of its options."""
    top = Parser(
        prog="resolver",
        description="Which identifiers are one person, why, and what other rules would have done.",
    )
    top.add_argument("--version", action="version", version=f"resolver {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    top.set_defaults(run=lambda _: print_help(top))
    init.add_parser(commands)
    _add_replay(commands)
    _add_compare(commands)
    add_explain(commands)
    _add_generate(commands)
    _add_settings(commands)
    sweep.add_parser(commands)
    truth.add_parser(commands)
    order.add_parser(commands)
    health.add_parser(commands)
    suspects.add_parser(commands)
    graph.add_parser(commands)
    spark.add_parser(commands)
    serve.add_parser(commands)
    state.add_parser(commands)
    studio.add_parser(commands)
    completion.add_parser(commands, top)
    for name, command in commands.choices.items():
        add_examples(command, name)
    add_examples(top)
    if project is not None:
        for name, command in commands.choices.items():
            take_project(command, name, project)
    return top


Commands = argparse._SubParsersAction  # argparse gives the type no public name


def _add_replay(commands: "Commands[Parser]") -> None:
    replay = commands.add_parser(
        "replay",
        help="replay a history under one settings document",
        description="Replay a history from an empty store, and print the totals.",
    )
    replay.add_argument("history", nargs="+", metavar="HISTORY", help=HISTORY_HELP)
    replay.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    replay.add_argument(
        "--out",
        type=directory,
        metavar="DIR",
        help="write assignments.csv, profiles.jsonl, facts.jsonl, rejected.jsonl and summary.json there",
    )
    add_save_option(replay)
    truth.add_truth_options(replay)
    add_without(replay)
    replay.add_argument("--json", action="store_true", help="print JSON: the contents of summary.json")
    replay.add_argument(
        "--show", type=count, default=5, metavar="N", help="with --without: changed groups to print (default 5)"
    )
    add_memory_option(replay)
    add_reading_options(replay)
    replay.set_defaults(run=run_replay)


def _add_compare(commands: "Commands[Parser]") -> None:
    compare = commands.add_parser(
        "compare",
        help="what-if: one history under two settings documents",
        description="Replay a history under two settings documents, or take two saved runs of it (resolver replay "
        "--save), and print which records are together under one and apart under the other, and why.",
    )
    compare.add_argument("history", nargs="+", metavar="HISTORY", help=f"{HISTORY_HELP}; or two saved runs")
    compare.add_argument("--baseline", type=file, metavar="FILE", help="the current settings")
    compare.add_argument("--candidate", type=file, metavar="FILE", help="the settings to compare with")
    compare.add_argument("--out", type=directory, metavar="DIR", help="write comparison.json and report.html there")
    compare.add_argument(
        "--show", type=count, default=5, metavar="N", help="changed groups of each kind to print (default 5)"
    )
    compare.add_argument("--json", action="store_true", help="print JSON: the contents of comparison.json")
    add_open_option(compare)
    add_date_option(compare)
    truth.add_truth_options(compare)
    add_without(compare)
    add_masking_options(compare)
    add_memory_option(compare)
    add_reading_options(compare)
    compare.set_defaults(run=run_compare)


def _add_generate(commands: "Commands[Parser]") -> None:
    generate = commands.add_parser(
        "generate",
        help="make a synthetic history with its truth",
        description="Write a synthetic history, and FILE.truth.csv with the person behind every record: shared "
        "household phones, recycled numbers, typos, late events. The same seed gives the same bytes.",
    )
    generate.add_argument("--records", type=count, default=1000, metavar="N", help="records (default 1000)")
    generate.add_argument("--seed", type=int, default=1, metavar="S", help="seed (default 1)")
    generate.add_argument(
        "--out", type=file, required=True, metavar="FILE", help="a .jsonl, .ndjson or .json file, also .gz"
    )
    generate.set_defaults(run=run_generate)


def _add_settings(commands: "Commands[Parser]") -> None:
    settings = commands.add_parser(
        "settings",
        help="check a settings document, or print the defaults",
        description="Check a settings document and print it with every default written out; without one, print "
        "the settings of a new store.",
    )
    settings.add_argument("file", type=file, nargs="?", metavar="FILE", help="a settings document; - is standard input")
    settings.add_argument(
        "--preset", choices=PRESETS, help="print what stands for a vendor's documented semantics instead"
    )
    add_project_options(settings)
    settings.set_defaults(run=run_settings)
