"""The author of random histories: makes up one command after another, most of them sensible."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

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
)
from resolver.ids import numbered_id
from tests.machines.case import UNKNOWN_PROFILE, UNKNOWN_TYPE, Case, Step
from tests.machines.families import NO_SUCH_NORMALIZATION, ODD_VALUES, TYPES
from tests.model import SlowStore

TIMES = (None, None, 0, 1, 2, 3, 5, 8, 13, -4)
CLOCK_TIMES = (
    datetime(1970, 1, 1, 0, 0, 0, 2_999, tzinfo=UTC),
    datetime.fromisoformat("1970-01-01T02:00:00.004+02:00"),
)
ODD_TIMES = (True, 1.0, "1", 2**63, datetime(2026, 1, 1), timedelta(1))


class Author:
    """Makes up the commands of one history; *steady*: their numbers follow each other."""

    def __init__(self, random: Random, case: Case, *, steady: bool = False) -> None:
        self.random = random
        self.case = case
        self.steady = steady
        self.last = ""

    def step(self, store: SlowStore, ids: Sequence[str]) -> Step:
        """Make up the next step; *ids*: every id that was ever given to a profile."""
        if self.random.random() < 0.025:
            return self.random.choice(["fork", "restore", "fold"])
        is_next = self.steady or self.random.random() < 0.95
        return None if is_next else self.number(store), self.command(store, ids)

    def number(self, store: SlowStore) -> int:
        return store.last_number + self.random.choice([0, 1, 2, 5, 2**21])

    def command(self, store: SlowStore, ids: Sequence[str]) -> AnyCommand:
        random, at = self.random, self.time()
        kinds = ["resolve", "add", "replace", "remove", "delete", "settings"]
        changes = self.case.changes if self.case.later else 0
        crowded = len(store) > self.case.crowd
        [kind] = random.choices(kinds, [20, 45, 16, 9, 4, changes] if crowded else [50, 20, 13, 8, 3, changes])
        if self.case.privacy and random.random() < self.case.privacy:
            return self.about_people(store, at)
        if self.last == "settings" and random.random() < 0.7:
            kind = random.choice(["replace", "remove", "remove"])  # the first write after a change trims (S1)
        self.last = kind
        if kind == "resolve":
            return Resolve(self.identifiers(store), at, self.new_profile_id(store, ids))
        if kind == "settings":
            return ApplySettings(random.choice((*self.case.later, NO_SUCH_NORMALIZATION)), at)
        profile = self.profile(store, ids)
        id_type, raw = self.identifier(store)
        if kind == "add":
            return self.claim(store, at) or AddIdentifier(profile, id_type, raw, at)
        if kind == "delete":
            return DeleteProfile(profile, at)
        held = self.held(store, profile)
        if held and random.random() < 0.8:
            id_type, stored = random.choice(held)
            if kind == "replace":
                beside = [value for t, value in held if t == id_type]
                new = random.choice(beside) if random.random() < 0.25 else self.raw(id_type)
                return ReplaceIdentifier(profile, id_type, stored, new, at)
            raw = stored
        if kind == "replace":
            return ReplaceIdentifier(profile, id_type, self.raw(id_type), raw, at)
        how = random.choice([(False, None), (False, None), (True, None), (False, raw), (True, raw)])
        return RemoveIdentifier(profile, id_type, at, *how)

    def identifiers(self, store: SlowStore) -> Any:
        """Make up the identifiers of a resolve, as pairs or as a mapping."""
        random = self.random
        if self.case.joining and random.random() < 0.3:
            return self.joining(store)
        pairs = [self.identifier(store) for _ in range(random.choice([1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6]))]
        if random.random() < 0.25:
            live = store.profiles()
            holders = random.sample(live, min(len(live), random.choice([2, 2, 3, 4])))
            pairs = [random.choice(held) for held in (self.held(store, name) for name in holders) if held] or pairs
        if random.random() < 0.5:
            return pairs
        lists: dict[str, list[Any]] = {}
        for id_type, raw in pairs:
            lists.setdefault(id_type, []).append(raw)
        bare = random.random() < 0.7
        return {t: raws[0] if bare and len(raws) == 1 else raws for t, raws in lists.items()}

    def about_people(self, store: SlowStore, at: Any) -> AnyCommand:
        """Erase people, suppress what names them, or let it be given again; most of the time what somebody holds."""
        random = self.random
        pairs = [self.identifier(store) for _ in range(random.choice([1, 1, 2, 3]))]
        live = store.profiles()
        if live and random.random() < 0.6:
            pairs[0] = random.choice(self.held(store, random.choice(live)) or pairs)
        kind = random.choices(["erase", "suppress", "unsuppress"], [3, 3, 6])[0]
        if kind == "erase":
            return Erase(pairs, at, random.random() < 0.3)
        return Suppress(pairs, at) if kind == "suppress" else Unsuppress(pairs, at)

    def joining(self, store: SlowStore) -> dict[str, Any]:
        """Name a value of each joining type, most of the time one that a profile holds."""
        given = {}
        for id_type in self.case.joining:
            held = [value for profile in store.profiles() for t, value in self.held(store, profile) if t == id_type]
            given[id_type] = self.random.choice(held) if held and self.random.random() < 0.8 else self.raw(id_type)
        return given

    def claim(self, store: SlowStore, at: Any) -> AnyCommand | None:
        """Add a value that others hold to a profile, most of the time one that several do; None if there is none."""
        claimed = self.case.claimed
        if claimed is None or self.random.random() < 0.3:
            return None
        holders: dict[str, list[str]] = {}
        for profile in store.profiles():
            for value in [value for t, value in self.held(store, profile) if t == claimed]:
                holders.setdefault(value, []).append(profile)
        values = [value for value, profiles in holders.items() if len(profiles) > 1] or list(holders)
        if not values:
            return None
        value = self.random.choice(values)
        others = [profile for profile in store.profiles() if profile not in holders[value]]
        return AddIdentifier(self.random.choice(others), claimed, value, at) if others else None

    def identifier(self, store: SlowStore) -> tuple[str, Any]:
        """Name a configured type, most of the time; else one that may have been removed, or never was."""
        usual = self.random.random() < 0.98
        id_type = self.random.choice(store.settings.id_types if usual else (*TYPES, UNKNOWN_TYPE))
        return id_type, self.raw(id_type)

    def raw(self, id_type: str) -> Any:
        usual = self.case.raws.get(id_type, ("1",))
        return self.random.choice(ODD_VALUES if self.random.random() < 0.02 else usual)

    def time(self) -> Any:
        times: Sequence[Any] = self.random.choices([TIMES, CLOCK_TIMES, ODD_TIMES], [95, 4, 1])[0]
        time = self.random.choice(times)
        return time * self.case.unit if type(time) is int else time

    def profile(self, store: SlowStore, ids: Sequence[str]) -> str:
        """Name a live profile, most of the time; else an alias, a deleted id, or one that never was."""
        live = store.profiles()
        chance = self.random.random()
        if live and chance < 0.85:
            return self.random.choice(live)
        return self.random.choice(ids) if ids and chance < 0.98 else UNKNOWN_PROFILE

    def new_profile_id(self, store: SlowStore, ids: Sequence[str]) -> str | None:
        """None, most of the time; else a new id, one used before, or the one of a later command."""
        chance = self.random.random()
        if chance < 0.94:
            return None
        if ids and chance < 0.95:
            return self.random.choice(ids)
        if chance < 0.96:
            return numbered_id(store.last_number + self.random.randint(1, 4), self.random.choice([0, 0, 1]))
        return f"own-{self.random.randint(0, 99):02}"

    def held(self, store: SlowStore, profile: str) -> list[tuple[str, Any]]:
        if profile not in store:
            return []
        return [(t, value) for t, values in store.identifiers(profile).items() for value in values]
