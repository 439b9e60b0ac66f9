"""Presented: which values some records presented, who holds them, and what left whom, by the numbers of values.

A value's number is one that two runs share. What is asked of a group of records costs what these records did.
"""

from array import array
from typing import Any

from resolver.columns import marks
from resolver.columns.side_by_side import RunColumns
from resolver.kernel import codes, rows
from resolver.kernel.rows import Integers
from resolver.kernel.tables import Tables
from resolver.names import IdType, Value

LEAST = -10
"""Numbers of values that the first of two runs does not know go down from here."""


class Presented:
    """What the records of one run presented, command by command.

    Record ``ref`` has the commands from ``starts[ref]`` to before the next one's; such a command stood in the line
    ``lines[place]``, and presented the values from ``offsets[place]`` to before ``offsets[place + 1]``.
    """

    __slots__ = ("lines", "offsets", "starts", "values")

    def __init__(self, starts: Integers, lines: Integers, offsets: Integers, values: Integers) -> None:
        self.starts = starts
        self.lines = lines
        self.offsets = offsets
        self.values = values


def offer(
    run: RunColumns,
    events: Integers,
    offsets: Integers,
    idents: Integers,
    value_of: Integers,
    others: "dict[int, list[int]]",
    ends: Integers,
    values: Integers,
) -> int:
    """Put what each command offered into *values*, where there is room, and where that ends into *ends*; its size.

    A command has the texts ``idents[offsets[event]:offsets[event + 1]]``, each of which became ``value_of[text]``;
    of those in *others* it is known already.
    """
    count = 0
    has_room = len(values) > 0
    for place in range(len(events)):
        event = events[place]
        if event in others:
            for number in others[event]:
                if has_room:
                    values[count] = number
                count += 1
        else:
            for each in range(offsets[event], offsets[event + 1]):
                value = value_of[idents[each]]
                if value >= 0:
                    if has_room:
                        values[count] = run.shared(value)
                    count += 1
        ends[place + 1] = count
    return count


def presented_by(
    refs: "array[int]", one: Presented, other: Presented
) -> "tuple[list[int], list[int], list[tuple[int, int, int, int]]]":
    """Return the values that records presented in two runs, the record that first did, and who presented what.

    The last is of places: that of a record among the *refs*, that of a value among the values; then the earliest line,
    and 1 where the record did so in the one run, 2 in the other, 3 in both.
    """
    numbers: dict[int, int] = {}
    firsts: list[int] = []
    links: list[tuple[int, int, int, int]] = []
    for place in range(len(refs)):
        ref = refs[place]
        here: dict[int, int] = {}
        lines: list[int] = []
        runs: list[int] = []
        for bit in (1, 2):
            run = one if bit == 1 else other
            for event in range(run.starts[ref], run.starts[ref + 1]):
                for each in range(run.offsets[event], run.offsets[event + 1]):
                    value = run.values[each]
                    known = here.get(value)
                    if known is None:
                        here[value] = len(lines)
                        lines.append(run.lines[event])
                        runs.append(bit)
                    else:
                        runs[known] |= bit
        for value, seen in here.items():
            number = numbers.get(value)
            if number is None:
                number = numbers[value] = len(numbers)
                firsts.append(ref)
            links.append((place, number, lines[seen], runs[seen]))
    return list(numbers), firsts, links


def identifiers_of(
    t: Tables, names: list[str], numbers: list[int], others: "list[tuple[IdType, Value]]"
) -> "list[tuple[IdType, Value]]":
    """Return the idType and text of values: rows of a store, or, below 0, from ``LEAST`` on downwards, of *others*."""
    found = []
    for number in numbers:
        if number < 0:
            found.append(others[LEAST - number])
        else:
            value = rows.ValueRow(number)
            found.append((names[t.kind[value]], t.text[value]))
    return found


def profiles_of(refs: "array[int]", end: Integers, sizes: Integers) -> "tuple[dict[int, int], list[int], list[int]]":
    """Return the numbers of the profiles of records, in order of their first record; and that of each record's profile.

    Then for each profile how many records it has beside these; *sizes* says how many in all.
    """
    numbers: dict[int, int] = {}
    places: list[int] = []
    others: list[int] = []
    for each in range(len(refs)):
        profile = end[refs[each]]
        place = numbers.get(profile)
        if place is None:
            place = numbers[profile] = len(others)
            others.append(sizes[profile])
        others[place] -= 1
        places.append(place)
    return numbers, places, others


def chained(refs: "array[int]", last: Integers, before: Integers, records: Integers) -> list[int]:
    """Return what is chained to some records, each once, in order: the first of each pair of *records*."""
    found: set[int] = set()
    for each in range(len(refs)):
        place = last[refs[each]]
        while place >= 0:
            found.add(records[2 * place])
            place = before[place]
    return sorted(found)


def note_holders(
    t: Tables, run: RunColumns, profiles: list[int], places: "dict[int, int]", holders: "list[list[int]]"
) -> None:
    """Add to the holders of each value the place of each profile that holds it. O(what the profiles hold).

    ``places[number]`` is where a value stands among those that are asked about.
    """
    for number, profile in enumerate(profiles):
        hold: Any = t.head[profile]  # type: ignore[index]  # a row
        while hold >= 0:
            place = places.get(run.shared(t.held[hold]))
            if place is not None:
                holders[place].append(number)
            hold = t.next_hold[hold]


def number_losses(run: RunColumns, losses: Integers, texts: "dict[int, int]", numbers: Integers) -> None:
    """Set for each fact of a loss, by its place, the number of its value; *texts* has those that are no value's."""
    for each in range(len(losses)):
        place = losses[each]
        kind, what = run.fact[place], run.what[place]
        if kind == marks.INVALID or kind == marks.LEFT_OUT:
            numbers[each] = texts[what]
        elif kind == codes.CONFLICT or kind == codes.REFUSED:
            numbers[each] = run.shared(run.extra[what])
        else:
            numbers[each] = run.shared(what)


def chain_by(keys: Integers, last: Integers, before: Integers) -> None:
    """Chain the places that have one key: ``last[key]`` is the last of them, ``before[place]`` the one before it."""
    for place in range(len(keys)):
        if keys[place] >= 0:
            before[place] = last[keys[place]]
            last[keys[place]] = place


def set_creators(run: RunColumns, speaker: Integers, creator: Integers) -> None:
    """Set for each profile the record of the command that created it; commands and births both ascend. O(commands)."""
    event = 0
    for profile in range(len(creator)):
        while run.numbers[event] < run.born[profile]:
            event += 1
        creator[profile] = speaker[event]


def creators_of(run: RunColumns, merges: Integers, creator: Integers, changed: Integers, records: Integers) -> int:
    """Put into *records*, where there is room, the *changed* records that created the profiles of each merge.

    They stand in pairs: the place of the merge among *merges*, and the record. How many pairs there are is returned.
    """
    count = 0
    room = len(records) // 2
    for each in range(len(merges)):
        extra = run.what[merges[each]]
        for place in range(run.extra[extra] + 1):
            profile = run.extra[extra + place] if place else run.who[merges[each]]
            record = creator[profile]
            if record >= 0 and changed[record]:
                if count < room:
                    records[2 * count] = each
                    records[2 * count + 1] = record
                count += 1
    return count


def keep_wanted(refs: Integers, wanted: Integers) -> None:
    """Leave no ref in a column but those that are wanted."""
    for place in range(len(refs)):
        if refs[place] >= 0 and not wanted[refs[place]]:
            refs[place] = codes.NOBODY


def count_ends(end: Integers, sizes: Integers) -> None:
    """Count the records of each profile."""
    for ref in range(len(end)):
        if end[ref] >= 0:
            sizes[end[ref]] += 1
