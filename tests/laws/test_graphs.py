"""The identity graph of random histories, held against the engine before every line."""

from typing import Any

from resolver import (
    AddIdentifier,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRemoved,
    Policies,
    ProfilesMerged,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
)
from resolver.evidence import matches
from resolver.graph import identity_graph
from resolver.names import COLLISION
from resolver.simulate import replay
from tests.laws.what_if import FAMILIES, Walk, any_history, any_options, any_settings, chances


def test_matched_edges_are_what_the_engine_matched_and_no_value_of_a_line_is_without_an_edge() -> None:
    for random in chances(100):
        lines, document, options = any_history(random), any_settings(random), any_options(random)
        run = replay(lines, document, **options)
        graph, walk = identity_graph(run), Walk(lines, document, stands=True, **options)
        drawn: dict[int, set[tuple[str, str, str]]] = {}
        touched: dict[int, set[str]] = {}
        for _, other, data in graph.edges(data=True):
            if other.startswith("identifier:"):
                touched.setdefault(data["line"], set()).add(other)
                if data["kind"] == "matched":
                    node = graph.nodes[other]
                    drawn.setdefault(data["line"], set()).add((node["id_type"], node["value"], data["rule"]))
        for number, command in enumerate(walk.steps(), 1):
            expected, presented = matched(walk, command), values(walk, command)
            applied = any(step.line == number and step.outcome is not None for step in run.steps())
            assert drawn.get(number, set()) == (expected if applied else set())
            if applied:
                assert presented <= touched.get(number, set())


def matched(walk: Walk, command: Any) -> set[tuple[str, str, str]]:
    """What a command finds just before it is executed, and what collides in it."""
    try:
        found = matches(walk.engine, command.identifiers) if isinstance(command, Resolve) else ()
        held = {(each.id_type, each.held, match.rule) for match in found for each in match.shared}
        facts = walk.engine.preview(command).facts
    except ResolverError:
        return set()
    merged = [fact for fact in facts if isinstance(fact, ProfilesMerged) and fact.rule == COLLISION]
    return held | {(*fact.identifiers[0], COLLISION) for fact in merged}


def values(walk: Walk, command: Any) -> set[str]:
    """The nodes of what a command presents to be stored."""
    given = dict(command.identifiers) if isinstance(command, Resolve) else {}
    if isinstance(command, AddIdentifier | ReplaceIdentifier):
        given[command.id_type] = command.value if isinstance(command, AddIdentifier) else command.new
    forms = {(id_type, walk.engine.stored_form(id_type, raw).value) for id_type, raw in given.items()}
    return {f"identifier:{id_type}:{value}" for id_type, value in forms if value is not None}


CHANGES: dict[type, str] = {IdentifierAdded: "added", IdentifierEvicted: "evicted", IdentifierRemoved: "removed"}


def test_the_graph_of_one_profile_has_every_change_of_what_it_holds_and_none_of_another_s() -> None:
    moves = 0
    for random in chances(60):
        lines, document, options = any_history(random), any_settings(random), any_options(random)
        if random.random() < 0.7:
            simple = FAMILIES[random.choice(["plain", "two rules", "tight"])]
            document = simple.with_policies(Policies(protect=["email"], misfit="move"))
            options["match"] = "all"
        run = replay(lines, document, **options)
        moves += sum(isinstance(fact, IdentifierRemoved) and fact.reason == "moved" for fact in run.facts)
        for profile_id in run.engine.profiles():
            ids = {profile_id, *run.engine.aliases(profile_id)}
            expected = sorted(
                (fact.command, f"identifier:{fact.id_type}:{fact.value}", CHANGES[type(fact)])
                for fact in run.facts
                if isinstance(fact, IdentifierAdded | IdentifierEvicted | IdentifierRemoved) and fact.profile_id in ids
            )
            edges = identity_graph(run, profile_id).edges(data=True)
            drawn = [(data["line"], other, data["kind"]) for _, other, data in edges]
            assert sorted(each for each in drawn if each[2] in CHANGES.values()) == expected
    assert moves
