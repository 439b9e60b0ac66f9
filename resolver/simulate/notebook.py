"""What a notebook shows of what a simulation found: data frames, and small tables, escaped, without scripts.

Columns of a frame are in snake_case. A frame has a row per record, setting, finding or event, so that it can be
filtered and grouped; what has no value in a row is missing there. Of pandas and polars the one that is installed is
taken, and neither is loaded before it is asked for.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from resolver.display import counted, displayed, listed
from resolver.simulate.summary import Summary

if TYPE_CHECKING:
    from resolver.simulate.compare import Change, Comparison
    from resolver.simulate.explain import Explanation
    from resolver.simulate.health import Health
    from resolver.simulate.order import Dependence
    from resolver.simulate.sweep import Sweep


LIBRARIES = ("pandas", "polars")
"""The libraries that can be asked for, the first choice first."""


def frame(columns: Mapping[str, Sequence[Any]], library: str | None = None) -> Any:
    """Return columns as a ``DataFrame`` of a library; None takes pandas, else polars.

    Integers and booleans stay what they are where some are missing. Raises ``ImportError`` that says what to install,
    ``ValueError`` for another library.

    >>> frame({"ref": ["crm:1"]}, "pandas").shape
    (1, 1)
    """
    chosen = _chosen(library)
    module = import_module(chosen)
    if chosen == "polars":
        return module.DataFrame({name: [*map(_in_utf8, values)] for name, values in columns.items()})
    return module.DataFrame({name: _series(module, values) for name, values in columns.items()})


def snake_case(name: str) -> str:
    """Return the name of a column as a frame has it; the idType in that of an axis stays as it is.

    >>> snake_case("largestGroup"), snake_case("lastName.limitPolicy"), snake_case("options.onInvalid")
    ('largest_group', 'lastName.limit_policy', 'options.on_invalid')
    """
    id_type, dot, field = name.rpartition(".")
    return id_type + dot + re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", field)


def run_frame(assignments: Mapping[str, str], library: str | None) -> Any:
    """Return a row per record: its ref and the canonical id of its profile."""
    return frame({"ref": list(assignments), "profile_id": list(assignments.values())}, library)


def comparison_frame(comparison: "Comparison", library: str | None) -> Any:
    """Return a row per record of a changed group: the change, the group's and part's number, the line of its cause."""
    names = ("ref", "change", "group", "part", "line", "kind", "why")
    changes = (*(("joined", each) for each in comparison.joined), *(("split", each) for each in comparison.split))
    rows = [
        (ref, word, number, part, *_cause(change))
        for number, (word, change) in enumerate(changes, 1)
        for part, refs in enumerate(change.parts, 1)
        for ref in refs
    ]
    return _of_rows(names, rows, library)


def explanation_frame(explanation: "Explanation", library: str | None) -> Any:
    """Return a row per event of an identifier in the profile, or the two, that the explanation is about."""
    names = ("ref", "id_type", "value", "is_held", "event", "line", "at", "by", "why")
    sides = [side for side in (explanation.first, explanation.second) if side is not None]
    rows = [
        (
            side.ref,
            *map(str, fate.identifier),
            fate.is_held,
            event.what,
            event.when.line,
            event.when.at,
            event.when.ref,
            event.why,
        )
        for side in sides
        for fate in side.fates
        for event in fate.events
    ]
    return _of_rows(names, rows, library)


def health_frame(health: "Health", library: str | None) -> Any:
    """Return a row per finding: a large profile, an idType or a value that merged profiles, a joint, a bridge."""
    names = (
        "finding",
        "id_type",
        "value",
        "profile_id",
        "records",
        "identifiers",
        "merges",
        "absorbed",
        "freed",
        "line",
        "ref",
        "other_ref",
    )
    found: list[dict[str, Any]] = [
        {
            "finding": "large profile",
            "profile_id": each.profile_id,
            "records": each.records,
            "identifiers": each.identifiers,
            "ref": next(iter(each.refs), None),
        }
        for each in health.largest
    ]
    found += [
        {"finding": "merging type", "id_type": each.id_type, "merges": each.merges, "absorbed": each.absorbed}
        for each in health.collapses
        if each.merges
    ]
    found += [
        {
            "finding": "merging value",
            "id_type": each.id_type,
            "value": each.value,
            "merges": each.merges,
            "absorbed": each.absorbed,
            "line": each.lines[0],
        }
        for each in health.merging_values
    ]
    found += [
        {
            "finding": "shared value",
            "id_type": each.id_type,
            "value": each.value,
            "records": each.records,
            "ref": each.refs[0],
            "other_ref": each.refs[1],
        }
        for each in health.shared_values or ()
    ]
    found += [
        {
            "finding": word,
            "id_type": each.id_type,
            "value": each.value,
            "profile_id": each.profile_id,
            "freed": each.freed,
            "line": each.evidence[0][0],
            "ref": each.refs[0],
            "other_ref": each.refs[1],
        }
        for word, joints in (("joint", health.joints), ("bridge", health.bridges))
        for each in joints or ()
    ]
    return _of_rows(names, [[row.get(name) for name in names] for row in found], library)


def order_frame(dependence: "Dependence", library: str | None) -> Any:
    """Return a row per record of a finding: the number of its group before and after, missing where it has none."""
    names = ("finding", "kind", "ref", "before", "after", "permutations", "witness")
    rows = []
    for number, finding in enumerate(dependence.findings, 1):
        before, after = (
            {ref: group for group, refs in enumerate(groups, 1) for ref in refs}
            for groups in (finding.before, finding.after)
        )
        rows += [
            (number, finding.kind, ref, before.get(ref), after.get(ref), finding.permutations, finding.witness.text)
            for ref in dict.fromkeys([*before, *after])
        ]
    return _of_rows(names, rows, library)


def _of_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], library: str | None) -> Any:
    return frame({name: [row[place] for row in rows] for place, name in enumerate(names)}, library)


def _cause(change: "Change") -> tuple[int | None, str | None, str | None]:
    return (None, None, None) if change.cause is None else (change.cause.line, change.cause.kind, change.cause.why)


def _series(pandas: Any, values: Sequence[Any]) -> Any:
    """Return a column of pandas, which turns integers among missing values into floats unless told otherwise."""
    kinds = _kinds(values)
    if None in values and kinds in ({int}, {bool}):
        return pandas.array(list(values), dtype="Int64" if kinds == {int} else "boolean")
    return values


def _in_utf8(value: Any) -> Any:
    """Return a text with lone surrogates, which polars cannot hold, as escapes; anything else as it is."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _kinds(values: Iterable[Any]) -> set[type]:
    return {type(value) for value in values if value is not None}


def _chosen(library: str | None) -> str:
    if library is not None and library not in LIBRARIES:
        raise ValueError(f"library: {library!r} is not known; expected {' or '.join(map(repr, LIBRARIES))}, or None")
    wanted = LIBRARIES if library is None else (library,)
    for name in wanted:
        if find_spec(name) is not None:
            return name
    raise ImportError(
        f"a data frame needs {' or '.join(wanted)}, which is not installed; "
        f"expected one of them: pip install 'idresolver[{wanted[0]}]'"
    )


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
