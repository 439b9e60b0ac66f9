"""New ids: TypeIDs that sort by time, or numbers for reproducible tests (section 11).

A TypeID is a prefix and a UUIDv7 in base 32. The UUID begins with the time; then comes the number of the command
that draws it, and only then randomness. So ids sort as profiles do, by time and then by arrival (M1), in one process
and across restarts, whatever the clock does, without anything to remember.
"""

from collections.abc import Callable
from itertools import count
from typing import Protocol

from resolver.ids import DIGITS, numbered_id
from resolver.names import Milliseconds, ProfileId

PROFILE, STORE, OPERATION = "mem_profile_", "mem_store_", "mem_operation_"
OBSERVATION, SUMMARY = "mem_observation_", "mem_summary_"

_PAIRS = tuple(high + low for high in DIGITS for low in DIGITS)
_SHIFTS = tuple(range(120, -1, -10))  # 26 digits, two at a time
_TIME_BITS, _NUMBER_BITS, _CHANCE_BITS = 48, 42, 32
_REQUEST_BITS = 64
_LOW_NUMBER_BITS = 30  # of these 42, 12 stand before the variant and 30 after it


class Ids(Protocol):
    """Where new ids come from."""

    @property
    def profile(self) -> Callable[[int, Milliseconds], ProfileId] | None:
        """What gives the id of the profile that a command creates; None for the engine's own numbers."""

    def named(self, prefix: str, number: int, at: Milliseconds) -> str:
        """Return a new id with a prefix; no two calls have the same number."""

    def request(self) -> str:
        """Return the id of the next request."""


class TypeIds:
    """Ids as the service makes them.

    >>> ids = TypeIds(lambda bits: 0)
    >>> ids.named(PROFILE, 1, 1_778_084_528_343)
    'mem_profile_01kqz1hg6qe008000004000000'
    """

    def __init__(self, randbits: Callable[[int], int]) -> None:
        self._randbits = randbits
        self._requests = count(randbits(_REQUEST_BITS) << 64)

    def profile(self, number: int, at: Milliseconds) -> ProfileId:
        """Return the id of the profile that a command creates."""
        return self.named(PROFILE, number, at)

    def named(self, prefix: str, number: int, at: Milliseconds) -> str:
        """Return a new id with a prefix."""
        time = min(max(at, 0), (1 << _TIME_BITS) - 1)
        number &= (1 << _NUMBER_BITS) - 1
        high, low = number >> _LOW_NUMBER_BITS, number & ((1 << _LOW_NUMBER_BITS) - 1)
        chance = self._randbits(_CHANCE_BITS)
        return prefix + _base32(time << 80 | 7 << 76 | high << 64 | 2 << 62 | low << _CHANCE_BITS | chance)

    def request(self) -> str:
        """Return the id of the next request: chance, drawn once, and a number."""
        return f"RQ{next(self._requests):032x}"


class SequentialIds:
    """Ids made from numbers, the same in every run.

    >>> SequentialIds().named(STORE, 2, 0)
    'mem_store_00000000000000000000000002'
    """

    profile = None

    def __init__(self) -> None:
        self._requests = count(1)

    def named(self, prefix: str, number: int, at: Milliseconds) -> str:
        """Return a new id with a prefix."""
        return prefix + numbered_id(number).removeprefix(PROFILE)

    def request(self) -> str:
        """Return the id of the next request.

        >>> SequentialIds().request()
        'RQ00000000000000000000000000000001'
        """
        return f"RQ{next(self._requests):032x}"


def _base32(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
