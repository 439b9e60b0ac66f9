"""A table of profiles that matching can ask: brute force, without an engine and without an index."""

from collections.abc import Mapping, Sequence

from resolver.names import IdType, ProfileId, Value
from resolver.rules.rulebook import Rule
from resolver.rules.similarity import similar


class TableView:
    """A view of a few profiles given as a table, earliest first: for study and for tests.

    *profiles* maps id -> idType -> normalized values; *thresholds* names the fuzzy types (R8). Every question
    costs a look at all profiles.

    >>> table = {"p1": {"phone": ["1"], "name": ["Ada"]}, "p2": {"phone": ["1"], "name": ["Bob"]}}
    >>> TableView(table).owners("phone", "1")
    ['p1', 'p2']
    """

    def __init__(
        self,
        profiles: Mapping[ProfileId, Mapping[IdType, Sequence[Value]]],
        thresholds: Mapping[IdType, int] | None = None,
    ) -> None:
        self._profiles = profiles
        self._thresholds = thresholds or {}

    def owners(self, id_type: IdType, value: Value) -> list[ProfileId]:
        """Return the profiles that hold exactly this value."""
        return [profile_id for profile_id in self._profiles if value in self.values(profile_id, id_type)]

    def alike(self, id_type: IdType, value: Value) -> list[ProfileId]:
        """Return the profiles that hold a similar value, by the threshold of the type."""
        return [profile_id for profile_id in self._profiles if self._shares(profile_id, id_type, [value])]

    def sharers(self, rule: Rule, choices: Sequence[Sequence[Value]]) -> list[ProfileId]:
        """Return the profiles that share, for each type of the rule, one of the choices."""
        wanted = list(zip(rule.types, choices, strict=True))
        return [
            profile_id
            for profile_id in self._profiles
            if all(self._shares(profile_id, id_type, values) for id_type, values in wanted)
        ]

    def values(self, profile_id: ProfileId, id_type: IdType) -> Sequence[Value]:
        """Return the values that a profile holds."""
        return self._profiles[profile_id].get(id_type, ())

    def _shares(self, profile_id: ProfileId, id_type: IdType, values: Sequence[Value]) -> bool:
        theirs = self.values(profile_id, id_type)
        threshold = self._thresholds.get(id_type)
        if threshold is None:
            return any(value in theirs for value in values)
        return any(similar(value, other, threshold) for value in values for other in theirs)
