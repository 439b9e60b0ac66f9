"""Hints: for each reason why lines are rejected, what would help with this history and the options it was read with.

>>> hint_for("unreadable time", Reading("csv", frozenset({"at_unit"})))
'--map at=COLUMN names the column of the time; a time is RFC 3339 (2026-01-02T03:04:05Z) or an integer'
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from resolver.history import History


class Reading(NamedTuple):
    """How a history was read: its format, the options given, and what ``--map`` may have been meant to say."""

    format: str = "jsonl"
    options: frozenset[str] = frozenset()
    near: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: object, engine_options: Mapping[str, Any]) -> "Reading":
        """Give how records are read; commands and dicts from Python are like JSON Lines."""
        given = frozenset(engine_options)
        if not isinstance(records, History):
            return cls(options=given)
        return cls(records.format, records.options | given, records.near)


class _Hint(NamedTuple):
    """What to do; where it helps (``rows`` of a table, ``lines`` of JSON), and unless which option was given."""

    text: str
    where: str = ""
    unless: str = ""


HINTS: dict[str, tuple[_Hint, ...]] = {
    "broken JSON": (_Hint("check --format: is the file JSON Lines, one object a line?"),),
    "broken CSV": (_Hint("check --format, and the quotes of these rows"),),
    "not UTF-8": (_Hint("convert the file to UTF-8"),),
    "not an object": (_Hint("check --format: every line must be one JSON object"),),
    "unknown op": (_Hint("op is one of resolve, add, replace, remove, delete"),),
    "missing field": (_Hint("add the field that detail in rejected.jsonl names"),),
    "wrong type": (_Hint("check the fields named in rejected.jsonl"),),
    "too many cells": (_Hint("check the quotes of these rows, and --format tsv for tabs"),),
    "floating-point number": (_Hint("export identifiers as text"),),
    "naive time": (_Hint("--tz ZONE gives times without an offset a zone", unless="tz"),),
    "unreadable time": (
        _Hint("--map at=COLUMN names the column of the time", where="rows"),
        _Hint("--at-unit s reads seconds", unless="at_unit"),
        _Hint("a time is RFC 3339 (2026-01-02T03:04:05Z) or an integer"),
    ),
    "invalid identifier": (
        _Hint("--region RR reads national phone numbers of another region", unless="default_region"),
        _Hint("--on-invalid keep keeps such values"),
        _Hint("or choose another normalization"),
    ),
    "unknown idType": (_Hint("add the idType to identifierConfigs in the settings"),),
    "no identifier": (
        _Hint("--map NAME=COLUMN names the columns that have identifiers", where="rows"),
        _Hint("identifiers needs a value of a configured idType", where="lines"),
    ),
    "unknown profile": (
        _Hint("profile is ref: and the ref of an earlier record"),
        _Hint("--sort, if that comes later in the file", unless="sort"),
    ),
    "identifier not found": (
        _Hint("--sort, if the value is added later in the file", unless="sort"),
        _Hint("the value must be on the profile when the line comes"),
    ),
    "identifier conflict": (_Hint("a matching rule on the idType lets the profiles merge"),),
    "profile id in use": (_Hint("newProfile must be a new id on every line"),),
    "malformed command": (_Hint("see detail in rejected.jsonl"),),
}


def hint_for(reason: str, reading: Reading) -> str:
    """Give what would help against a reason, for this way of reading."""
    where = "lines" if reading.format == "jsonl" else "rows"
    if reason == "no identifier" and reading.near:
        return " ".join(f"--map {each}" for each in reading.near)
    hints = [
        hint.text
        for hint in HINTS.get(reason, HINTS["malformed command"])
        if hint.where in ("", where) and hint.unless not in reading.options
    ]
    return "; ".join(hints)
