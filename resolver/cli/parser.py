"""The arguments of every command."""

import argparse
from pathlib import Path
from typing import NoReturn

from phonenumbers import SUPPORTED_REGIONS

from resolver.cli.commands import run_compare, run_generate, run_replay, run_settings
from resolver.history import FORMATS
from resolver.names import Match, OnInvalid
from resolver.versions import __version__

_HISTORY_HELP = (
    "a history of identifiers: .jsonl, .csv, .tsv or .parquet, also .gz of the text formats; - is standard input"
)


def parser() -> argparse.ArgumentParser:
    """Give the parser of the whole command line."""
    top = _OneLineParser(
        prog="resolver",
        description="Which identifiers are one person, why, and what other rules would have done.",
    )
    top.add_argument("--version", action="version", version=f"resolver {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_replay(commands)
    _add_compare(commands)
    _add_generate(commands)
    _add_settings(commands)
    return top


class _OneLineParser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, like every other error."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


Commands = argparse._SubParsersAction  # argparse gives the type no public name


def _add_replay(commands: "Commands[_OneLineParser]") -> None:
    replay = commands.add_parser(
        "replay",
        help="replay a history under one settings document",
        description="Replay a history from an empty store, and print what became of it.",
    )
    replay.add_argument("history", metavar="HISTORY", help=_HISTORY_HELP)
    replay.add_argument("--settings", type=Path, metavar="FILE", help="a settings document (default: a new store's)")
    replay.add_argument(
        "--out",
        type=_directory,
        metavar="DIR",
        help="write assignments.csv, profiles.jsonl, facts.jsonl, rejected.jsonl and summary.json there",
    )
    _add_reading_options(replay)
    replay.set_defaults(run=run_replay)


def _add_compare(commands: "Commands[_OneLineParser]") -> None:
    compare = commands.add_parser(
        "compare",
        help="what-if: one history under two settings documents",
        description="Replay a history under two settings documents, and print which records are together under "
        "one and apart under the other, and why.",
    )
    compare.add_argument("history", metavar="HISTORY", help=_HISTORY_HELP)
    compare.add_argument("--baseline", type=Path, required=True, metavar="FILE", help="the settings as they are")
    compare.add_argument("--candidate", type=Path, required=True, metavar="FILE", help="the settings to be tried")
    compare.add_argument("--out", type=_directory, metavar="DIR", help="write comparison.json there")
    compare.add_argument(
        "--show", type=_count, default=5, metavar="N", help="changed groups of each kind to print (default 5)"
    )
    _add_reading_options(compare)
    compare.set_defaults(run=run_compare)


def _add_generate(commands: "Commands[_OneLineParser]") -> None:
    generate = commands.add_parser(
        "generate",
        help="make a synthetic history with its truth",
        description="Write a synthetic history, and FILE.truth.csv with the person behind every record: shared "
        "household phones, recycled numbers, typos, late events. The same seed gives the same bytes.",
    )
    generate.add_argument("--records", type=_count, default=1000, metavar="N", help="records (default 1000)")
    generate.add_argument("--seed", type=int, default=1, metavar="S", help="seed (default 1)")
    generate.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .jsonl or .jsonl.gz file")
    generate.set_defaults(run=run_generate)


def _add_settings(commands: "Commands[_OneLineParser]") -> None:
    settings = commands.add_parser(
        "settings",
        help="check a settings document, or print the defaults",
        description="Check a settings document and print it with every default written out; without one, print "
        "the settings of a new store.",
    )
    settings.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a settings document")
    settings.set_defaults(run=run_settings)


def _add_reading_options(command: argparse.ArgumentParser) -> None:
    reading = command.add_argument_group("reading options")
    reading.add_argument("--format", choices=FORMATS, help="the format, where the file name does not tell")
    reading.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="NAME=COLUMN[,COLUMN]",
        help="read ref, at or an idType from other columns; repeatable",
    )
    reading.add_argument("--tz", metavar="ZONE", help="the zone of times without an offset: Europe/Paris, +02:00")
    reading.add_argument("--at-unit", choices=("s", "ms"), default="ms", help="the unit of integer times (default ms)")
    reading.add_argument("--sort", action="store_true", help="order by time before replaying")
    reading.add_argument(
        "--on-invalid",
        choices=[str(choice) for choice in OnInvalid],
        help="what an unreadable identifier does (default drop)",
    )
    reading.add_argument(
        "--match", choices=[str(choice) for choice in Match], help="rules that may match (default all)"
    )
    reading.add_argument(
        "--region", type=_region, metavar="RR", help="region of phones without country code (default US)"
    )
    reading.add_argument(
        "--max-rejected", type=_count, metavar="N", help="exit with status 1 if more lines are rejected"
    )


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a whole number, 0 or more")
    return value


def _directory(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("an empty name is not right; expected a directory")
    return Path(text)


def _region(text: str) -> str:
    if text not in SUPPORTED_REGIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a two-letter region code such as 'US'")
    return text
