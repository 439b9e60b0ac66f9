"""Table columns: from the columns of a run to those of its tables, entry by entry. Compiled where the kernel is.

>>> from array import array
>>> out = array("q", [0] * 3)
>>> repeat_each(array("q", [7, 8, 9]), array("i", [0, 2, 2, 3]), 0, out), list(out)
(3, [7, 7, 9])
>>> values, once, ends = array("i", [4, -1, 4, 5, 4]), array("i", [0] * 5), array("i", [0] * 3)
>>> keep_once(values, array("q", [10, 13, 15]), array("i", [0] * 6), once, ends), list(once), list(ends)
(3, [4, 5, 4, 0, 0], [0, 1, 3])
"""

from typing import Any

from resolver.kernel import rows
from resolver.kernel.rows import Column
from resolver.kernel.tables import Tables


def repeat_each(column: Column[Any, Any], first: Column[Any, Any], start: int, out: Column[Any, Any]) -> int:
    """Write each entry of a column, which begins at command *start*, once for each of its facts; how many these are."""
    place = 0
    for each in range(len(column)):
        for _ in range(first[start + each], first[start + each + 1]):
            out[place] = column[each]
            place += 1
    return place


def keep_once(
    values: Column[Any, Any],
    offsets: Column[Any, Any],
    seen: Column[Any, Any],
    once: Column[Any, Any],
    ends: Column[Any, Any],
) -> int:
    """Write what commands offered, each value once a command, marks left out; how many are left.

    *offsets* say where the values of a command begin, wherever they start; *ends* where they do afterwards. ``seen``
    has a place for each value, and 0 in it.
    """
    count = 0
    for each in range(len(offsets) - 1):
        for place in range(offsets[each] - offsets[0], offsets[each + 1] - offsets[0]):
            value = values[place]
            if value >= 0 and seen[value] != each + 1:
                seen[value] = each + 1
                once[count] = value
                count += 1
        ends[each + 1] = count
    return count


def list_holds(
    t: Tables,
    profiles: Column[Any, Any],
    kinds: Column[Any, Any],
    who: Column[Any, Any],
    what: Column[Any, Any],
    since: Column[Any, Any],
) -> int:
    """Write what some profiles hold, profile by profile, the types as *kinds* has them; how many values these are."""
    count = 0
    for place in range(len(profiles)):
        profile = rows.ProfileRow(profiles[place])
        left = t.size[profile]
        for each in range(len(kinds)):
            if left == 0:
                break
            hold = t.head[profile]
            while hold >= 0:
                value = t.held[hold]
                if t.kind[value] == kinds[each]:
                    who[count] = profile
                    what[count] = value
                    since[count] = t.added_at[hold]
                    count += 1
                    left -= 1
                hold = t.next_hold[hold]
    return count


def list_ends(
    subject: Column[Any, Any], ref_of: Column[Any, Any], first: Column[Any, Any], last: Column[Any, Any]
) -> int:
    """Write the first and the last applied command of each ref that has a profile; *first* has -1 for every ref."""
    for event in range(len(subject)):
        ref = ref_of[event]
        if ref >= 0 and subject[event] >= 0:
            if first[ref] < 0:
                first[ref] = event
            last[ref] = event
    return 0
