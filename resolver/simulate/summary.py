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
from resolver.simulate.hints import Reading, hint_for

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


LABELS: dict[str, str] = {
    "profiles": "profiles",
    "identifiers": "identifiers held",
    "created": "lines that created a profile",
    "merges": "merges",
    "absorbed": "profiles merged away",
    "evictions": "evictions",
    "refusals": "refusals",
    "largestProfile": "identifiers in the largest profile",
    "largestGroup": "records in the largest profile",
    "applied": "lines applied",
    "rejected": "lines rejected",
    "droppedIdentifiers": "identifiers dropped",
}
"""The totals that are shown and compared, by the names of ``summary.json``, in words."""


class MostFrequent(msgspec.Struct, frozen=True, rename="camel"):
    """The reason that most lines were rejected or identifiers dropped for, and what would help."""

    reason: str
    count: int
    cure: str


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """The totals of a run. ``lines = applied + rejected + left_out``; read by attribute, or by the file's key.

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
    left_out: int
    left_out_identifiers: int
    without: tuple[str, ...]
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
    suggested_map: tuple[str, ...] = ()
    split_cells: int = 0

    def __getitem__(self, key: str) -> Any:
        for field in msgspec.structs.fields(self):
            if key in (field.encode_name, field.name):
                return getattr(self, field.name)
        raise KeyError(key)

    def to_json(self) -> dict[str, Any]:
        """Give the contents of ``summary.json``."""
        document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return document


def most_frequent(counts: dict[str, int], reading: Reading = Reading()) -> MostFrequent | None:  # noqa: B008
    """Give the most frequent reason with its hint; ties go to the one that came first.

    >>> most_frequent({"naive time": 3, "broken JSON": 1}).cure
    '--tz ZONE gives times without an offset a zone'
    """
    if not counts:
        return None
    reason = max(counts, key=counts.__getitem__)
    return MostFrequent(reason, counts[reason], hint_for(reason, reading))


def reason_of(error: ResolverError) -> str:
    """Give the stable words for an error."""
    return REASONS.get(type(error), REASONS[InvalidCommand])
