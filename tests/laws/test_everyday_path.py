"""The everyday path of ``resolve`` and the decision in full are one: the same outcome on the same state."""

from random import Random

import pytest

from resolver import Engine, Outcome, ResolverError
from resolver.commands import Resolve
from resolver.decide.in_full import decide_in_full
from resolver.decide.resolve import decide_resolve
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family

HISTORIES = 4
LENGTH = 90


def both(engine: Engine, command: Resolve) -> tuple[Outcome | str, Outcome | str]:
    """Give what the everyday path and the decision in full make of a command; errors by their text."""
    state = engine._state
    outcomes: list[Outcome | str] = []
    for decide in (decide_resolve, decide_in_full):
        try:
            outcomes.append(decide(state, command, state.number + 1, state.at, lambda number, at: "drawn"))
        except ResolverError as error:
            outcomes.append(f"{type(error).__name__}: {error}")
    return outcomes[0], outcomes[1]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_r1_to_r7_the_everyday_path_decides_as_the_decision_in_full(family: Family) -> None:
    for seed in range(HISTORIES):
        random = Random(f"everyday path {family.__name__} {seed}")
        case = family(random)
        engine, model = case.engine(), case.model()
        author = Author(random, case)
        for _ in range(LENGTH):
            command = author.command(model, ())
            for asked in (command, Resolve(dict([author.identifier(model) for _ in range(3)]))):
                if isinstance(asked, Resolve):
                    everyday, full = both(engine, asked)
                    assert everyday == full, asked
            for store in (engine, model):
                try:
                    store.execute(command)
                except ResolverError:
                    continue
