"""Data frames of what a simulation found, of whichever library is installed; none is loaded before it is asked for.

Columns are in snake_case. A frame has a row per record, setting, finding or event, so that it can be filtered and
grouped; what has no value in a row is missing there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resolver.simulate.compare import Change, Comparison
    from resolver.simulate.explain import Explanation
    from resolver.simulate.health import Health
    from resolver.simulate.order import Dependence

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
