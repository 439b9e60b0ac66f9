"""Task: in a worker, the lines of some parts in their order, replayed by the library under every setting.

Components never touch, so all parts of a task are one history here, which is numbered once for all settings.
"""

import json
import pickle
from array import array
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import msgspec

from resolver.columns import marks
from resolver.columns.numbered import Numbered, NumbersOf
from resolver.kernel.tables import Tables
from resolver.memory import give_back
from resolver.names import IdType
from resolver.simulate import Run, compare, replay
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.rejection_reasons import Reasons
from resolver.simulate.rejections import count_troubles
from resolver.simulate.run import rarely_collecting
from resolver.simulate.saved import tables_of
from resolver.simulate.saved_columns import ColumnTables
from resolver.simulate.saved_format import row_of_fact, row_of_step, written_text
from resolver.simulate.summary import Summary, full_profiles
from resolver.spark.given_lines import GivenLines
from resolver.spark.growth import Grown, StoreBefore, Suppression, stores_of
from resolver.spark.packages import arrow, numpy
from resolver.spark.reading import AbsentHere, How
from resolver.spark.sent import Lines, Sent
from resolver.spark.tables import CHANGES, ENDS, MOVED, ONLY, STORE, TASK, batches_of, ends_of, table_schema

AT_ONCE = 8_192
"""Commands and rejections of which rows are made at a time."""

NOT_APPLIED = "setting int, line long"


class PartReplay:
    """Replays the parts that a task gets, under the settings with some numbers.

    With *compared*, the first of these runs is compared with the last. With *measured*, only what is measured is
    returned: totals, where refs ended, and, if none is compared, the steps of the first setting. With *since*, lines up
    to that number are those of a run before, and what the others add to it is returned, for one setting.
    """

    def __init__(
        self, how: How, numbers: Sequence[int], *, compared: bool = False, measured: bool = False, since: int = 0
    ) -> None:
        self._how = how
        self._numbers = tuple(numbers)
        self._compared = compared
        self._measured = measured
        self._since = since

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of all tables for batches of what is sent."""
        sent = Sent.of(batches)
        if not len(sent.lines):
            return
        with rarely_collecting():
            if self._since:
                yield from self._rows_grown(sent)
                return
            numbered = self._numbered(sent.lines, sent.order)
            first: Run | None = None
            for place, number in enumerate(self._numbers):
                run = self._replayed(numbered, place, self._moments(sent, place))
                done = _Done(number, _kept(run), run.summary, _reasons(_kept(run)), _full(_kept(run)))
                yield from done.rows(sent, None if not self._measured else not place and not self._compared)
                first = run if first is None and self._compared else first
            if first is not None:
                yield from _compared(first, run)

    def _rows_grown(self, sent: Sent) -> Iterator[Any]:
        (number,) = self._numbers
        grown = self._grown(sent)
        done = _Done(number, grown.kept, grown.summary, grown.reasons, grown.full, grown.suppressed, is_growth=True)
        yield from done.rows(sent, None)
        rows = numpy().arange(len(grown.moved))
        yield from batches_of(number, MOVED, _table(MOVED, grown.moved), _ordered(rows))

    def _grown(self, sent: Sent) -> Grown:
        """Return what comes of the new lines to a run that is gone on from."""
        (number,) = self._numbers
        absent, moments = self._how.absent(), self._moments(sent, 0)
        earlier, later = sent.lines.cut_at(self._since)
        old: ColumnSource | None = None
        if len(earlier):
            old = _kept(self._replayed(self._numbered(earlier), 0, moments, absent))
        before, old = StoreBefore(sent, old, self._how.settings[number], self._how.options), None
        lines: Any = GivenLines(self._how, later.pieces(is_last_time=True), id_types=self._id_types(number))
        numbered = Numbered([*lines] if absent is not None else lines, keeps_sources=True)
        numbered.moments = moments
        return before.grown(numbered, absent)

    def _moments(self, sent: Sent, place: int) -> dict[int, int]:
        """The times of lines that have none, under one of the settings."""
        return {line: moments[place] for line, moments in sent.moments.items()}

    def _numbered(self, given: Lines, order: NumbersOf | None = None) -> dict[tuple[IdType, ...], Numbered]:
        """Return lines in columns, by the idTypes that are read of a table.

        They are kept no longer than they are read.
        """
        found = {}
        every = dict.fromkeys(self._id_types(number) for number in self._numbers)
        for place, id_types in enumerate(every, 1):
            lines = GivenLines(self._how, given.pieces(is_last_time=place == len(every)), id_types=id_types)
            history = [*lines] if self._how.without else lines  # without some, a history is read again
            found[id_types] = Numbered(history, keeps_sources=True, order=order).read_all()
        return found

    def _id_types(self, number: int) -> tuple[IdType, ...]:
        """The idTypes that are read of a table under some settings: theirs; JSON says itself which it has."""
        return tuple(sorted(self._how.settings[number].id_types)) if self._how.columns else ()

    def _replayed(
        self,
        numbered: Mapping[tuple[IdType, ...], Numbered],
        place: int,
        moments: Mapping[int, int],
        absent: AbsentHere | None = None,
    ) -> Run:
        number = self._numbers[place]
        history = numbered[self._id_types(number)]
        history.moments = moments
        without = absent or self._how.absent() or ()
        return replay(history, self._how.settings[number], without=without, **self._how.options)


class NotApplied(PartReplay):
    """Returns the commands that were not applied, as rows of ``NOT_APPLIED``, and no table."""

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows for batches of what is sent, as ``PartReplay`` has it: of lines after *since*."""
        np, pa = numpy(), arrow()
        sent = Sent.of(batches)
        if not len(sent.lines):
            return
        with rarely_collecting():
            given = sent.lines.numbers()
            given = given[given > self._since]
            numbered = {} if self._since else self._numbered(sent.lines, sent.order)
            for place, number in enumerate(self._numbers):
                if self._since:
                    done = self._grown(sent).kept.done
                else:
                    done = _kept(self._replayed(numbered, place, self._moments(sent, place))).done
                lines, status = np.array(done.numbered.lines, np.int64), np.array(done.status, np.int8)
                left = np.setdiff1d(given, lines[status != marks.IS_REJECTED])
                left = left if sent.order is None else _integers(sent.order(left))
                settings = pa.array(np.full(len(left), number, np.int32))
                yield pa.RecordBatch.from_arrays([settings, pa.array(left)], ["setting", "line"])


@attrs.frozen
class _Done:
    """What came of some lines under some settings: all of it, or what came to that of the lines before."""

    setting: int
    kept: ColumnSource
    summary: Summary
    reasons: Reasons
    full: int
    suppressed: Sequence[Suppression] = ()
    """What old lines that were sent suppressed, or suppress no more."""
    is_growth: bool = False

    def rows(self, sent: Sent, with_steps: bool | None) -> Iterator[Any]:
        """Yield the rows of all tables, or, where it is told whether *with_steps*, of what is measured."""
        kept, setting = self.kept, self.setting
        tables = ColumnTables(arrow(), kept, row_of_step, row_of_fact, AT_ONCE)
        if with_steps is not False:
            for table in tables.steps():
                yield from batches_of(setting, "steps", table, _ordered(_column(table, "number")))
            give_back(len(kept.done))
        if with_steps is None:
            yield from _tables(setting, tables, kept)
            for home, place, state in stores_of(sent, kept, self.suppressed):
                order = [numpy().array([each], "int64") for each in (home, place, 0)]
                yield from batches_of(setting, STORE, _table(STORE, [(state,)]), order)
        for table in ends_of(kept, tables):
            yield from batches_of(setting, ENDS, table, _ordered(_column(table, "first_line")))
        told = (
            json.dumps(msgspec.to_builtins(self.summary)),
            b64encode(pickle.dumps(self.reasons)).decode(),
            json.dumps(sent.parts),
            self.full,
            int(self.is_growth),
        )
        yield from batches_of(setting, TASK, _table(TASK, [told]), _ordered(numpy().zeros(1, "int64")))


def _tables(setting: int, tables: ColumnTables, kept: ColumnSource) -> Iterator[Any]:
    """Yield the rows of the tables of a run but for its steps."""
    for table in tables.facts():
        commands = _column(table, "command")
        yield from batches_of(setting, "facts", table, _ordered(commands, _Places().of(commands)))
    give_back(len(kept.done))
    places = _Places()
    for table in tables_of(kept, "rejected", AT_ONCE):
        lines, places_of = _column(table, "line"), kept.done.numbered.order
        lines = lines if places_of is None else _integers(places_of(lines))
        yield from batches_of(setting, "rejected", table, _ordered(lines, places.of(lines)))
    give_back(len(kept.done))
    born = kept.view._tables
    living = _living(born)
    for name, each in (("values", tables.values_of(living)), ("profiles", tables.profiles_of(living, {}))):
        places = _Places()
        for table, profiles in each:
            rows = numpy().frombuffer(profiles, "int32")
            order = _integers(born.created_at)[rows], _integers(born.created_by)[rows], places.of(rows)
            yield from batches_of(setting, name, table, order)
        give_back(len(kept.done))


def _living(t: Tables) -> "array[int]":
    """Return the profiles at the end, earliest first."""
    np = numpy()
    parents = np.asarray(t.parent, "int32")[: t.n_profiles]
    rows = np.flatnonzero(parents == np.arange(t.n_profiles, dtype="int32")).astype("int32")
    order = np.lexsort((_integers(t.created_by)[rows], _integers(t.created_at)[rows]))
    return array("i", rows[order].tobytes())


def _integers(column: Any) -> Any:
    """Return a column of a store as one of numpy."""
    return numpy().asarray(column, "int64")


def _column(table: Any, name: str) -> Any:
    """Return a column of integers as one of numpy."""
    return table.column(name).to_numpy()


def _ordered(first: Any, second: Any = None) -> tuple[Any, Any, Any]:
    """Return three integers for each row, which put the rows of all tasks into the order of one process."""
    nothing = numpy().zeros(len(first), "int64")
    return first, nothing if second is None else second, nothing


class _Places:
    """The place of each entry among the equal ones that stand together, piece after piece of a column."""

    def __init__(self) -> None:
        self._before: Any = None
        self._count = 0

    def of(self, column: Any) -> Any:
        """Return the places of the next entries."""
        np, size = numpy(), len(column)
        if not size:
            return column
        is_new = np.concatenate([[self._before is None or column[0] != self._before], column[1:] != column[:-1]])
        starts = np.maximum.accumulate(np.where(is_new, np.arange(size), -self._count))
        places = np.arange(size) - starts
        self._before, self._count = column[size - 1], int(places[size - 1]) + 1
        return places


def _kept(run: Run) -> ColumnSource:
    assert run.columns is not None
    return run.columns


def _reasons(kept: ColumnSource) -> Reasons:
    reasons, order = Reasons(), kept.done.numbered.order
    count_troubles(kept.done, reasons)
    return reasons if order is None else reasons.renumbered(lambda line: order(array("q", [line]))[0])


def _full(kept: ColumnSource) -> int:
    return full_profiles(kept.done.tables, kept.done.ruling.rules)


def _compared(baseline: Run, candidate: Run) -> Iterator[Any]:
    """Yield the rows of what two runs of the lines differ in."""
    found = compare(baseline, candidate)
    rows: list[tuple[Any, ...]] = []
    places: tuple[list[int], list[int]] = [], []
    for kind, changes, run in (("joined", found.joined, candidate), ("split", found.split, baseline)):
        first = first_lines(run) if changes else {}
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
    """Return for each ref the number of its first applied command."""
    done = _kept(run).done
    n, found = done.numbered, dict[int, int]()
    for event, ref in enumerate(n.ref_of):
        if ref >= 0 and done.subject[event] >= 0:
            found.setdefault(ref, n.numbers[event])
    return {n.refs.name(ref): line for ref, line in found.items()}


def _table(name: str, rows: Sequence[tuple[Any, ...]]) -> Any:
    pa, schema = arrow(), table_schema(name)
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
