"""Suggestions: what somebody may have meant who named a thing that is not there.

>>> near("crm:71", ["crm:17", "web:4", "crm:7"])
['crm:7', 'crm:17']
"""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

LEAST_LIKENESS = 60
MOST = 3


def near(name: str, known: Iterable[str], *, least: int = LEAST_LIKENESS) -> list[str]:
    """Return at most three known names that are like *name*, the nearest first. O(known).

    Equally near ones come in the order in which they are known. *least* is the likeness from 0 to 100.
    """
    found = process.extract(name, list(known), scorer=fuzz.ratio, score_cutoff=least, limit=MOST)
    return [each for each, _, _ in found]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the near matches, or nothing.

    >>> did_you_mean("emial", ["email", "phone"])
    "; did you mean 'email'?"
    """
    found = near(name, known)
    return f"; did you mean {' or '.join(map(repr, found))}?" if found else ""
