"""Tables: what one store knows, as three tables of integer columns with the texts beside them.

A *value* is a text of an idType that some profile holds. A *profile* is a person's record. A *hold* says that a profile
holds a value, since when, and which hold of that profile comes next. A row is the number by which the other columns
name it; row numbers never leave the kernel and the engine.

Rows of values and holds that are no longer needed wait on a stack for the next ones, so what was removed is forgotten.
A profile's row is never given to another one, so rows of profiles ascend with the number of the creating command.
"""

from collections.abc import Iterable
from typing import cast

from resolver.kernel import codes
from resolver.kernel.columns import column, copied, longer, more
from resolver.kernel.pair_table import PairTable
from resolver.kernel.rows import (
    NO_TEXT,
    ByType,
    Column,
    CommandNumber,
    Count,
    HoldRow,
    Moment,
    ProfileRow,
    Texts,
    TypeNumber,
    ValueRow,
)
from resolver.kernel.similarity_index import SimilarityIndex
from resolver.kernel.text_table import TextTable
from resolver.names import ProfileId, Value


class Tables:
    """The columns of one store. -1 in a column of rows means that there is none."""

    __slots__ = (
        "added_at",
        "added_by",
        "at",
        "compounds",
        "created_at",
        "created_by",
        "free_holds",
        "free_values",
        "head",
        "held",
        "index",
        "keeps_values",
        "kind",
        "living",
        "n_free_holds",
        "n_free_values",
        "n_holds",
        "n_profiles",
        "n_values",
        "next_hold",
        "normal",
        "number",
        "own_ids",
        "owner",
        "parent",
        "ring",
        "rows_of_ids",
        "settled",
        "sharers",
        "similarity",
        "size",
        "suppressed",
        "tail",
        "text",
    )

    def __init__(self) -> None:
        # Values
        self.text: Texts = list[Value]()
        """The normalized text; empty in a free row. As long as ``n_values``."""
        self.index: ByType[TextTable] = []
        """For each idType, by its number, the row of every stored text."""
        self.kind: Column[ValueRow, TypeNumber] = column("i", 16)
        """The number of the value's idType in this store."""
        self.owner: Column[ValueRow, ProfileRow] = column("i", 16)
        """The profile that holds the value; ``NOBODY``; or ``SHARED``, then ``sharers`` has the holders."""
        self.n_values: Count = 0
        self.free_values: Column[int, ValueRow] = column("i", 16)
        """A stack of the free rows of values, ``n_free_values`` high."""
        self.n_free_values = 0
        self.keeps_values = False
        """Whether a value that nobody holds keeps its row and its text, since somebody outside names it by its row."""
        self.sharers: dict[ValueRow, dict[ProfileRow, None]] = {}
        """For each shared value its holders, at least two; their order has no meaning."""

        # Profiles
        self.created_at: Column[ProfileRow, Moment] = column("q", 16)
        """When the profile was created, in milliseconds."""
        self.created_by: Column[ProfileRow, CommandNumber] = column("q", 16)
        """The number of the command that created it; ascends with the rows."""
        self.parent: Column[ProfileRow, ProfileRow] = column("i", 16)
        """The profile that this one was merged into; itself if it lives; ``NOBODY`` if it was deleted."""
        self.head: Column[ProfileRow, HoldRow] = column("i", 16)
        """The profile's first hold, in order of time and arrival."""
        self.tail: Column[ProfileRow, HoldRow] = column("i", 16)
        """Its last hold."""
        self.size: Column[ProfileRow, int] = column("i", 16)
        """How many values it holds."""
        self.ring: Column[ProfileRow, ProfileRow] = column("i", 16)
        """The next profile of the same person: a living profile and all its aliases form a ring."""
        self.own_ids: dict[ProfileRow, ProfileId] = {}
        """The ids of profiles that have another one than that of ``created_by``."""
        self.rows_of_ids: dict[str, ProfileRow] = {}
        """The same the other way round."""
        self.n_profiles: Count = 0
        self.living = 0

        # Holds
        self.held: Column[HoldRow, ValueRow] = column("i", 16)
        """The value that is held."""
        self.added_at: Column[HoldRow, Moment] = column("q", 16)
        """Since when, in milliseconds."""
        self.added_by: Column[HoldRow, CommandNumber] = column("q", 16)
        """The number of the command that added it."""
        self.next_hold: Column[HoldRow, HoldRow] = column("i", 16)
        """The profile's next hold, in order of time and arrival over all its types (I2)."""
        self.n_holds: Count = 0
        self.free_holds: Column[int, HoldRow] = column("i", 16)
        """A stack of the free rows of holds, ``n_free_holds`` high."""
        self.n_free_holds = 0

        # The position in the history
        self.number = CommandNumber(0)
        """The number of the last command."""
        self.at = Moment(0)
        """Its time, in milliseconds."""

        # What is known of all of them
        self.settled = True
        """No two profiles satisfy a compound rule (I8), and no unique value has several holders (I1): then only new
        combinations need a look. True until a settings change may have ended it (S1)."""
        self.normal = True
        """Every stored text normalizes to itself (N7). True until new settings, or a snapshot that was made with other
        library versions, may have ended it."""

        # Indexes that follow from the tables and the rules
        self.compounds: list[PairTable] = []
        """For each two neighbouring types of a compound rule, who holds which pair of values (R7)."""
        self.similarity: dict[TypeNumber, SimilarityIndex] = {}
        """For each fuzzy idType, by its number, its texts (R8)."""

        self.suppressed: set[str] = set()
        """The identifiers that no command may give (P13)."""

    def copy(self) -> "Tables":
        """An independent copy. O(rows), with a small constant: columns are copied as blocks."""
        other = Tables()
        for name in Tables.__slots__:
            part = getattr(self, name)
            if isinstance(part, int):
                setattr(other, name, part)
            elif name in COLUMNS:
                setattr(other, name, copied(part))
            elif name == "sharers":
                other.sharers = {value: sharing.copy() for value, sharing in self.sharers.items()}
            elif name == "index":
                other.index = [table.copy() for table in self.index]
            elif name == "compounds":
                other.compounds = [table.copy() for table in self.compounds]
            elif name == "similarity":
                other.similarity = {kind: index.copy() for kind, index in self.similarity.items()}
            else:
                setattr(other, name, part.copy())
        return other


COLUMNS = {
    *("created_at", "created_by", "parent", "head", "tail", "size", "ring"),
    *("kind", "owner", "free_values", "held", "added_at", "added_by", "next_hold", "free_holds"),
}
"""The columns of integers."""


# New rows


def new_profile(t: Tables, at: Moment, number: CommandNumber) -> ProfileRow:
    """The row of a new, empty profile."""
    profile: ProfileRow = t.n_profiles
    if profile == len(t.ring):
        make_room_for_profiles(t, more(profile))
    t.created_at[profile] = at
    t.created_by[profile] = number
    t.parent[profile] = profile
    t.head[profile] = codes.NO_HOLD
    t.tail[profile] = codes.NO_HOLD
    t.size[profile] = 0
    t.ring[profile] = profile
    t.n_profiles = profile + 1
    t.living += 1
    return profile


def next_value_row(t: Tables, ahead: int, kind: TypeNumber) -> ValueRow:
    """The row that the next new value but *ahead* will get, made ready; it is free until ``enter_value``."""
    if ahead < t.n_free_values:
        value = t.free_values[t.n_free_values - 1 - ahead]
    else:
        value = t.n_values + ahead - t.n_free_values
        if value >= len(t.owner):
            make_room_for_values(t, more(value))
    t.kind[value] = kind
    t.owner[value] = codes.NOBODY
    return value


def enter_value(t: Tables, value: ValueRow, text: Value) -> None:
    """Take the row that ``next_value_row`` made ready into use, with its text."""
    if t.n_free_values:
        t.text[value] = text
        t.n_free_values -= 1
    else:
        t.text.append(text)
        t.n_values = value + 1
    table = t.index[t.kind[value]]
    table.enter(text, value)


def new_hold(t: Tables) -> HoldRow:
    """The row of a new hold."""
    if t.n_free_holds:
        t.n_free_holds -= 1
        return t.free_holds[t.n_free_holds]
    hold: HoldRow = t.n_holds
    if hold == len(t.next_hold):
        make_room_for_holds(t, more(hold))
    t.n_holds = hold + 1
    return hold


# Compiled, a function that may lengthen a column first makes room for its description on the stack, which takes as long
# as a new row does. So these stand apart.


def make_room_for_profiles(t: Tables, room: int) -> None:
    """Lengthen the columns of profiles."""
    t.created_at = longer(t.created_at, room)
    t.created_by = longer(t.created_by, room)
    t.parent = longer(t.parent, room)
    t.head = longer(t.head, room)
    t.tail = longer(t.tail, room)
    t.size = longer(t.size, room)
    t.ring = longer(t.ring, room)


def make_room_for_values(t: Tables, room: int) -> None:
    """Lengthen the columns of values."""
    t.kind = longer(t.kind, room)
    t.owner = longer(t.owner, room)


def make_room_for_holds(t: Tables, room: int) -> None:
    """Lengthen the columns of holds."""
    t.held = longer(t.held, room)
    t.added_at = longer(t.added_at, room)
    t.added_by = longer(t.added_by, room)
    t.next_hold = longer(t.next_hold, room)


def forget_unheld(t: Tables) -> None:
    """Forget the values that nobody holds, as a store does that never kept them. O(values)."""
    t.keeps_values = False
    unheld = [value for value in all_values(t) if t.owner[value] == codes.NOBODY]
    t.free_values = longer(t.free_values, len(unheld))
    for place, value in enumerate(unheld):
        t.index[t.kind[value]].leave(t.text[value], value)
        t.text[value] = NO_TEXT
        t.free_values[place] = value
    t.n_free_values = len(unheld)


# Reading


def all_profiles(t: Tables) -> Iterable[ProfileRow]:
    """The rows of all profiles that ever were."""
    return cast("Iterable[ProfileRow]", range(t.n_profiles))


def all_values(t: Tables) -> Iterable[ValueRow]:
    """The rows of all values, free ones too."""
    return cast("Iterable[ValueRow]", range(t.n_values))


def living_profiles(t: Tables) -> list[ProfileRow]:
    """The profiles that live, in the order of their numbers. O(profiles)."""
    return [profile for profile in all_profiles(t) if t.parent[profile] == profile]


def held_texts(t: Tables, kind: TypeNumber) -> list[Value]:
    """The texts of an idType that somebody holds, in no order that means anything. O(texts)."""
    values = t.index[kind].all_rows()
    return [t.text[value] for value in values if t.owner[value] != codes.NOBODY or not t.keeps_values]


def is_stored(t: Tables, kind: TypeNumber) -> bool:
    """Whether somebody holds a value of an idType. O(1), but as ``held_texts`` where values are kept."""
    return len(t.index[kind]) > 0 and (not t.keeps_values or bool(held_texts(t, kind)))


def root(t: Tables, profile: ProfileRow) -> ProfileRow:
    """The living profile that a profile was merged into (I4); ``NOBODY`` if that was deleted.

    Shortens the way for the next search, so never call it while a command is changing the tables. O(log n) amortized.
    """
    parent = t.parent[profile]
    while parent != profile:
        if parent < 0:
            return codes.NOBODY
        grandparent = t.parent[parent]
        if grandparent >= 0:
            t.parent[profile] = grandparent
        profile = parent
        parent = t.parent[profile]
    return profile


def holds(t: Tables, profile: ProfileRow, value: ValueRow) -> bool:
    """Whether a profile holds a value. O(1)."""
    owner = t.owner[value]
    if owner == codes.SHARED:
        return profile in t.sharers[value]
    return owner == profile


def is_born_before(t: Tables, one: ProfileRow, other: ProfileRow) -> bool:
    """Whether a profile was created before another: by (created at, arrival order) (M1)."""
    at, other_at = t.created_at[one], t.created_at[other]
    return at < other_at or (at == other_at and t.created_by[one] < t.created_by[other])


def holders(t: Tables, value: ValueRow) -> list[ProfileRow]:
    """The profiles that hold a value, earliest first. O(n log n) in their number."""
    owner = t.owner[value]
    if owner == codes.SHARED:
        return earliest_first(t, list(t.sharers[value]))
    return [owner] if owner >= 0 else []


def earliest_first(t: Tables, profiles: list[ProfileRow]) -> list[ProfileRow]:
    """Profiles in the order of their creation (M1)."""
    if len(profiles) < 2:
        return profiles
    return [profile for _, _, profile in sorted([(t.created_at[p], t.created_by[p], p) for p in profiles])]
