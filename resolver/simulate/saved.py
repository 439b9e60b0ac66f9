"""Saved: a run as a folder of Parquet files, for DuckDB, polars, pandas or a warehouse.

>>> [name for name, _ in COLUMNS["rejected"]]
['line', 'reason', 'error', 'detail', 'raw', 'id_type', 'value']
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from resolver.atomic_files import atomic_files
from resolver.facts import AnyFact, ProfilesMerged, SettingsApplied

if TYPE_CHECKING:
    from resolver.simulate.run import Run

ROWS = 65_536
"""Rows that are written at a time."""

TEXT, NUMBER, TEXTS, PAIRS = "text", "number", "texts", "pairs"

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "steps": (
        ("number", NUMBER), ("line", NUMBER), ("ref", TEXT), ("at", NUMBER), ("command", TEXT), ("profile", TEXT),
        ("identifiers", PAIRS), ("status", TEXT), ("profile_id", TEXT),
    ),
    "facts": (
        ("command", NUMBER), ("at", NUMBER), ("fact", TEXT), ("profile_id", TEXT), ("id_type", TEXT), ("value", TEXT),
        ("reason", TEXT), ("policy", TEXT), ("owner", TEXT), ("absorbed", TEXTS), ("rule", TEXT), ("joined_by", PAIRS),
        ("aliases", TEXTS), ("settings", TEXT),
    ),
    "values": (("profile_id", TEXT), ("id_type", TEXT), ("value", TEXT), ("at", NUMBER)),
    "profiles": (("profile_id", TEXT), ("created_at", NUMBER), ("aliases", TEXTS), ("records", TEXTS)),
    "rejected": (
        ("line", NUMBER), ("reason", TEXT), ("error", TEXT), ("detail", TEXT), ("raw", TEXT), ("id_type", TEXT),
        ("value", TEXT),
    ),
}  # fmt: skip
"""The columns of every file, and what each holds; any but the first may be missing in a row."""

Row = tuple[Any, ...]


def save(run: "Run", directory: Path) -> None:
    """Write a run as Parquet files and ``summary.json`` into a folder. O(commands + facts), some rows at a time.

    ``ImportError`` without pyarrow, ``OSError`` where the folder cannot be written.
    """
    arrow = _arrow()
    with atomic_files(directory) as place:
        for name, rows in _ROWS.items():
            schema = arrow.schema([(column, _type(arrow, kind)) for column, kind in COLUMNS[name]])
            with arrow.parquet.ParquetWriter(place / f"{name}.parquet", schema) as file:
                for table in _tables(arrow, schema, rows(run)):
                    file.write_table(table)
        document = msgspec.json.format(msgspec.json.encode(run.summary.to_json()), indent=2)
        (place / "summary.json").write_bytes(document + b"\n")


def arrow_table(run: "Run", name: str) -> Any:
    """Return one of the files of ``save`` as a table of pyarrow.

    ``ValueError`` for a name that is none of them, ``ImportError`` without pyarrow.
    """
    if name not in COLUMNS:
        raise ValueError(f"a run has no table {name!r}; expected one of {', '.join(COLUMNS)}")
    arrow = _arrow()
    schema = arrow.schema([(column, _type(arrow, kind)) for column, kind in COLUMNS[name]])
    return arrow.concat_tables(_tables(arrow, schema, _ROWS[name](run)))


def _arrow() -> Any:
    try:
        arrow = importlib.import_module("pyarrow")
        importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(
            "a run is saved through pyarrow, which is not installed; pip install 'idresolver[parquet]'"
        ) from error
    return arrow


def _type(arrow: Any, kind: str) -> Any:
    text = arrow.string()
    pair = arrow.struct([("id_type", text), ("value", text)])
    return {NUMBER: arrow.int64(), TEXT: text, TEXTS: arrow.list_(text), PAIRS: arrow.list_(pair)}[kind]


def _tables(arrow: Any, schema: Any, rows: Iterator[Row]) -> Iterator[Any]:
    """Yield tables of some rows each, one at least."""
    first = True
    while (taken := list(islice(rows, ROWS))) or first:
        columns = zip(*taken, strict=True) if taken else ((),) * len(schema)
        arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        yield arrow.Table.from_arrays(arrays, schema=schema)
        first = False


def _steps(run: "Run") -> Iterator[Row]:
    for each in merge(run.applied, run.refused, key=attrgetter("number")):
        yield (
            each.number, each.line, _text(each.ref), each.at, each.op, _text(each.named), _pairs(each.given),
            _text(each.status), _text(each.profile_id),
        )  # fmt: skip


def _facts(run: "Run") -> Iterator[Row]:
    for fact in run.numbered_facts:
        yield fact.command, fact.at, type(fact).__name__, *_details(fact)


def _details(fact: AnyFact) -> Row:
    if isinstance(fact, ProfilesMerged):
        absorbed, joined = list(map(_text, fact.absorbed)), _pairs(fact.identifiers)
        return _text(fact.survivor), None, None, None, None, None, absorbed, fact.rule, joined, None, None
    if isinstance(fact, SettingsApplied):
        settings = msgspec.json.encode(fact.settings.to_json()).decode()
        return (None,) * 10 + (settings,)
    names = ("profile_id", "id_type", "value", "reason", "policy", "owner")
    told = [_text(getattr(fact, name, None)) for name in names]
    aliases = getattr(fact, "aliases", None)
    return *told, None, None, None, None if aliases is None else list(map(_text, aliases)), None


def _values(run: "Run") -> Iterator[Row]:
    for profile_id in run.engine.profiles():
        for id_type, value, at in run.held(profile_id):
            yield _text(profile_id), _text(id_type), _text(value), at


def _profiles(run: "Run") -> Iterator[Row]:
    engine = run.engine
    records: dict[str, list[Any]] = {}
    for ref, profile_id in run.assignments.items():
        records.setdefault(profile_id, []).append(_text(ref))
    for each in engine.profiles():
        yield _text(each), engine.created_at(each), list(map(_text, engine.aliases(each))), records.get(each, [])


def _rejected(run: "Run") -> Iterator[Row]:
    for each in run.rejected:
        yield each.line, *(_text(getattr(each, name)) for name, _ in COLUMNS["rejected"][1:])


_ROWS: dict[str, Callable[["Run"], Iterator[Row]]] = {
    "steps": _steps,
    "facts": _facts,
    "values": _values,
    "profiles": _profiles,
    "rejected": _rejected,
}


def _pairs(pairs: Iterable[tuple[Any, Any]]) -> list[dict[str, str | None]]:
    return [{"id_type": _text(id_type), "value": _text(value)} for id_type, value in pairs]


def _text(value: object) -> str | None:
    """Return a value as a text that UTF-8 holds: a lone surrogate as its escape."""
    if value is None:
        return None
    return str(value).encode("utf-8", "backslashreplace").decode()
