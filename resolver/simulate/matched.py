"""Matched: which rules found the profile of a line, and by which values, asked of the engine once more.

The facts of the profiles concerned are folded into an empty engine, and before each line that is asked about, its
matching is asked what the line finds. A rule finds a profile among a few exactly where it finds it among all.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from resolver.columns.execution import Execution
from resolver.columns.store_before import StoreBefore
from resolver.commands import Resolve
from resolver.engine import Engine
from resolver.evidence import RuleMatch, matches, matches_of_values
from resolver.facts import AnyFact, IdentifierRefused, ProfileDeleted, ProfilesMerged, SettingsApplied
from resolver.kernel import codes
from resolver.kernel.rows import ProfileRow, ValueRow
from resolver.names import IdType, Milliseconds, OnInvalid, ProfileId, Value
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings
from resolver.simulate.steps import Source, Step, Wanted

_OPTIONS = ("default_region", "match", "normalizers", "on_invalid")
"""The options of an engine that decide what matches."""


def empty_engine(settings: Settings, options: Mapping[str, Any]) -> Engine:
    """Return an engine as that of a run was at the start, into which facts of the run can be folded."""
    return Engine(settings, **{name: options[name] for name in _OPTIONS if name in options})


def rules_at_end(source: Source) -> Rulebook:
    """Return the rules in force at the end of a run."""
    options = source.options
    normalizers = Normalizers(options.get("default_region", "US"), options.get("normalizers"))
    return Rulebook(source.engine.settings, normalizers, on_invalid=OnInvalid(options["on_invalid"]))


def found_by(engine: Engine, step: Step) -> tuple[RuleMatch, ...]:
    """Return what a step found, the engine being as it was before it; nothing if it is no resolve."""
    if not isinstance(step.command, Resolve):
        return ()
    return matches(engine, step.given, joined(step))


def joined(step: Step) -> set[ProfileId]:
    """Return the profiles that a step joined: the one it ended in, and those that it merged into that."""
    merges = (fact for fact in step.facts if isinstance(fact, ProfilesMerged))
    own = () if step.profile_id is None else (step.profile_id,)
    return {*own, *(absorbed for fact in merges for absorbed in fact.absorbed)}


def matches_at(source: Source, numbers: Collection[int]) -> dict[int, tuple[RuleMatch, ...]]:
    """Return what each of some resolve commands found, by the command's number; other commands are left out.

    Two passes over the run, and memory for the profiles that were found.
    """
    return matches_of(source, source.read_steps(Wanted(numbers=numbers, is_applied=True)))


def matches_of(source: Source, given: Iterable[Step]) -> dict[int, tuple[RuleMatch, ...]]:
    """Return the same of steps that are there already, in their order. One pass over the run."""
    steps = [step for step in given if isinstance(step.command, Resolve)]
    if not steps:
        return {}
    ids = {step.profile_id for step in steps if step.profile_id is not None}
    return {step.number: found_by(engine, step) for step, engine in before_each(source, steps, ids)}


def matches_of_rows(
    done: Execution, engine: Engine, top: "array[int]", offered: Mapping[int, Sequence[ValueRow]]
) -> dict[int, tuple[RuleMatch, ...]]:
    """Return the same of commands of a run in columns, by their places, which ascend; *offered* has rows of values.

    *engine* is a new one with the options of the run; *top* says for each profile in which one it ended. O(facts), of
    which no objects are made.
    """
    store = StoreBefore(done, engine, top, [done.subject[place] for place in offered])
    joins = done.ruling.rules.joins
    return {
        place: matches_of_values(store.before(place), values, _joined_by(done, place) if joins else ())
        for place, values in offered.items()
    }


def _joined_by(done: Execution, event: int) -> set[ProfileRow]:
    """Return the profiles that a command joined: the one that it ended in, and those that it merged into that."""
    s = done.facts.scratch
    joined = {ProfileRow(done.subject[event])}
    for place in range(done.first[event], done.first[event + 1]):
        if s.fact[place] == codes.MERGED:
            extra = s.what[place] + 1
            joined.update(s.extra[each] for each in range(extra, extra + s.extra[extra - 1]))
    return joined


def before_each(
    source: Source, steps: Iterable[Step], ids: Collection[ProfileId] | None
) -> Iterator[tuple[Step, Engine]]:
    """Yield steps, each with a store as it was before it, in which some profiles are, and what became one with them.

    Without *ids* all are in it. It is one store, which must not be changed.
    """
    engine = empty_engine(source.settings, source.options)
    facts = source.read_facts() if ids is None else source.read_facts_about(ids)
    fact = next(facts, None)
    for step in steps:
        while fact is not None and fact.command < step.number:
            engine.fold([fact])
            fact = next(facts, None)
        yield step, engine


def group_ids(engine: Engine, losses: Iterable[AnyFact], profile_ids: Iterable[str]) -> set[ProfileId]:
    """Return all ids of the groups of some profiles: of each all that were merged into one, deleted or not.

    O(ids), and one pass over what was lost where a profile was deleted.
    """
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
    for fact in losses if gone else ():
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
    return not isinstance(fact, IdentifierRefused) and getattr(fact, "profile_id", None) in ids


def held(engine: Any, profile_id: ProfileId) -> Iterator[tuple[IdType, Value, Milliseconds]]:
    """Yield what a profile holds at the end, each value with its idType and since when; types in rule order.

    An engine reads its list once; any other store is asked for each idType.
    """
    if not isinstance(engine, Engine):
        for id_type in engine.identifiers(profile_id):
            yield from ((id_type, value, at) for value, at in engine.history_of(profile_id, id_type))
        return
    names, by_type = engine._ruling.names, dict[IdType, list[tuple[Value, Milliseconds]]]()
    for kind, value, at in engine._list(profile_id):
        by_type.setdefault(names[kind], []).append((value, at))
    for id_type in engine._ruling.book.listed(list(by_type)):
        yield from ((id_type, value, at) for value, at in by_type[id_type])
