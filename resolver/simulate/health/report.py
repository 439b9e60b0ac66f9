"""The report on a run's health: totals, and findings that name their evidence."""

from typing import Any

import msgspec

from resolver.display import counted
from resolver.names import IdType, ProfileId, Value
from resolver.simulate import frames, notebook
from resolver.simulate.health.joints import Joint


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

    ``joints_replayed`` says that they were found by replays without each value, as several values together or similar
    ones join profiles too. Then ``unsearched`` profiles are those for which this would take too long, the largest
    first: there, only values that match by themselves and by being equal were looked at, and there may be more.
    ``looked_for_all`` is False where there are any. At most about ``replay_lines`` were replayed; 0 where none could
    be, as those of a masked run. ``shared_values`` are those that most records presented, at least
    two; None where the lines are not at hand. Lists hold the first ``shown``; the counts are complete.
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
        unseen = "what several values join together there (compound rules), or similar ones (fuzzy types), was not"
        if not self.replay_lines:
            return f"Without replays: in {profiles} {unseen} looked for, so there may be more."
        return (
            f"{how} At most about {self.replay_lines:,} lines are replayed. For {profiles} these were not enough: "
            f"{unseen} looked for, so there may be more. A larger --replay-lines searches more profiles."
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
        return frames.health_frame(self, library)

    def __repr__(self) -> str:
        size = f"{counted(self.records, 'record')} in {counted(self.profiles, 'profile')}"
        return f"<Health: {size}, {counted(self.joint_count, 'joint')}, {counted(self.bridge_count, 'bridge')}>"

    def _repr_html_(self) -> str:
        return notebook.health_html(self)
