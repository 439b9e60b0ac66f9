"""The table and the plot that the rows become, and the block of the page that they replace."""

from html import escape
from itertools import groupby
from math import log10
from pathlib import Path

from benchmarks.rounds import Row

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
BAR, LEFT, WIDE = 18, 240, 420


def table(rows: list[Row]) -> str:
    """Return a Markdown table per workload, fastest first, with what each row does not do below."""
    parts = []
    for name, group in groupby(rows, key=lambda row: row["workload"]):
        lines = sorted(group, key=lambda row: row["best_us"])
        first = lines[0]
        size = f"{first['events']:,} events, {first['groups']:,} groups"
        parts.append(f"**{name}**: {size}, {first['rounds']} rounds, in the processor's time of all threads.\n")
        parts.append("| | best µs an event | median | best / floor | median / floor | of it, the peer's own call |")
        parts.append("| --- | --- | --- | --- | --- | --- |")
        for row in lines:
            name_cell = f"**{row['case']}**" if row["ours"] else row["case"]
            call = "" if row["call_best_us"] is None else f"{row['call_best_us']:.2f}"
            cells = (
                f"{row['best_us']:.2f} | {row['median_us']:.2f} | {row['best_ratio']:.1f} | {row['median_ratio']:.1f}"
            )
            parts.append(f"| {name_cell} | {cells} | {call} |")
        parts.append("")
    parts += ["What each does not do:\n", "| | not done |", "| --- | --- |"]
    lacks = {row["case"]: row["lacks"] for row in rows}
    parts += [f"| {case} | {text} |" for case, text in lacks.items()]
    return "\n".join(parts) + "\n"


def plot(rows: list[Row]) -> str:
    """Return an SVG of bars, microseconds an event on a logarithmic scale, ours in another colour."""
    ceiling = max(row["best_us"] for row in rows)
    lowest = min(row["best_us"] for row in rows) / 2
    span = log10(ceiling / lowest)
    shapes: list[str] = []
    y = 0
    for name, group in groupby(rows, key=lambda row: row["workload"]):
        y += BAR + 8
        shapes.append(f'<text x="4" y="{y}" font-weight="bold">{escape(name)}: best µs an event (log scale)</text>')
        for row in sorted(group, key=lambda row: row["best_us"]):
            y += BAR
            width = log10(row["best_us"] / lowest) / span * WIDE
            colour = "#2a6fbb" if row["ours"] else "#9aa5b1"
            shapes.append(
                f'<text x="{LEFT - 6}" y="{y}" text-anchor="end">{escape(row["case"].replace("`", ""))}</text>'
            )
            shapes.append(f'<rect x="{LEFT}" y="{y - 11}" width="{width:.0f}" height="{BAR - 4}" fill="{colour}"/>')
            shapes.append(f'<text x="{LEFT + width + 5:.0f}" y="{y}">{row["best_us"]:.2f}</text>')
    size = f'width="{LEFT + WIDE + 70}" height="{y + BAR}"'
    style = "font-family:sans-serif;font-size:12px;background:#fff"
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{style}">', *shapes, "</svg>", ""])


def rewrite(page: Path, block: str) -> None:
    """Put a block between the marks of a page. ``ValueError`` if it has no marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no block between {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{block}{END}{after}", encoding="utf-8")
