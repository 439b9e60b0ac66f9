"""Totals: the summary of a bulk replay, counted in the columns."""

from collections.abc import Mapping
from typing import Any

from resolver.bulk.interned import Interned
from resolver.bulk.layout import (
    CONFLICT,
    EVENTS,
    EVICTED,
    FACTS,
    FULL,
    INVALID,
    IS_CREATED,
    IS_REJECTED,
    IS_UNCHANGED,
    IS_UPDATED,
    MERGED,
    PROFILES,
    Columns,
    Ints,
)
from resolver.history import History
from resolver.names import Match, OnInvalid, RefusalReason
from resolver.rules.rulebook import Rulebook
from resolver.simulate.hints import Reading
from resolver.simulate.summary import Reasons, Summary
from resolver.versions import versions


def summed_up(
    interned: Interned,
    book: Rulebook,
    columns: Columns,
    refs: tuple[Ints, int, int],
    reasons: Reasons,
    options: Mapping[str, Any],
) -> Summary:
    """Give the summary that ``replay`` gives. O(events), in a few passes over columns."""
    n, records = columns.n, interned.records
    kinds = _bytes(columns.fact, n[FACTS])
    statuses = _bytes(columns.status, n[EVENTS])
    final: Any
    final, several, largest_group = refs
    profiles, identifiers, largest = _sizes(columns)
    refused = statuses.count(IS_REJECTED)
    refusals = {
        RefusalReason.INVALID: kinds.count(INVALID),
        RefusalReason.CONFLICT: kinds.count(CONFLICT),
        RefusalReason.LIMIT: kinds.count(FULL),
    }
    return Summary(
        lines=interned.read,
        applied=len(interned) - refused,
        rejected=refused + len(interned.rejected),
        left_out=0,
        left_out_identifiers=0,
        without=(),
        dropped_identifiers=refusals[RefusalReason.INVALID],
        profiles=profiles,
        created=statuses.count(IS_CREATED),
        updated=statuses.count(IS_UPDATED),
        unchanged=statuses.count(IS_UNCHANGED),
        deleted=0,
        merges=kinds.count(MERGED),
        absorbed=int(n[PROFILES]) - profiles,
        evictions=kinds.count(EVICTED),
        refusals=sum(refusals.values()),
        refusals_by_reason={str(reason): count for reason, count in refusals.items()},
        identifiers=identifiers,
        largest_profile=largest,
        refs=len(final) - memoryview(final).tolist().count(-1),
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


def _bytes(column: Any, length: int) -> bytes:
    return memoryview(column)[:length].tobytes()


def _sizes(columns: Columns) -> tuple[int, int, int]:
    """Give the number of living profiles, of the values that they hold, and of those that the fullest holds.

    The parent of a living profile is itself, and a profile that was merged away holds nothing.
    """
    total = int(columns.n[PROFILES])
    parent: Any = memoryview(columns.parent)[:total]  # type: ignore[arg-type]
    size: Any = memoryview(columns.size)[:total]  # type: ignore[arg-type]
    living = sum(one == profile for profile, one in enumerate(parent))
    return living, sum(size), max(size, default=0)


def full_profiles(book: Rulebook, columns: Columns) -> int:
    """Count the profiles with a full list: for some idType, as many values as its limit (S1). O(values held)."""
    limits = [rules.limit for rules in book.order]
    kind, node_value, following = columns.kind, columns.node_value, columns.next
    full = 0
    for profile in range(columns.n[PROFILES]):
        if columns.size[profile] >= book.least_limit:  # one that was merged away holds nothing
            counts = [0] * len(limits)
            node = columns.head[profile]
            while node >= 0:
                place = kind[node_value[node]]
                counts[place] += 1
                if counts[place] == limits[place]:
                    full += 1
                    break
                node = following[node]
    return full
