"""A replay in columns is the engine, command by command: the law that keeps the two from drifting."""

from collections import Counter
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as run_settings
from hypothesis import strategies as st

from resolver import IdentifierConfig, Resolve, Settings
from tests.columns.twins import check_alike, options_of, written
from tests.laws import histories
from tests.machines.families import FAMILIES, Family

HISTORIES = 6


@cache
def tellings(family: Family, number: int) -> Counter[str]:
    """Compare one history of a family; what its facts are, counted."""
    random = Random(f"columns {family.__name__} {number}")
    case = family(random)
    run = check_alike(written(random, case, random.choice([15, 40, 120])), case.settings, **options_of(case))
    reasons = [str(getattr(fact, "reason", "")) for fact in run.facts]
    rejected = [f"rejected as {each.error}" for each in run.rejected if each.raw is not None]
    return Counter([type(fact).__name__ for fact in run.facts]) + Counter(reasons) + Counter(rejected)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_any_history_is_replayed_in_columns_as_command_by_command(family: Family) -> None:
    for number in range(HISTORIES):
        tellings(family, number)


def test_the_histories_reach_every_fact_and_every_refusal() -> None:
    told = sum((tellings(family, number) for family in FAMILIES for number in range(HISTORIES)), Counter[str]())
    facts = ["ProfileCreated", "IdentifierAdded", "IdentifierRemoved", "IdentifierEvicted", "IdentifierRefused"]
    assert set(told) >= {*facts, "ProfilesMerged", "ProfileDeleted", "SettingsApplied"}
    assert set(told) >= {"IdentifierSuppressed", "IdentifierUnsuppressed"}
    assert set(told) >= {"invalid", "conflict", "limit", "removed", "replaced", "blocked"}
    errors = ["InvalidIdentifier", "UnknownIdentifierType", "ProfileNotFound", "IdentifierNotFound", "InvalidCommand"]
    errors += ["IdentifierConflict", "ProfileExists", "InvalidTime", "IdentifierBlocked", "SuppressedIdentifier"]
    assert set(told) >= {f"rejected as {error}" for error in errors}


fuzzy_fields: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{"matching_algo": "fuzzy", "matching_threshold": threshold} for threshold in (50, 70, 90)]
)


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    """Draw settings of exact types and at most one fuzzy one, with rules of one to three types."""
    fuzzy = draw(st.sampled_from([None, None, *histories.TYPES]))
    configs = [
        IdentifierConfig(
            id_type,
            limit=draw(st.sampled_from([100, 1, 2, 3])),
            limit_policy=draw(st.sampled_from(["fifo", "lifo"])),
            enforce_unique=draw(st.booleans()),
            normalization=draw(st.sampled_from(["trim", "none"])),
            **draw(fuzzy_fields) if id_type == fuzzy else {},
        )
        for id_type in histories.TYPES
    ]
    named = st.lists(histories.types, min_size=1, max_size=3, unique=True)
    rules = draw(st.lists(named, min_size=1, max_size=5, unique_by=frozenset))
    return Settings(configs, [" AND ".join(names) for names in rules])


events = st.builds(
    Resolve,
    st.one_of(histories.mappings, st.dictionaries(histories.types, st.lists(histories.values, max_size=3), max_size=4)),
    histories.times,
)


@given(
    st.one_of(any_settings(), histories.everyday_settings),
    st.lists(events, min_size=5, max_size=40),
    st.sampled_from(["all", "first"]),
    st.sampled_from(["drop", "refuse", "keep"]),
)
@run_settings(max_examples=60, deadline=None)
def test_any_lines_of_resolve_are_replayed_in_columns_as_command_by_command(
    settings: Settings, history: list[Any], match: str, on_invalid: str
) -> None:
    check_alike(history, settings, match=match, on_invalid=on_invalid)
