"""Reading: the options that every command with a HISTORY has, and what they give."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from phonenumbers import SUPPORTED_REGIONS

from resolver.cli.progress import shown_progress
from resolver.cli.project import add_project_options
from resolver.columns.numbered import Numbered
from resolver.display import quoted
from resolver.engine import Engine
from resolver.errors import InvalidSettings
from resolver.history import FORMATS, History, parse_map, read_history
from resolver.history.delimited import TAB
from resolver.history.reading import LONGEST
from resolver.memory import bytes_in
from resolver.names import Match, OnInvalid
from resolver.project import Project
from resolver.settings import Settings, json_document
from resolver.simulate import Run, replay
from resolver.simulate.saved_format import is_saved_run
from resolver.simulate.settings_documents import in_file, settings_in
from resolver.suggestions import did_you_mean

HISTORY_HELP = (
    "a history of identifiers: .jsonl, .csv, .tsv or .parquet, also .gz of the text formats; - is standard input; "
    "with --query a DuckDB or SQLite database; several files are read in their order"
)

_TYPED = (
    "format", "query", "separator", "delimiter", "encoding", "tz", "date_format", "on_invalid", "match", "region",
)  # fmt: skip
"""The options that are a text, or none."""

Loaded = tuple[Settings, dict[str, Any]]


def add_reading_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say how HISTORY is read, and how the engine takes it."""
    add_project_options(command)
    reading = command.add_argument_group("reading options")
    reading.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="FILE",
        help="a further file of the history, read after HISTORY; repeatable",
    )
    reading.add_argument("--format", choices=FORMATS, help="the format, if the file name does not show it")
    reading.add_argument(
        "--query",
        metavar="SQL",
        help="one SELECT whose rows are the history; HISTORY is then a DuckDB or SQLite file, which is only read",
    )
    reading.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="NAME=COLUMN[,COLUMN]",
        help="read ref, at or an idType from other columns, or other keys of flat JSON objects; repeatable; "
        "phone=PHONE[|] splits the cells of PHONE at |",
    )
    reading.add_argument(
        "--separator",
        type=separator,
        metavar="TEXT",
        help="the separator of several values in one cell (default: a cell is one value)",
    )
    reading.add_argument(
        "--delimiter",
        type=delimiter,
        metavar="CHAR",
        help="the separator of the cells of a CSV file, such as ';' or tab (default: a comma, or what sep= names)",
    )
    reading.add_argument("--encoding", metavar="NAME", help="the encoding of text: cp1252, utf-16 (default UTF-8)")
    reading.add_argument(
        "--max-line",
        type=count_from_one,
        default=LONGEST,
        metavar="BYTES",
        help=f"reject lines that are longer (default {LONGEST})",
    )
    reading.add_argument("--tz", metavar="ZONE", help="the zone of times without an offset: Europe/Paris, +02:00")
    reading.add_argument("--at-unit", choices=("s", "ms"), default="ms", help="the unit of integer times (default ms)")
    reading.add_argument(
        "--date-format",
        metavar="FORMAT",
        help="the format of times written as text, in the codes of strptime: %%d/%%m/%%Y %%H:%%M",
    )
    reading.add_argument("--sort", action="store_true", help="order by time before replaying")
    reading.add_argument(
        "--on-invalid",
        choices=[str(choice) for choice in OnInvalid],
        help="what to do with an unreadable identifier (default drop)",
    )
    reading.add_argument(
        "--match", choices=[str(choice) for choice in Match], help="rules that may match (default all)"
    )
    reading.add_argument(
        "--region", type=region, metavar="RR", help="region of phones without country code (default US)"
    )
    reading.add_argument(
        "--max-rejected", type=count, metavar="N", help="exit with status 1 if more lines are rejected"
    )


def add_memory_option(command: argparse.ArgumentParser) -> None:
    """Add ``--memory`` to a command that replays a history as a whole."""
    command.add_argument(
        "--memory",
        type=memory_size,
        metavar="SIZE",
        help="put the columns of a run that take more than this, such as 2GB, into a temporary folder "
        "(default: one part in four of what there may be)",
    )


def reading_options_of(options: argparse.Namespace, also: Sequence[str] | None = None) -> str:
    """Return the reading options as they are typed, for a command that shall read HISTORY in the same way.

    *also* are the files after HISTORY, if not all of them are to be named. What a project says is left out: it says
    it to that command too.
    """
    project: Project | None = getattr(options, "in_project", None)
    usual = {} if project is None else project.options
    given = [("also", file) for file in (files_of(options)[1:] if also is None else also)]
    given += [("map", text) for text in (options.map if project is None else options.typed.map)]
    for name in _TYPED:
        key = name.replace("_", "-")
        if (value := getattr(options, name)) is not None and value != usual.get(key):
            given.append((key, "tab" if value == TAB and name == "delimiter" else value))
    given += [("max-line", str(options.max_line))] if options.max_line != usual.get("max-line", LONGEST) else []
    given += [("at-unit", options.at_unit)] if options.at_unit != usual.get("at-unit", "ms") else []
    words = [word for name, value in given for word in typed_option(f"--{name}", value)]
    words += ["--sort"] if options.sort and not usual.get("sort") else []
    return "".join(f" {quoted(word)}" for word in words)


def typed_option(name: str, value: str) -> list[str]:
    """Return the words of an option with its value: one word where the value would be taken for an option."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def files_of(options: argparse.Namespace) -> list[str]:
    """Return the files of the history in their order."""
    first = options.history
    return [*(first if isinstance(first, list) else [first]), *options.also]


def count(text: str, least: int = 0) -> int:
    """Read a whole number from 0, or from the *least* that is right."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a whole number, {least} or more")
    return value


def count_from_one(text: str) -> int:
    """Read a whole number from 1."""
    return count(text, least=1)


def memory_size(text: str) -> int:
    """Read a number of bytes with its unit; 0 needs none."""
    try:
        return 0 if text == "0" else bytes_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def file(text: str) -> Path:
    """Read the name of a file."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name is not right; expected a file")
    return Path(text)


def directory(text: str) -> Path:
    """Read the name of a directory."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name is not right; expected a directory")
    return Path(text)


def separator(text: str) -> str:
    """Read what separates values in a cell."""
    if not text:
        raise argparse.ArgumentTypeError("an empty text is not right; expected the separator of two values")
    return text


def delimiter(text: str) -> str:
    """Read what separates the cells of a row; a tab has a name."""
    return TAB if text.lower() in ("tab", r"\t") else text


def region(text: str) -> str:
    """Read a region code."""
    code = text.upper()
    if code not in SUPPORTED_REGIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is not right; expected a two-letter region code such as 'US'")
    return code


def settings_from(file: Path | Loaded | None) -> Loaded:
    """Read a settings file, the defaults where none is given; whatever is wrong names the file.

    Settings that stand in a project file were read with it.
    """
    if file is None:
        return Settings.defaults(), {}
    if isinstance(file, tuple):
        return file
    return _checked(str(file), file.read_bytes())


def settings_from_standard_input() -> Loaded:
    """Read a settings document from standard input; whatever is wrong names it so."""
    return _checked("standard input", sys.stdin.buffer.read())


def _checked(name: str, data: bytes) -> Loaded:
    settings, engine_options = settings_in(name, data)
    try:
        Engine(settings, **engine_options)
    except InvalidSettings as error:
        error = error.under("options") if error.path == "defaultRegion" else error
        raise in_file(error, name, json_document(data)[0]) from None
    return settings, engine_options


_OTHER_TYPE = "; another idType stands in the settings (--settings FILE)"


def history_from(options: argparse.Namespace, *loaded: Loaded) -> History:
    """Open HISTORY; a name in ``--map`` must be one that some of the settings know."""
    for name in files_of(options):
        if is_saved_run(name):
            raise ValueError(f"{name} is a saved run; this command reads the history again, so it needs that")
    columns = parse_map(options.map)
    id_types = dict.fromkeys(id_type for settings, _ in loaded for id_type in settings.id_types)
    for name in columns:
        if name not in ("ref", "at", *id_types):
            hint = did_you_mean(name, ["ref", "at", *id_types])
            raise ValueError(
                f"--map {name}=...: {name!r} is none of ref, at, {', '.join(id_types)}{hint or _OTHER_TYPE}"
            )
    return read_history(
        files_of(options),
        format=options.format,
        query=options.query,
        columns=columns,
        separator=options.separator,
        delimiter=options.delimiter,
        encoding=options.encoding,
        max_line=options.max_line,
        tz=options.tz,
        date_format=options.date_format,
        at_unit=options.at_unit,
        sort=options.sort,
        known_types=tuple(id_types),
    )


def replayed(
    history: History | Numbered, loaded: Loaded, options: argparse.Namespace, name: str, *, without: Sequence[str] = ()
) -> Run:
    """Replay with progress; what the command line says wins over the settings file."""
    settings, engine_options = loaded
    every = {**engine_options, **engine_options_from(options)}
    with shown_progress(name) as progress:
        return replay(
            history, settings, without=without, progress=progress, memory=getattr(options, "memory", None), **every
        )


def engine_options_from(options: argparse.Namespace) -> dict[str, str]:
    """Return the engine options that the command line names."""
    given = {"on_invalid": options.on_invalid, "match": options.match, "default_region": options.region}
    return {option: value for option, value in given.items() if value is not None}
