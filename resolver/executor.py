"""The executor: texts in, outcomes out; between them the kernel, which knows integers only.

A command passes through four steps. Its time and its identifiers are read; everything that calls a user's function
(a clock, a normalizer, an id factory, a time zone) happens here, before anything changes. The kernel matches. It
carries the command out, which can be taken back (``resolver.kernel.undo``). What it left behind becomes the outcome;
then the command is finished, or taken back if it is a preview.
"""

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from resolver.commands import (
    AddIdentifier,
    AnyCommand,
    ApplySettings,
    DeleteProfile,
    Erase,
    RemoveIdentifier,
    ReplaceIdentifier,
    Resolve,
    Suppress,
    Unsuppress,
    milliseconds,
)
from resolver.editing import Editor
from resolver.errors import (
    IdentifierConflict,
    InvalidCommand,
    InvalidSettings,
    ProfileExists,
    executed_a_command,
    nothing_fits,
    nothing_free,
    safe_repr,
)
from resolver.facts import Outcome, SettingsApplied
from resolver.ids import OwnIds
from resolver.kernel import codes, rows
from resolver.kernel.matching import match
from resolver.kernel.resolve import resolve, would_hold_something
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, ValueRow
from resolver.kernel.tables import Tables, holders
from resolver.kernel.undo import begin, finish, release, take_back
from resolver.names import Milliseconds, ProfileId, Status, plain_text
from resolver.outcomes import IS_SETTINGS, STATUS, OutcomeColumns, facts_of
from resolver.profiles import free_id, give_id, id_of, is_used
from resolver.reading import NO_FACTS
from resolver.ruling import Ruling
from resolver.settings import Settings

_NUMBERS = 1 << 63
"""Command numbers are below this: facts and snapshots hold integers of 64 bits."""


class Executor(Editor):
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
        t, s = self._tables, self._scratch
        if s.phase != codes.IDLE:
            self._recover()
        following: Any = t.number + 1
        place: CommandNumber = following if number is None else self._later(number)
        is_resolve = type(command) is Resolve
        at = self._time_of(command, is_resolve)
        if not is_resolve and type(command) is ApplySettings:
            settings = self._next_settings(command)
            outcome = Outcome(Status.SETTINGS, None, (SettingsApplied(place, at, settings),))
            self._put_in_force(settings, place, at)
            return outcome
        try:
            profile = self._resolve(command, at, place) if type(command) is Resolve else self._edit(command, at, place)
            outcome = self._outcome(profile, at, place)
            finish(t, s, place, at)
            if s.forgotten:
                self._forget()
        except BaseException:
            self._recover()
            raise
        return outcome

    def preview(self, command: AnyCommand) -> Outcome:
        """The outcome that ``execute`` would give now, new id included; nothing is changed.

        Raises what ``execute`` would raise: ``InvalidCommand`` for what is no command, and all errors of its method.
        """
        if self._scratch.phase != codes.IDLE:
            self._recover()
        number = rows.CommandNumber(self._tables.number + 1)
        is_resolve = type(command) is Resolve
        at = self._time_of(command, is_resolve)
        if type(command) is ApplySettings:
            return Outcome(Status.SETTINGS, None, (SettingsApplied(number, at, self._next_settings(command)),))
        try:
            profile = (
                self._resolve(command, at, number) if type(command) is Resolve else self._edit(command, at, number)
            )
            return self._outcome(profile, at, number)
        finally:
            self._recover()

    def _execute_some(self, commands: Iterator[Any], columns: OutcomeColumns, most: int) -> bool:
        """Execute the next commands of a batch, at most *most*; whether there may be more."""
        t, s = self._tables, self._scratch
        left = most
        for command in commands:
            if s.phase != codes.IDLE:
                self._recover()
            following: Any = t.number + 1
            number: CommandNumber = following
            is_resolve = type(command) is Resolve
            at = self._time_of(command, is_resolve)
            if type(command) is Resolve:
                profile = self._resolve(command, at, number)
                columns.add(s, self._ruling, number, at, profile, self._other_facts)
                finish(t, s, number, at)
                if s.forgotten:
                    self._forget()
            elif type(command) is ApplySettings:
                settings = self._next_settings(command)
                self._start()
                s.status = IS_SETTINGS
                columns.add(s, self._ruling, number, at, codes.NOBODY, (SettingsApplied(number, at, settings),))
                self._put_in_force(settings, number, at)
            else:
                profile = self._edit(command, at, number)
                columns.add(s, self._ruling, number, at, profile, self._other_facts)
                finish(t, s, number, at)
                if s.forgotten:
                    self._forget()
            left -= 1
            if left == 0:
                return True
        return False

    def _settle(self, columns: OutcomeColumns) -> None:
        """End a command of a batch that was interrupted; the columns then hold those that were executed."""
        self._recover()
        columns.drop_undone()

    def _recover(self) -> None:
        """End a command that was interrupted: take it back, or finish what it began to free and to forget."""
        if self._scratch.phase == codes.CHANGING:
            self._next_ruling = None
            take_back(self._tables, self._scratch)
        elif self._scratch.phase == codes.RELEASING:
            if self._next_ruling is not None:
                self._rule(self._next_ruling)
            release(self._tables, self._scratch)
        self._forget()

    def _later(self, number: object) -> CommandNumber:
        last = self._tables.number
        if type(number) is not int or not last < number < _NUMBERS:
            raise InvalidCommand(
                f"command number {safe_repr(number)} is not right; expected an integer of 64 bits larger than {last}"
            )
        return rows.CommandNumber(number)

    def _time_of(self, command: AnyCommand, is_resolve: bool) -> Moment:
        """A command's time; the last command's, or the clock's, where it has none (section 11)."""
        if not is_resolve and type(command) not in _OTHERS:
            raise InvalidCommand(f"{safe_repr(command)} is not a command; expected one of the nine command classes")
        at: Any = command.at
        moment: Moment = at
        # Nearly every time is a plain number: not negative, and far below the most that 64 bits hold.
        if type(at) is int and not at >> 62:
            return moment
        number = self._tables.number
        time = rows.Moment(milliseconds(self._now() if at is None else at))
        if self._tables.number != number:
            raise executed_a_command()
        return time

    def _now(self) -> Milliseconds:
        return self._tables.at if self._clock is None else self._clock()

    # What a command does; it waits in the scratch to be finished, or to be taken back

    def _outcome(self, profile: ProfileRow, at: Moment, number: CommandNumber) -> Outcome:
        """The outcome of what was carried out, which is still to be finished or taken back."""
        t, s = self._tables, self._scratch
        profile_id: Any = id_of(t, profile) if profile >= 0 else None
        facts = facts_of(t, s, self._ruling, number, at, profile, profile_id) if s.n_facts else NO_FACTS
        if self._other_facts:
            facts = (*self._other_facts, *facts)
            self._other_facts = NO_FACTS
        return Outcome(STATUS[s.status], profile_id, facts)

    def _resolve(self, command: Resolve, at: Moment, number: CommandNumber) -> ProfileRow:
        """Find, create or merge, and attach (R1 to R7); the profile."""
        t, s, r = self._tables, self._scratch, self._ruling.rules
        s.stamp += 1
        stamp = s.stamp
        s.n_facts = 0
        s.status = codes.IS_UNCHANGED
        self._other_facts = NO_FACTS
        self._read(command.identifiers)
        if s.stamp != stamp:
            raise executed_a_command()
        if s.dropped:
            self._other_facts = self._dropped(number, at, None)
        own_id: ProfileId | None = None
        if match(t, s, r, at) == 0:
            if s.n_new < s.n_given and not would_hold_something(t, s, r):
                raise self._nothing_free(s.given[0])
            if command.new_profile_id is not None or self._ids is not None or len(t.rows_of_ids):
                own_id = self._new_id(command.new_profile_id, number, at)
        elif s.holds_all:
            return s.found[0]
        begin(t, s)
        profile = resolve(t, s, r, at, number)
        if own_id is not None:
            give_id(t, profile, own_id)
        return profile

    def _new_id(self, wanted: str | None, number: CommandNumber, at: Moment) -> ProfileId | None:
        """The id of a new profile; None: that of its number."""
        t, stamp = self._tables, self._scratch.stamp
        if wanted is not None:
            own_id = ProfileId(plain_text(wanted) or "")
            if not own_id:
                raise InvalidCommand(f"new_profile_id {safe_repr(wanted)} is not an id; expected a non-empty string")
            if is_used(t, own_id):
                raise ProfileExists(f"profile id {own_id!r} was used before; expected one that never was")
            return own_id
        if self._ids is None:
            return free_id(t, number)
        profile_id: ProfileId = self._ids.draw(number, at)
        if self._scratch.stamp != stamp:
            raise executed_a_command()
        self._ids.keep(number, at, profile_id, is_used(t, profile_id))
        return profile_id

    def _nothing_free(self, value: ValueRow) -> IdentifierConflict:
        """The error for a new profile that would hold nothing, with the first of its identifiers (R5)."""
        t = self._tables
        error = nothing_fits if self._ruling.rules.joins else nothing_free
        return error(self._ruling.names[t.kind[value]], t.text[value], id_of(t, holders(t, value)[0]))

    # New settings

    def _next_settings(self, command: ApplySettings) -> Settings:
        """The settings that a command puts in force, as the next version of the present ones."""
        if not issubclass(type(command.settings), Settings):
            raise InvalidSettings("", command.settings, "a Settings object; Settings.from_json reads a document")
        book = self._ruling.book
        book.normalizers.check(command.settings)
        return attrs.evolve(command.settings, version=book.settings.version + 1)

    def _put_in_force(self, settings: Settings, number: CommandNumber, at: Moment) -> None:
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


_OTHERS = frozenset(
    {
        *(AddIdentifier, ReplaceIdentifier, RemoveIdentifier, DeleteProfile, ApplySettings),
        *(Erase, Suppress, Unsuppress),
    }
)
