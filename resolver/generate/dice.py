"""Dice: choices that are the same for one seed in every Python.

Only ``random.Random.random`` is used: its sequence is the one that Python promises to keep between versions.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Dice:
    """A seeded source of choices.

    >>> dice = Dice(0)
    >>> dice.below(6), dice.pick("abc"), dice.chance(1.0)
    (5, 'c', True)
    """

    __slots__ = ("_random",)

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random() < probability

    def below(self, bound: int) -> int:
        """Return an integer from 0 to *bound* - 1."""
        return int(self._random() * bound)

    def pick(self, choices: Sequence[_T]) -> _T:
        """Return one of the choices."""
        return choices[int(self._random() * len(choices))]
