"""Matched: which rules found the profile of a line, and by which values, asked of the engine once more.

The facts of the profiles concerned are folded into an empty engine, and before each line that is asked about, its
matching is asked what the line finds. A rule finds a profile among a few exactly where it finds it among all.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from resolver.engine import Engine
from resolver.evidence import RuleMatch, matches
from resolver.facts import AnyFact, IdentifierRefused, ProfileDeleted, ProfilesMerged, SettingsApplied
from resolver.names import IdType, Milliseconds, ProfileId, Value
from resolver.simulate.steps import entries_at

if TYPE_CHECKING:
    from resolver.simulate.run import Run

_OPTIONS = ("default_region", "match", "normalizers", "on_invalid")
"""The options of an engine that decide what matches."""


def empty_engine(run: "Run") -> Engine:
    """Return an engine as the run's was at the start, into which facts of the run can be folded."""
    return Engine(run.settings, **{name: run.options[name] for name in _OPTIONS if name in run.options})


def group_ids(run: "Run", profile_ids: Iterable[str]) -> set[ProfileId]:
    """Return all ids of the groups of some profiles: of each all that were merged into one, deleted or not.

    O(ids), and one pass over what was lost where a profile was deleted.
    """
    engine = run.engine
    ids: set[ProfileId] = set()
    gone: set[ProfileId] = set()
    for profile_id in profile_ids:
        if profile_id in ids:
            continue
        if profile_id in engine:
            canonical = engine.canonical_id(profile_id)
            ids.update((canonical, *engine.aliases(canonical)))
        else:
            gone.add(ProfileId(profile_id))
    for fact in run.losses if gone else ():
        if isinstance(fact, ProfileDeleted):
            group = {fact.profile_id, *fact.aliases}
            if not gone.isdisjoint(group):
                ids |= group
    return ids


def is_about(fact: AnyFact, ids: Collection[ProfileId]) -> bool:
    """Whether a fact changed one of some groups of profiles, or the settings."""
    if isinstance(fact, ProfilesMerged):
        return fact.survivor in ids
    if isinstance(fact, SettingsApplied):
        return True
    return not isinstance(fact, IdentifierRefused) and fact.profile_id in ids


def facts_about(run: "Run", profile_ids: Collection[ProfileId]) -> Iterator[AnyFact]:
    """Return the facts that changed some profiles, or what became one with them, or the settings, in their order."""
    if run.columns is not None:
        return run.columns.read_facts_about(profile_ids)
    ids = group_ids(run, profile_ids)
    return (fact for fact in run.numbered_facts if is_about(fact, ids))


def held(run: "Run", profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
    """Yield what a profile holds at the end, each value with its idType and since when; types in rule order."""
    for id_type in run.engine.identifiers(profile_id):
        for value, at in run.engine.history_of(profile_id, id_type):
            yield id_type, value, at


def matches_at(run: "Run", numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
    """Return what each of some resolve commands found, by the command's number; other commands are left out.

    Two passes over the run, and memory for the profiles that were found.
    """
    entries = [entry for entry in entries_at(run, numbers) if entry.op == "resolve"]
    if not entries:
        return {}
    engine = empty_engine(run)
    facts = facts_about(run, {entry.profile_id for entry in entries if entry.profile_id is not None})
    fact = next(facts, None)
    found: dict[int, tuple[RuleMatch, ...]] = {}
    for entry in entries:
        while fact is not None and fact.command < entry.number:
            engine.fold([fact])
            fact = next(facts, None)
        mine = []
        while fact is not None and fact.command == entry.number:
            mine.append(fact)
            fact = next(facts, None)
        found[entry.number] = matches(engine, entry.given, joined(entry.profile_id, mine))
        engine.fold(mine)
    return found


def joined(profile_id: ProfileId | None, facts: Iterable[AnyFact]) -> set[ProfileId]:
    """Return the profiles that a resolve joined: the one it ended in, and those that its *facts* merged into it."""
    merges = (fact for fact in facts if isinstance(fact, ProfilesMerged))
    own = () if profile_id is None else (profile_id,)
    return {*own, *(absorbed for fact in merges for absorbed in fact.absorbed)}
