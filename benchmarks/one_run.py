"""One pass over the events without a clock: what instruction counters are put around.

    python -m benchmarks.one_run {inputs,floor,execute} EVENTS

``inputs`` only builds what the others are given, so that its count can be taken off theirs.
"""

import gc
import sys

from benchmarks.bench_engine import CASES
from benchmarks.events import fresh_copy, stream

RUNS = {"inputs": None, "floor": "floor", "execute": "execute, facts read"}


def run(name: str, size: int) -> dict[str, int]:
    """Run one case once; give what was computed."""
    events = fresh_copy(stream(size, seed=1))
    case = RUNS[name]
    gc.disable()
    try:
        return {} if case is None else CASES[case](events)[1]
    finally:
        gc.enable()


if __name__ == "__main__":
    print(run(sys.argv[1], int(sys.argv[2])))
