"""Measuring the rows on one workload: the same partition first, then interleaved rounds.

Time is the processor's, of all threads of the process together: other work on the machine hardly changes it, and what
a peer does on several processors at once is counted as if it were done on one.
"""

from collections.abc import Callable
from time import process_time

from benchmarks.events import fresh_copy
from benchmarks.peers.answer import Answer, partition
from benchmarks.peers.table import Peer
from benchmarks.peers.workloads import Workload
from benchmarks.rounds import Row, best_and_median, interleaved


class OtherPartitionError(AssertionError):
    """A peer groups the events otherwise, so its time says nothing."""


def right_answer(workload: Workload) -> list[int]:
    """Return the partition by a flood over shared values: slow and plain, and nobody's code but this page's."""
    having: dict[str, list[int]] = {}
    for number, identifiers in enumerate(workload.events):
        for value in identifiers.values():
            having.setdefault(value, []).append(number)
    group = [-1] * len(workload.events)
    for number in range(len(group)):
        waiting = [number] if group[number] < 0 else []
        while waiting:
            other = waiting.pop()
            if group[other] < 0:
                group[other] = number
                for value in workload.events[other].values():
                    waiting += having.pop(value, ())
    return group


def measure(workload: Workload, peers: list[Peer], rounds: int) -> list[Row]:
    """Return a row per peer: best and median of its whole work and of its own call, in microseconds an event."""
    right = right_answer(workload)
    cores: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for peer in peers:
        labels = peer.run(workload, fresh_copy(workload.events)).labels
        if labels is not None and partition(labels) != right:
            raise OtherPartitionError(f"{peer.name} does not give the connected components of {workload.name}")

    def timed(peer: Peer) -> Callable[[], float]:
        def run() -> float:
            events = fresh_copy(workload.events)
            start = process_time()
            answer: Answer = peer.run(workload, events)
            seconds = process_time() - start
            if answer.core is not None:
                cores[peer.name].append(answer.core)
            return seconds

        return run

    seconds = interleaved({peer.name: timed(peer) for peer in peers}, rounds)
    floor = best_and_median(seconds[peers[0].name])
    rows = []
    for peer in peers:
        whole = best_and_median(seconds[peer.name])
        per_event = best_and_median(seconds[peer.name], 1e6 / len(right))
        core = best_and_median(cores[peer.name][1:], 1e6 / len(right)) if cores[peer.name] else None
        rows.append(
            {
                "workload": workload.name,
                "case": peer.name,
                "ours": peer.ours,
                "events": len(right),
                "groups": len(set(right)),
                "rounds": rounds,
                "best_us": per_event["best"],
                "median_us": per_event["median"],
                "best_ratio": round(whole["best"] / floor["best"], 2),
                "median_ratio": round(whole["median"] / floor["median"], 2),
                "call_best_us": core and core["best"],
                "lacks": peer.lacks,
            }
        )
    return rows
