"""Groups: each changed group with what a picture of it needs, as the page's script reads it.

Both runs are read once; what is kept grows with the changed groups and their records only. Profiles are numbered
within their group and side, so that no id is needed.
"""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from resolver.facts import (
    AnyFact,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.report.headline import Numbered
from resolver.report.reasons import Found
from resolver.simulate import Cause, Run
from resolver.simulate.steps import Step, presented

Pair = tuple[IdType, Value]

_REF = "ref:"


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


class Sided(msgspec.Struct):
    """The evidence of one run, by record, identifier and profile."""

    assignments: Mapping[str, ProfileId]
    presented: dict[str, dict[Pair, int]]
    """For each record, its identifiers with the line that first presented them."""
    holders: dict[Pair, dict[ProfileId, None]]
    """For each identifier, the profiles of these records that hold it at the end."""
    fates: dict[tuple[ProfileId, Pair], Fate]
    merges: dict[str, list[Merge]]
    """For each record, the merges of the profile that it created."""

    def fate(self, ref: str, pair: Pair) -> Fate | None:
        """Return what became of an identifier that a record presented; None where its profile holds it or never did."""
        profile_id = self.assignments[ref]
        return None if profile_id in self.holders.get(pair, ()) else self.fates.get((profile_id, pair))


def evidence_of(run: Run, refs: Collection[str]) -> Sided:
    """The evidence about records. O(facts + lines), two passes over each; memory for what is about the records."""
    profiles = dict.fromkeys(profile_id for ref, profile_id in run.assignments.items() if ref in refs)
    canonical = {alias: each for each in profiles for alias in (each, *run.engine.aliases(each))}
    told = _FactReader(canonical)
    for fact in run.facts:
        told.take(fact)
    creators, given = _read_steps(run, refs, profiles, told.created)
    holders: dict[Pair, dict[ProfileId, None]] = {}
    for profile_id in profiles:
        for id_type, value, _ in run.held(profile_id):
            holders.setdefault((id_type, value), {})[profile_id] = None
    return Sided(run.assignments, given, holders, told.fates, _by_record(told, creators, refs))


class _FactReader:
    """Keeps, of all facts, those about some profiles."""

    def __init__(self, canonical: Mapping[ProfileId, ProfileId]) -> None:
        self._canonical = canonical
        self.fates: dict[tuple[ProfileId, Pair], Fate] = {}
        self.created: dict[int, ProfileId] = {}
        self.merged: list[ProfilesMerged] = []

    def take(self, fact: AnyFact) -> None:
        """Note a fact, if it is about one of the profiles."""
        if isinstance(fact, ProfilesMerged):
            if fact.survivor in self._canonical:
                self.merged.append(fact)
            return
        profile_id = self._canonical.get(ProfileId(getattr(fact, "profile_id", None) or ""))
        if profile_id is None:
            return
        if isinstance(fact, ProfileCreated):
            self.created[fact.command] = fact.profile_id
        elif isinstance(fact, IdentifierEvicted):
            self._note(profile_id, fact, "evicted", f"{fact.policy} limit")
        elif isinstance(fact, IdentifierRefused):
            self._note(profile_id, fact, "refused", str(fact.reason))
        elif isinstance(fact, IdentifierRemoved):
            self._note(profile_id, fact, "removed", str(fact.reason))

    def _note(
        self,
        profile_id: ProfileId,
        fact: IdentifierEvicted | IdentifierRefused | IdentifierRemoved,
        what: str,
        reason: str,
    ) -> None:
        self.fates[profile_id, (fact.id_type, Value(str(fact.value)))] = Fate(what, fact.command, reason)


def _read_steps(
    run: Run, refs: Collection[str], profiles: Collection[ProfileId], created: Mapping[int, ProfileId]
) -> tuple[dict[ProfileId, str], dict[str, dict[Pair, int]]]:
    """Return which record created which profile, and what the records presented."""
    creators: dict[ProfileId, str] = {}
    given: dict[str, dict[Pair, int]] = {}
    both = merge(run.steps(refs=refs), run.steps(profiles=profiles), key=attrgetter("number"))
    for step in (next(same) for _, same in groupby(both, key=attrgetter("number"))):
        if step.outcome is None:
            continue
        if step.line in created:
            creators[created[step.line]] = step.ref or f"line {step.line}"
        ref = _record_of(step)
        if ref is not None and ref in refs:
            pairs = given.setdefault(ref, {})
            for pair in presented(step):
                pairs.setdefault(pair, step.line)
    return creators, given


def _record_of(step: Step) -> str | None:
    """Return the record that a command speaks for: its own ref, or else the one that it names."""
    if step.ref is None and step.named is not None and step.named.startswith(_REF):
        return step.named.removeprefix(_REF)
    return step.ref


def _by_record(told: _FactReader, creators: Mapping[ProfileId, str], refs: Container[str]) -> dict[str, list[Merge]]:
    merges: dict[str, list[Merge]] = {}
    for place, fact in enumerate(told.merged):
        survivor, *absorbed = (creators.get(each, each) for each in (fact.survivor, *fact.absorbed))
        merge = Merge(place, fact.command, fact.rule, fact.identifiers, survivor, tuple(absorbed))
        for ref in _known((survivor, *absorbed), refs):
            merges.setdefault(ref, []).append(merge)
    return merges


def _known(names: Iterable[str], refs: Container[str]) -> Iterable[str]:
    return (name for name in dict.fromkeys(names) if name in refs)


class Told(msgspec.Struct):
    """A cause or a parting: where, when, what it began with, and the whole sentence."""

    line: int
    ref: str | None
    at: Milliseconds | None
    kind: str
    why: str


class Identifier(msgspec.Struct, rename="camel"):
    """One identifier of a group; for each side, the numbers of the group's profiles that hold it, or its fate."""

    id_type: IdType
    value: Value
    holders: tuple[list[int], list[int]]
    fates: tuple[Fate | None, Fate | None]


class Group(msgspec.Struct, rename="camel"):
    """One changed group.

    ``moved`` are the records that are not in its largest part; ``reason`` is the place of what stands behind it, with
    the ``values`` in question; ``pairs`` is what a truth says of it.
    ``profiles`` has, for each side and ref, the number of its profile; ``others``, for each side and profile, how
    many records it has beyond this group. ``presented`` are [ref, identifier, line, sides], all but the line by
    number, sides as 1 for the baseline, 2 for the candidate, 3 for both.
    """

    kind: str
    moved: int
    reason: int
    values: Sequence[tuple[IdType, str]]
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
    groups: Sequence[Numbered], found: Mapping[int, tuple[int, Found]], baseline: Run, candidate: Run
) -> Iterator[Group]:
    """Yield the changed groups in the order of their numbers, each with its reason of those *found*.

    O(facts + lines + what the groups hold).
    """
    refs = dict.fromkeys(ref for each in groups for ref in each.change.refs)
    sides = _Side(baseline, refs), _Side(candidate, refs)
    for each in groups:
        yield _group(each, *found[each.number], sides)


class _Side:
    """One run, as far as the changed records go."""

    def __init__(self, run: Run, refs: dict[str, None]) -> None:
        self.assignments = run.assignments
        self.sizes = Counter(run.assignments.values())
        self.evidence: Sided = evidence_of(run, refs)

    def profiles(self, refs: Sequence[str]) -> dict[ProfileId, int]:
        """Return the profiles of refs with their numbers, in order of their first record."""
        return {profile_id: n for n, profile_id in enumerate(dict.fromkeys(self.assignments[ref] for ref in refs))}

    def others(self, refs: Sequence[str], profiles: dict[ProfileId, int]) -> list[int]:
        """Return how many records each profile has that are not of the group."""
        here = Counter(self.assignments[ref] for ref in refs)
        return [self.sizes[profile_id] - here[profile_id] for profile_id in profiles]

    def holders(self, identifier: Pair, profiles: dict[ProfileId, int]) -> list[int]:
        """Return which of a group's profiles hold an identifier. O(the fewer of both): a popular value is cheap."""
        holders = self.evidence.holders.get(identifier, {})
        if len(holders) < len(profiles):
            return sorted(profiles[profile_id] for profile_id in holders if profile_id in profiles)
        return [number for profile_id, number in profiles.items() if profile_id in holders]

    def merges(self, refs: Sequence[str]) -> list[Merge]:
        """Return the merges that the records of a group took part in, in order, each once."""
        found = {id(merge): merge for ref in refs for merge in self.evidence.merges.get(ref, ())}
        return sorted(found.values(), key=lambda merge: merge.place)


def _group(numbered_group: Numbered, reason: int, found: Found, sides: tuple[_Side, _Side]) -> Group:
    change, judged = numbered_group.change, numbered_group.judged
    refs = change.refs
    numbered = sides[0].profiles(refs), sides[1].profiles(refs)
    identifiers, presented = _presented(refs, sides)
    return Group(
        kind=numbered_group.kind,
        moved=numbered_group.moved,
        reason=reason,
        values=found.values,
        pairs=None if judged is None else judged.to_json(),
        refs=refs,
        profiles=_both(lambda side: [numbered[side][sides[side].assignments[ref]] for ref in refs]),
        others=_both(lambda side: sides[side].others(refs, numbered[side])),
        cause=_told(change.cause),
        parting=_told(change.parting),
        identifiers=[
            Identifier(
                id_type=pair[0],
                value=pair[1],
                holders=_both(lambda side, pair=pair: sides[side].holders(pair, numbered[side])),
                fates=_both(lambda side, pair=pair, ref=ref: sides[side].evidence.fate(ref, pair)),
            )
            for pair, ref in identifiers.items()
        ],
        presented=presented,
        merges=_both(lambda side: sides[side].merges(refs)),
    )


def _presented(
    refs: Sequence[str], sides: tuple[_Side, _Side]
) -> tuple[dict[Pair, str], list[tuple[int, int, int, int]]]:
    """Return a group's identifiers, each with the first record that presented it, and who presented what."""
    first: dict[Pair, str] = {}
    numbers: dict[Pair, int] = {}
    links: dict[tuple[int, int], tuple[int, int]] = {}
    for place, ref in enumerate(refs):
        for bit, side in ((1, sides[0]), (2, sides[1])):
            for pair, line in side.evidence.presented.get(ref, {}).items():
                first.setdefault(pair, ref)
                link = place, numbers.setdefault(pair, len(numbers))
                earliest, seen = links.get(link, (line, 0))
                links[link] = earliest, seen | bit
    return first, [(place, number, line, bits) for (place, number), (line, bits) in links.items()]


def _both(give: Any) -> Any:
    """Return what a function gives for the baseline and for the candidate."""
    return give(0), give(1)


def _told(cause: Cause | None) -> Told | None:
    return None if cause is None else Told(cause.line, cause.ref, cause.at, cause.kind, cause.why)
