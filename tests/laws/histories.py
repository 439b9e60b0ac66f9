"""Random settings, and commands whose few values and profiles meet often."""

from collections import UserString
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from resolver import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Engine,
    IdentifierConfig,
    Outcome,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    ResolverError,
    Settings,
)
from resolver.commands import AnyCommand

TYPES = ("aa", "bb", "cc", "dd")
VALUES = ("ab", " ab", "ba", "aab", "abb", "bab", "baba", "abba", "x")
ODD = ("", "  ", None, 5, "y" * 256, UserString("ab"))
TIMES = (None, 0, 1, 2, 3, 5, -4)

values = st.sampled_from(VALUES)
raws: st.SearchStrategy[Any] = st.one_of(values, values, values, values, st.sampled_from(ODD))
types = st.sampled_from(TYPES)
pairs = st.tuples(types, raws)
times = st.sampled_from(TIMES)
profiles = st.integers(1, 12).map(lambda number: f"p{number}")


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    """Draw settings of all four types, with single and compound rules."""
    configs = [
        IdentifierConfig(
            id_type,
            matching_algo=draw(st.sampled_from(["exact", "exact", "exact", "fuzzy"])),
            matching_threshold=draw(st.sampled_from([50, 75, 90])),
            limit=draw(st.sampled_from([100, 100, 1, 2, 3])),
            limit_policy=draw(st.sampled_from(["fifo", "lifo"])),
            enforce_unique=draw(st.booleans()),
            normalization=draw(st.sampled_from(["trim", "trim", "none"])),
        )
        for id_type in TYPES
    ]
    named = st.lists(types, min_size=1, max_size=3, unique=True)
    rules = draw(st.lists(named, min_size=1, max_size=5, unique_by=frozenset))
    return Settings(configs, [" AND ".join(names) for names in rules])


def _everyday(limit: int) -> Settings:
    return Settings([IdentifierConfig(id_type, limit=limit) for id_type in TYPES], TYPES)


everyday_settings = st.sampled_from([100, 3, 1]).map(_everyday)
"""Unique, exact types with a rule each: where nearly every command is an everyday one."""

mappings = st.dictionaries(types, raws, min_size=1, max_size=4)
resolves = st.builds(
    Resolve,
    st.one_of(
        mappings,
        mappings,
        st.lists(pairs, min_size=1, max_size=4),
        st.dictionaries(types, st.lists(values, max_size=3), max_size=3),
    ),
    times,
)
commands: st.SearchStrategy[AnyCommand] = st.one_of(
    resolves,
    resolves,
    resolves,
    st.builds(AddIdentifier, profiles, types, raws, times),
    st.builds(ReplaceIdentifier, profiles, types, raws, raws, times),
    st.builds(RemoveIdentifier, profiles, types, times, st.booleans()),
    st.builds(RemoveIdentifier, profiles, types, times, st.just(False), values),
    st.builds(DeleteProfile, profiles, times),
)
changes: st.SearchStrategy[AnyCommand] = st.builds(ApplySettings, any_settings(), times)
histories: st.SearchStrategy[list[AnyCommand]] = st.lists(st.one_of(*[commands] * 9, changes), min_size=5, max_size=40)
options = st.fixed_dictionaries(
    {"on_invalid": st.sampled_from(["refuse", "drop", "keep"]), "match": st.sampled_from(["all", "first"])}
)


def opened(settings: Settings, **options: Any) -> Engine:
    """Open a store whose profiles are called p1, p2, ..."""
    return Engine(settings, new_id=short_id, **options)


def short_id(number: int, at: int) -> str:
    return f"p{number}"


def tried(act: Any, *given: Any) -> Outcome | str:
    """Return the outcome, or the error that refused the command."""
    try:
        outcome: Outcome = act(*given)
    except ResolverError as error:
        return f"{type(error).__name__}: {error}"
    return outcome


def run(engine: Engine, history: Iterable[AnyCommand]) -> list[Outcome | str]:
    """Execute commands, and return what each of them did."""
    return [tried(engine.execute, command) for command in history]
