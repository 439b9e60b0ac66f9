"""One command, tried on a copy of a store's state: it ends in an outcome, or in an error (I7)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from resolver.commands import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Identifiers,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    InvalidTime,
    ProfileExists,
)
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    Outcome,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
    SettingsApplied,
)
from resolver.names import COLLISION, LimitPolicy, Match, OnInvalid, RefusalReason, RemovalReason, Status
from resolver.settings import IdentifierConfig, Settings
from tests.model import normalization
from tests.model.state import Held, Profile, Rule, State

NewId = Callable[[int, int], str]
Pair = tuple[str, str]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def default_id(number: int) -> str:
    """Give the id made from a command's number (section 11)."""
    return "mem_profile_" + "".join(BASE32[number >> 5 * place & 31] for place in range(25, -1, -1))


def milliseconds(at: object, last: int) -> int:
    """Give a command's time; left out, it is that of the last applied command (section 11)."""
    if at is None:
        return last
    if isinstance(at, datetime) and at.utcoffset() is not None:
        return (at - EPOCH) // timedelta(milliseconds=1)
    if isinstance(at, int) and not isinstance(at, bool) and -(2**63) <= at < 2**63:
        return at
    raise InvalidTime(f"{at!r} is neither an aware datetime nor 64-bit milliseconds")


def check_normalizations(settings: object) -> Settings:
    """Refuse settings that name a normalization which does not exist (section 2)."""
    if not isinstance(settings, Settings):
        raise InvalidSettings("", settings, "settings")
    for place, config in enumerate(settings.identifier_configs):
        if config.normalization not in normalization.NAMES:
            path = f"identifierConfigs[{place}].normalization"
            raise InvalidSettings(path, config.normalization, "an existing normalization")
    return settings


def lists_of(identifiers: Identifiers) -> Iterator[tuple[str, Sequence[object]]]:
    """Give (idType, raw values) in the order given; a type may be named with no value at all."""
    if isinstance(identifiers, Mapping):
        for id_type, given in identifiers.items():
            yield id_type, given if isinstance(given, list | tuple) else [given]
    else:
        for id_type, raw in identifiers:
            yield id_type, [raw]


class Attempt:
    """The steps of one command; ``state`` and ``facts`` grow as they go."""

    def __init__(
        self,
        state: State,
        number: int,
        *,
        new_id: NewId | None,
        region: str,
        on_invalid: OnInvalid,
        match: Match,
    ) -> None:
        self.state = state.copy()
        self.number = number
        self.new_id = new_id
        self.region = region
        self.on_invalid = on_invalid
        self.match = match
        self.at = 0
        self.place = 0
        self.facts: list[AnyFact] = []

    def run(self, command: object) -> Outcome:
        """Carry the command out."""
        if not isinstance(
            command,
            Resolve | AddIdentifier | ReplaceIdentifier | RemoveIdentifier | DeleteProfile | ApplySettings,
        ):
            raise InvalidCommand(f"{command!r} is no command")
        self.at = milliseconds(command.at, self.state.at)
        profile_id: str | None
        match command:
            case Resolve(identifiers, _, new_profile_id):
                profile_id = self.resolve(identifiers, new_profile_id)
            case AddIdentifier(profile_id, id_type, value, _):
                profile_id = self.add(profile_id, id_type, value)
            case ReplaceIdentifier(profile_id, id_type, old, new, _):
                profile_id = self.replace(profile_id, id_type, old, new)
            case RemoveIdentifier(profile_id, id_type, _, everything, named):
                profile_id = self.remove(profile_id, id_type, everything, named)
            case DeleteProfile(profile_id, _):
                profile_id = self.delete(profile_id)
            case ApplySettings(settings, _):
                self.apply(settings)
                profile_id = None
        self.state.at = self.at
        self.state.number = self.number
        return Outcome(self.status(), profile_id, tuple(self.facts))

    def status(self) -> Status:
        """Say what the command did, on the whole (section 8)."""
        kinds = {type(fact) for fact in self.facts}
        if SettingsApplied in kinds:
            return Status.SETTINGS
        if ProfileDeleted in kinds:
            return Status.DELETED
        if ProfileCreated in kinds:
            return Status.CREATED
        if ProfilesMerged in kinds:
            return Status.MERGED
        if kinds & {IdentifierAdded, IdentifierRemoved, IdentifierEvicted}:
            return Status.UPDATED
        return Status.UNCHANGED

    # The six commands.

    def resolve(self, identifiers: Identifiers, new_profile_id: str | None) -> str:
        """Find, create or merge the profiles of the identifiers, then attach these (R1 to R7)."""
        given = self.readable(identifiers)
        found, rule, joining = self.matched(given)
        ordered = [(t, value) for t in self.state.type_order() for value in given.get(t, [])]
        if not found:
            subject = self.create(ordered, new_profile_id)
        elif len(found) == 1:
            subject = found[0]
        else:
            subject = self.merge(found, rule, joining)
        for id_type, value in ordered:
            try:
                subject = self.attach(subject, id_type, value)
            except IdentifierConflict as conflict:
                self.refuse(subject.id, id_type, value, RefusalReason.CONFLICT, conflict.owner)
        assert any(subject.held.values()), "a profile without identifiers"
        return subject.id

    def add(self, profile_id: str, id_type: str, raw: object) -> str:
        """Attach one value (A1 to A4)."""
        subject = self.state.profile(profile_id)
        value = self.storable(subject.id, id_type, raw)
        return subject.id if value is None else self.attach(subject, id_type, value).id

    def replace(self, profile_id: str, id_type: str, old: object, new: object) -> str:
        """Put a new value in the place of an old one (A5)."""
        subject = self.state.profile(profile_id)
        value = self.storable(subject.id, id_type, new)
        if value is None:
            return subject.id
        leaving = self.named(subject, id_type, old)
        if leaving == value:
            return subject.id
        before = self.state.copy()
        subject_id = subject.id
        self.take(subject, id_type, leaving, RemovalReason.REPLACED)
        if value in subject.values(id_type):
            self.trim(subject, id_type)
            return subject.id
        subject = self.attach(subject, id_type, value)
        if any(isinstance(fact, IdentifierRefused) for fact in self.facts):  # L1 would refuse the new value
            self.state, self.facts = before, []
            self.refuse(subject_id, id_type, value, RefusalReason.LIMIT)
            return subject_id
        return subject.id

    def remove(self, profile_id: str, id_type: str, everything: bool, named: object) -> str:
        """Take one value away, by the policy or by name, or all of them (A6)."""
        subject = self.state.profile(profile_id)
        self.state.check_known(id_type)
        if everything and named is not None:
            raise InvalidCommand("all and value exclude each other")
        values = subject.values(id_type)
        if named is not None:
            leaving = [self.named(subject, id_type, named)]
        elif everything:
            leaving = values
        else:
            leaving = values[:1] if self.policy(id_type) == LimitPolicy.FIFO else values[-1:]
        if not leaving:
            raise IdentifierNotFound(f"{subject.id!r} has no {id_type}")
        for value in leaving:
            self.take(subject, id_type, value, RemovalReason.REMOVED)
        if self.state.is_configured(id_type):
            self.trim(subject, id_type)
        return subject.id

    def delete(self, profile_id: str) -> str:
        """Forget a profile and all the ids that lead to it (M7)."""
        subject = self.state.profile(profile_id)
        aliases = self.state.aliases(subject)
        for name in (subject.id, *aliases):
            del self.state.leads_to[name]
        del self.state.profiles[subject.id]
        self.facts.append(ProfileDeleted(self.number, self.at, subject.id, aliases))
        return subject.id

    def apply(self, settings: Settings) -> None:
        """Put settings in force; nothing stored changes (S1)."""
        check_normalizations(settings)
        self.state.settings = attrs.evolve(settings, version=self.state.settings.version + 1)
        self.facts.append(SettingsApplied(self.number, self.at, self.state.settings))

    # Reading values.

    def readable(self, identifiers: Identifiers) -> dict[str, list[str]]:
        """Normalize everything (R1); each identifier once, at its first place (R4)."""
        given: dict[str, list[str]] = {}
        for id_type, raws in lists_of(identifiers):
            self.state.config(id_type)
            for raw in raws:
                value = self.storable(None, id_type, raw)
                if value is not None and value not in given.setdefault(id_type, []):
                    given[id_type].append(value)
        if not any(given.values()):
            raise InvalidIdentifier("at least one identifier is needed")  # R5
        return given

    def storable(self, profile_id: str | None, id_type: str, raw: object) -> str | None:
        """Give the value to store; None if it was dropped (N8)."""
        config = self.state.config(id_type)
        try:
            return self.normalized(config, raw)
        except InvalidIdentifier:
            if self.on_invalid == OnInvalid.DROP:
                self.refuse(profile_id, id_type, raw, RefusalReason.INVALID)
                return None
            if self.on_invalid == OnInvalid.KEEP and isinstance(raw, str):
                kept = normalization.trimmed(raw)
                if normalization.is_acceptable(raw) and normalization.is_acceptable(kept):
                    return kept
            raise

    def named(self, subject: Profile, id_type: str, raw: object) -> str:
        """Give the profile's value that a text names: as it stands, else by its normalized form (A8)."""
        values = subject.values(id_type)
        if raw in values:
            return str(raw)
        if self.state.is_configured(id_type):
            try:
                value = self.normalized(self.state.config(id_type), raw)
            except InvalidIdentifier:
                value = None
            if value in values:
                return str(value)
        raise IdentifierNotFound(f"{subject.id!r} has no {id_type} {raw!r}")

    def normalized(self, config: IdentifierConfig, raw: object) -> str:
        return normalization.normalized(config.normalization, raw, self.region)

    # Matching.

    def matched(self, given: dict[str, list[str]]) -> tuple[list[Profile], str, list[Pair]]:
        """Give the matched profiles, the rule that found the second one, and what joins them (R2, M8)."""
        found: list[Profile] = []
        joining: list[Pair] = []
        second = ""
        for rule in self.state.rules():
            profiles, pairs = self.found_by(rule, given, self.state.earliest_first())
            for profile in profiles:
                if profile not in found:
                    found.append(profile)
                    second = rule.text if len(found) == 2 else second
            joining += [pair for pair in pairs if pair not in joining]
            if found and self.match == Match.FIRST:  # R6
                break
        return found, second, joining

    def found_by(
        self, rule: Rule, given: dict[str, list[str]], among: list[Profile]
    ) -> tuple[list[Profile], list[Pair]]:
        """Give the profiles that a rule finds for these values, and the values that found them (R7, R8)."""
        shares = self.state.shares
        if len(rule.types) > 1:
            found = [p for p in among if all(shares(p, t, given.get(t, [])) for t in rule.types)]
        elif self.state.config(rule.types[0]).enforce_unique:
            [id_type] = rule.types
            by_value = [p for value in given.get(id_type, []) for p in among if shares(p, id_type, [value])]
            found = [p for place, p in enumerate(by_value) if p not in by_value[:place]]
        else:
            found = []  # a non-unique value never matches alone
        pairs = [(t, v) for t in rule.types for v in given.get(t, []) if any(shares(p, t, [v]) for p in found)]
        return found, pairs

    # Changing profiles; each gives the profile that the subject is afterwards.

    def create(self, identifiers: list[Pair], new_profile_id: str | None) -> Profile:
        """Make a profile, unless it would hold none of the identifiers (R3, R5)."""
        owners = [(t, v, self.owners(t, v)) for t, v in identifiers]
        if all(owned and not self.state.has_single_rule(t) for t, _, owned in owners):
            id_type, value, owned = owners[0]
            raise IdentifierConflict(
                "every identifier belongs to another profile", id_type=id_type, value=value, owner=owned[0].id
            )
        profile_id = self.new_profile_id() if new_profile_id is None else new_profile_id
        if profile_id in self.state.born:
            raise ProfileExists(f"{profile_id!r} was used before")
        profile = Profile(profile_id, self.at, self.number)
        self.state.profiles[profile_id] = profile
        self.state.leads_to[profile_id] = profile_id
        self.state.born[profile_id] = profile.age
        self.facts.append(ProfileCreated(self.number, self.at, profile_id))
        return profile

    def new_profile_id(self) -> str:
        if self.new_id is not None:
            return self.new_id(self.number, self.at)
        number = self.number
        while default_id(number) in self.state.born:
            number += 2**64
        return default_id(number)

    def attach(self, subject: Profile, id_type: str, value: str) -> Profile:
        """Give the subject a value: it has it, wins it by a merge, or gets it inserted (A2 to A4)."""
        if value in subject.values(id_type):
            return subject
        owners = [owner for owner in self.owners(id_type, value) if owner is not subject]
        if owners:
            joined, pairs = self.collision(subject, id_type, value, owners)
            if not joined:
                raise IdentifierConflict(
                    f"{id_type} {value!r} belongs to {owners[0].id!r}",
                    id_type=id_type,
                    value=value,
                    owner=owners[0].id,
                )
            subject = self.merge([subject, *joined], COLLISION, pairs)
        return subject if value in subject.values(id_type) else self.insert(subject, id_type, value)

    def owners(self, id_type: str, value: str) -> list[Profile]:
        return self.state.holders(id_type, value) if self.state.config(id_type).enforce_unique else []

    def collision(
        self, subject: Profile, id_type: str, value: str, owners: list[Profile]
    ) -> tuple[list[Profile], list[Pair]]:
        """Give the owners that may merge with the subject, and the identifiers that join them (A3)."""
        pairs = [(id_type, value)]
        if self.state.has_single_rule(id_type):
            return owners, pairs
        joined: list[Profile] = []
        for rule in self.state.compound_rules():
            if id_type in rule.types:
                shared = {t: subject.values(t) for t in rule.types} | {id_type: [value]}
                found, by = self.found_by(rule, shared, owners)
                joined += [owner for owner in found if owner not in joined]
                pairs += [pair for pair in by if pair not in pairs]
        return joined, pairs

    def insert(self, subject: Profile, id_type: str, value: str) -> Profile:
        """Insert a value at its place in time, unless the limit would take it out at once (A4, L1)."""
        self.place += 1
        newcomer = Held(self.at, (self.number, self.place), value)
        held = sorted([*subject.held.get(id_type, []), newcomer])
        if newcomer in self.surplus(id_type, held):
            self.refuse(subject.id, id_type, value, RefusalReason.LIMIT)
            return subject
        subject.held[id_type] = held
        self.facts.append(IdentifierAdded(self.number, self.at, subject.id, id_type, value))
        self.trim(subject, id_type)
        return self.close(subject)

    def merge(self, profiles: list[Profile], rule: str, joining: list[Pair]) -> Profile:
        """Unite profiles in the earliest one, trim its lists once, then close it (M1 to M3, R7)."""
        survivor, *absorbed = sorted(profiles, key=lambda profile: profile.age)
        names = tuple(profile.id for profile in absorbed)
        self.facts.append(ProfilesMerged(self.number, self.at, survivor.id, names, rule, tuple(joining)))
        for profile in absorbed:
            for id_type, held in profile.held.items():
                together = sorted([*survivor.held.get(id_type, []), *held])
                survivor.held[id_type] = [
                    entry
                    for place, entry in enumerate(together)
                    if entry.value not in [earlier.value for earlier in together[:place]]
                ]
            del self.state.profiles[profile.id]
        for name, canonical in self.state.leads_to.items():
            if canonical in names:
                self.state.leads_to[name] = survivor.id
        for id_type in self.state.type_order():
            self.trim(survivor, id_type)
        return self.close(survivor)

    def close(self, subject: Profile) -> Profile:
        """Merge with all profiles that satisfy a compound rule with the subject, until there is none (R7)."""
        others = [profile for profile in self.state.earliest_first() if profile is not subject]
        given = {id_type: subject.values(id_type) for id_type in subject.held}
        found: list[Profile] = []
        joining: list[Pair] = []
        first = ""
        for rule in self.state.compound_rules():
            profiles, pairs = self.found_by(rule, given, others)
            if profiles:
                first = first or rule.text
            found += [profile for profile in profiles if profile not in found]
            joining += [pair for pair in pairs if pair not in joining]
        return self.merge([subject, *found], first, joining) if found else subject

    # The smallest steps.

    def policy(self, id_type: str) -> LimitPolicy:
        """Give the limit policy; values of a type that was removed leave as under fifo (S2)."""
        return self.state.config(id_type).limit_policy if self.state.is_configured(id_type) else LimitPolicy.FIFO

    def surplus(self, id_type: str, held: list[Held]) -> list[Held]:
        """Give what a list must lose, in the order in which it goes (L1)."""
        too_many = max(0, len(held) - self.state.config(id_type).limit)
        leaving = held if self.policy(id_type) == LimitPolicy.FIFO else held[::-1]
        return leaving[:too_many]

    def trim(self, subject: Profile, id_type: str) -> None:
        for entry in self.surplus(id_type, subject.held.get(id_type, [])):
            subject.held[id_type].remove(entry)
            self.facts.append(
                IdentifierEvicted(self.number, self.at, subject.id, id_type, entry.value, self.policy(id_type))
            )

    def take(self, subject: Profile, id_type: str, value: str, reason: RemovalReason) -> None:
        subject.held[id_type] = [entry for entry in subject.held[id_type] if entry.value != value]
        self.facts.append(IdentifierRemoved(self.number, self.at, subject.id, id_type, value, reason))

    def refuse(
        self,
        profile_id: str | None,
        id_type: str,
        value: object,
        reason: RefusalReason,
        owner: str | None = None,
    ) -> None:
        self.facts.append(IdentifierRefused(self.number, self.at, profile_id, id_type, value, reason, owner))
