"""A replay on Spark beside one process, on the same lines: processor time by stage, and whether they say the same.

    python -m benchmarks.bench_spark [--engine sail|classic] [--records N ...] [--settings K] [--table]

Prints one JSON row per number of records; the first, of 200 records, is a warm-up. ``cpu`` is the processor time of all
processes, those of Spark too. Lines come from a folder of Parquet files: lines of JSON with all operations, or with
``--table`` the resolves as a table with a column for each idType. Further settings have another limit each; they are
measured as a sweep measures them. ``a hundredth more`` goes on from a replay of all others with the last hundredth of
the lines. ``one process`` replays the same, without and with the tables of a saved run.
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs

import resolver
from resolver import Settings
from resolver.generate import write_history
from resolver.simulate import read_history, replay
from resolver.spark import components
from resolver.spark import replay as replay_on_spark
from resolver.spark.replay import replay_all
from resolver.spark.work import Work

SEED = 1
STAGES = {"tied": "read", "homes": "components", "packed": "packed", "runs-0": "replayed"}


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
        options = {
            "spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1",
        }  # fmt: skip
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


class Clock:
    """Seconds and processor seconds of what is done, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Add what is done meanwhile."""
        start, cpu = perf_counter(), processor_time()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0) + perf_counter() - start, 3)
        self.cpu[name] = round(self.cpu.get(name, 0) + processor_time() - cpu, 3)


@contextmanager
def stages_told(clock: Clock) -> Iterator[None]:
    """Have the clock run for every stage by itself."""
    whole = Work.stage

    def stage(work: Work, name: str, key: str | None, done: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        with clock.of(STAGES.get(name, "other")):
            return whole(work, name, key, done)

    Work.stage = stage  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Work.stage = whole  # type: ignore[method-assign]


def write_source(spark: Any, history: Path, folder: Path, *, is_table: bool) -> tuple[Any, Path]:
    """Write the lines as Parquet: the frame that reads them, and the file that one process reads."""
    source = str(folder / "source.parquet")
    shutil.rmtree(source, ignore_errors=True)
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    raws = history.read_bytes().splitlines()
    if not is_table:
        table = arrow.table({"line": arrow.array(range(1, len(raws) + 1), arrow.int64()), "raw": raws})
    else:
        given = [each for each in map(json.loads, raws) if each.get("op", "resolve") == "resolve"]
        rows = [{"ref": each.get("ref"), "at": each["at"], **each["identifiers"]} for each in given]
        names = [*dict.fromkeys(name for row in rows for name in row)]
        for row in rows:
            row.update({name: cell[0] for name, cell in row.items() if isinstance(cell, list)})
        table = arrow.table({name: [row.get(name) for row in rows] for name in names})
    file = folder / "history.parquet"
    parquet.write_table(table, file)
    if is_table:
        table = table.append_column("line", arrow.array(range(1, len(table) + 1), arrow.int64()))
    Path(source).mkdir()
    for place in range(4):
        size = -(-len(table) // 4)
        parquet.write_table(table.slice(place * size, size), f"{source}/part-{place}.parquet")
    return spark.read.parquet(source), file if is_table else history


def measure(spark: Any, history: Path, folder: Path, every: list[Settings], *, is_table: bool) -> dict[str, Any]:
    """Replay a history on the engine, and in this process."""
    for name in ("work", "before", "grown", "swept", "run"):
        shutil.rmtree(folder / name, ignore_errors=True)
    lines, file = write_source(spark, history, folder, is_table=is_table)
    clock = Clock()
    with clock.of("all"), stages_told(clock):
        parts = components(lines, every[0], work=str(folder / "work"))
        [run], _ = replay_all(parts, every[:1])
        same = run.summary
    with clock.of("one process"):
        here = replay(read_history(file), every[0])
    is_same = counted(same) == counted(here.summary)
    with clock.of("one process saves"):
        here.save(folder / "run")
    if len(every) > 1:
        parts = components(lines, every, work=str(folder / "swept"))
        replay_all(parts, every[:1], measured=True)
        with clock.of("one setting more, all"):
            runs, _ = replay_all(parts, every, measured=True)
        with clock.of("one setting, all"):
            replay_all(parts, every[1:2], measured=True)
        expected = [replay(read_history(file), each).summary for each in every]
        is_same &= [counted(each.summary) for each in runs] == [*map(counted, expected)]
    cut_at = parts.total - max(1, parts.total // 100)
    before = replay_on_spark(lines.where(f"line <= {cut_at}"), every[0], work=str(folder / "before"))
    with clock.of("a hundredth more"):
        grown = replay_on_spark(lines.where(f"line > {cut_at}"), every[0], work=str(folder / "grown"), since=before)
        is_same &= counted(grown.summary) == counted(here.summary)
    return {
        "lines": parts.total, "settings": len(every), "is_table": is_table, "components": parts.components,
        "largest": parts.largest, "equal": is_same, "seconds": clock.seconds, "cpu": clock.cpu,
    }  # fmt: skip


def counted(summary: Any) -> dict[str, Any]:
    """Return the totals of a summary, without how the history was read."""
    told = summary.to_json()
    return {name: each for name, each in told.items() if isinstance(each, int)}


def main() -> None:
    """Print a row per number of records."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("sail", "classic"), default="sail")
    parser.add_argument("--records", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--settings", type=int, default=1)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name, session_of(given.engine) as spark:
        folder = Path(name)
        for records in (200, *given.records):
            history = folder / f"{records}.jsonl"
            write_history(history, records, SEED)
            row = measure(spark, history, folder, every_setting(given.settings), is_table=given.table)
            told = {"engine": given.engine, "compiled": resolver.COMPILED, **row, "is_first": records == 200}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
