"""The everyday path of ``resolve`` and the decision in full are one: the same outcome, and the same store after it."""

from random import Random
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver import Engine, Outcome, ResolverError, Settings
from resolver.commands import AnyCommand, Resolve
from resolver.decide import DECISIONS
from resolver.moments import milliseconds
from tests.laws.histories import any_settings, everyday_settings, histories, opened, options, resolves, run
from tests.machines.author import Author
from tests.machines.families import FAMILIES, Family

HISTORIES = 4
LENGTH = 90

Result = tuple[Outcome | str, bytes]


class NotEverydayError(Exception):
    """A command was left to deciding in full."""


def not_everyday(*_: object) -> Outcome:
    raise NotEverydayError


def in_one_pass(engine: Engine, command: Resolve) -> Result | None:
    """Execute on a fork by the everyday path; None, after a look that nothing has changed, if it is not everyday."""
    fork = engine.fork()
    before = fork.snapshot()
    decisions = cast(dict[type, object], DECISIONS)
    in_full = decisions[Resolve]
    decisions[Resolve] = not_everyday
    try:
        outcome = fork.execute(command)
    except NotEverydayError:
        assert fork.snapshot() == before, (command, "was left to deciding in full, after a change")
        return None
    except ResolverError as error:
        return f"{type(error).__name__}: {error}", fork.snapshot()
    finally:
        decisions[Resolve] = in_full
    fork._check()
    return outcome, fork.snapshot()


def in_full(engine: Engine, command: Resolve) -> Result:
    """Decide in full, and apply the facts to a fork; errors by their text."""
    fork = engine.fork()
    state = fork._state
    try:
        outcome = fork.preview(command)
    except ResolverError as error:
        return f"{type(error).__name__}: {error}", fork.snapshot()
    state.apply(outcome.facts)
    state.number += 1
    state.at = state.at if command.at is None else milliseconds(command.at)
    fork._check()
    return outcome, fork.snapshot()


def hold_against_each_other(engine: Engine, command: Resolve) -> bool:
    """Compare the two ways; tell whether the command was an everyday one."""
    everyday = in_one_pass(engine, command)
    assert everyday is None or everyday == in_full(engine, command), command
    return everyday is not None and isinstance(everyday[0], Outcome)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_r1_to_r7_the_everyday_path_does_what_deciding_in_full_does(family: Family) -> None:
    for seed in range(HISTORIES):
        random = Random(f"everyday path {family.__name__} {seed}")
        case = family(random)
        engine, model = case.engine(), case.model()
        author = Author(random, case)
        for _ in range(LENGTH):
            command = author.command(model, ())
            for asked in (command, Resolve(dict([author.identifier(model) for _ in range(3)]))):
                if isinstance(asked, Resolve):
                    hold_against_each_other(engine, asked)
            for store in (engine, model):
                try:
                    store.execute(command)
                except ResolverError:
                    continue


@settings(max_examples=300)
@given(st.one_of(any_settings(), everyday_settings), options, histories, st.lists(resolves, min_size=1, max_size=8))
def test_the_everyday_path_does_what_deciding_in_full_does_after_any_history(
    chosen: Settings, given_options: dict[str, str], history: list[AnyCommand], asked: list[Resolve]
) -> None:
    engine = opened(chosen, **given_options)
    run(engine, history)
    for command in asked:
        hold_against_each_other(engine, command)


def test_nearly_every_command_of_an_everyday_history_takes_the_everyday_path() -> None:
    """Without this the laws above could hold because the path is never taken."""
    taken: list[bool] = []

    @settings(max_examples=150)
    @given(everyday_settings, histories.map(lambda history: [c for c in history if isinstance(c, Resolve)]))
    def look(chosen: Settings, history: list[Resolve]) -> None:
        engine = opened(chosen)
        for command in history:
            taken.append(hold_against_each_other(engine, command))
            run(engine, [command])

    look()
    assert sum(taken) * 3 > len(taken)
