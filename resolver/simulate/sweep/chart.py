"""The chart of a sweep as an SVG picture: a point per setting, those that no other beats marked and joined.

Told apart by shape, not by colour: a filled diamond with its number is on the front, a hollow circle is not. Axes have
round numbers, and labels stand beside the marks so that they cover nothing else.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

import msgspec

from resolver.display import counted, displayed
from resolver.simulate.sweep.result import Objective, Row, Sweep, cell, figures

LABELS = {
    "precision": "precision (share of joined pairs that are right)",
    "recall": "recall (share of right pairs that are joined)",
    "profiles": "profiles",
    "largestGroup": "records in the largest profile",
}

_STEPS = (1, 2, 2.5, 5, 10)

HALF = 7
"""Half of the width of a mark."""

_LINE = 15
"""How high a line of text is."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 496, 80, 72, 24, 64
_LETTER = 8
_STYLE = (
    "svg{font:13px system-ui,sans-serif;background:#fff;color:#1c2733}text{fill:currentColor}"
    ".grid{stroke:#d8dee6}.front{fill:none;stroke:#0b6bcb;stroke-width:2;stroke-dasharray:5 4}"
    ".best{fill:#0b6bcb}.other{fill:none;stroke:#5a6b7d;stroke-width:1.5}.number{font-weight:600}"
    "@media (prefers-color-scheme:dark){svg{background:#14191f;color:#e4e9ef}.grid{stroke:#323c47}"
    ".front{stroke:#6cb4ff}.best{fill:#6cb4ff}.other{stroke:#9fb0c2}}"
)


def scatter(sweep: Sweep) -> str:
    """Return the scatter of the two objectives as an SVG document, with every setting's values as its tooltip.

    >>> from resolver.simulate.sweep import sweep
    >>> table = sweep([{"identifiers": {"chat": "1"}}], {"axes": {"chat.limit": [1, 2]}})
    >>> scatter(table).count("<title>")
    3
    """
    return "\n".join(_Drawing(sweep).lines()) + "\n"


class _Drawing:
    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._points = {row.number: figures(row.measures, sweep.objectives) for row in sweep.rows}
        self._x = Scale.around([x for x, _ in self._points.values()])
        self._y = Scale.around([y for _, y in self._points.values()])

    def lines(self) -> Iterator[str]:
        across, up = self._sweep.objectives
        title = f"{_name(up)} by {_name(across)}"
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label="{title}, {counted(len(self._points), "setting")}">'
        )
        yield f"<title>{title}</title>"
        yield f"<style>{_STYLE}</style>"
        yield f'<text x="{_LEFT}" y="24" font-size="16" font-weight="600">{title}</text>'
        yield (
            f'<text x="{_LEFT}" y="43">{counted(len(self._points), "setting")}; ◆ with its number: no other beats it; '
            "○ beaten; settings with their numbers at one ◆ are equal</text>"
        )
        yield f'<text x="{_LEFT}" y="60">wanted: {across.words}, {up.words}</text>'
        yield from self._grid()
        yield self._front()
        for row in sorted(self._sweep.rows, key=lambda row: row.on_front):
            yield self._mark(row)
        yield from self._numbers()
        yield "</svg>"

    def _grid(self) -> Iterator[str]:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        for tick in self._x.ticks:
            x = self._across(tick)
            yield f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}"/>'
            yield f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{tick_text(tick)}</text>'
        for tick in self._y.ticks:
            y = self._up(tick)
            yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{right}" y2="{y}"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{tick_text(tick)}</text>'
        across, up = (LABELS[objective.measure] for objective in self._sweep.objectives)
        yield f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 16}" text-anchor="middle">{across}</text>'
        middle = (_TOP + bottom) / 2
        yield f'<text x="20" y="{middle}" text-anchor="middle" transform="rotate(-90 20 {middle})">{up}</text>'

    def _front(self) -> str:
        best = sorted({self._points[row.number] for row in self._sweep.front})
        return f'<polyline class="front" points="{" ".join(f"{self._across(x)},{self._up(y)}" for x, y in best)}"/>'

    def _mark(self, row: Row) -> str:
        x, y = self._points[row.number]
        across, up = self._across(x), self._up(y)
        values = "; ".join(f"{name} {cell(value)}" for name, value in row.values.items())
        one, other = self._sweep.objectives
        tip = escape(
            displayed(f"setting {row.number}: {values} | {_name(one)} {tick_text(x)}, {_name(other)} {tick_text(y)}")
        )
        if row.on_front:
            shape = f'<path class="best" d="M{across} {up - 7}l7 7-7 7-7-7z">'
            return f"{shape}<title>{tip}</title></path>"
        return f'<circle class="other" cx="{across}" cy="{up}" r="5"><title>{tip}</title></circle>'

    def _numbers(self) -> Iterator[str]:
        """Yield the numbers of the front's settings, those of one point together, over nothing else."""
        together: dict[tuple[float, float], list[int]] = {}
        for row in self._sweep.front:
            together.setdefault(self._points[row.number], []).append(row.number)
        points = {point: listed(together[point]) if point in together else "" for point in self._points.values()}
        marks = [(self._across(x), self._up(y), text) for (x, y), text in points.items()]
        line = sorted((self._across(x), self._up(y)) for x, y in together)
        within = _LEFT, _TOP - 12, _WIDTH, _HEIGHT - _BOTTOM
        for text, left, baseline in placed(marks, line, within, letter=_LETTER):
            yield f'<text class="number" x="{left}" y="{baseline}">{text}</text>'

    def _across(self, figure: float) -> float:
        return round(_LEFT + self._x.share(figure) * (_WIDTH - _LEFT - _RIGHT), 1)

    def _up(self, figure: float) -> float:
        return round(_HEIGHT - _BOTTOM - self._y.share(figure) * (_HEIGHT - _TOP - _BOTTOM), 1)


def _name(objective: Objective) -> str:
    return LABELS[objective.measure].partition(" (")[0]


def listed(numbers: list[int], most: int = 6) -> str:
    """Return ascending numbers as short text, runs as ranges; what does not fit is counted.

    >>> listed([1, 2, 3, 7])
    '1-3, 7'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told_runs = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    shown = ", ".join(told_runs[:most])
    left = sum(len(run) for run in runs[most:])
    return f"{shown} and {left} more" if left else shown


class Scale(msgspec.Struct, frozen=True):
    """An axis from its first tick to its last.

    >>> Scale.around([3, 41]).ticks
    (0, 10, 20, 30, 40, 50)
    """

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
