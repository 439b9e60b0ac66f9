"""Records: profiles as they are stored."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.structures.held import WIDTH, inserted, united

Record: TypeAlias = tuple[Any, ...]
"""A profile: when it was created, the number of the creating command, its id, then what it holds.

One flat tuple, for a million profiles pay for every object; immutable, so that forks share it. Records sort by
birth (M1).
"""

HEAD = 3
"""Where in a record begins what the profile holds."""

# The parts of a record. Made once: a slice that is written out is an object more for every use.
BIRTH, HELD = slice(HEAD), slice(HEAD, None)
TYPES, VALUES = slice(HEAD, None, WIDTH), slice(HEAD + 3, None, WIDTH)
_OLDEST, _NEWEST = slice(HEAD + 1, HEAD + 3), slice(-3, -1)
"""(time added, number) of the oldest value, () if there is none; and of the newest, or else of the creation."""


id_of: Callable[[Record], ProfileId] = itemgetter(2)
"""Gives the id of a profile."""


def grown(record: Record, id_type: IdType, at: Milliseconds, number: int, value: Value) -> Record:
    """Give the record with one value more, at its place by (time, arrival order) (A4). O(values)."""
    if record[-3] <= at:  # the time of the newest value, or of the creation where there is none
        return record + (id_type, at, number, value)  # noqa: RUF005 - three times as fast
    return record[BIRTH] + inserted(record[HELD], id_type, at, number, value)


def merged(survivor: Record, absorbed: Sequence[Record], is_shared: bool) -> Record:
    """Give the survivor of a merge with all that it and the absorbed profiles held (M2, M3).

    *is_shared* tells whether several of them may hold the same value. O(n log n) in the values.
    """
    if len(absorbed) == 1 and not is_shared:
        [other] = absorbed
        if survivor[_NEWEST] < other[_OLDEST]:
            return survivor + other[HELD]
    return survivor[BIRTH] + united([record[HELD] for record in (survivor, *absorbed)])
