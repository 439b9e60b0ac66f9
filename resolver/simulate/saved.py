"""Saved: a run written as a folder of Parquet files, for DuckDB, polars or a warehouse, and for ``load_run``.

Steps and facts of a run in columns are made of its integers, block by block. What is out of the ordinary (a command
that is no plain resolve, a fact that says more than a profile and a value) is written row by row, and put in its place.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import msgspec

from resolver.atomic_files import atomic_files
from resolver.columns import marks
from resolver.columns.execution import STATUS
from resolver.columns.texts import NoText
from resolver.engine import Engine
from resolver.facts import (
    AnyFact,
)
from resolver.kernel import codes
from resolver.kernel.columns import beginning
from resolver.profiles import id_of
from resolver.settings import Settings
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.matched import empty_engine
from resolver.simulate.saved_format import (
    ABOUT,
    COLUMNS,
    FORMAT,
    STORE,
    SUMMARY,
    About,
    Row,
    arrow_library,
    document_bytes,
    mark_of,
    row_of_fact,
    row_of_step,
    schema_of,
    written_text,
    written_texts,
    written_value,
)
from resolver.simulate.steps import Identifier, Source, Step, Wanted
from resolver.simulate.summary import Summary

ROWS = 65_536
"""Rows that are written at a time."""

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
    arrow = arrow_library()
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
    arrow = arrow_library()
    return arrow.concat_tables(tables_of(run, name)).combine_chunks()


def _store_of(run: Source) -> Engine:
    """Return the store at the end as an engine: where it is another kind of store, one that has its facts."""
    store: object = run.engine
    if isinstance(store, Engine):
        return store
    engine = empty_engine(run.settings, run.options)
    engine.fold(run.read_facts())
    return engine


def tables_of(run: Source, name: str) -> Iterator[Any]:
    """Yield one of the tables of a run in pieces of pyarrow, one at least."""
    arrow = arrow_library()
    if isinstance(run, ColumnSource) and name in ("steps", "facts"):
        tables = ColumnTables(arrow, run, row_of_step, row_of_fact)
        yield from tables.steps() if name == "steps" else tables.facts()
        return
    schema, rows = schema_of(arrow, name), _ROWS[name](run)
    first = True
    while (taken := list(islice(rows, ROWS))) or first:
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


_FACTS = {
    codes.CREATED: ("ProfileCreated", None),
    codes.ADDED: ("IdentifierAdded", None),
    codes.REMOVED: ("IdentifierRemoved", "removed"),
    codes.REPLACED: ("IdentifierRemoved", "replaced"),
    codes.FULL: ("IdentifierRefused", "limit"),
}
"""The facts that say a profile and at most a value: their name and reason. With windows (P2) a full list has two."""

_REFUSED = {marks.NOT_READABLE, marks.NOT_CONFIGURED, marks.NOTHING_LEFT, marks.NOTHING_FREE, marks.NOT_ALLOWED}
"""What stands in the column of facts where a command was refused."""


class ColumnTables:
    """The tables of a run in columns; *row_of_step* and *row_of_fact* make the rows of what is out of the ordinary."""

    def __init__(
        self, arrow: Any, kept: ColumnSource, row_of_step: Callable[[Step], Row], row_of_fact: Callable[[AnyFact], Row]
    ) -> None:
        self._arrow = arrow
        self._kept = kept
        self.row_of_step = row_of_step
        self.row_of_fact = row_of_fact
        has_windows = kept.done.facts.has_windows
        self._plain = {code: each for code, each in _FACTS.items() if not has_windows or code != codes.FULL}

    def steps(self) -> Iterator[Any]:
        """Yield the steps, some thousands in a table."""
        n = self._kept.done.numbered
        texts = n.texts.texts
        nothing = {number for number, text in enumerate(texts) if text is None}
        rejections = self._kept.read_rejected()
        for start, end in self._blocks():
            idents = n.idents[n.offsets[start] : n.offsets[end]]
            odd = [event for event in range(start, end) if event in n.others] if n.others else []
            if nothing and not nothing.isdisjoint(idents):
                ends = n.offsets
                odd += [e for e in range(start, end) if not nothing.isdisjoint(n.idents[ends[e] : ends[e + 1]])]
            odd = sorted({*odd})
            rows = [self.row_of_step(self._kept.step(event, rejections)) for event in odd]
            yield self._with_rows("steps", self._plain_steps(start, end), rows, [event - start for event in odd])

    def facts(self) -> Iterator[Any]:
        """Yield the facts, those of some thousands of commands in a table."""
        done = self._kept.done
        for start, end in self._blocks():
            first, last = done.first[start], done.first[end]
            numbers, ats = array("q"), array("q")
            for event in range(start, end):
                size = done.first[event + 1] - done.first[event]
                numbers.extend(array("q", [done.numbered.numbers[event]]) * size)
                ats.extend(array("q", [done.times[event]]) * size)
            kinds = beginning(done.facts.scratch.fact, last)[first:]
            told = [(place, kind) for place, kind in enumerate(kinds) if kind not in self._plain]
            odd = [place for place, kind in told if kind not in _REFUSED]
            rows = [self.row_of_fact(done.facts.fact(numbers[each], ats[each], first + each)) for each in odd]
            refused = {place for place, kind in told if kind in _REFUSED}
            yield self._with_rows("facts", self._plain_facts(first, last, numbers, ats, kinds), rows, odd, refused)

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield where blocks begin and end; in each, the same settings are in force but for its last command."""
        start = 0
        for end in self._kept.done.numbered.ends():
            yield start, end
            start = end

    def _plain_steps(self, start: int, end: int) -> list[Any]:
        """The columns of some steps, of which those out of the ordinary will be replaced."""
        done, n, arrow = self._kept.done, self._kept.done.numbered, self._arrow
        size, text = end - start, arrow.string()
        ats = self._integers(n.ats[start:end], arrow.int64())
        no_time = arrow.compute.equal(ats, marks.NOW)
        raws = n.texts.texts
        given = (
            [each - n.offsets[start] for each in n.offsets[start : end + 1]],
            n.idents[n.offsets[start] : n.offsets[end]],
            lambda code: (n.texts.id_types[n.texts.type_of[code]], None if type(raws[code]) is NoText else raws[code]),
        )
        stored: list[Identifier] = []
        lengths = [0]
        for event in range(start, end):
            mine = () if event in n.others else self._kept.rest.stored(event)
            stored.extend(mine)
            lengths.append(len(mine))
        return [
            self._integers(n.numbers[start:end], arrow.int64()),
            self._integers(n.lines[start:end], arrow.int64()),
            self._texts(n.ref_of[start:end], n.refs.name),
            arrow.compute.if_else(no_time, arrow.scalar(None, arrow.int64()), ats),
            arrow.repeat(arrow.scalar("resolve", text), size),
            arrow.nulls(size, text),
            self._lists([*accumulate(lengths)], stored, lambda pair: pair),
            self._lists(*given),
            arrow.nulls(size, text),
            self._texts(done.status[start:end], lambda code: STATUS.get(code)),
            self._texts(done.subject[start:end], lambda row: id_of(done.tables, row)),
        ]

    def _plain_facts(
        self, first: int, last: int, numbers: "array[int]", ats: "array[int]", kinds: "array[int]"
    ) -> list[Any]:
        """The columns of some facts, of which those out of the ordinary will be replaced."""
        done, arrow = self._kept.done, self._arrow
        t, names = done.tables, done.facts.ruling_at(first).names
        size = last - first
        who = beginning(done.facts.scratch.who, last)[first:]
        what = beginning(done.facts.scratch.what, last)[first:]
        values = array("i", [value if kind in self._plain else -1 for value, kind in zip(what, kinds, strict=True)])
        types = {field.name: field.type for field in schema_of(arrow, "facts")}
        nothing = {name: arrow.nulls(size, types[name]) for name in types}
        known = [self._plain.get(kind, (None, None)) for kind in range(256)]
        columns = {
            **nothing,
            "command": self._integers(numbers, arrow.int64()),
            "at": self._integers(ats, arrow.int64()),
            "fact": self._texts(kinds, lambda kind: known[kind][0]),
            "profile_id": self._texts(who, lambda row: id_of(t, row)),
            "id_type": self._texts(values, lambda value: names[t.kind[value]]),
            "value": self._texts(values, lambda value: t.text[value]),
            "reason": self._texts(kinds, lambda kind: known[kind][1]),
        }
        return list(columns.values())

    # Arrow

    def _with_rows(
        self, name: str, columns: list[Any], rows: Sequence[Row], places: Sequence[int], left_out: Iterable[int] = ()
    ) -> Any:
        """A table of columns with some rows in the places of theirs, and others left out."""
        schema = schema_of(self._arrow, name)
        table = self._arrow.Table.from_arrays(columns, schema=schema)
        gone = set(left_out)
        if not places and not gone:
            return table
        size = len(table)
        order = list(range(size))
        for number, place in enumerate(places):
            order[place] = size + number
        if places:
            arrays = [
                self._arrow.array(column, field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            table = self._arrow.concat_tables([table, self._arrow.Table.from_arrays(arrays, schema=schema)])
        kept = [each for place, each in enumerate(order) if place not in gone]
        return table.take(self._arrow.array(kept, self._arrow.int64()))

    def _integers(self, column: "array[int]", kind: Any) -> Any:
        return self._arrow.Array.from_buffers(kind, len(column), [None, self._arrow.py_buffer(column)])

    def _texts(self, column: Sequence[Any], text_of: Callable[[Any], object]) -> Any:
        """A column of texts, each different one made once; None where the code is below 0."""
        numbers, different = _numbered(column)
        texts = [None if type(each) is int and each < 0 else text_of(each) for each in different]
        return self._arrow.array(written_texts(texts), self._arrow.string()).take(
            self._integers(numbers, self._arrow.int32())
        )

    def _lists(self, offsets: Sequence[int], column: Sequence[Any], pair_of: Callable[[Any], tuple[Any, Any]]) -> Any:
        """A column of lists of pairs, each different pair made once."""
        numbers, different = _numbered(column)
        pairs = list(map(pair_of, different))
        arrow, indices = self._arrow, self._integers(numbers, self._arrow.int32())
        sides = [
            arrow.array(written_texts([pair[side] for pair in pairs]), arrow.string()).take(indices) for side in (0, 1)
        ]
        structs = arrow.StructArray.from_arrays(sides, ["id_type", "value"])
        return arrow.ListArray.from_arrays(self._integers(array("i", offsets), arrow.int32()), structs)


def _numbered(column: Sequence[Any]) -> tuple["array[int]", list[Any]]:
    """The number of each entry, and the different entries."""
    numbers = {each: number for number, each in enumerate(dict.fromkeys(column))}
    return array("i", map(numbers.__getitem__, column)), list(numbers)
