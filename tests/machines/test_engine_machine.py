"""The engine against the model, on histories that Hypothesis makes up and shrinks."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.settings import AND, Settings
from tests.machines.author import CLOCK_TIMES, ODD_TIMES, TIMES
from tests.machines.case import UNKNOWN_PROFILE, UNKNOWN_TYPE, Case
from tests.machines.compare import Duel
from tests.machines.families import (
    NO_SUCH_NORMALIZATION,
    ODD_VALUES,
    RAWS,
    TYPES,
    config,
    scattered_id,
)

FEW = {id_type: values[:3] for id_type, values in RAWS.items()}

times: st.SearchStrategy[Any] = st.sampled_from([*TIMES, *CLOCK_TIMES])
own_ids = st.sampled_from([None, None, None, "own-1", "own-2"])
Data = st.DataObject


@st.composite
def settings_documents(draw: st.DrawFn) -> Settings:
    """Draw settings of two to four types, with single and compound rules."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=2, max_size=4, unique=True))
    configs = [
        config(
            id_type,
            matching_algo=draw(st.sampled_from(["exact", "exact", "fuzzy"])),
            matching_threshold=draw(st.sampled_from([75, 60, 90])),
            limit=draw(st.sampled_from([100, 1, 2, 3])),
            limit_policy=draw(st.sampled_from(["fifo", "lifo"])),
            enforce_unique=draw(st.sampled_from([True, True, False])),
            **draw(st.sampled_from([{}, {}, {}, {"normalization": "none"}, {"normalization": "trim"}])),
        )
        for id_type in types
    ]
    rules = [AND.join(names) for size in (1, 2, 3) for names in combinations(types, size)]
    return Settings(configs, draw(st.lists(st.sampled_from(rules), min_size=2, max_size=6, unique=True)))


def if_any_profile(function: Callable[..., None]) -> Callable[..., None]:
    """Let a rule wait until a profile was created."""
    decorated: Callable[..., None] = precondition(lambda machine: machine.duel.ids)(function)
    return decorated


class EngineAgainstModel(RuleBasedStateMachine):
    """Both sides take every command; ``Duel`` compares them, and checks the invariants, after each."""

    duel: Duel
    settings_stay: bool

    @initialize(
        data=st.data(),
        chosen=settings_documents(),
        settings_stay=st.booleans(),
        on_invalid=st.sampled_from(["refuse", "drop", "keep"]),
        match=st.sampled_from(["all", "first"]),
        new_id=st.sampled_from([None, None, scattered_id]),
        default_region=st.sampled_from(["US", "GB"]),
    )
    def open(self, data: Data, chosen: Settings, settings_stay: bool, **options: Any) -> None:
        """Open a store with a few profiles of one identifier each."""
        self.duel = Duel(Case("drawn by Hypothesis", chosen, FEW, **options))
        self.settings_stay = settings_stay
        usual: list[tuple[str, Any]] = [(t, raw) for t in self.types for raw in FEW[t]]
        for pair in data.draw(st.lists(st.sampled_from(usual), max_size=6, unique=True)):
            self.run(Resolve([pair]))

    @rule(data=st.data(), at=times, size=st.sampled_from([1, 2, 2, 3, 4]), own_id=own_ids)
    def resolve(self, data: Data, at: Any, size: int, own_id: str | None) -> None:
        self.run(Resolve([self.pair(data) for _ in range(size)], at, own_id))

    @rule(data=st.data(), at=times)
    def resolve_a_mapping(self, data: Data, at: Any) -> None:
        types = data.draw(st.lists(st.sampled_from(self.types), unique=True))
        lists: dict[str, Any] = {t: data.draw(st.lists(st.sampled_from(FEW[t]), max_size=3)) for t in types}
        self.run(Resolve(lists, at))

    @precondition(lambda self: len(self.duel.model) > 1)
    @rule(data=st.data(), at=times)
    def resolve_what_profiles_hold(self, data: Data, at: Any) -> None:
        profiles = st.lists(st.sampled_from(self.duel.model.profiles()), min_size=2, max_size=3, unique=True)
        held = [self.stored(profile) for profile in data.draw(profiles)]
        pairs = [data.draw(st.sampled_from(pairs)) for pairs in held if pairs]
        if pairs:
            self.run(Resolve(pairs, at))

    @if_any_profile
    @rule(data=st.data(), at=times)
    def add(self, data: Data, at: Any) -> None:
        self.run(AddIdentifier(self.profile(data), *self.pair(data), at))

    @if_any_profile
    @rule(data=st.data(), at=times)
    def replace(self, data: Data, at: Any) -> None:
        profile = self.profile(data)
        id_type, old = self.held(data, profile)
        same_type = [value for t, value in self.stored(*self.duel.model.profiles()) if t == id_type]
        new = data.draw(st.sampled_from([*FEW[id_type], *same_type]), label="new value")
        self.run(ReplaceIdentifier(profile, id_type, old, new, at))

    @if_any_profile
    @rule(data=st.data(), at=times, how=st.sampled_from(["one", "all", "by name"]))
    def remove(self, data: Data, at: Any, how: str) -> None:
        profile = self.profile(data)
        id_type, value = self.held(data, profile)
        self.run(RemoveIdentifier(profile, id_type, at, how == "all", value if how == "by name" else None))

    @precondition(lambda self: len(self.duel.model) > 3)
    @rule(data=st.data(), at=times)
    def delete(self, data: Data, at: Any) -> None:
        self.run(DeleteProfile(self.profile(data), at))

    @precondition(lambda self: not self.settings_stay)
    @rule(chosen=settings_documents(), at=times)
    def apply_settings(self, chosen: Settings, at: Any) -> None:
        self.run(ApplySettings(chosen, at))

    @rule(data=st.data(), skipped=st.integers(-1, 3))
    def resolve_under_a_number(self, data: Data, skipped: int) -> None:
        self.run(Resolve([self.pair(data)]), self.duel.model.last_number + 1 + skipped)

    @rule(data=st.data(), raw=st.sampled_from(ODD_VALUES), at=st.sampled_from(ODD_TIMES))
    def try_something_odd(self, data: Data, raw: Any, at: Any) -> None:
        id_type, value = self.pair(data)
        profile = self.profile(data) if self.duel.ids else UNKNOWN_PROFILE
        everywhere: list[AnyCommand] = [
            Resolve([(id_type, value), (id_type, raw)]),
            Resolve({id_type: value}, at),
            Resolve([(UNKNOWN_TYPE, value)]),
            AddIdentifier(profile, id_type, raw),
            AddIdentifier(UNKNOWN_PROFILE, id_type, value),
            ReplaceIdentifier(profile, id_type, value, raw),
            ReplaceIdentifier(profile, id_type, raw, value),
            RemoveIdentifier(profile, id_type, all=True, value=value),
            RemoveIdentifier(profile, UNKNOWN_TYPE),
            RemoveIdentifier(profile, id_type, value=raw),
            ApplySettings(NO_SUCH_NORMALIZATION),
        ]
        self.run(data.draw(st.sampled_from(everywhere)))

    @rule()
    def go_on_with_a_fork(self) -> None:
        self.duel.fork()

    @rule()
    def go_on_with_a_restored_engine(self) -> None:
        self.duel.restore()

    @rule()
    def go_on_with_a_folded_engine(self) -> None:
        self.duel.fold()

    def teardown(self) -> None:
        if hasattr(self, "duel"):
            self.duel.finish()

    def run(self, command: AnyCommand, number: int | None = None) -> None:
        self.duel.run(command, number)

    @property
    def types(self) -> tuple[str, ...]:
        return self.duel.model.settings.id_types

    def pair(self, data: Data) -> tuple[str, Any]:
        """Draw an identifier of a configured type: any, or one that some profile holds."""
        usual = [(t, raw) for t in self.types for raw in FEW[t]]
        known = [pair for pair in self.stored(*self.duel.model.profiles()) if pair[0] in self.types]
        drawn: tuple[str, Any] = data.draw(st.sampled_from([*usual, *known]), label="identifier")
        return drawn

    def stored(self, *profiles: str) -> list[tuple[str, Any]]:
        """Return all identifiers that the profiles hold."""
        held = [self.duel.model.identifiers(profile) for profile in profiles if profile in self.duel.model]
        return [(t, value) for lists in held for t, values in lists.items() for value in values]

    def profile(self, data: Data) -> str:
        """Draw a canonical id, mostly; or any id that a profile ever had."""
        canonical = self.duel.model.profiles()
        return data.draw(st.sampled_from([*canonical, *canonical, *self.duel.ids]), label="profile")

    def held(self, data: Data, profile: str) -> tuple[str, Any]:
        """Draw an identifier that the profile holds, mostly; or any other."""
        usual = [(t, FEW[t][0]) for t in TYPES]
        drawn: tuple[str, Any] = data.draw(
            st.sampled_from([*self.stored(profile) * 5, *usual]), label="held identifier"
        )
        return drawn


TestEngineAgainstModel = EngineAgainstModel.TestCase
TestEngineAgainstModel.settings = settings(
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
