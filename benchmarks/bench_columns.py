"""A replay in columns beside the floor and beside the per-command engine, interleaved in one process.

    python -m benchmarks.bench_columns [--events N] [--rounds N] [--settings K] [--stream NAME ...] [--out FILE]

Prints one JSON row per stream: the loop over events that are numbered already, and its ratio to the floor (one look-up
a value and nothing else). Then, of one stream, one row per case: best and median of the rounds in microseconds of the
processor's time an event, and the ratio of the engine's time to it; where a case begins with a kind of file, the other
side reads that file row by row and executes the rows. ``numbering`` is paid once a history, a loop once a setting. The
cases of ``what-if`` stand beside a replay of the same commands: a further setting over the numbered history, which
reads the texts alike, and the comparison of both runs, no group of which is put into words. The facts stay columns, as
no object is asked for; the engine's outcomes are dropped unread. The last row has the bytes an identifier that a replay
holds.
"""

import csv
import statistics
import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import attrs

from benchmarks.bench_engine import SEED, SETTINGS, floor
from benchmarks.events import STREAMS, Event, fresh_copy, settings_of, shaped, stream
from benchmarks.rounds import arguments, interleaved, publish
from resolver import Engine, Resolve, Settings
from resolver.columns.execution import Execution
from resolver.columns.numbered import Numbered
from resolver.history import History, read_history
from resolver.simulate import compare, replay

Timing = tuple[float, int]

SUFFIXES = ("csv", "parquet")


def loops(size: int, rounds: int, streams: Iterable[str] = STREAMS) -> list[dict[str, Any]]:
    """Run the loop and the floor of each stream in turn, a warm-up first; a row per stream."""
    return [_loop_of_stream(name, size, rounds) for name in streams]


def _loop_of_stream(name: str, size: int, rounds: int) -> dict[str, Any]:
    settings = settings_of(STREAMS[name])
    events, when = shaped(size, SEED, STREAMS[name])
    numbered = Numbered([Resolve(identifiers, at) for identifiers, at in zip(events, when, strict=True)]).read_all()
    cases: dict[str, Callable[[], float]] = {
        "floor": lambda: floor(fresh_copy(events), when, settings)[0],
        "loop": lambda: _loop(numbered, settings)[0],
    }
    times = interleaved(cases, rounds)
    best, median = (round(pick(times["loop"]) / size * 1e6, 3) for pick in (min, statistics.median))
    return {
        "case": f"{name}: loop",
        "events": size,
        "seed": SEED,
        "rounds": rounds,
        "best_us": best,
        "median_us": median,
        "best_ratio": round(min(times["loop"]) / min(times["floor"]), 2),
        "median_ratio": round(statistics.median(times["loop"]) / statistics.median(times["floor"]), 2),
    }


def measure(size: int, rounds: int, settings: int) -> list[dict[str, Any]]:
    """Run every case in turn, a warm-up first; return a row per case, beside ``execute`` or the same file executed."""
    events = stream(size, SEED)
    numbered = Numbered(_commands(events)).read_all()
    cases: dict[str, Callable[[], Timing]] = {
        "execute": lambda: _execute(_commands(events)),
        "numbering": lambda: _number(_commands(events)),
        "loop": lambda: _loop(numbered),
    }
    with TemporaryDirectory() as folder:
        for suffix in SUFFIXES if find_spec("pyarrow") is not None else SUFFIXES[:1]:
            history = _table(events, Path(folder) / f"history.{suffix}")
            cases[f"{suffix}: rows, executed"] = partial(_execute_rows, history)
            cases[f"{suffix}: numbering"] = partial(_number, history)
        times = _with_sums(_rounds(cases, rounds), settings)
    rows = []
    for case, taken in times.items():
        file = case.partition(":")[0]
        rows.append(_row(case, taken, times[f"{file}: rows, executed" if file in SUFFIXES else "execute"], size))
    rows.append({"case": "memory", "events": size, "bytes_an_identifier": _memory(events)})
    return rows


def what_ifs(size: int, rounds: int) -> list[dict[str, Any]]:
    """Run a replay, a further setting and the comparison in turn, a warm-up first; a row each, beside the replay."""
    events = stream(size, SEED)
    configs = [attrs.evolve(config, limit=1) for config in SETTINGS.identifier_configs]
    candidate = attrs.evolve(SETTINGS, identifier_configs=configs)
    numbered = Numbered(_commands(events), keeps_sources=True).read_all()
    runs = replay(numbered, SETTINGS), replay(numbered, candidate)
    cases: dict[str, Callable[[], float]] = {
        "what-if: replay": lambda: _seconds(lambda: replay(_commands(events), SETTINGS)),
        "what-if: a further setting": lambda: _seconds(lambda: replay(numbered, candidate)),
        "what-if: the comparison": lambda: _seconds(lambda: compare(*runs)),
    }
    times = interleaved(cases, rounds)
    return [_row(case, taken, times["what-if: replay"], size) for case, taken in times.items()]


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _rounds(cases: Mapping[str, Callable[[], Timing]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every case in every round; all that count profiles must count the same."""
    figures: dict[str, int] = {}

    def seconds_of(case: str) -> float:
        seconds, figures[case] = cases[case]()
        return seconds

    times = interleaved({case: partial(seconds_of, case) for case in cases}, rounds)
    assert len({figures[case] for case in cases if "numbering" not in case}) == 1, figures
    return times


def _with_sums(times: dict[str, list[float]], settings: int) -> dict[str, list[float]]:
    """Add what many settings cost each, the numbering that they share included, and one setting from a file."""
    added: dict[str, list[float]] = {}
    taken = zip(times["numbering"], times["loop"], strict=True)
    added[f"{settings} settings: numbering once, loop"] = [one / settings + each for one, each in taken]
    for case in [case for case in times if case.endswith(": numbering")]:
        taken = zip(times[case], times["loop"], strict=True)
        added[f"{case}, loop"] = [one + each for one, each in taken]
    return times | added


def _row(case: str, taken: list[float], beside: list[float], size: int) -> dict[str, Any]:
    return {
        "case": case,
        "events": size,
        "seed": SEED,
        "rounds": len(taken),
        "best_us": round(min(taken) / size * 1e6, 3),
        "median_us": round(statistics.median(taken) / size * 1e6, 3),
        "best_times_faster": round(min(beside) / min(taken), 2),
        "median_times_faster": round(statistics.median(beside) / statistics.median(taken), 2),
    }


def _commands(events: list[Event]) -> list[Resolve]:
    return [Resolve(identifiers, at) for at, identifiers in enumerate(fresh_copy(events))]


def _table(events: list[Event], path: Path) -> History:
    """Write the events as a table of a time and the two idTypes, and open it."""
    columns: dict[str, list[Any]] = {"at": list(range(len(events)))}
    for config in SETTINGS.identifier_configs:
        columns[config.id_type] = [event.get(config.id_type) for event in events]
    if path.suffix == ".parquet":
        arrow: Any = import_module("pyarrow")
        import_module("pyarrow.parquet").write_table(arrow.table(columns), path)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *zip(*columns.values(), strict=True)])
    return read_history(path, id_types=SETTINGS.id_types)


def _execute_rows(history: History) -> Timing:
    engine = Engine(SETTINGS)
    start = process_time()
    for record in history:
        assert record.command is not None
        engine.execute(record.command)
    return process_time() - start, len(engine)


def _execute(commands: list[Resolve]) -> Timing:
    engine = Engine(SETTINGS)
    start = process_time()
    for command in commands:
        engine.execute(command)
    return process_time() - start, len(engine)


def _number(history: list[Resolve] | History) -> Timing:
    start = process_time()
    numbered = Numbered(history).read_all()
    return process_time() - start, len(numbered.texts.texts)


def _loop(numbered: Numbered, settings: Settings = SETTINGS) -> Timing:
    start = process_time()
    done = _executed(numbered, settings)
    return process_time() - start, done.tables.living


def _executed(numbered: Numbered, settings: Settings) -> Execution:
    done = Execution(Engine(settings), numbered)
    for end in numbered.ends():
        done.go_on(end)
    done.finish()
    return done


def _memory(events: list[Event]) -> float:
    """Return the bytes that numbered events and a run hold, without the texts, which the caller's events share."""
    commands = _commands(events)
    tracemalloc.start()
    done = _executed(Numbered(iter(commands)).read_all(), SETTINGS)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(done) == len(events)
    return round(held / sum(map(len, events)), 1)


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--settings", type=int, default=10, help="how many settings share one numbering")
    options.add_argument("--stream", action="append", choices=list(STREAMS), help="only this stream; may come again")
    given = options.parse_args()
    rows = loops(given.events, given.rounds, given.stream or STREAMS)
    rows += measure(given.events, given.rounds, given.settings)
    publish(rows + what_ifs(given.events, given.rounds), given.out)


if __name__ == "__main__":
    main()
