"""About: which commands of a replay are about some records, found in its columns: they change a profile of theirs.

Profiles are taken together that became one, deleted or not.
"""

from typing import Any

from resolver.columns import marks
from resolver.kernel import codes, rows
from resolver.kernel.rows import Column
from resolver.kernel.tables import Tables


class Lines:
    """The columns of a replay that say which command did what to which profile."""

    __slots__ = ("first", "numbers", "ref_of", "status", "subject", "who")

    def __init__(
        self,
        numbers: Column[Any, Any],
        ref_of: Column[Any, Any],
        subject: Column[Any, Any],
        status: Column[Any, Any],
        first: Column[Any, Any],
        who: Column[Any, Any],
    ) -> None:
        self.numbers = numbers
        self.ref_of = ref_of
        self.subject = subject
        self.status = status
        self.first = first
        self.who = who


def set_tops(t: Tables, top: Column[Any, Any]) -> None:
    """Set for every profile the one in which all that became one with it ended, also where that was deleted."""
    for row in range(t.n_profiles):
        profile = rows.ProfileRow(row)
        top[profile] = t.parent[profile] if t.parent[profile] >= 0 else profile
    for row in range(t.n_profiles):
        end = row
        while top[end] != end:
            end = top[end]
        on_the_way = row
        while top[on_the_way] != end:
            after = top[on_the_way]
            top[on_the_way] = end
            on_the_way = after


def note_about(
    c: Lines, top: Column[Any, Any], wanted: Column[Any, Any], group: Column[Any, Any], about: Column[Any, Any]
) -> None:
    """Set ``about[number]`` for the commands about the refs that are *wanted*; *group* gets the profiles of theirs."""
    for e in range(len(c.subject)):
        if c.ref_of[e] >= 0 and wanted[c.ref_of[e]]:
            about[c.numbers[e]] = 1
            if c.subject[e] >= 0:
                group[top[c.subject[e]]] = 1
    for e in range(len(c.subject)):
        if c.status[e] != marks.IS_REJECTED:
            for place in range(c.first[e], c.first[e + 1]):
                if c.who[place] != codes.NOBODY and group[top[c.who[place]]]:
                    about[c.numbers[e]] = 1
                    break
