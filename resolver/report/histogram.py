"""Histograms as tables with bars: the numbers are text, the bars SVG, the baseline hollow and the candidate filled."""

from collections.abc import Mapping

from resolver.report.markup import Markup, tag
from resolver.report.sizes import BINS

_WIDTH = 220
_THICK = 9


def histogram(title: str, unit: str, baseline: Mapping[str, int], candidate: Mapping[str, int]) -> Markup:
    """Give a histogram of both sides; bins that both leave empty are left out."""
    bins = [name for name in BINS if name in baseline or name in candidate]
    most = max((*baseline.values(), *candidate.values()), default=1)
    rows = [_row(name, baseline.get(name, 0), candidate.get(name, 0), most) for name in bins]
    heads = tag(
        "tr",
        tag("th", unit, scope="col", class_="number"),
        tag("th", "baseline", scope="col", class_="number"),
        tag("th", "candidate", scope="col", class_="number"),
        tag("th", "profiles", scope="col"),
    )
    if not rows:
        return tag("figure", tag("figcaption", title), tag("p", "There is no profile on either side.", class_="quiet"))
    return tag(
        "figure",
        tag("figcaption", title),
        tag("table", tag("thead", heads), tag("tbody", *rows), class_="histogram"),
    )


def _row(name: str, baseline: int, candidate: int, most: int) -> Markup:
    bars = tag(
        "svg",
        _bar(0, baseline, most, "of-baseline"),
        _bar(_THICK + 1, candidate, most, "of-candidate"),
        width=_WIDTH,
        height=2 * _THICK + 1,
        aria_hidden="true",
    )
    return tag(
        "tr",
        tag("th", name, scope="row", class_="number"),
        tag("td", f"{baseline:,}", class_="number"),
        tag("td", f"{candidate:,}", class_="number"),
        tag("td", bars),
    )


def _bar(top: int, count: int, most: int, kind: str) -> Markup | None:
    """Give a bar; one that has anything is at least a pixel, so that a single large profile is seen."""
    if not count:
        return None
    return tag(
        "rect", x=0.5, y=top + 0.5, width=max(1, round(_WIDTH * count / most) - 1), height=_THICK - 1, class_=kind
    )
