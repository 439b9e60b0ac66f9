"""Saved: a run written as a folder of Parquet files, for DuckDB, polars or a warehouse, and for ``load_run``."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from resolver.atomic_files import atomic_files
from resolver.columns.arrow_files import arrow_library
from resolver.engine import Engine
from resolver.settings import Settings
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.matched import empty_engine
from resolver.simulate.saved_columns import ROWS, ColumnTables
from resolver.simulate.saved_format import (
    ABOUT,
    COLUMNS,
    FORMAT,
    STORE,
    SUMMARY,
    About,
    Row,
    document_bytes,
    mark_of,
    row_of_fact,
    row_of_step,
    schema_of,
    written_text,
    written_value,
)
from resolver.simulate.steps import Source, Wanted
from resolver.simulate.summary import Summary

OPTIONS = ("default_region", "on_invalid", "match")
"""The options of an engine that are texts."""


def save(run: Source, summary: Summary, directory: Path, *, is_sorted: bool, fingerprint: int) -> None:
    """Write a run as Parquet files, ``run.json`` and ``summary.json`` into a folder.

    O(commands + facts), some rows at a time. ``ImportError`` without pyarrow, ``OSError`` where the folder cannot be
    written.
    """
    write_tables(
        directory,
        {name: tables_of(run, name) for name in COLUMNS},
        summary,
        store=None if run.is_masked else lambda place: _store_of(run),
        fingerprint=fingerprint,
        settings=run.settings,
        options=run.options,
        is_sorted=is_sorted,
        is_masked=run.is_masked,
    )


def write_tables(
    directory: Path,
    tables: Mapping[str, Iterable[Any]],
    summary: Summary,
    *,
    store: Callable[[Path], Engine] | None,
    fingerprint: int,
    settings: Settings,
    options: Mapping[str, Any],
    is_sorted: bool = False,
    is_masked: bool = False,
) -> None:
    """Write the tables of a run, each in pieces, with its summary and its store, as ``save`` does.

    *store* makes the store at the end, and may read the tables, which are in the folder that it gets.
    """
    arrow = arrow_library("a run is saved")
    with atomic_files(directory) as place:
        for name in COLUMNS:
            schema = schema_of(arrow, name)
            with arrow.parquet.ParquetWriter(place / f"{name}.parquet", schema) as file:
                for table in tables[name]:
                    file.write_table(table)
        (place / SUMMARY).write_bytes(document_bytes(summary.to_json()))
        if store is not None:
            (place / STORE).write_bytes(store(place).snapshot())
        about = About(
            format=FORMAT,
            fingerprint=f"{fingerprint:x}",
            is_sorted=is_sorted,
            is_masked=is_masked,
            settings=settings.to_json(),
            options={name: str(options[name]) for name in OPTIONS if name in options},
            normalizers=sorted(options.get("normalizers") or ()),
            has_clock=options.get("clock") is not None,
            has_new_id=options.get("new_id") is not None,
            files={path.name: mark_of(path) for path in sorted(place.iterdir())},
        )
        (place / ABOUT).write_bytes(document_bytes(msgspec.to_builtins(about)))


def arrow_table(run: Source, name: str) -> Any:
    """Return one of the tables of ``save`` as one of pyarrow.

    ``ValueError`` for a name that is none of them, ``ImportError`` without pyarrow.
    """
    if name not in COLUMNS:
        raise ValueError(f"a run has no table {name!r}; expected one of {', '.join(COLUMNS)}")
    arrow = arrow_library("a run is saved")
    return arrow.concat_tables(tables_of(run, name)).combine_chunks()


def _store_of(run: Source) -> Engine:
    """Return the store at the end as an engine: where it is another kind of store, one that has its facts."""
    store: object = run.engine
    if isinstance(store, Engine):
        return store
    engine = empty_engine(run.settings, run.options)
    engine.fold(run.read_facts())
    return engine


def tables_of(run: Source, name: str, rows_at_once: int = ROWS) -> Iterator[Any]:
    """Yield one of the tables of a run in pieces of pyarrow, one at least; *rows_at_once* where it is made by rows."""
    arrow = arrow_library("a run is saved")
    if isinstance(run, ColumnSource) and name != "rejected":
        yield from getattr(ColumnTables(arrow, run, row_of_step, row_of_fact), name)()
        return
    schema, rows = schema_of(arrow, name), _ROWS[name](run)
    first = True
    while (taken := list(islice(rows, rows_at_once))) or first:
        columns = zip(*taken, strict=True) if taken else ((),) * len(schema)
        arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        yield arrow.Table.from_arrays(arrays, schema=schema)
        first = False


def _steps(run: Source) -> Iterator[Row]:
    return map(row_of_step, run.read_steps(Wanted()))


def _facts(run: Source) -> Iterator[Row]:
    return map(row_of_fact, run.read_facts())


def _values(run: Source) -> Iterator[Row]:
    for profile_id in run.engine.profiles():
        for id_type, value, at in run.held(profile_id):
            yield written_text(profile_id), written_text(id_type), written_text(value), at


def _profiles(run: Source) -> Iterator[Row]:
    engine = run.engine
    records: dict[str, list[Any]] = {}
    for ref, profile_id in run.assignments().items():
        records.setdefault(profile_id, []).append(written_text(ref))
    for each in engine.profiles():
        aliases = list(map(written_text, engine.aliases(each)))
        yield written_text(each), engine.created_at(each), aliases, records.get(each, [])


def _rejected(run: Source) -> Iterator[Row]:
    for each in run.read_rejected():
        names = (each.reason, each.error, each.detail, each.raw, each.id_type)
        value = (None, None) if each.id_type is None else written_value(each.value)
        yield each.line, *map(written_text, names), *value


_ROWS: dict[str, Callable[[Source], Iterator[Row]]] = {
    "steps": _steps,
    "facts": _facts,
    "values": _values,
    "profiles": _profiles,
    "rejected": _rejected,
}
