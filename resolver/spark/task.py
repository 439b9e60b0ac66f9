"""Task: in a worker, the lines of some parts in their order, replayed by the library under every setting.

Components never touch, so all parts of a task are one history here, which is numbered once for all settings.
"""

import json
import pickle
from base64 import b64encode
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from resolver.columns.numbered import Numbered
from resolver.history import Record
from resolver.kernel.rows import ProfileRow
from resolver.kernel.tables import root
from resolver.profiles import id_of
from resolver.simulate import Run, compare, replay
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.rejections import count_troubles
from resolver.simulate.run import rarely_collecting
from resolver.simulate.saved import tables_of
from resolver.simulate.saved_format import COLUMNS, written_text
from resolver.simulate.summary import Reasons
from resolver.simulate.totals import full_profiles
from resolver.spark.packages import arrow
from resolver.spark.reading import How, read
from resolver.spark.tables import CHANGES, ENDS, ONLY, TASK, batches_of, table_schema
from resolver.spark.totals import grown_by

SENT = "line long, part int, raw binary"
"""What a task gets of each line."""


class PartReplay:
    """Replays the parts that a task gets, under the settings with some numbers.

    With *compared*, the first of these runs is compared with the last. Of lines after number *since* the totals tell
    what came to those of the lines up to it.
    """

    def __init__(self, how: How, numbers: Sequence[int], compared: bool = False, since: int = 0) -> None:
        self._how = how
        self._numbers = tuple(numbers)
        self._compared = compared
        self._since = since

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of all tables for batches of ``SENT``."""
        lines, parts = _sorted_lines(batches)
        if not lines:
            return
        with rarely_collecting():
            known = lines[: bisect_right(lines, self._since, key=_number)]
            earlier = self._numbered(known) if self._since else None
            numbered = self._numbered(lines)
            first: Run | None = None
            for number in self._numbers:
                run = self._replayed(numbered, number)
                before = None if earlier is None else self._replayed(earlier, number)
                yield from _rows(run, number, parts, before)
                first = run if first is None and self._compared else first
            if first is not None:
                yield from _compared(first, run)

    def _numbered(self, lines: list[tuple[int, bytes]]) -> Numbered:
        """Return lines in columns; they are taken off their list one by one, so that none is there twice."""
        records: Iterable[Record] = read(_taken_off(lines), self._how.reading())
        if self._how.without:  # which has the history read again
            records = list(records)
        return Numbered(records, keeps_sources=True).read_all()

    def _replayed(self, numbered: Numbered, number: int) -> Run:
        return replay(numbered, self._how.settings[number], without=self._how.absent() or (), **self._how.options)


def _sorted_lines(batches: Iterator[Any]) -> tuple[list[tuple[int, bytes]], Counter[int]]:
    """Return the lines in the order of their numbers, and how many each part has."""
    lines: list[tuple[int, bytes]] = []
    parts: Counter[int] = Counter()
    for batch in batches:
        parts.update(batch.column(1).to_pylist())
        lines += zip(batch.column(0).to_pylist(), batch.column(2).to_pylist(), strict=True)
    lines.sort()
    return lines, parts


def _number(line: tuple[int, bytes]) -> int:
    return line[0]


def _taken_off(lines: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    lines.reverse()
    while lines:
        yield lines.pop()


def _rows(run: Run, setting: int, parts: Counter[int], before: Run | None) -> Iterator[Any]:
    kept = _kept(run)
    born = _births(run, kept)
    for name in COLUMNS:
        places = _Places()
        for table in tables_of(kept, name):
            yield from batches_of(setting, name, table, _order(name, table, born, places))
    del born
    ends = _ends(kept)
    nothing = [0] * ends.num_rows
    yield from batches_of(setting, ENDS, ends, (ends.column("first_line").to_pylist(), nothing, nothing))
    totals, reasons, full = run.summary, _reasons(kept), _full(kept)
    if before is not None:
        known = _kept(before)
        totals, reasons = grown_by(totals, before.summary), reasons.since(_reasons(known))
        full -= _full(known)
    told = (
        json.dumps(msgspec.to_builtins(totals)),
        b64encode(pickle.dumps(reasons)).decode(),
        json.dumps({str(part): count for part, count in sorted(parts.items())}),
        full,
        int(before is not None),
    )
    yield from batches_of(setting, TASK, _table(TASK, [told]), ([0], [0], [0]))


def _kept(run: Run) -> ColumnSource:
    assert run.columns is not None
    return run.columns


def _reasons(kept: ColumnSource) -> Reasons:
    reasons = Reasons()
    count_troubles(kept.done, reasons)
    return reasons


def _full(kept: ColumnSource) -> int:
    return full_profiles(kept.done.tables, kept.done.ruling.rules)


def _compared(baseline: Run, candidate: Run) -> Iterator[Any]:
    """Yield the rows of what two runs of the lines differ in."""
    found = compare(baseline, candidate)
    rows: list[tuple[Any, ...]] = []
    places: tuple[list[int], list[int]] = [], []
    for kind, changes, run in (("joined", found.joined, candidate), ("split", found.split, baseline)):
        first = first_lines(run)
        for place, change in enumerate(changes):
            parts = [list(map(written_text, part)) for part in change.parts]
            line, why = (None, None) if change.cause is None else (change.cause.line, written_text(change.cause.why))
            refs = list(map(written_text, change.refs))
            rows.append((kind, refs, parts, line, why, json.dumps(change.to_json())))
            places[0].append(min(first[ref] for ref in change.refs))
            places[1].append(place)
    yield from batches_of(0, CHANGES, _table(CHANGES, rows), (*places, [0] * len(rows)))
    rows, places = [], ([], [])
    sides = ("baseline", found.only_baseline, baseline), ("candidate", found.only_candidate, candidate)
    for side, alone, run in sides:
        first = first_lines(run) if alone else {}
        for ref in alone:
            rows.append((side, written_text(ref)))
            places[0].append(first[ref])
    nothing = [0] * len(rows)
    yield from batches_of(0, ONLY, _table(ONLY, rows), (places[0], nothing, nothing))


def first_lines(run: Run) -> dict[str, int]:
    """Return for each ref the line of its first applied command."""
    done = _kept(run).done
    n, found = done.numbered, dict[int, int]()
    for event, ref in enumerate(n.ref_of):
        if ref >= 0 and done.subject[event] >= 0:
            found.setdefault(ref, n.lines[event])
    return {n.refs.name(ref): line for ref, line in found.items()}


def _table(name: str, rows: Sequence[tuple[Any, ...]]) -> Any:
    pa, schema = arrow(), table_schema(name)
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _births(run: Run, kept: ColumnSource) -> dict[str | None, tuple[int, int]]:
    """Return for each profile that is there, by its id as it is written, when and by which command it was created."""
    births, engine = kept.births(), run.engine
    return {written_text(each): (engine.created_at(each), births[each]) for each in engine.profiles()}


def _order(
    name: str, table: Any, born: Mapping[str | None, tuple[int, int]], places: "_Places"
) -> tuple[list[int], list[int], list[int]]:
    """Return three integers for each row of a table, which put the rows of all tasks into the order of one process."""
    if name in ("profiles", "values"):
        ids = table.column("profile_id").to_pylist()
        return [born[each][0] for each in ids], [born[each][1] for each in ids], places.of(ids)
    numbers = table.column({"steps": "number", "facts": "command", "rejected": "line"}[name]).to_pylist()
    return numbers, places.of(numbers), [0] * table.num_rows


class _Places:
    """The place of each entry among the equal ones that stand together, piece after piece of a column."""

    def __init__(self) -> None:
        self._before: object = None
        self._place = 0

    def of(self, column: Sequence[Any]) -> list[int]:
        """Return the places of the next entries."""
        places: list[int] = []
        before, place = self._before, self._place
        for each in column:
            place = place + 1 if each == before else 0
            before = each
            places.append(place)
        self._before, self._place = before, place
        return places


def _ends(kept: ColumnSource) -> Any:
    """Return for each ref and each profile in which its lines ended the first and the last such line.

    Each of several that are gone has a row of its own: all of a row is about one component.
    """
    done = kept.done
    n, tables = done.numbered, done.tables
    found: dict[tuple[int, int, int], list[int]] = {}
    for event, ref in enumerate(n.ref_of):
        profile = done.subject[event]
        if ref >= 0 and profile >= 0:
            end = root(tables, ProfileRow(profile))
            key = ref, end, profile if end < 0 else -1
            line = n.lines[event]
            found.setdefault(key, [line, line])[1] = line
    rows = [
        (written_text(n.refs.name(ref)), None if end < 0 else written_text(id_of(tables, ProfileRow(end))), *lines)
        for (ref, end, _), lines in found.items()
    ]
    return _table(ENDS, rows)
