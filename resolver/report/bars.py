"""Bars: histograms whose bars are to scale at every width of the page, beside the figures that they stand for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat

from resolver.display import counted
from resolver.report.markup import Markup, tag
from resolver.simulate import Run

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
