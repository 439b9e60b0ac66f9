"""The engine: one store in memory, changed by commands and read by questions."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Self, TypeVar

import msgspec

import resolver.snapshot as snapshots
from resolver.callbacks import OwnIds
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
from resolver.errors import (
    InvalidCommand,
    InvalidSettings,
    InvalidSnapshot,
    profile_not_found,
    unknown_identifier_type,
)
from resolver.executor import Executor
from resolver.facts import AnyFact, Outcome
from resolver.names import IdType, Match, Milliseconds, OnInvalid, ProfileId, Value
from resolver.rules.checks import OwnNormalizer
from resolver.rules.normalization import Normalizers
from resolver.rules.rulebook import Rulebook
from resolver.settings import Settings
from resolver.state.store import State
from resolver.structures.held import WIDTH, entries
from resolver.structures.record import HEAD, HELD, Record, id_of

E = TypeVar("E", OnInvalid, Match)


class Lookup(msgspec.Struct, frozen=True, gc=False):
    """The answer to a look-up: the value that was searched, and who holds it, earliest first (Q3)."""

    normalized_value: Value
    profile_ids: tuple[ProfileId, ...]


class Engine(Executor):
    """One store of profiles under one set of settings; nothing is matched across engines.

    *clock* gives milliseconds for commands without a time; *new_id(number, at)* gives the id of the profile that
    command creates (the default makes it from the number); *default_region* reads phone numbers without a country
    code; *on_invalid* is ``refuse``, ``drop`` or ``keep`` (N8); *match* is ``all`` or ``first`` (R2, R6);
    *normalizers* are your own, by name (N9), or a ``Normalizers``, whose region then counts, to share what it
    remembers between engines. Raises ``InvalidSettings``.

    A command that raises changed nothing (I7). Not safe for use from several threads at once. A pickle of an engine is
    its snapshot with the names of *clock*, *new_id* and *normalizers*; ``pickle.PicklingError`` where one of them is no
    function that can be imported. ``copy.copy`` and ``copy.deepcopy`` fork.

    >>> engine = Engine()
    >>> ada = engine.resolve({"email": "Ada@Example.com"}, at=1_000)
    >>> call = engine.resolve({"phone": "(317) 555-6789"}, at=2_000)
    >>> engine.add_identifier(call.profile_id, "email", "ada@example.com", at=3_000).status == "merged"
    True
    >>> engine.identifiers(call.profile_id)
    {'email': ('ada@example.com',), 'phone': ('+13175556789',)}
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Callable[[], Milliseconds] | None = None,
        new_id: Callable[[int, Milliseconds], ProfileId] | None = None,
        default_region: str = "US",
        on_invalid: OnInvalid | str = OnInvalid.REFUSE,
        match: Match | str = Match.ALL,
        normalizers: Mapping[str, OwnNormalizer] | Normalizers | None = None,
    ) -> None:
        if settings is not None and not isinstance(settings, Settings):
            raise InvalidSettings("", settings, "a Settings object; Settings.from_json reads a document")
        self._options(default_region, on_invalid, match, normalizers)
        super().__init__(State(settings or Settings.defaults(), self._rulebook_for, new_id and OwnIds(new_id)), clock)

    def _options(
        self,
        default_region: str,
        on_invalid: OnInvalid | str,
        match: Match | str,
        normalizers: Mapping[str, OwnNormalizer] | Normalizers | None,
    ) -> None:
        self._on_invalid = _one_of(OnInvalid, "onInvalid", on_invalid)
        self._match = _one_of(Match, "match", match)
        if not isinstance(normalizers, Normalizers):
            normalizers = Normalizers(default_region, normalizers)
        self._normalizers = normalizers
        self._rulebook_for = partial(Rulebook, normalizers=normalizers, on_invalid=self._on_invalid, match=self._match)

    # Commands

    def resolve(self, identifiers: Identifiers, at: Time = None, *, new_profile_id: ProfileId | None = None) -> Outcome:
        """Find, create or merge the profiles that identifiers belong to, then attach them (R1 to R8).

        *identifiers* maps idType -> value or list of values, or gives (idType, value) pairs. *new_profile_id* is
        the id to use if a profile is created. Raises ``InvalidIdentifier``, ``UnknownIdentifierType``,
        ``IdentifierConflict`` (R5), ``ProfileExists``, ``InvalidTime``, and ``InvalidCommand`` for what is no mapping
        or pair or no id, and for a callback that executes a command. O(1) per identifier beyond what it matches and
        merges; a merge costs the values of its profiles.

        >>> Engine().resolve({"email": ["a@example.com", "b@example.com"]}).status == "created"
        True
        """
        if isinstance(identifiers, Iterator):
            identifiers = tuple(identifiers)
        return self.execute(Resolve(identifiers, at, new_profile_id))

    def add_identifier(self, profile_id: ProfileId, id_type: IdType, value: str, at: Time = None) -> Outcome:
        """Attach one value to a profile; a unique value of another profile merges the two, or is refused (A1 to A4).

        Raises ``InvalidTime``, ``ProfileNotFound``, ``UnknownIdentifierType``, ``InvalidIdentifier``,
        ``IdentifierConflict``, checked in this order. Cost as for ``resolve``.
        """
        return self.execute(AddIdentifier(profile_id, id_type, value, at))

    def replace_identifier(
        self, profile_id: ProfileId, id_type: IdType, old: str, new: str, at: Time = None
    ) -> Outcome:
        """Put *new* in the place of *old* (A5); *old* is named as stored or in any form that normalizes to it.

        Raises what ``add_identifier`` raises, and ``IdentifierNotFound``. O(values of the profile).
        """
        return self.execute(ReplaceIdentifier(profile_id, id_type, old, new, at))

    def remove_identifier(
        self, profile_id: ProfileId, id_type: IdType, at: Time = None, *, all: bool = False, value: str | None = None
    ) -> Outcome:
        """Remove the oldest value (fifo) or the most recent (lifo), all of them, or a named one (A6).

        Raises ``InvalidTime``, ``ProfileNotFound``, ``UnknownIdentifierType``, ``IdentifierNotFound``, and
        ``InvalidCommand`` for *all* together with *value*. O(values of the profile).
        """
        return self.execute(RemoveIdentifier(profile_id, id_type, at, all, value))

    def delete_profile(self, profile_id: ProfileId, at: Time = None) -> Outcome:
        """Delete a profile with its values and aliases; its identifiers are free (M7).

        Raises ``InvalidTime``, ``ProfileNotFound``. O(values and aliases).
        """
        return self.execute(DeleteProfile(profile_id, at))

    def apply_settings(self, settings: Settings, at: Time = None) -> Outcome:
        """Put settings in force for later commands, as the version after the present one (S1).

        Raises ``InvalidTime``, and ``InvalidSettings``; then the old ones stay. O(1), and O(store) where there are
        fuzzy types or compound rules, whose indexes are built anew.
        """
        return self.execute(ApplySettings(settings, at))

    # Questions

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._state.book.settings

    def identifiers(self, profile_id: ProfileId) -> dict[IdType, tuple[Value, ...]]:
        """Return all values of a profile: types in rule order, values oldest first (Q1, Q2).

        Raises ``ProfileNotFound``. O(values).
        """
        values: dict[IdType, list[Value]] = {}
        for id_type, _, _, value in entries(self._named(profile_id)[HELD]):
            values.setdefault(id_type, []).append(value)
        return {id_type: tuple(values[id_type]) for id_type in self._state.book.listed(list(values))}

    def values(self, profile_id: ProfileId, id_type: IdType) -> tuple[Value, ...]:
        """Return the values of one idType, oldest first; empty if there are none (Q1).

        Raises ``ProfileNotFound``, ``UnknownIdentifierType``. O(values of the profile).
        """
        return tuple(value for value, _ in self.history_of(profile_id, id_type))

    def history_of(self, profile_id: ProfileId, id_type: IdType) -> tuple[tuple[Value, Milliseconds], ...]:
        """Return (value, time added) of one idType, oldest first.

        Raises ``ProfileNotFound``, ``UnknownIdentifierType``. O(values of the profile).
        """
        record = self._named(profile_id)
        self._known(id_type)
        return tuple((value, at) for kind, at, _, value in entries(record[HELD]) if kind == id_type)

    def lookup(self, id_type: IdType, value: str) -> Lookup:
        """Give the normalized value and the canonical ids that hold exactly it, earliest first (Q3, A8).

        No holder is an empty answer. Raises ``UnknownIdentifierType``, ``InvalidIdentifier``. O(1), and
        O(n log n) in the holders of a non-unique value.

        >>> Engine().lookup("phone", "1-317-555-6789")
        Lookup(normalized_value='+13175556789', profile_ids=())
        """
        state = self._state
        self._known(id_type)
        rules = state.book.types.get(id_type)
        normalize = self._normalizers.named("none") if rules is None else rules.normalize
        stored = isinstance(value, str) and state.stores(id_type, value)
        value = str.__str__(value) if stored else normalize(value)
        return Lookup(value, tuple(state.owners(id_type, value)))

    def canonical_id(self, profile_id: ProfileId) -> ProfileId:
        """Return the id that a profile answers to now. Raises ``ProfileNotFound``. O(1)."""
        return id_of(self._named(profile_id))

    def aliases(self, profile_id: ProfileId) -> tuple[ProfileId, ...]:
        """Return the ids that were merged into a profile, earliest first (Q4).

        Raises ``ProfileNotFound``. O(n log n) in their number.
        """
        return self._state.merges.aliases(id_of(self._named(profile_id)))

    def created_at(self, profile_id: ProfileId) -> Milliseconds:
        """Return when a profile was created; for an alias, when its survivor was (M4).

        Raises ``ProfileNotFound``. O(1).
        """
        created_at: Milliseconds = self._named(profile_id)[0]
        return created_at

    def profiles(self) -> tuple[ProfileId, ...]:
        """Give the canonical ids, earliest first (Q4). O(n log n) at worst, O(n) where times ascend."""
        return tuple(map(id_of, sorted(self._state.profiles.values())))

    def __len__(self) -> int:
        return len(self._state.profiles)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, profile_id: object) -> bool:
        return isinstance(profile_id, str) and self._state.record(profile_id) is not None

    def _named(self, profile_id: ProfileId) -> Record:
        record = self._state.record(profile_id) if isinstance(profile_id, str) else None
        if record is None:
            raise profile_not_found(profile_id)
        return record

    def _known(self, id_type: IdType) -> None:
        if not isinstance(id_type, str) or not self._state.knows(id_type):
            raise unknown_identifier_type(id_type, self._state.book.types)

    # Whole engines

    def fork(self) -> "Engine":
        """Give an independent engine with the same state, options and position.

        Copies indexes, not profiles: those are never changed, only replaced. O(identifiers), with a small constant.
        """
        other = Engine.__new__(type(self))
        other._options(self._normalizers.region, self._on_invalid, self._match, self._normalizers)
        Executor.__init__(other, self._state.fork(other._rulebook_for), self._clock)
        return other

    def __copy__(self) -> "Engine":
        return self.fork()

    def __deepcopy__(self, memo: dict[int, object]) -> "Engine":
        return self.fork()

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        # A pickle is the snapshot, and the caller's own functions by their names.
        clock, own, ids = self._clock, self._normalizers.own, self._state.ids
        new_id = None if ids is None else ids.new_id
        for name, function in (("clock", clock), ("new_id", new_id), *own.items()):
            _check_pickles(name, function)
        return partial(type(self).restore, clock=clock, new_id=new_id, normalizers=own), (self.snapshot(),)

    def __repr__(self) -> str:
        count = len(self)
        return f"<Engine: {count:,} profile{'' if count == 1 else 's'}>"

    def snapshot(self) -> bytes:
        """Give the engine as bytes for ``Engine.restore``. Equal engines give equal bytes. O(values held)."""
        return snapshots.encode(
            self._state, default_region=self._normalizers.region, on_invalid=self._on_invalid, match=self._match
        )

    @classmethod
    def restore(
        cls,
        snapshot: bytes,
        *,
        clock: Callable[[], Milliseconds] | None = None,
        new_id: Callable[[int, Milliseconds], ProfileId] | None = None,
        normalizers: Mapping[str, OwnNormalizer] | None = None,
    ) -> Self:
        """Give the engine that a snapshot was taken of.

        Raises ``InvalidSnapshot`` for damaged or foreign bytes, or when a normalizer is missing, ``InvalidSettings``
        for a normalizer that is none; warns
        (``OtherVersions``) where a library that decides results has another version now. O(values held).

        >>> engine = Engine()
        >>> ada = engine.resolve({"email": "ada@example.com"}).profile_id
        >>> Engine.restore(engine.snapshot()).identifiers(ada)
        {'email': ('ada@example.com',)}
        """
        document = snapshots.decode(snapshot)
        engine = cls.__new__(cls)
        try:
            engine._options(document.default_region, document.on_invalid, document.match, normalizers)
        except InvalidSettings as error:
            if error.path != "defaultRegion":
                raise
            raise InvalidSnapshot(f"the snapshot needs the region {error.value!r} that is not known here") from error
        ids = new_id and OwnIds(new_id)
        state = snapshots.restored_state(document, engine._rulebook_for, set(engine._normalizers.own), ids)
        Executor.__init__(engine, state, clock)
        return engine

    def fold(self, facts: Iterable[AnyFact]) -> None:
        """Make recorded facts true without deciding anything: the way back from a journal (I6).

        The engine must be where it was before the first of them: new, or restored. The position moves to the
        last fact's command; later commands that had no facts leave no trace, neither number nor time, so give
        ``execute`` its number where that matters. Facts are trusted, but for their order: ``InvalidCommand`` for one
        of a command that is behind the position.

        >>> engine, copy = Engine(), Engine()
        >>> copy.fold(engine.resolve({"email": "ada@example.com"}, at=5).facts)
        >>> copy.snapshot() == engine.snapshot()
        True
        """
        for fact in facts:
            if fact.command < self._state.number:
                raise InvalidCommand(f"a fact of command {fact.command} comes after command {self._state.number}")
            self._state.apply((fact,))
            self._state.number, self._state.at = fact.command, fact.at

    def _sizes(self) -> list[int]:
        """Give how many values each profile holds, in no order that means anything; for totals. O(profiles)."""
        return [(len(record) - HEAD) // WIDTH for record in self._state.profiles.values()]

    def _check(self) -> None:
        """Check every invariant of the state. O(everything); for tests, never for production."""
        self._state._check()


def _check_pickles(name: str, function: object) -> None:
    try:
        pickle.dumps(function)
    except Exception as error:  # whatever a class raises that does not know how
        raise pickle.PicklingError(
            f"an engine is pickled with its {name}, and {function!r} cannot be; expected a function defined at the top "
            "of a module, or Engine.restore(engine.snapshot(), ...) with the function given anew"
        ) from error


def _one_of(kind: type[E], name: str, value: E | str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise InvalidSettings(name, value, " or ".join(repr(str(member)) for member in kind)) from None
