"""Rejection reasons: why lines were rejected and identifiers dropped, counted, and what would help against each.

>>> hint_for("unreadable time", Reading("csv", frozenset({"at_unit", "date_format"})))
'--map at=COLUMN names the column of the time; a time is RFC 3339 (2026-01-02T03:04:05Z) or an integer'
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from resolver.display import counted, displayed, listed, quoted
from resolver.errors import (
    IdentifierBlocked,
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidTime,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    SuppressedIdentifier,
    UnknownIdentifierType,
    shown,
)
from resolver.history import History
from resolver.names import IdType, OnInvalid
from resolver.rules.normalization import can_be_kept, is_float_of_a_phone
from resolver.settings import Settings
from resolver.suggestions import did_you_mean

_NAMED = 3
"""Unknown idTypes that a hint names, and values that an example names."""


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
    shape = "lines" if reading.format == "jsonl" else "rows"
    file = "parquet" if reading.format == "parquet" else "text"
    places = {"", shape, file, *reading.met, *(["phone"] if reading.phones else [])}
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


REASONS: dict[type[ResolverError], str] = {
    InvalidIdentifier: "invalid identifier",
    IdentifierBlocked: "blocked identifier",
    SuppressedIdentifier: "suppressed identifier",
    UnknownIdentifierType: "unknown idType",
    ProfileNotFound: "unknown profile",
    IdentifierNotFound: "identifier not found",
    IdentifierConflict: "identifier conflict",
    ProfileExists: "profile id in use",
    InvalidTime: "unreadable time",
    InvalidCommand: "malformed command",
}
"""Why the engine refused a line, in words that stay the same."""


_MOST_UNKNOWN = 100
"""Unknown idTypes that are told apart: every line may bring a new one, and nothing must grow with them."""

_LONGEST = 200
"""Characters of an example."""


class MostFrequent(msgspec.Struct, frozen=True, rename="camel"):
    """The reason that most lines were rejected or identifiers dropped for, the first of them, and what would help.

    ``count`` is that of ``rejected`` lines and ``dropped`` identifiers together; ``example`` is about ``line``.
    """

    reason: str
    count: int
    cure: str
    rejected: int
    dropped: int
    line: int
    example: str

    def __str__(self) -> str:
        lines, identifiers = counted(self.rejected, "line"), counted(self.dropped, "identifier")
        what = ", ".join([f"{lines} rejected"] * bool(self.rejected) + [f"{identifiers} dropped"] * bool(self.dropped))
        return f"most frequent reason: {self.reason} ({what}), first in line {self.line}: {self.example}"


class Reasons:
    """Counts why lines were rejected and identifiers dropped, and keeps the first of each.

    >>> reasons = Reasons()
    >>> reasons.drop(7, "phone", "n/a")
    >>> print(reasons.most_frequent(Reading()))
    most frequent reason: invalid identifier (1 identifier dropped), first in line 7: phone 'n/a'
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._dropped = 0
        self._met: set[Met] = set()
        self._phones: set[IdType] = set()
        self._unknown: Counter[IdType] = Counter()
        self._floats: set[IdType] = set()
        self._first: dict[str, tuple[int, str]] = {}

    def reject(self, line: int, reason: str, error: ResolverError, given: Iterable[tuple[IdType, object]] = ()) -> None:
        """Count a rejected line, which had the identifiers *given*."""
        self.counts[reason] += 1
        values = list(given) if isinstance(error, InvalidIdentifier | IdentifierBlocked) else []
        if reason == REASONS[InvalidIdentifier]:
            self._note_unreadable(values)
        elif isinstance(error, IdentifierBlocked) and len(values) > 1:
            self._met.add(Met.OTHERS)
        elif isinstance(error, IdentifierConflict):
            self._met.add(Met.KEPT_APART if error.by_policies else Met.WITHOUT_RULE)
        self._note_unknown(error.id_type if isinstance(error, UnknownIdentifierType) else None)
        if reason not in self._first:
            self._first[reason] = line, _cut(_with_values(error, values))

    def reject_unknown(self, id_type: IdType) -> bool:
        """Count a line that was rejected for an idType that is not configured; False, if it is the first such line."""
        if not self._count_again(REASONS[UnknownIdentifierType]):
            return False
        self._note_unknown(id_type)
        return True

    def reject_conflict(self, *, by_policies: bool) -> bool:
        """Count a line that was rejected for a conflict; False, and nothing counted, if it is the first such line."""
        if not self._count_again(REASONS[IdentifierConflict]):
            return False
        self._met.add(Met.KEPT_APART if by_policies else Met.WITHOUT_RULE)
        return True

    def _count_again(self, reason: str) -> bool:
        if reason not in self._first:
            return False
        self.counts[reason] += 1
        return True

    def drop(self, line: int, id_type: IdType, value: object) -> None:
        """Count an identifier that was dropped from a line that was applied."""
        reason = REASONS[InvalidIdentifier]
        self.counts[reason] += 1
        self._dropped += 1
        self._note_unreadable([(id_type, value)])
        if reason not in self._first:
            self._first[reason] = line, f"{id_type} {shown(value)}"

    def drop_more(self, count: int, values: Iterable[tuple[IdType, object]]) -> None:
        """Count identifiers that were dropped after the first one; *values* are the different ones among them."""
        self.counts[REASONS[InvalidIdentifier]] += count
        self._dropped += count
        for each in values:
            self._note_unreadable([each])

    def reject_more_unknown(self, id_type: IdType, count: int) -> None:
        """Count lines that were rejected for an idType that is not configured, after the first such line."""
        self.counts[REASONS[UnknownIdentifierType]] += count
        self._note_unknown(id_type, count)

    def most_frequent(self, reading: Reading) -> MostFrequent | None:
        """Return the most frequent reason with its hint; ties go to the one that came first. None without any."""
        if not self.counts:
            return None
        reason = max(self.counts, key=self.counts.__getitem__)
        count = self.counts[reason]
        dropped = self._dropped if reason == REASONS[InvalidIdentifier] else 0
        unknown = tuple(id_type for id_type, _ in self._unknown.most_common())
        hint = hint_for(reason, reading.about(unknown, self._met, self._phones, self._floats))
        return MostFrequent(reason, count, hint, count - dropped, dropped, *self._first[reason])

    @classmethod
    def of_parts(cls, parts: Iterable["Reasons"]) -> "Reasons":
        """Return what was counted in several parts of one history."""
        every, found = list(parts), cls()
        for first, reason in sorted((first, reason) for part in every for reason, first in part._first.items()):
            found._first.setdefault(reason, first)
            found.counts[reason] += 0
        for part in every:
            found.counts.update(part.counts)
            found._unknown.update(part._unknown)
            found._dropped += part._dropped
            found._met |= part._met
            found._phones |= part._phones
            found._floats |= part._floats
        return found

    def renumbered(self, number_of: Callable[[int], int]) -> "Reasons":
        """Return the same with other numbers of lines.

        >>> reasons = Reasons()
        >>> reasons.drop(7, "phone", "n/a")
        >>> reasons.renumbered(lambda line: line + 1).most_frequent(Reading()).line
        8
        """
        found = Reasons.of_parts([self])
        found._first = {reason: (number_of(line), text) for reason, (line, text) in self._first.items()}
        return found

    def _note_unknown(self, id_type: object, count: int = 1) -> None:
        if isinstance(id_type, str) and (id_type in self._unknown or len(self._unknown) < _MOST_UNKNOWN):
            self._unknown[id_type] += count

    def _note_unreadable(self, values: Sequence[tuple[IdType, object]]) -> None:
        """Note what would help a line with these values, some or all of which are unreadable.

        To keep values would refuse a line with one that cannot be kept (N8), so it helps where all of them can be.
        """
        self._met.add(Met.KEEPABLE if all(can_be_kept(value) for _, value in values) else Met.NO_TEXT)
        for id_type, value in values:
            if can_be_kept(value) and any(map(str.isdigit, str(value))):
                self._phones.add(id_type)
            if id_type not in self._floats and is_float_of_a_phone(value):
                self._floats.add(id_type)


def reason_of(error: ResolverError) -> str:
    """Return the stable words for an error."""
    if isinstance(error, InvalidIdentifier) and error.all_blocked:
        return REASONS[IdentifierBlocked]
    return REASONS.get(type(error), REASONS[InvalidCommand])


def _with_values(error: ResolverError, presented: Iterable[tuple[IdType, object]]) -> str:
    """Return what an error says, led by the values of which it says no more than that none could be read."""
    values = [(id_type, shown(value)) for id_type, value in presented if isinstance(value, str)]
    if not values or any(value in str(error) for _, value in values):
        return str(error)
    return f"{listed([f'{id_type} {value}' for id_type, value in values], _NAMED)}: {error}"


def _cut(text: str) -> str:
    text = displayed(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
