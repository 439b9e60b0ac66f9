"""What each command does: read, replay, show, write."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from resolver.cli import show
from resolver.cli.output import check_directory, write_comparison, write_run
from resolver.cli.progress import shown_progress
from resolver.engine import Engine
from resolver.errors import InvalidSettings
from resolver.generate import write_history
from resolver.history import History, parse_map, read_history
from resolver.settings import Settings
from resolver.simulate import Run, compare, load_settings, options_to_json, replay

_DONE, _TOO_MANY_REJECTED = 0, 1
_JSON_LINES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")


Loaded = tuple[Settings, dict[str, Any]]


def run_replay(options: argparse.Namespace) -> int:
    """Do ``resolver replay``."""
    loaded = _loaded(options.settings)
    history = _history(options, loaded)
    check_directory(options.out)
    run = _replayed(history, loaded, options, "replay")
    if options.out is not None:
        write_run(run, options.out)
    show.run(run)
    if options.out is not None:
        show.written(options.out)
    return _status(options, run)


def run_compare(options: argparse.Namespace) -> int:
    """Do ``resolver compare``."""
    before, after = _loaded(options.baseline), _loaded(options.candidate)
    history = _history(options, before, after)
    check_directory(options.out)
    baseline = _replayed(history, before, options, "baseline")
    candidate = _replayed(history, after, options, "candidate")
    comparison = compare(baseline, candidate)
    if options.out is not None:
        write_comparison(comparison, options.out)
    show.comparison(comparison, options.show)
    if options.out is not None:
        show.written(options.out)
    return _status(options, baseline, candidate)


def run_generate(options: argparse.Namespace) -> int:
    """Do ``resolver generate``."""
    out = options.out
    if not out.name.endswith(_JSON_LINES):
        raise ValueError(f"{out}: the history is JSON Lines; expected a name ending in {', '.join(_JSON_LINES)}")
    check_directory(out.parent, must_exist=True)
    write_history(out, options.records, options.seed)
    sys.stdout.write(f"{out}: {options.records} records, seed {options.seed}; truth in {out}.truth.csv\n")
    return _DONE


def run_settings(options: argparse.Namespace) -> int:
    """Do ``resolver settings``."""
    settings, engine_options = _loaded(options.file)
    document = settings.to_json()
    if engine_options:
        document["options"] = options_to_json(engine_options)
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return _DONE


def _loaded(file: Path | None) -> Loaded:
    """Read a settings file, the defaults where none is given; whatever is wrong names the file."""
    if file is None:
        return Settings.defaults(), {}
    settings, engine_options = load_settings(file)
    try:
        Engine(settings, **engine_options)
    except InvalidSettings as error:
        raise error.under(f"{file}: options" if error.path == "defaultRegion" else f"{file}: settings") from None
    return settings, engine_options


def _history(options: argparse.Namespace, *loaded: Loaded) -> History:
    columns = parse_map(options.map)
    id_types = dict.fromkeys(id_type for settings, _ in loaded for id_type in settings.id_types)
    for name in columns:
        if name not in ("ref", "at", *id_types):
            raise ValueError(f"--map {name}=...: {name!r} is none of ref, at, {', '.join(id_types)}")
    return read_history(
        options.history,
        format=options.format,
        columns=columns,
        tz=options.tz,
        at_unit=options.at_unit,
        sort=options.sort,
    )


def _replayed(history: History, loaded: Loaded, options: argparse.Namespace, name: str) -> Run:
    settings, engine_options = loaded
    given = {"on_invalid": options.on_invalid, "match": options.match, "default_region": options.region}
    given = {option: value for option, value in given.items() if value is not None}
    with shown_progress(name) as progress:
        return replay(history, settings, progress=progress, **{**engine_options, **given})


def _status(options: argparse.Namespace, *runs: Run) -> int:
    if options.max_rejected is None:
        return _DONE
    return _TOO_MANY_REJECTED if max(run.summary.rejected for run in runs) > options.max_rejected else _DONE
