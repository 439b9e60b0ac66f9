"""Facts from columns: objects are made only when somebody iterates them."""

from collections.abc import Iterator

from resolver.bulk.interned import Interned
from resolver.bulk.layout import (
    ADDED,
    COLLISION_RULE,
    CONFLICT,
    CREATED,
    EVICTED,
    FULL,
    INVALID,
    MERGED,
    NOT_READABLE,
    Columns,
)
from resolver.bulk.texts import NoText
from resolver.bulk.values import Values
from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRefused,
    ProfileCreated,
    ProfilesMerged,
)
from resolver.ids import numbered_id
from resolver.names import COLLISION, IdType, ProfileId, RefusalReason, Value
from resolver.rules.rulebook import Rulebook
from resolver.rules.unreadable import reported


class Facts:
    """The facts of a bulk replay, in order; iterate them as often as you like. O(1) a fact."""

    def __init__(self, interned: Interned, values: Values, book: Rulebook, columns: Columns) -> None:
        self._interned = interned
        self._values = values
        self._book = book
        self._columns = columns
        self._types: list[IdType] = [rules.id_type for rules in book.order]

    def __iter__(self) -> Iterator[AnyFact]:
        for event in range(len(self._interned)):
            yield from self.of_event(event)

    def of_event(self, event: int) -> list[AnyFact]:
        """Give the facts of one event; none, if it was refused."""
        c = self._columns
        start, end = c.first[event], c.first[event + 1]
        if start == end or c.fact[start] >= NOT_READABLE:
            return []
        number, at = self._interned.lines[event], int(c.times[event])
        return [self._fact(number, at, int(c.fact[i]), int(c.who[i]), int(c.what[i])) for i in range(start, end)]

    def profile_id(self, profile: int) -> ProfileId:
        """Give the id of a profile: that of the line which created it."""
        return numbered_id(self._interned.lines[self._columns.born[profile]])

    def identifier(self, value: int) -> tuple[IdType, Value]:
        """Give a value with its idType."""
        return self._types[self._columns.kind[value]], self._values.values[value]

    def text(self, text: int) -> tuple[IdType, object]:
        """Give a raw text, or what stood in its place, with its idType."""
        raw = self._interned.texts[text]
        return self._interned.id_types[self._interned.type_of[text]], raw.raw if type(raw) is NoText else raw

    def _fact(self, number: int, at: int, kind: int, who: int, what: int) -> AnyFact:
        if kind == ADDED:
            return IdentifierAdded(number, at, self.profile_id(who), *self.identifier(what))
        if kind == CREATED:
            return ProfileCreated(number, at, self.profile_id(who))
        if kind == EVICTED:
            id_type, value = self.identifier(what)
            return IdentifierEvicted(number, at, self.profile_id(who), id_type, value, self._book.types[id_type].policy)
        if kind == MERGED:
            return self._merge(number, at, who, what)
        if kind == INVALID:
            id_type, raw = self.text(what)
            return IdentifierRefused(number, at, None, id_type, reported(raw), RefusalReason.INVALID)
        if kind == FULL:
            refused = self.identifier(what)
            return IdentifierRefused(number, at, self.profile_id(who), *refused, RefusalReason.LIMIT)
        assert kind == CONFLICT, kind
        refused, owner = self.identifier(self._columns.extra[what]), self.profile_id(self._columns.extra[what + 1])
        return IdentifierRefused(number, at, self.profile_id(who), *refused, RefusalReason.CONFLICT, owner)

    def _merge(self, number: int, at: int, survivor: int, place: int) -> ProfilesMerged:
        extra = self._columns.extra
        start, end = place + 1, place + 1 + extra[place]
        rule, pairs = extra[end], extra[end + 2 : end + 2 + extra[end + 1]]
        return ProfilesMerged(
            number,
            at,
            self.profile_id(survivor),
            tuple(map(self.profile_id, extra[start:end])),
            COLLISION if rule == COLLISION_RULE else self._book.rules[rule].text,
            tuple(map(self.identifier, pairs)),
        )
