"""``SlowStore``: the public face of the model, with the names of ``resolver.Engine``."""

from resolver.commands import (
    AddIdentifier,
    ApplySettings,
    DeleteProfile,
    Identifiers,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Time,
)
from resolver.errors import InvalidCommand, InvalidIdentifier
from resolver.facts import Outcome
from resolver.names import Match, OnInvalid
from resolver.settings import Settings
from tests.model import normalization
from tests.model.attempt import Attempt, NewId, check_normalizations
from tests.model.state import State


class SlowStore:
    """One store that obeys the contract by brute force.

    >>> store = SlowStore()
    >>> str(store.resolve({"email": "Ada@Example.com"}, at=1).status)
    'created'
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        new_id: NewId | None = None,
        default_region: str = "US",
        on_invalid: OnInvalid | str = "refuse",
        match: Match | str = "all",
    ) -> None:
        chosen = Settings.defaults() if settings is None else check_normalizations(settings)
        self._state = State(chosen)
        self._new_id = new_id
        self._region = default_region
        self._on_invalid = OnInvalid(on_invalid)
        self._match = Match(match)

    # Commands.

    def resolve(self, identifiers: Identifiers, at: Time = None, *, new_profile_id: str | None = None) -> Outcome:
        return self.execute(Resolve(identifiers, at, new_profile_id))

    def add_identifier(self, profile_id: str, id_type: str, value: str, at: Time = None) -> Outcome:
        return self.execute(AddIdentifier(profile_id, id_type, value, at))

    def replace_identifier(self, profile_id: str, id_type: str, old: str, new: str, at: Time = None) -> Outcome:
        return self.execute(ReplaceIdentifier(profile_id, id_type, old, new, at))

    def remove_identifier(
        self, profile_id: str, id_type: str, at: Time = None, *, all: bool = False, value: str | None = None
    ) -> Outcome:
        return self.execute(RemoveIdentifier(profile_id, id_type, at, all, value))

    def delete_profile(self, profile_id: str, at: Time = None) -> Outcome:
        return self.execute(DeleteProfile(profile_id, at))

    def apply_settings(self, settings: Settings, at: Time = None) -> Outcome:
        return self.execute(ApplySettings(settings, at))

    def execute(self, command: object, *, number: int | None = None) -> Outcome:
        """Try the command on a copy of the state, and keep the copy if it was not refused (I7)."""
        last = self._state.number
        if number is None:
            number = last + 1
        if not isinstance(number, int) or isinstance(number, bool) or number <= last:
            raise InvalidCommand(f"{number!r} is no integer above {last}")
        attempt = Attempt(
            self._state,
            number,
            new_id=self._new_id,
            region=self._region,
            on_invalid=self._on_invalid,
            match=self._match,
        )
        outcome = attempt.run(command)
        self._state = attempt.state
        return outcome

    # Reading.

    @property
    def settings(self) -> Settings:
        return self._state.settings

    @property
    def last_number(self) -> int:
        """The number of the last applied command, 0 at the start."""
        return self._state.number

    def identifiers(self, profile_id: str) -> dict[str, tuple[str, ...]]:
        """Give the values per type: rule order, config order, the rest by name (Q2)."""
        profile = self._state.profile(profile_id)
        configured = self._state.type_order()
        order = configured + sorted(set(profile.held) - set(configured))
        return {t: tuple(profile.values(t)) for t in order if profile.values(t)}

    def values(self, profile_id: str, id_type: str) -> tuple[str, ...]:
        return tuple(value for value, _ in self.history_of(profile_id, id_type))

    def history_of(self, profile_id: str, id_type: str) -> tuple[tuple[str, int], ...]:
        profile = self._state.profile(profile_id)
        self._state.check_known(id_type)
        return tuple((held.value, held.at) for held in profile.held.get(id_type, []))

    def lookup(self, id_type: str, value: str) -> tuple[str, tuple[str, ...]]:
        """Give the normalized value and its holders, earliest first (Q3, A8)."""
        self._state.check_known(id_type)
        if not normalization.is_acceptable(value):
            raise InvalidIdentifier(f"{value!r} is no string of 1..255 characters")
        if not self._state.holders(id_type, value) and self._state.is_configured(id_type):
            name = self._state.config(id_type).normalization
            value = normalization.normalized(name, value, self._region)
        return value, tuple(profile.id for profile in self._state.holders(id_type, value))

    def canonical_id(self, profile_id: str) -> str:
        return self._state.profile(profile_id).id

    def aliases(self, profile_id: str) -> tuple[str, ...]:
        return self._state.aliases(self._state.profile(profile_id))

    def created_at(self, profile_id: str) -> int:
        return self._state.profile(profile_id).created_at

    def profiles(self) -> tuple[str, ...]:
        return tuple(profile.id for profile in self._state.earliest_first())

    def __len__(self) -> int:
        return len(self._state.profiles)

    def __contains__(self, profile_id: object) -> bool:
        return profile_id in self._state.leads_to
