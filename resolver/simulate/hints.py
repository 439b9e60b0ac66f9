"""Hints: for each reason why lines are rejected, what would help with this history and the options it was read with.

>>> hint_for("unreadable time", Reading("csv", frozenset({"at_unit", "date_format"})))
'--map at=COLUMN names the column of the time; a time is RFC 3339 (2026-01-02T03:04:05Z) or an integer'
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from resolver.display import listed, quoted
from resolver.history import History
from resolver.names import IdType, OnInvalid
from resolver.settings import Settings
from resolver.suggestions import did_you_mean

_NAMED = 3
"""Unknown idTypes that a hint names."""


class Met(StrEnum):
    """What lines were rejected for, more exactly than by the reason, as far as hints go."""

    KEEPABLE = "keepable"
    """Unreadable texts that may be stored as they are."""
    NO_TEXT = "no text"
    """Values that nothing can store: empty, too long, or no text (N1)."""
    OTHERS = "others"
    """A blocked value in a line that has other values."""
    KEPT_APART = "kept apart"
    """Profiles that the policies keep apart."""
    WITHOUT_RULE = "without rule"
    """Profiles that no rule lets merge."""


class Reading(NamedTuple):
    """How a history was read, as far as hints go.

    ``options`` are the options given, and ``map:at`` or ``map:identifiers`` for what was mapped; ``near`` is what
    ``--map`` may have been meant to say. ``id_types`` are those of the settings, ``phones`` those of them that are
    read as phone numbers; ``columns`` names their columns in a table. ``unknown`` idTypes were met, the most frequent
    first; ``met`` is what else lines were rejected for; values of ``floats`` were written as floats.
    """

    format: str = "jsonl"
    options: frozenset[str] = frozenset()
    near: tuple[str, ...] = ()
    id_types: tuple[IdType, ...] = ()
    phones: frozenset[IdType] = frozenset()
    unknown: tuple[IdType, ...] = ()
    columns: Mapping[IdType, tuple[str, ...]] = {}
    floats: tuple[IdType, ...] = ()
    met: frozenset[str] = frozenset()

    @classmethod
    def of(cls, records: object, engine_options: Mapping[str, Any], settings: Settings) -> "Reading":
        """Return how records are read; commands and dicts from Python are like JSON Lines."""
        options = {name for name in engine_options if name != "on_invalid"}
        if engine_options.get("on_invalid") == OnInvalid.KEEP:
            options.add("keep")
        configs = settings.identifier_configs
        phones = frozenset(config.id_type for config in configs if config.normalization == "phone")
        if not isinstance(records, History):
            return cls(options=frozenset(options), id_types=settings.id_types, phones=phones)
        mapped = {"map:at" if name == "at" else "map:identifiers" for name in records.mapped if name != "ref"}
        columns = {id_type: records.columns_of(id_type) for id_type in phones} if records.is_table else {}
        form = "flat JSON" if records.is_table and records.format == "jsonl" else records.format
        given = records.options | options | mapped
        return cls(form, given, records.near, settings.id_types, phones, columns=columns)

    def about(
        self,
        unknown: tuple[IdType, ...],
        met: Collection[Met],
        numbers: Collection[IdType],
        floats: Collection[IdType] = (),
    ) -> "Reading":
        """Return the same with what was met: idTypes that are unknown, that had numbers in them, that had floats."""
        phones = self.phones.intersection(numbers)
        return self._replace(
            unknown=unknown, met=frozenset(met), phones=phones, floats=tuple(sorted(phones.intersection(floats)))
        )


class _Hint(NamedTuple):
    """What to do; where it helps (``rows`` of a table, ``lines`` of JSON, what was ``Met``); unless what was given."""

    text: str
    where: str = ""
    unless: str = ""


HINTS: dict[str, tuple[_Hint, ...]] = {
    "broken JSON": (_Hint("check --format: is the file JSON Lines, one object a line?"),),
    "broken CSV": (_Hint("check --format, and the quotes of these rows"),),
    "not UTF-8": (
        _Hint("--encoding NAME reads text of another encoding, for example cp1252, latin-1 or utf-16", where="text"),
        _Hint("write the column as text in UTF-8", where="parquet"),
    ),
    "line too long": (_Hint("--max-line BYTES reads longer lines"), _Hint("check --format, and the line ends")),
    "not an object": (_Hint("check --format: every line must be one JSON object"),),
    "unknown op": (_Hint("op is one of resolve, add, replace, remove, delete, erase, suppress, unsuppress"),),
    "missing field": (
        _Hint("add the field that detail in rejected.jsonl names"),
        _Hint("flat objects, whose keys are columns, are read by --map", where="lines"),
    ),
    "wrong type": (_Hint("check the fields named in rejected.jsonl"),),
    "too many cells": (
        _Hint("check the quotes of these rows"),
        _Hint("--delimiter CHAR, if they are separated otherwise", unless="delimiter"),
    ),
    "floating-point number": (_Hint("export identifiers as text"),),
    "naive time": (_Hint("--tz ZONE gives times without an offset a zone", unless="tz"),),
    "unreadable time": (
        _Hint("--map at=COLUMN names the column of the time", where="rows", unless="map:at"),
        _Hint("--at-unit s reads seconds", unless="at_unit"),
        _Hint("--date-format FORMAT reads others, such as %d/%m/%Y", unless="date_format"),
        _Hint("a time is RFC 3339 (2026-01-02T03:04:05Z) or an integer"),
    ),
    "invalid identifier": (
        _Hint("--region RR reads national phone numbers of another region", where="phone", unless="default_region"),
        _Hint("--on-invalid keep keeps such values", where=Met.KEEPABLE, unless="keep"),
        _Hint("another normalization in the settings may read them", where=Met.KEEPABLE),
        _Hint("a value is a text of 1 to 255 characters; leave out a field without one", where=Met.NO_TEXT),
    ),
    "blocked identifier": (
        _Hint('"then": "drop" in the policies leaves the value out, and goes on with the others', where=Met.OTHERS),
        _Hint("if it is an identifier, take it out of blocked in options.policies of the settings"),
    ),
    "suppressed identifier": (_Hint("a line with op unsuppress, before it, allows the identifier again"),),
    "unknown idType": (_Hint("add the idType to identifierConfigs in the settings"),),
    "no identifier": (
        _Hint("--map NAME=COLUMN names the columns that have identifiers", where="rows", unless="map:identifiers"),
        _Hint("resolver init FILE looks for them", where="rows", unless="map:identifiers"),
        _Hint("a row needs a value in a column of an idType", where="rows"),
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
    "identifier conflict": (
        _Hint("a matching rule on the idType lets the profiles merge", where=Met.WITHOUT_RULE),
        _Hint('"misfit": "move" or "share" in the policies adds the value all the same', where=Met.KEPT_APART),
        _Hint("a higher limit or cap lets the profiles merge", where=Met.KEPT_APART),
    ),
    "profile id in use": (_Hint("newProfile must be a new id on every line"),),
    "malformed command": (_Hint("see detail in rejected.jsonl"),),
}


def hint_for(reason: str, reading: Reading) -> str:
    """Return what would help against a reason, for this way of reading."""
    places = {"", "lines" if reading.format == "jsonl" else "rows", *(["phone"] if reading.phones else [])}
    places |= reading.met
    places.add("parquet" if reading.format == "parquet" else "text")
    if reason == "no identifier" and reading.near:
        return " ".join(f"--map {each}" for each in map(quoted, reading.near))
    if reason == "unknown idType" and reading.unknown:
        return _unknown(reading)
    hints = [
        hint.text
        for hint in HINTS.get(reason, HINTS["malformed command"])
        if hint.where in places and hint.unless not in reading.options
    ]
    if reason == "invalid identifier" and reading.floats:
        hints.insert(0, _floats(reading))
    return "; ".join(hints)


def _floats(reading: Reading) -> str:
    """Return what helps against phone numbers that were written as floats; for a table it names the columns."""
    columns = [column for id_type in reading.floats for column in reading.columns.get(id_type, ())]
    names = listed([repr(name) for name in columns or reading.floats], _NAMED)
    where = f"column{'s' * (len(columns) > 1)} {names}" if columns else names
    return f"export {where} as text, where phone numbers were written as floats (3175556789.0)"


def _unknown(reading: Reading) -> str:
    """Return what helps against idTypes that are not configured, by name."""
    names = listed([repr(id_type) for id_type in reading.unknown], _NAMED)
    meant = did_you_mean(reading.unknown[0], reading.id_types) if len(reading.unknown) == 1 else ""
    return f"add {names} to identifierConfigs in the settings{meant}"
