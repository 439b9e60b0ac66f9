from typing import Any

import pytest

from resolver import (
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    Settings,
    SettingsApplied,
    Status,
)
from resolver.names import LimitPolicy, ProfileId, RefusalReason, RemovalReason, Value
from resolver.simulate.causes import LEFT_OUT, Description, Side, kind_of_difference, why

CREATED = ProfileCreated(5, 0, ProfileId("new"))
ADDED_HERE = IdentifierAdded(5, 0, ProfileId("old"), "email", Value("a@example.com"))
ADDED_THERE = IdentifierAdded(5, 0, ProfileId("new"), "email", Value("a@example.com"))
EVICTED = IdentifierEvicted(5, 0, ProfileId("old"), "email", Value("b@example.com"), LimitPolicy.FIFO)
LIMITED = IdentifierRefused(5, 0, ProfileId("old"), "email", "c@example.com", RefusalReason.LIMIT)
INVALID = IdentifierRefused(5, 0, None, "email", "n/a", RefusalReason.INVALID)
REMOVED = IdentifierRemoved(5, 0, ProfileId("old"), "email", Value("b@example.com"), RemovalReason.REMOVED)
DELETED = ProfileDeleted(5, 0, ProfileId("old"), ())


def side(*facts: Any) -> Side:
    return Side(Status.UPDATED, facts)


def described(side: Side) -> Description:
    births = {ProfileId("old"): 1, ProfileId("new"): 5, ProfileId("lone"): 7}
    return Description(side, births.__getitem__, {1: "crm:1"}.get, Settings.defaults())


def told(baseline: Side, candidate: Side) -> str:
    return why(described(baseline), described(candidate))


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((), "changed nothing"),
        ((ADDED_HERE,), "added email 'a@example.com' to the profile of crm:1"),
        ((CREATED, ADDED_THERE), "created a profile with email 'a@example.com'"),
        ((EVICTED,), "evicted email 'b@example.com' (fifo limit)"),
        ((LIMITED, INVALID), "refused email 'c@example.com' (limit) and refused email 'n/a' (invalid)"),
        ((REMOVED,), "removed email 'b@example.com'"),
        ((DELETED,), "deleted the profile of crm:1"),
        ((SettingsApplied(5, 0, Settings.defaults()),), "changed the settings"),
    ],
)
def test_every_fact_is_told(facts: tuple[Any, ...], text: str) -> None:
    assert told(side(*facts), side(REMOVED)).startswith(f"the baseline {text}; the candidate removed")


def test_a_profile_without_a_ref_is_told_by_its_line() -> None:
    added = IdentifierAdded(8, 0, ProfileId("lone"), "email", Value("a@example.com"))
    assert "to the profile of line 7" in why(described(side(added)), described(side()))


@pytest.mark.parametrize(
    ("baseline", "candidate", "kind"),
    [
        (side(EVICTED), side(), "eviction"),
        (side(), side(LIMITED), "limit"),
        (side(INVALID), side(), "refusal"),
        (side(ADDED_HERE), side(CREATED, ADDED_THERE), "match"),
        (side(ADDED_HERE), side(), "value"),
        (Side(None, rejected="unknown"), side(), "rejected"),
    ],
)
def test_the_kind_is_what_the_difference_began_with(baseline: Side, candidate: Side, kind: str) -> None:
    assert kind_of_difference(described(baseline), described(candidate)) == kind


def test_a_rejected_side_is_told_and_written_as_such() -> None:
    rejected = Side(None, rejected=LEFT_OUT)
    assert told(rejected, side(ADDED_HERE)).startswith("the baseline left the line out")
    refused = Side(None, rejected="no such profile")
    assert told(refused, side(ADDED_HERE)).startswith("the baseline rejected the line (no such profile)")
    assert rejected.to_json() == {"rejected": "the line was left out"}
    assert side(ADDED_HERE).to_json()["facts"][0]["fact"] == "IdentifierAdded"
