"""Tellers: what two runs of one history say of their commands, by places in columns, and the numbers that they share.

One tells of a run in columns; the other of a run of which steps are read one after the other.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from resolver.columns import marks
from resolver.columns.execution import Execution, zeros
from resolver.columns.numbered import Numbered
from resolver.columns.presented import LEAST, identifiers_of, note_holders, number_losses, offer
from resolver.columns.side_by_side import RunColumns, find_values
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact
from resolver.kernel import codes
from resolver.kernel.rows import Integers, ProfileRow
from resolver.names import IdType, ProfileId, Value, ref_in
from resolver.profiles import birth_of
from resolver.simulate.column_source import ColumnSource
from resolver.simulate.run import Run
from resolver.simulate.steps import Applied, Identifier, Step, Wanted, presented


class Numbers:
    """The numbers by which two runs know refs and values: those of the first run, if it is in columns, and more."""

    def __init__(self, first: Run) -> None:
        self._done = None if first.columns is None else first.columns.done
        self._before = 0 if self._done is None else len(self._done.numbered.refs)
        self._refs: dict[str, int] = {}
        self._more: list[str] = []
        self._values: dict[tuple[IdType, Value], int] = {}
        self._more_values: list[tuple[IdType, Value]] = []

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

    def names(self, refs: Sequence[int]) -> list[str]:
        """Return the refs of some numbers."""
        if self._done is None or self._more:
            return list(map(self.name, refs))
        return self._done.numbered.refs.names(refs)

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
        number = self._values.get((id_type, text))
        if number is None:
            number = self._values[id_type, text] = LEAST - len(self._values)
            self._more_values.append((id_type, text))
        return number

    def identifiers(self, numbers: list[int]) -> list[tuple[IdType, Value]]:
        """Return the values of some numbers, each with its idType."""
        if self._done is None:
            return [self._more_values[LEAST - number] for number in numbers]
        return identifiers_of(self._done.tables, self._done.ruling.names, numbers, self._more_values)


class InColumns:
    """Tells of a run in columns."""

    def __init__(self, kept: ColumnSource, columns: RunColumns, numbers: Numbers) -> None:
        self._kept = kept
        self._done = kept.done
        self._columns = columns
        self._numbers = numbers

    def look_at(self, places: Iterable[int]) -> None:
        """Let some applied commands be those that are asked about one by one; here all of them can be."""

    def line(self, place: int) -> int:
        """Return the line of a command that is looked at."""
        return self._done.numbered.lines[place]

    def presented(self, places: "array[int]") -> tuple["array[int]", "array[int]"]:
        """Return where what each of some commands offered begins and ends, and the numbers of the values.

        The commands are looked at. They offered what ``steps.presented`` says; one value may be there twice.
        """
        kept, number = self._kept, self._numbers.value
        odd = kept.out_of_the_ordinary(places)
        others = {place: [number(*pair) for pair in kept.presented(place)] for place in odd}
        ends = zeros("i", len(places) + 1)
        columns = self._columns, places, *kept.rest.offers(), others, ends
        values = zeros("i", offer(*columns, zeros("i", 0)))
        offer(*columns, values)
        return ends, values

    def fact(self, place: int, number: int) -> AnyFact:
        """Return the fact with a number of a command that is looked at; which command the fact names is left open."""
        return self._kept.fact(place, self._done.first[place] + number)

    def losses(self, facts: "array[int]", places: Sequence[int]) -> "array[int]":
        """Return the numbers of the values that some facts are about, of a command each that is looked at.

        A fact is named by its place among all of the run.
        """
        columns, numbers = self._columns, zeros("i", len(facts))
        kinds, what = readable(columns.fact), readable(columns.what)
        texts: dict[int, int] = {}
        for fact, place in zip(facts, places, strict=True):
            if kinds[fact] in (marks.INVALID, marks.LEFT_OUT) and what[fact] not in texts:
                told: Any = self._kept.fact(place, fact)
                texts[what[fact]] = self._numbers.value(told.id_type, Value(str(told.value)))
        number_losses(columns, facts, texts, numbers)
        return numbers

    def named_refs(self) -> Iterator[tuple[int, str]]:
        """Yield the applied commands without a ref that name a record: the number of each, and the ref."""
        n, status = self._done.numbered, self._done.status
        for place in sorted(n.others):
            ref = ref_in(getattr(n.others[place], "profile_id", None))
            if ref is not None and n.ref_of[place] < 0 and status[place] != marks.IS_REJECTED:
                yield n.numbers[place], ref

    def note_holders(self, profiles: list[int], places: dict[int, int], holders: list[list[int]]) -> None:
        """Add to the holders of each value the place of each of some profiles that holds it at the end.

        ``places`` are those of the values in *holders*, by their numbers.
        """
        if self._kept.rest.view() is not None:
            note_holders(self._done.tables, self._columns, profiles, places, holders)
        else:
            held = (self._kept.held_by(ProfileRow(profile)) for profile in profiles)
            _note_holders(self._numbers, held, places, holders)

    def applied(self, places: Iterable[int]) -> Mapping[int, Applied]:
        """Return the applied ones of some commands."""
        kept, status = self._kept, self._done.status
        return {place: kept.applied(place) for place in places if status[place] != marks.IS_REJECTED}

    def matches(self, applied: Mapping[int, Applied]) -> Mapping[int, tuple[RuleMatch, ...]]:
        """Return what each of some commands found, by its place; one that is no resolve may be left out."""
        return self._kept.found_by(sorted(applied))

    def refusal(self, place: int) -> str | None:
        """Return why a command was refused; None if it was applied, or if that cannot be told from its place."""
        return self._kept.refusal(place)

    def birth(self, profile_id: ProfileId) -> int:
        """Return the number of the command that created a profile."""
        return birth_of(self._done.tables, profile_id)

    def record(self, number: int) -> str | None:
        """Return the ref of a command, by its number; None if it has none, or was not applied."""
        n = self._done.numbered
        place = bisect_left(n.numbers, number)
        return None if n.ref_of[place] < 0 else n.refs.name(n.ref_of[place])


class FromObjects:
    """Tells of a run of which steps are read one after the other."""

    def __init__(
        self,
        run: Run,
        births: Mapping[ProfileId, int],
        records: Mapping[int, str],
        first: Sequence[int],
        numbers: Numbers,
    ) -> None:
        self._run = run
        self._first = first
        self._numbers = numbers
        self._births = births
        self._ids = list(births)
        self._records = records
        self._looked_at: dict[int, tuple[int, Sequence[Identifier], tuple[AnyFact, ...]]] = {}
        """What is asked about one by one: line, what was offered, facts."""

    def look_at(self, places: Iterable[int]) -> None:
        """Read some commands. One pass over the run; memory for these."""
        steps = self._steps_at(places)
        self._looked_at = {place: (step.line, presented(step), step.facts) for place, step in steps.items()}

    def line(self, place: int) -> int:
        """Return the line of a command that is looked at."""
        return self._looked_at[place][0]

    def presented(self, places: "array[int]") -> tuple["array[int]", "array[int]"]:
        """Return where what each of some commands offered begins and ends, and the numbers of the values."""
        ends, values = array("i", [0]), array("i")
        for place in places:
            values.extend([self._numbers.value(*pair) for pair in self._looked_at[place][1]])
            ends.append(len(values))
        return ends, values

    def fact(self, place: int, number: int) -> AnyFact:
        """Return a fact of a command that is looked at."""
        return self._looked_at[place][2][number]

    def losses(self, facts: "array[int]", places: Sequence[int]) -> "array[int]":
        """Return the numbers of the values that some facts are about."""
        told: list[Any] = [
            self.fact(place, fact - self._first[place]) for fact, place in zip(facts, places, strict=True)
        ]
        return array("i", [self._numbers.value(fact.id_type, Value(str(fact.value))) for fact in told])

    def named_refs(self) -> Iterator[tuple[int, str]]:
        """Yield the applied commands without a ref that name a record: the number of each, and the ref."""
        for step in self._run.select(Wanted(is_applied=True, is_plain=False)):
            if step.ref is None and step.named_ref is not None:
                yield step.number, step.named_ref

    def note_holders(self, profiles: list[int], places: dict[int, int], holders: list[list[int]]) -> None:
        """Add to the holders of each value the place of each of some profiles that holds it at the end."""
        every = (self._run.held(self._ids[profile]) for profile in profiles)
        held = (((id_type, value) for id_type, value, _ in each) for each in every)
        _note_holders(self._numbers, held, places, holders)

    def applied(self, places: Iterable[int]) -> Mapping[int, Applied]:
        """Return some commands; one pass over the run."""
        return {
            place: Applied(step.number, step.line, step.ref, step.at, step.status, step.facts)
            for place, step in self._steps_at(places).items()
        }

    def _steps_at(self, places: Iterable[int]) -> Mapping[int, Step]:
        wanted = {*places}
        last = max(wanted, default=-1)
        return {
            place: step
            for place, step in zip(range(last + 1), applied_steps(self._run), strict=False)
            if place in wanted
        }

    def matches(self, applied: Mapping[int, Applied]) -> Mapping[int, tuple[RuleMatch, ...]]:
        """Return what each of some commands found; the run, which may be masked, reads them once more."""
        found = self._run.matches_at({each.number for each in applied.values()})
        return {place: found[each.number] for place, each in applied.items() if each.number in found}

    def refusal(self, place: int) -> None:
        """Return None: only applied commands have a place."""

    def birth(self, profile_id: ProfileId) -> int:
        """Return the number of the command that created a profile."""
        return self._births[profile_id]

    def record(self, number: int) -> str | None:
        """Return the ref of a command that created a profile, by its number."""
        return self._records.get(number)


Teller = InColumns | FromObjects
"""What a run of either kind says of its commands, by their places in its columns."""


def _note_holders(
    numbers: Numbers, held: Iterable[Iterable[Identifier]], places: dict[int, int], holders: list[list[int]]
) -> None:
    for profile, identifiers in enumerate(held):
        for pair in identifiers:
            place = places.get(numbers.value(*pair))
            if place is not None:
                holders[place].append(profile)


def readable(column: Any) -> Any:
    """Return a column as Python reads it fastest: that of a compiled class has no array's ways."""
    return column if isinstance(column, list | array) else memoryview(column)


def applied_steps(run: Run) -> Iterator[Step]:
    """Return the applied commands of a run."""
    return run.select(Wanted(is_applied=True))
