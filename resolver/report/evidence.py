"""Evidence: what one run did with the records of changed groups, found by the integers of its columns.

Who presented what, who holds it, what became of it, and which merges it came to. Nothing is kept of it but places in
columns; texts are made for one group at a time.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from resolver.columns import marks
from resolver.columns.execution import zeros
from resolver.columns.fact_columns import list_by_ref, note_kinds
from resolver.facts import IdentifierEvicted, IdentifierRefused
from resolver.kernel import codes
from resolver.names import IdType, Value
from resolver.simulate import Run
from resolver.simulate.paired_columns import PairedColumns
from resolver.simulate.steps import Wanted

Pair = tuple[IdType, Value]

_REF = "ref:"

_REMEMBERED = 512
"""Of so many profiles it is remembered what left them: a large one is in many groups."""

_KINDS = max(marks.UNSUPPRESSED, marks.SETTINGS) + 1
_LOSSES = (
    codes.REMOVED, codes.REPLACED, codes.MOVED, codes.EVICTED, codes.CONFLICT, codes.FULL, codes.REFUSED, marks.INVALID,
    marks.LEFT_OUT,
)  # fmt: skip
"""The kinds of facts that a value left its profile, or was left out of it."""


class Fate(msgspec.Struct, frozen=True):
    """Why an identifier is not where its record is: ``evicted``, ``refused`` or ``removed``, with the reason."""

    what: str
    line: int
    reason: str


class Merge(msgspec.Struct, frozen=True):
    """One merge, its profiles named by the records that created them."""

    place: int
    line: int
    rule: str
    identifiers: tuple[Pair, ...]
    survivor: str
    absorbed: tuple[str, ...]


class Evidence:
    """The evidence of one run, the *side* 0 or 1 of those that are *alike*, about the refs with some *numbers*.

    These must be in a profile at the end. O(facts + commands), in a few passes over columns.
    """

    def __init__(self, run: Run, alike: PairedColumns, side: int, numbers: Iterable[int]) -> None:
        columns = alike.columns[side]
        self._names = alike.numbers
        self._teller = alike.tellers[side]
        self._end, self._first, self._who = (_readable(each) for each in (columns.end, columns.first, columns.who))
        self._what, self._extra, self._born = (_readable(each) for each in (columns.what, columns.extra, columns.born))
        self._numbers, self._top = _readable(columns.numbers), _readable(columns.top)
        self._changed = bytearray(len(alike.numbers))
        self._profiles = zeros("b", len(self._born))
        for ref in numbers:
            self._changed[ref] = 1
            self._profiles[self._end[ref]] = 1
        self._sizes = Counter(self._end)
        self._speaker = self._speakers(run, _readable(columns.ref_of), _readable(columns.subject))
        self._starts = zeros("i", len(alike.numbers) + 1)
        self._events = zeros("i", len(columns.status))
        list_by_ref(self._speaker, columns.status, self._starts, self._events)
        about = columns.fact, columns.who, columns.top, self._profiles, self._first[len(columns.status)]
        losses, self._merges = _places(_LOSSES, *about), _places((codes.MERGED,), *about)
        self._look_at(losses)
        self._losses_of = _Lists(len(self._top))
        for place in losses:
            self._losses_of.add(self._top[self._who[place]], place)
        self._fates = lru_cache(_REMEMBERED)(self._fates_of)
        self._merges_of = self._by_record()

    def profiles(self, refs: Sequence[int]) -> dict[int, int]:
        """Return the profiles of refs with their numbers, in order of their first record."""
        end = self._end
        return {profile: n for n, profile in enumerate(dict.fromkeys([end[ref] for ref in refs]))}

    def home(self, ref: int) -> int:
        """Return the profile of a ref."""
        profile: int = self._end[ref]
        return profile

    def others(self, refs: Sequence[int], profiles: dict[int, int]) -> list[int]:
        """Return how many records each profile has that are not among the refs."""
        end = self._end
        here = Counter([end[ref] for ref in refs])
        return [self._sizes[profile] - here[profile] for profile in profiles]

    def presented(self, ref: int) -> Iterator[tuple[Pair, int]]:
        """Yield the identifiers that a record presented, each time it did, with the line."""
        line_of, presented = self._teller.line, self._teller.presented
        for event in self._events[self._starts[ref] : self._starts[ref + 1]]:
            line = line_of(event)
            for pair in presented(event):
                yield pair, line

    def holders(self, profiles: dict[int, int], pairs: Collection[Pair]) -> dict[Pair, list[int]]:
        """Return for every one of some identifiers that profiles hold the numbers of those that do, in order.

        A profile costs as many steps as it holds identifiers, or as there are, if these are fewer.
        """
        found: dict[Pair, list[int]] = {}
        for profile, number in profiles.items():
            held = frozenset(self._teller.held(profile))
            fewer, others = (held, pairs) if len(held) < len(pairs) else (pairs, held)
            for pair in fewer:
                if pair in others:
                    found.setdefault(pair, []).append(number)
        return found

    def fate(self, profile: int, pair: Pair) -> Fate | None:
        """Return what last became of an identifier that a profile does not hold; None where it never did."""
        place = self._fates(profile).get(pair)
        if place is None:
            return None
        event = self._event_of(place)
        fact: Any = self._teller.fact(event, place - self._first[event])
        if isinstance(fact, IdentifierEvicted):
            return Fate("evicted", self._teller.line(event), f"{fact.policy} limit")
        what = "refused" if isinstance(fact, IdentifierRefused) else "removed"
        return Fate(what, self._teller.line(event), str(fact.reason))

    def merges(self, refs: Sequence[int]) -> list[Merge]:
        """Return the merges of profiles that some records created, in order, each once."""
        found = {each for ref in refs for each in self._merges_of.of(ref)}
        return [self._merge(each) for each in sorted(found)]

    def _speakers(self, run: Run, ref_of: Any, subject: Any) -> Any:
        """Return for each command the record that it speaks for: its own ref, or else the one that it names.

        The latter only where it ended in what is a profile of the refs.
        """
        speaker: Any = ref_of
        for step in run.select(Wanted(is_applied=True, is_plain=False)):
            if step.ref is None and step.named is not None and step.named.startswith(_REF):
                event = bisect_left(self._numbers, step.number)
                if subject[event] >= 0 and self._profiles[self._top[subject[event]]]:
                    speaker = speaker if speaker is not ref_of else array("i", ref_of)
                    speaker[event] = self._names.ref(step.named.removeprefix(_REF))
        return speaker

    def _look_at(self, losses: Sequence[int]) -> None:
        """Have the run read the commands that will be asked about."""
        listed = zip(self._changed, self._starts, self._starts[1:], strict=False)
        spoken = (event for changed, start, end in listed if changed for event in self._events[start:end])
        self._teller.look_at(chain(spoken, map(self._event_of, losses), map(self._event_of, self._merges)))

    def _event_of(self, place: int) -> int:
        """Return the command of a fact."""
        return bisect_right(self._first, place) - 1

    def _fates_of(self, profile: int) -> dict[Pair, int]:
        """Return for each identifier that left a profile, or was left out of it, the place of the last such fact."""
        found: dict[Pair, int] = {}
        for place in self._losses_of.of(profile):
            event = self._event_of(place)
            fact: Any = self._teller.fact(event, place - self._first[event])
            found.setdefault((fact.id_type, Value(str(fact.value))), place)
        return found

    def _by_record(self) -> "_Lists":
        """Return for each of the refs the merges of the profiles that it created."""
        found = _Lists(len(self._changed))
        for number, place in enumerate(self._merges):
            for ref in dict.fromkeys(map(self._creator, self._merged(place))):
                if ref >= 0 and self._changed[ref]:
                    found.add(ref, number)
        return found

    def _merged(self, place: int) -> list[int]:
        """Return the profiles of a merge, the survivor first."""
        what = self._what[place] + 1
        return [self._who[place], *self._extra[what : what + self._extra[what - 1]]]

    def _creator(self, profile: int) -> int:
        """Return the ref of the command that created a profile."""
        ref: int = self._speaker[bisect_left(self._numbers, self._born[profile])]
        return ref

    def _merge(self, number: int) -> Merge:
        place = self._merges[number]
        event = self._event_of(place)
        fact: Any = self._teller.fact(event, place - self._first[event])
        survivor, *absorbed = map(self._names.name, map(self._creator, self._merged(place)))
        return Merge(number, self._teller.line(event), fact.rule, fact.identifiers, survivor, tuple(absorbed))


class _Lists:
    """For each of so many numbers a list of others, in columns."""

    def __init__(self, size: int) -> None:
        self._last = array("i", [codes.NOBODY]) * size
        self._before = array("i")
        self._what = array("i")

    def add(self, key: int, what: int) -> None:
        """Add to a list."""
        self._before.append(self._last[key])
        self._last[key] = len(self._what)
        self._what.append(what)

    def of(self, key: int) -> list[int]:
        """Return what was added to a list, the latest first."""
        found = []
        place = self._last[key]
        while place >= 0:
            found.append(self._what[place])
            place = self._before[place]
        return found


def _places(kinds: Iterable[int], fact: Any, who: Any, top: Any, wanted: "array[int]", end: int) -> "array[int]":
    """Return where facts of some kinds stand that are about some profiles."""
    are_wanted = zeros("b", _KINDS)
    for kind in kinds:
        are_wanted[kind] = 1
    columns = are_wanted, fact, who, top, wanted, end
    places = zeros("i", note_kinds(*columns, zeros("i", 0)))
    note_kinds(*columns, places)
    return places


def _readable(column: Any) -> Any:
    """Return a column as Python reads it fastest: that of a compiled class has no array's ways."""
    return column if isinstance(column, list | array) else memoryview(column)
