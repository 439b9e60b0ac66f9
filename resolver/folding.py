"""Folding: recorded facts are made true again, without deciding anything (I6)."""

from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRemoved,
    IdentifierSuppressed,
    IdentifierUnsuppressed,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
)
from resolver.kernel import codes
from resolver.kernel.edit import add_again, delete, merge_again, suppress, unsuppress
from resolver.kernel.resolve import lose
from resolver.kernel.rows import CommandNumber, Moment, ProfileRow, TypeNumber, ValueRow
from resolver.kernel.scratch import Scratch, add_new
from resolver.kernel.tables import Tables, holds, new_profile, next_value_row
from resolver.kernel.undo import begin, finish, take_back
from resolver.names import ProfileId, Value
from resolver.profiles import give_id, row_of
from resolver.ruling import Ruling


def enter(t: Tables, s: Scratch, ruling: Ruling, fact: AnyFact) -> None:
    """Make one fact of a command true, whole or not at all; refusals change nothing.

    Facts are trusted to be those of an engine; ``LookupError`` where they name a profile or value that is not there.
    """
    value, at, number = codes.NO_VALUE, Moment(fact.at), CommandNumber(fact.command)
    if isinstance(fact, IdentifierAdded):
        kind = ruling.numbers[fact.id_type]
        value = t.index[kind].find(t.text, fact.value)
        if value < 0:
            value = next_value_row(t, 0, kind)
            add_new(s, value, fact.value)
    begin(t, s)
    try:
        if isinstance(fact, IdentifierAdded):
            profile = _living(t, fact.profile_id)
            add_again(t, s, profile, value, at, number)
        elif isinstance(fact, ProfileCreated):
            give_id(t, new_profile(t, at, number), fact.profile_id)
        elif isinstance(fact, IdentifierRemoved | IdentifierEvicted):
            profile = _living(t, fact.profile_id)
            value = _held(t, profile, ruling.numbers[fact.id_type], fact.value)
            lose(t, s, profile, value, 0)
        elif isinstance(fact, ProfilesMerged):
            merge_again(t, s, _living(t, fact.survivor), [_living(t, absorbed) for absorbed in fact.absorbed])
        elif isinstance(fact, ProfileDeleted):
            delete(t, s, _living(t, fact.profile_id))
        elif isinstance(fact, IdentifierSuppressed) and fact.digest not in t.suppressed:
            suppress(t, s, fact.digest)
        elif isinstance(fact, IdentifierUnsuppressed) and fact.digest in t.suppressed:
            unsuppress(t, s, fact.digest)
        finish(t, s, number, at)
    except BaseException:
        take_back(t, s)
        raise


def _living(t: Tables, profile_id: ProfileId) -> ProfileRow:
    """The profile of a fact, which must live; ``LookupError`` for any other."""
    profile = row_of(t, profile_id)
    if profile < 0 or t.parent[profile] != profile:
        raise LookupError(f"{profile_id!r} is not a profile that lives; expected facts that follow the engine's state")
    return profile


def _held(t: Tables, profile: ProfileRow, kind: TypeNumber, text: Value) -> ValueRow:
    """The value of a fact, which the profile must hold; ``LookupError`` for any other."""
    value: ValueRow = t.index[kind].find(t.text, text)
    if value < 0 or not holds(t, profile, value):
        raise LookupError(f"{text!r} is not a value of the profile; expected facts that follow the engine's state")
    return value
