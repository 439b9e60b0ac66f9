"""The grid of a sweep on the command line: the one that is named, or one around the settings of today; its settings."""

import argparse
import json
import sys
from pathlib import Path

from resolver.atomic_files import atomic_files
from resolver.cli.reading import engine_options_from, settings_from
from resolver.cli.show import paragraphs
from resolver.display import counted, quoted
from resolver.history import History
from resolver.project import Project
from resolver.project.writing import seen_from
from resolver.simulate.sweep import Grid, GridSetting, read_grid
from resolver.simulate.sweep.grid import proposed_axes


def grid_of(options: argparse.Namespace) -> Grid:
    """Return the grid, with the base and the options that the command line gives; those of a project give way."""
    project: Project | None = getattr(options, "in_project", None)
    given = engine_options_from(options)
    drawn = {"budget": options.budget, "seed": options.seed}
    if options.grid is None:
        today = settings_from(options.settings)
        return Grid.from_json({"axes": proposed_axes(today[0])}, base=today, options=given, **drawn)
    if project is None:
        base = None if options.settings is None else settings_from(options.settings)
        return read_grid(options.grid, base=base, options=given, **drawn)
    settings, beside = settings_from(project.settings)
    said = {"on_invalid": "on-invalid", "match": "match", "default_region": "region"}
    usual = {name: value for name, value in given.items() if value == project.options.get(said[name])}
    typed = {name: value for name, value in given.items() if name not in usual}
    base = None if options.settings == project.settings else settings_from(options.settings)
    return read_grid(options.grid, base=base, options=typed, usual=(settings, {**usual, **beside}), **drawn)


def write_grid(grid: Grid, options: argparse.Namespace) -> None:
    """Write the grid that is tried where none is given, with the base that it was made for."""
    target: Path = options.write_grid
    if options.grid is not None:
        raise ValueError(f"--write-grid: there is a grid already, {options.grid}; expected no --grid")
    base = {"base": seen_from(target.parent, str(options.settings))} if isinstance(options.settings, Path) else {}
    with atomic_files(target.parent) as place:
        text = json.dumps({**base, "axes": grid.axes}, indent=2) + "\n"
        (place / target.name).write_text(text, encoding="utf-8")
    grid_option = f"resolver sweep --grid {quoted(str(target))}"
    paragraphs([f"{counted(len(grid), 'setting')} written to {target}; {grid_option} tries them"])


def write_picked(history: History, grid: Grid, options: argparse.Namespace) -> None:
    """Write one setting of the grid by its number."""
    if options.pick > len(grid):
        raise ValueError(f"--pick: {options.pick} is not a setting; expected a number from 1 to {len(grid):,}")
    tried = grid.completed(history)
    setting = next(each for each in tried if each.number == options.pick)
    write_setting(setting, options.write_settings)
    sys.stderr.write(f"resolver: setting {options.pick} written to {quoted(str(options.write_settings))}\n")


def write_setting(setting: GridSetting, target: Path) -> None:
    """Write a setting as a settings document."""
    with atomic_files(target.parent) as place:
        text = json.dumps(setting.to_json(), indent=2) + "\n"
        (place / target.name).write_text(text, encoding="utf-8")
