"""Policies against none: the same streams under each, interleaved in one process.

    python -m benchmarks.bench_policies [--events N] [--rounds N] [--stream NAME ...] [--out FILE]

Prints one JSON row per stream and policy: best and median of the rounds in microseconds an event, the ratios to the
same stream without policies in the same run, and what was computed. Where a bound is met, other things happen: merges
are refused, values shared, lists stay full. So ``facts`` and ``profiles`` stand beside the times, and each stream runs
once more with limits that nothing reaches: the same facts, with and without all policies.
"""

import gc
import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.bench_engine import SEED, execute_with_facts
from benchmarks.events import STREAMS, settings_of, shaped
from benchmarks.rounds import arguments, publish
from resolver import Blocked, Policies, Settings

MEASURED = ("returning", "regulars", "newcomers", "repeats", "merging", "wide", "late", "limits near")
"""The streams whose rules may stand beside joining policies (C2)."""

TEXTS = [f"blocked{number}@example.com" for number in range(10_000)]
PATTERNS = [f"^(test|demo|none){number}[0-9]*@" for number in range(25)] + [f"@(bad|spam){n}[.]" for n in range(25)]


def policies_of(settings: Settings) -> dict[str, Policies]:
    """The policies that are measured, by name."""
    return {
        "none": Policies(),
        "blocked: 10,000 texts": Policies(blocked=[Blocked(equals=TEXTS)]),
        "blocked: 50 patterns": Policies(blocked=[Blocked(matches=pattern) for pattern in PATTERNS]),
        "windows": Policies(window_days=dict.fromkeys(settings.id_types, 7)),
        "protect all": Policies(protect="*"),
        "protect all, refuseRest, caps": Policies(
            protect="*", misfit="refuseRest", caps={"identifiers": 1000, "merges": 100}
        ),
        "all of them": Policies(
            blocked=[Blocked(equals=TEXTS), *(Blocked(matches=pattern) for pattern in PATTERNS)],
            window_days=dict.fromkeys(settings.id_types, 7),
            protect="*",
            misfit="share",
            caps={"identifiers": 1000, "merges": 100},
        ),
    }


UNMET = ", no bound met"
"""The end of the name of a case whose limits are those that nothing reaches."""


def limited(settings: Settings, first: int, others: int) -> Settings:
    """The settings with a limit for their first type, and one for all others."""
    document = settings.to_json()
    for place, config in enumerate(document["identifierConfigs"]):
        config["limit"] = others if place else first
    return Settings.from_json(document)


def measure(size: int, rounds: int, streams: Iterable[str] = MEASURED) -> list[dict[str, Any]]:
    """Run every stream under every policy in turn, a warm-up first; a row per stream and policy."""
    return [row for name in streams for row in measure_stream(name, size, rounds)]


def measure_stream(name: str, size: int, rounds: int) -> list[dict[str, Any]]:
    """Run one stream under every policy in turn; limits of 1 and 5, as the protected ones of a vendor's default."""
    plain = limited(settings_of(STREAMS[name]), 1, 5)
    events, when = shaped(size, SEED, STREAMS[name])
    wide = limited(plain, 100, 100)
    cases = {case: plain.with_policies(policies) for case, policies in policies_of(plain).items()}
    cases |= {f"{case}{UNMET}": wide.with_policies(policies_of(wide)[case]) for case in ("none", "all of them")}
    times: dict[str, list[float]] = {case: [] for case in cases}
    figures: dict[str, dict[str, int]] = {}
    for round_number in range(rounds + 1):
        for case, settings in cases.items():
            gc.collect()
            gc.disable()
            seconds, figures[case] = execute_with_facts(events, when, settings)
            gc.enable()
            if round_number:
                times[case].append(seconds)
    beside = {case: times[f"none{UNMET}" if case.endswith(UNMET) else "none"] for case in cases}
    return [
        {
            "case": f"{name}: {case}",
            "events": size,
            "seed": SEED,
            "rounds": rounds,
            "best_us": round(min(taken) / size * 1e6, 3),
            "median_us": round(statistics.median(taken) / size * 1e6, 3),
            "best_ratio": round(min(taken) / min(beside[case]), 2),
            "median_ratio": round(statistics.median(taken) / statistics.median(beside[case]), 2),
            **figures[case],
        }
        for case, taken in times.items()
    ]


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__, rounds=5)
    options.add_argument("--events", type=int, default=50_000)
    options.add_argument("--stream", action="append", choices=MEASURED, help="only this stream; may come again")
    given = options.parse_args()
    publish(measure(given.events, given.rounds, given.stream or MEASURED), given.out)


if __name__ == "__main__":
    main()
