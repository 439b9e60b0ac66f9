"""The cause and the parting of every changed group, held against every beginning of the history."""

from typing import Any

from resolver import (
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
)
from resolver.simulate import Cause, compare, replay
from tests.laws.what_if import Line, Walk, any_history, any_options, any_settings, chances

Refs = tuple[str, ...]


def birth_of_end(walk: Walk, line: int) -> int | None:
    """What created the profile in which a line ends; None for a line that was not applied."""
    end = walk.ends[line]
    return None if end is None else walk.births[end]


def effects(walk: Walk, line: int) -> set[tuple[Any, ...]]:
    """What a line changed, profiles named by what created them."""
    births = walk.births
    found: set[tuple[Any, ...]] = set()
    for fact in walk.facts[line]:
        if isinstance(fact, ProfilesMerged):
            found.add(("merged", births[fact.survivor], *(births[each] for each in fact.absorbed)))
        elif isinstance(fact, IdentifierAdded | IdentifierEvicted | IdentifierRemoved):
            found.add((type(fact), births[fact.profile_id], fact.id_type, fact.value))
        elif isinstance(fact, ProfileCreated | ProfileDeleted):
            found.add((type(fact), births[fact.profile_id]))
    return found


def concerns(walk: Walk, line: int, refs: Refs) -> bool:
    """Whether a line is of these records, or about a profile of one of them, just before it, after it or at the end."""
    if walk.refs[line] in refs:
        return True
    about: set[str] = set()
    for fact in walk.facts[line]:
        about |= (
            {fact.survivor, *fact.absorbed}
            if isinstance(fact, ProfilesMerged)
            else {getattr(fact, "profile_id", None) or ""}
        )
    then = {walk.homes[place][ref] for place in (line - 1, line) for ref in refs if ref in walk.homes[place]}
    last = {walk.homes[-1][ref] for ref in refs}
    canonical = {walk.engine.canonical_id(each) for each in about if each in walk.engine}
    return bool(about & then or canonical & last)


def differs(one: Walk, other: Walk, line: int, refs: Refs) -> bool:
    """Whether a line differs for some records, as the definition has it."""
    is_own = one.refs[line] in refs or other.refs[line] in refs
    if is_own and birth_of_end(one, line) != birth_of_end(other, line):
        return True
    is_near = concerns(one, line, refs) or concerns(other, line, refs)
    return is_near and effects(one, line) != effects(other, line)


def test_cause_and_parting_are_the_first_lines_of_their_kind() -> None:
    for random in chances(150):
        lines, options = any_history(random), any_options(random)
        documents = any_settings(random), any_settings(random)
        one, other = (Walk(lines, document, **options) for document in documents)
        baseline, candidate = (replay(lines, document, **options) for document in documents)
        comparison = compare(baseline, candidate)
        numbers = range(1, len(lines) + 1)
        for change in (*comparison.split, *comparison.joined):
            refs = change.refs
            cause = next(line for line in numbers if differs(one, other, line, refs))
            parting = next(line for line in numbers if one.groups(line, refs) != other.groups(line, refs))
            assert change.cause is not None
            assert change.cause.line == cause <= parting
            assert (change.parting or change.cause).line == parting
            for told in (change.cause, change.parting):
                if told is not None:
                    check(told, lines)


def check(told: Cause, lines: list[Line]) -> None:
    """What a cause says of its line is in the line, and what it says that matched was presented there."""
    line = lines[told.line - 1]
    assert (told.ref, told.at) == (line.get("ref"), line.get("at"))
    presented = {(id_type, value.strip()) for id_type, value in line.get("identifiers", {}).items()}
    for side in (told.baseline, told.candidate):
        for match in side.matched:
            assert {each.id_type for each in match.shared} == set(match.rule.split(" AND "))
            assert {(each.id_type, each.given.strip()) for each in match.shared} <= presented
        if line.get("op", "resolve") == "resolve" and side.rejected is None:  # an erase has identifiers too
            created = any(isinstance(fact, ProfileCreated) for fact in side.facts)
            assert created == (not side.matched)
