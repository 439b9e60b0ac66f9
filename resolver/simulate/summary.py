"""The summary of a run: totals that add up, and what to do about rejected lines."""

from typing import Any

import msgspec

from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidTime,
    ProfileExists,
    ProfileNotFound,
    ResolverError,
    UnknownIdentifierType,
)

REASONS: dict[type[ResolverError], str] = {
    InvalidIdentifier: "invalid identifier",
    UnknownIdentifierType: "unknown idType",
    ProfileNotFound: "unknown profile",
    IdentifierNotFound: "identifier not found",
    IdentifierConflict: "identifier conflict",
    ProfileExists: "profile id in use",
    InvalidTime: "unreadable time",
    InvalidCommand: "malformed command",
}
"""Why the engine refused a line, in words that stay the same."""

CURES: dict[str, str] = {
    "broken JSON": "check --format: is the file JSON Lines, one object a line?",
    "broken CSV": "check --format, and the quotes of these rows",
    "not UTF-8": "convert the file to UTF-8",
    "not an object": "check --format: every line must be one JSON object",
    "unknown op": "op is one of resolve, add, replace, remove, delete",
    "missing field": "--map NAME=COLUMN names the column that has it",
    "wrong type": "check the fields named in rejected.jsonl",
    "too many cells": "check the quotes of these rows, and --format tsv for tabs",
    "floating-point number": "export identifiers as text",
    "naive time": "--tz ZONE gives times without an offset a zone",
    "unreadable time": "--map at=COLUMN names the time, --at-unit s reads seconds",
    "invalid identifier": "--region REGION for national phone numbers, --on-invalid keep, or another normalization",
    "unknown idType": "add the idType to identifierConfigs in the settings",
    "no identifier": "--map NAME=COLUMN names the columns that have identifiers",
    "unknown profile": "profile is ref: and the ref of an earlier record; --sort, if that comes later in the file",
    "identifier not found": "--sort, if the value is added later in the file",
    "identifier conflict": "a matching rule on the idType lets the profiles merge",
    "profile id in use": "newProfile must be a new id on every line",
    "malformed command": "see detail in rejected.jsonl",
}


class MostFrequent(msgspec.Struct, frozen=True, rename="camel"):
    """The reason that most lines were rejected or identifiers dropped for, and what would cure it."""

    reason: str
    count: int
    cure: str


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """The totals of a run. ``lines = applied + rejected``; read by attribute, or by the file's key.

    ``largest_profile`` is the number of identifiers in the fullest profile, ``largest_group`` the number of
    refs in the most frequent one. ``refusals`` counts every identifier that was left out, ``refusals_by_reason``
    says why.

    >>> from resolver.simulate import replay
    >>> summary = replay([{"identifiers": {"email": "ada@example.com"}}]).summary
    >>> summary.applied, summary["droppedIdentifiers"]
    (1, 0)
    """

    lines: int
    applied: int
    rejected: int
    dropped_identifiers: int
    profiles: int
    created: int
    updated: int
    unchanged: int
    deleted: int
    merges: int
    absorbed: int
    evictions: int
    refusals: int
    refusals_by_reason: dict[str, int]
    identifiers: int
    largest_profile: int
    refs: int
    largest_group: int
    refs_in_several_profiles: int
    refs_of_deleted_profiles: int
    out_of_time_order: int
    rejected_by_reason: dict[str, int]
    most_frequent_rejection: MostFrequent | None
    ignored_columns: tuple[str, ...]
    settings: dict[str, Any]
    options: dict[str, str]
    versions: dict[str, str]

    def __getitem__(self, key: str) -> Any:
        for field in msgspec.structs.fields(self):
            if key in (field.encode_name, field.name):
                return getattr(self, field.name)
        raise KeyError(key)

    def to_json(self) -> dict[str, Any]:
        """Give the contents of ``summary.json``."""
        document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return document


def most_frequent(counts: dict[str, int]) -> MostFrequent | None:
    """Give the most frequent reason with its cure; ties go to the one that came first.

    >>> most_frequent({"naive time": 3, "broken JSON": 1}).cure
    '--tz ZONE gives times without an offset a zone'
    """
    if not counts:
        return None
    reason = max(counts, key=counts.__getitem__)
    return MostFrequent(reason, counts[reason], CURES.get(reason, CURES["malformed command"]))


def reason_of(error: ResolverError) -> str:
    """Give the stable words for an error."""
    return REASONS.get(type(error), REASONS[InvalidCommand])
