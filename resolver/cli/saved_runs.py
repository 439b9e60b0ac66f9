"""Saved runs on the command line: a folder that ``resolver replay --save`` wrote, in the place of a HISTORY."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from resolver.atomic_files import check_targets
from resolver.cli.reading import directory, files_of, history_from, reading_options_of, replayed, settings_from
from resolver.columns.arrow_files import arrow_library
from resolver.errors import InvalidHistory
from resolver.project import Project
from resolver.simulate import Run, compare, load_run
from resolver.simulate.compare import Comparison
from resolver.simulate.saved_format import ABOUT, FILES, is_saved_run

_SETTINGS = ("settings", "baseline", "candidate")


def add_save_option(command: argparse.ArgumentParser) -> None:
    """Add ``--save`` to a command that replays a history."""
    command.add_argument(
        "--save",
        type=directory,
        metavar="DIR",
        help="write the run there as Parquet files; explain, compare and others take DIR instead of the history",
    )


def check_save(options: argparse.Namespace) -> None:
    """Raise ``ValueError`` or ``OSError`` before the work where ``--save`` could not write after it."""
    if options.save is not None:
        try:
            arrow_library("a run is saved")
        except ImportError as error:
            raise ValueError(f"--save: {error}") from None
        check_targets(options.save, FILES)


def run_of(options: argparse.Namespace, name: str, *, without: Sequence[str] = ()) -> Run:
    """Return the run that HISTORY is, if that is a saved one; else the replay of the history."""
    if is_run(options):
        check_as_it_was(options)
        return _loaded(files_of(options)[0], options)
    loaded = settings_from(options.settings)
    return replayed(history_from(options, loaded), loaded, options, name, without=without)


def two_runs_of(options: argparse.Namespace) -> tuple[Run, Run] | None:
    """Return the runs to be compared where both words are saved runs; None where the words are a history.

    Raises ``ValueError`` for anything between, and for a history without both settings documents.
    """
    words = files_of(options)
    runs = [word for word in words if Path(word).is_dir()]
    if not runs:
        if options.baseline is None or options.candidate is None:
            raise ValueError(
                "compare: expected --baseline FILE and --candidate FILE, under which the history is replayed; or two "
                "saved runs (resolver replay --save DIR)"
            )
        return None
    if len(runs) != len(words) or len(runs) != 2:
        raise ValueError(f"compare: {runs[0]} is a folder; expected two saved runs and nothing else, or a history")
    check_as_it_was(options)
    return _loaded(runs[0], options), _loaded(runs[1], options)


def compared(options: argparse.Namespace, baseline: Run, candidate: Run, *, are_saved: bool) -> Comparison:
    """Compare two runs; an error about saved ones names their folders."""
    try:
        return compare(baseline, candidate)
    except InvalidHistory as error:
        raise InvalidHistory(f"{' and '.join(files_of(options))}: {error}" if are_saved else str(error)) from None


def is_run(options: argparse.Namespace) -> bool:
    """Whether HISTORY is a saved run. ``ValueError`` for one beside other files, and for a folder that is none."""
    files = files_of(options)
    folder = next((file for file in files if Path(file).is_dir()), None)
    if folder is None:
        return False
    if not is_saved_run(folder):
        raise ValueError(f"{folder}: is a directory; expected a file, or a saved run, which has a {ABOUT}")
    if len(files) > 1:
        raise ValueError(f"{folder} is a saved run; expected nothing beside it, as its history was read")
    return True


def check_as_it_was(options: argparse.Namespace) -> None:
    """Raise ``ValueError`` for an option that says how a saved run is to be read or replayed: it was already."""
    project: Project | None = getattr(options, "in_project", None)
    given = [f"--{name}" for name in _SETTINGS if _is_typed(getattr(options, name, None), project)]
    given += ["--without"] if getattr(options, "without", None) else []
    given += reading_options_of(options, also=()).split()[:1]
    if given:
        raise ValueError(f"{given[0]}: a saved run was replayed already; expected a history with this option")


def _is_typed(value: object, project: Project | None) -> bool:
    """Whether settings were named on the command line, and not by a project."""
    return value is not None and (project is None or value not in (project.settings, project.candidate))


def _loaded(folder: str, options: argparse.Namespace) -> Run:
    try:
        return load_run(folder, memory=getattr(options, "memory", None))
    except ImportError as error:
        raise ValueError(f"{folder}: {error}") from None
