"""The loop: command after command over numbered values; what one does is not written here but in the kernel.

A value's row is known for each raw text, so nothing is looked up by its text. Facts stay where the kernel leaves them:
the columns of the scratch grow from command to command. Nothing raises on purpose; whatever strikes ends the whole
replay. What is no ordinary ``resolve`` is left to the caller.
"""

from typing import Any

from resolver.columns import marks
from resolver.kernel import codes, rows
from resolver.kernel.columns import COMPILED
from resolver.kernel.matching import match
from resolver.kernel.resolve import arrange, give, resolve, would_hold_something
from resolver.kernel.rows import Column, CommandNumber, Count, Moment, ProfileRow, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch, add_fact, add_given
from resolver.kernel.tables import Tables, holders, root
from resolver.kernel.undo import advance, begin, finish
from resolver.names import ProfileId
from resolver.profiles import id_of


class Events:
    """Some commands that follow one another, and what became of them; a column has one entry for each, unless said."""

    __slots__ = (
        "ahead", "ats", "base", "drops", "first", "given_in", "hidden", "hides", "idents", "latest", "numbers",
        "offsets", "op", "ref_of", "stamp", "status", "subject", "times", "value_of",
    )  # fmt: skip

    def __init__(
        self,
        numbers: Column[Any, Any],
        ats: Column[Any, Any],
        op: Column[Any, Any],
        ref_of: Column[Any, Any],
        offsets: Column[Any, Any],
        idents: Column[Any, Any],
        value_of: Column[Any, Any],
        given_in: Column[Any, Any],
        hidden: Column[Any, Any],
        latest: Column[Any, Any],
        times: Column[Any, Any],
        first: Column[Any, Any],
        status: Column[Any, Any],
        subject: Column[Any, Any],
        drops: bool,
        hides: bool,
        stamp: int,
    ) -> None:
        self.numbers: Column[int, CommandNumber] = numbers
        """The number of the command."""
        self.ats: Column[int, Moment] = ats
        """Its time as given, ``NOW`` where there is none."""
        self.op: Column[int, int] = op
        """What it is."""
        self.ref_of: Column[int, int] = ref_of
        """The number of its ref, or ``NOBODY``."""
        self.offsets: Column[int, int] = offsets
        """Where its texts begin; one entry more says where the last end. The first text of all is ``idents[0]``."""
        self.base = offsets[0]
        self.idents: Column[int, int] = idents
        """The raw texts of all commands, one after the other."""
        self.value_of: Column[int, ValueRow] = value_of
        """For each raw text the value that it becomes, or the mark that says why it becomes none."""
        self.given_in: Column[ValueRow, int] = given_in
        """For each value the last command that gave it, by *stamp*."""
        self.hidden: Column[ValueRow, int] = hidden
        """For each value whether it is suppressed (P13)."""
        self.latest: Column[int, ProfileRow] = latest
        """For each ref the profile of its last applied command, or ``NOBODY``."""
        self.times: Column[int, Moment] = times
        """The time at which it was executed."""
        self.first: Column[int, int] = first
        """Where its facts begin in the scratch."""
        self.status: Column[int, int] = status
        """What became of it."""
        self.subject: Column[int, ProfileRow] = subject
        """The profile that it resolved to; ``NOBODY`` if it was refused."""
        self.drops = drops
        """Whether unreadable identifiers are left out (N8)."""
        self.hides = hides
        """Whether anything is suppressed."""
        self.stamp = stamp
        """How many commands came before these."""
        self.ahead = 0
        """Up to which command memory was looked at ahead."""


def execute(t: Tables, s: Scratch, r: Rules, h: Events, start: int, end: int) -> int:
    """Execute the commands from *start* on, up to *end*; the first that is left to the caller, *end* if none is."""
    for e in range(start, end):
        if e >= h.ahead and COMPILED:
            h.ahead = min(e + codes.AHEAD, end)
            look_ahead(t, h, e, h.ahead)
        if h.op[e] != marks.RESOLVE:
            return e
        at = h.ats[e]
        if at == marks.NOW:
            at = t.at
        h.times[e] = at
        h.first[e] = s.n_facts
        profile = read(t, s, r, h, e)
        if profile == marks.READ:
            profile = carry_out(t, s, r, h, e, at)
        if profile == marks.LEFT:
            s.n_facts = h.first[e]
            return e
        note(s, h, e, profile)
    return end


def look_ahead(t: Tables, h: Events, start: int, end: int) -> int:
    """Look at what is known of the values of some commands; nothing is changed, and the answer has no meaning.

    Executing waits for memory, which a processor fetches together where it is asked for in short loops, as here.
    """
    seen = 0
    for place in range(h.offsets[start] - h.base, h.offsets[end] - h.base):
        value = h.value_of[h.idents[place]]
        if value >= 0:
            seen += h.given_in[value] + t.kind[value] + t.owner[value]
    for place in range(h.offsets[start] - h.base, h.offsets[end] - h.base):
        value = h.value_of[h.idents[place]]
        if value >= 0 and t.owner[value] >= 0:
            owner = t.owner[value]
            seen += t.parent[owner] + t.size[owner] + t.tail[owner] + t.head[owner] + t.created_at[owner]
    return seen


def note(s: Scratch, h: Events, e: int, profile: ProfileRow) -> None:
    """Note what became of a command."""
    h.subject[e] = profile
    if profile >= 0:
        h.status[e] = s.status
        if h.ref_of[e] >= 0:
            h.latest[h.ref_of[e]] = profile
    else:
        h.status[e] = marks.IS_REJECTED


def read(t: Tables, s: Scratch, r: Rules, h: Events, e: int) -> ProfileRow:
    """Read a command's identifiers (R1), each once, in the order of attaching (R4).

    ``READ``, or ``NOBODY`` if it is refused. It is ``LEFT`` to the caller if it gives what is suppressed, or may be.
    """
    s.n_given = 0
    dropped = blocked = 0
    for place in range(h.offsets[e] - h.base, h.offsets[e + 1] - h.base):
        value = h.value_of[h.idents[place]]
        if value >= 0:
            if h.hides and h.hidden[value]:
                return marks.LEFT
            if h.given_in[value] != h.stamp + e + 1:
                h.given_in[value] = h.stamp + e + 1
                if s.n_given < codes.FEW:
                    give(t, s, r, value)
                else:
                    add_given(s, value)
        elif value == marks.UNREADABLE and h.drops:
            add_fact(s, marks.INVALID, codes.NOBODY, h.idents[place])
            dropped += 1
        elif h.hides and value <= marks.BLOCKED:
            return marks.LEFT  # suppression goes before (P13), and of a blocked text there is no value
        elif value == marks.BLOCKED:
            add_fact(s, marks.LEFT_OUT, codes.NOBODY, h.idents[place])
            dropped += 1
            blocked += 1
        elif value != marks.NOTHING:
            return refuse(s, h, e, why_refused(value), codes.NOBODY, h.idents[place])
    if s.n_given == 0:
        return refuse(s, h, e, marks.NOTHING_LEFT, blocked, dropped)
    if s.n_given > codes.FEW:
        arrange(t, s, r)
    return marks.READ


def why_refused(value: int) -> int:
    """Why a command is refused that gives a text, by what stands instead of its value."""
    if value == marks.UNREADABLE:
        return marks.NOT_READABLE
    return marks.NOT_ALLOWED if value == marks.BLOCKS else marks.NOT_CONFIGURED


def refuse(s: Scratch, h: Events, e: int, why: int, who: Count, what: int) -> ProfileRow:
    """Refuse a command as a whole; nothing else remains of it (I7)."""
    s.n_facts = h.first[e]
    add_fact(s, why, who, what)
    return codes.NOBODY


def carry_out(t: Tables, s: Scratch, r: Rules, h: Events, e: int, at: Moment) -> ProfileRow:
    """Resolve what was read; the profile, ``NOBODY`` if the command is refused."""
    number = h.numbers[e]
    if match(t, s, r, at) == 0:
        if not would_hold_something(t, s, r):
            return refuse(s, h, e, marks.NOTHING_FREE, holders(t, s.given[0])[0], s.given[0])
        if t.rows_of_ids:  # the id of its number may be taken
            return marks.LEFT
    elif s.holds_all:
        s.status = codes.IS_UNCHANGED
        advance(t, s, number, at)
        return s.found[0]
    facts, extra = s.n_facts, s.n_extra
    begin(t, s)
    s.n_facts, s.n_extra = facts, extra  # so that the facts of all commands stand one after the other
    profile = resolve(t, s, r, at, number)
    finish(t, s, number, at)
    return profile


def follow_refs(
    t: Tables,
    subject: Column[Any, Any],
    ref_of: Column[Any, Any],
    first: Column[Any, Any],
    several: Column[Any, Any],
    order: Column[Any, Any],
) -> int:
    """Find where the lines of every ref ended: the first profile, and whether there was another one.

    *order* gets the refs in the order of their first applied command; how many they are is returned.
    """
    known = 0
    for e in range(len(subject)):
        ref = ref_of[e]
        if subject[e] >= 0 and ref >= 0:
            if first[ref] == marks.LEFT:
                first[ref] = codes.NOBODY
                order[known] = ref
                known += 1
            profile = root(t, subject[e])
            if first[ref] < 0:
                first[ref] = profile
            elif profile >= 0 and profile != first[ref]:
                several[ref] = 1
    return known


def follow_latest(
    t: Tables, order: Column[Any, Any], latest: Column[Any, ProfileRow], ends: Column[Any, ProfileRow]
) -> None:
    """Set for some refs the living profile of their last command; ``NOBODY`` if that is gone."""
    for place in range(len(order)):
        ref = order[place]
        ends[ref] = root(t, latest[ref])


def ids_at_end(
    t: Tables, order: Column[Any, Any], ends: Column[Any, ProfileRow], living: Column[Any, Any]
) -> list[ProfileId]:
    """The ids of the profiles where some refs ended, and in *living* those refs; of a profile that is gone, none."""
    ids: list[Any] = [None] * t.n_profiles
    found: list[ProfileId] = []
    for place in range(len(order)):
        row = ends[order[place]]
        if row >= 0:
            living[len(found)] = order[place]
            profile_id = ids[row]
            if profile_id is None:
                profile_id = ids[row] = id_of(t, row)
            found.append(profile_id)
    return found


def sizes_of_living(t: Tables, sizes: Column[Any, Any]) -> int:
    """Set how many values each living profile holds, one after the other; how many they are is returned."""
    count = 0
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        if t.parent[profile] == profile:
            sizes[count] = t.size[profile]
            count += 1
    return count
