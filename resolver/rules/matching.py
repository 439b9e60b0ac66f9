"""Matching: which profiles identifiers find, through which rules (R2 to R8), in any view of a store, or in a table."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Protocol, TypeAlias

import attrs
import msgspec
from rapidfuzz.fuzz import ratio

from resolver.names import IdType, Match
from resolver.rules.normalization import BUILT_IN
from resolver.rules.rulebook import Given, Rule, Rulebook
from resolver.settings import Settings


class MatchView(Protocol):
    """What matching may ask of a store. Ids are canonical and come earliest first (M1)."""

    def owners(self, id_type: IdType, value: str) -> Sequence[str]:
        """Return the profiles that hold exactly this value."""
        ...

    def alike(self, id_type: IdType, value: str) -> Sequence[str]:
        """Return the profiles that hold a similar value of a fuzzy type (R8)."""
        ...

    def sharers(self, rule: Rule, choices: Sequence[Sequence[str]]) -> Sequence[str]:
        """Return the profiles that share, for each type of a compound rule, one of the choices (R7)."""
        ...

    def values(self, profile_id: str, id_type: IdType) -> Sequence[str]:
        """Return the values that a profile holds, oldest first."""
        ...


Finds: TypeAlias = list[tuple[Rule, Sequence[str]]]
"""The rules that found profiles, in the order in which they were tried, each with what it found."""

Pairs: TypeAlias = tuple[tuple[IdType, str], ...]


class Matched(msgspec.Struct, frozen=True, gc=False):
    """What matching found: the profiles in order of discovery, and why they would merge.

    ``rule`` is the text of the rule that found the second profile (of the only rule, if there is one profile;
    empty, if none). ``identifiers`` are the pairs that found any of them, in order of discovery.
    """

    profile_ids: tuple[str, ...]
    rule: str
    identifiers: Pairs


def similar(one: str, other: str, threshold: int) -> bool:
    """Return whether two normalized values are alike enough to match (R8).

    >>> similar("jon smith", "john smith", 90), similar("jon", "joan of arc", 90)
    (True, False)
    """
    # A cutoff at the threshold itself loses some values that reach it exactly: it rounds another way.
    return bool(ratio(one, other, score_cutoff=threshold - 1) >= threshold)


def match_profiles(
    view: MatchView, settings: Settings | Rulebook, identifiers: Given, *, match: Match | str = Match.ALL
) -> Matched:
    """Return the profiles that normalized *identifiers* (idType -> values) belong to (R2, R6, R7, R8).

    *view* answers for a store: an engine's own state, or a ``TableView`` of a few profiles. Several profiles
    mean that they would merge (R3). The settings' normalizations are not asked, so they may be your own (N9). Raises
    ``ValueError`` for another *match*. Cost: one look-up per rule and value; for a fuzzy type its candidates, for a
    compound rule the combinations of the given values.

    >>> from resolver.rules import TableView
    >>> view = TableView({"p1": {"email": ["ada@example.com"]}, "p2": {"phone": ["+13175556789"]}})
    >>> given = {"phone": ["+13175556789"], "email": ["ada@example.com"]}
    >>> matched = match_profiles(view, Settings.defaults(), given)
    >>> matched.profile_ids, matched.rule
    (('p1', 'p2'), 'phone')
    """
    book = settings if isinstance(settings, Rulebook) else Rulebook(_without_own(settings), match=Match(match))
    finds = find(view, book, identifiers)
    rule, pairs = evidence(view, book, identifiers, finds)
    return Matched(tuple(dict.fromkeys(chain.from_iterable(ids for _, ids in finds))), rule, pairs)


def _without_own(settings: Settings) -> Settings:
    """The settings without normalizations of their user's own, whose functions are not known here."""
    configs = settings.identifier_configs
    if all(config.normalization in BUILT_IN for config in configs):
        return settings
    return attrs.evolve(settings, identifier_configs=[attrs.evolve(config, normalization="none") for config in configs])


def find(view: MatchView, book: Rulebook, given: Given) -> Finds:
    """Try the rules in order: all of them (R2), or up to the first that finds something (R6)."""
    finds: Finds = []
    for rule in book.rules:
        found = _found_by(view, book, rule, given)
        if found:
            finds.append((rule, found))
            if book.stops_at_first:
                break
    return finds


def evidence(view: MatchView, book: Rulebook, given: Given, finds: Finds) -> tuple[str, Pairs]:
    """Return the rule by which the second profile was found, and the pairs that found any (M8)."""
    decisive = finds[0][0].text if finds else ""
    found: set[str] = set()
    pairs: dict[tuple[IdType, str], None] = {}
    for rule, ids in finds:
        if len(found) < 2 and len(found.union(ids)) >= 2:
            decisive = rule.text
        found.update(ids)
        for id_type in rule.types:
            for value in shared_values(view, book, id_type, given[id_type], ids):
                pairs[id_type, value] = None
    return decisive, tuple(pairs)


def shared_values(
    view: MatchView, book: Rulebook, id_type: IdType, values: Iterable[str], profile_ids: Iterable[str]
) -> list[str]:
    """Return those of *values* that one of the profiles shares: holds, or holds a similar one of (R7, R8)."""
    threshold = book.types[id_type].threshold
    theirs = {value for profile_id in profile_ids for value in view.values(profile_id, id_type)}
    if threshold is None:
        return [value for value in values if value in theirs]
    return [value for value in values if any(similar(value, other, threshold) for other in theirs)]


def _found_by(view: MatchView, book: Rulebook, rule: Rule, given: Given) -> Sequence[str]:
    if len(rule.types) > 1:
        if any(id_type not in given for id_type in rule.types):
            return ()
        return view.sharers(rule, [given[id_type] for id_type in rule.types])
    id_type = rule.types[0]
    if id_type not in given or not book.types[id_type].unique:
        return ()
    search = view.owners if book.types[id_type].threshold is None else view.alike
    return list(dict.fromkeys(chain.from_iterable(search(id_type, value) for value in given[id_type])))


class TableView:
    """A view of a few profiles given as a table, earliest first: for study and for tests.

    *profiles* maps id -> idType -> normalized values; *thresholds* names the fuzzy types (R8). Every question
    costs a look at all profiles.

    >>> table = {"p1": {"phone": ["1"], "name": ["Ada"]}, "p2": {"phone": ["1"], "name": ["Bob"]}}
    >>> TableView(table).owners("phone", "1")
    ['p1', 'p2']
    """

    def __init__(
        self,
        profiles: Mapping[str, Mapping[IdType, Sequence[str]]],
        thresholds: Mapping[IdType, int] | None = None,
    ) -> None:
        self._profiles = profiles
        self._thresholds = thresholds or {}

    def owners(self, id_type: IdType, value: str) -> list[str]:
        """Return the profiles that hold exactly this value."""
        return [profile_id for profile_id in self._profiles if value in self.values(profile_id, id_type)]

    def alike(self, id_type: IdType, value: str) -> list[str]:
        """Return the profiles that hold a similar value, by the threshold of the type."""
        return [profile_id for profile_id in self._profiles if self._shares(profile_id, id_type, [value])]

    def sharers(self, rule: Rule, choices: Sequence[Sequence[str]]) -> list[str]:
        """Return the profiles that share, for each type of the rule, one of the choices."""
        wanted = list(zip(rule.types, choices, strict=True))
        return [
            profile_id
            for profile_id in self._profiles
            if all(self._shares(profile_id, id_type, values) for id_type, values in wanted)
        ]

    def values(self, profile_id: str, id_type: IdType) -> Sequence[str]:
        """Return the values that a profile holds."""
        return self._profiles[profile_id].get(id_type, ())

    def _shares(self, profile_id: str, id_type: IdType, values: Sequence[str]) -> bool:
        theirs = self.values(profile_id, id_type)
        threshold = self._thresholds.get(id_type)
        if threshold is None:
            return any(value in theirs for value in values)
        return any(similar(value, other, threshold) for value in values for other in theirs)
