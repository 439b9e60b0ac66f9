"""Steps: the commands of a run in order, each with what it gave and what became of it.

A run in columns finds those that a question is about by its integers, and makes nothing of the others.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from resolver.commands import AnyCommand, ApplySettings, Resolve
from resolver.facts import AnyFact, IdentifierRefused, Outcome
from resolver.names import AS_GIVEN, IdType, Milliseconds, ProfileId, Value
from resolver.simulate.entries import command_of
from resolver.simulate.spool import Applied, Rejection

if TYPE_CHECKING:
    from resolver.simulate.run import Run


class Step(msgspec.Struct, frozen=True):
    """One command of a run: what the history says, and what became of it.

    ``number`` is the command's number in its run, which ascends, ``line`` its line in the history; they differ where
    lines were sorted. ``ref`` is its record, ``at`` its own time in milliseconds, None if it has none. ``command`` is
    what was executed: a resolve has its identifiers as pairs, as they are written; a profile is named as the line
    names it (``ref:...`` or an id); a value that is no text is None. ``identifiers`` are those that it offers to be
    stored, each once, as they are stored under the settings in force then; what could not be read, or has an idType
    that was not configured, is not among them.

    ``outcome`` is what the engine gave: status, profile as it was called then, and facts, whose ``command`` is
    ``number``. It is None where the engine refused the command; ``rejection`` says why. Of an applied command that
    is None, and what was left out of it is a fact (``IdentifierRefused``).
    """

    number: int
    line: int
    ref: str | None
    at: Milliseconds | None
    command: AnyCommand
    identifiers: tuple[tuple[IdType, Value], ...]
    outcome: Outcome | None
    rejection: Rejection | None = None

    @property
    def named(self) -> str | None:
        """The profile as the line names it, ``ref:...`` or an id; None where the command names none."""
        return None if isinstance(self.command, Resolve | ApplySettings) else self.command.profile_id

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        """The facts of the outcome; none where there is no outcome."""
        return () if self.outcome is None else self.outcome.facts


def step_of(
    entry: Applied, facts: tuple[AnyFact, ...], identifiers: tuple[tuple[IdType, Value], ...], rest: Iterator[Rejection]
) -> Step:
    """Return a command as a step; *rest* are the rejections of the history that were not read yet."""
    outcome, rejection = None, None
    if entry.status is None:
        rejection = next(each for each in rest if each.line == entry.line and each.raw is not None)
    else:
        outcome = Outcome(entry.status, entry.profile_id, facts)
    command = command_of(entry)
    if isinstance(command, Resolve):
        command = Resolve(tuple(entry.given), command.at, command.new_profile_id)
    return Step(entry.number, entry.line, entry.ref, entry.at, command, identifiers, outcome, rejection)


def presented(step: Step) -> tuple[tuple[IdType, Value], ...]:
    """Return what a command offered: as it is stored, and what was left out of it as it was written."""
    left_out = [
        (fact.id_type, Value(fact.value))
        for fact in step.facts
        if isinstance(fact, IdentifierRefused) and fact.reason in AS_GIVEN and isinstance(fact.value, str)
    ]
    return *step.identifiers, *left_out


def checked_names(name: str, given: Collection[str] | None) -> Collection[str] | None:
    """Return names that steps are asked for by, to be looked up; ``ValueError`` for one text in the place of several.

    >>> checked_names("refs", "crm:1")
    Traceback (most recent call last):
        ...
    ValueError: refs: 'crm:1' is one text; expected a list such as ['crm:1']
    """
    if isinstance(given, str):
        raise ValueError(f"{name}: {given!r} is one text; expected a list such as [{given!r}]")  # noqa: TRY004
    return None if given is None else frozenset(given)


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
