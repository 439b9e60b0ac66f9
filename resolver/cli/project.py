"""A project in force: what ``resolver.toml`` says stands where the command line says nothing.

The file of the current folder is taken, or the one that ``--project`` names. It is read before the command line is
parsed, and becomes the defaults of the command's options: so an option that is given always wins.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resolver.display import displayed
from resolver.history import parse_map
from resolver.history.source import STANDARD_INPUT
from resolver.history.tables import map_text
from resolver.project import PROJECT_FILE, Project, ProjectError, read_project

_TAKING = (
    *("replay", "compare", "explain", "sweep", "errors", "order"),
    *("health", "suspects", "graph", "settings", "studio"),
)
"""The commands that a project is for."""

_IN_FOLDERS = ("replay", "compare", "sweep", "health")
"""The commands whose ``--out`` is a directory: each has a folder of its own in that of the project."""


def add_project_options(command: argparse.ArgumentParser) -> None:
    """Add the options that name a project file, or leave the one of this folder out."""
    group = command.add_argument_group("project")
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--project",
        metavar="FILE",
        help=f"read options that are not given from FILE (default: {PROJECT_FILE} in this folder, if there is one)",
    )
    which.add_argument("--no-project", action="store_true", help=f"ignore {PROJECT_FILE}")


def project_named_in(arguments: Sequence[str]) -> Project | None:
    """Return the project that a command line is about: the one that it names, or that of the current folder.

    Raises ``ProjectError``, and ``OSError`` for a file that is named and not there.
    """
    words = list(arguments)
    if words[:1] == [] or words[0] not in _TAKING or "--help" in words or "-h" in words:
        return None
    words = words[: words.index("--")] if "--" in words else words
    for place, word in enumerate(words):
        name, is_joined, value = word.partition("=")
        if _is_short_for(name, "--no-project"):
            return None
        if _is_short_for(name, "--project"):
            given = value if is_joined else "".join(words[place + 1 : place + 2])
            return read_project(given) if given else None
    return read_project(PROJECT_FILE) if Path(PROJECT_FILE).is_file() else None


def take_project(command: argparse.ArgumentParser, name: str, project: Project) -> None:
    """Make what a project says the defaults of a command, and its history one that need not be given."""
    options = {action.dest: action for action in command._actions}
    if name not in _TAKING:
        return
    if name == "settings":
        command.set_defaults(in_project=project, file=project.settings)
        return
    given = {dest: value for dest, value in _defaults(project, name).items() if dest in options}
    for dest, value in given.items():
        given[dest] = _converted(project, options[dest], value)
        options[dest].required = False
    needed = [action.dest for action in command._actions if not action.option_strings and action.nargs is None]
    command.set_defaults(
        **given,
        in_project=project,
        command_parser=command,
        needed_words=[dest for dest in needed if dest != "history"],
    )
    if project.history:
        for action in command._actions:
            if not action.option_strings:
                action.nargs = argparse.ZERO_OR_MORE if action.nargs == argparse.ONE_OR_MORE else argparse.OPTIONAL
                action.required = False


def completed(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options of a command with the history and the columns of its project, where it has one.

    A first word that is no file is no HISTORY then, but the first of what comes after it. A HISTORY that is not the
    project's leaves its truth out, which is about other records.
    """
    project: Project | None = getattr(options, "in_project", None)
    if project is None or not hasattr(options, "map"):
        return options
    options.typed = argparse.Namespace(also=options.also, map=options.map, history=options.history)
    if project.history:
        _complete_words(options, options.command_parser, project)
    is_other = options.typed.history and not {*options.typed.history} <= {*project.history}
    if is_other and getattr(options, "truth", None) == project.truth:
        options.truth, options.truth_map, options.truth_encoding = None, [], None
    named = parse_map(options.map)
    kept = [map_text(name, columns) for name, columns in project.map.items() if name not in named]
    options.map = [*kept, *options.map]
    return options


def say_project(options: argparse.Namespace) -> None:
    """Say on standard error that a project file of this folder is taken, which nobody named, if any of it applies."""
    project: Project | None = getattr(options, "in_project", None)
    if project is not None and options.project is None and _applies(project, options):
        sys.stderr.write(f"resolver: options from {PROJECT_FILE}; --no-project leaves it out\n")


def _applies(project: Project, options: argparse.Namespace) -> bool:
    """Whether a command takes anything of a project; ``settings`` takes its settings, unless it is told of others."""
    if hasattr(options, "map"):
        return project != Project(project.path)
    return options.preset is None and project.settings is not None and options.file is project.settings


def _is_short_for(word: str, option: str) -> bool:
    return len(word) > len("--p") and option.startswith(word) and word not in ("--no", "--no-")


def _defaults(project: Project, command: str) -> dict[str, Any]:
    """Return the values of options by the names that a command has for them."""
    found: dict[str, Any] = {name.replace("-", "_"): value for name, value in project.options.items()}
    for name in ("settings", "truth", "grid", "candidate"):
        if getattr(project, name) is not None:
            found[name] = getattr(project, name)
    if project.settings is not None:
        found["baseline"] = project.settings
    if project.truth_map:
        found["truth_map"] = [map_text(name, columns) for name, columns in project.truth_map.items()]
    if project.truth_encoding is not None:
        found["truth_encoding"] = project.truth_encoding
    if project.out is not None and command in _IN_FOLDERS:
        found["out"] = project.out / command
    return found


def _complete_words(options: argparse.Namespace, command: argparse.ArgumentParser, project: Project) -> None:
    places = [action.dest for action in command._actions if not action.option_strings]
    words = [word for place in places for word in _listed(getattr(options, place))]
    history = options.history
    if isinstance(history, list):
        options.history = history or list(project.history)
        options.typed.history = history
        return
    own = words[:1] if words and (words[0] == STANDARD_INPUT or Path(words[0]).exists()) else []
    rest = words[len(own) :]
    if len(rest) >= len(places):
        command.error(f"{displayed(rest[0])} is not a file; expected a HISTORY before {len(rest) - 1} words")
    options.typed.history = own
    options.history = (own or project.history)[0]
    options.also = [*([] if own else project.history[1:]), *options.also]
    for place in places[1:]:
        setattr(options, place, rest.pop(0) if rest else None)
    missing = [place.upper() for place in options.needed_words if getattr(options, place) is None]
    if missing:
        command.error(f"the following arguments are required: {', '.join(missing)}")


def _converted(project: Project, action: argparse.Action, value: Any) -> Any:
    """Return a value of a project as its option takes it; ``ProjectError`` for what the option refuses."""
    name = action.option_strings[-1].removeprefix("--")
    if action.choices is not None and value not in action.choices:
        raise ProjectError(f"{project.path}: {name!r} is {value!r}; expected one of {', '.join(action.choices)}")
    if not isinstance(value, str) or not callable(action.type):
        return value
    try:
        return action.type(value)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise ProjectError(f"{project.path}: {name!r}: {error}") from None


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]
