"""Profiles by id: from the ids that callers give to rows of the kernel, and back (A1, A7, section 11).

The id of a profile follows from the number of the command that created it, so it is not stored; only an id that the
engine's user chose is, and one that had to give way to such an id.
"""

from typing import Any

from resolver.ids import id_of_number, number_of, numbered_id
from resolver.kernel import codes
from resolver.kernel.rows import Column, CommandNumber, ProfileRow
from resolver.kernel.tables import Tables, earliest_first
from resolver.names import ProfileId


def id_of(t: Tables, profile: ProfileRow) -> ProfileId:
    """The id that a profile was created with. O(1)."""
    if len(t.own_ids):  # compiled, this does not ask an object whether it is true
        own_id = t.own_ids.get(profile)
        if own_id is not None:
            return own_id
    return id_of_number(t.created_by[profile])


def ids_of(t: Tables, profiles: list[ProfileRow]) -> tuple[ProfileId, ...]:
    """The ids of profiles, earliest first (Q4)."""
    return tuple([id_of(t, profile) for profile in earliest_first(t, profiles)])


def row_of(t: Tables, profile_id: str) -> ProfileRow:
    """The profile that was created with an id, living or not; ``NOBODY`` if there never was one.

    O(log n) in the profiles: rows ascend with the number in the id.
    """
    if t.rows_of_ids:
        known = t.rows_of_ids.get(profile_id)
        if known is not None:
            return known
    number = number_of(profile_id)
    row = row_created_by(t, number) if number >= 0 else codes.NOBODY
    return codes.NOBODY if row in t.own_ids else row


def row_created_by(t: Tables, number: int) -> ProfileRow:
    """The profile that command *number* created; ``NOBODY`` if it created none."""
    created_by: Column[Any, CommandNumber] = t.created_by  # read at places of which no row needs to be made
    low: Any = 0
    high = t.n_profiles
    while low < high:
        middle = (low + high) // 2
        if created_by[middle] < number:
            low = middle + 1
        else:
            high = middle
    row: ProfileRow = low
    return row if low < t.n_profiles and created_by[row] == number else codes.NOBODY


def birth_of(t: Tables, profile_id: str) -> CommandNumber:
    """The number of the command that created a profile, which there is."""
    return t.created_by[row_of(t, profile_id)]


def is_used(t: Tables, profile_id: str) -> bool:
    """Whether the id was ever given to a profile."""
    return row_of(t, profile_id) >= 0


def free_id(t: Tables, number: int) -> ProfileId | None:
    """The id of the profile that command *number* creates, if it is another than its own: that one is taken already."""
    tries = 0
    while numbered_id(number, tries) in t.rows_of_ids:
        tries += 1
    return numbered_id(number, tries) if tries else None


def give_id(t: Tables, profile: ProfileRow, own_id: ProfileId | None) -> None:
    """Set the id of a new profile; None: that of its number."""
    if own_id is not None and own_id != numbered_id(t.created_by[profile]):
        t.own_ids[profile] = own_id
        t.rows_of_ids[own_id] = profile
