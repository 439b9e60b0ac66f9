"""Undo: a command is whole or has not been (I7), whatever strikes in the middle of it.

Before a command changes what was there, it writes the old value into a log. An error, a preview or a refusal takes
everything back. Rows that the command began to use stand above the counters of before, so restoring the counters is
all that they need.

A command ends in three steps, each of which may be interrupted: it is ``CHANGING``, and whoever comes next takes it
back; it is ``RELEASING``, and whoever comes next finishes that; or it is over. Taking back and releasing give the
same result when they are begun again from the start.
"""

from typing import Any

from resolver.kernel import codes
from resolver.kernel.columns import longer, more
from resolver.kernel.rows import NO_TEXT, CommandNumber, Moment, ProfileRow
from resolver.kernel.scratch import Scratch, make_room
from resolver.kernel.tables import Tables, enter_value


def begin(t: Tables, s: Scratch) -> None:
    """Begin to change the tables; the new values that were given are entered first."""
    s.n_log = 0
    s.n_facts = 0
    s.n_extra = 0
    if s.entries:
        s.entries.clear()
    s.status = codes.IS_UNCHANGED
    s.was_values = t.n_values
    s.was_free_values = t.n_free_values
    s.was_profiles = t.n_profiles
    s.was_living = t.living
    s.was_holds = t.n_holds
    s.was_free_holds = t.n_free_holds
    s.phase = codes.CHANGING
    for place in range(s.n_new):
        enter_value(t, s.new_rows[place], s.new_texts[place])


def log(s: Scratch, column: int, row: Any, old: Any) -> None:
    """Write down what a column holds before it changes."""
    place = s.n_log
    if place + 3 > len(s.log):
        make_room(s, "log")
    s.log[place] = column
    s.log[place + 1] = row
    s.log[place + 2] = old
    s.n_log = place + 3


def log_pair(s: Scratch, table: int, key: int, profile: ProfileRow, is_entered: bool) -> None:
    """Write down that a profile is entered for a pair of values, or removed, in one of the pair tables."""
    log(s, codes.PAIR_IN if is_entered else codes.PAIR_OUT, key, table << 32 | profile)


def take_back(t: Tables, s: Scratch) -> None:
    """Make everything what it was when the command began to change it."""
    place = s.n_log
    while place:
        place -= 3
        restore(t, s.log[place], s.log[place + 1], s.log[place + 2])
    for index, text, is_entered in reversed(s.entries):
        if is_entered:
            index.discard(text)
        else:
            index.add(text)
    for place in range(s.n_new):
        value = s.new_rows[place]
        table = t.index[t.kind[value]]
        table.leave(s.new_texts[place], value)
        if value < s.was_values:
            t.text[value] = NO_TEXT
    del t.text[s.was_values :]
    new: ProfileRow = s.was_profiles
    own_id = t.own_ids.get(new)
    if own_id is not None:
        t.rows_of_ids.pop(own_id, None)
        t.own_ids.pop(new, None)
    t.n_values = s.was_values
    t.n_free_values = s.was_free_values
    t.n_profiles = s.was_profiles
    t.living = s.was_living
    t.n_holds = s.was_holds
    t.n_free_holds = s.was_free_holds
    s.n_facts = 0
    s.n_loose = 0
    s.n_cut = 0
    if s.entries:
        s.entries.clear()  # they name texts
    s.phase = codes.IDLE


def restore(t: Tables, column: int, row: Any, old: Any) -> None:
    """Undo one entry of the log."""
    if column == codes.OWNER:
        t.owner[row] = old
    elif column == codes.NEXT:
        t.next_hold[row] = old
    elif column == codes.HEAD:
        t.head[row] = old
    elif column == codes.TAIL:
        t.tail[row] = old
    elif column == codes.SIZE:
        t.size[row] = old
    elif column == codes.PARENT:
        t.parent[row] = old
    elif column == codes.RING:
        t.ring[row] = old
    elif column == codes.SHARER_IN:
        t.sharers.get(row, {}).pop(old, None)
    elif column == codes.SHARER_OUT:
        t.sharers[row][old] = None
    elif column == codes.SHARED_BY_TWO:
        t.owner[row] = old
        t.sharers.pop(row, None)
    elif column == codes.PAIR_IN or column == codes.PAIR_OUT:
        t.compounds[old >> 32].restore(row, old & 0xFFFFFFFF, column == codes.PAIR_IN)
    else:  # only one holder was left
        t.sharers.setdefault(row, {})[old] = None
        t.owner[row] = codes.SHARED


def finish(t: Tables, s: Scratch, number: CommandNumber, at: Moment) -> None:
    """Let the changes stand, move the history's position, and free what the command no longer needs.

    What may fail comes before the first step.
    """
    if t.keeps_values:
        s.n_loose = 0
    if s.n_loose or s.n_cut:
        prepare_release(t, s)
        s.next_number = number
        s.next_at = at
        s.phase = codes.RELEASING
        release(t, s)
    else:
        advance(t, s, number, at)


def advance(t: Tables, s: Scratch, number: CommandNumber, at: Moment) -> None:
    """Let the changes stand, if there are any, and move the history's position; nothing is to be freed."""
    s.next_number = number
    s.next_at = at
    s.phase = codes.RELEASING
    t.number = number
    t.at = at
    s.phase = codes.IDLE


def prepare_release(t: Tables, s: Scratch) -> None:
    """Find the values that nobody holds any more, each once, and make room for them and for the holds that ended."""
    if s.n_loose:
        free = [
            value for value in sorted({s.loose[place] for place in range(s.n_loose)}) if t.owner[value] == codes.NOBODY
        ]
        for place, value in enumerate(free):
            s.loose[place] = value
        s.n_loose = len(free)
        if t.n_free_values + s.n_loose > len(t.free_values):
            t.free_values = longer(t.free_values, more(t.n_free_values + s.n_loose))
    if t.n_free_holds + s.n_cut > len(t.free_holds):
        t.free_holds = longer(t.free_holds, more(t.n_free_holds + s.n_cut))
    s.base_values = t.n_free_values
    s.base_holds = t.n_free_holds


def release(t: Tables, s: Scratch) -> None:
    """Forget the texts that nobody holds any more, put the free rows on their stacks, and end the command."""
    for place in range(s.n_loose):
        value = s.loose[place]
        table = t.index[t.kind[value]]
        table.leave(t.text[value], value)
        s.forgotten.append(t.text[value])
        t.text[value] = NO_TEXT
        t.free_values[s.base_values + place] = value
    for place in range(s.n_cut):
        t.free_holds[s.base_holds + place] = s.cut[place]
    if s.n_loose:
        t.n_free_values = s.base_values + s.n_loose
    if s.n_cut:
        t.n_free_holds = s.base_holds + s.n_cut
    t.number = s.next_number
    t.at = s.next_at
    s.n_loose = 0
    s.n_cut = 0
    if s.entries:
        s.entries.clear()
    s.phase = codes.IDLE
