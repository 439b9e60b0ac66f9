"""Totals: the summary of a replay, counted in its columns."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from resolver.columns import marks
from resolver.columns.execution import Execution, zeros
from resolver.columns.loop import follow_latest, follow_refs, sizes_of_living
from resolver.columns.presented import count_ends
from resolver.engine import Engine
from resolver.history import History
from resolver.kernel import codes
from resolver.kernel.profile_lists import count
from resolver.kernel.rules import Rules
from resolver.kernel.tables import Tables, living_profiles
from resolver.names import Match, OnInvalid, RefusalReason
from resolver.simulate.hints import Reading
from resolver.simulate.summary import Reasons, Summary, by_reason
from resolver.versions import versions

OPTIONS = (
    ("match", "match", Match.ALL),
    ("onInvalid", "on_invalid", OnInvalid.DROP),
    ("defaultRegion", "default_region", "US"),
)
"""The options that a summary names: as its file does, as the engine does, and what they are unless given."""


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
        self.n_several = sum(several)
        self.order = order[:known]
        self.profile = array("i", [codes.NOBODY]) * refs
        follow_latest(tables, self.order, done.latest, self.profile)  # type: ignore[arg-type]  # columns of rows

    def largest(self, profiles: int) -> int:
        """The most refs of a profile."""
        group = zeros("i", profiles)
        count_ends(self.profile, group)
        return max(group, default=0)


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
    facts, statuses = bytes(memoryview(done.facts.scratch.fact)), done.status.tobytes()  # type: ignore[arg-type]
    sizes = sizes_of(tables)
    refused = statuses.count(marks.IS_REJECTED)
    refusals = done.facts.refusals()
    gone = ends.profile.count(codes.NOBODY) - (len(ends.profile) - len(ends.order))
    return Summary(
        lines=numbered.read,
        applied=len(statuses) - refused,
        rejected=refused + numbered.unreadable,
        left_out=numbered.left_out,
        left_out_identifiers=left_out_identifiers,
        without=tuple(without),
        dropped_identifiers=refusals[RefusalReason.INVALID],
        profiles=tables.living,
        created=statuses.count(codes.IS_CREATED),
        updated=statuses.count(codes.IS_UPDATED),
        unchanged=statuses.count(codes.IS_UNCHANGED),
        deleted=statuses.count(marks.IS_DELETED),
        merges=facts.count(codes.MERGED),
        absorbed=tables.n_profiles - tables.living - facts.count(marks.DELETED),
        evictions=facts.count(codes.EVICTED),
        refusals=refusals.total(),
        refusals_by_reason=by_reason(refusals),
        identifiers=sum(sizes),
        largest_profile=max(sizes, default=0),
        refs=len(ends.order) - gone,
        largest_group=ends.largest(tables.n_profiles),
        refs_in_several_profiles=ends.n_several,
        refs_of_deleted_profiles=gone,
        out_of_time_order=numbered.late,
        rejected_by_reason=dict(sorted(reasons.counts.items())),
        most_frequent_rejection=reasons.most_frequent(Reading.of(records, options, settings)),
        ignored_columns=tuple(records.ignored),
        settings=settings.to_json(),
        options={name: str(options.get(option, default)) for name, option, default in OPTIONS},
        versions=versions(),
        suggested_map=records.near if isinstance(records, History) else (),
        split_cells=records.split_cells if isinstance(records, History) else 0,
        files=records.spans if isinstance(records, History) else (),
    )


def sizes_of(tables: Tables) -> Sequence[int]:
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
