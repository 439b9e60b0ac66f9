"""About: which facts of a replay are about some profiles, found in its columns.

Profiles are taken together that became one, deleted or not.
"""

from typing import Any

from resolver.columns import marks
from resolver.kernel import codes, rows
from resolver.kernel.rows import Column
from resolver.kernel.tables import Tables


def set_tops(t: Tables, top: Column[Any, Any]) -> None:
    """Set for every profile the one in which all that became one with it ended, also where that was deleted."""
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        top[profile] = t.parent[profile] if t.parent[profile] >= 0 else profile
    for row in range(t.n_profiles):
        end = row
        while top[end] != end:
            end = top[end]
        on_the_way = row
        while top[on_the_way] != end:
            after = top[on_the_way]
            top[on_the_way] = end
            on_the_way = after


def note_facts(
    fact: Column[Any, Any],
    who: Column[Any, Any],
    top: Column[Any, Any],
    wanted: Column[Any, Any],
    end: int,
    places: Column[Any, Any],
) -> int:
    """Put into *places*, while there is room, where facts stand that changed *wanted* profiles, or the settings.

    Profiles are wanted by the one in which they ended. How many such facts there are before *end* is returned.
    """
    count = 0
    for place in range(end):
        kind = fact[place]
        if kind == marks.SETTINGS or (
            (kind <= codes.MERGED or kind == codes.MOVED or kind == marks.DELETED) and wanted[top[who[place]]]
        ):
            if count < len(places):
                places[count] = place
            count += 1
    return count
