"""Editing one profile: replace, remove, delete (A5, A6, M7); and what facts say, made true again (I6).

As in ``resolve``, between ``begin`` and ``finish``.
"""

from resolver.kernel import codes
from resolver.kernel.compounds import enter_pairs, enter_profile, leave_profile
from resolver.kernel.profile_lists import link, outermost, unlink
from resolver.kernel.resolve import absorb, attach, lose, trim
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.rules import Rules
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables, holds
from resolver.kernel.undo import log


def replace(
    t: Tables,
    s: Scratch,
    r: Rules,
    profile: ProfileRow,
    old: ValueRow,
    new: ValueRow,
    at: Moment,
    number: CommandNumber,
) -> ProfileRow:
    """Put a value in the place of another one that the profile holds (A5).

    The old one leaves first, so that its place is free. The profile afterwards, or ``COLLIDES`` as from ``attach``;
    where the last fact refuses the new value, the caller takes everything back.
    """
    is_there = holds(t, profile, new)
    lose(t, s, profile, old, codes.REPLACED)
    if not is_there:
        return attach(t, s, r, profile, new, at, number)
    trim(t, s, r, profile, t.kind[new], at)
    return profile


def remove(
    t: Tables,
    s: Scratch,
    r: Rules,
    profile: ProfileRow,
    kind: TypeNumber,
    value: ValueRow,
    everything: bool,
    at: Moment,
) -> None:
    """Take away a value, the one that the policy names if it is ``NO_VALUE``, or all of an idType (A6)."""
    if everything:
        going = outermost(t, profile, kind, True)
        while going >= 0:
            lose(t, s, profile, going, codes.REMOVED)
            going = outermost(t, profile, kind, True)
    else:
        lose(t, s, profile, value if value >= 0 else outermost(t, profile, kind, r.fifo[kind] == 1), codes.REMOVED)
    trim(t, s, r, profile, kind, at)


def delete(t: Tables, s: Scratch, profile: ProfileRow) -> None:
    """Delete a profile, its values and all its aliases (M7)."""
    if t.compounds:
        leave_profile(t, s, profile)
    while t.head[profile] >= 0:
        unlink(t, s, profile, t.held[t.head[profile]])
    log(s, codes.PARENT, profile, profile)
    t.parent[profile] = codes.NOBODY
    t.living -= 1


def suppress(t: Tables, s: Scratch, digest: str) -> None:
    """Refuse an identifier from now on that is not suppressed yet (P13)."""
    s.entries.append((t.suppressed, digest, True))
    t.suppressed.add(digest)


def unsuppress(t: Tables, s: Scratch, digest: str) -> None:
    """Let a suppressed identifier be given again (P13)."""
    s.entries.append((t.suppressed, digest, False))
    t.suppressed.discard(digest)


def aliases(t: Tables, profile: ProfileRow) -> list[ProfileRow]:
    """The profiles that were merged into a living one, in no order that means anything. O(aliases)."""
    found = []
    alias = t.ring[profile]
    while alias != profile:
        found.append(alias)
        alias = t.ring[alias]
    return found


# Facts made true again: nothing is decided (I6)


def add_again(t: Tables, s: Scratch, profile: ProfileRow, value: ValueRow, at: Moment, number: CommandNumber) -> None:
    """Add a value to a profile."""
    link(t, s, profile, value, at, number)
    if t.compounds:
        enter_pairs(t, s, profile, value)


def merge_again(t: Tables, s: Scratch, survivor: ProfileRow, absorbed: list[ProfileRow]) -> None:
    """Unite profiles; what the limits then took are facts of their own."""
    if t.compounds:
        leave_profile(t, s, survivor)
        for profile in absorbed:
            leave_profile(t, s, profile)
    for profile in absorbed:
        absorb(t, s, survivor, profile)
    if t.compounds:
        enter_profile(t, s, survivor)
