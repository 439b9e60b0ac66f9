"""Refusals: the errors of the events that a bulk replay refused, as the engine words them."""

from resolver.bulk.columns import Columns
from resolver.bulk.facts import Facts
from resolver.bulk.marks import NOT_CONFIGURED, NOT_READABLE, NOTHING_LEFT
from resolver.errors import InvalidIdentifier, ResolverError, nothing_free, nothing_left, unknown_identifier_type
from resolver.rules.rulebook import Rulebook
from resolver.rules.unreadable import kept_as_it_is


def refusal(facts: Facts, book: Rulebook, columns: Columns, event: int) -> ResolverError:
    """Give the error that refused an event, made anew from the columns."""
    place = columns.first[event]
    why, what = columns.fact[place], columns.what[place]
    if why == NOT_READABLE:
        return _unreadable(facts, book, what)
    if why == NOT_CONFIGURED:
        return unknown_identifier_type(facts.text(what)[0], book.types)
    if why == NOTHING_LEFT:
        return nothing_left(what)
    id_type, value = facts.identifier(what)
    return nothing_free(id_type, value, facts.profile_id(columns.who[place]))


def _unreadable(facts: Facts, book: Rulebook, text: int) -> InvalidIdentifier:
    id_type, raw = facts.text(text)
    try:
        value = book.types[id_type].normalize(raw)
    except InvalidIdentifier as error:
        if not book.keeps_unreadable:
            return error
        try:
            value = kept_as_it_is(raw)
        except InvalidIdentifier as kept:
            return kept
    raise AssertionError(f"{raw!r} was unreadable and became {value!r}: its normalization is no pure function")
