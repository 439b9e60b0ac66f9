"""What a store knows: its profiles with their values, its settings, and every id that was ever used.

A ``State`` answers the questions that matching asks (``owners``, ``alike``, ``sharers``, ``values``), so one's own
``match_profiles``, and that of ``resolver.rules``, can be handed a state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import NamedTuple, Protocol

from resolver.blocklist import EVERY_TYPE
from resolver.errors import profile_not_found, unknown_identifier_type
from resolver.names import IdType, MatchingAlgo, Milliseconds, Misfit, ProfileId, Value, plain_text
from resolver.reference.reading import blocks
from resolver.settings import AND, IdentifierConfig, Settings

Similar = Callable[[Value, Value, int], bool]
"""Whether two values of a fuzzy type are alike enough to match: (one, other, threshold) (R8)."""


class Held(NamedTuple):
    """A value on a profile; sorts by (time added, arrival order) (I2)."""

    at: Milliseconds
    arrival: tuple[int, int]  # (number of the command, place within the command)
    value: Value


class Rule(NamedTuple):
    """A matching rule: its text, and the idTypes it names."""

    text: str
    types: tuple[IdType, ...]


class NamesTypes(Protocol):
    """Anything that names idTypes, such as a matching rule."""

    @property
    def types(self) -> tuple[IdType, ...]:
        """The idTypes that it names."""
        ...


@dataclass(eq=False)
class Profile:
    """One person's record: ``held`` has a list of values for each idType, oldest first."""

    id: ProfileId
    created_at: Milliseconds
    number: int  # of the command that created it
    held: dict[IdType, list[Held]] = field(default_factory=dict)

    @property
    def age(self) -> tuple[Milliseconds, int]:
        """Sort key: the earliest profile first (M1)."""
        return (self.created_at, self.number)

    def values(self, id_type: IdType) -> list[Value]:
        """The values of one idType, oldest first."""
        return [held.value for held in self.held.get(id_type, [])]


@dataclass(eq=False)
class State:
    """All of a store; plain data with plain questions. Every question may look at everything."""

    settings: Settings
    similar: Similar
    profiles: dict[ProfileId, Profile] = field(default_factory=dict)
    leads_to: dict[ProfileId, ProfileId] = field(default_factory=dict)  # canonical ids and aliases -> canonical id
    born: dict[ProfileId, tuple[Milliseconds, int]] = field(default_factory=dict)  # every id ever used -> its age
    suppressed: set[str] = field(default_factory=set)  # digests of identifiers that no command may give (P13)
    at: Milliseconds = 0
    number: int = 0

    def copy(self) -> "State":
        """An independent state that knows the same."""
        profiles = {
            name: replace(profile, held={t: list(held) for t, held in profile.held.items()})
            for name, profile in self.profiles.items()
        }
        return replace(
            self, profiles=profiles, leads_to=dict(self.leads_to), born=dict(self.born), suppressed=set(self.suppressed)
        )

    # Profiles.

    def profile(self, profile_id: object) -> Profile:
        """The profile that a canonical id or an alias leads to (A1, A7)."""
        name = plain_text(profile_id)
        if name is None or name not in self.leads_to:
            raise profile_not_found(profile_id)
        return self.profiles[self.leads_to[ProfileId(name)]]

    def earliest_first(self) -> list[Profile]:
        """All profiles, in the order in which they were created (M1)."""
        return sorted(self.profiles.values(), key=lambda profile: profile.age)

    def aliases(self, profile: Profile) -> tuple[ProfileId, ...]:
        """The ids that were merged into a profile, earliest first (Q4)."""
        names = [name for name, canonical in self.leads_to.items() if canonical == profile.id != name]
        return tuple(sorted(names, key=lambda name: self.born[name]))

    def holders(self, id_type: IdType, value: Value) -> list[Profile]:
        """The profiles that hold exactly this value, earliest first."""
        return [profile for profile in self.earliest_first() if value in profile.values(id_type)]

    def shares(self, profile: Profile, id_type: IdType, values: Sequence[Value]) -> bool:
        """Whether the profile holds one of these values, or one that is similar where the type is fuzzy (R7, R8)."""
        config = self.config(id_type)
        mine = profile.values(id_type)
        if config.matching_algo is MatchingAlgo.EXACT:
            return any(value in mine for value in values)
        return any(
            one == other or (self.similar(one, other, config.matching_threshold) and not self.is_blocked(id_type, one))
            for one in mine
            for other in values
        )

    def is_blocked(self, id_type: IdType, value: Value) -> bool:
        """Whether a stored value is blocked, so that nothing matches by it any more (P1)."""
        entries = [entry for entry in self.settings.policies.blocked if entry.id_type in (id_type, EVERY_TYPE)]
        return any(blocks(entry, value.strip(), value) for entry in entries)

    def matching_values(self, profile: Profile, id_type: IdType) -> list[Value]:
        """The values of a profile by which others may match it: those that are not blocked, oldest first (P1)."""
        return [value for value in profile.values(id_type) if not self.is_blocked(id_type, value)]

    # The questions of matching: the same, by ids.

    def owners(self, id_type: IdType, value: Value) -> list[ProfileId]:
        """The profiles that hold exactly this value."""
        return [profile.id for profile in self.holders(id_type, value)]

    def alike(self, id_type: IdType, value: Value) -> list[ProfileId]:
        """The profiles that hold this value, or a similar one of a fuzzy type (R8)."""
        return [profile.id for profile in self.earliest_first() if self.shares(profile, id_type, [value])]

    def sharers(self, rule: NamesTypes, choices: Sequence[Sequence[Value]]) -> list[ProfileId]:
        """The profiles that share, for each type of a compound rule, one of the choices (R7)."""
        wanted = list(zip(rule.types, choices, strict=True))
        return [
            profile.id
            for profile in self.earliest_first()
            if all(self.shares(profile, id_type, values) for id_type, values in wanted)
        ]

    def values(self, profile_id: ProfileId, id_type: IdType) -> list[Value]:
        """The values that a profile holds, oldest first."""
        return self.profile(profile_id).values(id_type)

    # Settings.

    def config(self, id_type: object) -> IdentifierConfig:
        """What the settings say of an idType; ``UnknownIdentifierType`` if nothing."""
        for config in self.settings.identifier_configs:
            if config.id_type == plain_text(id_type):
                return config
        raise unknown_identifier_type(id_type, self.type_order())

    def is_configured(self, id_type: IdType) -> bool:
        """Whether the settings have an idType."""
        return any(config.id_type == id_type for config in self.settings.identifier_configs)

    def known(self, id_type: object) -> IdType:
        """The name of a type that is configured, or of which a profile holds a value (A7, S2).

        ``UnknownIdentifierType`` for any other.
        """
        held = [name for profile in self.profiles.values() for name in profile.held if profile.held[name]]
        name = plain_text(id_type)
        if name is None or not (self.is_configured(name) or name in held):
            raise unknown_identifier_type(id_type, self.type_order())
        return name

    def type_order(self) -> list[IdType]:
        """The configured types: in rule order, then in config order (R4, Q2)."""
        in_rules = [id_type for rule in self.written_rules() for id_type in rule.types]
        return list(dict.fromkeys([*in_rules, *self.settings.id_types]))

    def written_rules(self) -> list[Rule]:
        """The matching rules of the settings document."""
        return [Rule(text, self.settings.types_of(text)) for text in self.settings.matching_rules]

    def rules(self) -> list[Rule]:
        """The rules as written, then the implicit compound ones (R7)."""
        written = self.written_rules()
        singles = [rule.types[0] for rule in written if len(rule.types) == 1]
        pairs = combinations([t for t in singles if not self.config(t).enforce_unique], 2)
        named = [set(rule.types) for rule in written]
        return written + [Rule(AND.join(pair), pair) for pair in pairs if set(pair) not in named]

    def compound_rules(self) -> list[Rule]:
        """The rules of two types and more."""
        return [rule for rule in self.rules() if len(rule.types) > 1]

    def misfit(self, id_type: IdType) -> Misfit:
        """What becomes of an identifier of a type that does not fit (P5)."""
        return self.settings.policies.misfit_of(id_type)

    def has_single_rule(self, id_type: IdType) -> bool:
        """Whether a rule of this single idType exists (A3)."""
        return any(rule.types == (id_type,) for rule in self.written_rules())
