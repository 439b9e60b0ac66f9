"""Seeded random histories, engines against model, and what remains of one that shows a disagreement."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from random import Random

from resolver.errors import ResolverError
from tests.machines.author import Author
from tests.machines.case import Case, Step
from tests.machines.compare import Disagreement, Duel
from tests.machines.families import Family

LENGTHS = (15, 30, 60, 120)
LONG = 1_100
"""More commands than share the beginning of an id; a family of many commands begins with so long a history."""


def compare_family(family: Family, commands: int, seed: int) -> Counter[str]:
    """Compare histories of one family until that many commands were compared; how often what happened."""
    counts: Counter[str] = Counter()
    histories = 0
    while counts["commands"] < commands:
        duel = compare_history(family, seed, histories, is_long=histories == 0 and commands > LONG)
        counts.update(duel.counts)
        counts["commands"] += duel.compared
        histories += 1
    return counts


def compare_history(family: Family, seed: int, history: int, *, is_long: bool) -> Duel:
    """Compare one history of a family; the duel. The same arguments make the same history."""
    random = Random(f"{family.__name__} {seed} {history}")
    case = family(random)
    length = LONG if is_long else random.choice(LENGTHS)
    duel = Duel(case)
    author = Author(random, case, steady=is_long)
    try:
        while duel.compared < length:
            duel.take(author.step(duel.model, duel.ids))
        duel.finish()
    except Disagreement as error:
        where = f"family {family.__name__}, seed {seed}, history {history}{', a long one' if is_long else ''}"
        raise Disagreement(f"{shrunk(case, duel.steps, error)}\n\n{where}") from None
    return duel


def shrunk(case: Case, steps: Sequence[Step], error: Disagreement) -> Disagreement:
    """The disagreement after every step is left out that it does not need."""
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
    """The steps with the number of every command, so that ids stay the same when others are left out."""
    model = case.model()
    fixed: list[Step] = []
    for step in steps:
        if isinstance(step, str):
            fixed.append(step)
            continue
        given, command = step
        number = model.last_number + 1 if given is None else given
        fixed.append((number, command))
        case.begin(number)
        with suppress(ResolverError):
            model.execute(command, number=number)
    return fixed


def disagreement(case: Case, steps: Iterable[Step]) -> Disagreement | None:
    """The first disagreement when all sides take the steps."""
    try:
        duel = Duel(case, thorough=True)
        for step in steps:
            duel.take(step)
        duel.finish()
    except Disagreement as error:
        return error
    return None
