"""The executor: texts in, outcomes out; between them the kernel, which knows integers only.

A command passes through four steps. Its time and its identifiers are read; everything that calls a user's function
(a clock, a normalizer, an id factory, a time zone) happens here, before anything changes. The kernel matches. It
carries the command out, which can be taken back (``resolver.kernel.undo``). What it left behind becomes the outcome.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

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
    safe_repr,
    profile_not_found,
    unknown_identifier_type,
)
from resolver.facts import Fact, IdentifierRefused, Outcome, ProfileDeleted, SettingsApplied
from resolver.kernel import codes
from resolver.kernel.columns import longer
from resolver.kernel.edit import aliases, delete, remove, replace
from resolver.kernel.matching import match
from resolver.kernel.profile_lists import outermost
from resolver.kernel.resolve import attach, first_other_holder, resolve, would_hold_something
from resolver.kernel.rules import Rules
from resolver.kernel.tables import Tables, holders, holds, next_value_row, root
from resolver.kernel.undo import Scratch, add_given, add_new, advance, begin, finish, release, take_back
from resolver.moments import milliseconds
from resolver.names import IdType, Milliseconds, ProfileId, RefusalReason, Status, Value
from resolver.outcomes import facts_of
from resolver.profiles import free_id, give_id, id_of, ids_of, is_used, row_of
from resolver.rules.rulebook import Rulebook
from resolver.rules.unreadable import kept_as_it_is, reported
from resolver.ruling import IdTypeTable, Ruling
from resolver.settings import Settings

_NUMBERS = 1 << 63
"""Command numbers are below this: facts and snapshots hold integers of 64 bits."""

_FAR = 1 << 62
"""Integers nearer to 0 need no further check to be a time."""

# Bound once: reading a member of an enumeration costs as much as creating two facts.
STATUS = (Status.UNCHANGED, Status.UPDATED, Status.MERGED, Status.CREATED)
UNCHANGED = Status.UNCHANGED
INVALID, LIMIT = RefusalReason.INVALID, RefusalReason.LIMIT


class Executor:
    """Executes commands on one store and previews them; ``Engine`` adds all else that is asked of a store."""

    __slots__ = ("_clock", "_ids", "_next_ruling", "_ruling", "_scratch", "_tables")

    def __init__(
        self, tables: Tables, ruling: Ruling, clock: Callable[[], Milliseconds] | None, ids: OwnIds | None
    ) -> None:
        self._tables = tables
        self._scratch = Scratch()
        self._ruling = ruling
        """The settings in force, as the kernel reads them."""
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
            take_back(self._tables, self._scratch)
        elif self._scratch.phase == codes.RELEASING:
            if self._next_ruling is not None:
                self._rule()
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

    def _new_id(
        self, wanted: ProfileId | None, number: int, at: Milliseconds, stamp: int
    ) -> ProfileId | None:
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
        id_type, text = self._ruling.names[t.kind[value]], t.text[value]
        owner = id_of(t, holders(t, value)[0])
        return IdentifierConflict(
            f"every identifier belongs to another profile ({id_type} {text!r} to {owner!r}), and no "
            f"matching rule on {id_type!r} finds it; nothing would be left for a new profile",
            id_type=id_type,
            value=text,
            owner=owner,
        )

    # Reading identifiers

    def _start(self) -> None:
        """Begin to read a command, or to read it again."""
        s = self._scratch
        s.n_given = 0
        s.n_new = 0
        if s.new_texts:
            s.new_texts.clear()
        if s.dropped:
            s.dropped.clear()

    def _read(self, identifiers: Any) -> None:
        """Read every identifier in the order given (R1), then put them in the order of attaching, each once (R4)."""
        t, s = self._tables, self._scratch
        s.n_given = 0
        s.n_new = 0
        if s.new_texts:
            s.new_texts.clear()
        if s.dropped:
            s.dropped.clear()
        if type(identifiers) is not dict:
            self._read_any(identifiers)
            return
        types = self._ruling.types
        mapping: dict[object, object] = identifiers
        for id_type, raw in mapping.items():
            table = types.get(id_type) if type(id_type) is str else None
            if table is None or type(raw) is not str:
                self._read_any(identifiers)
                return
            found = table.rows.get(raw) if t.normal else None
            value = self._value(table, raw) if found is None else found
            if value >= 0:
                if s.n_given:
                    self._give(value)
                else:
                    s.given[0] = value
                    s.n_given = 1
        if not s.n_given:
            raise self._nothing_left()

    def _give(self, value: int) -> None:
        """Take a value at its place in the order of attaching; one of the same type comes after those before it."""
        t, s, place_of = self._tables, self._scratch, self._ruling.rules.place
        place = s.n_given
        if place == len(s.given):
            s.given = longer(s.given)
        rank = place_of[t.kind[value]]
        while place and place_of[t.kind[s.given[place - 1]]] > rank:
            s.given[place] = s.given[place - 1]
            place -= 1
        s.given[place] = value
        s.n_given += 1

    def _read_any(self, identifiers: object) -> None:
        """Read identifiers in whatever shape: lists of values, pairs, texts that are no plain strings."""
        self._start()
        t, s = self._tables, self._scratch
        seen: dict[int, None] = {}
        for id_type, raw in _pairs(identifiers):
            table = self._type(id_type)
            for each in raw if isinstance(raw, list | tuple) else (raw,):
                value = self._value(table, each)
                if value >= 0:
                    seen[value] = None
        place_of = self._ruling.rules.place
        for _, _, value in sorted([(place_of[t.kind[value]], order, value) for order, value in enumerate(seen)]):
            add_given(s, value)
        if not s.n_given:
            raise self._nothing_left()

    def _value(self, table: IdTypeTable, raw: object) -> int:
        """The row of a raw value, a new one if nobody holds it; ``NOBODY`` where ``drop`` leaves it out (N8)."""
        t, s = self._tables, self._scratch
        text = self._storable(table, raw)
        if text is None:
            s.dropped.append((table.id_type, reported(raw)))
            return codes.NOBODY
        found = table.rows.get(text)
        if found is not None:
            return found
        for place in range(s.n_new):
            if t.kind[s.new_rows[place]] == table.number and s.new_texts[place] == text:
                return s.new_rows[place]
        value = next_value_row(t, s.n_new, table.number)
        add_new(s, value, text)
        return value

    def _storable(self, table: IdTypeTable, raw: object) -> Value | None:
        """The normalized text of a value to be stored; None where ``drop`` leaves it out (N8)."""
        try:
            return table.normalize(raw)
        except InvalidIdentifier:
            if self._ruling.book.keeps_unreadable:
                return kept_as_it_is(raw)
            if self._ruling.book.drops_unreadable:
                return None
            raise

    def _type(self, id_type: object) -> IdTypeTable:
        """A configured idType (A7)."""
        table = self._ruling.types.get(str.__str__(id_type)) if isinstance(id_type, str) else None
        if table is None:
            raise unknown_identifier_type(id_type, self._ruling.book.types)
        return table

    def _dropped(self, number: int, at: Milliseconds, profile_id: ProfileId | None = None) -> tuple[Fact, ...]:
        """The facts of identifiers that could not be read (N8)."""
        return tuple(
            [IdentifierRefused(number, at, profile_id, each[0], each[1], INVALID) for each in self._scratch.dropped]
        )

    def _nothing_left(self) -> InvalidIdentifier:
        """The error for a resolve without identifiers, or of which so many were dropped that none is left (R5)."""
        dropped = len(self._scratch.dropped)
        return InvalidIdentifier(
            "resolve needs at least one identifier"
            + (f"; all {dropped} given were unreadable and dropped" if dropped else "")
        )

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
                raise self._conflict(profile, value)
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
                raise self._conflict(profile, new)
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
            self._rule()
            release(t, s)
        except BaseException:
            self._recover()
            raise

    def _rule(self) -> None:
        """Put the next settings in force; the same when it is begun again."""
        ruling = self._next_ruling
        if ruling is not None:
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

    def _read_one(self, table: IdTypeTable, raw: object) -> int:
        """Read the one value of a command; ``NOBODY`` where ``drop`` leaves it out."""
        last = self._tables.number
        self._start()
        self._scratch.stamp += 1
        stamp = self._scratch.stamp
        value = self._value(table, raw)
        if self._tables.number != last or self._scratch.stamp != stamp:
            raise executed_a_command()
        return value

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

    def _conflict(self, profile: int, value: int) -> IdentifierConflict:
        t = self._tables
        id_type, text = self._ruling.names[t.kind[value]], t.text[value]
        owner = id_of(t, first_other_holder(t, profile, value))
        return IdentifierConflict(
            f"{id_type} {text!r} belongs to profile {owner!r}, and no matching rule on "
            f"{id_type!r} lets the two merge",
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


def _pairs(identifiers: object) -> Iterable[tuple[object, object]]:
    """(idType, value or values) of any mapping, or of (idType, value) pairs."""
    if isinstance(identifiers, Mapping):
        return identifiers.items()
    if isinstance(identifiers, str | bytes) or not isinstance(identifiers, Iterable):
        raise _not_identifiers(identifiers)
    if isinstance(identifiers, Iterator):
        raise InvalidCommand("an iterator of identifiers can be read once only; expected a list or a tuple of pairs")
    pairs = list(identifiers)
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _not_identifiers(pair)
    return pairs


def _not_identifiers(wrong: object) -> InvalidCommand:
    return InvalidCommand(
        f"{safe_repr(wrong)} gives no identifiers; expected a mapping idType -> value or values, or (idType, value) pairs"
    )
