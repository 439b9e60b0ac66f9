"""Our own rows: the engine command by command, the replay of commands and of a table, and the floor."""

from benchmarks.events import Event
from benchmarks.peers.answer import Answer
from benchmarks.peers.workloads import Workload
from resolver import Engine, Resolve
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
    """Replay the events as a history: all facts, rejections and the summary are kept."""
    run = replay([Resolve(identifiers, at) for at, identifiers in enumerate(events)], workload.settings)
    return Answer(list(run.assignments.values()))


def replayed_table(workload: Workload, _: list[Event]) -> Answer:
    """Replay a table of Arrow, whose texts nobody has hashed: all facts, rejections and the summary are kept."""
    run = replay(workload.table, workload.settings)
    return Answer(list(run.assignments.values()))
