"""The state invariants (section 4) as claims about what an engine lets its callers read."""

from collections.abc import Iterable, Mapping
from itertools import combinations

from rapidfuzz import fuzz

from resolver import Engine
from resolver.errors import ProfileNotFound
from resolver.names import MatchingAlgo
from resolver.reference.matching import similar
from resolver.reference.state import State
from resolver.settings import IdentifierConfig, Settings

Pair = tuple[str, str]
History = tuple[tuple[str, int], ...]
Holdings = Mapping[str, Mapping[str, History]]
"""Per canonical profile and idType: the values, each with the time it was added."""


def holdings(engine: Engine) -> Holdings:
    """Read what every profile holds."""
    return {
        profile_id: {
            id_type: tuple(engine.history_of(profile_id, id_type)) for id_type in engine.identifiers(profile_id)
        }
        for profile_id in engine.profiles()
    }


def owners(held: Holdings) -> dict[Pair, list[str]]:
    """Return the holders of every identifier."""
    by_pair: dict[Pair, list[str]] = {}
    for profile_id, lists in held.items():
        for id_type, history in lists.items():
            for value, _ in history:
                by_pair.setdefault((id_type, value), []).append(profile_id)
    return by_pair


def i1_a_unique_identifier_has_one_owner(held: Holdings, settings: Settings, tolerated: set[Pair]) -> None:
    """*tolerated*: what sat on several profiles when the settings changed, and still does."""
    unique = {config.id_type for config in settings.identifier_configs if config.enforce_unique}
    for pair, profiles in owners(held).items():
        if pair[0] in unique and pair not in tolerated:
            assert len(profiles) == 1, f"I1: {pair} is owned by {profiles}"


def i2_lists_are_sorted_sets_within_the_limit(held: Holdings, before: Holdings, settings: Settings) -> None:
    """A list may be longer than the limit only if nothing wrote to it since the limit was lowered (S1)."""
    policies = settings.policies  # a window counts some values only, and a protected list keeps what it has (P2, P3)
    limits = {
        config.id_type: config.limit
        for config in settings.identifier_configs
        if policies.days_of(config.id_type) is None and not policies.protects(config.id_type)
    }
    for profile_id, lists in held.items():
        for id_type, history in lists.items():
            values, times = [value for value, _ in history], [at for _, at in history]
            place = f"{profile_id} {id_type} {history}"
            assert values, f"I2: an empty list is shown: {place}"
            assert len(set(values)) == len(values), f"I2: a duplicate: {place}"
            assert times == sorted(times), f"I2: out of order: {place}"
            if len(values) > limits.get(id_type, len(values)):
                assert history == before.get(profile_id, {}).get(id_type), f"I2: too long: {place}"


def i3_the_index_holds_what_profiles_hold(engine: Engine, held: Holdings, ever: Iterable[Pair]) -> None:
    """*ever*: every identifier that was stored at some time; one that is held no more is free."""
    by_pair = owners(held)
    known = {id_type for id_type, _ in by_pair} | set(engine.settings.id_types)
    for id_type, value in ever:
        if (id_type, value) in by_pair:
            found = engine.lookup(id_type, value)
            assert found.normalized_value == value, f"I3: {id_type} {value!r} is found as {found}"
            assert list(found.profile_ids) == by_pair[id_type, value], f"I3: {id_type} {value!r}: {found}"
        elif id_type not in known:
            continue
        elif id_type in engine.settings.id_types and _reads_as_itself(engine, id_type, value):
            assert not engine.lookup(id_type, value).profile_ids, f"I3: {id_type} {value!r} is not free"


def _reads_as_itself(engine: Engine, id_type: str, value: str) -> bool:
    """Return whether a look-up of a value that nobody holds asks for that very value (A8)."""
    [config] = [c for c in engine.settings.identifier_configs if c.id_type == id_type]
    return config.normalization == "none" or (config.normalization == "trim" and value == value.strip() != "")


def i4_aliases_lead_to_a_live_profile_or_nowhere(engine: Engine, ids: Iterable[str]) -> None:
    """*ids*: every id that a profile was ever given."""
    live = set(engine.profiles())
    for profile_id in ids:
        try:
            canonical = engine.canonical_id(profile_id)
        except ProfileNotFound:
            assert profile_id not in engine, f"I4: {profile_id} is not found and yet in the engine"
        else:
            assert canonical in live, f"I4: {profile_id} leads to {canonical}, which is no canonical id"
            assert engine.canonical_id(canonical) == canonical, f"I4: {profile_id} is on a chain"
            assert (profile_id == canonical) != (profile_id in engine.aliases(canonical)), (
                f"I4: {profile_id} leads to {canonical}, which does not know it"
            )


def i5_the_canonical_id_is_the_earliest(engine: Engine, born: Mapping[str, tuple[int, int]]) -> None:
    """*born*: the (created at, command) of every id."""
    for profile_id in engine.profiles():
        family = (profile_id, *engine.aliases(profile_id))
        assert list(family) == sorted(family, key=lambda name: born[name]), f"I5: {family}"
        assert engine.created_at(profile_id) == born[profile_id][0], f"I5: {profile_id}"


def i8_no_two_profiles_satisfy_a_compound_rule(held: Holdings, settings: Settings) -> None:
    """Holds as long as no settings change came in between (R7)."""
    configs = {config.id_type: config for config in settings.identifier_configs}
    for rule in State(settings, similar).compound_rules():
        for (one, mine), (other, theirs) in combinations(held.items(), 2):
            joined = all(_share(configs[t], mine.get(t, ()), theirs.get(t, ())) for t in rule.types)
            assert not joined, f"I8: {one} and {other} satisfy {rule.text}: {mine} and {theirs}"


def _share(config: IdentifierConfig, mine: History, theirs: History) -> bool:
    if config.matching_algo == MatchingAlgo.EXACT:
        return not {value for value, _ in mine}.isdisjoint(value for value, _ in theirs)
    return any(fuzz.ratio(a, b) >= config.matching_threshold for a, _ in mine for b, _ in theirs)
