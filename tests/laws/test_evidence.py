"""What the evidence says of a match is what commands do with it."""

from collections.abc import Iterator
from typing import Any

import pytest

from resolver import Engine, InvalidCommand, Outcome, ProfileCreated, ProfilesMerged, Resolve, ResolverError
from resolver.commands import AnyCommand
from resolver.evidence import RuleMatch, collisions, joins, matches
from resolver.names import COLLISION
from tests.laws.what_if import Walk, any_history, any_options, any_settings, chances
from tests.tables.stores import config, fuzzy, shared, store


def profiles_of(found: tuple[RuleMatch, ...]) -> set[str]:
    return {match.profile_id for match in found}


def values_of(found: tuple[RuleMatch, ...]) -> set[tuple[str, str]]:
    return {(each.id_type, each.given) for match in found for each in match.shared}


def walks(short: int) -> Iterator[tuple[Walk, Engine]]:
    """Return walks that have not begun, each with an empty engine of the same settings."""
    for random in chances(short):
        document, options = any_settings(random), any_options(random)
        yield Walk(any_history(random, 20), document, stands=True, **options), Engine(document, **options)


def outcome_of(engine: Engine, command: AnyCommand) -> Outcome | None:
    """What a command would do; None if it is refused."""
    try:
        return engine.preview(command)
    except ResolverError:
        return None


def test_what_matches_finds_is_what_a_resolve_updates_or_merges() -> None:
    for walk, _ in walks(150):
        for command in walk.steps():
            outcome = outcome_of(walk.engine, command)
            if outcome is None or not isinstance(command, Resolve):
                continue
            found = matches(walk.engine, command.identifiers)
            assert any(isinstance(fact, ProfileCreated) for fact in outcome.facts) == (not found)
            if len(profiles_of(found)) > 1:
                merged = next(fact for fact in outcome.facts if isinstance(fact, ProfilesMerged))
                assert {merged.survivor, *merged.absorbed} == profiles_of(found)
                assert merged.rule in {match.rule for match in found}
                assert set(merged.identifiers) == values_of(found)


def folded(twin: Engine, facts: tuple[Any, ...]) -> Iterator[ProfilesMerged]:
    """Fold the facts of one command, one by one; return each merge when everything before it is true."""
    for fact in facts:
        if isinstance(fact, ProfilesMerged):
            yield fact
        twin.fold([fact])


def test_every_merge_has_its_evidence_in_the_moment_before_it() -> None:
    for walk, twin in walks(150):
        commands = list(walk.steps())
        for command, facts in zip(commands, walk.facts[1:], strict=True):
            for place, fact in enumerate(folded(twin, facts)):
                everybody = {fact.survivor, *fact.absorbed}
                if fact.rule == COLLISION:
                    owned = {subject: collisions(twin, subject, *fact.identifiers[0]) for subject in everybody}
                    assert any({subject} | profiles_of(found) == everybody for subject, found in owned.items())
                elif place or not isinstance(command, Resolve) or found_by(twin, command) != everybody:
                    stored = {subject: joins(twin, subject) for subject in everybody}
                    whole = [found for each, found in stored.items() if profiles_of(found) | {each} == everybody]
                    assert any(fact.rule in {match.rule for match in found} for found in whole)


def found_by(engine: Engine, command: Resolve) -> set[str]:
    return profiles_of(matches(engine, command.identifiers))


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
    assert joins(engine, "p3") == ()


def test_questions_do_not_let_a_normalization_execute_commands() -> None:
    def cunning(raw: str) -> str:
        engine.resolve({"email": "x"})
        return raw

    engine = store("email", config("odd", normalization="cunning"), normalizers={"cunning": cunning})
    with pytest.raises(InvalidCommand, match="executed a command"):
        matches(engine, {"odd": "1"})
