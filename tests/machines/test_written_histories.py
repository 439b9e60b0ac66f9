"""Histories written by hand for what random ones seldom reach; ``Duel`` compares both sides all the way."""

from collections.abc import Sequence
from typing import Any

import pytest

from resolver.commands import AddIdentifier, ApplySettings, DeleteProfile, RemoveIdentifier, ReplaceIdentifier, Resolve
from resolver.facts import AnyFact, IdentifierEvicted, IdentifierRefused, Outcome, ProfilesMerged
from resolver.names import ProfileId, Value
from resolver.policies import Policies
from resolver.settings import IdentifierConfig, Settings
from tests.machines.case import Case
from tests.machines.compare import Duel

RAWS = dict.fromkeys(("aa", "bb", "cc"), ("a", "b", "c", "d", "e"))
LIFO = {"limit_policy": "lifo"}
SHARED = {"enforce_unique": False}
FUZZY = {"matching_algo": "fuzzy", "matching_threshold": 99, "enforce_unique": False}


def settings(rules: Sequence[str], **configs: dict[str, Any]) -> Settings:
    return Settings([IdentifierConfig(name, **fields) for name, fields in configs.items()], rules)


def duel(chosen: Settings, **options: Any) -> Duel:
    return Duel(Case("written by hand", chosen, RAWS, **options))


def applied(outcome: Outcome | None) -> Outcome:
    assert outcome is not None, "both sides refused it"
    return outcome


def created(between: Duel, **identifiers: Any) -> ProfileId:
    outcome = applied(between.run(Resolve(identifiers)))
    assert outcome.status == "created"
    assert outcome.profile_id is not None
    return outcome.profile_id


def kinds(facts: Sequence[AnyFact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


@pytest.mark.parametrize(("policy", "gone"), [("fifo", ["a", "b", "c"]), ("lifo", ["e", "d", "c"])])
def test_a_removal_trims_a_list_that_a_lowered_limit_left_too_long(policy: str, gone: list[str]) -> None:
    between = duel(settings(["aa"], aa={}))
    one = created(between, aa=["a", "b", "c", "d", "e"])
    between.run(ApplySettings(settings(["aa"], aa={"limit": 2, "limit_policy": policy})))
    first, *evicted = applied(between.run(RemoveIdentifier(one, "aa"))).facts
    assert [getattr(fact, "value", None) for fact in (first, *evicted)] == gone
    assert kinds(evicted) == ["IdentifierEvicted"] * 2


def test_a_replacement_by_a_value_that_is_there_trims_too() -> None:
    between = duel(settings(["aa"], aa={}))
    one = created(between, aa=["a", "b", "c", "d"])
    between.run(ApplySettings(settings(["aa"], aa={"limit": 1})))
    facts = applied(between.run(ReplaceIdentifier(one, "aa", "a", "b"))).facts
    assert kinds(facts) == ["IdentifierRemoved", "IdentifierEvicted", "IdentifierEvicted"]
    assert between.engine.values(one, "aa") == ("d",)


def test_a_replacement_that_the_limit_refuses_changes_nothing() -> None:
    between = duel(settings(["aa"], aa=LIFO))
    one = created(between, aa=["a", "b", "c"])
    between.run(ApplySettings(settings(["aa"], aa={"limit": 1} | LIFO)))
    outcome = applied(between.run(ReplaceIdentifier(one, "aa", "a", "e")))
    assert (outcome.status, kinds(outcome.facts)) == ("unchanged", ["IdentifierRefused"])


def test_not_even_the_merge_of_a_replacement_happens_if_the_limit_refuses_the_value() -> None:
    between = duel(settings(["aa"], aa=LIFO))
    one = created(between, aa=["a", "b"])
    two = created(between, aa=["c", "d"])
    between.run(ApplySettings(settings(["aa"], aa={"limit": 1} | LIFO)))
    outcome = applied(between.run(ReplaceIdentifier(two, "aa", "c", "b")))
    assert (outcome.status, kinds(outcome.facts)) == ("unchanged", ["IdentifierRefused"])
    assert outcome.profile_id == two
    assert between.engine.profiles() == (one, two)


def test_a_collision_with_several_owners_merges_those_that_a_compound_rule_allows() -> None:
    rules = ["aa AND bb", "cc"]
    between = duel(settings(rules, aa=SHARED, bb=SHARED, cc={}))
    one = created(between, aa="a", bb="a", cc="a")
    two = created(between, aa="a", bb="b", cc="b")
    three = created(between, bb=["a", "c"], cc="c")
    between.run(ApplySettings(settings(rules, aa={}, bb=SHARED, cc={})))
    [merged] = applied(between.run(AddIdentifier(three, "aa", "a"))).facts
    assert merged == ProfilesMerged(5, 0, one, (three,), "collision", (("aa", Value("a")), ("bb", Value("a"))))
    assert between.engine.lookup("aa", "a").profile_ids == (one, two)


def test_a_collision_with_several_owners_and_a_rule_merges_them_all() -> None:
    between = duel(settings(["aa", "cc"], aa=SHARED, cc={}))
    one, two, three = (created(between, aa="a", cc=c) for c in "abc")
    four = created(between, cc="d")
    between.run(ApplySettings(settings(["aa", "cc"], aa={}, cc={})))
    [merged] = applied(between.run(AddIdentifier(four, "aa", "a"))).facts
    assert merged == ProfilesMerged(6, 0, one, (two, three, four), "collision", (("aa", Value("a")),))


def test_a_value_that_the_merge_of_its_collision_evicts_is_added_again() -> None:
    between = duel(settings(["aa"], aa={"limit": 1}, bb={}))
    created(between, aa="a")
    two = applied(between.run(Resolve({"aa": "b"}, at=5))).profile_id
    outcome = applied(between.run(AddIdentifier(str(two), "aa", "a", at=9)))
    assert kinds(outcome.facts) == ["ProfilesMerged", "IdentifierEvicted", "IdentifierAdded", "IdentifierEvicted"]
    outcome = applied(between.run(Resolve({"aa": "c", "bb": "a"}, at=3)))
    assert outcome.status == "created"


def test_one_insertion_may_join_three_profiles_in_one_merge() -> None:
    between = duel(settings(["aa", "bb", "cc"], aa=SHARED, bb=SHARED, cc=SHARED))
    one = created(between, aa="a", bb="a")
    two = created(between, aa="a", cc="a")
    three = created(between, bb="a", cc="a")
    outcome = applied(between.run(AddIdentifier(three, "aa", "a")))
    assert outcome.facts[1] == ProfilesMerged(
        4, 0, one, (two, three), "aa AND bb", (("aa", Value("a")), ("bb", Value("a")), ("cc", Value("a")))
    )


def test_a_merge_may_start_the_next_one() -> None:
    between = duel(settings(["aa AND bb", "bb AND cc"], aa=SHARED, bb=SHARED, cc=SHARED))
    one = created(between, bb="b", cc="c")
    two = created(between, aa="a", bb=["a", "b"])
    three = created(between, bb="a", cc="c")
    outcome = applied(between.run(AddIdentifier(three, "aa", "a")))
    assert [
        (fact.survivor, fact.absorbed, fact.rule) for fact in outcome.facts if isinstance(fact, ProfilesMerged)
    ] == [
        (two, (three,), "aa AND bb"),
        (one, (two,), "bb AND cc"),
    ]


def test_similar_values_chain_profiles_together() -> None:
    fuzzy = {"matching_algo": "fuzzy", "matching_threshold": 75} | SHARED
    between = duel(settings(["aa AND bb"], aa=fuzzy, bb=SHARED))
    one = created(between, aa="abcd", bb="a")
    two = created(between, aa="efcd", bb="a")
    three = created(between, aa="ebcd", bb="b")
    outcome = applied(between.run(AddIdentifier(three, "bb", "a")))
    assert outcome.facts[1] == ProfilesMerged(
        4, 0, one, (two, three), "aa AND bb", (("aa", Value("ebcd")), ("bb", Value("a")))
    )


@pytest.mark.parametrize("on_invalid", ["refuse", "drop", "keep"])
def test_values_that_were_stored_under_other_settings_can_be_named(on_invalid: str) -> None:
    between = duel(settings(["aa"], aa={"normalization": "none"}, bb={}), on_invalid=on_invalid)
    one = created(between, aa=[" A@B.CC ", "a@b.cc", "no mail"], bb="a")
    between.run(ApplySettings(settings(["bb"], aa={"normalization": "email"}, bb={})))
    assert applied(between.run(RemoveIdentifier(one, "aa", value=" A@B.CC "))).status == "updated"
    assert applied(between.run(RemoveIdentifier(one, "aa", value="A@b.cc"))).status == "updated"
    assert applied(between.run(ReplaceIdentifier(one, "aa", "no mail", "c@b.cc"))).status == "updated"
    assert between.run(ReplaceIdentifier(one, "aa", "no mail", "d@b.cc")) is None
    between.run(ApplySettings(settings(["bb"], bb={})))
    assert applied(between.run(RemoveIdentifier(one, "aa", all=True))).status == "updated"
    assert between.run(RemoveIdentifier(one, "aa")) is None


def test_the_first_rule_that_finds_anything_decides_and_the_rest_collides() -> None:
    between = duel(settings(["aa", "bb AND cc", "bb"], aa={}, bb=SHARED, cc={}), match="first")
    one = created(between, aa="a")
    two = created(between, bb="a", cc="a")
    facts = applied(between.run(Resolve({"aa": "a", "bb": "a", "cc": "a"}))).facts
    assert kinds(facts) == ["IdentifierAdded", "ProfilesMerged"]
    assert facts[1] == ProfilesMerged(3, 0, one, (two,), "collision", (("cc", Value("a")), ("bb", Value("a"))))


MANY = 70
"""More values and profiles than anything has room for at the start, several times."""


@pytest.mark.parametrize("fields", [{}, SHARED, FUZZY], ids=["unique", "shared", "fuzzy"])
def test_a_command_may_be_larger_than_any_that_came_before(fields: dict[str, Any]) -> None:
    chosen = settings(["aa", "bb AND cc"], aa={}, bb=fields, cc=SHARED)
    for length in (17, MANY):
        between = duel(chosen)
        names = {id_type: [f"{id_type} number {n:04}" for n in range(length)] for id_type in ("aa", "bb", "cc")}
        one = created(between, **names)
        between.run(RemoveIdentifier(one, "aa", all=True))
        created(between, aa=[f"other {n}" for n in range(length)])
        between.run(Resolve([(id_type, name) for id_type in ("cc", "bb", "aa") for name in reversed(names[id_type])]))
        between.run(DeleteProfile(one))
        between.restore()
        created(between, **names)
        for n in range(18):
            between.run(AddIdentifier(one, "cc", f"never {n}"))
        between.finish()


@pytest.mark.parametrize("match", ["all", "first"])
@pytest.mark.parametrize("rules", [["aa"], ["aa", "bb AND cc"]], ids=["simple", "with a compound rule"])
def test_one_command_may_join_and_delete_any_number_of_profiles(rules: list[str], match: str) -> None:
    between = duel(settings(rules, aa={}, bb=SHARED, cc={"limit": 2}), match=match)
    for number in (17, MANY):
        for n in range(number):
            outcome = applied(between.run(Resolve([("aa", f"{n}"), ("bb", "b"), ("cc", f"{n}")], number - n)))
        merged = applied(between.run(Resolve({"aa": [f"{n}" for n in range(number)]})))
        assert (merged.status, merged.profile_id) == ("merged", outcome.profile_id)
        assert kinds(merged.facts).count("IdentifierEvicted") == number - 2
        between.run(DeleteProfile(str(merged.profile_id)))
    between.finish()


def test_a_value_may_have_any_number_of_owners_who_are_joined_at_once() -> None:
    between = duel(settings(["aa AND bb", "cc"], aa=SHARED, bb=SHARED, cc={}))
    for n in range(20):
        created(between, aa=["a", f"{n}"], cc=f"{n}")
    first = created(between, bb="b", cc="x")
    for n in range(0, 20, 3):
        between.run(AddIdentifier(first, "aa", f"{n}"))
    between.run(ApplySettings(settings(["aa", "cc"], aa={}, bb=SHARED, cc={})))
    [merged] = applied(between.run(AddIdentifier(first, "aa", "a"))).facts
    assert isinstance(merged, ProfilesMerged)
    assert len(merged.absorbed) == 20
    between.finish()


def test_any_number_of_profiles_that_a_new_compound_rule_joins_wait_for_the_next_command() -> None:
    between = duel(settings(["cc"], aa=SHARED, bb=SHARED, cc={}))
    for n in range(20):
        created(between, aa="a", bb="b", cc=f"{n}")
    between.run(ApplySettings(settings(["cc", "aa AND bb"], aa=SHARED, bb=SHARED, cc={})))
    [merged] = applied(between.run(Resolve({"aa": "a", "bb": "b"}))).facts
    assert isinstance(merged, ProfilesMerged)
    assert len(merged.absorbed) == 19
    between.finish()


def test_a_late_value_older_than_a_full_list_is_refused() -> None:
    between = duel(settings(["aa"], aa={"limit": 2}))
    one = str(applied(between.run(Resolve({"aa": ["a", "b"]}, at=9))).profile_id)
    [fact] = applied(between.run(AddIdentifier(one, "aa", "c", at=8))).facts
    assert isinstance(fact, IdentifierRefused)
    facts = applied(between.run(AddIdentifier(one, "aa", "c", at=9))).facts
    assert isinstance(facts[1], IdentifierEvicted)
    between.finish()


def test_the_first_of_the_compound_rules_that_find_somebody_is_named() -> None:
    between = duel(settings(["aa AND bb", "bb AND cc"], aa=SHARED, bb=SHARED, cc=SHARED))
    created(between, aa="a", bb="b")
    created(between, bb="b", cc="c")
    three = created(between, aa="a", cc="c")
    merged = applied(between.run(AddIdentifier(three, "bb", "b"))).facts[1]
    assert isinstance(merged, ProfilesMerged)
    assert (merged.rule, len(merged.absorbed)) == ("aa AND bb", 2)


def test_a_command_that_changed_nothing_says_nothing_of_the_next() -> None:
    configs: dict[str, dict[str, Any]] = {"aa": SHARED, "bb": SHARED, "cc": {}}
    between = duel(settings(["cc"], **configs))
    for n in "12":
        created(between, aa="a", bb="b", cc=n)
    between.run(ApplySettings(settings(["cc", "aa AND bb"], **configs)))
    assert applied(between.run(Resolve({"cc": "1"}))).status == "unchanged"
    assert applied(between.run(Resolve({"aa": "a", "bb": "b"}))).status == "merged"


def test_a_store_may_know_more_id_types_than_settings_may_have() -> None:
    names = [f"type {n:02}" for n in range(45)]
    between = duel(settings(names[:15], **{name: {} for name in names[:15]}))
    for start in (0, 15, 30):
        chosen = names[start : start + 15]
        rules = [" AND ".join(chosen[n : n + 2]) for n in range(14)]
        between.run(ApplySettings(settings(rules, **dict.fromkeys(chosen, SHARED))))
        for n in range(4):
            between.run(Resolve([(name, f"{(n + place) % 3}") for place, name in enumerate(chosen)]))
            between.run(Resolve([(name, f"{n}") for name in chosen[n::5]]))
        policies = Policies(protect=chosen[:3], caps={"identifiers": 12})
        between.run(ApplySettings(settings(chosen, **{name: {"limit": 1} for name in chosen}).with_policies(policies)))
        for n in range(3):
            between.run(Resolve([(name, f"{n}") for name in chosen[n::3]]))
    between.finish()


@pytest.mark.parametrize("match", ["all", "first"])
@pytest.mark.parametrize("rules", [["aa"], ["aa", "bb AND cc"]], ids=["simple", "with a compound rule"])
def test_a_profile_that_is_found_by_many_values_is_merged_once(rules: list[str], match: str) -> None:
    between = duel(settings(rules, aa={}, bb=SHARED, cc=SHARED), match=match)
    for n in range(20):
        between.run(Resolve({"aa": [f"{n}", f"again {n}"], "bb": ["b", f"{n}"], "cc": f"{n}"}))
    facts = applied(between.run(Resolve({"aa": [f"{word}{n}" for word in ("", "again ") for n in range(20)]}))).facts
    assert kinds(facts)[0] == "ProfilesMerged"
    assert isinstance(facts[0], ProfilesMerged)
    assert len(facts[0].absorbed) == 19
    between.finish()


def test_values_of_several_may_stay_where_their_idtype_is_gone() -> None:
    between = duel(settings(["aa"], aa={}, bb=SHARED))
    for n in "12":
        created(between, aa=n, bb="b")
    between.run(ApplySettings(settings(["aa"], aa={})))
    assert between.engine._tables.settled
    between.restore()
    between.run(Resolve({"aa": ["1", "2"]}))
    between.finish()
