"""Canonical form: the tables of a store as columns that equal stores agree on, and back.

Profiles stand in the order of their creation. The lists of the living ones follow each other, and values are numbered
in the order in which these lists first name them. Free rows, rings and indexes are left out: they follow.
"""

from array import array
from collections.abc import Sequence
from typing import Any

from resolver.kernel import codes, rows
from resolver.kernel.columns import filled, longer
from resolver.kernel.rows import Column, CommandNumber, HoldRow, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.tables import Tables, is_born_before, root
from resolver.kernel.text_table import TextTable
from resolver.names import Value


class Columns:
    """A store in canonical form. Its columns have the length of their table; texts are a list.

    ``survivor`` is a profile's own row if it lives, the row that it was merged into, or -1 if it was deleted. ``sizes``
    has, for each living profile, how many of the holds are its own.
    """

    __slots__ = (
        "added_at", "added_by", "created_at", "created_by", "held", "kind_of_value", "sizes", "survivor", "texts",
    )  # fmt: skip

    def __init__(
        self,
        created_at: Column[Any, Any],
        created_by: Column[Any, Any],
        survivor: Column[Any, Any],
        sizes: Column[Any, Any],
        held: Column[Any, Any],
        added_at: Column[Any, Any],
        added_by: Column[Any, Any],
        kind_of_value: Column[Any, Any],
        texts: list[Value],
    ) -> None:
        self.created_at: Column[ProfileRow, Moment] = created_at
        self.created_by: Column[ProfileRow, CommandNumber] = created_by
        self.survivor: Column[ProfileRow, ProfileRow] = survivor
        self.sizes: Column[int, int] = sizes
        self.held: Column[HoldRow, ValueRow] = held
        self.added_at: Column[HoldRow, Moment] = added_at
        self.added_by: Column[HoldRow, CommandNumber] = added_by
        self.kind_of_value: Column[ValueRow, TypeNumber] = kind_of_value
        self.texts = texts


def zeros(code: str, size: int) -> "array[int]":
    """A column of zeros."""
    column = array(code)
    return array(code, bytes(size * column.itemsize))


def canonical(t: Tables, kind_numbers: Column[Any, Any]) -> Columns:
    """The canonical form of a store, in which *kind_numbers* has the number of each idType. O(rows)."""
    total = t.n_holds - t.n_free_holds
    c = Columns(
        zeros("q", t.n_profiles),
        zeros("q", t.n_profiles),
        zeros("i", t.n_profiles),
        zeros("i", t.living),
        zeros("i", total),
        zeros("q", total),
        zeros("q", total),
        zeros("i", t.n_values - t.n_free_values),
        [],
    )
    numbers = filled("i", codes.NO_VALUE, t.n_values)
    fill(t, c, numbers, kind_numbers)
    return c


def fill(t: Tables, c: Columns, numbers: Column[Any, Any], kind_numbers: Column[Any, Any]) -> None:
    """Write the canonical form; *numbers* has the new number of each value, ``NO_VALUE`` as long as it has none."""
    living, place, values = 0, rows.HoldRow(0), rows.ValueRow(0)
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        c.created_at[profile] = t.created_at[profile]
        c.created_by[profile] = t.created_by[profile]
        c.survivor[profile] = root(t, profile)
        if t.parent[profile] == profile:
            c.sizes[living] = t.size[profile]
            living += 1
            hold = t.head[profile]
            while hold >= 0:
                value = t.held[hold]
                if numbers[value] < 0:
                    numbers[value] = values
                    c.kind_of_value[values] = kind_numbers[t.kind[value]]
                    c.texts.append(t.text[value])
                    values = rows.ValueRow(values + 1)
                c.held[place] = numbers[value]
                c.added_at[place] = t.added_at[hold]
                c.added_by[place] = t.added_by[hold]
                place = rows.HoldRow(place + 1)
                hold = t.next_hold[hold]


def rebuild(c: Columns, kinds: int, number: CommandNumber) -> Tables:
    """The store of a canonical form, with *kinds* idTypes, after command *number*. O(rows).

    ``ValueError`` says what contradicts itself.
    """
    t = Tables()
    n_profiles, n_holds, n_values = len(c.created_by), len(c.held), len(c.texts)
    if not len(c.created_at) == len(c.survivor) == n_profiles:
        raise ValueError("columns of profiles have different lengths")
    if not len(c.added_at) == len(c.added_by) == n_holds or len(c.kind_of_value) != n_values:
        raise ValueError("columns of values have different lengths")
    t.index = [TextTable() for _ in range(kinds)]
    t.text = list(c.texts)
    for name in ("created_at", "created_by", "parent", "head", "tail", "size", "ring"):
        setattr(t, name, longer(getattr(t, name), n_profiles))
    for name in ("held", "added_at", "added_by", "next_hold"):
        setattr(t, name, longer(getattr(t, name), n_holds))
    for name in ("kind", "owner"):
        setattr(t, name, longer(getattr(t, name), n_values))
    t.n_profiles, t.n_holds, t.n_values = n_profiles, n_holds, n_values
    rebuild_profiles(t, c, number)
    rebuild_values(t, c, kinds)
    rebuild_holds(t, c, number)
    return t


def rebuild_profiles(t: Tables, c: Columns, number: CommandNumber) -> None:
    """Fill the table of profiles, all without values yet."""
    last = 0
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        created_by = c.created_by[profile]
        if not last < created_by <= number:
            raise ValueError(f"profile {profile} was created by command {created_by}, after {last}, of {number}")
        last = created_by
        t.created_at[profile] = c.created_at[profile]
        t.created_by[profile] = created_by
        t.head[profile] = codes.NO_HOLD
        t.tail[profile] = codes.NO_HOLD
        t.size[profile] = 0
        t.ring[profile] = profile
        survivor = c.survivor[profile]
        if not -1 <= survivor < t.n_profiles:
            raise ValueError(f"profile {profile} leads to {survivor}, which is none")
        t.parent[profile] = survivor
        if survivor == profile:
            t.living += 1
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        survivor = t.parent[profile]
        if survivor >= 0 and survivor != profile:
            if t.parent[survivor] != survivor:
                raise ValueError(f"profile {profile} is an alias of {survivor}, which does not live")
            if not is_born_before(t, survivor, profile):
                raise ValueError(f"profile {profile} is older than {survivor}, which survived it")
            t.ring[profile], t.ring[survivor] = t.ring[survivor], profile


def rebuild_values(t: Tables, c: Columns, kinds: int) -> None:
    """Fill the table of values, which nobody holds yet."""
    counts = zeros("i", kinds)
    for row in range(t.n_values):
        value = rows.ValueRow(row)
        kind = c.kind_of_value[value]
        if not 0 <= kind < kinds:
            raise ValueError(f"value {value} is of idType {kind}, which is none")
        t.kind[value] = kind
        t.owner[value] = codes.NOBODY
        counts[kind] += 1
    for number in range(kinds):
        table = t.index[rows.TypeNumber(number)]
        table.reserve(counts[number])
    for row in range(t.n_values):
        value = rows.ValueRow(row)
        if not c.texts[value]:
            raise ValueError("a value is empty")
        table = t.index[t.kind[value]]
        if table.find(t.text, c.texts[value]) != codes.NO_VALUE:
            raise ValueError("a value is there twice")
        table.enter(c.texts[value], value)


def rebuild_holds(t: Tables, c: Columns, number: CommandNumber) -> None:
    """Fill the table of holds, and chain each profile's."""
    if len(c.sizes) != t.living or total(c.sizes) != t.n_holds:
        raise ValueError("the profiles' sizes do not fit their number and that of their values")
    place, living, values = rows.HoldRow(0), 0, 0
    last_holder: Column[ValueRow, Any] = filled("i", codes.NOBODY, t.n_values)
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        if t.parent[profile] != profile:
            continue
        before = codes.NO_HOLD
        for _ in range(c.sizes[living]):
            value = c.held[place]
            if not 0 <= value <= values or value >= t.n_values or last_holder[value] == profile:
                raise ValueError(f"profile {profile} holds value {value} out of order or twice")
            if value == values:
                values += 1
            last_holder[value] = profile
            check_time(c, place, before, number)
            t.held[place] = value
            t.added_at[place] = c.added_at[place]
            t.added_by[place] = c.added_by[place]
            t.next_hold[place] = codes.NO_HOLD
            if before < 0:
                t.head[profile] = place
            else:
                t.next_hold[before] = place
            hold_value(t, value, profile)
            before = place
            place = rows.HoldRow(place + 1)
        t.tail[profile] = before
        t.size[profile] = c.sizes[living]
        living += 1
    if values != t.n_values:
        raise ValueError("nobody holds a value that is there")


def total(sizes: Column[int, int]) -> int:
    """The sum of sizes; -1 if one of them is negative."""
    found = 0
    for place in range(len(sizes)):
        if sizes[place] < 0:
            return -1
        found += sizes[place]
    return found


def check_time(c: Columns, place: HoldRow, before: HoldRow, number: CommandNumber) -> None:
    """Check that a hold comes after the one before it, and from a command that was."""
    at, by = c.added_at[place], c.added_by[place]
    if not 0 < by <= number:
        raise ValueError(f"a value was added by command {by} of {number}")
    if before >= 0:
        last = c.added_at[before]
        if last > at or (last == at and c.added_by[before] > by):
            raise ValueError("a profile's values are out of order")


def hold_value(t: Tables, value: ValueRow, profile: ProfileRow) -> None:
    """Enter one more holder of a value."""
    owner = t.owner[value]
    if owner == codes.NOBODY:
        t.owner[value] = profile
    elif owner == codes.SHARED:
        t.sharers[value][profile] = None
    else:
        t.sharers[value] = {owner: None, profile: None}
        t.owner[value] = codes.SHARED


# Texts, one after the other in one piece


def write_lengths(texts: Sequence[str], lengths: "array[int]") -> bool:
    """Write the number of characters of each text; False, with the rest unwritten, if one has too many for a byte."""
    for place in range(len(texts)):
        text = texts[place]
        if len(text) > 255:
            return False
        lengths[place] = len(text)
    return True


def cut(together: str, ends: "array[int]") -> list[str]:
    """The texts that end at these places of one piece, which ascend."""
    texts = []
    start = 0
    for place in range(len(ends)):
        end = ends[place]
        texts.append(together[start:end])
        start = end
    return texts


def write_ends(lengths: "array[int]", ends: "array[int]") -> None:
    """Write where texts of these lengths end, each of which fits into a byte."""
    end = 0
    for place in range(len(lengths)):
        end += lengths[place]
        ends[place] = end
