"""Labels: where the texts beside the marks of a chart stand, over no mark, no line and no other label.

>>> placed([(50, 50, "1"), (58, 50, "")], [], (0, 0, 200, 100), letter=7)
[('1', 33, 53.5)]
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

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
