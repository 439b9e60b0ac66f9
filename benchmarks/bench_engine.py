"""The engine against the floor: the one loop that any engine contains, interleaved in one process, on ten streams.

    python -m benchmarks.bench_engine [--events N] [--rounds N] [--stream NAME ...] [--out FILE]

Prints one JSON row per stream and case: best and median of the rounds in microseconds an event, the ratios to the
floor of the same stream and run, and what was computed, so that a fast wrong answer is seen.
"""

import gc
import statistics
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import process_time
from typing import Any

from benchmarks.events import STREAMS, Event, fresh_copy, settings_of, shaped
from benchmarks.rounds import arguments, publish
from resolver import Engine, IdentifierConfig, Resolve, Settings

SEED = 1
SETTINGS = Settings(
    [IdentifierConfig("email", normalization="none"), IdentifierConfig("phone", normalization="none")],
    ["email", "phone"],
)
"""Those of ``events.stream``."""

Timing = tuple[float, dict[str, int]]


def floor(events: list[Event], times: Sequence[int] | None = None, settings: Settings = SETTINGS) -> Timing:
    """Look every value up in one dict per idType, and nothing else."""
    index: dict[str, dict[str, int]] = {id_type: {} for id_type in settings.id_types}
    start = process_time()
    for number, identifiers in enumerate(events):
        for id_type, value in identifiers.items():
            owners = index[id_type]
            if owners.get(value) is None:
                owners[value] = number
    seconds = process_time() - start
    return seconds, {"values": sum(map(len, index.values()))}


def execute_with_facts(
    events: list[Event], times: Sequence[int] | None = None, settings: Settings = SETTINGS
) -> Timing:
    """Execute every event and read every fact."""
    engine = Engine(settings)
    when = range(len(events)) if times is None else times
    commands = [Resolve(identifiers, at) for identifiers, at in zip(events, when, strict=True)]
    facts = 0
    start = process_time()
    for command in commands:
        for _ in engine.execute(command).facts:
            facts += 1
    seconds = process_time() - start
    return seconds, {"facts": facts, "profiles": len(engine)}


def execute_without_facts(
    events: list[Event], times: Sequence[int] | None = None, settings: Settings = SETTINGS
) -> Timing:
    """Execute every event and look at nothing."""
    engine = Engine(settings)
    when = range(len(events)) if times is None else times
    commands = [Resolve(identifiers, at) for identifiers, at in zip(events, when, strict=True)]
    execute = engine.execute
    start = process_time()
    for command in commands:
        execute(command)
    seconds = process_time() - start
    return seconds, {"profiles": len(engine)}


def many_with_facts(
    events: list[Event], times: Sequence[int] | None = None, settings: Settings = SETTINGS, size: int | None = None
) -> Timing:
    """Execute so many events in each call, all unless a *size* is given, and read every fact."""
    engine = Engine(settings)
    when = range(len(events)) if times is None else times
    commands = [Resolve(identifiers, at) for identifiers, at in zip(events, when, strict=True)]
    size = size or len(commands)
    facts = 0
    start = process_time()
    for first in range(0, len(commands), size):
        for outcome in engine.execute_many(commands[first : first + size]):
            for _ in outcome.facts:
                facts += 1
    seconds = process_time() - start
    return seconds, {"facts": facts, "profiles": len(engine)}


def many_without_facts(
    events: list[Event], times: Sequence[int] | None = None, settings: Settings = SETTINGS
) -> Timing:
    """Execute every event in one call, and look at nothing."""
    engine = Engine(settings)
    when = range(len(events)) if times is None else times
    commands = [Resolve(identifiers, at) for identifiers, at in zip(events, when, strict=True)]
    start = process_time()
    engine.execute_many(commands)
    seconds = process_time() - start
    return seconds, {"profiles": len(engine)}


CASES: dict[str, Callable[..., Timing]] = {
    "floor": floor,
    "execute, facts read": execute_with_facts,
    "execute, facts not read": execute_without_facts,
    "execute_many, facts read": many_with_facts,
    "execute_many, 100 at a time, facts read": partial(many_with_facts, size=100),
    "execute_many, facts not read": many_without_facts,
}


def measure(size: int, rounds: int, streams: Iterable[str] = STREAMS) -> list[dict[str, Any]]:
    """Run every case of every stream in turn, a warm-up first; a row per stream and case."""
    return [row for name in streams for row in measure_stream(name, size, rounds)]


def measure_stream(name: str, size: int, rounds: int) -> list[dict[str, Any]]:
    """Run every case of one stream in turn, a warm-up first; a row per case."""
    settings = settings_of(STREAMS[name])
    events, when = shaped(size, SEED, STREAMS[name])
    times: dict[str, list[float]] = {case: [] for case in CASES}
    figures: dict[str, dict[str, int]] = {}
    for round_number in range(rounds + 1):
        for case, run in CASES.items():
            fresh = fresh_copy(events)
            gc.collect()
            gc.disable()
            seconds, figures[case] = run(fresh, when, settings)
            gc.enable()
            if round_number:
                times[case].append(seconds)
    best_floor, median_floor = min(times["floor"]), statistics.median(times["floor"])
    return [
        {
            "case": f"{name}: {case}",
            "events": size,
            "identifiers": round(sum(map(len, events)) / size, 2),
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
    options.add_argument("--stream", action="append", choices=list(STREAMS), help="only this stream; may come again")
    given = options.parse_args()
    publish(measure(given.events, given.rounds, given.stream or STREAMS), given.out)


if __name__ == "__main__":
    main()
