"""The executor: texts in, outcomes out; between them the kernel, which knows integers only.

A command passes through four steps. Its time and its identifiers are read; everything that calls a user's function
(a clock, a normalizer, an id factory, a time zone) happens here, before anything changes. The kernel matches. It
carries the command out, which can be taken back (``resolver.kernel.undo``). What it left behind becomes the outcome.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn

import attrs

from resolver.callbacks import OwnIds, executed_a_command
from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
)
from resolver.errors import (
    IdentifierConflict,
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    InvalidSettings,
    ProfileExists,
    nothing_free,
    profile_not_found,
    safe_repr,
    unknown_identifier_type,
)
from resolver.facts import IdentifierRefused, Outcome, ProfileDeleted, SettingsApplied
from resolver.kernel import codes
from resolver.kernel.edit import aliases, delete, remove, replace
from resolver.kernel.matching import match
from resolver.kernel.profile_lists import outermost
from resolver.kernel.resolve import attach, first_other_holder, resolve, would_hold_something
from resolver.kernel.tables import Tables, holders, holds, root
from resolver.kernel.undo import advance, begin, finish, release, take_back
from resolver.moments import milliseconds
from resolver.names import IdType, Milliseconds, ProfileId, RefusalReason, Status
from resolver.outcomes import facts_of
from resolver.profiles import free_id, give_id, id_of, ids_of, is_used, row_of
from resolver.reading import Reader
from resolver.ruling import Ruling
from resolver.settings import Settings

_NUMBERS = 1 << 63
"""Command numbers are below this: facts and snapshots hold integers of 64 bits."""

_FAR = 1 << 62
"""Integers nearer to 0 need no further check to be a time."""

# Bound once: reading a member of an enumeration costs as much as creating two facts.
STATUS = (Status.UNCHANGED, Status.UPDATED, Status.MERGED, Status.CREATED)
UNCHANGED = Status.UNCHANGED
INVALID, LIMIT = RefusalReason.INVALID, RefusalReason.LIMIT


class Executor(Reader):
    """Executes commands on one store and previews them; ``Engine`` adds all else that is asked of a store."""

    __slots__ = ("_clock", "_ids", "_next_ruling")

    def __init__(
        self, tables: Tables, ruling: Ruling, clock: Callable[[], Milliseconds] | None, ids: OwnIds | None
    ) -> None:
        super().__init__(tables, ruling)
        self._next_ruling: Ruling | None = None
        """The settings that a command is putting in force."""
        self._clock = clock
        self._ids = ids

    def execute(self, command: AnyCommand, *, number: int | None = None) -> Outcome:
        """Execute a command and return what it did.

        *number* is its place in its history, larger than all before it; left out, the last + 1. A refused
        command takes none. Raises and costs what the engine's method of the command's name does; ``InvalidCommand`` for
        what is no command, and for a number that is not larger.
        """
        if self._scratch.phase != codes.IDLE:
            self._recover()
        number = self._tables.number + 1 if number is None else self._later(number)
        if type(command) is not Resolve:
            return self._perform(command, number, False)
        at = command.at
        if type(at) is not int or not -_FAR < at < _FAR:
            at = self._time(at)
        return self._resolve(command, at, number, False)

    def preview(self, command: AnyCommand) -> Outcome:
        """The outcome that ``execute`` would give now, new id included; nothing is changed.

        Raises what ``execute`` would raise: ``InvalidCommand`` for what is no command, and all errors of its method.
        """
        if self._scratch.phase != codes.IDLE:
            self._recover()
        return self._perform(command, self._tables.number + 1, True)

    def _perform(self, command: AnyCommand, number: int, is_preview: bool) -> Outcome:
        """Execute or preview a command of any kind."""
        if type(command) is Resolve:
            return self._resolve(command, self._time(command.at), number, is_preview)
        perform = _OTHERS.get(type(command))
        if perform is None:
            raise InvalidCommand(f"{safe_repr(command)} is not a command; expected one of the six command classes")
        at = self._time(command.at)
        outcome: Outcome = perform(self, command, at, number, is_preview)
        return outcome

    def _recover(self) -> None:
        """End a command that was interrupted: take it back, or finish what it began to free."""
        if self._scratch.phase == codes.CHANGING:
            self._next_ruling = None
            take_back(self._tables, self._scratch)
        elif self._scratch.phase == codes.RELEASING:
            if self._next_ruling is not None:
                self._rule(self._next_ruling)
            release(self._tables, self._scratch)

    def _later(self, number: object) -> int:
        last = self._tables.number
        if type(number) is not int or not last < number < _NUMBERS:
            raise InvalidCommand(
                f"command number {safe_repr(number)} is not right; expected an integer of 64 bits larger than {last}"
            )
        return number

    def _time(self, at: object) -> Milliseconds:
        """A command's time; the last command's, or the clock's, where it has none (section 11)."""
        number = self._tables.number
        if at is None:
            at = self._tables.at if self._clock is None else self._clock()
        time = milliseconds(at)
        if self._tables.number != number:
            raise executed_a_command()
        return time

    # Resolve

    def _resolve(self, command: Resolve, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        t, s, r = self._tables, self._scratch, self._ruling.rules
        last = t.number
        s.stamp += 1
        stamp = s.stamp
        self._read(command.identifiers)
        if t.number != last or s.stamp != stamp:
            raise executed_a_command()
        own_id: ProfileId | None = None
        if match(t, s, r) == 0:
            if s.n_new < s.n_given and not would_hold_something(t, s, r):
                raise self._nothing_free(s.given[0])
            if command.new_profile_id is not None or self._ids is not None or t.rows_of_ids:
                own_id = self._new_id(command.new_profile_id, number, at, stamp)
        elif s.holds_all:
            outcome = Outcome(UNCHANGED, id_of(t, s.found[0]), self._dropped(number, at) if s.dropped else ())
            if not is_preview:
                advance(t, s, number, at)
            return outcome
        begin(t, s)
        try:
            profile = resolve(t, s, r, at, number)
            if own_id is not None:
                give_id(t, profile, own_id)
            return self._end(profile, at, number, is_preview)
        except BaseException:
            self._recover()
            raise

    def _end(self, profile: int, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        """The outcome of what the kernel did, which stands from now on, or is taken back if it is a preview."""
        t, s = self._tables, self._scratch
        profile_id = id_of(t, profile)
        facts = facts_of(t, s, self._ruling, number, at, profile, profile_id)
        if s.dropped:
            facts = (*self._dropped(number, at), *facts)
        outcome = Outcome(STATUS[s.status], profile_id, facts)
        if is_preview:
            take_back(t, s)
        else:
            finish(t, s, number, at)
        return outcome

    def _new_id(self, wanted: ProfileId | None, number: int, at: Milliseconds, stamp: int) -> ProfileId | None:
        """The id of a new profile; None: that of its number."""
        t = self._tables
        if wanted is not None:
            if not isinstance(wanted, str) or not wanted:
                raise InvalidCommand(f"new_profile_id {safe_repr(wanted)} is not an id; expected a non-empty string")
            if is_used(t, str.__str__(wanted)):
                raise ProfileExists(f"profile id {wanted!r} was used before; expected one that never was")
            return str.__str__(wanted)
        if self._ids is None:
            return free_id(t, number)
        last = t.number
        profile_id: ProfileId = self._ids.draw(number, at)
        if t.number != last or self._scratch.stamp != stamp:
            raise executed_a_command()
        self._ids.keep(number, at, profile_id, is_used(t, profile_id))
        return profile_id

    def _nothing_free(self, value: int) -> IdentifierConflict:
        """The error for a new profile that would hold nothing, with the first of its identifiers (R5)."""
        t = self._tables
        return nothing_free(self._ruling.names[t.kind[value]], t.text[value], id_of(t, holders(t, value)[0]))

    # The other commands

    def _add(self, command: AddIdentifier, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        t, s = self._tables, self._scratch
        profile = self._profile(command.profile_id)
        value = self._read_one(self._type(command.id_type), command.value)
        if value < 0:
            return self._left_out(profile, at, number, is_preview)
        if holds(t, profile, value):
            return self._unchanged(profile, at, number, is_preview)
        begin(t, s)
        try:
            after = attach(t, s, self._ruling.rules, profile, value, at, number)
            if after < 0:
                self._refuse(profile, value)
            return self._end(after, at, number, is_preview)
        except BaseException:
            self._recover()
            raise

    def _replace(self, command: ReplaceIdentifier, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        """A5. A refusal leaves everything as it was, though the old value leaves first."""
        t, s = self._tables, self._scratch
        profile = self._profile(command.profile_id)
        table = self._type(command.id_type)
        new = self._read_one(table, command.new)
        if new < 0:
            return self._left_out(profile, at, number, is_preview)
        last, stamp = t.number, s.stamp
        old = self._stored(profile, table.number, table.id_type, command.old)
        if t.number != last or s.stamp != stamp:
            raise executed_a_command()
        if old == new:
            return self._unchanged(profile, at, number, is_preview)
        begin(t, s)
        try:
            after = replace(t, s, self._ruling.rules, profile, old, new, at, number)
            if after < 0:
                self._refuse(profile, new)
            if s.fact[s.n_facts - 1] != codes.FULL:
                return self._end(after, at, number, is_preview)
            text = t.text[new]
            take_back(t, s)
        except BaseException:
            self._recover()
            raise
        profile_id = id_of(t, profile)
        outcome = Outcome(
            UNCHANGED, profile_id, (IdentifierRefused(number, at, profile_id, table.id_type, text, LIMIT),)
        )
        if not is_preview:
            advance(t, s, number, at)
        return outcome

    def _remove(self, command: RemoveIdentifier, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        t, s = self._tables, self._scratch
        self._start()
        profile = self._profile(command.profile_id)
        id_type, kind = self._known(command.id_type)
        if type(command.all) is not bool:
            raise InvalidCommand(f"all={safe_repr(command.all)} is not right; expected True or False")
        if command.all and command.value is not None:
            raise InvalidCommand("all=True and value= exclude each other; give one of them")
        value = codes.NOBODY
        if command.value is not None:
            last, stamp = t.number, s.stamp
            value = self._stored(profile, kind, id_type, command.value)
            if t.number != last or s.stamp != stamp:
                raise executed_a_command()
        elif kind < 0 or outermost(t, profile, kind, True) < 0:
            raise IdentifierNotFound(f"profile {id_of(t, profile)!r} holds no {id_type!r}")
        begin(t, s)
        try:
            remove(t, s, self._ruling.rules, profile, kind, value, command.all)
            return self._end(profile, at, number, is_preview)
        except BaseException:
            self._recover()
            raise

    def _delete(self, command: DeleteProfile, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        t, s = self._tables, self._scratch
        self._start()
        profile = self._profile(command.profile_id)
        profile_id = id_of(t, profile)
        fact = ProfileDeleted(number, at, profile_id, ids_of(t, aliases(t, profile)))
        outcome = Outcome(Status.DELETED, profile_id, (fact,))
        if not is_preview:
            begin(t, s)
            try:
                delete(t, s, profile)
                finish(t, s, number, at)
            except BaseException:
                self._recover()
                raise
        return outcome

    def _apply_settings(self, command: ApplySettings, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        if not isinstance(command.settings, Settings):
            raise InvalidSettings("", command.settings, "a Settings object; Settings.from_json reads a document")
        ruling = self._ruling
        ruling.book.normalizers.check(command.settings)
        settings = attrs.evolve(command.settings, version=ruling.book.settings.version + 1)
        outcome = Outcome(Status.SETTINGS, None, (SettingsApplied(number, at, settings),))
        if not is_preview:
            self._put_in_force(settings, number, at)
        return outcome

    def _put_in_force(self, settings: Settings, number: int, at: Milliseconds) -> None:
        """Make settings those in force (S1): all that may fail comes first."""
        t, s = self._tables, self._scratch
        self._start()
        ruling = self._ruling.followed_by(t, settings)
        begin(t, s)
        try:
            self._next_ruling = ruling
            s.next_number, s.next_at = number, at
            s.phase = codes.RELEASING
            self._rule(ruling)
            release(t, s)
        except BaseException:
            self._recover()
            raise

    def _rule(self, ruling: Ruling) -> None:
        """Put the next settings in force; the same when it is begun again."""
        ruling.put_in_force(self._tables)
        self._ruling = ruling
        self._next_ruling = None

    # What the other commands name

    def _profile(self, profile_id: object) -> int:
        """The living profile that a command names, by its id or an alias (A1, A7)."""
        profile = row_of(self._tables, str.__str__(profile_id)) if isinstance(profile_id, str) else codes.NOBODY
        if profile >= 0:
            profile = root(self._tables, profile)
        if profile < 0:
            raise profile_not_found(profile_id)
        return profile

    def _known(self, id_type: object) -> tuple[IdType, int]:
        """The name and number of an idType that is configured, or of which a profile holds a value (A7, S2)."""
        if isinstance(id_type, str):
            name = str.__str__(id_type)
            number = self._ruling.numbers.get(name, codes.NOBODY)
            if number >= 0 and (name in self._ruling.types or self._tables.index[number]):
                return name, number
        raise unknown_identifier_type(id_type, self._ruling.book.types)

    def _stored(self, profile: int, kind: int, id_type: IdType, text: object) -> int:
        """The value on a profile that a text names: as given first, then normalized (A8)."""
        t = self._tables
        if isinstance(text, str):
            text = str.__str__(text)
            value = t.index[kind].get(text, codes.NOBODY)
            if value >= 0 and holds(t, profile, value):
                return value
            table = self._ruling.types.get(id_type)
            if table is not None:
                try:
                    value = t.index[kind].get(table.normalize(text), codes.NOBODY)
                except InvalidIdentifier:
                    value = codes.NOBODY
                if value >= 0 and holds(t, profile, value):
                    return value
        raise IdentifierNotFound(f"profile {id_of(t, profile)!r} does not hold {id_type} {safe_repr(text)}")

    # How the other commands end

    def _unchanged(self, profile: int, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        outcome = Outcome(UNCHANGED, id_of(self._tables, profile))
        if not is_preview:
            advance(self._tables, self._scratch, number, at)
        return outcome

    def _left_out(self, profile: int, at: Milliseconds, number: int, is_preview: bool) -> Outcome:
        """The outcome of a command whose value could not be read and is dropped (N8)."""
        profile_id = id_of(self._tables, profile)
        outcome = Outcome(UNCHANGED, profile_id, self._dropped(number, at, profile_id))
        if not is_preview:
            advance(self._tables, self._scratch, number, at)
        return outcome

    def _refuse(self, profile: int, value: int) -> NoReturn:
        """Raise the error for a value of another profile, which no rule lets merge (A3)."""
        t = self._tables
        id_type, text = self._ruling.names[t.kind[value]], t.text[value]
        owner = id_of(t, first_other_holder(t, profile, value))
        raise IdentifierConflict(
            f"{id_type} {text!r} belongs to profile {owner!r}, and no matching rule on {id_type!r} lets the two merge",
            id_type=id_type,
            value=text,
            owner=owner,
        )


_OTHERS: Mapping[type, Callable[..., Outcome]] = {
    AddIdentifier: Executor._add,
    ReplaceIdentifier: Executor._replace,
    RemoveIdentifier: Executor._remove,
    DeleteProfile: Executor._delete,
    ApplySettings: Executor._apply_settings,
}
