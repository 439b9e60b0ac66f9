"""Batches: several commands executed in one call, whose outcomes are made when somebody looks at them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, overload

from resolver.commands import Command
from resolver.errors import InvalidCommand, safe_repr, stopped_batch
from resolver.facts import Outcome
from resolver.outcomes import OutcomeColumns

AT_ONCE = 256
"""So many commands are executed, or outcomes made, before the interpreter looks for signals: compiled code alone would
not notice Ctrl-C."""
_A_FEW = 16


def expected(commands: object) -> int:
    """How many commands a batch has where that is plain without asking it; else a few.

    >>> expected([1, 2, 3]), expected(iter([1, 2, 3]))
    (3, 16)
    """
    return len(commands) if type(commands) is list or type(commands) is tuple else _A_FEW


class Outcomes(Sequence[Outcome]):
    """What the commands of a batch did, in their order; each outcome is made anew whenever it is looked at.

    It says what was true when its command was executed, whatever the engine does afterwards. A batch keeps the ids of
    its engine alive, and the values that its facts name. A pickle of it is a tuple.

    >>> from resolver import Engine, Resolve
    >>> Engine().execute_many([Resolve({"email": "a@example.com"}), Resolve({"email": "b@example.com"})])
    <Outcomes: 2>
    """

    __slots__ = ("_columns",)

    def __init__(self, columns: OutcomeColumns) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return self._columns.count

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, index: int | slice) -> Outcome | tuple[Outcome, ...]:
        places = range(self._columns.count)[index]
        if isinstance(places, int):
            return self._columns.outcomes(places, places + 1)[0]
        return tuple([self._columns.outcomes(place, place + 1)[0] for place in places])

    def __iter__(self) -> Iterator[Outcome]:
        count = self._columns.count
        starts = range(0, count, AT_ONCE)
        ends = (min(start + AT_ONCE, count) for start in starts)
        return chain.from_iterable(map(self._columns.outcomes, starts, ends))

    def __repr__(self) -> str:
        return f"<Outcomes: {self._columns.count:,}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)


def executed(
    commands: Iterable[Command],
    columns: OutcomeColumns,
    execute_some: Callable[[Iterator[Command], OutcomeColumns, int], bool],
    settle: Callable[[OutcomeColumns], None],
) -> Outcomes:
    """Execute commands by *execute_some*, a few at a time; an error gets the outcomes of those before it.

    *settle* ends a command that was struck, and makes the columns agree with what became of it.
    """
    if not issubclass(type(commands), Iterable) or _has_no_dimension(commands):
        raise InvalidCommand(f"{safe_repr(commands)} is not a batch of commands; expected an iterable of them")
    outcomes = Outcomes(columns)
    try:
        waiting = iter(commands)
        while execute_some(waiting, columns, AT_ONCE):
            pass
    except BaseException as error:
        settle(columns)
        stopped_batch(error, outcomes)
        raise
    return outcomes


def _has_no_dimension(commands: object) -> bool:
    """Whether it is an array of one thing, which says that it is iterable and is not."""
    return getattr(commands, "ndim", None) == 0
