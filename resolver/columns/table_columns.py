"""Table columns: from the columns of a run to those of its tables and back, entry by entry. Compiled with the kernel.

>>> from array import array
>>> out = array("q", [0] * 3)
>>> repeat_each(array("q", [7, 8, 9]), array("i", [0, 2, 2, 3]), 0, out), list(out)
(3, [7, 7, 9])
>>> values, once, ends = array("i", [4, -1, 4, 5, 4]), array("i", [0] * 5), array("i", [0] * 3)
>>> keep_once(values, array("q", [10, 13, 15]), array("i", [0] * 6), once, ends), list(once), list(ends)
(3, [4, 5, 4, 0, 0], [0, 1, 3])
"""

from typing import Any

from resolver.kernel import codes, rows
from resolver.kernel.rows import Column
from resolver.kernel.tables import Tables, enter_value, new_profile, next_value_row
from resolver.names import Value


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


# Back


def enter_values(t: Tables, kinds: Column[Any, Any], texts: "list[Value]") -> None:
    """Enter values into tables that do not have them, one row after the other: each with its idType and its text."""
    for place in range(len(texts)):
        row = next_value_row(t, 0, kinds[place])
        enter_value(t, row, texts[place])


def enter_profiles(t: Tables, ats: Column[Any, Any], numbers: Column[Any, Any]) -> None:
    """Enter profiles, one row after the other: each with the time and the number of the command that created it."""
    for place in range(len(numbers)):
        new_profile(t, ats[place], numbers[place])


def number_pairs(
    firsts: Column[Any, Any],
    seconds: Column[Any, Any],
    last: Column[Any, Any],
    before: Column[Any, Any],
    pairs: Column[Any, Any],
    numbers: Column[Any, Any],
) -> int:
    """Number the different pairs of two columns, where the first is not below 0; how many they are.

    ``pairs`` gets the first and the second of each, *numbers* that of each place. ``last`` has -1 for each second, from
    -1 on; pairs that have one second are chained in ``before``.

    >>> from array import array
    >>> last, before, pairs, out = (array("i", [-1] * size) for size in (7, 5, 10, 5))
    >>> number_pairs(array("i", [0, 1, 0, -1, 0]), array("i", [5, 5, 5, 5, -1]), last, before, pairs, out), list(out)
    (3, [0, 1, 0, -1, 2])
    >>> list(pairs)
    [0, 5, 1, 5, 0, -1, -1, -1, -1, -1]
    """
    count = 0
    for place in range(len(firsts)):
        first, second = firsts[place], seconds[place]
        pair = codes.NONE
        if first >= 0:
            pair = last[second + 1]
            while pair >= 0 and pairs[2 * pair] != first:
                pair = before[pair]
            if pair < 0:
                pair = count
                count += 1
                pairs[2 * pair] = first
                pairs[2 * pair + 1] = second
                before[pair] = last[second + 1]
                last[second + 1] = pair
        numbers[place] = pair
    return count


def place_facts(
    numbers: Column[Any, Any],
    ats: Column[Any, Any],
    commands: Column[Any, Any],
    times: Column[Any, Any],
    first: Column[Any, Any],
) -> int:
    """Find by the *numbers* of their commands where the facts of each of some *commands* begin, and its time.

    Both ascend. How many facts are of these commands is returned.
    """
    place, size = 0, len(numbers)
    for event in range(len(commands)):
        first[event] = place
        if place < size and numbers[place] == commands[event]:
            times[event] = ats[place]
            while place < size and numbers[place] == commands[event]:
                place += 1
    first[len(commands)] = place
    return place


def set_latest(ref_of: Column[Any, Any], subject: Column[Any, Any], latest: Column[Any, Any]) -> None:
    """Write for each ref the profile of its last applied command."""
    for event in range(len(subject)):
        if ref_of[event] >= 0 and subject[event] >= 0:
            latest[ref_of[event]] = subject[event]
