"""Paired columns: two runs of one history as columns whose refs and values have the same numbers.

A run in columns is taken as it is. Any other is put into columns here: one that was executed command by command, one
that was masked.
"""

from array import array
from typing import NamedTuple

from resolver.columns import marks
from resolver.columns.execution import zeros
from resolver.columns.side_by_side import RunColumns
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    subject_of,
)
from resolver.history.column_loops import renumber
from resolver.kernel import codes
from resolver.kernel.columns import copied
from resolver.kernel.rows import ValueRow
from resolver.names import ProfileId
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.run import Run
from resolver.simulate.tellers import FromObjects, InColumns, Numbers, Teller, applied_steps


class PairedColumns(NamedTuple):
    """Two runs of one history: the numbers that they share, and for each its columns and what tells of it."""

    numbers: Numbers
    columns: tuple[RunColumns, RunColumns]
    tellers: tuple[Teller, Teller]


def paired_columns(baseline: Run, candidate: Run) -> PairedColumns:
    """Return two runs alike. O(commands + refs)."""
    numbers = Numbers(baseline)
    sides: list[tuple[RunColumns, Teller]] = []
    for run in (baseline, candidate):
        kept = run.columns
        sides.append(_of_objects(run, numbers) if kept is None else _of_columns(kept, numbers))
    for columns, _ in sides:
        columns.end = _longer(columns.end, len(numbers))
    (before, one), (after, other) = sides
    return PairedColumns(numbers, (before, after), (one, other))


def _longer(column: "array[int]", size: int) -> "array[int]":
    return column if len(column) == size else array("i", column) + array("i", [codes.NOBODY]) * (size - len(column))


def _of_columns(kept: ColumnSource, numbers: Numbers) -> tuple[RunColumns, InColumns]:
    done, n, ends = kept.done, kept.done.numbered, kept.ends
    ref_of, end, order = n.ref_of, ends.profile, ends.order
    if not numbers.are_of(n):
        known = array("i", map(numbers.ref, map(n.refs.name, range(len(n.refs)))))
        ref_of, order = copied(ref_of), order[:]
        renumber(ref_of, known)
        renumber(order, known)
        end = array("i", [codes.NOBODY]) * len(numbers)
        for ref, profile in zip(known, ends.profile, strict=True):
            end[ref] = profile
    tables, s = done.tables, done.facts.scratch
    facts, ruling = done.facts, done.ruling
    columns = RunColumns(
        n.numbers, ref_of, done.subject, done.status, done.first, s.fact, s.who, s.what, s.extra, tables.created_by,
        kept.tops, end, order, lambda value: numbers.value(*facts.identifier(ruling, ValueRow(value))), tables.n_values,
    )  # fmt: skip
    numbers.find_values(done, columns.known)
    return columns, InColumns(kept, columns, numbers)


class _Writer:
    """Writes the facts of a run that is not in columns."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.fact, self.who, self.what, self.extra = array("b"), array("i"), array("i"), array("i")
        self.rows: dict[ProfileId, int] = {}
        self.born = array("q")
        self.parent = array("i")
        self.values: list[int] = []
        """The shared numbers of values, one for each fact that names one."""

    def row(self, profile_id: ProfileId | None) -> int:
        """Return the number of a profile."""
        return codes.NOBODY if profile_id is None else self.rows.get(profile_id, codes.NOBODY)

    def write(self, fact: AnyFact) -> None:
        """Add a fact; of one that changes no profile only whom it is about."""
        kind, what = marks.SETTINGS, 0
        if isinstance(fact, ProfileCreated):
            kind = codes.CREATED
            self.rows[fact.profile_id] = len(self.born)
            self.parent.append(len(self.born))
            self.born.append(fact.command)
        elif isinstance(fact, ProfilesMerged):
            kind, what = codes.MERGED, len(self.extra)
            absorbed = [self.rows[each] for each in fact.absorbed]
            self.extra.extend([len(absorbed), *absorbed])
            for row in absorbed:
                self.parent[row] = self.rows[fact.survivor]
        elif isinstance(fact, IdentifierAdded | IdentifierRemoved | IdentifierEvicted):
            kind, what = _CODES[type(fact)], len(self.values)
            self.values.append(self.numbers.value(fact.id_type, fact.value))
        elif isinstance(fact, IdentifierRefused):
            kind = codes.REFUSED
        elif isinstance(fact, ProfileDeleted):
            kind = marks.DELETED
        self.fact.append(kind)
        self.who.append(self.row(subject_of(fact)))
        self.what.append(what)


_CODES: dict[type, int] = {
    IdentifierAdded: codes.ADDED,
    IdentifierRemoved: codes.REMOVED,
    IdentifierEvicted: codes.EVICTED,
}


def _of_objects(run: Run, numbers: Numbers) -> tuple[RunColumns, FromObjects]:
    written = _Writer(numbers)
    commands, ref_of, subject, first = array("q"), array("i"), array("i"), array("i", [0])
    records: dict[int, str] = {}
    for step in applied_steps(run):
        for fact in step.facts:
            written.write(fact)
            if isinstance(fact, ProfileCreated) and step.ref is not None:
                records[step.number] = step.ref
        commands.append(step.number)
        ref_of.append(codes.NOBODY if step.ref is None else numbers.ref(step.ref))
        subject.append(written.row(step.profile_id))
        first.append(len(written.fact))
    order = array("i", map(numbers.ref, run.assignments))
    end = array("i", [codes.NOBODY]) * len(numbers)
    for ref, profile_id in zip(order, run.assignments.values(), strict=True):
        end[ref] = written.rows[profile_id]
    columns = RunColumns(
        commands, ref_of, subject, zeros("b", len(commands)), first, written.fact, written.who, written.what,
        written.extra, written.born, _tops(written.parent), end, order, written.values.__getitem__, len(written.values),
    )  # fmt: skip
    births = dict(zip(written.rows, written.born, strict=True))
    return columns, FromObjects(run, births, records, first, numbers)


def _tops(parent: "array[int]") -> "array[int]":
    """Return for each profile the one in which it ended. O(profiles), as the way to it is shortened."""
    top = parent[:]
    for profile in range(len(top)):
        while top[top[profile]] != top[profile]:
            top[profile] = top[top[profile]]
    return top
