"""Commands that are printed: they run as they are when they are pasted into a shell."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from resolver.cli.reading import files_of, reading_options_of, typed_option
from resolver.display import can_be_typed, quoted
from resolver.project import Project

STANDARD_INPUT = "-"


def command(name: str, options: argparse.Namespace, *refs: str, without: tuple[str, str] | None = None) -> str | None:
    """Return the command that reads HISTORY as *options* say, with *refs*, or *without* an (idType, value).

    None where it cannot be typed: HISTORY came from standard input and is gone, or is a saved run, which cannot be
    replayed *without* something; or a word holds what no command line can hold.
    """
    files = files_of(options)
    if STANDARD_INPUT in files or (without is not None and Path(files[0]).is_dir()):
        return None
    named = _project_and_settings(options)
    if without is not None:
        id_type, value = without
        if "=" in id_type or id_type.startswith("ref:"):
            return None
        named += typed_option("--without", f"{id_type}={value}")
    first, others = _history(options, files, refs)
    words = [*first, *others, *refs, *named]
    if not all(map(can_be_typed, words)):
        return None
    reading = reading_options_of(options, others)
    if any(word.startswith("-") for word in (*first, *refs)):
        return f"resolver {name}{_joined(named)}{reading} --{_joined([*first, *refs])}"
    if without is not None:
        return f"resolver {name}{_joined(first)}{reading}{_joined(named)}"
    return f"resolver {name}{_joined(first)}{_joined(named)}{reading}{_joined(refs)}"


def _project_and_settings(options: argparse.Namespace) -> list[str]:
    """Return the options that name a project and settings, without what a project of this folder says by itself."""
    project: Project | None = getattr(options, "in_project", None)
    if project is not None:
        named = [] if options.project is None else typed_option("--project", options.project)
        return named if options.settings == project.settings else [*named, *_settings(options)]
    return _settings(options)


def _settings(options: argparse.Namespace) -> list[str]:
    return [] if options.settings is None else typed_option("--settings", str(options.settings))


def _history(options: argparse.Namespace, files: list[str], refs: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return HISTORY, and the further files: none where a project names them, and no ref would be taken for a file."""
    project: Project | None = getattr(options, "in_project", None)
    if project is None or options.typed.history or (refs and Path(refs[0]).exists()):
        return files[:1], files[1:]
    return [], options.typed.also


def _joined(words: Iterable[str]) -> str:
    return "".join(f" {quoted(word)}" for word in words)
