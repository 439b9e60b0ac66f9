"""Charts: histograms beside the figures that they stand for, and the chart of a sweep: a mark per point, with labels.

The bars of a histogram are to scale at every width of the page. The chart of a sweep is drawn three times, for wide,
middling and narrow pages, so that its text has the size of all other text on each of them; the style shows the one that
fits.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat

import msgspec

from resolver.display import counted
from resolver.report.page import Markup, tag
from resolver.simulate import Run, Sweep
from resolver.simulate.sweep.chart import HALF, LABELS, Scale, listed, placed, tick_text
from resolver.simulate.sweep.result import Row, cell, figures

_BOUNDS = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100)
"""The largest size of each bin; what is larger goes into a last one."""

_THICK = 10


def _labels() -> list[str]:
    names = []
    for below, bound in zip((-1, *_BOUNDS), _BOUNDS, strict=False):
        names.append(str(bound) if bound == below + 1 else f"{below + 1} to {bound}")
    return [*names, f"over {_BOUNDS[-1]}"]


BINS = _labels()
"""The names of the bins, from small to large."""


def binned(sizes: Iterable[int]) -> dict[str, int]:
    """Return how many sizes fall into each bin that has any, from small to large. O(sizes)."""
    return binned_counts(Counter(sizes))


def binned_counts(counts: Mapping[int, int]) -> dict[str, int]:
    """Return the bins of a histogram that has every size.

    >>> binned_counts({1: 7, 6: 1, 9: 2})
    {'1': 7, '6 to 10': 3}
    """
    found: Counter[int] = Counter()
    for size, count in counts.items():
        found[next((n for n, bound in enumerate(_BOUNDS) if size <= bound), len(_BOUNDS))] += count
    return {BINS[number]: found[number] for number in sorted(found)}


def records_per_profile(run: Run) -> dict[str, int]:
    """Return the histogram of records per profile; one whose records all have newer profiles has none."""
    counts = run.source.record_counts()
    return binned(chain(counts, repeat(0, run.summary.profiles - len(counts))))


def identifiers_per_profile(run: Run) -> dict[str, int]:
    """Return the histogram of identifiers per profile."""
    return binned(run.source.identifier_counts())


def histogram(title: str, unit: str, sides: Mapping[str, Mapping[str, int]]) -> Markup:
    """Return a histogram of one side or two, by the names of the sides; bins that all leave empty are left out."""
    bins = [name for name in BINS if any(name in side for side in sides.values())]
    if not bins:
        return tag("figure", tag("figcaption", title), tag("p", "There is no profile.", class_="quiet"))
    most = max(count for side in sides.values() for count in side.values())
    heads = [tag("th", unit, scope="col", class_="number")]
    heads += [tag("th", name, scope="col", class_="number") for name in (sides if len(sides) > 1 else ("profiles",))]
    heads.append(tag("th", tag("span", f"0 to {counted(most, 'profile')}", class_="scale"), scope="col", class_="bars"))
    rows = [_row(name, [side.get(name, 0) for side in sides.values()], most) for name in bins]
    return tag(
        "figure",
        tag("figcaption", title),
        tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="histogram"),
        _legend([*sides]) if len(sides) > 1 else None,
    )


def _row(name: str, counts: Sequence[int], most: int) -> Markup:
    return tag(
        "tr",
        tag("th", name, scope="row", class_="number"),
        *(tag("td", f"{count:,}", class_="number") for count in counts),
        tag("td", bars(counts, most), class_="bars"),
    )


KINDS = ("of-baseline", "of-candidate")


def bars(counts: Sequence[int], most: int) -> Markup:
    """Return a bar per count, one below the other, each as much of the width as its count is of *most*.

    A bar that stands for anything is seen: its edge is a pixel wide.
    """
    kinds = KINDS if len(counts) > 1 else KINDS[1:]
    drawn = [
        tag("rect", x=0, y=place * (_THICK + 2), width=f"{100 * count / most:.3f}%", height=_THICK, class_=kind)
        for place, (count, kind) in enumerate(zip(counts, kinds, strict=True))
        if count
    ]
    return tag("svg", *drawn, class_="bar", width="100%", height=len(counts) * (_THICK + 2) - 2, aria_hidden="true")


def _legend(names: Sequence[str]) -> Markup:
    keys = [tag("li", _key(kind), name) for kind, name in zip(KINDS, names, strict=True)]
    return tag("ul", *keys, class_="legend")


def _key(kind: str) -> Markup:
    swatch = tag("rect", x=0, y=0, width="100%", height=_THICK, class_=kind)
    return tag("svg", swatch, class_="bar", width=22, height=_THICK, aria_hidden="true")


SIZES = {"wide": (760, 440), "middling": (560, 400), "narrow": (320, 320)}
"""Names of the drawings, which the style knows, with their widths and heights in pixels."""

_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 16, 20, 56
_LETTER = 7.4
"""About how wide a letter is."""

NUMBERS = 4
"""Runs of numbers beside a mark; the rest is counted."""


class _Mark(msgspec.Struct, frozen=True):
    """The settings at one point of the chart."""

    x: float
    y: float
    rows: tuple[Row, ...]

    @property
    def on_front(self) -> bool:
        """Whether no other setting beats these."""
        return self.rows[0].on_front

    @property
    def numbers(self) -> str:
        """The numbers of the settings, shortened."""
        return listed([row.number for row in self.rows], NUMBERS)


def chart(sweep: Sweep) -> Markup:
    """Return the chart in all sizes. O(settings), and O(points squared) to find room for the labels of the front."""
    points: dict[tuple[float, float], list[Row]] = {}
    for row in sweep.rows:
        points.setdefault(figures(row.measures, sweep.objectives), []).append(row)
    scales = Scale.around([x for x, _ in points]), Scale.around([y for _, y in points])
    drawings = [_Drawing(sweep, points, scales, name).drawn() for name in SIZES]
    return tag("div", *drawings, tag("p", "", class_="told", role="status"), class_="chart")


class _Drawing:
    def __init__(
        self, sweep: Sweep, points: dict[tuple[float, float], list[Row]], scales: tuple[Scale, Scale], name: str
    ) -> None:
        self._sweep = sweep
        self._name = name
        self._width, self._height = SIZES[name]
        self._scales = scales
        self._marks = [_Mark(*self._place(*point), tuple(rows)) for point, rows in points.items()]

    def drawn(self) -> Markup:
        one, other = (LABELS[each.measure].partition(" (")[0] for each in self._sweep.objectives)
        marks = sorted(self._marks, key=lambda mark: mark.on_front)
        return tag(
            "svg",
            *self._grid(),
            self._front(),
            *map(self._link, marks),
            *self._labels(),
            viewBox=f"0 0 {self._width} {self._height}",
            width=self._width,
            height=self._height,
            class_=f"scatter {self._name}",
            role="group",
            aria_label=f"Chart of {other} by {one}; every mark leads to its row of the table",
        )

    def _place(self, x: float, y: float) -> tuple[float, float]:
        across, up = self._scales
        wide, high = self._width - _LEFT - _RIGHT, self._height - _TOP - _BOTTOM
        return round(_LEFT + across.share(x) * wide, 1), round(self._height - _BOTTOM - up.share(y) * high, 1)

    def _grid(self) -> Iterator[Markup]:
        right, bottom = self._width - _RIGHT, self._height - _BOTTOM
        across, up = self._scales
        room = (right - _LEFT) / max(1, len(across.ticks) - 1)
        every = 1 + int(max(len(tick_text(tick)) for tick in across.ticks) * _LETTER + 8 > room)
        for place, tick in enumerate(across.ticks):
            x, _ = self._place(tick, up.ticks[0])
            yield tag("line", class_="grid", x1=x, y1=_TOP, x2=x, y2=bottom)
            if place % every == 0:
                yield tag("text", tick_text(tick), x=x, y=bottom + 18, text_anchor="middle")
        for tick in up.ticks:
            _, y = self._place(across.ticks[0], tick)
            yield tag("line", class_="grid", x1=_LEFT, y1=y, x2=right, y2=y)
            yield tag("text", tick_text(tick), x=_LEFT - 8, y=y + 4, text_anchor="end")
        one, other = (LABELS[each.measure].partition(" (")[0] for each in self._sweep.objectives)
        middle = (_TOP + bottom) / 2
        yield tag("text", one, x=(_LEFT + right) / 2, y=self._height - 12, text_anchor="middle", class_="axis")
        turned = f"rotate(-90 14 {middle})"
        yield tag("text", other, x=14, y=middle, text_anchor="middle", transform=turned, class_="axis")

    def _front(self) -> Markup:
        return tag("polyline", class_="front", points=" ".join(f"{x},{y}" for x, y in self._line()))

    def _link(self, mark: _Mark) -> Markup:
        words = self._words(mark)
        x, y = mark.x, mark.y
        shape = (
            tag("path", class_="best", d=f"M{x} {y - HALF}l{HALF} {HALF}-{HALF} {HALF}-{HALF}-{HALF}z")
            if mark.on_front
            else tag("circle", class_="other", cx=x, cy=y, r=5)
        )
        room = tag("circle", class_="room", cx=x, cy=y, r=12)
        return tag("a", tag("title", words), room, shape, href=f"#setting-{mark.rows[0].number}", aria_label=words)

    def _words(self, mark: _Mark) -> str:
        first = mark.rows[0]
        values = "; ".join(f"{name} {cell(value)}" for name, value in first.values.items())
        reached = zip(self._sweep.objectives, figures(first.measures, self._sweep.objectives), strict=True)
        found = ", ".join(f"{LABELS[each.measure].partition(' (')[0]} {tick_text(figure)}" for each, figure in reached)
        more = len(mark.rows) - 1
        others = f"; and {counted(more, 'setting')} with the same two figures ({mark.numbers})" if more else ""
        return f"Setting {first.number}: {found}: {values}{others}"

    def _labels(self) -> Iterator[Markup]:
        marks = [(mark.x, mark.y, mark.numbers if mark.on_front else "") for mark in self._marks]
        within = _LEFT, 0, self._width, self._height - _BOTTOM
        for text, left, baseline in placed(marks, self._line(), within, letter=_LETTER):
            yield tag("text", text, x=left, y=baseline, class_="number")

    def _line(self) -> list[tuple[float, float]]:
        return sorted((mark.x, mark.y) for mark in self._marks if mark.on_front)
