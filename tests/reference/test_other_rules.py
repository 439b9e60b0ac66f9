"""Each rule of the reference can be another one, and nothing else changes."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

import resolver.rules
from resolver import IdentifierConfig, InvalidIdentifier, LimitPolicy, Lookup, Match, Settings
from resolver.names import ProfileId, Value
from resolver.reference import Held, Profile, Reference, State, match_profiles, similar
from resolver.reference.matching import Given
from resolver.rules import Matched, normalize
from tests.machines.author import Author
from tests.machines.compare import Duel
from tests.machines.families import FAMILIES, Family

SETTINGS = Settings(
    [IdentifierConfig("mail", normalization="email"), IdentifierConfig("call", normalization="phone", limit=2)],
    ["mail", "call"],
)


def most_identifiers(profiles: Sequence[Profile]) -> Profile:
    return max(profiles, key=lambda profile: sum(map(len, profile.held.values())))


def test_m1_another_profile_may_survive() -> None:
    store = Reference(SETTINGS, survivor=most_identifiers)
    old = store.resolve({"mail": "a@b.cc"}, 1).profile_id
    rich = store.resolve({"mail": "b@b.cc", "call": "3175556789"}, 2).profile_id
    assert old is not None
    assert rich is not None
    merged = store.resolve({"mail": ["a@b.cc", "b@b.cc"]}, 3)
    assert merged.profile_id == rich
    assert store.aliases(rich) == (old,)
    assert store.canonical_id(old) == rich
    assert store.created_at(old) == 2  # M4
    assert store.values(old, "mail") == ("a@b.cc", "b@b.cc")


def test_l1_another_value_may_leave() -> None:
    def longest_stay(values: Sequence[Held], limit: int, policy: LimitPolicy) -> tuple[Sequence[Held], Sequence[Held]]:
        kept = sorted(values, key=lambda held: -len(held.value))[:limit]
        return [held for held in values if held in kept], [held for held in values if held not in kept]

    store = Reference(Settings([IdentifierConfig("word", limit=2)], ["word"]), split_at_limit=longest_stay)
    one = store.resolve({"word": ["aaa", "b", "cc", "dddd", "e"]}).profile_id
    assert one is not None
    assert store.values(one, "word") == ("aaa", "dddd")
    assert store.lookup("word", "cc") == Lookup(Value("cc"), ())  # I3


def test_n4_values_may_be_read_otherwise() -> None:
    def without_tag(name: str, raw: str, *, region: str) -> str:
        value = normalize(name, raw, region=region)
        if name != "email":
            return value
        user, _, domain = value.partition("@")
        return f"{user.partition('+')[0]}@{domain}"

    store = Reference(SETTINGS, normalize=without_tag)
    one = store.resolve({"mail": "ada+news@b.cc"}).profile_id
    assert store.resolve({"mail": "ADA@b.cc", "call": "3175556789"}).profile_id == one
    for unreadable in ("nobody", 5):
        with pytest.raises(InvalidIdentifier):
            store.resolve({"mail": unreadable})  # type: ignore[arg-type]


def test_r8_values_may_be_alike_otherwise() -> None:
    def same_first_letter(one: str, other: str, threshold: int) -> bool:
        return one[:1] == other[:1]

    name = IdentifierConfig("name", matching_algo="fuzzy", matching_threshold=80)
    store = Reference(Settings([name], ["name"]), similar=same_first_letter)
    one = store.resolve({"name": "ada"}).profile_id
    assert store.resolve({"name": "augusta"}).profile_id == one
    assert store.resolve({"name": "bob"}).status == "created"
    assert similar(Value("jon smith"), Value("john smith"), 90)


def test_r2_profiles_may_be_found_otherwise() -> None:
    def two_at_once(view: State, settings: Settings, identifiers: Given, *, match: Match = Match.ALL) -> Matched:
        found = match_profiles(view, settings, identifiers, match=match)
        shares = {
            profile_id: sum(
                v in view.values(ProfileId(profile_id), t) for t, values in identifiers.items() for v in values
            )
            for profile_id in found.profile_ids
        }
        return Matched(tuple(each for each in shares if shares[each] > 1), found.rule, found.identifiers)

    both = {"mail": "a@b.cc", "call": "3175556789"}
    for rule, status in ((match_profiles, "unchanged"), (two_at_once, "created")):
        store = Reference(Settings(SETTINGS.identifier_configs, ["mail"]), match_profiles=rule)
        store.resolve(both)
        assert store.resolve(both).status == "unchanged"
        assert store.resolve({"mail": "a@b.cc", "call": "3175556700"}).status in (status, "updated")
    store = Reference(SETTINGS, match_profiles=two_at_once)
    store.resolve(both)
    assert store.resolve({"mail": "a@b.cc", "call": "3175556700"}).facts[0].command == 2
    assert len(store) == 1  # A3: what is not found by matching still collides


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_matching_of_resolver_rules_finds_what_that_of_the_reference_finds(family: Family) -> None:
    random = Random(family.__name__)
    case = family(random)
    rules: list[Any] = [match_profiles, resolver.rules.match_profiles]
    own, theirs = (Reference(case.settings, match_profiles=rule, **case.options) for rule in rules)
    duel = Duel(case)
    author = Author(random, case)
    for _ in range(60):
        duel.run(author.command(duel.model, duel.ids))
    for step in duel.steps:
        assert not isinstance(step, str)
        case.begin(own.last_number + 1)
        answers: list[object] = []
        for store in (own, theirs):
            try:
                answers.append(store.execute(step[1]))
            except resolver.ResolverError as error:
                answers.append(f"{type(error).__name__}: {error}")
        assert answers[0] == answers[1]
