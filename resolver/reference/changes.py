"""What a command changes: profiles are created, given values, merged and trimmed, step by step, with their facts."""

from collections.abc import Callable, Sequence

from resolver.errors import (
    IdentifierConflict,
    InvalidCommand,
    ProfileExists,
    does_not_fit,
    nothing_fits,
    nothing_free,
    safe_repr,
)
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    IdentifierRemoved,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.ids import numbered_id
from resolver.names import (
    COLLISION,
    EvictionReason,
    IdType,
    LimitPolicy,
    Milliseconds,
    Misfit,
    ProfileId,
    RefusalReason,
    RemovalReason,
    Value,
    plain_text,
)
from resolver.reference.fit import counted, limit_reason
from resolver.reference.joining import Joining
from resolver.reference.matching import Pair, found_by
from resolver.reference.rules import Rules
from resolver.reference.state import Held, Profile, State

DrawId = Callable[[int, Milliseconds, State], ProfileId]
"""The caller's id for the profile that a command creates, by the command's number and time."""


REFUSING = (Misfit.REFUSE, Misfit.REFUSE_REST)


class Changes:
    """The steps of one command on a state of its own; ``state`` and ``facts`` grow as they go."""

    def __init__(self, state: State, rules: Rules, number: int, at: Milliseconds, draw_id: DrawId | None) -> None:
        self.state = state
        self.rules = rules
        self.number = number
        self.at = at
        self.draw_id = draw_id
        self.place = 0
        self.facts: list[AnyFact] = []

    # Profiles; each step returns the profile that the subject is afterwards.

    def create(self, identifiers: Sequence[Pair], new_profile_id: object) -> Profile:
        """Make a profile, unless it would hold none of the identifiers (R3, R5)."""
        owners = [(t, v, self.owners(t, v)) for t, v in identifiers]
        if all(owned and not self.state.has_single_rule(t) for t, _, owned in owners):
            id_type, value, owned = owners[0]
            raise nothing_free(id_type, value, owned[0].id)
        return self.born(new_profile_id)

    def born(self, new_profile_id: object) -> Profile:
        """Make a profile that holds nothing yet (R3)."""
        profile = Profile(self.new_profile_id(new_profile_id), self.at, self.number)
        self.state.profiles[profile.id] = profile
        self.state.leads_to[profile.id] = profile.id
        self.state.born[profile.id] = profile.age
        self.facts.append(ProfileCreated(self.number, self.at, profile.id))
        return profile

    def new_profile_id(self, wanted: object) -> ProfileId:
        """The id of a new profile: the wanted one, the caller's, or the first free one of its number (section 11)."""
        if wanted is not None:
            name = plain_text(wanted)
            if not name:
                raise InvalidCommand(f"new_profile_id {safe_repr(wanted)} is not an id; expected a non-empty string")
            if name in self.state.born:
                raise ProfileExists(f"profile id {name!r} was used before; expected one that never was")
            return ProfileId(name)
        if self.draw_id is not None:
            return self.draw_id(self.number, self.at, self.state)
        tries = 0
        while numbered_id(self.number, tries) in self.state.born:
            tries += 1
        return numbered_id(self.number, tries)

    def attach(self, subject: Profile, id_type: IdType, value: Value) -> Profile:
        """Add a value to the subject: it has it, wins it by a merge, or gets it inserted (A2 to A4, P6)."""
        if value in subject.values(id_type):
            return subject
        if self.state.settings.policies.joining:
            return self.attach_or_merge(subject, id_type, value)
        owners = [owner for owner in self.owners(id_type, value) if owner is not subject]
        if owners:
            joined, pairs = self.collision(subject, id_type, value, owners)
            if not joined:
                raise _conflict(id_type, value, owners[0].id)
            subject = self.merge([subject, *joined], COLLISION, pairs)
        return subject if value in subject.values(id_type) else self.insert(subject, id_type, value)

    def owners(self, id_type: IdType, value: Value) -> list[Profile]:
        """The owners of a unique value, earliest first; several only after a settings change (I1)."""
        return self.state.holders(id_type, value) if self.state.config(id_type).enforce_unique else []

    def collision(
        self, subject: Profile, id_type: IdType, value: Value, owners: list[Profile]
    ) -> tuple[list[Profile], list[Pair]]:
        """The owners that may merge with the subject, and the identifiers that join them (A3)."""
        pairs = [(id_type, value)]
        if self.state.has_single_rule(id_type):
            return owners, pairs
        joined: list[Profile] = []
        for rule in self.state.compound_rules():
            if id_type in rule.types:
                shared = {t: self.state.matching_values(subject, t) for t in rule.types} | {id_type: [value]}
                found, by = found_by(self.state, rule, shared, owners)
                joined += [owner for owner in found if owner not in joined]
                pairs += [pair for pair in by if pair not in pairs]
        return joined, pairs

    # Joining policies.

    def join(self, identifiers: Sequence[Pair], new_profile_id: object) -> Profile:
        """Find whom the identifiers join, merge or create, and attach them in the order of priority (P4)."""
        found = Joining(self.state, self.rules.fit, self.at)
        found.find(identifiers)
        if not found.joined:
            self.check_someone_yields(identifiers, found)
            subject = self.born(new_profile_id)
        elif len(found.joined) == 1:
            [subject] = found.joined
        else:
            holding = [(t, v) for t, v in identifiers if self.state.has_single_rule(t)]
            joining = [pair for pair in holding if any(p in found.joined for p in self.state.holders(*pair))]
            subject = self.merge(found.joined, found.rule, joining)
        for id_type, value in identifiers:
            self.attach_or_yield(subject, id_type, value, found.misfits.get((id_type, value)))
        return subject

    def check_someone_yields(self, identifiers: Sequence[Pair], found: Joining) -> None:
        """Refuse a new profile all of whose identifiers would be refused (R5, P4)."""
        demoted = [pair for pair, reason in found.misfits.items() if reason is RefusalReason.DEMOTED]
        others = [pair for pair in identifiers if pair not in demoted]
        if all(self.owners(*pair) and self.state.misfit(pair[0]) in REFUSING for pair in others):
            id_type, value = others[0]
            raise nothing_fits(id_type, value, self.owners(id_type, value)[0].id)

    def attach_or_yield(self, subject: Profile, id_type: IdType, value: Value, why: RefusalReason | None) -> None:
        """Attach an identifier to the subject, or let it or its owners yield; *why* it is a misfit, if it is (P5)."""
        if value in subject.values(id_type):
            return
        if why is RefusalReason.DEMOTED:
            self.refuse(subject.id, id_type, value, why)
            return
        owners = [owner for owner in self.owners(id_type, value) if owner is not subject]
        misfit = self.state.misfit(id_type)
        if owners and misfit in REFUSING:
            self.refuse(subject.id, id_type, value, why or RefusalReason.CONFLICT, owners[0].id)
            return
        left_out = id_type if misfit is Misfit.MOVE else None
        reason = self.rules.fit(self.state, [subject], [(id_type, value)], self.at, left_out)
        if reason is not None:
            self.refuse(subject.id, id_type, value, reason, owners[0].id if owners else None)
            return
        if misfit is Misfit.MOVE:
            for owner in owners:
                self.take(owner, id_type, value, RemovalReason.MOVED)
                self.trim(owner, id_type)  # a removal is a write (S1)
        self.insert(subject, id_type, value)

    def attach_or_merge(self, subject: Profile, id_type: IdType, value: Value) -> Profile:
        """Attach a value that a command gives to a profile: its owners merge with it if they fit, or yield (P6)."""
        owners = [owner for owner in self.owners(id_type, value) if owner is not subject]
        why: RefusalReason | None = None
        if owners and self.state.has_single_rule(id_type):
            why = self.rules.fit(self.state, [subject, *owners], [], self.at, None)
            if why is None:
                subject = self.merge([subject, *owners], COLLISION, [(id_type, value)])
                owners = []
        if owners and self.state.misfit(id_type) in REFUSING:
            if why is None:
                raise _conflict(id_type, value, owners[0].id)
            raise does_not_fit(id_type, value, owners[0].id, why)
        self.attach_or_yield(subject, id_type, value, why)
        return subject

    def insert(self, subject: Profile, id_type: IdType, value: Value) -> Profile:
        """Insert a value at its place in time, unless the limit would take it out at once (A4, L1)."""
        self.place += 1
        newcomer = Held(self.at, (self.number, self.place), value)
        held = sorted([*subject.held.get(id_type, []), newcomer])
        if newcomer in self.surplus(id_type, held):
            self.refuse(subject.id, id_type, value, limit_reason(self.state, id_type))
            return subject
        subject.held[id_type] = held
        self.facts.append(IdentifierAdded(self.number, self.at, subject.id, id_type, value))
        self.evict(subject, id_type)
        return self.close(subject)

    def merge(self, profiles: Sequence[Profile], rule: str, joining: Sequence[Pair]) -> Profile:
        """Unite profiles in the survivor, trim its lists once, then close it (M1 to M3, R7)."""
        earliest_first = sorted(profiles, key=lambda profile: profile.age)
        survivor = self.rules.survivor(earliest_first)
        absorbed = [profile for profile in earliest_first if profile is not survivor]
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
        given = {id_type: self.state.matching_values(subject, id_type) for id_type in subject.held}
        found: list[Profile] = []
        joining: list[Pair] = []
        first = ""
        for rule in self.state.compound_rules():
            profiles, pairs = found_by(self.state, rule, given, others)
            if profiles:
                first = first or rule.text
            found += [profile for profile in profiles if profile not in found]
            joining += [pair for pair in pairs if pair not in joining]
        return self.merge([subject, *found], first, joining) if found else subject

    # Lists of values.

    def policy(self, id_type: IdType) -> LimitPolicy:
        """The limit policy; values of a type that was removed leave as under fifo (S2)."""
        return self.state.config(id_type).limit_policy if self.state.is_configured(id_type) else LimitPolicy.FIFO

    def surplus(self, id_type: IdType, held: Sequence[Held]) -> list[Held]:
        """What a list must lose, in the order in which it goes: under lifo the most recent first (L1, P2)."""
        policy = self.policy(id_type)
        among = counted(self.state, id_type, held, self.at)
        _, evicted = self.rules.split_at_limit(among, self.state.config(id_type).limit, policy)
        return list(evicted) if policy is LimitPolicy.FIFO else list(evicted)[::-1]

    def trim(self, subject: Profile, id_type: IdType) -> None:
        """Evict what is over the limit (L2), unless it is protected: what is beyond a new limit stays (P3)."""
        if not self.state.settings.policies.protects(id_type):
            self.evict(subject, id_type)

    def evict(self, subject: Profile, id_type: IdType) -> None:
        """Evict what is over the limit."""
        reason = EvictionReason(limit_reason(self.state, id_type))
        for entry in self.surplus(id_type, subject.held.get(id_type, [])):
            subject.held[id_type].remove(entry)
            policy = self.policy(id_type)
            self.facts.append(IdentifierEvicted(self.number, self.at, subject.id, id_type, entry.value, policy, reason))

    def take(self, subject: Profile, id_type: IdType, value: Value, reason: RemovalReason) -> None:
        """Take one value away from a profile (A5, A6)."""
        subject.held[id_type] = [entry for entry in subject.held[id_type] if entry.value != value]
        self.facts.append(IdentifierRemoved(self.number, self.at, subject.id, id_type, value, reason))

    def refuse(
        self,
        profile_id: ProfileId | None,
        id_type: IdType,
        value: object,
        reason: RefusalReason,
        owner: ProfileId | None = None,
    ) -> None:
        """Note that a value was left out."""
        self.facts.append(IdentifierRefused(self.number, self.at, profile_id, id_type, value, reason, owner))


def _conflict(id_type: IdType, value: Value, owner: ProfileId) -> IdentifierConflict:
    return IdentifierConflict(
        f"{id_type} {value!r} belongs to profile {owner!r}, and no matching rule on {id_type!r} lets the two merge",
        id_type=id_type,
        value=value,
        owner=owner,
    )
