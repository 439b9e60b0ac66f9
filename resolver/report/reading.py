"""Reading: the identifiers that records presented, in the form in which the store compares them."""

from collections.abc import Iterator
from functools import lru_cache

from resolver.errors import InvalidIdentifier, UnknownIdentifierType
from resolver.names import IdType, ProfileId, Value
from resolver.rules.blanks import trimmed
from resolver.simulate import Run
from resolver.simulate.spool import Applied

_REMEMBERED = 1 << 16
"""How many identifiers are remembered with their normalized form: records of one group share them."""


class Reading:
    """What a run's records presented and its profiles hold, so that equal identifiers are seen as one."""

    def __init__(self, run: Run) -> None:
        self._engine = run.engine
        self._pair = lru_cache(_REMEMBERED)(self._stored_form)

    def identifiers(self, profile_id: ProfileId) -> dict[IdType, tuple[Value, ...]]:
        """Give all values of a profile, in the engine's order."""
        return self._engine.identifiers(profile_id)

    def presented(self, entry: Applied) -> Iterator[tuple[IdType, Value]]:
        """Give the identifiers of a command, normalized; one that cannot be read stays as it was written."""
        for id_type, raw in entry.given:
            if isinstance(raw, str):
                yield self._pair(id_type, raw)

    def _stored_form(self, id_type: IdType, raw: str) -> tuple[IdType, Value]:
        for text in (raw, trimmed(raw)):  # ``keep`` stores the trimmed text of what it cannot read (N8)
            try:
                return id_type, self._engine.lookup(id_type, text).normalized_value
            except (InvalidIdentifier, UnknownIdentifierType):
                continue
        return id_type, raw
