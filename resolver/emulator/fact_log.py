"""The fact log: every fact of one store, found by the profiles that it speaks of."""

import time
from array import array
from collections.abc import Callable, Iterable

from resolver.facts import AnyFact, ProfileDeleted, ProfilesMerged, encode_fact
from resolver.names import ProfileId

_TURN = 500
"""Facts that are encoded in one go: well below a millisecond."""


class FactLog:
    """All facts, in order. O(1) per fact and profile to enter one; O(n log n) in the facts asked for."""

    def __init__(self, facts: Iterable[AnyFact] = ()) -> None:
        self.facts: list[AnyFact] = []
        self._places: dict[ProfileId, array[int]] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: AnyFact) -> None:
        """Enter the next fact."""
        place = len(self.facts)
        self.facts.append(fact)
        for profile_id in _profiles_of(fact):
            places = self._places.get(profile_id)
            if places is None:
                places = self._places[profile_id] = array("Q")
            places.append(place)

    def of(self, profile_ids: Iterable[ProfileId]) -> list[AnyFact]:
        """Return the facts that speak of any of these profiles, in order, each once."""
        places = {place for profile_id in profile_ids for place in self._places.get(profile_id, ())}
        return [self.facts[place] for place in sorted(places)]

    def picture(self) -> Callable[[], list[bytes]]:
        """Return what encodes the facts that there are now, whenever it is called and in any thread.

        It encodes a few at a time, so that an event loop in another thread has its turn in between.
        """
        facts = self.facts.copy()

        def encoded() -> list[bytes]:
            lines: list[bytes] = []
            for start in range(0, len(facts), _TURN):
                lines += map(encode_fact, facts[start : start + _TURN])
                time.sleep(0)
            return lines

        return encoded


def _profiles_of(fact: AnyFact) -> tuple[ProfileId, ...]:
    if isinstance(fact, ProfilesMerged):
        return (fact.survivor, *fact.absorbed)
    if isinstance(fact, ProfileDeleted):
        return (fact.profile_id, *fact.aliases)
    profile_id = getattr(fact, "profile_id", None)
    return () if profile_id is None else (profile_id,)
