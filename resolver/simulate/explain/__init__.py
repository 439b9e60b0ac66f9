"""Explain: why two records are one profile, what would keep them apart, or why they are not one.

>>> from resolver.simulate import replay
>>> run = replay([
...     {"ref": "crm:17", "at": 0, "identifiers": {"email": "ada@example.com"}},
...     {"ref": "web:4", "at": 1000, "identifiers": {"chat": "ada"}},
... ])
>>> print(explain(run, "crm:17", "web:4"))
crm:17 and web:4 are two profiles.
They have never had an identifier in common.
"""

from resolver.simulate.explain.explanation import Explanation, explain
from resolver.simulate.explain.lines import UnknownRef
from resolver.simulate.explain.parts import Common, Cut, Event, Fate, Link, Merge, Moment, Records

__all__ = [
    "Common",
    "Cut",
    "Event",
    "Explanation",
    "Fate",
    "Link",
    "Merge",
    "Moment",
    "Records",
    "UnknownRef",
    "explain",
]
