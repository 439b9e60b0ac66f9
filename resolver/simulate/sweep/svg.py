"""The chart of a sweep as an SVG picture: a point per setting, those that no other beats marked and joined.

Told apart by shape, not by colour: a filled diamond with its number is on the front, a hollow circle is not.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from resolver.display import counted, displayed
from resolver.simulate.sweep.layout import Scale, placed, tick_text
from resolver.simulate.sweep.measures import Objective, figures
from resolver.simulate.sweep.result import Row, Sweep, cell

LABELS = {
    "precision": "precision (share of joined pairs that are right)",
    "recall": "recall (share of right pairs that are joined)",
    "profiles": "profiles",
    "largestGroup": "records in the largest profile",
}
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

    >>> from resolver.simulate.sweep.study import sweep
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
