"""Differences: for each changed group of refs the first command that differs for it, and the one that parts it.

Both runs numbered the commands of one history alike, so their columns are read side by side, in one pass that ends when
all groups have parted. ``simulate/causes.py`` has the definition.
"""

from array import array

from resolver.columns import marks
from resolver.columns.side_by_side import Cells, Regrouped, RunColumns, cell_key, end_of, has_same_effects
from resolver.kernel import codes
from resolver.kernel.columns import filled
from resolver.kernel.rows import Integers


class Places:
    """Where one run has the members at a moment: a member is a ref of a changed group, by a number of its own.

    A *place* is a list of members, and stands for whatever became one profile, so that few move where profiles merge.
    """

    __slots__ = ("at_end", "head", "next_at_end", "next_member", "place", "place_of", "previous", "size", "waiting")

    def __init__(self, run: RunColumns, refs: Integers, profiles: int) -> None:
        members = len(refs)
        self.place = filled("i", codes.NOBODY, members)
        """The place of a member; the next member of the place, and the one before."""
        self.next_member = filled("i", codes.NOBODY, members)
        self.previous = filled("i", codes.NOBODY, members)
        self.place_of = filled("i", codes.NOBODY, profiles)
        """The place that a profile stands for; for each place its first member, and how many it has."""
        self.head = filled("i", codes.NOBODY, profiles)
        self.size = filled("i", 0, profiles)
        self.waiting = filled("i", 0, profiles)
        """How many members of a place are of a group that is unseen."""
        self.at_end = filled("i", codes.NOBODY, profiles)
        """For a profile at the end its first member, as long as a group of one may be unseen; and the next one."""
        self.next_at_end = filled("i", codes.NOBODY, members)
        self.list_ends(run, refs)

    def list_ends(self, run: RunColumns, refs: Integers) -> None:
        """List the members of each profile at the end."""
        for member in range(len(refs)):
            end = run.top[run.end[refs[member]]]
            self.next_at_end[member] = self.at_end[end]
            self.at_end[end] = member


class Groups:
    """The changed groups: first those that were *joined*, then those that were *split*; and what is found of them.

    ``first`` and ``parting`` have for each group the places of a command in the one run and in the other; ``NOBODY``
    where a run does not have it.
    """

    __slots__ = (
        "alone", "cells", "dirty", "first", "in_one", "in_other", "in_pairs", "is_dirty", "joined", "joined_of",
        "member_of", "members", "n_dirty", "n_noted", "noted", "open", "parting", "refs", "split_of", "starts", "state",
        "unseen",
    )  # fmt: skip

    def __init__(self, joined: Regrouped, split: Regrouped, refs: int) -> None:
        groups = len(joined) + len(split)
        self.joined = len(joined)
        self.open = groups
        """How many have not parted."""
        starts = [joined.parts[place] for place in joined.starts]
        starts += [len(joined.refs) + split.parts[place] for place in split.starts[1:]]
        self.starts: Integers = array("i", starts)
        """Where the members of each group begin in ``members``."""
        self.members: Integers = joined.refs + split.refs
        self.member_of = filled("i", codes.NOBODY, refs)
        """For each ref its number among the members, ``NOBODY`` if it is none."""
        self.refs: Integers = array("i", bytes(4 * len(self.members)))
        """The refs of the members."""
        self.refs = self.refs[: self.number_members()]
        self.joined_of = filled("i", codes.NOBODY, len(self.refs))
        self.split_of = filled("i", codes.NOBODY, len(self.refs))
        """The group of a member, of either kind."""
        self.unseen = filled("i", 0, len(self.refs))
        """How many groups of a member are unseen."""
        self.list_groups()
        self.state = filled("b", marks.UNSEEN, groups)
        self.first = filled("i", codes.NOBODY, 2 * groups)
        self.parting = filled("i", codes.NOBODY, 2 * groups)
        self.noted = filled("i", 0, groups)
        """A stack of the groups for which the command under way differs."""
        self.n_noted = 0
        self.dirty = filled("i", 0, groups)
        """A stack of those that were counted anew by it, each once."""
        self.n_dirty = 0
        self.is_dirty = filled("b", 0, groups)
        self.alone = filled("i", 0, groups)
        """How many members of a followed group only one run has in a profile."""
        self.cells = filled("i", 0, 3 * groups)
        """In how many places its others are: in the one run, in the other, and as pairs."""
        self.in_one, self.in_other, self.in_pairs = Cells(), Cells(), Cells()

    def number_members(self) -> int:
        """Number the refs, and put the numbers in their place; return how many there are."""
        count = 0
        for place in range(len(self.members)):
            ref = self.members[place]
            if self.member_of[ref] < 0:
                self.member_of[ref] = count
                self.refs[count] = ref
                count += 1
            self.members[place] = self.member_of[ref]
        return count

    def list_groups(self) -> None:
        """Set the groups of each member."""
        for group in range(self.open):
            for place in range(self.starts[group], self.starts[group + 1]):
                member = self.members[place]
                self.unseen[member] += 1
                if group < self.joined:
                    self.joined_of[member] = group
                else:
                    self.split_of[member] = group

    def note(self, group: int) -> None:
        """Note that the command under way differs for a group, if it is the first that does; ``NOBODY`` is none."""
        if group >= 0 and self.state[group] == marks.UNSEEN:
            self.state[group] = marks.NOTED
            self.noted[self.n_noted] = group
            self.n_noted += 1

    def note_member(self, member: int) -> None:
        """Note that the command under way differs for the groups of a member."""
        self.note(self.joined_of[member])
        self.note(self.split_of[member])


def find_differences(one: RunColumns, other: RunColumns, p: Places, q: Places, g: Groups) -> None:
    """Set ``first`` and ``parting`` of all groups; *p* and *q* are the places of the two runs.

    O(facts), and O(n log n) in the moves of members, with the values of the commands whose facts differ.
    """
    left = 0
    right = 0
    while g.open and (left < len(one.subject) or right < len(other.subject)):
        order = 0
        if left == len(one.subject):
            order = 1
        elif right == len(other.subject):
            order = -1
        elif one.numbers[left] != other.numbers[right]:
            order = -1 if one.numbers[left] < other.numbers[right] else 1
        e = left if order <= 0 else codes.NOBODY
        f = right if order >= 0 else codes.NOBODY
        read_command(one, other, p, q, g, e, f)
        if order <= 0:
            left += 1
        if order >= 0:
            right += 1


def read_command(one: RunColumns, other: RunColumns, p: Places, q: Places, g: Groups, left: int, right: int) -> None:
    """Read one command, at its places in the two runs."""
    e = left if left >= 0 and one.status[left] != marks.IS_REJECTED else codes.NOBODY
    f = right if right >= 0 and other.status[right] != marks.IS_REJECTED else codes.NOBODY
    ref = codes.NOBODY
    if e >= 0:
        ref = one.ref_of[e]
    elif f >= 0:
        ref = other.ref_of[f]
    member = g.member_of[ref] if ref >= 0 else codes.NOBODY
    differs = not has_same_effects(one, e, other, f)
    if differs:
        note_touched(one, p, g, e)
        note_touched(other, q, g, f)
    if member >= 0 and (differs or end_of(one, e) != end_of(other, f)):
        g.note_member(member)
    follow(one, p, q, g, e, member, True)
    follow(other, p, q, g, f, member, False)
    while g.n_noted:
        g.n_noted -= 1
        group = g.noted[g.n_noted]
        g.first[2 * group] = left
        g.first[2 * group + 1] = right
        begin_to_count(p, q, g, group)
    while g.n_dirty:
        g.n_dirty -= 1
        group = g.dirty[g.n_dirty]
        g.is_dirty[group] = 0
        if not is_alike(g, group):
            g.state[group] = marks.PARTED
            g.parting[2 * group] = left
            g.parting[2 * group + 1] = right
            g.open -= 1


# Places


def note_touched(run: RunColumns, p: Places, g: Groups, e: int) -> None:
    """Note the groups with a member in a profile that a command changes, then or at the end."""
    if e >= 0:
        for place in range(run.first[e], run.first[e + 1]):
            if run.who[place] >= 0:
                note_profile(run, p, g, run.who[place])
                if run.fact[place] == codes.MERGED:
                    extra = run.what[place]
                    for each in range(1, run.extra[extra] + 1):
                        note_profile(run, p, g, run.extra[extra + each])


def note_profile(run: RunColumns, p: Places, g: Groups, profile: int) -> None:
    """Note the groups with a member in a profile, now or at the end. O(1), but for groups that are unseen."""
    place = p.place_of[profile]
    if place >= 0:
        waiting = p.waiting[place]
        member = p.head[place]
        while waiting > 0:
            if g.unseen[member] > 0:
                waiting -= 1
                g.note_member(member)
            member = p.next_member[member]
    top = run.top[profile]
    member = p.at_end[top]
    p.at_end[top] = codes.NOBODY
    while member >= 0:
        g.note_member(member)
        member = p.next_at_end[member]


def follow(run: RunColumns, p: Places, q: Places, g: Groups, e: int, member: int, is_one: bool) -> None:
    """Follow the members through a command of one run; *member* is the command's own, or ``NOBODY``."""
    mine = p if is_one else q
    is_deleted = False
    for place in range(run.first[e], run.first[e + 1]) if e >= 0 else ():
        kind = run.fact[place]
        if kind == codes.MERGED:
            merge(run, p, q, g, mine, place)
        elif kind == marks.DELETED:
            is_deleted = True
            empty(p, q, g, mine, run.who[place])
    profile = run.subject[e] if e >= 0 and member >= 0 else codes.NOBODY
    if profile >= 0 and is_deleted:
        move(p, q, g, mine, member, codes.NOBODY)
    elif profile >= 0:
        if mine.place_of[profile] < 0:
            mine.place_of[profile] = profile
        move(p, q, g, mine, member, mine.place_of[profile])


def merge(run: RunColumns, p: Places, q: Places, g: Groups, mine: Places, fact: int) -> None:
    """Move the members of the profiles that have fewer to the place of the one that has most. O(n log n) in all."""
    survivor, extra = run.who[fact], run.what[fact]
    kept = mine.place_of[survivor]
    for each in range(1, run.extra[extra] + 1):
        place = mine.place_of[run.extra[extra + each]]
        if place >= 0 and (kept < 0 or mine.size[place] > mine.size[kept]):
            kept = place
    if kept >= 0:
        move_all(p, q, g, mine, mine.place_of[survivor], kept)
        for each in range(1, run.extra[extra] + 1):
            profile = run.extra[extra + each]
            move_all(p, q, g, mine, mine.place_of[profile], kept)
            mine.place_of[profile] = codes.NOBODY
        mine.place_of[survivor] = kept


def empty(p: Places, q: Places, g: Groups, mine: Places, profile: int) -> None:
    """Take all members out of a profile that is deleted."""
    move_all(p, q, g, mine, mine.place_of[profile], codes.NOBODY)
    mine.place_of[profile] = codes.NOBODY


def move_all(p: Places, q: Places, g: Groups, mine: Places, place: int, to: int) -> None:
    """Move all members of a place to another one, or out of all."""
    if place >= 0 and place != to:
        member = mine.head[place]
        while member >= 0:
            after = mine.next_member[member]
            move(p, q, g, mine, member, to)
            member = after


def move(p: Places, q: Places, g: Groups, mine: Places, member: int, to: int) -> None:
    """Put a member into another place, or out of all, and count its followed groups anew."""
    if mine.place[member] != to:
        count(p, q, g, member, -1)
        leave(g, mine, member)
        enter(g, mine, member, to)
        count(p, q, g, member, 1)


def leave(g: Groups, mine: Places, member: int) -> None:
    """Take a member out of its place, if it has one."""
    before = mine.place[member]
    if before >= 0:
        after, ahead = mine.next_member[member], mine.previous[member]
        if ahead >= 0:
            mine.next_member[ahead] = after
        else:
            mine.head[before] = after
        if after >= 0:
            mine.previous[after] = ahead
        mine.size[before] -= 1
        if g.unseen[member] > 0:
            mine.waiting[before] -= 1


def enter(g: Groups, mine: Places, member: int, to: int) -> None:
    """Put a member that is in no place into one, as its first; or note that it is in none."""
    mine.place[member] = to
    if to >= 0:
        after = mine.head[to]
        mine.previous[member] = codes.NOBODY
        mine.next_member[member] = after
        if after >= 0:
            mine.previous[after] = member
        mine.head[to] = member
        mine.size[to] += 1
        if g.unseen[member] > 0:
            mine.waiting[to] += 1


# How a group is grouped


def begin_to_count(p: Places, q: Places, g: Groups, group: int) -> None:
    """Count how a group is grouped, from now on."""
    g.state[group] = marks.FOLLOWED
    for place in range(g.starts[group], g.starts[group + 1]):
        member = g.members[place]
        g.unseen[member] -= 1
        if g.unseen[member] == 0:
            if p.place[member] >= 0:
                p.waiting[p.place[member]] -= 1
            if q.place[member] >= 0:
                q.waiting[q.place[member]] -= 1
        count_in(p, q, g, member, group, 1)


def count(p: Places, q: Places, g: Groups, member: int, change: int) -> None:
    """Count a member in its followed groups, or no more."""
    for kind in range(2):
        group = g.split_of[member] if kind else g.joined_of[member]
        if group >= 0 and g.state[group] == marks.FOLLOWED:
            count_in(p, q, g, member, group, change)


def count_in(p: Places, q: Places, g: Groups, member: int, group: int, change: int) -> None:
    """Count a member in a group: the places of the others, and whether only one run has it in a profile. O(1)."""
    if not g.is_dirty[group]:
        g.is_dirty[group] = 1
        g.dirty[g.n_dirty] = group
        g.n_dirty += 1
    one, other = p.place[member], q.place[member]
    if one >= 0 and other >= 0:
        left = g.in_one.count(cell_key(group, one), change)
        g.cells[3 * group] += g.in_one.appeared
        right = g.in_other.count(cell_key(group, other), change)
        g.cells[3 * group + 1] += g.in_other.appeared
        g.in_pairs.count(cell_key(left, right), change)
        g.cells[3 * group + 2] += g.in_pairs.appeared
    elif one >= 0 or other >= 0:
        g.alone[group] += change


def is_alike(g: Groups, group: int) -> bool:
    """Whether both runs have the same members of a group in profiles, and as many pairs of places as places each."""
    place = 3 * group
    same: bool = g.cells[place] == g.cells[place + 1] and g.cells[place] == g.cells[place + 2]
    return same and g.alone[group] == 0
