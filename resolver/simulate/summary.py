"""The summary of a run: totals that add up, and what to do about rejected lines."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from resolver.display import counted, displayed, listed
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
from resolver.json_documents import plain
from resolver.names import IdType, RefusalReason
from resolver.rules.normalization import can_be_kept, is_float_of_a_phone
from resolver.simulate.hints import Met, Reading, hint_for

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

_ALWAYS = (RefusalReason.INVALID, RefusalReason.CONFLICT, RefusalReason.LIMIT)
"""The reasons why an identifier is left out that need no policies."""

_MOST_UNKNOWN = 100
"""Unknown idTypes that are told apart: every line may bring a new one, and nothing must grow with them."""

_NAMED = 3
"""Values that an example names."""

_LONGEST = 200
"""Characters of an example."""

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
        """Return what was counted in several parts of one history.

        >>> one, other = Reasons(), Reasons()
        >>> one.drop(7, "phone", "n/a")
        >>> other.drop(5, "phone", "-")
        >>> print(Reasons.of_parts([one, other]).most_frequent(Reading()))
        most frequent reason: invalid identifier (2 identifiers dropped), first in line 5: phone '-'
        """
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

    def since(self, before: "Reasons") -> "Reasons":
        """Return what came to what was counted *before*, in the first lines of the same history.

        >>> one, other = Reasons(), Reasons()
        >>> for each in (one, other):
        ...     each.drop(5, "phone", "-")
        >>> other.drop(7, "phone", "n/a")
        >>> print(Reasons.of_parts([one, other.since(one)]).most_frequent(Reading()))
        most frequent reason: invalid identifier (2 identifiers dropped), first in line 5: phone '-'
        """
        found = Reasons.of_parts([self])
        found.counts.subtract(before.counts)
        found._unknown.subtract(before._unknown)
        found._dropped -= before._dropped
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
    files: tuple[tuple[str, int, int], ...] = ()

    @property
    def applied_nothing(self) -> bool:
        """Whether there were lines and none was applied, which is not because all were left out on purpose."""
        return self.applied == 0 and self.rejected > 0

    def __getitem__(self, key: str) -> Any:
        for field in msgspec.structs.fields(self):
            if key in (field.encode_name, field.name):
                return getattr(self, field.name)
        raise KeyError(key)

    def to_json(self) -> dict[str, Any]:
        """Return the contents of ``summary.json``."""
        document: dict[str, Any] = plain(self)
        return document


def by_reason(refusals: Mapping[Any, int]) -> dict[str, int]:
    """How many identifiers were left out for each reason; those that only policies have, where they happened.

    >>> by_reason({RefusalReason.LIMIT: 2, RefusalReason.BLOCKED: 0})
    {'invalid': 0, 'conflict': 0, 'limit': 2}
    """
    return {str(each): refusals.get(each, 0) for each in RefusalReason if each in _ALWAYS or refusals.get(each)}


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
