"""Steps: the commands of a run in order, each with what it gave and what became of it; and the source that has them.

A run in columns finds those that a question is about by its integers, and makes nothing of the others.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
    milliseconds,
)
from resolver.engine import Engine
from resolver.errors import InvalidTime
from resolver.evidence import RuleMatch
from resolver.facts import AnyFact, IdentifierRefused, IdentifierRemoved, Outcome, subject_of
from resolver.names import AS_GIVEN, IdType, Milliseconds, ProfileId, RemovalReason, Status, Value, ref_in
from resolver.settings import Settings

Identifier = tuple[IdType, Value]


class Rejection(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A line that was rejected, or an identifier that was dropped from a line that was applied.

    ``reason`` is short and always the same words for the same cause; ``error`` is the error's class, ``detail``
    its message. A rejected line has ``raw``, the line as it was; a dropped identifier ``id_type`` and ``value``.
    """

    line: int
    reason: str
    error: str
    detail: str
    raw: str | None = None
    id_type: IdType | None = None
    value: Any = None


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
    identifiers: tuple[Identifier, ...]
    outcome: Outcome | None
    rejection: Rejection | None = None

    @property
    def named(self) -> str | None:
        """The profile as the line names it, ``ref:...`` or an id; None where the command names none."""
        return self.command.profile_id if isinstance(self.command, _NAMING) else None

    @property
    def named_ref(self) -> str | None:
        """The ref of the record that the line names as its profile; None where it names none, or an id."""
        return ref_in(self.named)

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        """The facts of the outcome; none where there is no outcome."""
        return () if self.outcome is None else self.outcome.facts

    @property
    def status(self) -> Status | None:
        """The status of the outcome; None where there is no outcome."""
        return None if self.outcome is None else self.outcome.status

    @property
    def profile_id(self) -> ProfileId | None:
        """The profile in which the command ended, as it was called then; None where it ended in none."""
        return None if self.outcome is None else self.outcome.profile_id

    @property
    def op(self) -> str:
        """The operation as a JSON line names it, or ``settings``."""
        return OPERATIONS[type(self.command)]

    @property
    def given(self) -> tuple[tuple[IdType, Any], ...]:
        """What it offers to be stored, as it is written: of resolve all pairs, of add and replace the new one."""
        return offered(self.command)


class Applied(NamedTuple):
    """What became of a command that was applied: a ``Step`` without what it offered."""

    number: int
    line: int
    ref: str | None
    at: Milliseconds | None
    status: Status | None
    facts: tuple[AnyFact, ...]


_NAMING = AddIdentifier | ReplaceIdentifier | RemoveIdentifier | DeleteProfile

OPERATIONS: dict[type, str] = {
    Resolve: "resolve",
    AddIdentifier: "add",
    ReplaceIdentifier: "replace",
    RemoveIdentifier: "remove",
    DeleteProfile: "delete",
    ApplySettings: "settings",
    Erase: "erase",
    Suppress: "suppress",
    Unsuppress: "unsuppress",
}
"""The operations by the classes of their commands."""


class Wanted(msgspec.Struct, frozen=True):
    """Which steps are wanted: those for which all that is said here is true.

    ``ids`` are profiles as they were called when a command ended in them; ``and_touching`` wants those too that were
    applied and end in no profile, or moved a value away from one of these. ``numbers`` are those of commands,
    ``errors`` the classes of what refused them. ``is_plain`` False wants only what is more than a resolve: what names a
    profile, an id or people, or brings settings.
    """

    refs: Collection[str] | None = None
    ids: Collection[ProfileId] | None = None
    and_touching: bool = False
    numbers: Collection[int] | None = None
    errors: Collection[str] | None = None
    is_applied: bool | None = None
    is_plain: bool | None = None

    def has(self, step: Step) -> bool:
        """Whether a step is wanted."""
        return (
            (self.refs is None or step.ref in self.refs)
            and (self.ids is None or step.profile_id in self.ids or (self.and_touching and self._is_touched(step)))
            and (self.numbers is None or step.number in self.numbers)
            and (self.errors is None or (step.rejection is not None and step.rejection.error in self.errors))
            and (self.is_applied is None or (step.outcome is not None) == self.is_applied)
            and (self.is_plain is None or is_plain(step.command) == self.is_plain)
        )

    def _is_touched(self, step: Step) -> bool:
        """Whether a step ends in no profile, or moved a value away from one of those that are wanted."""
        if step.outcome is not None and step.outcome.profile_id is None:
            return True
        return any(is_move(fact) and subject_of(fact) in (self.ids or ()) for fact in step.facts)


def is_move(fact: AnyFact) -> bool:
    """Whether a fact took a value from a profile, for another that was given it (P5)."""
    return isinstance(fact, IdentifierRemoved) and fact.reason is RemovalReason.MOVED


def is_plain(command: AnyCommand) -> bool:
    """Whether a command is a resolve that names no id."""
    return isinstance(command, Resolve) and command.new_profile_id is None


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


# Commands as steps have them

_TIMES = 1 << 62
"""Times are smaller than this, or the engine refuses them."""


def offered(command: AnyCommand) -> tuple[tuple[IdType, Any], ...]:
    """Return the (idType, raw value) pairs that a step's command offers to be stored."""
    if isinstance(command, Resolve):
        pairs: Any = command.identifiers
        return tuple(pairs)
    if isinstance(command, AddIdentifier):
        return ((command.id_type, command.value),)
    return ((command.id_type, command.new),) if isinstance(command, ReplaceIdentifier) else ()


def as_told(command: AnyCommand) -> AnyCommand:
    """Return a command as a step has it, whatever a program gave: texts, None for what is none, milliseconds.

    >>> as_told(Resolve({"chat": ["x", 5]}))
    Resolve(identifiers=(('chat', 'x'), ('chat', None)), at=None, new_profile_id=None)
    """
    at = _time(command.at)
    if isinstance(command, Resolve):
        return Resolve(tuple(_pairs(command.identifiers)), at, _text(command.new_profile_id))
    if isinstance(command, ApplySettings):
        return ApplySettings(command.settings, at)
    if isinstance(command, Erase):
        return Erase(tuple(_pairs(command.identifiers)), at, bool(command.suppress))
    if isinstance(command, Suppress):
        return Suppress(tuple(_pairs(command.identifiers)), at)
    if isinstance(command, Unsuppress):
        return Unsuppress(tuple(_pairs(command.identifiers)), at)
    named: Any = _text(command.profile_id)
    if isinstance(command, DeleteProfile):
        return DeleteProfile(named, at)
    id_type: Any = _text(command.id_type)
    if isinstance(command, RemoveIdentifier):
        return RemoveIdentifier(named, id_type, at, bool(command.all), _text(command.value))
    if isinstance(command, AddIdentifier):
        added: Any = _text(command.value)
        return AddIdentifier(named, id_type, added, at)
    old, new = (_text(each) for each in (command.old, command.new))
    return ReplaceIdentifier(named, id_type, old, new, at)  # type: ignore[arg-type]  # None is refused


def _time(at: object) -> Milliseconds | None:
    """Return a command's time in milliseconds; None where it has none, or one that the engine refuses."""
    if at is None or (type(at) is int and abs(at) < _TIMES):
        return at
    with suppress(InvalidTime):
        time = milliseconds(at)
        if abs(time) < _TIMES:
            return time
    return None


def _pairs(identifiers: Any) -> Iterator[tuple[Any, Any]]:
    """Yield identifiers as pairs of text; None where there was something else, which the engine refuses as well."""
    pairs = identifiers.items() if isinstance(identifiers, Mapping) else identifiers
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        return
    for pair in pairs:
        if isinstance(pair, list | tuple) and len(pair) == 2:
            id_type, raw = pair
            for one in raw if isinstance(raw, list | tuple) else (raw,):
                yield _text(id_type), _text(one)


def _text(value: object) -> str | None:
    return str.__str__(value) if isinstance(value, str) else None


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

    def record_counts(self) -> Collection[int]:
        """How many refs each profile has that has any, in no order that means anything."""

    def identifier_counts(self) -> Collection[int]:
        """How many identifiers each profile holds at the end, in no order that means anything."""

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
