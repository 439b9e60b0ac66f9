"""Interleaved rounds: every case in turn, again and again, so that a slow moment of the machine hits all alike."""

import argparse
import gc
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from resolver.versions import COMPILED, versions

Row = dict[str, Any]


def interleaved(cases: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every round of every case, after a warm-up, with the garbage collector off inside."""
    seconds: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case, run in cases.items():
            gc.collect()
            gc.disable()
            taken = run()
            gc.enable()
            if number:
                seconds[case].append(taken)
    return seconds


def best_and_median(seconds: list[float], scale: float = 1.0) -> Row:
    """Return the best and the median of some rounds, each times *scale*.

    >>> best_and_median([3.0, 1.0, 2.0], 10)
    {'best': 10.0, 'median': 20.0}
    """
    return {
        "best": float(f"{min(seconds) * scale:.4g}"),
        "median": float(f"{statistics.median(seconds) * scale:.4g}"),
    }


def arguments(description: str | None, *, rounds: int = 5) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rounds", type=int, default=rounds, help=f"interleaved rounds after the warm-up (default: {rounds})"
    )
    parser.add_argument("--out", type=Path, help="write the rows and the environment there")
    return parser


def publish(rows: list[Row], out: Path | None, **about: Any) -> None:
    """Print a JSON line per row, and write them with what they were measured with, if a file is named."""
    for row in rows:
        print(json.dumps(row))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        document = {"environment": {**environment(), **about}, "rows": rows}
        out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def environment() -> dict[str, Any]:
    """Name what the figures were measured with."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "commit": commit.stdout.strip() or None,
        "versions": versions(),
        "compiled": COMPILED,
    }
