"""Column source: a run in columns, read as steps, facts and rejections, which are made while somebody iterates."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from resolver.columns import marks
from resolver.columns.execution import STATUS, Execution, zeros
from resolver.columns.fact_columns import kinds_of_facts, note_facts, set_tops
from resolver.columns.texts import NoText
from resolver.commands import AnyCommand, Resolve
from resolver.engine import Engine
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact, Outcome
from resolver.kernel import codes
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.kernel.tables import all_profiles
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.profiles import id_of, row_of
from resolver.settings import Settings
from resolver.simulate import matched
from resolver.simulate.steps import Applied, Identifier, Rejection, Step, Wanted, as_told, is_plain
from resolver.simulate.summary import Assignments, Ends, assignments_of, sizes_in


class Rest(Protocol):
    """What a run has beside its columns."""

    def store(self) -> Engine:
        """The store at the end, as an engine of its own."""

    def view(self) -> Engine | None:
        """The store at the end, which nobody may change; None if there is none but one that is made for its user."""

    def stored(self, event: int) -> tuple[Identifier, ...]:
        """What a command offers to be stored, as it is stored under the settings in force then, each once."""

    def rows(self, event: int) -> Sequence[ValueRow] | None:
        """The rows of the values that a resolve offers, where the same settings were in force all the time.

        None of a command for which only ``stored`` knows.
        """

    def offers(self) -> tuple["array[int]", "array[int]", "array[int]"]:
        """Columns of what plain resolves offer: where each begins, numbers of texts, and for each text a value's row.

        Below 0 a text became no value.
        """

    def refusal(self, event: int) -> str | None:
        """Why a command was refused, as its rejection says it; None if only that knows it."""

    def error(self, event: int) -> str | None:
        """The class of what refused a command; None if only its rejection knows it."""

    def rejection(self, event: int) -> Rejection | None:
        """The rejection of a command that was refused; None if it is found only among all of them."""

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""


class ColumnSource:
    """The columns of a run, read as steps, facts and rejections."""

    is_masked = False
    make_engine: Callable[..., Any] = Engine

    def __init__(self, done: Execution, rest: Rest, settings: Settings, options: Mapping[str, Any]) -> None:
        self.done = done
        self.rest = rest
        self.settings = settings
        self.options = options
        self.read_rejected = rest.read_rejected

    @cached_property
    def engine(self) -> Engine:
        """The store at the end."""
        return self.rest.store()

    @cached_property
    def view(self) -> Engine:
        """The store at the end, only to be looked at: nothing is copied for it where that can be."""
        return self.rest.view() or self.engine

    @cached_property
    def ends(self) -> Ends:
        """Where the refs ended."""
        return Ends(self.done)

    @cached_property
    def tops(self) -> "array[int]":
        """For every profile the one in which all that became one with it ended, also where that was deleted."""
        top = zeros("i", self.done.tables.n_profiles)
        set_tops(self.done.tables, top)
        return top

    def refs(self) -> Collection[str]:
        """The refs of all commands that could be understood, each once, in the order in which they came first."""
        numbered = self.done.numbered
        return {numbered.refs.name(ref): None for ref in dict.fromkeys(numbered.ref_of) if ref >= 0}.keys()

    def assignments(self) -> Assignments:
        """Where each ref is at the end. O(refs), and their texts when they are asked for."""
        return assignments_of(self.ends, self.done.numbered.refs, self.done.tables)

    def record_counts(self) -> Collection[int]:
        """How many refs each profile has that has any. O(refs)."""
        counts = Counter(self.ends.profile)
        del counts[codes.NOBODY]
        return counts.values()

    def identifier_counts(self) -> Collection[int]:
        """How many identifiers each profile holds at the end. O(profiles)."""
        return sizes_in(self.view)

    def elsewhere(self) -> dict[str, tuple[ProfileId, ...]]:
        """Where the lines of a ref ended, where that was several profiles or one that is gone; the latest last."""
        done, refs, tables = self.done, self.done.numbered.refs, self.done.tables
        latest, ends = done.latest, self.ends
        before: dict[int, int] = {}
        former: dict[int, dict[int, None]] = {}
        subject = done.subject
        for event, ref in enumerate(done.numbered.ref_of):
            profile = subject[event]
            if ref >= 0 and profile >= 0 and before.setdefault(ref, profile) != profile:
                former.setdefault(ref, {})[before[ref]] = None
                before[ref] = profile
        gone = (ref for ref in ends.order if ends.profile[ref] < 0)
        return {
            refs.name(ref): tuple([id_of(tables, profile) for profile in (*former.get(ref, ()), latest[ref])])
            for ref in dict.fromkeys([*former, *gone])
        }

    # Facts

    def read_facts(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the numbers of their commands."""
        return self._facts(self.done.numbered.numbers)

    def read_facts_with_lines(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the lines of their commands."""
        return self._facts(self.done.numbered.lines)

    def read_losses(self) -> Iterator[AnyFact]:
        """The facts that values left or were left out, the deletions and the settings."""
        done, first = self.done, self.done.first
        event = 0
        for place in done.facts.losses(0, first[-1]):
            while first[event + 1] <= place:
                event += 1
            yield done.facts.fact(done.numbered.numbers[event], done.times[event], place)

    def read_facts_about(self, ids: Iterable[ProfileId]) -> Iterator[AnyFact]:
        """The facts that changed some profiles, or what became one with them, or the settings; with their numbers."""
        done, s, first = self.done, self.done.facts.scratch, self.done.first
        wanted = zeros("b", len(self.tops))
        for profile_id in ids:
            wanted[self.tops[row_of(done.tables, profile_id)]] = 1
        columns = _CHANGES, s.fact, s.who, self.tops, wanted, first[-1]
        places = zeros("i", note_facts(*columns, zeros("i", 0)))
        note_facts(*columns, places)
        event = 0
        for place in places:
            event = bisect_right(first, place, event) - 1
            yield done.facts.fact(done.numbered.numbers[event], done.times[event], place)

    def facts_of(self, event: int) -> tuple[AnyFact, ...]:
        """The facts of an applied command."""
        done = self.done
        start, end = done.first[event], done.first[event + 1]
        if start == end:
            return ()
        return done.facts.facts(done.numbered.numbers[event], done.times[event], start, end)

    def fact(self, event: int, place: int) -> AnyFact:
        """The fact of a command that stands at a place."""
        return self.done.facts.fact(self.done.numbered.numbers[event], self.done.times[event], place)

    def _facts(self, numbers: Any) -> Iterator[AnyFact]:
        done = self.done
        first, status, times, fact = done.first, done.status, done.times, done.facts.fact
        start = 0
        for event in range(len(done)):
            end = first[event + 1]
            if start != end and status[event] != marks.IS_REJECTED:
                number, at = numbers[event], times[event]
                for place in range(start, end):
                    yield fact(number, at, place)
            start = end

    # Steps

    def read_steps(self, wanted: Wanted) -> Iterator[Step]:
        """The steps that are wanted, in the order of execution. Of the others nothing is made."""
        n = self.done.numbered
        refs = None if wanted.refs is None else {n.refs.number(ref) for ref in wanted.refs} - {codes.NOBODY}
        rejections = self.read_rejected()
        for event in self._events(wanted):
            if refs is None or n.ref_of[event] in refs:
                yield self.step(event, rejections)

    def _events(self, wanted: Wanted) -> Iterable[int]:
        """The places of the steps that are wanted, whatever their refs, in order."""
        done, n = self.done, self.done.numbered
        status, others, rejected = done.status, n.others, marks.IS_REJECTED
        events: Iterable[int] = range(len(done))
        if wanted.numbers is not None:
            events = self._places(wanted.numbers)
        elif wanted.errors is not None:
            events = self._refused_with(wanted.errors)
        elif wanted.is_plain is False:
            events = sorted(others)
        elif wanted.ids is not None:
            events = self._ended_in(wanted.ids, wanted.and_touching)
        elif wanted.is_applied is False:
            events = self._refused()
        if wanted.is_applied is not None:
            is_refused = not wanted.is_applied
            events = (event for event in events if (status[event] == rejected) == is_refused)
        if wanted.is_plain is not None:
            plain = wanted.is_plain
            events = (event for event in events if (event not in others or is_plain(others[event])) == plain)
        return events

    def _ended_in(self, ids: Iterable[ProfileId], and_touching: bool) -> Iterator[int]:
        """The places of the commands that ended in some profiles; and of those that ended in none or took from them."""
        done = self.done
        rows = {row_of(done.tables, each) for each in ids} - {codes.NOBODY}
        takers = self._takers(rows) if and_touching else set()
        for event, row in zip(range(len(done)), done.subject, strict=False):
            if row in rows or event in takers or (row < 0 and and_touching and done.status[event] != marks.IS_REJECTED):
                yield event

    def _takers(self, rows: Collection[int]) -> set[int]:
        """The places of the commands that moved a value away from some profiles. O(moves), after a search for bytes."""
        done, s = self.done, self.done.facts.scratch
        facts: Any = memoryview(s.fact)  # type: ignore[arg-type]
        moves = (found.start() for found in _MOVED.finditer(facts[: done.first[-1]]))
        return {bisect_right(done.first, place) - 1 for place in moves if s.who[place] in rows}

    def _refused_with(self, errors: Collection[str]) -> Iterator[int]:
        """The places of the commands that were refused with some errors."""
        events = list(self._refused())
        if not events or self.rest.error(events[0]) is not None:
            return (event for event in events if self.rest.error(event) in errors)
        lines = {each.line for each in self.read_rejected() if each.raw is not None and each.error in errors}
        return (event for event in events if self.done.numbered.lines[event] in lines)

    def _places(self, numbers: Iterable[int]) -> Iterator[int]:
        """The places of the commands with some numbers, in order. O(log n) each."""
        known = self.done.numbered.numbers
        for number in sorted(numbers):
            place = bisect_left(known, number)
            if place < len(known) and known[place] == number:
                yield place

    def _refused(self) -> Iterator[int]:
        """The places of the commands that were refused."""
        return (found.start() for found in _REFUSED.finditer(memoryview(self.done.status)))

    def step(self, event: int, rejections: Iterator[Rejection]) -> Step:
        """A command as a step; *rejections* are those of the history from that of the command on, or earlier."""
        done, n = self.done, self.done.numbered
        line, ref, subject = n.lines[event], n.ref_of[event], done.subject[event]
        rejection, outcome = None, None
        if done.status[event] == marks.IS_REJECTED:
            rejection = self.rest.rejection(event)
            if rejection is None:
                rejection = next(each for each in rejections if each.line == line and each.raw is not None)
        else:
            profile_id = None if subject < 0 else id_of(done.tables, ProfileRow(subject))
            outcome = Outcome(STATUS[done.status[event]], profile_id, self.facts_of(event))
        command = self._command(event)
        return Step(
            n.numbers[event], line, None if ref < 0 else n.refs.name(ref), command.at,  # type: ignore[arg-type]
            command, self.rest.stored(event), outcome, rejection,
        )  # fmt: skip

    def applied(self, event: int) -> Applied:
        """What became of an applied command."""
        done, n = self.done, self.done.numbered
        ref, command = n.ref_of[event], n.others.get(event)
        at = n.ats[event] if command is None else as_told(command).at
        return Applied(
            n.numbers[event], n.lines[event], None if ref < 0 else n.refs.name(ref),
            None if at == marks.NOW else at,  # type: ignore[arg-type]
            STATUS[done.status[event]], self.facts_of(event),
        )  # fmt: skip

    def _command(self, event: int) -> AnyCommand:
        """A command as a step has it."""
        n = self.done.numbered
        command = n.others.get(event)
        if command is not None:
            return as_told(command)
        texts, at = n.texts, n.ats[event]
        raws, id_types, type_of = texts.texts, texts.id_types, texts.type_of
        pairs: list[tuple[IdType, Any]] = []
        for text in n.idents[n.offsets[event] : n.offsets[event + 1]]:
            raw = raws[text]
            if raw is not None:
                pairs.append((id_types[type_of[text]], None if type(raw) is NoText else raw))
        return Resolve(tuple(pairs), None if at == marks.NOW else at)

    def presented(self, event: int) -> Sequence[Identifier]:
        """What an applied command offered: as it is stored, and what was left out of it as it was written."""
        stored = self.rest.stored(event)
        if event not in self._left_out:
            return stored
        facts: list[Any] = [self.fact(event, place) for place in self._left_out[event]]
        return *stored, *[(fact.id_type, Value(fact.value)) for fact in facts if isinstance(fact.value, str)]

    def out_of_the_ordinary(self, events: Iterable[int]) -> list[int]:
        """Those of some commands of which only ``presented`` says what they offered, and not the column of offers."""
        if not self.done.facts.has_one_ruling:
            return list(events)
        others = self.done.numbered.others.keys() | self._left_out.keys()
        return [event for event in events if event in others]

    @cached_property
    def _left_out(self) -> dict[int, list[int]]:
        """For the commands of which identifiers were left out as they were written, the places of those facts."""
        kinds: Any = memoryview(self.done.facts.scratch.fact)  # type: ignore[arg-type]
        found: dict[int, list[int]] = {}
        for place in (each.start() for each in _AS_GIVEN.finditer(kinds[: self.done.first[-1]])):
            found.setdefault(bisect_right(self.done.first, place) - 1, []).append(place)
        return found

    def plain_times(self) -> set[bool]:
        """Whether the applied plain resolves have a time: True where some do, False where some do not."""
        done, n = self.done, self.done.numbered
        triples = zip(range(len(done)), n.ats, done.status, strict=False)
        rejected, now, others = marks.IS_REJECTED, marks.NOW, n.others
        times = {at != now for event, at, status in triples if status != rejected and event not in others}
        odd = [as_told(each) for event, each in others.items() if is_plain(each) and done.status[event] != rejected]
        return times | {command.at is not None for command in odd}

    def births(self) -> dict[ProfileId, int]:
        """For every id of a profile, the number of the command that created it."""
        tables = self.done.tables
        return {id_of(tables, profile): tables.created_by[profile] for profile in all_profiles(tables)}

    def refusal(self, event: int) -> str | None:
        """Why a command was refused, as its rejection says it; None if it was applied, or if only that knows it."""
        return self.rest.refusal(event) if self.done.status[event] == marks.IS_REJECTED else None

    # What follows

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """What a profile holds at the end."""
        return matched.held(self.view, profile_id)

    def held_by(self, profile: ProfileRow) -> list[Identifier]:
        """What a profile holds at the end, oldest first."""
        names, listed = self.view._ruling.names, self.view._list(id_of(self.done.tables, profile))
        return [(names[kind], text) for kind, text, _ in listed]

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """What each of some resolve commands found."""
        done, known = self.done, self.done.numbered.numbers
        applied = [place for place in self._places(numbers) if done.status[place] != marks.IS_REJECTED]
        return {known[place]: found for place, found in self.found_by(applied).items()}

    def found_by(self, places: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """What each of some applied commands found, those that are no resolves left out; the places ascend.

        O(facts), without an object for any of them, but for a run of which the settings changed.
        """
        done, others = self.done, self.done.numbered.others
        resolves = [place for place in places if place not in others or isinstance(others[place], Resolve)]
        rows = {place: self.rest.rows(place) for place in resolves} if done.facts.has_one_ruling else {}
        known = {place: values for place, values in rows.items() if values is not None}
        steps = [self.step(place, iter(())) for place in resolves if place not in known]
        by_number = matched.matches_of(self, steps)
        found = {place: by_number.get(done.numbered.numbers[place], ()) for place in resolves}
        if known:
            engine = matched.empty_engine(self.settings, self.options)
            found |= matched.matches_of_rows(done, engine, self.tops, known)
        return found


_CHANGES = kinds_of_facts((*range(codes.MERGED + 1), codes.MOVED, marks.DELETED), always=(marks.SETTINGS,))
"""The facts that changed a profile, and the settings."""

_REFUSED = re.compile(re.escape(bytes([marks.IS_REJECTED])))
"""A command that was refused, in the column of statuses."""

_AS_GIVEN = re.compile(b"[%s]" % re.escape(bytes([marks.INVALID, marks.LEFT_OUT])))
"""An identifier that was left out as it was written, in the column of facts."""

_MOVED = re.compile(re.escape(bytes([codes.MOVED])))
"""A value that was taken from a profile, in the column of facts."""
