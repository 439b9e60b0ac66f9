"""What a notebook shows of what a simulation found: small tables, escaped, without scripts."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from resolver.display import counted, displayed, listed
from resolver.simulate.summary import Summary

if TYPE_CHECKING:
    from resolver.simulate.compare import Comparison
    from resolver.simulate.explain import Explanation
    from resolver.simulate.health import Health
    from resolver.simulate.order import Dependence
    from resolver.simulate.sweep import Sweep

GROUPS = 5
REFS = 8


def run_html(totals: Summary) -> str:
    """Return the totals of a run as a table."""
    rows = [
        (name, f"{totals[name]:,}")
        for name in ("lines", "applied", "rejected", "profiles", "merges", "evictions", "refusals", "largestGroup")
    ]
    return _table("Run", ("", ""), rows)


def comparison_html(comparison: "Comparison") -> str:
    """Return the totals of both runs, and the first changed groups of each kind."""
    rows = [
        (name, f"{left:,}", f"{right:,}", f"{right - left:+,}" if left != right else "")
        for name, (left, right) in comparison.totals.items()
    ]
    parts = [_table("Comparison", ("", "baseline", "candidate", "change"), rows)]
    for word, changes in (("joined", comparison.joined), ("split", comparison.split)):
        if changes:
            told = [(_groups(change.parts), change.cause.why if change.cause else "") for change in changes[:GROUPS]]
            parts.append(_table(f"{word}: {_first(len(changes))}", ("records", "why"), told))
    return "".join(parts)


def sweep_html(sweep: "Sweep", picture: str, rows: Sequence[Mapping[str, object]]) -> str:
    """Return the chart of a sweep, and the first of the settings that no other beats: *rows*, their cells by name."""
    # In a document of its own, the picture's style leaves the notebook's alone.
    address = base64.b64encode(picture.encode("utf-8", "backslashreplace")).decode("ascii")
    chart = f'<img src="data:image/svg+xml;base64,{address}" alt="Chart of the settings" style="max-width:100%">'
    title = f"Sweep: {counted(len(sweep.rows), 'setting')}, no other beats these: {_first(len(rows))}"
    return chart + _table(title, rows[0], [[*map(_figure, row.values())] for row in rows[:GROUPS]])


def explanation_html(explanation: "Explanation") -> str:
    """Return the words of an explanation."""
    return f'<pre style="text-align:left;white-space:pre-wrap">{escape(explanation.text())}</pre>'


def health_html(health: "Health") -> str:
    """Return the totals of a run's health, and the first findings of each kind."""
    totals = [
        ("records", f"{health.records:,}"),
        ("profiles", f"{health.profiles:,}"),
        ("records with an earlier one", f"{health.deduplication_rate:.1%}"),
        ("most records in a profile", f"{max(health.records_per_profile, default=0):,}"),
        ("most identifiers in a profile", f"{max(health.identifiers_per_profile, default=0):,}"),
    ]
    merged = [
        (each.id_type, each.value, f"{each.merges:,}", f"{each.absorbed:,}", listed([*map(str, each.lines)], REFS))
        for each in health.merging_values[:GROUPS]
    ]
    parts = [_table("Health", ("", ""), totals)]
    shared = [
        (
            each.id_type,
            each.value,
            f"{each.records:,}",
            f"{each.profiles:,}",
            ", ".join(f"{number:,} of {id_type}" for id_type, number in each.others.items()),
        )
        for each in (health.shared_values or ())[:GROUPS]
    ]
    if shared:
        heads = ("idType", "value", "records", "profiles", "different values of these records")
        parts.append(_table(f"values on most records: {_first(health.shared_value_count)}", heads, shared))
    if merged:
        heads = ("idType", "value", "merges", "profiles merged away", "lines")
        parts.append(_table(f"values that merged: {_first(health.merging_value_count)}", heads, merged))
    for word, joints, count in (
        ("without these values profiles fall apart", health.joints, health.joint_count),
        ("bridges between groups of records", health.bridges, health.bridge_count),
    ):
        if joints:
            rows = [
                (
                    each.id_type,
                    each.value,
                    f"{each.freed:,}",
                    listed([*map(str, each.sizes)], REFS),
                    listed(each.refs, 2),
                )
                for each in joints[:GROUPS]
            ]
            heads = ("idType", "value", "profiles freed", "lines on its sides", "records, such as")
            parts.append(_table(f"{word}: {_first(count)}", heads, rows))
    return "".join(parts)


def order_html(dependence: "Dependence") -> str:
    """Return what permutations showed: the first findings, each with its witness."""
    tried = counted(dependence.instant_permutations + dependence.full_permutations, "permutation")
    title = (
        f"Order: {len(dependence.refs):,} of {counted(dependence.records, 'record')} ended in other groups "
        f"in {tried} (seed {dependence.seed})"
    )
    rows = [
        (_groups(finding.before), _groups(finding.after), finding.witness.text, finding.kind)
        for finding in dependence.findings[:GROUPS]
    ]
    more = f"; findings: {_first(len(dependence.findings))}" if rows else ""
    return _table(title + more, ("groups", "in another order", "where", "order"), rows)


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _first(count: int) -> str:
    return f"{count:,} (first {GROUPS} of {count:,})" if count > GROUPS else f"{count:,}"


def _groups(parts: Iterable[Sequence[str]]) -> str:
    return " | ".join(listed(part, REFS) for part in parts)


def _table(title: str, header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{_text(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{_text(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: Any) -> str:
    return escape(displayed(text))
