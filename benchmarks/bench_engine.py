"""The engine against the floor: the one loop that any engine contains, interleaved in one process.

    python -m benchmarks.bench_engine [--events N] [--rounds N] [--out FILE]

Prints one JSON row per case: best and median of the rounds in microseconds an event, the ratios to the floor of
the same run, and what was computed, so that a fast wrong answer is seen.
"""

import gc
import statistics
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.events import Event, fresh_copy, stream
from benchmarks.rounds import arguments, publish
from resolver import Engine, IdentifierConfig, Resolve, Settings

SEED = 1
SETTINGS = Settings(
    [IdentifierConfig("email", normalization="none"), IdentifierConfig("phone", normalization="none")],
    ["email", "phone"],
)

Timing = tuple[float, dict[str, int]]


def floor(events: list[Event]) -> Timing:
    """Look every value up in one dict per idType, and nothing else."""
    index: dict[str, dict[str, int]] = {"email": {}, "phone": {}}
    start = perf_counter()
    for number, identifiers in enumerate(events):
        for id_type, value in identifiers.items():
            owners = index[id_type]
            if owners.get(value) is None:
                owners[value] = number
    seconds = perf_counter() - start
    return seconds, {"values": sum(map(len, index.values()))}


def execute_with_facts(events: list[Event]) -> Timing:
    """Execute every event and read every fact."""
    engine = Engine(SETTINGS)
    commands = [Resolve(identifiers, at) for at, identifiers in enumerate(events)]
    facts = 0
    start = perf_counter()
    for command in commands:
        for _ in engine.execute(command).facts:
            facts += 1
    seconds = perf_counter() - start
    return seconds, {"facts": facts, "profiles": len(engine)}


def execute_without_facts(events: list[Event]) -> Timing:
    """Execute every event and look at nothing."""
    engine = Engine(SETTINGS)
    commands = [Resolve(identifiers, at) for at, identifiers in enumerate(events)]
    execute = engine.execute
    start = perf_counter()
    for command in commands:
        execute(command)
    seconds = perf_counter() - start
    return seconds, {"profiles": len(engine)}


CASES: dict[str, Callable[[list[Event]], Timing]] = {
    "floor": floor,
    "execute, facts read": execute_with_facts,
    "execute, facts not read": execute_without_facts,
}


def measure(size: int, rounds: int) -> list[dict[str, Any]]:
    """Run every case in turn, a warm-up first; give a row per case."""
    events = stream(size, SEED)
    times: dict[str, list[float]] = {case: [] for case in CASES}
    figures: dict[str, dict[str, int]] = {}
    for round_number in range(rounds + 1):
        for case, run in CASES.items():
            fresh = fresh_copy(events)
            gc.collect()
            gc.disable()
            seconds, figures[case] = run(fresh)
            gc.enable()
            if round_number:
                times[case].append(seconds)
    best_floor, median_floor = min(times["floor"]), statistics.median(times["floor"])
    return [
        {
            "case": case,
            "events": size,
            "identifiers": sum(map(len, events)) / size,
            "seed": SEED,
            "rounds": rounds,
            "best_us": round(min(taken) / size * 1e6, 3),
            "median_us": round(statistics.median(taken) / size * 1e6, 3),
            "best_ratio": round(min(taken) / best_floor, 2),
            "median_ratio": round(statistics.median(taken) / median_floor, 2),
            **figures[case],
        }
        for case, taken in times.items()
    ]


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__, rounds=7)
    options.add_argument("--events", type=int, default=100_000)
    given = options.parse_args()
    publish(measure(given.events, given.rounds), given.out)


if __name__ == "__main__":
    main()
