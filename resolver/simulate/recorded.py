"""Recorded: a run that was executed command by command on some store, read from the log that was written on the way."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from resolver.evidence import RuleMatch
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.settings import Settings
from resolver.simulate import matched
from resolver.simulate.run_log import RunLog
from resolver.simulate.steps import Rejection, Step, Wanted, is_plain


class Recorded:
    """The log of a run, with its store and where its refs ended; *make_engine* made the store."""

    is_masked = False

    def __init__(
        self,
        log: RunLog,
        store: Any,
        settings: Settings,
        options: Mapping[str, Any],
        make_engine: Callable[..., Any],
        assignments: Mapping[str, ProfileId],
        elsewhere: Mapping[str, tuple[ProfileId, ...]],
    ) -> None:
        self.log = log
        self.engine = store
        self.settings = settings
        self.options = options
        self.make_engine = make_engine
        self._assignments = assignments
        self._elsewhere = elsewhere

    def refs(self) -> Collection[str]:
        """The refs of all commands that could be understood, each once. One pass over the log."""
        return {step.ref: None for step in self.log.read_steps() if step.ref is not None}.keys()

    def assignments(self) -> Mapping[str, ProfileId]:
        """Where each ref is at the end."""
        return self._assignments

    def elsewhere(self) -> Mapping[str, tuple[ProfileId, ...]]:
        """Where the lines of a ref ended, where that was several profiles or one that is gone; the latest last."""
        return self._elsewhere

    def births(self) -> Mapping[ProfileId, int]:
        """For every id of a profile, the number of the command that created it. One pass over the log."""
        return {fact.profile_id: fact.command for fact in self.read_facts() if isinstance(fact, ProfileCreated)}

    def read_steps(self, wanted: Wanted) -> Iterator[Step]:
        """The steps that are wanted, in the order of execution. One pass over the log."""
        return filter(wanted.has, self.log.read_steps())

    def plain_times(self) -> set[bool]:
        """Whether the applied plain resolves have a time: True where some do, False where some do not."""
        return {
            step.at is not None for step in self.log.read_steps() if step.outcome is not None and is_plain(step.command)
        }

    def read_facts(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the numbers of their commands."""
        return (fact for step in self.log.read_steps() for fact in step.facts)

    def read_facts_with_lines(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the lines of their commands."""
        for step in self.log.read_steps():
            for fact in step.facts:
                named: AnyFact = msgspec.structs.replace(fact, command=step.line)
                yield named

    def read_facts_about(self, ids: Iterable[ProfileId]) -> Iterator[AnyFact]:
        """The facts that changed some profiles, or what became one with them, or the settings, in their order."""
        every = matched.group_ids(self.engine, self.read_losses(), ids)
        return (fact for fact in self.read_facts() if matched.is_about(fact, every))

    def read_losses(self) -> Iterator[AnyFact]:
        """The facts that values left or were left out, the deletions and the settings."""
        others = IdentifierAdded | ProfileCreated | ProfilesMerged | IdentifierSuppressed | IdentifierUnsuppressed
        return (fact for fact in self.read_facts() if not isinstance(fact, others))

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""
        return self.log.read_rejected()

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """What a profile holds at the end."""
        return matched.held(self.engine, profile_id)

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """What each of some resolve commands found."""
        return matched.matches_at(self, numbers)
