"""The source of a run: what every question reads, whether it lies in columns, in files, or behind a mask."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

from resolver.engine import Engine
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.settings import Settings
from resolver.simulate.steps import Rejection, Step, Wanted


class Source(Protocol):
    """Steps, facts and rejections, read again and again; and what follows from them."""

    @property
    def settings(self) -> Settings:
        """The settings at the start."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The options of the engine."""

    @property
    def make_engine(self) -> Callable[..., Any]:
        """What made the store."""

    @property
    def is_masked(self) -> bool:
        """Whether values are masked; the engine, which is not, then has no part in what is told."""

    @property
    def engine(self) -> Engine:
        """The store at the end."""

    def refs(self) -> Collection[str]:
        """The refs of all commands that could be understood, each once, in the order in which they came first."""

    def assignments(self) -> Mapping[str, ProfileId]:
        """Where each ref is at the end."""

    def elsewhere(self) -> Mapping[str, tuple[ProfileId, ...]]:
        """Where the lines of a ref ended, where that was several profiles or one that is gone; the latest last."""

    def births(self) -> Mapping[ProfileId, int]:
        """For every id of a profile, the number of the command that created it."""

    def read_steps(self, wanted: Wanted) -> Iterator[Step]:
        """The steps that are wanted, in the order of execution."""

    def plain_times(self) -> set[bool]:
        """Whether the applied plain resolves have a time: True where some do, False where some do not."""

    def read_facts(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the numbers of their commands."""

    def read_facts_with_lines(self) -> Iterator[AnyFact]:
        """The facts in the order of execution, with the lines of their commands."""

    def read_facts_about(self, ids: Iterable[ProfileId]) -> Iterator[AnyFact]:
        """The facts that changed some profiles, or what became one with them, or the settings, in their order."""

    def read_losses(self) -> Iterator[AnyFact]:
        """The facts that values left or were left out, the deletions and the settings."""

    def read_rejected(self) -> Iterator[Rejection]:
        """The rejections in the order of the history."""

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """What a profile holds at the end, each value with its idType and since when; types in rule order."""

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """What each of some resolve commands found, by the command's number."""
