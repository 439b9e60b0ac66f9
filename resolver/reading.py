"""Reading: from what commands give and name to rows of the kernel: identifiers, profiles, stored values (N, R1, R4, A).

Nothing changes here: a value that nobody holds gets a row that is still free. So a normalization of the user's own may
raise, or use the engine, and nothing has happened.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from resolver.errors import (
    IdentifierNotFound,
    InvalidCommand,
    InvalidIdentifier,
    blocked_identifier,
    executed_a_command,
    nothing_left,
    profile_not_found,
    safe_repr,
    suppressed_identifier,
    unknown_identifier_type,
)
from resolver.facts import AnyFact, IdentifierRefused
from resolver.kernel import codes
from resolver.kernel.resolve import arrange, give
from resolver.kernel.rows import NO_TEXT, CommandNumber, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import Scratch, add_given, add_new, forget_new
from resolver.kernel.tables import Tables, holds, is_stored, next_value_row, root
from resolver.names import (
    BlockedThen,
    IdType,
    Milliseconds,
    ProfileId,
    RefusalReason,
    Value,
    is_list,
    is_mapping,
    listed,
    plain_text,
)
from resolver.profiles import id_of, row_of
from resolver.rules.normalization import digest_of, reported
from resolver.ruling import IdTypeTable, Ruling

INVALID, BLOCKED = RefusalReason.INVALID, RefusalReason.BLOCKED
REFUSE = BlockedThen.REFUSE
NO_FACTS: tuple[AnyFact, ...] = ()


class Reader:
    """Reads what a command gives, into the scratch of one store."""

    __slots__ = ("_other_facts", "_ruling", "_scratch", "_tables")

    def __init__(self, tables: Tables, ruling: Ruling) -> None:
        self._tables = tables
        self._scratch = Scratch()
        self._ruling = ruling
        """The settings in force, as the kernel reads them."""
        self._other_facts = NO_FACTS
        """The facts of the command under way that the kernel does not leave, as it does not know of them."""

    def _start(self) -> None:
        """Begin a command; nothing of the one before is left."""
        s = self._scratch
        s.stamp += 1
        s.n_facts = 0
        s.status = codes.IS_UNCHANGED
        self._other_facts = NO_FACTS
        self._give_nothing()

    def _forget(self) -> None:
        """Let normalizations forget the texts that the store has forgotten."""
        self._ruling.book.forget(self._scratch.forgotten)

    def _give_nothing(self) -> None:
        """Forget what was given, to read it from the start."""
        s = self._scratch
        s.n_given = 0
        if s.n_new:
            forget_new(s)
        if s.dropped:
            s.dropped = []

    def _read(self, identifiers: Any) -> None:
        """Read every identifier in the order given (R1), then put them in the order of attaching, each once (R4)."""
        t, s = self._tables, self._scratch
        self._give_nothing()
        if type(identifiers) is not dict:
            self._read_any(identifiers)
            return
        types = self._ruling.types
        mapping: dict[object, object] = identifiers
        is_plain = t.normal and not t.suppressed
        for id_type, raw in mapping.items():
            table = types.get(id_type) if type(id_type) is str else None
            if table is None or type(raw) is not str:
                self._read_any(identifiers)
                return
            is_sought = is_plain and table.is_clear
            value = table.rows.find(t.text, raw) if is_sought else codes.NO_VALUE
            if value < 0:
                value = self._value(table, raw, is_sought)
            if value >= 0:
                if s.n_given:
                    give(t, s, self._ruling.rules, value)
                else:
                    s.given[0] = value
                    s.n_given = 1
        if not s.n_given:
            raise self._nothing_left()

    def _read_any(self, identifiers: object) -> None:
        """Read identifiers in whatever shape: lists of values, pairs, texts that are no plain strings."""
        self._give_nothing()
        t, s = self._tables, self._scratch
        seen: dict[ValueRow, None] = {}
        for id_type, raw in pairs_of(identifiers):
            table = self._type(id_type)
            for each in raw if is_list(raw) else (raw,):
                value = self._value(table, each, False)
                if value >= 0:
                    seen[value] = None
        for value in seen:
            add_given(s, value)
        arrange(t, s, self._ruling.rules)
        if not s.n_given:
            raise self._nothing_left()

    def _nothing_left(self) -> InvalidIdentifier:
        reasons = [reason for _, _, reason in self._scratch.dropped]
        return nothing_left(len(reasons), reasons.count(BLOCKED))

    def _value(self, table: IdTypeTable, raw: object, is_sought: bool) -> ValueRow:
        """The row of a raw value, a new one if nobody holds it; ``NO_VALUE`` where it is left out (N8, P1).

        *is_sought*: the raw text itself was looked for, and nobody holds it.
        """
        t, s = self._tables, self._scratch
        text = self._storable(table, raw, is_sought)
        if text is None:
            return codes.NO_VALUE
        if not is_sought or text is not raw:
            found = table.rows.find(t.text, text)
            if found >= 0:
                return found
        value = self._given_before(table.number, text) if s.n_new else codes.NO_VALUE
        if value < 0:
            value = next_value_row(t, s.n_new, table.number)
            add_new(s, value, text)
        return value

    def _given_before(self, kind: TypeNumber, text: Value) -> ValueRow:
        """The row of a new value that the command gave already; ``NO_VALUE`` if it did not. O(1) amortized."""
        t, s = self._tables, self._scratch
        if s.n_new <= codes.FEW:
            for place in range(s.n_new):
                if t.kind[s.new_rows[place]] == kind and s.new_texts[place] == text:
                    return s.new_rows[place]
            return codes.NO_VALUE
        for place in range(len(s.new_by_text), s.n_new):
            s.new_by_text[t.kind[s.new_rows[place]], s.new_texts[place]] = s.new_rows[place]
        return s.new_by_text.get((kind, text), codes.NO_VALUE)

    def _storable(self, table: IdTypeTable, raw: object, is_sought: bool) -> Value | None:
        """The normalized text of a value to be stored; None where it is left out, which is noted (N8, P1).

        *is_sought*: nothing is suppressed.
        """
        blocking = table.blocking
        if not is_sought and self._tables.suppressed:
            self._refuse_suppressed(table, raw)
        text: Value | None = None
        if blocking is not None:
            text = blocking.allowed(raw)
            if text is not None:
                return text
        try:
            text = table.normalize(raw)
        except InvalidIdentifier as unreadable:
            book = self._ruling.book
            if blocking is not None and self._is_left_out(table, raw, blocking.judged(raw, book.kept(raw))):
                return None
            text = book.instead(raw, unreadable)
            if text is None:
                self._scratch.dropped.append((table.id_type, reported(raw), INVALID))
            return text
        if blocking is not None:
            if self._is_left_out(table, raw, blocking.judged(raw, text)):
                return None
            blocking.allow(raw, text)
        return text

    def _refuse_suppressed(self, table: IdTypeTable, raw: object) -> None:
        """``SuppressedIdentifier`` for a value that is suppressed, before anything is kept of it (P13)."""
        try:
            text: Value | None = table.normalize(raw)
        except InvalidIdentifier:
            text = self._ruling.book.kept(raw)
        if text is not None:
            digest = digest_of(table.id_type, text)
            if digest in self._tables.suppressed:
                self._ruling.book.forget([text])
                self._give_nothing()
                raise suppressed_identifier(table.id_type, digest)

    def _is_left_out(self, table: IdTypeTable, raw: object, then: BlockedThen | None) -> bool:
        """Whether a blocked value is left out (P1); ``IdentifierBlocked`` where the command is refused for it."""
        if then is None:
            return False
        text = plain_text(raw)
        assert text is not None
        if then is REFUSE:
            raise blocked_identifier(table.id_type, text)
        self._scratch.dropped.append((table.id_type, text, BLOCKED))
        return True

    def _type(self, id_type: object) -> IdTypeTable:
        """A configured idType (A7)."""
        name = plain_text(id_type)
        table = None if name is None else self._ruling.types.get(name)
        if table is None:
            raise unknown_identifier_type(id_type, self._ruling.book.types)
        return table

    def _dropped(self, number: CommandNumber, at: Milliseconds, profile_id: ProfileId | None) -> tuple[AnyFact, ...]:
        """The facts of identifiers that are left out, as they could not be read or are blocked (N8, P1)."""
        return tuple(
            [IdentifierRefused(number, at, profile_id, each[0], each[1], each[2]) for each in self._scratch.dropped]
        )

    def _read_one(self, table: IdTypeTable, raw: object) -> ValueRow:
        """Read the one value of a command; ``NO_VALUE`` where it is left out."""
        stamp = self._scratch.stamp
        value = self._value(table, raw, False)
        if self._scratch.stamp != stamp:
            raise executed_a_command()
        return value

    # What a command names

    def _profile(self, profile_id: object) -> ProfileRow:
        """The living profile that a command names, by its id or an alias (A1, A7)."""
        name = plain_text(profile_id)
        profile = codes.NOBODY if name is None else row_of(self._tables, name)
        if profile >= 0:
            profile = root(self._tables, profile)
        if profile < 0:
            raise profile_not_found(profile_id)
        return profile

    def _known(self, id_type: object) -> tuple[IdType, TypeNumber]:
        """The name and number of an idType that is configured, or of which a profile holds a value (A7, S2)."""
        name = plain_text(id_type)
        if name is not None:
            number = self._ruling.numbers.get(name, codes.NO_TYPE)
            if number >= 0 and (name in self._ruling.types or is_stored(self._tables, number)):
                return name, number
        raise unknown_identifier_type(id_type, self._ruling.book.types)

    def _stored(self, profile: ProfileRow, kind: TypeNumber, id_type: IdType, text: object) -> ValueRow:
        """The value on a profile that a text names: as given first, then normalized (A8)."""
        t = self._tables
        given = plain_text(text)
        if given is not None:
            value = t.index[kind].find(t.text, given)
            if value >= 0 and holds(t, profile, value):
                return value
            table = self._ruling.types.get(id_type)
            if table is not None:
                value = t.index[kind].find(t.text, self._normalized(table, given))
                if value >= 0 and holds(t, profile, value):
                    return value
        raise IdentifierNotFound(f"profile {id_of(t, profile)!r} does not hold {id_type} {safe_repr(text)}")

    def _normalized(self, table: IdTypeTable, text: object) -> Value:
        """The normalized text of a value that is named; an empty one, which is never stored, for one of none."""
        stamp = self._scratch.stamp
        try:
            value = table.normalize(text)
        except InvalidIdentifier:
            value = NO_TEXT
        if self._scratch.stamp != stamp:
            raise executed_a_command()
        return value


def pairs_of(identifiers: object) -> Iterable[tuple[object, object]]:
    """Return (idType, value or values) of any mapping, or of (idType, value) pairs; else ``InvalidCommand``."""
    if is_mapping(identifiers):
        return identifiers.items()
    if issubclass(type(identifiers), Iterator):
        raise InvalidCommand("an iterator of identifiers can be read once only; expected a list or a tuple of pairs")
    pairs = listed(identifiers)
    if pairs is None:
        raise _not_identifiers(identifiers)
    for pair in pairs:
        if not is_list(pair) or len(pair) != 2:
            raise _not_identifiers(pair)
    return pairs


def _not_identifiers(wrong: object) -> InvalidCommand:
    return InvalidCommand(
        f"{safe_repr(wrong)} gives no identifiers; expected a mapping idType -> value or values, "
        "or (idType, value) pairs"
    )
