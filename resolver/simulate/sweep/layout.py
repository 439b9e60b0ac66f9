"""The layout of a chart: round numbers along its axes, and labels beside its marks that cover nothing else.

>>> Scale.around([3, 41]).ticks
(0, 10, 20, 30, 40, 50)
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

_STEPS = (1, 2, 2.5, 5, 10)


class Scale(msgspec.Struct, frozen=True):
    """An axis from its first tick to its last."""

    ticks: tuple[float, ...]

    @classmethod
    def around(cls, figures: Sequence[float], *, most: int = 6) -> "Scale":
        """Return at most about *most* round ticks, with all figures between the first and the last."""
        low, high = min(figures), max(figures)
        if high - low <= max(abs(high), 1.0) * 1e-6:  # as good as one figure
            room = abs(low) * 0.1 if abs(low) > 1e-3 else 1.0
            low, high = low - room, high + room
        rough = (high - low) / (most - 1)
        power = 10 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in _STEPS if factor * power >= rough * 0.999)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return cls(tuple(_round(step * place) for place in range(first, last + 1)))

    def share(self, figure: float) -> float:
        """Return where a figure lies, from 0 at the first tick to 1 at the last."""
        return (figure - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


def _round(tick: float) -> float:
    near = round(tick, 9)
    return int(near) if near == int(near) else near


def tick_text(figure: float) -> str:
    """Return a figure as an axis shows it.

    >>> tick_text(1200), tick_text(0.8123456)
    ('1,200', '0.8123')
    """
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.4g}"


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

HALF = 7
"""Half of the width of a mark."""

_LINE = 15
"""How high a line of text is."""


def placed(
    marks: Sequence[tuple[float, float, str]], line: Sequence[tuple[float, float]], within: Box, *, letter: float
) -> list[tuple[str, float, float]]:
    """Return (text, left, baseline) of the labels that have room, from top to bottom.

    *marks* are (x, y, text), the text of one without a label empty; *line* goes through points; *letter* is about the
    width of a letter. A label without room is left out. O(marks squared).

    >>> placed([(50, 50, "1"), (58, 50, "")], [], (0, 0, 200, 100), letter=7)
    [('1', 33, 53.5)]
    """
    taken = [(x - HALF, y - HALF, x + HALF, y + HALF) for x, y, _ in marks]
    taken += _along(line)
    found = []
    for x, y, text in sorted(marks, key=lambda mark: (mark[1], mark[0])):
        rooms = _rooms(x, y, len(text) * letter, within) if text else iter(())
        box = next((box for box in rooms if not any(_meet(box, each) for each in taken)), None)
        if box is not None:
            taken.append(box)
            found.append((text, round(box[0], 1), round(box[3] - 4, 1)))
    return found


def _rooms(x: float, y: float, wide: float, within: Box) -> Iterator[Box]:
    """Yield the boxes beside a mark that are within the chart: right, left, above, below of it, then aslant."""
    left, right, middle = x - HALF - 3 - wide, x + HALF + 3, x - wide / 2
    level, above, below = y - _LINE / 2, y - HALF - _LINE - 1, y + HALF + 1
    straight = [(right, level), (left, level), (middle, above), (middle, below)]
    for across, top in [*straight, (right, above), (left, above), (right, below), (left, below)]:
        box = across, top, across + wide, top + _LINE
        if box[0] >= within[0] and box[1] >= within[1] and box[2] <= within[2] and box[3] <= within[3]:
            yield box


def _along(line: Sequence[tuple[float, float]]) -> Iterator[Box]:
    """Yield small boxes along a line."""
    for (x, y), (next_x, next_y) in pairwise(line):
        steps = 1 + int(max(abs(next_x - x), abs(next_y - y)) / HALF)
        for step in range(1, steps):
            here_x, here_y = (one + (two - one) * step / steps for one, two in ((x, next_x), (y, next_y)))
            yield here_x - 1, here_y - 1, here_x + 1, here_y + 1


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
