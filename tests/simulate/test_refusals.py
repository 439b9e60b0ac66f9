"""Refusals and moves in words (P3 to P5): each reason names the policy that was in force."""

from typing import Any

import pytest

from resolver import Caps, IdentifierConfig, IdentifierRefused, IdentifierRemoved, Policies, Settings, Status
from resolver.names import ProfileId, RefusalReason, RemovalReason, Value
from resolver.simulate.causes import Description, Side, kind_of_difference
from resolver.simulate.rejections import why_refused

SETTINGS = Settings([IdentifierConfig("phone", limit=3), IdentifierConfig("user", limit=1)], ["phone", "user"])
POLICIES = Policies(
    window_days={"phone": 7}, protect=["phone", "user"], caps=Caps(identifiers=9, merges=2), misfit="refuseRest"
)
P1, P2 = ProfileId("p1"), ProfileId("p2")
BIRTHS = {P1: 1, P2: 2}.__getitem__
NAMES = dict[int, str]().get


def refused(reason: RefusalReason, owner: ProfileId | None = None) -> Any:
    return IdentifierRefused(7, 0, P1, "phone", Value("1"), reason, owner)


@pytest.mark.parametrize(
    ("reason", "owner", "words"),
    [
        (RefusalReason.BLOCKED, None, "the policies block it"),
        (RefusalReason.WINDOW, None, "phone is protected at 3 in 7 days"),
        (RefusalReason.IDENTIFIERS, None, "a profile may hold 9 identifiers"),
        (RefusalReason.MERGES, "crm:2", "a profile may have 2 merges; the profile of crm:2 holds it"),
        (RefusalReason.DEMOTED, None, "a value of a higher rank did not fit (refuseRest)"),
        (RefusalReason.CONFLICT, "crm:2", "no rule lets phone alone merge profiles"),
        (RefusalReason.LIMIT, "crm:2", "together they have too many: phone is protected at 3 in 7 days, "
         "user is protected at 1; the profile of crm:2 holds it"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_policy(reason: RefusalReason, owner: str | None, words: str) -> None:
    assert why_refused(refused(reason), SETTINGS.with_policies(POLICIES), owner) == words


def test_a_full_list_that_is_not_protected_is_full() -> None:
    window = SETTINGS.with_policies(Policies(window_days={"phone": 1}))
    assert why_refused(refused(RefusalReason.WINDOW), window) == "the list was full: limit 3 in 1 day, fifo"


def test_a_value_that_moved_is_a_cause_of_its_own() -> None:
    moved = IdentifierRemoved(7, 0, P2, "phone", Value("1"), RemovalReason.MOVED)
    sides = [
        Description(Side(Status.UPDATED, facts), BIRTHS, NAMES, SETTINGS.with_policies(POLICIES))
        for facts in ((), (moved,))
    ]
    assert sides[1].text() == "moved phone '1' from its owner"
    assert kind_of_difference(*sides) == "moved"
    plain = Description(Side(Status.UPDATED, (refused(RefusalReason.MERGES, P2),)), BIRTHS, NAMES, sides[0]._settings)
    assert kind_of_difference(sides[0], plain) == "cap"
    assert plain.text().startswith("refused phone '1' (merges: a profile may have 2 merges")
