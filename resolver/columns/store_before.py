"""Store before: a store as it was before commands of a run, of the run's facts; its rows are those of the run.

So nothing is looked up by its text, and the kernel's own matching says which rules a command found a profile by.
"""

from array import array
from collections.abc import Iterable

from resolver.columns import marks
from resolver.columns.execution import Execution, zeros
from resolver.engine import Engine
from resolver.kernel import codes, rows
from resolver.kernel.columns import filled
from resolver.kernel.edit import add_again, delete, merge_again
from resolver.kernel.resolve import lose
from resolver.kernel.rows import CommandNumber, Integers, Moment
from resolver.kernel.scratch import Scratch
from resolver.kernel.tables import Tables
from resolver.kernel.undo import begin, finish
from resolver.ruling import Ruling


class StoreBefore:
    """The store before one command of a run after another, in their order.

    Only some *profiles* are in it, and what became one with them: *top* has for each the one in which it ended. A rule
    finds a profile among a few exactly where it finds it among all. *engine* is new, has the options of the run, and
    becomes the store; the run has had the same settings from its beginning to its end.
    """

    def __init__(self, done: Execution, engine: Engine, top: "array[int]", profiles: Iterable[int]) -> None:
        self._done = done
        self._engine = engine
        self._top = top
        self._wanted = zeros("b", len(top))
        for profile in profiles:
            self._wanted[top[profile]] = 1
        self._next = 0
        tables = engine._tables
        engine._rule(Ruling(tables, engine.settings, engine._rulebook_for, done.ruling.numbers))
        know_rows(tables, done.tables)

    def before(self, event: int) -> Engine:
        """Return the store, which must not be changed, as it was before a command: that of last time, or a later one.

        O(facts between the two).
        """
        done, n = self._done, self._done.numbered
        t, s = self._engine._tables, self._engine._scratch
        columns = done.facts.scratch, done.first, n.numbers, done.times, self._top, self._wanted
        fold_facts(t, s, *columns, self._next, event)
        self._next = event
        return self._engine


def know_rows(t: Tables, there: Tables) -> None:
    """Let new tables have the values and profiles of others by the same rows; nobody holds anything yet.

    Texts, and what finds them, are the others' own.
    """
    t.text, t.index, t.kind = there.text, there.index, there.kind
    t.owner = filled("i", codes.NOBODY, there.n_values)
    t.n_values = there.n_values
    t.keeps_values = True
    t.created_at, t.created_by = there.created_at, there.created_by
    t.own_ids, t.rows_of_ids = there.own_ids, there.rows_of_ids
    profiles: int = there.n_profiles
    t.parent, t.ring = filled("i", 0, profiles), filled("i", 0, profiles)
    for row in range(profiles):
        profile = rows.ProfileRow(row)
        t.parent[profile] = t.ring[profile] = profile
    t.head, t.tail = filled("i", codes.NO_HOLD, profiles), filled("i", codes.NO_HOLD, profiles)
    t.size = filled("i", 0, profiles)
    t.n_profiles = t.living = profiles


def fold_facts(
    t: Tables,
    s: Scratch,
    facts: Scratch,
    first: Integers,
    numbers: Integers,
    times: Integers,
    top: Integers,
    wanted: Integers,
    start: int,
    end: int,
) -> None:
    """Make true what the facts of the commands from *start* to before *end* say of *wanted* profiles.

    The facts stand in the columns of *facts*. Profiles are wanted by the one in which they ended. O(facts).
    """
    for event in range(start, end):
        for place in range(first[event], first[event + 1]):
            kind = facts.fact[place]
            is_change = codes.ADDED <= kind <= codes.MERGED or kind == codes.MOVED or kind == marks.DELETED
            if is_change and wanted[top[facts.who[place]]]:
                begin(t, s)
                fold_fact(t, s, facts, place, numbers[event], times[event])
                finish(t, s, numbers[event], times[event])


def fold_fact(t: Tables, s: Scratch, facts: Scratch, place: int, number: CommandNumber, at: Moment) -> None:
    """Make true what one fact says; the profiles that it names are there, and live."""
    kind, who, what = facts.fact[place], facts.who[place], facts.what[place]
    if kind == codes.ADDED:
        add_again(t, s, who, what, at, number)
    elif kind == codes.MERGED:
        merge_again(t, s, who, [facts.extra[what + each] for each in range(1, facts.extra[what] + 1)])
    elif kind == marks.DELETED:
        delete(t, s, who)
    else:
        lose(t, s, who, what, codes.REMOVED)
