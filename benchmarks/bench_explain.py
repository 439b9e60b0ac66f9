"""Explain against replay: what an explanation costs after the replay that it explains, interleaved in one process.

    python -m benchmarks.bench_explain [--records N] [--rounds N] [--out FILE]

Prints one JSON row per case: best and median of the rounds in seconds, the ratio to the replay of the same round,
and what was found. The history has everyday people, and two records in one profile that are explained.
"""

import gc
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.rounds import arguments, publish
from resolver.generate import write_history
from resolver.simulate import Run, explain, read_history, replay

SEED = 1


def together(run: Run) -> tuple[str, str]:
    """Return the first and the last record of the first profile that merged and has three records or more."""
    groups: dict[str, list[str]] = {}
    for ref, profile_id in run.assignments.items():
        groups.setdefault(profile_id, []).append(ref)
    chosen = next(refs for each, refs in groups.items() if len(refs) > 2 and run.engine.aliases(each))
    return chosen[0], chosen[-1]


def apart(run: Run) -> tuple[str, str]:
    """Return the first and the last record of the history that are two profiles."""
    refs = list(run.assignments)
    other = next(ref for ref in reversed(refs) if run.assignments[ref] != run.assignments[refs[0]])
    return refs[0], other


CASES: dict[str, Callable[[Run], tuple[str, ...]]] = {
    "explain, one profile, with its cut": together,
    "explain, two profiles": apart,
}


def measure(records: int, rounds: int) -> list[dict[str, Any]]:
    """Replay and explain in turn; return a row per case."""
    times: dict[str, list[float]] = {case: [] for case in ("replay", *CASES)}
    found: dict[str, dict[str, Any]] = {"replay": {}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        write_history(path, records, SEED)
        for _ in range(rounds):
            gc.collect()
            start = perf_counter()
            run = replay(read_history(path))
            times["replay"].append(perf_counter() - start)
            found["replay"] = {"lines": run.summary.lines, "profiles": run.summary.profiles}
            for case, choose in CASES.items():
                refs = choose(run)
                start = perf_counter()
                explanation = explain(run, *refs)
                times[case].append(perf_counter() - start)
                cut = explanation.cut
                found[case] = {"steps": len(explanation.chain), "cut": None if cut is None else len(cut.identifiers)}
    return [
        {
            "case": case,
            "records": records,
            "seed": SEED,
            "rounds": rounds,
            "best_s": round(min(taken), 3),
            "median_s": round(statistics.median(taken), 3),
            "best_ratio": round(min(taken) / min(times["replay"]), 3),
            "median_ratio": round(statistics.median(taken) / statistics.median(times["replay"]), 3),
            **found[case],
        }
        for case, taken in times.items()
    ]


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument("--records", type=int, default=100_000)
    given = options.parse_args()
    publish(measure(given.records, given.rounds), given.out)


if __name__ == "__main__":
    main()
