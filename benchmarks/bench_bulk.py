"""Bulk replay beside the per-command engine, interleaved in one process.

    python -m benchmarks.bench_bulk [--events N] [--rounds N] [--settings K] [--compiled-only] [--out FILE]

Prints one JSON row per case: best and median of the rounds in microseconds an event, and the ratio of the engine's
time to it. ``interning`` is paid once a history, a loop once a setting. The facts stay columns, as no object is asked
for; the engine's outcomes are dropped unread. The last row has the bytes an identifier that a bulk replay holds.
"""

import gc
import statistics
import tracemalloc
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.bench_engine import SEED, SETTINGS
from benchmarks.events import Event, fresh_copy, stream
from benchmarks.rounds import arguments, publish
from resolver import Engine, Resolve
from resolver.bulk import Interned, bulk_replay
from resolver.bulk.machine import can_compile

Timing = tuple[float, int]


def measure(size: int, rounds: int, settings: int, *, compiled_only: bool = False) -> list[dict[str, Any]]:
    """Run every case in turn, a warm-up first; give a row per case."""
    events = stream(size, SEED)
    identifiers = sum(map(len, events))
    interned = Interned(_commands(events))
    cases: dict[str, Callable[[], Timing]] = {
        "execute": lambda: _execute(_commands(events)),
        "interning": lambda: _intern(_commands(events)),
    }
    if not compiled_only:
        cases["loop, as it is"] = lambda: _loop(interned, compiled=False)
    if can_compile():
        cases["loop, compiled"] = lambda: _loop(interned, compiled=True)
    times: dict[str, list[float]] = {case: [] for case in cases}
    figures: dict[str, int] = {}
    for round_number in range(rounds + 1):
        for case, run in cases.items():
            gc.collect()
            gc.disable()
            seconds, figures[case] = run()
            gc.enable()
            if round_number:
                times[case].append(seconds)
    assert len({figures[case] for case in cases if case != "interning"}) == 1, figures
    for case in [case for case in cases if case.startswith("loop")]:
        name = f"{settings} settings: interning once, {case}"
        taken = zip(times["interning"], times[case], strict=True)
        times[name] = [(interning + settings * loop) / settings for interning, loop in taken]
        figures[name] = figures[case]
    rows = [
        {
            "case": case,
            "events": size,
            "identifiers": identifiers / size,
            "seed": SEED,
            "rounds": rounds,
            "best_us": round(min(taken) / size * 1e6, 3),
            "median_us": round(statistics.median(taken) / size * 1e6, 3),
            "best_times_faster": round(min(times["execute"]) / min(taken), 2),
            "median_times_faster": round(statistics.median(times["execute"]) / statistics.median(taken), 2),
            "profiles_or_texts": figures[case],
        }
        for case, taken in times.items()
    ]
    if compiled_only:
        return rows
    return [*rows, {"case": "memory, loop as it is", "events": size, "bytes_an_identifier": _memory(events)}]


def _commands(events: list[Event]) -> list[Resolve]:
    return [Resolve(identifiers, at) for at, identifiers in enumerate(fresh_copy(events))]


def _execute(commands: list[Resolve]) -> Timing:
    engine = Engine(SETTINGS)
    start = perf_counter()
    for command in commands:
        engine.execute(command)
    return perf_counter() - start, len(engine)


def _intern(commands: list[Resolve]) -> Timing:
    start = perf_counter()
    interned = Interned(commands)
    return perf_counter() - start, len(interned.texts)


def _loop(interned: Interned, *, compiled: bool) -> Timing:
    start = perf_counter()
    run = bulk_replay(interned, SETTINGS, compiled=compiled)
    seconds = perf_counter() - start
    return seconds, run.summary.profiles


def _memory(events: list[Event]) -> float:
    """Give the bytes that interned events and a run hold, without the texts, which the caller's events share."""
    commands = _commands(events)
    tracemalloc.start()
    interned = Interned(iter(commands))
    run = bulk_replay(interned, SETTINGS, compiled=False)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert run.columns is not None
    return round(held / sum(map(len, events)), 1)


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--settings", type=int, default=10, help="how many settings share one interning")
    options.add_argument("--compiled-only", action="store_true", help="leave out the loop as it is, which takes long")
    given = options.parse_args()
    publish(measure(given.events, given.rounds, given.settings, compiled_only=given.compiled_only), given.out)


if __name__ == "__main__":
    main()
