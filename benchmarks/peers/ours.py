"""Our own rows: the engine command by command, the replay of a history with its books, bulk replay, and the floor."""

from time import perf_counter

from benchmarks.events import Event
from benchmarks.peers.answer import Answer
from benchmarks.peers.workloads import Workload
from resolver import Engine, Resolve
from resolver.bulk import Interned, bulk_replay
from resolver.simulate import replay


def floor(workload: Workload, events: list[Event]) -> Answer:
    """Look every value up in one dict per type, and nothing else: what nobody can avoid. Groups nothing."""
    index: dict[str, dict[str, int]] = {id_type: {} for id_type in workload.id_types}
    for number, identifiers in enumerate(events):
        for id_type, value in identifiers.items():
            owners = index[id_type]
            if owners.get(value) is None:
                owners[value] = number
    return Answer(None)


def execute(workload: Workload, events: list[Event]) -> Answer:
    """Execute every event, read every fact, then ask where each event's profile is at the end."""
    engine = Engine(workload.settings)
    found = []
    for at, identifiers in enumerate(events):
        outcome = engine.execute(Resolve(identifiers, at))
        for _ in outcome.facts:
            pass
        found.append(outcome.profile_id)
    return Answer([engine.canonical_id(profile_id) for profile_id in found if profile_id is not None])


def replayed(workload: Workload, events: list[Event]) -> Answer:
    """Replay the events as a history: all facts, causes, rejections and the summary are kept on disk."""
    run = replay([Resolve(identifiers, at) for at, identifiers in enumerate(events)], workload.settings)
    return Answer(list(run.assignments.values()))


def bulk(workload: Workload, events: list[Event]) -> Answer:
    """Put the events into integers, and replay them in bulk (the call)."""
    interned = Interned([Resolve(identifiers, at) for at, identifiers in enumerate(events)])
    start = perf_counter()
    run = bulk_replay(interned, workload.settings)
    core = perf_counter() - start
    return Answer(list(run.assignments.values()), core)
