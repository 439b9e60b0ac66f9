"""``Reference``: a store with the engine's methods that carries the contract out by brute force."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    Command,
    DeleteProfile,
    Erase,
    Identifiers,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Time,
    Unsuppress,
)
from resolver.errors import (
    IdentifierBlocked,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    ProfileExists,
    UnknownIdentifierType,
    safe_repr,
    shown,
    stopped_batch,
)
from resolver.facts import Lookup, Outcome, StoredForm
from resolver.names import Form, IdType, Match, Milliseconds, OnInvalid, ProfileId, Value, plain_text
from resolver.policies import Policies
from resolver.reference.commands import Attempt, Options
from resolver.reference.fit import fit
from resolver.reference.joining import Fit
from resolver.reference.matching import match_profiles, similar
from resolver.reference.reading import milliseconds
from resolver.reference.rules import MatchProfiles, Normalize, Rules, SplitAtLimit, Survivor
from resolver.reference.state import Similar, State
from resolver.rules import normalize, split_at_limit, survivor
from resolver.rules.normalization import Normalizers, check_functions
from resolver.settings import Settings

NewId = Callable[[int, Milliseconds], str]
E = TypeVar("E", OnInvalid, Match)

COMMANDS = (
    *(Resolve, AddIdentifier, ReplaceIdentifier, RemoveIdentifier, DeleteProfile, ApplySettings),
    *(Erase, Suppress, Unsuppress),
)


class Reference:
    """One store of profiles under one set of settings, as ``Engine``: short, slow, and with rules of your own.

    The options up to *policies* are those of ``Engine``. The others are the rules, each a pure function:
    *normalize(name, raw, region=)* stores a value (N1 to N5); *similar(one, other, threshold)* compares values of a
    fuzzy type (R8); *match_profiles(view, settings, identifiers, match=)* finds profiles (R2, R6, R7); *survivor* of
    several ``Profile``, earliest first, is the one that lives on (M1); *split_at_limit(values, limit, policy)* tells
    (kept, evicted) of a list, oldest first (L1); *fit(view, profiles, identifiers, at, left_out)* is the reason why
    profiles and the identifiers that come to them break a bound, None if they do not (P3). Left as they are, every
    outcome, fact and error is the engine's.

    Every command copies the whole store: O(profiles), and more for matching. Raises ``InvalidSettings``.

    >>> def most_identifiers(profiles):
    ...     return max(profiles, key=lambda profile: sum(map(len, profile.held.values())))
    >>> for rule in (survivor, most_identifiers):
    ...     store = Reference(survivor=rule)
    ...     old = store.resolve({"email": "ada@example.com"}, at=1).profile_id
    ...     rich = store.resolve({"phone": ["317-555-6789", "317-555-6700"]}, at=2).profile_id
    ...     merged = store.add_identifier(old, "phone", "317-555-6789", at=3).profile_id
    ...     print("the earliest" if merged == old else "the one with most identifiers")
    the earliest
    the one with most identifiers
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Callable[[], Milliseconds] | None = None,
        new_id: NewId | None = None,
        default_region: str = "US",
        on_invalid: OnInvalid | str = OnInvalid.REFUSE,
        match: Match | str = Match.ALL,
        normalizers: Mapping[str, Callable[[str], str]] | Normalizers | None = None,
        policies: Policies | None = None,
        normalize: Normalize = normalize,
        similar: Similar = similar,
        match_profiles: MatchProfiles = match_profiles,
        survivor: Survivor = survivor,
        split_at_limit: SplitAtLimit = split_at_limit,
        fit: Fit = fit,
    ) -> None:
        check_functions(clock=clock, newId=new_id)
        if not isinstance(normalizers, Normalizers):
            normalizers = Normalizers(default_region, normalizers)
        self._options = Options(
            normalize,
            normalizers,
            _one_of(OnInvalid, "onInvalid", on_invalid),
            _one_of(Match, "match", match),
        )
        self._rules = Rules(match_profiles, survivor, split_at_limit, fit)
        wanted = Settings.defaults() if settings is None else settings
        if issubclass(type(wanted), Settings):
            wanted = wanted.with_policies(policies)
        self._state = State(self._options.checked(wanted), similar)
        self._clock = clock
        self._new_id = new_id
        self._drawn: dict[tuple[int, Milliseconds], ProfileId] = {}

    # Commands.

    def resolve(self, identifiers: Identifiers, at: Time = None, *, new_profile_id: str | None = None) -> Outcome:
        """Find, create or merge the profiles that identifiers belong to, then attach them (R1 to R8)."""
        return self.execute(Resolve(_readable_again(identifiers), at, new_profile_id))

    def add_identifier(self, profile_id: str, id_type: IdType, value: str, at: Time = None) -> Outcome:
        """Attach one value to a profile; a unique value of another profile merges the two, or is refused (A1 to A4)."""
        return self.execute(AddIdentifier(profile_id, id_type, value, at))

    def replace_identifier(self, profile_id: str, id_type: IdType, old: str, new: str, at: Time = None) -> Outcome:
        """Put *new* in the place of *old* (A5)."""
        return self.execute(ReplaceIdentifier(profile_id, id_type, old, new, at))

    def remove_identifier(
        self, profile_id: str, id_type: IdType, at: Time = None, *, all: bool = False, value: str | None = None
    ) -> Outcome:
        """Remove the oldest value (fifo) or the most recent (lifo), all of them, or a named one (A6)."""
        return self.execute(RemoveIdentifier(profile_id, id_type, at, all, value))

    def delete_profile(self, profile_id: str, at: Time = None) -> Outcome:
        """Delete a profile with its values and aliases (M7)."""
        return self.execute(DeleteProfile(profile_id, at))

    def erase(self, identifiers: Identifiers, at: Time = None, *, suppress: bool = False) -> Outcome:
        """Delete every profile that holds one of the identifiers, and suppress these where that is asked (P12, P13)."""
        return self.execute(Erase(_readable_again(identifiers), at, suppress))

    def suppress(self, identifiers: Identifiers, at: Time = None) -> Outcome:
        """Refuse later commands that give one of the identifiers (P13)."""
        return self.execute(Suppress(_readable_again(identifiers), at))

    def unsuppress(self, identifiers: Identifiers, at: Time = None) -> Outcome:
        """Let commands give the identifiers again (P13)."""
        return self.execute(Unsuppress(_readable_again(identifiers), at))

    def apply_settings(self, settings: Settings, at: Time = None) -> Outcome:
        """Put settings in force for later commands (S1)."""
        return self.execute(ApplySettings(settings, at))

    def execute(self, command: AnyCommand, *, number: int | None = None) -> Outcome:
        """Try the command on a copy of the state, and keep the copy if it was not refused (I7)."""
        attempt, outcome = self._try(command, number)
        self._state = attempt.state
        return outcome

    def execute_many(self, commands: Iterable[Command]) -> Sequence[Outcome]:
        """Execute commands one after the other; the outcomes. An error gets those before it as ``outcomes``.

        Raises ``InvalidCommand`` for what is no iterable.
        """
        if not issubclass(type(commands), Iterable):
            raise InvalidCommand(f"{safe_repr(commands)} is not a batch of commands; expected an iterable of them")
        outcomes: list[Outcome] = []
        try:
            for command in commands:
                outcome = self.execute(command)  # type: ignore[arg-type]  # what is no command is refused
                outcomes.append(outcome)
        except BaseException as error:
            stopped_batch(error, outcomes)
            raise
        return outcomes

    def preview(self, command: AnyCommand) -> Outcome:
        """The outcome that ``execute`` would give now, new id included; nothing is changed."""
        _, outcome = self._try(command, None)
        return outcome

    def _try(self, command: AnyCommand, number: int | None) -> tuple[Attempt, Outcome]:
        before = self._state
        if number is None:
            number = before.number + 1
        if type(number) is not int or not before.number < number < 2**63:
            raise InvalidCommand(
                f"command number {safe_repr(number)} is not right; "
                f"expected an integer of 64 bits larger than {before.number}"
            )
        if type(command) not in COMMANDS:
            raise InvalidCommand(f"{safe_repr(command)} is not a command; expected one of the nine command classes")
        at = self._time(command.at)
        attempt = Attempt(before.copy(), self._rules, number, at, None if self._new_id is None else self._draw)
        outcome = attempt.run(command, self._options)
        if self._state is not before:
            raise InvalidCommand("a callback of the engine (new_id, clock, normalizer) executed a command of its own")
        return attempt, outcome

    def _time(self, at: object) -> Milliseconds:
        """A command's time; left out, the clock's, else that of the last applied command (section 11)."""
        if at is None:
            at = self._state.at if self._clock is None else self._clock()
        return milliseconds(at)

    def _draw(self, number: int, at: Milliseconds, state: State) -> ProfileId:
        """The caller's id for a new profile; one drawn for a preview is kept for the execution (section 11)."""
        profile_id: str | None = self._drawn.get((number, at))
        if profile_id is None and self._new_id is not None:
            profile_id = self._new_id(number, at)
        name = plain_text(profile_id)
        if not name:
            raise InvalidCommand(f"new_id gave {safe_repr(profile_id)}; expected a non-empty string")
        if name in state.born:
            self._drawn.pop((number, at), None)
            raise ProfileExists(f"new_id gave {name!r}, which was used before")
        self._drawn[number, at] = ProfileId(name)
        return self._drawn[number, at]

    # Questions.

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._state.settings

    @property
    def last_number(self) -> int:
        """The number of the last applied command, 0 at the start."""
        return self._state.number

    def identifiers(self, profile_id: str) -> dict[IdType, tuple[Value, ...]]:
        """All values of a profile, by type: rule order, config order, the rest by name (Q1, Q2)."""
        profile = self._state.profile(profile_id)
        configured = self._state.type_order()
        order = configured + sorted(set(profile.held) - set(configured))
        return {t: tuple(profile.values(t)) for t in order if profile.values(t)}

    def values(self, profile_id: str, id_type: IdType) -> tuple[Value, ...]:
        """The values of one idType, oldest first (Q1)."""
        return tuple(value for value, _ in self.history_of(profile_id, id_type))

    def history_of(self, profile_id: str, id_type: IdType) -> tuple[tuple[Value, Milliseconds], ...]:
        """(value, time added) of one idType, oldest first."""
        profile = self._state.profile(profile_id)
        name = self._state.known(id_type)
        return tuple((held.value, held.at) for held in profile.held.get(name, []))

    def lookup(self, id_type: IdType, value: str) -> Lookup:
        """The value as given if somebody holds it, else normalized, and its holders, earliest first (Q3, A8)."""
        name = self._state.known(id_type)
        given = plain_text(value)
        text = None if given is None else Value(given)
        if text is None or not self._state.holders(name, text):
            is_configured = self._state.is_configured(name)
            text = self._options.normalized(self._state.config(name).normalization if is_configured else "none", value)
        return Lookup(text, tuple(self._state.owners(name, text)))

    def stored_form(self, id_type: IdType, raw: object) -> StoredForm:
        """What a command would store of a raw value under the settings in force, or why nothing (N1 to N9, A7)."""
        why: str | None = None
        try:
            config = self._state.config(id_type)
            attempt = Attempt(self._state, self._rules, 0, 0, None)
            attempt.options = self._options
            if attempt.is_blocked(None, config.id_type, raw):
                return StoredForm(None, Form.DROPPED, f"{config.id_type} {shown(raw)} is blocked")
            normalization = config.normalization
            try:
                return StoredForm(self._options.normalized(normalization, raw), Form.NORMALIZED)
            except InvalidIdentifier as error:
                why = str(error)
            value = self._options.to_be_stored(normalization, raw)
        except IdentifierBlocked:
            return StoredForm(None, Form.REFUSED, f"{config.id_type} {shown(raw)} is blocked")
        except (UnknownIdentifierType, InvalidIdentifier) as error:
            return StoredForm(None, Form.REFUSED, str(error))
        return StoredForm(value, Form.DROPPED if value is None else Form.KEPT, why)

    def canonical_id(self, profile_id: str) -> ProfileId:
        """The id that a profile answers to now."""
        return self._state.profile(profile_id).id

    def aliases(self, profile_id: str) -> tuple[ProfileId, ...]:
        """The ids that were merged into a profile, earliest first (Q4)."""
        return self._state.aliases(self._state.profile(profile_id))

    def created_at(self, profile_id: str) -> Milliseconds:
        """When a profile was created; for an alias, when its survivor was (M4)."""
        return self._state.profile(profile_id).created_at

    def profiles(self) -> tuple[ProfileId, ...]:
        """The canonical ids, earliest first (Q4)."""
        return tuple(profile.id for profile in self._state.earliest_first())

    def __len__(self) -> int:
        return len(self._state.profiles)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, profile_id: object) -> bool:
        return plain_text(profile_id) in self._state.leads_to

    def __repr__(self) -> str:
        return f"<Reference: {len(self):,} profile{'' if len(self) == 1 else 's'}>"

    def fork(self) -> Self:
        """An independent store with the same state, options and rules."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._state = self._state.copy()
        other._drawn = dict(self._drawn)
        return other


def _readable_again(identifiers: Any) -> Identifiers:
    """Identifiers that may be read more than once."""
    return tuple(identifiers) if issubclass(type(identifiers), Iterator) else identifiers


def _one_of(kind: type[E], name: str, value: E | str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise InvalidSettings(name, value, " or ".join(repr(str(member)) for member in kind)) from None
