"""The machine, for as long as it is told: random histories of all families, from fresh seeds.

    python -m tests.machines.long --minutes 30

prints its seed, and from time to time how many commands were compared. At the first disagreement it leaves out every
step that is not needed for it, prints the rest as a program, and how to see it again:

    python -m tests.machines.long --seed 1234 --family mixed_changes --commands 1

Two such runs side by side, one of a compiled package and one of a checkout, use two processors.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from random import SystemRandom

from resolver import COMPILED
from tests.machines.compare import Disagreement
from tests.machines.families import FAMILIES
from tests.machines.random_histories import LONG, compare_family

PER_FAMILY = 2 * LONG
"""Commands of a family in one round: a long history and many short ones."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare until the time is over, or enough commands were compared; 1 at a disagreement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="how long to go on (30)")
    parser.add_argument("--commands", type=int, help="how many to compare at most, all families together")
    parser.add_argument("--seed", type=int, help="begin with this seed; fresh unless given")
    parser.add_argument("--family", choices=[family.__name__ for family in FAMILIES], help="only this one")
    chosen = parser.parse_args(arguments)
    families = [family for family in FAMILIES if chosen.family in (None, family.__name__)]
    seed = SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    enough = float("inf") if chosen.commands is None else chosen.commands
    told = time.monotonic()
    end = told + 60 * chosen.minutes
    total: Counter[str] = Counter()
    _say(f"seed {seed}, the engine is {'compiled' if COMPILED else 'Python'}, families: {_names(families)}")
    while time.monotonic() < end and total["commands"] < enough:
        for family in families:
            try:
                total += compare_family(family, PER_FAMILY, seed)
            except Disagreement as error:
                _say(f"{error}\n\npython -m tests.machines.long --seed {seed} --family {family.__name__} --commands 1")
                return 1
            if time.monotonic() >= told + 60:
                told = time.monotonic()
                _say(f"seed {seed}, {family.__name__}: {total['commands']:,} commands compared so far")
            if time.monotonic() >= end:
                break
        seed += 1
    _say("".join(f"{count:>12,} {what}\n" for what, count in total.most_common()))
    return 0


def _names(families: Sequence[object]) -> str:
    return ", ".join(getattr(family, "__name__", "") for family in families)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
