"""``resolver spark``: what a history beyond one machine is asked on Apache Spark, or over Spark Connect."""

import argparse
import json
import os
import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from rich.table import Table

from resolver.atomic_files import atomic_files, check_targets
from resolver.cli import show
from resolver.cli.arguments import add_examples
from resolver.cli.explain import add_without, left_out_told
from resolver.cli.reading import (
    count,
    count_from_one,
    directory,
    engine_options_from,
    file,
    region,
    settings_from,
)
from resolver.cli.show import open_console, plain, status_of
from resolver.cli.truth import add_truth_options, truth_from
from resolver.display import counted, listed
from resolver.history import parse_map
from resolver.names import Match, OnInvalid
from resolver.simulate.saved_format import FILES
from resolver.simulate.summary import LABELS
from resolver.simulate.sweep import read_grid
from resolver.spark import SparkComparison, compare, load_run, number_lines, packages, read_lines, replay, sweep
from resolver.spark.reading import DEFAULT_TIMES, ERROR

COMPARISON = "comparison.json"
TABLE, DOCUMENT = "sweep.csv", "sweep.json"
PORT, SECONDS = 15002, 10
"""The port of a server of Spark Connect unless told, and how long it may take to answer at all."""

REFS = 5
"""Records of a changed group that are named."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "spark",
        help="replay, compare and sweep a history on Apache Spark",
        description="Replay, compare or sweep a history that one machine cannot hold, on Apache Spark, with the "
        "results of one process. Needs pip install 'idresolver[spark]'.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    one = _action(actions, "replay", "replay a history under one settings document", run_replay)
    one.add_argument("--settings", type=file, metavar="FILE", help="a settings document (default: a new store's)")
    one.add_argument(
        "--save", type=directory, metavar="DIR", help="write the run here, for explain, compare and others"
    )
    one.add_argument(
        "--since",
        metavar="FOLDER",
        help="the work folder of an earlier replay: HISTORY has the lines that came after its own",
    )
    two = _action(actions, "compare", "what-if: one history under two settings documents", run_compare)
    two.add_argument("--baseline", type=file, required=True, metavar="FILE", help="the current settings")
    two.add_argument("--candidate", type=file, required=True, metavar="FILE", help="the settings to compare with")
    two.add_argument("--out", type=directory, metavar="DIR", help=f"write {COMPARISON} there, on this machine")
    two.add_argument(
        "--show", type=count, default=5, metavar="N", help="changed groups of each kind to print (default 5)"
    )
    many = _action(actions, "sweep", "one history under many settings, measured", run_sweep)
    many.add_argument("--grid", type=file, required=True, metavar="FILE", help="base settings and axes, as JSON")
    many.add_argument(
        "--out", type=directory, metavar="DIR", help=f"write {TABLE} and {DOCUMENT} there, on this machine"
    )
    add_truth_options(many)


def _action(actions: Any, name: str, text: str, run: Callable[[argparse.Namespace, Any], int]) -> Any:
    parser = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}, on Spark.")
    parser.add_argument(
        "history",
        nargs="+",
        metavar="HISTORY",
        help="files or folders of JSON Lines, as Spark reads them; or of Parquet",
    )
    parser.add_argument(
        "--work", required=True, metavar="FOLDER", help="where stages leave their tables; all workers must reach it"
    )
    parser.add_argument("--master", metavar="URL", help="the Spark to run on: local[*], spark://HOST:7077, yarn")
    parser.add_argument("--remote", metavar="URL", help="a server of Spark Connect to run on: sc://HOST:15002")
    parser.add_argument(
        "--format", choices=("jsonl", "parquet"), help="the format of HISTORY (default: parquet if its name ends so)"
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="the column of ref, at or an idType; repeatable",
    )
    parser.add_argument(
        "--order-by",
        metavar="COLUMN[,COLUMN]",
        help="number the rows of a table that has no column 'line' in this order",
    )
    parser.add_argument("--part-memory", default="1g", metavar="SIZE", help="memory of a task (default 1g)")
    parser.add_argument("--parts", type=count_from_one, metavar="N", help="parts (default: as memory and cores need)")
    parser.add_argument("--max-part-lines", type=count_from_one, metavar="N", help="refuse a component with more lines")
    add_without(parser)
    parser.add_argument(
        "--sort", action="store_true", help="take the lines in the order of their times, as other commands do"
    )
    parser.add_argument(
        "--default-times",
        choices=DEFAULT_TIMES,
        default=ERROR,
        help="a line without a time is an error (default), or has that of the applied command before it",
    )
    parser.add_argument("--tz", metavar="ZONE", help="the zone of times without an offset: Europe/Paris, +02:00")
    parser.add_argument("--at-unit", choices=("s", "ms"), default="ms", help="the unit of integer times (default ms)")
    parser.add_argument(
        "--on-invalid", choices=[str(each) for each in OnInvalid], help="what to do with an unreadable identifier"
    )
    parser.add_argument("--match", choices=[str(each) for each in Match], help="rules that may match (default all)")
    parser.add_argument(
        "--region", type=region, metavar="RR", help="region of phones without country code (default US)"
    )
    parser.add_argument("--max-rejected", type=count, metavar="N", help="exit with status 1 if more lines are rejected")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=partial(_run, run))
    add_examples(parser, f"spark {name}")
    return parser


def _run(run: Callable[[argparse.Namespace, Any], int], options: argparse.Namespace) -> int:
    """Do an action with a session; a library that is missing, or what an engine says, is one line."""
    try:
        with session_of(options) as spark:
            return run(options, spark)
    except ImportError as error:
        raise ValueError(str(error)) from error
    except packages.engine_errors() as error:
        raise ValueError(_said(error)) from error


def _said(error: Exception) -> str:
    """Return what an engine says in one line: the error of a worker, or the first line of its own."""
    text = str(error).partition("JVM stacktrace")[0].strip() or type(error).__name__
    before, traceback, after = text.partition("Traceback (most recent call last)")
    line = after.strip().splitlines()[-1] if traceback else before.splitlines()[0]
    if "No module named 'resolver'" in line:
        return f"the workers have no package resolver; expected {packages.EXPECTED}, on the driver and on all workers"
    return f"Spark: {line}"


@contextmanager
def session_of(options: argparse.Namespace) -> Iterator[Any]:
    """Open the session that the command line names, or the one that ``spark-submit`` has made ready."""
    builder = packages.sessions().builder
    if options.master is not None and options.remote is not None:
        raise ValueError("--master and --remote exclude each other; expected one of them")
    if options.remote is not None:
        builder = builder.remote(options.remote)
    elif options.master is not None:
        builder = builder.master(options.master)
        if options.master.startswith("local"):  # tasks are executed by whatever is first on the path otherwise
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    warnings.filterwarnings("ignore", message=".*fully support pandas")  # of which nothing is asked
    try:
        if options.remote is not None:
            _reach(options.remote)
        session = builder.appName("resolver").getOrCreate()
    except Exception as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        expected = "Java 17 on this machine, or --remote sc://HOST of a server"
        if options.remote is not None:
            expected = f"a server at {options.remote} that takes clients of this version of pyspark"
        raise ValueError(f"no session of Spark: {first}; expected {expected}") from error
    try:
        yield session
    finally:
        session.stop()


def _reach(remote: str) -> None:
    """Check that something answers where a server is said to be: its client tries for ten minutes before it says so.

    ``OSError`` where nothing does. Behind a proxy nobody can tell.
    """
    if any(os.environ.get(name) for name in ("grpc_proxy", "https_proxy", "http_proxy")):
        return
    place = urlsplit(remote)
    socket.create_connection((place.hostname, place.port or PORT), timeout=SECONDS).close()


def _lines(options: argparse.Namespace, spark: Any, after: int = 0) -> tuple[Any, dict[str, str]]:
    """Return the lines that HISTORY has, numbered *after* those of an earlier run; and the columns that are mapped."""
    columns = {name: places[0] for name, places in parse_map(options.map).items() if len(places) == 1}
    wide = [name for name, places in parse_map(options.map).items() if len(places) > 1]
    if wide:
        raise ValueError(f"--map {wide[0]}: it has several columns; expected one")
    is_table = options.format == "parquet" or (
        options.format is None and all(each.rstrip("/").endswith(".parquet") for each in options.history)
    )
    if not is_table:
        if columns or options.order_by:
            raise ValueError("--map and --order-by are for tables; expected --format parquet")
        return read_lines(spark, options.history, after=after), {}
    table = spark.read.parquet(*options.history)
    if not table.columns:
        raise ValueError(
            f"{', '.join(options.history)}: has no columns; expected a file of Parquet, or a folder of such files"
        )
    if options.order_by:
        table = number_lines(table, options.order_by.split(","), work=f"{options.work}/numbered", after=after)
    return table, columns


def _packing(options: argparse.Namespace, columns: dict[str, str]) -> dict[str, Any]:
    """The options of ``components`` that the command line gives."""
    return {
        "work": options.work, "columns": columns, "tz": options.tz, "at_unit": options.at_unit,
        "without": options.without, "default_times": options.default_times,
        "sort": options.sort,
        "part_memory": options.part_memory, "parts": options.parts, "max_part_lines": options.max_part_lines,
    }  # fmt: skip


def run_replay(options: argparse.Namespace, spark: Any) -> int:
    """Do ``resolver spark replay``."""
    settings, beside = settings_from(options.settings)
    if options.save is not None:
        check_targets(options.save, FILES)
    after = 0 if options.since is None else load_run(spark, options.since, settings).last_line
    lines, columns = _lines(options, spark, after)
    how = {**_packing(options, columns), **beside, **engine_options_from(options)}
    run = replay(lines, settings, since=options.since, **how)
    if options.save is not None:
        run.save(options.save)
    if options.json:
        _print_json(run.summary.to_json())
    else:
        show.summary(run.summary)
        if options.without:
            show.line(left_out_told(run.summary))
        if options.save is not None:
            show.saved(options.save)
    return status_of(options, run.summary)


def run_compare(options: argparse.Namespace, spark: Any) -> int:
    """Do ``resolver spark compare``."""
    given = engine_options_from(options)
    (before, one), (after, other) = settings_from(options.baseline), settings_from(options.candidate)
    if {**one, **given} != {**other, **given}:
        raise ValueError(
            f"{options.baseline} and {options.candidate} have different options; expected the same, or --on-invalid, "
            "--match and --region for both"
        )
    if options.out is not None:
        check_targets(options.out, (COMPARISON,))
    lines, columns = _lines(options, spark)
    found = compare(lines, before, after, tables=False, **_packing(options, columns), **{**one, **given})
    if options.out is not None:
        with atomic_files(options.out) as place:
            (place / COMPARISON).write_text(json.dumps(found.to_json(), indent=2) + "\n", encoding="utf-8")
    if options.json:
        _print_json(found.to_json())
    else:
        _show(found, options.show)
        if options.out is not None:
            show.written(options.out)
    return status_of(options, found.baseline.summary, found.candidate.summary)


def run_sweep(options: argparse.Namespace, spark: Any) -> int:
    """Do ``resolver spark sweep``."""
    grid, truth = read_grid(options.grid, options=engine_options_from(options)), truth_from(options)
    if options.out is not None:
        check_targets(options.out, (TABLE, DOCUMENT))
    lines, columns = _lines(options, spark)
    found = sweep(lines, grid, truth, **_packing(options, columns))
    if options.out is not None:
        with atomic_files(options.out) as place:
            (place / TABLE).write_text(found.to_csv(), encoding="utf-8")
            (place / DOCUMENT).write_text(json.dumps(found.to_json(), indent=2) + "\n", encoding="utf-8")
    if options.json:
        _print_json(found.to_json())
    else:
        sys.stdout.write(found.to_csv())
    return 0


def _show(found: SparkComparison, most: int) -> None:
    """Show totals side by side, and the first of the groups that changed."""
    console = open_console()
    table = Table(box=None, pad_edge=False)
    for name in ("", "baseline", "candidate", "change"):
        table.add_column(name, justify="right" if name else "left")
    for name, (left, right) in found.totals.items():
        table.add_row(LABELS[name], f"{left:,}", f"{right:,}", f"{right - left:+,}" if right != left else "")
    console.print(table)
    for kind, groups in (("joined", found.joined), ("split", found.split)):
        console.print(plain(f"\n{counted(groups.count(), 'group')} {kind}", "bold"))
        for row in groups.limit(most).collect():
            console.print(plain(f"{counted(len(row['refs']), 'record')}: {listed(row['refs'], REFS)}"))
            console.print(plain(f"  line {row['line']}: {row['why']}"))


def _print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
