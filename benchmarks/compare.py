"""Two commits side by side: the same benchmarks on both, in strictly alternating processes.

    python -m benchmarks.compare BASE HEAD [--short] [--instructions] [--pairs N] [--events N] [--out FILE]

BASE and HEAD are commits, or folders: a checkout (``.`` is the work tree as it is), or the ``site-packages`` that an
installed package is in, for instance a compiled one. Both run the benchmarks of HEAD, or of this checkout where HEAD
has none. Prints a JSON row per case: best and median of HEAD over those of BASE; below 1 is faster. ``--short`` is for
CI: small, and it ends with 0 whatever it saw. ``--instructions`` counts instructions an event instead, by ``perf stat``
or else ``valgrind --tool=callgrind``: nearly the same figure each time, on a busy machine too.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.one_run import BASES, RUNS
from benchmarks.rounds import Row, publish
from benchmarks.trees import NoSuchCommitError, tree, with_benchmarks_of

SIDES = ("base", "head")


class DidNotRunError(RuntimeError):
    """A benchmark ended with an error on one side."""


def python(folder: Path, *words: str, under: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a benchmark module on the source in *folder*."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"}
    command = [*under, sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DidNotRunError(f"{' '.join(words)}: {last}")
    return done


def benchmarks(events: int) -> dict[str, tuple[str, ...]]:
    """Return the benchmarks that are compared, with small rounds: the alternation is between processes."""
    return {
        "bench_engine": (
            *("benchmarks.bench_engine", "--events", str(events), "--rounds", "3"),
            *("--stream", "returning", "--stream", "regulars"),
        ),
        "bench_normalize": ("benchmarks.bench_normalize", "--values", str(max(100, events // 10)), "--rounds", "3"),
    }


def timed(folders: dict[str, Path], events: int, pairs: int) -> list[Row]:
    """Return a row per case of every benchmark that HEAD has; one that fails is a row that says so."""
    rows: list[Row] = []
    for name, words in benchmarks(events).items():
        if not (folders["head"] / "benchmarks" / f"{name}.py").exists():
            continue
        seen: dict[str, dict[str, list[Row]]] = {}
        try:
            for number in range(pairs):
                for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                    for line in python(folders[side], *words).stdout.splitlines():
                        row = json.loads(line)
                        seen.setdefault(row["case"], {side: [] for side in SIDES})[side].append(row)
        except DidNotRunError as error:
            rows.append({"benchmark": name, "skipped": f"{side}: {error}"})
            continue
        rows += [{"benchmark": name, **ratios(case, sides)} for case, sides in seen.items()]
    return rows


def ratios(case: str, sides: dict[str, list[Row]]) -> Row:
    """Return the row of one case: HEAD over BASE, best against best and median against median.

    >>> runs = {"base": [{"best_us": 2.0}, {"best_us": 4.0}], "head": [{"best_us": 1.0}, {"best_us": 2.0}]}
    >>> ratios("floor", runs)["best_ratio"], ratios("floor", runs)["median_ratio"]
    (0.5, 0.5)
    """
    taken = {side: [row["best_us"] for row in rows] for side, rows in sides.items()}
    best = {side: min(times) for side, times in taken.items()}
    median = {side: statistics.median(times) for side, times in taken.items()}
    return {
        "case": case,
        "processes": len(taken["head"]),
        "base_best_us": best["base"],
        "head_best_us": best["head"],
        "best_ratio": round(best["head"] / best["base"], 3),
        "median_ratio": round(median["head"] / median["base"], 3),
    }


def counter() -> str | None:
    """Return the tool that counts instructions here: ``perf`` where it may count, else ``valgrind``, else None."""
    if shutil.which("perf"):
        tried = subprocess.run(
            ["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True, check=False
        )
        if re.search(r"^\d+,", tried.stderr, re.MULTILINE):
            return "perf"
    return "valgrind" if shutil.which("valgrind") else None


def instructions(folder: Path, run: str, events: int, tool: str) -> int:
    """Count the instructions of one run on the source in *folder*."""
    if tool == "perf":
        under: tuple[str, ...] = ("perf", "stat", "-x,", "-e", "instructions:u")
        pattern = r"^(\d+),"
    else:
        under = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
        pattern = r"Collected : (\d+)"
    report = python(folder, "benchmarks.one_run", run, str(events), under=under).stderr
    counted = re.search(pattern, report, re.MULTILINE)
    if counted is None:
        raise DidNotRunError(f"{tool} gave no count")
    return int(counted[1])


def counted(folders: dict[str, Path], events: int, tool: str) -> list[Row]:
    """Return a row per case: instructions an event on both sides, what they are given taken off, and the ratio."""
    each = {
        side: {run: instructions(folders[side], run, events, tool) for run in RUNS} for side in SIDES
    }  # one process a figure: the count does not depend on what else the machine does
    rows: list[Row] = []
    for run, given in BASES.items():
        base, head = ((each[side][run] - each[side][given]) / events for side in SIDES)
        row: Row = {"case": f"instructions, {run}", "tool": tool, "events": events, "base": round(base)}
        rows.append({**row, "head": round(head), "ratio": round(head / base, 4)})
    return rows


def main() -> int:
    """Compare and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("base", metavar="BASE")
    options.add_argument("head", metavar="HEAD")
    options.add_argument("--short", action="store_true", help="few events and pairs; the exit status is 0 in any case")
    options.add_argument("--instructions", action="store_true", help="count instructions instead of time")
    options.add_argument("--pairs", type=int, help="alternating pairs of processes (default: 5; 2 with --short)")
    options.add_argument("--events", type=int, help="default: 50,000; 5,000 with --short or --instructions")
    options.add_argument("--out", type=Path, help="write the rows and the environment there")
    given = options.parse_args()
    small = given.short or given.instructions
    events = given.events or (5_000 if small else 50_000)
    tool = counter() if given.instructions else None
    if given.instructions and tool is None:
        options.error("--instructions needs perf (with permission to count) or valgrind")
    try:
        with TemporaryDirectory() as scratch:
            sources = {side: tree(getattr(given, side), Path(scratch, "source", side)) for side in SIDES}
            folders = {
                side: with_benchmarks_of(sources["head"], sources[side], Path(scratch, "run", side)) for side in SIDES
            }
            pairs = given.pairs or (2 if given.short else 5)
            rows = timed(folders, events, pairs) if tool is None else counted(folders, events, tool)
    except (NoSuchCommitError, DidNotRunError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 0 if given.short else 2
    publish(rows, given.out, base=given.base, head=given.head)
    return 0


if __name__ == "__main__":
    sys.exit(main())
