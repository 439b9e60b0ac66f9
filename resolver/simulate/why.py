"""Why: the difference between what two runs did with one command, in words."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from resolver.display import displayed
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    encode_fact,
)
from resolver.names import COLLISION, ProfileId, RefusalReason, Status
from resolver.simulate.spool import Applied, Rejection

Births = dict[ProfileId, int]
"""For each profile id of a run, the number of the command that created it."""

LEFT_OUT = "the line was left out"
"""What ``Side.rejected`` says of a line that one run was told to suppose away."""


class Side(msgspec.Struct, frozen=True):
    """What one run did with a command: its status and facts, or why it rejected the line."""

    status: Status | None
    facts: tuple[AnyFact, ...] = ()
    rejected: str | None = None

    @classmethod
    def of(cls, entry: Applied | None, facts: Sequence[AnyFact], rejection: Rejection | None) -> "Side":
        """Put together what is known about one run's side."""
        if entry is None:
            return cls(None, rejected=rejection.detail if rejection else LEFT_OUT)
        return cls(entry.status, tuple(facts))

    def to_json(self) -> dict[str, Any]:
        """Give the side as ``comparison.json`` has it."""
        if self.rejected is not None:
            return {"rejected": self.rejected}
        return {
            "status": self.status,
            "facts": [msgspec.json.decode(encode_fact(fact)) for fact in self.facts],
        }


def kind_of_difference(baseline: Side, candidate: Side) -> str:
    """Give one word for what the difference began with.

    >>> kind_of_difference(Side(Status.UNCHANGED), Side(None, rejected="unknown profile"))
    'rejected'
    """
    if baseline.rejected is not None or candidate.rejected is not None:
        return "rejected"
    for kind, told in (
        (ProfilesMerged, _merge_kind),
        (IdentifierEvicted, lambda _: "eviction"),
        (IdentifierRefused, _refusal_kind),
    ):
        left, right = (_only(side.facts, kind) for side in (baseline, candidate))
        if len(left) != len(right):
            return str(told(max(left, right, key=len)[0]))
    created = [any(isinstance(fact, ProfileCreated) for fact in side.facts) for side in (baseline, candidate)]
    return "match" if created[0] != created[1] else "value"


def why(baseline: Side, candidate: Side, births: tuple[Births, Births], refs: Mapping[int, str]) -> str:
    """Say what each run did with the command, and what the difference hangs on."""
    left = _Teller(baseline, births[0], refs).told()
    right = _Teller(candidate, births[1], refs).told()
    sentence = f"the baseline {left}; the candidate {right}"
    hint = _what_matched(baseline, candidate, "baseline") or _what_matched(candidate, baseline, "candidate")
    return displayed(f"{sentence}. {hint}" if hint else sentence)


def _what_matched(attaching: Side, creating: Side, name: str) -> str:
    """Say which identifiers found a profile in one run and none in the other.

    The run that created a profile added all of the command's identifiers to it; those that the other run did not
    add were there already, and matched.
    """
    if not _only(creating.facts, ProfileCreated) or _only(attaching.facts, ProfileCreated) or attaching.rejected:
        return ""
    new = (*_only(attaching.facts, IdentifierAdded), *_only(attaching.facts, IdentifierRefused))
    added = {(fact.id_type, fact.value) for fact in new}
    held = [
        f"{fact.id_type} {fact.value!r}"
        for fact in _only(creating.facts, IdentifierAdded)
        if (fact.id_type, fact.value) not in added
    ]
    if not held:
        return ""
    return f"Under the {name}, {_and(held)} found a profile that was there"


class _Teller:
    """Tells one side's facts, naming profiles by the record that created them."""

    def __init__(self, side: Side, births: Births, refs: Mapping[int, str]) -> None:
        self._side = side
        self._births = births
        self._refs = refs

    def told(self) -> str:
        """Give what the side did, as the rest of a sentence."""
        if self._side.rejected == LEFT_OUT:
            return "left the line out"
        if self._side.rejected is not None:
            return f"rejected the line ({self._side.rejected})"
        told = [self._telling(kind, list(facts)) for kind, facts in groupby(self._side.facts, type)]
        return " and ".join(told).replace("created a profile and added", "created a profile with") or "changed nothing"

    def _telling(self, kind: type, facts: list[Any]) -> str:
        """Tell neighbouring facts of one kind; a command adds to one profile only."""
        if kind is ProfileCreated:
            return "created a profile"
        if kind is IdentifierAdded:
            return f"added {_listed(facts)}{self._to(facts[0].profile_id, facts[0].command)}"
        if kind is IdentifierEvicted:
            return f"evicted {_listed(facts)} ({facts[0].policy} limit)"
        if kind is IdentifierRemoved:
            return f"removed {_listed(facts)}"
        if kind is ProfileDeleted:
            return f"deleted the profile of {self._profile(facts[0].profile_id)}"
        if kind is ProfilesMerged:
            return _and(list(map(self._merge, facts)))
        if kind is IdentifierRefused:
            return _and(list(map(self._refusal, facts)))
        return "changed the settings"

    def _merge(self, fact: ProfilesMerged) -> str:
        by = "a collision" if fact.rule == COLLISION else f"rule {fact.rule!r}"
        joined = _and([f"{id_type} {value!r}" for id_type, value in fact.identifiers])
        profiles = _and([self._profile(profile_id) for profile_id in (fact.survivor, *fact.absorbed)])
        return f"merged the profiles of {profiles} by {by} on {joined}"

    def _refusal(self, fact: IdentifierRefused) -> str:
        owner = f" with the profile of {self._profile(fact.owner)}" if fact.owner else ""
        return f"refused {fact.id_type} {fact.value!r} ({fact.reason}{owner})"

    def _to(self, profile_id: ProfileId, command: int) -> str:
        return "" if self._births[profile_id] == command else f" to the profile of {self._profile(profile_id)}"

    def _profile(self, profile_id: ProfileId) -> str:
        birth = self._births[profile_id]
        return self._refs.get(birth, f"line {birth}")


def _listed(facts: Sequence[Any]) -> str:
    return _and([f"{fact.id_type} {fact.value!r}" for fact in facts])


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _only(facts: Sequence[AnyFact], kind: Any) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


def _merge_kind(fact: ProfilesMerged) -> str:
    return "collision" if fact.rule == COLLISION else "rule"


def _refusal_kind(fact: IdentifierRefused) -> str:
    return "limit" if fact.reason is RefusalReason.LIMIT else "refusal"
