"""Phone numbers that are nobody's: handed out in turn, taken back, and handed out again months later.

They come from the ranges that are set aside for fiction: 555-0100 to 555-0199 in every North American area
code, and the drama numbers of the United Kingdom, France and Australia. A history of more than some hundred
thousand people uses up the first of these, and goes on with other 555 numbers.
"""

from collections import deque
from itertools import count

from resolver.generate.dice import Dice
from resolver.names import Milliseconds

_AREAS = tuple(
    f"{first}{second}{third}"
    for first in range(2, 10)
    for second in range(9)
    for third in range(10)
    if not second == third == 1
)
_STRIDE = 271
"""Prime to the number of area codes, so that neighbours in turn are not neighbours on the map."""

_QUARANTINE: Milliseconds = 60 * 86_400_000
"""How long a number that was given up stays with nobody."""

_FIRST_LINE = 100
_FICTIONAL = 100
"""As many lines of each area code, from the first, are kept for fiction; they are used up first."""

_LINES = 10_000 - _FIRST_LINE

_NORTH_AMERICA = ("+1{0}{1}{2}", "({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "{0}{1}{2}", "1-{0}-{1}-{2}")


class Numbers:
    """All numbers, as E.164 texts: which was handed out last, and which were given up."""

    __slots__ = ("_dice", "_fresh", "_given_up")

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._fresh = count()
        self._given_up: deque[tuple[Milliseconds, str]] = deque()

    def mobile(self, at: Milliseconds) -> str:
        """Assign a number to a person: often one that somebody gave up long enough ago, if there is any."""
        if self._given_up and self._given_up[0][0] + _QUARANTINE <= at and self._dice.chance(0.7):
            return self._given_up.popleft()[1]
        turn = next(self._fresh)
        return foreign_mobile(turn) if self._dice.chance(0.15) else north_american(turn)

    def landline(self) -> str:
        """Assign a number to a household."""
        turn = next(self._fresh)
        return foreign_landline(turn) if self._dice.chance(0.1) else north_american(turn)

    def give_up(self, number: str, at: Milliseconds) -> None:
        """Take a number back; somebody else may have it later."""
        self._given_up.append((at, number))


def north_american(turn: int) -> str:
    """Return the number of this turn; after seven million turns they come again.

    >>> north_american(0), north_american(1)
    ('+12005550100', '+15045550103')
    """
    area = _AREAS[turn * _STRIDE % len(_AREAS)]
    lap = turn // len(_AREAS) % _LINES
    line = _FIRST_LINE + lap if lap >= _FICTIONAL else _FIRST_LINE + (lap + 3 * turn) % _FICTIONAL
    return f"+1{area}555{line:04d}"


def foreign_mobile(turn: int) -> str:
    """Return a British or French mobile number while there are fresh ones, else a North American one.

    >>> foreign_mobile(1), foreign_mobile(3)
    ('+33639980001', '+447700900003')
    """
    if turn % 3 == 0 and turn < 1_000:
        return f"+447700900{turn:03d}"
    return f"+3363998{turn:04d}" if turn < 10_000 else north_american(turn)


def foreign_landline(turn: int) -> str:
    """Return a British, French or Australian landline while there are fresh ones, else a North American one.

    >>> foreign_landline(1), foreign_landline(2), foreign_landline(3)
    ('+33199000001', '+61255500002', '+442079460003')
    """
    if turn % 3 == 0 and turn < 1_000:
        return f"+442079460{turn:03d}"
    if turn < 10_000:
        return f"+3319900{turn:04d}" if turn % 2 else f"+6125550{turn:04d}"
    return north_american(turn)


def written(number: str, dice: Dice) -> str:
    """Return the number as somebody might write it down in the United States; it normalizes to *number*.

    >>> written("+12125550123", Dice(1)), written("+447700900003", Dice(1))
    ('+12125550123', '+447700900003')
    """
    if number.startswith("+1"):
        return dice.pick(_NORTH_AMERICA).format(number[2:5], number[5:8], number[8:])
    if dice.chance(0.5):
        return number
    start = "011 " if dice.chance(0.3) else "+"
    return f"{start}{number[1:3]} {number[3:-6]} {number[-6:-3]} {number[-3:]}"
