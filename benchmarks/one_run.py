"""One pass over the events without a clock: what instruction counters are put around.

    python -m benchmarks.one_run {inputs,commands,floor,execute} EVENTS

``inputs`` only builds what the floor is given, ``commands`` what the engine is given and the engine, so that their
counts can be taken off.
"""

import gc
import sys
from collections.abc import Callable

from benchmarks.bench_engine import CASES, SETTINGS, Timing
from benchmarks.events import Event, fresh_copy, stream
from resolver import Engine, Resolve


def commands(events: list[Event]) -> Timing:
    """Make an engine and its commands, and execute none of them."""
    engine = Engine(SETTINGS)
    made = [Resolve(identifiers, at) for at, identifiers in enumerate(events)]
    return 0.0, {"commands": len(made), "profiles": len(engine)}


RUNS: dict[str, Callable[[list[Event]], Timing]] = {
    "inputs": lambda events: (0.0, {}),
    "commands": commands,
    "floor": CASES["floor"],
    "execute": CASES["execute, facts read"],
}
BASES = {"floor": "inputs", "execute": "commands"}
"""What is measured, and what of it is only made for it."""


def run(name: str, size: int) -> dict[str, int]:
    """Run one case once; return what was computed."""
    events = fresh_copy(stream(size, seed=1))
    gc.disable()
    try:
        return RUNS[name](events)[1]
    finally:
        gc.enable()


if __name__ == "__main__":
    print(run(sys.argv[1], int(sys.argv[2])))
