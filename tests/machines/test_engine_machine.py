"""The engine against the model, on histories that Hypothesis makes up and shrinks."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.facts import ProfileCreated
from resolver.settings import AND, Settings
from tests.machines.author import CLOCK_TIMES, ODD_TIMES, TIMES
from tests.machines.compare import UNKNOWN_PROFILE, UNKNOWN_TYPE, Case, Duel
from tests.machines.families import ODD_VALUES, RAWS, TYPES, config, scattered_id

FEW = {id_type: values[:4] for id_type, values in RAWS.items()}
PAIRS = [(id_type, value) for id_type, values in FEW.items() for value in values]
ODD_PAIRS = [(UNKNOWN_TYPE, "1"), *((id_type, value) for id_type in TYPES for value in ODD_VALUES)]

pairs: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    *[st.sampled_from(PAIRS)] * 9, st.sampled_from(ODD_PAIRS)
)
values: st.SearchStrategy[Any] = pairs.map(lambda pair: pair[1])
times: st.SearchStrategy[Any] = st.sampled_from([*TIMES, *CLOCK_TIMES, *ODD_TIMES[:2]])
own_ids = st.sampled_from([None, None, None, "own-1", "own-2"])


@st.composite
def settings_documents(draw: st.DrawFn) -> Settings:
    """Draw settings of one to four types, with single and compound rules."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4, unique=True))
    configs = [
        config(
            id_type,
            matching_algo=draw(st.sampled_from(["exact", "exact", "fuzzy"])),
            matching_threshold=draw(st.sampled_from([75, 60, 90])),
            limit=draw(st.sampled_from([100, 1, 2, 3])),
            limit_policy=draw(st.sampled_from(["fifo", "lifo"])),
            enforce_unique=draw(st.booleans()),
            **draw(st.sampled_from([{}, {}, {}, {"normalization": "none"}, {"normalization": "trim"}])),
        )
        for id_type in types
    ]
    named = st.lists(st.sampled_from(types), min_size=1, max_size=3, unique=True)
    rules = draw(st.lists(named, min_size=1, max_size=5, unique_by=frozenset))
    return Settings(configs, [AND.join(names) for names in rules])


class EngineAgainstModel(RuleBasedStateMachine):
    """Both sides take every command; ``Duel`` compares them, and checks the invariants, after each."""

    profiles = Bundle("profiles")
    duel: Duel

    @initialize(
        chosen=settings_documents(),
        on_invalid=st.sampled_from(["refuse", "drop", "keep"]),
        match=st.sampled_from(["all", "first"]),
        new_id=st.sampled_from([None, None, scattered_id]),
        default_region=st.sampled_from(["US", "GB"]),
    )
    def open(self, chosen: Settings, **options: Any) -> None:
        self.duel = Duel(Case("drawn by Hypothesis", chosen, FEW, **options))

    @initialize(target=profiles)
    def name_nobody(self) -> str:
        return UNKNOWN_PROFILE

    @rule(target=profiles, given=st.lists(pairs, min_size=1, max_size=4), at=times, own_id=own_ids)
    def resolve(self, given: list[tuple[str, Any]], at: Any, own_id: str | None) -> Any:
        return self.run(Resolve(given, at, own_id))

    @rule(
        target=profiles, given=st.dictionaries(st.sampled_from(TYPES), st.lists(values, max_size=3)), at=times
    )
    def resolve_a_mapping(self, given: dict[str, Any], at: Any) -> Any:
        return self.run(Resolve(given, at))

    @rule(profile=profiles, pair=pairs, at=times)
    def add(self, profile: str, pair: tuple[str, Any], at: Any) -> None:
        self.run(AddIdentifier(profile, *pair, at))

    @rule(profile=profiles, pair=pairs, old=values, place=st.integers(0, 5), at=times)
    def replace(self, profile: str, pair: tuple[str, Any], old: Any, place: int, at: Any) -> None:
        id_type, new = pair
        self.run(ReplaceIdentifier(profile, id_type, self.held(profile, id_type, place, old), new, at))

    @rule(
        profile=profiles,
        pair=pairs,
        place=st.integers(0, 5),
        at=times,
        everything=st.booleans(),
        named=st.booleans(),
    )
    def remove(
        self, profile: str, pair: tuple[str, Any], place: int, at: Any, everything: bool, named: bool
    ) -> None:
        id_type, raw = pair
        value = self.held(profile, id_type, place, raw) if named else None
        self.run(RemoveIdentifier(profile, id_type, at, everything, value))

    @rule(profile=profiles, at=times)
    def delete(self, profile: str, at: Any) -> None:
        self.run(DeleteProfile(profile, at))

    @rule(chosen=settings_documents(), at=times)
    def apply_settings(self, chosen: Settings, at: Any) -> None:
        self.run(ApplySettings(chosen, at))

    @rule(pair=pairs, skipped=st.integers(-1, 3))
    def resolve_under_a_number(self, pair: tuple[str, Any], skipped: int) -> None:
        self.run(Resolve([pair]), self.duel.model.last_number + 1 + skipped)

    @rule()
    def go_on_with_a_fork(self) -> None:
        self.duel.fork()

    @rule()
    def go_on_with_a_restored_engine(self) -> None:
        self.duel.restore()

    def run(self, command: AnyCommand, number: int | None = None) -> Any:
        """Let both sides execute a command; give the id of a profile that it created."""
        outcome = self.duel.run(command, number)
        facts = outcome.facts if outcome is not None else ()
        return multiple(*[fact.profile_id for fact in facts if isinstance(fact, ProfileCreated)])

    def held(self, profile: str, id_type: str, place: int, otherwise: Any) -> Any:
        """Give a value that the profile holds, if it holds that many."""
        if profile not in self.duel.model:
            return otherwise
        stored = self.duel.model.identifiers(profile).get(id_type, ())
        return stored[place] if place < len(stored) else otherwise

    def teardown(self) -> None:
        if hasattr(self, "duel"):
            self.duel.finish()


TestEngineAgainstModel = EngineAgainstModel.TestCase
TestEngineAgainstModel.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
