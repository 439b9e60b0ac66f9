"""Histories under policies, written by hand for what random ones seldom reach; ``Duel`` compares all sides."""

from typing import Any

import pytest

from resolver.commands import AddIdentifier, ApplySettings, DeleteProfile, RemoveIdentifier, ReplaceIdentifier, Resolve
from resolver.facts import IdentifierEvicted, IdentifierRefused, ProfilesMerged
from resolver.policies import Policies
from resolver.rules.rulebook import DAY
from tests.machines.compare import Duel
from tests.machines.test_written_histories import SHARED, applied, duel, kinds, settings


def bound(rules: list[str], policies: Policies, **configs: dict[str, Any]) -> Duel:
    """Open a store with policies."""
    return duel(settings(rules, **configs).with_policies(policies))


def came(between: Duel, at: int = 0, **identifiers: Any) -> str:
    """Resolve; the profile."""
    return str(applied(between.run(Resolve(identifiers, at))).profile_id)


# Windows: which values a limit counts (P2)


@pytest.mark.parametrize("at", [-5, 5, 3 * DAY], ids=["before 1970", "about then", "after"])
@pytest.mark.parametrize(("earlier", "evicted"), [(DAY - 1, 1), (DAY, 0), (DAY + 1, 0)])
def test_p2_a_limit_counts_what_came_less_than_the_window_ago(at: int, earlier: int, evicted: int) -> None:
    between = bound(["aa"], Policies(window_days={"aa": 1}), aa={"limit": 1})
    one = came(between, at - earlier, aa="a")
    assert kinds(applied(between.run(AddIdentifier(one, "aa", "b", at))).facts).count("IdentifierEvicted") == evicted


def test_p2_every_merge_of_one_command_counts_at_its_time() -> None:
    rules = ["aa AND bb", "cc", "dd"]
    between = bound(rules, Policies(window_days={"ee": 1}), aa=SHARED, bb=SHARED, cc={}, dd={}, ee={"limit": 1})
    came(between, 0, aa="a", bb="b", ee="1")
    came(between, 1, aa="a", cc="1", ee="2")
    came(between, 2, bb="b", cc="2", ee="3")
    facts = applied(between.run(Resolve({"cc": ["1", "2"]}, DAY + 1))).facts
    assert kinds(facts) == ["ProfilesMerged", "ProfilesMerged"]
    facts = applied(between.run(Resolve({"cc": ["1", "9"]}, 3))).facts
    came(between, 4, dd="9", ee="5")
    came(between, 4, aa="x", bb="y", ee="6")
    six = came(between, 4, aa="x", ee="7")
    assert kinds(applied(between.run(AddIdentifier(six, "dd", "9", 5))).facts) == [
        "ProfilesMerged",
        "IdentifierEvicted",
    ]
    assert "IdentifierEvicted" in kinds(applied(between.run(AddIdentifier(six, "bb", "y", 6))).facts)
    between.finish()


def test_p2_removals_and_replacements_trim_at_their_time() -> None:
    between = bound(["aa"], Policies(window_days={"aa": 1}), aa={"limit": 3})
    one = came(between, 0, aa=["a", "b", "c"])
    came(between, DAY, aa=["a", "d", "e", "f"])
    lowered = settings(["aa"], aa={"limit": 1}).with_policies(Policies(window_days={"aa": 1}))
    between.run(ApplySettings(lowered, DAY))
    facts = applied(between.run(ReplaceIdentifier(one, "aa", "a", "b", DAY))).facts
    assert kinds(facts) == ["IdentifierRemoved", "IdentifierEvicted", "IdentifierEvicted"]
    assert between.engine.values(one, "aa") == ("b", "c", "f")
    assert kinds(applied(between.run(RemoveIdentifier(one, "aa", 3 * DAY))).facts) == ["IdentifierRemoved"]


# Bounds, and what counts towards them (P3)


def test_p3_what_one_command_counted_says_nothing_of_the_next() -> None:
    between = bound(["aa", "bb"], Policies(protect=["aa"]), aa={"limit": 3}, bb={})
    one = came(between, aa=["a", "b", "c"], bb="1")
    two = came(between, aa="d", bb="2")
    between.run(ApplySettings(settings(["aa", "bb"], aa={"limit": 1}, bb={}).with_policies(Policies(protect=["aa"]))))
    for profile in (one, two):
        [fact] = applied(between.run(AddIdentifier(profile, "aa", "e"))).facts
        assert isinstance(fact, IdentifierRefused)


@pytest.mark.parametrize("order", [["1", "2"], ["2", "1"]])
@pytest.mark.parametrize("at", [10 * DAY, DAY], ids=["now", "late"])
def test_p3_a_value_of_several_counts_at_the_earliest_of_its_times(order: list[str], at: int) -> None:
    policies = Policies(window_days={"aa": 2}, protect=["aa"])
    between = bound(["bb"], policies, aa={"limit": 2} | SHARED, bb={})
    shared_at = 0 if at > DAY else 10 * DAY
    came(between, shared_at, aa="both", bb="1")
    came(between, 10 * DAY, aa="both", bb="2")
    for number in ("1", "2"):
        came(between, at, aa=f"own {number}", bb=number)
    outcome = applied(between.run(Resolve({"bb": order}, at)))
    assert outcome.status == "merged"
    between.finish()


@pytest.mark.parametrize("window", [{}, {"aa": 2}], ids=["always", "within a window"])
@pytest.mark.parametrize(("limit", "status"), [(2, "unchanged"), (3, "merged")])
def test_p3_a_value_of_several_counts_once(window: dict[str, int], limit: int, status: str) -> None:
    between = bound(["bb"], Policies(window_days=window, protect=["aa"]), aa={"limit": limit} | SHARED, bb={})
    for number in ("1", "2"):
        came(between, 5, aa=["both", f"own {number}"], bb=number)
    assert applied(between.run(Resolve({"bb": ["1", "2"]}, 6))).status == status


@pytest.mark.parametrize(("cap", "status"), [(4, "unchanged"), (5, "merged")])
def test_p3_an_identifier_of_several_counts_once_under_a_cap(cap: int, status: str) -> None:
    between = bound(["bb"], Policies(caps={"identifiers": cap}), aa=SHARED, bb={})
    for number in ("1", "2"):
        came(between, 5, aa=["both", f"own {number}"], bb=number)
    assert applied(between.run(Resolve({"bb": ["1", "2"]}, 6))).status == status


@pytest.mark.parametrize(("cap", "status"), [(1, "unchanged"), (2, "unchanged"), (3, "merged"), (4, "merged")])
def test_p3_merges_count_all_aliases(cap: int, status: str) -> None:
    between = bound(["aa"], Policies(caps={"merges": 9}), aa={})
    for number in "1234":
        came(between, aa=number)
    for pair in ("12", "34"):
        between.run(Resolve({"aa": list(pair)}))
    between.run(ApplySettings(settings(["aa"], aa={}).with_policies(Policies(caps={"merges": cap}))))
    assert applied(between.run(Resolve({"aa": ["1", "3"]}))).status == status


# Whom identifiers join (P4)


def test_p4_the_rule_that_found_the_second_is_named_however_many_follow() -> None:
    between = bound(["aa", "bb", "cc"], Policies(caps={"identifiers": 9}), aa={}, bb={}, cc={})
    for id_type in ("aa", "bb", "cc"):
        between.run(Resolve({id_type: "1"}))
    [fact] = applied(between.run(Resolve({"aa": "1", "bb": "1", "cc": "1"}))).facts
    assert isinstance(fact, ProfilesMerged)
    assert (fact.rule, len(fact.absorbed)) == ("bb", 2)


@pytest.mark.parametrize("user", [None, "new", "a", "c"])
@pytest.mark.parametrize("mails", ["v", "vw", "vx", "vwx", "xv", "wv", "vxw", "vy", "vyw", "xy"])
def test_p4_a_value_of_several_is_decided_by_those_that_follow(mails: str, user: str | None) -> None:
    policies = Policies(protect=["aa"], misfit={"bb": "share"})
    between = bound(["aa", "bb"], policies, aa={"limit": 1}, bb={}, cc={})
    for name, holds in (("a", "vwx"), ("b", "vw"), ("c", "vy")):
        came(between, aa=name, bb=list(holds))
    came(between, bb="z")
    given: list[tuple[str, Any]] = [("bb", mail) for mail in mails]
    for identifiers in (given if user is None else [("aa", user), *given], [*given, ("cc", "more")]):
        for at in (9, 2):
            between.run(Resolve(identifiers, at))
    between.finish()


@pytest.mark.parametrize("window", [None, 1])
@pytest.mark.parametrize("at", [0, DAY, 3 * DAY])
def test_p4_candidates_are_tried_at_the_time_of_the_command(window: int | None, at: int) -> None:
    policies = Policies(
        protect=["aa"], misfit={"bb": "share"}, caps={"identifiers": 4}, window_days={"aa": window} if window else {}
    )
    between = bound(["aa", "bb"], policies, aa={"limit": 1}, bb={}, cc={})
    came(between, 0, aa="a", bb=["v", "w"])
    came(between, DAY, aa="b", bb=["v"])
    came(between, DAY, cc=["1", "2", "3"], bb="u")
    came(between, DAY, cc=["4", "5", "6"], bb="u")
    for given in ({"bb": ["v", "w"]}, {"aa": "n", "bb": ["v", "w"]}, {"bb": "v"}, {"bb": "u"}, {"bb": ["u", "v"]}):
        between.run(Resolve(given, at))
    between.finish()


def test_p4_a_value_of_a_type_that_is_gone_does_not_protect_its_profile() -> None:
    policies = Policies(protect=["aa"], misfit={"bb": "share"}, caps={"identifiers": 2})
    between = bound(["aa", "bb"], policies, aa={}, bb={}, cc={})
    one = came(between, bb="v", cc="1")
    two = came(between, cc="2", aa="a")
    between.run(AddIdentifier(two, "bb", "v"))
    came(between, bb="w", cc="3")
    between.run(Resolve({"bb": ["w", "v"]}))
    between.run(ApplySettings(settings(["aa", "bb"], aa={}, bb={}).with_policies(policies)))
    between.run(Resolve({"bb": "v"}))
    between.run(DeleteProfile(one))
    between.run(Resolve({"bb": "v"}))
    between.finish()


def test_p6_what_follows_a_value_that_yielded_is_looked_at_again() -> None:
    policies = Policies(protect=["aa"], misfit={"bb": "move", "cc": "share"}, caps={"identifiers": 3})
    between = bound(["aa", "bb", "cc"], policies, aa={"limit": 1}, bb={}, cc={}, dd=SHARED)
    came(between, aa="a", bb="1", cc="1")
    came(between, aa="b", bb="2", cc="2")
    outcome = applied(between.run(Resolve({"aa": "b", "bb": ["1", "3"], "cc": ["1", "4"], "dd": ["1", "2"]}, 7)))
    assert [type(fact) for fact in outcome.facts].count(IdentifierEvicted) == 0
    assert IdentifierRefused in map(type, outcome.facts)
    came(between, aa="n", dd=["1", "2", "3"])
    between.finish()
