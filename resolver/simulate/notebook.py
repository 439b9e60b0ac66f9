"""What a notebook shows of a run or a comparison: small tables, escaped, without scripts."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from resolver.simulate.frames import frame
from resolver.simulate.words import listed

if TYPE_CHECKING:
    from resolver.simulate.compare import Change, Comparison
    from resolver.simulate.run import Run

GROUPS = 5
REFS = 8


def run_frame(run: "Run", library: str | None) -> Any:
    """Give a row per record: its ref and the canonical id of its profile."""
    return frame({"ref": list(run.assignments), "profile_id": list(run.assignments.values())}, library)


def comparison_frame(comparison: "Comparison", library: str | None) -> Any:
    """Give a row per record of a changed group: the change, the group's and part's number, the line of its cause."""
    names = ("ref", "change", "group", "part", "line", "kind", "why")
    changes = (*(("joined", each) for each in comparison.joined), *(("split", each) for each in comparison.split))
    rows = [
        (ref, word, number, part, *_cause(change))
        for number, (word, change) in enumerate(changes, 1)
        for part, refs in enumerate(change.parts, 1)
        for ref in refs
    ]
    return frame({name: [row[place] for row in rows] for place, name in enumerate(names)}, library)


def run_html(run: "Run") -> str:
    """Give the totals of a run as a table."""
    totals = run.summary
    rows = [
        (name, f"{totals[name]:,}")
        for name in ("lines", "applied", "rejected", "profiles", "merges", "evictions", "refusals", "largestGroup")
    ]
    return _table("Run", ("", ""), rows)


def comparison_html(comparison: "Comparison") -> str:
    """Give the totals of both runs, and the first changed groups of each kind."""
    rows = [
        (name, f"{left:,}", f"{right:,}", f"{right - left:+,}" if left != right else "")
        for name, (left, right) in comparison.totals.items()
    ]
    parts = [_table("Comparison", ("", "baseline", "candidate", "change"), rows)]
    for word, changes in (("joined", comparison.joined), ("split", comparison.split)):
        if changes:
            more = f" (first {GROUPS} of {len(changes):,})" if len(changes) > GROUPS else ""
            told = [(_groups(change), change.cause.why if change.cause else "") for change in changes[:GROUPS]]
            parts.append(_table(f"{word}: {len(changes):,}{more}", ("records", "why"), told))
    return "".join(parts)


def _cause(change: "Change") -> tuple[int | None, str | None, str | None]:
    return (None, None, None) if change.cause is None else (change.cause.line, change.cause.kind, change.cause.why)


def _groups(change: "Change") -> str:
    return " | ".join(listed(part, REFS) for part in change.parts)


def _table(title: str, header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
