"""The executor: carries commands out on a state, an everyday ``resolve`` in one pass, whatever else in full."""

from collections.abc import Callable

from resolver.callbacks import alone
from resolver.commands import AnyCommand, Resolve, Time
from resolver.decide import DECISIONS
from resolver.errors import InvalidCommand
from resolver.everyday import CREATED, NOT_EVERYDAY, UNCHANGED, resolve_several, resolve_two
from resolver.facts import IdentifierAdded, Outcome, ProfileCreated
from resolver.ids import HEADS, PAIRS
from resolver.moments import milliseconds
from resolver.names import Milliseconds
from resolver.state.store import State

_NUMBERS = 1 << 63
"""Command numbers are below this: facts and snapshots hold integers of 64 bits."""

_BITS = 62
"""Integers of so many bits need no further check to be a time."""


class Executor:
    """Executes commands on one state and previews them; ``Engine`` adds all else that is asked of a store."""

    __slots__ = ("_clock", "_state")

    def __init__(self, state: State, clock: Callable[[], Milliseconds] | None) -> None:
        self._state = state
        self._clock = clock

    def execute(self, command: AnyCommand, *, number: int | None = None) -> Outcome:
        """Execute a command: decide, then apply what was decided.

        *number* is its place in its history, larger than all before it; left out, the last + 1. A refused
        command takes none. Raises and costs what the engine's method of the command's name does; ``InvalidCommand`` for
        what is no command, and for a number that is not larger.
        """
        # An everyday resolve of one identifier is decided and carried out here: a call more is a tenth of its time.
        state = self._state
        number = state.number + 1 if number is None else self._later(number)
        if type(command) is not Resolve:
            return self._in_full(command, number, self._time(_known(command).at))
        at = command.at
        if type(at) is not int or at.bit_length() > _BITS:
            at = self._time(at)
        identifiers = command.identifiers
        if type(identifiers) is not dict:
            return self._in_full(command, number, at)

        size = len(identifiers)
        if size != 1:
            if size == 2:
                outcome = resolve_two(state, command, identifiers, number, at)
            else:
                outcome = resolve_several(state, command, identifiers, number, at)
            if outcome is None:
                return self._in_full(command, number, at)
            state.number = number
            state.at = at
            return outcome

        try:
            [id_type] = identifiers
            raw = identifiers[id_type]
            find, table, rules = state.plain[id_type]
            owner = find(raw)
            if owner is None:
                value = rules.normalize(raw)
                if value is not raw:
                    owner = find(value)
            elif type(raw) is not str:  # what is equal to a text need not be one (N1)
                return self._in_full(command, number, at)
        except NOT_EVERYDAY:
            return self._in_full(command, number, at)
        if owner is not None:
            state.number = number
            state.at = at
            return Outcome(UNCHANGED, owner)
        if command.new_profile_id is not None:
            return self._in_full(command, number, at)
        owner = HEADS[number >> 10] + PAIRS[number & 1023] if state.numbered else state.new_id(number, at)
        id_type = rules.id_type
        table[value] = owner
        state.profiles[owner] = (at, number, owner, id_type, at, number, value)
        state.number = number
        state.at = at
        added = IdentifierAdded(number, at, owner, id_type, value)
        return Outcome(CREATED, owner, (ProfileCreated(number, at, owner), added))

    def preview(self, command: AnyCommand) -> Outcome:
        """Return the outcome that ``execute`` would give now, new id included; nothing is changed.

        Raises what ``execute`` would raise: ``InvalidCommand`` for what is no command, and all errors of its method.
        """
        at = self._time(_known(command).at)
        return self._decided(command, self._state.number + 1, at)

    def _in_full(self, command: AnyCommand, number: int, at: Milliseconds) -> Outcome:
        """Execute whatever command: decide in full, then apply."""
        outcome = self._decided(command, number, at)
        state = self._state
        state.apply(outcome.facts)
        state.number = number
        state.at = at
        return outcome

    def _decided(self, command: AnyCommand, number: int, at: Milliseconds) -> Outcome:
        """Give the outcome that the command would have, in every case."""
        decision = DECISIONS[type(command)]
        return alone(self._state, lambda: decision(self._state, command, number, at))

    def _later(self, number: object) -> int:
        last = self._state.number
        if type(number) is not int or not last < number < _NUMBERS:
            raise InvalidCommand(
                f"command number {number!r} is not right; expected an integer of 64 bits larger than {last}"
            )
        return number

    def _time(self, at: Time) -> Milliseconds:
        if at is None:
            at = self._state.at if self._clock is None else alone(self._state, self._clock)
        return milliseconds(at)


def _known(command: AnyCommand) -> AnyCommand:
    if type(command) not in DECISIONS:
        raise InvalidCommand(f"{command!r} is not a command; expected one of the six command classes")
    return command
