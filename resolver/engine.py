"""The engine: one store in memory, changed by commands and read by questions."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Self, TypeVar

import resolver.snapshot as snapshots
from resolver.batch import Outcomes, executed, expected
from resolver.commands import (
    AddIdentifier,
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
    InvalidCommand,
    InvalidSettings,
    InvalidSnapshot,
)
from resolver.executor import Executor
from resolver.facts import AnyFact, Outcome, SettingsApplied
from resolver.folding import enter
from resolver.ids import OwnIds
from resolver.invariants import check
from resolver.kernel.rows import CommandNumber, Moment
from resolver.kernel.tables import Tables
from resolver.names import IdType, Match, Milliseconds, OnInvalid, word_of
from resolver.outcomes import OutcomeColumns
from resolver.policies import Policies
from resolver.questions import Questions
from resolver.rules.checks import OwnNormalizer
from resolver.rules.normalization import Normalizers, check_functions
from resolver.rules.rulebook import Rulebook
from resolver.ruling import Ruling
from resolver.settings import Settings

E = TypeVar("E", OnInvalid, Match)


class Engine(Questions):
    """One store of profiles under one set of settings; nothing is matched across engines.

    *clock* gives milliseconds for commands without a time; *new_id(number, at)* gives the id of the profile that
    command creates (the default makes it from the number); *default_region* reads phone numbers without a country
    code; *on_invalid* is ``refuse``, ``drop`` or ``keep`` (N8); *match* is ``all`` or ``first`` (R2, R6);
    *normalizers* are your own, by name (N9), or a ``Normalizers``, whose region then counts, to share what it
    remembers between engines. *policies* are put in the place of those of *settings* (section 13). Raises
    ``InvalidSettings``.

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
        new_id: Callable[[int, Milliseconds], str] | None = None,
        default_region: str = "US",
        on_invalid: OnInvalid | str = OnInvalid.REFUSE,
        match: Match | str = Match.ALL,
        normalizers: Mapping[str, OwnNormalizer] | Normalizers | None = None,
        policies: Policies | None = None,
    ) -> None:
        if settings is not None and not issubclass(type(settings), Settings):
            raise InvalidSettings("", settings, "a Settings object; Settings.from_json reads a document")
        check_functions(clock=clock, newId=new_id)
        self._options(default_region, on_invalid, match, normalizers)
        tables = Tables()
        settings = (settings or Settings.defaults()).with_policies(policies)
        ruling = Ruling(tables, settings, self._rulebook_for)
        ruling.put_in_force(tables)
        super().__init__(tables, ruling, clock, None if new_id is None else OwnIds(new_id))

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

    def resolve(self, identifiers: Identifiers, at: Time = None, *, new_profile_id: str | None = None) -> Outcome:
        """Find, create or merge the profiles that identifiers belong to, then attach them (R1 to R8).

        *identifiers* maps idType -> value or list of values, or gives (idType, value) pairs. *new_profile_id* is
        the id to use if a profile is created. Raises ``InvalidIdentifier``, ``UnknownIdentifierType``,
        ``IdentifierConflict`` (R5), ``ProfileExists``, ``InvalidTime``, and ``InvalidCommand`` for what is no mapping
        or pair or no id, and for a callback that executes a command. O(1) per identifier beyond what it matches and
        merges; a merge costs the values of its profiles.

        >>> Engine().resolve({"email": ["a@example.com", "b@example.com"]}).status == "created"
        True
        """
        return self.execute(Resolve(_readable_again(identifiers), at, new_profile_id))

    def add_identifier(self, profile_id: str, id_type: IdType, value: str, at: Time = None) -> Outcome:
        """Attach one value to a profile; a unique value of another profile merges the two, or is refused (A1 to A4).

        Raises ``InvalidTime``, ``ProfileNotFound``, ``UnknownIdentifierType``, ``InvalidIdentifier``,
        ``IdentifierConflict``, checked in this order. Cost as for ``resolve``.
        """
        return self.execute(AddIdentifier(profile_id, id_type, value, at))

    def replace_identifier(self, profile_id: str, id_type: IdType, old: str, new: str, at: Time = None) -> Outcome:
        """Put *new* in the place of *old* (A5); *old* is named as stored or in any form that normalizes to it.

        Raises what ``add_identifier`` raises, and ``IdentifierNotFound``. O(values of the profile).
        """
        return self.execute(ReplaceIdentifier(profile_id, id_type, old, new, at))

    def remove_identifier(
        self, profile_id: str, id_type: IdType, at: Time = None, *, all: bool = False, value: str | None = None
    ) -> Outcome:
        """Remove the oldest value (fifo) or the most recent (lifo), all of them, or a named one (A6).

        Raises ``InvalidTime``, ``ProfileNotFound``, ``UnknownIdentifierType``, ``IdentifierNotFound``, and
        ``InvalidCommand`` for *all* together with *value*. O(values of the profile).
        """
        return self.execute(RemoveIdentifier(profile_id, id_type, at, all, value))

    def delete_profile(self, profile_id: str, at: Time = None) -> Outcome:
        """Delete a profile with its values and aliases; its identifiers are free (M7).

        Raises ``InvalidTime``, ``ProfileNotFound``. O(values and aliases).
        """
        return self.execute(DeleteProfile(profile_id, at))

    def erase(self, identifiers: Identifiers, at: Time = None, *, suppress: bool = False) -> Outcome:
        """Delete every profile that holds one of the identifiers, with its aliases; suppress these if asked (P12).

        An identifier that nobody holds is no error; none held at all is ``unchanged``. ``preview(Erase(...))`` is the
        dry run. No text of what was deleted is left in the engine. Raises ``InvalidTime``, ``UnknownIdentifierType``,
        ``InvalidIdentifier``, ``InvalidCommand``. O(values and aliases of the profiles).

        >>> engine = Engine()
        >>> ada = engine.resolve({"email": "ada@example.com", "chat": "ada"})
        >>> engine.erase({"email": ["ADA@example.com", "nobody@example.com"]}).status == "deleted", len(engine)
        (True, 0)
        """
        return self.execute(Erase(_readable_again(identifiers), at, suppress))

    def suppress(self, identifiers: Identifiers, at: Time = None) -> Outcome:
        """Refuse later commands that give one of the identifiers (``SuppressedIdentifier``); nothing is deleted (P13).

        The engine keeps their SHA-256, and no text. Raises what ``erase`` raises. O(identifiers).

        >>> engine = Engine()
        >>> engine.suppress({"email": "ada@example.com"}).facts[0].digest[:16]
        '1a37e54255468782'
        """
        return self.execute(Suppress(_readable_again(identifiers), at))

    def unsuppress(self, identifiers: Identifiers, at: Time = None) -> Outcome:
        """Let commands give the identifiers again; nothing that was deleted comes back (P13).

        Raises what ``erase`` raises. O(identifiers).
        """
        return self.execute(Unsuppress(_readable_again(identifiers), at))

    def apply_settings(self, settings: Settings, at: Time = None) -> Outcome:
        """Put settings in force for later commands, as the version after the present one (S1).

        Raises ``InvalidTime``, and ``InvalidSettings``; then the old ones stay. O(1), and O(store) where there are
        fuzzy types or compound rules, whose indexes are built anew.
        """
        return self.execute(ApplySettings(settings, at))

    def execute_many(self, commands: Iterable[Command]) -> Outcomes:
        """Execute commands in order, as ``execute`` would one by one, and return their outcomes.

        Facts, ids, numbers and errors are the same to the byte; it costs less. The outcomes are a sequence whose
        objects are made when they are looked at. Each says what was true when its command was executed, whatever the
        engine has done since.

        The first command that is refused ends the batch: those before it stand, those after it are not executed, and
        its error is raised. ``error.outcomes`` has the outcomes of those before it; their number is its index, which a
        note on the error tells too. The same holds for whatever else may end a batch: an error of *commands*, of a
        callback, Ctrl-C. *commands* are taken one at a time, so an iterator may use the engine between two of them. A
        batch of none is executed, and has no outcomes. ``InvalidCommand`` for what is no iterable.

        >>> engine = Engine()
        >>> two = engine.execute_many([Resolve({"chat": "ada"}), Resolve({"chat": "bob"})])
        >>> [str(outcome.status) for outcome in two], len(engine)
        (['created', 'created'], 2)
        """
        return executed(commands, OutcomeColumns(self._tables, expected(commands)), self._execute_some, self._settle)

    # Whole engines

    def fork(self) -> "Engine":
        """An independent engine with the same state, options and position.

        O(identifiers), with a small constant: columns are copied as blocks.
        """
        self._settled_ruling()
        other = Engine.__new__(type(self))
        other._options(self._normalizers.region, self._on_invalid, self._match, self._normalizers)
        tables = self._tables.copy()
        ids = None if self._ids is None else self._ids.copy()
        Executor.__init__(other, tables, self._ruling.over(tables, other._rulebook_for), self._clock, ids)
        return other

    def __copy__(self) -> "Engine":
        return self.fork()

    def __deepcopy__(self, memo: dict[int, object]) -> "Engine":
        return self.fork()

    def __reduce__(self) -> tuple[Callable[[bytes], Self], tuple[bytes]]:
        # A pickle is the snapshot, and the caller's own functions by their names.
        clock, own, ids = self._clock, self._normalizers.own, self._ids
        new_id = None if ids is None else ids.new_id
        for name, function in (("clock", clock), ("new_id", new_id), *own.items()):
            _check_pickles(name, function)
        return partial(type(self).restore, clock=clock, new_id=new_id, normalizers=own), (self.snapshot(),)

    def __repr__(self) -> str:
        count = len(self)
        return f"<Engine: {count:,} profile{'' if count == 1 else 's'}>"

    def snapshot(self) -> bytes:
        """Return the engine as bytes for ``Engine.restore``. Equal engines give equal bytes. O(values held)."""
        self._settled_ruling()
        return snapshots.encode(
            self._tables,
            self._ruling,
            default_region=self._normalizers.region,
            on_invalid=self._on_invalid,
            match=self._match,
        )

    @classmethod
    def restore(
        cls,
        snapshot: bytes,
        *,
        clock: Callable[[], Milliseconds] | None = None,
        new_id: Callable[[int, Milliseconds], str] | None = None,
        normalizers: Mapping[str, OwnNormalizer] | None = None,
    ) -> Self:
        """Return the engine that a snapshot was taken of.

        Raises ``InvalidSnapshot`` for damaged or foreign bytes, or when a normalizer is missing, ``InvalidSettings``
        for a function that is none; warns
        (``OtherVersions``) where a library that decides results has another version now. O(values held).

        >>> engine = Engine()
        >>> ada = engine.resolve({"email": "ada@example.com"}).profile_id
        >>> Engine.restore(engine.snapshot()).identifiers(ada)
        {'email': ('ada@example.com',)}
        """
        check_functions(clock=clock, newId=new_id)
        document = snapshots.decode(snapshot)
        engine = cls.__new__(cls)
        try:
            engine._options(document.default_region, document.on_invalid, document.match, normalizers)
        except InvalidSettings as error:
            if error.path != "defaultRegion":
                raise
            raise InvalidSnapshot(f"the snapshot needs the region {error.value!r} that is not known here") from error
        tables, ruling = snapshots.restored(document, engine._rulebook_for, set(engine._normalizers.own))
        Executor.__init__(engine, tables, ruling, clock, None if new_id is None else OwnIds(new_id))
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
        self._settled_ruling()
        for fact in facts:
            if fact.command < self._tables.number:
                raise InvalidCommand(f"a fact of command {fact.command} comes after command {self._tables.number}")
            if isinstance(fact, SettingsApplied):
                self._put_in_force(fact.settings, CommandNumber(fact.command), Moment(fact.at))
                continue
            self._start()
            enter(self._tables, self._scratch, self._ruling, fact)
            self._forget()

    def _check(self) -> None:
        """Check every invariant of the state. O(everything); for tests, never for production."""
        self._settled_ruling()
        check(self._tables, self._scratch, self._ruling)


def _readable_again(identifiers: Any) -> Identifiers:
    """Identifiers that may be read more than once."""
    return tuple(identifiers) if issubclass(type(identifiers), Iterator) else identifiers


def _check_pickles(name: str, function: object) -> None:
    try:
        pickle.dumps(function)
    except Exception as error:  # whatever a class raises that does not know how
        raise pickle.PicklingError(
            f"an engine is pickled with its {name}, and {function!r} cannot be; expected a function defined at the top "
            "of a module, or Engine.restore(engine.snapshot(), ...) with the function given anew"
        ) from error


def _one_of(kind: type[E], name: str, value: E | str) -> E:
    word = word_of(kind, value)
    if word is None:
        raise InvalidSettings(name, value, " or ".join(repr(str(member)) for member in kind))
    return word
