"""The oracle: with limits off and unique, exact types, profiles are connected components (R2, R3)."""

from collections.abc import Sequence
from random import Random

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine, IdentifierConfig, Settings

TYPES = ("email", "phone", "chat")
SETTINGS = Settings([IdentifierConfig(id_type) for id_type in TYPES], TYPES)

Identifier = tuple[str, str]
Event = tuple[int, list[Identifier]]

events = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from("abcdefgh")), min_size=1, max_size=3),
    ),
    max_size=25,
)


def components(history: Sequence[Event]) -> list[tuple[set[int], set[Identifier]]]:
    """Return the events and the identifiers of every connected component."""
    graph: networkx.Graph[int | Identifier] = networkx.Graph()
    for place, (_, identifiers) in enumerate(history):
        graph.add_edges_from((place, identifier) for identifier in identifiers)
    return [
        ({node for node in nodes if isinstance(node, int)}, {node for node in nodes if isinstance(node, tuple)})
        for nodes in networkx.connected_components(graph)
    ]


def check_against_components(history: Sequence[Event]) -> None:
    engine = Engine(SETTINGS)
    ids = [engine.resolve(identifiers, at=at).profile_id or "" for at, identifiers in history]
    expected = components(history)
    assert len(engine) == len(expected)
    for members, identifiers in expected:
        [canonical] = {engine.canonical_id(ids[place]) for place in members}
        held = {(kind, value) for kind, values in engine.identifiers(canonical).items() for value in values}
        assert held == identifiers
        assert len(held) < 100, "no list may come near the limit"
        assert {canonical, *engine.aliases(canonical)} == {ids[place] for place in members}
        assert engine.created_at(canonical) == min(engine.created_at(ids[place]) for place in members)
    engine._check()


@given(events)
def test_profiles_are_the_connected_components_of_events_and_identifiers(history: list[Event]) -> None:
    check_against_components(history)


@pytest.mark.parametrize(("events", "spread"), [(300, 200), (1500, 1500), (3000, 4000)])
def test_profiles_are_the_connected_components_of_a_seeded_crowd(events: int, spread: int) -> None:
    random = Random(f"crowd {spread}")

    def identifiers() -> list[Identifier]:
        return [(random.choice(TYPES), str(random.randrange(spread))) for _ in range(random.choice([1, 2, 2, 3]))]

    check_against_components([(random.randrange(10**6), identifiers()) for _ in range(events)])
