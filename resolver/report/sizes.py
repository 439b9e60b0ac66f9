"""Sizes: how many profiles have how many records, and how many identifiers.

>>> binned([1, 1, 2, 7, 300])
{'1': 2, '2': 1, '6 to 10': 1, 'over 100': 1}
"""

from collections import Counter
from collections.abc import Iterable

from resolver.simulate import Run

_BOUNDS = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100)
"""The largest size of each bin; what is larger goes into a last one."""


def _labels() -> list[str]:
    names = []
    for below, bound in zip((-1, *_BOUNDS), _BOUNDS, strict=False):
        names.append(str(bound) if bound == below + 1 else f"{below + 1} to {bound}")
    return [*names, f"over {_BOUNDS[-1]}"]


BINS = _labels()
"""The names of the bins, from small to large."""


def binned(sizes: Iterable[int]) -> dict[str, int]:
    """Give how many sizes fall into each bin that has any, from small to large. O(sizes)."""
    found = Counter(next((n for n, bound in enumerate(_BOUNDS) if size <= bound), len(_BOUNDS)) for size in sizes)
    return {BINS[number]: found[number] for number in sorted(found)}


def records_per_profile(run: Run) -> dict[str, int]:
    """Give the histogram of records per profile; one whose records all have newer profiles has none."""
    named = Counter(run.assignments.values())
    return binned(named[profile_id] for profile_id in run.engine.profiles())


def identifiers_per_profile(run: Run) -> dict[str, int]:
    """Give the histogram of identifiers per profile."""
    engine = run.engine
    return binned(sum(map(len, engine.identifiers(profile_id).values())) for profile_id in engine.profiles())
