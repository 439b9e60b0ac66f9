"""Totals: the summary of a bulk replay, counted in the columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from resolver.bulk.columns import Columns
from resolver.bulk.interned import Interned
from resolver.bulk.marks import INVALID, IS_REJECTED
from resolver.history import History
from resolver.kernel import codes
from resolver.kernel.profile_lists import count
from resolver.kernel.rules import Rules
from resolver.kernel.tables import Tables
from resolver.names import Match, OnInvalid, RefusalReason
from resolver.rules.rulebook import Rulebook
from resolver.simulate.hints import Reading
from resolver.simulate.summary import Reasons, Summary
from resolver.versions import versions


def summed_up(
    interned: Interned,
    book: Rulebook,
    columns: Columns,
    refs: tuple[Sequence[int], int, int],
    reasons: Reasons,
    options: Mapping[str, Any],
) -> Summary:
    """Give the summary that ``replay`` gives. O(events), in a few passes over columns."""
    records, tables = interned.records, columns.tables
    facts, statuses = columns.fact.tobytes(), columns.status.tobytes()
    final, several, largest_group = refs
    sizes = _sizes(tables)
    refused = statuses.count(IS_REJECTED)
    refusals = {
        RefusalReason.INVALID: facts.count(INVALID),
        RefusalReason.CONFLICT: facts.count(codes.CONFLICT),
        RefusalReason.LIMIT: facts.count(codes.FULL),
    }
    return Summary(
        lines=interned.read,
        applied=len(interned) - refused,
        rejected=refused + len(interned.rejected),
        left_out=0,
        left_out_identifiers=0,
        without=(),
        dropped_identifiers=refusals[RefusalReason.INVALID],
        profiles=tables.living,
        created=statuses.count(codes.IS_CREATED),
        updated=statuses.count(codes.IS_UPDATED),
        unchanged=statuses.count(codes.IS_UNCHANGED),
        deleted=0,
        merges=facts.count(codes.MERGED),
        absorbed=tables.n_profiles - tables.living,
        evictions=facts.count(codes.EVICTED),
        refusals=sum(refusals.values()),
        refusals_by_reason={str(reason): count for reason, count in refusals.items()},
        identifiers=sum(sizes),
        largest_profile=max(sizes, default=0),
        refs=len(final) - final.count(-1),
        largest_group=largest_group,
        refs_in_several_profiles=several,
        refs_of_deleted_profiles=0,
        out_of_time_order=interned.late,
        rejected_by_reason=dict(sorted(reasons.counts.items())),
        most_frequent_rejection=reasons.most_frequent(Reading.of(records, options, book.settings)),
        ignored_columns=tuple(records.ignored),
        settings=book.settings.to_json(),
        options={
            "match": str(options.get("match", Match.ALL)),
            "onInvalid": str(options.get("on_invalid", OnInvalid.DROP)),
            "defaultRegion": str(options.get("default_region", "US")),
        },
        versions=versions(),
        suggested_map=records.near if isinstance(records, History) else (),
        split_cells=records.split_cells if isinstance(records, History) else 0,
        files=records.spans if isinstance(records, History) else (),
    )


def _sizes(tables: Tables) -> list[int]:
    """How many values each living profile holds."""
    parent, size = tables.parent, tables.size
    return [size[profile] for profile in range(tables.n_profiles) if parent[profile] == profile]


def full_profiles(tables: Tables, rules: Rules) -> int:
    """Count the profiles with a full list: for some idType, as many values as its limit (S1). O(values held)."""
    parent, size, limits = tables.parent, tables.size, [(kind, rules.limit[kind]) for kind in rules.order]
    return sum(
        parent[profile] == profile
        and size[profile] >= rules.least_limit
        and any(count(tables, profile, kind) >= limit for kind, limit in limits)
        for profile in range(tables.n_profiles)
    )
