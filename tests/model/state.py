"""What a store knows: its profiles with their values, its settings, and every id that was ever used."""

from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from rapidfuzz import fuzz

from resolver.errors import ProfileNotFound, UnknownIdentifierType
from resolver.names import MatchingAlgo
from resolver.settings import IdentifierConfig, Settings


class Held(NamedTuple):
    """A value on a profile; sorts by (time added, arrival order) (I2)."""

    at: int
    arrival: tuple[int, int]  # (number of the command, place within the command)
    value: str


class Rule(NamedTuple):
    """A matching rule: its text, and the idTypes it names."""

    text: str
    types: tuple[str, ...]


@dataclass(eq=False)
class Profile:
    """One person's record."""

    id: str
    created_at: int
    number: int
    held: dict[str, list[Held]] = field(default_factory=dict)

    @property
    def age(self) -> tuple[int, int]:
        """Sort key: the earliest profile first (M1)."""
        return (self.created_at, self.number)

    def values(self, id_type: str) -> list[str]:
        return [held.value for held in self.held.get(id_type, [])]


@dataclass
class State:
    """All of a store; plain data with plain questions."""

    settings: Settings
    profiles: dict[str, Profile] = field(default_factory=dict)
    leads_to: dict[str, str] = field(default_factory=dict)  # canonical ids and aliases -> canonical id
    born: dict[str, tuple[int, int]] = field(default_factory=dict)  # every id ever used -> its age
    at: int = 0
    number: int = 0

    def copy(self) -> "State":
        profiles = {
            name: Profile(name, p.created_at, p.number, {t: list(held) for t, held in p.held.items()})
            for name, p in self.profiles.items()
        }
        return State(self.settings, profiles, dict(self.leads_to), dict(self.born), self.at, self.number)

    def profile(self, profile_id: str) -> Profile:
        """Give the profile that a canonical id or an alias leads to (A1, A7)."""
        if profile_id not in self.leads_to:
            raise ProfileNotFound(f"{profile_id!r} is no profile")
        return self.profiles[self.leads_to[profile_id]]

    def earliest_first(self) -> list[Profile]:
        return sorted(self.profiles.values(), key=lambda profile: profile.age)

    def aliases(self, profile: Profile) -> tuple[str, ...]:
        names = [name for name, canonical in self.leads_to.items() if canonical == profile.id != name]
        return tuple(sorted(names, key=lambda name: self.born[name]))

    def holders(self, id_type: str, value: str) -> list[Profile]:
        """Give the profiles that hold exactly this value, earliest first."""
        found = [profile for profile in self.profiles.values() if value in profile.values(id_type)]
        return sorted(found, key=lambda profile: profile.age)

    def config(self, id_type: str) -> IdentifierConfig:
        for config in self.settings.identifier_configs:
            if config.id_type == id_type:
                return config
        raise UnknownIdentifierType(f"{id_type!r} is not configured")

    def is_configured(self, id_type: str) -> bool:
        return any(config.id_type == id_type for config in self.settings.identifier_configs)

    def check_known(self, id_type: str) -> None:
        """Refuse a type that is neither configured nor held by any profile (A7, S2)."""
        if not self.is_configured(id_type) and not any(p.values(id_type) for p in self.profiles.values()):
            raise UnknownIdentifierType(f"{id_type!r} is neither configured nor held")

    def type_order(self) -> list[str]:
        """Give the configured types: in rule order, then in config order (R4, Q2)."""
        in_rules = [id_type for rule in self.written_rules() for id_type in rule.types]
        return list(dict.fromkeys([*in_rules, *self.settings.id_types]))

    def written_rules(self) -> list[Rule]:
        return [Rule(text, self.settings.types_of(text)) for text in self.settings.matching_rules]

    def rules(self) -> list[Rule]:
        """Give the rules as written, then the implicit compound ones (R7)."""
        written = self.written_rules()
        singles = [rule.types[0] for rule in written if len(rule.types) == 1]
        pairs = combinations([t for t in singles if not self.config(t).enforce_unique], 2)
        named = [set(rule.types) for rule in written]
        return written + [Rule(f"{a} AND {b}", (a, b)) for a, b in pairs if {a, b} not in named]

    def compound_rules(self) -> list[Rule]:
        return [rule for rule in self.rules() if len(rule.types) > 1]

    def has_single_rule(self, id_type: str) -> bool:
        return any(rule.types == (id_type,) for rule in self.written_rules())

    def alike(self, id_type: str, one: str, other: str) -> bool:
        """Tell whether two values are equal, or similar where the type is fuzzy (R8)."""
        config = self.config(id_type)
        if one == other:
            return True
        return config.matching_algo == MatchingAlgo.FUZZY and fuzz.ratio(one, other) >= config.matching_threshold

    def shares(self, profile: Profile, id_type: str, values: list[str]) -> bool:
        """Tell whether the profile holds a value like one of these."""
        return any(self.alike(id_type, mine, value) for mine in profile.values(id_type) for value in values)
