"""Facts from columns: objects are made only when somebody iterates them."""

from collections.abc import Iterator

from resolver.bulk.columns import Columns
from resolver.bulk.interned import Interned
from resolver.bulk.marks import INVALID, NOT_READABLE
from resolver.bulk.texts import NoText
from resolver.facts import AnyFact, IdentifierRefused
from resolver.kernel.codes import NOBODY
from resolver.names import IdType, ProfileId, RefusalReason, Value
from resolver.outcomes import fact_of
from resolver.profiles import id_of
from resolver.rules.unreadable import reported


class Facts:
    """The facts of a bulk replay, in order; iterate them as often as you like. O(1) a fact."""

    def __init__(self, interned: Interned, columns: Columns) -> None:
        self._interned = interned
        self._columns = columns
        self._tables, self._names = columns.tables, columns.ruling.names
        self._kind, self._texts = columns.tables.kind, columns.tables.text

    def __iter__(self) -> Iterator[AnyFact]:
        for event in range(len(self._interned)):
            yield from self.of_event(event)

    def of_event(self, event: int) -> list[AnyFact]:
        """Give the facts of one event; none, if it was refused."""
        c = self._columns
        start, end = c.first[event], c.first[event + 1]
        if start == end or c.fact[start] >= NOT_READABLE:
            return []
        number, at = self._interned.lines[event], c.times[event]
        return [self._fact(number, at, place) for place in range(start, end)]

    def profile_id(self, profile: int) -> ProfileId:
        """Give the id of a profile: that of the line which created it."""
        return id_of(self._tables, profile)

    def identifier(self, value: int) -> tuple[IdType, Value]:
        """Give a value with its idType."""
        return self._names[self._kind[value]], self._texts[value]

    def text(self, text: int) -> tuple[IdType, object]:
        """Give a raw text, or what stood in its place, with its idType."""
        raw = self._interned.texts[text]
        return self._interned.id_types[self._interned.type_of[text]], raw.raw if type(raw) is NoText else raw

    def _fact(self, number: int, at: int, place: int) -> AnyFact:
        c = self._columns
        if c.fact[place] == INVALID:
            id_type, raw = self.text(c.what[place])
            return IdentifierRefused(number, at, None, id_type, reported(raw), RefusalReason.INVALID)
        return fact_of(c.tables, c.scratch, c.ruling, number, at, NOBODY, "", place)
