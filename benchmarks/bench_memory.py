"""Memory of a million profiles, and what a fork, a snapshot and a restore cost beside rebuilding the index.

    python -m benchmarks.bench_memory [--profiles N] [--rounds N] [--out FILE]

A profile has two identifiers. ``base`` is nothing but the texts and one dict per type; the engine is that and all
it knows. Each is filled in a process of its own: growth of the resident set, and with ``tracemalloc`` (bytes asked
for). ``index`` is the time of entering each value, with texts never hashed before, into one dict per type: what no
restore can avoid.
"""

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.bench_engine import SETTINGS
from benchmarks.rounds import Row, arguments, best_and_median, interleaved, publish
from resolver import Engine, Resolve

GOALS = {"bytes": 450, "fork": 0.047, "snapshot": 0.2, "restore": 1.5}


def strings(profiles: int) -> Any:
    """Hold the texts alone."""
    return [text for number in range(profiles) for text in _texts(number)]


def base(profiles: int) -> Any:
    """Hold the texts and one dict per type."""
    index: dict[str, dict[str, int]] = {"email": {}, "phone": {}}
    for number in range(profiles):
        email, phone = _texts(number)
        index["email"][email] = number
        index["phone"][phone] = number
    return index


def engine(profiles: int) -> Engine:
    """Hold an engine that executed a command per profile."""
    filled = Engine(SETTINGS)
    for number in range(profiles):
        email, phone = _texts(number)
        filled.execute(Resolve({"email": email, "phone": phone}, number))
    return filled


LAYOUTS: dict[str, Callable[[int], Any]] = {"strings": strings, "base": base, "engine": engine}


def _texts(number: int) -> tuple[str, str]:
    return f"person{number:08d}@example.com", f"+1317{number:08d}"


def bytes_each(layout: str, profiles: int, *, traced: bool) -> float:
    """Fill a layout in this process and give its bytes a profile; meant for a process of its own."""
    LAYOUTS[layout](10)
    gc.collect()
    if traced:
        tracemalloc.start()
    before = _resident()
    kept = LAYOUTS[layout](profiles)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] if traced else _resident() - before
    del kept
    return grown / profiles


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


def memory(profiles: int) -> list[Row]:
    """Return a row per layout, each measured in processes of their own."""
    rows = []
    for layout in LAYOUTS:
        found = []
        for traced in (False, True):
            given = json.dumps([layout, profiles, traced])
            code = "import json, sys; from benchmarks import bench_memory as b; l, n, t = json.loads(sys.argv[1]); "
            code += "print(b.bytes_each(l, n, traced=t))"
            done = subprocess.run([sys.executable, "-c", code, given], capture_output=True, text=True, check=True)
            found.append(round(float(done.stdout)))
        resident, traced_bytes = found
        row: Row = {"case": f"memory, {layout}", "profiles": profiles}
        row |= {"resident": resident, "tracemalloc": traced_bytes}
        rows.append(row)
    for kind in ("resident", "tracemalloc"):
        rows[-1][f"{kind}_to_base"] = round(rows[-1][kind] / max(1, rows[1][kind]), 2)
    return [*rows[:-1], {**rows[-1], "goal": GOALS["bytes"]}]


def copies(profiles: int, rounds: int) -> list[Row]:
    """Return a row for fork, snapshot and restore, with their ratios to rebuilding the index in the same rounds."""
    filled = engine(profiles)
    written = filled.snapshot()
    assert len(Engine.restore(written)) == len(filled.fork()) == profiles

    held = [
        (id_type, value, number)
        for number, name in enumerate(filled.profiles())
        for id_type, values in filled.identifiers(name).items()
        for value in values
    ]

    def index() -> float:
        given = [(id_type, "".join([value[:1], value[1:]]), number) for id_type, value, number in held]
        start = process_time()
        tables: dict[str, dict[str, int]] = {id_type: {} for id_type in SETTINGS.id_types}
        for id_type, value, number in given:
            tables[id_type][value] = number
        return process_time() - start

    def timed(run: Callable[[], object]) -> Callable[[], float]:
        def taken() -> float:
            start = process_time()
            result = run()
            seconds = process_time() - start
            del result
            return seconds

        return taken

    cases = {
        "index": index,
        "fork": timed(filled.fork),
        "snapshot": timed(filled.snapshot),
        "restore": timed(lambda: Engine.restore(written)),
    }
    seconds = interleaved(cases, rounds)
    index_time = best_and_median(seconds["index"])
    rows = []
    for case, taken in seconds.items():
        row: Row = {"case": case, "profiles": profiles, "rounds": rounds, **best_and_median(taken)}
        if case == "fork":
            row["seconds_per_million_identifiers"] = round(row["best"] / (2 * profiles) * 1e6, 3)
        elif case != "index":
            row["best_to_index"] = round(row["best"] / index_time["best"], 2)
            row["median_to_index"] = round(row["median"] / index_time["median"], 2)
        if case in GOALS:
            row["goal"] = GOALS[case]
        if case == "snapshot":
            row["bytes"] = len(written)
        rows.append(row)
    return rows


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    options.add_argument("--profiles", type=int, default=1_000_000)
    given = options.parse_args()
    publish([*memory(given.profiles), *copies(given.profiles, given.rounds)], given.out)


if __name__ == "__main__":
    main()
