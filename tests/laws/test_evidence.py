"""What the evidence says of a match is what commands do with it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from resolver import (
    Engine,
    InvalidCommand,
    ProfileCreated,
    ProfilesMerged,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.commands import AnyCommand
from resolver.evidence import RuleMatch, collisions, joins, matches
from resolver.names import COLLISION
from resolver.rules import TableView, match_profiles
from tests.laws.histories import any_settings, histories, opened, options
from tests.tables.stores import config, fuzzy, shared, store


def profiles_of(found: tuple[RuleMatch, ...]) -> set[str]:
    return {match.profile_id for match in found}


def values_of(found: tuple[RuleMatch, ...]) -> set[tuple[str, str]]:
    return {(each.id_type, each.given) for match in found for each in match.shared}


@settings(max_examples=150)
@given(any_settings(), histories, options)
def test_what_matches_finds_is_what_a_resolve_updates_or_merges(
    document: Settings, history: list[AnyCommand], chosen: dict[str, Any]
) -> None:
    engine = opened(document, **chosen)
    for command in history:
        try:
            found = matches(engine, command.identifiers) if isinstance(command, Resolve) else None
            outcome = engine.execute(command)
        except ResolverError:
            continue
        if found is None:
            continue
        created = any(isinstance(fact, ProfileCreated) for fact in outcome.facts)
        assert created == (not found)
        if len(profiles_of(found)) > 1:
            merged = next(fact for fact in outcome.facts if isinstance(fact, ProfilesMerged))
            assert {merged.survivor, *merged.absorbed} == profiles_of(found)
            assert merged.rule in {match.rule for match in found}
            assert set(merged.identifiers) == values_of(found)


def found_by(engine: Engine, command: Resolve) -> set[str]:
    return profiles_of(matches(engine, command.identifiers))


def merges(before: Engine, facts: tuple[Any, ...]) -> Iterator[ProfilesMerged]:
    """Fold the facts of one command, one by one; give each merge when everything before it is true."""
    for fact in facts:
        if isinstance(fact, ProfilesMerged):
            yield fact
        before.fold([fact])


@settings(max_examples=150)
@given(any_settings(), histories, options)
def test_every_merge_has_its_evidence_in_the_moment_before_it(
    document: Settings, history: list[AnyCommand], chosen: dict[str, Any]
) -> None:
    engine, twin = opened(document, **chosen), opened(document, **chosen)
    for command in history:
        try:
            outcome = engine.execute(command)
        except ResolverError:
            continue
        for place, fact in enumerate(merges(twin, outcome.facts)):
            everybody = {fact.survivor, *fact.absorbed}
            if fact.rule == COLLISION:
                owned = {subject: collisions(twin, subject, *fact.identifiers[0]) for subject in everybody}
                assert any({subject} | profiles_of(found) == everybody for subject, found in owned.items())
            elif place == 0 and isinstance(command, Resolve) and found_by(twin, command) == everybody:
                continue
            else:
                stored = [(joins(twin, subject), subject) for subject in everybody]
                found = [found for found, subject in stored if profiles_of(found) | {subject} == everybody]
                assert any(fact.rule in {match.rule for match in each} for each in found)


@settings(max_examples=100)
@given(any_settings(), histories, options)
def test_the_pure_rule_finds_the_same(document: Settings, history: list[AnyCommand], chosen: dict[str, Any]) -> None:
    engine = opened(document, **chosen)
    for command in history:
        if isinstance(command, Resolve):
            try:
                found = matches(engine, command.identifiers)
            except ResolverError:
                continue
            shared: dict[str, dict[str, None]] = {}
            for match in found:
                for each in match.shared:
                    shared.setdefault(each.id_type, {})[each.given] = None
            view = TableView({profile_id: engine.identifiers(profile_id) for profile_id in engine.profiles()})
            values = {id_type: list(each) for id_type, each in shared.items()}
            again = match_profiles(view, engine.settings, values, match=chosen["match"])
            assert set(again.profile_ids) == profiles_of(found)
        try:
            engine.execute(command)
        except ResolverError:
            continue


def test_a_match_has_the_values_of_both_sides() -> None:
    engine = store(fuzzy("name", 60), shared("city"), "email", rules=["name AND city", "email"])
    engine.resolve({"name": "anna", "city": "Rome", "email": "a"})
    (one,) = matches(engine, {"name": "anne", "city": "Rome"})
    assert (one.rule, one.profile_id) == ("name AND city", "p1")
    assert [(each.id_type, each.given, each.held) for each in one.shared] == [
        ("name", "anne", "anna"),
        ("city", "Rome", "Rome"),
    ]


def test_a_collision_by_a_compound_rule_needs_the_other_types_too() -> None:
    engine = store("tax", shared("city"), "email", rules=["email", "tax AND city"])
    engine.resolve({"tax": "1", "city": "Rome"})
    engine.resolve({"email": "a", "city": "Rome"})
    engine.resolve({"email": "b", "city": "Oslo"})
    assert [match.rule for match in collisions(engine, "p2", "tax", "1")] == ["tax AND city"]
    assert collisions(engine, "p3", "tax", "1") == ()


def test_questions_do_not_let_a_normalization_execute_commands() -> None:
    def cunning(raw: str) -> str:
        engine.resolve({"email": "x"})
        return raw

    engine = store("email", config("odd", normalization="cunning"), normalizers={"cunning": cunning})
    with pytest.raises(InvalidCommand, match="executed a command"):
        matches(engine, {"odd": "1"})
