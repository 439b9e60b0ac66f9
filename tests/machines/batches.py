"""Batches: an engine that takes the commands of a history several at a time, through ``execute_many``.

A batch has a random size, and ends early where a command is refused. Its outcomes are held to those that the commands
had one by one, at once, and again when the history is over and the engine has moved on.
"""

from collections.abc import Iterator, Sequence
from random import Random

from resolver.commands import AnyCommand
from resolver.errors import ResolverError
from resolver.facts import Outcome
from resolver.kernel.rows import CommandNumber
from tests.machines.case import Case
from tests.machines.questions import worded

SIZES = (1, 2, 3, 5, 8, 13, 40)

Waiting = tuple[AnyCommand, int, Outcome | str]
"""A command, the number that it has, and its outcome, or the error that refused it."""


class Batches:
    """Takes commands, and executes them when there are as many as the dice say."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.engine = case.engine()
        self._dice = Random(f"{case.name} {case.settings.to_json()}")
        self._size = self._dice.choice(SIZES)
        self._waiting: list[Waiting] = []
        self._all: list[tuple[Sequence[Outcome], list[Outcome | str]]] = []

    def take(self, command: AnyCommand, number: int, outcome: Outcome | str, last: int, snapshot: bytes) -> None:
        """Let a command wait for its batch; *last* and *snapshot* are the position and the store after it."""
        self._waiting.append((command, number, outcome))
        if len(self._waiting) >= self._size:
            self.execute(last, snapshot)

    def execute(self, last: int, snapshot: bytes) -> None:
        """Execute what waits; the snapshot is the one that the store has afterwards."""
        while self._waiting:
            self._execute_batch()
        self.engine._tables.number = CommandNumber(last)
        self.engine._check()
        assert self.engine.snapshot() == snapshot, "the snapshot after a batch differs"
        self._size = self._dice.choice(SIZES)

    def finish(self) -> None:
        """Check that all outcomes still say what they said."""
        for outcomes, expected in self._all:
            assert list(outcomes) == expected, "the outcomes of a batch are others at the end"
            assert [outcomes[place] for place in range(len(outcomes))] == expected

    def _execute_batch(self) -> None:
        """Execute what waits, up to the first command that is refused."""
        refusal = ""
        outcomes: Sequence[Outcome]
        try:
            outcomes = self.engine.execute_many(self._commands())
        except ResolverError as error:
            outcomes = error.outcomes or ()
            refusal = worded(error)
        done, self._waiting = self._waiting[: len(outcomes)], self._waiting[len(outcomes) :]
        expected = [outcome for _, _, outcome in done]
        assert list(outcomes) == expected, f"the outcomes of a batch differ\n    {list(outcomes)}\n    {expected}"
        self._all.append((outcomes, expected))
        if refusal:
            [(_, _, outcome), *self._waiting] = self._waiting
            assert refusal == outcome, f"the error of a batch differs\n    {refusal!r}\n    {outcome!r}"

    def _commands(self) -> Iterator[AnyCommand]:
        """What waits, each under its number: the clock and the store stand right before it."""
        for command, number, _ in self._waiting:
            self.case.begin(number)
            self.engine._tables.number = CommandNumber(number - 1)
            yield command
