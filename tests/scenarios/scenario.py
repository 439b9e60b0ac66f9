"""Scenarios: what they hold, and how expectations name profiles before anyone knows their ids.

A file has a ``title``, the ``rules`` of the contract that it shows, ``settings`` and ``options`` as in a settings
file, ``steps``, and what is true in the end (``final``). A step is a ``command``, shaped as a line of a history (and
``{"op": "settings", "settings": ...}``), and what to ``expect``: either the name of an ``error``, or a ``status``,
a ``profile``, and all ``facts`` in order, each with the fields that matter.

``ref:NAME`` stands for the profile that the applied command with the ref NAME ended in, whatever id it was given; a
ref that comes back names the profile of its latest applied command.
"""

import json
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any
Ids: TypeAlias = dict[str, str]
"""The id that every ref stands for, so far."""

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def read(name: str) -> Json:
    """Read one scenario."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def with_ids(value: Json, ids: Ids) -> Json:
    """Put ids in the place of refs, wherever a ref stands."""
    if isinstance(value, str):
        return ids[value.removeprefix("ref:")] if value.startswith("ref:") else value
    if isinstance(value, list):
        return [with_ids(each, ids) for each in value]
    if isinstance(value, dict):
        return {with_ids(key, ids): with_ids(each, ids) for key, each in value.items()}
    return value


def check_facts(told: list[Json], expected: list[Json]) -> None:
    """Check that the facts, as JSON objects, are the expected ones in every field that is expected."""
    assert [{key: fact.get(key) for key in wanted} for fact, wanted in zip(told, expected, strict=False)] == expected
    assert len(told) == len(expected), told
