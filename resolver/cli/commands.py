"""What each command does: read, replay, show, write."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from resolver.cli import show
from resolver.cli.output import write_comparison, write_run
from resolver.cli.progress import shown_progress
from resolver.engine import Engine
from resolver.generate import write_history
from resolver.history import History, parse_map, read_history
from resolver.settings import Settings
from resolver.simulate import Run, compare, load_settings, options_to_json, replay

_DONE, _TOO_MANY_REJECTED = 0, 1


def run_replay(options: argparse.Namespace) -> int:
    """Do ``resolver replay``."""
    history = _history(options)
    run = _replayed(history, options.settings, options, "replay")
    show.run(run)
    if options.out is not None:
        write_run(run, options.out)
    return _status(options, run)


def run_compare(options: argparse.Namespace) -> int:
    """Do ``resolver compare``."""
    history = _history(options)
    baseline = _replayed(history, options.baseline, options, "baseline")
    candidate = _replayed(history, options.candidate, options, "candidate")
    comparison = compare(baseline, candidate)
    show.comparison(comparison, options.show)
    if options.out is not None:
        write_comparison(comparison, options.out)
    return _status(options, baseline, candidate)


def run_generate(options: argparse.Namespace) -> int:
    """Do ``resolver generate``."""
    write_history(options.out, options.records, options.seed)
    sys.stdout.write(
        f"{options.out}: {options.records} records, seed {options.seed}; truth in {options.out}.truth.csv\n"
    )
    return _DONE


def run_settings(options: argparse.Namespace) -> int:
    """Do ``resolver settings``."""
    document: dict[str, Any]
    if options.file is None:
        document = Settings.defaults().to_json()
    else:
        settings, engine_options = load_settings(options.file)
        Engine(settings, **engine_options)
        document = settings.to_json()
        if engine_options:
            document["options"] = options_to_json(engine_options)
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return _DONE


def _history(options: argparse.Namespace) -> History:
    return read_history(
        options.history,
        format=options.format,
        columns=parse_map(options.map),
        tz=options.tz,
        at_unit=options.at_unit,
        sort=options.sort,
    )


def _replayed(history: History, file: Path | None, options: argparse.Namespace, name: str) -> Run:
    settings, engine_options = (Settings.defaults(), {}) if file is None else load_settings(file)
    given = {"on_invalid": options.on_invalid, "match": options.match, "default_region": options.region}
    engine_options |= {option: value for option, value in given.items() if value is not None}
    with shown_progress(name) as progress:
        return replay(history, settings, progress=progress, **engine_options)


def _status(options: argparse.Namespace, *runs: Run) -> int:
    if options.max_rejected is None:
        return _DONE
    return _TOO_MANY_REJECTED if max(run.summary.rejected for run in runs) > options.max_rejected else _DONE
