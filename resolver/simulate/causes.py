"""Causes: for each changed group, the first command whose effect on it differs between two runs; and that in words.

Both runs numbered the commands of one history alike, so their columns are read side by side, in one pass. Profiles are
told apart by the number of the command that created them, never by their ids, which may differ.

A group's *parting* is the first command after which its records that have come by then are grouped differently. Its
*cause* is the first command that differs for it: one of its records' lines that ends in another profile, or that one
run did not apply; or a command of which the two runs have different effects, at least one of them on a profile that is
the group's: that has one of its records then, or at the end. No cause comes after the parting: as long as nothing
differs, every record is in the profile that the same command created.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, groupby
from typing import Any

import msgspec

from resolver.columns.differences import Groups, Places, find_differences
from resolver.columns.side_by_side import Regrouped, RunColumns
from resolver.display import and_listed, displayed
from resolver.evidence import RuleMatch, Shared
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    written,
)
from resolver.json_documents import plain
from resolver.names import COLLISION, IdType, Milliseconds, ProfileId, RefusalReason, RemovalReason, Status, Value
from resolver.settings import Settings
from resolver.simulate.paired_columns import PairedColumns
from resolver.simulate.rejections import SettingsInForce, why_refused
from resolver.simulate.run import Run
from resolver.simulate.steps import Applied

Births = Callable[[ProfileId], int]
"""Returns for a profile id of a run the number of the command that created it."""

LEFT_OUT = "the line was left out"
"""What ``Side.rejected`` says of a line that one run was told to suppose away."""


class Side(msgspec.Struct, frozen=True, gc=False):
    """What one run did with a command: its status and facts, or why it rejected the line.

    ``matched`` has, of a ``resolve`` that found profiles, each rule that found one, and the values of both sides.
    """

    status: Status | None
    facts: tuple[AnyFact, ...] = ()
    rejected: str | None = None
    matched: tuple[RuleMatch, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the side as ``comparison.json`` has it."""
        document: dict[str, Any] = plain(self.document())
        return document

    def document(self) -> dict[str, Any]:
        """Return the same, its facts and matches as they are."""
        if self.rejected is not None:
            return {"rejected": self.rejected}
        return {"status": self.status, "facts": tuple(map(written, self.facts)), "matched": self.matched}


class Description:
    """One side in words, its profiles named by the records that created them.

    *name* returns the record of the command with a number; None where it has none.
    """

    def __init__(self, side: Side, birth: Births, name: Callable[[int], str | None], settings: Settings) -> None:
        self.side = side
        self._birth = birth
        self._name = name
        self._settings = settings

    @property
    def subject(self) -> int | None:
        """The birth of the profile that a ``resolve`` created or found; None for another command, and if rejected."""
        for fact in self.side.facts:
            if isinstance(fact, ProfileCreated):
                return self._birth(fact.profile_id)
        found = [self._birth(match.profile_id) for match in self.side.matched]
        return min(found, default=None)

    def text(self) -> str:
        """Return what the side did, as the rest of a sentence."""
        if self.side.rejected == LEFT_OUT:
            return "left the line out"
        if self.side.rejected is not None:
            return f"rejected the line ({self.side.rejected})"
        told = [self._telling(kind, list(facts)) for kind, facts in groupby(self.side.facts, type)]
        return " and ".join(told).replace("created a profile and added", "created a profile with") or "changed nothing"

    def found(self) -> str:
        """Return which values found which profile by which rules; empty where none did, or the text has it."""
        matched = self.side.matched
        if not matched or _only(self.side.facts, ProfilesMerged):
            return ""
        told = and_listed(
            [f"{and_listed(list(map(_shared, match.shared)))} by rule {match.rule!r}" for match in matched]
        )
        return f"{told} found the profile of {self._profile(matched[0].profile_id)}"

    def _telling(self, kind: type, facts: list[Any]) -> str:
        """Return neighbouring facts of one kind in words; a command adds to one profile only."""
        if kind is ProfileCreated:
            return "created a profile"
        if kind is IdentifierAdded:
            return f"added {_listed(facts)}{self._to(facts[0].profile_id, facts[0].command)}"
        if kind is IdentifierEvicted:
            return f"evicted {_listed(facts)} ({facts[0].policy} limit)"
        if kind is IdentifierRemoved:
            moved = [fact for fact in facts if fact.reason is RemovalReason.MOVED]
            return f"moved {_listed(moved)} from its owner" if moved else f"removed {_listed(facts)}"
        if kind is ProfileDeleted:
            return f"deleted the profile of {self._profile(facts[0].profile_id)}"
        if kind is ProfilesMerged:
            return and_listed(list(map(self._merge, facts)))
        if kind is IdentifierRefused:
            return and_listed(list(map(self._refusal, facts)))
        return "changed the settings"

    def _merge(self, fact: ProfilesMerged) -> str:
        by = "a collision" if fact.rule == COLLISION else f"rule {fact.rule!r}"
        joined = and_listed([self._joining(id_type, value) for id_type, value in fact.identifiers])
        profiles = and_listed([self._profile(profile_id) for profile_id in (fact.survivor, *fact.absorbed)])
        return f"merged the profiles of {profiles} by {by} on {joined}"

    def _joining(self, id_type: IdType, value: Value) -> str:
        """Return a value that joined profiles, with those that it only resembles."""
        held = [
            each.held
            for match in self.side.matched
            for each in match.shared
            if (each.id_type, each.given) == (id_type, value)
        ]
        like = [] if value in held else list(dict.fromkeys(held))
        return f"{id_type} {value!r}" + (f" (like {and_listed([repr(each) for each in like])})" if like else "")

    def _refusal(self, fact: IdentifierRefused) -> str:
        if fact.reason in (RefusalReason.INVALID, RefusalReason.CONFLICT) or not self._settings.policies:
            owner = f" with the profile of {self._profile(fact.owner)}" if fact.owner else ""
            return f"refused {fact.id_type} {fact.value!r} ({fact.reason}{owner})"
        why = why_refused(fact, self._settings, None if fact.owner is None else self._profile(fact.owner))
        return f"refused {fact.id_type} {fact.value!r} ({fact.reason}: {why})"

    def _to(self, profile_id: ProfileId, command: int) -> str:
        return "" if self._birth(profile_id) == command else f" to the profile of {self._profile(profile_id)}"

    def _profile(self, profile_id: ProfileId) -> str:
        birth = self._birth(profile_id)
        name = self._name(birth)
        return f"line {birth}" if name is None else name


def kind_of_difference(baseline: Description, candidate: Description) -> str:
    """Return one word for what the difference began with."""
    sides = baseline.side, candidate.side
    if sides[0].rejected is not None or sides[1].rejected is not None:
        return "rejected"
    for kind, told in (
        (ProfilesMerged, _merge_kind),
        (IdentifierEvicted, lambda _: "eviction"),
        (IdentifierRefused, _refusal_kind),
        (IdentifierRemoved, lambda fact: "moved" if fact.reason is RemovalReason.MOVED else "value"),
    ):
        left, right = (_only(side.facts, kind) for side in sides)
        if len(left) != len(right):
            return str(told(max(left, right, key=len)[0]))
    return "match" if baseline.subject != candidate.subject else "value"


def why(baseline: Description, candidate: Description) -> str:
    """Return what each run did with the command, and what found the profile where they found different ones."""
    sentences = [f"the baseline {baseline.text()}; the candidate {candidate.text()}"]
    is_rejected = baseline.side.rejected is not None or candidate.side.rejected is not None
    if baseline.subject != candidate.subject and not is_rejected:
        found = (("baseline", baseline.found()), ("candidate", candidate.found()))
        sentences += [f"Under the {name}, {text}" for name, text in found if text]
    return displayed(". ".join(sentences))


def _shared(shared: Shared) -> str:
    like = "" if shared.given == shared.held else f" (like {shared.held!r})"
    return f"{shared.id_type} {shared.given!r}{like}"


def _listed(facts: Sequence[Any]) -> str:
    return and_listed([f"{fact.id_type} {fact.value!r}" for fact in facts])


def _only(facts: Sequence[AnyFact], kind: Any) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


def _merge_kind(fact: ProfilesMerged) -> str:
    return "collision" if fact.rule == COLLISION else "rule"


_KINDS_OF_REFUSALS = {
    RefusalReason.LIMIT: "limit",
    RefusalReason.BLOCKED: "blocked",
    RefusalReason.WINDOW: "window",
    RefusalReason.IDENTIFIERS: "cap",
    RefusalReason.MERGES: "cap",
    RefusalReason.DEMOTED: "demoted",
}


def _refusal_kind(fact: IdentifierRefused) -> str:
    return _KINDS_OF_REFUSALS.get(fact.reason, "refusal")


class Cause(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A command that differs between two runs: its line, ref and time, what each run did, and why.

    ``at`` is None for a line without a time. ``kind`` is ``rule``, ``collision``, ``eviction``, ``limit``, ``refusal``,
    ``match``, ``rejected`` or ``value``: what the difference began with.
    """

    line: int
    ref: str | None
    at: Milliseconds | None
    kind: str
    why: str
    baseline: Side
    candidate: Side

    def to_json(self) -> dict[str, Any]:
        """Return the cause as ``comparison.json`` has it."""
        document: dict[str, Any] = plain(self.document())
        return document

    def document(self) -> dict[str, Any]:
        """Return the same, its facts and matches as they are."""
        return {
            "line": self.line,
            "ref": self.ref,
            "at": self.at,
            "kind": self.kind,
            "why": self.why,
            "baseline": self.baseline.document(),
            "candidate": self.candidate.document(),
        }


_MOST = 1 << 14
"""How many groups are told at once, where many are asked for."""

Pair = tuple[int, int]
"""The places of a command in two runs; ``NOBODY`` in one that does not have it."""


class Causes:
    """The causes and partings of changed groups; words are made when they are asked for, and kept.

    Whoever asks for a second group will ask for more: each time one is asked for that has not been told, more are told
    with it, eight times as many as the time before, in whatever order they are asked for. So all of n groups take about
    n / 16,384 passes over the facts.
    """

    def __init__(self, runs: tuple[Run, Run], alike: PairedColumns, groups: Groups) -> None:
        self.alike = alike
        self._runs = runs
        self._tellers = alike.tellers
        self._first, self._parting = (array("i", each) for each in (groups.first, groups.parting))
        self._told: dict[Pair, Cause] = {}
        self._in_force = [SettingsInForce(run.source) for run in runs]
        self._next = 0
        """The groups before this one have been told."""
        self._size = 1
        self._whole = any(run.columns is None for run in runs)
        """Whether telling one group costs as much as telling all."""
        self._is_passing = False

    def __len__(self) -> int:
        return len(self._first) // 2

    def of(self, group: int) -> tuple[Cause, Cause | None]:
        """Return the cause of a group and its parting; None where that is the cause itself."""
        first, parting = self._pairs_of(group)
        if first not in self._told or parting not in self._told:
            if self._is_passing:
                self._told.clear()
                self._next = group
            after = len(self) if self._whole else min(self._next + self._size - 1, len(self))
            self.tell([group, *range(self._next, after)])
            self._next, self._size = after, min(8 * self._size, _MOST)
        return self._told[first], None if parting == first else self._told[parting]

    def tell(self, groups: Iterable[int]) -> None:
        """Have some groups told together, since they will be asked for. One pass over the facts."""
        pairs = dict.fromkeys(chain.from_iterable(map(self._pairs_of, groups)))
        self._tell([pair for pair in pairs if pair not in self._told])

    @contextmanager
    def in_passing(self) -> Iterator[None]:
        """Let groups be asked for once, in their order: what was told of those before is forgotten.

        A run that is not in columns is read as a whole each time it is asked, so nothing is forgotten then.
        """
        self._is_passing = not self._whole
        try:
            yield
        finally:
            self._is_passing = False
            self._next, self._size = 0, 1

    def _pairs_of(self, group: int) -> tuple[Pair, Pair]:
        first, parting, place = self._first, self._parting, 2 * group
        return (first[place], first[place + 1]), (parting[place], parting[place + 1])

    def _tell(self, pairs: Sequence[Pair]) -> None:
        """Put commands into words. O(facts), with a small constant for those of other profiles."""
        done = [
            teller.applied([pair[side] for pair in pairs if pair[side] >= 0])
            for side, teller in enumerate(self._tellers)
        ]
        found = [teller.matches(_attaching(side)) for teller, side in zip(self._tellers, done, strict=True)]
        rejected = [self._rejected(side, pairs, done) for side in range(2)]
        births, record = [cache(teller.birth) for teller in self._tellers], cache(self._record)
        for pair in pairs:
            step = _either(pair, done)
            sides = [
                Side(None, rejected=rejected[side][pair])
                if pair in rejected[side]
                else Side(done[side][place].status, done[side][place].facts, matched=found[side].get(place, ()))
                for side, place in enumerate(pair)
            ]
            one, other = (
                Description(side, births[place], record, self._in_force[place].at(step.number))
                for place, side in enumerate(sides)
            )
            self._told[pair] = Cause(
                line=step.line,
                ref=step.ref,
                at=step.at,
                kind=kind_of_difference(one, other),
                why=why(one, other),
                baseline=sides[0],
                candidate=sides[1],
            )

    def _record(self, number: int) -> str | None:
        """Return the record of a command that created a profile, in the run that knows it."""
        records = (teller.record(number) for teller in self._tellers)
        return next((ref for ref in records if ref is not None), None)

    def _rejected(self, side: int, pairs: Sequence[Pair], done: Sequence[Mapping[int, Applied]]) -> dict[Pair, str]:
        """Return why one run did not apply the commands that only the other applied."""
        found: dict[Pair, str] = {}
        lines: dict[Pair, int] = {}
        for pair in pairs:
            place = pair[side]
            if place not in done[side]:
                why_not = self._tellers[side].refusal(place) if place >= 0 else None
                if why_not:
                    found[pair] = why_not
                else:
                    lines[pair] = _either(pair, done).line
        refused = _refusals(self._runs[side], {*lines.values()}) if lines else {}
        return found | {pair: refused.get(line, LEFT_OUT) for pair, line in lines.items()}


def _either(pair: Pair, done: Sequence[Mapping[int, Applied]]) -> Applied:
    """Return what became of a command in a run that applied it."""
    first, second = done
    return first[pair[0]] if pair[0] in first else second[pair[1]]


def find_causes(one: RunColumns, other: RunColumns, joined: Regrouped, split: Regrouped) -> Groups:
    """Return the changed groups with the first command that differs for each, and the one that parts it."""
    groups = Groups(joined, split, len(one.end))
    places = Places(one, groups.refs, len(one.born)), Places(other, groups.refs, len(other.born))
    find_differences(one, other, *places, groups)
    return groups


def _attaching(side: Mapping[int, Applied]) -> dict[int, Applied]:
    """Return the commands that found a profile."""
    return {
        place: step for place, step in side.items() if not any(isinstance(fact, ProfileCreated) for fact in step.facts)
    }


def _refusals(run: Run, lines: set[int]) -> dict[int, str]:
    """Return why lines were rejected, by their numbers."""
    return {each.line: each.detail for each in run.rejected if each.line in lines and each.raw is not None}
