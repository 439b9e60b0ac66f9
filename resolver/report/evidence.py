"""Evidence: what one run knows about some records: what they presented, who holds it, what became of it, the merges."""

from collections.abc import Container, Iterable, Mapping

import msgspec

from resolver.facts import (
    AnyFact,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.names import IdType, ProfileId, Value
from resolver.report.masked import reading_of
from resolver.simulate import Run
from resolver.simulate.spool import Applied

Pair = tuple[IdType, Value]

_REF = "ref:"


class Fate(msgspec.Struct, frozen=True):
    """Why an identifier is not where its record is: ``evicted``, ``refused`` or ``removed``, with the reason."""

    what: str
    line: int
    reason: str


class Merge(msgspec.Struct, frozen=True):
    """One merge, its profiles named by the records that created them."""

    place: int
    line: int
    rule: str
    identifiers: tuple[Pair, ...]
    survivor: str
    absorbed: tuple[str, ...]


class Sided(msgspec.Struct):
    """The evidence of one run, by record, identifier and profile."""

    assignments: Mapping[str, ProfileId]
    presented: dict[str, dict[Pair, int]]
    """For each record, its identifiers with the line that first presented them."""
    holders: dict[Pair, dict[ProfileId, None]]
    """For each identifier, the profiles of these records that hold it at the end."""
    fates: dict[tuple[ProfileId, Pair], Fate]
    merges: dict[str, list[Merge]]
    """For each record, the merges of the profile that it created."""

    def fate(self, ref: str, pair: Pair) -> Fate | None:
        """Give what became of an identifier that a record presented; None where its profile holds it or never did."""
        profile_id = self.assignments[ref]
        return None if profile_id in self.holders.get(pair, ()) else self.fates.get((profile_id, pair))


def evidence_of(run: Run, refs: Container[str]) -> Sided:
    """Give the evidence about records. O(facts + lines), two passes over each; memory for what is about the records."""
    reading = reading_of(run)
    profiles = dict.fromkeys(profile_id for ref, profile_id in run.assignments.items() if ref in refs)
    canonical = {alias: each for each in profiles for alias in (each, *run.engine.aliases(each))}
    told = _FactReader(canonical)
    for fact in run.facts:
        told.take(fact)
    creators, presented = _read_entries(run, refs, told.created)
    holders: dict[Pair, dict[ProfileId, None]] = {}
    for profile_id in profiles:
        for id_type, values in reading.identifiers(profile_id).items():
            for value in values:
                holders.setdefault((id_type, value), {})[profile_id] = None
    return Sided(run.assignments, presented, holders, told.fates, _by_record(told, creators, refs))


class _FactReader:
    """Keeps, of all facts, those about some profiles."""

    def __init__(self, canonical: Mapping[ProfileId, ProfileId]) -> None:
        self._canonical = canonical
        self.fates: dict[tuple[ProfileId, Pair], Fate] = {}
        self.created: dict[int, ProfileId] = {}
        self.merged: list[ProfilesMerged] = []

    def take(self, fact: AnyFact) -> None:
        """Note a fact, if it is about one of the profiles."""
        if isinstance(fact, ProfilesMerged):
            if fact.survivor in self._canonical:
                self.merged.append(fact)
            return
        profile_id = self._canonical.get(getattr(fact, "profile_id", None) or "")
        if profile_id is None:
            return
        if isinstance(fact, ProfileCreated):
            self.created[fact.command] = fact.profile_id
        elif isinstance(fact, IdentifierEvicted):
            self._note(profile_id, fact, "evicted", f"{fact.policy} limit")
        elif isinstance(fact, IdentifierRefused):
            self._note(profile_id, fact, "refused", str(fact.reason))
        elif isinstance(fact, IdentifierRemoved):
            self._note(profile_id, fact, "removed", str(fact.reason))

    def _note(
        self,
        profile_id: ProfileId,
        fact: IdentifierEvicted | IdentifierRefused | IdentifierRemoved,
        what: str,
        reason: str,
    ) -> None:
        self.fates[profile_id, (fact.id_type, str(fact.value))] = Fate(what, fact.command, reason)


def _read_entries(
    run: Run, refs: Container[str], created: Mapping[int, ProfileId]
) -> tuple[dict[ProfileId, str], dict[str, dict[Pair, int]]]:
    """Give which record created which profile, and what the records presented."""
    reading = reading_of(run)
    creators: dict[ProfileId, str] = {}
    presented: dict[str, dict[Pair, int]] = {}
    for entry in run.applied:
        if entry.line in created:
            creators[created[entry.line]] = entry.ref or f"line {entry.line}"
        ref = _record_of(entry)
        if ref is not None and ref in refs:
            pairs = presented.setdefault(ref, {})
            for pair in reading.presented(entry):
                pairs.setdefault(pair, entry.line)
    return creators, presented


def _record_of(entry: Applied) -> str | None:
    """Give the record that a command speaks for: its own ref, or else the one that it names."""
    if entry.ref is None and entry.named is not None and entry.named.startswith(_REF):
        return entry.named.removeprefix(_REF)
    return entry.ref


def _by_record(told: _FactReader, creators: Mapping[ProfileId, str], refs: Container[str]) -> dict[str, list[Merge]]:
    merges: dict[str, list[Merge]] = {}
    for place, fact in enumerate(told.merged):
        survivor, *absorbed = (creators.get(each, each) for each in (fact.survivor, *fact.absorbed))
        merge = Merge(place, fact.command, fact.rule, fact.identifiers, survivor, tuple(absorbed))
        for ref in _known((survivor, *absorbed), refs):
            merges.setdefault(ref, []).append(merge)
    return merges


def _known(names: Iterable[str], refs: Container[str]) -> Iterable[str]:
    return (name for name in dict.fromkeys(names) if name in refs)
