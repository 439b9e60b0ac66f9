"""Paired columns: two runs of one history as columns whose refs and values have the same numbers.

A run in columns is taken as it is. Any other is put into columns here: one that was executed command by command, one
that was masked.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from resolver.columns import marks
from resolver.columns.cells import Integers
from resolver.columns.effects import RunColumns
from resolver.columns.execution import Execution, zeros
from resolver.columns.numbered import Numbered
from resolver.columns.values import find_values
from resolver.evidence import RuleMatch
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
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.names import IdType, ProfileId, Value
from resolver.profiles import row_of
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.matched import matches_of
from resolver.simulate.run import Run
from resolver.simulate.steps import Identifier, Step, Wanted, presented

_LEAST = -10
"""Numbers of values that the first run does not know go down from here."""


class Numbers:
    """The numbers by which two runs know refs and values: those of the first run, if it is in columns, and more."""

    def __init__(self, first: Run) -> None:
        self._done = None if first.columns is None else first.columns.done
        self._before = 0 if self._done is None else len(self._done.numbered.refs)
        self._refs: dict[str, int] = {}
        self._more: list[str] = []
        self._values: dict[tuple[IdType, Value], int] = {}

    def __len__(self) -> int:
        """How many refs there are."""
        return self._before + len(self._more)

    def are_of(self, numbered: Numbered) -> bool:
        """Whether the refs of a history have these numbers there."""
        return self._done is not None and self._done.numbered is numbered

    def ref(self, name: str) -> int:
        """Return the number of a ref."""
        number = self._refs.get(name, codes.NOBODY)
        if number < 0 and self._done is not None:
            number = self._done.numbered.refs.number(name)
        if number < 0:
            number = self._refs[name] = len(self)
            self._more.append(name)
        return number

    def name(self, ref: int) -> str:
        """Return the ref of a number."""
        if ref < self._before:
            assert self._done is not None
            return self._done.numbered.refs.name(ref)
        return self._more[ref - self._before]

    def find_values(self, done: Execution, known: Integers) -> None:
        """Set the numbers of the values of a run that the first one has too, where that is in columns. O(values)."""
        if self._done is not None:
            numbers, names = self._done.ruling.numbers, done.ruling.names
            kinds = array("i", [numbers.get(name, codes.NOBODY) for name in names])
            find_values(done.tables, self._done.tables, kinds, known)

    def value(self, id_type: IdType, text: Value) -> int:
        """Return the number of a value."""
        if self._done is not None:
            kind = self._done.ruling.numbers.get(id_type)
            row = None if kind is None else self._done.tables.index[kind].find(self._done.tables.text, text)
            if row is not None and row >= 0:
                return row
        return self._values.setdefault((id_type, text), _LEAST - len(self._values))


class Teller(Protocol):
    """What a run says of its commands, by their places in its columns."""

    def look_at(self, places: Iterable[int]) -> None:
        """Let some applied commands be those that are asked about one by one."""

    @property
    def line(self) -> Callable[[int], int]:
        """Returns the line of a command that is looked at."""

    @property
    def presented(self) -> Callable[[int], Sequence[Identifier]]:
        """Returns what a command that is looked at offered, as ``steps.presented`` does; one may be there twice."""

    def fact(self, place: int, number: int) -> AnyFact:
        """Return the fact with a number of a command that is looked at; which command the fact names is left open."""

    def held(self, profile: int) -> Iterable[Identifier]:
        """Return what a profile of the columns holds at the end."""

    def steps_at(self, places: Iterable[int]) -> Mapping[int, Step]:
        """Return the applied ones of some commands."""

    def matches(self, steps: Iterable[Step]) -> Mapping[int, tuple[RuleMatch, ...]]:
        """Return what each of some commands found, if it is a resolve, by its number; they come in their order."""

    def refusal(self, place: int) -> str | None:
        """Return why a command was refused; None if it was applied, or if that cannot be told from its place."""

    def birth(self, profile_id: ProfileId) -> int:
        """Return the number of the command that created a profile."""

    def record(self, number: int) -> str | None:
        """Return the ref of a command, by its number; None if it has none, or was not applied."""


class InColumns:
    """Tells of a run in columns."""

    def __init__(self, kept: ColumnSource) -> None:
        self._kept = kept
        self._done = kept.done
        self.presented = kept.presented
        self.line: Callable[[int], int] = kept.done.numbered.lines.__getitem__

    def look_at(self, places: Iterable[int]) -> None:
        """Return at once: every command can be asked about."""

    def fact(self, place: int, number: int) -> AnyFact:
        """Return a fact of a command."""
        return self._kept.fact(place, self._done.first[place] + number)

    def held(self, profile: int) -> Iterable[Identifier]:
        """Return what a profile holds at the end."""
        return self._kept.held_by(ProfileRow(profile))

    def steps_at(self, places: Iterable[int]) -> Mapping[int, Step]:
        """Return the applied ones of some commands."""
        kept, status = self._kept, self._done.status
        return {place: kept.step(place, iter(())) for place in places if status[place] != marks.IS_REJECTED}

    def matches(self, steps: Iterable[Step]) -> Mapping[int, tuple[RuleMatch, ...]]:
        """Return what each of some commands found."""
        return matches_of(self._kept, steps)

    def refusal(self, place: int) -> str | None:
        """Return why a command was refused."""
        return self._kept.refusal(place)

    def birth(self, profile_id: ProfileId) -> int:
        """Return the number of the command that created a profile."""
        tables = self._done.tables
        return tables.created_by[row_of(tables, profile_id)]

    def record(self, number: int) -> str | None:
        """Return the ref of a command that created a profile of either run, by its number."""
        n = self._done.numbered
        place = bisect_left(n.numbers, number)
        return None if n.ref_of[place] < 0 else n.refs.name(n.ref_of[place])


class FromObjects:
    """Tells of a run of which steps are read one after the other."""

    def __init__(self, run: Run, births: Mapping[ProfileId, int], records: Mapping[int, str]) -> None:
        self._run = run
        self._births = births
        self._ids = list(births)
        self._records = records
        self._looked_at: dict[int, tuple[int, Sequence[Identifier], tuple[AnyFact, ...]]] = {}
        """What is asked about one by one: line, what was offered, facts."""

    def look_at(self, places: Iterable[int]) -> None:
        """Read some commands. One pass over the run; memory for these."""
        steps = self.steps_at(places)
        self._looked_at = {place: (step.line, presented(step), step.facts) for place, step in steps.items()}

    def line(self, place: int) -> int:
        """Return the line of a command that is looked at."""
        return self._looked_at[place][0]

    def presented(self, place: int) -> Sequence[Identifier]:
        """Return what a command that is looked at offered."""
        return self._looked_at[place][1]

    def fact(self, place: int, number: int) -> AnyFact:
        """Return a fact of a command that is looked at."""
        return self._looked_at[place][2][number]

    def held(self, profile: int) -> Iterable[Identifier]:
        """Return what a profile holds at the end."""
        return ((id_type, value) for id_type, value, _ in self._run.held(self._ids[profile]))

    def steps_at(self, places: Iterable[int]) -> Mapping[int, Step]:
        """Return some commands; one pass over the run."""
        wanted = {*places}
        last = max(wanted, default=-1)
        return {
            place: step for place, step in zip(range(last + 1), _applied(self._run), strict=False) if place in wanted
        }

    def matches(self, steps: Iterable[Step]) -> Mapping[int, tuple[RuleMatch, ...]]:
        """Return what each of some commands found; the run, which may be masked, reads them once more."""
        return self._run.matches_at({step.number for step in steps})

    def refusal(self, place: int) -> None:
        """Return None: only applied commands have a place."""

    def birth(self, profile_id: ProfileId) -> int:
        """Return the number of the command that created a profile."""
        return self._births[profile_id]

    def record(self, number: int) -> str | None:
        """Return the ref of a command that created a profile, by its number."""
        return self._records.get(number)


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
        sides.append(_of_objects(run, numbers) if kept is None else (_of_columns(kept, numbers), InColumns(kept)))
    for columns, _ in sides:
        columns.end = _longer(columns.end, len(numbers))
    (before, one), (after, other) = sides
    return PairedColumns(numbers, (before, after), (one, other))


def _longer(column: "array[int]", size: int) -> "array[int]":
    return column if len(column) == size else array("i", column) + array("i", [codes.NOBODY]) * (size - len(column))


def _of_columns(kept: ColumnSource, numbers: Numbers) -> RunColumns:
    done, n, ends = kept.done, kept.done.numbered, kept.ends
    ref_of, end, order = n.ref_of, ends.profile, ends.order
    if not numbers.are_of(n):
        known = array("i", map(numbers.ref, map(n.refs.name, range(len(n.refs)))))
        ref_of, order = ref_of[:], order[:]
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
    return columns


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


def _applied(run: Run) -> Iterator[Step]:
    return run.select(Wanted(is_applied=True))


def _of_objects(run: Run, numbers: Numbers) -> tuple[RunColumns, FromObjects]:
    written = _Writer(numbers)
    commands, ref_of, subject, first = array("q"), array("i"), array("i"), array("i", [0])
    records: dict[int, str] = {}
    for step in _applied(run):
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
    return columns, FromObjects(run, dict(zip(written.rows, written.born, strict=True)), records)


def _tops(parent: "array[int]") -> "array[int]":
    """Return for each profile the one in which it ended. O(profiles), as the way to it is shortened."""
    top = parent[:]
    for profile in range(len(top)):
        while top[top[profile]] != top[profile]:
            top[profile] = top[top[profile]]
    return top
