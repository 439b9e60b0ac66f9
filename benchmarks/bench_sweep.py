"""A sweep against what it may cost at most: one reading and a replay a setting, interleaved in one process.

    python -m benchmarks.bench_sweep [--records N] [--settings K] [--rounds N] [--out FILE]

Prints one JSON row per case: best and median of the rounds in seconds of the processor's time, and the ratio of the
sweep to the sum. "plain replays" is what the same settings cost without a sweep, each reading and normalizing anew. Two
histories: one with all operations, and its ``resolve`` lines alone.
"""

import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.rounds import arguments, publish
from resolver.columns.numbered import Numbered
from resolver.generate import write_history
from resolver.simulate import read_history, replay
from resolver.simulate.sweep import Grid, sweep
from resolver.simulate.sweep.workers import Replays

SEED = 1


def cases(history: Path, grid: Grid) -> dict[str, Callable[[], int]]:
    """Return the cases; each returns the sum of profiles over all settings, so that a fast wrong answer is seen."""
    numbered: list[Numbered] = []

    def reading() -> int:
        numbered[:] = [Numbered(read_history(history), grid.settings.id_types).read_all().alone()]
        return numbered[0].read

    def replays() -> int:
        measured = Replays(numbered[0])
        return sum(measured.measured(setting).profiles for setting in grid)

    def swept() -> int:
        return sum(row.measures.profiles for row in sweep(read_history(history), grid, jobs=1).rows)

    def plain() -> int:
        runs = (replay(read_history(history), setting.settings, **setting.options) for setting in grid)
        return sum(run.summary.profiles for run in runs)

    return {"one reading": reading, "k replays": replays, "sweep": swept, "plain replays": plain}


def resolves_of(history: Path) -> Path:
    """Write the ``resolve`` lines of a history beside it."""
    path = history.with_name("resolves.jsonl")
    lines = history.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if json.loads(line).get("op", "resolve") == "resolve"), "utf-8")
    return path


def measure(records: int, settings: int, rounds: int) -> list[dict[str, Any]]:
    """Measure a history with all operations, and its ``resolve`` lines alone."""
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder) / "history.jsonl"
        write_history(history, records, SEED)
        kinds = {"all operations": history, "resolve only": resolves_of(history)}
        return [
            {"history": kind, "records": records, **row}
            for kind, path in kinds.items()
            for row in rows_of(path, settings, rounds)
        ]


def rows_of(history: Path, settings: int, rounds: int) -> list[dict[str, Any]]:
    """Run every case in turn, a warm-up first; return a row per case."""
    grid = Grid.from_json({"axes": {"phone.limit": list(range(1, settings + 1))}})
    times: dict[str, list[float]] = {}
    figures: dict[str, int] = {}
    runs = cases(history, grid)
    for round_number in range(rounds + 1):
        for case, run in runs.items():
            start = process_time()
            figures[case] = run()
            if round_number:
                times.setdefault(case, []).append(process_time() - start)
    allowed = [sum(pair) for pair in zip(times["one reading"], times["k replays"], strict=True)]
    return [
        {
            "case": case,
            "settings": settings,
            "seed": SEED,
            "rounds": rounds,
            "best_s": round(min(taken), 3),
            "median_s": round(statistics.median(taken), 3),
            "best_ratio": round(min(taken) / min(allowed), 2),
            "median_ratio": round(statistics.median(taken) / statistics.median(allowed), 2),
            "figure": figures[case],
        }
        for case, taken in times.items()
    ]


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument("--records", type=int, default=10_000)
    options.add_argument("--settings", type=int, default=8)
    given = options.parse_args()
    publish(measure(given.records, given.settings, given.rounds), given.out)


if __name__ == "__main__":
    main()
