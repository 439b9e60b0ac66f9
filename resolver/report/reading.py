"""Reading: the identifiers that records presented, in the form in which the store compares them."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from resolver.facts import SettingsApplied
from resolver.names import IdType, ProfileId, Value
from resolver.simulate import Run
from resolver.simulate.spool import Applied

_REMEMBERED = 1 << 16
"""How many identifiers are remembered with their normalized form: records of one group share them."""


class Reading:
    """What a run's records presented and its profiles hold, so that equal identifiers are seen as one."""

    def __init__(self, run: Run) -> None:
        self._engine = run.engine
        self._since = [0]
        """The numbers of the commands that changed the settings, after that of the beginning."""
        self._stores: list[Any] = [run.engine]
        """For each of them a store under these settings; the run's own where they never changed."""
        if run.engine.settings.version != run.settings.version:
            changes = [fact for fact in run.losses if isinstance(fact, SettingsApplied)]
            self._since += [fact.command for fact in changes]
            in_force = [run.settings, *(fact.settings for fact in changes)]
            self._stores = [run.make_engine(settings, **run.options) for settings in in_force]
        self._pair = lru_cache(_REMEMBERED)(self._as_stored)

    def identifiers(self, profile_id: ProfileId) -> dict[IdType, tuple[Value, ...]]:
        """All values of a profile, in the engine's order."""
        return self._engine.identifiers(profile_id)

    def presented(self, entry: Applied) -> Iterator[tuple[IdType, Value]]:
        """The identifiers of a command, as stored under the rules in force then; else as they were written."""
        place = bisect_right(self._since, entry.number) - 1
        for id_type, raw in entry.given:
            if isinstance(raw, str):
                yield self._pair(place, id_type, raw)

    def _as_stored(self, place: int, id_type: IdType, raw: str) -> tuple[IdType, Value]:
        value = self._stores[place].stored_form(id_type, raw).value
        return id_type, raw if value is None else value
