"""Reasons: which rule, limit or value stands behind each changed group, ranked by the records that it moves.

A group's cause is a line and what both runs did with it. Its reason is what many causes have in common: a rule that
joins records under one of the settings only, a list that is full under one of them only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from resolver.display import and_listed
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact, IdentifierAdded, IdentifierEvicted, IdentifierRefused, ProfilesMerged
from resolver.names import COLLISION, IdType, Milliseconds
from resolver.report.headline import NumberedChange
from resolver.report.settings_diff import POLICIES, RULES, Difference
from resolver.settings import AND
from resolver.simulate import Cause, Change, Changes, Comparison
from resolver.simulate.causes import LEFT_OUT, Side

Pair = tuple[IdType, str]
"""An idType and a value."""

VALUES = 5
"""Values that are named with a reason: those that move most records."""

_SIDES = ("baseline", "candidate")


class Reason(msgspec.Struct, frozen=True):
    """What stands behind a change: its kind, the side on which it acts alone, its rule, and the idTypes it is about.

    ``similar`` are those of the idTypes whose values only resemble each other.
    Kinds are ``rule``, ``collision``, ``eviction``, ``full``, ``refused``, ``blocked``, ``rejected``, ``left out``,
    ``value``, ``indirect`` and ``unknown``.
    """

    kind: str
    side: str = ""
    rule: str | None = None
    id_types: tuple[IdType, ...] = ()
    similar: tuple[IdType, ...] = ()

    @property
    def words(self) -> str:
        """The reason as a sentence for people who know their data and not the settings."""
        things = and_listed(self.id_types)
        here = f"under the {self.side} only"
        now = "no longer" if self.side == _SIDES[0] else "now"
        return {
            "rule": f"{self._proof()} {now} makes two records one person",
            "collision": f"{_a(things)} of another profile {now} joins the two profiles",
            "eviction": f"A full profile drops {_a(things, 'a')}, {here}",
            "full": f"A full profile takes no further {things}, {here}",
            "refused": f"{_a(things)} is refused, {here}",
            "blocked": f"{_a(things)} is blocked, {here}",
            "rejected": f"The line is rejected, {here}",
            "left out": f"The line is left out, {here}",
            "value": f"The same {things or 'line'} is stored in another way",
            "indirect": "A line finds another profile, because of what happened before it",
            "unknown": "No single line explains it",
        }[self.kind]

    def _proof(self) -> str:
        """What two records have in common: ``A shared phone and a similar last_name``."""
        shared = and_listed([each for each in self.id_types if each not in self.similar])
        similar = and_listed(self.similar)
        told = and_listed([f"a shared {shared}"] * bool(shared) + [f"a similar {similar}"] * bool(similar))
        return told[:1].upper() + told[1:]


def _a(things: str, article: str = "A") -> str:
    """Return the name of an idType with its article."""
    return f"{article}{'n' if things[:1] in 'aeiou' else ''} {things}"


class Told(msgspec.Struct, frozen=True, gc=False):
    """A cause or a parting: where, when, what it began with, and the whole sentence."""

    line: int
    ref: str | None
    at: Milliseconds | None
    kind: str
    why: str


class Found(msgspec.Struct, frozen=True, gc=False):
    """The reason behind one group, and the values in question; its cause and its parting, as a page says them."""

    reason: Reason
    values: tuple[Pair, ...] = ()
    cause: Told | None = None
    parting: Told | None = None


class Notes:
    """What stands behind each changed group, noted while the groups are read once.

    They are read as ``comparison.json`` has them, by whoever writes that; or here, where nobody has. A cause with all
    its facts takes five times the memory of what is noted of it.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        sides = comparison.baseline, comparison.candidate
        self._types = {config["idType"] for each in sides for config in _configs(each)}
        self._notes: dict[str, list[Found]] = {}

    def documents(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield the groups that were ``joined`` or ``split`` as ``comparison.json`` has them, and note each."""
        changes: Changes = getattr(self._comparison, kind)
        notes: list[Found] = []
        with changes.causes.in_passing():
            for change in changes:
                notes.append(self._note(change, kind))
                yield change.document()
        self._notes[kind] = notes

    def of(self, kind: str) -> list[Found]:
        """Return what was noted of the groups of a kind."""
        if kind not in self._notes:
            changes: Changes = getattr(self._comparison, kind)
            with changes.causes.in_passing():
                self._notes[kind] = [self._note(change, kind) for change in changes]
        return self._notes[kind]

    def _note(self, change: Change, kind: str) -> Found:
        found = reason_of(change.cause, self._types, is_split=kind == "split")
        return Found(found.reason, found.values, _told(change.cause), _told(change.parting))


def _told(cause: Cause | None) -> Told | None:
    return None if cause is None else Told(cause.line, cause.ref, cause.at, cause.kind, cause.why)


class Ranked(msgspec.Struct):
    """A reason with the groups that it is behind: how many of each kind, the records moved, and the values that do it.

    ``wrong`` and ``missed`` are how many more pairs are wrong and missed against a truth, ``verdicts`` those of its
    groups; nothing without a truth. ``behind`` are the places in the settings that make the difference; ``alone`` says
    how many moved records each of them brings back when it alone is put back, nothing where no single one does, and
    None where that was not tried and ``behind`` are only the nearest.
    """

    reason: Reason
    groups: Counter[str]
    moved: int
    values: Counter[tuple[Pair, ...]]
    wrong: int
    missed: int
    verdicts: Counter[str]
    behind: list[Difference]
    alone: list[int] | None = None

    @property
    def top_values(self) -> list[tuple[tuple[Pair, ...], int]]:
        """The values that move most records, each with how many; those that only do it together are together."""
        return self.values.most_common(VALUES)


def ranked(
    groups: Sequence[NumberedChange], comparison: Comparison, changed: Sequence[Difference], notes: Notes | None = None
) -> tuple[list[Ranked], dict[int, tuple[int, Found]]]:
    """Return the reasons, those that move most records first; for each group's number, its reason's place and values.

    *changed* are the differences of the settings; *notes* what was noted of the groups. O(groups).
    """
    noted = notes or Notes(comparison)
    by_kind = {kind: noted.of(kind) for kind in ("joined", "split")}
    found = {each.number: by_kind[each.kind][each.change.place] for each in groups}
    by_reason: dict[Reason, Ranked] = {}
    for each in groups:
        reason, values = found[each.number].reason, found[each.number].values
        one = by_reason.get(reason)
        if one is None:
            one = Ranked(reason, Counter(), 0, Counter(), 0, 0, Counter(), behind(reason, changed))
            by_reason[reason] = one
        one.groups[each.kind] += 1
        one.moved += each.moved
        together = [values] if len({id_type for id_type, _ in values}) > 1 else [(value,) for value in values]
        one.values.update(dict.fromkeys(together, each.moved))
        if each.judged is not None:
            one.wrong += each.judged.wrong
            one.missed += each.judged.missed
            one.verdicts[each.judged.verdict] += 1
    order = sorted(by_reason.values(), key=lambda one: -one.moved)
    places = {one.reason: place for place, one in enumerate(order)}
    return order, {number: (places[each.reason], each) for number, each in found.items()}


def _configs(totals: Any) -> list[Mapping[str, Any]]:
    configs: list[Mapping[str, Any]] = totals.settings["identifierConfigs"]
    return configs


def behind(reason: Reason, changed: Sequence[Difference]) -> list[Difference]:
    """Return the places in the settings that make a reason act on one side only: the nearest that differ.

    A rule that only one side has; else what differs about its types; else the options and the order of rules. Where
    just one place differs at all, it is that one.
    """
    rules = [each for each in changed if each.field == RULES]
    about = [each for each in changed if each.id_type in reason.id_types]
    limits = [each for each in about if each.field in ("limit", "limitPolicy")]
    others = [each for each in changed if each.id_type is None]
    if reason.kind in ("rule", "collision"):
        listed = [each for each in rules if _has_rule(each.left, reason) != _has_rule(each.right, reason)]
        return listed or [each for each in about if each not in limits] or limits or others or _only(changed)
    if reason.kind in ("eviction", "full"):
        return limits or about or others or _only(changed)
    if reason.kind in ("unknown", "left out"):
        return []
    if reason.kind == "blocked":
        return [each for each in changed if each.path.startswith(POLICIES)]
    return about or others or _only(changed)


def _has_rule(rules: Sequence[str], reason: Reason) -> bool:
    """Whether the rules have that of a reason: by itself, or by its types alone, which prove it together (R7)."""
    return reason.rule in rules or all(id_type in rules for id_type in reason.id_types)


def _only(changed: Sequence[Difference]) -> list[Difference]:
    return list(changed) if len(changed) == 1 else []


def reason_of(cause: Cause | None, types: Iterable[IdType], *, is_split: bool) -> Found:
    """Return the reason of a group from its cause; *types* are the idTypes that either side has."""
    if cause is None:
        return Found(Reason("unknown"))
    sides = cause.baseline, cause.candidate
    for name, side in zip(_SIDES, sides, strict=True):
        if side.rejected is not None:
            return Found(Reason("left out" if side.rejected == LEFT_OUT else "rejected", name))
    if cause.kind == "blocked":
        return _lost(sides, "blocked", IdentifierRefused)
    if cause.kind in ("rule", "collision"):
        return _merged(sides, frozenset(types))
    matched = _matched(sides, (0, 1) if is_split else (1, 0), frozenset(types))
    if matched is not None:
        return matched
    if cause.kind == "eviction":
        return _lost(sides, "eviction", IdentifierEvicted)
    if cause.kind in ("limit", "refusal"):
        return _lost(sides, "full" if cause.kind == "limit" else "refused", IdentifierRefused)
    return _stored(sides) if cause.kind == "value" else Found(Reason("indirect"))


def _types_of(rule: str, types: frozenset[IdType]) -> tuple[IdType, ...]:
    return (rule,) if rule in types else tuple(rule.split(AND))


def _of(side: Side, kind: type[AnyFact]) -> list[Any]:
    return [fact for fact in side.facts if isinstance(fact, kind)]


def _merged(sides: tuple[Side, Side], types: frozenset[IdType]) -> Found:
    """Return the reason of a merge that one side did, and the other did not.

    It is the rule of the merge, unless both sides match by that one: then a rule by which only one of them does.
    """
    merges = [_of(side, ProfilesMerged) for side in sides]
    more = 0 if len(merges[0]) > len(merges[1]) else 1
    other = {(each.rule, each.identifiers) for each in merges[1 - more]}
    fact = next((each for each in merges[more] if (each.rule, each.identifiers) not in other), merges[more][0])
    if fact.rule == COLLISION:
        named = tuple(dict.fromkeys(id_type for id_type, _ in fact.identifiers))
        return Found(Reason("collision", _SIDES[more], COLLISION, named), tuple(fact.identifiers))
    alone = _alone(sides, more)
    match = next((each for each in alone if each.rule == fact.rule), next(iter(alone), None))
    if match is not None:
        return _by_match(match, more, types)
    named = _types_of(fact.rule, types)
    values = tuple(pair for pair in fact.identifiers if pair[0] in named)
    return Found(Reason("rule", _SIDES[more], fact.rule, named), values or tuple(fact.identifiers))


def _lost(sides: tuple[Side, Side], kind: str, fact_type: type[AnyFact]) -> Found:
    """Return the reason of a value that one side evicted or refused, and the other did not."""
    lost = [_of(side, fact_type) for side in sides]
    more = 0 if len(lost[0]) > len(lost[1]) else 1
    other = {(each.id_type, str(each.value)) for each in lost[1 - more]}
    pairs = [(each.id_type, str(each.value)) for each in lost[more]]
    pair = next((each for each in pairs if each not in other), pairs[0])
    return Found(Reason(kind, _SIDES[more], None, pair[:1]), (pair,))


def _matched(sides: tuple[Side, Side], joining: tuple[int, int], types: frozenset[IdType]) -> Found | None:
    """Return the reason of a line that found another profile: a match that one side has alone. None where none is."""
    for place in joining:
        for match in _alone(sides, place):
            return _by_match(match, place, types)
    return None


def _alone(sides: tuple[Side, Side], place: int) -> list[RuleMatch]:
    """Return the matches that only one side has."""
    others = {(match.rule, match.shared) for match in sides[1 - place].matched}
    return [match for match in sides[place].matched if (match.rule, match.shared) not in others]


def _by_match(match: RuleMatch, place: int, types: frozenset[IdType]) -> Found:
    """Return the reason of a match: of values that are only similar, both are named."""
    named = _types_of(match.rule, types)
    equal = {each.id_type for each in match.shared if each.given == each.held}
    similar = tuple(id_type for id_type in named if id_type not in equal)
    values = [
        (each.id_type, f"{each.given} (like {each.held})" if each.id_type in similar else each.held)
        for each in match.shared
        if each.id_type in similar or each.given == each.held
    ]
    return Found(Reason("rule", _SIDES[place], match.rule, named, similar), tuple(dict.fromkeys(values)))


def _stored(sides: tuple[Side, Side]) -> Found:
    """Return the reason of a line whose values the runs store in different ways."""
    one, other = ({(fact.id_type, fact.value) for fact in _of(side, IdentifierAdded)} for side in sides)
    values = tuple(sorted(one ^ other))
    return Found(Reason("value", "", None, tuple(dict.fromkeys(id_type for id_type, _ in values))), values)
