"""Masked runs: a run as it was, with every value in it masked before anything is told about it.

Masking comes first and telling after, so that no sentence, list or picture made of a masked run can hold a value. What
joins two records is asked of the run itself, whose values match, and each part of the answer is masked.

>>> from resolver.simulate import replay
>>> run = replay([{"ref": ref, "identifiers": {"email": "ada@example.com"}} for ref in ("crm:17", "web:4")])
>>> mask = Mask(b"sixteen bytes or more")
>>> [fact.value for fact in masked(run, mask).facts if hasattr(fact, "value")]
['#c11a86e6d7dc41b5']
>>> told = masked_explanation(run, mask, "crm:17", "web:4")
>>> told.together, told.cut.identifiers, "ada" in str(told)
(True, (('email', '#c11a86e6d7dc41b5'),), False)
"""

import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    PrivacyCommand,
    ReplaceIdentifier,
    Resolve,
    values_of,
)
from resolver.engine import Engine
from resolver.evidence import RuleMatch, Shared
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import REF, IdType, Milliseconds, ProfileId, Value, ref_in
from resolver.settings import Settings
from resolver.simulate import Health, Rejection, Run, Step, Summary, explain
from resolver.simulate.explain import Cut, Explanation, Moment, what_happened
from resolver.simulate.explain.timeline import profile_ids
from resolver.simulate.matched import empty_engine, rules_at_end
from resolver.simulate.run import check_run
from resolver.simulate.steps import Wanted, presented
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

    def settings(self, settings: Settings) -> Settings:
        """Return settings with what their policies block masked."""
        return settings.with_policies(settings.policies.masked(self.value))

    def pairs(self, pairs: Iterable[tuple[IdType, Any]]) -> tuple[tuple[IdType, Value], ...]:
        """Return identifiers with their values masked."""
        return tuple((id_type, self.value(id_type, value)) for id_type, value in pairs)

    def fact(self, fact: AnyFact) -> AnyFact:
        """Return a fact with its values masked."""
        if isinstance(fact, SettingsApplied):
            return msgspec.structs.replace(fact, settings=self.settings(fact.settings))
        if isinstance(fact, ProfilesMerged):
            return msgspec.structs.replace(fact, identifiers=self.pairs(fact.identifiers))
        if isinstance(fact, IdentifierAdded | IdentifierRemoved | IdentifierEvicted | IdentifierRefused):
            hidden: AnyFact = msgspec.structs.replace(fact, value=self.value(fact.id_type, fact.value))
            return hidden
        if isinstance(fact, IdentifierSuppressed | IdentifierUnsuppressed):
            unknown: AnyFact = msgspec.structs.replace(fact, digest=self.value(fact.id_type, fact.digest))
            return unknown
        return fact

    def _digits(self, *words: str) -> str:
        message = "\0".join(words).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256").hex()[:_DIGITS]


def masked(run: Run, mask: Mask) -> Run:
    """Return a run that is read like the given one and whose values, and refs where asked, are masked.

    Its engine and its history are not. O(1); masking happens while it is read. A comparison of two masked runs needs
    one mask for both. ``InvalidHistory`` for what is no run.
    """
    check_run(run)
    source = _Masked(run, mask)
    totals = source.summary(run.summary)
    return Run(source, totals, history=run.history, is_sorted=run.is_sorted, fingerprint=run.fingerprint)


def unmasked(run: Run) -> tuple[Run, Callable[[str], str]]:
    """Return the run behind a masked one, and what returns the name that a ref has in the masked one."""
    source = run.source
    return (source._run, source._mask.ref) if isinstance(source, _Masked) else (run, str)


def without_example(totals: Summary) -> Summary:
    """Return a summary whose most frequent reason has no example, which would show values."""
    worst = totals.most_frequent_rejection
    return msgspec.structs.replace(
        totals, most_frequent_rejection=worst and msgspec.structs.replace(worst, example="(masked)")
    )


def masked_health(found: Health, mask: Mask) -> Health:
    """Return a health report with the same findings, whose values, and refs where asked, are masked. O(findings).

    It is masked when all is known, since what ``resolver replay --out`` wrote is no run.
    """
    lists = ("largest", "merging_values", "joints", "bridges", "shared_values", "unsearched")
    found_lists = {name: getattr(found, name) for name in lists}
    hidden = {
        name: None if each is None else tuple(_finding(one, mask) for one in each) for name, each in found_lists.items()
    }
    return msgspec.structs.replace(found, **hidden)


def _finding(finding: Any, mask: Mask) -> Any:
    changes: dict[str, Any] = {}
    if hasattr(finding, "value"):
        changes["value"] = mask.value(finding.id_type, finding.value)
    if hasattr(finding, "values"):
        changes["values"] = tuple(_finding(each, mask) for each in finding.values)
    if hasattr(finding, "refs"):
        changes["refs"] = tuple(map(mask.ref, finding.refs))
    return msgspec.structs.replace(finding, **changes)


class _Masked:
    """What a masked run reads: another run, step by step and fact by fact, each as it is told then."""

    is_masked = True

    def __init__(self, run: Run, mask: Mask) -> None:
        self._run = run
        self._mask = mask
        self.settings = self._mask.settings(run.settings)
        self.options = run.options
        self.make_engine = run.make_engine

    @property
    def engine(self) -> Engine:
        """The store at the end, which is not masked."""
        return self._run.engine

    def refs(self) -> Collection[str]:
        """The refs of all commands that could be understood."""
        return dict.fromkeys(map(self._mask.ref, self._run.refs)).keys()

    def assignments(self) -> Mapping[str, ProfileId]:
        """Where each ref is at the end."""
        return {self._mask.ref(ref): profile_id for ref, profile_id in self._run.assignments.items()}

    def record_counts(self) -> Collection[int]:
        """How many refs each profile has that has any."""
        return self._run.source.record_counts()

    def identifier_counts(self) -> Collection[int]:
        """How many identifiers each profile holds at the end."""
        return self._run.source.identifier_counts()

    def elsewhere(self) -> Mapping[str, tuple[ProfileId, ...]]:
        """Where the lines of a ref ended, where that was several profiles or one that is gone."""
        return {self._mask.ref(ref): profile_ids for ref, profile_ids in self._run.elsewhere.items()}

    def summary(self, totals: Summary) -> Summary:
        """The totals without the line that is an example of what was rejected, and what was supposed away masked."""
        return msgspec.structs.replace(
            without_example(totals),
            without=tuple(map(self._supposed, totals.without)),
            settings=self._mask.settings(Settings.from_json(totals.settings)).to_json(),
        )

    # Reading

    def read_steps(self, wanted: Wanted) -> Iterator[Step]:
        """The steps that are wanted, whose refs are masked ones."""
        refs = wanted.refs
        named = None if refs is None else {ref for ref in self._run.refs if self._mask.ref(ref) in refs}
        return map(self._step, self._run.select(msgspec.structs.replace(wanted, refs=named)))

    def plain_times(self) -> set[bool]:
        """Whether the applied plain resolves have a time."""
        return self._run.source.plain_times()

    def births(self) -> Mapping[ProfileId, int]:
        """For every id of a profile, the number of the command that created it."""
        return self._run.source.births()

    def read_facts(self) -> Iterator[AnyFact]:
        """All facts with the numbers of their commands."""
        return map(self._mask.fact, self._run.numbered_facts)

    def read_facts_with_lines(self) -> Iterator[AnyFact]:
        """All facts with the lines of their commands."""
        return map(self._mask.fact, self._run.facts)

    def read_facts_about(self, ids: Iterable[ProfileId]) -> Iterator[AnyFact]:
        """The facts that changed some profiles, or the settings."""
        return map(self._mask.fact, self._run.source.read_facts_about(ids))

    def read_losses(self) -> Iterator[AnyFact]:
        """The facts that values left or were left out, the deletions and the settings."""
        return map(self._mask.fact, self._run.losses)

    def read_rejected(self) -> Iterator[Rejection]:
        """All rejections: the line and the reason; what the line held is left out."""
        return map(self._rejection, self._run.rejected)

    def held(self, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
        """What a profile holds at the end."""
        return ((id_type, self._mask.value(id_type, value), at) for id_type, value, at in self._run.held(profile_id))

    def matches_at(self, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
        """What each of some resolve commands found."""
        found = self._run.matches_at(numbers)
        return {number: tuple(map(self._match, matches)) for number, matches in found.items()}

    # What is told

    def _step(self, step: Step) -> Step:
        outcome = step.outcome
        return msgspec.structs.replace(
            step,
            ref=None if step.ref is None else self._mask.ref(step.ref),
            command=self._command(step),
            identifiers=self._mask.pairs(step.identifiers),
            outcome=outcome and msgspec.structs.replace(outcome, facts=tuple(map(self._mask.fact, outcome.facts))),
            rejection=step.rejection and self._rejection(step.rejection),
        )

    def _command(self, step: Step) -> AnyCommand:
        """A command with its values masked as they are stored, else as they were written, and the ref that it names."""
        command = step.command
        told: Any = dict(presented(step))
        if isinstance(command, Resolve):
            return msgspec.structs.replace(command, identifiers=self._mask.pairs(presented(step)))
        if isinstance(command, ApplySettings):
            return msgspec.structs.replace(command, settings=self._mask.settings(command.settings))
        if isinstance(command, PrivacyCommand):
            return msgspec.structs.replace(command, identifiers=self._mask.pairs(self._names(command)))
        named = self._named(command.profile_id)
        if isinstance(command, DeleteProfile):
            return msgspec.structs.replace(command, profile_id=named)
        id_type = command.id_type
        if isinstance(command, AddIdentifier):
            value = self._given(id_type, told.get(id_type, command.value))
            return msgspec.structs.replace(command, profile_id=named, value=value)
        removed = next((fact.value for fact in step.facts if isinstance(fact, IdentifierRemoved)), None)
        if isinstance(command, ReplaceIdentifier):
            new = self._given(id_type, told.get(id_type, command.new))
            old = self._given(id_type, removed or command.old)
            return msgspec.structs.replace(command, profile_id=named, old=old, new=new)
        value = None if command.value is None else self._given(id_type, removed or command.value)
        return msgspec.structs.replace(command, profile_id=named, value=value)

    def _names(self, command: PrivacyCommand) -> Iterator[tuple[IdType, Any]]:
        """What a command names: as the settings at the end store it, else as it is written."""
        rules = rules_at_end(self._run.source)
        for id_type, raw in values_of(command):
            yield id_type, rules.stored_form(id_type, raw).value or raw

    def _given(self, id_type: IdType, value: Any) -> Any:
        return None if value is None else self._mask.value(id_type, value)

    def _named(self, profile: str | None) -> Any:
        """What a line names as its profile, which may be a ref."""
        ref = ref_in(profile)
        return profile if ref is None else REF + self._mask.ref(ref)

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

    def _supposed(self, text: str) -> str:
        """What was supposed never to have been, a value or a record, masked as it is elsewhere."""
        kind, name = parsed(text)
        if kind == REF:
            return REF + self._mask.ref(name)
        value = empty_engine(self._run.settings, self._run.options).stored_form(kind, name).value
        return f"{kind}={self._mask.value(kind, name if value is None else value)}"


def masked_explanation(run: Run, mask: Mask, a: str, b: str | None = None, *, with_cut: bool = True) -> Explanation:
    """Return what ``explain`` gives of one ref or two, with values masked, and refs where the mask hides them.

    Costs what ``explain`` costs. Raises ``UnknownRef`` with what is masked in its words too.
    """
    hidden = masked(run, mask)
    one = mask.ref(a)
    if b is None or b == a:
        return what_happened(hidden, one)
    other = mask.ref(b)
    if profile_ids(hidden, one)[0] != profile_ids(hidden, other)[0]:
        return what_happened(hidden, one, other)
    told = explain(run, a, b, with_cut=with_cut)
    return msgspec.structs.replace(
        told,
        refs=(one, other),
        first=what_happened(hidden, one).first,
        since=_masked(told.since, mask),
        chain=_masked(told.chain, mask),
        cut=_masked(told.cut, mask),
    )


def _masked(part: Any, mask: Mask) -> Any:
    """Return a part of an explanation with its identifiers and refs masked. Its other texts are words of ours."""
    if isinstance(part, tuple):
        if len(part) == 2 and isinstance(part[0], str):
            return part[0], mask.value(*part)
        return tuple(_masked(each, mask) for each in part)
    if isinstance(part, Moment):
        return part if part.ref is None else msgspec.structs.replace(part, ref=mask.ref(part.ref))
    if isinstance(part, Cut):
        why = "nothing is left of one of them then" if part.why else ""
        return msgspec.structs.replace(part, identifiers=_masked(part.identifiers, mask), why=why)
    if isinstance(part, msgspec.Struct):
        fields = {name: _masked(getattr(part, name), mask) for name in part.__struct_fields__}
        return msgspec.structs.replace(part, **fields)
    return part
