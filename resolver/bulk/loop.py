"""The loop: ``resolve`` after ``resolve`` over numbered values; what one does is not written here but in the kernel.

A value's row is its number, so nothing is looked up by its text. Facts stay where the kernel leaves them: the columns
of the scratch grow from event to event. Nothing raises on purpose; whatever strikes ends the whole replay.
"""

from resolver.bulk import marks
from resolver.kernel import codes
from resolver.kernel.columns import Column
from resolver.kernel.matching import match
from resolver.kernel.resolve import give, resolve, would_hold_something
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch, add_fact
from resolver.kernel.tables import Tables, holders, root
from resolver.kernel.undo import advance, begin, finish


class Events:
    """The events of a history, and what became of them; a column has one entry an event, unless it says otherwise."""

    __slots__ = (
        "ats", "drops", "first", "given_in", "idents", "lines", "offsets", "status", "subject", "times", "value_of",
    )  # fmt: skip

    def __init__(
        self,
        lines: Column,
        ats: Column,
        offsets: Column,
        idents: Column,
        value_of: Column,
        given_in: Column,
        times: Column,
        first: Column,
        status: Column,
        subject: Column,
        drops: bool,
    ) -> None:
        self.lines = lines
        """The number of the command."""
        self.ats = ats
        """Its time as given, ``NOW`` where there is none."""
        self.offsets = offsets
        """Where its texts begin in ``idents``; one entry more says where the last end."""
        self.idents = idents
        """The raw texts of all events, one after the other."""
        self.value_of = value_of
        """For each raw text the value that it becomes, or the mark that says why it becomes none."""
        self.given_in = given_in
        """For each value the last event that gave it, counted from 1."""
        self.times = times
        """The time at which it was executed."""
        self.first = first
        """Where its facts begin in the scratch; one entry more says where the last end."""
        self.status = status
        """What became of it."""
        self.subject = subject
        """The profile that it resolved to; ``NOBODY`` if it was refused."""
        self.drops = drops
        """Whether unreadable identifiers are left out (N8)."""


def execute(t: Tables, s: Scratch, r: Rules, h: Events, start: int, end: int) -> None:
    """Execute the events from *start* on, up to *end*, in the order in which they arrived."""
    for e in range(start, end):
        at = h.ats[e]
        if at == marks.NOW:
            at = t.at
        h.times[e] = at
        h.first[e] = s.n_facts
        profile = codes.NOBODY
        if read(t, s, r, h, e):
            profile = carry_out(t, s, r, h, e, at)
        h.subject[e] = profile
        h.status[e] = s.status if profile >= 0 else marks.IS_REJECTED
    h.first[end] = s.n_facts


def read(t: Tables, s: Scratch, r: Rules, h: Events, e: int) -> bool:
    """Read an event's identifiers (R1), each once, in the order of attaching (R4); whether it may go on."""
    s.n_given = 0
    dropped = 0
    for place in range(h.offsets[e], h.offsets[e + 1]):
        value = h.value_of[h.idents[place]]
        if value >= 0:
            if h.given_in[value] != e + 1:
                h.given_in[value] = e + 1
                give(t, s, r, value)
        elif value == marks.UNREADABLE and h.drops:
            add_fact(s, marks.INVALID, codes.NOBODY, h.idents[place])
            dropped += 1
        elif value != marks.NOTHING:
            why = marks.NOT_READABLE if value == marks.UNREADABLE else marks.NOT_CONFIGURED
            refuse(s, h, e, why, codes.NOBODY, h.idents[place])
            return False
    if s.n_given == 0:
        refuse(s, h, e, marks.NOTHING_LEFT, codes.NOBODY, dropped)
        return False
    return True


def refuse(s: Scratch, h: Events, e: int, why: int, who: int, what: int) -> None:
    """Refuse an event as a whole; nothing else remains of it (I7)."""
    s.n_facts = h.first[e]
    add_fact(s, why, who, what)


def carry_out(t: Tables, s: Scratch, r: Rules, h: Events, e: int, at: int) -> int:
    """Resolve what was read; the profile, ``NOBODY`` if the event is refused."""
    number = h.lines[e]
    if match(t, s, r) == 0:
        if not would_hold_something(t, s, r):
            refuse(s, h, e, marks.NOTHING_FREE, holders(t, s.given[0])[0], s.given[0])
            return codes.NOBODY
    elif s.holds_all:
        s.status = codes.IS_UNCHANGED
        advance(t, s, number, at)
        return s.found[0]
    facts, extra = s.n_facts, s.n_extra
    begin(t, s)
    s.n_facts, s.n_extra = facts, extra  # so that the facts of all events stand one after the other
    profile = resolve(t, s, r, at, number)
    s.n_loose = 0  # a value that nobody holds keeps its row and its text: the events to come, and the facts, name it
    finish(t, s, number, at)
    return profile


def follow_refs(t: Tables, subject: Column, ref_of: Column, final: Column, several: Column, group: Column) -> None:
    """Find where every ref is at the end (-1: nowhere), whether its lines ended apart, and the refs of a profile."""
    for e in range(len(subject)):
        if subject[e] >= 0:
            profile, ref = root(t, subject[e]), ref_of[e]
            if final[ref] >= 0 and final[ref] != profile:
                several[ref] = 1
            final[ref] = profile
    for ref in range(len(final)):
        if final[ref] >= 0:
            group[final[ref]] += 1
