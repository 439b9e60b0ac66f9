"""Steps: the applied commands of a run with their facts, all of them or those that a question is about.

A run in columns finds the latter by its integers, and makes nothing of the others; any other run gives all.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from resolver.facts import AnyFact
from resolver.names import ProfileId
from resolver.simulate.spool import Applied

if TYPE_CHECKING:
    from resolver.simulate.run import Run

Step = tuple[Applied, list[AnyFact]]


def steps_about(runs: "tuple[Run, Run]", refs: Collection[str]) -> tuple[Iterator[Step], Iterator[Step]]:
    """The steps of two runs of one history that are about some refs in either, or about profiles that ever had them.

    Where one of the runs is not in columns, all steps. O(commands), with a small constant for those left out.
    """
    one, other = (run.columns for run in runs)
    if one is None or other is None or not refs:
        return _steps(runs[0]), _steps(runs[1])
    about = bytearray(max([*one.done.numbered.numbers[-1:], *other.done.numbered.numbers[-1:]]) + 1)
    for kept in (one, other):
        kept.note_about(refs, about)
    return one.steps_about(about), other.steps_about(about)


def births_of(run: "Run") -> dict[ProfileId, int]:
    """For every id of a profile, the number of the command that created it; empty where the run is not in columns."""
    return {} if run.columns is None else run.columns.births()


def entries_at(run: "Run", numbers: Collection[int]) -> Iterable[Applied]:
    """The entries of the applied commands with these numbers, in their order."""
    if run.columns is not None:
        return run.columns.entries_at(numbers)
    return (entry for entry in run.applied if entry.number in numbers) if numbers else ()


def entries_of(run: "Run", ids: Collection[ProfileId]) -> Iterable[Applied]:
    """The applied commands that ended in profiles with these ids, and those that concern none, in their order."""
    if run.columns is not None:
        return run.columns.entries_of(ids)
    return (entry for entry in run.applied if entry.profile_id is None or entry.profile_id in ids)


def rarer_entries(run: "Run") -> tuple[Iterable[Applied], set[bool]]:
    """The applied commands that may name a profile or an id or bring settings; and whether the others have a time."""
    if run.columns is not None:
        return run.columns.rarer_entries(), run.columns.plain_times()
    return run.applied, set()


def _steps(run: "Run") -> Iterator[Step]:
    groups = groupby(run.numbered_facts, key=lambda fact: fact.command)
    number, facts = next(groups, (None, None))
    for entry in run.applied:
        mine: list[AnyFact] = []
        if facts is not None and number == entry.number:
            mine = list(facts)
            number, facts = next(groups, (None, None))
        yield entry, mine
