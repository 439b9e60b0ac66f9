"""The report on a run's health: findings that name their evidence, counted in profiles, merges and values."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from resolver.display import counted
from resolver.facts import AnyFact, ProfilesMerged
from resolver.names import IdType, ProfileId, Value
from resolver.simulate import notebook
from resolver.simulate.health.joints import Joint, Link, is_value
from resolver.simulate.steps import Identifier


class Presented(msgspec.Struct, frozen=True, rename="camel"):
    """A value, and how many records of a profile presented it."""

    id_type: IdType
    value: Value
    records: int


class Bulk(msgspec.Struct, frozen=True, rename="camel"):
    """A profile among the largest: how many records and identifiers it has, its first records, and its top values.

    ``values`` are those that most of its records presented, at least two; none where the lines are not at hand.
    """

    profile_id: ProfileId
    records: int
    identifiers: int
    refs: tuple[str, ...]
    values: tuple[Presented, ...] = ()


class SharedValue(msgspec.Struct, frozen=True, rename="camel"):
    """A value that many records presented, of a type that can join profiles.

    ``records`` presented it, and their lines ended in ``profiles`` profiles. ``others`` has, for each other idType, how
    many different values these records presented: many e-mail addresses say that they are not one person's.
    """

    id_type: IdType
    value: Value
    records: int
    profiles: int
    others: dict[IdType, int]
    refs: tuple[str, ...]


class Collapse(msgspec.Struct, frozen=True, rename="camel"):
    """What values of one idType merged: how often, and how many profiles went away in it."""

    id_type: IdType
    is_unique: bool
    merges: int
    absorbed: int


class MergingValue(msgspec.Struct, frozen=True, rename="camel"):
    """A value that merged profiles: how often, how many went away, and the first lines where it did."""

    id_type: IdType
    value: Value
    merges: int
    absorbed: int
    lines: tuple[int, ...]


class Health(msgspec.Struct, frozen=True, rename="camel"):
    """What a run looks like.

    Histograms map a size to the number of profiles of that size. ``deduplication_rate`` is the share of records
    that found themselves in a profile with an earlier record: 1 - profiles with records / records. ``joints`` are
    identifiers that alone hold a profile together, by the number of profiles that their absence would free; None
    where the evidence for them is not at hand. ``bridges`` are those with at least two records on either side.

    ``joints_replayed`` says that they were found by replays without each value, as values were lost or refused, or
    several together or similar ones join profiles too. Then ``unsearched`` profiles are those for which this would take
    too long, the largest first: there, only values that match by themselves and by being equal were looked at, without
    limits, and there may be more. ``looked_for_all`` is False where there are any. At most about ``replay_lines`` were
    replayed; 0 where none had to be, or could be, as those of a masked run. ``shared_values`` are those that most
    records presented, at least two; None where the lines are not at hand. Lists hold the first ``shown``; the counts
    are complete.
    """

    records: int
    profiles: int
    deduplication_rate: float
    records_per_profile: dict[int, int]
    identifiers_per_profile: dict[int, int]
    values_per_type: dict[IdType, dict[int, int]]
    largest: tuple[Bulk, ...]
    collapses: tuple[Collapse, ...]
    merging_values: tuple[MergingValue, ...]
    merging_value_count: int
    joints: tuple[Joint, ...] | None
    joint_count: int
    bridges: tuple[Joint, ...] | None
    bridge_count: int
    shown: int
    looked_for_all: bool = True
    joints_replayed: bool = False
    replay_lines: int = 0
    unsearched: tuple[Bulk, ...] = ()
    unsearched_count: int = 0
    shared_values: tuple[SharedValue, ...] | None = None
    shared_value_count: int = 0

    @property
    def how_joints_were_found(self) -> str:
        """How joints and bridges were found, and where not all were looked for, in a sentence or two."""
        if not self.joints_replayed:
            return "By connected components, without limits; a replay without the value gives the exact figure."
        how = "By replays of a profile's lines without the value; these figures are exact."
        if not self.unsearched_count:
            return how
        profiles = counted(self.unsearched_count, "profile")
        for largest in self.unsearched[:1]:
            name = next(iter(largest.refs), largest.profile_id)
            profiles += f", the largest that of {name} with {counted(largest.records, 'record')},"
        unseen = "limits, compound rules (what several values join) and fuzzy types were not taken into account"
        if not self.replay_lines:
            return f"Without replays: in {profiles} {unseen}, so there may be more."
        return (
            f"{how} At most about {self.replay_lines:,} lines are replayed. For {profiles} these were not enough: "
            f"there, {unseen}, so there may be more, and a replay without the value gives the exact figure. A larger "
            "--replay-lines searches more profiles."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON; histograms have their sizes as text keys."""
        document: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return document

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame (``pandas`` or ``polars``; None: the one installed), a row per finding that is listed.

        Columns: ``finding`` (``large profile``, ``merging type``, ``merging value``, ``shared value``, ``joint``,
        ``bridge``), ``id_type``, ``value``, ``profile_id``, the counts ``records``, ``identifiers``, ``merges``,
        ``absorbed`` and ``freed``, the first ``line``, and records to look at, ``ref`` and ``other_ref``. What a
        finding does not have is missing. Raises ``ImportError`` where the library is not there, ``ValueError`` for
        another one.
        """
        return notebook.health_frame(self, library)

    def __repr__(self) -> str:
        size = f"{counted(self.records, 'record')} in {counted(self.profiles, 'profile')}"
        return f"<Health: {size}, {counted(self.joint_count, 'joint')}, {counted(self.bridge_count, 'bridge')}>"

    def _repr_html_(self) -> str:
        return notebook.health_html(self)


REFS = 5


class Held(NamedTuple):
    """One profile at the end: its id, its records, and how many values it has of each idType."""

    profile_id: ProfileId
    refs: list[str]
    values: Mapping[IdType, int]

    @property
    def identifiers(self) -> int:
        """How many values it has in all."""
        return sum(self.values.values())


class Sizes:
    """Histograms over all profiles. O(profiles)."""

    def __init__(self, profiles: Iterable[Held]) -> None:
        self.profiles = list(profiles)
        self.records = sum(len(held.refs) for held in self.profiles)
        self.with_records = sum(bool(held.refs) for held in self.profiles)
        self.records_per_profile = _ordered(Counter(len(held.refs) for held in self.profiles))
        self.identifiers_per_profile = _ordered(Counter(held.identifiers for held in self.profiles))
        per_type: dict[IdType, Counter[int]] = {}
        for held in self.profiles:
            for id_type, count in held.values.items():
                per_type.setdefault(id_type, Counter())[count] += 1
        self.values_per_type = {id_type: _ordered(counts) for id_type, counts in sorted(per_type.items())}

    @property
    def deduplication_rate(self) -> float:
        """The share of records that are with an earlier one; 0 where there are none."""
        return 1 - self.with_records / self.records if self.records else 0.0

    def largest(self, most: int, among: Collection[ProfileId] | None = None) -> tuple[Bulk, ...]:
        """Return the profiles with most records, then most identifiers; ties in the order of the profiles."""
        asked = [held for held in self.profiles if among is None or held.profile_id in among]
        ordered = sorted(asked, key=lambda held: (-len(held.refs), -held.identifiers))
        return tuple(
            Bulk(held.profile_id, len(held.refs), held.identifiers, tuple(held.refs[:REFS])) for held in ordered[:most]
        )


def _ordered(counts: Counter[int]) -> dict[int, int]:
    return dict(sorted(counts.items()))


LINES = 3


class Merging:
    """Counts merges. Where several identifiers joined the profiles, each counts."""

    def __init__(self, facts: Iterable[AnyFact]) -> None:
        self._types: dict[IdType, list[int]] = {}
        self._values: dict[tuple[IdType, Value], list[int]] = {}
        self._lines: dict[tuple[IdType, Value], list[int]] = {}
        for fact in facts:
            if isinstance(fact, ProfilesMerged):
                self._note(fact)

    def _note(self, fact: ProfilesMerged) -> None:
        absorbed = len(fact.absorbed)
        for id_type in dict.fromkeys(id_type for id_type, _ in fact.identifiers):
            _count(self._types.setdefault(id_type, [0, 0]), absorbed)
        for pair in dict.fromkeys((id_type, value) for id_type, value in fact.identifiers):
            _count(self._values.setdefault(pair, [0, 0]), absorbed)
            lines = self._lines.setdefault(pair, [])
            if len(lines) < LINES:
                lines.append(fact.command)

    def collapses(self, uniqueness: Mapping[IdType, bool]) -> tuple[Collapse, ...]:
        """Return the merges of every idType, in the order of the settings; a type that they lack comes last."""
        types = dict.fromkeys([*uniqueness, *self._types])
        return tuple(
            Collapse(id_type, uniqueness.get(id_type, False), *self._types.get(id_type, (0, 0))) for id_type in types
        )

    def values(self) -> list[MergingValue]:
        """Return the values that merged profiles, those that made most go away first."""
        found = [
            MergingValue(id_type, value, merges, absorbed, tuple(self._lines[id_type, value]))
            for (id_type, value), (merges, absorbed) in self._values.items()
        ]
        return sorted(found, key=lambda value: -value.absorbed)


def _count(counts: list[int], absorbed: int) -> None:
    counts[0] += 1
    counts[1] += absorbed


TOP = 3
"""Values that are told beside a large profile."""


class Sharing:
    """Counts the records of every value, profile by profile. O(links); memory for the values."""

    def __init__(self) -> None:
        self._records: dict[Identifier, str | dict[str, None]] = {}
        self._profiles: dict[Identifier, int] = {}

    def note(self, links: Iterable[Link], refs: Mapping[int, str]) -> None:
        """Take the links of one profile; *refs* has the record of every line."""
        for pair, records in records_of(links, refs).items():
            self._profiles[pair] = self._profiles.get(pair, 0) + 1
            known = self._records.get(pair)
            if known is None:
                self._records[pair] = next(iter(records)) if len(records) == 1 else records
            elif isinstance(known, dict):
                known.update(records)
            else:
                self._records[pair] = {known: None, **records}

    def most_shared(self, most: int) -> tuple[dict[Identifier, dict[str, None]], int]:
        """Return the values that most records presented, each with these, and how many there are of two or more."""
        found = {pair: each for pair, each in self._records.items() if isinstance(each, dict) and len(each) > 1}
        first = sorted(found, key=lambda pair: -len(found[pair]))[:most]
        return {pair: found[pair] for pair in first}, len(found)

    def value(self, pair: Identifier, records: Iterable[str], others: Mapping[IdType, int]) -> SharedValue:
        """Return the finding about one value."""
        refs = tuple(records)
        return SharedValue(*pair, len(refs), self._profiles[pair], dict(others), refs[:REFS])


def records_of(links: Iterable[Link], refs: Mapping[int, str]) -> dict[Identifier, dict[str, None]]:
    """Return, for the values among some links, the records that presented them."""
    found: dict[Identifier, dict[str, None]] = {}
    for line, node in links:
        if is_value(node):
            found.setdefault((node[1], Value(node[2])), {})[refs[line]] = None
    return found


def top_values(links: Iterable[Link], refs: Mapping[int, str]) -> tuple[Presented, ...]:
    """Return the values that most records of a profile presented, at least two."""
    counts = {pair: len(records) for pair, records in records_of(links, refs).items() if len(records) > 1}
    first = sorted(counts, key=lambda pair: -counts[pair])[:TOP]
    return tuple(Presented(*pair, counts[pair]) for pair in first)
