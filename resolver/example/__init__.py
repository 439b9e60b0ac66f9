"""The bundled example: a small synthetic history, its truth, and two settings that are worth comparing.

* ``history.jsonl``, ``history.jsonl.truth.csv``: made by ``resolver generate`` with ``RECORDS`` and ``SEED``.
* ``baseline.json``: the defaults of a new store, with a loyalty card. Every identifier is unique, so a shared
  landline, or a number that changed hands, makes one profile of several people.
* ``candidate.json``: the same, but a phone number may be on several profiles and is no proof on its own.
* ``grid.json``: settings around these two, for a sweep.

>>> path("candidate.json").name
'candidate.json'
"""

from pathlib import Path

NAMES = ("history.jsonl", "history.jsonl.truth.csv", "baseline.json", "candidate.json", "grid.json")
"""The files of the example."""

RECORDS = 400
SEED = 4


def path(name: str) -> Path:
    """Return the path of one of ``NAMES``; ``ValueError`` for any other name.

    >>> path("history.csv")
    Traceback (most recent call last):
        ...
    ValueError: 'history.csv' is not in the example; expected history.jsonl, ..., grid.json
    """
    if name not in NAMES:
        raise ValueError(f"{name!r} is not in the example; expected {NAMES[0]}, ..., {NAMES[-1]}")
    return Path(__file__).with_name(name)
