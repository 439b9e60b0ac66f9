"""Seeded random histories, engine against model; run as a program, an endurance test.

``python -m tests.machines.random_histories --commands 1000000 --seed 7`` goes on until that many commands are
compared; at the first disagreement it leaves out every step that is not needed for it, and prints the rest.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from random import Random

from resolver.errors import ResolverError
from tests.machines.author import Author
from tests.machines.compare import Case, Disagreement, Duel, Step
from tests.machines.families import FAMILIES, Family

LENGTHS = (15, 30, 60, 120)
PER_ROUND = 2_000


def compare_family(family: Family, commands: int, seed: int) -> Counter[str]:
    """Compare histories of one family until that many commands were compared; count what happened."""
    counts: Counter[str] = Counter()
    histories = 0
    while counts["commands"] < commands:
        random = Random(f"{family.__name__} {seed} {histories}")
        duel = compare_history(random, family(random), random.choice(LENGTHS))
        counts.update(duel.counts)
        counts["commands"] += duel.compared
        histories += 1
    return counts


def compare_history(random: Random, case: Case, length: int) -> Duel:
    """Compare one history of that many commands, and give the duel."""
    duel = Duel(case)
    author = Author(random, case)
    try:
        while duel.compared < length:
            duel.take(author.step(duel.model, duel.ids))
        duel.finish()
    except Disagreement as error:
        raise shrunk(case, duel.steps, error) from None
    return duel


def shrunk(case: Case, steps: Sequence[Step], error: Disagreement) -> Disagreement:
    """Leave out every step that the disagreement does not need."""
    kept = numbered(case, steps)
    found = disagreement(case, kept)
    if found is None:
        return error
    size = len(kept)
    while size := size // 2:
        place = 0
        while place < len(kept):
            fewer = kept[:place] + kept[place + size :]
            again = disagreement(case, fewer)
            if again is None:
                place += size
            else:
                kept, found = fewer, again
    return found


def numbered(case: Case, steps: Iterable[Step]) -> list[Step]:
    """Number every command, so that ids stay the same when others are left out."""
    model = case.model()
    fixed: list[Step] = []
    for step in steps:
        if isinstance(step, str):
            fixed.append(step)
            continue
        given, command = step
        number = model.last_number + 1 if given is None else given
        fixed.append((number, command))
        with suppress(ResolverError):
            model.execute(command, number=number)
    return fixed


def disagreement(case: Case, steps: Iterable[Step]) -> Disagreement | None:
    """Let both sides take the steps, and give the first disagreement."""
    try:
        duel = Duel(case)
        for step in steps:
            duel.take(step)
        duel.finish()
    except Disagreement as error:
        return error
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare the engine with the model on random histories.")
    parser.add_argument("--commands", type=int, default=100_000, help="how many to compare, all families together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", choices=[family.__name__ for family in FAMILIES], help="only this one")
    chosen = parser.parse_args(arguments)
    families = [family for family in FAMILIES if chosen.family in (None, family.__name__)]
    total: Counter[str] = Counter()
    seed = chosen.seed * 1_000_003
    while total["commands"] < chosen.commands:
        for family in families:
            try:
                total += compare_family(family, PER_ROUND, seed)
            except Disagreement as error:
                sys.stdout.write(f"{error}\n\nfamily {family.__name__}, seed {seed}\n")
                return 1
        seed += 1
        sys.stdout.write(f"{total['commands']} commands compared\n")
        sys.stdout.flush()
    sys.stdout.write("".join(f"{count:>10} {what}\n" for what, count in total.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
