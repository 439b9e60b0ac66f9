"""Kept: what a run in columns tells of its commands, made into objects while somebody iterates."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any, Protocol

from resolver.columns import marks
from resolver.columns.about import note_facts, set_tops
from resolver.columns.execution import STATUS, Execution, zeros
from resolver.columns.texts import NoText
from resolver.engine import Engine
from resolver.facts import AnyFact, Outcome
from resolver.history import Record
from resolver.kernel import codes
from resolver.kernel.rows import ProfileRow
from resolver.kernel.tables import all_profiles
from resolver.names import IdType, ProfileId, Value
from resolver.profiles import id_of, row_of
from resolver.ruling import Ruling
from resolver.simulate.entries import entry_of
from resolver.simulate.matched import held, matches_at
from resolver.simulate.spool import Applied, Rejection, Spool, as_written
from resolver.simulate.steps import Step, step_of
from resolver.simulate.totals import Ends
from resolver.simulate.troubles import refusal_of, troubles

_REMEMBERED = 1 << 16
"""How many texts are remembered with what they were stored as under settings that are no more in force."""


Identifier = tuple[IdType, Value]


class Rest(Protocol):
    """What a run has beside its columns."""

    def store(self) -> Engine:
        """The store at the end, as an engine of its own."""

    def stored(self, event: int, entry: Applied | None) -> tuple[Identifier, ...]:
        """What a command offers to be stored, as it is stored under the settings in force then, each once.

        Its *entry* is needed only for a command that is no plain resolve.
        """

    def refusal(self, event: int) -> str | None:
        """Why a command was refused, as its rejection says it; None if only that knows it."""

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""


class Replayed:
    """What a replay has beside its columns.

    Rejections were written to the *spool* while the history was read, unless the history keeps what they show.
    """

    def __init__(self, done: Execution, spool: Spool | None) -> None:
        self.spool = spool
        self.store = done.store
        self._done = done
        self._former = lru_cache(_REMEMBERED)(self._stored_under)

    def stored(self, event: int, entry: Applied | None) -> tuple[Identifier, ...]:
        """What a command offers to be stored, as it is stored under the settings in force then, each once."""
        done, n = self._done, self._done.numbered
        ruling = done.told.ruling_at(done.first[event])
        found: dict[Identifier, None] = {}
        if event in n.others:
            for id_type, raw in () if entry is None else entry.given:
                value = ruling.book.stored_form(id_type, raw).value
                if value is not None:
                    found[id_type, value] = None
            return tuple(found)
        stored = done.stored if done.told.is_latest(ruling) else lambda text: self._former(ruling, text)
        for text in n.idents[n.offsets[event] : n.offsets[event + 1]]:
            value = stored(text)
            if value is not None:
                found[n.texts.id_types[n.texts.type_of[text]], value] = None
        return tuple(found)

    def _stored_under(self, ruling: Ruling, text: int) -> Value | None:
        """What a raw text was stored as under settings that are no more in force."""
        return ruling.book.stored_form(*self._done.numbered.texts.given(text)).value

    def refusal(self, event: int) -> str:
        """Why a command was refused, as its rejection says it. O(1)."""
        return as_written(Rejection(0, "", "", str(refusal_of(self._done, event)))).detail

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""
        if self.spool is not None:
            return self.spool.read_rejected()
        return (as_written(trouble.rejection()) for trouble in troubles(self._done, 0, len(self._done)))


class Kept:
    """The columns of a run, read as facts, entries, steps and rejections."""

    is_masked = False
    held = staticmethod(held)
    matches_at = staticmethod(matches_at)

    def __init__(self, done: Execution, rest: Rest) -> None:
        self.done = done
        self.rest = rest
        self.engine = rest.store
        self.read_rejected = rest.read_rejected

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

    def assignments(self) -> dict[str, ProfileId]:
        """Where each ref is at the end."""
        refs, tables, profile = self.done.numbered.refs, self.done.tables, self.ends.profile
        return {refs.name(ref): id_of(tables, ProfileRow(profile[ref])) for ref in self.ends.order if profile[ref] >= 0}

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
        for place in done.told.losses(0, first[-1]):
            while first[event + 1] <= place:
                event += 1
            yield done.told.fact(done.numbered.numbers[event], done.times[event], place)

    def read_facts_about(self, ids: Iterable[ProfileId]) -> Iterator[AnyFact]:
        """The facts that changed some profiles, or what became one with them, or the settings; with their numbers."""
        done, s, first = self.done, self.done.told.scratch, self.done.first
        wanted = zeros("b", len(self.tops))
        for profile_id in ids:
            wanted[self.tops[row_of(done.tables, profile_id)]] = 1
        columns = s.fact, s.who, self.tops, wanted, first[-1]
        places = zeros("i", note_facts(*columns, zeros("i", 0)))
        note_facts(*columns, places)
        event = 0
        for place in places:
            event = bisect_right(first, place, event) - 1
            yield done.told.fact(done.numbered.numbers[event], done.times[event], place)

    def read_facts_of(self, entries: Iterable[Applied]) -> Iterator[tuple[Applied, list[AnyFact]]]:
        """Some applied entries, each with its facts. O(facts given)."""
        for entry in entries:
            yield entry, self.facts_of(entry.place)

    def facts_of(self, event: int) -> list[AnyFact]:
        """The facts of a command."""
        done = self.done
        if done.status[event] == marks.IS_REJECTED:
            return []
        number, at, fact = done.numbered.numbers[event], done.times[event], done.told.fact
        return [fact(number, at, place) for place in range(done.first[event], done.first[event + 1])]

    def _facts(self, numbers: Any) -> Iterator[AnyFact]:
        done = self.done
        first, status, times, fact = done.first, done.status, done.times, done.told.fact
        start = 0
        for event in range(len(done)):
            end = first[event + 1]
            if start != end and status[event] != marks.IS_REJECTED:
                number, at = numbers[event], times[event]
                for place in range(start, end):
                    yield fact(number, at, place)
            start = end

    # Commands

    def read_applied(self) -> Iterator[Applied]:
        """An entry for each applied command, in the order of execution."""
        rejected, status = marks.IS_REJECTED, self.done.status
        return (self.entry(event) for event in range(len(self.done)) if status[event] != rejected)

    def read_refused(self) -> Iterator[Applied]:
        """An entry for each command that the engine refused, in the order of the history."""
        rejected, status = marks.IS_REJECTED, self.done.status
        return (self.entry(event) for event in range(len(self.done)) if status[event] == rejected)

    def entry(self, event: int, *, is_whole: bool = True) -> Applied:
        """A command as an entry, or without what it presents; its place is its number among all commands."""
        done, n = self.done, self.done.numbered
        number, line = n.numbers[event], n.lines[event]
        ref = None if n.ref_of[event] < 0 else n.refs.name(n.ref_of[event])
        subject = done.subject[event]
        status = STATUS.get(done.status[event])
        profile_id = None if subject < 0 else id_of(done.tables, ProfileRow(subject))
        command = n.others.get(event)
        if command is not None:
            outcome = None if status is None else Outcome(status, profile_id)
            return entry_of(Record(line, ref, "", command, source=None), command, number, ref, outcome, event)
        at = n.ats[event]
        return Applied(
            number, line, ref, status, profile_id, "resolve", None if at == marks.NOW else at, None,
            self._presented(event) if is_whole else (), None, event,
        )  # fmt: skip

    def _presented(self, event: int) -> Any:
        """What a resolve presents: a mapping, where each idType comes once with one text, else pairs."""
        n = self.done.numbered
        texts = n.texts
        pairs = []
        for text in n.idents[n.offsets[event] : n.offsets[event + 1]]:
            raw = texts.texts[text]
            if raw is not None:
                pairs.append((texts.id_types[texts.type_of[text]], None if type(raw) is NoText else raw))
        named = dict(pairs)
        return named if len(named) == len(pairs) else pairs

    def entries_at(self, numbers: Iterable[int]) -> Iterator[Applied]:
        """The entries of the applied commands with these numbers, in their order. O(log n) each."""
        all_numbers, status = self.done.numbered.numbers, self.done.status
        for number in sorted(numbers):
            event = bisect_left(all_numbers, number)
            if event < len(all_numbers) and all_numbers[event] == number and status[event] != marks.IS_REJECTED:
                yield self.entry(event)

    def entries_of(self, ids: Iterable[ProfileId]) -> Iterator[Applied]:
        """The applied commands that ended in some profiles, as they were called then, and those that concern none."""
        done = self.done
        wanted = {row_of(done.tables, profile_id) for profile_id in ids}
        for event, profile in zip(range(len(done)), done.subject, strict=False):
            if (profile < 0 or profile in wanted) and done.status[event] != marks.IS_REJECTED:
                yield self.entry(event)

    def rarer_entries(self) -> Iterator[Applied]:
        """The applied commands that are no plain resolve: those that name a profile or an id, or bring settings."""
        return (self.entry(event) for event in sorted(self.done.numbered.others) if self._is_applied(event))

    def plain_times(self) -> set[bool]:
        """Whether the applied plain resolves have a time: True where some do, False where some do not."""
        n = self.done.numbered
        pairs = zip(range(len(self.done)), n.ats, strict=False)
        return {at != marks.NOW for event, at in pairs if event not in n.others and self._is_applied(event)}

    def _is_applied(self, event: int) -> bool:
        return self.done.status[event] != marks.IS_REJECTED

    def births(self) -> dict[ProfileId, int]:
        """For every id of a profile, the number of the command that created it."""
        tables = self.done.tables
        return {id_of(tables, profile): tables.created_by[profile] for profile in all_profiles(tables)}

    def refusal(self, event: int) -> str | None:
        """Why a command was refused, as its rejection says it; None if it was applied, or if only that knows it."""
        return None if self._is_applied(event) else self.rest.refusal(event)

    # Steps

    def read_steps(self, refs: Collection[str] | None, ids: Collection[ProfileId] | None) -> Iterator[Step]:
        """The steps in the order of execution; of some refs only, or that ended in profiles with some ids."""
        done, n = self.done, self.done.numbered
        named = None if refs is None else {n.refs.number(ref) for ref in refs} - {codes.NOBODY}
        rows = None if ids is None else {row_of(done.tables, profile_id) for profile_id in ids} - {codes.NOBODY}
        rejections = self.read_rejected()
        for event in range(len(done)):
            if (named is None or n.ref_of[event] in named) and (rows is None or done.subject[event] in rows):
                yield self.step(event, rejections)

    def step(self, event: int, rejections: Iterator[Rejection]) -> Step:
        """A command as a step; *rejections* are those of the history from that of the command on, or earlier."""
        entry = self.entry(event)
        return step_of(entry, tuple(self.facts_of(event)), self.rest.stored(event, entry), rejections)
