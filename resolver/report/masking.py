"""Masked runs: a run as it was, with every value in it masked before anything is told about it.

Masking comes first and telling after, so that no sentence, list or picture made of a masked run can hold a value:

>>> from resolver.report.masking import Mask
>>> from resolver.simulate import replay
>>> run = masked(replay([{"ref": "a", "identifiers": {"email": "ada@example.com"}}]), Mask(b"sixteen bytes or more"))
>>> [fact.value for fact in run.facts if hasattr(fact, "value")]
['#c11a86e6d7dc41b5']
"""

import hmac
import secrets
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.evidence import RuleMatch, Shared
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.settings import Settings
from resolver.simulate import Rejection, Run, Step, Summary
from resolver.simulate.run import Again, check_run
from resolver.simulate.spool import Applied
from resolver.simulate.steps import checked_names
from resolver.simulate.without import parsed

LEAST = 16
"""Bytes that a given key must have at least."""

_DIGITS = 16


class Mask:
    """Keyed hashes (HMAC-SHA-256, 64 bits of it shown) in the place of values, and of refs where asked.

    Equal values of one idType have equal hashes, as long as the key is the same; without the key nobody can try
    out which value a hash stands for. The key is random unless given, and is written nowhere. ``ValueError`` for
    a key of fewer than 16 bytes.

    >>> Mask().value("phone", "+13175556789") == Mask().value("phone", "+13175556789")
    False
    >>> Mask(key=b"sixteen bytes or more").ref("crm:1")
    'crm:1'
    """

    def __init__(self, key: bytes | None = None, *, refs: bool = False) -> None:
        if key is not None and len(key) < LEAST:
            raise ValueError(f"a mask key of {len(key)} bytes is too short; expected {LEAST} or more")
        self._key = secrets.token_bytes(32) if key is None else key
        self._refs = refs

    @classmethod
    def from_file(cls, path: str | Path, *, refs: bool = False) -> "Mask":
        """Return the mask whose key is the bytes of a file. Raises ``OSError``, and ``ValueError`` naming the file."""
        try:
            return cls(Path(path).read_bytes(), refs=refs)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def value(self, id_type: str, value: object) -> Value:
        """Return what stands for a value; the same text under two idTypes has two hashes, as it is two identifiers."""
        return Value(f"#{self._digits('value', id_type, value if isinstance(value, str) else repr(value))}")

    def ref(self, ref: str) -> str:
        """Return what stands for a ref: the ref itself, unless refs are masked too."""
        return f"record #{self._digits('ref', ref)}" if self._refs else ref

    def _digits(self, *words: str) -> str:
        message = "\0".join(words).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()[:_DIGITS]


_REMEMBERED = 1 << 16
"""How many identifiers are remembered with their normalized form: records of one group share them."""


class Reading:
    """What a run's records presented and its profiles hold, so that equal identifiers are seen as one."""

    def __init__(self, run: Run) -> None:
        self._engine = run.engine
        self._since = [0]
        """The numbers of the commands that changed the settings, after that of the beginning."""
        self._stores: list[Any] = [run.engine]
        """For each of them a store under these settings; the run's own where they never changed."""
        if run.engine.settings.version != run.settings.version:
            changes = [fact for fact in run.losses if isinstance(fact, SettingsApplied)]
            self._since += [fact.command for fact in changes]
            in_force = [run.settings, *(fact.settings for fact in changes)]
            self._stores = [run.make_engine(settings, **run.options) for settings in in_force]
        self._pair = lru_cache(_REMEMBERED)(self._as_stored)

    def identifiers(self, profile_id: ProfileId) -> dict[IdType, tuple[Value, ...]]:
        """All values of a profile, in the engine's order."""
        return self._engine.identifiers(profile_id)

    def presented(self, entry: Applied) -> Iterator[tuple[IdType, Value]]:
        """The identifiers of a command, as stored under the rules in force then; else as they were written."""
        for id_type, raw in entry.given:
            if isinstance(raw, str):
                yield self.as_stored(entry.number, id_type, raw)

    def as_stored(self, number: int, id_type: IdType, raw: str) -> tuple[IdType, Value]:
        """An identifier of command *number*, as it is stored under the rules in force then; else as it was written."""
        return self._pair(bisect_right(self._since, number) - 1, id_type, raw)

    def _as_stored(self, place: int, id_type: IdType, raw: str) -> tuple[IdType, Value]:
        value = self._stores[place].stored_form(id_type, raw).value
        return id_type, Value(raw) if value is None else value


_REF = "ref:"


def masked(run: Run, mask: Mask) -> "MaskedRun":
    """Return a run that is read like the given one and whose values, and refs where asked, are masked.

    O(1); masking happens while it is read. A comparison of two masked runs needs one mask for both.
    ``InvalidHistory`` for what is no run.
    """
    check_run(run)
    return MaskedRun(run, mask)


class MaskedRun(Run):
    """A run whose facts, entries, rejections and assignments are masked; its engine and its history are not."""

    is_masked = True

    def __init__(self, run: Run, mask: Mask) -> None:
        self.__dict__.update(run.__dict__)
        self._run = run
        self._mask = mask
        self._reading = Reading(run)
        self.settings = self._masked_settings(run.settings)
        self.summary = msgspec.structs.replace(
            _without_example(run.summary),
            without=tuple(map(self._supposed, run.summary.without)),
            settings=self._masked_settings(Settings.from_json(run.summary.settings)).to_json(),
        )
        self.assignments = {mask.ref(ref): profile_id for ref, profile_id in run.assignments.items()}
        self.elsewhere = {mask.ref(ref): profile_ids for ref, profile_ids in run.elsewhere.items()}

    @property
    def columns(self) -> None:
        """Nothing: the columns are not masked."""
        return None

    @property
    def facts(self) -> Again[AnyFact]:
        """All facts in the order of execution, masked."""
        return Again(lambda: map(self._fact, self._run.facts))

    @property
    def numbered_facts(self) -> Again[AnyFact]:
        """All facts with the engine's own command numbers, masked."""
        return Again(lambda: map(self._fact, self._run.numbered_facts))

    @property
    def rejected(self) -> Again[Rejection]:
        """All rejections: the line and the reason; what the line held is left out."""
        return Again(lambda: map(self._rejection, self._run.rejected))

    def steps(self, refs: Collection[str] | None = None, profiles: Collection[str] | None = None) -> Again[Step]:
        """Return the commands that could be understood, masked; *refs* are masked ones."""
        named = checked_names("refs", refs)
        steps = self._run.steps(profiles=profiles)
        return Again(lambda: (step for step in map(self._step, steps) if named is None or step.ref in named))

    @property
    def applied(self) -> Again[Applied]:
        """One entry per applied command, with what it presented masked."""
        return Again(lambda: map(self._entry, self._run.applied))

    @property
    def refused(self) -> Again[Applied]:
        """One entry per command that the engine refused, with what it presented masked."""
        return Again(lambda: map(self._entry, self._run.refused))

    @property
    def losses(self) -> Again[AnyFact]:
        """The facts that values left or were left out, masked."""
        return Again(lambda: map(self._fact, self._run.losses))

    def with_facts(self, entries: Iterable[Applied]) -> Iterator[tuple[Applied, list[AnyFact]]]:
        """Return some entries of this run, each with its own facts, masked."""
        for entry, facts in self._run.with_facts(entries):
            yield entry, list(map(self._fact, facts))

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """Return what each of some resolve commands found, masked."""
        found = self._run.matches_at(numbers)
        return {number: tuple(map(self._match, matches)) for number, matches in found.items()}

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """Yield what a profile holds at the end, masked."""
        for id_type, value, at in self._run.held(profile_id):
            yield id_type, self._mask.value(id_type, value), at

    def identifiers(self, profile_id: ProfileId) -> dict[IdType, tuple[Value, ...]]:
        """Return all values of a profile, masked, in the engine's order."""
        held = self._run.engine.identifiers(profile_id)
        return {
            id_type: tuple(self._mask.value(id_type, value) for value in values) for id_type, values in held.items()
        }

    def presented(self, entry: Applied) -> Iterator[tuple[IdType, Value]]:
        """Return the identifiers of an entry of this run, which are masked already."""
        yield from entry.given

    def _supposed(self, text: str) -> str:
        """Return what was supposed never to have been, a value or a record, masked as it is elsewhere."""
        kind, name = parsed(text)
        if kind == _REF:
            return _REF + self._mask.ref(name)
        return f"{kind}={self._mask.value(*self._reading.as_stored(0, kind, name))}"

    def _masked_settings(self, settings: Settings) -> Settings:
        return settings.with_policies(settings.policies.masked(self._mask.value))

    def _fact(self, fact: AnyFact) -> AnyFact:
        if isinstance(fact, SettingsApplied):
            return msgspec.structs.replace(fact, settings=self._masked_settings(fact.settings))
        if isinstance(fact, ProfilesMerged):
            joined = tuple((id_type, self._mask.value(id_type, value)) for id_type, value in fact.identifiers)
            return msgspec.structs.replace(fact, identifiers=joined)
        if isinstance(fact, IdentifierAdded | IdentifierRemoved | IdentifierEvicted | IdentifierRefused):
            masked_fact: AnyFact = msgspec.structs.replace(fact, value=self._mask.value(fact.id_type, fact.value))
            return masked_fact
        return fact

    def _step(self, step: Step) -> Step:
        outcome = step.outcome
        return msgspec.structs.replace(
            step,
            ref=None if step.ref is None else self._mask.ref(step.ref),
            command=self._command(step.number, step.command),
            identifiers=tuple((id_type, self._mask.value(id_type, value)) for id_type, value in step.identifiers),
            outcome=outcome and msgspec.structs.replace(outcome, facts=tuple(map(self._fact, outcome.facts))),
            rejection=step.rejection and self._rejection(step.rejection),
        )

    def _command(self, number: int, command: AnyCommand) -> AnyCommand:
        """A command with its values masked as they are stored, else as they were written, and the ref that it names."""

        def masked_value(id_type: IdType, raw: Any) -> Any:
            return None if raw is None else self._mask.value(*self._reading.as_stored(number, id_type, raw))

        replaced = partial(msgspec.structs.replace, command)
        if isinstance(command, Resolve):
            pairs: Any = command.identifiers
            return replaced(identifiers=tuple((id_type, masked_value(id_type, raw)) for id_type, raw in pairs))
        if isinstance(command, ApplySettings):
            return command
        replaced = partial(replaced, profile_id=self._named(command.profile_id))
        if isinstance(command, AddIdentifier | RemoveIdentifier):
            return replaced(value=masked_value(command.id_type, command.value))
        if isinstance(command, ReplaceIdentifier):
            old, new = (masked_value(command.id_type, raw) for raw in (command.old, command.new))
            return replaced(old=old, new=new)
        return replaced()

    def _named(self, profile: str | None) -> str | None:
        """What a line names as its profile, which may be a ref."""
        if profile is None or not profile.startswith(_REF):
            return profile
        return _REF + self._mask.ref(profile.removeprefix(_REF))

    def _match(self, match: RuleMatch) -> RuleMatch:
        shared = [
            Shared(each.id_type, *(self._mask.value(each.id_type, value) for value in (each.given, each.held)))
            for each in match.shared
        ]
        return msgspec.structs.replace(match, shared=tuple(shared))

    def _rejection(self, rejection: Rejection) -> Rejection:
        is_line = rejection.raw is not None
        value: Any = rejection.value
        if rejection.id_type is not None:
            value = self._mask.value(rejection.id_type, value)
        return msgspec.structs.replace(
            rejection, detail=rejection.reason, raw="(masked)" if is_line else None, value=value
        )

    def _entry(self, entry: Applied) -> Applied:
        pairs = [(id_type, self._mask.value(id_type, value)) for id_type, value in self._reading.presented(entry)]
        named = self._named(entry.named)
        ref = None if entry.ref is None else self._mask.ref(entry.ref)
        return msgspec.structs.replace(entry, ref=ref, named=named, presented=pairs, more=None)


def _without_example(totals: Summary) -> Summary:
    """Return the totals without the line that is an example of what was rejected."""
    worst = totals.most_frequent_rejection
    if worst is None:
        return totals
    hidden = msgspec.structs.replace(worst, example="(masked)")
    return msgspec.structs.replace(totals, most_frequent_rejection=hidden)


def reading_of(run: Run) -> "Reading | MaskedRun":
    """Return what reads the identifiers of a run: of a masked one, masked."""
    return run if isinstance(run, MaskedRun) else Reading(run)
