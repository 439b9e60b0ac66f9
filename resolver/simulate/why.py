"""Why: what runs did with a command, in words: the difference between two of them, and why a value was refused."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import msgspec

from resolver.display import counted, displayed
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
    SettingsApplied,
    written,
)
from resolver.json_documents import plain
from resolver.names import COLLISION, IdType, Misfit, ProfileId, RefusalReason, RemovalReason, Status, Value
from resolver.settings import IdentifierConfig, Settings
from resolver.simulate.steps import Source

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
        told = _and([f"{_and(list(map(_shared, match.shared)))} by rule {match.rule!r}" for match in matched])
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
            return _and(list(map(self._merge, facts)))
        if kind is IdentifierRefused:
            return _and(list(map(self._refusal, facts)))
        return "changed the settings"

    def _merge(self, fact: ProfilesMerged) -> str:
        by = "a collision" if fact.rule == COLLISION else f"rule {fact.rule!r}"
        joined = _and([self._joining(id_type, value) for id_type, value in fact.identifiers])
        profiles = _and([self._profile(profile_id) for profile_id in (fact.survivor, *fact.absorbed)])
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
        return f"{id_type} {value!r}" + (f" (like {_and([repr(each) for each in like])})" if like else "")

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
    return _and([f"{fact.id_type} {fact.value!r}" for fact in facts])


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


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


class SettingsInForce:
    """The settings of a run that were in force for each of its commands.

    One pass over the facts.
    """

    def __init__(self, run: Source) -> None:
        changes = [fact for fact in run.read_facts_about(()) if isinstance(fact, SettingsApplied)]
        self._since = [fact.command for fact in changes]
        self._settings = [run.settings, *(fact.settings for fact in changes)]

    def at(self, number: int) -> Settings:
        """The settings in force for the command with this number."""
        return self._settings[bisect_right(self._since, number - 1)]


def why_refused(fact: IdentifierRefused, settings: Settings, owner: str | None = None) -> str:
    """Return why a value that could be read was refused; *owner* is what its owner is called, where it has one.

    >>> from resolver.policies import Policies
    >>> phones = Settings([IdentifierConfig("phone", limit=3)], ["phone"], policies=Policies(protect=["phone"]))
    >>> why_refused(IdentifierRefused(7, 0, "p1", "phone", "1", RefusalReason.LIMIT), phones)
    'phone is protected at 3'
    """
    text = _why(fact, settings, owner is not None)
    return (
        text if owner is None or fact.reason is RefusalReason.CONFLICT else f"{text}; the profile of {owner} holds it"
    )


def _why(fact: IdentifierRefused, settings: Settings, is_held: bool) -> str:
    policies, id_type = settings.policies, fact.id_type
    reason = fact.reason
    if reason is RefusalReason.BLOCKED:
        return "the policies block it"
    if reason is RefusalReason.DEMOTED:
        return f"a value of a higher rank did not fit ({Misfit.REFUSE_REST})"
    if reason is RefusalReason.IDENTIFIERS:
        return f"a profile may hold {policies.caps.identifiers:,} identifiers"
    if reason is RefusalReason.MERGES:
        return f"a profile may have {policies.caps.merges:,} merges"
    if reason is RefusalReason.CONFLICT:
        return f"no rule lets {id_type} alone merge profiles"
    if is_held:  # the limit may be that of another type, of which the two profiles together have too many values
        return f"together they have too many: {', '.join(_protections(settings))}"
    if policies.protects(id_type):
        return _protection(settings, _config(settings, id_type))
    config, days = _config(settings, id_type), policies.days_of(id_type)
    return f"the list was full: limit {config.limit}{_in_days(days)}, {config.limit_policy}"


def _protections(settings: Settings) -> list[str]:
    protects = settings.policies.protects
    return [_protection(settings, each) for each in settings.identifier_configs if protects(each.id_type)]


def _protection(settings: Settings, config: IdentifierConfig) -> str:
    return f"{config.id_type} is protected at {config.limit}{_in_days(settings.policies.days_of(config.id_type))}"


def _in_days(days: int | None) -> str:
    return "" if days is None else f" in {counted(days, 'day')}"


def _config(settings: Settings, id_type: str) -> IdentifierConfig:
    return next(each for each in settings.identifier_configs if each.id_type == id_type)
