"""A replay on Spark beside one process, on the same lines: seconds, processor time, and whether they say the same.

    python -m benchmarks.bench_spark [--engine sail|classic] [--records N ...] [--settings K]

Prints one JSON row per number of records; the first, of 200 records, is a warm-up. ``cpu`` is the processor time of all
processes, those of Spark too. The settings are a new store's, with another limit each, so that what a further setting
costs is seen. ``a hundredth more`` goes on from a replay of all others with the last hundredth of the lines.
"""

import argparse
import importlib
import json
import os
import resource
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs

from resolver import Settings
from resolver.generate import write_history
from resolver.simulate import read_history, replay
from resolver.spark import components
from resolver.spark import replay as replay_on_spark
from resolver.spark.replay import replay_all

SEED = 1


def every_setting(count: int) -> list[Settings]:
    """Return settings of a new store that differ in the limit of phones."""
    base = Settings.defaults()
    found = []
    for limit in range(100, 100 - count, -1):
        configs = [
            attrs.evolve(each, limit=limit) if each.id_type == "phone" else each for each in base.identifier_configs
        ]
        found.append(attrs.evolve(base, identifier_configs=configs))
    return found


@contextmanager
def session_of(engine: str) -> Iterator[Any]:
    """Open a session of Sail in this process, or of Spark in a JVM, with two tasks."""
    sessions = importlib.import_module("pyspark.sql").SparkSession
    os.environ["PYSPARK_PYTHON"] = sys.executable
    if engine == "sail":
        server = importlib.import_module("pysail.spark").SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        session = sessions.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}").create()
    else:
        options = {"spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false"}
        builder = sessions.builder.master("local[2]")
        for name, value in options.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    yield session
    session.stop()


def processor_time() -> float:
    """Return the processor seconds of this process, and of all below it that live or ended."""
    total = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    ticks = os.sysconf("SC_CLK_TCK")
    parents: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(path.name)] = int(fields[1]), (sum(map(int, fields[11:15]))) / ticks
    below, mine = {os.getpid()}, 0.0
    for _ in range(10):
        below |= {pid for pid, (parent, _) in parents.items() if parent in below}
    for pid in below - {os.getpid()}:
        mine += parents[pid][1]
    return total + mine


def measure(spark: Any, history: Path, folder: Path, every: list[Settings]) -> dict[str, Any]:
    """Replay a history on the engine, and in this process."""
    shutil.rmtree(folder / "work", ignore_errors=True)
    rows = [(line, bytearray(raw)) for line, raw in enumerate(history.read_bytes().splitlines(), 1)]
    source = str(folder / "source.parquet")
    spark.createDataFrame(rows, "line long, raw binary").write.mode("overwrite").parquet(source)
    lines = spark.read.parquet(source)
    del rows
    start, cpu = perf_counter(), processor_time()
    parts = components(lines, every, work=str(folder / "work"))
    cut, cut_cpu = perf_counter(), processor_time()
    runs, _ = replay_all(parts, every)
    same = [run.summary for run in runs]
    end, end_cpu = perf_counter(), processor_time()
    here = [replay(read_history(history), each).summary for each in every]
    alone, alone_cpu = perf_counter(), processor_time()
    cut_at = parts.total - max(1, parts.total // 100)
    before = replay_on_spark(lines.where(f"line <= {cut_at}"), every[0], work=str(folder / "before"))
    early, early_cpu = perf_counter(), processor_time()
    grown = replay_on_spark(lines.where(f"line > {cut_at}"), every[0], work=str(folder / "grown"), since=before)
    is_same = grown.summary == here[0]
    late, late_cpu = perf_counter(), processor_time()
    return {
        "lines": parts.total,
        "settings": len(every),
        "components": parts.components,
        "largest": parts.largest,
        "equal": same == here and is_same,
        "seconds": {
            "cut": cut - start, "replay": end - cut, "one process": alone - end, "a hundredth more": late - early,
        },
        "cpu": {
            "cut": cut_cpu - cpu, "replay": end_cpu - cut_cpu, "one process": alone_cpu - end_cpu,
            "a hundredth more": late_cpu - early_cpu,
        },
    }  # fmt: skip


def main() -> None:
    """Print a row per number of records."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("sail", "classic"), default="sail")
    parser.add_argument("--records", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--settings", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name, session_of(given.engine) as spark:
        folder = Path(name)
        for records in (200, *given.records):
            history = folder / f"{records}.jsonl"
            write_history(history, records, SEED)
            row = measure(spark, history, folder, every_setting(given.settings))
            print(json.dumps({"engine": given.engine, **row, "is_first": records == 200}))


if __name__ == "__main__":
    main()
