"""Folding: recorded facts are made true again, without deciding anything (I6)."""

from resolver.facts import (
    AnyFact,
    IdentifierAdded,
    IdentifierEvicted,
    IdentifierRemoved,
    ProfileCreated,
    ProfileDeleted,
    ProfilesMerged,
)
from resolver.kernel.compounds import enter_pairs, enter_profile, leave_profile
from resolver.kernel.edit import delete
from resolver.kernel.profile_lists import link
from resolver.kernel.resolve import absorb, lose
from resolver.kernel.scratch import Scratch, add_new
from resolver.kernel.tables import Tables, new_profile, next_value_row
from resolver.kernel.undo import begin, finish, take_back
from resolver.profiles import give_id, row_of
from resolver.ruling import Ruling


def enter(t: Tables, s: Scratch, ruling: Ruling, fact: AnyFact) -> None:
    """Make one fact of a command true, whole or not at all; refusals change nothing. Facts are trusted."""
    value = -1
    if isinstance(fact, IdentifierAdded):
        kind = ruling.numbers[fact.id_type]
        value = t.index[kind].find(t.text, fact.value)
        if value < 0:
            value = next_value_row(t, 0, kind)
            add_new(s, value, fact.value)
    begin(t, s)
    try:
        if isinstance(fact, IdentifierAdded):
            profile = row_of(t, fact.profile_id)
            link(t, s, profile, value, fact.at, fact.command)
            if t.compounds:
                enter_pairs(t, s, profile, value)
        elif isinstance(fact, ProfileCreated):
            give_id(t, new_profile(t, fact.at, fact.command), fact.profile_id)
        elif isinstance(fact, IdentifierRemoved | IdentifierEvicted):
            value = t.index[ruling.numbers[fact.id_type]].find(t.text, fact.value)
            lose(t, s, row_of(t, fact.profile_id), value, 0)
        elif isinstance(fact, ProfilesMerged):
            _merge(t, s, row_of(t, fact.survivor), [row_of(t, absorbed) for absorbed in fact.absorbed])
        elif isinstance(fact, ProfileDeleted):
            delete(t, s, row_of(t, fact.profile_id))
        finish(t, s, fact.command, fact.at)
    except BaseException:
        take_back(t, s)
        raise


def _merge(t: Tables, s: Scratch, survivor: int, absorbed: list[int]) -> None:
    """Unite profiles; what the limits then took are facts of their own."""
    if t.compounds:
        for profile in (survivor, *absorbed):
            leave_profile(t, s, profile)
    for profile in absorbed:
        absorb(t, s, survivor, profile)
    if t.compounds:
        enter_profile(t, s, survivor)
