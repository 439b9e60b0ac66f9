"""Erasing: the commands that name people by their identifiers: erase, suppress, unsuppress (P12, P13).

An identifier is named as look-ups name it: as it is stored, or in any form that normalizes to it; what is blocked may
be named too. What a suppressed identifier is known by afterwards is its digest, and no text of it is kept.
"""

from resolver.commands import AnyCommand, Erase, Suppress, Unsuppress
from resolver.errors import InvalidCommand, InvalidIdentifier, executed_a_command, nobody_named, safe_repr
from resolver.facts import AnyFact, IdentifierSuppressed, IdentifierUnsuppressed, ProfileDeleted
from resolver.kernel import codes
from resolver.kernel.edit import aliases, delete, suppress, unsuppress
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.tables import earliest_first, holders
from resolver.kernel.undo import begin
from resolver.names import IdType, Value, is_list, plain_text
from resolver.outcomes import IS_DELETED
from resolver.profiles import id_of, ids_of
from resolver.reading import Reader, pairs_of
from resolver.rules.normalization import digest_of, kept_as_it_is


class Eraser(Reader):
    """Carries out erase, suppress and unsuppress on one store."""

    __slots__ = ()

    def _erase_or_suppress(self, command: AnyCommand, at: Moment, number: CommandNumber) -> ProfileRow:
        """Carry out one of the three; it ends in no profile. What it did waits in the scratch."""
        self._start()
        t, s = self._tables, self._scratch
        stamp = s.stamp
        assert isinstance(command, Erase | Suppress | Unsuppress)
        erases = isinstance(command, Erase)
        suppresses = command.suppress if isinstance(command, Erase) else isinstance(command, Suppress)
        if type(suppresses) is not bool:
            raise InvalidCommand(f"suppress={safe_repr(suppresses)} is not right; expected True or False")
        named = self._named(command)
        if s.stamp != stamp:
            raise executed_a_command()
        profiles = self._holders(named) if erases else []
        facts: list[AnyFact] = [
            ProfileDeleted(number, at, id_of(t, profile), ids_of(t, aliases(t, profile))) for profile in profiles
        ]
        digests = {}
        if suppresses or not erases:
            digests = {digest_of(id_type, value): id_type for id_type, _, _, value in named}
        digests = {digest: id_type for digest, id_type in digests.items() if (digest in t.suppressed) != suppresses}
        fact = IdentifierSuppressed if suppresses else IdentifierUnsuppressed
        facts += [fact(number, at, id_type, digest) for digest, id_type in digests.items()]
        if suppresses or erases:
            self._ruling.book.forget([value for _, _, _, value in named])
        self._other_facts = tuple(facts)
        begin(t, s)
        for profile in profiles:
            delete(t, s, profile)
        for digest in digests:
            (suppress if suppresses else unsuppress)(t, s, digest)
        s.status = IS_DELETED if profiles else codes.IS_UPDATED if digests else codes.IS_UNCHANGED
        return codes.NOBODY

    def _named(self, command: Erase | Suppress | Unsuppress) -> list[tuple[IdType, TypeNumber, object, Value]]:
        """What a command names: the idType, its number, the value as given, and the value as it would be stored."""
        named = [
            (id_type, kind, each, self._named_value(id_type, each))
            for name, raw in pairs_of(command.identifiers)
            for id_type, kind in (self._known(name),)
            for each in (raw if is_list(raw) else (raw,))
        ]
        if not named:
            raise nobody_named(type(command).__name__.lower())
        return named

    def _named_value(self, id_type: IdType, raw: object) -> Value:
        """A value as it would be stored: of a type that is not configured any more as it is given (S2)."""
        book = self._ruling.book
        rules = book.types.get(id_type)
        try:
            return book.normalizers.named("none")(raw) if rules is None else rules.normalize(raw)
        except InvalidIdentifier:
            if book.keeps_unreadable:
                return kept_as_it_is(raw)
            raise

    def _holders(self, named: list[tuple[IdType, TypeNumber, object, Value]]) -> list[ProfileRow]:
        """The profiles that hold one of the identifiers, as given or as it would be stored now; earliest first."""
        t = self._tables
        found: dict[ProfileRow, None] = {}
        for _, kind, given, value in named:
            for text in (plain_text(given), value):
                row: ValueRow = codes.NO_VALUE if text is None else t.index[kind].find(t.text, text)
                if row >= 0:
                    found.update(dict.fromkeys(holders(t, row)))
        return earliest_first(t, list(found))
