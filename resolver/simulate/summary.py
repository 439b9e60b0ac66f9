"""The summary of a run: totals that add up, and where each record ended; counted in the columns of a replay."""

from array import array
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import cached_property
from typing import Any

import msgspec

from resolver.columns import marks
from resolver.columns.execution import Execution, zeros
from resolver.columns.loop import follow_latest, follow_refs, ids_at_end, sizes_of_living
from resolver.columns.presented import count_ends
from resolver.columns.refs import Refs
from resolver.engine import Engine
from resolver.history import History
from resolver.history.column_loops import count_of, tallied, total_and_most
from resolver.json_documents import plain
from resolver.kernel import codes
from resolver.kernel.profile_lists import count
from resolver.kernel.rules import Rules
from resolver.kernel.tables import Tables, living_profiles
from resolver.names import ProfileId, RefusalReason
from resolver.simulate.rejection_reasons import MostFrequent, Reading, Reasons
from resolver.simulate.settings_documents import options_in_force
from resolver.versions import versions

_ALWAYS = (RefusalReason.INVALID, RefusalReason.CONFLICT, RefusalReason.LIMIT)
"""The reasons why an identifier is left out that need no policies."""

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


class Ends:
    """Where the refs of a replay ended: *order* has their numbers, by the first command that was applied.

    ``profile[ref]`` is the living profile of its last one, ``NOBODY`` if that is gone; ``n_several`` says of how many
    refs the lines ended in several. O(commands).
    """

    def __init__(self, done: Execution) -> None:
        refs, tables = len(done.latest), done.tables
        first = array("i", [marks.LEFT]) * refs
        several = zeros("i", refs)
        order = zeros("i", refs)
        known = follow_refs(tables, done.subject, done.numbered.ref_of, first, several, order)
        self.n_several = count_of(several, 1)
        self.order = order[:known]
        self.profile = array("i", [codes.NOBODY]) * refs
        follow_latest(tables, self.order, done.latest, self.profile)  # type: ignore[arg-type]  # columns of rows

    def largest(self, profiles: int) -> int:
        """The most refs of a profile."""
        group = zeros("i", profiles)
        count_ends(self.profile, group)
        return total_and_most(group)[1]


def summed_up(
    done: Execution,
    ends: Ends,
    reasons: Reasons,
    options: Mapping[str, Any],
    *,
    without: Sequence[str] = (),
    left_out_identifiers: int = 0,
) -> Summary:
    """The summary of a replay. O(commands), in a few passes over columns."""
    numbered, tables, settings = done.numbered, done.tables, done.ruling.book.settings
    records = numbered.records
    facts, statuses = done.facts.counts(), tallied(done.status)
    identifiers, largest_profile = total_and_most(sizes_of(tables))
    refused = statuses[marks.IS_REJECTED]
    refusals = done.facts.refusals(facts)
    gone = count_of(ends.profile, codes.NOBODY) - (len(ends.profile) - len(ends.order))
    return Summary(
        lines=numbered.read,
        applied=len(done.status) - refused,
        rejected=refused + numbered.unreadable,
        left_out=numbered.left_out,
        left_out_identifiers=left_out_identifiers,
        without=tuple(without),
        dropped_identifiers=refusals[RefusalReason.INVALID],
        profiles=tables.living,
        created=statuses[codes.IS_CREATED],
        updated=statuses[codes.IS_UPDATED],
        unchanged=statuses[codes.IS_UNCHANGED],
        deleted=statuses[marks.IS_DELETED],
        merges=facts[codes.MERGED],
        absorbed=tables.n_profiles - tables.living - facts[marks.DELETED],
        evictions=facts[codes.EVICTED],
        refusals=refusals.total(),
        refusals_by_reason=by_reason(refusals),
        identifiers=identifiers,
        largest_profile=largest_profile,
        refs=len(ends.order) - gone,
        largest_group=ends.largest(tables.n_profiles),
        refs_in_several_profiles=ends.n_several,
        refs_of_deleted_profiles=gone,
        out_of_time_order=numbered.late,
        rejected_by_reason=dict(sorted(reasons.counts.items())),
        most_frequent_rejection=reasons.most_frequent(Reading.of(records, options, settings)),
        ignored_columns=tuple(records.ignored),
        settings=settings.to_json(),
        options=options_in_force(options),
        versions=versions(),
        suggested_map=records.near if isinstance(records, History) else (),
        split_cells=records.split_cells if isinstance(records, History) else 0,
        files=records.spans if isinstance(records, History) else (),
    )


def sizes_of(tables: Tables) -> "array[int]":
    """How many values each living profile holds."""
    sizes = zeros("i", tables.n_profiles)
    return sizes[: sizes_of_living(tables, sizes)]


def sizes_in(store: Any) -> list[int]:
    """How many values each profile of a store holds; an engine counts, any other store is asked."""
    if isinstance(store, Engine):
        return store._sizes()
    return [sum(map(len, store.identifiers(profile_id).values())) for profile_id in store.profiles()]


def full_profiles(tables: Tables, rules: Rules) -> int:
    """Count the profiles with a full list: for some idType, as many values as its limit (S1). O(values held)."""
    size, limits = tables.size, [(kind, rules.limit[kind]) for kind in rules.order]
    return sum(
        size[profile] >= rules.least_limit and any(count(tables, profile, kind) >= limit for kind, limit in limits)
        for profile in living_profiles(tables)
    )


class Assignments(Mapping[str, ProfileId]):
    """The canonical id of the profile of each ref, in the order in which refs came first.

    It equals a dict of the same. How many there are and their ids are known; the texts of refs are made, and put into a
    dict, when the first question is asked that needs one.

    >>> ends = Assignments(["p1", "p2", "p1"], lambda: ["a", "b", "c"])
    >>> len(ends), list(ends.values()), ends["b"], ends == {"a": "p1", "b": "p2", "c": "p1"}
    (3, ['p1', 'p2', 'p1'], 'p2', True)
    """

    def __init__(self, ids: Sequence[ProfileId], refs: Callable[[], Iterable[str]]) -> None:
        self.ids = ids
        """The ids, in the order of the refs."""
        self._refs = refs

    @cached_property
    def by_ref(self) -> dict[str, ProfileId]:
        """The same as a dict. What it is made of is needed no more."""
        made = dict(zip(self._refs(), self.ids, strict=True))
        self._refs = tuple
        return made

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_ref)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self.by_ref)

    def __contains__(self, ref: object) -> bool:
        return ref in self.by_ref

    def __getitem__(self, ref: str) -> ProfileId:
        return self.by_ref[ref]

    def keys(self) -> KeysView[str]:
        """Return the refs."""
        return self.by_ref.keys()

    def items(self) -> ItemsView[str, ProfileId]:
        """Return the refs with their ids."""
        return self.by_ref.items()

    def values(self) -> ValuesView[ProfileId]:
        """Return the ids, in the order of the refs."""
        return _Ids(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Assignments):
            return self.by_ref == other.by_ref
        return self.by_ref == other

    __hash__ = None  # type: ignore[assignment]  # as a dict has none

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**self.by_ref, **other}

    def __ror__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**other, **self.by_ref}

    def __repr__(self) -> str:
        return repr(self.by_ref)

    def __reduce__(self) -> "tuple[type[dict[str, ProfileId]], tuple[dict[str, ProfileId]]]":
        return dict, (self.by_ref,)


class _Ids(ValuesView[ProfileId]):
    """The ids alone, for which no text of a ref is needed."""

    _mapping: Assignments

    def __iter__(self) -> Iterator[ProfileId]:
        return iter(self._mapping.ids)

    def __reversed__(self) -> Iterator[ProfileId]:
        return reversed(self._mapping.ids)

    def __contains__(self, profile_id: object) -> bool:
        return profile_id in self._mapping.ids


def assignments_of(ends: Ends, refs: Refs, tables: Tables) -> Assignments:
    """Return where each ref ended that is in a living profile. O(refs), and their texts when they are asked for."""
    living = zeros("i", len(ends.order))
    ids = ids_at_end(tables, ends.order, ends.profile, living)  # type: ignore[arg-type]  # columns of rows
    return Assignments(ids, lambda: refs.names(living[: len(ids)]))
