"""Groups: each changed group with what a picture of it needs, as the page's script reads it.

Who presented what, who holds it, what became of it, and which merges it came to is found by the integers of a run's
columns. Nothing is kept of it but places in columns; texts are made for one group at a time, which is forgotten once it
is written. Profiles are numbered within their group and side, so that no id is needed.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from resolver.columns import marks
from resolver.columns.execution import zeros
from resolver.columns.fact_columns import kinds_of_facts, list_by_ref, note_facts
from resolver.columns.presented import (
    Presented,
    chain_by,
    chained,
    count_ends,
    creators_of,
    keep_wanted,
    presented_by,
    profiles_of,
    set_creators,
)
from resolver.facts import IdentifierEvicted, IdentifierRefused
from resolver.kernel import codes
from resolver.kernel.columns import copied
from resolver.names import IdType, Value
from resolver.report.headline import NumberedChange
from resolver.report.put_back import Back
from resolver.report.reasons import Found, Told
from resolver.simulate import Run
from resolver.simulate.paired_columns import PairedColumns
from resolver.simulate.tellers import Numbers, readable

Pair = tuple[IdType, Value]

_REMEMBERED = 512
"""Of so many profiles it is remembered what left them: a large one is in many groups."""

_LOSSES = (
    codes.REMOVED, codes.REPLACED, codes.MOVED, codes.EVICTED, codes.CONFLICT, codes.FULL, codes.REFUSED, marks.INVALID,
    marks.LEFT_OUT,
)  # fmt: skip
"""The kinds of facts that a value left its profile, or was left out of it."""


class Fate(msgspec.Struct, frozen=True, gc=False):
    """Why an identifier is not where its record is: ``evicted``, ``refused`` or ``removed``, with the reason."""

    what: str
    line: int
    reason: str


class Merge(msgspec.Struct, frozen=True, gc=False):
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
        self._columns = columns = alike.columns[side]
        self._names = alike.numbers
        self._teller = alike.tellers[side]
        self._end, self._first, self._who = (readable(each) for each in (columns.end, columns.first, columns.who))
        self._what, self._extra, self._top = (readable(each) for each in (columns.what, columns.extra, columns.top))
        refs, profiles = len(alike.numbers), len(columns.born)
        self._changed = zeros("b", refs)
        self._profiles = zeros("b", profiles)
        for ref in numbers:
            self._changed[ref] = 1
            self._profiles[self._end[ref]] = 1
        self._sizes = zeros("i", profiles)
        count_ends(columns.end, self._sizes)
        speaker = self._speakers(run, readable(columns.ref_of), readable(columns.subject))
        self._creator = zeros("i", profiles)
        set_creators(columns, speaker, self._creator)
        starts, spoken = self._spoken(speaker)
        about = columns.fact, columns.who, columns.top, self._profiles, self._first[len(columns.status)]
        self._losses, self._merges = _places(_LOSSES, *about), _places((codes.MERGED,), *about)
        lost_by = array("i", map(self._event_of, self._losses))
        self._teller.look_at(chain(spoken, lost_by, map(self._event_of, self._merges)))
        lines = array("q", map(self._teller.line, spoken))
        self.presented = Presented(starts, lines, *self._teller.presented(spoken))
        self._lost = self._teller.losses(self._losses, lost_by)
        self._last_loss, self._loss_before = _chained([self._top[self._who[each]] for each in self._losses], profiles)
        self._records = self._by_record()
        self._last_merge, self._merge_before = _chained(self._records[1::2], refs)
        self._fates = lru_cache(_REMEMBERED)(self._fates_of)

    def profiles(self, refs: "array[int]") -> tuple[dict[int, int], list[int], list[int]]:
        """Return the numbers of the refs' profiles, that of each ref's, and how many other records each profile has."""
        return profiles_of(refs, self._columns.end, self._sizes)

    def homes(self, refs: Sequence[int]) -> list[int]:
        """Return the profiles of refs, one by one."""
        end = self._end
        return [end[ref] for ref in refs]

    def holders(self, profiles: dict[int, int], places: dict[int, int]) -> list[list[int]]:
        """Return for every value of some *places* the numbers of the profiles that hold it, in order.

        O(what the profiles hold).
        """
        holders: list[list[int]] = [[] for _ in places]
        self._teller.note_holders(list(profiles), places, holders)
        return holders

    def fate(self, profile: int, value: int) -> Fate | None:
        """Return what last became of a value that a profile does not hold; None where it never did."""
        if self._last_loss[profile] < 0:
            return None
        place = self._fates(profile).get(value)
        if place is None:
            return None
        event = self._event_of(place)
        fact: Any = self._teller.fact(event, place - self._first[event])
        if isinstance(fact, IdentifierEvicted):
            return Fate("evicted", self._teller.line(event), f"{fact.policy} limit")
        what = "refused" if isinstance(fact, IdentifierRefused) else "removed"
        return Fate(what, self._teller.line(event), str(fact.reason))

    def merges(self, refs: "array[int]") -> list[Merge]:
        """Return the merges of profiles that some records created, in order, each once."""
        found = chained(refs, self._last_merge, self._merge_before, self._records)
        return [self._merge(each) for each in found]

    def _speakers(self, run: Run, ref_of: Any, subject: Any) -> Any:
        """Return for each command the record that it speaks for: its own ref, or else the one that it names.

        The latter only where it ended in what is a profile of the refs.
        """
        numbers, speaker = readable(self._columns.numbers), ref_of
        for number, ref in self._teller.named_refs():
            event = bisect_left(numbers, number)
            if subject[event] >= 0 and self._profiles[self._top[subject[event]]]:
                speaker = speaker if speaker is not ref_of else array("i", ref_of)
                speaker[event] = self._names.ref(ref)
        return speaker

    def _spoken(self, speaker: Any) -> tuple["array[int]", "array[int]"]:
        """Return the applied commands that speak for the refs, one ref after the other, and where each begins."""
        speaks: Any = copied(speaker)
        keep_wanted(speaks, self._changed)
        starts, events = zeros("i", len(self._changed) + 1), zeros("i", len(speaks))
        return starts, events[: list_by_ref(speaks, self._columns.status, starts, events)]

    def _event_of(self, place: int) -> int:
        """Return the command of a fact."""
        return bisect_right(self._first, place) - 1

    def _fates_of(self, profile: int) -> dict[int, int]:
        """Return for each value that left a profile, or was left out of it, the place of the last such fact."""
        found: dict[int, int] = {}
        place = self._last_loss[profile]
        while place >= 0:
            found.setdefault(self._lost[place], self._losses[place])
            place = self._loss_before[place]
        return found

    def _by_record(self) -> "array[int]":
        """Return pairs: a merge, by its place among all, and one of the refs that created a profile of it."""
        columns = self._columns, self._merges, self._creator, self._changed
        records = zeros("i", 2 * creators_of(*columns, zeros("i", 0)))
        creators_of(*columns, records)
        return records

    def _merge(self, number: int) -> Merge:
        place = self._merges[number]
        event = self._event_of(place)
        fact: Any = self._teller.fact(event, place - self._first[event])
        extra = self._what[place] + 1
        merged = [self._who[place], *self._extra[extra : extra + self._extra[extra - 1]]]
        survivor, *absorbed = self._names.names([self._creator[profile] for profile in merged])
        return Merge(number, self._teller.line(event), fact.rule, fact.identifiers, survivor, tuple(absorbed))


def _chained(keys: Sequence[int], size: int) -> tuple["array[int]", "array[int]"]:
    """Return for each key the last place where it stands, and for each place the one before it with the same key."""
    last, before = (array("i", [codes.NOBODY]) * each for each in (size, len(keys)))
    chain_by(array("i", keys), last, before)
    return last, before


def _places(kinds: Iterable[int], fact: Any, who: Any, top: Any, wanted: "array[int]", end: int) -> "array[int]":
    """Return where facts of some kinds stand that are about some profiles."""
    columns = kinds_of_facts(kinds), fact, who, top, wanted, end
    places = zeros("i", note_facts(*columns, zeros("i", 0)))
    note_facts(*columns, places)
    return places


class Identifier(msgspec.Struct, rename="camel", gc=False):
    """One identifier of a group; for each side, the numbers of the group's profiles that hold it, or its fate."""

    id_type: IdType
    value: Value
    holders: tuple[list[int], list[int]]
    fates: tuple[Fate | None, Fate | None]


class Group(msgspec.Struct, rename="camel", gc=False):
    """One changed group.

    ``moved`` are the records that are not in its largest part; ``reason`` is the place of what stands behind it, with
    the ``values`` in question; ``back`` has the places of the settings that bring records of it back, each
    alone, and how many, None where that was not tried; ``pairs`` is what a truth says of it.
    ``profiles`` has, for each side and ref, the number of its profile; ``others``, for each side and profile, how
    many records it has beyond this group. ``presented`` are [ref, identifier, line, sides], all but the line by
    number, sides as 1 for the baseline, 2 for the candidate, 3 for both.
    """

    kind: str
    moved: int
    reason: int
    values: Sequence[tuple[IdType, str]]
    back: Mapping[int, int] | None
    pairs: Mapping[str, Any] | None
    refs: Sequence[str]
    profiles: tuple[list[int], list[int]]
    others: tuple[list[int], list[int]]
    cause: Told | None
    parting: Told | None
    identifiers: list[Identifier]
    presented: list[tuple[int, int, int, int]]
    merges: tuple[list[Merge], list[Merge]]


def groups_of(
    groups: Sequence[NumberedChange],
    found: Mapping[int, tuple[int, Found]],
    back: Back | None,
    baseline: Run,
    candidate: Run,
    alike: PairedColumns,
) -> Iterator[Group]:
    """Yield the changed groups in the order of their numbers, each with its reason of those *found*.

    *back* are the settings that bring them back, where that was tried. The runs are *alike*, as their comparison has
    them. O(facts + lines + what the groups hold).
    """
    sides = tuple(
        Evidence(run, alike, side, chain.from_iterable(each.change.numbers for each in groups))
        for side, run in enumerate((baseline, candidate))
    )
    for each in groups:
        yield _group(each, *found[each.number], None if back is None else back[each.number], sides, alike.numbers)


def _group(
    numbered_group: NumberedChange,
    reason: int,
    found: Found,
    back: Mapping[int, int] | None,
    sides: tuple[Evidence, ...],
    names: Numbers,
) -> Group:
    change, judged = numbered_group.change, numbered_group.judged
    refs = change.numbers
    one, other = sides
    values, firsts, presented = presented_by(refs, one.presented, other.presented)
    places = {value: place for place, value in enumerate(values)}
    told = [_side(side, refs, places, firsts) for side in sides]
    (_, _, held, fates), (_, _, other_held, other_fates) = told
    return Group(
        kind=numbered_group.kind,
        moved=numbered_group.moved,
        reason=reason,
        values=found.values,
        back=back,
        pairs=None if judged is None else judged.to_json(),
        refs=change.refs,
        profiles=(told[0][0], told[1][0]),
        others=(told[0][1], told[1][1]),
        cause=found.cause,
        parting=found.parting,
        identifiers=[
            Identifier(id_type=id_type, value=value, holders=holders, fates=of_both)
            for (id_type, value), holders, of_both in zip(
                names.identifiers(values),
                zip(held, other_held, strict=True),
                zip(fates, other_fates, strict=True),
                strict=True,
            )
        ],
        presented=presented,
        merges=(one.merges(refs), other.merges(refs)),
    )


def _side(
    side: Evidence, refs: "array[int]", places: dict[int, int], firsts: Sequence[int]
) -> tuple[list[int], list[int], list[list[int]], list[Fate | None]]:
    """Return what one run has of a group.

    The number of each ref's profile; for each profile how many other records it has; for each value which profiles hold
    it; and what became of it in the profile of the ref that first presented it, unless that holds it.
    """
    profiles, numbers, others = side.profiles(refs)
    held = side.holders(profiles, places)
    fates = [
        None if profiles[home] in holders else side.fate(home, value)
        for value, home, holders in zip(places, side.homes(firsts), held, strict=True)
    ]
    return numbers, others, held, fates
