"""Undo: a command is whole or has not been (I7), whatever strikes in the middle of it.

Before a command changes what was there, it writes the old value into a log. An error, a preview or a refusal takes
everything back. Rows that the command began to use stand above the counters of before, so restoring the counters is
all that they need.

A command ends in three steps, each of which may be interrupted: it is ``CHANGING``, and whoever comes next takes it
back; it is ``RELEASING``, and whoever comes next finishes that; or it is over. Taking back and releasing give the
same result when they are begun again from the start.
"""

from typing import Any, Protocol

from resolver.kernel import codes
from resolver.kernel.columns import column, longer
from resolver.kernel.tables import Tables, enter_value


class Restorable(Protocol):
    """An index of which a change can be taken back."""

    def restore(self, key: Any, profile: int, entered: bool) -> None:
        """Undo one change, if it was made: remove what was *entered*, or enter what was removed."""
        ...


class Scratch:
    """What one command works with: empty between commands, but for what is waiting to be taken back or released."""

    __slots__ = (
        "base_holds",
        "base_values",
        "cut",
        "dropped",
        "entries",
        "evidence",
        "extra",
        "fact",
        "found",
        "given",
        "holds_all",
        "log",
        "loose",
        "n_cut",
        "n_evidence",
        "n_extra",
        "n_facts",
        "n_found",
        "n_given",
        "n_log",
        "n_loose",
        "n_new",
        "new_rows",
        "new_texts",
        "next_at",
        "next_number",
        "phase",
        "rule",
        "stamp",
        "status",
        "was_free_holds",
        "was_free_values",
        "was_holds",
        "was_living",
        "was_profiles",
        "was_values",
        "what",
        "who",
    )

    def __init__(self) -> None:
        self.stamp = 0
        """How many commands have begun: tells whether a callback began another one in between."""
        self.status = codes.IS_UNCHANGED

        # What was given, and what it found.
        self.given = column("i", 16)
        """The values given, each once, in the order of attaching (R4)."""
        self.n_given = 0
        self.new_rows = column("i", 16)
        """Those of them that nobody holds yet, in rows that are still free; their texts are in ``new_texts``."""
        self.new_texts: list[str] = []
        self.n_new = 0
        self.dropped: list[tuple[str, object]] = []
        """Identifiers that could not be read and are left out (N8), ready to be reported."""
        self.found = column("i", 16)
        """The profiles that belong together."""
        self.n_found = 0
        self.holds_all = False
        """Whether the one profile found is known to hold every given value, so that the command changes nothing."""
        self.evidence = column("i", 16)
        """The values that join them (M8)."""
        self.n_evidence = 0
        self.rule = codes.NOBODY
        """The number of the rule that found the second of them."""

        # What the command did: a fact is a code, the profile, and a value or a place in ``extra``.
        self.fact = column("b", 16)
        self.who = column("i", 16)
        self.what = column("i", 16)
        self.n_facts = 0
        self.extra = column("i", 16)
        self.n_extra = 0

        # How to take it back.
        self.phase = codes.IDLE
        self.log = column("q", 48)
        """Entries of three numbers: what to restore, the row, the old value."""
        self.n_log = 0
        self.entries: list[tuple[Restorable, Any, int, bool]] = []
        """Changes of the indexes of compound and fuzzy rules: index, key, profile, and whether it was entered."""
        self.was_values = 0
        self.was_free_values = 0
        self.was_profiles = 0
        self.was_living = 0
        self.was_holds = 0
        self.was_free_holds = 0

        # Where the history stands when the command is whole.
        self.next_number = 0
        self.next_at = 0

        # What the command no longer needs, freed at its end.
        self.loose = column("i", 16)
        """Values that may have no holder any more; one may stand there twice. Empty between commands."""
        self.n_loose = 0
        self.cut = column("i", 16)
        """Holds that ended."""
        self.n_cut = 0
        self.base_values = 0
        """How high the stack of free rows stood when releasing began; likewise ``base_holds``."""
        self.base_holds = 0


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


def log(s: Scratch, column: int, row: int, old: int) -> None:
    """Write down what a column holds before it changes."""
    place = s.n_log
    if place + 3 > len(s.log):
        s.log = longer(s.log, 2 * len(s.log))
    s.log[place] = column
    s.log[place + 1] = row
    s.log[place + 2] = old
    s.n_log = place + 3


def take_back(t: Tables, s: Scratch) -> None:
    """Make everything what it was when the command began to change it."""
    place = s.n_log
    while place:
        place -= 3
        restore(t, s.log[place], s.log[place + 1], s.log[place + 2])
    for index, key, profile, entered in reversed(s.entries):
        index.restore(key, profile, entered)
    for place in range(s.n_new):
        value = s.new_rows[place]
        rows = t.index[t.kind[value]]
        if rows.get(s.new_texts[place]) == value:
            del rows[s.new_texts[place]]
        if value < s.was_values:
            t.text[value] = ""
    del t.text[s.was_values :]
    own_id = t.own_ids.get(s.was_profiles)
    if own_id is not None:
        t.rows_of_ids.pop(own_id, None)
        t.own_ids.pop(s.was_profiles, None)
    t.n_values = s.was_values
    t.n_free_values = s.was_free_values
    t.n_profiles = s.was_profiles
    t.living = s.was_living
    t.n_holds = s.was_holds
    t.n_free_holds = s.was_free_holds
    s.n_facts = 0
    s.n_loose = 0
    s.n_cut = 0
    s.phase = codes.IDLE


def restore(t: Tables, column: int, row: int, old: int) -> None:
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
    else:  # only one holder was left
        t.sharers.setdefault(row, {})[old] = None
        t.owner[row] = codes.SHARED


def finish(t: Tables, s: Scratch, number: int, at: int) -> None:
    """Let the changes stand, move the history's position, and free what the command no longer needs.

    What may fail comes before the first step.
    """
    if s.n_loose or s.n_cut:
        prepare_release(t, s)
        s.next_number = number
        s.next_at = at
        s.phase = codes.RELEASING
        release(t, s)
    else:
        advance(t, s, number, at)


def advance(t: Tables, s: Scratch, number: int, at: int) -> None:
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
            t.free_values = longer(t.free_values, 2 * (t.n_free_values + s.n_loose))
    if t.n_free_holds + s.n_cut > len(t.free_holds):
        t.free_holds = longer(t.free_holds, 2 * (t.n_free_holds + s.n_cut))
    s.base_values = t.n_free_values
    s.base_holds = t.n_free_holds


def release(t: Tables, s: Scratch) -> None:
    """Forget the texts that nobody holds any more, put the free rows on their stacks, and end the command."""
    for place in range(s.n_loose):
        value = s.loose[place]
        t.index[t.kind[value]].pop(t.text[value], None)
        t.text[value] = ""
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
    s.phase = codes.IDLE


# Scratch columns


def add_fact(s: Scratch, fact: int, who: int, what: int) -> None:
    """Leave a fact: its code, the profile, and a value or the place of more in ``extra``."""
    place = s.n_facts
    if place >= len(s.what):
        s.fact = longer(s.fact, 2 * place)
        s.who = longer(s.who, 2 * place)
        s.what = longer(s.what, 2 * place)
    s.fact[place] = fact
    s.who[place] = who
    s.what[place] = what
    s.n_facts = place + 1


def add_extra(s: Scratch, number: int) -> None:
    """Leave one more integer of a fact that has many."""
    if s.n_extra == len(s.extra):
        s.extra = longer(s.extra, 2 * len(s.extra))
    s.extra[s.n_extra] = number
    s.n_extra += 1


def add_given(s: Scratch, value: int) -> None:
    """Take one more value of the command, at the end."""
    if s.n_given == len(s.given):
        s.given = longer(s.given, 2 * len(s.given))
    s.given[s.n_given] = value
    s.n_given += 1


def add_new(s: Scratch, value: int, text: str) -> None:
    """Note a value that nobody holds yet."""
    if s.n_new == len(s.new_rows):
        s.new_rows = longer(s.new_rows, 2 * len(s.new_rows))
    s.new_rows[s.n_new] = value
    s.new_texts.append(text)
    s.n_new += 1


def add_found(s: Scratch, profile: int) -> None:
    """Note a profile that belongs to the command's person."""
    if s.n_found == len(s.found):
        s.found = longer(s.found, 2 * len(s.found))
    s.found[s.n_found] = profile
    s.n_found += 1


def add_evidence(s: Scratch, value: int) -> None:
    """Note a value that joins profiles (M8)."""
    if s.n_evidence == len(s.evidence):
        s.evidence = longer(s.evidence, 2 * len(s.evidence))
    s.evidence[s.n_evidence] = value
    s.n_evidence += 1


def add_loose(s: Scratch, value: int) -> None:
    """Note a value that may have no holder when the command ends."""
    if s.n_loose == len(s.loose):
        s.loose = longer(s.loose, 2 * len(s.loose))
    s.loose[s.n_loose] = value
    s.n_loose += 1


def add_cut(s: Scratch, hold: int) -> None:
    """Note a hold that ended."""
    if s.n_cut == len(s.cut):
        s.cut = longer(s.cut, 2 * len(s.cut))
    s.cut[s.n_cut] = hold
    s.n_cut += 1
